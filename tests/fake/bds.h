/* SPDX-License-Identifier: Apache-2.0 */
/* bds.h - the firmware's boot manager: tries the boot options in their order until one ends the power cycle. */
#ifndef FAKE_BDS_H
#define FAKE_BDS_H

#include <efi.h>

#include "volume.h"

void fake_bds_clear(void);
/* At the end of BootOrder. PATH must live as long as the machine. */
void fake_bds_add(const char *description, const struct volume *volume, const char *path);

/* For fake_firmware_run(). Comes back when the options are used up, or one of them returned EFI_SUCCESS: then EDK2 shows
 * its setup, too. */
void fake_bds_run(EFI_HANDLE firmware, EFI_SYSTEM_TABLE *system);

#endif
