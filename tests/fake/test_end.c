/* SPDX-License-Identifier: Apache-2.0 */
/* Where it ends: images that are refused or come back, resets that are cut short or help nothing, recovery for ever, and
 * records of another disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "console.h"
#include "firmware.h"
#include "guids.h"
#include "laws.h"
#include "os.h"
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\ngiven config reset-delay 0\n"
#define ROLES(counter)                                                                                                 \
	LOADER_CONF "given entry active" counter ".conf sort-key=1\ngiven entry passive" counter ".conf sort-key=2\n"  \
		    "given entry recovery" counter ".conf sort-key=3\ngiven entry statereset" counter                  \
		    ".conf sort-key=4\n"
#define ALL_FAILED                                                                                                     \
	LOADER_CONF "given entry active+0-3.conf sort-key=1\ngiven entry passive+0-3.conf sort-key=2\n"                \
		    "given entry recovery+0-3.conf sort-key=3\ngiven entry statereset+3.conf sort-key=4\n"
#define IMAGE(role) "\\EFI\\test\\" role ".efi"

static struct stage stage;

static bool started(const char *role)
{
	return strstr(fake_os_report()->image, role) != NULL;
}

static enum outcome boot(const char *about)
{
	enum outcome outcome = fake_machine_boot(&stage.machine);

	if (laws_broken())
		fail_msg("%s: %s", about, laws_violation(0));
	return outcome;
}

static void check(const char *about, const char *role, const char *words)
{
	enum outcome outcome = boot(about);

	if (outcome != OUTCOME_OS || !started(role) || !strstr(fake_os_report()->decision, words))
		fail_msg("%s: %s and %s expected, %s started %s; %s", about, role, words, outcome_name(outcome),
			 fake_os_report()->image, fake_os_report()->decision);
}

/* --- Images that do not start -------------------------------------------------------------------------------------- */

static EFI_STATUS os_comes_back(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	return image && system ? EFI_LOAD_ERROR : EFI_ABORTED;
}

static const EFI_STATUS refusals[] = { EFI_SECURITY_VIOLATION, EFI_ACCESS_DENIED, EFI_SUCCESS /* it comes back */ };

/* Active's image is sound to look at, and does not start: its signature is refused, or it returns an error. */
static void refuse(size_t how)
{
	if (EFI_ERROR(refusals[how]))
		fake_images_refuse(IMAGE("active"), refusals[how]);
	else
		fake_images_register("comes back", os_comes_back, false);
}

/* An image that starts and comes back stands in for active's. */
static void install_returning(void)
{
	static const char *const path = IMAGE("active");
	struct node *node = fake_volume_find(stage.machine.esp, path);
	char *at = memmem(node->bytes, node->size, "Bootpilot's test OS", 19);

	memcpy(at, "comes back         ", 19);
}

static void test_refused_in_the_same_cycle(void **state)
{
	static const enum machine_berth berths[] = { MACHINE_IN_NET, MACHINE_IN_ENTRY, MACHINE_IN_FIRST,
						     MACHINE_IN_TYPE2 };
	static const unsigned all_series[] = { 252, 254, 257, 262 };

	for (size_t how = 0; how < 3; how++)
		for (size_t counted = 0; counted < 2; counted++)
			for (size_t s = 0; s < 4; s++)
				for (size_t b = 0; b < 4; b++) {
					char about[128];
					unsigned cycles = 0;

					snprintf(about, sizeof(about), "refusal %zu, %s, %u, berth %d", how,
						 counted ? "trying" : "good", all_series[s], (int)berths[b]);
					fake_situation_begin(&stage, berths[b], all_series[s], efi_main,
							     counted ? ROLES("+3") : ROLES(""));
					refuse(how);
					if (how == 2)
						install_returning();
					while (boot(about) == OUTCOME_RESET) /* 258+ waits five seconds and resets */
						cycles++;
					if (!started("passive"))
						fail_msg("%s: %s; %s", about, fake_os_report()->image,
							 fake_os_report()->decision);
					/* only there, and only while a counter falls */
					if (cycles != (counted && all_series[s] == 262 ? 3u : 0u))
						fail_msg("%s: %u resets before passive", about, cycles);
					/* What is blessed now is what runs, never the entry that failed. */
					if (strstr(fake_os_report()->count_path, "active"))
						fail_msg("%s: LoaderBootCountPath is %s", about,
							 fake_os_report()->count_path);
					fake_situation_go_on(&stage, "when blessed\n");
					if (counted &&
					    fake_volume_find(stage.machine.esp, "\\loader\\entries\\active.conf"))
						fail_msg("%s: the failed entry is blessed", about);
				}
	assert_null(*state);
}

/* With the driver alone nobody is there to take over: the firmware goes on, and the tries of a counted entry fall. */
static void test_refused_with_the_driver_alone(void **state)
{
	static const unsigned all_series[] = { 252, 254, 257, 262 };

	for (size_t s = 0; s < 4; s++) {
		unsigned cycles = 0;

		fake_situation_begin(&stage, MACHINE_IN_DRIVER, all_series[s], efi_main, ROLES("+3"));
		refuse(0);
		while (boot("driver alone") != OUTCOME_OS && cycles < 20)
			cycles++;
		assert_int_equal(cycles, 3);
		assert_true(started("passive"));
	}
	assert_null(*state);
}

/* --- The reset ------------------------------------------------------------------------------------------------------ */

/* Power fails at ten points of Kairos' reset: what it leaves is never a half active, nor a second wipe without end. */
static void test_reset_cut(void **state)
{
	static const char *const left[] = {
		"", /* before anything, and between formatting and copying */
		"when given image \\EFI\\test\\active.efi missing\n",
		"when given image \\EFI\\test\\active.efi empty\n",
		"when given image \\EFI\\test\\active.efi truncated\n",
		"when given image \\EFI\\test\\active.efi not-pe\n",
		"when given remove \\loader\\entries\\active+0-3.conf\n",
		"when given file \\loader\\entries\\active+0-3.conf\n",
		"when given file \\loader\\entries\\active+0-3.conf title Kairos\\nlinux /EFI/te\n",
		"when given rename \\loader\\entries\\active+0-3.conf active+3.conf\nwhen given image "
		"\\EFI\\test\\active.efi truncated\n",
		"when given remove \\loader\\entries\\active+0-3.conf\nwhen given image \\EFI\\test\\active.efi "
		"missing\n",
	};

	for (size_t i = 0; i < sizeof(left) / sizeof(left[0]); i++) {
		char about[32];

		snprintf(about, sizeof(about), "cut %zu", i);
		fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main, ALL_FAILED);
		check(about, "statereset", "resets=1");
		fake_situation_go_on(&stage, left[i]);
		check(about, "statereset", "resets=1"); /* resumed, and still the same one */
		fake_situation_go_on(&stage, "when resets\n");
		check(about, "active", "reason=active-trying");
		fake_situation_go_on(&stage, "when works\n");
		check(about, "active", "resets=0");
	}
	assert_null(*state);
}

/* A machine where nothing ever works, over sixty boots: how often is it wiped? */
static unsigned wipes(const char *about, const char *lines, const char *reset_does, unsigned *ret_other)
{
	unsigned count = 0;

	*ret_other = 0;
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main, lines);
	for (unsigned i = 0; i < 60; i++) {
		if (boot(about) != OUTCOME_OS)
			fail_msg("%s, boot %u: no OS; %s", about, i + 1, fake_os_report()->decision);
		if (!started("statereset"))
			continue;
		count++;
		fake_situation_go_on(&stage, reset_does);
	}
	*ret_other = started("recovery");
	return count;
}

static void test_no_endless_wipes(void **state)
{
	static const struct {
		const char *about, *lines, *reset_does;
		unsigned wipes_max;
	} rows[] = {
		{ "nothing", ROLES("+3"), "", 3 },
		{ "copies the used-up counter", ROLES("+3"), "when resets\n", 1 },
		{ "copies with new tries", ROLES("+3"), "when resets clean\n", 1 },
		{ "arms itself again", ROLES("+1"),
		  "when given rename \\loader\\entries\\statereset+0-1.conf statereset+1.conf\n", 3 },
		{ "copies, and arms itself and recovery again", ROLES("+1"),
		  "when resets clean\nwhen given rename \\loader\\entries\\statereset+0-1.conf statereset+3.conf\n"
		  "when given rename \\loader\\entries\\recovery+0-1.conf recovery+3.conf\n",
		  1 },
		{ "blesses itself", ROLES("+1"), "when blessed\n", 3 },
		{ "blesses itself and copies", ROLES("+1"), "when blessed\nwhen resets clean\n", 1 },
		{ "is without counter, and nothing",
		  ROLES("+1") "given remove \\loader\\entries\\statereset+1.conf\n"
			      "given entry statereset.conf sort-key=4\n",
		  "", 3 },
		{ "two are permitted",
		  "given config reset-limit 2\n" ROLES("+1") "given remove \\loader\\entries\\statereset+1.conf\n"
							     "given entry statereset.conf sort-key=4\n",
		  "when resets clean\n", 2 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned recovery, count = wipes(rows[i].about, rows[i].lines, rows[i].reset_does, &recovery);

		printf("a reset that does this: %s: %u in 60 boots\n", rows[i].about, count);
		if (count == 0 || count > rows[i].wipes_max)
			fail_msg("%s: %u wipes, at most %u expected", rows[i].about, count, rows[i].wipes_max);
		if (!recovery)
			fail_msg("%s: the last boot is not recovery's; %s", rows[i].about, fake_os_report()->decision);
	}
	assert_null(*state);
}

static void test_key_cancels_the_reset(void **state)
{
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main, ALL_FAILED "given config reset-delay 10\n");
	fake_console_press(3, 0, 'x');
	check("a key is pressed", "recovery", "cause=reset-cancelled");
	fake_console_press_nothing();
	assert_null(*state);
}

/* --- Nothing bootable ----------------------------------------------------------------------------------------------- */

static void test_nothing_bootable(void **state)
{
	static const struct {
		const char *action;
		enum outcome outcome[BERTH_COUNT]; /* driver, entry, type2, first, net */
	} rows[] = {
		{ "menu", { OUTCOME_FIRMWARE, OUTCOME_MENU, OUTCOME_MENU, OUTCOME_FIRMWARE, OUTCOME_FIRMWARE } },
		{ "reboot", { OUTCOME_RESET, OUTCOME_RESET, OUTCOME_RESET, OUTCOME_RESET, OUTCOME_RESET } },
		{ "poweroff",
		  { OUTCOME_POWEROFF, OUTCOME_POWEROFF, OUTCOME_POWEROFF, OUTCOME_POWEROFF, OUTCOME_POWEROFF } },
		{ "firmware", { OUTCOME_RESET, OUTCOME_RESET, OUTCOME_RESET, OUTCOME_RESET, OUTCOME_RESET } },
	};

	for (size_t i = 0; i < 4; i++)
		for (size_t b = 0; b < BERTH_COUNT; b++) {
			char lines[400];
			enum outcome outcome;

			snprintf(lines, sizeof(lines),
				 LOADER_CONF
				 "given config nothing-bootable %s\n"
				 "given entry active.conf state=missing\ngiven entry passive.conf state=empty\n",
				 rows[i].action);
			fake_situation_begin(&stage, fake_berths[b].berth, 257, efi_main, lines);
			outcome = boot(rows[i].action);
			if (outcome != rows[i].outcome[b])
				fail_msg("%s, %s: %s; %s", rows[i].action, fake_berths[b].name, outcome_name(outcome),
					 fake_os_report()->decision);
		}
	assert_null(*state);
}

/* --- Other disks, other boards -------------------------------------------------------------------------------------- */

static void test_record_of_another_disk(void **state)
{
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 262, efi_main,
			     LOADER_CONF "given entry active+1.conf key=efi\ngiven entry passive+3.conf key=efi\n");
	check("first", "active", "reason=active-trying");
	check("used up in the record", "passive", "reason=active-exhausted");
	stage.machine.esp->guid[0] ^= 0xFF; /* the same files on another disk, with this board's NVRAM */
	check("another disk", "active", "remarks=record-foreign");
	check("which has its own record now", "passive", "record=valid");
	assert_null(*state);
}

/* This disk in another machine: NVRAM knows nothing, names alone speak, and nothing is held against frozen counters. */
static void test_another_board(void **state)
{
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 262, efi_main,
			     LOADER_CONF "given entry active+1.conf key=efi\ngiven entry passive+3.conf key=efi\n"
					 "then a=boot\nthen b=boot\nwhen fails\nwhen given nvram lost\n");
	check("another board", "active", "record=absent");
	assert_null(*state);
}

/* A second ESP on another disk is nobody's business. */
static void test_second_disk(void **state)
{
	struct volume *other;

	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main,
			     LOADER_CONF "given entry active+0-3.conf\ngiven entry passive+3.conf\n");
	other = fake_volume_new(PARTITION_ESP, 1, "OTHER");
	fake_volume_write_text(other, "\\loader\\entries\\active.conf", "linux /a.efi\n", 1767225600);
	fake_os_install(other, "\\a.efi", OS_OK, NULL);
	check("two disks", "passive", "reason=active-exhausted");
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_in_the_same_cycle),
		cmocka_unit_test(test_refused_with_the_driver_alone),
		cmocka_unit_test(test_reset_cut),
		cmocka_unit_test(test_no_endless_wipes),
		cmocka_unit_test(test_key_cancels_the_reset),
		cmocka_unit_test(test_nothing_bootable),
		cmocka_unit_test(test_record_of_another_disk),
		cmocka_unit_test(test_another_board),
		cmocka_unit_test(test_second_disk),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
