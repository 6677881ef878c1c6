/* SPDX-License-Identifier: Apache-2.0 */
/* lines.h - inputs that consist of lines `word field|field|...`, so that they can be read by people and survive mutation: a
 * line that was damaged does not move the meaning of the next. %HH stands for any byte. */
#ifndef FUZZ_LINES_H
#define FUZZ_LINES_H

#include "shared/text.h"

/* Takes the next line that is not empty off *REST, LF-ended; its first byte says what it is. False at the end. */
bool line_take(struct text *rest, struct text *ret);

/* Behind the first word. */
struct text line_fields(struct text line);

/* Takes the next field off *FIELDS; empty where there is none. */
struct text field_take(struct text *fields);
/* The next field with its %HH decoded into BUFFER, cut to what fits. */
struct text field_take_bytes(struct text *fields, char *buffer, size_t size);
/* The same as a string: up to its first NUL. */
const char *field_take_string(struct text *fields, char *buffer, size_t size);
/* The next field as a number, 0 for anything else, reduced to 0..MAX. */
uint32_t field_take_number(struct text *fields, uint32_t max);

/* NAME is one that FAT can hold, of 1..255 bytes. */
bool name_is_of_fat(struct text name);

#endif
