/* SPDX-License-Identifier: Apache-2.0 */
/* boot_option.h - the firmware's boot options (Boot####) and their order, of which only Bootpilot's own is ever changed.
 * Source: UEFI specification 3.1 (boot manager), 10 (device paths). */
#ifndef BOOTPILOT_BOOT_OPTION_H
#define BOOTPILOT_BOOT_OPTION_H

#include "partition.h"

#define BOOT_OPTION_NONE   0x10000u /* no number of an option */
#define BOOT_OPTIONS_MAX   512u     /* more are passed over; firmware has a dozen */
#define BOOT_OPTION_ACTIVE 1u       /* LOAD_OPTION_ACTIVE */

struct boot_option {
	unsigned number;        /* of Boot#### */
	bool active;            /* the firmware tries it by itself */
	const uint8_t *node;    /* of the partition, PARTITION_NODE_SIZE bytes; NULL: its path names none */
	struct text file;       /* on that partition, "\EFI\..."; empty: none is named */
};

struct boot_options {
	struct boot_option *at; /* by number */
	size_t count;
	uint16_t *order;        /* BootOrder; there is room for one more */
	size_t order_count;
	unsigned current;       /* which one started this system; BOOT_OPTION_NONE: unknown */
	unsigned next;          /* BootNext, likewise */
};

/* Reads all. An option that is not understood has neither node nor file. */
int boot_options_read(struct heap *heap, struct boot_options *ret);

const struct boot_option *boot_option_numbered(const struct boot_options *options, unsigned number);

/* The partition that both nodes mean, by its GUID. */
bool boot_option_is_on(const struct boot_option *option, const uint8_t node[PARTITION_NODE_SIZE]);

/* Where NUMBER stands in the order; order_count: nowhere. */
size_t boot_option_place(const struct boot_options *options, unsigned number);

/* The lowest number that neither an option has nor the order mentions. */
unsigned boot_option_free_number(const struct boot_options *options);

/* Writes option NUMBER: FILE on the partition of NODE, active. */
int boot_option_write(struct heap *heap, unsigned number, const char *description,
		      const uint8_t node[PARTITION_NODE_SIZE], struct text file);
int boot_option_remove(unsigned number);
int boot_order_write(const uint16_t *order, size_t count);

/* "Boot0007" */
struct text boot_option_name(struct heap *heap, unsigned number);

#endif
