/* SPDX-License-Identifier: Apache-2.0 */
/* A healthy machine is never driven off active: every way in which an OS that works could fail to testify, and what becomes
 * of it over twelve boots. Where one is driven off, the row says by which rule of the design, and what systemd-boot alone
 * does with it. */
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
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define BOOTS       12u
#define LASTING     7u /* NV, BS, RT */
#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\ngiven config reset-delay 0\n"
#define READ_ONLY   "given esp read-only\n"
#define ROLES(counter, key)                                                                                            \
	LOADER_CONF "given entry active" counter ".conf key=" key " sort-key=1\n"                                      \
		    "given entry passive" counter ".conf key=" key " sort-key=2\n"                                     \
		    "given entry recovery" counter ".conf key=" key " sort-key=3\n"                                    \
		    "given entry statereset" counter ".conf key=" key " sort-key=4\n"

/* What happens while the OS of each boot runs, before it reports. */
enum mishap {
	NONE,
	NOTE_LOST,          /* it is written, and gone after the power cycle */
	NOTE_OF_ANOTHER,    /* it names an id that was not launched */
	NOTE_NOT_LASTING,   /* with other attributes than a note has */
	NVRAM_FULL,         /* from the second boot on */
	NVRAM_PROTECTED,    /* likewise */
	NVRAM_FORGETS,      /* every variable is lost with the power */
	NVRAM_LIES,         /* every lasting change succeeds and is not done */
	ESP_BECOMES_LOCKED, /* read-only from the second boot on */
	UPGRADE,            /* in the second boot, to an image without the OS side */
};

/* What the OS of a boot says: w(orks) and reports, b(lessed by systemd alone), s(ilent). It always works. */
struct life {
	const char *about;
	unsigned series;
	const char *lines;
	const char *says;
	enum mishap mishap;
	const char *alone; /* roles that systemd-boot alone boots: a(ctive), p, r, R(eset) */
	const char *boots; /* roles that Bootpilot boots */
	const char *rule;  /* of the design, that drives it off active; NULL: it is not */
};

static const struct life lives[] = {
	/* Nobody is driven off active who says something, or says nothing where nothing was ever heard. */
	{ "blessed at the first boot, then silent", 257, ROLES("+3", "linux"), "bsssssssssss", NONE, "aaaaaaaaaaaa",
	  "aaaaaaaaaaaa", NULL },
	{ "never counted, never heard", 257, ROLES("", "linux"), "ssssssssssss", NONE, "aaaaaaaaaaaa", "aaaaaaaaaaaa",
	  NULL },
	{ "never counted, heard once", 257, ROLES("", "linux"), "wsssssssssss", NONE, "aaaaaaaaaaaa", "aaaaaaaaaaaa",
	  NULL },
	{ "read-only ESP, never heard", 257, READ_ONLY ROLES("+3", "linux"), "ssssssssssss", NONE, "aaaaaaaaaaaa",
	  "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, blessing fails, never heard", 257, READ_ONLY ROLES("+3", "linux"), "bbbbbbbbbbbb", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, always heard", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww", NONE, "aaaaaaaaaaaa",
	  "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, one try, always heard", 257, READ_ONLY ROLES("+1", "linux"), "wwwwwwwwwwww", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, every third boot heard", 257, READ_ONLY ROLES("+3", "linux"), "wsswsswsswss", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "the ESP is locked in the middle of the tries, never heard", 257, ROLES("+3", "linux"), "ssssssssssss",
	  ESP_BECOMES_LOCKED, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, no note ever arrives", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww", NOTE_LOST,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, every note names another id", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww",
	  NOTE_OF_ANOTHER, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, every note has wrong attributes", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww",
	  NOTE_NOT_LASTING, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, heard, then NVRAM is full", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww", NVRAM_FULL,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, heard, then NVRAM is protected", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww",
	  NVRAM_PROTECTED, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, NVRAM forgets", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww", NVRAM_FORGETS,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "read-only ESP, NVRAM lies", 257, READ_ONLY ROLES("+3", "linux"), "wwwwwwwwwwww", NVRAM_LIES, "aaaaaaaaaaaa",
	  "aaaaaaaaaaaa", NULL },
	{ "power fails twice between boot and blessing", 257, ROLES("+3", "linux"), "ssbsssssssss", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "a twin stops blessing", 257,
	  ROLES("+3", "linux") "given entry active.conf image=/EFI/test/active.efi sort-key=1\n", "bbbbbbbbbbbb", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "upgraded to an image without the OS side that systemd blesses", 257, ROLES("+3", "linux"), "wbbbbbbbbbbb",
	  UPGRADE, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, blessed", 262, ROLES("+3", "efi"), "bsssssssssss", NONE, "aaaaaaaaaaaa", "aaaaaaaaaaaa",
	  NULL },
	{ "key efi on 258+, power fails twice before blessing", 262, ROLES("+3", "efi"), "ssbsssssssss", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, read-only ESP, always heard", 262, READ_ONLY ROLES("+3", "efi"), "wwwwwwwwwwww", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, read-only ESP, never heard", 262, READ_ONLY ROLES("+3", "efi"), "ssssssssssss", NONE,
	  "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, read-only ESP, blessing fails, never heard", 262, READ_ONLY ROLES("+3", "efi"),
	  "bbbbbbbbbbbb", NONE, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, blessed, then the ESP is locked", 262, ROLES("+3", "efi"), "bsssssssssss",
	  ESP_BECOMES_LOCKED, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, a twin stops blessing", 262,
	  ROLES("+3", "efi") "given entry active.conf key=efi image=/EFI/test/active.efi sort-key=1\n", "bbbbbbbbbbbb",
	  NONE, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, read-only ESP, heard, then NVRAM is full", 262, READ_ONLY ROLES("+3", "efi"),
	  "wwwwwwwwwwww", NVRAM_FULL, "aaaaaaaaaaaa", "aaaaaaaaaaaa", NULL },
	{ "key efi on 258+, NVRAM lies, blessed", 262, ROLES("+3", "efi"), "bbbbbbbbbbbb", NVRAM_LIES, "aaaaaaaaaaaa",
	  "aaaaaaaaaaaa", NULL },

	/* Driven off: boot counting as systemd means it. Who has tries and is never blessed has failed. */
	{ "nobody ever blesses", 257, ROLES("+3", "linux"), "ssssssssssss", NONE, "aaappprrrRRR", "aaappprrrRRR",
	  "names rule while they move" },
	/* The same, where it is us who count. */
	{ "key efi on 258+, nobody ever blesses", 262, ROLES("+3", "efi"), "ssssssssssss", NONE, "aaaaaaaaaaaa",
	  "aaappprrrRRR", "4.1 (a): the loader does not count, and blessing was given its path" },
	/* Driven off: somebody who reported before has fallen silent, and that is what a failing OS looks like. */
	{ "read-only ESP, heard once, then silent", 257, READ_ONLY ROLES("+3", "linux"), "wsssssssssss", NONE,
	  "aaaaaaaaaaaa", "aaaappprrrRR", "4.1 (b): the OS side was heard" },
	{ "read-only ESP, heard, upgraded to an image without the OS side", 257, READ_ONLY ROLES("+3", "linux"),
	  "wsssssssssss", UPGRADE, "aaaaaaaaaaaa", "aaaappprrrRR", "4.1 (b): the OS side was heard" },
};

static struct stage stage;

static void mishap_before(enum mishap mishap, unsigned boot)
{
	switch (mishap) {
	case NVRAM_FULL:
		if (boot >= 1)
			fake_variables_set_quota(0);
		break;
	case NVRAM_PROTECTED:
		if (boot >= 1)
			fake_variables_set_mood(VARIABLES_PROTECTED);
		break;
	case NVRAM_FORGETS:
		fake_variables_set_mood(VARIABLES_FORGETFUL);
		break;
	case NVRAM_LIES:
		fake_variables_set_mood(VARIABLES_LYING);
		break;
	case ESP_BECOMES_LOCKED:
		if (boot >= 1)
			fake_situation_go_on(&stage, READ_ONLY);
		break;
	case UPGRADE:
		if (boot == 1)
			fake_situation_go_on(&stage, "when given image \\EFI\\test\\active.efi ok\n");
		break;
	case NONE:
	case NOTE_LOST:
	case NOTE_OF_ANOTHER:
	case NOTE_NOT_LASTING:
		break;
	}
}

static void mishap_after(enum mishap mishap)
{
	bool hits = mishap == NOTE_LOST || mishap == NOTE_OF_ANOTHER || mishap == NOTE_NOT_LASTING;

	if (!hits)
		return;
	fake_variables_write("BootpilotNote", &fake_guid_bootpilot, 0, NULL, 0);
	if (mishap == NOTE_OF_ANOTHER)
		fake_variables_write_text("BootpilotNote", &fake_guid_bootpilot, LASTING, "good nobody.conf");
	if (mishap == NOTE_NOT_LASTING)
		fake_variables_write_text("BootpilotNote", &fake_guid_bootpilot, 3, "good active.conf");
}

static char role_started(void)
{
	static const struct {
		const char *image;
		char role;
	} rows[] = { { "active", 'a' }, { "passive", 'p' }, { "recovery", 'r' }, { "statereset", 'R' } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strstr(fake_os_report()->image, rows[i].image))
			return rows[i].role;
	return '-';
}

static void report(char says)
{
	fake_situation_go_on(&stage, says == 'w'   ? "when works\n"
				     : says == 'b' ? "when blessed\n"
						   : "when works unheard\n");
}

static void live(const struct life *life, enum machine_berth berth, char boots[BOOTS + 1])
{
	fake_situation_begin(&stage, berth, life->series, efi_main, life->lines);
	memset(boots, 0, BOOTS + 1);
	for (unsigned i = 0; i < BOOTS; i++) {
		mishap_before(life->mishap, i);
		fake_machine_boot(&stage.machine);
		if (laws_broken())
			fail_msg("%s, boot %u: %s", life->about, i + 1, laws_violation(0));
		boots[i] = role_started();
		if (boots[i] == '-')
			return;
		report(life->says[i]);
		mishap_after(life->mishap);
	}
}

static void test_lives(void **state)
{
	unsigned failed = 0;

	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++) {
		const struct life *life = &lives[i];
		char alone[BOOTS + 1], boots[BOOTS + 1];

		live(life, MACHINE_PLAIN, alone);
		live(life, MACHINE_IN_DRIVER, boots);
		printf("%-65s systemd-boot alone %s, with Bootpilot %s%s%s\n", life->about, alone, boots,
		       life->rule ? "; design " : "", life->rule ? life->rule : "");
		if (!life->rule && strspn(life->boots, "a") != BOOTS)
			fail_msg("%s: driven off active by no rule", life->about);
		if (strcmp(alone, life->alone) == 0 && strcmp(boots, life->boots) == 0)
			continue;
		print_error("%s: %s and %s expected\n     %s\n", life->about, life->alone, life->boots,
			    fake_os_report()->decision);
		failed++;
	}
	assert_int_equal(failed, 0);
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lives) };

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
