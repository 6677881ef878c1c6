/* SPDX-License-Identifier: Apache-2.0 */
/* store.h - what Bootpilot keeps in variables: the record, the visit, the note, the one-shot, the words for the OS. */
#ifndef BOOTPILOT_STORE_H
#define BOOTPILOT_STORE_H

#include "firmware.h"
#include "shared/policy.h"

/* Reads BootpilotVisit. All zero if there is none. */
void store_read_visit(const struct firmware *fw, struct visit *ret);
/* A visit that firmware does not keep is a fact for the caller: taking over again would have no memory. */
EFI_STATUS store_write_visit(const struct firmware *fw, const struct visit *visit);

/* Fills in record, record_state, note and oneshot. `disk` and `visit` must be there already. Takes the note away. */
void store_read(const struct firmware *fw, struct arena *arena, struct inventory *inventory);

/* Writes RECORD into the slot that is not the newest, and reads it back. */
EFI_STATUS store_write_record(const struct firmware *fw, const struct record *record, const struct disk_id *disk);

enum oneshot_kept {
	ONESHOT_KEPT,     /* in NVRAM */
	ONESHOT_VOLATILE, /* NVRAM refused it; it lasts for this power cycle */
	ONESHOT_LOST,
};

enum oneshot_kept store_write_oneshot(const struct firmware *fw, struct text name);
void store_delete_oneshot(const struct firmware *fw);

/* Sets the one-shot and deletes it again. False if firmware does not really do that: then systemd-boot could not delete it
 * either, and would start the same entry at every boot. */
bool store_can_delete_oneshot(const struct firmware *fw, struct text name);

/* Makes systemd-boot wait in its menu in this power cycle. */
void store_force_menu(const struct firmware *fw);

/* LoaderBootCountPath: never left from another entry; set only if the loader will not do it. */
void store_boot_count_path(const struct firmware *fw, const struct decision *decision);

/* BootpilotDecision and BootpilotState. */
void store_announce(const struct firmware *fw, struct arena *arena, const struct inventory *inventory,
		    const struct decision *decision, struct text berth);

#endif
