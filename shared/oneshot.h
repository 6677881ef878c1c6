/* SPDX-License-Identifier: Apache-2.0 */
/* oneshot.h - the bytes of LoaderEntryOneShot, and whose they are.
 *
 * Bootpilot ends its texts with a second NUL. systemd-boot stops at the first (252 to 262), so nothing changes for it, and a
 * choice of ours can always be told from somebody's wish for the same entry, with no record of it and after a power cut. */
#ifndef BOOTPILOT_ONESHOT_H
#define BOOTPILOT_ONESHOT_H

#include "record.h"
#include "text.h"
#include "visit.h"

#define ONESHOT_UNITS_MAX 2048u /* UTF-16 units, NULs included; naming.h makes nothing longer */

enum oneshot {
	ONESHOT_NONE,
	ONESHOT_REQUEST,  /* somebody else's: a person's wish */
	ONESHOT_IGNORED,  /* ours, of this power cycle: the loader did not take it or could not delete it */
	ONESHOT_LEFTOVER, /* ours, of an earlier boot: the loader could not delete it, or never ran */
	ONESHOT_HANDOFF,  /* ours, of an earlier boot, and the record awaits it: `handoff reset` */
};

/* Writes NAME with our ending. False if it does not fit. *ret_count: units, NULs included. */
bool oneshot_write(struct text name, uint16_t *units, size_t capacity, size_t *ret_count);

/* Whose the COUNT units are that stand in the variable. An empty text asks for nothing. */
enum oneshot oneshot_classify(const uint16_t *units, size_t count, const struct visit *visit,
			      const struct record *record);

/* Appends the text in the variable, up to its first NUL. */
void oneshot_text(struct writer *w, const uint16_t *units, size_t count);

/* What record.handoff holds for NAME. */
uint64_t oneshot_hash(struct text name);

#endif
