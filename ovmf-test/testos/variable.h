/* SPDX-License-Identifier: Apache-2.0 */
/* variable.h - UEFI variables and other UTF-16 things as plain text
 *
 * Every function returns UTF-8 in one shared buffer, valid until the next call, or NULL if there is nothing to read. */
#ifndef TESTOS_VARIABLE_H
#define TESTOS_VARIABLE_H
#include <efi.h>

extern EFI_GUID loader_guid;    /* systemd's Boot Loader Interface */
extern EFI_GUID bootpilot_guid; /* design: section 5 */
extern EFI_GUID global_guid;    /* UEFI specification 3.3 */

const char *variable_text(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor);
/* A list of NUL-terminated texts, with blanks between them. */
const char *variable_list(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor);
const char *variable_byte(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor); /* `0` or `1` */
const char *variable_word(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor); /* four hexadecimal digits */
const char *variable_size(EFI_RUNTIME_SERVICES *rt, CHAR16 *name, EFI_GUID *vendor); /* in bytes, four hexadecimal digits */

const char *options_text(const CHAR16 *options, UINT32 size_bytes);
const char *image_path(EFI_DEVICE_PATH *path);

/* Writes BootpilotNote = `good ID` of the entry that systemd-boot started. */
EFI_STATUS variable_note_good(EFI_RUNTIME_SERVICES *rt);
#endif
