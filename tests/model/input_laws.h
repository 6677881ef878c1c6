/* SPDX-License-Identifier: Apache-2.0 */
/* input_laws.h - what must hold of every single decision, and the enumerations of inputs. */
#ifndef BOOTPILOT_MODEL_INPUT_LAWS_H
#define BOOTPILOT_MODEL_INPUT_LAWS_H

#include "input.h"

enum input_law {
	INPUT_LAW_TOTAL,
	INPUT_LAW_TABLE,
	INPUT_LAW_VERDICTS,
	INPUT_LAW_ACTIVE_KEPT,
	INPUT_LAW_NOTHING_PASSED_OVER,
	INPUT_LAW_RESET,
	INPUT_LAW_REMEMBERED,
	INPUT_LAW_DETERMINISTIC,
	INPUT_LAW_ORDER,
	INPUT_LAW_NOTHING_DEAD,
	INPUT_LAW_COUNT,
};

const char *input_law_words(enum input_law law);
uint64_t input_law_checks(enum input_law law);
uint64_t input_law_failures(enum input_law law);

/* Decides on INPUT and holds every law against it; TWICE: also again, and with its entries in another order. */
void input_check(const struct input *input, bool twice);

uint64_t input_count(void);
uint64_t input_decisions(void);

/* After all inputs: each row, reason and cause has come up. */
void input_check_nothing_dead(void);

/* The enumerations. FULL leaves nothing out. */
void inputs_each_role_alone(bool full);
void inputs_table(bool full);
void inputs_together(bool full);

#endif
