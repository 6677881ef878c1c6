/* SPDX-License-Identifier: Apache-2.0 */
/* `measure yes` in a whole boot, with a TPM and confidential computing built in: what is logged, and that no failure of it, or
 * of anything else meanwhile, stops the boot or leaves something behind. What an event is made of: test_measure.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/fake/firmware.h"
#include "laws.h"
#include "os.h"
#include "situation.h"
#include "tpm.h"
#include "variables.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define SERIES 257
#define GOOD                                                                                                           \
	"given file \\loader\\loader.conf timeout 0\\ndefault active*\n"                                               \
	"given entry active.conf\ngiven entry passive.conf\ngiven entry recovery.conf\ngiven entry statereset.conf\n"
#define FALLEN "given entry active+0-3.conf\ngiven entry passive.conf\n"

static struct stage stage;

static void begin(const struct berth_row *berth, const char *lines, bool tcg2, bool cc)
{
	fake_situation_begin(&stage, berth->berth, SERIES, efi_main, lines);
	fake_tpm_plug(tcg2, cc);
	fake_volumes_save();
	fake_variables_save();
}

/* The image that is started. Without any failure of ours every law must hold. */
static const char *boot(const char *about)
{
	enum outcome outcome;

	fake_volumes_restore();
	fake_variables_restore();
	outcome = fake_machine_boot(&stage.machine);
	if (laws_broken())
		fail_msg("%s: %s", about, laws_violation(0));
	if (outcome != OUTCOME_OS)
		fail_msg("%s: ends with %s", about, outcome_name(outcome));
	return fake_os_report()->image;
}

static bool is_logged(bool cc, const char *label)
{
	for (size_t i = 0; i < fake_tpm_events(); i++) {
		const struct tpm_event *event = fake_tpm_event(i);

		if (event->cc == cc && event->index == (cc ? TPM_CC_REGISTER : 5u) && event->type == 6 &&
		    event->size == 8 + strlen(label) && memcmp(event->data + 8, label, strlen(label)) == 0)
			return true;
	}
	return false;
}

static void test_log(void **state)
{
	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (unsigned there = 0; there < 4; there++) {
			begin(&fake_berths[b], GOOD "given config measure yes\n", there & 1, there & 2);
			boot(fake_berths[b].name);
			assert_int_equal(fake_tpm_events(), (there & 1) + (there >> 1));
			assert_int_equal(is_logged(false, "bootpilot:role=active"), there & 1);
			assert_int_equal(is_logged(true, "bootpilot:role=active"), there >> 1);
		}
	begin(&fake_berths[0], FALLEN "given config measure yes\n", true, true);
	boot("passive");
	assert_true(is_logged(false, "bootpilot:role=passive") && is_logged(true, "bootpilot:role=passive"));
	begin(&fake_berths[0], GOOD, true, true);
	boot("nobody asked");
	assert_int_equal(fake_tpm_events(), 0);
	assert_int_equal(laws_calls(SERVICE_LOCATE_PROTOCOL), 0);
}

static bool measures(enum service service)
{
	return service == SERVICE_LOCATE_PROTOCOL || service == SERVICE_TCG2_EXTEND || service == SERVICE_CC_EXTEND ||
	       service == SERVICE_CC_MAP_PCR;
}

/* Each call of measuring fails, once and for good: active starts all the same, and what can be logged is. */
static void test_failing(void **state)
{
	static const EFI_STATUS statuses[] = { EFI_DEVICE_ERROR, EFI_NOT_FOUND, EFI_INVALID_PARAMETER,
					       EFI_OUT_OF_RESOURCES, EFI_UNSUPPORTED,
					       EFI_VOLUME_FULL }; /* extended, but the log is full */
	unsigned failed = 0;

	for (size_t b = 0; b < BERTH_COUNT; b++) {
		uint64_t calls;

		begin(&fake_berths[b], GOOD "given config measure yes\n", true, true);
		boot("no failure");
		calls = laws_calls(SERVICE_COUNT);
		for (uint64_t n = 1; n <= calls; n++)
			for (size_t s = 0; s < sizeof(statuses) / sizeof(statuses[0]); s++) {
				fake_fail_none();
				boot("no failure"); /* anew, for its list of calls */
				if (!measures(laws_call_at(n)))
					break;
				fake_fail(n, statuses[s]);
				assert_string_equal(boot(service_name(laws_call_at(n))), "\\EFI\\test\\active.efi");
				assert_int_equal(fake_tpm_events(), 1);
				assert_true(measures(fake_failed_service()));
				failed++;
			}
	}
	assert_int_equal(failed, 5 * 6 * BERTH_COUNT); /* two searches, one register, two events */
	assert_null(*state);
}

static void test_failing_for_good(void **state)
{
	static const enum service services[] = { SERVICE_LOCATE_PROTOCOL, SERVICE_TCG2_EXTEND, SERVICE_CC_EXTEND,
						 SERVICE_CC_MAP_PCR };

	for (size_t b = 0; b < BERTH_COUNT; b++)
		for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++) {
			begin(&fake_berths[b], GOOD "given config measure yes\n", true, true);
			fake_fail_service(services[i], 1, EFI_DEVICE_ERROR);
			assert_string_equal(boot(service_name(services[i])), "\\EFI\\test\\active.efi");
			assert_int_equal(fake_tpm_events(), services[i] == SERVICE_LOCATE_PROTOCOL ? 0 : 1);
			fake_fail_none();
		}
	assert_null(*state);
}

/* Any call fails while measuring is asked for: an OS starts, never the reset, and nothing is left behind. */
static void test_any_failing(void **state)
{
	for (size_t b = 0; b < BERTH_COUNT; b++) {
		uint64_t calls;

		begin(&fake_berths[b], GOOD "given config measure yes\n", true, true);
		boot("no failure");
		calls = laws_calls(SERVICE_COUNT);
		for (uint64_t n = 1; n <= calls; n++) {
			fake_fail(n, n % 2 ? EFI_DEVICE_ERROR : EFI_OUT_OF_RESOURCES);
			assert_null(strstr(boot("one call fails"), "statereset"));
			fake_fail_none();
		}
	}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_failing),
		cmocka_unit_test(test_failing_for_good),
		cmocka_unit_test(test_any_failing),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
