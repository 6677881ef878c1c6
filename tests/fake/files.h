/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - EFI_SIMPLE_FILE_SYSTEM and EFI_FILE over a volume, as EDK2's FAT driver behaves, with a trap: whatever could
 * write (an Open with WRITE or CREATE, Write, SetInfo, Delete) is a violation, and is not done. */
#ifndef FAKE_FILES_H
#define FAKE_FILES_H

#include <efi.h>

#include "volume.h"

/* The file system of VOLUME; the same pointer for the same volume within a power cycle. */
EFI_FILE_IO_INTERFACE *fake_files_of(struct volume *volume);
struct volume *fake_files_volume(EFI_FILE_IO_INTERFACE *file_system);

void fake_files_check_leaks(unsigned owner); /* handles not closed */
void fake_files_power_off(void);

#endif
