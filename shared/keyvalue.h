/* SPDX-License-Identifier: Apache-2.0 */
/* keyvalue.h - lines "key value" of loader.conf, *.conf and of our configuration, and "KEY=value" of os-release.
 *
 * Source: Boot Loader Specification (UAPI.1), os-release(5), read as systemd-boot reads them: CR and LF both end a line;
 * blanks at both ends go; `#` starts a comment only at the start of a line; a line without a value is passed over; a value
 * in double or single quotes loses them, and may be empty; a NUL ends the text. */
#ifndef BOOTPILOT_KEYVALUE_H
#define BOOTPILOT_KEYVALUE_H

#include "text.h"

struct keyvalue {
	struct text key;
	struct text value;
	uint32_t line; /* 1.. */
};

struct keyvalue_reader {
	struct text rest;
	const char *separators; /* " \t" or "=" */
	uint32_t line;          /* lines read so far */
};

#define KEYVALUE_BLANK  " \t"
#define KEYVALUE_EQUALS "="

/* Finds the next pair. False at the end; then *ret is untouched. */
bool keyvalue_next(struct keyvalue_reader *reader, struct keyvalue *ret);

#endif
