/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - reading files and directories of a FAT volume, in bounded pieces. Nothing here can write. */
#ifndef BOOTPILOT_FILES_H
#define BOOTPILOT_FILES_H

#include "firmware.h"
#include "shared/image.h"

#define FILES_PATH_MAX      1024u  /* UTF-16 units of a path */
#define FILES_DIRECTORY_MAX 16384u /* directory entries read: a FAT directory that loops has no end */

/* Closes an EFI_FILE_HANDLE that is not NULL when its block is left. */
void file_close(EFI_FILE_HANDLE *file);
#define _closes_file_ __attribute__((cleanup(file_close)))

EFI_STATUS volume_open(const struct firmware *fw, EFI_HANDLE device, EFI_FILE_HANDLE *ret_root);

/* Opens PATH ('/' or '\', with or without a leading one) for reading. EFI_NOT_FOUND: there is no such file; any other error
 * means that nothing is known. */
EFI_STATUS file_open(EFI_FILE_HANDLE root, struct text path, EFI_FILE_HANDLE *ret);

struct file_info {
	uint64_t size_bytes;
	uint64_t time; /* of the last modification, as one number that grows with it */
	bool directory;
};

EFI_STATUS file_info(EFI_FILE_HANDLE file, struct file_info *ret);

/* Reads up to CAPACITY bytes from the start. */
EFI_STATUS file_read(EFI_FILE_HANDLE file, void *buffer, size_t capacity, size_t *ret_size);

/* The next name in a directory, as UTF-8 in NAME; files and directories alike. EFI_END_OF_FILE after the last. */
EFI_STATUS directory_next(EFI_FILE_HANDLE directory, struct writer *name, bool *ret_directory);

/* FILE as a source for image_inspect(). */
struct image_source file_source(EFI_FILE_HANDLE *file, uint64_t size_bytes);

#endif
