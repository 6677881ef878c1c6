/* SPDX-License-Identifier: Apache-2.0 */
/* record.h - the attempt record: what Bootpilot itself remembers from boot to boot, out of the OS's reach.
 *
 * Kept in two variables (slots) so that a torn write leaves the other one. Everything here is a pure function over bytes and
 * structs; who reads and writes variables is efi/. Rules: design.md sections 4.1 and 4.2. */
#ifndef BOOTPILOT_RECORD_H
#define BOOTPILOT_RECORD_H

#include "role.h"
#include "text.h"

#define RECORD_SIZE      128u /* bytes of one slot, exactly */
#define RECORD_SLOTS     2u
#define RECORD_TRIES_MAX 8u /* a frozen counter grants at most this many launches */
#define RECORD_TRIES_LOAN                                                                                              \
	3u /* granted where a name is exhausted and the record knows better, or a reset entry has no counter */
#define RECORD_LAUNCHES_MAX 16u        /* counting stops here, so that a machine in its last resort stops writing */
#define RECORD_LAPS_MAX     3u         /* resets by `handoff reset` without a sign of an OS */
#define RECORD_UNCOUNTED    UINT32_MAX /* left_seen of an entry without counter */

/* The disk that the record is about; another one means that the record is not ours to use. */
struct disk_id {
	uint8_t kind;      /* enum disk_kind */
	uint8_t bytes[16]; /* partition GUID as stored, or the serial number and zeros */
};

enum disk_kind {
	DISK_UNKNOWN,
	DISK_GPT,        /* unique GUID of the ESP */
	DISK_FAT_SERIAL, /* serial number of the ESP's FAT volume, where there is no GPT */
};

struct role_record {
	uint64_t generation; /* fingerprint of the role's entries; 0: never seen */
	uint32_t left_seen;  /* tries by name when last looked at, or RECORD_UNCOUNTED */
	uint8_t stalled;     /* launches at that number of tries, 0..RECORD_TRIES_MAX */
	uint8_t launches;    /* since the last success or new generation, 0..RECORD_LAUNCHES_MAX */
	bool vouched;        /* the OS side reported that its last launch works; never of the reset entry */
};

struct record {
	uint32_t sequence; /* the slot with the higher one is the newer; wraps around */
	struct disk_id disk;
	struct role_record roles[ROLE_COUNT];
	enum role last_role;            /* launched last; ROLE_NONE: nothing, or somebody else chose */
	uint64_t last_id;               /* id_hash() of the entry launched last */
	bool success_seen;              /* a success of active or passive was ever seen on this disk */
	bool heard;                     /* the OS side ever reported on this disk */
	uint8_t granted;                /* the most tries that this recovery was ever seen with, 0..RECORD_TRIES_MAX */
	uint8_t resets;                 /* automatic resets (episodes) since the last success */
	uint8_t episode_launches;       /* of the reset entry in this episode; 0: no episode */
	uint8_t episode_tries;          /* the most of them */
	uint64_t episode_generation[2]; /* of active and passive when the episode began */
	uint64_t handoff;               /* hash of the one-shot that awaits the next boot (`handoff reset`); 0: none */
	uint8_t laps;                   /* resets by `handoff reset` since the last sign of an OS */
};

enum record_state {
	RECORD_ABSENT,  /* no slot holds a record for this disk: its absence cannot veto anything */
	RECORD_NEW,     /* first written in this power cycle */
	RECORD_VALID,   /* read, and of an earlier power cycle */
	RECORD_REFUSED, /* a slot exists and is damaged, forged or of an unknown version; otherwise as RECORD_ABSENT */
	RECORD_FOREIGN, /* a record of another disk; otherwise as RECORD_ABSENT */
};

/* Why a slot is not taken. */
enum record_error {
	RECORD_OK = 0,
	RECORD_BAD_SIZE,
	RECORD_BAD_ATTRIBUTES, /* not exactly NV and BS: the OS may have made it */
	RECORD_BAD_MAGIC,      /* or another version */
	RECORD_BAD_CRC,
	RECORD_BAD_VALUE, /* a number out of its range */
};

struct record_slot {
	bool exists;
	uint32_t attributes; /* VARIABLE_... */
	struct text bytes;
};

enum record_error record_parse(const struct record_slot *slot, struct record *ret);
void record_serialize(const struct record *record, uint8_t ret[RECORD_SIZE]);

/* Chooses the newer of the slots that hold a record of DISK. *ret_slot is where the next one must be written: the other slot.
 * For anything but RECORD_VALID *ret is a fresh record of DISK. Its sequence is the newest of both slots. */
enum record_state record_read(const struct record_slot slots[RECORD_SLOTS], const struct disk_id *disk,
			      struct record *ret, unsigned *ret_slot);

/* True if they differ in anything but the sequence number: then it must be written. */
bool record_differs(const struct record *a, const struct record *b);

/* What the names say of a role, as far as the record cares. */
struct role_seen {
	bool present;        /* it has an entry */
	uint64_t generation; /* of the role's entries */
	uint32_t left;       /* tries by name, or RECORD_UNCOUNTED; saturated sum over the role's entries */
	uint32_t done;       /* tries made, by name, of the entry that speaks for the role; 0 without a counter */
	uint64_t good_id;    /* id_hash() of the entry that speaks, if it has no counter; else 0 */
	bool startable;      /* its image could start */
};

/* Brings the record up to date with the names at the start of a boot: a person's choice, success, new images, moved counters. */
void record_observe(struct record *record, const struct role_seen seen[ROLE_COUNT]);

/* Applies the OS side's note, which is about the boot before: call it before record_observe(). False if it is not understood or
 * does not apply; then *record is untouched. */
bool record_note(struct record *record, struct text note);

/* The OS of ROLE works: clears what counted against it, and for active and passive all evidence and resets. */
void record_success(struct record *record, enum role role);

/* ROLE's entry, known by ID (id_hash()), is started. COUNTS: this launch is a try (trying, last resort or reset). */
void record_launch(struct record *record, enum role role, uint64_t id, bool counts);

/* The reset entry is started: a new episode, or one more launch within the present one. */
void record_launch_reset(struct record *record, const struct role_seen seen[ROLE_COUNT], uint64_t id);

/* Nobody knows what is started: a person's one-shot, or the loader's own default. */
void record_launch_unknown(struct record *record);

/* Launches at an unmoved counter have used up the tries that the name grants. */
bool record_is_stalled(const struct record *record, enum role role, const struct role_seen *seen);

/* Tries that the record lends to an exhausted name: of a new image that a reset has left under it; or one, if the OS side has
 * reported that its last boot worked and nobody could bless it. 0: none. */
uint32_t record_loan(const struct record *record, enum role role, const struct role_seen *seen);

/* Bootpilot itself launched recovery as often as it was granted tries. */
bool record_corroborates(const struct record *record);

/* The reset entry may be launched again within the present episode, for a reset that was cut short. */
bool record_may_resume_reset(const struct record *record, const struct role_seen seen[ROLE_COUNT]);

/* A `good` note for the role launched last would change the record: the OS side is asked to write one. */
bool record_is_pending(const struct record *record);

#endif
