/* SPDX-License-Identifier: Apache-2.0 */
/* situation.h - a machine with the program in one of its berths, brought into a situation by the lines of a scenario. */
#ifndef FAKE_SITUATION_H
#define FAKE_SITUATION_H

#include "images.h"
#include "stage.h"

struct berth_row {
	enum machine_berth berth;
	const char *name;
};

#define BERTH_COUNT 5
extern const struct berth_row fake_berths[BERTH_COUNT];

/* A new machine of systemd-boot SERIES, and LINES carried out on it (tests/scenarios/README.md, without `about`): facts;
 * `then` lines are power cycles that nobody judges; `when` is what their OS did. A line that cannot be carried out is a
 * test's mistake and aborts. */
void fake_situation_begin(struct stage *stage, enum machine_berth berth, unsigned series, image_entry program,
			  const char *lines);

/* Carries out more LINES. */
void fake_situation_go_on(struct stage *stage, const char *lines);

#endif
