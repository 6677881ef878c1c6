/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "report.h"

#include <stdio.h>

#define STATE                                                                                                          \
	"version=1 record=valid last=passive active=launches:9,stalled:5,vouched:0,left:uncounted "                    \
	"passive=launches:10,stalled:6,vouched:1,left:2 recovery=launches:11,stalled:7,vouched:0,left:3 "              \
	"reset=launches:12,stalled:8,vouched:0,left:4 granted=13 resets=14 episode-launches=15 episode-tries=16 "      \
	"success-seen=yes heard=no handoff=yes laps=18"

static struct text name_of_remark(unsigned n)
{
	return remark_name((enum remark)(1u << n));
}
static struct text sentence_of_remark(unsigned n)
{
	return remark_sentence((enum remark)(1u << n));
}
static struct text action(unsigned n) { return action_name((enum action)n); }
static struct text reason(unsigned n) { return reason_name((enum reason)n); }
static struct text cause(unsigned n) { return cause_name((enum cause)n); }
static struct text verdict(unsigned n) { return verdict_name((enum verdict)n); }
static struct text fault(unsigned n) { return fault_name((enum fault)n); }
static struct text record_word(unsigned n) { return record_state_name((enum record_state)n); }
static struct text reason_words(unsigned n) { return reason_sentence((enum reason)n); }
static struct text cause_words(unsigned n) { return cause_sentence((enum cause)n); }
static struct text fault_words(unsigned n) { return fault_sentence((enum fault)n); }

static void a_remark_that_does_not_exist_has_no_words(void **state)
{
	static const unsigned none[] = { 0, REMARK_CONFIG | REMARK_TWINS, 1u << REMARK_COUNT };

	for (size_t i = 0; i < COUNT(none); i++) {
		assert_int_equal(remark_name((enum remark)none[i]).len, 0);
		assert_int_equal(remark_sentence((enum remark)none[i]).len, 0);
	}
}

static void every_value_has_its_words(void **state)
{
	static const struct {
		const char *about;
		struct text (*words)(unsigned n);
		unsigned first, last;
		bool name; /* one word, stable */
	} rows[] = {
		{ "actions", action, 0, ACTION_FIRMWARE, true },
		{ "reasons", reason, 0, REASON_NOTHING_BOOTABLE, true },
		{ "causes", cause, 1, CAUSE_OWN_HANDOFF, true },
		{ "verdicts", verdict, 0, VERDICT_GOOD, true },
		{ "faults", fault, 1, FAULT_NOT_NAMEABLE, true },
		{ "remarks", name_of_remark, 0, REMARK_COUNT - 1, true },
		{ "states of the record", record_word, 0, RECORD_FOREIGN, true },
		{ "reasons in a sentence", reason_words, 0, REASON_NOTHING_BOOTABLE, false },
		{ "causes in a sentence", cause_words, 1, CAUSE_OWN_HANDOFF, false },
		{ "faults in a sentence", fault_words, 1, FAULT_NOT_NAMEABLE, false },
		{ "remarks in a sentence", sentence_of_remark, 0, REMARK_COUNT - 1, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		for (unsigned n = rows[i].first; n <= rows[i].last; n++) {
			struct text t = rows[i].words(n);

			if (t.len == 0 || !text_equal(t, text_trim(t)))
				fail_msg("%s: number %u has no words", rows[i].about, n);
			for (unsigned m = rows[i].first; m < n; m++)
				if (text_equal(t, rows[i].words(m)))
					fail_msg("%s: %u and %u are both \"%s\"", rows[i].about, m, n, shown(t));
			for (size_t c = 0; c < t.len; c++) {
				bool word = (t.at[c] >= 'a' && t.at[c] <= 'z') || char_is_digit(t.at[c]) || t.at[c] == '-';
				if (rows[i].name ? !word : t.at[c] < ' ' || t.at[c] > '~')
					fail_msg("%s: \"%s\" holds '%c'", rows[i].about, shown(t), t.at[c]);
			}
		}
	}
	assert_int_equal(cause_name(CAUSE_NONE).len, 0);
	assert_int_equal(fault_name(FAULT_NONE).len, 0);
}

/* The words of design.md section 4. */
static void words_that_scripts_rely_on(void **state)
{
	static const struct {
		struct text (*words)(unsigned n);
		unsigned n;
		const char *word;
	} rows[] = {
		{ reason, REASON_REQUESTED, "requested" },
		{ reason, REASON_UNREADABLE, "unreadable" },
		{ reason, REASON_NO_ROLES, "no-roles" },
		{ reason, REASON_ACTIVE_GOOD, "active-good" },
		{ reason, REASON_ACTIVE_TRYING, "active-trying" },
		{ reason, REASON_ACTIVE_EXHAUSTED, "active-exhausted" },
		{ reason, REASON_ACTIVE_UNBOOTABLE, "active-unbootable" },
		{ reason, REASON_ACTIVE_MISSING, "active-missing" },
		{ reason, REASON_PASSIVE_EXHAUSTED, "passive-exhausted" },
		{ reason, REASON_PASSIVE_UNBOOTABLE, "passive-unbootable" },
		{ reason, REASON_PASSIVE_MISSING, "passive-missing" },
		{ reason, REASON_RECOVERY_EXHAUSTED, "recovery-exhausted" },
		{ reason, REASON_LAST_RESORT, "last-resort" },
		{ reason, REASON_NOTHING_BOOTABLE, "nothing-bootable" },
		{ cause, CAUSE_RESET_OFF, "reset-off" },
		{ cause, CAUSE_RESET_USED_UP, "reset-used-up" },
		{ cause, CAUSE_RESET_MISSING, "reset-missing" },
		{ cause, CAUSE_RESET_EXHAUSTED, "reset-exhausted" },
		{ cause, CAUSE_RESET_UNBOOTABLE, "reset-unbootable" },
		{ cause, CAUSE_UNCORROBORATED, "uncorroborated" },
		{ cause, CAUSE_UNWITNESSED, "unwitnessed" },
		{ cause, CAUSE_NOT_RECORDABLE, "not-recordable" },
		{ verdict, VERDICT_GOOD, "good" },
		{ verdict, VERDICT_TRYING, "trying" },
		{ verdict, VERDICT_EXHAUSTED, "exhausted" },
		{ verdict, VERDICT_UNBOOTABLE, "unbootable" },
		{ name_of_remark, 1, "counter-frozen" },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (!text_equal(rows[i].words(rows[i].n), text_of(rows[i].word)))
			fail_msg("%s is called %s", rows[i].word, shown(rows[i].words(rows[i].n)));
}

static struct text line_of(const struct fixture *f, const struct decision *d, char *buffer)
{
	struct writer w = { .at = buffer, .size = REPORT_LINE_MAX };

	report_decision(&w, &f->inventory, d);
	assert_false(w.overflow);
	return writer_text(&w);
}

static bool has_word(struct text line, struct text wanted)
{
	struct text word;

	while (text_next_word(&line, &word))
		if (text_equal(word, wanted))
			return true;
	return false;
}

static void the_line(void **state)
{
	static const struct {
		const char *files;
		const char *given;
		const char *words; /* all of them stand in the line */
	} rows[] = {
		{ "active passive", "", "role=active entry=active.conf reason=active-good pending=yes" },
		{ "active+0-3 passive", "", "role=passive entry=passive.conf reason=active-exhausted pending=yes" },
		{ "active+0-3 passive+0-3 recovery+0-3", "", "role=recovery reason=last-resort cause=reset-missing" },
		{ "active+0-3 passive+0-3 recovery+0-3 statereset", "", "role=reset reason=recovery-exhausted" },
		{ "active passive", "request", "role=none reason=requested" },
		{ "", "", "role=none reason=no-roles pending=no" },
		{ "active_my%20os passive", "", "role=active entry=active_my%20os.conf" },
		{ "active,missing", "nothing=reboot", "role=none reason=nothing-bootable" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;
		char buffer[REPORT_LINE_MAX];

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		policy_decide(&f.inventory, &d);
		struct text line = line_of(&f, &d, buffer), rest = text_of(rows[i].words), word;
		while (text_next_word(&rest, &word))
			if (!has_word(line, word))
				fail_msg("%s misses in: %s", shown(word), shown(line));
	}
}

static void remarks_in_a_row(void **state)
{
	static const struct {
		uint32_t remarks;
		struct text word;
	} rows[] = {
		{ REMARK_NOT_RECORDED, NAME("remarks=not-recorded") },
		{ REMARK_NOT_RECORDED | REMARK_TWINS, NAME("remarks=not-recorded,twins") },
		{ REMARK_CONFIG | REMARK_TRIES_LENT | REMARK_REQUEST_REFUSED, NAME("remarks=config,tries-lent,request-refused") },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;
		char buffer[REPORT_LINE_MAX];

		fixture_init(&f, "active passive");
		policy_decide(&f.inventory, &d);
		d.remarks = rows[i].remarks;
		struct text line = line_of(&f, &d, buffer);
		if (!has_word(line, rows[i].word))
			fail_msg("%s misses in: %s", shown(rows[i].word), shown(line));
	}
}

/* Each word is key=value, no key twice, nothing but visible characters and single blanks. */
static void check_line(const char *about, struct text line)
{
	struct text rest = line, word, keys[64];
	size_t count = 0;

	assert_true(line.len > 0);
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.at[i] < ' ' || line.at[i] == 0x7F)
			fail_msg("%s: control character %d in: %s", about, line.at[i], shown(line));
	while (text_next_word(&rest, &word)) {
		size_t n = 0;

		while (n < word.len && word.at[n] != '=')
			n++;
		if (n == 0 || n == word.len)
			fail_msg("%s: \"%s\" is no key=value in: %s", about, shown(word), shown(line));
		assert_true(count < COUNT(keys));
		keys[count] = text_before(word, n);
		for (size_t k = 0; k < count; k++)
			if (text_equal(keys[k], keys[count]))
				fail_msg("%s: %s twice in: %s", about, shown(keys[k]), shown(line));
		count++;
	}
}

static void hostile_names_stay_in_their_word(void **state)
{
	static const char *const files[] = { "active_a%20role=reset", "active_\x7f", "active_%%20%41", "active_a\nb", "active_\x01\x7f", "active_%20", "active_a\rb",
					     "active_=", "active_\xc3\xa4", "active_a\x1b[2J" };

	for (size_t i = 0; i < COUNT(files); i++) {
		struct fixture f;
		struct decision d;
		char buffer[REPORT_LINE_MAX];
		struct writer w = WRITER(buffer);

		fixture_init(&f, "");
		f.entries[0] = fixture_entry(&f, files[i]);
		f.inventory.entry_count = 1;
		policy_decide(&f.inventory, &d);
		assert_int_equal(d.role, ROLE_ACTIVE);
		check_line("decision", line_of(&f, &d, buffer));
		assert_true(has_word(line_of(&f, &d, buffer), TEXT("role=active")));
		report_state(&w, &f.inventory, &d);
		assert_false(w.overflow);
		check_line("state", writer_text(&w));
	}
}

static const char *const lives[][2] = {
	{ "active passive recovery statereset", "" },
	{ "active+0-3 passive+2-1 recovery statereset", "valid heard" },
	{ "active+0-3,missing passive,arch recovery+3 statereset+3", "refused" },
	{ "active+0-3 passive+0-3 recovery+0-3 statereset", "" },
	{ "active+0-3 passive+0-3 recovery+0-3 statereset,uki", "foreign capped bad-config unwritable" },
	{ "active active+3 passive+0-3", "valid note=rubbish leftover" },
	{ "active,missing passive,nokey recovery,large", "failed=recovery.conf" },
	{ "recovery-b+2-1", "ignored" },
	{ "active+2147483647-2147483647 passive+2147483647", "valid" },
	{ "", "" },
	{ "active", "request" },
	{ "active", "unreadable" },
};

static void check_screen(const char *files, const char *given)
{
	struct fixture f;
	struct decision d;
	char buffer[REPORT_SCREEN_MAX];
	struct writer w = WRITER(buffer);

	fixture_init(&f, files);
	fixture_given(&f, given);
	policy_decide(&f.inventory, &d);
	report_screen(&w, &d);
	assert_false(w.overflow);
	struct text screen = writer_text(&w), rest = screen, line;
	if (screen.len == 0 || screen.at[screen.len - 1] != '\n')
		fail_msg("\"%s\": no line, or the last one does not end", files);
	while (text_next_line(&rest, &line))
		if (line.len > 79)
			fail_msg("%zu columns: %s", line.len, shown(line));
	for (size_t c = 0; c < screen.len; c++)
		if (screen.at[c] != '\n' && (screen.at[c] < ' ' || screen.at[c] > '~'))
			fail_msg("\"%s\": character %d", files, screen.at[c]);
}

static void the_screen(void **state)
{
	for (size_t i = 0; i < COUNT(lives); i++)
		check_screen(lives[i][0], lives[i][1]);
}

static void what_stands_on_the_screen(void **state)
{
	static const struct {
		const char *files, *given, *screen;
	} rows[] = {
		/* a name of 34 columns stands in its line, one of 35 in the next */
		{ "active+0-3 passive+2-1 recovery_install-mode_stylus1.conf statereset,missing", "valid bad-config",
		  "Bootpilot: booting passive (passive.conf)\n"
		  "  because   active used up its tries\n"
		  "\n"
		  "  active    failed: all tries used           active+0-3.conf\n"
		  "  passive   on trial, 2 tries left           passive+2-1.conf\n"
		  "  recovery  good                             recovery_install-mode_stylus1.conf\n"
		  "  reset     its image is missing             statereset.conf\n"
		  "  note      a line of the configuration was not understood\n" },
		{ "active+0-3 recovery_install-mode_stylus12.conf,missing", "",
		  "Bootpilot: booting active (active.conf)\n"
		  "  because   every entry failed; this one could still start\n"
		  "\n"
		  "  active    failed: all tries used           active+0-3.conf\n"
		  "  passive   missing\n"
		  "  recovery  its image is missing\n"
		  "            recovery_install-mode_stylus12.conf\n"
		  "  reset     missing\n" },
		{ "active+0-3 recovery+0-3 statereset", "resets=1 valid",
		  "Bootpilot: booting recovery (recovery.conf)\n"
		  "  because   every entry failed; this one could still start\n"
		  "            no reset: the record does not confirm that recovery failed\n"
		  "\n"
		  "  active    failed: all tries used           active+0-3.conf\n"
		  "  passive   missing\n"
		  "  recovery  failed: all tries used           recovery+0-3.conf\n"
		  "  reset     good                             statereset.conf\n" },
		{ "active passive", "request",
		  "Bootpilot: leaving the choice to whoever made it\n"
		  "  because   a one-shot entry was requested, and is obeyed\n"
		  "\n"
		  "  active    good                             active.conf\n"
		  "  passive   good                             passive.conf\n"
		  "  recovery  missing\n"
		  "  reset     missing\n" },
		{ "", "",
		  "Bootpilot: leaving the choice to systemd-boot\n"
		  "  because   no boot entry has a role\n"
		  "\n"
		  "  active    missing\n"
		  "  passive   missing\n"
		  "  recovery  missing\n"
		  "  reset     missing\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;
		char buffer[REPORT_SCREEN_MAX];
		struct writer w = WRITER(buffer);

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		policy_decide(&f.inventory, &d);
		report_screen(&w, &d);
		assert_false(w.overflow);
		if (!text_equal(writer_text(&w), text_of(rows[i].screen)))
			fail_msg("%s", shown(writer_text(&w)));
	}
}

/* The longest name that Kairos makes is shorter than a line. */
static void the_screen_with_the_names_of_kairos(void **state)
{
	check_screen("active+0-3 passive+0-3 recovery_install-mode_stylus.registration+2-1 statereset", "");
}

/* What the OS is told of the record: each number differs, so none stands in another's place. */
static void the_state(void **state)
{
	char bytes[1024];
	struct writer w = WRITER(bytes);
	struct fixture f;
	struct decision d;

	fixture_init(&f, "active passive");
	policy_decide(&f.inventory, &d);
	f.inventory.record_state = RECORD_VALID;
	d.record = (struct record){ .last_role = ROLE_PASSIVE, .granted = 13, .resets = 14, .episode_launches = 15,
				    .episode_tries = 16, .success_seen = true, .handoff = 1, .laps = 18 };
	for (unsigned role = 0; role < ROLE_COUNT; role++)
		d.record.roles[role] = (struct role_record){ .left_seen = role ? 1 + role : RECORD_UNCOUNTED,
							     .stalled = (uint8_t)(5 + role),
							     .launches = (uint8_t)(9 + role),
							     .vouched = role == 1 };
	report_state(&w, &f.inventory, &d);
	if (!text_equal(writer_text(&w), TEXT(STATE)))
		fail_msg("%s", shown(writer_text(&w)));
}

/* The first line on the screen says what is done. */
static void headlines(void **state)
{
	static const struct {
		const char *files, *given, *line;
	} rows[] = {
		{ "active", "", "Bootpilot: booting active (active.conf)\n" },
		{ "active+0 passive+0 recovery+0 statereset", "", "Bootpilot: automatic reset, booting reset (statereset.conf)\n" },
		{ "active,missing", "nothing=menu", "Bootpilot: nothing can be booted; the menu is yours\n" },
		{ "active,missing", "nothing=reboot", "Bootpilot: nothing can be booted; restarting\n" },
		{ "active,missing", "nothing=poweroff", "Bootpilot: nothing can be booted; switching off\n" },
		{ "active,missing", "nothing=firmware", "Bootpilot: nothing can be booted; entering the firmware setup\n" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char bytes[4096];
		struct writer w = WRITER(bytes);
		struct fixture f;
		struct decision d;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		policy_decide(&f.inventory, &d);
		report_screen(&w, &d);
		if (!text_starts_fold(writer_text(&w), text_of(rows[i].line)))
			fail_msg("%s: %s", rows[i].line, shown(writer_text(&w)));
		assert_non_null(memmem(bytes, w.len, reason_sentence(d.reason).at, reason_sentence(d.reason).len));
	}
}

/* Each remark is a note of its own, and no other. */
static void a_note_for_each_remark(void **state)
{
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++) {
		char bytes[4096];
		struct writer w = WRITER(bytes);
		struct fixture f;
		struct decision d;
		unsigned notes = 0;

		fixture_init(&f, "active");
		policy_decide(&f.inventory, &d);
		d.remarks = 1u << bit;
		report_screen(&w, &d);
		bytes[w.len] = '\0';
		for (const char *at = bytes; (at = strstr(at, "\n  note ")); at++)
			notes++;
		assert_int_equal(notes, 1);
		assert_non_null(memmem(bytes, w.len, sentence_of_remark(bit).at, 20));
	}
}

static void every_end_of_room_is_safe(void **state)
{
	for (size_t i = 0; i < COUNT(lives); i++) {
		struct fixture f;
		struct decision d;
		static char whole[REPORT_SCREEN_MAX], part[REPORT_SCREEN_MAX + 16];

		fixture_init(&f, lives[i][0]);
		fixture_given(&f, lives[i][1]);
		policy_decide(&f.inventory, &d);
		for (unsigned kind = 0; kind < 3; kind++) {
			size_t full = 0;

			for (size_t round = 0; round == 0 || round <= full; round += round < 20 || round + 20 > full ? 1 : 7) {
				/* round 0 has all the room, round N one byte less than N */
				size_t size = round == 0 ? sizeof(whole) : round - 1;
				char *at = round == 0 ? whole : part;
				struct writer w = { .at = at, .size = size };

				memset(part, 0x7E, sizeof(part));
				if (kind == 0)
					report_decision(&w, &f.inventory, &d);
				else if (kind == 1)
					report_state(&w, &f.inventory, &d);
				else
					report_screen(&w, &d);
				if (round == 0) {
					full = w.len;
					assert_false(w.overflow);
					continue;
				}
				if (!w.overflow || w.len > size || part[size] != 0x7E || memcmp(part, whole, w.len) != 0)
					fail_msg("row %zu, kind %u, %zu bytes of %zu", i, kind, size, full);
			}
		}
	}
}

static void verdicts_in_words(void **state)
{
	static const struct {
		const char *files;
		enum role role;
		const char *words;
	} rows[] = {
		{ "active", ROLE_ACTIVE, "good" },
		{ "active+2-1", ROLE_ACTIVE, "on trial, 2 tries left" },
		{ "active+0-3", ROLE_ACTIVE, "failed: all tries used" },
		{ "active,missing", ROLE_ACTIVE, "its image is missing" },
		{ "active", ROLE_PASSIVE, "missing" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;
		struct decision d;
		char buffer[200];
		struct writer w = WRITER(buffer);

		fixture_init(&f, rows[i].files);
		policy_decide(&f.inventory, &d);
		report_verdict(&w, &d.roles[rows[i].role]);
		if (!text_equal(writer_text(&w), text_of(rows[i].words)))
			fail_msg("%s: \"%s\", wanted \"%s\"", rows[i].files, shown(writer_text(&w)), rows[i].words);
	}
}

/* The longest name that FAT holds, nothing in it that need not be escaped. */
static void the_longest_name_fits(void **state)
{
	static char file[260] = "active_";
	struct fixture f;
	struct decision d;
	char buffer[REPORT_LINE_MAX];

	memset(file + 7, ' ', 255 - 7 - 5);
	strcpy(file + 250, ".conf");
	for (size_t i = 7; i < 250; i++)
		file[i] = i % 2 == 0 ? ' ' : 'x';
	fixture_init(&f, "");
	f.entries[0] = fixture_entry(&f, file);
	f.inventory.entry_count = 1;
	policy_decide(&f.inventory, &d);
	assert_int_equal(d.role, ROLE_ACTIVE);
	check_line("the longest name", line_of(&f, &d, buffer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_has_its_words),
		cmocka_unit_test(a_remark_that_does_not_exist_has_no_words),
		cmocka_unit_test(words_that_scripts_rely_on),
		cmocka_unit_test(the_line),
		cmocka_unit_test(hostile_names_stay_in_their_word),
		cmocka_unit_test(the_screen), cmocka_unit_test(remarks_in_a_row), cmocka_unit_test(what_stands_on_the_screen),
		cmocka_unit_test(the_screen_with_the_names_of_kairos),
		cmocka_unit_test(the_state),
		cmocka_unit_test(headlines),
		cmocka_unit_test(a_note_for_each_remark),
		cmocka_unit_test(every_end_of_room_is_safe),
		cmocka_unit_test(verdicts_in_words),
		cmocka_unit_test(the_longest_name_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
