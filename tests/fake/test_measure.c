/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of a decision, byte by byte. Sources: TCG EFI Protocol Specification 1.0, 6.6; UEFI 2.10, 38.2.2 and
 * 38.4.1; the form of systemd's own tagged events. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <efi.h>

#include "guids.h"
#include "measure.h"

static const EFI_GUID tcg2_guid = { 0x607f766c, 0x7455, 0x42be, { 0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f } };
static const EFI_GUID cc_guid = { 0x96751a3d, 0x72f4, 0x41a6, { 0xa7, 0x94, 0xed, 0x5d, 0x0e, 0x67, 0xae, 0x6b } };

/* --- The two protocols, which only note what they are given ------------------------------------------------------- */

struct measured {
	unsigned calls;
	uint64_t flags;
	uint8_t data[64]; /* what is hashed */
	uint64_t size;
	uint8_t event[128];
};

struct protocol {
	void *unused[2];
	EFI_STATUS(EFIAPI *extend)
	(struct protocol *self, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, void *event);
	EFI_STATUS(EFIAPI *map)(struct protocol *self, uint32_t pcr, uint32_t *ret); /* CC alone has it */
	struct measured measured;
};

static EFI_STATUS answer, map_answer;
static uint32_t mapped_pcr;

static EFI_STATUS EFIAPI extend(struct protocol *self, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, void *event)
{
	struct measured *m = &self->measured;
	uint32_t event_size;

	m->calls++;
	m->flags = flags;
	m->size = size;
	assert_true(size <= sizeof(m->data));
	memcpy(m->data, (const void *)(UINTN)data, size);
	memcpy(&event_size, event, sizeof(event_size));
	assert_true(event_size <= sizeof(m->event));
	memcpy(m->event, event, event_size);
	return answer;
}

static EFI_STATUS EFIAPI map_pcr(struct protocol *self, uint32_t pcr, uint32_t *ret)
{
	mapped_pcr = pcr;
	if (EFI_ERROR(map_answer))
		return map_answer;
	*ret = 3; /* RTMR 2, where PCRs 8 to 15 go, is not asked for: any number must be handed on */
	return EFI_SUCCESS;
}

static struct protocol tcg2, cc;
static bool has_tcg2, has_cc, has_null;

static EFI_STATUS EFIAPI locate(EFI_GUID *guid, void *registration, void **ret)
{
	bool is_tcg2 = fake_guid_equal(guid, &tcg2_guid), is_cc = fake_guid_equal(guid, &cc_guid);

	assert_null(registration);
	if ((is_tcg2 && has_tcg2) || (is_cc && has_cc)) {
		*ret = has_null ? NULL : is_tcg2 ? &tcg2 : &cc;
		return EFI_SUCCESS;
	}
	return EFI_NOT_FOUND;
}

static void measure(enum role role)
{
	EFI_BOOT_SERVICES boot;
	struct firmware fw = { .boot = &boot };

	memset(&boot, 0, sizeof(boot));
	memset(&tcg2, 0, sizeof(tcg2));
	memset(&cc, 0, sizeof(cc));
	mapped_pcr = 0;
	tcg2.extend = cc.extend = extend;
	cc.map = map_pcr;
	boot.LocateProtocol = (void *)locate;
	measure_role(&fw, role);
}

static void plug(bool tpm, bool confidential)
{
	has_tcg2 = tpm;
	has_cc = confidential;
	has_null = false;
	answer = map_answer = EFI_SUCCESS;
}

/* --- Tests -------------------------------------------------------------------------------------------------------- */

static void check_event(const struct measured *m, uint8_t index, const char *label)
{
	size_t len = strlen(label);
	uint8_t wanted[26 + 64] = {
		(uint8_t)(26 + len), 0, 0, 0, /* Size */
		14, 0, 0, 0,                  /* HeaderSize */
		1, 0,                         /* HeaderVersion */
		index, 0, 0, 0,               /* PCRIndex, or the measurement register */
		6, 0, 0, 0,                   /* EV_EVENT_TAG */
		0x54, 0x4C, 0x50, 0x42,       /* our tag */
		(uint8_t)len, 0, 0, 0,        /* of so many bytes */
	};

	memcpy(wanted + 26, label, len);
	assert_int_equal(m->calls, 1);
	assert_int_equal(m->flags, 0);
	assert_int_equal(m->size, len);
	assert_memory_equal(m->data, label, len);
	assert_memory_equal(m->event, wanted, 26 + len);
}

static void test_events(void **state)
{
	static const char *const labels[] = {
		[ROLE_ACTIVE] = "bootpilot:role=active",     [ROLE_PASSIVE] = "bootpilot:role=passive",
		[ROLE_RECOVERY] = "bootpilot:role=recovery", [ROLE_RESET] = "bootpilot:role=reset",
		[ROLE_NONE] = "bootpilot:role=none",
	};

	plug(true, true);
	for (enum role role = ROLE_ACTIVE; role <= ROLE_NONE; role++) {
		measure(role);
		check_event(&tcg2.measured, 5, labels[role]);
		check_event(&cc.measured, 3, labels[role]);
		assert_int_equal(mapped_pcr, 5);
	}
}

static void test_what_is_there_is_used(void **state)
{
	for (unsigned there = 0; there < 4; there++) {
		plug(there & 1, there & 2);
		measure(ROLE_PASSIVE);
		assert_int_equal(tcg2.measured.calls, there & 1 ? 1 : 0);
		assert_int_equal(cc.measured.calls, there & 2 ? 1 : 0);
		has_null = true; /* firmware that says yes and hands out nothing */
		measure(ROLE_PASSIVE);
		assert_int_equal(tcg2.measured.calls + cc.measured.calls, 0);
	}
}

static void test_errors_stop_nothing(void **state)
{
	plug(true, true);
	answer = EFI_DEVICE_ERROR; /* the TPM's error does not keep the other one from being told */
	measure(ROLE_ACTIVE);
	assert_int_equal(tcg2.measured.calls, 1);
	assert_int_equal(cc.measured.calls, 1);
	map_answer = EFI_UNSUPPORTED; /* without a register there is nothing to extend */
	measure(ROLE_ACTIVE);
	assert_int_equal(tcg2.measured.calls, 1);
	assert_int_equal(cc.measured.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_what_is_there_is_used),
		cmocka_unit_test(test_errors_stop_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
