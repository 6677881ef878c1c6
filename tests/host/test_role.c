/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "role.h"

static void roles_by_name(void **state)
{
	static const struct {
		struct text name;
		enum role_match match;
		enum role role;
	} rows[] = {
		{ NAME("active"),            ROLE_MATCH_EXACT,   ROLE_ACTIVE },
		{ NAME("passive"),           ROLE_MATCH_EXACT,   ROLE_PASSIVE },
		{ NAME("recovery"),          ROLE_MATCH_EXACT,   ROLE_RECOVERY },
		{ NAME("statereset"),        ROLE_MATCH_EXACT,   ROLE_RESET },
		{ NAME("ACTIVE"),            ROLE_MATCH_EXACT,   ROLE_ACTIVE },
		{ NAME("PaSsIvE"),           ROLE_MATCH_EXACT,   ROLE_PASSIVE },
		{ NAME("active_install"),    ROLE_MATCH_VARIANT, ROLE_ACTIVE },
		{ NAME("active-install"),    ROLE_MATCH_VARIANT, ROLE_ACTIVE },
		{ NAME("ACTIVE-1.2.3"),      ROLE_MATCH_VARIANT, ROLE_ACTIVE },
		{ NAME("statereset-auto"),   ROLE_MATCH_VARIANT, ROLE_RESET },
		{ NAME("recovery_install-mode_stylus.registration"), ROLE_MATCH_VARIANT, ROLE_RECOVERY },
		{ NAME("passive_active"),    ROLE_MATCH_VARIANT, ROLE_PASSIVE },
		{ NAME("activebad"),         ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("active.old"),        ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("active old"),        ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("active+3"),          ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("interactive"),       ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("inter-active"),      ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("my_active"),         ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("activ"),             ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("reset"),             ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("none"),              ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("_active"),           ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("active\0"),          ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME(""),                  ROLE_MATCH_NONE,    ROLE_NONE },
		{ NAME("\xc3\xa1""ctive"),   ROLE_MATCH_NONE,    ROLE_NONE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		enum role role = ROLE_RESET;
		enum role_match match = role_of_name(rows[i].name, &role);

		if (match != rows[i].match || role != rows[i].role)
			fail_msg("%s: match %d, role %d", rows[i].name.at, (int)match, (int)role);
	}
}

static void words_for_roles(void **state)
{
	static const struct {
		enum role role;
		struct text name;
	} rows[] = {
		{ ROLE_ACTIVE, NAME("active") },     { ROLE_PASSIVE, NAME("passive") }, { ROLE_RECOVERY, NAME("recovery") },
		{ ROLE_RESET, NAME("reset") },       { ROLE_NONE, NAME("none") },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!text_equal(role_name(rows[i].role), rows[i].name))
			fail_msg("role %zu is called %s", i, shown(role_name(rows[i].role)));
	assert_int_equal(COUNT(rows), ROLE_COUNT + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(roles_by_name), cmocka_unit_test(words_for_roles) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
