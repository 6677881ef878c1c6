/* SPDX-License-Identifier: Apache-2.0 */
/* scan.h - gathers the facts: what is on the ESP and XBOOTLDR, and what the loader's variables say.
 *
 * Whatever fails becomes a fact in the inventory. Only files whose names can hold a role are opened. */
#ifndef BOOTPILOT_SCAN_H
#define BOOTPILOT_SCAN_H

#include "firmware.h"
#include "shared/inventory.h"

/* Fills in entries, unreadable and entries_capped. `loader`, `config` and `machine` must be there already. Tries again, a few
 * times, what could not be read. */
void scan_entries(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct inventory *inventory);

/* Fills in `loader`: from its variables, else from loader.conf and the file of the loader itself. */
void scan_loader(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct inventory *inventory);

/* Fills in `config`: what the image carries, and, while Secure Boot is off, \EFI\bootpilot\bootpilot.cfg. */
void scan_config(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct inventory *inventory);

#endif
