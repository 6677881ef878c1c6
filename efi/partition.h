/* SPDX-License-Identifier: Apache-2.0 */
/* partition.h - the partition that systemd-boot was started from, and the XBOOTLDR partition of the same disk.
 *
 * Source: UEFI specification 2.10, chapters 5.3 (GPT) and 10.3.5 (media device paths); Boot Loader Specification (UAPI.1) for
 * the type of XBOOTLDR; Microsoft FAT specification for the serial number. */
#ifndef BOOTPILOT_PARTITION_H
#define BOOTPILOT_PARTITION_H

#include "firmware.h"
#include "shared/record.h"

/* What identifies the partition behind DEVICE from boot to boot. */
void partition_identify(const struct firmware *fw, EFI_HANDLE device, struct disk_id *ret);

/* EFI_NOT_FOUND: the disk has no such partition. Any other error: it has one, or could have, and it cannot be read. */
EFI_STATUS partition_find_xbootldr(const struct firmware *fw, EFI_HANDLE esp, EFI_HANDLE *ret);

/* The disk behind DEVICE cannot be written: no rename succeeds, neither the loader's nor the OS's. */
bool partition_is_read_only(const struct firmware *fw, EFI_HANDLE device);

/* The device path of FILE ('\' paths) on DEVICE, from the pool: the caller frees it. NULL if that cannot be made. */
EFI_DEVICE_PATH *partition_file_path(const struct firmware *fw, EFI_HANDLE device, struct text file);

/* The file that a loaded image came from, as UTF-8 into W. */
void partition_path_text(EFI_DEVICE_PATH *path, struct writer *w);

#endif
