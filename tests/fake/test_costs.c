/* SPDX-License-Identifier: Apache-2.0 */
/* What a boot of a healthy machine costs, and how that grows with the number of entries. Counted, not timed: the same on every
 * machine. The limits are what was measured and a little room; who needs more than that has made every boot dearer. */
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
#include "os.h"
#include "pe.h"
#include "situation.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define SERIES   257
#define KIB      1024u
#define CONF_MAX (8u * KIB) /* of all confs, with the four entries of Kairos */
#define PE_MAX   (8u * KIB) /* of all images, with the four entries of Kairos */
#define HEADERS  1024u      /* bytes that are read of an image with the sections of a UKI */
#define CONF     128u       /* bytes of a conf here */

static const char *const roles[] = { "active", "passive", "recovery", "statereset" };

static struct stage stage;

static enum outcome boot(struct cost *ret)
{
	enum outcome outcome = fake_cost_boot(&stage, ret);

	if (ret->violation)
		fail_msg("%s", ret->violation);
	return outcome;
}

static void within(const char *what, const char *figure, uint64_t value, uint64_t most)
{
	if (value > most)
		fail_msg("%s: %llu %s, at most %llu are allowed", what, (unsigned long long)value, figure,
			 (unsigned long long)most);
}

/* A UKI at PATH: nine sections, the last and largest of CLAIMED bytes of which only the beginning is there. */
static void install_uki(const char *path, uint32_t build, uint32_t claimed)
{
	static const char osrel[] = "ID=kairos\nPRETTY_NAME=Kairos\nVERSION_ID=1\n";
	static const char *const names[] = { ".cmdline", ".uname", ".sbat", ".initrd", ".linux", ".pcrsig", ".pcrpkey" };
	struct pe_plan plan = {
		.machine = PE_MACHINE_X64, .subsystem = PE_APPLICATION, .build = build, .text = OS_MARKER
	};
	uint8_t *image, *section;
	struct node *node;
	size_t size;

	plan.sections[0] = (struct pe_section){ ".osrel", osrel, sizeof(osrel) - 1 };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		plan.sections[i + 1] = (struct pe_section){ names[i], osrel, sizeof(osrel) - 1 };
	image = fake_pe_build(&plan, &size);
	section = memmem(image, 1024, ".text", 5);
	for (size_t i = 0; claimed && i < 4; i++) {
		section[8 + i] = section[16 + i] = (uint8_t)(claimed >> (8 * i)); /* in memory, in the file */
		image[0x80 + 24 + 56 + i] = (uint8_t)((claimed + (64u << 10)) >> (8 * i)); /* SizeOfImage */
	}
	node = fake_volume_write(stage.machine.esp, path, image, size, CLOCK_START + 2 * build);
	node->claimed = claimed ? size + claimed : 0;
	free(image);
}

/* The files of an installed Kairos: four entries, each with a UKI of SIZE bytes more than there are. */
static void install_kairos(enum machine_berth berth, uint32_t size)
{
	char path[100], conf[200];

	fake_situation_begin(&stage, berth, SERIES, efi_main, "given file \\loader\\loader.conf timeout 5\\ndefault active*\n");
	for (uint32_t i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "\\EFI\\kairos\\%s.efi", roles[i]);
		install_uki(path, i + 1, size);
		snprintf(path, sizeof(path), "\\loader\\entries\\%s.conf", roles[i]);
		snprintf(conf, sizeof(conf), "title Kairos\nefi /EFI/kairos/%s.efi\nversion v3.4.2\nsort-key 000%u\n",
			 roles[i], i + 1);
		fake_volume_write_text(stage.machine.esp, path, conf, CLOCK_START);
	}
}

/* Entries called PREFIX0000.conf and so on, which share an image. */
static void add_entries(const char *prefix, unsigned count)
{
	char path[100], conf[CONF];

	install_uki("\\EFI\\test\\shared.efi", 9, 0);
	for (unsigned i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "\\loader\\entries\\%s%04u.conf", prefix, i);
		snprintf(conf, sizeof(conf), "title Many\nversion %u\nlinux /EFI/test/shared.efi\n", i);
		fake_volume_write_text(stage.machine.esp, path, conf, CLOCK_START);
	}
}

/* Nothing was read of any entry whose name begins with PREFIX. */
static void assert_unopened(const char *prefix)
{
	const struct node *entries = fake_volume_find(stage.machine.esp, "\\loader\\entries");

	for (size_t i = 0; i < entries->child_count; i++)
		if (strncmp(entries->children[i]->name, prefix, strlen(prefix)) == 0 && entries->children[i]->read)
			fail_msg("%s: read, though it has no role", entries->children[i]->name);
	if (fake_volume_find(stage.machine.esp, "\\EFI\\test\\shared.efi")->read)
		fail_msg("%s", "the image of entries without a role was read");
}

/* The boot behind the one in which the record was written: nothing is new. */
static void boot_steadily(const char *what, struct cost *ret)
{
	boot(ret);
	boot(ret);
	fake_cost_print(what, ret);
}

/* --- Kairos' four entries ------------------------------------------------------------------------------------------ */

static void test_four_entries(void **state)
{
	static const struct {
		const char *about;
		enum machine_berth berth;
		uint64_t calls, variables_read, variables_set;
	} rows[] = {
		{ "driver", MACHINE_IN_DRIVER, 138, 24, 4 },   { "entry", MACHINE_IN_ENTRY, 162, 26, 5 },
		{ "type2", MACHINE_IN_TYPE2, 166, 26, 5 },     { "first", MACHINE_IN_FIRST, 161, 26, 5 },
		{ "driver + net", MACHINE_IN_NET, 138, 24, 4 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cost cost;

		install_kairos(rows[i].berth, 0);
		boot_steadily(rows[i].about, &cost);
		within(rows[i].about, "firmware calls", cost.calls, rows[i].calls);
		within(rows[i].about, "variables read", cost.variables_read, rows[i].variables_read);
		within(rows[i].about, "variables set", cost.variables_set, rows[i].variables_set);
		within(rows[i].about, "lasting variables changed", cost.writes, 1);
		within(rows[i].about, "bytes of confs", cost.conf_bytes, CONF_MAX);
		within(rows[i].about, "bytes of images", cost.image_bytes, PE_MAX);
		assert_true(cost.writes == 1); /* the one-shot */
	}
	assert_null(*state);
}

/* What is read of an image does not depend on its size. */
static void test_large_images(void **state)
{
	struct cost small, large;

	install_kairos(MACHINE_IN_DRIVER, 0);
	boot(&small);
	fake_cost_print("4 images of 9 KiB", &small);
	install_kairos(MACHINE_IN_DRIVER, 300u << 20);
	boot(&large); /* it does not start: only its beginning is there */
	fake_cost_print("4 images of 300 MiB", &large);
	assert_non_null(strstr(fake_os_report()->decision, "role=active entry=active.conf reason=active-good"));
	assert_int_equal(small.image_bytes, large.image_bytes);
	assert_int_equal(small.calls, large.calls);
	within("4 images of 300 MiB", "bytes of one image", large.largest_image, HEADERS);
	assert_null(*state);
}

/* --- Growth -------------------------------------------------------------------------------------------------------- */

static const unsigned sizes[] = { 4, 16, 64, 256, 1000 }; /* entries in all, Kairos' four among them */

#define SIZE_COUNT (sizeof(sizes) / sizeof(sizes[0]))

/* What MORE entries beside Kairos' four add to what those cost. */
typedef void added(const char *about, unsigned more, const struct cost *four, const struct cost *cost);

static void grow(const char *prefix, const char *which, added *check)
{
	struct cost four = { .calls = 0 }, cost;
	char about[64];

	for (size_t i = 0; i < SIZE_COUNT; i++) {
		unsigned more = sizes[i] - 4;

		install_kairos(MACHINE_IN_DRIVER, 0);
		add_entries(prefix, more);
		snprintf(about, sizeof(about), "%u entries, %s", sizes[i], which);
		boot_steadily(about, &cost);
		if (i == 0)
			four = cost;
		assert_non_null(strstr(fake_os_report()->decision, "role=active entry=active.conf"));
		assert_int_equal(cost.names, four.names + more);
		assert_int_equal(cost.variables_read, four.variables_read);
		assert_int_equal(cost.writes, 1);
		check(about, more, &four, &cost);
	}
}

/* One call for each name in the directory, and none besides. */
static void foreign_cost(const char *about, unsigned more, const struct cost *four, const struct cost *cost)
{
	assert_unopened("os");
	assert_int_equal(cost->conf_bytes, four->conf_bytes);
	assert_int_equal(cost->image_bytes, four->image_bytes);
	assert_int_equal(cost->variables_set, four->variables_set);
	/* memory comes in chunks: a few for the names and the list of 1,000 */
	within(about, "firmware calls", cost->calls, four->calls + more + 24);
}

static void test_foreign_entries(void **state)
{
	grow("os", "4 with a role", foreign_cost);
	assert_null(*state);
}

/* Each is opened: its conf, the headers of its image. */
static void role_cost(const char *about, unsigned more, const struct cost *four, const struct cost *cost)
{
	within(about, "firmware calls", cost->calls, four->calls + 16u * more + 24);
	within(about, "bytes of confs", cost->conf_bytes, four->conf_bytes + CONF * more);
	within(about, "bytes of images", cost->image_bytes, four->image_bytes + HEADERS * more);
}

static void test_role_entries(void **state)
{
	grow("active_", "all with a role", role_cost);
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_entries),
		cmocka_unit_test(test_large_images),
		cmocka_unit_test(test_foreign_entries),
		cmocka_unit_test(test_role_entries),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
