/* SPDX-License-Identifier: Apache-2.0 */
/* version.h - the order of versions, as in the UAPI Version Format Specification (UAPI.10) and in systemd-boot.
 *
 * Series, from old to new: 122.1 < 123~rc1-1 < 123 < 123-a < 123-a.1 < 123-3 < 123^post1 < 123.a-1 < 123.1-1 < 124-1 */
#ifndef BOOTPILOT_VERSION_H
#define BOOTPILOT_VERSION_H

#include "text.h"

/* Below 0: A is older; 0: equal; above 0: A is newer. */
int version_compare(struct text a, struct text b);

#endif
