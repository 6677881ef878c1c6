/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware.h"

#include "shared/memory.h"

const EFI_GUID guid_loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;
const EFI_GUID guid_file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
const EFI_GUID guid_device_path = EFI_DEVICE_PATH_PROTOCOL_GUID;
const EFI_GUID guid_block_io = EFI_BLOCK_IO_PROTOCOL_GUID;

/* UEFI specification 7.2, AllocatePool(): 8-byte aligned, and EDK2 gives no more than that. */
#define POOL_ALIGNMENT 8u

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* bytes behind this header */
	_Alignas(POOL_ALIGNMENT) uint8_t bytes[];
};
_Static_assert(_Alignof(struct arena_chunk) <= POOL_ALIGNMENT, "more alignment than the pool has");

struct firmware firmware_of(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	return (struct firmware){ image, system, system->BootServices, system->RuntimeServices };
}

EFI_STATUS firmware_allocate(const struct firmware *fw, size_t size, void **ret)
{
	EFI_STATUS s = EFI_OUT_OF_RESOURCES;
	for (int attempt = 0; EFI_ERROR(s) && attempt < FIRMWARE_ATTEMPTS; attempt++)
		s = fw->boot->AllocatePool(EfiLoaderData, size, ret);
	return s;
}

void *firmware_protocol(const struct firmware *fw, EFI_HANDLE handle, const EFI_GUID *guid)
{
	EFI_GUID wanted = *guid; /* firmware's parameter is not const */
	void *interface = NULL;
	EFI_STATUS s = EFI_UNSUPPORTED;
	for (int attempt = 0; handle && EFI_ERROR(s) && attempt < FIRMWARE_ATTEMPTS; attempt++)
		s = fw->boot->HandleProtocol(handle, &wanted, &interface);
	return EFI_ERROR(s) ? NULL : interface;
}

static bool arena_grow(struct arena *arena, size_t size)
{
	size_t bytes = size > ARENA_CHUNK ? size : ARENA_CHUNK;
	void *memory;
	if (bytes > ARENA_MAX - arena->total ||
	    EFI_ERROR(firmware_allocate(arena->fw, sizeof(struct arena_chunk) + bytes, &memory)))
		return false;
	struct arena_chunk *chunk = memory;
	chunk->next = arena->chunks;
	chunk->size = bytes;
	arena->chunks = chunk;
	arena->used = 0;
	arena->total += bytes;
	return true;
}

void *arena_take(struct arena *arena, size_t size)
{
	size_t rounded = (size + POOL_ALIGNMENT - 1) & ~(size_t)(POOL_ALIGNMENT - 1);
	if (rounded < size)
		return NULL;
	if ((!arena->chunks || rounded > arena->chunks->size - arena->used) && !arena_grow(arena, rounded))
		return NULL;
	void *taken = arena->chunks->bytes + arena->used;
	arena->used += rounded;
	memset(taken, 0, rounded);
	return taken;
}

struct text arena_keep(struct arena *arena, struct text t, bool *ret_short)
{
	if (!t.len)
		return TEXT_EMPTY;
	char *copy = arena_take(arena, t.len);
	if (!copy) {
		*ret_short = true;
		return TEXT_EMPTY;
	}
	memcpy(copy, t.at, t.len);
	return (struct text){ copy, t.len };
}

void arena_free(struct arena *arena)
{
	while (arena->chunks) {
		struct arena_chunk *chunk = arena->chunks;
		arena->chunks = chunk->next;
		arena->fw->boot->FreePool(chunk);
	}
	arena->used = 0;
	arena->total = 0;
}
