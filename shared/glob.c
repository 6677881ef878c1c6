/* SPDX-License-Identifier: Apache-2.0 */
#include "glob.h"

#include "utf16.h"

/* A position in a text, read as systemd-boot has it: in UTF-16 units. A code point above U+FFFF is two of them. */
struct cursor {
	struct text rest;
	uint32_t low; /* the second unit of the code point just passed, or 0 */
};

/* No unit has this value: where no code point stands a byte equals only the same byte. */
#define UNIT_OF_BYTE 0x110000u

static bool cursor_at_end(const struct cursor *c)
{
	return c->rest.len == 0 && c->low == 0;
}

/* The unit there, and one step on. 0 at the end, where no step is made: ids hold no NUL. */
static uint32_t cursor_next(struct cursor *c)
{
	uint32_t point = c->low;

	c->low = 0;
	if (point != 0 || c->rest.len == 0)
		return point;
	if (!utf8_take(&c->rest, &point)) {
		point = UNIT_OF_BYTE + (unsigned char)c->rest.at[0];
		c->rest = text_after(c->rest, 1);
	} else if (point >= 0x10000) {
		c->low = 0xDC00 + ((point - 0x10000) & 0x3FF);
		point = 0xD800 + ((point - 0x10000) >> 10);
	}
	return point;
}

static uint32_t cursor_peek(struct cursor c)
{
	return cursor_next(&c);
}

/* After '[': does the set hold UNIT? *PATTERN is moved behind the ']'. A set without end holds nothing.
 *
 * [abc]   one of these             []a]    ']' is itself where it is first
 * [a-c]   from a to c              [-a]    '-' is itself where it is first,
 * [a-c-e] a to c, '-' or e         [a-]    or last; a range is no beginning of another
 * [\]a]   '\' quotes the next      [!a]    '!' or a: there is no negation, and no classes */
static bool set_holds(struct cursor *pattern, uint32_t unit)
{
	bool holds = false, after_range = false;
	uint32_t before = 0;

	for (bool first = true;; first = false) {
		uint32_t here = cursor_next(pattern);

		if (here == 0) /* the end, also where it was met below: no unit is 0 */
			return false;
		if (here == ']' && !first)
			return holds;
		if (here == '-' && !first && !after_range && cursor_peek(*pattern) != ']') {
			here = cursor_next(pattern);
			if (here == '\\')
				here = cursor_next(pattern);
			holds |= before <= unit && unit <= here;
			after_range = true;
			continue;
		}
		if (here == '\\')
			here = cursor_next(pattern);
		holds |= here == unit;
		before = here;
		after_range = false;
	}
}

/* Matches one element of the pattern, which is no '*', against one unit of the name, and steps over both. */
static bool element_matches(struct cursor *pattern, struct cursor *name)
{
	uint32_t element = cursor_next(pattern);
	uint32_t unit;

	if (cursor_at_end(name))
		return false;
	unit = cursor_next(name);

	switch (element) {
	case '?':
		return true;
	case '[':
		return set_holds(pattern, unit);
	case '\\':
		return !cursor_at_end(pattern) && cursor_next(pattern) == unit;
	default:
		return element == unit;
	}
}

/* Between two '*' stands a piece that matches a fixed number of units, so the first place where it fits is as good as any
 * later one: on a mismatch only the last '*' has to take one unit more. */
bool glob_match(struct text pattern, struct text name)
{
	struct cursor p = { pattern, 0 }, n = { name, 0 };
	struct cursor p_star = p, n_star = n;
	bool starred = false;

	for (;;) {
		if (cursor_at_end(&p)) {
			if (cursor_at_end(&n))
				return true;
		} else if (cursor_peek(p) == '*') {
			cursor_next(&p);
			p_star = p;
			n_star = n;
			starred = true;
			continue;
		} else if (element_matches(&p, &n)) {
			continue;
		}

		if (!starred || cursor_at_end(&n_star))
			return false;
		cursor_next(&n_star);
		p = p_star;
		n = n_star;
	}
}

void glob_write_exact(struct writer *w, struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		/* '-' and ']' mean something only in a set, and outside of one nothing opens it */
		if (text_contains(TEXT(GLOB_SPECIAL), c))
			write_char(w, '\\');
		write_char(w, c >= 'A' && c <= 'Z' ? '?' : c);
	}
}
