/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "naming.h"

static const char *speaker(const struct fixture *f, enum role role)
{
	struct role_state roles[ROLE_COUNT];

	roles_find(&f->inventory, roles);
	return roles[role].entry ? shown(roles[role].entry->file) : "";
}

/* Which of two files of one id speaks; in either order of the directory. */
static void twins(void **state)
{
	static const struct {
		const char *about;
		const char *files[2];
		const char *speaks;
	} rows[] = {
		{ "no counter: blessed", { "active", "active+3" }, "active.conf" },
		{ "no counter beside an exhausted one", { "active", "active+0-3" }, "active.conf" },
		{ "no counter, but its image is gone", { "active,missing", "active+3" }, "active+3.conf" },
		{ "fewer tries", { "active+2-1", "active+3" }, "active+2-1.conf" },
		{ "fewer tries left, and fewer made", { "active+1", "active+2-1" }, "active+1.conf" },
		{ "fewer tries, but its image is gone", { "active+2-1,missing", "active+3" }, "active+3.conf" },
		{ "as many tries left, more made", { "active+2-3", "active+2-1" }, "active+2-3.conf" },
		{ "as many tries left and made, on the ESP", { "active+2-1", "active+2-1,x" }, "active+2-1.conf" },
		{ "the same number written differently: the order of bytes", { "active+02", "active+2" }, "active+02.conf" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (unsigned turned = 0; turned < 2; turned++) {
			struct fixture f;

			fixture_init(&f, "");
			f.entries[0] = fixture_entry(&f, rows[i].files[turned]);
			f.entries[1] = fixture_entry(&f, rows[i].files[1 - turned]);
			f.inventory.entry_count = 2;
			if (strcmp(speaker(&f, ROLE_ACTIVE), rows[i].speaks) != 0)
				fail_msg("%s, turned %u: %s speaks", rows[i].about, turned, speaker(&f, ROLE_ACTIVE));
			struct role_state roles[ROLE_COUNT];
			roles_find(&f.inventory, roles);
			if (roles[ROLE_ACTIVE].twins != 1)
				fail_msg("%s: %zu twins", rows[i].about, roles[ROLE_ACTIVE].twins);
		}
	}
}

/* Which of several entries of a role speaks; in either order of the directory. */
static void several_entries(void **state)
{
	static const struct {
		const char *files[2];
		const char *given, *speaks;
	} rows[] = {
		{ { "active_b,missing", "active_a+0-3" }, "", "active_a+0-3.conf" }, /* it could start */
		{ { "active_b+0-3", "active_a+1-2" }, "", "active_a+1-2.conf" },
		{ { "bootpilot-loader", "alpha" }, "active=*", "alpha.conf" }, /* no glob makes us a choice */
		{ { "active_b", "active" }, "", "active.conf" },
		{ { "active_b", "active_a" }, "", "active_b.conf" },
		{ { "active_b+0-3,missing", "active_a,missing" }, "", "active_a.conf" },
		{ { "active", "fedora" }, "active=foo*", "" }, /* the glob takes the name away */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (unsigned turned = 0; turned < 2; turned++) {
			struct fixture f;

			fixture_init(&f, "");
			fixture_given(&f, rows[i].given);
			f.entries[0] = fixture_entry(&f, rows[i].files[turned]);
			f.entries[1] = fixture_entry(&f, rows[i].files[1 - turned]);
			f.inventory.entry_count = 2;
			if (strcmp(speaker(&f, ROLE_ACTIVE), rows[i].speaks) != 0)
				fail_msg("%zu, turned %u: %s speaks", i, turned, speaker(&f, ROLE_ACTIVE));
		}
	}
}

/* What the record compares with the id that was launched last: only a name without counter says that the OS blessed it. */
static void the_good_id(void **state)
{
	struct fixture f;
	struct role_seen seen[ROLE_COUNT];

	fixture_init(&f, "active passive+3");
	fixture_seen(&f, seen);
	assert_true(seen[ROLE_ACTIVE].good_id == id_hash(TEXT("active.conf")));
	assert_true(seen[ROLE_PASSIVE].good_id == 0);
	assert_true(seen[ROLE_RECOVERY].good_id == 0);
}

/* Names are kept as long as there is room, those of roles longer than others, and none beyond the list's end. */
static void what_is_kept(void **state)
{
	struct fixture f;
	struct entry role, other;

	fixture_init(&f, "");
	role = fixture_entry(&f, "active+3");
	other = fixture_entry(&f, "fedora");
	f.inventory.entry_count = ROLES_FOREIGN_MAX - 1;
	assert_true(roles_keep(&f.inventory, &other));
	f.inventory.entry_count = ROLES_FOREIGN_MAX;
	assert_false(roles_keep(&f.inventory, &other));
	assert_true(roles_keep(&f.inventory, &role));
	f.inventory.entry_count = INVENTORY_ENTRIES_MAX - 1;
	assert_true(roles_keep(&f.inventory, &role));
	f.inventory.entry_count = INVENTORY_ENTRIES_MAX;
	assert_false(roles_keep(&f.inventory, &role));
}

/* Without names and globs every entry may hold a role, but no loader's own, nor ours. */
static void who_may_hold_a_role(void **state)
{
	struct fixture f;
	struct entry ours, other;

	fixture_init(&f, "");
	ours = fixture_entry(&f, "bootpilot-loader");
	other = fixture_entry(&f, "fedora");
	assert_false(roles_may_hold(&f.inventory, ROLES_GENERIC, &ours));
	assert_true(roles_may_hold(&f.inventory, ROLES_GENERIC, &other));
	assert_false(roles_may_hold(&f.inventory, ROLES_BY_NAME, &other));
}

static void the_esp_speaks_before_its_neighbour(void **state)
{
	struct fixture f;
	struct role_state roles[ROLE_COUNT];

	fixture_init(&f, "active+2-1,x active+2-1");
	roles_find(&f.inventory, roles);
	assert_ptr_equal(roles[ROLE_ACTIVE].entry, &f.entries[1]);
}

/* The tries of all entries of a role are added; they never become the number that means "no counter". */
static void tries_of_several_entries(void **state)
{
	static const struct {
		const char *files;
		uint32_t left;
	} rows[] = {
		{ "active_a+3 active_b+2", 5 },
		{ "active_a+0-3 active_b+0-3", 0 },
		{ "active_a+2147483647 active_b+2147483647", RECORD_UNCOUNTED - 1 },
		{ "active_a+2147483647 active_b+2147483646", RECORD_UNCOUNTED - 2 },
		{ "active_a+2147483647 active_b+2147483647 active_c+1", RECORD_UNCOUNTED - 1 },
		{ "active_a+2147483647 active_b+2147483647 active_c+2147483647", RECORD_UNCOUNTED - 1 },
		{ "active_b active_a+2", RECORD_UNCOUNTED }, /* the first in order speaks, and it has no counter */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct role_seen seen[ROLE_COUNT];

		fixture_init(&f, rows[i].files);
		fixture_seen(&f, seen);
		if (seen[ROLE_ACTIVE].left != rows[i].left)
			fail_msg("%s: %u left, wanted %u", rows[i].files, seen[ROLE_ACTIVE].left, rows[i].left);
	}
}

/* Two counters that nobody moves: the launches went to the one that speaks, and its own tries are what they use up. */
static void one_of_two_stands_still(void **state)
{
	struct fixture f;
	struct decision d;
	char boots[8];

	fixture_init(&f, "active_a+2 active_b+2 passive");
	fixture_given(&f, "valid heard");
	for (size_t i = 0; i < sizeof(boots) - 1; i++) {
		fixture_boot(&f, &d);
		boots[i] = "aprz-"[d.role];
	}
	boots[sizeof(boots) - 1] = '\0';
	assert_string_equal(boots, "aappppp");
	assert_int_equal(d.roles[ROLE_ACTIVE].verdict, VERDICT_EXHAUSTED);
}

/* No file system has such names, and no scan hands them on: what they meet is a bound, never a byte behind it. */
static void names_longer_than_any(void **state)
{
	static const size_t lengths[] = { INVENTORY_ID_MAX - 8, INVENTORY_ID_MAX - 4, INVENTORY_ID_MAX, INVENTORY_ID_MAX + 200 };

	for (size_t i = 0; i < COUNT(lengths); i++) {
		for (unsigned counted = 0; counted < 2; counted++) {
			struct fixture f;
			char name[INVENTORY_ID_MAX + 300], buffer[2 * NAMING_MAX];
			struct writer file = WRITER(name), w = WRITER(buffer);
			bool fits = lengths[i] + (counted ? 7 : 5) <= INVENTORY_ID_MAX; /* in its longest form */

			fixture_init(&f, "active_x recovery");
			for (size_t n = 0; n < lengths[i]; n++)
				write_char(&file, 'a');
			write_string(&file, counted ? "+3.conf" : ".conf");
			f.entries[0].file = writer_text(&file);
			f.entries[0].counter = (struct counter){ counted, counted ? 3 : 0, 0, lengths[i] };

			f.inventory.config.globs[ROLE_ACTIVE] = TEXT("aaa*");
			struct role_state roles[ROLE_COUNT];
			roles_find(&f.inventory, roles);
			if ((roles[ROLE_ACTIVE].entry == &f.entries[0]) != (lengths[i] + 5 <= INVENTORY_ID_MAX))
				fail_msg("%zu letters: matched by a glob", lengths[i]);
			enum naming naming = naming_write(&f.inventory, &f.entries[0], &w);
			if ((naming != NAMING_NONE) != fits)
				fail_msg("%zu letters, counted %u: naming %d", lengths[i], counted, (int)naming);
			assert_false(w.overflow);
			if (naming == NAMING_NONE)
				assert_int_equal(w.len, 0);

			f.inventory.loader.entries = TEXT("recovery.conf\0"); /* nor is it in a list */
			f.inventory.loader.entries_known = true;
			w.len = 0;
			if (naming_write(&f.inventory, &f.entries[0], &w) != naming)
				fail_msg("%zu letters, counted %u: another name by the list", lengths[i], counted);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(twins), cmocka_unit_test(several_entries), cmocka_unit_test(what_is_kept), cmocka_unit_test(the_good_id),
		cmocka_unit_test(who_may_hold_a_role),
		cmocka_unit_test(the_esp_speaks_before_its_neighbour),
		cmocka_unit_test(tries_of_several_entries),
		cmocka_unit_test(one_of_two_stands_still),
		cmocka_unit_test(names_longer_than_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
