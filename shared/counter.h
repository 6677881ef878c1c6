/* SPDX-License-Identifier: Apache-2.0 */
/* counter.h - boot counters in file names: NAME+LEFT[-DONE].conf, NAME+LEFT[-DONE].efi
 *
 * Source: "Automatic Boot Assessment", section "Boot Counting" (systemd.io), read as systemd-boot reads it: the last '+'
 * starts the counter, both numbers are decimal and at most INT_MAX, nothing else may stand before the suffix, the suffix
 * is compared without letter case. Whatever does not fit is no counter, and the '+' belongs to the name. */
#ifndef BOOTPILOT_COUNTER_H
#define BOOTPILOT_COUNTER_H

#include "text.h"

#define COUNTER_MAX 2147483647u /* INT_MAX, the most systemd-boot accepts */

struct counter {
	bool present;    /* false: the file has no counter; the numbers are 0 */
	uint32_t left;   /* boots still allowed, 0..COUNTER_MAX */
	uint32_t done;   /* boots tried, 0..COUNTER_MAX */
	size_t base_len; /* bytes of the name before the counter, or before the suffix if there is none */
};

enum counter_error {
	COUNTER_OK = 0,        /* a counter, or a plain name without '+' */
	COUNTER_NO_SUFFIX,     /* the name ends neither in .conf nor in .efi */
	COUNTER_NO_NUMBER,     /* no digit after the last '+', or after '-' */
	COUNTER_TOO_LARGE,     /* a number above COUNTER_MAX */
	COUNTER_TRAILING_TEXT, /* something between the counter and the suffix */
};

/* Parses FILE, a file name without directories. On error *ret is untouched. */
enum counter_error counter_parse(struct text file, struct counter *ret);

#endif
