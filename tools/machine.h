/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - the machine that a command is about: its ESP, and its variables where it is the one that runs here. */
#ifndef BOOTPILOT_MACHINE_H
#define BOOTPILOT_MACHINE_H

#include "command.h"
#include "esp.h"
#include "live.h"
#include "place.h"
#include "words.h"
#include "world.h"

struct machine {
	struct world world; /* owns all memory */
	struct place place;
	struct esp esp;
	struct live live;
};

/* Finds and reads what OPTIONS point to. Anything but EXIT_DONE was explained on stderr. */
int machine_open(struct machine *machine, const struct options *options);
void machine_close(struct machine *machine);

/* What a person must know of it: links, failed reads, that there is no ESP, what of the firmware is not visible. */
void machine_notes(struct machine *machine, const struct options *options);

/* The same for programs, with the loader: the members "esp", "loader", "firmware" and "record" of every answer. */
void machine_json(struct machine *machine, json_t *answer);

/* "active has tries left", with the cause behind it if there is one. */
struct text machine_why(struct heap *heap, enum reason reason, enum cause cause);

#endif
