/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - whole files: replaced durably or not at all, read exactly or not at all. */
#ifndef BOOTPILOT_FILE_H
#define BOOTPILOT_FILE_H

#include <sys/types.h>

#include "heap.h"
#include "shared/image.h"

/* What a file is called until all of it is on the disk. No loader lists a name with a dot in front. */
#define FILE_TEMPORARY ".bootpilot.tmp"

/* Makes or replaces the file NAME in DIRECTORY: at every moment it is the old one or the new one. On the disk when this returns.
 * Negative errno: the old one still stands. */
int file_put(int directory, const char *name, mode_t mode, struct text bytes);

/* SIZE bytes from OFFSET. False: there are fewer, or they cannot be read. */
bool file_take(int fd, uint64_t offset, void *ret, size_t size);

/* An image as shared/image.h reads it. FD stays the caller's. */
struct image_source file_image(int *fd, uint64_t size_bytes);

/* SECTION's text up to its first NUL, kept in HEAP. False, and *ret untouched: see image_read_text(). */
bool image_keep_text(struct heap *heap, const struct image_source *source, const struct image_section *section,
		     struct text *ret);

#endif
