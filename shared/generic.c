/* SPDX-License-Identifier: Apache-2.0 */
#include "generic.h"

#include "naming.h"
#include "version.h"

int generic_compare(const struct entry *a, const struct entry *b)
{
	struct entry uncounted_a = *a, uncounted_b = *b;
	uncounted_a.counter.present = false;
	uncounted_b.counter.present = false;
	return entry_compare(&uncounted_a, &uncounted_b, ID_STRIPPED);
}

/* An operating system. The key `efi` may be anything: a shell, a memory test, another boot loader. */
static bool is_os(const struct entry *entry)
{
	return entry->opened && !entry_is_foreign(entry) &&
	       (entry->type == ENTRY_TYPE2 || entry->key == CONF_KEY_LINUX || entry->key == CONF_KEY_UKI);
}

/* The first in order among those that WISH matches (an empty one: all). *ret_foreign: something that is no OS matches. */
static const struct entry *first(const struct inventory *inventory, struct text wish, bool *ret_foreign)
{
	const struct entry *best = NULL;
	*ret_foreign = false;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (wish.len && !entry_is_wished(entry, wish))
			continue;
		if (!is_os(entry)) {
			*ret_foreign |= !entry_is_foreign(entry);
			continue;
		}
		if (!best || generic_compare(entry, best) < 0)
			best = entry;
	}
	return best;
}

const struct entry *generic_active(const struct inventory *inventory)
{
	const struct text wishes[] = { inventory->loader.preferred, inventory->loader.fallback };
	bool foreign;
	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++) {
		if (!wishes[i].len)
			continue;
		const struct entry *entry = first(inventory, wishes[i], &foreign);
		if (entry || foreign)
			return entry; /* somebody pinned another loader: theirs to decide */
	}
	return first(inventory, TEXT_EMPTY, &foreign);
}

enum role generic_role(const struct entry *active, const struct entry *entry)
{
	if (!active || !is_os(entry))
		return ROLE_NONE;
	if (entry_is_twin(entry, active))
		return ROLE_ACTIVE;
	return active->sort_key.len > 0 && text_equal(entry->sort_key, active->sort_key) &&
			       text_equal(entry->machine_id, active->machine_id) &&
			       version_compare(entry->version, active->version) < 0
		       ? ROLE_PASSIVE
		       : ROLE_NONE;
}
