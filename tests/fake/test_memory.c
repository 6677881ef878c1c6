/* SPDX-License-Identifier: Apache-2.0 */
/* The four functions that firmware does not have, against those of the C library. rules.mk gives them other names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

void *efi_memcpy(void *restrict to, const void *restrict from, size_t size);
void *efi_memmove(void *to, const void *from, size_t size);
void *efi_memset(void *to, int byte, size_t size);
int efi_memcmp(const void *a, const void *b, size_t size);

#define ROOM 48u

static void fill(uint8_t *room)
{
	for (unsigned i = 0; i < ROOM; i++)
		room[i] = (uint8_t)(i * 7 + 1);
}

static void test_copy(void **state)
{
	for (size_t size = 0; size <= ROOM / 2; size++) {
		uint8_t ours[ROOM], theirs[ROOM];

		fill(ours);
		fill(theirs);
		assert_ptr_equal(efi_memcpy(ours, ours + ROOM / 2, size), ours);
		memcpy(theirs, theirs + ROOM / 2, size);
		assert_memory_equal(ours, theirs, ROOM);
	}
}

/* Every distance of the two places from each other, in both directions. */
static void test_move(void **state)
{
	for (size_t from = 0; from < ROOM / 2; from++)
		for (size_t to = 0; to < ROOM / 2; to++)
			for (size_t size = 0; size <= ROOM / 2; size++) {
				uint8_t ours[ROOM], theirs[ROOM];

				fill(ours);
				fill(theirs);
				assert_ptr_equal(efi_memmove(ours + to, ours + from, size), ours + to);
				memmove(theirs + to, theirs + from, size);
				if (memcmp(ours, theirs, ROOM) != 0)
					fail_msg("%zu bytes from %zu to %zu", size, from, to);
			}
}

static void test_set(void **state)
{
	static const int bytes[] = { 0, 1, 0x7F, 0x80, 0xFF, 0x1A5, -1 };

	for (size_t b = 0; b < sizeof(bytes) / sizeof(bytes[0]); b++)
		for (size_t size = 0; size <= ROOM - 2; size++) {
			uint8_t ours[ROOM], theirs[ROOM];

			fill(ours);
			fill(theirs);
			assert_ptr_equal(efi_memset(ours + 1, bytes[b], size), ours + 1);
			memset(theirs + 1, bytes[b], size);
			assert_memory_equal(ours, theirs, ROOM);
		}
}

static int sign(int order)
{
	return (order > 0) - (order < 0);
}

static void test_compare(void **state)
{
	static const struct {
		const char *a, *b;
		size_t size;
		int order;
	} rows[] = {
		{ "", "", 0, 0 },          { "a", "b", 0, 0 },       { "a", "a", 1, 0 },      { "a", "b", 1, -1 },
		{ "b", "a", 1, 1 },        { "ab", "ac", 1, 0 },     { "ab", "ac", 2, -1 },   { "bz", "ca", 2, -1 },
		{ "\x7F", "\x80", 1, -1 }, { "\xFF", "\1", 1, 1 },   { "a\0b", "a\0c", 3, -1 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sign(efi_memcmp(rows[i].a, rows[i].b, rows[i].size)), rows[i].order);
		assert_int_equal(sign(memcmp(rows[i].a, rows[i].b, rows[i].size)), rows[i].order);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
