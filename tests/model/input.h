/* SPDX-License-Identifier: Apache-2.0 */
/* input.h - what policy_decide() may be given, as a few small choices, and what must come of it.
 *
 * The oracle is a second reading of design.md sections 3 and 4 from these choices alone: it never looks at an inventory. */
#ifndef BOOTPILOT_MODEL_INPUT_H
#define BOOTPILOT_MODEL_INPUT_H

#include "shared/policy.h"

/* When an entry's image can be started, of this loader. */
enum condition {
	STARTS,
	NEVER_STARTS,
	STARTS_UNLESS_OLD,  /* key uki: not where the loader is known not to know it */
	STARTS_UNLESS_NEW,  /* two kinds of keys: not where the loader is known to know uki */
	STARTS_IF_LISTED,   /* no text but its exact id names it alone */
};

/* When its counter is known to stand still. */
enum counting { COUNTS, COUNTS_UNLESS_NEW, COUNTS_NEVER };

#define TRIES_GOOD UINT32_MAX

/* The files that a role may have. */
struct shape {
	const char *files; /* in the words of input_build.c */
	enum condition condition; /* of the one that speaks; */
	uint32_t left;            /* its tries, or TRIES_GOOD; */
	uint32_t done;
	enum counting counting;
};

extern const struct shape shapes[];
extern const unsigned shape_count;
#define SHAPE_ABSENT 0u

/* What the record knows of a role. */
enum acquaintance { ROLE_UNSEEN, ROLE_SAME, ROLE_MOVED, ROLE_REARMED, ROLE_OTHER_IMAGE, ACQUAINTANCES };

struct past {
	enum record_state state;
	bool unwritable;
	enum acquaintance acquainted[ROLE_COUNT];
	uint8_t stalled[ROLE_COUNT], launches[ROLE_COUNT];
	uint8_t granted, resets, episode_launches, episode_tries;
	bool renewed[2]; /* active, passive: not the image that the episode began with */
	bool heard, success_seen;
};

enum knows_uki { UKI_UNKNOWN, UKI_NO_BY_MAJOR, UKI_YES_BY_MAJOR, UKI_NO, UKI_YES, UKI_COUNT };
enum scanned { NOT_SCANNED, SCANNED_FULL, SCANNED_STRIPPED, SCANNED_WITHOUT, SCANNED_COUNT };

struct input {
	unsigned shape[ROLE_COUNT];
	struct past past;
	enum knows_uki knows_uki;
	enum scanned scanned; /* SCANNED_WITHOUT: nothing of ours is listed */
	unsigned failed_now; /* a bit per role */
	bool as_entry, cancelled, read_only;
	bool unreadable[PARTITION_COUNT];
	enum oneshot oneshot;
	enum auto_reset auto_reset;
	uint32_t reset_limit;
	enum nothing_bootable nothing;
};

/* Usual everything: no entries, no record, systemd-boot 257 that has not scanned. */
struct input input_usual(void);

/* The inventory of INPUT, in memory that the next call uses again. TURNED entries stand in another order. */
const struct inventory *input_build(const struct input *input, bool turned);

struct expected {
	enum action action;
	enum reason reason;
	enum cause cause;
	enum role role;
	enum verdict verdicts[ROLE_COUNT];
};

struct expected input_expected(const struct input *input);

void input_write(struct writer *w, const struct input *input);

#endif
