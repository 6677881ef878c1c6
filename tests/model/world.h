/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - the worlds whose lives are visited: what machines there are, and what happens to them. */
#ifndef BOOTPILOT_MODEL_WORLD_H
#define BOOTPILOT_MODEL_WORLD_H

#include "life.h"

extern const struct world worlds[];
extern const unsigned world_count;

#endif
