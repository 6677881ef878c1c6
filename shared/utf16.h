/* SPDX-License-Identifier: Apache-2.0 */
/* utf16.h - the edge between firmware's UTF-16 (UCS-2 in practice) and our UTF-8.
 *
 * Unpaired surrogates, which FAT long names can hold, are kept as three-byte sequences (WTF-8), so that every name survives
 * the way there and back. */
#ifndef BOOTPILOT_UTF16_H
#define BOOTPILOT_UTF16_H

#include "text.h"

/* Converts up to COUNT units, or to the first NUL, into W. */
void utf16_to_text(struct writer *w, const uint16_t *units, size_t count);

/* Converts T into UNITS with a terminating NUL. False if it does not fit into COUNT units, holds a NUL or is not UTF-8;
 * UNITS is then an empty string. *ret_len, if not NULL, gets the units without the NUL. */
bool utf16_from_text(struct text t, uint16_t *units, size_t count, size_t *ret_len);

/* Takes the first code point off *REST. False at the end, and where no well-formed one stands; then nothing changes. */
bool utf8_take(struct text *rest, uint32_t *ret);

#endif
