/* SPDX-License-Identifier: Apache-2.0 */
/* firmware.h - the firmware we were started by, and memory from it.
 *
 * Source: UEFI specification 2.10. Everything is passed on explicitly: no globals, so that a second instance of the program
 * (nested, or beside a test) shares nothing with the first. */
#ifndef BOOTPILOT_FIRMWARE_H
#define BOOTPILOT_FIRMWARE_H

#include <efi.h>
#include <stdbool.h>

#include "shared/text.h"

struct firmware {
	EFI_HANDLE image; /* ourselves */
	EFI_SYSTEM_TABLE *system;
	EFI_BOOT_SERVICES *boot;
	EFI_RUNTIME_SERVICES *runtime;
};

struct firmware firmware_of(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* How often is tried what must not fail by a passing fault: without it no systemd-boot could be started again. */
#define FIRMWARE_ATTEMPTS 3

/* Passes an error on. */
#define TRY(call)                                                                                                      \
	do {                                                                                                           \
		EFI_STATUS try_status_ = (call);                                                                       \
		if (EFI_ERROR(try_status_))                                                                            \
			return try_status_;                                                                            \
	} while (0)

/* SIZE bytes from the firmware's pool; FreePool gives them back. */
EFI_STATUS firmware_allocate(const struct firmware *fw, size_t size, void **ret);

/* The protocol of HANDLE that GUID names, or NULL. */
void *firmware_protocol(const struct firmware *fw, EFI_HANDLE handle, const EFI_GUID *guid);

extern const EFI_GUID guid_loaded_image, guid_file_system, guid_device_path, guid_block_io;

/* Memory that is given back as a whole: chunks from the firmware, never more than ARENA_MAX in all. */
#define ARENA_MAX   (960u * 1024u) /* bytes: with our stack and firmware's overhead below the 1 MiB that we promise */
#define ARENA_CHUNK (32u * 1024u)

struct arena_chunk;

struct arena {
	const struct firmware *fw;
	struct arena_chunk *chunks;
	size_t used; /* in the newest chunk */
	size_t total;
};

/* SIZE bytes of zeros, aligned to 8 as the pool is; NULL if there is no more. */
void *arena_take(struct arena *arena, size_t size);
/* The text of W, kept. The empty text if memory is used up; then *ret_short is set. */
struct text arena_keep(struct arena *arena, struct text t, bool *ret_short);
void arena_free(struct arena *arena);

#endif
