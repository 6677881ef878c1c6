/* SPDX-License-Identifier: Apache-2.0 */
/* console.h - the screen, recorded as text, and a keyboard that plays a script. */
#ifndef FAKE_CONSOLE_H
#define FAKE_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include <efi.h>

void fake_console_power_on(void); /* clean screen; the script of keys stays */
void fake_console_install(EFI_SYSTEM_TABLE *system);

const char *fake_console_text(void); /* UTF-8, all that was written since power-on; CR LF as written */
bool fake_console_says(const char *part);
bool fake_console_used(void); /* anything at all was done to the screen, clearing and changing its mode included */
void fake_console_missing(
	bool missing); /* ConOut and ConIn are NULL from the next power-on, as on some headless machines */

/* A key will be pressed SECONDS after power-on of each following power cycle. */
void fake_console_press(double seconds, UINT16 scan, CHAR16 character);
void fake_console_press_nothing(void); /* forgets the script */

bool fake_console_key_is_due(void);
uint64_t fake_console_next_key(void); /* ticks at which the next key is pressed, 0: never */

#endif
