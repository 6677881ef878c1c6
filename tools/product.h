/* SPDX-License-Identifier: Apache-2.0 */
/* product.h - Bootpilot's own images, as they were built and perhaps signed, on their way to an ESP. */
#ifndef BOOTPILOT_PRODUCT_H
#define BOOTPILOT_PRODUCT_H

#include "heap.h"

#define PRODUCT_SIZE_MAX (16u << 20) /* bytes; ours has 64 KiB */

enum product_kind { PRODUCT_APPLICATION, PRODUCT_DRIVER };

struct product {
	struct text path;
	struct text bytes;  /* the whole file */
	struct text config; /* in its section .bpcfg */
	struct text version;
	struct text fault;  /* why it cannot be installed; empty: it can. Then only path is there */
};

/* Reads the image at GIVEN; where that is NULL, the one that came with this tool: beside it, or in ../lib/bootpilot; of two the one that
 * is signed (*.efi.signed). */
void product_read(struct heap *heap, enum product_kind kind, const char *given, struct product *ret);

/* The same for the image at PATH below ROOT, a directory that was opened (negative: it was not). */
void product_read_at(struct heap *heap, enum product_kind kind, int root, struct text path, struct product *ret);

#endif
