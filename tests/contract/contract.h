/* SPDX-License-Identifier: Apache-2.0 */
/* contract.h - what efi/ relies on from firmware, said once and asked twice: of the fake firmware (host.c) and of OVMF in
 * QEMU (image.c). Where the two differ OVMF is right.
 *
 * A claim names the service or the field it is about, as efi/ names it: test_named compares these names with the uses in
 * efi/. The disk that the claims speak of stands in disk.txt. */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <efi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct contract {
	EFI_HANDLE image; /* ourselves */
	EFI_SYSTEM_TABLE *system;
	EFI_BOOT_SERVICES *boot;
	EFI_RUNTIME_SERVICES *runtime;
	EFI_HANDLE esp; /* the partition we were started from */
	unsigned passed, failed;
	bool full;                                    /* fill NVRAM, too: that takes OVMF minutes */
	void (*say)(void *context, const char *line); /* one line, without its end */
	void *context;
};

/* Says `ok NAME: SENTENCE`, or `FAIL NAME: SENTENCE`. */
void claim(struct contract *c, const char *name, const char *sentence, bool holds);
/* The same, with both numbers where they differ. */
void claim_number(struct contract *c, const char *name, const char *sentence, uint64_t got, uint64_t wanted);
void claim_status(struct contract *c, const char *name, const char *sentence, EFI_STATUS got, EFI_STATUS wanted);

/* The first power cycle. Ends with a reset, so that it returns only if firmware does not do one. */
void contract_check(struct contract *c);
/* The second one: what has become of the variables. Ends with a power-off. */
void contract_check_after_reset(struct contract *c);
/* This is the second power cycle. */
bool contract_was_reset(const struct contract *c);

/* What an image named CHILD_* does when it is started. False: IMAGE is none of them. */
#define CHILD_DIRECTORY u"\\contract\\images\\"
bool contract_child(EFI_HANDLE image, EFI_SYSTEM_TABLE *system, EFI_STATUS *ret);

/* One subject each. */
void check_tables(struct contract *c);
void check_memory(struct contract *c);
void check_variables(struct contract *c);
void check_full_variables(struct contract *c);
void check_files(struct contract *c);
void check_directories(struct contract *c);
void check_names(struct contract *c);
void check_handles(struct contract *c);
void check_paths(struct contract *c);
void check_blocks(struct contract *c);
void check_images(struct contract *c);
void check_console(struct contract *c);
void check_clock(struct contract *c);
void check_measuring(struct contract *c);
void contract_restart(struct contract *c); /* leaves variables behind and resets */

/* --- Help for the subjects ---------------------------------------------------------------------------------------- */

extern EFI_GUID contract_loaded_image, contract_file_system, contract_device_path, contract_block_io, contract_global;
extern EFI_GUID contract_vendor; /* of our own variables */
extern EFI_GUID contract_nobody; /* nothing has it */

void *protocol_of(struct contract *c, EFI_HANDLE handle, const EFI_GUID *guid); /* NULL: none */
EFI_FILE_HANDLE root_of(struct contract *c);                                    /* of the ESP; NULL: cannot be opened */
EFI_STATUS open_path(EFI_FILE_HANDLE root, const uint16_t *path, EFI_FILE_HANDLE *ret);
/* The status of an Open alone: what was opened is closed again. */
EFI_STATUS open_status(EFI_FILE_HANDLE root, const uint16_t *path);

size_t wide_length(const uint16_t *text);
bool wide_equal(const uint16_t *a, const uint16_t *b);

size_t node_size(const EFI_DEVICE_PATH *node);
const EFI_DEVICE_PATH *node_after(const EFI_DEVICE_PATH *node);
bool node_ends(const EFI_DEVICE_PATH *node);
size_t path_bytes(const EFI_DEVICE_PATH *path); /* without the end node */
/* The first node of TYPE and SUBTYPE in PATH, or NULL. */
const EFI_DEVICE_PATH *node_find(const EFI_DEVICE_PATH *path, unsigned type, unsigned subtype);
/* The device path of the file PATH on the ESP in BUFFER, which has room for 1024 bytes. */
EFI_DEVICE_PATH *file_path(struct contract *c, const uint16_t *path, void *buffer);

#endif
