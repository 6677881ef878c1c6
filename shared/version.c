/* SPDX-License-Identifier: Apache-2.0 */
#include "version.h"

static bool char_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* UAPI.10 has a-z, A-Z, 0-9, '.', '-', '~' and '^'; all else only separates. */
static bool char_is_known(char c)
{
	return char_is_digit(c) || char_is_letter(c) || c == '.' || c == '-' || c == '~' || c == '^';
}

static struct text skip_unknown(struct text t)
{
	size_t len = 0;

	while (len < t.len && !char_is_known(t.at[len]))
		len++;
	return text_after(t, len);
}

/* Takes the longest beginning of characters for which IS holds off *REST. */
static struct text segment_take(struct text *rest, bool (*is)(char c))
{
	size_t len = 0;

	while (len < rest->len && is(rest->at[len]))
		len++;

	struct text segment = text_before(*rest, len);

	*rest = text_after(*rest, len);
	return segment;
}

static bool mark_take(struct text *rest, char mark)
{
	if (rest->len == 0 || rest->at[0] != mark)
		return false;
	*rest = text_after(*rest, 1);
	return true;
}

static int number_compare(struct text a, struct text b)
{
	/* digits are newer than none, so 1 is newer than a */
	if (a.len == 0 || b.len == 0)
		return (a.len > 0) - (b.len > 0);

	/* 007 is 7, and of two numbers without leading zeros the one with more digits is larger */
	while (a.len > 0 && a.at[0] == '0')
		a = text_after(a, 1);
	while (b.len > 0 && b.at[0] == '0')
		b = text_after(b, 1);
	if (a.len != b.len)
		return a.len < b.len ? -1 : 1;
	return text_compare(a, b);
}

/* Compares one segment of each with its mark and steps over them: '~' is older than the end, the end is older than '-',
 * that than '^', that than '.', that than a segment without a mark. */
static int segment_compare(struct text *a, struct text *b, bool *ret_end)
{
	static const char marks[] = { '-', '^', '.' };
	bool a_has, b_has;

	*ret_end = false;
	*a = skip_unknown(*a);
	*b = skip_unknown(*b);

	a_has = mark_take(a, '~');
	b_has = mark_take(b, '~');
	if (a_has != b_has)
		return a_has ? -1 : 1;

	/* only after '~': "1~" is older than "1", but anything else that is longer is newer */
	if (a->len == 0 || b->len == 0) {
		*ret_end = true;
		return (a->len > 0) - (b->len > 0);
	}

	for (size_t i = 0; i < sizeof(marks); i++) {
		a_has = mark_take(a, marks[i]);
		b_has = mark_take(b, marks[i]);
		if (a_has != b_has)
			return a_has ? -1 : 1;
	}

	if ((a->len > 0 && char_is_digit(a->at[0])) || (b->len > 0 && char_is_digit(b->at[0])))
		return number_compare(segment_take(a, char_is_digit), segment_take(b, char_is_digit));
	return text_compare(segment_take(a, char_is_letter), segment_take(b, char_is_letter));
}

int version_compare(struct text a, struct text b)
{
	bool end = false;

	/* every round takes at least one character off A and B, or finds their end, or finds them different */
	while (!end) {
		int order = segment_compare(&a, &b, &end);

		if (order != 0)
			return order < 0 ? -1 : 1;
	}
	return 0;
}
