/* SPDX-License-Identifier: Apache-2.0 */
/* images.h - LoadImage, StartImage, UnloadImage, Exit.
 *
 * LoadImage reads the file's bytes from the volume and refuses what is not a sane PE image for x64. No machine code runs:
 * StartImage knows the image by a marker in its bytes and calls the C function registered for it. */
#ifndef FAKE_IMAGES_H
#define FAKE_IMAGES_H

#include <stdbool.h>
#include <stddef.h>

#include <efi.h>

/* An image with these words in it is refused by LoadImage, as one whose relocations are damaged: no header shows it. */
#define IMAGE_UNLOADABLE ", relocations damaged"

/* Called as crt0 calls efi_main(), with the calling convention of the host. */
typedef EFI_STATUS (*image_entry)(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define IMAGES_DEPTH_MAX 64u /* images started by images; more is an endless loop */

/* Images whose bytes contain MARKER (it lives as long as the machine) start ENTRY. ON_TRIAL: it is the program under test:
 * its calls are counted and what it leaves behind is a leak. */
void fake_images_register(const char *marker, image_entry entry, bool on_trial);
void fake_images_forget(void);

/* LoadImage of the file UTF8 ends with STATUS, as Secure Boot would (EFI_SECURITY_VIOLATION: loaded, must not start;
 * EFI_ACCESS_DENIED: not loaded). EFI_SUCCESS allows it again. Up to eight; compared without letter case. */
void fake_images_refuse(const char *utf8, EFI_STATUS status);

/* As the boot services, without the call counter. */
EFI_STATUS fake_image_load(EFI_HANDLE parent, const EFI_DEVICE_PATH *path, const void *source, size_t size,
			   EFI_HANDLE *ret);
EFI_STATUS fake_image_start(EFI_HANDLE image);
EFI_STATUS fake_image_unload(EFI_HANDLE image);

EFI_LOADED_IMAGE *fake_image_loaded(EFI_HANDLE image);          /* NULL: no image */
bool fake_image_contains(EFI_HANDLE image, const char *marker); /* in its memory */
/* Path of the file it came from, with leading '\', empty if it came from memory. */
const char *fake_image_path(EFI_HANDLE image);

unsigned fake_images_started(const char *marker); /* how often in this power cycle */

void fake_images_power_on(EFI_SYSTEM_TABLE *system);
void fake_images_power_off(void);
void fake_images_install(EFI_BOOT_SERVICES *boot);

#endif
