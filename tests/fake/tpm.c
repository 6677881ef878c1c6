/* SPDX-License-Identifier: Apache-2.0 */
#include "tpm.h"

#include <string.h>

#include "guids.h"
#include "handles.h"
#include "laws.h"

#define PCRS          24u
#define REGISTERS     5u
#define HEADER_SIZE   14u
#define EVENT_MINIMUM (4u + HEADER_SIZE)
#define FLAGS_KNOWN   (UINT64_C(1) | UINT64_C(0x10)) /* EFI_TCG2_EXTEND_ONLY, PE_COFF_IMAGE */

struct protocol {
	void *get_capability, *get_event_log;
	EFI_STATUS(EFIAPI *hash_log_extend)
	(struct protocol *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, const void *event);
	EFI_STATUS(EFIAPI *map_pcr)(struct protocol *this, uint32_t pcr, uint32_t *ret); /* TCG2: another function */
};

static bool has_tcg2, has_cc;
static struct tpm_event events[TPM_EVENTS_MAX];
static size_t event_count;

static uint32_t get(const void *bytes, size_t size)
{
	uint32_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint32_t)((const uint8_t *)bytes)[i] << (8 * i);
	return value;
}

/* The bytes of DATA are read in full: the sanitizer sees where there are fewer. */
static void take(const void *data, uint64_t size)
{
	volatile uint8_t sum = 0;

	for (uint64_t i = 0; i < size; i++)
		sum = (uint8_t)(sum ^ ((const uint8_t *)data)[i]);
}

static EFI_STATUS measure(bool cc, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size, const uint8_t *event)
{
	struct tpm_event *kept = &events[event_count];
	uint32_t event_size;

	if (!event || (size && !data))
		return EFI_INVALID_PARAMETER;
	if (flags & ~FLAGS_KNOWN)
		laws_break("an event is measured with flags %llx", (unsigned long long)flags);
	event_size = get(event, 4);
	if (event_size < EVENT_MINIMUM || get(event + 4, 4) != HEADER_SIZE || get(event + 8, 2) != 1)
		return EFI_INVALID_PARAMETER;
	if (get(event + 10, 4) >= (cc ? REGISTERS : PCRS))
		return EFI_INVALID_PARAMETER;
	if (event_size - EVENT_MINIMUM > sizeof(kept->data) || event_count == TPM_EVENTS_MAX)
		return EFI_VOLUME_FULL; /* the log is full; a TPM is extended all the same */
	take((const void *)(uintptr_t)data, size);
	*kept = (struct tpm_event){
		.cc = cc, .index = get(event + 10, 4), .type = get(event + 14, 4), .size = event_size - EVENT_MINIMUM
	};
	memcpy(kept->data, event + EVENT_MINIMUM, kept->size);
	event_count++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI tcg2_extend(struct protocol *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size,
				     const void *event)
{
	EFI_STATUS injected = laws_call(SERVICE_TCG2_EXTEND);

	if (EFI_ERROR(injected))
		return injected;
	return this ? measure(false, flags, data, size, event) : EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI cc_extend(struct protocol *this, uint64_t flags, EFI_PHYSICAL_ADDRESS data, uint64_t size,
				   const void *event)
{
	EFI_STATUS injected = laws_call(SERVICE_CC_EXTEND);

	if (EFI_ERROR(injected))
		return injected;
	return this ? measure(true, flags, data, size, event) : EFI_INVALID_PARAMETER;
}

/* UEFI 2.10, 38.4.1: PCR 0 is register 0, 1 and 7 are 1, 2 to 6 are 2, 8 to 15 are 3. */
static EFI_STATUS EFIAPI cc_map(struct protocol *this, uint32_t pcr, uint32_t *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_CC_MAP_PCR);

	if (EFI_ERROR(injected))
		return injected;
	if (!this || !ret || pcr >= PCRS)
		return EFI_INVALID_PARAMETER;
	if (pcr > 15)
		return EFI_UNSUPPORTED;
	*ret = pcr == 0 ? 0 : pcr == 1 || pcr == 7 ? 1 : pcr < 7 ? TPM_CC_REGISTER : 3;
	return EFI_SUCCESS;
}

/* Whatever else the protocols have is nothing that the program under test was meant to need. */
static EFI_STATUS EFIAPI unknown(void)
{
	laws_call(SERVICE_UNKNOWN);
	laws_break("a function of a measuring protocol is called that the fake does not have");
	return EFI_UNSUPPORTED;
}

static void plug_in(const EFI_GUID *guid, struct protocol *protocol)
{
	fake_handles_add(fake_handles_new(), guid, protocol);
}

void fake_tpm_plug(bool tcg2, bool cc)
{
	has_tcg2 = tcg2;
	has_cc = cc;
}

size_t fake_tpm_events(void)
{
	return event_count;
}

const struct tpm_event *fake_tpm_event(size_t n)
{
	return n < event_count ? &events[n] : NULL;
}

void fake_tpm_power_on(void)
{
	static struct protocol tcg2, cc;

	event_count = 0;
	tcg2 = (struct protocol){ (void *)unknown, (void *)unknown, tcg2_extend, (void *)unknown };
	cc = (struct protocol){ (void *)unknown, (void *)unknown, cc_extend, cc_map };
	if (has_tcg2)
		plug_in(&fake_guid_tcg2, &tcg2);
	if (has_cc)
		plug_in(&fake_guid_cc, &cc);
}
