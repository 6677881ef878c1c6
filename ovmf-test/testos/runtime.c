/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime.h"
#include "variable.h"

#define OS_MAKES (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define HIDDEN   (EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS)
#define SAW_MAX  1024

static EFI_GUID testos_guid = { 0xb0079170, 0x0000, 0x4000, { 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x05 } };
static UINT8 forgery[256];
static UINTN forgery_size = 128;
static UINT8 memory_map[64 * 1024];
static CHAR16 saw[SAW_MAX];
static UINTN saw_length;

static void saw_add(const CHAR16 *text)
{
	while (*text != 0 && saw_length + 1 < SAW_MAX)
		saw[saw_length++] = *text++;
}

static const CHAR16 *status_name(EFI_STATUS status)
{
	switch (status) {
	case EFI_SUCCESS:
		return L"success";
	case EFI_NOT_FOUND:
		return L"not found";
	case EFI_INVALID_PARAMETER:
		return L"invalid parameter";
	case EFI_WRITE_PROTECTED:
		return L"write protected";
	case EFI_SECURITY_VIOLATION:
		return L"security violation";
	case EFI_ACCESS_DENIED:
		return L"access denied";
	case EFI_OUT_OF_RESOURCES:
		return L"out of resources";
	case EFI_UNSUPPORTED:
		return L"unsupported";
	default:
		return L"another error";
	}
}

static void saw_status(const CHAR16 *operation, const CHAR16 *name, EFI_STATUS status)
{
	saw_add(operation);
	saw_add(L" ");
	saw_add(name);
	saw_add(L"=");
	saw_add(status_name(status));
	saw_add(L"\n");
}

static EFI_STATUS reads(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor)
{
	static UINT8 value[4096];
	UINTN size = sizeof(value);

	return rt->GetVariable(name, vendor, NULL, &size, value);
}

static BOOLEAN same_text(const CHAR16 *a, const CHAR16 *b)
{
	while (*a != 0 && *a == *b)
		a++, b++;
	return *a == *b;
}

/* As an OS finds out which variables there are. */
static EFI_STATUS lists(EFI_RUNTIME_SERVICES *rt, const CHAR16 *name)
{
	static CHAR16 found[512];
	EFI_GUID vendor;
	EFI_STATUS s;

	found[0] = 0;
	do {
		UINTN size = sizeof(found);

		s = rt->GetNextVariableName(&size, found, &vendor);
	} while (!EFI_ERROR(s) && !same_text(found, name));
	return s;
}

/* Deleting comes last, and creating anew behind it. */
static void probe_record(EFI_RUNTIME_SERVICES *rt, CHAR16 *name)
{
	EFI_GUID *vendor = &bootpilot_guid;

	saw_status(L"reads", name, reads(rt, name, vendor));
	saw_status(L"lists", name, lists(rt, name));
	saw_status(L"writes without runtime access", name, rt->SetVariable(name, vendor, HIDDEN, forgery_size, forgery));
	saw_status(L"appends", name, rt->SetVariable(name, vendor, OS_MAKES | EFI_VARIABLE_APPEND_WRITE, 1, forgery));
	saw_status(L"deletes with attributes 0", name, rt->SetVariable(name, vendor, 0, 0, NULL));
	saw_status(L"deletes", name, rt->SetVariable(name, vendor, OS_MAKES, 0, NULL));
	saw_status(L"writes", name, rt->SetVariable(name, vendor, OS_MAKES, forgery_size, forgery));
}

EFI_STATUS runtime_probe(EFI_HANDLE image, EFI_SYSTEM_TABLE *st)
{
	EFI_RUNTIME_SERVICES *rt = st->RuntimeServices;
	EFI_STATUS s = EFI_SUCCESS;
	UINTN size = sizeof(forgery);

	if (!EFI_ERROR(rt->GetVariable(L"TestosForgery", &testos_guid, NULL, &size, forgery)))
		forgery_size = size;
	for (int attempt = 0; attempt < 2; attempt++) { /* the first one may itself change the map */
		UINTN map_size = sizeof(memory_map), key, descriptor_size;
		UINT32 version;

		s = st->BootServices->GetMemoryMap(&map_size, (EFI_MEMORY_DESCRIPTOR *)(void *)memory_map, &key, &descriptor_size,
						   &version);
		if (EFI_ERROR(s))
			return s;
		s = st->BootServices->ExitBootServices(image, key);
		if (!EFI_ERROR(s))
			break;
	}
	if (EFI_ERROR(s))
		return s;
	saw_status(L"reads", L"BootpilotDecision", reads(rt, L"BootpilotDecision", &bootpilot_guid)); /* that one is for it */
	saw_status(L"reads", L"BootpilotVisit", reads(rt, L"BootpilotVisit", &bootpilot_guid));
	probe_record(rt, L"BootpilotRecord0");
	probe_record(rt, L"BootpilotRecord1");
	rt->SetVariable(L"TestosSaw", &testos_guid, OS_MAKES, saw_length * sizeof(CHAR16), saw);
	rt->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_ABORTED;
}
