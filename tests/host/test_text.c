/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A text of LITERAL that keeps the NUL bytes in it. */
#define BYTES(literal) { (literal), sizeof(literal) - 1 }

static void expect_text(const char *row, struct text got, const char *wanted)
{
	if (!text_equal(got, text_of(wanted)))
		fail_msg("%s: got \"%.*s\", wanted \"%s\"", row, (int)got.len, got.len ? got.at : "", wanted);
}

static void comparing(void **state)
{
	static const struct {
		struct text a, b;
		bool equal, fold, starts, ends;
		int order;
	} rows[] = {
		{ { NULL, 0 },      { NULL, 0 },      true,  true,  true,  true,  0  },
		{ BYTES("a"),       { NULL, 0 },      false, false, true,  true,  1  },
		{ { NULL, 0 },      BYTES("a"),       false, false, false, false, -1 },
		{ BYTES(""),        { NULL, 0 },      true,  true,  true,  true,  0  },
		{ BYTES("abc"),     BYTES("abc"),     true,  true,  true,  true,  0  },
		{ BYTES("aBc"),     BYTES("AbC"),     false, true,  true,  true,  1  },
		{ BYTES("abcd"),    BYTES("aB"),      false, false, true,  false, 1  },
		{ BYTES("abcd"),    BYTES("Cd"),      false, false, false, true,  1  },
		{ BYTES("abd"),     BYTES("abc"),     false, false, false, false, 1  },
		{ BYTES("ab"),      BYTES("abc"),     false, false, false, false, -1 },
		{ BYTES("a\0b"),    BYTES("a\0c"),    false, false, false, false, -1 },
		{ BYTES("a\0B"),    BYTES("a\0b"),    false, true,  true,  true,  -1 },
		/* bytes above 0x7F sort above ASCII and are never folded: U+00C4 and U+00E4 */
		{ BYTES("\xc3\xa4"), BYTES("z"),      false, false, false, false, 1  },
		{ BYTES("\xc3\x84"), BYTES("\xc3\xa4"), false, false, false, false, -1 },
		/* neighbours of A-Z and a-z: one bit apart, but no letters */
		{ BYTES("@["),      BYTES("`{"),      false, false, false, false, -1 },
		{ BYTES("AZ"),      BYTES("az"),      false, true,  true,  true,  -1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		int order = text_compare(rows[i].a, rows[i].b);

		if (text_equal(rows[i].a, rows[i].b) != rows[i].equal)
			fail_msg("row %zu: text_equal", i);
		if (text_equal_fold(rows[i].a, rows[i].b) != rows[i].fold)
			fail_msg("row %zu: text_equal_fold", i);
		if (text_starts_fold(rows[i].a, rows[i].b) != rows[i].starts)
			fail_msg("row %zu: text_starts_fold", i);
		if (text_ends_fold(rows[i].a, rows[i].b) != rows[i].ends)
			fail_msg("row %zu: text_ends_fold", i);
		if ((order > 0) - (order < 0) != rows[i].order)
			fail_msg("row %zu: text_compare %d", i, order);
	}
}

static void cutting(void **state)
{
	static const struct {
		const char *text;
		size_t at;
		const char *before, *after;
	} rows[] = {
		{ "abc", 0, "",    "abc" }, { "abc", 1, "a",        "bc" }, { "abc", 3, "abc", "" },
		{ "abc", 4, "abc", ""    }, { "abc", SIZE_MAX, "abc", "" }, { "",    1, "",    "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		expect_text("before", text_before(text_of(rows[i].text), rows[i].at), rows[i].before);
		expect_text("after", text_after(text_of(rows[i].text), rows[i].at), rows[i].after);
	}
	expect_text("of NULL", text_of(NULL), "");
	assert_true(text_contains(TEXT("a\0b"), '\0'));
	assert_true(text_contains(TEXT("abc"), 'a'));
	assert_true(text_contains(TEXT("abc"), 'c'));
	assert_false(text_contains(TEXT("abc"), 'C'));
	assert_false(text_contains(TEXT_EMPTY, '\0'));
}

static void trimming(void **state)
{
	static const char *rows[][2] = {
		{ "", "" }, { " ", "" }, { "\t\r\n ", "" }, { "a", "a" }, { " a", "a" }, { "a ", "a" },
		{ "\t a b\r\n", "a b" }, { "\n\ra", "a" }, { "\n", "" }, { "\va\f", "\va\f" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t len = strlen(rows[i][0]);
		char *exact = malloc(len); /* a byte too far is noticed */

		memcpy(exact, rows[i][0], len);
		expect_text(rows[i][0], text_trim((struct text){ exact, len }), rows[i][1]);
		free(exact);
	}
}

/* The pieces that NEXT takes off INPUT, joined by '|'. */
static void expect_pieces(bool (*next)(struct text *rest, struct text *ret), const char *input, const char *wanted)
{
	char joined[64];
	struct writer w = WRITER(joined);
	size_t len = strlen(input);
	char *exact = malloc(len); /* a byte too far is noticed */
	struct text rest = { exact, len }, piece;

	memcpy(exact, input, len);
	while (next(&rest, &piece)) {
		write_text(&w, piece);
		write_char(&w, '|');
	}
	expect_text(input, writer_text(&w), wanted);

	piece = TEXT("untouched");
	if (next(&rest, &piece) || !text_equal(piece, TEXT("untouched")))
		fail_msg("\"%s\": the end is not the end", input);
	free(exact);
}

static void words_and_lines(void **state)
{
	static const char *words[][2] = {
		{ "", "" }, { " \t", "" }, { "a", "a|" }, { "a b", "a|b|" }, { "\ta  b\t", "a|b|" }, { "a\nb c", "a\nb|c|" },
	};
	static const char *lines[][2] = {
		{ "", "" },           { "a", "a|" },         { "a\n", "a|" },         { "\n", "|" },
		{ "a\nb", "a|b|" },   { "a\r\nb", "a|b|" },  { "a\rb", "a|b|" },      { "a\n\rb", "a||b|" },
		{ "a\r\r\nb", "a||b|" }, { "a\n\nb\n", "a||b|" }, { "\r", "|" },      { " a \r\n", " a |" },
	};

	for (size_t i = 0; i < COUNT(words); i++)
		expect_pieces(text_next_word, words[i][0], words[i][1]);
	for (size_t i = 0; i < COUNT(lines); i++)
		expect_pieces(text_next_line, lines[i][0], lines[i][1]);
}

static void numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		bool ok;
		uint64_t value;
	} rows[] = {
		{ "",                               100,        false, 0          },
		{ "0",                              0,          true,  0          },
		{ "1",                              0,          false, 0          },
		{ "9",                              8,          false, 0          },
		{ "9",                              9,          true,  9          },
		{ "10",                             9,          false, 0          },
		{ "15",                             14,         false, 0          },
		{ "100",                            100,        true,  100        },
		{ "101",                            100,        false, 0          },
		{ "007",                            100,        true,  7          },
		{ "0000000000000000000000000001",   1,          true,  1          },
		{ "2147483647",                     2147483647, true,  2147483647 },
		{ "2147483648",                     2147483647, false, 0          },
		{ "18446744073709551615",           UINT64_MAX, true,  UINT64_MAX },
		{ "18446744073709551616",           UINT64_MAX, false, 0          },
		{ "18446744073709551620",           UINT64_MAX, false, 0          },
		{ "99999999999999999999",           UINT64_MAX, false, 0          },
		{ "999999999999999999999999999999", UINT64_MAX, false, 0          },
		{ "+1",                             100,        false, 0          },
		{ "-1",                             100,        false, 0          },
		{ " 1",                             100,        false, 0          },
		{ "1 ",                             100,        false, 0          },
		{ "0x1",                            100,        false, 0          },
		{ "1/",                             100,        false, 0          },
		{ "1:",                             100,        false, 0          },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t value = 42;
		bool ok = text_to_uint(text_of(rows[i].text), rows[i].max, &value);

		if (ok != rows[i].ok || value != (ok ? rows[i].value : 42))
			fail_msg("\"%s\" up to %llu: %d %llu", rows[i].text, (unsigned long long)rows[i].max, ok,
				 (unsigned long long)value);
	}
}

static void writing_numbers(void **state)
{
	static const struct {
		uint64_t value;
		unsigned digits;
		const char *decimal, *hex;
	} rows[] = {
		{ 0,          0,  "0",                    "0"                  },
		{ 0,          1,  "0",                    "0"                  },
		{ 9,          2,  "9",                    "09"                 },
		{ 10,         2,  "10",                   "0a"                 },
		{ 0x1f,       1,  "31",                   "1f"                 },
		{ 0xabc,      2,  "2748",                 "abc"                },
		{ 0xdef0,     8,  "57072",                "0000def0"           },
		{ UINT64_MAX, 16, "18446744073709551615", "ffffffffffffffff"   },
		{ UINT64_MAX, 18, "18446744073709551615", "00ffffffffffffffff" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char memory[32];
		struct writer w = WRITER(memory);

		write_uint(&w, rows[i].value);
		expect_text(rows[i].decimal, writer_text(&w), rows[i].decimal);
		w = WRITER(memory);
		write_hex(&w, rows[i].value, rows[i].digits);
		expect_text(rows[i].hex, writer_text(&w), rows[i].hex);
	}
}

static void padding(void **state)
{
	static const struct {
		const char *text;
		size_t width;
		const char *wanted;
	} rows[] = {
		{ "ab", 4, "ab  " }, { "ab", 2, "ab" }, { "abc", 2, "abc" }, { "", 2, "  " },
		{ "\xc3\xa4", 3, "\xc3\xa4  " }, { "\xf0\x9f\x9a\xa2", 2, "\xf0\x9f\x9a\xa2 " },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char memory[16];
		struct writer w = WRITER(memory);

		write_padded(&w, text_of(rows[i].text), rows[i].width);
		expect_text(rows[i].wanted, writer_text(&w), rows[i].wanted);
	}
}

static void a_full_writer_stays_full(void **state)
{
	char memory[8] = "........";
	struct writer w = { .at = memory, .size = 4 };

	write_string(&w, "abc");
	write_string(&w, "");
	write_text(&w, TEXT_EMPTY);
	assert_false(w.overflow);
	write_string(&w, "de"); /* whole or not at all */
	assert_true(w.overflow);
	write_char(&w, 'd'); /* would fit, but overflow is sticky */
	write_uint(&w, 1);
	write_hex(&w, 1, UINT32_MAX);
	write_padded(&w, TEXT_EMPTY, SIZE_MAX);
	assert_true(w.overflow);
	expect_text("full", writer_text(&w), "abc");
	assert_memory_equal(memory, "abc.....", 8);

	w = (struct writer){ .at = memory, .size = 4 };
	write_string(&w, "abcd");
	assert_false(w.overflow);
	write_padded(&w, TEXT_EMPTY, SIZE_MAX);
	assert_true(w.overflow);
	assert_memory_equal(memory, "abcd....", 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing),
		cmocka_unit_test(cutting),
		cmocka_unit_test(trimming),
		cmocka_unit_test(words_and_lines),
		cmocka_unit_test(numbers),
		cmocka_unit_test(writing_numbers),
		cmocka_unit_test(padding),
		cmocka_unit_test(a_full_writer_stays_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
