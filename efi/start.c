/* SPDX-License-Identifier: Apache-2.0 */
/* start.c - where firmware enters the image, with firmware's own calling convention.
 *
 * Nothing has to be done before efi_main(): the image holds no address that would have to be relocated, which the build
 * checks (build/check-elf), and so it needs no start code of gnu-efi's. */
#include <efi.h>

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);
EFI_STATUS EFIAPI efi_start(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

EFI_STATUS EFIAPI efi_start(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	return efi_main(image, system);
}
