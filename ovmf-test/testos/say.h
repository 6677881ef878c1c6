/* SPDX-License-Identifier: Apache-2.0 */
/* say.h - lines of text for the runner, on the serial line
 *
 * The serial port is written to directly where there is one: the console driver would add cursor movements and break
 * lines at 80 columns. */
#ifndef TESTOS_SAY_H
#define TESTOS_SAY_H
#include <efi.h>

/* Finds the serial line; without one, the console is used. Says `TESTOS begin`. */
void say_begin(EFI_SYSTEM_TABLE *st);

/* Says `TESTOS KEY=VALUE`, with control characters of VALUE as blanks; nothing if VALUE is NULL. */
void say_line(const char *key, const char *value);
#endif
