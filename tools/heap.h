/* SPDX-License-Identifier: Apache-2.0 */
/* heap.h - memory that is taken piece by piece and given back at once. Out of memory ends the program with a message. */
#ifndef BOOTPILOT_HEAP_H
#define BOOTPILOT_HEAP_H

#include "shared/text.h"

struct heap {
	struct heap_block *newest;
};

/* SIZE bytes, all zero. */
void *heap_take(struct heap *heap, size_t size);
/* A copy of T, terminated. */
struct text heap_keep(struct heap *heap, struct text t);
/* The pieces one after the other. */
struct text heap_join(struct heap *heap, const struct text *pieces, size_t count);
void heap_free(struct heap *heap);

#endif
