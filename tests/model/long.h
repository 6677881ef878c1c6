/* SPDX-License-Identifier: Apache-2.0 */
/* long.h - lives with many tries, played boot by boot: how many boots until the same role is started for ever. */
#ifndef BOOTPILOT_MODEL_LONG_H
#define BOOTPILOT_MODEL_LONG_H

/* Plays them, and holds each against the formula. */
void long_lives(void);

#endif
