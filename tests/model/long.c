/* SPDX-License-Identifier: Apache-2.0 */
/* Every OS fails, from the day of installation on, with TRIES for each role. The lives of the graph have three tries at most;
 * beyond that a counter is only asked whether it is zero, and how it compares with RECORD_TRIES_MAX:
 *
 *   the loader counts   3 * TRIES + min(TRIES, 8) boots, then recovery for ever: each role its tries, the reset an episode
 *   it stands still     4 * min(TRIES, 8) boots: the record counts, and believes no name beyond eight */
#include "long.h"

#include <stdio.h>
#include <string.h>

#include "laws.h"

struct machine {
	uint32_t left[ROLE_COUNT], done[ROLE_COUNT];
	bool frozen;
	struct record record;
	enum record_state state;
};

static struct entry entry_of(const struct machine *m, enum role role, char *bytes, size_t size)
{
	static const char *const names[ROLE_COUNT] = { "active", "passive", "recovery", "statereset" };
	struct writer w = { .at = bytes, .size = size };
	write_string(&w, names[role]);
	write_char(&w, '+');
	write_uint(&w, m->left[role]);
	write_char(&w, '-');
	write_uint(&w, m->done[role]);
	write_string(&w, ".conf");
	struct entry entry = entry_of_name(writer_text(&w));
	entry.opened = true;
	entry.key = m->frozen ? CONF_KEY_EFI : CONF_KEY_LINUX;
	entry.fingerprint = 100 + (uint64_t)role;
	return entry;
}

/* One boot that fails. The role that was started. */
static enum role boot(struct machine *m)
{
	static struct inventory inventory;
	static struct decision decision;
	static char names[ROLE_COUNT][64];
	struct entry entries[ROLE_COUNT];
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		entries[role] = entry_of(m, role, names[role], sizeof(names[role]));
	memset(&inventory, 0, sizeof(inventory));
	config_set_defaults(&inventory.config);
	inventory.entries = entries;
	inventory.entry_count = ROLE_COUNT;
	inventory.machine = IMAGE_MACHINE_X64;
	inventory.loader.features_known = true;
	inventory.loader.features = m->frozen ? release_262.features : release_257.features;
	inventory.record = m->record;
	inventory.record_state = m->state;
	policy_decide(&inventory, &decision);
	m->record = decision.record;
	m->state = RECORD_VALID;
	enum role role = decision.role;
	if (role != ROLE_NONE && !m->frozen) {
		m->left[role] -= m->left[role] > 0;
		m->done[role]++;
	}
	return role;
}

static struct machine new_machine(uint32_t tries, bool frozen)
{
	struct machine m = { .frozen = frozen, .record = { .last_role = ROLE_NONE }, .state = RECORD_ABSENT };
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		m.left[role] = tries;
	return m;
}

/* Boots until the last change of role, of BOOTS. */
static uint32_t settles_after(struct machine *m, uint32_t boots)
{
	enum role last = ROLE_NONE;
	uint32_t changed = 0;
	for (uint32_t n = 0; n < boots; n++) {
		enum role role = boot(m);
		if (role != last)
			changed = n;
		last = role;
	}
	return last == ROLE_RECOVERY ? changed : UINT32_MAX;
}

static void play(uint32_t tries, bool frozen)
{
	struct machine m = new_machine(tries, frozen);
	uint32_t few = tries < RECORD_TRIES_MAX ? tries : RECORD_TRIES_MAX;
	uint32_t wanted = frozen ? 4 * few : 3 * tries + few;
	uint32_t boots = settles_after(&m, wanted + 100);
	if (boots != wanted)
		printf("    %u tries%s: %u boots, wanted %u\n", tries, frozen ? ", standing still" : "", boots, wanted);
	law_check_alone(LAW_LONG, boots == wanted);
}

/* The largest counter that there is: it counts down, and all that a boot sees of it is that it is not zero. */
static void play_largest(void)
{
	struct machine m = new_machine(COUNTER_MAX, false);
	bool active = true;
	for (uint32_t n = 0; n < 100; n++)
		active &= boot(&m) == ROLE_ACTIVE;
	law_check_alone(LAW_LONG, active && m.left[ROLE_ACTIVE] == COUNTER_MAX - 100);
	m.left[ROLE_ACTIVE] = 100; /* and all but the last hundred are gone */
	for (uint32_t n = 0; n < 100; n++)
		active &= boot(&m) == ROLE_ACTIVE;
	law_check_alone(LAW_LONG, active && boot(&m) == ROLE_PASSIVE);
}

void long_lives(void)
{
	static const uint32_t tries[] = { 1, 2, 3, 4, 7, 8, 9, 10, 17, 100, 1000, 10000 };
	for (unsigned i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		play(tries[i], false);
		play(tries[i], true);
	}
	play(COUNTER_MAX, true);
	play_largest();
	printf("From installation on, if each boot fails and each role has T tries: recovery for ever after 3T + min(T, %u) boots,\n"
	       "after 4 min(T, %u) where the counters stand still; asked of T from 1 to %u, and of %u.\n",
	       RECORD_TRIES_MAX, RECORD_TRIES_MAX, tries[sizeof(tries) / sizeof(tries[0]) - 1], COUNTER_MAX);
}
