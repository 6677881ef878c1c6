/* SPDX-License-Identifier: Apache-2.0 */
/* esp.h - reads a mounted ESP, or a copy of one in any directory, as efi/scan.c reads the partition: the same directories, the
 * same limits, letter case not minded, and only files whose names can hold a role are opened. Nothing here can write.
 *
 * Symbolic links are never followed: FAT has none, so for firmware there is no such file. */
#ifndef BOOTPILOT_ESP_H
#define BOOTPILOT_ESP_H

#include "tree.h"

struct esp {
	struct tree *tree;
	uint16_t machine;           /* IMAGE_MACHINE_...: which processor images must be for */
	struct text image_config;   /* inside Bootpilot's own image */
	struct text image;          /* where that was found; empty: nowhere */
	struct text config;         /* \EFI\bootpilot\bootpilot.cfg; empty: none */
	bool config_ignored;        /* given: Secure Boot is on, so that file is not obeyed */
	struct text loader_version; /* of systemd-boot's own file: "systemd-boot 257.13-1"; empty: not found */
	size_t links;               /* symbolic links that were passed over */
	int error;                  /* negative errno of the first read that failed; 0: none did */
	struct text failed;         /* where it failed: a path in the tree */
	bool has_entries;           /* there is a directory for entries */
};

/* Reads the directory ESP_PATH, and XBOOTLDR at BOOT_PATH unless it is NULL. Negative errno: *ret_path could not be opened as a
 * directory. What fails below it becomes a fact of the tree. */
int esp_read(struct esp *esp, const char *esp_path, const char *boot_path, const char **ret_path);

#endif
