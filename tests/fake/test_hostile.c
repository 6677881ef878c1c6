/* SPDX-License-Identifier: Apache-2.0 */
/* Variables that somebody else wrote, and NVRAM that does not do as it is told, over the whole life of a machine whose OS
 * always fails: the boot goes on, no wish is lost, and no reset without its record, nor a second one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware.h"
#include "guids.h"
#include "laws.h"
#include "os.h"
#include "shared/record.h"
#include "shared/visit.h"
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define BS          2u
#define RT          4u
#define NV          1u
#define LASTING     (NV | BS | RT)
#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\\ndefault active*\n"
#define FOUR_GOOD                                                                                                      \
	LOADER_CONF "given entry active.conf\ngiven entry passive.conf\n"                                              \
		    "given entry recovery.conf\ngiven entry statereset.conf\n"
#define ONE_TRY                                                                                                        \
	LOADER_CONF "given config reset-delay 0\ngiven entry active+1.conf\ngiven entry passive+1.conf\n"              \
		    "given entry recovery+1.conf\ngiven entry statereset+3.conf\n"

static struct stage stage;

enum shape { TEXT_WITH_NUL, WITHOUT_NUL, ODD, EMPTY_TEXT, GARBAGE, KIB_30, KIB_200, ONE_BYTE, OUR_MARK };

/* Writes NAME in SHAPE; texts say TEXT. */
static void forge(const char *name, const EFI_GUID *vendor, uint32_t attributes, enum shape shape, const char *text)
{
	static uint8_t bytes[200u << 10];
	size_t len = strlen(text), size = 2 * len;

	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < len; i++)
		bytes[2 * i] = (uint8_t)text[i];
	switch (shape) {
	case TEXT_WITH_NUL:
		size += 2;
		break;
	case OUR_MARK:
		size += 4;
		break;
	case WITHOUT_NUL:
		break;
	case ODD:
		size += 1;
		break;
	case EMPTY_TEXT:
		bytes[0] = 0;
		size = 2;
		break;
	case ONE_BYTE:
		size = 1;
		break;
	case GARBAGE:
		size = 777;
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(i * 31 + i / 7 + 1);
		break;
	case KIB_30:
	case KIB_200:
		size = shape == KIB_30 ? 30u << 10 : 200u << 10;
		for (size_t i = 0; i < size; i++)
			bytes[i] = i % 2 ? 0 : 'a';
		break;
	}
	fake_variables_write(name, vendor, 0, NULL, 0);
	if (EFI_ERROR(fake_variables_write(name, vendor, attributes, bytes, size)))
		fail_msg("%s of %zu bytes cannot be written", name, size);
}

static void check_boot(const char *about, const char *berth, const char *image)
{
	enum outcome outcome = fake_machine_boot(&stage.machine);

	if (laws_broken())
		fail_msg("%s, %s: %s", berth, about, laws_violation(0));
	if (outcome != OUTCOME_OS)
		fail_msg("%s, %s: %s; %s", berth, about, outcome_name(outcome), fake_os_report()->decision);
	if (image && strcmp(fake_os_report()->image, image) != 0)
		fail_msg("%s, %s: %s was started; %s", berth, about, fake_os_report()->image, fake_os_report()->decision);
}

/* --- One forged variable ------------------------------------------------------------------------------------------- */

static void test_forged_variables(void **state)
{
	static const struct {
		const char *about, *name;
		const EFI_GUID *vendor;
		uint32_t attributes;
		enum shape shape;
		const char *text;
		const char *image; /* that starts; NULL: any */
	} rows[] = {
#define ACTIVE  "\\EFI\\test\\active.efi"
#define PASSIVE "\\EFI\\test\\passive.efi"
#define LOADER(name) name, &fake_guid_loader
#define OURS(name)   name, &fake_guid_bootpilot
		{ "a wish", LOADER("LoaderEntryOneShot"), LASTING, TEXT_WITH_NUL, "passive.conf", PASSIVE },
		{ "a wish without NUL", LOADER("LoaderEntryOneShot"), LASTING, WITHOUT_NUL, "passive.conf", PASSIVE },
		{ "a wish of odd size", LOADER("LoaderEntryOneShot"), LASTING, ODD, "passive.conf", NULL },
		{ "a wish that is empty", LOADER("LoaderEntryOneShot"), LASTING, EMPTY_TEXT, "", ACTIVE },
		{ "a wish of one byte", LOADER("LoaderEntryOneShot"), LASTING, ONE_BYTE, "p", ACTIVE },
		{ "a wish that is garbage", LOADER("LoaderEntryOneShot"), LASTING, GARBAGE, "", ACTIVE },
		{ "a wish of 30 KiB", LOADER("LoaderEntryOneShot"), LASTING, KIB_30, "", ACTIVE },
		{ "a passing wish", LOADER("LoaderEntryOneShot"), BS | RT, TEXT_WITH_NUL, "passive.conf", NULL },
		{ "our mark on another's text", LOADER("LoaderEntryOneShot"), LASTING, OUR_MARK, "passive.conf", NULL },
		{ "our mark on the reset", LOADER("LoaderEntryOneShot"), LASTING, OUR_MARK, "statereset.conf", NULL },
		{ "entries are garbage", LOADER("LoaderEntries"), LASTING, GARBAGE, "", ACTIVE },
		{ "entries of 30 KiB", LOADER("LoaderEntries"), LASTING, KIB_30, "", ACTIVE },
		{ "entries of 200 KiB", LOADER("LoaderEntries"), BS | RT, KIB_200, "", ACTIVE },
		{ "entries without NUL", LOADER("LoaderEntries"), LASTING, WITHOUT_NUL, "active.conf", ACTIVE },
		{ "entries of odd size", LOADER("LoaderEntries"), LASTING, ODD, "passive.conf", ACTIVE },
		{ "entries of one byte", LOADER("LoaderEntries"), LASTING, ONE_BYTE, "a", ACTIVE },
		{ "selected is garbage", LOADER("LoaderEntrySelected"), LASTING, GARBAGE, "", ACTIVE },
		{ "features of one byte", LOADER("LoaderFeatures"), LASTING, ONE_BYTE, "a", ACTIVE },
		{ "features of 30 KiB", LOADER("LoaderFeatures"), LASTING, KIB_30, "", ACTIVE },
		{ "info is garbage", LOADER("LoaderInfo"), LASTING, GARBAGE, "", ACTIVE },
		{ "a boot count path is garbage", LOADER("LoaderBootCountPath"), LASTING, GARBAGE, "", ACTIVE },
		{ "record made by the OS", OURS("BootpilotRecord0"), LASTING, GARBAGE, "", ACTIVE },
		{ "record of 30 KiB", OURS("BootpilotRecord1"), NV | BS, KIB_30, "", ACTIVE },
		{ "record of one byte", OURS("BootpilotRecord0"), NV | BS, ONE_BYTE, "a", ACTIVE },
		{ "visit that lasts", OURS("BootpilotVisit"), NV | BS, GARBAGE, "", ACTIVE },
		{ "visit made by the OS", OURS("BootpilotVisit"), LASTING, KIB_30, "", ACTIVE },
		{ "note of odd size", OURS("BootpilotNote"), LASTING, ODD, "good passive.conf", ACTIVE },
		{ "note without NUL", OURS("BootpilotNote"), LASTING, WITHOUT_NUL, "re-arm active", ACTIVE },
		{ "note of one byte", OURS("BootpilotNote"), LASTING, ONE_BYTE, "g", ACTIVE },
		{ "note of 30 KiB", OURS("BootpilotNote"), LASTING, KIB_30, "", ACTIVE },
		{ "note with other attributes", OURS("BootpilotNote"), NV | BS, TEXT_WITH_NUL, "forget", ACTIVE },
		{ "decision of 30 KiB that lasts", OURS("BootpilotDecision"), LASTING, KIB_30, "", ACTIVE },
		{ "state that lasts", OURS("BootpilotState"), LASTING, GARBAGE, "", ACTIVE },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t b = 0; b < BERTH_COUNT; b++) {
			fake_situation_begin(&stage, fake_berths[b].berth, 257, efi_main,
					     FOUR_GOOD "then first=boot\nwhen works\n");
			forge(rows[i].name, rows[i].vendor, rows[i].attributes, rows[i].shape, rows[i].text);
			check_boot(rows[i].about, fake_berths[b].name, rows[i].image);
			if (strstr(fake_os_report()->image, "statereset") &&
			    (fake_berths[b].berth == MACHINE_IN_DRIVER || fake_berths[b].berth == MACHINE_IN_FIRST))
				fail_msg("%s, %s: the reset is started", fake_berths[b].name, rows[i].about);
			check_boot(rows[i].about, fake_berths[b].name, NULL);
			check_boot(rows[i].about, fake_berths[b].name, ACTIVE); /* the third at last is as ever */
		}
	assert_null(*state);
}

/* --- Forged records, in a life ------------------------------------------------------------------------------------- */

#define LIFE 14u /* boots; three roles of one try, the reset, and then the last resort */

struct life {
	unsigned os, resets, stops;
	bool reset_unrecorded;
};

static const char *const slot_names[2] = { "BootpilotRecord0", "BootpilotRecord1" };
static uint8_t slots[2][256];

static void slots_read(uint8_t bytes[2][256])
{
	memset(bytes, 0, 512);
	for (size_t slot = 0; slot < 2; slot++)
		fake_variables_copy(slot_names[slot], &fake_guid_bootpilot, bytes[slot], 256);
}

/* Every OS fails; the reset does nothing either. */
static struct life live(const char *about, const char *berth)
{
	struct life life = { 0 };

	for (unsigned i = 0; i < LIFE; i++) {
		uint8_t after[2][256];
		enum outcome outcome;

		slots_read(slots);
		outcome = fake_machine_boot(&stage.machine);
		slots_read(after);
		if (laws_broken())
			fail_msg("%s, %s, boot %u: %s", berth, about, i + 1, laws_violation(0));
		life.os += outcome == OUTCOME_OS;
		life.stops += outcome != OUTCOME_OS;
		if (strstr(fake_os_report()->image, "statereset")) {
			life.resets++;
			life.reset_unrecorded |= memcmp(slots, after, sizeof(slots)) == 0;
		}
	}
	return life;
}

/* The bytes of a record that permits the reset, in a variable as an OS can make it, beside names that say exhausted. */
static void test_forged_record(void **state)
{
	uint8_t ripe[2][256];

	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main, ONE_TRY "then a=1\nthen p=1\nthen r=1\n");
	slots_read(ripe);
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t from = 0; from < 2; from++) {
			fake_situation_begin(&stage, fake_berths[b].berth, 257, efi_main,
					     LOADER_CONF "given entry active+3.conf\ngiven entry passive+3.conf\n"
							 "given entry recovery+3.conf\ngiven entry statereset+3.conf\n"
							 "then first=boot\n");
			for (size_t slot = 0; slot < 2; slot++)
				if (!fake_variables_exists(slot_names[slot], &fake_guid_bootpilot))
					fake_variables_write(slot_names[slot], &fake_guid_bootpilot, LASTING, ripe[from],
							     RECORD_SIZE);
			fake_situation_go_on(&stage, "given rename \\loader\\entries\\active+2-1.conf active+0-3.conf\n"
						     "given rename \\loader\\entries\\passive+3.conf passive+0-3.conf\n"
						     "given rename \\loader\\entries\\recovery+3.conf recovery+0-3.conf\n");
			check_boot("forged record", fake_berths[b].name, "\\EFI\\test\\recovery.efi");
		}
	assert_null(*state);
}

/* A visit as the program writes it, but lasting: it says that eight entries failed and that two instances are alive. */
static void test_forged_visit(void **state)
{
	struct visit visit = { .depth = 2, .count = VISIT_IDS_MAX };
	uint8_t bytes[VISIT_SIZE];

	visit_serialize(&visit, bytes);
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (uint32_t attributes = NV | BS; attributes <= LASTING; attributes += RT) {
			fake_situation_begin(&stage, fake_berths[b].berth, 257, efi_main, FOUR_GOOD);
			fake_variables_write("BootpilotVisit", &fake_guid_bootpilot, attributes, bytes, sizeof(bytes));
			check_boot("forged visit", fake_berths[b].name, ACTIVE);
		}
	assert_null(*state);
}

/* NVRAM that keeps nothing over power-off, and a reset entry without counter: nothing anywhere says that a wipe has been. The
 * README names this limit; a counter on the reset entry is the remedy (the row "forgetful" of test_moods). */
static void test_forgetful_reset_is_a_known_limit(void **state)
{
	struct life life;

	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main,
			     LOADER_CONF "given config reset-delay 0\ngiven entry active+0-3.conf\n"
					 "given entry passive+0-3.conf\ngiven entry recovery+0-3.conf\n"
					 "given entry statereset.conf\n");
	fake_variables_set_mood(VARIABLES_FORGETFUL);
	life = live("forgetful, the reset entry has no counter", "driver");
	printf("NVRAM forgetful, reset entry without counter: %u resets in %u boots\n", life.resets, LIFE);
	assert_int_equal(life.stops, 0);
	assert_int_equal(life.resets, LIFE);
	assert_null(*state);
}

static void test_moods(void **state)
{
	static const struct {
		const char *about;
		enum variables_mood mood;
		bool is_full;
		unsigned resets_max; /* of one life; nothing is ever repaired in it */
	} rows[] = {
		{ "honest", VARIABLES_HONEST, false, 3 }, /* cut short, as it seems, and resumed up to its tries */
		{ "full", VARIABLES_HONEST, true, 0 },
		{ "write-protected", VARIABLES_PROTECTED, false, 0 },
		{ "lying", VARIABLES_LYING, false, 0 },
		{ "forgetful", VARIABLES_FORGETFUL, false, 3 }, /* its tries by name */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t b = 0; b < BERTH_COUNT; b++) {
			struct life life;

			fake_situation_begin(&stage, fake_berths[b].berth, 257, efi_main, ONE_TRY);
			fake_variables_set_mood(rows[i].mood);
			if (rows[i].is_full)
				fake_variables_set_quota(0);
			life = live(rows[i].about, fake_berths[b].name);
			printf("NVRAM %s, %s: %u boots, %u with an OS, %u resets\n", rows[i].about, fake_berths[b].name,
			       LIFE, life.os, life.resets);
			if (life.stops)
				fail_msg("%s, %s: %u boots without OS", fake_berths[b].name, rows[i].about, life.stops);
			if (life.reset_unrecorded && rows[i].mood != VARIABLES_FORGETFUL)
				fail_msg("%s, %s: a reset without a record", fake_berths[b].name, rows[i].about);
			if (life.resets > rows[i].resets_max)
				fail_msg("%s, %s: %u resets", fake_berths[b].name, rows[i].about, life.resets);
		}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forged_variables),
		cmocka_unit_test(test_forged_record),
		cmocka_unit_test(test_forged_visit),
		cmocka_unit_test(test_moods),
		cmocka_unit_test(test_forgetful_reset_is_a_known_limit),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
