/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "utf16.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BYTES(literal) { (literal), sizeof(literal) - 1 }
#define UNITS_MAX 8

struct row {
	struct text text;
	size_t count;
	uint16_t units[UNITS_MAX];
};

/* What goes one way and comes back the same. */
static const struct row both_ways[] = {
	{ BYTES(""),                         0, { 0 }                      },
	{ BYTES("a"),                        1, { 'a' }                    },
	{ BYTES("\x7f"),                     1, { 0x7F }                   },
	{ BYTES("\xc2\x80"),                 1, { 0x80 }                   },
	{ BYTES("\xdf\xbf"),                 1, { 0x7FF }                  },
	{ BYTES("\xe0\xa0\x80"),             1, { 0x800 }                  },
	{ BYTES("\xed\x9f\xbf"),             1, { 0xD7FF }                 },
	{ BYTES("\xee\x80\x80"),             1, { 0xE000 }                 },
	{ BYTES("\xef\xbf\xbf"),             1, { 0xFFFF }                 },
	{ BYTES("\xf0\x90\x80\x80"),         2, { 0xD800, 0xDC00 }         }, /* U+10000 */
	{ BYTES("\xf0\x9f\x9a\xa2"),         2, { 0xD83D, 0xDEA2 }         },
	{ BYTES("\xf1\x80\x80\x80"),         2, { 0xD8C0, 0xDC00 }         }, /* U+40000 */
	{ BYTES("\xf4\x8f\xbf\xbf"),         2, { 0xDBFF, 0xDFFF }         }, /* U+10FFFF */
	{ BYTES("a\xc3\xa4z"),               3, { 'a', 0xE4, 'z' }         },
	/* surrogates without their other half */
	{ BYTES("\xed\xa0\x80"),             1, { 0xD800 }                 },
	{ BYTES("\xed\xaf\xbf"),             1, { 0xDBFF }                 },
	{ BYTES("\xed\xb0\x80"),             1, { 0xDC00 }                 },
	{ BYTES("\xed\xbf\xbf"),             1, { 0xDFFF }                 },
	{ BYTES("\xed\xa0\x80" "a"),         2, { 0xD800, 'a' }            },
	{ BYTES("\xed\xb0\x80\xed\xa0\x80"), 2, { 0xDC00, 0xD800 }         }, /* the wrong way round */
	{ BYTES("\xed\xa0\x80\xed\xa0\x80"), 2, { 0xD800, 0xD800 }         },
	{ BYTES("\xed\xb0\x80\xed\xb0\x80"), 2, { 0xDC00, 0xDC00 }         }, /* the first that is no high one */
	{ BYTES("\xed\xa0\x80\xee\x80\x80"), 2, { 0xD800, 0xE000 }         }, /* the first that is no low one */
	{ BYTES("\xed\xa0\x80\xf0\x90\x80\x80"), 3, { 0xD800, 0xD800, 0xDC00 } },
	{ BYTES("\xed\xa0\x80" "a\xed\xb0\x80"), 3, { 0xD800, 'a', 0xDC00 } },
};

static void there_and_back(void **state)
{
	for (size_t i = 0; i < COUNT(both_ways); i++) {
		const struct row *row = &both_ways[i];
		char memory[32];
		struct writer w = WRITER(memory);
		uint16_t units[UNITS_MAX + 1];
		size_t len = 99;

		utf16_to_text(&w, row->units, row->count);
		if (w.overflow || !text_equal(writer_text(&w), row->text))
			fail_msg("row %zu: to text", i);

		if (!utf16_from_text(row->text, units, row->count + 1, &len) || len != row->count || units[len] != 0 ||
		    memcmp(units, row->units, len * sizeof(units[0])) != 0)
			fail_msg("row %zu: from text, %zu units", i, len);
		assert_true(utf16_from_text(row->text, units, COUNT(units), NULL));

		/* one unit of room less */
		len = 99;
		units[0] = 0xAAAA;
		if (utf16_from_text(row->text, units, row->count, &len) || len != 99)
			fail_msg("row %zu: fits without room", i);
		if (units[0] != (row->count == 0 ? 0xAAAA : 0))
			fail_msg("row %zu: %x is left behind", i, units[0]);
	}
}

static void ends_of_units(void **state)
{
	static const uint16_t units[] = { 'a', 'b', 0, 'c' };
	static const uint16_t pair[] = { 0xD83D, 0xDEA2 };
	char memory[8];
	struct writer w = WRITER(memory);

	utf16_to_text(&w, units, 4); /* to the NUL */
	utf16_to_text(&w, units, 1); /* to the count */
	utf16_to_text(&w, units, 0);
	utf16_to_text(&w, NULL, 0);
	assert_true(text_equal(writer_text(&w), TEXT("aba")));

	w = (struct writer)WRITER(memory);
	utf16_to_text(&w, pair, 1); /* half a pair, the other half is not ours to read */
	assert_true(text_equal(writer_text(&w), TEXT("\xed\xa0\xbd")));

	/* no half characters in a full writer */
	for (size_t size = 0; size < 4; size++) {
		w = (struct writer){ .at = memory, .size = size };
		utf16_to_text(&w, pair, 2);
		assert_true(w.overflow);
		assert_int_equal(w.len, 0);
	}
}

static void not_utf8(void **state)
{
	static const struct text rows[] = {
		BYTES("\x80"),             BYTES("\xbf"),             BYTES("\xff"),             BYTES("\xfe"),
		BYTES("\xf8\x88\x80\x80\x80"), BYTES("\xc3"),         BYTES("\xe2\x82"),         BYTES("\xf0\x9f\x9a"),
		BYTES("\xc3" "a"),         BYTES("\xe2\x82" "a"),     BYTES("\xe2" "a\x82"),     BYTES("\xc3\xc3"),
		/* a longer spelling than needed */
		BYTES("\xc0\x80"),         BYTES("\xc1\xbf"),         BYTES("\xe0\x9f\xbf"),     BYTES("\xf0\x8f\xbf\xbf"),
		/* above U+10FFFF */
		BYTES("\xf4\x90\x80\x80"), BYTES("\xf7\xbf\xbf\xbf"),
		/* a pair written as two */
		BYTES("\xed\xa0\xbd\xed\xba\xa2"),
		/* NUL */
		BYTES("\0"),               BYTES("a\0"),              BYTES("a\0b"),
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint16_t units[16] = { 'x', 'x' };
		size_t len = 99;

		if (utf16_from_text(rows[i], units, COUNT(units), &len) || units[0] != 0 || len != 99)
			fail_msg("row %zu: taken for UTF-8", i);

		struct text rest = rows[i];
		uint32_t point = 7;

		/* the first 18 rows are no code point at all */
		if (i < 18 && (utf8_take(&rest, &point) || point != 7 || rest.len != rows[i].len))
			fail_msg("row %zu: taken for a code point", i);
	}
}

static void code_points(void **state)
{
	struct text rest = TEXT("a\xc3\xa4\xf0\x9f\x9a\xa2\xff");
	uint32_t point = 0;

	assert_true(utf8_take(&rest, &point));
	assert_int_equal(point, 'a');
	assert_true(utf8_take(&rest, &point));
	assert_int_equal(point, 0xE4);
	assert_true(utf8_take(&rest, &point));
	assert_int_equal(point, 0x1F6A2);
	assert_false(utf8_take(&rest, &point));
	assert_int_equal(point, 0x1F6A2);
	assert_int_equal(rest.len, 1);
	rest = TEXT_EMPTY;
	assert_false(utf8_take(&rest, &point));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_and_back), cmocka_unit_test(ends_of_units), cmocka_unit_test(not_utf8),
		cmocka_unit_test(code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
