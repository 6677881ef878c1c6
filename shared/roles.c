/* SPDX-License-Identifier: Apache-2.0 */
#include "roles.h"

#include "generic.h"
#include "glob.h"
#include "loader-vars.h"
#include "memory.h"

/* One blank-separated pattern of GLOBS matches the entry's id without counter. */
static bool globs_match(struct text globs, const struct entry *entry)
{
	char id[INVENTORY_ID_MAX];
	struct writer w = WRITER(id);
	entry_write_id(&w, entry, ID_STRIPPED);
	struct text pattern;
	while (text_next_word(&globs, &pattern))
		if (!w.overflow && glob_match(pattern, writer_text(&w)))
			return true;
	return false;
}

/* The role of ENTRY by configuration or by name, ROLE_NONE if it has none. *ret_match: how well it fits. */
static enum role role_of_entry(const struct config *config, const struct entry *entry, enum role_match *ret_match)
{
	enum role role;
	*ret_match = ROLE_MATCH_NONE;
	if (entry_is_foreign(entry))
		return ROLE_NONE;
	for (role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		/* A configured glob takes its entries away from roles by name and from later globs. */
		if (!config->globs[role].len || !globs_match(config->globs[role], entry))
			continue;
		*ret_match = ROLE_MATCH_EXACT;
		return role;
	}
	enum role_match match = role_of_name(entry_name(entry), &role);
	if (match == ROLE_MATCH_NONE || config->globs[role].len)
		return ROLE_NONE;
	*ret_match = match;
	return role;
}

enum role_rule roles_rule(const struct inventory *inventory)
{
	enum role named;
	if (config_has_globs(&inventory->config))
		return ROLES_CONFIGURED;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (!entry_is_foreign(entry) && role_of_name(entry_name(entry), &named) != ROLE_MATCH_NONE)
			return ROLES_BY_NAME;
	}
	return ROLES_GENERIC;
}

bool roles_may_hold(const struct inventory *inventory, enum role_rule rule, const struct entry *entry)
{
	if (entry_is_foreign(entry))
		return false;
	if (rule == ROLES_GENERIC)
		return true;
	return roles_of_entry(&inventory->config, entry) != ROLE_NONE;
}

bool roles_keep(const struct inventory *inventory, const struct entry *entry)
{
	return inventory->entry_count < ROLES_FOREIGN_MAX ||
	       (inventory->entry_count < INVENTORY_ENTRIES_MAX && roles_may_hold(inventory, ROLES_BY_NAME, entry));
}

enum role roles_of_entry(const struct config *config, const struct entry *entry)
{
	enum role_match match;
	return role_of_entry(config, entry, &match);
}

bool roles_first_other(const struct inventory *inventory, struct text *ret)
{
	struct text ids = inventory->loader.entries, id;
	enum role best = ROLE_NONE;
	bool found = false;
	while (loader_next_id(&ids, &id)) {
		struct entry entry = entry_of_name(id);
		enum role role = roles_of_entry(&inventory->config, &entry);
		if (entry_is_foreign(&entry) || role == ROLE_RESET ||
		    visit_has(&inventory->visit, entry_id_hash(&entry)))
			continue;
		if (found && role >= best)
			continue;
		found = true;
		best = role;
		*ret = id;
	}
	return found;
}

/* What decides between two files of one id: a fault, no counter (what blessing left), fewer tries, place, name. */
bool roles_twin_overrules(const struct inventory *inventory, const struct entry *a, const struct entry *b)
{
	bool fault_a = entry_fault(inventory, a) != FAULT_NONE, fault_b = entry_fault(inventory, b) != FAULT_NONE;
	if (fault_a != fault_b)
		return fault_b;
	if (a->counter.present != b->counter.present)
		return !a->counter.present;
	if (a->counter.left != b->counter.left)
		return a->counter.left < b->counter.left;
	if (a->counter.done != b->counter.done)
		return a->counter.done > b->counter.done;
	if (a->partition != b->partition)
		return a->partition == PARTITION_ESP;
	return text_compare(a->file, b->file) < 0;
}

/* Some other file of ENTRY's id speaks instead. *ret_twins counts the others. */
static bool is_overruled(const struct inventory *inventory, const struct entry *entry, size_t *ret_twins)
{
	bool overruled = false;
	*ret_twins = 0;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *other = &inventory->entries[i];
		if (other == entry || !entry_is_twin(other, entry))
			continue;
		(*ret_twins)++;
		overruled = overruled || roles_twin_overrules(inventory, other, entry);
	}
	return overruled;
}

/* How much is to be expected of an entry, by name and pre-flight alone: the record has no say here, or a role with two
 * entries could change from one to the other for ever. */
static int promise(const struct inventory *inventory, const struct entry *entry)
{
	if (entry_fault(inventory, entry) != FAULT_NONE)
		return 0;
	return entry->counter.present && entry->counter.left == 0 ? 1 : 2;
}

static bool is_better(const struct inventory *inventory, enum role_rule rule, const struct entry *a,
		      const struct entry *b)
{
	int promise_a = promise(inventory, a), promise_b = promise(inventory, b);
	if (promise_a != promise_b)
		return promise_a > promise_b;
	return rule == ROLES_GENERIC ? generic_compare(a, b) < 0 : entry_compare(a, b, ID_STRIPPED) < 0;
}

static void role_add(const struct inventory *inventory, enum role_rule rule, struct role_state *state,
		     const struct entry *entry)
{
	size_t twins;
	if (is_overruled(inventory, entry, &twins))
		return;
	/* Order-independent, so that the directory's order does not make another generation. */
	state->seen.generation += entry->fingerprint;
	if (entry->counter.present) {
		uint32_t left = entry->counter.left, most = RECORD_UNCOUNTED - 1;
		state->seen.left = left < most - state->seen.left ? state->seen.left + left : most;
	}
	if (!state->entry || is_better(inventory, rule, entry, state->entry)) {
		state->entry = entry;
		state->twins = twins;
	}
}

static enum role role_by(const struct inventory *inventory, enum role_rule rule, const struct entry *active,
			 const struct entry *entry, enum role_match *ret_match)
{
	if (rule != ROLES_GENERIC)
		return role_of_entry(&inventory->config, entry, ret_match);
	*ret_match = ROLE_MATCH_EXACT;
	return generic_role(active, entry);
}

/* What the record cares to know of the one that speaks. */
static void role_settle(const struct inventory *inventory, struct role_state *state)
{
	const struct entry *entry = state->entry;
	if (!entry)
		return;
	state->fault = entry_fault(inventory, entry);
	state->seen.present = true;
	state->seen.startable = state->fault == FAULT_NONE;
	state->seen.done = entry->counter.done;
	if (!entry->counter.present) {
		state->seen.left = RECORD_UNCOUNTED;
		state->seen.good_id = entry_id_hash(entry);
	}
}

void roles_find(const struct inventory *inventory, struct role_state ret[ROLE_COUNT])
{
	enum role_match match, levels[ROLE_COUNT];
	enum role_rule rule = roles_rule(inventory);
	const struct entry *active = rule == ROLES_GENERIC ? generic_active(inventory) : NULL;
	memset(ret, 0, ROLE_COUNT * sizeof(*ret));
	memset(levels, 0, sizeof(levels)); /* ROLE_MATCH_NONE */
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		enum role role = role_by(inventory, rule, active, entry, &match);
		if (role == ROLE_NONE || match < levels[role])
			continue;
		if (match > levels[role])
			memset(&ret[role], 0, sizeof(*ret)); /* it outranks all before it */
		levels[role] = match;
		role_add(inventory, rule, &ret[role], entry);
	}
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		role_settle(inventory, &ret[role]);
}
