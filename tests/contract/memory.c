/* SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include "shared/memory.h"

#define BLOCKS 24u

static EFI_STATUS take(struct contract *c, size_t size, uint8_t **ret)
{
	void *memory = NULL;
	EFI_STATUS s = c->boot->AllocatePool(EfiLoaderData, size, &memory);

	*ret = memory;
	return s;
}

/* Blocks of many sizes at once: none touches another. */
static void check_blocks_apart(struct contract *c)
{
	uint8_t *blocks[BLOCKS];
	bool all = true, aligned = true, whole = true;

	for (size_t i = 0; i < BLOCKS; i++) {
		all = all && !EFI_ERROR(take(c, 1 + 97 * i, &blocks[i]));
		if (!all)
			break;
		aligned = aligned && ((UINTN)blocks[i] & 7) == 0;
		memset(blocks[i], (int)i, 1 + 97 * i);
	}
	claim(c, "AllocatePool", "gives many blocks of odd sizes", all);
	claim(c, "AllocatePool", "every block begins at a multiple of 8", aligned);
	for (size_t i = 0; all && i < BLOCKS; i++)
		for (size_t at = 0; at < 1 + 97 * i; at++)
			whole = whole && blocks[i][at] == i;
	claim(c, "AllocatePool", "no block touches another", whole);
	for (size_t i = 0; all && i < BLOCKS; i++)
		all = c->boot->FreePool(blocks[i]) == EFI_SUCCESS;
	claim(c, "FreePool", "takes every block back", all);
}

void check_memory(struct contract *c)
{
	uint8_t *block;

	check_blocks_apart(c);
	claim_status(c, "AllocatePool", "0 bytes are a block, too", take(c, 0, &block), EFI_SUCCESS);
	claim_status(c, "FreePool", "takes it back", c->boot->FreePool(block), EFI_SUCCESS);
	claim_status(c, "AllocatePool", "1 MiB is there", take(c, 1u << 20, &block), EFI_SUCCESS);
	c->boot->FreePool(block);
	claim_status(c, "AllocatePool", "more than there is in any machine is EFI_OUT_OF_RESOURCES",
		     take(c, (size_t)1 << 60, &block), EFI_OUT_OF_RESOURCES);
}
