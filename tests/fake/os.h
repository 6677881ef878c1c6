/* SPDX-License-Identifier: Apache-2.0 */
/* os.h - the images of the test OS in all states of tests/scenarios/README.md, and what the OS saw when one was started. */
#ifndef FAKE_OS_H
#define FAKE_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "volume.h"

#define OS_MARKER "Bootpilot's test OS" /* what the text of its images begins with */

enum os_state { OS_OK, OS_MISSING, OS_EMPTY, OS_TRUNCATED, OS_NOT_PE, OS_OTHER_MACHINE, OS_UNLOADABLE };

bool fake_os_state(const char *name, enum os_state *ret); /* "ok", "missing", ... */

/* Puts an image of STATE at PATH: a new build, later than any before. OSREL: text of the section .osrel, NULL for none. */
void fake_os_install(struct volume *volume, const char *path, enum os_state state, const char *osrel);

/* Registers the test OS: whatever carries its marker ends the power cycle with OUTCOME_OS when started. */
void fake_os_register(void);

struct os_report {             /* of the last power cycle, as an OS would read it */
	char image[1024];      /* file that was started, empty: none */
	char selected[1024];   /* LoaderEntrySelected */
	char count_path[1024]; /* LoaderBootCountPath */
	char decision[4096];   /* BootpilotDecision; also where no OS was started */
	uint64_t watchdog_s;   /* seconds left when it was started */
};

const struct os_report *fake_os_report(void);
void fake_os_forget(void); /* before a power cycle */
void fake_os_watch(void);  /* for fake_firmware_watch(): reads the decision where no OS did */

#endif
