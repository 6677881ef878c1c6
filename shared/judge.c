/* SPDX-License-Identifier: Apache-2.0 */
#include "naming.h"
#include "roles.h"

static bool can_be_named(const struct inventory *inventory, const struct entry *entry)
{
	char name[NAMING_MAX];
	struct writer w = WRITER(name);
	return naming_write(inventory, entry, &w) != NAMING_NONE;
}

/* A counter that does not move runs out only where a healthy system could have reported (design.md section 4.1): the loader
 * does not count this entry, and then LoaderBootCountPath lets blessing work; or the OS side was heard before. */
static bool stalling_counts(const struct inventory *inventory, const struct record *record, const struct entry *entry)
{
	return counting_is_ours(inventory, entry) || record->heard;
}

static uint32_t stalled_tries(const struct record *record, enum role role, uint32_t left)
{
	uint32_t granted = left < RECORD_TRIES_MAX ? left : RECORD_TRIES_MAX;
	uint32_t stalled = record->roles[role].stalled;
	return stalled < granted ? granted - stalled : 0;
}

static enum verdict verdict_of(const struct inventory *inventory, const struct record *record, enum role role,
			       struct role_state *state)
{
	const struct entry *entry = state->entry;
	if (!entry)
		return VERDICT_MISSING;
	if (state->fault == FAULT_NONE && !can_be_named(inventory, entry))
		state->fault = FAULT_NOT_NAMEABLE;
	if (state->fault != FAULT_NONE)
		return VERDICT_UNBOOTABLE;
	if (!entry->counter.present) {
		state->tries = RECORD_UNCOUNTED;
		return VERDICT_GOOD;
	}

	state->tries = entry->counter.left;
	if (state->tries == 0) {
		state->tries = record_loan(record, role, &state->seen);
		state->lent = state->tries > 0;
		return state->lent ? VERDICT_TRYING : VERDICT_EXHAUSTED;
	}
	state->frozen = record->roles[role].stalled > 0;
	if (state->frozen && stalling_counts(inventory, record, entry))
		state->tries =
			record_is_stalled(record, role, &state->seen) ? 0 : stalled_tries(record, role, state->tries);
	return state->tries ? VERDICT_TRYING : VERDICT_EXHAUSTED;
}

void roles_judge(const struct inventory *inventory, const struct record *record, struct role_state roles[ROLE_COUNT])
{
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		roles[role].verdict = verdict_of(inventory, record, role, &roles[role]);
}
