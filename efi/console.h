/* SPDX-License-Identifier: Apache-2.0 */
/* console.h - the person in front of the machine, if there is one. Nothing here waits longer than it is told to. */
#ifndef BOOTPILOT_CONSOLE_H
#define BOOTPILOT_CONSOLE_H

#include "firmware.h"
#include "shared/text.h"

/* Shows T; LF starts a new line. What is not ASCII is shown as '?': few firmware fonts have more. */
void console_show(const struct firmware *fw, struct text t);

/* Counts down SECONDS on one line behind MESSAGE. True if a key was pressed meanwhile. */
bool console_countdown(const struct firmware *fw, const char *message, uint32_t seconds);

#endif
