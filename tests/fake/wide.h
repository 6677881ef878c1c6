/* SPDX-License-Identifier: Apache-2.0 */
/* wide.h - the fake's edge between firmware's UTF-16 and the UTF-8 in which the fake keeps every name and text. */
#ifndef FAKE_WIDE_H
#define FAKE_WIDE_H

#include <stdbool.h>
#include <stddef.h>

#include <efi.h>

#define WIDE_MAX 4096u /* bytes of UTF-8; no path or text of a test comes near */

/* Converts up to UNITS units, or to the first NUL, into BUFFER, always terminated. False if it does not fit. */
bool wide_read(const CHAR16 *wide, size_t units, char *buffer, size_t size);

/* Units that UTF8 takes, with its NUL. */
size_t wide_units(const char *utf8);

/* Writes UTF8 with its NUL into TO, which has room for wide_units() of it. */
void wide_write(const char *utf8, CHAR16 *to);

#endif
