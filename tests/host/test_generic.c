/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "generic.h"

static void the_active_one(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		const char *given;
		const char *active; /* empty: nothing to judge */
	} rows[] = {
		{ "the newest", "os_1.1.efi,s=os,v=1.1 os_1.2.efi,s=os,v=1.2", "", "os_1.2.efi" },
		{ "the newest, counted", "os_1.1.efi,s=os,v=1.1 os_1.2+3.efi,s=os,v=1.2", "", "os_1.2+3.efi" },
		{ "the newest stays the one, although it failed", "os_1.1.efi,s=os,v=1.1 os_1.2+0-3.efi,s=os,v=1.2", "", "os_1.2+0-3.efi" },
		{ "several kernels", "k-6.1,s=debian,m=1,v=6.1 k-6.12+3,s=debian,m=1,v=6.12", "", "k-6.12+3.conf" },
		{ "a person's default", "os_1.1.efi,s=os,v=1.1 os_1.2.efi,s=os,v=1.2", "default=os_1.1.efi", "os_1.1.efi" },
		{ "a default that is a glob", "os_1.1.efi,s=os,v=1.1 xx_1.efi,s=aa,v=9", "default=os_*", "os_1.1.efi" },
		{ "a default that matches nothing", "os_1.1.efi,s=os,v=1.1 os_1.2.efi,s=os,v=1.2", "default=fedora*", "os_1.2.efi" },
		{ "preferred before default", "os_1.1.efi,s=os,v=1.1 os_1.2.efi,s=os,v=1.2 os_1.3.efi,s=os,v=1.3",
		  "default=os_1.2.efi preferred=os_1.1.efi", "os_1.1.efi" },
		{ "a default that is a person's shell", "shell,efi,v=1 os_1.efi,s=os,v=1", "default=shell*", "" },
		{ "a default that is a shell or an OS", "os-shell,efi,s=a os_1.efi,s=os,v=1", "default=os*", "os_1.efi" },
		{ "a default that is Bootpilot", "bootpilot-loader,efi os_1.efi,s=os,v=1", "default=bootpilot-loader.conf", "os_1.efi" },
		{ "the newest, key uki", "os_1,uki,s=os,v=1 os_2,uki,s=os,v=2", "loader=262", "os_2.conf" },
		{ "nothing but other loaders", "shell,efi memtest,efi", "", "" },
		{ "nothing", "", "", "" },
		{ "Bootpilot's own entry is passed over", "bootpilot-loader,s=0 os_1.efi,s=os,v=1", "", "os_1.efi" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		const struct entry *active = generic_active(&f.inventory);
		const char *file = active == NULL ? "" : shown(active->file);
		if (strcmp(file, rows[i].active) != 0)
			fail_msg("%s: \"%s\", wanted \"%s\"", rows[i].about, file, rows[i].active);
	}
}

/* A default that no id can have, and an id that no file can have. */
static void wishes_and_names_longer_than_any(void **state)
{
	char wish[INVENTORY_ID_MAX + 1], name[INVENTORY_ID_MAX + 10];
	struct fixture f;

	fixture_init(&f, "os_1.efi,s=os,v=1 os_2.efi,s=os,v=2");
	memset(wish, '*', sizeof(wish));
	f.inventory.loader.fallback = (struct text){ wish, INVENTORY_ID_MAX };
	assert_ptr_equal(generic_active(&f.inventory), &f.entries[1]);
	f.entries[1].opened = false; /* the wish matches both, so the one that can be judged is it */
	assert_ptr_equal(generic_active(&f.inventory), &f.entries[0]);
	f.entries[0].opened = false;
	assert_null(generic_active(&f.inventory));
	f.entries[0].opened = f.entries[1].opened = true;
	f.inventory.loader.preferred = TEXT("os_1*");
	f.inventory.loader.fallback = (struct text){ wish, sizeof(wish) };
	assert_ptr_equal(generic_active(&f.inventory), &f.entries[0]);
	f.inventory.loader.preferred = TEXT_EMPTY; /* too long a wish is none */
	assert_ptr_equal(generic_active(&f.inventory), &f.entries[1]);

	memset(name, 'o', sizeof(name));
	memcpy(name + sizeof(name) - 4, ".efi", 4);
	f.entries[1].file = (struct text){ name, sizeof(name) };
	f.entries[1].counter.base_len = sizeof(name) - 4;
	f.inventory.loader.fallback = TEXT("o*");
	assert_ptr_equal(generic_active(&f.inventory), &f.entries[0]);
}

static void who_stands_beside(void **state)
{
	static const struct {
		const char *active, *entry;
		enum role role;
	} rows[] = {
		{ "os_2.efi,s=os,m=1,v=2", "os_2.efi,s=os,m=1,v=2", ROLE_ACTIVE },
		{ "os_2.efi,s=os,m=1,v=2", "os_2+3.efi,s=os,m=1,v=2", ROLE_ACTIVE },
		{ "os_2.efi,s=os,m=1,v=2", "os_1.efi,s=os,m=1,v=1", ROLE_PASSIVE },
		{ "os_2+0-3.efi,s=os,m=1,v=2", "os_1+0-3.efi,s=os,m=1,v=1", ROLE_PASSIVE },
		{ "os_10.efi,s=os,m=1,v=10", "os_9.efi,s=os,m=1,v=9", ROLE_PASSIVE },
		{ "os_2.efi,s=os,m=1,v=2", "os_3.efi,s=os,m=1,v=3", ROLE_NONE },
		{ "os_2.efi,s=os,m=1,v=2", "xx_1.efi,s=xx,m=1,v=1", ROLE_NONE },
		{ "os_2.efi,s=os,m=1,v=2", "os_1.efi,s=os,m=2,v=1", ROLE_NONE },
		{ "os_2,s=os,v=2", "os_1,s=os,v=1", ROLE_PASSIVE },
		{ "os_2,v=2", "os_1,v=1", ROLE_NONE },
		{ "os_2,s=o,v=2", "os_1,s=o,v=1", ROLE_PASSIVE },
		{ "os_2,s=os,v=2", "os_2b,s=os,v=2", ROLE_NONE },
		{ "os_2,s=os,v=2", "os_1,efi,s=os,v=1", ROLE_NONE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, "");
		f.entries[0] = fixture_entry(&f, rows[i].active);
		f.entries[1] = fixture_entry(&f, rows[i].entry);
		enum role role = generic_role(&f.entries[0], &f.entries[1]);
		if (role != rows[i].role)
			fail_msg("%s beside %s: role %d", rows[i].entry, rows[i].active, role);
		assert_int_equal(generic_role(NULL, &f.entries[1]), ROLE_NONE);
	}
}

static void exhausted_is_no_order(void **state)
{
	struct fixture f;

	fixture_init(&f, "os_3+0-3.efi,s=os,v=3 os_2.efi,s=os,v=2 os_1+0-3.efi,s=os,v=1");
	for (size_t a = 0; a < 3; a++)
		for (size_t b = 0; b < 3; b++) {
			int c = generic_compare(&f.entries[a], &f.entries[b]);
			if (a < b ? c >= 0 : a > b ? c <= 0 : c != 0)
				fail_msg("%zu to %zu is %d", a, b, c);
		}
}

static void decisions(void **state)
{
	static const struct {
		const char *about;
		const char *files;
		enum reason reason;
		const char *file;
	} rows[] = {
		{ "the newest first", "os_1.1.efi,s=os,v=1.1 os_1.2+3.efi,s=os,v=1.2", REASON_ACTIVE_TRYING, "os_1.2+3.efi" },
		{ "then the older one", "os_1.1.efi,s=os,v=1.1 os_1.2+0-3.efi,s=os,v=1.2", REASON_ACTIVE_EXHAUSTED, "os_1.1.efi" },
		{ "the newest cannot start", "os_1.1.efi,s=os,v=1.1 os_1.2+3.efi,s=os,v=1.2,truncated", REASON_ACTIVE_UNBOOTABLE, "os_1.1.efi" },
		{ "the next newest of several", "os_1.efi,s=os,v=1 os_3+0-3.efi,s=os,v=3 os_2.efi,s=os,v=2", REASON_ACTIVE_EXHAUSTED, "os_2.efi" },
		{ "one role name, and nothing is generic", "os_1.efi,s=os,v=1 os_2.efi,s=os,v=2 passive", REASON_ACTIVE_MISSING, "passive.conf" },
		{ "even a variant", "os_1.efi,s=os,v=1 recovery-x", REASON_PASSIVE_MISSING, "recovery-x.conf" },
		{ "never another OS", "xx_1.efi,s=xx,v=1 os_2+0-3.efi,s=os,v=2", REASON_LAST_RESORT, "os_2+0-3.efi" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;

		fixture_init(&f, rows[i].files);
		policy_decide(&f.inventory, &d);
		if (d.reason != rows[i].reason || d.entry == NULL || !text_equal(d.entry->file, text_of(rows[i].file)))
			fail_msg("%s: reason %d, %s", rows[i].about, (int)d.reason, d.entry ? shown(d.entry->file) : "nothing");
	}
}

static void which_rule(void **state)
{
	static const struct {
		const char *files;
		const char *given;
		enum role_rule rule;
	} rows[] = {
		{ "active passive", "", ROLES_BY_NAME },       { "os_1.efi os_2.efi", "", ROLES_GENERIC },
		{ "os_1.efi statereset", "", ROLES_BY_NAME },  { "os_1.efi active-x", "", ROLES_BY_NAME },
		{ "os_1.efi", "active=os*", ROLES_CONFIGURED }, { "active passive", "recovery=resc*", ROLES_CONFIGURED },
		{ "os_1.efi activebad", "", ROLES_GENERIC },   { "active,closed passive,closed", "", ROLES_BY_NAME },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		if (roles_rule(&f.inventory) != rows[i].rule)
			fail_msg("%s: rule %d", rows[i].files, (int)roles_rule(&f.inventory));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_active_one),
		cmocka_unit_test(wishes_and_names_longer_than_any),
		cmocka_unit_test(who_stands_beside),
		cmocka_unit_test(exhausted_is_no_order),
		cmocka_unit_test(decisions),
		cmocka_unit_test(which_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
