/* SPDX-License-Identifier: Apache-2.0 */
/* variables.h - reading and writing firmware variables, and the few that mean something to us.
 *
 * A write that would change nothing is not made; one that was made is read back. Names are ASCII. */
#ifndef BOOTPILOT_VARIABLES_H
#define BOOTPILOT_VARIABLES_H

#include "firmware.h"
#include "shared/loader-vars.h"
#include "shared/policy.h"

#define VARIABLE_NAME_MAX 32u    /* units, NUL included */
#define VARIABLE_SIZE_MAX 65536u /* bytes; a larger one is not read */

extern const EFI_GUID guid_loader, guid_bootpilot, guid_global;

/* Reads up to CAPACITY bytes. EFI_BUFFER_TOO_SMALL if there are more. */
EFI_STATUS variable_get(const struct firmware *fw, const char *name, const EFI_GUID *vendor, void *buffer,
			size_t capacity, size_t *ret_size, uint32_t *ret_attributes);

/* Sets the variable to exactly these attributes and bytes, or reports why the firmware says it is not so. */
EFI_STATUS variable_set(const struct firmware *fw, const char *name, const EFI_GUID *vendor, uint32_t attributes,
			const void *bytes, size_t size);

/* Deletes whatever attributes it has. Success if it does not exist. */
EFI_STATUS variable_delete(const struct firmware *fw, const char *name, const EFI_GUID *vendor);

/* The text of a UTF-16 variable, kept in ARENA; NULs inside stay (LoaderEntries). Empty if there is none. */
struct text variable_text(const struct firmware *fw, struct arena *arena, const char *name, const EFI_GUID *vendor,
			  uint32_t *ret_attributes);

/* Writes T as UTF-16 with a NUL. */
EFI_STATUS variable_set_text(const struct firmware *fw, const char *name, const EFI_GUID *vendor, uint32_t attributes,
			     struct text t);

bool secure_boot_is_on(const struct firmware *fw);

#endif
