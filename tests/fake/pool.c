/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "laws.h"

#define MEMORY_SIZE ((size_t)256 << 20) /* bytes of the whole machine */
#define POOL_HEAD   8u                  /* bytes: EDK2's pool is aligned to 8 and not to 16, which malloc() would hide */

struct block {
	struct block *next;
	uint8_t *at, *memory; /* what the caller has, and what malloc() gave */
	size_t size;          /* bytes */
	unsigned owner;
	bool pages;
};

static struct block *blocks; /* the newest first */
static size_t used, peak;

static void *block_take(size_t size, bool pages)
{
	struct block *block = calloc(1, sizeof(*block));
	size_t before = pages ? 0 : POOL_HEAD;

	block->memory = pages ? aligned_alloc(EFI_PAGE_SIZE, size) : malloc(before + (size ? size : 1));
	block->at = block->memory + before;
	ASAN_POISON_MEMORY_REGION(block->memory, before);
	memset(block->at, 0xAF, size);
	block->size = size;
	block->owner = laws_owner();
	block->pages = pages;
	block->next = blocks;
	blocks = block;
	if (block->owner)
		used += size;
	if (used > peak)
		peak = used;
	return block->at;
}

static void block_release(struct block *block)
{
	if (block->at != block->memory)
		ASAN_UNPOISON_MEMORY_REGION(block->memory, (size_t)(block->at - block->memory));
	free(block->memory);
	free(block);
}

static bool block_free(void *at, bool pages, size_t size)
{
	for (struct block **link = &blocks; *link; link = &(*link)->next) {
		struct block *block = *link;

		if (block->at != at || block->pages != pages)
			continue;
		if (pages && block->size != size)
			laws_break("FreePages of %zu bytes, allocated were %zu", size, block->size);
		if (block->owner)
			used -= block->size;
		*link = block->next;
		block_release(block);
		return true;
	}
	return false;
}

void *fake_pool_take(size_t size)
{
	return block_take(size, false);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, VOID **ret)
{
	EFI_STATUS injected = laws_call(SERVICE_ALLOCATE_POOL);

	if (EFI_ERROR(injected))
		return injected;
	if (type >= EfiMaxMemoryType || !ret)
		return EFI_INVALID_PARAMETER;
	if (size > MEMORY_SIZE)
		return EFI_OUT_OF_RESOURCES;
	*ret = block_take(size, false);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pool(VOID *at)
{
	EFI_STATUS injected = laws_call(SERVICE_FREE_POOL);

	if (!block_free(at, false, 0)) {
		laws_break("FreePool of memory that is not allocated");
		return EFI_INVALID_PARAMETER;
	}
	return injected;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
					EFI_PHYSICAL_ADDRESS *ret)
{
	EFI_STATUS injected = laws_call(SERVICE_ALLOCATE_PAGES);

	if (EFI_ERROR(injected))
		return injected;
	if (!ret || pages == 0 || type >= EfiMaxMemoryType || how >= MaxAllocateType)
		return EFI_INVALID_PARAMETER;
	if (how == AllocateAddress)
		return EFI_NOT_FOUND; /* whoever insists on an address cannot have it here */
	*ret = (EFI_PHYSICAL_ADDRESS)(uintptr_t)block_take(pages * EFI_PAGE_SIZE, true);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS at, UINTN pages)
{
	EFI_STATUS injected = laws_call(SERVICE_FREE_PAGES);

	if (!block_free((void *)(uintptr_t)at, true, pages * EFI_PAGE_SIZE)) {
		laws_break("FreePages of memory that is not allocated");
		return EFI_NOT_FOUND;
	}
	return injected;
}

/* efi.h declares CopyMem and SetMem with VOID results: they cannot fail, but they count. */
static VOID EFIAPI copy_mem(VOID *to, VOID *from, UINTN size)
{
	laws_call(SERVICE_COPY_MEM);
	memmove(to, from, size);
}

static VOID EFIAPI set_mem(VOID *to, UINTN size, UINT8 byte)
{
	laws_call(SERVICE_SET_MEM);
	memset(to, byte, size);
}

void fake_pool_give(const void *at, unsigned owner)
{
	for (struct block *block = blocks; block; block = block->next)
		if (block->at == at) {
			used = used - (block->owner ? block->size : 0) + (owner ? block->size : 0);
			block->owner = owner;
		}
}

void fake_pool_check_leaks(unsigned owner)
{
	size_t count = 0, bytes = 0;

	for (const struct block *block = blocks; block; block = block->next)
		if (block->owner == owner) {
			count++;
			bytes += block->size;
		}
	if (count)
		laws_break("leak: %zu blocks of memory, %zu bytes", count, bytes);
}

size_t fake_pool_used(void)
{
	return used;
}

size_t fake_pool_peak(void)
{
	return peak;
}

void fake_pool_power_on(void)
{
	used = peak = 0;
}

void fake_pool_power_off(void)
{
	while (blocks) {
		struct block *next = blocks->next;

		block_release(blocks);
		blocks = next;
	}
}

void fake_pool_install(EFI_BOOT_SERVICES *boot)
{
	boot->AllocatePool = allocate_pool;
	boot->FreePool = free_pool;
	boot->AllocatePages = allocate_pages;
	boot->FreePages = free_pages;
	boot->CopyMem = copy_mem;
	boot->SetMem = set_mem;
}
