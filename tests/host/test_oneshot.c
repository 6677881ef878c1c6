/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "oneshot.h"

static void bytes(void **state)
{
	uint16_t units[32];
	size_t count = 99;

	assert_true(oneshot_write(TEXT("a.conf"), units, COUNT(units), &count));
	assert_int_equal(count, 8); /* six, and two NULs */
	static const uint16_t wanted[8] = { 'a', '.', 'c', 'o', 'n', 'f', 0, 0 };
	assert_memory_equal(units, wanted, sizeof(wanted));

	for (size_t capacity = 0; capacity < 8; capacity++) {
		memset(units, 0x7E, sizeof(units));
		count = 99;
		if (oneshot_write(TEXT("a.conf"), units, capacity, &count))
			fail_msg("%zu units are enough", capacity);
		assert_int_equal(count, 99);
		for (size_t i = capacity; i < COUNT(units); i++)
			assert_int_equal(units[i], 0x7E7E);
	}
	assert_false(oneshot_write(TEXT_EMPTY, units, COUNT(units), &count)); /* that would delete the variable */
	assert_true(oneshot_write(TEXT("a.conf"), units, 8, &count));
	assert_true(oneshot_write(TEXT("\xc3\xa4.conf"), units, COUNT(units), &count));
	assert_int_equal(count, 8);
	assert_int_equal(units[0], 0xE4);
}

static void whose(void **state)
{
	enum { OURS = 1, VISITED = 2, AWAITED = 4, UNENDED = 8, AWAITED_OTHER = 16, GOES_ON = 32 };
	static const struct {
		const char *about;
		const char *name; /* NULL: no unit at all */
		unsigned facts;
		enum oneshot whose;
	} rows[] = {
		{ "nothing set", NULL, 0, ONESHOT_NONE },
		{ "nothing set, something awaited", NULL, AWAITED, ONESHOT_NONE },
		{ "an empty text", "", 0, ONESHOT_NONE },
		{ "an empty text that does not end", "", UNENDED, ONESHOT_NONE },
		{ "an empty text with our ending", "", OURS, ONESHOT_NONE },
		{ "bootctl set-oneshot", "passive.conf", 0, ONESHOT_REQUEST },
		{ "a text without a NUL", "passive.conf", UNENDED, ONESHOT_REQUEST },
		{ "a wish for what we chose before", "active.conf", VISITED, ONESHOT_REQUEST },
		{ "a wish for what we await", "active.conf", AWAITED, ONESHOT_REQUEST },
		{ "a wish for what we chose and await", "active.conf", VISITED | AWAITED, ONESHOT_REQUEST },
		{ "ours, of this power cycle", "active.conf", OURS | VISITED, ONESHOT_IGNORED },
		{ "ours, of an earlier boot", "active.conf", OURS, ONESHOT_LEFTOVER },
		{ "ours, awaited", "active.conf", OURS | AWAITED, ONESHOT_HANDOFF },
		{ "ours, another one awaited", "active.conf", OURS | AWAITED_OTHER, ONESHOT_LEFTOVER },
		{ "ours, awaited, and of this power cycle", "active.conf", OURS | AWAITED | VISITED, ONESHOT_IGNORED },
		{ "two texts, as long as ours would be", "active.conf", GOES_ON, ONESHOT_REQUEST },
		{ "two texts, the first awaited", "active.conf", GOES_ON | AWAITED, ONESHOT_REQUEST },
		{ "ours, a glob", "active[+.]*conf", OURS, ONESHOT_LEFTOVER },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint16_t units[64] = { 0 };
		size_t count = 0;
		struct visit visit = { .count = 0 };
		struct record record = { .last_role = ROLE_NONE };
		struct text name = text_of(rows[i].name);

		for (size_t n = 0; n < name.len; n++)
			units[count++] = (uint16_t)(unsigned char)name.at[n];
		if (rows[i].name != NULL && !(rows[i].facts & UNENDED))
			units[count++] = 0;
		if (rows[i].facts & OURS) {
			units[count++] = 0;
			uint16_t written[64];
			size_t n;
			if (name.len > 0) { /* the same as we would write */
				assert_true(oneshot_write(name, written, COUNT(written), &n));
				assert_int_equal(n, count);
				assert_memory_equal(written, units, count * sizeof(units[0]));
			}
		}
		if (rows[i].facts & GOES_ON)
			units[count++] = 'x';
		if (rows[i].facts & VISITED)
			visit_add(&visit, id_hash(TEXT("active.conf")));
		if (rows[i].facts & AWAITED)
			record.handoff = oneshot_hash(name);
		if (rows[i].facts & AWAITED_OTHER)
			record.handoff = oneshot_hash(TEXT("passive.conf"));
		enum oneshot whose = oneshot_classify(units, count, &visit, &record);
		if (whose != rows[i].whose)
			fail_msg("%s: %d, wanted %d", rows[i].about, (int)whose, (int)rows[i].whose);
	}
}

/* Longer than anything we write: never what is awaited, whatever its beginning. */
static void a_text_longer_than_ours(void **state)
{
	static uint16_t units[2 * ONESHOT_UNITS_MAX];
	const struct visit visit = { .count = 0 };
	char name[ONESHOT_UNITS_MAX];

	memset(name, 'a', sizeof(name));
	for (size_t len = ONESHOT_UNITS_MAX - 1; len <= ONESHOT_UNITS_MAX + 1; len++) {
		struct record record = { .handoff = oneshot_hash((struct text){ name, len < sizeof(name) ? len : sizeof(name) }) };

		memset(units, 0, sizeof(units));
		for (size_t i = 0; i < len; i++)
			units[i] = 'a';
		enum oneshot whose = oneshot_classify(units, len + 2, &visit, &record);
		assert_int_equal(whose, len > ONESHOT_UNITS_MAX ? ONESHOT_LEFTOVER : ONESHOT_HANDOFF);
	}
}

static void hashes_differ(void **state)
{
	static const struct text names[] = { NAME("active.conf"), NAME("passive.conf"), NAME("active"), NAME("active[+.]*conf"),
					     NAME("active[+.]*efi"), NAME("a"), NAME("b") };

	for (size_t a = 0; a < COUNT(names); a++) {
		assert_true(oneshot_hash(names[a]) != 0); /* 0: none */
		for (size_t b = 0; b < a; b++)
			if (oneshot_hash(names[a]) == oneshot_hash(names[b]))
				fail_msg("%s and %s", names[a].at, names[b].at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(bytes), cmocka_unit_test(whose), cmocka_unit_test(a_text_longer_than_ours), cmocka_unit_test(hashes_differ) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
