/* SPDX-License-Identifier: Apache-2.0 */
/* layout_files.h - inside of layout*.c: the lines that lay out files. */
#ifndef FUZZ_LAYOUT_FILES_H
#define FUZZ_LAYOUT_FILES_H

#include <efi.h>

#include "layout.h"

#define LAYOUT_STATUSES 8u
extern const EFI_STATUS layout_statuses[LAYOUT_STATUSES];

/* The line of LETTER, a capital one for XBOOTLDR. Others do nothing. */
void layout_file(struct layout *layout, char letter, struct text fields);

#endif
