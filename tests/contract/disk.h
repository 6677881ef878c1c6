/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h - the contract's disk on the fake firmware, as disk.txt says. */
#ifndef CONTRACT_DISK_H
#define CONTRACT_DISK_H

#include "tests/fake/volume.h"

#define CONTRACT_MARKER  "Bootpilot's contract" /* images.h knows our images by it */
#define CONTRACT_PROGRAM "\\EFI\\contract\\contract.efi"

/* Puts everything on ESP. Aborts where disk.txt is wrong. */
void contract_disk_make(struct volume *esp);

#endif
