/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "hash.h"
#include "visit.h"

static struct visit full(void)
{
	struct visit v = { .depth = VISIT_DEPTH_MAX, .record_new = true, .handed_back = true };

	for (unsigned i = 0; i < VISIT_IDS_MAX; i++)
		visit_add(&v, 0x0102030405060708u * (i + 1));
	return v;
}

static bool same(const struct visit *a, const struct visit *b)
{
	return a->depth == b->depth && a->count == b->count && a->record_new == b->record_new &&
	       a->handed_back == b->handed_back && memcmp(a->ids, b->ids, sizeof(a->ids)) == 0;
}

static bool parse(const uint8_t *bytes, size_t size, struct visit *ret)
{
	return visit_parse((struct text){ (const char *)bytes, size }, ret);
}

static void survives(void **state)
{
	for (unsigned variant = 0; variant < 8; variant++) {
		struct visit v = full(), back;
		uint8_t bytes[VISIT_SIZE];

		if (variant & 1)
			v.record_new = false;
		if (variant & 2)
			v.handed_back = false;
		if (variant & 4)
			v = (struct visit){ .depth = 1, .count = 1, .ids = { UINT64_MAX } };
		visit_serialize(&v, bytes);
		assert_true(parse(bytes, sizeof(bytes), &back));
		if (!same(&v, &back))
			fail_msg("variant %u did not survive", variant);
	}
}

static void what_is_not_a_visit(void **state)
{
	static const struct visit zero;
	struct visit v = full(), back;
	uint8_t bytes[VISIT_SIZE + 16] = { 0 };

	visit_serialize(&v, bytes);
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		back = full();
		if (size != VISIT_SIZE && (parse(bytes, size, &back) || !same(&back, &zero)))
			fail_msg("%zu bytes are taken", size);
	}
	memset(bytes, 0, sizeof(bytes));
	back = full();
	assert_false(parse(bytes, VISIT_SIZE, &back));
	assert_true(same(&back, &zero));
	memset(bytes, 0xFF, sizeof(bytes));
	assert_false(parse(bytes, VISIT_SIZE, &back));
	assert_false(parse(NULL, 0, &back));
}

static void a_changed_byte_is_never_out_of_bounds(void **state)
{
	for (size_t at = 0; at < VISIT_SIZE; at++) {
		for (unsigned value = 0; value < 256; value++) {
			struct visit v = full(), back;
			uint8_t bytes[VISIT_SIZE];

			visit_serialize(&v, bytes);
			bytes[at] = (uint8_t)value;
			if (parse(bytes, sizeof(bytes), &back) &&
			    (back.count > VISIT_IDS_MAX || back.depth > VISIT_DEPTH_MAX))
				fail_msg("byte %zu as %u: %u ids, depth %u", at, value, back.count, back.depth);
		}
	}
}

/* Bytes with the right sum over them: only firmware's own programs can write them, and none does. */
static void sum(uint8_t bytes[VISIT_SIZE])
{
	uint32_t crc = crc32_of(bytes, VISIT_SIZE - 4);

	for (unsigned n = 0; n < 4; n++)
		bytes[VISIT_SIZE - 4 + n] = (uint8_t)(crc >> 8 * n);
}

static void numbers_out_of_range(void **state)
{
	static const struct {
		const char *about;
		size_t at;
		uint8_t value;
		bool taken;
	} rows[] = {
		{ "as many choices as fit", 5, VISIT_IDS_MAX, true },
		{ "one choice more than fits", 5, VISIT_IDS_MAX + 1, false },
		{ "255 choices", 5, 255, false },
		{ "all flags there are", 6, 3, true },
		{ "a flag that nobody knows", 6, 4, false },
		{ "every flag", 6, 255, false },
		{ "a byte behind the flags", 7, 1, false },
		{ "a choice behind the last", 5, VISIT_IDS_MAX - 1, false },
		{ "a byte before the sum", VISIT_SIZE - 5, 1, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		static const struct visit zero;
		struct visit v = full(), back;
		uint8_t bytes[VISIT_SIZE];

		visit_serialize(&v, bytes);
		bytes[rows[i].at] = rows[i].value;
		sum(bytes);
		if (parse(bytes, sizeof(bytes), &back) != rows[i].taken)
			fail_msg("%s: taken %d", rows[i].about, !rows[i].taken);
		if (!rows[i].taken && !same(&back, &zero))
			fail_msg("%s: something is left of it", rows[i].about);
	}
}

/* In memory of exactly its size, with one byte behind its last id. */
static void a_byte_behind_the_last_id(void **state)
{
	static const struct visit one = { .depth = 1, .count = 1, .ids = { UINT64_MAX } };
	struct visit back;
	uint8_t *bytes = malloc(VISIT_SIZE);

	assert_non_null(bytes);
	visit_serialize(&one, bytes);
	assert_true(parse(bytes, VISIT_SIZE, &back));
	bytes[8 + 8] = 1;
	sum(bytes);
	assert_false(parse(bytes, VISIT_SIZE, &back));
	free(bytes);
}

/* In memory of exactly its size, with as many ids as fit. */
static void nothing_behind_the_last_id(void **state)
{
	struct visit v = full(), *back = malloc(sizeof(*back));
	uint8_t bytes[VISIT_SIZE];

	assert_non_null(back);
	visit_serialize(&v, bytes);
	assert_true(parse(bytes, sizeof(bytes), back));
	assert_true(same(&v, back));
	free(back);
}

static void ids_are_remembered(void **state)
{
	struct visit v = { .count = 0 };

	assert_false(visit_has(&v, 0));
	assert_false(visit_has(&v, 1));
	for (unsigned i = 1; i <= VISIT_IDS_MAX; i++) {
		assert_false(visit_has(&v, i));
		visit_add(&v, i);
		assert_true(visit_has(&v, i));
		assert_int_equal(v.count, i);
	}
	visit_add(&v, 99); /* one too many: nothing is lost and nothing overwritten */
	assert_int_equal(v.count, VISIT_IDS_MAX);
	assert_int_equal(v.depth, 0);
	for (unsigned i = 1; i <= VISIT_IDS_MAX; i++)
		assert_true(visit_has(&v, i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives),
		cmocka_unit_test(what_is_not_a_visit),
		cmocka_unit_test(a_changed_byte_is_never_out_of_bounds),
		cmocka_unit_test(numbers_out_of_range), cmocka_unit_test(a_byte_behind_the_last_id),
		cmocka_unit_test(nothing_behind_the_last_id),
		cmocka_unit_test(ids_are_remembered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
