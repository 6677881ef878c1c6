/* SPDX-License-Identifier: Apache-2.0 */
/* guids.h - the GUIDs that the fake firmware, the fake loader and the judge know. Source: UEFI specification, systemd's
 * Boot Loader Interface. Written anew here on purpose: the fake must not agree with the program by sharing a mistake. */
#ifndef FAKE_GUIDS_H
#define FAKE_GUIDS_H

#include <stdbool.h>

#include <efi.h>

extern const EFI_GUID fake_guid_loaded_image;
extern const EFI_GUID fake_guid_loaded_image_path;
extern const EFI_GUID fake_guid_device_path;
extern const EFI_GUID fake_guid_file_system;
extern const EFI_GUID fake_guid_block_io;
extern const EFI_GUID fake_guid_text_in;
extern const EFI_GUID fake_guid_text_out;
extern const EFI_GUID fake_guid_file_info;
extern const EFI_GUID fake_guid_file_system_info;
extern const EFI_GUID fake_guid_volume_label;
extern const EFI_GUID fake_guid_tcg2; /* TCG EFI Protocol Specification, 6.3 */
extern const EFI_GUID fake_guid_cc;   /* UEFI 2.10, 38.2 */

extern const EFI_GUID fake_guid_global; /* vendor of SecureBoot, BootCurrent, ... */
extern const EFI_GUID fake_guid_loader; /* vendor of systemd-boot's variables */
extern const EFI_GUID fake_guid_bootpilot;

extern const EFI_GUID fake_guid_type_esp; /* GPT partition types */
extern const EFI_GUID fake_guid_type_xbootldr;
extern const EFI_GUID fake_guid_type_other;

bool fake_guid_equal(const EFI_GUID *a, const EFI_GUID *b);

#endif
