/* SPDX-License-Identifier: Apache-2.0 */
/* Machines and contents that few people have: disks without a GPT, no screen, keys pressed too early, odd files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/console.h"
#include "efi/console.h"
#include "efi/firmware.h"
#include "tests/fake/firmware.h"
#include "os.h"
#include "situation.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\n"
#define ALL_FAILED                                                                                                     \
	LOADER_CONF "given entry active+0-3.conf\ngiven entry passive+0-3.conf\n"                                      \
		    "given entry recovery+0-3.conf\ngiven entry statereset+3.conf\n"

#define LETTERS_29 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct stage stage;

static void check(const char *about, const char *image, const char *words)
{
	const char *wrong = fake_machine_boot_wrong(&stage.machine, image, words);

	if (wrong)
		fail_msg("%s: %s", about, wrong);
}

static void test_odd_contents(void **state)
{
	static const struct {
		const char *about;
		enum machine_berth berth;
		const char *lines;
		const char *image, *words;
	} rows[] = {
		{ "measuring is asked for, and there is no TPM", MACHINE_IN_DRIVER,
		  "given config measure yes\ngiven entry active.conf\n", "active", "reason=active-good" },
		{ "the image is a directory", MACHINE_IN_DRIVER,
		  "given entry active.conf image=\\EFI\\tree state=missing\ngiven file \\EFI\\tree\\leaf x\n"
		  "given entry passive.conf\n",
		  "passive", "active=unbootable:image-broken" },
		{ "`preferred` in loader.conf, which this loader passes over", MACHINE_IN_DRIVER,
		  "given file \\loader\\loader.conf preferred os_1*\\ntimeout 0\n"
		  "given entry os_1.conf sort-key=os version=1\ngiven entry os_2.conf sort-key=os version=2\n",
		  "os_1", "role=active" },
		{ "somebody else's LoaderInfo", MACHINE_IN_FIRST,
		  "given variable LoaderInfo some other loader 2.06\ngiven entry active.conf\n", "active",
		  "reason=active-good" },
		{ "a name of 244 units, which firmware lists and does not open", MACHINE_IN_DRIVER,
		  "given entry active_" LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29
		  LETTERS_29 ".conf image=\\EFI\\test\\long.efi\ngiven entry passive.conf\n",
		  "passive", "active=unbootable:hidden" },
		{ "an image at a path of 270 units, which firmware does not open", MACHINE_IN_DRIVER,
		  "given entry active.conf image=\\EFI\\" LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29
		  "\\" LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 ".efi\ngiven entry passive.conf\n",
		  "passive", "active=unbootable:image-missing" },
		{ "a UKI whose path has 260 units, which firmware lists and does not open", MACHINE_IN_DRIVER,
		  "given uki active_" LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29 LETTERS_29
		  LETTERS_29 "xxxxxxx.efi\ngiven entry passive.conf\n",
		  "passive", "active=unbootable:image-missing" },
		{ "the start of our own name in LoaderInfo", MACHINE_IN_FIRST,
		  "given variable LoaderInfo sys\ngiven entry active.conf\n", "active", "reason=active-good" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_situation_begin(&stage, rows[i].berth, 257, efi_main, LOADER_CONF);
		fake_situation_go_on(&stage, rows[i].lines);
		check(rows[i].about, rows[i].image, rows[i].words);
	}
	assert_null(*state);
}

/* --- The disk ----------------------------------------------------------------------------------------------------- */

/* Where there is no GPT the FAT's serial number tells one disk from another, and the record holds as it does elsewhere. */
static void test_disks_without_gpt(void **state)
{
	static const struct {
		const char *about;
		enum partition partition;
	} rows[] = { { "a stick without partitions", PARTITION_NONE }, { "a master boot record", PARTITION_MBR } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_situation_begin(&stage, MACHINE_IN_DRIVER, 262, efi_main,
				     LOADER_CONF "given entry active+1.conf key=efi\ngiven entry passive+3.conf key=efi\n");
		stage.machine.esp->partition = rows[i].partition;
		stage.machine.esp->number = rows[i].partition == PARTITION_MBR;
		check(rows[i].about, "active", "record=absent");
		check(rows[i].about, "passive", "reason=active-exhausted");
		check(rows[i].about, "passive", "record=valid");
		stage.machine.esp->serial ^= 1;
		check(rows[i].about, "active", "remarks=record-foreign");
	}
	assert_null(*state);
}

/* --- The loader's own file ---------------------------------------------------------------------------------------- */

/* Of the two places of systemd-boot the first one that carries its mark is started, not just any program there. */
static void test_other_loaders_in_its_place(void **state)
{
	static const char *const marks[] = {
		"#### LoaderInfo: another boot", "#### LoaderInfo: systemd-b##t", "#### Loader-Info: systemd-boo",
		"### LoaderInfo: systemd-boot ", "            LoaderInfo: syste",
	};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		fake_situation_begin(&stage, MACHINE_IN_FIRST, 257, efi_main, LOADER_CONF "given entry active.conf\n");
		struct node *node = fake_volume_find(stage.machine.esp, MACHINE_LOADER);
		char *at = memmem(node->bytes, node->size, "#### LoaderInfo: systemd-boot", 29);
		assert_non_null(at);
		memcpy(at, marks[i], 29);
		check(marks[i], "active", "reason=active-good");
		assert_int_equal(fake_volume_find(stage.machine.esp, "\\EFI\\BOOT\\BOOTX64.EFI")->read > 0, true);
	}
	assert_null(*state);
}

/* --- The screen and the keys -------------------------------------------------------------------------------------- */

static void test_letters_beyond_ascii(void **state)
{
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main,
			     LOADER_CONF "given entry passive-\xc3\xa4\xe2\x82\xac\xf0\x9f\x99\x82.conf\n");
	check("three letters of two, three and four bytes", "passive", "reason=active-missing");
	if (!fake_console_says("passive-???.conf\r\n")) /* one mark for each: the columns stay */
		fail_msg("%s", fake_console_text());
	assert_null(*state);
}

static void test_no_screen_and_no_keys(void **state)
{
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, 257, efi_main, ALL_FAILED "given config reset-delay 2\n");
	fake_console_missing(true);
	check("a machine without a head resets all the same", "statereset", "reason=recovery-exhausted");
	assert_false(fake_console_used());
	assert_null(*state);
}

/* A key that lay in the buffer before anybody asked is no answer. */
static void test_keys_pressed_too_early(void **state)
{
	static const struct {
		const char *about;
		double seconds[2];
		bool cancelled;
	} rows[] = {
		{ "before it began", { 0.3, 0.6 }, false },   { "before it began, and meanwhile", { 0.3, 2.5 }, true },
		{ "at its very end", { 2.85, 2.86 }, true },  { "when it was over", { 3.1, 3.2 }, false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fake_firmware_new();
		fake_console_press(rows[i].seconds[0], 0, 'x');
		fake_console_press(rows[i].seconds[1], 0, 'y');
		EFI_SYSTEM_TABLE *system = fake_firmware_on();
		struct firmware fw = firmware_of(fake_firmware_image(), system);
		system->BootServices->Stall(1000000);
		if (console_countdown(&fw, "Any key: ", 2) != rows[i].cancelled)
			fail_msg("%s: cancelled %d", rows[i].about, !rows[i].cancelled);
		fake_firmware_off();
		fake_console_press_nothing();
	}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_odd_contents),
		cmocka_unit_test(test_disks_without_gpt),
		cmocka_unit_test(test_other_loaders_in_its_place),
		cmocka_unit_test(test_letters_beyond_ascii),
		cmocka_unit_test(test_no_screen_and_no_keys),
		cmocka_unit_test(test_keys_pressed_too_early),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
