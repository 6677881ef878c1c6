/* SPDX-License-Identifier: Apache-2.0 */
/* stage.h - carries out what a scenario's lines say: the facts ("given") and what the started OS did ("when"). */
#ifndef FAKE_STAGE_H
#define FAKE_STAGE_H

#include "machine.h"
#include "tools/scenario.h"

struct stage {
	struct machine machine;
	char config[4096]; /* lines of Bootpilot's configuration so far */
	const char *error; /* what could not be carried out, NULL: nothing */
};

/* False: stage->error says why. */
bool fake_stage_given(struct stage *stage, const struct scenario_step *step);

/* STEP is STEP_WHEN; NULL is "fails". Uses os.h's report of the last power cycle. */
bool fake_stage_when(struct stage *stage, const struct scenario_step *step);

/* NAME without boot counter, in lower case: "ACTIVE+2-1.CONF" gives "active.conf". */
void fake_stage_plain_id(const char *name, char *ret, size_t size);

/* Sorted file names of \loader\entries and \EFI\Linux without Bootpilot's own, with a blank between them. */
void fake_stage_names(const struct stage *stage, char *ret, size_t size);

#endif
