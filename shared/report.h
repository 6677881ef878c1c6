/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - a decision in words. The screen, the variables, the tool and the tests all take theirs from here. */
#ifndef BOOTPILOT_REPORT_H
#define BOOTPILOT_REPORT_H

#include "policy.h"

#define REPORT_LINE_MAX   2048u /* bytes, for report_decision() and report_state() */
#define REPORT_SCREEN_MAX 4096u /* bytes, for report_screen() */

/* The stable words that scripts may rely on: "active-exhausted". */
struct text action_name(enum action action);
struct text reason_name(enum reason reason);
struct text cause_name(enum cause cause); /* empty for CAUSE_NONE */
struct text verdict_name(enum verdict verdict);
struct text fault_name(enum fault fault);    /* empty for FAULT_NONE */
struct text remark_name(enum remark remark); /* of one bit */
struct text record_state_name(enum record_state state);

/* The same for people: "active used up its tries". */
struct text reason_sentence(enum reason reason);
struct text cause_sentence(enum cause cause);
struct text fault_sentence(enum fault fault);
struct text remark_sentence(enum remark remark);

/* One line `key=value ...`, without its end. Values have no blanks; blanks and control characters in names are written %20. */
void report_decision(struct writer *w, const struct inventory *inventory, const struct decision *decision);

/* The record as one such line: what the OS cannot read itself. */
void report_state(struct writer *w, const struct inventory *inventory, const struct decision *decision);

/* "good", "on trial, 2 tries left", "its image is missing": the verdict on one role in words. */
void report_verdict(struct writer *w, const struct role_state *state);

/* The block for a person in front of the machine: lines, each ended by LF, at most 79 columns; a name that is too long for its
 * column stands on a line of its own. */
void report_screen(struct writer *w, const struct decision *decision);

#endif
