/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hash.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static void known_values(void **state)
{
	static const struct {
		const char *text;
		uint64_t fnv; /* FNV-1a, 64 bits: draft-eastlake-fnv, appendix C */
		uint32_t crc; /* "123456789": the check value of every catalogue of CRCs */
	} rows[] = {
		{ "",          0xcbf29ce484222325u, 0          },
		{ "a",         0xaf63dc4c8601ec8cu, 0xE8B7BE43 },
		{ "foobar",    0x85944171f73967e8u, 0x9EF61F95 },
		{ "123456789", 0x06d5573923c6cdfcu, 0xCBF43926 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t size = strlen(rows[i].text);

		if (hash_bytes(HASH_START, rows[i].text, size) != rows[i].fnv)
			fail_msg("\"%s\": FNV", rows[i].text);
		if (crc32_of(rows[i].text, size) != rows[i].crc)
			fail_msg("\"%s\": CRC", rows[i].text);
	}
	assert_int_equal(hash_bytes(5, NULL, 0), 5);
	assert_int_equal(crc32_of("\xff\xff\xff\xff", 4), 0xFFFFFFFF);
}

static void in_pieces(void **state)
{
	uint64_t hash = hash_bytes(hash_bytes(HASH_START, "foo", 3), "bar", 3);

	assert_int_equal(hash, 0x85944171f73967e8u);
	assert_int_equal(hash_uint(HASH_START, 0x0102030405060708u),
			 hash_bytes(HASH_START, "\x08\x07\x06\x05\x04\x03\x02\x01", 8));
	assert_int_equal(hash_text(HASH_START, TEXT("ab")), hash_bytes(HASH_START, "\2\0\0\0\0\0\0\0ab", 10));
}

static void texts(void **state)
{
	const struct text ab = TEXT("ab"), c = TEXT("c"), a = TEXT("a"), bc = TEXT("bc");

	assert_true(hash_text(hash_text(HASH_START, ab), c) != hash_text(hash_text(HASH_START, a), bc));
	assert_true(hash_text(HASH_START, ab) != hash_text(HASH_START, TEXT("Ab")));
	assert_true(hash_text(HASH_START, TEXT_EMPTY) != HASH_START);
	assert_int_equal(hash_text_fold(HASH_START, TEXT("AbZ\xc3\x84")), hash_text(HASH_START, TEXT("abz\xc3\x84")));
	assert_true(hash_text_fold(HASH_START, TEXT("\xc3\x84")) != hash_text_fold(HASH_START, TEXT("\xc3\xa4")));
	assert_int_equal(hash_text_fold(HASH_START, TEXT_EMPTY), hash_text(HASH_START, TEXT_EMPTY));
}

/* What the record's CRC is for: one flipped bit anywhere. */
static void one_bit(void **state)
{
	uint8_t bytes[64] = { 0 };
	uint32_t whole = crc32_of(bytes, sizeof(bytes));

	for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
		bytes[bit / 8] = (uint8_t)(1u << bit % 8);
		if (crc32_of(bytes, sizeof(bytes)) == whole)
			fail_msg("bit %zu is not noticed", bit);
		bytes[bit / 8] = 0;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_values), cmocka_unit_test(in_pieces), cmocka_unit_test(texts), cmocka_unit_test(one_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
