/* SPDX-License-Identifier: Apache-2.0 */
/* os_side.h - can the OS report success? What stands in the directories of systemd below a root ("" is this system). */
#ifndef BOOTPILOT_OS_SIDE_H
#define BOOTPILOT_OS_SIDE_H

#include <stdbool.h>

/* bootpilot-good.service is started at boot. */
bool os_side_is_enabled(const char *root);

/* systemd-bless-boot, which takes the counter off a good entry, is there. */
bool os_side_has_bless_boot(const char *root);

/* Blessing finds a way on a read-only ESP: a drop-in makes it writable, or our own service, which does so itself. */
bool os_side_blesses_read_only(const char *root);

#endif
