/* SPDX-License-Identifier: Apache-2.0 */
/* handles.h - the handle database: which handle has which protocol. */
#ifndef FAKE_HANDLES_H
#define FAKE_HANDLES_H

#include <stdbool.h>

#include <efi.h>

EFI_HANDLE fake_handles_new(void);
void fake_handles_remove(EFI_HANDLE handle);
void fake_handles_add(EFI_HANDLE handle, const EFI_GUID *protocol, void *interface);
void *fake_handles_get(EFI_HANDLE handle, const EFI_GUID *protocol); /* NULL: handle or protocol unknown */

/* LocateDevicePath: the handle with PROTOCOL whose device path is the longest beginning of *PATH; *PATH moves behind it. */
EFI_STATUS fake_handles_locate_path(const EFI_GUID *protocol, EFI_DEVICE_PATH **path, EFI_HANDLE *ret);

void fake_handles_power_off(void);
void fake_handles_install(EFI_BOOT_SERVICES *boot);

#endif
