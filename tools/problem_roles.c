/* SPDX-License-Identifier: Apache-2.0 */
/* Problems of roles: what is missing, cannot be started, is used up, or is not counted. */
#include "keep.h"
#include "problem.h"
#include "shared/glob.h"

#define LONG_NAME 250u /* of 255 characters: +3 becomes +2-1, and tries above nine take a digit more */

static const struct decision *decision_of(const struct check *check)
{
	return &check->machine->world.decision;
}

static const struct inventory *inventory_of(const struct check *check)
{
	return &check->machine->world.inventory;
}

/* The role that ENTRY has a part in; ROLE_NONE: none, or plainer names take its place. */
static enum role role_of(const struct check *check, const struct entry *entry)
{
	const struct inventory *inventory = inventory_of(check);
	const struct role_state *roles = decision_of(check)->roles;
	enum role named, ignored;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		if (roles[role].entry && entry_is_twin(roles[role].entry, entry))
			return role;
	if (entry_is_foreign(entry) || roles_rule(inventory) == ROLES_GENERIC)
		return ROLE_NONE;
	named = roles_of_entry(&inventory->config, entry);
	if (named == ROLE_NONE || !roles[named].entry || inventory->config.globs[named].len)
		return named;
	return role_of_name(entry_name(entry), &ignored) == role_of_name(entry_name(roles[named].entry), &ignored)
		       ? named
		       : ROLE_NONE;
}

void find_no_roles(struct check *check, const struct problem *problem)
{
	if (check_sees_all(check) && decision_of(check)->reason == REASON_NO_ROLES)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

static bool has_roles(const struct check *check)
{
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		if (decision_of(check)->roles[role].verdict != VERDICT_MISSING)
			return true;
	return false;
}

void find_no_system(struct check *check, const struct problem *problem)
{
	const struct role_state *roles = decision_of(check)->roles;
	if (!check_sees_all(check) || !has_roles(check) || roles[ROLE_ACTIVE].verdict >= VERDICT_TRYING ||
	    roles[ROLE_PASSIVE].verdict >= VERDICT_TRYING)
		return;
	finding_add(check, problem, TEXT_EMPTY,
		    decision_of(check)->role == ROLE_NONE ? TEXT("nothing") : role_name(decision_of(check)->role),
		    BY_PERSON);
}

/* Where roles go by sort-key and version, nobody named a recovery or a reset entry. */
static bool is_expected(const struct check *check, enum role role)
{
	const struct inventory *inventory = inventory_of(check);
	if (role == ROLE_RESET && inventory->config.auto_reset == AUTO_RESET_NO)
		return false;
	return role <= ROLE_PASSIVE || roles_rule(inventory) != ROLES_GENERIC;
}

void find_missing(struct check *check, const struct problem *problem)
{
	struct kept *lost;
	if (!check_sees_all(check) || !has_roles(check))
		return;
	size_t lost_count = keep_lost(check->machine, check->options, &lost);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		bool told = false; /* as a lost entry */
		for (size_t i = 0; i < lost_count; i++)
			told |= lost[i].role == role;
		if (decision_of(check)->roles[role].verdict == VERDICT_MISSING && is_expected(check, role) && !told)
			finding_add(check, problem, TEXT_EMPTY, role_name(role), BY_PERSON);
	}
}

/* Each entry of a role that has a fault which WANTED picks. */
static void faults_find(struct check *check, const struct problem *problem, bool (*wanted)(enum fault fault))
{
	const struct inventory *inventory = inventory_of(check);
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		enum role role = role_of(check, entry);
		if (role == ROLE_NONE || (!entry->opened && inventory->unreadable[entry->partition]))
			continue;
		const struct role_state *state = &decision_of(check)->roles[role];
		enum fault fault = entry == state->entry ? state->fault : entry_fault(inventory, entry);
		if (fault != FAULT_NONE && wanted(fault))
			finding_add(check, problem, entry->file, fault_sentence(fault), BY_PERSON);
	}
}

static bool is_other_fault(enum fault fault)
{
	return fault != FAULT_UNKNOWN_KEY && fault != FAULT_NOT_NAMEABLE;
}

static bool is_unknown_key(enum fault fault)
{
	return fault == FAULT_UNKNOWN_KEY;
}

static bool is_not_nameable(enum fault fault)
{
	return fault == FAULT_NOT_NAMEABLE;
}

void find_unbootable(struct check *check, const struct problem *problem)
{
	faults_find(check, problem, is_other_fault);
}

void find_unknown_key(struct check *check, const struct problem *problem)
{
	faults_find(check, problem, is_unknown_key);
}

void find_not_nameable(struct check *check, const struct problem *problem)
{
	faults_find(check, problem, is_not_nameable);
}

void find_exhausted(struct check *check, const struct problem *problem)
{
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_state *state = &decision_of(check)->roles[role];
		if (state->verdict == VERDICT_EXHAUSTED)
			finding_add(check, problem, state->entry->file, role_name(role), BY_PERSON);
	}
}

/* By its key alone, whatever other files do to it. */
void find_not_counted(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = inventory_of(check);
	struct inventory alone = *inventory;
	alone.entry_count = 0;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (role_of(check, entry) != ROLE_NONE && loader_will_not_count(&alone, entry))
			finding_add(check, problem, entry->file, TEXT_EMPTY, BY_PERSON);
	}
}

void find_reset_uncounted(struct check *check, const struct problem *problem)
{
	const struct entry *entry = decision_of(check)->roles[ROLE_RESET].entry;
	if (entry && !entry->counter.present && inventory_of(check)->config.auto_reset != AUTO_RESET_NO)
		finding_add(check, problem, entry->file, entry_name(entry), BY_PERSON);
}

void find_pattern_name(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = inventory_of(check);
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		bool special = false;
		for (const char *c = GLOB_SPECIAL "]"; *c; c++)
			special |= text_contains(entry->file, *c);
		if (special && role_of(check, entry) != ROLE_NONE)
			finding_add(check, problem, entry->file, TEXT_EMPTY, BY_PERSON);
	}
}

void find_long_name(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = inventory_of(check);
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (entry->counter.present && words_width(entry->file) > LONG_NAME && role_of(check, entry) != ROLE_NONE)
			finding_add(check, problem, entry->file, TEXT_EMPTY, BY_PERSON);
	}
}

void find_lost(struct check *check, const struct problem *problem)
{
	struct kept *lost;
	if (!check_sees_all(check))
		return;
	size_t count = keep_lost(check->machine, check->options, &lost);
	for (size_t i = 0; i < count; i++)
		finding_add(check, problem, lost[i].name, role_name(lost[i].role),
			    (struct remedy){ .kind = REMEDY_RESTORE,
					     .partition = lost[i].partition,
					     .path = lost[i].path,
					     .bytes = lost[i].bytes });
}
