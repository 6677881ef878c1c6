/* SPDX-License-Identifier: Apache-2.0 */
/* Laws that hold for every inventory, checked by enumeration: each role in each state, under each record and configuration.
 * The oracle below is a second reading of design.md section 4, from the states alone. */
#include "fixture.h"
#include "oneshot.h"
#include "report.h"

#include <stdio.h>

enum state { ABSENT, GOOD, LAST_TRY, THREE_TRIES, EXHAUSTED, BROKEN, USED_UP_AND_BROKEN, TWINS, VARIANT, STATES };

static const char *const words[STATES] = {
	/* %s is the name of the role */
	[ABSENT] = "",
	[GOOD] = "%s",
	[LAST_TRY] = "%s+1-2",
	[THREE_TRIES] = "%s+3",
	[EXHAUSTED] = "%s+0-3",
	[BROKEN] = "%s,truncated",
	[USED_UP_AND_BROKEN] = "%s+0-3,missing",
	[TWINS] = "%s %s+0-3,x",
	[VARIANT] = "%s_old+2-1",
};

static const char *const names[ROLE_COUNT] = { "active", "passive", "recovery", "statereset" };

static bool is_bootable(enum state s)
{
	return s == GOOD || s == LAST_TRY || s == THREE_TRIES || s == TWINS || s == VARIANT;
}

static bool is_startable(enum state s)
{
	return is_bootable(s) || s == EXHAUSTED;
}

enum past { NO_RECORD, REFUSED, NEW, UNSEEN, LAUNCHED_LESS, AGREES, AGREES_WITNESSED, RESET_BEFORE, UNWRITABLE, PASTS };
enum setting { DEFAULT, OFF, WITNESSED, NEVER, TWICE, SETTINGS };
enum moment { PLAIN, CANCELLED, REQUESTED, UNREADABLE, MOMENTS };

struct input {
	enum state states[ROLE_COUNT];
	enum past past;
	enum setting setting;
	enum moment moment;
};

static const char *describe(const struct input *in)
{
	static char line[128];

	snprintf(line, sizeof(line), "active %d passive %d recovery %d reset %d, past %d, setting %d, moment %d",
		 (int)in->states[0], (int)in->states[1], (int)in->states[2], (int)in->states[3], (int)in->past,
		 (int)in->setting, (int)in->moment);
	return line;
}

static void build(struct fixture *f, const struct input *in)
{
	char spec[400] = "", part[80];

	for (unsigned role = 0; role < ROLE_COUNT; role++) {
		snprintf(part, sizeof(part), words[in->states[role]], names[role], names[role]);
		strcat(strcat(spec, part), " ");
	}
	fixture_init(f, spec);

	switch (in->past) {
	case NO_RECORD: case PASTS: break;
	case REFUSED: fixture_given(f, "refused"); break;
	case NEW: fixture_given(f, "new"); break;
	case UNSEEN: fixture_given(f, "valid"); break;
	case UNWRITABLE: fixture_given(f, "unwritable"); break;
	case LAUNCHED_LESS: case AGREES: case AGREES_WITNESSED: case RESET_BEFORE:
		fixture_given(f, "valid");
		f->inventory.record.roles[ROLE_RECOVERY].launches = in->past == LAUNCHED_LESS ? 2 : 3;
		f->inventory.record.granted = 3;
		f->inventory.record.last_role = in->states[ROLE_RECOVERY] == ABSENT ? ROLE_NONE : ROLE_RECOVERY;
		if (in->past == AGREES_WITNESSED)
			fixture_given(f, "succeeded");
		if (in->past == RESET_BEFORE)
			fixture_given(f, "resets=1");
		break;
	}
	switch (in->setting) {
	case DEFAULT: case SETTINGS: break;
	case OFF: fixture_given(f, "auto=no"); break;
	case WITNESSED: fixture_given(f, "auto=witnessed"); break;
	case NEVER: fixture_given(f, "limit=0"); break;
	case TWICE: fixture_given(f, "limit=2"); break;
	}
	switch (in->moment) {
	case PLAIN: case MOMENTS: break;
	case CANCELLED: fixture_given(f, "cancelled"); break;
	case REQUESTED: fixture_given(f, "request"); break;
	case UNREADABLE: fixture_given(f, "unreadable=xbootldr"); break;
	}
}

/* Everything that 4.2 asks of a reset besides an exhausted recovery. */
static bool is_reset_permitted(const struct input *in)
{
	bool witnessed = in->past == AGREES_WITNESSED;
	bool valid = in->past == UNSEEN || in->past == LAUNCHED_LESS || in->past == AGREES ||
		     in->past == AGREES_WITNESSED || in->past == RESET_BEFORE;
	bool agrees = in->past == AGREES || in->past == AGREES_WITNESSED || in->past == RESET_BEFORE;
	unsigned limit = in->setting == NEVER ? 0 : in->setting == TWICE ? 2 : 1;

	return in->setting != OFF && (in->setting != WITNESSED || witnessed) && (!valid || agrees) &&
	       (in->past == RESET_BEFORE ? 1u : 0u) < limit && is_bootable(in->states[ROLE_RESET]) &&
	       in->past != UNWRITABLE && in->moment != CANCELLED;
}

struct expected {
	enum action action;
	enum reason reason;
	enum role role;
};

static enum reason why_not(enum state s, enum reason missing, enum reason unbootable, enum reason exhausted)
{
	return s == ABSENT ? missing : s == EXHAUSTED ? exhausted : unbootable;
}

static struct expected oracle(const struct input *in)
{
	const enum state *s = in->states;

	if (in->moment == REQUESTED)
		return (struct expected){ ACTION_LEAVE, REASON_REQUESTED, ROLE_NONE };
	if (in->moment == UNREADABLE)
		return (struct expected){ ACTION_HAND_BACK, REASON_UNREADABLE, ROLE_NONE };
	if (s[0] == ABSENT && s[1] == ABSENT && s[2] == ABSENT && s[3] == ABSENT)
		return (struct expected){ ACTION_HAND_BACK, REASON_NO_ROLES, ROLE_NONE };
	if (is_bootable(s[ROLE_ACTIVE]))
		return (struct expected){ ACTION_BOOT,
					  s[0] == GOOD || s[0] == TWINS ? REASON_ACTIVE_GOOD : REASON_ACTIVE_TRYING,
					  ROLE_ACTIVE };
	if (is_bootable(s[ROLE_PASSIVE]))
		return (struct expected){ ACTION_BOOT,
					  why_not(s[0], REASON_ACTIVE_MISSING, REASON_ACTIVE_UNBOOTABLE,
						  REASON_ACTIVE_EXHAUSTED),
					  ROLE_PASSIVE };
	if (is_bootable(s[ROLE_RECOVERY]))
		return (struct expected){ ACTION_BOOT,
					  why_not(s[1], REASON_PASSIVE_MISSING, REASON_PASSIVE_UNBOOTABLE,
						  REASON_PASSIVE_EXHAUSTED),
					  ROLE_RECOVERY };
	if (s[ROLE_RECOVERY] == EXHAUSTED && is_reset_permitted(in))
		return (struct expected){ ACTION_RESET, REASON_RECOVERY_EXHAUSTED, ROLE_RESET };
	for (unsigned i = 0; i < 3; i++) {
		static const enum role order[] = { ROLE_RECOVERY, ROLE_PASSIVE, ROLE_ACTIVE };
		if (is_startable(s[order[i]]))
			return (struct expected){ ACTION_BOOT, REASON_LAST_RESORT, order[i] };
	}
	return (struct expected){ ACTION_MENU, REASON_NOTHING_BOOTABLE, ROLE_NONE };
}

static bool same_decision(const struct decision *a, const struct decision *b)
{
	bool same = a->action == b->action && a->reason == b->reason && a->cause == b->cause && a->role == b->role &&
		    a->naming == b->naming && a->name_len == b->name_len && a->remarks == b->remarks &&
		    a->pending == b->pending && a->hand_off == b->hand_off &&
		    a->set_boot_count_path == b->set_boot_count_path && (a->entry == NULL) == (b->entry == NULL) &&
		    memcmp(a->name, b->name, a->name_len) == 0 && !record_differs(&a->record, &b->record);

	if (same && a->entry != NULL)
		same = text_equal(a->entry->file, b->entry->file) && a->entry->partition == b->entry->partition;
	for (unsigned i = 0; same && i < ROLE_COUNT; i++)
		same = a->roles[i].verdict == b->roles[i].verdict && a->roles[i].fault == b->roles[i].fault &&
		       a->roles[i].tries == b->roles[i].tries && a->roles[i].twins == b->roles[i].twins;
	return same;
}

/* Turns the list of entries by N places, or mirrors it for N = 0. */
static void permute(struct fixture *f, size_t n)
{
	struct entry turned[FIXTURE_ENTRIES_MAX];
	size_t count = f->inventory.entry_count;

	for (size_t i = 0; i < count; i++)
		turned[i] = f->entries[n == 0 ? count - 1 - i : (i + n) % count];
	memcpy(f->entries, turned, count * sizeof(turned[0]));
}

static struct {
	uint64_t inputs, decisions, resets;
	uint64_t reasons[REASON_NOTHING_BOOTABLE + 1];
	uint64_t causes[CAUSE_OWN_HANDOFF + 1];
	unsigned broken;
} tally;

#define BROKEN_LAW(...)                                                                                                        \
	do {                                                                                                                   \
		if (tally.broken++ < 20) {                                                                                     \
			print_error(__VA_ARGS__);                                                                              \
			print_error("\n");                                                                                     \
		}                                                                                                              \
	} while (0)

static void check(const struct input *in)
{
	static struct fixture f;
	static struct decision d, again;

	build(&f, in);
	memset(&d, 0x00, sizeof(d));
	policy_decide(&f.inventory, &d);
	tally.inputs++;
	tally.decisions++;

	/* total */
	bool boots = d.action == ACTION_BOOT || d.action == ACTION_RESET;
	if (d.action > ACTION_FIRMWARE || d.reason > REASON_NOTHING_BOOTABLE || d.cause > CAUSE_OWN_HANDOFF ||
	    boots != (d.entry != NULL) || boots != (d.role < ROLE_NONE) || (boots && d.name_len == 0)) {
		BROKEN_LAW("%s: not a decision: action %d, reason %d, role %d", describe(in), (int)d.action,
			   (int)d.reason, (int)d.role);
		return;
	}
	tally.reasons[d.reason]++;
	tally.causes[d.cause]++;
	tally.resets += d.action == ACTION_RESET;

	/* the laws, whatever the reason that is given */
	bool free_choice = in->moment == PLAIN || in->moment == CANCELLED;
	if (free_choice && is_bootable(in->states[ROLE_ACTIVE]) && d.role != ROLE_ACTIVE)
		BROKEN_LAW("%s: a bootable active is left", describe(in));
	if (boots && !is_startable(in->states[d.role]))
		BROKEN_LAW("%s: what was chosen cannot be started", describe(in));
	bool any = is_bootable(in->states[0]) || is_bootable(in->states[1]) || is_bootable(in->states[2]);
	if (free_choice && any && (d.role > ROLE_RECOVERY || !is_bootable(in->states[d.role])))
		BROKEN_LAW("%s: something bootable is passed over", describe(in));
	if (d.action == ACTION_RESET && (in->states[ROLE_RECOVERY] != EXHAUSTED || !is_reset_permitted(in)))
		BROKEN_LAW("%s: a reset that nothing permits", describe(in));
	if (d.action == ACTION_RESET && !record_differs(&d.record, &f.inventory.record))
		BROKEN_LAW("%s: a reset that nobody remembers", describe(in));
	if ((d.reason == REASON_LAST_RESORT && d.role == ROLE_RECOVERY) != (d.cause != CAUSE_NONE) &&
	    in->moment != REQUESTED && d.role == ROLE_RECOVERY)
		BROKEN_LAW("%s: last resort without a cause, or a cause without it", describe(in));

	/* the table */
	struct expected e = oracle(in);
	if (d.action != e.action || d.reason != e.reason || d.role != e.role)
		BROKEN_LAW("%s: action %d, %s, role %d; wanted action %d, %s, role %d", describe(in), (int)d.action,
			   shown(reason_name(d.reason)), (int)d.role, (int)e.action, shown(reason_name(e.reason)),
			   (int)e.role);

	if (tally.inputs % 17 != 0)
		return;
	/* deterministic, whatever stood there before, and in other orders of the entries */
	memset(&again, 0xA5, sizeof(again));
	policy_decide(&f.inventory, &again);
	tally.decisions++;
	if (!same_decision(&d, &again))
		BROKEN_LAW("%s: decided again, it is different", describe(in));
	if (f.inventory.entry_count < 2)
		return;
	for (size_t n = 0; n < 3; n++) {
		build(&f, in);
		permute(&f, n);
		policy_decide(&f.inventory, &again);
		tally.decisions++;
		build(&f, in); /* d.entry points into it */
		struct decision other = again;
		if (other.action != d.action || other.reason != d.reason || other.role != d.role || other.cause != d.cause ||
		    other.name_len != d.name_len || memcmp(other.name, d.name, d.name_len) != 0 ||
		    other.remarks != d.remarks || record_differs(&other.record, &d.record))
			BROKEN_LAW("%s: in another order of entries it is different", describe(in));
	}
}

static void every_input(void **state)
{
	struct input in;

	for (unsigned roles = 0; roles < STATES * STATES * STATES * STATES; roles++) {
		unsigned rest = roles;
		for (unsigned role = 0; role < ROLE_COUNT; role++, rest /= STATES)
			in.states[role] = (enum state)(rest % STATES);

		/* record, configuration and moment matter only where a reset is near; elsewhere a few of each are enough,
		 * and a wish or an unreadable disk ends it before any of this */
		bool near = in.states[ROLE_RECOVERY] == EXHAUSTED && !is_bootable(in.states[ROLE_ACTIVE]) &&
			    !is_bootable(in.states[ROLE_PASSIVE]);
		for (unsigned past = 0; past < PASTS; past++) {
			for (unsigned setting = 0; setting < SETTINGS; setting++) {
				for (unsigned moment = 0; moment < MOMENTS; moment++) {
					unsigned n = ((roles * PASTS + past) * SETTINGS + setting) * MOMENTS + moment;
					unsigned step = !near ? 601 : moment > CANCELLED ? 101 : moment == CANCELLED ? 11 : 1;
					if (n % step != 0)
						continue;
					in.past = (enum past)past;
					in.setting = (enum setting)setting;
					in.moment = (enum moment)moment;
					check(&in);
				}
			}
		}
	}
	print_message("%llu inputs, %llu decisions, %llu of them resets\n", (unsigned long long)tally.inputs,
		      (unsigned long long)tally.decisions, (unsigned long long)tally.resets);
	if (tally.broken > 0)
		fail_msg("%u laws broken", tally.broken);
}

static void nothing_is_dead(void **state)
{
	for (unsigned r = 0; r <= REASON_NOTHING_BOOTABLE; r++)
		if (tally.reasons[r] == 0)
			fail_msg("reason %s is never given", shown(reason_name((enum reason)r)));
	for (unsigned c = 0; c < CAUSE_OWN_HANDOFF; c++) /* that one is a matter of `handoff reset`: test_policy.c */
		if (tally.causes[c] == 0)
			fail_msg("cause %s is never given", shown(cause_name((enum cause)c)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_input),
		cmocka_unit_test(nothing_is_dead),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
