/* SPDX-License-Identifier: Apache-2.0 */
/* devicepath.h - device paths as bytes. Source: UEFI specification, "Protocols - Device Path Protocol". The packed layout
 * is written byte by byte: a hard-drive node is 42 bytes long, whatever padding a header file gives the structure. */
#ifndef FAKE_DEVICEPATH_H
#define FAKE_DEVICEPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <efi.h>

struct path_bytes { /* a device path under construction, always with its end node behind SIZE */
	uint8_t at[1024];
	size_t size; /* bytes without the end node */
};

void fake_path_start_disk(struct path_bytes *path, unsigned disk); /* PciRoot(0)/Pci(n,0)/Sata(n) */
void fake_path_add_partition(struct path_bytes *path, uint32_t number, uint64_t start, uint64_t size,
			     const uint8_t signature[16], bool gpt);
void fake_path_add_file(struct path_bytes *path, const char *utf8); /* one file path node */

size_t fake_path_size(const EFI_DEVICE_PATH *path);           /* bytes, with the end node */
EFI_DEVICE_PATH *fake_path_copy(const EFI_DEVICE_PATH *path); /* malloc()ed */
bool fake_path_is_end(const EFI_DEVICE_PATH *path);

/* The names of the file path nodes from PATH on, joined with single '\'. False if there is any other node. */
bool fake_path_file(const EFI_DEVICE_PATH *path, char *utf8, size_t size);

#endif
