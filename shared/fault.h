/* SPDX-License-Identifier: Apache-2.0 */
/* fault.h - why an entry cannot be started, as far as can be seen without starting it. Source: design.md section 3. */
#ifndef BOOTPILOT_FAULT_H
#define BOOTPILOT_FAULT_H

#include "inventory.h"

enum fault {
	FAULT_NONE,
	FAULT_IMAGE_MISSING,
	FAULT_IMAGE_BROKEN,       /* empty, truncated or not PE */
	FAULT_WRONG_ARCHITECTURE, /* of the image, or said by the conf */
	FAULT_UNKNOWN_KEY,        /* this loader does not know the key `uki` and drops the entry */
	FAULT_HIDDEN,             /* the loader does not list it: no image key, no .osrel, not in LoaderEntries */
	FAULT_TOO_LARGE,          /* the conf exceeds CONF_SIZE_MAX: not read */
	FAULT_FAILED_NOW,         /* chosen in this power cycle, and here we are again */
	FAULT_NOT_NAMEABLE,       /* no one-shot names it and nothing else; found by roles_judge() */
};

/* Why ENTRY could not be started. Of an entry that was not opened nothing is known: FAULT_HIDDEN. */
enum fault entry_fault(const struct inventory *inventory, const struct entry *entry);

/* This loader starts ENTRY without counting the try: the key `efi` on 258 and newer, or a twin in the way of its rename. */
bool loader_will_not_count(const struct inventory *inventory, const struct entry *entry);

/* So the tries are for us to count, and with LoaderBootCountPath blessing works: unless the disk cannot be written at all. */
bool counting_is_ours(const struct inventory *inventory, const struct entry *entry);

#endif
