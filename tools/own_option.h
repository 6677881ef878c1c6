/* SPDX-License-Identifier: Apache-2.0 */
/* own_option.h - Bootpilot's boot option, and the one of systemd-boot that it stands beside. All others are somebody else's: they keep
 * their bytes, and their order among each other. */
#ifndef BOOTPILOT_OWN_OPTION_H
#define BOOTPILOT_OWN_OPTION_H

#include "boot_option.h"
#include "machine.h"

struct own_option {
	struct boot_options options;
	int error;       /* negative errno: the options cannot be read */
	bool node_known;
	uint8_t node[PARTITION_NODE_SIZE]; /* of the ESP */
	unsigned anchor; /* starts systemd-boot from the ESP; BOOT_OPTION_NONE: none does */
	bool changed;    /* something was, or would have been, done */
	unsigned number; /* is ours; BOOT_OPTION_NONE: none is. Of several, the first in the order */
};

enum own_place { OWN_BEHIND, OWN_FRONT };

/* Looks at the options of this machine, whose ESP MACHINE's is. */
void own_option_read(struct machine *machine, struct own_option *ret);

/* Ours, in the order, directly behind (or in front of) one that starts systemd-boot. */
bool own_option_is_placed(const struct own_option *own, enum own_place place);

/* Makes it so, with an option that starts FILE. What is done is said; with DRY_RUN only that. */
int own_option_put(struct heap *heap, struct own_option *own, enum own_place place, struct text file, bool dry_run);

/* Takes all of ours out of the order, then away. If nothing would be left in the order, one that starts LOADER (a file on the ESP) is
 * made first; without a LOADER that is refused. */
int own_option_remove(struct heap *heap, struct own_option *own, struct text loader, bool dry_run);

#endif
