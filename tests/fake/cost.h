/* SPDX-License-Identifier: Apache-2.0 */
/* cost.h - what one boot costs, in figures that depend on no emulator: firmware calls, bytes and names read, variables. */
#ifndef FAKE_COST_H
#define FAKE_COST_H

#include <stddef.h>
#include <stdint.h>

#include "power.h"
#include "stage.h"

/* Of the program under test alone, in one power cycle; nested runs included. */
struct cost {
	uint64_t calls;                                   /* of firmware, all services */
	uint64_t names;                                   /* read of directories */
	uint64_t conf_bytes, image_bytes, largest_image;  /* read of *.conf; of everything else; of one of these */
	uint64_t variables_read, variables_set;           /* calls; deleting is setting */
	unsigned writes;                                  /* changes of lasting variables, those that wear out flash */
	size_t memory;                                    /* bytes of pool, at most at one time */
	const char *violation; /* the first law that was broken, until the next power cycle; NULL: none */
};

/* A power cycle of STAGE, and what it cost. os.h reports the decision also where no OS was started. */
enum outcome fake_cost_boot(struct stage *stage, struct cost *ret);

void fake_cost_print(const char *what, const struct cost *cost);

#endif
