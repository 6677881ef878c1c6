/* SPDX-License-Identifier: Apache-2.0 */
/* os.c - the operating system of the benchmark: it reads the clock before it does anything else, says what it read, and ends.
 *
 * The clock is the processor's time stamp counter. Under QEMU's -icount it counts nanoseconds of virtual time since power-on,
 * and a reset does not set it back. */
#include <efi.h>

#include "ovmf-test/testos/say.h"
#include "ovmf-test/testos/variable.h"
#include "shared/text.h"

static EFI_GUID loaded_image_guid = LOADED_IMAGE_PROTOCOL;

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	uint64_t now = __builtin_ia32_rdtsc();
	EFI_RUNTIME_SERVICES *runtime = system->RuntimeServices;
	EFI_LOADED_IMAGE *self;
	const char *options = NULL;
	char bytes[24];
	struct writer number = WRITER(bytes);

	say_begin(system);
	write_uint(&number, now);
	write_char(&number, '\0');
	say_line("clock", bytes);
	say_line("entry", variable_text(runtime, L"LoaderEntrySelected", &loader_guid));
	say_line("decision", variable_text(runtime, L"BootpilotDecision", &bootpilot_guid));
	if (!EFI_ERROR(system->BootServices->HandleProtocol(image, &loaded_image_guid, (void **)&self)))
		options = options_text(self->LoadOptions, self->LoadOptionsSize);
	say_line("options", options);
	/* "crash": as a kernel that panics and restarts the machine */
	bool crashes = options && text_starts_fold(text_of(options), TEXT("crash"));
	runtime->ResetSystem(crashes ? EfiResetCold : EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_ABORTED;
}
