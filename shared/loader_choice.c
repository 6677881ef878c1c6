/* SPDX-License-Identifier: Apache-2.0 */
#include "loader_choice.h"

#include "fault.h"
#include "naming.h"
#include "roles.h"

/* The loader lists it, whether or not its image can start. */
static bool is_listed(const struct inventory *inventory, const struct entry *entry)
{
	switch (entry_fault(inventory, entry)) {
	case FAULT_NONE:
	case FAULT_IMAGE_BROKEN:
	case FAULT_FAILED_NOW:
	case FAULT_NOT_NAMEABLE:
	case FAULT_TOO_LARGE:
		return true;
	case FAULT_IMAGE_MISSING:
	case FAULT_WRONG_ARCHITECTURE:
	case FAULT_UNKNOWN_KEY:
	case FAULT_HIDDEN:
		break;
	}
	return false;
}

/* The first of the listed entries that WISH matches (an empty one: all). */
static const struct entry *first(const struct inventory *inventory, struct text wish, enum id_form form)
{
	const struct entry *best = NULL;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (!entry->opened || entry_is_foreign(entry) || !is_listed(inventory, entry) ||
		    (wish.len && !entry_is_wished(entry, wish)))
			continue;
		if (!best || entry_compare(entry, best, form) < 0)
			best = entry;
	}
	return best;
}

static bool would_reset_in_form(const struct inventory *inventory, enum id_form form)
{
	const struct text wishes[] = { inventory->loader.preferred, inventory->loader.fallback, TEXT_EMPTY };
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		bool is_last = i + 1 == sizeof(wishes) / sizeof(wishes[0]);
		const struct entry *entry = wishes[i].len || is_last ? first(inventory, wishes[i], form) : NULL;
		if (entry)
			return roles_of_entry(&inventory->config, entry) == ROLE_RESET;
	}
	return false;
}

bool loader_would_reset(const struct inventory *inventory)
{
	return would_reset_in_form(inventory, ID_FULL) || would_reset_in_form(inventory, ID_STRIPPED);
}

bool loader_chose_us(const struct inventory *inventory)
{
	return inventory->started_as_entry || id_is_ours(inventory->loader.selected);
}

bool loader_pins_matter(const struct inventory *inventory)
{
	return roles_rule(inventory) == ROLES_GENERIC || !inventory->started_as_entry;
}

bool loader_may_know(const struct inventory *inventory, struct text wish)
{
	/* auto-windows, or a pattern that may fit it: only the loader can tell. */
	if (inventory->entries_capped || !wish.len || text_starts_fold(wish, TEXT("auto-")) || wish.at[0] == '*' ||
	    wish.at[0] == '?' || wish.at[0] == '[')
		return true;
	size_t profile = 1; /* the rest is the number of a profile: id@2; no id is empty */
	while (profile < wish.len && wish.at[profile] != '@')
		profile++;
	wish = text_before(wish, profile);
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (entry_is_wished(entry, wish) && (!entry->opened || is_listed(inventory, entry)))
			return true;
	}
	return false;
}
