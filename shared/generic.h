/* SPDX-License-Identifier: Apache-2.0 */
/* generic.h - systems without role names: the newest is active, older versions of the same OS are passive. */
#ifndef BOOTPILOT_GENERIC_H
#define BOOTPILOT_GENERIC_H

#include "inventory.h"
#include "role.h"

/* systemd-boot's order, but as if no counter had run out: a new version that failed stays the one that was wanted. */
int generic_compare(const struct entry *a, const struct entry *b);

/* What systemd-boot is asked to start: LoaderEntryPreferred, LoaderEntryDefault or `default`, else the first in order. NULL if
 * that is nothing that Bootpilot may judge (a foreign loader, no entry at all). */
const struct entry *generic_active(const struct inventory *inventory);

/* The role of ENTRY beside ACTIVE: the active one is itself and its twins, passive the same sort-key and machine-id with a lower
 * version. */
enum role generic_role(const struct entry *active, const struct entry *entry);

#endif
