/* SPDX-License-Identifier: Apache-2.0 */
#include "role.h"

static const struct {
	struct text word;
	struct text file;
} roles[] = {
	[ROLE_ACTIVE] = { TEXT("active"), TEXT("active") },
	[ROLE_PASSIVE] = { TEXT("passive"), TEXT("passive") },
	[ROLE_RECOVERY] = { TEXT("recovery"), TEXT("recovery") },
	[ROLE_RESET] = { TEXT("reset"), TEXT("statereset") },
	[ROLE_NONE] = { TEXT("none"), { NULL, 0 } },
};

struct text role_name(enum role role)
{
	return roles[role].word;
}

enum role_match role_of_name(struct text name, enum role *ret_role)
{
	*ret_role = ROLE_NONE;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		struct text file = roles[role].file;
		if (!text_starts_fold(name, file))
			continue;
		if (name.len == file.len) {
			*ret_role = role;
			return ROLE_MATCH_EXACT;
		}
		char next = name.at[file.len];
		if (next == '_' || next == '-') {
			*ret_role = role;
			return ROLE_MATCH_VARIANT;
		}
	}
	return ROLE_MATCH_NONE;
}
