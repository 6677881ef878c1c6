/* SPDX-License-Identifier: Apache-2.0 */
/* What a reset leaves of the variables, and the two ends of a power cycle. */
#include "contract.h"

#define NV EFI_VARIABLE_NON_VOLATILE
#define BS EFI_VARIABLE_BOOTSERVICE_ACCESS
#define RT EFI_VARIABLE_RUNTIME_ACCESS

static uint16_t lasting[] = u"ContractLasting", hidden[] = u"ContractHidden", passing[] = u"ContractPassing";

static EFI_STATUS set(struct contract *c, uint16_t *name, uint32_t attributes, size_t size)
{
	uint8_t data[128];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(5 * i);
	return c->runtime->SetVariable(name, &contract_vendor, attributes, size, data);
}

static bool is(struct contract *c, uint16_t *name, uint32_t attributes, size_t size)
{
	uint8_t data[128];
	UINTN found = sizeof(data);
	UINT32 has = 0;
	bool same = !EFI_ERROR(c->runtime->GetVariable(name, &contract_vendor, &has, &found, data)) && found == size &&
		    has == attributes;

	for (size_t i = 0; same && i < size; i++)
		same = data[i] == (uint8_t)(5 * i);
	return same;
}

static EFI_STATUS find(const struct contract *c, uint16_t *name)
{
	uint8_t data[128];
	UINTN size = sizeof(data);

	return c->runtime->GetVariable(name, &contract_vendor, NULL, &size, data);
}

void contract_restart(struct contract *c)
{
	claim_status(c, "SetVariable", "leaves one that lasts", set(c, lasting, NV | BS | RT, 11), EFI_SUCCESS);
	claim_status(c, "SetVariable", "leaves one that lasts and that the OS cannot see", set(c, hidden, NV | BS, 128),
		     EFI_SUCCESS);
	claim_status(c, "SetVariable", "leaves one that does not last", set(c, passing, BS | RT, 12), EFI_SUCCESS);
	c->runtime->ResetSystem(EfiResetCold, EFI_SUCCESS, 0, NULL);
	claim(c, "ResetSystem", "a cold reset does not return", false);
}

bool contract_was_reset(const struct contract *c)
{
	return find(c, lasting) != EFI_NOT_FOUND;
}

void contract_check_after_reset(struct contract *c)
{
	claim(c, "ResetSystem", "a cold reset ends the power cycle", true);
	claim(c, "GetVariable", "after a reset the lasting one is as it was", is(c, lasting, NV | BS | RT, 11));
	claim(c, "GetVariable", "after a reset so is the one that the OS cannot see", is(c, hidden, NV | BS, 128));
	claim_status(c, "GetVariable", "after a reset what did not last is gone", find(c, passing), EFI_NOT_FOUND);
	set(c, hidden, 0, 0);
	set(c, lasting, 0, 0);
	claim_status(c, "GetVariable", "and a deleted one does not come back", find(c, lasting), EFI_NOT_FOUND);
	c->runtime->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	claim(c, "ResetSystem", "a shutdown does not return", false);
}
