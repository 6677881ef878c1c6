/* SPDX-License-Identifier: Apache-2.0 */
#include "role.h"

static const struct {
	char word[9];
	char file[11];
} roles[] = {
	[ROLE_ACTIVE] = { "active", "active" },
	[ROLE_PASSIVE] = { "passive", "passive" },
	[ROLE_RECOVERY] = { "recovery", "recovery" },
	[ROLE_RESET] = { "reset", "statereset" },
	[ROLE_NONE] = { "none", "" },
};

struct text role_name(enum role role)
{
	return text_of(roles[role].word);
}

enum role_match role_of_name(struct text name, enum role *ret_role)
{
	*ret_role = ROLE_NONE;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		struct text file = text_of(roles[role].file);
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
