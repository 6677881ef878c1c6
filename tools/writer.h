/* SPDX-License-Identifier: Apache-2.0 */
/* writer.h - the only way in which commands change an ESP: under a lock, durable, and read-only again afterwards.
 *
 * A partition that is mounted read-only (as Kairos does) is made writable for as long as it takes. A guard process makes it read-only
 * again whatever happens to us. Each step leaves a machine that boots: Linux's vfat writes a new name before it removes the old one, and
 * a new file has another name until all of it is on the disk. */
#ifndef BOOTPILOT_WRITER_H
#define BOOTPILOT_WRITER_H

#include "guard.h"
#include "place.h"
#include "shared/inventory.h"

#define WRITER_LOCK_WAIT_S 60 /* then somebody else's work is taken to hang */

struct esp_writer {
	const struct place *place;
	bool dry_run;  /* say what would be done, do nothing */
	bool changed;  /* something was, or would have been, done */
	int roots[PARTITION_COUNT]; /* directories, the ESP's carries the lock; -1: none */
	struct guard guards[PARTITION_COUNT];
};

/* Takes the lock and makes the partitions writable. Negative errno: explained on stderr, nothing is left behind. */
int writer_begin(struct esp_writer *writer, const struct place *place, bool dry_run);

/* Everything is on the disk, read-only what was, and the lock is free. Negative errno: explained. */
int writer_end(struct esp_writer *writer);

/* Gives the file at PATH ("\loader\entries\active+0-3.conf") another NAME in its directory. -EEXIST: some file has that name. */
int writer_rename(struct esp_writer *writer, enum partition partition, struct text path, struct text name);

/* Makes or replaces the file at PATH, and the directories above it. A file that holds BYTES already is left alone. */
int writer_put(struct esp_writer *writer, enum partition partition, struct text path, struct text bytes);

/* Removes the file at PATH. One that is not there is no error. */
int writer_remove(struct esp_writer *writer, enum partition partition, struct text path);

#endif
