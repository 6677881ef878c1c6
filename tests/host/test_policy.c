/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "oneshot.h"
#include "report.h"

static unsigned failed;

#define WRONG(...) (print_error(__VA_ARGS__), print_error("\n"), failed++)

static void count_failures(void)
{
	unsigned n = failed;

	failed = 0;
	if (n > 0)
		fail_msg("%u rows failed", n);
}

/* What is decided of FILES where GIVEN holds: both as fixture.h has them. */
static void decided(struct fixture *f, const char *files, const char *given, struct decision *ret)
{
	fixture_init(f, files);
	fixture_given(f, given);
	policy_decide(&f->inventory, ret);
}

static const char *file_of(const struct decision *d)
{
	return d->entry == NULL ? "" : shown(d->entry->file);
}

/* What holds for every decision, whatever it is. */
static void check_shape(const char *about, const struct decision *d)
{
	bool boots = d->action == ACTION_BOOT || d->action == ACTION_RESET;

	if ((d->named != 0) != (d->name_len > 0) || (d->entry != NULL && d->named != entry_id_hash(d->entry)))
		WRONG("%s: another entry is named", about);
	if (boots != (d->entry != NULL) || boots != (d->role != ROLE_NONE))
		WRONG("%s: action %d with role %d, entry %s", about, (int)d->action, (int)d->role, file_of(d));
	if (boots && (d->naming == NAMING_NONE || d->name_len == 0 || d->name_len > NAMING_MAX))
		WRONG("%s: nothing is named", about);
	if ((d->action == ACTION_RESET) != (d->reason == REASON_RECOVERY_EXHAUSTED))
		WRONG("%s: action %d with reason %d", about, (int)d->action, (int)d->reason);
	if (d->cause != CAUSE_NONE && d->reason != REASON_LAST_RESORT && d->cause != CAUSE_OWN_HANDOFF)
		WRONG("%s: cause %d with reason %d", about, (int)d->cause, (int)d->reason);
	if (boots && d->roles[d->role].entry != d->entry)
		WRONG("%s: the entry does not speak for its role", about);
}

/* --- the table --------------------------------------------------------------------------------------------------- */

#define UP_TO_RECOVERY "active+0-3 passive+0-3 recovery+3 statereset"
#define ALL_EXHAUSTED  "active+0-3 passive+0-3 recovery+0-3 statereset"

static void the_table(void **state)
{
	static const struct {
		const char *about;
		const char *before; /* the files when the record was made; NULL: as they are */
		const char *past;   /* words about that time */
		const char *files;
		const char *given;
		enum action action;
		enum reason reason;
		enum cause cause;
		const char *file; /* chosen */
	} rows[] = {
		/* 1: a one-shot that is not our own */
		{ "somebody's wish", NULL, "", "active passive", "request", ACTION_LEAVE, REASON_REQUESTED, CAUSE_NONE, "" },
		{ "a wish on an unreadable disk", NULL, "", "active", "request unreadable", ACTION_LEAVE, REASON_REQUESTED, CAUSE_NONE, "" },
		{ "a wish where nothing has a role", NULL, "", "", "request", ACTION_LEAVE, REASON_REQUESTED, CAUSE_NONE, "" },
		{ "a wish with everything exhausted", NULL, "", ALL_EXHAUSTED, "request", ACTION_LEAVE, REASON_REQUESTED, CAUSE_NONE, "" },
		{ "a wish where nothing is bootable", NULL, "", "active,missing", "request", ACTION_LEAVE, REASON_REQUESTED, CAUSE_NONE, "" },
		{ "our own, from before our reset", NULL, "valid", "active passive", "handoff", ACTION_LEAVE, REASON_REQUESTED,
		  CAUSE_OWN_HANDOFF, "" },
		{ "our own, left over", NULL, "valid", "active passive", "leftover", ACTION_BOOT, REASON_ACTIVE_GOOD, CAUSE_NONE, "active.conf" },
		{ "our own, ignored by the loader", NULL, "valid", "active passive", "ignored failed=active.conf", ACTION_BOOT,
		  REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		/* 2: a partition cannot be read */
		{ "the ESP is unreadable", NULL, "", "active passive", "unreadable", ACTION_HAND_BACK, REASON_UNREADABLE, CAUSE_NONE, "" },
		{ "XBOOTLDR is unreadable", NULL, "", "active passive", "unreadable=xbootldr", ACTION_HAND_BACK, REASON_UNREADABLE, CAUSE_NONE, "" },
		{ "unreadable before no-roles", NULL, "", "", "unreadable", ACTION_HAND_BACK, REASON_UNREADABLE, CAUSE_NONE, "" },
		{ "unreadable before a reset", NULL, "", ALL_EXHAUSTED, "unreadable=xbootldr", ACTION_HAND_BACK, REASON_UNREADABLE, CAUSE_NONE, "" },
		/* 3: no entry has a role */
		{ "an empty disk", NULL, "", "", "", ACTION_HAND_BACK, REASON_NO_ROLES, CAUSE_NONE, "" },
		{ "Bootpilot alone", NULL, "", "bootpilot-loader bootpilotx64.efi", "", ACTION_HAND_BACK, REASON_NO_ROLES, CAUSE_NONE, "" },
		{ "entries of the loader alone", NULL, "", "auto-windows auto-osx", "", ACTION_HAND_BACK, REASON_NO_ROLES, CAUSE_NONE, "" },
		{ "globs that match nothing", NULL, "", "fedora arch", "active=suse*", ACTION_HAND_BACK, REASON_NO_ROLES, CAUSE_NONE, "" },
		/* 4: active */
		{ "all good", NULL, "", "active passive recovery statereset", "", ACTION_BOOT, REASON_ACTIVE_GOOD, CAUSE_NONE, "active.conf" },
		{ "active alone", NULL, "", "active", "", ACTION_BOOT, REASON_ACTIVE_GOOD, CAUSE_NONE, "active.conf" },
		{ "active on its first try", NULL, "", "active+3 passive recovery", "", ACTION_BOOT, REASON_ACTIVE_TRYING, CAUSE_NONE, "active+3.conf" },
		{ "active on its last try", NULL, "", "active+1-2 passive recovery", "", ACTION_BOOT, REASON_ACTIVE_TRYING, CAUSE_NONE, "active+1-2.conf" },
		{ "active trying, passive good", NULL, "valid succeeded heard", "active+2-1 passive", "", ACTION_BOOT, REASON_ACTIVE_TRYING,
		  CAUSE_NONE, "active+2-1.conf" },
		{ "a variant of active", NULL, "", "active_install-mode passive", "", ACTION_BOOT, REASON_ACTIVE_GOOD, CAUSE_NONE,
		  "active_install-mode.conf" },
		{ "the exact one before its variant", NULL, "", "active_a+3 active+1-2 passive", "", ACTION_BOOT, REASON_ACTIVE_TRYING, CAUSE_NONE,
		  "active+1-2.conf" },
		{ "a unified kernel image", NULL, "", "active+3.efi passive.efi", "", ACTION_BOOT, REASON_ACTIVE_TRYING, CAUSE_NONE, "active+3.efi" },
		{ "blessed beside its counted twin", NULL, "", "active+0-3 active passive", "", ACTION_BOOT, REASON_ACTIVE_GOOD, CAUSE_NONE, "active.conf" },
		{ "configured names", NULL, "", "alpha+3 beta active", "active=alpha* passive=beta", ACTION_BOOT, REASON_ACTIVE_TRYING, CAUSE_NONE,
		  "alpha+3.conf" },
		/* 5: passive */
		{ "active used up its tries", NULL, "", "active+0-3 passive recovery", "", ACTION_BOOT, REASON_ACTIVE_EXHAUSTED, CAUSE_NONE, "passive.conf" },
		{ "active exhausted, passive trying", NULL, "", "active+0-3 passive+3", "", ACTION_BOOT, REASON_ACTIVE_EXHAUSTED, CAUSE_NONE, "passive+3.conf" },
		{ "active's exact entry exhausted, a variant good", NULL, "", "active+0-3 active_old passive", "", ACTION_BOOT,
		  REASON_ACTIVE_EXHAUSTED, CAUSE_NONE, "passive.conf" },
		{ "two counted twins: fewer tries speak", NULL, "", "active+3 active+0-3,x passive", "", ACTION_BOOT, REASON_ACTIVE_EXHAUSTED,
		  CAUSE_NONE, "passive.conf" },
		{ "active's image is missing", NULL, "", "active,missing passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "active's image is empty", NULL, "", "active,empty passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "active's image is no image", NULL, "", "active+3,broken passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "active's image is cut", NULL, "", "active+3,truncated passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "active is for another machine", NULL, "", "active,machine passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "active says it is for another machine", NULL, "", "active,arch passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE,
		  "passive.conf" },
		{ "active has no image key", NULL, "", "active,nokey passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "active's conf is too large", NULL, "", "active,large passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE, "passive.conf" },
		{ "the loader does not know uki", NULL, "", "active,uki passive", "loader=257", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE,
		  "passive.conf" },
		{ "the loader knows uki", NULL, "", "active,uki passive", "loader=262", ACTION_BOOT, REASON_ACTIVE_GOOD, CAUSE_NONE, "active.conf" },
		{ "two kinds of keys, which 258 hides", NULL, "", "active,mixed passive", "loader=262", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE,
		  CAUSE_NONE, "passive.conf" },
		{ "two kinds of keys, of which 257 takes the last", NULL, "", "active,mixed passive", "loader=257", ACTION_BOOT,
		  REASON_ACTIVE_GOOD, CAUSE_NONE, "active.conf" },
		{ "active failed in this boot", NULL, "", "active+2-1 passive", "failed=active.conf", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE,
		  "passive.conf" },
		{ "unbootable speaks before exhausted", NULL, "", "active+0-3,missing passive", "", ACTION_BOOT, REASON_ACTIVE_UNBOOTABLE, CAUSE_NONE,
		  "passive.conf" },
		{ "no active", NULL, "", "passive recovery", "", ACTION_BOOT, REASON_ACTIVE_MISSING, CAUSE_NONE, "passive.conf" },
		{ "names that only look like active", NULL, "", "activebad active.old interactive passive", "", ACTION_BOOT, REASON_ACTIVE_MISSING,
		  CAUSE_NONE, "passive.conf" },
		/* 6: recovery */
		{ "passive used up its tries, too", NULL, "", "active+0-3 passive+0-3 recovery", "", ACTION_BOOT, REASON_PASSIVE_EXHAUSTED, CAUSE_NONE,
		  "recovery.conf" },
		{ "recovery is trying", NULL, "", UP_TO_RECOVERY, "", ACTION_BOOT, REASON_PASSIVE_EXHAUSTED, CAUSE_NONE, "recovery+3.conf" },
		{ "passive's image is missing", NULL, "", "active+0-3 passive,missing recovery", "", ACTION_BOOT, REASON_PASSIVE_UNBOOTABLE, CAUSE_NONE,
		  "recovery.conf" },
		{ "passive failed in this boot", NULL, "", "active+0-3 passive recovery", "failed=passive.conf", ACTION_BOOT, REASON_PASSIVE_UNBOOTABLE,
		  CAUSE_NONE, "recovery.conf" },
		{ "no passive", NULL, "", "active+0-3 recovery", "", ACTION_BOOT, REASON_PASSIVE_MISSING, CAUSE_NONE, "recovery.conf" },
		{ "recovery alone", NULL, "", "recovery_install-mode_stylus.registration", "", ACTION_BOOT, REASON_PASSIVE_MISSING, CAUSE_NONE,
		  "recovery_install-mode_stylus.registration.conf" },
		/* 7: the reset */
		{ "all exhausted, no record", NULL, "", ALL_EXHAUSTED, "", ACTION_RESET, REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset.conf" },
		{ "all exhausted, reset trying", NULL, "", "active+0-3 passive+0-3 recovery+0-3 statereset+3", "", ACTION_RESET,
		  REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset+3.conf" },
		{ "all exhausted, a reset variant", NULL, "", "active+0-3 passive+0-3 recovery+0-3 statereset_auto", "", ACTION_RESET,
		  REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset_auto.conf" },
		{ "all exhausted, images of active and passive broken", NULL, "",
		  "active+0-3,broken passive+0-3,missing recovery+0-3 statereset", "", ACTION_RESET, REASON_RECOVERY_EXHAUSTED, CAUSE_NONE,
		  "statereset.conf" },
		{ "all exhausted, the record damaged", NULL, "", ALL_EXHAUSTED, "refused", ACTION_RESET, REASON_RECOVERY_EXHAUSTED, CAUSE_NONE,
		  "statereset.conf" },
		{ "all exhausted, the record of another disk", NULL, "", ALL_EXHAUSTED, "foreign", ACTION_RESET, REASON_RECOVERY_EXHAUSTED, CAUSE_NONE,
		  "statereset.conf" },
		{ "all exhausted, a record first written in this power cycle", NULL, "new", ALL_EXHAUSTED, "", ACTION_RESET,
		  REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset.conf" },
		{ "all exhausted, the record agrees", UP_TO_RECOVERY, "valid launch=recovery:3", ALL_EXHAUSTED, "", ACTION_RESET,
		  REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset.conf" },
		{ "the record agrees and a success was witnessed", UP_TO_RECOVERY, "valid succeeded launch=recovery:3", ALL_EXHAUSTED,
		  "auto=witnessed", ACTION_RESET, REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset.conf" },
		{ "the second of two that are permitted", UP_TO_RECOVERY, "valid resets=1 launch=recovery:3", ALL_EXHAUSTED, "limit=2", ACTION_RESET,
		  REASON_RECOVERY_EXHAUSTED, CAUSE_NONE, "statereset.conf" },
		/* 8: recovery as the last resort */
		{ "resets are off", NULL, "", ALL_EXHAUSTED, "auto=no", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_RESET_OFF, "recovery+0-3.conf" },
		{ "the limit is 0", NULL, "", ALL_EXHAUSTED, "limit=0", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_RESET_USED_UP, "recovery+0-3.conf" },
		{ "one reset since the last success", UP_TO_RECOVERY, "valid resets=1 launch=recovery:3", ALL_EXHAUSTED, "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_RESET_USED_UP, "recovery+0-3.conf" },
		{ "no reset entry", NULL, "", "active+0-3 passive+0-3 recovery+0-3", "", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_RESET_MISSING,
		  "recovery+0-3.conf" },
		{ "the reset entry used up its tries", NULL, "", "active+0-3 passive+0-3 recovery+0-3 statereset+0-3", "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_RESET_EXHAUSTED, "recovery+0-3.conf" },
		{ "the reset entry's image is missing", NULL, "", "active+0-3 passive+0-3 recovery+0-3 statereset,missing", "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_RESET_UNBOOTABLE, "recovery+0-3.conf" },
		{ "the reset entry failed in this boot", NULL, "", ALL_EXHAUSTED, "failed=statereset.conf", ACTION_BOOT, REASON_LAST_RESORT,
		  CAUSE_RESET_UNBOOTABLE, "recovery+0-3.conf" },
		{ "a person pressed a key", NULL, "", ALL_EXHAUSTED, "cancelled", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_RESET_CANCELLED,
		  "recovery+0-3.conf" },
		{ "names forged on a machine in service", "active passive recovery+3 statereset", "valid succeeded heard", ALL_EXHAUSTED, "",
		  ACTION_BOOT, REASON_LAST_RESORT, CAUSE_UNCORROBORATED, "recovery+0-3.conf" },
		{ "recovery launched once less than granted", UP_TO_RECOVERY, "valid launch=recovery:2", ALL_EXHAUSTED, "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_UNCORROBORATED, "recovery+0-3.conf" },
		{ "a valid record that never saw recovery launched", NULL, "valid", ALL_EXHAUSTED, "", ACTION_BOOT, REASON_LAST_RESORT,
		  CAUSE_UNCORROBORATED, "recovery+0-3.conf" },
		{ "no success was ever seen", UP_TO_RECOVERY, "valid launch=recovery:3", ALL_EXHAUSTED, "auto=witnessed", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_UNWITNESSED, "recovery+0-3.conf" },
		{ "no record of a success", NULL, "", ALL_EXHAUSTED, "auto=witnessed", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_UNWITNESSED,
		  "recovery+0-3.conf" },
		{ "NVRAM cannot be written", NULL, "", ALL_EXHAUSTED, "unwritable", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_NOT_RECORDABLE,
		  "recovery+0-3.conf" },
		{ "NVRAM cannot be written, the record agrees", UP_TO_RECOVERY, "valid launch=recovery:3", ALL_EXHAUSTED, "unwritable",
		  ACTION_BOOT, REASON_LAST_RESORT, CAUSE_NOT_RECORDABLE, "recovery+0-3.conf" },
		/* 9: anything at all */
		{ "no recovery, passive exhausted", NULL, "", "active+0-3 passive+0-3 statereset", "", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_NONE,
		  "passive+0-3.conf" },
		{ "recovery unbootable, passive exhausted", NULL, "", "active+0-3 passive+0-3 recovery,missing statereset", "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_NONE, "passive+0-3.conf" },
		{ "recovery exhausted and unbootable", NULL, "", "active+0-3 passive+0-3 recovery+0-3,missing statereset", "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_NONE, "passive+0-3.conf" },
		{ "active alone, exhausted", NULL, "", "active+0-3", "", ACTION_BOOT, REASON_LAST_RESORT, CAUSE_NONE, "active+0-3.conf" },
		{ "passive unbootable, active exhausted", NULL, "", "active+0-3 passive,missing recovery,missing", "", ACTION_BOOT,
		  REASON_LAST_RESORT, CAUSE_NONE, "active+0-3.conf" },
		/* 10: nothing */
		{ "nothing, by default", NULL, "", "active,missing passive,missing recovery,missing", "", ACTION_MENU, REASON_NOTHING_BOOTABLE,
		  CAUSE_NONE, "" },
		{ "nothing: menu", NULL, "", "active,missing", "nothing=menu", ACTION_MENU, REASON_NOTHING_BOOTABLE, CAUSE_NONE, "" },
		{ "nothing: reboot", NULL, "", "active,missing", "nothing=reboot", ACTION_REBOOT, REASON_NOTHING_BOOTABLE, CAUSE_NONE, "" },
		{ "nothing: poweroff", NULL, "", "active,missing", "nothing=poweroff", ACTION_POWEROFF, REASON_NOTHING_BOOTABLE, CAUSE_NONE, "" },
		{ "nothing: firmware", NULL, "", "active,missing", "nothing=firmware", ACTION_FIRMWARE, REASON_NOTHING_BOOTABLE, CAUSE_NONE, "" },
		{ "a reset entry alone is nothing", NULL, "", "statereset", "", ACTION_MENU, REASON_NOTHING_BOOTABLE, CAUSE_NONE, "" },
		{ "everything failed in this boot", NULL, "", "active passive+0-3 recovery",
		  "failed=active.conf failed=passive.conf failed=recovery.conf", ACTION_MENU, REASON_NOTHING_BOOTABLE, CAUSE_NONE, "" },
	};
	unsigned reasons = 0, causes = 0, actions = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, rows[i].before != NULL ? rows[i].before : rows[i].files);
		fixture_given(&f, rows[i].past);
		if (rows[i].before != NULL)
			fixture_files(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		policy_decide(&f.inventory, &d);
		if (d.action != rows[i].action || d.reason != rows[i].reason || d.cause != rows[i].cause ||
		    strcmp(file_of(&d), rows[i].file) != 0)
			WRONG("%s: %s %s %s %s; wanted %s %s %s %s", rows[i].about, shown(action_name(d.action)),
			      shown(reason_name(d.reason)), shown(cause_name(d.cause)), file_of(&d),
			      shown(action_name(rows[i].action)), shown(reason_name(rows[i].reason)),
			      shown(cause_name(rows[i].cause)), rows[i].file);
		check_shape(rows[i].about, &d);
		reasons |= 1u << rows[i].reason;
		causes |= 1u << rows[i].cause;
		actions |= 1u << rows[i].action;
	}
	assert_int_equal(reasons, (1u << (REASON_NOTHING_BOOTABLE + 1)) - 1); /* the table above has them all */
	assert_int_equal(causes, (1u << (CAUSE_OWN_HANDOFF + 1)) - 1);
	assert_int_equal(actions, (1u << (ACTION_FIRMWARE + 1)) - 1);
	count_failures();
}

/* A failed read is never "missing" (design.md section 3): nobody concludes from it that active cannot start. */
static void a_failed_read_is_no_verdict(void **state)
{
	static const char *const files[] = { "active,unread passive recovery", "active+3,unread passive" };

	for (size_t i = 0; i < COUNT(files); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, files[i]);
		policy_decide(&f.inventory, &d);
		if (d.action != ACTION_HAND_BACK && d.role != ROLE_ACTIVE)
			WRONG("%s: %s %s", files[i], shown(action_name(d.action)), shown(reason_name(d.reason)));
	}
	count_failures();
}

/* --- boots in a row, each of which fails ------------------------------------------------------------------------- */

/* Plays BOOTS boots; the counter never moves. Writes one letter per boot: a p r z (reset) - (no choice). */
static void play(struct fixture *f, unsigned boots, char *ret)
{
	for (unsigned i = 0; i < boots; i++) {
		struct decision d;

		fixture_boot(f, &d);
		ret[i] = d.entry == NULL ? '-' : "aprz-"[d.role];
	}
	ret[boots] = '\0';
}

static void counters_that_nobody_moves(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		const char *boots;
	} rows[] = {
		{ "key efi on 262: in exactly this order", "active+3,efi passive+3,efi recovery+3,efi statereset,efi", "loader=262",
		  "aaappprrrzzz" },
		{ "the same, one try for the reset", "active+3,efi passive+3,efi recovery+3,efi statereset+1,efi", "loader=262", "aaappprrrzrrrr" },
		{ "key efi on 257: the loader would count, nobody was heard", "active+3,efi passive", "loader=257", "aaaaaaaaaaaa" },
		{ "key linux on 262, nobody was heard", "active+3 passive", "loader=262", "aaaaaaaaaaaa" },
		{ "key linux, the OS side was heard", "active+3 passive", "valid heard", "aaapppp" },
		{ "two tries", "active+2 passive+2 recovery", "valid heard", "aapprrr" },
		{ "eight are the most", "active+1000 passive", "valid heard", "aaaaaaaap" },
		{ "a unified image on 262, nobody was heard", "active+3.efi passive.efi", "loader=262", "aaaaaa" },
		{ "good entries never run out", "active,efi passive,efi", "loader=262 valid heard", "aaaaaaaaaaaa" },
		{ "features unknown, a loader that does not count", "active+2,efi passive", "loader=262 no-features", "aap" },
		{ "features unknown, a loader that counts", "active+2,efi passive", "loader=257 no-features", "aaaa" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		char boots[40], wanted[40];
		size_t n = 0;

		for (const char *c = rows[i].boots; *c != '\0'; c++)
			wanted[n++] = *c;
		wanted[n] = '\0';
		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		play(&f, (unsigned)n, boots);
		if (strcmp(boots, wanted) != 0)
			WRONG("%s: %s, wanted %s", rows[i].about, boots, wanted);
	}
	count_failures();
}

static void frozen_counters_are_remarked(void **state)
{
	struct fixture f;
	struct decision d;

	fixture_init(&f, "active+3 passive");
	for (unsigned i = 0; i < 5; i++) {
		fixture_boot(&f, &d);
		assert_int_equal(d.reason, REASON_ACTIVE_TRYING);
		if (i == 0)
			assert_false(d.remarks & REMARK_COUNTER_FROZEN);
	}
	assert_true(d.remarks & REMARK_COUNTER_FROZEN);
	assert_true(d.roles[ROLE_ACTIVE].frozen);
}

/* Nothing is written once all is known: one set of the one-shot, one delete by systemd-boot. */
static void the_steady_state_writes_nothing(void **state)
{
	static const char *const files[] = { "active passive recovery statereset", "active.efi passive.efi", "active",
					     "passive recovery", "active+0-3 passive recovery", "recovery" };

	for (size_t i = 0; i < COUNT(files); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, files[i]);
		fixture_boot(&f, &d);
		for (unsigned n = 0; n < 5; n++) {
			struct record before = f.inventory.record;

			fixture_boot(&f, &d);
			if (n > 0 && record_differs(&before, &d.record))
				WRONG("%s: boot %u writes the record", files[i], n + 2);
		}
	}
	count_failures();
}

/* A machine in its last resort stops writing, too, and never resets again. */
static void the_last_resort_comes_to_rest(void **state)
{
	struct fixture f;
	struct decision d;
	struct record before;
	unsigned resets = 0;

	fixture_init(&f, ALL_EXHAUSTED);
	for (unsigned i = 0; i < 60; i++) {
		before = f.inventory.record;
		fixture_boot(&f, &d);
		resets += d.action == ACTION_RESET;
	}
	assert_true(resets >= 1 && resets <= RECORD_TRIES_LOAN); /* one episode */
	assert_int_equal(d.record.resets, 1);
	assert_int_equal(d.reason, REASON_LAST_RESORT);
	assert_int_equal(d.cause, CAUSE_RESET_USED_UP);
	assert_false(record_differs(&before, &d.record));
}

/* The next boot judges what this one launched; of what somebody else starts nobody knows. */
static void what_the_record_says_was_launched(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		enum action action;
		enum role role, last;
	} rows[] = {
		{ "a choice", "active+3 passive", "", ACTION_BOOT, ROLE_ACTIVE, ROLE_ACTIVE },
		{ "another one", "active+0-3 passive", "", ACTION_BOOT, ROLE_PASSIVE, ROLE_PASSIVE },
		{ "a reset", ALL_EXHAUSTED, "launch=recovery:3", ACTION_RESET, ROLE_RESET, ROLE_RESET },
		{ "what was launched before our reset", "active+3 passive", "handoff", ACTION_LEAVE, ROLE_NONE, ROLE_PASSIVE },
		{ "a person's wish", "active+3 passive", "request", ACTION_LEAVE, ROLE_NONE, ROLE_NONE },
		{ "no roles", "auto-windows", "", ACTION_HAND_BACK, ROLE_NONE, ROLE_NONE },
		{ "half a view", "active passive", "unreadable", ACTION_HAND_BACK, ROLE_NONE, ROLE_NONE },
		{ "nothing can start: menu", "active,missing", "nothing=menu", ACTION_MENU, ROLE_NONE, ROLE_NONE },
		{ "nothing can start: reboot", "active,missing", "nothing=reboot", ACTION_REBOOT, ROLE_NONE, ROLE_NONE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, "active passive");
		fixture_given(&f, "valid launch=passive:1");
		fixture_files(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		memset(&d, 0xA5, sizeof(d));
		policy_decide(&f.inventory, &d);
		if (d.action != rows[i].action || d.role != rows[i].role || d.record.last_role != rows[i].last)
			WRONG("%s: action %d, role %d, the record says %d", rows[i].about, (int)d.action, (int)d.role, (int)d.record.last_role);
	}
	count_failures();
}

static void what_is_told_of_each_role(void **state)
{
	struct fixture f;
	struct decision d;

	decided(&f, "active passive+2-1 recovery+0-3 statereset+3", "valid heard", &d);
	assert_int_equal(d.roles[ROLE_ACTIVE].tries, RECORD_UNCOUNTED);
	assert_int_equal(d.roles[ROLE_PASSIVE].tries, 2);
	assert_int_equal(d.roles[ROLE_RECOVERY].tries, 0);
	assert_int_equal(d.roles[ROLE_RECOVERY].verdict, VERDICT_EXHAUSTED);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		assert_false(d.roles[role].frozen || d.roles[role].lent);

	fixture_given(&f, "launch=passive:1");
	policy_decide(&f.inventory, &d);
	assert_true(d.roles[ROLE_PASSIVE].frozen);
	assert_int_equal(d.roles[ROLE_PASSIVE].tries, 1);
}

static void after_a_reset(void **state)
{
	static const struct {
		const char *about;
		const char *after; /* the files that the reset leaves */
		const char *boots;
		bool lent;
	} rows[] = {
		{ "the exhausted counter was copied", "active+0-3,g2 passive+0-3 recovery+0-3 statereset", "aaarrr", true },
		{ "with the reset entry counted down", "active+0-3,g2 passive+0-3 recovery+0-3 statereset+2-1", "aaarrr", true },
		{ "active and passive were copied", "active+0-3,g2 passive+0-3,g2 recovery+0-3 statereset", "aaappprrr", true },
		{ "armed anew", "active+3,g2 passive+0-3 recovery+0-3 statereset", "aaaaaa", false },
		{ "the reset did nothing", ALL_EXHAUSTED, "zzrrr", false },
	};

	for (size_t n = 0; n < 2 * COUNT(rows); n++) {
		size_t i = n / 2;
		bool heard = n % 2 && rows[i].lent; /* who reports that it works, or does not, has no more and no fewer of them */
		struct fixture f;
		struct decision d;
		char boots[20];

		fixture_init(&f, ALL_EXHAUSTED);
		fixture_boot(&f, &d);
		assert_int_equal(d.action, ACTION_RESET);
		fixture_given(&f, heard ? "heard" : "");
		fixture_files(&f, rows[i].after);
		policy_decide(&f.inventory, &d);
		if (((d.remarks & REMARK_TRIES_LENT) != 0) != rows[i].lent || d.roles[ROLE_ACTIVE].lent != rows[i].lent)
			WRONG("%s: remark of lent tries: %d", rows[i].about, !rows[i].lent);
		play(&f, (unsigned)strlen(rows[i].boots), boots);
		if (strcmp(boots, rows[i].boots) != 0)
			WRONG("%s: %s, wanted %s", rows[i].about, boots, rows[i].boots);
	}
	count_failures();
}

/* Forged names alone lead to last-resort boots of recovery first, as often as it was granted, before any reset. */
static void forged_names_wait_for_the_record(void **state)
{
	struct fixture f;
	struct decision d;
	char boots[20];

	fixture_init(&f, "active passive recovery+3 statereset");
	for (unsigned i = 0; i < 3; i++)
		fixture_boot(&f, &d);
	fixture_files(&f, ALL_EXHAUSTED);
	play(&f, 4, boots);
	assert_string_equal(boots, "rrrz"); /* last-resort launches count */
}

/* --- facts beside the decision ----------------------------------------------------------------------------------- */

static void remarks(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		uint32_t remarks; /* all of them */
	} rows[] = {
		{ "nothing to say", "active passive recovery statereset", "", 0 },
		{ "nothing to say with a record", "active+3 passive recovery statereset", "valid", 0 },
		{ "NVRAM cannot be written", "active passive", "unwritable", REMARK_NOT_RECORDED },
		{ "twins of active", "active active+3 passive", "", REMARK_TWINS },
		{ "twins of recovery, on both partitions", "active recovery+3 recovery+2-1,x", "", REMARK_TWINS },
		{ "two files of no role", "active other other+3", "", 0 },
		{ "too many entries", "active passive", "capped", REMARK_LIST_CAPPED },
		{ "a bad line of configuration", "active passive", "bad-config", REMARK_CONFIG },
		{ "a damaged record", "active passive", "refused", REMARK_RECORD_REFUSED },
		{ "the record of another disk", "active passive", "foreign", REMARK_RECORD_FOREIGN },
		{ "a note that is not understood", "active passive", "valid note=hello", REMARK_NOTE_REFUSED },
		{ "a note about another entry", "active passive", "valid launch=active:1 note=good~passive.conf", REMARK_NOTE_REFUSED },
		{ "a note that applies", "active passive", "valid launch=active:1 note=good~active.conf", 0 },
		{ "our one-shot, left over", "active passive", "leftover", REMARK_ONESHOT_LEFTOVER },
		{ "our one-shot, ignored", "active passive", "ignored failed=active.conf", REMARK_ONESHOT_IGNORED },
		{ "somebody's wish on a damaged record", "active passive", "request refused", REMARK_RECORD_REFUSED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		decided(&f, rows[i].files, rows[i].given, &d);
		if (d.remarks != rows[i].remarks)
			WRONG("%s: remarks %#x, wanted %#x", rows[i].about, d.remarks, rows[i].remarks);
	}
	count_failures();
}

static void boot_count_path(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		bool set;
	} rows[] = {
		{ "counted, efi, 262", "active+3,efi", "loader=262", true },
		{ "counted, efi, 257", "active+3,efi", "loader=257", false },
		{ "counted, efi, 252", "active+3,efi", "loader=252", false },
		{ "not counted, efi, 262", "active,efi", "loader=262", false },
		{ "counted, linux, 262", "active+3", "loader=262", false },
		{ "counted, uki, 262", "active+3,uki", "loader=262", false },
		{ "counted, unified image, 262", "active+3.efi", "loader=262", false },
		{ "passive counted, efi, 262", "active+0-3 passive+3,efi", "loader=262", true },
		{ "active counted by the loader, passive would not be", "active+3 passive+3,efi", "loader=262", false },
		{ "the last resort", "recovery+0-3,efi", "loader=262 auto=no", true },
		{ "the reset entry", "active+0-3 passive+0-3 recovery+0-3 statereset+3,efi", "loader=262", true },
		{ "no choice", "active+3,efi", "loader=262 request", false },
		{ "features unknown, 262", "active+3,efi", "loader=262 no-features", true },
		{ "features unknown, 257", "active+3,efi", "loader=257 no-features", false },
		{ "nothing known", "active+3,efi", "loader=0 no-features", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		decided(&f, rows[i].files, rows[i].given, &d);
		if (d.set_boot_count_path != rows[i].set)
			WRONG("%s: path set: %d", rows[i].about, !rows[i].set);
	}
	count_failures();
}

static void hand_off(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		bool hands_off;
	} rows[] = {
		{ "all conditions hold", "active passive", "valid handoff=reset berth=entry scanned", true },
		{ "ids with counters", "active+3 passive", "valid handoff=reset berth=entry scanned=full", true },
		{ "an id that kept its letter case", "ACTIVE+3.CONF passive", "valid handoff=reset berth=entry scanned=kept", true },
		{ "two laps so far", "active passive", "valid laps=2 handoff=reset berth=entry scanned", true },
		{ "three laps so far", "active passive", "valid laps=3 handoff=reset berth=entry scanned", false },
		{ "not configured", "active passive", "valid berth=entry scanned", false },
		{ "not the entry berth", "active passive", "valid handoff=reset scanned", false },
		{ "no list of entries", "active passive", "valid handoff=reset berth=entry", false },
		{ "no record", "active passive", "handoff=reset berth=entry scanned", false },
		{ "a record of this power cycle", "active passive", "new handoff=reset berth=entry scanned", false },
		{ "a damaged record", "active passive", "refused handoff=reset berth=entry scanned", false },
		{ "NVRAM cannot be written", "active passive", "valid unwritable handoff=reset berth=entry scanned", false },
		{ "a request that the loader could not fulfil", "active passive", "valid request handoff=reset berth=entry scanned", true },
		{ "it is what brought us here", "active passive", "valid handoff handoff=reset berth=entry scanned", false },
		{ "nothing has a role", "bootpilot-loader", "valid handoff=reset berth=entry scanned", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		decided(&f, rows[i].files, rows[i].given, &d);
		if (d.hand_off != rows[i].hands_off)
			WRONG("%s: hands off: %d", rows[i].about, !rows[i].hands_off);
		if (d.hand_off && d.record.handoff != oneshot_hash((struct text){ d.name, d.name_len }))
			WRONG("%s: the record does not await the one-shot", rows[i].about);
		if (d.hand_off && d.record.laps != f.inventory.record.laps + 1)
			WRONG("%s: the lap is not counted", rows[i].about);
		if (!d.hand_off && d.record.handoff != 0)
			WRONG("%s: the record awaits a one-shot", rows[i].about);
	}
	count_failures();
}

/* Half a view, and the loader left alone would wipe: the first role that a one-shot can name goes before. */
static void whom_half_a_view_names(void **state)
{
	static const struct {
		const char *files;
		const char *name; /* empty: the menu waits */
	} rows[] = {
		{ "active passive statereset", "active.conf" },
		{ "passive recovery statereset", "passive.conf" },
		{ "ACTIVE+3.CONF bctive passive recovery statereset", "passive.conf" }, /* active is not nameable */
		{ "statereset", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		decided(&f, rows[i].files, "unreadable=xbootldr", &d);
		assert_int_equal(d.action, ACTION_HAND_BACK);
		if (!text_equal((struct text){ d.name, d.name_len }, text_of(rows[i].name)) ||
		    d.force_menu != !rows[i].name[0])
			WRONG("%s: named %s", rows[i].files, shown((struct text){ d.name, d.name_len }));
	}
	count_failures();
}

/* Nothing is chosen, and the loader's own choice is Bootpilot: as an entry, or behind it as the net. */
static void whom_handing_back_names(void **state)
{
	static const struct {
		const char *given;
		struct text selected;
		const char *name;
		const char *id; /* of what is named */
	} rows[] = {
		{ "unreadable berth=entry scanned=full", NAME("bootpilot.conf"), "passive.conf", "passive.conf" },
		{ "unreadable scanned=full", NAME("BOOTPILOT-loader+2-1.conf"), "passive.conf", "passive.conf" },
		{ "unreadable berth=entry scanned=full failed=passive.conf", NAME(""), "recovery.conf", "recovery.conf" },
		{ "unreadable scanned=full", NAME("passive.conf"), "", "" }, /* the loader is not in our way */
		{ "unreadable scanned=full", NAME(""), "", "" },
		{ "unreadable berth=entry", NAME(""), "", "" }, /* no list of ids */
		{ "berth=entry scanned=full", NAME(""), "passive.conf", "passive.conf" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, "passive recovery");
		fixture_given(&f, rows[i].given);
		f.inventory.loader.selected = rows[i].selected;
		policy_decide(&f.inventory, &d);
		if (!text_equal((struct text){ d.name, d.name_len }, text_of(rows[i].name)) || d.force_menu ||
		    d.named != (rows[i].id[0] ? id_hash(text_of(rows[i].id)) : 0))
			WRONG("%zu: named %s", i, shown((struct text){ d.name, d.name_len }));
	}
	count_failures();
}

/* An id that has no room in a one-shot is not named, and neither is its beginning. */
static void an_id_without_end_is_not_named(void **state)
{
	static char ids[3 * NAMING_MAX];
	struct fixture f;
	struct decision d;

	fixture_init(&f, "passive");
	fixture_given(&f, "unreadable berth=entry");
	memset(ids, 'x', sizeof(ids));
	memcpy(ids + sizeof(ids) - 6, ".conf", 6);
	f.inventory.loader.entries = (struct text){ ids, sizeof(ids) };
	f.inventory.loader.entries_known = true;
	policy_decide(&f.inventory, &d);
	assert_int_equal(d.action, ACTION_HAND_BACK);
	assert_int_equal(d.name_len, 0);
	assert_true(d.named == 0);
}

/* The loader lists the entry as it was called before: a glob still names it, but only an id is proven to be the one that the
 * loader will find after the reset. */
static void hand_off_takes_an_id(void **state)
{
	struct fixture f;
	struct decision d;

	decided(&f, "active+2-1 passive", "valid handoff=reset berth=entry scanned=full", &d);
	assert_true(d.hand_off);
	f.inventory.loader.entries = TEXT("active+3.conf\0passive.conf\0");
	policy_decide(&f.inventory, &d);
	assert_int_equal(d.role, ROLE_ACTIVE);
	assert_int_equal(d.naming, NAMING_GLOB);
	assert_false(d.hand_off);
}

/* Fewer than three laps without an OS, then chain; a note begins anew. */
static void laps_end(void **state)
{
	struct fixture f;
	struct decision d;
	unsigned laps = 0;

	fixture_init(&f, "active passive");
	fixture_given(&f, "valid handoff=reset berth=entry scanned");
	for (unsigned i = 0; i < 10; i++) {
		fixture_boot(&f, &d);
		laps += d.hand_off;
	}
	assert_int_equal(laps, RECORD_LAPS_MAX);
	assert_false(d.hand_off);
	f.inventory.note = TEXT("good active.conf");
	fixture_boot(&f, &d);
	assert_true(d.hand_off);
}

static void pending(void **state)
{
	static const char *const files[] = { "active", "active+3 passive", "active+0-3 passive", ALL_EXHAUSTED, "", "active,missing" };
	static const char *const given[] = { "", "valid", "valid heard", "valid heard succeeded", "request", "valid request" };

	for (size_t i = 0; i < COUNT(files); i++) {
		for (size_t g = 0; g < COUNT(given); g++) {
			struct fixture f;
			struct decision d;

			decided(&f, files[i], given[g], &d);
			bool wanted = record_is_pending(&d.record);
			if (d.pending != wanted)
				WRONG("\"%s\" \"%s\": pending %d, the record %d", files[i], given[g], d.pending, wanted);
			if (d.entry == NULL)
				continue;

			/* the OS reports, and is not asked again for the same */
			char note[600] = "good ";
			memcpy(note + 5, d.entry->file.at, d.entry->file.len);
			fixture_boot(&f, &d);
			bool asked = d.pending;
			f.inventory.note = (struct text){ note, 5 + d.entry->file.len };
			struct record noted = f.inventory.record;
			bool applies = record_note(&noted, f.inventory.note);
			if (asked && !applies)
				WRONG("\"%s\" \"%s\": asked for a note that does not apply", files[i], given[g]);
		}
	}
	count_failures();
}

/* A note leads only away from a reset. */
static void notes_lead_away_from_a_reset(void **state)
{
	static const char *const texts[] = { "good~recovery.conf", "good~statereset.conf", "re-arm~active", "re-arm~passive",
					     "re-arm~recovery", "re-arm~reset", "forget", "garbage" };
	static const char *const past[] = {
		"valid", "valid launch=recovery:2", "valid launch=recovery:3", "valid resets=1 launch=recovery:3",
		"valid heard launch=reset:3 launch=recovery:3", "valid heard launch=recovery:3 launch=reset:3",
	};
	static const char *const files[] = {
		ALL_EXHAUSTED, "active+0-3 passive+0-3 recovery+0-3 statereset+3",
		"active+0-3 passive+0-3 recovery+3 statereset+3",
	};

	for (size_t i = 0; i < COUNT(past); i++) {
		for (size_t n = 0; n < COUNT(texts); n++) {
			for (size_t k = 0; k < COUNT(files); k++) {
				struct fixture f;
				struct decision without, with;
				char note[60] = "note=";

				fixture_init(&f, "active+0-3 passive+0-3 recovery+3 statereset+3");
				fixture_given(&f, past[i]);
				fixture_files(&f, files[k]);
				policy_decide(&f.inventory, &without);
				fixture_given(&f, strcat(note, texts[n]));
				policy_decide(&f.inventory, &with);
				if (with.action == ACTION_RESET && without.action != ACTION_RESET)
					WRONG("\"%s\" leads to a reset: %s, then %s", texts[n], past[i], files[k]);
			}
		}
	}
	count_failures();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(a_failed_read_is_no_verdict),
		cmocka_unit_test(counters_that_nobody_moves),
		cmocka_unit_test(frozen_counters_are_remarked),
		cmocka_unit_test(the_steady_state_writes_nothing),
		cmocka_unit_test(the_last_resort_comes_to_rest),
		cmocka_unit_test(what_the_record_says_was_launched),
		cmocka_unit_test(what_is_told_of_each_role),
		cmocka_unit_test(after_a_reset),
		cmocka_unit_test(forged_names_wait_for_the_record),
		cmocka_unit_test(remarks),
		cmocka_unit_test(boot_count_path),
		cmocka_unit_test(hand_off),
		cmocka_unit_test(whom_half_a_view_names), cmocka_unit_test(whom_handing_back_names),
		cmocka_unit_test(an_id_without_end_is_not_named),
		cmocka_unit_test(hand_off_takes_an_id),
		cmocka_unit_test(laps_end),
		cmocka_unit_test(pending),
		cmocka_unit_test(notes_lead_away_from_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
