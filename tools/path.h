/* SPDX-License-Identifier: Apache-2.0 */
/* path.h - files below a directory by paths as FAT knows them: either slash, whatever letter case. */
#ifndef BOOTPILOT_PATH_H
#define BOOTPILOT_PATH_H

#include "heap.h"
#include "shared/text.h"

/* Closes a descriptor that is not negative when its block is left. */
void path_close(const int *fd);
#define _closes_ __attribute__((cleanup(path_close)))

/* Opens PATH below ROOT for reading, without following symbolic links. -ENOENT: there is no such file, or a link stands in the
 * way; then *ret_links grows. Any other negative errno: nothing is known of it. */
int path_open(int root, struct text path, size_t *ret_links);

/* PATH, absolute, below ROOT; NULL: below /. */
__attribute__((returns_nonnull)) const char *path_below(struct heap *heap, const char *root, const char *path);

#endif
