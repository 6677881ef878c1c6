/* SPDX-License-Identifier: Apache-2.0 */
/* Variables within one power cycle. What becomes of them is in restart.c. */
#include "contract.h"

#include "shared/memory.h"

#define NV  EFI_VARIABLE_NON_VOLATILE
#define BS  EFI_VARIABLE_BOOTSERVICE_ACCESS
#define RT  EFI_VARIABLE_RUNTIME_ACCESS
#define ALL (NV | BS | RT)

static uint16_t name_a[] = u"ContractA";
static uint8_t data[4096];

static EFI_STATUS set(struct contract *c, const uint16_t *name, EFI_GUID *vendor, uint32_t attributes, size_t size)
{
	return c->runtime->SetVariable((CHAR16 *)(UINTN)name, vendor, attributes, size, data);
}

static EFI_STATUS drop(struct contract *c, const uint16_t *name, EFI_GUID *vendor)
{
	return c->runtime->SetVariable((CHAR16 *)(UINTN)name, vendor, 0, 0, NULL);
}

struct found {
	EFI_STATUS status;
	uint32_t attributes;
	UINTN size;
	uint8_t bytes[256];
};

static struct found get(struct contract *c, const uint16_t *name, EFI_GUID *vendor, size_t room)
{
	struct found found;

	memset(&found, 0xEE, sizeof(found));
	found.size = room;
	found.status =
		c->runtime->GetVariable((CHAR16 *)(UINTN)name, vendor, &found.attributes, &found.size, found.bytes);
	return found;
}

static void check_reading(struct contract *c)
{
	struct found found = get(c, name_a, &contract_vendor, 256);

	claim_status(c, "GetVariable", "one that is not there is EFI_NOT_FOUND", found.status, EFI_NOT_FOUND);
	claim_status(c, "SetVariable", "makes one of 3 bytes, not volatile", set(c, name_a, &contract_vendor, ALL, 3),
		     EFI_SUCCESS);
	found = get(c, name_a, &contract_vendor, 256);
	claim_status(c, "GetVariable", "reads it with room to spare", found.status, EFI_SUCCESS);
	claim_number(c, "GetVariable", "says its size", found.size, 3);
	claim_number(c, "GetVariable", "says its attributes", found.attributes, ALL);
	claim(c, "GetVariable", "gives its bytes and no more",
	      memcmp(found.bytes, data, 3) == 0 && found.bytes[3] == 0xEE);
	found = get(c, name_a, &contract_vendor, 3);
	claim_status(c, "GetVariable", "room for exactly its bytes is enough", found.status, EFI_SUCCESS);
	found = get(c, name_a, &contract_vendor, 2);
	claim_status(c, "GetVariable", "too little room is EFI_BUFFER_TOO_SMALL", found.status, EFI_BUFFER_TOO_SMALL);
	claim_number(c, "GetVariable", "too little room: says the size that is needed", found.size, 3);
	claim_number(c, "GetVariable", "too little room: gives no byte", found.bytes[0], 0xEE);
	claim_number(c, "GetVariable", "too little room: says the attributes all the same", found.attributes, ALL);
	found = get(c, name_a, &contract_nobody, 256);
	claim_status(c, "GetVariable", "another vendor has none of that name", found.status, EFI_NOT_FOUND);
	found = get(c, u"contractA", &contract_vendor, 256);
	claim_status(c, "GetVariable", "names differ by letter case", found.status, EFI_NOT_FOUND);
	found = get(c, u"", &contract_vendor, 256);
	claim_status(c, "GetVariable", "the empty name is EFI_NOT_FOUND", found.status, EFI_NOT_FOUND);
}

static void check_attributes(struct contract *c)
{
	claim_status(c, "SetVariable", "other attributes than it has are EFI_INVALID_PARAMETER",
		     set(c, name_a, &contract_vendor, NV | BS, 3), EFI_INVALID_PARAMETER);
	claim_status(c, "SetVariable", "a volatile one over a lasting one, too",
		     set(c, name_a, &contract_vendor, BS, 3), EFI_INVALID_PARAMETER);
	claim_number(c, "GetVariable", "a refused change leaves it as it was",
		     get(c, name_a, &contract_vendor, 256).attributes, ALL);
	claim_status(c, "SetVariable", "deletion with other attributes is EFI_INVALID_PARAMETER",
		     set(c, name_a, &contract_vendor, NV | BS, 0), EFI_INVALID_PARAMETER);
	claim_status(c, "SetVariable", "RT without BS is EFI_INVALID_PARAMETER",
		     set(c, u"ContractB", &contract_vendor, NV | RT, 3), EFI_INVALID_PARAMETER);
	claim_status(c, "SetVariable", "the empty name is EFI_INVALID_PARAMETER", set(c, u"", &contract_vendor, ALL, 3),
		     EFI_INVALID_PARAMETER);
	claim_status(c, "SetVariable", "attributes 0 delete, whatever it has", drop(c, name_a, &contract_vendor),
		     EFI_SUCCESS);
	claim_status(c, "GetVariable", "and it is gone", get(c, name_a, &contract_vendor, 256).status, EFI_NOT_FOUND);
	claim_status(c, "SetVariable", "attributes 0 for what is not there are EFI_NOT_FOUND",
		     drop(c, name_a, &contract_vendor), EFI_NOT_FOUND);
	claim_status(c, "SetVariable", "attributes 0 with data make nothing", set(c, name_a, &contract_vendor, 0, 3),
		     EFI_NOT_FOUND);
	claim_status(c, "SetVariable", "no data for what is not there is EFI_NOT_FOUND",
		     set(c, name_a, &contract_vendor, ALL, 0), EFI_NOT_FOUND);
}

static void check_changing(struct contract *c)
{
	struct found found;

	claim_status(c, "SetVariable", "makes a volatile one", set(c, name_a, &contract_vendor, BS, 200), EFI_SUCCESS);
	claim_number(c, "GetVariable", "a volatile one says so", get(c, name_a, &contract_vendor, 256).attributes, BS);
	claim_status(c, "SetVariable", "makes it shorter", set(c, name_a, &contract_vendor, BS, 2), EFI_SUCCESS);
	claim_number(c, "GetVariable", "it is shorter", get(c, name_a, &contract_vendor, 256).size, 2);
	claim_status(c, "SetVariable", "makes it longer", set(c, name_a, &contract_vendor, BS, 250), EFI_SUCCESS);
	found = get(c, name_a, &contract_vendor, 256);
	claim(c, "GetVariable", "it is longer, with all its bytes",
	      found.size == 250 && memcmp(found.bytes, data, 250) == 0);
	claim_status(c, "SetVariable", "the same name of another vendor is another variable",
		     set(c, name_a, &contract_nobody, NV | BS, 5), EFI_SUCCESS);
	claim_number(c, "GetVariable", "its size is its own", get(c, name_a, &contract_nobody, 256).size, 5);
	claim_number(c, "GetVariable", "the first one is not changed", get(c, name_a, &contract_vendor, 256).size, 250);
	claim_status(c, "SetVariable", "no data and its own attributes delete, too",
		     set(c, name_a, &contract_nobody, NV | BS, 0), EFI_SUCCESS);
	claim_status(c, "GetVariable", "the other vendor's is gone", get(c, name_a, &contract_nobody, 256).status,
		     EFI_NOT_FOUND);
	claim_status(c, "SetVariable", "the volatile one is deleted by attributes 0", drop(c, name_a, &contract_vendor),
		     EFI_SUCCESS);
	claim_status(c, "SetVariable", "after deletion any attributes will do",
		     set(c, name_a, &contract_vendor, NV | BS, 9), EFI_SUCCESS);
	claim_number(c, "GetVariable", "they are the new ones", get(c, name_a, &contract_vendor, 256).attributes,
		     NV | BS);
	drop(c, name_a, &contract_vendor);
}

/* LoaderEntries of a full ESP is a text of many KiB, and volatile. */
static void check_long(struct contract *c)
{
	static uint16_t long_name[] = u"ContractWithANameOf31Characters";
	UINTN size = 0;

	claim_status(c, "SetVariable", "a name of 31 characters will do", set(c, long_name, &contract_vendor, ALL, 1),
		     EFI_SUCCESS);
	claim_number(c, "GetVariable", "it is found", get(c, long_name, &contract_vendor, 256).size, 1);
	drop(c, long_name, &contract_vendor);
	claim_status(c, "SetVariable", "4 KiB of a volatile one will do",
		     set(c, name_a, &contract_vendor, BS | RT, 4096), EFI_SUCCESS);
	claim_status(c, "GetVariable", "no room at all is EFI_BUFFER_TOO_SMALL",
		     c->runtime->GetVariable(name_a, &contract_vendor, NULL, &size, NULL), EFI_BUFFER_TOO_SMALL);
	claim_number(c, "GetVariable", "no room at all: the size is said", size, 4096);
	drop(c, name_a, &contract_vendor);
}

static void check_too_long(struct contract *c)
{
	void *large = NULL;

	if (EFI_ERROR(c->boot->AllocatePool(EfiLoaderData, 65536, &large)))
		return;
	memset(large, 1, 65536);
	claim_status(c, "SetVariable", "64 KiB of a lasting one are EFI_INVALID_PARAMETER",
		     c->runtime->SetVariable(name_a, &contract_vendor, NV | BS, 65536, large), EFI_INVALID_PARAMETER);
	claim_status(c, "GetVariable", "what was too long is not there", get(c, name_a, &contract_vendor, 256).status,
		     EFI_NOT_FOUND);
	c->boot->FreePool(large);
}

/* Firmware's own variables may have a law of their own. */
static void check_global(struct contract *c)
{
	static const uint64_t setup = 1;
	static uint16_t indications[] = u"OsIndications", secure_boot[] = u"SecureBoot";
	struct found found = get(c, secure_boot, &contract_global, 256);

	claim_status(c, "GetVariable", "SecureBoot is there", found.status, EFI_SUCCESS);
	claim(c, "GetVariable", "SecureBoot is one byte, 0 where it is off", found.size == 1 && found.bytes[0] == 0);
	claim_number(c, "GetVariable", "SecureBoot does not last", found.attributes, BS | RT);
	memcpy(data, &setup, sizeof(setup));
	claim_status(c, "SetVariable", "OsIndications takes 8 bytes", set(c, indications, &contract_global, ALL, 8),
		     EFI_SUCCESS);
	claim_status(c, "SetVariable", "OsIndications can be deleted", drop(c, indications, &contract_global),
		     EFI_SUCCESS);
}

void check_variables(struct contract *c)
{
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(5 * i);
	check_reading(c);
	check_attributes(c);
	check_changing(c);
	check_long(c);
	check_too_long(c);
	check_global(c);
}
