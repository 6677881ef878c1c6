/* SPDX-License-Identifier: Apache-2.0 */
/* NVRAM that is full: what was there stays, and can still be overwritten and deleted. */
#include "contract.h"

#define LASTING  (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)
#define PASSING  EFI_VARIABLE_BOOTSERVICE_ACCESS
#define FILL_MAX 64u /* variables; OVMF has room for eight of the largest */
#define LARGE    16384u
#define SMALL    128u /* a record's */

static uint8_t data[LARGE];

static EFI_STATUS set(struct contract *c, unsigned number, uint32_t attributes, size_t size)
{
	uint16_t name[] = u"ContractFull000";

	name[12] = (uint16_t)(u'0' + number / 100);
	name[13] = (uint16_t)(u'0' + number / 10 % 10);
	name[14] = (uint16_t)(u'0' + number % 10);
	return c->runtime->SetVariable(name, &contract_vendor, attributes, size, size ? data : NULL);
}

static bool exists(struct contract *c, unsigned number)
{
	return set(c, number, 0, 0) != EFI_NOT_FOUND; /* and is gone then */
}

/* Writes variables until not even a small one has room. Returns how many. */
static unsigned fill(struct contract *c, EFI_STATUS *ret)
{
	unsigned count = 0;

	for (size_t size = LARGE; size >= SMALL; size /= 11) { /* 16384, 1489, 135: each refusal is slow in OVMF */
		*ret = EFI_SUCCESS;
		while (count < FILL_MAX && !EFI_ERROR(*ret)) {
			*ret = set(c, count, LASTING, size);
			count += !EFI_ERROR(*ret);
		}
	}
	return count;
}

void check_full_variables(struct contract *c)
{
	EFI_STATUS s = EFI_SUCCESS;
	unsigned count;

	claim_status(c, "SetVariable", "a record that is there before", set(c, 200, LASTING, SMALL), EFI_SUCCESS);
	count = fill(c, &s);
	claim_status(c, "SetVariable", "no room for a new one is EFI_OUT_OF_RESOURCES", s, EFI_OUT_OF_RESOURCES);
	claim(c, "SetVariable", "there was room for some", count > 2);
	claim(c, "SetVariable", "what had no room is not there", !exists(c, count));
	data[5] = 99;
	claim_status(c, "SetVariable", "full: one of the same size is overwritten", set(c, 200, LASTING, SMALL),
		     EFI_SUCCESS);
	claim_status(c, "SetVariable", "full: a much larger one is EFI_OUT_OF_RESOURCES",
		     set(c, 200, LASTING, 4 * SMALL), EFI_OUT_OF_RESOURCES);
	claim_status(c, "SetVariable", "full: a volatile one has room", set(c, 201, PASSING, SMALL), EFI_SUCCESS);
	claim_status(c, "SetVariable", "full: a volatile one is deleted", set(c, 201, 0, 0), EFI_SUCCESS);
	claim_status(c, "SetVariable", "full: a lasting one is deleted", set(c, 200, 0, 0), EFI_SUCCESS);
	claim_status(c, "SetVariable", "and there is room for another again", set(c, 202, LASTING, SMALL), EFI_SUCCESS);
	set(c, 202, 0, 0);
	for (unsigned i = 0; i < count; i++)
		set(c, i, 0, 0);
	claim(c, "SetVariable", "what filled it is deleted", !exists(c, 0));
}
