/* SPDX-License-Identifier: Apache-2.0 */
/* life.h - a machine between two moments of its life, small enough to visit every one that there is.
 *
 * Whatever could be told apart only by a number that grows for ever is told by what it is compared with: an image's
 * generation by whether the record, or the episode of a reset, knows this very one. So the space of lives is finite. */
#ifndef BOOTPILOT_MODEL_LIFE_H
#define BOOTPILOT_MODEL_LIFE_H

#include "shared/policy.h"

/* The files of a role: a bit for the one without counter, and one for each counter. Tries made are those that are not left
 * of three, and a tried-out file stays +0-3: the real number only grows, and none above is ever asked for. */
#define LEFT_MAX    3u
#define FILE_GOOD   1u
#define FILE_OF(left) (2u << (left))
#define FILE_KINDS  (LEFT_MAX + 2u)
#define LEFT_GOOD   (LEFT_MAX + 1u) /* stands for "no counter" where a number of tries stands */
#define LEFT_NEVER  (LEFT_MAX + 2u) /* never looked at */

/* Which image a remembered generation is. */
enum image_known { IMAGE_NEVER, IMAGE_SAME, IMAGE_ANOTHER, IMAGE_THIRD };

/* What stands in LoaderEntryOneShot. */
enum standing { STANDING_NONE, STANDING_OURS, STANDING_UNKNOWN_ID, STANDING_REQUEST /* + role */ };

/* What stands in BootpilotNote. */
enum noted { NOTED_NONE, NOTED_FORGET, NOTED_NONSENSE, NOTED_GOOD /* + role */, NOTED_REARM = NOTED_GOOD + ROLE_COUNT };

#define NOTED_COUNT (NOTED_REARM + ROLE_COUNT)

/* Bytes only, no padding: lives are compared and hashed as memory. */
struct life {
	/* the disk */
	uint8_t files[ROLE_COUNT];
	uint8_t broken; /* a bit per role: its image is no image any more */
	uint8_t read_only;
	uint8_t upheavals; /* what happened so far besides boots and power cuts, up to the world's limit */
	/* variables */
	uint8_t standing, noted;
	/* this power cycle: a bit per role that was chosen and did not start, and whether the record is of today */
	uint8_t failed_now, record_new;
	/* the record */
	uint8_t recorded;
	uint8_t known[ROLE_COUNT], left_seen[ROLE_COUNT], stalled[ROLE_COUNT], launches[ROLE_COUNT];
	uint8_t vouched; /* a bit per role */
	uint8_t last_role, success_seen, heard, granted, resets, episode_launches, episode_tries, laps;
	uint8_t episode_known[2];
	/* what we remember ourselves, to judge by: nothing here is seen by the program under test */
	uint8_t resets_since;   /* starts of the reset entry by Bootpilot, since the last success */
	uint8_t recovery_tried; /* launches of recovery by Bootpilot that were tries, since it was last granted any */
	uint8_t recovery_owed;  /* the most tries that recovery's name offered since then */
	uint8_t recovery_left;  /* what its name said when Bootpilot last looked */
};

/* A systemd-boot. Source: facts on systemd-boot, the table of versions. */
struct release {
	const char *words;
	uint64_t features;
	bool ids_with_counter; /* else stripped */
	bool counts_efi;
	bool knows_uki;
	bool resets_on_error; /* a counted image that cannot be started: five seconds, then a reset */
};

extern const struct release release_252, release_257, release_262;

/* What does not change in a life, and what may happen in it. */
struct world {
	const char *words;
	const struct release *release;
	enum conf_key key;
	unsigned tries; /* that an installation grants, 1..LEFT_MAX */
	bool reset_uncounted;
	bool unsorted;       /* entries without sort-key: the loader lists the reset entry first */
	bool broken_listed;  /* a destroyed image is there, but is none; else it is missing and the loader hides the entry */
	bool features_unknown;
	bool as_entry;       /* the berth; else driver */
	bool net;            /* an image that is refused brings Bootpilot back in the same power cycle */
	bool protected_nvram; /* no variable that lasts can be written by firmware */
	bool forgetful;       /* NVRAM loses everything at each power-off */
	bool read_only;
	enum auto_reset auto_reset;
	unsigned reset_limit;
	unsigned happens;   /* HAPPENS_... */
	unsigned upheavals; /* in one life; boots and power cuts come in any number */
	bool full_only;
};

enum {
	HAPPENS_CUTS = 1 << 0,    /* power fails between any two writes of a boot, and within the loader's rename */
	HAPPENS_NOTES = 1 << 1,   /* the OS side of Bootpilot reports */
	HAPPENS_UPGRADES = 1 << 2,
	HAPPENS_LOSSES = 1 << 3,  /* entries vanish, images are destroyed, both come back */
	HAPPENS_NVRAM = 1 << 4,   /* NVRAM forgets everything */
	HAPPENS_WISHES = 1 << 5,  /* a person's one-shot, and choices in the loader's menu */
	HAPPENS_READ_ONLY = 1 << 6, /* the ESP cannot be written any more, and can again */
	HAPPENS_FORGERY = 1 << 7, /* names, one-shot and note are whatever somebody wants; images stay intact */
};

/* The machine as an installation leaves it. */
struct life life_new(const struct world *world);

/* The role has another image under the same names. */
void life_renew_image(struct life *life, enum role role);

/* The record of LIFE as a struct, and back. */
void life_get_record(const struct life *life, struct record *ret);
void life_set_record(struct life *life, const struct record *record);
void life_forget_record(struct life *life);

/* Tries by name of the file that speaks for ROLE; LEFT_GOOD without counter, LEFT_NEVER without a file. */
unsigned life_left(const struct life *life, enum role role);

/* The file name of ROLE with LEFT tries, and the id that a loader makes of it. */
struct text file_name(enum role role, unsigned left);
struct text file_id(const struct release *release, enum role role, unsigned left);

#endif
