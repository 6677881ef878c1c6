/* SPDX-License-Identifier: Apache-2.0 */
/* Kairos' agent replayed as file operations, by its own rules (facts on Kairos, sections 1.2 to 1.4 and 2): install, upgrade,
 * upgrade of recovery, reset, bootentry. After each the right role boots, and the berth still works. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clock.h"
#include "firmware.h"
#include "guids.h"
#include "loader_entry.h"
#include "os.h"
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define LASTING 7u /* NV, BS, RT */
#define ENTRIES "\\loader\\entries"
#define IMAGES  "\\EFI\\kairos"
/* The agent's loader.conf, which has no `default`. */
#define AGENTS_LOADER_CONF "timeout 5\nconsole-mode max\neditor no\nsecure-boot-enroll if-safe\n"

static struct stage stage;
static uint64_t now; /* of files that the agent writes */

static const struct {
	const char *role, *sort_key;
} roles[] = { { "active", "0001" }, { "passive", "0002" }, { "recovery", "0003" }, { "statereset", "0004" } };

static struct node *directory(const char *path)
{
	return fake_volume_find(stage.machine.esp, path);
}

static void write_conf(const char *name, const char *role, const char *sort_key)
{
	char path[300], text[300];

	snprintf(path, sizeof(path), ENTRIES "\\%s", name);
	snprintf(text, sizeof(text), "title Kairos\nlinux /EFI/kairos/%s.efi\nsort-key %s\n", role, sort_key);
	fake_volume_write_text(stage.machine.esp, path, text, now += 2);
}

static void write_image(const char *role)
{
	char path[300];

	snprintf(path, sizeof(path), IMAGES "\\%s.efi", role);
	fake_os_install(stage.machine.esp, path, OS_OK, NULL);
}

static void remove_role(const char *role)
{
	static const char *const paths[] = { ENTRIES, IMAGES };
	char path[600];

	for (size_t d = 0; d < 2; d++)
		for (size_t i = 0; i < directory(paths[d])->child_count;) {
			const char *name = directory(paths[d])->children[i]->name;

			snprintf(path, sizeof(path), "%s\\%s", paths[d], name);
			if (strncmp(name, role, strlen(role)) != 0 || !fake_volume_remove(stage.machine.esp, path))
				i++;
		}
}

/* FROM* becomes TO*, counters included: names, the path in each conf, images byte for byte. */
static void copy_role(const char *from, size_t from_role, size_t to_role)
{
	const char *to = roles[to_role].role;
	const struct node *images, *entries = directory(ENTRIES);
	char path[600];

	for (size_t i = 0, count = entries->child_count; i < count; i++)
		if (strncmp(entries->children[i]->name, from, strlen(from)) == 0) {
			snprintf(path, sizeof(path), "%s%s", to, entries->children[i]->name + strlen(from));
			write_conf(path, to, roles[from_role].sort_key);
		}
	snprintf(path, sizeof(path), "%s.efi", from);
	images = fake_node_child(directory(IMAGES), path);
	snprintf(path, sizeof(path), IMAGES "\\%s.efi", to);
	if (images)
		fake_volume_write(stage.machine.esp, path, images->bytes, images->size, now += 2);
}

/* AddSystemdConfSortKey and AddBootAssessment: every .conf whose name does not contain "loader.conf". */
static void assess(void)
{
	for (size_t i = 0; i < directory(ENTRIES)->child_count;) {
		char name[300], path[600];
		const char *sort_key = "0010";
		uint64_t left, done;
		size_t base;

		snprintf(name, sizeof(name), "%s", directory(ENTRIES)->children[i]->name);
		snprintf(path, sizeof(path), ENTRIES "\\%s", name);
		if (!strstr(name, "loader.conf"))
			for (size_t r = 0; r < 4; r++)
				if (strstr(name, roles[r].role)) {
					sort_key = roles[r].sort_key;
					write_conf(name, roles[r].role, sort_key);
				}
		if (strstr(name, "loader.conf") || fake_loader_counter(name, ".conf", &left, &done, &base)) {
			i++;
			continue;
		}
		snprintf(strstr(name, ".conf"), 16, "+3.conf");
		i += !fake_volume_rename(stage.machine.esp, path, name); /* renamed files go to the end */
	}
}

static void select_entry(const char *id)
{
	fake_variables_write("LoaderEntryOneShot", &fake_guid_loader, 0, NULL, 0);
	fake_variables_write_text("LoaderEntryOneShot", &fake_guid_loader, LASTING, id);
}

/* The agent knows nothing of Bootpilot. Where that needs `default`, our OS side has set the variable that outranks it. */
static void rewrite_loader_conf(bool os_side)
{
	fake_volume_write_text(stage.machine.esp, "\\loader\\loader.conf", AGENTS_LOADER_CONF, now += 2);
	if (os_side && stage.machine.berth == MACHINE_IN_ENTRY)
		fake_variables_write_text("LoaderEntryDefault", &fake_guid_loader, LASTING, "bootpilot-loader.conf");
}

static void agent_installs(void)
{
	for (size_t r = 0; r < 4; r++) {
		char name[64];

		write_image(roles[r].role);
		snprintf(name, sizeof(name), "%s.conf", roles[r].role);
		write_conf(name, roles[r].role, roles[r].sort_key);
	}
	assess();
	rewrite_loader_conf(true);
}

static void agent_upgrades(void)
{
	remove_role("passive");
	copy_role("active", 0, 1);
	remove_role("active");
	write_image("active");
	write_conf("active.conf", "active", "0001");
	assess();
	select_entry("active.conf");
	rewrite_loader_conf(true);
}

static void agent_upgrades_recovery(void)
{
	write_image("recovery");
	write_conf("recovery.conf", "recovery", "0003"); /* beside whatever recovery+X.conf there is */
}

static void agent_resets(void)
{
	remove_role("active");
	copy_role("recovery", 2, 0);
	assess();
	select_entry("active.conf");
	rewrite_loader_conf(true);
}

/* One power cycle: IMAGE is started, and WORDS stand in the decision. */
static void check(const char *about, const char *image, const char *words)
{
	const char *wrong = fake_machine_boot_wrong(&stage.machine, image, words);

	if (wrong)
		fail_msg("%s: %s", about, wrong);
}

static void os_says(const char *what)
{
	char line[64];

	snprintf(line, sizeof(line), "when %s\n", what);
	fake_situation_go_on(&stage, line);
}

static void begin(enum machine_berth berth)
{
	fake_situation_begin(&stage, berth, 262, efi_main, "given config reset-delay 0\n");
	now = CLOCK_START + 1000000;
	agent_installs();
}

static void set_counter(const char *role, const char *counter)
{
	char name[64];

	for (size_t i = 0; i < directory(ENTRIES)->child_count; i++) {
		char path[600];

		snprintf(name, sizeof(name), "%s", directory(ENTRIES)->children[i]->name);
		if (strncmp(name, role, strlen(role)) != 0)
			continue;
		snprintf(path, sizeof(path), ENTRIES "\\%s", name);
		snprintf(name, sizeof(name), "%s%s.conf", role, counter);
		fake_volume_rename(stage.machine.esp, path, name);
		return;
	}
}

static const enum machine_berth berths[] = { MACHINE_IN_DRIVER, MACHINE_IN_ENTRY, MACHINE_IN_NET, MACHINE_IN_FIRST };

#define FOR_EACH_BERTH for (size_t b = 0; b < sizeof(berths) / sizeof(berths[0]); b++)

static void test_install(void **state)
{
	FOR_EACH_BERTH
	{
		begin(berths[b]);
		assert_non_null(fake_volume_find(stage.machine.esp, ENTRIES "\\active+3.conf"));
		check("installed", "active", "reason=active-trying");
		os_says("works");
		check("installed and blessed", "active", "reason=active-good");
	}
	assert_null(*state);
}

/* The entry's name survives the agent, and as an entry it is reached although the agent's loader.conf has no default. */
static void test_our_entry_survives(void **state)
{
	begin(MACHINE_IN_ENTRY);
	agent_upgrades();
	agent_resets();
	assert_non_null(fake_volume_find(stage.machine.esp, MACHINE_ENTRY));

	/* Without our OS side (LoaderEntryDefault) the agent's loader.conf passes Bootpilot by: systemd-boot alone. */
	fake_variables_write("LoaderEntryDefault", &fake_guid_loader, 0, NULL, 0);
	fake_variables_write("LoaderEntryOneShot", &fake_guid_loader, 0, NULL, 0);
	rewrite_loader_conf(false);
	check("passed by", "active", "");
	assert_string_equal(fake_os_report()->decision, "");
	rewrite_loader_conf(true);
	check("with the OS side", "active", "berth=entry");
	assert_null(*state);
}

static void test_upgrade_from_active(void **state)
{
	FOR_EACH_BERTH
	{
		begin(berths[b]);
		check("before", "active", "reason=active-trying");
		os_says("works");
		agent_upgrades();
		check("the agent's request", "active", berths[b] == MACHINE_IN_ENTRY ? "" : "reason=requested");
		os_says("blessed");
		check("upgraded", "active", "reason=active-good");

		/* and where the new image is broken, the old one runs */
		agent_upgrades();
		for (unsigned boot = 0; boot < 3; boot++)
			check("broken upgrade", "active", "");
		check("after a broken upgrade", "passive", "reason=active-exhausted");
	}
	assert_null(*state);
}

/* The agent copies the broken active over the good passive. What is left then is the new active, and recovery. */
static void test_upgrade_from_passive(void **state)
{
	FOR_EACH_BERTH
	{
		begin(berths[b]);
		set_counter("active", "+0-3");
		check("before", "passive", "reason=active-exhausted");
		os_says("works");
		agent_upgrades();
		assert_non_null(fake_volume_find(stage.machine.esp, ENTRIES "\\passive+0-3.conf"));
		for (unsigned boot = 0; boot < 3; boot++)
			check("the new active", "active", "");
		check("both broken", "recovery", "reason=passive-exhausted");
	}
	assert_null(*state);
}

static void test_upgrade_of_recovery(void **state)
{
	static const char *const counters[] = { "+3", "+2-1", "+0-3" };

	for (size_t i = 0; i < 3; i++) {
		begin(MACHINE_IN_DRIVER);
		set_counter("active", "+0-3");
		set_counter("passive", "+0-3");
		set_counter("recovery", counters[i]);
		agent_upgrades_recovery();
		check(counters[i], "recovery", "recovery=good");
		check(counters[i], "recovery", "twins");
		/* The next upgrade counts recovery.conf anew, beside what is left of the other: the fewer tries speak again, and
		 * the stale file must be removed by the OS side. The record keeps it from leading to a reset. */
		assess();
		check(counters[i], "recovery", i == 2 ? "cause=uncorroborated" : "recovery=trying");
	}
	assert_null(*state);
}

/* Recovery's used-up counter comes with the copy: born exhausted. The record lends it tries, and there is no other reset. */
static void test_reset(void **state)
{
	FOR_EACH_BERTH
	{
		begin(berths[b]);
		set_counter("active", "+0-3");
		set_counter("passive", "+0-3");
		set_counter("recovery", "+0-3");
		check("everything failed", "statereset", "reason=recovery-exhausted");
		agent_resets();
		assert_non_null(fake_volume_find(stage.machine.esp, ENTRIES "\\active+0-3.conf"));
		check("the agent's request", "active", berths[b] == MACHINE_IN_ENTRY ? "" : "reason=requested");
		check("born exhausted", "active", "remarks=tries-lent");
		os_says("works");
		/* What the OS side must do: systemd blesses active+0-4.conf like any other. */
		check("blessed", "active", "reason=active-good");
	}
	assert_null(*state);
}

static void test_bootentry(void **state)
{
	for (size_t r = 0; r < 4; r++)
		FOR_EACH_BERTH
		{
			char id[64];

			begin(berths[b]);
			check("before", "active", "reason=active-trying");
			os_says("works");
			snprintf(id, sizeof(id), "%s.conf", roles[r].role);
			select_entry(id);
			check(id, roles[r].role, berths[b] == MACHINE_IN_ENTRY ? "" : "reason=requested");
			check("the boot after it", "active", "reason=active-good");
		}
	assert_null(*state);
}

/* An agent-directed boot of an entry that fails is a failed boot like any other: nothing is spent or won by it but the try. */
static void test_request_that_fails(void **state)
{
	begin(MACHINE_IN_DRIVER);
	select_entry("active.conf");
	check("requested", "active", "reason=requested");
	check("second", "active", "active=trying:2");
	check("third", "active", "active=trying:1");
	check("used up", "passive", "reason=active-exhausted");
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_install),
		cmocka_unit_test(test_our_entry_survives),
		cmocka_unit_test(test_upgrade_from_active),
		cmocka_unit_test(test_upgrade_from_passive),
		cmocka_unit_test(test_upgrade_of_recovery),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_bootentry),
		cmocka_unit_test(test_request_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
