/* SPDX-License-Identifier: Apache-2.0 */
#include "unit_glob.h"

#include <string.h>

enum kind { ANY_NUMBER, ANY_ONE, ONE_OF, NEVER };

struct range {
	uint16_t low, high;
};

struct element {
	enum kind kind;
	size_t from, to; /* of its ranges, for ONE_OF */
};

struct table {
	struct element elements[UNIT_GLOB_MAX];
	struct range ranges[UNIT_GLOB_MAX];
	size_t element_count, range_count;
};

static void add_element(struct table *table, enum kind kind, size_t from)
{
	table->elements[table->element_count++] = (struct element){ kind, from, table->range_count };
}

static void add_range(struct table *table, uint16_t low, uint16_t high)
{
	table->ranges[table->range_count++] = (struct range){ low, high };
}

/* The set behind the '[' before AT. Returns where it ends, behind its ']'; LEN + 1 if it does not. */
static size_t add_set(struct table *table, const uint16_t *pattern, size_t at, size_t len)
{
	size_t start = at, from = table->range_count;
	bool single_before = false; /* what stands before a '-' can begin a range */

	for (; at < len; at++) {
		if (pattern[at] == ']' && at > start) {
			add_element(table, ONE_OF, from);
			return at + 1;
		}
		if (pattern[at] == '-' && single_before && at + 1 < len && pattern[at + 1] != ']') {
			uint16_t low = pattern[at - 1];

			at += pattern[at + 1] == '\\' ? 2 : 1;
			if (at >= len)
				break;
			add_range(table, low, pattern[at]);
			single_before = false;
			continue;
		}
		if (pattern[at] == '\\' && ++at >= len)
			break;
		add_range(table, pattern[at], pattern[at]);
		single_before = true;
	}
	return len + 1;
}

static void parse(struct table *table, const uint16_t *pattern, size_t len)
{
	size_t at = 0;

	table->element_count = table->range_count = 0;
	while (at < len) {
		size_t from = table->range_count;

		switch (pattern[at++]) {
		case '*':
			add_element(table, ANY_NUMBER, from);
			break;
		case '?':
			add_element(table, ANY_ONE, from);
			break;
		case '[':
			at = add_set(table, pattern, at, len);
			break;
		case '\\':
			at++;
			/* fall through */
		default:
			if (at <= len) {
				add_range(table, pattern[at - 1], pattern[at - 1]);
				add_element(table, ONE_OF, from);
			}
		}
		if (at > len) /* cut short in a set or behind '\' */
			add_element(table, NEVER, from);
	}
}

static bool element_takes(const struct table *table, const struct element *element, uint16_t unit)
{
	bool takes = element->kind == ANY_ONE || element->kind == ANY_NUMBER;

	for (size_t i = element->from; element->kind == ONE_OF && i < element->to; i++)
		takes |= table->ranges[i].low <= unit && unit <= table->ranges[i].high;
	return takes;
}

/* A mark before an ANY_NUMBER stands behind it as well: it takes nothing, too. */
static void spread(const struct table *table, bool *marks)
{
	for (size_t i = 0; i < table->element_count; i++)
		if (marks[i] && table->elements[i].kind == ANY_NUMBER)
			marks[i + 1] = true;
}

bool unit_glob_match(const uint16_t *pattern, size_t pattern_len, const uint16_t *name, size_t name_len)
{
	static struct table table;
	bool marks[UNIT_GLOB_MAX + 1] = { true }; /* [i]: the first I elements can have taken all units so far */

	parse(&table, pattern, pattern_len);
	spread(&table, marks);
	for (size_t n = 0; n < name_len; n++) {
		bool next[UNIT_GLOB_MAX + 1] = { false };

		for (size_t i = 0; i < table.element_count; i++)
			if (marks[i] && element_takes(&table, &table.elements[i], name[n]))
				next[table.elements[i].kind == ANY_NUMBER ? i : i + 1] = true;
		spread(&table, next);
		memcpy(marks, next, sizeof(marks));
	}
	return marks[table.element_count];
}
