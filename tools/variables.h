/* SPDX-License-Identifier: Apache-2.0 */
/* variables.h - EFI variables of the running machine, through libefivar (which honours EFIVARFS_PATH). */
#ifndef BOOTPILOT_VARIABLES_H
#define BOOTPILOT_VARIABLES_H

#include "heap.h"
#include "shared/loader-vars.h"

enum variable_owner { VARIABLE_LOADER, VARIABLE_BOOTPILOT, VARIABLE_GLOBAL, VARIABLE_SECURITY /* db, dbx */ };

/* 0, or why no variable can be read here: -ENOENT: not started by UEFI, or efivarfs is not mounted; -EOPNOTSUPP: the kernel runs
 * without runtime services (efi=noruntime, or a real-time kernel). */
int variables_supported(void);

/* 0, or why none can be written: -EROFS: efivarfs is mounted read-only; -EACCES: only root may. */
int variables_writable(void);

/* The bytes of NAME. -ENOENT: there is none. Any other negative errno: it cannot be read. ATTRIBUTES may be NULL. */
int variable_read(struct heap *heap, enum variable_owner owner, const char *name, struct text *ret, uint32_t *attributes);

/* The same as UTF-8, of a variable that holds UTF-16 text; the terminating NUL is not part of it. */
int variable_read_text(struct heap *heap, enum variable_owner owner, const char *name, struct text *ret);

/* Writes TEXT as UTF-16 with its NUL, non-volatile and visible to firmware and OS. */
int variable_write_text(enum variable_owner owner, const char *name, struct text text);

/* The same of bytes. */
int variable_write(enum variable_owner owner, const char *name, struct text bytes);

/* -ENOENT is no error here: what is not there need not be deleted. */
int variable_delete(enum variable_owner owner, const char *name);

#endif
