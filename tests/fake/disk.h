/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h - block devices, made up on reading: protective MBR and GPT (both with valid checksums), or an MBR, and the boot
 * sector of each FAT with its serial number. Enough for a program that looks for partition types; file contents are not
 * behind it. Writing is a violation. */
#ifndef FAKE_DISK_H
#define FAKE_DISK_H

#include <efi.h>

#include "volume.h"

void fake_disks_power_on(
	void); /* a handle with device path and BlockIO for each disk and partition, with the file systems */
void fake_disks_power_off(void);

EFI_HANDLE fake_disk_handle(const struct volume *volume); /* the handle that has VOLUME's file system */
struct volume *fake_disk_volume(EFI_HANDLE handle);       /* NULL: no file system there */

#endif
