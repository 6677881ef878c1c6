/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "fixture.h"

enum field { AUTO_RESET, LIMIT, DELAY, HANDOFF, NOTHING, MEASURE, WATCHDOG, CONSOLE, FIELDS };

static unsigned value_of(const struct config *c, enum field field)
{
	switch (field) {
	case AUTO_RESET: return c->auto_reset;
	case LIMIT: return c->reset_limit;
	case DELAY: return c->reset_delay_s;
	case HANDOFF: return c->handoff;
	case NOTHING: return c->nothing_bootable;
	case MEASURE: return c->measure;
	case WATCHDOG: return c->watchdog_s;
	case CONSOLE: return c->console;
	case FIELDS: break;
	}
	return 0;
}

static const unsigned defaults[FIELDS] = { AUTO_RESET_YES, 1, 10, HANDOFF_CHAIN, NOTHING_MENU, false, 300, CONSOLE_CHANGES };

static void lines(void **state)
{
	static const struct {
		struct text text;
		enum field field; /* all others keep their default */
		unsigned value;
		size_t problems;
	} rows[] = {
		{ NAME(""),                              LIMIT, 1, 0 },
		{ NAME("auto-reset yes"),                AUTO_RESET, AUTO_RESET_YES, 0 },
		{ NAME("auto-reset witnessed"),          AUTO_RESET, AUTO_RESET_WITNESSED, 0 },
		{ NAME("auto-reset no"),                 AUTO_RESET, AUTO_RESET_NO, 0 },
		{ NAME("auto-reset no\n"),               AUTO_RESET, AUTO_RESET_NO, 0 },
		{ NAME("\r\n  auto-reset\t no \r\n\r\n"), AUTO_RESET, AUTO_RESET_NO, 0 },
		{ NAME("# auto-reset witnessed\nauto-reset no"), AUTO_RESET, AUTO_RESET_NO, 0 },
		{ NAME("auto-reset no\nauto-reset witnessed"), AUTO_RESET, AUTO_RESET_WITNESSED, 0 },
		{ NAME("auto-reset no\nauto-reset yes"),  AUTO_RESET, AUTO_RESET_YES, 0 },
		{ NAME("handoff reset\nhandoff chain"),  HANDOFF, HANDOFF_CHAIN, 0 },
		{ NAME("nothing-bootable firmware\nnothing-bootable menu"), NOTHING, NOTHING_MENU, 0 },
		{ NAME("measure yes\nmeasure no"),       MEASURE, false, 0 },
		{ NAME("console all\nconsole quiet"),    CONSOLE, CONSOLE_QUIET, 0 },
		{ NAME("auto-reset perhaps"),            AUTO_RESET, AUTO_RESET_YES, 1 },
		{ NAME("auto-reset no\nauto-reset perhaps"), AUTO_RESET, AUTO_RESET_NO, 1 },
		{ NAME("reset-limit 0"),                 LIMIT, 0, 0 },
		{ NAME("reset-limit 255"),               LIMIT, 255, 0 },
		{ NAME("reset-limit 256"),               LIMIT, 1, 1 },
		{ NAME("reset-limit -1"),                LIMIT, 1, 1 },
		{ NAME("reset-limit 2x"),                LIMIT, 1, 1 },
		{ NAME("reset-limit 2 3"),               LIMIT, 1, 1 },
		{ NAME("reset-limit 4294967297"),        LIMIT, 1, 1 },
		{ NAME("reset-limit 18446744073709551618"), LIMIT, 1, 1 },
		{ NAME("reset-delay 0"),                 DELAY, 0, 0 },
		{ NAME("reset-delay 600"),               DELAY, 600, 0 },
		{ NAME("reset-delay 601"),               DELAY, 10, 1 },
		{ NAME("handoff chain"),                 HANDOFF, HANDOFF_CHAIN, 0 },
		{ NAME("handoff reset"),                 HANDOFF, HANDOFF_RESET, 0 },
		{ NAME("handoff yes"),                   HANDOFF, HANDOFF_CHAIN, 1 },
		{ NAME("nothing-bootable menu"),         NOTHING, NOTHING_MENU, 0 },
		{ NAME("nothing-bootable reboot"),       NOTHING, NOTHING_REBOOT, 0 },
		{ NAME("nothing-bootable poweroff"),     NOTHING, NOTHING_POWEROFF, 0 },
		{ NAME("nothing-bootable firmware"),     NOTHING, NOTHING_FIRMWARE, 0 },
		{ NAME("nothing-bootable shell"),        NOTHING, NOTHING_MENU, 1 },
		{ NAME("measure yes"),                   MEASURE, true, 0 },
		{ NAME("measure yes\nmeasure no"),       MEASURE, false, 0 },
		{ NAME("measure 7"),                     MEASURE, false, 1 },
		{ NAME("watchdog 10"),                   WATCHDOG, 10, 0 },
		{ NAME("watchdog 9"),                    WATCHDOG, 300, 1 },
		{ NAME("watchdog 0"),                    WATCHDOG, 300, 1 }, /* set, never disabled */
		{ NAME("watchdog 65535"),                WATCHDOG, 65535, 0 },
		{ NAME("watchdog 65536"),                WATCHDOG, 300, 1 },
		{ NAME("console quiet"),                 CONSOLE, CONSOLE_QUIET, 0 },
		{ NAME("console changes"),               CONSOLE, CONSOLE_CHANGES, 0 },
		{ NAME("console all"),                   CONSOLE, CONSOLE_ALL, 0 },
		{ NAME("console loud"),                  CONSOLE, CONSOLE_CHANGES, 1 },
		{ NAME("colour blue\nreset-limit 2"),    LIMIT, 2, 1 },
		{ NAME("colour blue\nsize 7\nreset-limit 2"), LIMIT, 2, 2 },
		{ NAME("reset 7limit"),                  LIMIT, 1, 0 }, /* a glob */
		{ NAME("reset-limi 2"),                  LIMIT, 1, 1 },
		{ NAME("\x01\x02\xff\xfe \x7f\nreset-limit 2"), LIMIT, 2, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct config config;
		struct config_problems problems = { .count = 0 };

		memset(&config, 0x5A, sizeof(config));
		config_set_defaults(&config);
		config_apply(&config, rows[i].text, &problems);
		if (problems.count != rows[i].problems)
			fail_msg("\"%s\": %zu problems", shown(rows[i].text), problems.count);
		for (unsigned field = 0; field < FIELDS; field++) {
			unsigned wanted = field == rows[i].field ? rows[i].value : defaults[field];
			if (value_of(&config, (enum field)field) != wanted)
				fail_msg("\"%s\": field %u is %u, wanted %u", shown(rows[i].text), field,
					 value_of(&config, (enum field)field), wanted);
		}
	}
}

static void globs(void **state)
{
	struct config config;
	struct config_problems problems = { .count = 0 };

	config_set_defaults(&config);
	assert_false(config_has_globs(&config));
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		assert_int_equal(config.globs[i].len, 0);
	config_apply(&config, TEXT("active os-a* os-b*\npassive old*\nrecovery resc[ue]*\nreset wipe\n"), &problems);
	assert_int_equal(problems.count, 0);
	assert_true(config_has_globs(&config));
	assert_true(text_equal(config.globs[ROLE_ACTIVE], TEXT("os-a* os-b*")));
	assert_true(text_equal(config.globs[ROLE_PASSIVE], TEXT("old*")));
	assert_true(text_equal(config.globs[ROLE_RECOVERY], TEXT("resc[ue]*")));
	assert_true(text_equal(config.globs[ROLE_RESET], TEXT("wipe")));
	config_set_defaults(&config);
	assert_false(config_has_globs(&config));
	config_apply(&config, TEXT("reset wipe"), &problems);
	assert_true(config_has_globs(&config));
}

static void problems_say_where(void **state)
{
	struct config config;
	struct config_problems problems = { .count = 0 };

	config_set_defaults(&config);
	config_apply(&config, TEXT("# first\nconsole loud\n\ncolour blue\n"), &problems);
	assert_int_equal(problems.count, 2);
	assert_int_equal(problems.at[0].fault, CONFIG_BAD_VALUE);
	assert_int_equal(problems.at[0].line, 2);
	assert_true(text_equal(problems.at[0].key, TEXT("console")));
	assert_true(text_equal(problems.at[0].value, TEXT("loud")));
	assert_int_equal(problems.at[1].fault, CONFIG_UNKNOWN_KEY);
	assert_int_equal(problems.at[1].line, 4);
	assert_true(text_equal(problems.at[1].key, TEXT("colour")));

	/* added to those that were there */
	config_apply(&config, TEXT("colour red"), &problems);
	assert_int_equal(problems.count, 3);
}

static void many_problems_are_counted(void **state)
{
	static char text[4000];
	struct writer w = WRITER(text);
	struct config config;
	struct {
		struct config_problems problems;
		unsigned char guard[64];
	} box = { .problems = { .count = 0 } };

	memset(box.guard, 0xC3, sizeof(box.guard));
	for (unsigned i = 0; i < 100; i++)
		write_string(&w, "colour blue\n");
	config_set_defaults(&config);
	config_apply(&config, writer_text(&w), &box.problems);
	assert_int_equal(box.problems.count, 100);
	for (size_t i = 0; i < sizeof(box.guard); i++)
		assert_int_equal(box.guard[i], 0xC3);
}

static void what_is_too_long_is_cut(void **state)
{
	static char text[CONFIG_SIZE_MAX + 200];
	static const char first[] = "reset-limit 7\n", last[] = "\nreset-limit 9\n";

	for (unsigned over = 0; over < 2; over++) {
		struct config config;
		struct config_problems problems = { .count = 0 };

		memset(text, '#', sizeof(text)); /* one long comment */
		memcpy(text, first, sizeof(first) - 1);
		memcpy(text + sizeof(text) - sizeof(last) + 1, last, sizeof(last) - 1);
		config_set_defaults(&config);
		config_apply(&config, (struct text){ text, over ? sizeof(text) : CONFIG_SIZE_MAX }, &problems);
		assert_int_equal(config.reset_limit, 7);
		assert_int_equal(problems.count, over);
		if (over)
			assert_int_equal(problems.at[0].fault, CONFIG_TOO_LONG);
		if (over) /* it is about no line */
			assert_int_equal(problems.at[0].line, 0);
	}
}

static struct text expected_of(struct text key, char bytes[64])
{
	struct writer w = { .at = bytes, .size = 64 };
	config_write_expected(&w, key);
	assert_false(w.overflow);
	return writer_text(&w);
}

static void what_is_expected(void **state)
{
	static const struct {
		const char *key;
		struct text expected;
	} rows[] = {
		{ "active", NAME("globs for entry ids without counter") },
		{ "passive", NAME("globs for entry ids without counter") },
		{ "recovery", NAME("globs for entry ids without counter") },
		{ "reset", NAME("globs for entry ids without counter") },
		{ "auto-reset", NAME("yes, witnessed or no") },
		{ "reset-limit", NAME("a number from 0 to 255") },
		{ "reset-delay", NAME("seconds from 0 to 600") },
		{ "handoff", NAME("chain or reset") },
		{ "nothing-bootable", NAME("menu, reboot, poweroff or firmware") },
		{ "measure", NAME("no or yes") },
		{ "watchdog", NAME("seconds from 10 to 65535") },
		{ "console", NAME("quiet, changes or all") },
	};

	char bytes[64];
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!text_equal(expected_of(text_of(rows[i].key), bytes), rows[i].expected))
			fail_msg("%s: %s", rows[i].key, shown(expected_of(text_of(rows[i].key), bytes)));
	assert_int_equal(expected_of(TEXT("colour"), bytes).len, 0);
	assert_int_equal(expected_of(TEXT(""), bytes).len, 0);
	assert_int_equal(expected_of(TEXT("auto-rese"), bytes).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(globs),
		cmocka_unit_test(problems_say_where),
		cmocka_unit_test(many_problems_are_counted),
		cmocka_unit_test(what_is_too_long_is_cut),
		cmocka_unit_test(what_is_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
