/* SPDX-License-Identifier: Apache-2.0 */
/* scanned.h - what the fake loader (tests/fake/loader_scan.c) lists of a disk. It knows nothing of shared/, whose headers use
 * some of its names, so it stands behind this one. */
#ifndef FUZZ_SCANNED_H
#define FUZZ_SCANNED_H

#include <stdbool.h>
#include <stddef.h>

struct scanned {
	char id[300], file[300];
};

#define SCANNED_MAX 64u

/* Two empty partitions: 0 is the ESP, 1 the XBOOTLDR of its disk. */
void scanned_begin(void);
bool scanned_has(unsigned partition, const char *path);
void scanned_put(unsigned partition, const char *path, const char *text);
void scanned_put_image(unsigned partition, const char *path, const char *osrel);

/* The list of systemd-boot SERIES, in its order. Returns how many. */
size_t scanned_by(unsigned series, struct scanned ret[SCANNED_MAX]);

/* Whether its glob PATTERN, lower-case, matches ID. */
bool scanned_match(const char *pattern, const char *id);

#endif
