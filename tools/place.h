/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - where the EFI system partition and XBOOTLDR are mounted, found as bootctl finds them.
 *
 * In this order: --esp-path, $SYSTEMD_ESP_PATH, then /efi, /boot and /boot/efi below --root; for XBOOTLDR --boot-path,
 * $SYSTEMD_XBOOTLDR_PATH, /boot. A directory that was found must be the root of a mounted FAT whose GPT type is the right one, unless
 * $SYSTEMD_RELAX_ESP_CHECKS (or ..._XBOOTLDR_CHECKS) says otherwise; one that was given is taken at its word.
 * Source: bootctl(1); Discoverable Partitions Specification (UAPI.2) for the types. */
#ifndef BOOTPILOT_PLACE_H
#define BOOTPILOT_PLACE_H

#include "command.h"
#include "heap.h"

struct place {
	const char *esp;   /* directory */
	const char *boot;  /* XBOOTLDR; NULL: none */
	struct text uuid;  /* of the ESP's partition, lower case; empty: unknown */
	struct text disk;  /* device of the whole disk, "/dev/sda"; empty: unknown */
	unsigned number;   /* of the partition on it; 0: unknown */
	bool mounted;      /* the ESP is the root of a file system of its own, not a copy in some directory */
	bool is_esp;       /* and its type is that of an ESP, or cannot be told */
	bool read_only;    /* as mounted now */
	bool disk_read_only; /* nobody can write it */
};

/* 0, -ENOENT if there is no ESP to be found, or what stopped the search; explained on stderr in either case. */
int place_find(struct heap *heap, const struct options *options, struct place *ret);

#endif
