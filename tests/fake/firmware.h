/* SPDX-License-Identifier: Apache-2.0 */
/* firmware.h - the machine as a whole: what is plugged in stays, what is in memory goes with the power. */
#ifndef FAKE_FIRMWARE_H
#define FAKE_FIRMWARE_H

#include <efi.h>

#include "power.h"

/* Nothing plugged in, empty NVRAM, no registered image, no key in the script, no failure waiting. */
void fake_firmware_new(void);

/* The same behind a group of tests (cmocka's teardown), so that nothing is left when the program ends. */
int fake_firmware_forget(void **state);

/* One power cycle: tables, handles and console are made, RUN is called with the firmware's own image as parent of all that
 * it loads, and everything volatile is gone afterwards. Counters, violations, console text and peak of memory can be read
 * until the next power-on. */
enum outcome fake_firmware_run(void (*run)(EFI_HANDLE firmware, EFI_SYSTEM_TABLE *system));

/* WATCH is called when a power cycle has ended, before anything volatile is lost. NULL: nobody. */
void fake_firmware_watch(void (*watch)(void));

/* For tests of single services: the tables, outside of a power cycle. Ends with fake_firmware_off(). */
EFI_SYSTEM_TABLE *fake_firmware_on(void);
EFI_HANDLE fake_firmware_image(void);
void fake_firmware_off(void);

#endif
