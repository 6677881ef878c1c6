/* SPDX-License-Identifier: Apache-2.0 */
#include "power.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf power_switch;
static bool power_is_on;
static enum outcome power_outcome;

enum outcome power_cycle(void (*run)(void *context), void *context)
{
	power_outcome = OUTCOME_FIRMWARE;
	power_is_on = true;
	if (setjmp(power_switch) == 0)
		run(context);
	power_is_on = false;
	return power_outcome;
}

_Noreturn void power_end(enum outcome outcome)
{
	if (!power_is_on) {
		fprintf(stderr, "fake firmware: %s outside of a power cycle\n", outcome_name(outcome));
		abort();
	}
	power_outcome = outcome;
	longjmp(power_switch, 1);
}

const char *outcome_name(enum outcome outcome)
{
	static const char *const names[] = {
		[OUTCOME_OS] = "os",       [OUTCOME_MENU] = "menu",         [OUTCOME_FIRMWARE] = "firmware",
		[OUTCOME_RESET] = "reset", [OUTCOME_POWEROFF] = "poweroff", [OUTCOME_WATCHDOG] = "watchdog",
		[OUTCOME_HANG] = "hang",   [OUTCOME_ENDLESS] = "endless",
	};

	return names[outcome];
}
