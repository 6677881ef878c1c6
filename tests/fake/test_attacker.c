/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who may write to the ESP, or is root in the OS, works on a machine in service between its boots, and leaves the images alone:
 * names, variables, the record, the configuration file. The reset is never started before recovery really was, as often as it was
 * granted. What root may ask for openly is no forgery, and left out: a one-shot that names the reset entry, or a pattern that fits nothing
 * beside a default that names it. */
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
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define LASTING 7u /* NV, BS, RT: what an OS can write */
#define ENTRIES "\\loader\\entries"
#define LIVES   25u  /* of each berth, Secure Boot off and on */
#define CAPPED  100u /* lives in which nothing works */
#define BOOTS   24u
#define TRIES   3u

#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\n"
#define ROLES                                                                                                          \
	LOADER_CONF "given entry active+3.conf sort-key=1\ngiven entry passive+3.conf sort-key=2\n"                    \
		    "given entry recovery+3.conf sort-key=3\ngiven entry statereset+3.conf sort-key=4\n"

static struct stage stage;
static uint8_t ripe[RECORD_SIZE]; /* a record that permits the reset */
static uint32_t dice;

static unsigned roll(unsigned sides)
{
	dice = dice * 1664525u + 1013904223u;
	return (dice >> 16) % sides;
}

#define PICK(array) (array)[roll(sizeof(array) / sizeof((array)[0]))]

/* The file of ROLE is called ROLE COUNTER .conf. */
static void rename_entry(const char *role, const char *counter)
{
	const struct node *entries = fake_volume_find(stage.machine.esp, ENTRIES);
	char path[600], name[300];

	snprintf(name, sizeof(name), "%s%s.conf", role, counter);
	for (size_t i = 0; i < entries->child_count; i++)
		if (strncmp(entries->children[i]->name, role, strlen(role)) == 0) {
			snprintf(path, sizeof(path), ENTRIES "\\%s", entries->children[i]->name);
			fake_volume_rename(stage.machine.esp, path, name);
			return;
		}
}

/* As SetVariable at runtime: what the OS cannot see it can neither replace nor delete. */
static void os_writes(const char *name, const EFI_GUID *vendor, const void *bytes, size_t size)
{
	if (fake_variables_exists(name, vendor) &&
	    !(fake_variables_attributes(name, vendor) & EFI_VARIABLE_RUNTIME_ACCESS))
		return;
	fake_variables_write(name, vendor, 0, NULL, 0);
	fake_variables_write(name, vendor, LASTING, bytes, size);
}

static void os_writes_text(const char *name, const EFI_GUID *vendor, const char *text)
{
	uint8_t bytes[512];
	size_t len = strlen(text) + 1;

	for (size_t i = 0; i < len; i++) {
		bytes[2 * i] = (uint8_t)text[i];
		bytes[2 * i + 1] = 0;
	}
	os_writes(name, vendor, bytes, *text ? 2 * len : 0);
}

/* --- What the attacker does ----------------------------------------------------------------------------------------- */

enum skill {
	FORGES_EXHAUSTION, /* recovery's counter is only ever forged downwards */
	FORGES_ANYTHING,
};

static void forge_name(enum skill skill)
{
	static const char *const roles[] = { "active", "passive", "recovery", "statereset" };
	static const char *const used_up[] = { "+0-3", "+0-1", "+0", "+0-8", "+0-2147483647" };
	static const char *const any[] = { "",   "+3", "+2-1",  "+1-2", "+0-3",       "+0-1",
					   "+8", "+0", "+0-99", "+1",   "+2147483647" };
	const char *role = PICK(roles);

	rename_entry(role, skill == FORGES_EXHAUSTION && strcmp(role, "statereset") != 0 ? PICK(used_up) : PICK(any));
}

static void forge_variable(enum skill skill)
{
	static const char *const notes[] = { "good active.conf",       "good recovery.conf",
					     "good statereset.conf",   "re-arm active",
					     "re-arm passive",         "forget",
					     "good active.conf\ngood", "",
					     "re-arm recovery" };
	static const char *const wishes[] = { "active.conf", "passive.conf", "recovery.conf", "nothing.conf", "",
					      "recover*" };
	static const char *const told[] = {
		"role=reset entry=statereset.conf reason=recovery-exhausted pending=yes",
		"version=1 record=valid last=recovery recovery=launches:16,stalled:8,left:0 granted=1 resets=0",
	};

	switch (roll(4)) {
	case 0:
		os_writes_text("BootpilotNote", &fake_guid_bootpilot, notes[roll(skill == FORGES_EXHAUSTION ? 8 : 9)]);
		return;
	case 1:
		os_writes_text("LoaderEntryOneShot", &fake_guid_loader, PICK(wishes));
		return;
	case 2:
		os_writes_text("BootpilotDecision", &fake_guid_bootpilot, told[0]);
		os_writes_text("BootpilotState", &fake_guid_bootpilot, told[1]);
		return;
	default: /* what the loader would boot if nobody chose; as an entry Bootpilot is that default itself */
		if (stage.machine.berth != MACHINE_IN_ENTRY && stage.machine.berth != MACHINE_IN_TYPE2)
			os_writes_text("LoaderEntryDefault", &fake_guid_loader, "statereset*");
		return;
	}
}

static void forge_record(void)
{
	static const char *const slots[] = { "BootpilotRecord0", "BootpilotRecord1", "BootpilotVisit" };

	os_writes(PICK(slots), &fake_guid_bootpilot, ripe, sizeof(ripe));
}

/* Obeyed while Secure Boot is off, when whoever can write it can replace the images, too. */
static void forge_configuration(void)
{
	if (stage.machine.secure_boot)
		fake_volume_write_text(stage.machine.esp, MACHINE_CONFIG,
				       "auto-reset yes\nreset-limit 255\nrecovery statereset*\nactive no\npassive no\n",
				       1893456000);
}

static void attack(enum skill skill)
{
	for (unsigned i = roll(4); i > 0; i--)
		switch (roll(6)) {
		case 0:
			forge_variable(skill);
			break;
		case 1:
			forge_record();
			break;
		case 2:
			forge_configuration();
			break;
		default:
			forge_name(skill);
			break;
		}
}

/* --- Its lives ------------------------------------------------------------------------------------------------------ */

static enum outcome boot(const char *about)
{
	enum outcome outcome = fake_machine_boot(&stage.machine);

	if (laws_broken())
		fail_msg("%s: %s", about, laws_violation(0));
	return outcome;
}

/* A machine that has booted well twice, and knows it. */
static void begin(enum machine_berth berth, bool secure_boot)
{
	memset(&stage, 0, sizeof(stage));
	fake_machine_new(&stage.machine, 257, berth, secure_boot, efi_main);
	fake_situation_go_on(&stage, "given config reset-delay 0\n" ROLES);
	boot("in service");
	fake_situation_go_on(&stage, "when works\n");
	boot("in service");
	fake_situation_go_on(&stage, "when works\n");
}

static void ripen(void)
{
	fake_situation_begin(
		&stage, MACHINE_IN_DRIVER, 257, efi_main,
		LOADER_CONF
		"given config reset-delay 0\ngiven entry active+1.conf\ngiven entry passive+1.conf\n"
		"given entry recovery+1.conf\ngiven entry statereset+3.conf\nthen a=1\nthen p=1\nthen r=1\n");
	assert_int_equal(fake_variables_copy("BootpilotRecord0", &fake_guid_bootpilot, ripe, sizeof(ripe)),
			 RECORD_SIZE);
}

struct toll {
	unsigned lives, resets, fewest; /* starts of recovery before the first reset of a life */
};

/* One life, to its first reset. */
static void live(const char *about, enum skill skill, struct toll *toll)
{
	unsigned recoveries = 0;

	toll->lives++;
	for (unsigned i = 0; i < BOOTS; i++) {
		attack(skill);
		if (boot(about) != OUTCOME_OS)
			fail_msg("%s: no OS; %s", about, fake_os_report()->decision);
		recoveries += strstr(fake_os_report()->image, "recovery") != NULL;
		if (strstr(fake_os_report()->image, "statereset")) {
			toll->resets++;
			toll->fewest = recoveries < toll->fewest ? recoveries : toll->fewest;
			return;
		}
		if (roll(4) == 0)
			fake_situation_go_on(&stage, "when works\n");
	}
}

static void all_lives(enum skill skill, unsigned fewest)
{
	struct toll sum = { .fewest = UINT32_MAX };

	ripen();
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (unsigned secure_boot = 0; secure_boot < 2; secure_boot++)
			for (unsigned i = 0; i < LIVES; i++) {
				char about[96];

				snprintf(about, sizeof(about), "%s, Secure Boot %s, life %u", fake_berths[b].name,
					 secure_boot ? "on" : "off", i);
				dice = i * 7919u + (unsigned)skill;
				begin(fake_berths[b].berth, secure_boot);
				live(about, skill, &sum);
				if (sum.fewest < fewest)
					fail_msg("%s: a reset after %u starts of recovery; %s", about, sum.fewest,
						 fake_os_report()->decision);
			}
	printf("%u lives, %u with a reset, after %u starts of recovery or more\n", sum.lives, sum.resets, sum.fewest);
	assert_int_not_equal(sum.resets, 0); /* or nothing was seen */
}

static void test_forged_exhaustion(void **state)
{
	all_lives(FORGES_EXHAUSTION, TRIES);
	assert_null(*state);
}

/* Who can grant tries by name can grant a single one. */
static void test_forged_anything(void **state)
{
	all_lives(FORGES_ANYTHING, 1);
	assert_null(*state);
}

/* Everything exhausted by name at once, in each berth: recovery, and for as long as it was granted tries. */
static void test_the_next_boot(void **state)
{
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (unsigned secure_boot = 0; secure_boot < 2; secure_boot++) {
			begin(fake_berths[b].berth, secure_boot);
			rename_entry("active", "+0-3");
			rename_entry("passive", "+0-3");
			rename_entry("recovery", "+0-3");
			for (unsigned i = 0; i < TRIES; i++) {
				boot("forged at once");
				if (!strstr(fake_os_report()->image, "recovery") ||
				    !strstr(fake_os_report()->decision, "cause=uncorroborated"))
					fail_msg("%s, boot %u: %s; %s", fake_berths[b].name, i + 1,
						 fake_os_report()->image, fake_os_report()->decision);
			}
		}
	assert_null(*state);
}

/* The order of entries spares the reset entry, but a default names it, by a slip of the key `d` in systemd-boot's menu: a one-shot that
 * nothing fulfils does not lead there. (As an entry Bootpilot is the default itself.) */
static void test_default_that_names_the_reset(void **state)
{
	static const enum machine_berth berths[] = { MACHINE_IN_DRIVER, MACHINE_IN_FIRST, MACHINE_IN_NET };

	for (size_t b = 0; b < sizeof(berths) / sizeof(berths[0]); b++) {
		begin(berths[b], true);
		os_writes_text("LoaderEntryDefault", &fake_guid_loader, "statereset.conf");
		os_writes_text("LoaderEntryOneShot", &fake_guid_loader, "nothing.conf");
		assert_int_equal(boot("pinned"), OUTCOME_OS);
		if (!strstr(fake_os_report()->image, "active") ||
		    !strstr(fake_os_report()->decision, "request-refused"))
			fail_msg("berth %d: %s; %s", (int)berths[b], fake_os_report()->image,
				 fake_os_report()->decision);
	}
	assert_null(*state);
}

/* --- The cap -------------------------------------------------------------------------------------------------------- */

/* Nothing ever works, and accidents happen to names; no NVRAM is lost and nobody reports a success. */
static void test_cap_over_lives(void **state)
{
	static const char *const resets[] = { "", "when resets\n", "when resets clean\n", "when hangs\n" };
	unsigned most = 0, lives_with_reset = 0;

	for (unsigned life = 0; life < CAPPED; life++) {
		unsigned started = 0, complete = 0;

		dice = life * 104729u;
		begin(fake_berths[life % BERTH_COUNT].berth, life % 2);
		rename_entry("active", "+3"); /* an upgrade that does not work */
		for (unsigned i = 0; i < 60; i++) {
			const char *does = PICK(resets);

			if (boot("cap") != OUTCOME_OS)
				fail_msg("life %u, boot %u: no OS; %s", life, i, fake_os_report()->decision);
			if (!strstr(fake_os_report()->image, "statereset"))
				continue;
			started++;
			complete += strncmp(does, "when resets", 11) == 0;
			fake_situation_go_on(&stage, does);
		}
		lives_with_reset += started > 0;
		most = started > most ? started : most;
		if (complete > 1 || started > TRIES)
			fail_msg("life %u: %u resets, %u of them complete", life, started, complete);
	}
	printf("%u lives of 60 boots: %u with a reset, at most %u starts of it\n", CAPPED, lives_with_reset, most);
	assert_int_not_equal(lives_with_reset, 0);
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_next_boot),   cmocka_unit_test(test_forged_exhaustion),
		cmocka_unit_test(test_forged_anything), cmocka_unit_test(test_default_that_names_the_reset),
		cmocka_unit_test(test_cap_over_lives),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
