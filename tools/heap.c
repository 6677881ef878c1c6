/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct heap_block {
	struct heap_block *older;
	alignas(max_align_t) char bytes[];
};

void *heap_take(struct heap *heap, size_t size)
{
	struct heap_block *block = calloc(1, sizeof(*block) + size);
	if (!block) {
		fputs("bootpilotctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	block->older = heap->newest;
	heap->newest = block;
	return block->bytes;
}

struct text heap_join(struct heap *heap, const struct text *pieces, size_t count)
{
	size_t len = 0;
	for (size_t i = 0; i < count; i++)
		len += pieces[i].len;
	char *bytes = heap_take(heap, len + 1);
	struct writer w = { .at = bytes, .size = len };
	for (size_t i = 0; i < count; i++)
		write_text(&w, pieces[i]);
	return (struct text){ bytes, len };
}

struct text heap_keep(struct heap *heap, struct text t)
{
	return heap_join(heap, &t, 1);
}

void heap_free(struct heap *heap)
{
	while (heap->newest) {
		struct heap_block *older = heap->newest->older;
		free(heap->newest);
		heap->newest = older;
	}
}
