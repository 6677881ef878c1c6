/* SPDX-License-Identifier: Apache-2.0 */
/* naming.h - the text for LoaderEntryOneShot that makes systemd-boot start one entry and no other.
 *
 * The id of an uncounted entry is the same in every version; that of a counted one is not (facts/systemd-boot.md), so it is
 * taken from LoaderEntries, or is a glob that fits both forms. Whatever is written was proven against every other entry: the
 * loader's first match is this file or a twin of it (the same id, another counter or partition). Twins cannot be told apart by
 * a loader that strips counters, and to leave a bootable role because of a leftover name would be worse than to boot the
 * leftover: it is the same entry, and its tries run out as well. */
#ifndef BOOTPILOT_NAMING_H
#define BOOTPILOT_NAMING_H

#include "inventory.h"

#define NAMING_MAX (2u * INVENTORY_ID_MAX + 16u) /* bytes: every character quoted, and the glob */

enum naming {
	NAMING_NONE,  /* nothing names this file alone */
	NAMING_EXACT, /* an id */
	NAMING_GLOB,
};

/* systemd-boot may take WISH, in lower case and as a pattern, for ENTRY: in one of the forms of its id it fits. */
bool entry_is_wished(const struct entry *entry, struct text wish);

/* Writes the text into W if there is one. */
enum naming naming_write(const struct inventory *inventory, const struct entry *entry, struct writer *w);

#endif
