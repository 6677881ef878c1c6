/* SPDX-License-Identifier: Apache-2.0 */
/* given.h - carries out what a scenario's lines say: the facts ("given"), and what the started OS did ("when"). */
#ifndef BOOTPILOT_GIVEN_H
#define BOOTPILOT_GIVEN_H

#include "scenario.h"
#include "world.h"

/* NULL: done. Else what cannot be carried out, or cannot be seen by this judge. */
const char *given_apply(struct world *world, const struct scenario_step *step);
const char *given_when(struct world *world, const struct scenario_step *step);

/* Sorted file names of \loader\entries and \EFI\Linux without Bootpilot's own, with a blank between them. */
struct text given_names(struct world *world);

#endif
