/* SPDX-License-Identifier: Apache-2.0 */
/* keep.h - copies of the texts of boot entries, outside the ESP: a power cut in the middle of a rename by firmware can lose an entry
 * (facts/systemd-boot.md), and then its image is there and nothing names it.
 *
 * One file each in /var/lib/bootpilot/entries, under the entry's name without counter. A service may have another directory than
 * /var/lib/bootpilot: $STATE_DIRECTORY, as systemd sets it. */
#ifndef BOOTPILOT_KEEP_H
#define BOOTPILOT_KEEP_H

#include "machine.h"

#define KEEP_MAX 64u /* copies that are looked at */

/* A copy whose entry is gone, together with all others of its role, while its image is still there. */
struct kept {
	struct text name; /* "active.conf" */
	struct text bytes;
	enum role role;
	enum partition partition; /* where the image is, and so where the entry belongs */
	struct text path;         /* of the entry as it is written again: with tries, on trial */
};

/* Copies every entry that has a role and no fault, if its text is new, and drops copies that others of their role have replaced. Of
 * a role without any entry the copies stay. Each copy is whole at any moment. The machine must have been decided. */
int keep_copies(const struct machine *machine, const struct options *options);

/* The lost entries. The machine must have been decided. */
size_t keep_lost(struct machine *machine, const struct options *options, struct kept **ret);

#endif
