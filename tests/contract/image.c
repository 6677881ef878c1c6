/* SPDX-License-Identifier: Apache-2.0 */
/* The contract as an EFI program: out/contract.efi, which run.py starts in OVMF. */
#include "contract.h"

static void say(void *context, const char *line)
{
	SERIAL_IO_INTERFACE *serial = context;

	for (; line && *line; line++) {
		UINTN size = 1;

		if (EFI_ERROR(serial->Write(serial, &size, (void *)(UINTN)line)))
			serial->Write(serial, &size, (void *)(UINTN)line); /* a full port: once more */
	}
}

static bool is_asked_for(struct contract *c, const uint16_t *path)
{
	EFI_FILE_HANDLE root = root_of(c);
	bool found = root && !EFI_ERROR(open_status(root, path));

	if (root)
		root->Close(root);
	return found;
}

/* On a line of its own, whatever the screen left behind on the serial line. */
static void say_line(void *context, const char *line)
{
	say(context, "\r\n");
	say(context, line);
	say(context, "\r\n");
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system); /* called by gnu-efi's start code */

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	static EFI_GUID serial = SERIAL_IO_PROTOCOL;
	struct contract c = {
		.image = image, .system = system, .boot = system->BootServices, .runtime = system->RuntimeServices
	};
	EFI_LOADED_IMAGE *self;
	EFI_STATUS s;

	if (contract_child(image, system, &s))
		return s;
	self = protocol_of(&c, image, &contract_loaded_image);
	if (!self || EFI_ERROR(c.boot->LocateProtocol(&serial, NULL, &c.context)))
		return EFI_UNSUPPORTED;
	c.say = say_line;
	c.esp = self->DeviceHandle;
	c.full = is_asked_for(&c, u"\\contract\\full");
	if (contract_was_reset(&c))
		contract_check_after_reset(&c);
	else
		contract_check(&c);
	return EFI_ABORTED;
}
