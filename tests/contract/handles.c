/* SPDX-License-Identifier: Apache-2.0 */
/* Handles and their protocols, and what our own loaded-image protocol says of how we were started. */
#include "contract.h"

static void check_protocols(struct contract *c)
{
	uint8_t no_handle[256] = { 0 };
	void *interface = c;

	claim_status(c, "HandleProtocol", "a protocol that the handle lacks is EFI_UNSUPPORTED",
		     c->boot->HandleProtocol(c->esp, &contract_nobody, &interface), EFI_UNSUPPORTED);
	claim(c, "HandleProtocol", "one that it lacks gives NULL", interface == NULL);
	claim_status(c, "HandleProtocol", "no handle is EFI_INVALID_PARAMETER",
		     c->boot->HandleProtocol(NULL, &contract_device_path, &interface), EFI_INVALID_PARAMETER);
	claim_status(c, "HandleProtocol", "what is no handle is EFI_INVALID_PARAMETER",
		     c->boot->HandleProtocol(no_handle, &contract_device_path, &interface), EFI_INVALID_PARAMETER);
	claim(c, "HandleProtocol", "gives the same again",
	      protocol_of(c, c->esp, &contract_file_system) == protocol_of(c, c->esp, &contract_file_system));
	claim(c, "HandleProtocol", "the partition has a device path",
	      protocol_of(c, c->esp, &contract_device_path) != NULL);
	claim(c, "HandleProtocol", "the partition has block I/O", protocol_of(c, c->esp, &contract_block_io) != NULL);
}

static void check_buffers(struct contract *c)
{
	EFI_HANDLE *handles = NULL;
	UINTN count = 7;
	bool found = false, all = true;

	claim_status(c, "LocateHandleBuffer", "every file system",
		     c->boot->LocateHandleBuffer(ByProtocol, &contract_file_system, NULL, &count, &handles),
		     EFI_SUCCESS);
	for (UINTN i = 0; handles && i < count; i++) {
		found |= handles[i] == c->esp;
		all = all && protocol_of(c, handles[i], &contract_file_system) &&
		      protocol_of(c, handles[i], &contract_device_path);
	}
	claim(c, "LocateHandleBuffer", "ours is among them", found);
	claim(c, "LocateHandleBuffer", "each of them has the protocol, and a device path", all);
	claim_status(c, "FreePool", "takes the list back", c->boot->FreePool(handles), EFI_SUCCESS);
	handles = NULL;
	claim_status(c, "LocateHandleBuffer", "a protocol that nobody has is EFI_NOT_FOUND",
		     c->boot->LocateHandleBuffer(ByProtocol, &contract_nobody, NULL, &count, &handles), EFI_NOT_FOUND);
	claim(c, "LocateHandleBuffer", "then there is nothing to give back", handles == NULL);
}

static void check_ourselves(struct contract *c)
{
	EFI_LOADED_IMAGE *self = protocol_of(c, c->image, &contract_loaded_image);
	const uint16_t *name = self && self->FilePath ? (const uint16_t *)(const void *)(self->FilePath + 1) : u"";

	claim(c, "DeviceHandle", "is the partition that the boot option names", self && self->DeviceHandle == c->esp);
	claim(c, "FilePath", "is one file path node",
	      self && self->FilePath && self->FilePath->Type == MEDIA_DEVICE_PATH &&
		      self->FilePath->SubType == MEDIA_FILEPATH_DP && node_ends(node_after(self->FilePath)));
	claim(c, "FilePath", "is the file that the boot option names",
	      wide_equal(name, u"\\EFI\\contract\\contract.efi"));
	claim(c, "ImageCodeType", "an application's is that of a loader's code",
	      self && self->ImageCodeType == EfiLoaderCode);
	/* EDK2 clears it (EfiBootManagerBoot); efi/berth.c tells by this that the firmware started us. */
	claim(c, "ParentHandle", "what the boot manager starts has none", self && !self->ParentHandle);
}

void check_handles(struct contract *c)
{
	check_protocols(c);
	check_buffers(c);
	check_ourselves(c);
}
