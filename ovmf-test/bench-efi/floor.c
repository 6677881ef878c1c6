/* SPDX-License-Identifier: Apache-2.0 */
/* floor.c - the least that any driver must do which tells systemd-boot what to boot: it knows the answer and writes it. What
 * Bootpilot takes beyond this is the price of finding out. Built with Bootpilot's flags, from the same start code. */
#include <efi.h>

#include "shared/loader-vars.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	static CHAR16 name[] = u"LoaderEntryOneShot", choice[] = u"active.conf";
	EFI_GUID vendor = LOADER_GUID;

	if (image)
		system->RuntimeServices->SetVariable(name, &vendor, VARIABLE_NV | VARIABLE_BS | VARIABLE_RT, sizeof(choice),
						     choice);
	return EFI_ABORTED; /* as Bootpilot does: systemd-boot unloads the driver and goes on */
}
