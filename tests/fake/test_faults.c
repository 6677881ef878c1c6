/* SPDX-License-Identifier: Apache-2.0 */
/* Every firmware call of the unmodified program fails once, in every berth and in each situation; then pairs of calls; then
 * one service for good, from any call on. What must hold all the same stands in check().
 *
 * BOOTPILOT_FULL=1: with every status that a service may give, and without strides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "firmware.h"
#include "guids.h"
#include "laws.h"
#include "os.h"
#include "situation.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define SERIES    257
#define STATUS_MAX 6u
#define TRACE_MAX  1000u
#define CALLS_TOP  6000u /* firmware calls of one power cycle, failures or not; a healthy one has about 300 */

/* The loader's own default is active, as any installation has it. */
#define LOADER_CONF "given file \\loader\\loader.conf timeout 0\\ndefault active*\n"
#define ALL_GOOD                                                                                                       \
	LOADER_CONF "given entry active.conf\ngiven entry passive.conf\n"                                              \
		    "given entry recovery.conf\ngiven entry statereset.conf\n"

static const struct situation {
	const char *name, *lines;
	const char *refused; /* an image that LoadImage refuses */
	const char *must;    /* the image that starts whatever single call fails; NULL: any but the reset's */
} situations[] = {
	{ "healthy", ALL_GOOD "then first=boot\nwhen works\n", NULL, NULL },
	{ "fresh",
	  LOADER_CONF "given entry active+3.conf\ngiven entry passive+3.conf\n"
		      "given entry recovery+3.conf\ngiven entry statereset+3.conf\n",
	  NULL, NULL },
	{ "active exhausted",
	  LOADER_CONF "given entry active+0-3.conf\ngiven entry passive+3.conf\n"
		      "given entry recovery+3.conf\ngiven entry statereset+3.conf\n",
	  NULL, NULL },
	{ "all exhausted, the reset is due",
	  LOADER_CONF "given entry active+1.conf\ngiven entry passive+1.conf\n"
		      "given entry recovery+1.conf\ngiven entry statereset+3.conf\n"
		      "given config reset-delay 1\nthen active=1\nthen passive=1\nthen recovery=1\n",
	  NULL, NULL },
	{ "active is refused at load", ALL_GOOD "then first=boot\nwhen works\n", "\\EFI\\test\\active.efi", NULL },
	{ "one-shot requested",
	  ALL_GOOD "then first=boot\nwhen works\ngiven variable LoaderEntryOneShot passive.conf\n", NULL,
	  "\\EFI\\test\\passive.efi" },
	{ "XBOOTLDR",
	  LOADER_CONF "given entry active+3.conf on=xbootldr\ngiven entry passive.conf on=xbootldr\n"
		      "given entry recovery.conf\ngiven entry statereset.conf\nthen first=boot\n",
	  NULL, NULL },
};

#define SITUATION_COUNT (sizeof(situations) / sizeof(situations[0]))

/* What a service may say when it fails. Who gives something back does so all the same: one status is enough. */
static const struct {
	enum service service;
	EFI_STATUS statuses[STATUS_MAX];
} plausible[] = {
	{ SERVICE_ALLOCATE_POOL, { EFI_OUT_OF_RESOURCES } },
	{ SERVICE_HANDLE_PROTOCOL, { EFI_UNSUPPORTED, EFI_INVALID_PARAMETER } },
	{ SERVICE_LOCATE_PROTOCOL, { EFI_NOT_FOUND } },
	{ SERVICE_LOCATE_HANDLE_BUFFER, { EFI_NOT_FOUND, EFI_OUT_OF_RESOURCES } },
	{ SERVICE_LOCATE_DEVICE_PATH, { EFI_NOT_FOUND, EFI_INVALID_PARAMETER } },
	{ SERVICE_LOAD_IMAGE,
	  { EFI_DEVICE_ERROR, EFI_NOT_FOUND, EFI_OUT_OF_RESOURCES, EFI_SECURITY_VIOLATION, EFI_UNSUPPORTED } },
	{ SERVICE_START_IMAGE, { EFI_SECURITY_VIOLATION, EFI_OUT_OF_RESOURCES } },
	{ SERVICE_GET_VARIABLE, { EFI_DEVICE_ERROR, EFI_NOT_FOUND, EFI_SECURITY_VIOLATION, EFI_UNSUPPORTED } },
	{ SERVICE_SET_VARIABLE,
	  { EFI_OUT_OF_RESOURCES, EFI_DEVICE_ERROR, EFI_WRITE_PROTECTED, EFI_SECURITY_VIOLATION, EFI_INVALID_PARAMETER,
	    EFI_NOT_FOUND } },
	{ SERVICE_OPEN_VOLUME, { EFI_DEVICE_ERROR, EFI_VOLUME_CORRUPTED, EFI_OUT_OF_RESOURCES } },
	{ SERVICE_FILE_OPEN, { EFI_DEVICE_ERROR, EFI_NOT_FOUND, EFI_VOLUME_CORRUPTED, EFI_OUT_OF_RESOURCES } },
	{ SERVICE_FILE_READ, { EFI_DEVICE_ERROR, EFI_VOLUME_CORRUPTED } },
	{ SERVICE_FILE_GET_INFO, { EFI_DEVICE_ERROR, EFI_UNSUPPORTED, EFI_VOLUME_CORRUPTED } },
	{ SERVICE_FILE_SET_POSITION, { EFI_DEVICE_ERROR, EFI_UNSUPPORTED } },
	{ SERVICE_BLOCK_READ, { EFI_DEVICE_ERROR, EFI_INVALID_PARAMETER } },
};

struct run {
	const struct berth_row *berth;
	const struct situation *situation;
	enum outcome outcome; /* without any failure */
	char image[1024];     /* that was started then, empty: none */
	uint64_t calls;
	enum service trace[TRACE_MAX]; /* the service of each call, 1..; the same until the first failure */
};

static struct stage stage;
static struct run run;
static uint8_t record_before[2][256];

static struct {
	unsigned cycles;  /* power cycles judged */
	unsigned other;   /* of them: another entry was started than without failure */
	unsigned without; /* of them: no OS, as is allowed there */
	unsigned broken;  /* every one is printed, any of them fails the test */
	uint64_t most_calls;
} sum;

static bool full(void)
{
	return getenv("BOOTPILOT_FULL") != NULL;
}

static const EFI_STATUS *statuses_of(enum service service, size_t *ret_count)
{
	static const EFI_STATUS otherwise[STATUS_MAX] = { EFI_DEVICE_ERROR };
	const EFI_STATUS *found = otherwise;

	for (size_t i = 0; i < sizeof(plausible) / sizeof(plausible[0]); i++)
		if (plausible[i].service == service)
			found = plausible[i].statuses;
	for (*ret_count = 1; *ret_count < STATUS_MAX && found[*ret_count];)
		(*ret_count)++;
	return found;
}

static bool is_reset(const char *image)
{
	return strstr(image, "statereset") != NULL;
}

static void record_read_both(uint8_t bytes[2][256])
{
	memset(bytes, 0, 512);
	fake_variables_copy("BootpilotRecord0", &fake_guid_bootpilot, bytes[0], 256);
	fake_variables_copy("BootpilotRecord1", &fake_guid_bootpilot, bytes[1], 256);
}

static enum outcome boot(void)
{
	enum outcome outcome;

	fake_volumes_restore();
	fake_variables_restore();
	record_read_both(record_before);
	outcome = fake_machine_boot(&stage.machine);
	sum.cycles++;
	if (laws_calls(SERVICE_COUNT) > sum.most_calls)
		sum.most_calls = laws_calls(SERVICE_COUNT);
	return outcome;
}

static void prepare(const struct berth_row *berth, const struct situation *situation)
{
	run = (struct run){ .berth = berth, .situation = situation };
	fake_situation_begin(&stage, berth->berth, SERIES, efi_main, situation->lines);
	if (situation->refused)
		fake_images_refuse(situation->refused, EFI_SECURITY_VIOLATION);
	fake_volumes_save();
	fake_variables_save();
	laws_set_limit(CALLS_TOP);
	run.outcome = boot();
	snprintf(run.image, sizeof(run.image), "%s", fake_os_report()->image);
	run.calls = laws_calls(SERVICE_COUNT);
	assert_true(run.calls < TRACE_MAX);
	for (uint64_t n = 1; n <= run.calls; n++)
		run.trace[n] = laws_call_at(n);
	assert_int_equal(laws_broken(), 0);
}

/* Which law is broken, or NULL. LIE: "not found" is an answer, which nobody can tell from the truth. MAY_STOP: no OS is
 * allowed. */
static const char *check(enum outcome outcome, bool lie, bool may_stop)
{
	const char *image = fake_os_report()->image;
	uint8_t record[2][256];

	if (laws_broken())
		return laws_violation(0);
	if (outcome != OUTCOME_OS && outcome != run.outcome && !(may_stop && (outcome == OUTCOME_FIRMWARE || outcome == OUTCOME_MENU)))
		return outcome_name(outcome);
	if (outcome != OUTCOME_OS) {
		sum.without++;
		return NULL;
	}
	if (is_reset(image) && !is_reset(run.image))
		return "the reset entry is started, which it is not without failure";
	record_read_both(record);
	if (is_reset(image) && memcmp(record, record_before, sizeof(record)) == 0)
		return "the reset entry is started and no record says so";
	if (run.situation->must && !lie && !may_stop && strcmp(image, run.situation->must) != 0)
		return "the wish is not obeyed";
	sum.other += strcmp(image, run.image) != 0;
	return NULL;
}

static void judge(uint64_t n, uint64_t m, enum service service, EFI_STATUS status, bool may_stop)
{
	enum outcome outcome = boot();
	const char *law = check(outcome, status == EFI_NOT_FOUND, may_stop);

	fake_fail_none();
	if (!law)
		return;
	sum.broken++;
	print_error("%s, %s: call %llu, %llu (%s, status 0x%llx): %s; %s; %s\n", run.berth->name, run.situation->name,
		    (unsigned long long)n, (unsigned long long)m, service_name(service),
		    (unsigned long long)(status & 0xFF), law, fake_os_report()->image, fake_os_report()->decision);
}

static void begin_counting(void)
{
	memset(&sum, 0, sizeof(sum));
}

static void say(const char *what)
{
	printf("%s (%s): %u power cycles, %u started another entry than without failure, %u ended without OS as is "
	       "allowed there, %llu calls at most, %u broken\n",
	       what, full() ? "full" : "a sample", sum.cycles, sum.other, sum.without,
	       (unsigned long long)sum.most_calls, sum.broken);
	assert_int_equal(sum.broken, 0);
}

/* --- One call ------------------------------------------------------------------------------------------------------ */

/* A file or directory that seems not to be there is an empty directory: handed back, and then it goes as with systemd-boot
 * alone, where a refused image is the end. */
static bool is_plain(EFI_STATUS status)
{
	return status == EFI_NOT_FOUND && run.situation->refused;
}

static void fail_once(uint64_t n, uint64_t turn)
{
	size_t count;
	const EFI_STATUS *statuses = statuses_of(run.trace[n], &count);

	for (size_t i = 0; i < count; i++) {
		if (!full() && i != turn % count)
			continue;
		fake_fail(n, statuses[i]);
		judge(n, 0, run.trace[n], statuses[i], is_plain(statuses[i]));
	}
}

static void test_single(void **state)
{
	begin_counting();
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t s = 0; s < SITUATION_COUNT; s++) {
			prepare(&fake_berths[b], &situations[s]);
			for (uint64_t n = 1; n <= run.calls; n++)
				fail_once(n, n + b + s);
		}
	say("each call fails once");
	assert_null(*state);
}

/* --- Two calls ----------------------------------------------------------------------------------------------------- */

/* The first failure moves what follows, so that the second is whatever call has that number then. */
static void fail_pairs(uint64_t stride)
{
	for (uint64_t n = 1; n < run.calls; n++)
		for (uint64_t m = n + 1 + n % stride; m <= run.calls + 8; m += stride) {
			size_t count;
			const EFI_STATUS *statuses = statuses_of(run.trace[n], &count);

			fake_fail(n, statuses[0]);
			fake_fail(m, m % 2 ? EFI_DEVICE_ERROR : EFI_OUT_OF_RESOURCES);
			judge(n, m, run.trace[n], statuses[0], false);
		}
}

static void test_pairs(void **state)
{
	begin_counting();
	prepare(&fake_berths[0], &situations[0]);
	assert_int_equal(run.berth->berth, MACHINE_IN_DRIVER);
	fail_pairs(full() ? 1 : 7);
	if (full()) {
		prepare(&fake_berths[0], &situations[3]);
		fail_pairs(1);
		prepare(&fake_berths[1], &situations[0]);
		fail_pairs(1);
	}
	say("pairs of calls fail");
	assert_null(*state);
}

/* --- One service, for good ----------------------------------------------------------------------------------------- */

#define APPLICATION_IN_LOADER (1u << MACHINE_IN_ENTRY | 1u << MACHINE_IN_TYPE2)

/* Where no OS is allowed: there the program is the loader's default, and has nothing to start another entry with. */
static const struct {
	enum service service;
	EFI_STATUS status;
	unsigned berths; /* 1 << enum machine_berth; others end with an OS */
} outages[] = {
	{ SERVICE_SET_VARIABLE, EFI_OUT_OF_RESOURCES, APPLICATION_IN_LOADER },   /* not even in memory: no one-shot */
	{ SERVICE_SET_VARIABLE, EFI_SECURITY_VIOLATION, APPLICATION_IN_LOADER },
	{ SERVICE_GET_VARIABLE, EFI_DEVICE_ERROR, APPLICATION_IN_LOADER },       /* nothing that is set can be proven */
	{ SERVICE_GET_VARIABLE, EFI_UNSUPPORTED, APPLICATION_IN_LOADER },
	{ SERVICE_ALLOCATE_POOL, EFI_OUT_OF_RESOURCES, APPLICATION_IN_LOADER },  /* no memory for a loader */
	{ SERVICE_HANDLE_PROTOCOL, EFI_UNSUPPORTED, APPLICATION_IN_LOADER },     /* not even our own path */
	{ SERVICE_OPEN_VOLUME, EFI_DEVICE_ERROR, APPLICATION_IN_LOADER },        /* no systemd-boot to be found */
	{ SERVICE_FILE_OPEN, EFI_DEVICE_ERROR, APPLICATION_IN_LOADER },
	{ SERVICE_FILE_OPEN, EFI_NOT_FOUND, APPLICATION_IN_LOADER },
	{ SERVICE_FILE_READ, EFI_DEVICE_ERROR, APPLICATION_IN_LOADER },
	{ SERVICE_FILE_GET_INFO, EFI_DEVICE_ERROR, APPLICATION_IN_LOADER },
	{ SERVICE_FILE_SET_POSITION, EFI_DEVICE_ERROR, APPLICATION_IN_LOADER },
	{ SERVICE_LOAD_IMAGE, EFI_OUT_OF_RESOURCES, APPLICATION_IN_LOADER },
	{ SERVICE_LOAD_IMAGE, EFI_SECURITY_VIOLATION, APPLICATION_IN_LOADER },
	{ SERVICE_START_IMAGE, EFI_SECURITY_VIOLATION, APPLICATION_IN_LOADER },
	{ SERVICE_LOCATE_HANDLE_BUFFER, EFI_OUT_OF_RESOURCES, 0 },
	{ SERVICE_LOCATE_DEVICE_PATH, EFI_NOT_FOUND, 0 },
	{ SERVICE_LOCATE_PROTOCOL, EFI_NOT_FOUND, 0 },
	{ SERVICE_BLOCK_READ, EFI_DEVICE_ERROR, 0 },
	{ SERVICE_TEXT_OUTPUT, EFI_DEVICE_ERROR, 0 },
	{ SERVICE_READ_KEY, EFI_DEVICE_ERROR, 0 },
	{ SERVICE_STALL, EFI_UNSUPPORTED, 0 },
	{ SERVICE_SET_WATCHDOG, EFI_UNSUPPORTED, 0 },
};

static void fail_for_good(size_t row)
{
	uint64_t calls = 1; /* once more than there are: nothing fails */
	bool stops = outages[row].berths & 1u << run.berth->berth || run.situation->refused;
	bool blind = outages[row].service == SERVICE_GET_VARIABLE; /* a wish that cannot be read cannot be obeyed */

	for (uint64_t n = 1; n <= run.calls; n++)
		calls += run.trace[n] == outages[row].service;
	for (uint64_t n = 1; n <= calls; n += full() ? 1 : 1 + n / 3) {
		fake_fail_service(outages[row].service, n, outages[row].status);
		judge(n, n, outages[row].service, blind ? EFI_NOT_FOUND : outages[row].status, stops);
	}
}

static void test_outages(void **state)
{
	begin_counting();
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t s = 0; s < SITUATION_COUNT; s++) {
			prepare(&fake_berths[b], &situations[s]);
			for (size_t row = 0; row < sizeof(outages) / sizeof(outages[0]); row++)
				if (full() || (row + b + s) % 2 == 0)
					fail_for_good(row);
		}
	say("a service fails for good, from any of its calls on");
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_outages),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
