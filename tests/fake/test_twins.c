/* SPDX-License-Identifier: Apache-2.0 */
/* Two files of one id, as power cuts, torn writes and Kairos' recovery upgrade leave them: every pair of counters, in both
 * orders of the directory, on one partition and across two, under loaders of both forms of ids. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "firmware.h"
#include "os.h"
#include "situation.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\ngiven config reset-delay 0\n"

static struct stage stage;

static const struct {
	const char *text; /* in the file's name */
	int left;         /* -1: no counter, which is what blessing left */
} counters[] = { { "", -1 }, { "+3", 3 }, { "+2-1", 2 }, { "+0-3", 0 } };

#define COUNTERS (sizeof(counters) / sizeof(counters[0]))

/* What the pair is worth: no counter is good, else the fewer tries speak. */
static int speaks(size_t a, size_t b)
{
	int left_a = counters[a].left, left_b = counters[b].left;

	return left_a < left_b ? left_a : left_b;
}

/* Where the two files lie, in the order in which they are made. */
static const struct {
	const char *name, *first, *second;
} places[] = {
	{ "both on the ESP", "esp", "esp" },
	{ "ESP and XBOOTLDR", "esp", "xbootldr" },
	{ "XBOOTLDR and ESP", "xbootldr", "esp" },
	{ "both on XBOOTLDR", "xbootldr", "xbootldr" },
};

/* Each pair for ROLE. Its two files share no image: on two partitions they cannot. */
static void add_pair(char *lines, size_t size, const char *role, size_t a, size_t b, size_t place)
{
	snprintf(lines + strlen(lines), size - strlen(lines),
		 "given entry %s%s.conf sort-key=%c on=%s\ngiven entry %s%s.conf sort-key=%c on=%s\n", role,
		 counters[a].text, *role, places[place].first, role, counters[b].text, *role, places[place].second);
}

static void check(const char *about, const char *image, const char *words)
{
	const char *wrong = fake_machine_boot_wrong(&stage.machine, image, words);

	if (wrong)
		fail_msg("%s: %s", about, wrong);
}

typedef void (*pair_test)(const char *about, unsigned series, size_t a, size_t b, size_t place);

static void for_each_pair(pair_test test)
{
	static const unsigned all_series[] = { 252, 257, 262 };
	char about[128];

	for (size_t s = 0; s < 3; s++)
		for (size_t place = 0; place < sizeof(places) / sizeof(places[0]); place++)
			for (size_t a = 0; a < COUNTERS; a++)
				for (size_t b = 0; b < COUNTERS; b++) {
					if (a == b && strcmp(places[place].first, places[place].second) == 0)
						continue; /* one file */
					snprintf(about, sizeof(about), "'%s' and '%s', %s, systemd-boot %u",
						 counters[a].text, counters[b].text, places[place].name, all_series[s]);
					test(about, all_series[s], a, b, place);
				}
}

static void pair_of_active(const char *about, unsigned series, size_t a, size_t b, size_t place)
{
	char lines[1024] = LOADER_CONF "given entry passive.conf sort-key=p\n";
	int left = speaks(a, b);

	add_pair(lines, sizeof(lines), "active", a, b, place);
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, series, efi_main, lines);
	check(about, left ? "active" : "passive",
	      left < 0 ? "active=good"
	      : left   ? "reason=active-trying"
		       : "reason=active-exhausted");
	assert_non_null(strstr(fake_os_report()->decision, "twins"));
}

static void test_active(void **state)
{
	for_each_pair(pair_of_active);
	assert_null(*state);
}

/* Recovery's twins must not lead to a reset while one of them is good, nor to an endless recovery where both are used up. */
static void pair_of_recovery(const char *about, unsigned series, size_t a, size_t b, size_t place)
{
	char lines[1024] =
		LOADER_CONF "given entry active+0-3.conf sort-key=a\ngiven entry passive+0-3.conf sort-key=p\n"
			    "given entry statereset+3.conf sort-key=s\n";
	int left = speaks(a, b);

	add_pair(lines, sizeof(lines), "recovery", a, b, place);
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, series, efi_main, lines);
	check(about, left ? "recovery" : "statereset",
	      left < 0 ? "recovery=good"
	      : left   ? "reason=passive-exhausted"
		       : "reason=recovery-exhausted");
}

static void test_recovery(void **state)
{
	for_each_pair(pair_of_recovery);
	assert_null(*state);
}

/* An active that never works, with a twin: it runs out, whichever file the loader counts, or is good and stays. */
static void pair_in_a_life(const char *about, unsigned series, size_t a, size_t b, size_t place)
{
	char lines[1024] = LOADER_CONF "given entry passive.conf sort-key=p\n";
	unsigned boots = 0;

	if (speaks(a, b) < 0)
		return;
	add_pair(lines, sizeof(lines), "active", a, b, place);
	fake_situation_begin(&stage, MACHINE_IN_DRIVER, series, efi_main, lines);
	do {
		if (fake_machine_boot(&stage.machine) != OUTCOME_OS)
			fail_msg("%s, boot %u: no OS; %s", about, boots, fake_os_report()->decision);
	} while (++boots < 9 && strstr(fake_os_report()->image, "active"));
	if (!strstr(fake_os_report()->image, "passive"))
		fail_msg("%s: active for ever; %s", about, fake_os_report()->decision);
}

static void test_lives(void **state)
{
	for_each_pair(pair_in_a_life);
	assert_null(*state);
}

/* Three files of one id, the most that a torn rename beside a blessed file can leave. */
static void test_three(void **state)
{
	for (size_t b = 0; b < BERTH_COUNT; b++) {
		fake_situation_begin(&stage, fake_berths[b].berth, 257, efi_main,
				     LOADER_CONF "given entry active+2-1.conf\ngiven entry active+0-3.conf\n"
						 "given entry active.conf\ngiven entry passive.conf\n");
		check(fake_berths[b].name, "active", "active=good");
	}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_active),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_three),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
