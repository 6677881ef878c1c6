/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "glob.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct row {
	const char *pattern, *name;
	bool matches;
};

static void expect_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (glob_match(text_of(rows[i].pattern), text_of(rows[i].name)) != rows[i].matches)
			fail_msg("\"%s\" on \"%s\": wanted %d", rows[i].pattern, rows[i].name, rows[i].matches);
}

static void plain(void **state)
{
	static const struct row rows[] = {
		{ "", "", true },          { "", "a", false },         { "a", "", false },        { "a", "a", true },
		{ "a", "A", false },       { "a", "ab", false },       { "ab", "a", false },      { "ab", "ac", false },
		{ "a.conf", "a.conf", true }, { "a.conf", "axconf", false }, { "]", "]", true },  { "-", "-", true },
		{ "?", "", false },        { "?", "a", true },         { "?", "ab", false },      { "a?c", "abc", true },
		{ "?", "?", true },        { "??", "a", false },       { "!", "!", true },
	};

	expect_rows(rows, COUNT(rows));
}

static void stars(void **state)
{
	static const struct row rows[] = {
		{ "*", "", true },           { "*", "abc", true },        { "**", "", true },       { "**", "abc", true },
		{ "a*", "a", true },         { "a*", "abc", true },       { "a*", "ba", false },    { "*a", "ba", true },
		{ "*a", "ab", false },       { "a*c", "abc", true },      { "a*c", "ac", true },    { "a*c", "acb", false },
		{ "a**c", "abbc", true },    { "*b*", "abc", true },      { "*b*", "ac", false },   { "*ab", "aab", true },
		{ "*aab", "aaab", true },    { "*ab*ab", "abab", true },  { "*ab*ab", "ab", false }, { "*?", "", false },
		{ "*ab*b", "ab", false },   { "*ab*b", "abb", true },   { "*ab*b", "abab", true },
		{ "*?", "a", true },         { "?*", "a", true },         { "*[ab]", "xxb", true }, { "*[ab]", "xxc", false },
		{ "a*b*c", "aXbXbXc", true }, { "a*b*c", "aXcXb", false },
		/* the names that we write */
		{ "passive[+.]*conf", "passive.conf", true },     { "passive[+.]*conf", "passive+3.conf", true },
		{ "passive[+.]*conf", "passive+2-1.conf", true }, { "passive[+.]*conf", "passive_x.conf", false },
		{ "passive[+.]*conf", "passive.efi", false },     { "passive[+.]*conf", "passive.old.conf", true },
		{ "passive[+.]*conf", "passiveconf", false },
	};

	expect_rows(rows, COUNT(rows));
}

static void sets(void **state)
{
	static const struct row rows[] = {
		{ "[abc]", "a", true },    { "[abc]", "c", true },    { "[abc]", "d", false },   { "[abc]", "", false },
		{ "[abc]", "ab", false },  { "[abc]d", "cd", true },  { "x[ab]y", "xby", true }, { "[*]", "*", true },
		{ "[*]", "a", false },     { "[?]", "a", false },     { "[?]", "?", true },      { "[[]", "[", true },
		/* ranges: both ends count */
		{ "[b-d]", "a", false },   { "[b-d]", "b", true },    { "[b-d]", "c", true },    { "[b-d]", "d", true },
		{ "[b-d]", "e", false },   { "[b-d]", "-", false },   { "[d-b]", "c", false },   { "[b-b]", "b", true },
		{ "[a-cx-z]", "y", true }, { "[a-cx-z]", "d", false }, { "[0-9a]", "a", true },  { "[a-c]", "B", false },
		/* '-' at the beginning and at the end is itself */
		{ "[-a]", "-", true },     { "[-a]", "a", true },     { "[a-]", "-", true },     { "[a-]", "a", true },
		{ "[a-]", "b", false },    { "[-]", "-", true },      { "[--a]", "0", true },    { "[--a]", "b", false },
		{ "[--a]", "-", true },    { "[a--]", "a", true },    { "[---]", "-", true },    { "[---]", ".", false },
		/* a range is no beginning of another: a to c, '-', e */
		{ "[a-c-e]", "d", false }, { "[a-c-e]", "-", true },  { "[a-c-e]", "e", true },  { "[a-c-e]", "b", true },
		{ "[a-c-e-g]", "f", true }, { "[a-c-e-g]", "d", false }, { "[a-c-]", "-", true },
		/* ']' at the beginning is itself; no negation, no classes */
		{ "[]]", "]", true },      { "[]a]", "a", true },     { "[]a]", "]", true },     { "[]-a]", "^", true },
		{ "[]-a]", "b", false },   { "[]", "]", false },      { "[]", "", false },       { "[a]]", "a]", true },
		{ "[!a]", "!", true },     { "[!a]", "a", true },     { "[!a]", "b", false },    { "[^a]", "^", true },
		{ "[^a]", "b", false },    { "[[:digit:]]", ":]", true }, { "[[:digit:]]", "1", false },
		/* '\' quotes in a set, at both ends of a range, too */
		{ "[\\]]", "]", true },    { "[\\]]", "\\", false },  { "[\\\\]", "\\", true },  { "[\\a]", "a", true },
		{ "[a\\-c]", "b", false }, { "[a\\-c]", "-", true },  { "[\\a-c]", "b", true },  { "[a-\\c]", "b", true },
		{ "[Z-\\]]", "[", true },  { "[Z-\\]]", "]", true },  { "[a\\]b]", "b", true },  { "[\\]-_]", "^", true },
		{ "[a-c\\-e]", "d", false }, { "[a-c\\d-f]", "e", true },
		/* what has no end matches nothing */
		{ "[", "[", false },       { "[", "", false },        { "[a", "a", false },      { "[a-", "a", false },
		{ "[a-b", "a", false },    { "[\\", "\\", false },    { "[a\\", "a", false },    { "[a-\\", "a", false },
		{ "*[a", "a", false },     { "*[", "", false },       { "a*[a", "aa", false },   { "[\\]", "]", false },
	};

	expect_rows(rows, COUNT(rows));
}

static void quotes(void **state)
{
	static const struct row rows[] = {
		{ "\\*", "*", true },    { "\\*", "a", false },   { "\\?", "?", true },   { "\\?", "a", false },
		{ "\\[a]", "[a]", true }, { "\\\\", "\\", true }, { "\\a", "a", true },   { "\\a", "\\a", false },
		{ "\\", "", false },     { "\\", "\\", false },   { "a\\", "a", false },  { "*\\", "\\", false },
		{ "\\a", "", false },    { "*\\*", "a*", true },
	};

	expect_rows(rows, COUNT(rows));
}

static void beyond_ascii(void **state)
{
	static const struct row rows[] = {
		{ "?", "\xc3\xa4", true },                         /* U+00E4: one unit, two bytes */
		{ "??", "\xc3\xa4", false },
		{ "[\xc3\xa0-\xc3\xbf]", "\xc3\xa4", true },
		{ "[\xc3\xa0-\xc3\xbf]", "\xc3\x84", false },
		{ "?", "\xf0\x9f\x9a\xa2", false },                /* U+1F6A2: two units, D83D DEA2 */
		{ "??", "\xf0\x9f\x9a\xa2", true },
		{ "???", "\xf0\x9f\x9a\xa2", false },
		{ "*", "\xf0\x9f\x9a\xa2", true },
		{ "\xf0\x9f\x9a\xa2", "\xf0\x9f\x9a\xa2", true },
		{ "?\xed\xba\xa2", "\xf0\x9f\x9a\xa2", true },     /* its second half by itself */
		{ "?\xed\xba\xa3", "\xf0\x9f\x9a\xa2", false },
		{ "\xed\xa0\xbd?", "\xf0\x9f\x9a\xa2", true },     /* its first half by itself */
		{ "*\xed\xba\xa2", "\xf0\x9f\x9a\xa2", true },
		{ "\xff", "\xff", true },                          /* no UTF-8: equals itself */
		{ "\xff", "\xfe", false },
		{ "?", "\xff", true },
		{ "?", "\xff" "a", false },
		{ "\xff?", "\xff" "a", true },
		{ "?", "\xef\xbf\xbf", true },                    /* U+FFFF, the last with one unit */
		{ "?", "\xf0\x90\x80\x80", false },              /* U+10000, the first with two */
		{ "\xed\xa0\x80\xed\xb0\x80", "\xf0\x90\x80\x80", true },
		{ "a\xc3", "a\xc3", true },
		{ "a\xc3", "a\xc3\xa4", false },
	};

	expect_rows(rows, COUNT(rows));
	assert_true(glob_match(TEXT("a\0b"), TEXT("a\0b")));
	assert_false(glob_match(TEXT("a\0b"), TEXT("a\0c")));
	assert_false(glob_match(TEXT("a"), TEXT("a\0")));
	assert_false(glob_match(TEXT("\\"), TEXT("\0")));
	assert_true(glob_match(TEXT_EMPTY, TEXT_EMPTY));
}

/* The pattern that makes a recursive matcher run for ages. */
static void no_explosion(void **state)
{
	char pattern[256], name[256];

	for (size_t i = 0; i + 2 <= sizeof(pattern); i += 2) {
		pattern[i] = '*';
		pattern[i + 1] = 'a';
	}
	pattern[sizeof(pattern) - 1] = 'b';
	memset(name, 'a', sizeof(name));
	assert_false(glob_match((struct text){ pattern, sizeof(pattern) }, (struct text){ name, sizeof(name) }));
}

static void writing_exactly(void **state)
{
	static const char *rows[][2] = {
		{ "", "" },
		{ "active.conf", "active.conf" },
		{ "Active.CONF", "?ctive.????" },
		{ "a*b?c[d]e\\f-g", "a\\*b\\?c\\[d]e\\\\f-g" },
		{ "@[`{Z", "@\\[`{?" },
		{ "\xc3\x84", "\xc3\x84" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char memory[64];
		struct writer w = WRITER(memory);

		glob_write_exact(&w, text_of(rows[i][0]));
		if (!text_equal(writer_text(&w), text_of(rows[i][1])))
			fail_msg("%s: %.*s", rows[i][0], (int)w.len, memory);
		if (!glob_match(writer_text(&w), text_of(rows[i][0])))
			fail_msg("%s does not match itself", rows[i][0]);
	}

	/* every ASCII character alone */
	for (char c = 1; c < 127; c++) {
		char memory[4];
		struct writer w = WRITER(memory);

		glob_write_exact(&w, (struct text){ &c, 1 });
		for (char other = 1; other < 127; other++) {
			bool upper = c >= 'A' && c <= 'Z';

			if (glob_match(writer_text(&w), (struct text){ &other, 1 }) != (upper || c == other))
				fail_msg("%c against %c", c, other);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),        cmocka_unit_test(stars),        cmocka_unit_test(sets),
		cmocka_unit_test(quotes),       cmocka_unit_test(beyond_ascii), cmocka_unit_test(no_explosion),
		cmocka_unit_test(writing_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
