/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"
#include "fixture.h"

static void why_it_cannot_start(void **state)
{
	static const struct {
		const char *about;
		const char *files; /* the first one is judged */
		const char *given;
		enum fault fault;
	} rows[] = {
		{ "nothing is wrong", "active passive", "", FAULT_NONE },
		{ "its image is missing", "active,missing", "", FAULT_IMAGE_MISSING },
		{ "its image is empty", "active,empty", "", FAULT_IMAGE_BROKEN },
		{ "its image is no image", "active,broken", "", FAULT_IMAGE_BROKEN },
		{ "its image is cut off", "active,truncated", "", FAULT_IMAGE_BROKEN },
		{ "its image is for another machine", "active,machine", "", FAULT_WRONG_ARCHITECTURE },
		{ "its image could not be read: nothing is known", "active,unread", "", FAULT_NONE },
		{ "its conf names another machine", "active,arch", "", FAULT_WRONG_ARCHITECTURE },
		{ "its conf is too large", "active,large", "", FAULT_TOO_LARGE },
		{ "too large, and so nobody opened it", "active,large,closed", "", FAULT_TOO_LARGE },
		{ "nobody opened it", "active,closed", "", FAULT_HIDDEN },
		{ "its conf has no image", "active,nokey", "", FAULT_HIDDEN },
		{ "it failed a moment ago", "active", "failed=active.conf", FAULT_FAILED_NOW },
		{ "it failed a moment ago, under its former counter", "active+2-1", "failed=active+3.conf", FAULT_FAILED_NOW },
		{ "another one failed a moment ago", "active passive", "failed=passive.conf", FAULT_NONE },
		{ "failing now says more than a missing image", "active,missing", "failed=active.conf", FAULT_FAILED_NOW },
		/* the key uki */
		{ "a loader that does not know uki", "active,uki", "loader=257", FAULT_UNKNOWN_KEY },
		{ "a loader that knows uki", "active,uki", "loader=262", FAULT_NONE },
		{ "nothing is known of the loader", "active,uki", "loader=0 no-features", FAULT_NONE },
		{ "only its number is known, too low", "active,uki", "loader=257 no-features", FAULT_UNKNOWN_KEY },
		{ "only its number is known, high enough", "active,uki", "loader=258 no-features", FAULT_NONE },
		/* two kinds of keys */
		{ "mixed keys on a loader that takes the last", "active,mixed", "loader=257", FAULT_NONE },
		{ "mixed keys on a loader that hides it", "active,mixed", "loader=262", FAULT_HIDDEN },
		{ "mixed keys on any loader", "active,mixed", "loader=0 no-features", FAULT_NONE },
		/* what the loader lists */
		{ "the loader lists it", "active passive", "scanned", FAULT_NONE },
		{ "the loader lists it with its counter", "active+3 passive", "scanned=full", FAULT_NONE },
		{ "unified images have no key", "active.efi", "", FAULT_NONE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		enum fault fault = entry_fault(&f.inventory, &f.entries[0]);
		if (fault != rows[i].fault)
			fail_msg("%s: %d, wanted %d", rows[i].about, (int)fault, (int)rows[i].fault);
	}
}

/* An entry that is not in LoaderEntries cannot be chosen there. */
static void what_the_loader_does_not_list(void **state)
{
	struct fixture f;

	fixture_init(&f, "active+3 passive");
	f.inventory.loader.entries = TEXT("passive.conf\0auto-reboot\0");
	f.inventory.loader.entries_known = true;
	assert_int_equal(entry_fault(&f.inventory, &f.entries[0]), FAULT_HIDDEN);
	assert_int_equal(entry_fault(&f.inventory, &f.entries[1]), FAULT_NONE);
	f.inventory.loader.entries = TEXT_EMPTY;
	assert_int_equal(entry_fault(&f.inventory, &f.entries[1]), FAULT_HIDDEN);
	f.inventory.loader.entries_known = false;
	assert_int_equal(entry_fault(&f.inventory, &f.entries[1]), FAULT_NONE);
}

static void a_unified_image_without_a_name_is_hidden(void **state)
{
	struct fixture f;

	fixture_init(&f, "active.efi active");
	for (size_t i = 0; i < 2; i++)
		f.entries[i].title = TEXT_EMPTY;
	assert_int_equal(entry_fault(&f.inventory, &f.entries[0]), FAULT_HIDDEN);
	assert_int_equal(entry_fault(&f.inventory, &f.entries[1]), FAULT_NONE);
}

static void machines_and_their_words(void **state)
{
	static const struct {
		uint16_t machine;
		struct text said;
		enum fault fault;
	} rows[] = {
		{ IMAGE_MACHINE_X64, NAME("x64"), FAULT_NONE },
		{ IMAGE_MACHINE_X64, NAME("X64"), FAULT_NONE },
		{ IMAGE_MACHINE_X64, NAME("aa64"), FAULT_WRONG_ARCHITECTURE },
		{ IMAGE_MACHINE_X64, NAME("x6"), FAULT_WRONG_ARCHITECTURE },
		{ IMAGE_MACHINE_AA64, NAME("aa64"), FAULT_NONE },
		{ IMAGE_MACHINE_AA64, NAME("AA64"), FAULT_NONE },
		{ IMAGE_MACHINE_AA64, NAME("x64"), FAULT_WRONG_ARCHITECTURE },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, "active");
		f.inventory.machine = rows[i].machine;
		f.entries[0].architecture = rows[i].said;
		if (entry_fault(&f.inventory, &f.entries[0]) != rows[i].fault)
			fail_msg("%s on machine %#x", rows[i].said.at, rows[i].machine);
	}
}

static void what_the_loader_will_not_count(void **state)
{
	static const struct {
		const char *about;
		const char *files; /* the first one is asked about */
		const char *given;
		bool not_counted;
	} rows[] = {
		{ "no counter", "active,efi", "loader=262", false },
		{ "the key efi on 262", "active+3,efi", "loader=262", true },
		{ "the key efi on 257", "active+3,efi", "loader=257", false },
		{ "the key linux on 262", "active+3", "loader=262", false },
		{ "a unified image", "active+3.efi", "loader=262", false },
		{ "the first half of a torn rename is in its way", "active+2-1 active+3", "", true },
		{ "the same further down", "active+0-3 active+1-2", "", true },
		{ "the other half is not in the way of the first", "active+3 active+2-1", "", false },
		{ "a blessed twin is in nobody's way", "active+2-1 active", "", false },
		{ "a twin two tries away", "active+1-2 active+3", "", false },
		{ "a twin with as many tries made", "active+2-1 active+3-1", "", false },
		{ "a twin on the other partition", "active+2-1 active+3,x", "", false },
		{ "another entry with these numbers", "active+2-1 passive+3", "", false },
		{ "an entry of the other kind", "active+2-1 active+3.efi", "", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].files);
		fixture_given(&f, rows[i].given);
		if (loader_will_not_count(&f.inventory, &f.entries[0]) != rows[i].not_counted)
			fail_msg("%s: not counted %d", rows[i].about, !rows[i].not_counted);
		if (f.inventory.entry_count == 2) { /* what stands behind the last entry is in nobody's way */
			f.inventory.entry_count = 1;
			assert_false(loader_will_not_count(&f.inventory, &f.entries[0]));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(why_it_cannot_start),
		cmocka_unit_test(what_the_loader_does_not_list),
		cmocka_unit_test(a_unified_image_without_a_name_is_hidden),
		cmocka_unit_test(machines_and_their_words),
		cmocka_unit_test(what_the_loader_will_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
