/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "build.h"
#include "tools/machine.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A directory that is made for one test and removed after it. */
struct fixture {
	char root[64];
	struct machine offline;
};

static void path_of(const struct fixture *f, const char *path, char *ret, size_t size)
{
	assert_true((size_t)snprintf(ret, size, "%s/%s", f->root, path) < size);
}

/* All directories of PATH below the root. */
static void directories_make(const struct fixture *f, const char *path)
{
	char whole[4096];
	path_of(f, path, whole, sizeof(whole));
	for (char *slash = whole + strlen(f->root) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
		*slash = '\0';
		mkdir(whole, 0755);
	}
}

static void file_write(const struct fixture *f, const char *path, const void *bytes, size_t size)
{
	char whole[4096];
	directories_make(f, path);
	path_of(f, path, whole, sizeof(whole));
	FILE *file = fopen(whole, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static void text_write(const struct fixture *f, const char *path, const char *text)
{
	file_write(f, path, text, strlen(text));
}

static void put(uint8_t *at, uint32_t value, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* The smallest PE32+ image with the sections .text and SECTION (PE format, Microsoft). */
static void image_write(const struct fixture *f, const char *path, unsigned machine, const char *section,
			const char *text)
{
	static const char *const names[] = { ".text" };
	uint8_t image[2048] = "MZ", *pe = image + 64, *optional = pe + 24, *table = optional + 240;
	put(image + 60, 64, 4);
	memcpy(pe, "PE\0", 4);
	put(pe + 4, machine, 2);
	put(pe + 6, 2, 2);
	put(pe + 20, 240, 2);
	put(optional, 0x20b, 2);
	put(optional + 16, 0x1000, 4); /* entry point */
	put(optional + 32, 4096, 4);
	put(optional + 36, 512, 4);
	put(optional + 56, 0x3000, 4);
	put(optional + 60, 512, 4);
	put(optional + 68, 10, 2);
	put(optional + 108, 16, 4);
	for (unsigned i = 0; i < 2; i++) {
		const char *name = i ? section : names[0];
		uint8_t *at = table + 40 * i;
		memcpy(at, name, strlen(name));
		put(at + 8, i ? (uint32_t)strlen(text) : 512, 4);
		put(at + 12, 0x1000 * (i + 1), 4);
		put(at + 16, 512, 4);
		put(at + 20, 512 * (i + 1), 4);
	}
	memcpy(image + 1024, text, strlen(text));
	file_write(f, path, image, 1536);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	strcpy(f->root, "/tmp/bootpilot-esp-XXXXXX");
	assert_non_null(mkdtemp(f->root));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	char command[128];
	snprintf(command, sizeof(command), "rm -rf '%s'", f->root);
	machine_close(&f->offline);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static void entry_write(const struct fixture *f, const char *directory, const char *name)
{
	char path[1024], conf[256];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	snprintf(conf, sizeof(conf), "title The %.40s\nlinux /EFI/Kairos/os.efi\n", name);
	text_write(f, path, conf);
}

static const struct decision *decide(struct fixture *f, const char *boot_path)
{
	char boot[4096];
	struct options options = { .esp_path = f->root, .boot_path = boot_path ? boot : NULL };
	if (boot_path)
		path_of(f, boot_path, boot, sizeof(boot));
	assert_int_equal(machine_open(&f->offline, &options), EXIT_DONE);
	world_decide(&f->offline.world);
	return &f->offline.world.decision;
}

static void letter_case_does_not_matter(void **state)
{
	struct fixture *f = *state;
	entry_write(f, "LOADER/Entries", "ACTIVE+3.CONF");
	image_write(f, "efi/KAIROS/OS.EFI", BUILD_MACHINE, ".x", "x");
	const struct decision *decision = decide(f, NULL);
	assert_int_equal(decision->reason, REASON_ACTIVE_TRYING);
	assert_true(text_equal(decision->entry->file, TEXT("ACTIVE+3.CONF")));
	assert_true(text_equal(decision->entry->title, TEXT("The ACTIVE+3.CONF")));
}

static void images(void **state)
{
	static const struct {
		const char *image;
		unsigned machine; /* 0: the text as it is */
		enum fault fault;
	} rows[] = {
		{ "x", BUILD_MACHINE, FAULT_NONE }, { "x", 0x14c, FAULT_WRONG_ARCHITECTURE },
		{ "", 0, FAULT_IMAGE_BROKEN },      { "#!/bin/sh\n", 0, FAULT_IMAGE_BROKEN },
		{ "MZ", 0, FAULT_IMAGE_BROKEN },    { NULL, 0, FAULT_IMAGE_MISSING },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		entry_write(f, "loader/entries", "active.conf");
		if (rows[i].machine)
			image_write(f, "EFI/kairos/os.efi", rows[i].machine, ".x", rows[i].image);
		else if (rows[i].image)
			text_write(f, "EFI/kairos/os.efi", rows[i].image);
		else {
			char path[256];
			path_of(f, "EFI/kairos/os.efi", path, sizeof(path));
			unlink(path);
		}
		const struct decision *decision = decide(f, NULL);
		if (decision->roles[ROLE_ACTIVE].fault != rows[i].fault)
			fail_msg("row %zu: fault %d", i, decision->roles[ROLE_ACTIVE].fault);
		machine_close(&f->offline);
	}
	decide(f, NULL);
}

static void links_are_not_followed(void **state)
{
	struct fixture *f = *state;
	char path[256], target[256];
	entry_write(f, "loader/entries", "active.conf");
	entry_write(f, "loader/entries", "passive.conf");
	entry_write(f, "elsewhere", "recovery.conf");
	image_write(f, "elsewhere/real.efi", BUILD_MACHINE, ".x", "x");
	directories_make(f, "EFI/kairos/");
	path_of(f, "EFI/kairos/os.efi", path, sizeof(path));
	path_of(f, "elsewhere/real.efi", target, sizeof(target));
	assert_int_equal(symlink(target, path), 0);
	path_of(f, "loader/entries/recovery.conf", path, sizeof(path));
	path_of(f, "elsewhere/recovery.conf", target, sizeof(target));
	assert_int_equal(symlink(target, path), 0);
	path_of(f, "EFI/Linux", path, sizeof(path));
	path_of(f, "elsewhere", target, sizeof(target));
	assert_int_equal(symlink(target, path), 0);
	const struct decision *decision = decide(f, NULL);
	assert_int_equal(decision->roles[ROLE_ACTIVE].fault, FAULT_IMAGE_MISSING);
	assert_int_equal(decision->roles[ROLE_RECOVERY].verdict, VERDICT_MISSING);
	assert_true(f->offline.esp.links >= 3);
}

static void unified_images(void **state)
{
	struct fixture *f = *state;
	image_write(f, "EFI/Linux/active+2-1.efi", BUILD_MACHINE, ".osrel", "ID=kairos\nPRETTY_NAME=\"Kairos 4\"\n");
	image_write(f, "EFI/Linux/passive.efi", BUILD_MACHINE, ".x", "x");
	const struct decision *decision = decide(f, NULL);
	assert_true(text_equal(decision->entry->title, TEXT("Kairos 4")));
	assert_true(text_equal(decision->entry->sort_key, TEXT("kairos")));
	assert_int_equal(decision->roles[ROLE_ACTIVE].tries, 2);
	assert_int_equal(decision->roles[ROLE_PASSIVE].fault, FAULT_HIDDEN);
}

/* A .conf may name an image that is an entry by itself. */
static void image_shared_with_type2(void **state)
{
	struct fixture *f = *state;
	text_write(f, "loader/entries/active.conf", "uki /EFI/Linux/shared.efi\n");
	image_write(f, "EFI/Linux/shared.efi", BUILD_MACHINE, ".osrel", "ID=x\n");
	assert_int_equal(decide(f, NULL)->reason, REASON_ACTIVE_GOOD);
}

static void other_names_are_not_opened(void **state)
{
	struct fixture *f = *state;
	entry_write(f, "loader/entries", "active.conf");
	entry_write(f, "loader/entries", "debian.conf");
	decide(f, NULL);
	const struct inventory *inventory = &f->offline.world.inventory;
	assert_int_equal(inventory->entry_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(inventory->entries[i].opened,
				 text_equal(inventory->entries[i].file, TEXT("active.conf")));
}

static void large_files(void **state)
{
	static char bytes[CONF_SIZE_MAX + 1];
	struct fixture *f = *state;
	memset(bytes, '\n', sizeof(bytes));
	memcpy(bytes, "linux /EFI/kairos/os.efi", 24);
	image_write(f, "EFI/kairos/os.efi", BUILD_MACHINE, ".x", "x");
	file_write(f, "loader/entries/active.conf", bytes, sizeof(bytes));
	file_write(f, "loader/entries/passive.conf", bytes, sizeof(bytes) - 1);
	const struct decision *decision = decide(f, NULL);
	assert_int_equal(decision->roles[ROLE_ACTIVE].fault, FAULT_TOO_LARGE);
	assert_int_equal(decision->roles[ROLE_PASSIVE].verdict, VERDICT_GOOD);
}

static void many_entries(void **state)
{
	struct fixture *f = *state;
	image_write(f, "EFI/kairos/os.efi", BUILD_MACHINE, ".x", "x");
	for (unsigned i = 0; i < ROLES_FOREIGN_MAX; i++) {
		char name[32];
		snprintf(name, sizeof(name), i ? "other-%u.conf" : "active.conf", i);
		entry_write(f, "loader/entries", name);
	}
	assert_false(decide(f, NULL)->remarks & REMARK_LIST_CAPPED);
	machine_close(&f->offline);
	entry_write(f, "loader/entries", "other-one-more.conf");
	assert_true(decide(f, NULL)->remarks & REMARK_LIST_CAPPED);
}

static void xbootldr(void **state)
{
	struct fixture *f = *state;
	entry_write(f, "boot/loader/entries", "passive+3.conf");
	image_write(f, "boot/EFI/kairos/os.efi", BUILD_MACHINE, ".x", "x");
	const struct decision *decision = decide(f, "boot");
	assert_int_equal(decision->reason, REASON_ACTIVE_MISSING);
	assert_int_equal(decision->entry->partition, PARTITION_XBOOTLDR);
}

static void configuration_and_loader(void **state)
{
	struct fixture *f = *state;
	text_write(f, "EFI/Bootpilot/bootpilot.cfg", "active blue*\n");
	entry_write(f, "loader/entries", "blue-1.conf");
	entry_write(f, "loader/entries", "active.conf");
	image_write(f, "EFI/kairos/os.efi", BUILD_MACHINE, ".x", "x");
	image_write(f, "EFI/BOOT/BOOT" BUILD_ARCH ".EFI", BUILD_MACHINE, ".sdmagic",
		    "#### LoaderInfo: systemd-boot 254.26-1~bpo12+1 ####");
	image_write(f, "EFI/systemd/drivers/bootpilot" BUILD_ARCH ".efi", BUILD_MACHINE, ".bpcfg",
		    "active green*\nauto-reset no\n");
	/* The file outranks the image. */
	assert_true(text_equal(decide(f, NULL)->entry->file, TEXT("blue-1.conf")));
	assert_int_equal(f->offline.world.inventory.config.auto_reset, AUTO_RESET_NO);
	assert_int_equal(f->offline.world.loader_major, 254);
	assert_int_equal(f->offline.world.series, WORLD_254);
}

static void nothing_there(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(decide(f, NULL)->reason, REASON_NO_ROLES);
	assert_false(f->offline.esp.has_entries);
}

static void hostile_names(void **state)
{
	struct fixture *f = *state;
	char path[512];
	text_write(f, "loader/entries/active\033[2J\377.conf", "linux /../../../etc/passwd\n");
	text_write(f, "loader/entries/passive+99999999999999999999.conf", "linux \0\377\n");
	text_write(f, "loader/entries/active.conf/file", "a directory of that name");
	path_of(f, "loader/entries/recovery.conf", path, sizeof(path));
	assert_int_equal(mkfifo(path, 0600), 0);
	/* No name among them is a role's, so what systemd-boot would pick is active, and its image is nowhere. */
	const struct decision *decision = decide(f, NULL);
	assert_int_equal(decision->reason, REASON_NOTHING_BOOTABLE);
	assert_int_equal(decision->roles[ROLE_RECOVERY].verdict, VERDICT_MISSING);
	assert_int_equal(f->offline.world.inventory.entry_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(letter_case_does_not_matter),
		TEST(images),
		TEST(links_are_not_followed),
		TEST(unified_images),
		TEST(image_shared_with_type2),
		TEST(other_names_are_not_opened),
		TEST(large_files),
		TEST(many_entries),
		TEST(xbootldr),
		TEST(configuration_and_loader),
		TEST(nothing_there),
		TEST(hostile_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
