/* SPDX-License-Identifier: Apache-2.0 */
/* berth.h - the ways in which Bootpilot is started (design.md section 6), as what each needs on the ESP and in NVRAM. */
#ifndef BOOTPILOT_BERTH_H
#define BOOTPILOT_BERTH_H

#include "build.h"
#include "loader_conf.h"
#include "machine.h"

/* In the order in which they come: a file stands before anything names it. What goes, goes the other way round. */
enum berth_part {
	PART_APPLICATION = 1 << 0,   /* \EFI\bootpilot\bootpilotx64.efi */
	PART_COPY = 1 << 8,          /* \EFI\bootpilot\bootpilot-netx64.efi, for a boot option that outlives the entry's image */
	PART_DRIVER = 1 << 1,        /* \EFI\systemd\drivers\bootpilotx64.efi */
	PART_TYPE2 = 1 << 2,         /* \EFI\Linux\bootpilotx64.efi */
	PART_ENTRY = 1 << 3,         /* \loader\entries\bootpilot-loader.conf */
	PART_DEFAULT_ENTRY = 1 << 4, /* `default` in loader.conf names that entry */
	PART_DEFAULT_TYPE2 = 1 << 5, /* or the Type #2 image */
	PART_BEHIND = 1 << 6,        /* a boot option of the firmware directly behind systemd-boot's */
	PART_FRONT = 1 << 7,         /* or directly in front of it */
};

#define PARTS_OPTION (PART_BEHIND | PART_FRONT)

#define BERTH_APPLICATION TEXT("\\EFI\\bootpilot\\bootpilot" BUILD_ARCH ".efi")
#define BERTH_COPY        TEXT("\\EFI\\bootpilot\\bootpilot-net" BUILD_ARCH ".efi")
#define BERTH_DRIVER      TEXT("\\EFI\\systemd\\drivers\\bootpilot" BUILD_ARCH ".efi")
#define BERTH_TYPE2       TEXT("\\EFI\\Linux\\bootpilot" BUILD_ARCH ".efi")
#define BERTH_ENTRY       TEXT("\\loader\\entries\\bootpilot-loader.conf")
#define BERTH_ENTRY_ID    TEXT("bootpilot-loader.conf")
#define BERTH_TYPE2_ID    TEXT("bootpilot" BUILD_ARCH ".efi")
#define BERTH_ENTRY_TEXT  TEXT("title Bootpilot\nefi /EFI/bootpilot/bootpilot" BUILD_ARCH ".efi\n")
#define BERTH_LOADER_CONF TEXT("\\loader\\loader.conf")

/* As which of our entries Bootpilot may be the default. */
extern const struct loader_conf_ids berth_ids;

struct berth {
	const char *name; /* of `install --berth` */
	unsigned parts;   /* enum berth_part */
};

extern const struct berth berths[]; /* the first is the default; ends with a name of NULL */

/* The file that the boot option of PARTS starts. */
struct text berth_option_file(unsigned parts);

/* NULL: no berth has that name. */
const struct berth *berth_named(const char *name);

/* The parts that are there: files on MACHINE's ESP, its loader.conf, and, where its variables can be read, its boot options. */
unsigned berth_parts_found(struct machine *machine);

/* "driver+net", or what the parts that make no whole berth are called; empty: none is there. */
struct text berth_words(struct heap *heap, unsigned parts);

#endif
