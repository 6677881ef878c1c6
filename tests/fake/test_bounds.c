/* SPDX-License-Identifier: Apache-2.0 */
/* What a boot costs, however many and however odd the files are: memory, firmware calls, bytes read, variables written. The
 * figures are printed; the limits are what was measured, and a little room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "cost.h"
#include "firmware.h"
#include "guids.h"
#include "os.h"
#include "pe.h"
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define SERIES      257
#define KIB         1024u
#define MEMORY_MAX  (1024u * KIB) /* what the program promises, with 1,000 entries */
#define IMAGE_READ  (16u * KIB)   /* of one image, however large */
#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\\ndefault active*\n"
#define FOUR_GOOD                                                                                                      \
	"given entry active.conf\ngiven entry passive.conf\ngiven entry recovery.conf\ngiven entry statereset.conf\n"

static struct stage stage;

static void begin(enum machine_berth berth, const char *lines)
{
	fake_situation_begin(&stage, berth, SERIES, efi_main, lines);
}

static bool decision_has(const char *word)
{
	return strstr(fake_os_report()->decision, word) != NULL;
}

static enum outcome boot(struct cost *ret)
{
	enum outcome outcome = fake_cost_boot(&stage, ret);

	if (ret->violation)
		fail_msg("%s", ret->violation);
	return outcome;
}

/* --- Many entries -------------------------------------------------------------------------------------------------- */

static void add_many(const char *prefix, const char *suffix, unsigned count, size_t name_units)
{
	char path[600], conf[100];

	fake_os_install(stage.machine.esp, "\\EFI\\test\\many.efi", OS_OK, NULL);
	for (unsigned i = 0; i < count; i++) {
		int used = snprintf(path, sizeof(path), "\\loader\\entries\\%s%04u", prefix, i);

		for (size_t len = (size_t)used; len < name_units + 16 - strlen(suffix); len++)
			path[used++] = 'x';
		snprintf(path + used, sizeof(path) - (size_t)used, "%s", suffix);
		snprintf(conf, sizeof(conf), "title Many %u\nversion %u\nlinux /EFI/test/many.efi\n", i, i);
		fake_volume_write_text(stage.machine.esp, path, conf, CLOCK_START);
	}
}

static void test_many_entries(void **state)
{
	static const struct {
		const char *about, *lines, *prefix, *suffix;
		unsigned count;
		size_t name_units; /* 0: as short as they are */
		const char *decision;
		uint64_t calls_max, conf_max;
	} rows[] = {
		{ "1000 foreign entries", FOUR_GOOD, "os", ".conf", 1000, 0, "role=active", 1200, 300 },
		{ "1000 foreign entries, long names", FOUR_GOOD, "os", ".conf", 1000, 255, "role=active", 1200, 300 },
		{ "1000 variants of active", "", "active_", "+3.conf", 1000, 0, "role=active", 15000, 80000 },
		{ "1000 variants of active, long names", "", "active_", "+3.conf", 1000, 255, "role=", 15000, 80000 },
		{ "1000 entries without roles", "", "os", ".conf", 1000, 0, "role=", 15000, 80000 },
		{ "2000 foreign entries", FOUR_GOOD, "os", ".conf", 2000, 0, "list-capped", 2200, 300 },
		{ "2000 variants of active", "", "active_", "+3.conf", 2000, 0, "list-capped", 15500, 80000 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cost cost;
		enum outcome outcome;

		begin(MACHINE_IN_DRIVER, LOADER_CONF);
		fake_situation_go_on(&stage, rows[i].lines);
		add_many(rows[i].prefix, rows[i].suffix, rows[i].count, rows[i].name_units);
		outcome = boot(&cost);
		fake_cost_print(rows[i].about, &cost);
		if (outcome != OUTCOME_OS || !decision_has(rows[i].decision))
			print_error("%s: %s, %s\n", rows[i].about, outcome_name(outcome), fake_os_report()->decision);
		assert_int_equal(outcome, OUTCOME_OS);
		assert_true(decision_has(rows[i].decision));
		assert_true(cost.memory < MEMORY_MAX);
		assert_true(cost.calls < rows[i].calls_max);
		assert_true(cost.conf_bytes < rows[i].conf_max);
		assert_true(cost.largest_image <= 1000 * IMAGE_READ); /* shared by all of them */
		assert_true(cost.writes <= 3); /* one-shot and record; in the first boot one more of it */
	}
	assert_null(*state);
}

/* The directory's order says nothing: an entry with a role that stands behind more others than are kept is seen all the same,
 * or a good active would count as missing. */
static void test_role_behind_many(void **state)
{
	struct cost cost;

	begin(MACHINE_IN_DRIVER, LOADER_CONF "given entry passive.conf\ngiven entry recovery.conf\n");
	add_many("os", ".conf", 3000, 0);
	fake_situation_go_on(&stage, "given entry active.conf\n");
	assert_int_equal(boot(&cost), OUTCOME_OS);
	fake_cost_print("active behind 3000 foreign entries", &cost);
	if (!decision_has("role=active") || !decision_has("list-capped"))
		fail_msg("%s", fake_os_report()->decision);
	assert_true(cost.memory < MEMORY_MAX);
	assert_null(*state);
}

/* A FAT directory whose chain of clusters loops has no end, and neither a file behind it. */
static void test_endless_directory(void **state)
{
	static const char *const directories[] = { "\\loader\\entries", "\\EFI\\Linux" };

	for (size_t i = 0; i < 2; i++) {
		struct cost cost;

		begin(MACHINE_IN_DRIVER, LOADER_CONF FOUR_GOOD "given uki other.efi\n");
		fake_volume_find(stage.machine.esp, directories[i])->endless = true;
		assert_int_equal(boot(&cost), OUTCOME_OS);
		fake_cost_print(directories[i], &cost);
		assert_true(cost.names < 17000);
		assert_true(cost.memory < MEMORY_MAX);
		assert_true(decision_has("list-capped"));
		assert_string_equal(fake_os_report()->image, "\\EFI\\test\\active.efi");
	}
	assert_null(*state);
}

/* --- The steady state ---------------------------------------------------------------------------------------------- */

static void test_steady_state(void **state)
{
	for (size_t b = 0; b < BERTH_COUNT; b++) {
		uint8_t before[2][256] = { 0 }, after[2][256] = { 0 };
		struct cost cost;
		char what[64];

		begin(fake_berths[b].berth, LOADER_CONF FOUR_GOOD "given entry other.conf\n"
								  "then first=boot\nwhen works\nthen second=boot\nwhen works\n");
		for (size_t slot = 0; slot < 2; slot++)
			fake_variables_copy(slot ? "BootpilotRecord1" : "BootpilotRecord0", &fake_guid_bootpilot,
					    before[slot], 256);
		assert_int_equal(boot(&cost), OUTCOME_OS);
		for (size_t slot = 0; slot < 2; slot++)
			fake_variables_copy(slot ? "BootpilotRecord1" : "BootpilotRecord0", &fake_guid_bootpilot,
					    after[slot], 256);
		snprintf(what, sizeof(what), "%s, third boot of a healthy machine", fake_berths[b].name);
		fake_cost_print(what, &cost);
		assert_string_equal(fake_os_report()->image, "\\EFI\\test\\active.efi");
		assert_memory_equal(before, after, sizeof(before));
		assert_int_equal(cost.writes, 1); /* the one-shot */
		assert_false(fake_variables_exists("LoaderEntryOneShot", &fake_guid_loader));
		assert_int_equal(fake_volume_find(stage.machine.esp, "\\loader\\entries\\other.conf")->read, 0);
		assert_true(cost.calls < 190);
		assert_true(cost.memory < 128 * KIB);
		assert_true(cost.largest_image <= IMAGE_READ);
	}
	assert_null(*state);
}

/* --- Large images -------------------------------------------------------------------------------------------------- */

static void put32(uint8_t *at, uint32_t value)
{
	for (size_t i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* An image of which only the beginning is there, with headers of one whose last section is 300 MB large. */
static void install_huge(const char *path, const char *osrel)
{
	const uint32_t large = 300u << 20;
	struct pe_plan plan = { .machine = PE_MACHINE_X64, .subsystem = PE_APPLICATION, .build = 7, .text = "huge" };
	uint8_t *image, *section;
	struct node *node;
	size_t size;

	if (osrel)
		plan.sections[0] = (struct pe_section){ ".osrel", osrel, strlen(osrel) };
	image = fake_pe_build(&plan, &size);
	section = memmem(image, 1024, ".text", 5);
	put32(section + 8, large);
	put32(section + 16, large);
	put32(image + 0x80 + 24 + 56, large + (64u << 10)); /* SizeOfImage */
	node = fake_volume_write(stage.machine.esp, path, image, size, CLOCK_START);
	node->claimed = size + large;
	free(image);
}

static void test_large_images(void **state)
{
	static const char *const ukis[] = { "\\EFI\\Linux\\active.efi", "\\EFI\\Linux\\passive.efi",
					    "\\EFI\\Linux\\recovery.efi" };
	struct cost cost;

	begin(MACHINE_IN_DRIVER, LOADER_CONF FOUR_GOOD);
	install_huge("\\EFI\\test\\active.efi", NULL);
	install_huge("\\EFI\\test\\passive.efi", NULL);
	boot(&cost); /* what is there of it does not start */
	fake_cost_print("Type #1, images of 300 MB", &cost);
	assert_true(decision_has("role=active entry=active.conf reason=active-good"));
	assert_true(cost.largest_image <= IMAGE_READ);

	begin(MACHINE_IN_DRIVER, LOADER_CONF);
	for (size_t i = 0; i < 3; i++)
		install_huge(ukis[i], "ID=test\nPRETTY_NAME=\"Huge\"\nVERSION_ID=1\n");
	boot(&cost);
	fake_cost_print("Type #2, images of 300 MB", &cost);
	assert_true(decision_has("role=active entry=active.efi reason=active-good"));
	assert_true(cost.largest_image <= IMAGE_READ);
	assert_null(*state);
}

/* --- Odd files ----------------------------------------------------------------------------------------------------- */

static void test_odd_conf(void **state)
{
	static const struct {
		const char *about;
		size_t size;   /* of active.conf */
		int fill;      /* byte that it consists of; -1: all bytes in turn */
		uint64_t read; /* bytes at most */
		const char *decision;
	} rows[] = {
		{ "empty", 0, 0, 0, "role=passive" },
		{ "one byte", 1, '\n', 1, "role=passive" },
		{ "1 MiB of blanks", 1u << 20, ' ', 0, "active=unbootable:too-large" },
		{ "1 MiB of anything", 1u << 20, -1, 0, "active=unbootable:too-large" },
		{ "16 KiB of NULs", 16384, 0, 16384, "role=passive" },
		{ "16 KiB of anything", 16384, -1, 16384, "role=passive" },
		{ "4 KiB of 0xFF", 4096, 0xFF, 4096, "role=passive" },
		{ "16 KiB of line ends", 16384, '\r', 16384, "role=passive" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *bytes = malloc(rows[i].size + 1);
		struct node *conf;
		struct cost cost;

		begin(MACHINE_IN_DRIVER, LOADER_CONF FOUR_GOOD);
		for (size_t at = 0; at < rows[i].size; at++)
			bytes[at] = (uint8_t)(rows[i].fill < 0 ? at * 7 + at / 256 : (size_t)rows[i].fill);
		conf = fake_volume_write(stage.machine.esp, "\\loader\\entries\\active.conf", bytes, rows[i].size,
					 CLOCK_START);
		free(bytes);
		if (boot(&cost) != OUTCOME_OS || !decision_has(rows[i].decision) || !decision_has("role=passive"))
			fail_msg("%s: %s", rows[i].about, fake_os_report()->decision);
		conf = fake_volume_find(stage.machine.esp, "\\loader\\entries\\active.conf");
		if (conf->read > rows[i].read)
			fail_msg("%s: %llu bytes read", rows[i].about, (unsigned long long)conf->read);
	}
	assert_null(*state);
}

static void test_odd_names(void **state)
{
	static const char *const names[] = { "active[1].conf", "active*.conf",   "active?.conf",  "active[.conf",
					     "active].conf",   "active+3+.conf", "activ\xc3\xa9.conf",
					     "+3.conf",        ".conf",          "a.conf",         "active_[+.]*conf.conf" };
	struct cost cost;
	enum outcome plain; /* of systemd-boot alone */
	char line[200];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		begin(MACHINE_IN_DRIVER, LOADER_CONF FOUR_GOOD);
		snprintf(line, sizeof(line), "given entry %s image=/EFI/test/odd.efi\n", names[i]);
		fake_situation_go_on(&stage, line);
		if (boot(&cost) != OUTCOME_OS || strcmp(fake_os_report()->image, "\\EFI\\test\\active.efi") != 0)
			fail_msg("%s beside active.conf: %s", names[i], fake_os_report()->decision);
		begin(MACHINE_PLAIN, LOADER_CONF);
		fake_situation_go_on(&stage, line);
		plain = boot(&cost);
		begin(MACHINE_IN_DRIVER, LOADER_CONF);
		fake_situation_go_on(&stage, line);
		if (boot(&cost) != plain)
			fail_msg("%s alone: %s", names[i], fake_os_report()->decision);
	}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_entries), cmocka_unit_test(test_role_behind_many),
		cmocka_unit_test(test_endless_directory),
		cmocka_unit_test(test_steady_state), cmocka_unit_test(test_large_images),
		cmocka_unit_test(test_odd_conf),     cmocka_unit_test(test_odd_names),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
