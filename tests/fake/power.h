/* SPDX-License-Identifier: Apache-2.0 */
/* power.h - one power cycle and how it ended.
 *
 * ResetSystem, the start of an OS and an endless loop never return to the program that caused them: they leave the power
 * cycle through longjmp(). Memory that such a program held is the firmware's, and freed when the power goes off. */
#ifndef FAKE_POWER_H
#define FAKE_POWER_H

#include <efi.h>

enum outcome {
	OUTCOME_OS,       /* an OS was started: os.h says which */
	OUTCOME_MENU,     /* systemd-boot's menu waits for a key for ever */
	OUTCOME_FIRMWARE, /* no boot option is left: the firmware's setup */
	OUTCOME_RESET,    /* ResetSystem, cold or warm */
	OUTCOME_POWEROFF, /* ResetSystem, shutdown */
	OUTCOME_WATCHDOG, /* the watchdog timer reset the machine */
	OUTCOME_HANG,     /* something waits for ever and no watchdog runs */
	OUTCOME_ENDLESS,  /* the limit of firmware calls or of nested images was reached */
};

/* Runs RUN until it returns or power_end() is called; returning is OUTCOME_FIRMWARE. */
enum outcome power_cycle(void (*run)(void *context), void *context);

/* Ends the running power cycle. Outside of one this is a test's mistake and aborts. */
_Noreturn void power_end(enum outcome outcome);

const char *outcome_name(enum outcome outcome);

#endif
