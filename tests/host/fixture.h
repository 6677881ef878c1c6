/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h - facts for tests, written as the file names they come from.
 *
 * A spec is a list of files, separated by blanks: "active+0-3 passive recovery+2-1,efi statereset,missing".
 * Without a suffix it is a .conf. Words behind a comma change the entry:
 *   linux uki efi nokey     the key of the conf (linux)
 *   mixed                   the conf has two kinds of these keys
 *   missing empty broken truncated machine unread   the state of its image (ok)
 *   closed                  nobody opened the file
 *   large                   the conf is too large to be read
 *   arch                    the conf names another architecture
 *   x                       on the XBOOTLDR partition
 *   g2 .. g9                another image: another fingerprint
 *   s=KEY v=VERSION m=ID    sort-key, version, machine-id
 *   _ in a name stands for itself; %20 for a blank */
#ifndef BOOTPILOT_TESTS_FIXTURE_H
#define BOOTPILOT_TESTS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "inventory.h"
#include "loader-vars.h"
#include "policy.h"
#include "roles.h"

#define COUNT(table)  (sizeof(table) / sizeof((table)[0]))
#define NAME(literal) { (literal), sizeof(literal) - 1 }

#define FIXTURE_ENTRIES_MAX 32u
#define FIXTURE_BYTES_MAX   8192u

struct fixture {
	struct inventory inventory;
	struct entry entries[FIXTURE_ENTRIES_MAX];
	char bytes[FIXTURE_BYTES_MAX]; /* of names and lists */
	size_t used;
};

/* A healthy systemd-boot 257 that has not scanned yet, the default configuration, no record, and the files of SPEC. */
void fixture_init(struct fixture *f, const char *spec);

/* Replaces the files by those of SPEC; everything else stays. */
void fixture_files(struct fixture *f, const char *spec);

/* One entry as a scan would find it. FILE and what follows a comma in it as above. */
struct entry fixture_entry(struct fixture *f, const char *file);

/* The loader is systemd-boot MAJOR: 252, 254, 257 or 262. */
void fixture_loader(struct fixture *f, uint32_t major);

/* The loader has scanned: LoaderEntries in its order and FORM. */
void fixture_scanned(struct fixture *f, enum id_form form);

/* No slot holds a record: as at first sight of a disk. */
void fixture_no_record(struct fixture *f);

/* A valid record of this disk that has seen these files and launched nothing. */
void fixture_new_record(struct fixture *f);

/* Looks at the files and calls record_launch() for ROLE as often as TIMES, on a valid record. */
void fixture_launched(struct fixture *f, enum role role, unsigned times);

/* What the names say of each role. */
void fixture_seen(const struct fixture *f, struct role_seen seen[ROLE_COUNT]);

/* Decides, and keeps the record as firmware would: the next decision is that of the next power cycle. */
void fixture_boot(struct fixture *f, struct decision *ret);

/* Further facts, as words separated by blanks, in order:
 *   loader=MAJOR no-features scanned scanned=full scanned=kept   the loader
 *   valid new refused foreign unwritable            the record; `valid` is one that has seen the files as they are then
 *   heard succeeded resets=N laps=N                 what stands in it
 *   launch=active:3                                 Bootpilot launched it three times, as tries
 *   request handoff leftover ignored                whose one-shot is set
 *   unreadable unreadable=xbootldr capped bad-config cancelled berth=entry
 *   failed=FILE                                     chosen in this power cycle already
 *   note=good~FILE                                  BootpilotNote, ~ for a blank
 *   auto=no auto=witnessed limit=N nothing=menu|reboot|poweroff|firmware handoff=reset
 *   ROLE=GLOB                                       the configuration's glob of active, passive, recovery, reset
 *   default=GLOB preferred=GLOB                     what the loader is asked to start */
void fixture_given(struct fixture *f, const char *words);

/* The first entry whose file is called FILE; NULL if there is none. */
const struct entry *fixture_find(const struct fixture *f, const char *file);

/* Terminated copy in a static buffer, for messages: the last eight stay. */
const char *shown(struct text t);

#endif
