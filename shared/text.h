/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - borrowed UTF-8 slices and a bounded writer.
 *
 * A text points into memory that somebody else owns and is not terminated. Nothing here allocates. Letter case means
 * ASCII case only, as in systemd-boot: bytes above 0x7F are never folded. */
#ifndef BOOTPILOT_TEXT_H
#define BOOTPILOT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *at; /* may be NULL only if len is 0 */
	size_t len;     /* bytes */
};

#define TEXT(literal) ((struct text){ (literal), sizeof(literal) - 1 })
#define TEXT_EMPTY    ((struct text){ NULL, 0 })

/* The text of a terminated string; NULL gives the empty text. */
struct text text_of(const char *string);

bool text_equal(struct text a, struct text b);
bool text_equal_fold(struct text a, struct text b);
bool text_starts_fold(struct text t, struct text prefix);
bool text_ends_fold(struct text t, struct text suffix);
bool text_contains(struct text t, char c);

/* Byte order, as strcmp(): below 0, 0, above 0. */
int text_compare(struct text a, struct text b);

/* The first FROM bytes dropped; empty if there are fewer. */
struct text text_after(struct text t, size_t from);
/* At most the first LEN bytes. */
struct text text_before(struct text t, size_t len);
/* Without blanks (space, tab, CR, LF) at both ends. */
struct text text_trim(struct text t);

/* Takes the next word (separated by spaces or tabs) off *REST. False when there is none; then *ret is untouched. */
bool text_next_word(struct text *rest, struct text *ret);
/* Takes the next line off *REST, without its end (LF, CR or both). False at the end of the text. */
bool text_next_line(struct text *rest, struct text *ret);

/* Decimal digits only, 0..MAX. False for anything else; then *ret is untouched. */
bool text_to_uint(struct text t, uint64_t max, uint64_t *ret);

char char_lower(char c);
bool char_is_digit(char c);

/* Appends to memory of the caller's. Overflow is sticky: nothing more is written, and `overflow` stays true, to be
 * checked once at the end. */
struct writer {
	char *at;
	size_t size; /* bytes available */
	size_t len;  /* bytes written, never above size */
	bool overflow;
};

#define WRITER(array) ((struct writer){ .at = (array), .size = sizeof(array) })

void write_text(struct writer *w, struct text t);
void write_string(struct writer *w, const char *terminated);
void write_char(struct writer *w, char c);
void write_lower(struct writer *w, struct text t); /* a to z for A to Z, as systemd-boot lowers an id */
void write_uint(struct writer *w, uint64_t value);
/* The lower-case hexadecimal digits of VALUE, padded with zeros to DIGITS. */
void write_hex(struct writer *w, uint64_t value, unsigned digits);
/* T, then blanks until WIDTH code points stand there. */
void write_padded(struct writer *w, struct text t, size_t width);
struct text writer_text(const struct writer *w);

#endif
