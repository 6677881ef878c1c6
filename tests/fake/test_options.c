/* SPDX-License-Identifier: Apache-2.0 */
/* Load options are anybody's text: an `options` line on the ESP, a boot option that the OS wrote. Whatever their bytes, the
 * decision is the same, in every berth; and nothing looks at them at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/mman.h>

#include <cmocka.h>

#include "firmware.h"
#include "images.h"
#include "laws.h"
#include "os.h"
#include "situation.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define RANDOM_ROUNDS 40u
#define OPTIONS_MAX   600u
#define LOADER_CONF   "given file \\loader\\loader.conf timeout 0\\ndefault active*\n"

static const char *const situations[] = {
	LOADER_CONF "given entry active.conf\ngiven entry passive.conf\ngiven entry recovery.conf\n",
	LOADER_CONF "given config reset-delay 0\ngiven entry active+0-3.conf\ngiven entry passive+0-3.conf\n"
		    "given entry recovery+0-3.conf\ngiven entry statereset+3.conf\n",
};

static struct stage stage;
static void *options;
static UINT32 options_size;

/* The program with the load options of this turn. */
static EFI_STATUS program(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	EFI_LOADED_IMAGE *loaded = fake_image_loaded(image);

	loaded->LoadOptions = options;
	loaded->LoadOptionsSize = options_size;
	return efi_main(image, system);
}

/* What is decided and started, in one text. */
static void boot(const struct berth_row *berth, const char *situation, char *ret, size_t size)
{
	enum outcome outcome;

	fake_situation_begin(&stage, berth->berth, 257, program, situation);
	outcome = fake_machine_boot(&stage.machine);
	if (laws_broken())
		fail_msg("%s: %s", berth->name, laws_violation(0));
	snprintf(ret, size, "%s; %s; %s", outcome_name(outcome), fake_os_report()->image, fake_os_report()->decision);
}

static char expected[sizeof(struct os_report)], actual[sizeof(struct os_report)];

static void check(const char *about, const struct berth_row *berth, const char *situation)
{
	boot(berth, situation, actual, sizeof(actual));
	if (strcmp(actual, expected) != 0)
		fail_msg("%s, %s: %s\nwithout load options: %s", berth->name, about, actual, expected);
}

static void baseline(const struct berth_row *berth, const char *situation)
{
	options = NULL;
	options_size = 0;
	boot(berth, situation, expected, sizeof(expected));
	assert_non_null(strstr(expected, "role="));
}

static void test_nothing_looks_at_them(void **state)
{
	void *forbidden = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(forbidden != MAP_FAILED);
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++) {
			baseline(&fake_berths[b], situations[i]);
			options = forbidden; /* to read one byte of it ends the test */
			options_size = 4096;
			check("memory that nobody may read", &fake_berths[b], situations[i]);
		}
	munmap(forbidden, 4096);
	assert_null(*state);
}

/* Exactly LEN bytes, so that the sanitizer sees every read behind them. */
static void check_bytes(const char *about, const void *bytes, size_t len, const struct berth_row *berth, const char *situation)
{
	options = malloc(len ? len : 1);
	assert_non_null(options);
	memcpy(options, bytes, len);
	options_size = (UINT32)len;
	check(about, berth, situation);
	free(options);
}

static void test_texts(void **state)
{
	static const char *const texts[] = {
		"",
		"active recovery*",
		"auto-reset no\nreset-limit 0\nnothing-bootable poweroff\n",
		"bootpilot.cfg=active recovery* --auto-reset=no handoff=reset measure=yes",
		"\\EFI\\bootpilot\\bootpilotx64.efi active=recovery* nothing-bootable=reboot",
	};

	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++) {
			baseline(&fake_berths[b], situations[i]);
			for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
				size_t len = strlen(texts[t]) + 1;
				char wide[2 * OPTIONS_MAX];

				for (size_t c = 0; c < len; c++) {
					wide[2 * c] = texts[t][c];
					wide[2 * c + 1] = '\0';
				}
				check_bytes("a text", texts[t], len, &fake_berths[b], situations[i]);
				check_bytes("a text in UTF-16", wide, 2 * len, &fake_berths[b], situations[i]);
				check_bytes("a text of odd size", wide, 2 * len - 1, &fake_berths[b], situations[i]);
			}
		}
	assert_null(*state);
}

static void test_any_bytes(void **state)
{
	uint8_t bytes[OPTIONS_MAX];
	uint32_t seed = 1;

	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t i = 0; i < sizeof(situations) / sizeof(situations[0]); i++) {
			baseline(&fake_berths[b], situations[i]);
			for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
				size_t len;

				for (size_t at = 0; at < sizeof(bytes); at++) {
					seed = seed * 1664525u + 1013904223u;
					bytes[at] = (uint8_t)(seed >> 24);
				}
				len = seed % sizeof(bytes);
				check_bytes("any bytes", bytes, len, &fake_berths[b], situations[i]);
			}
		}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_looks_at_them),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
