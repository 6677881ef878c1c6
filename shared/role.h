/* SPDX-License-Identifier: Apache-2.0 */
/* role.h - what an entry is for. The order of the enum is the order in which roles are tried. */
#ifndef BOOTPILOT_ROLE_H
#define BOOTPILOT_ROLE_H

#include "text.h"

enum role {
	ROLE_ACTIVE,
	ROLE_PASSIVE,
	ROLE_RECOVERY,
	ROLE_RESET,
	ROLE_NONE,
};

#define ROLE_COUNT 4

enum role_match {
	ROLE_MATCH_NONE,
	ROLE_MATCH_VARIANT, /* NAME_suffix or NAME-suffix: used only if the role has no exact entry */
	ROLE_MATCH_EXACT,
};

/* The word in reports and configuration: active, passive, recovery, reset, none. */
struct text role_name(enum role role);

/* The role that NAME (of an entry, without counter and suffix) holds by itself; letter case does not matter. The reset role is
 * called `statereset` in file names, as Kairos calls it. *ret_role is ROLE_NONE for ROLE_MATCH_NONE. */
enum role_match role_of_name(struct text name, enum role *ret_role);

#endif
