/* SPDX-License-Identifier: Apache-2.0 */
/* policy.h - the decision: what to boot, and why. Source: design.md section 4.
 *
 * The same facts always give the same decision. Firmware and tool both call policy_decide() and nothing else. */
#ifndef BOOTPILOT_POLICY_H
#define BOOTPILOT_POLICY_H

#include "naming.h"
#include "roles.h"

enum action {
	ACTION_LEAVE,     /* hand back and touch nothing: somebody's one-shot stands */
	ACTION_HAND_BACK, /* hand back without a choice */
	ACTION_BOOT,      /* name the entry in the one-shot and hand back */
	ACTION_RESET,     /* the same with the reset entry: after the countdown, and only once the record is written */
	ACTION_MENU,      /* hand back without a choice; a person is needed */
	ACTION_REBOOT,
	ACTION_POWEROFF,
	ACTION_FIRMWARE, /* into the firmware's setup */
};

/* Why; each row of the decision table has its own. */
enum reason {
	REASON_REQUESTED,
	REASON_UNREADABLE,
	REASON_NO_ROLES,
	REASON_ACTIVE_GOOD,
	REASON_ACTIVE_TRYING,
	REASON_ACTIVE_EXHAUSTED,
	REASON_ACTIVE_UNBOOTABLE,
	REASON_ACTIVE_MISSING,
	REASON_PASSIVE_EXHAUSTED,
	REASON_PASSIVE_UNBOOTABLE,
	REASON_PASSIVE_MISSING,
	REASON_RECOVERY_EXHAUSTED,
	REASON_LAST_RESORT,
	REASON_NOTHING_BOOTABLE,
};

/* What stood in the way of a reset; with REASON_LAST_RESORT. */
enum cause {
	CAUSE_NONE,
	CAUSE_RESET_OFF,     /* the configuration says no */
	CAUSE_RESET_USED_UP, /* as many as the configuration permits since the last success */
	CAUSE_RESET_MISSING,
	CAUSE_RESET_EXHAUSTED,
	CAUSE_RESET_UNBOOTABLE,
	CAUSE_RESET_CANCELLED, /* a person pressed a key */
	CAUSE_UNCORROBORATED,  /* the names say recovery failed, the record does not */
	CAUSE_UNWITNESSED,     /* no success was ever seen here, and the configuration demands one */
	CAUSE_NOT_RECORDABLE,  /* a reset that NVRAM cannot remember could repeat for ever */
	CAUSE_OWN_HANDOFF, /* with REASON_REQUESTED: the one-shot is ours, from before the reset of `handoff reset` */
};

/* Facts beside the decision that somebody should know of. Bits. */
enum remark {
	REMARK_NOT_RECORDED = 1 << 0,      /* the record could not be written */
	REMARK_COUNTER_FROZEN = 1 << 1,    /* tries are used without the counter moving, and nobody ever reported */
	REMARK_TWINS = 1 << 2,             /* a role has two files of one id */
	REMARK_LIST_CAPPED = 1 << 3,       /* more entries than fit */
	REMARK_CONFIG = 1 << 4,            /* a line of the configuration was not understood */
	REMARK_RECORD_REFUSED = 1 << 5,    /* a record exists and is damaged or forged */
	REMARK_RECORD_FOREIGN = 1 << 6,    /* the record is about another disk */
	REMARK_NOTE_REFUSED = 1 << 7,      /* the OS side's note was not understood or did not apply */
	REMARK_ONESHOT_LEFTOVER = 1 << 8,  /* our one-shot of an earlier boot was still there, and is deleted */
	REMARK_ONESHOT_IGNORED = 1 << 9,   /* the loader did not take our one-shot in this power cycle */
	REMARK_ONESHOT_VOLATILE = 1 << 10, /* NVRAM refused the one-shot; it is kept in memory */
	REMARK_ONESHOT_FAILED = 1 << 11,   /* the one-shot could not be written: the loader's default boots */
	REMARK_TRIES_LENT = 1 << 12,       /* the record lends tries to an exhausted name */
	REMARK_REQUEST_REFUSED = 1 << 13,  /* nothing fulfils somebody's one-shot, or the loader has failed to */
};

#define REMARK_COUNT 14

struct decision {
	enum action action;
	enum reason reason;
	enum cause cause;
	enum role role;            /* ROLE_NONE unless the action is to boot or reset */
	const struct entry *entry; /* NULL likewise */
	enum naming naming;
	char name[NAMING_MAX]; /* for the one-shot; not terminated. Also with ACTION_HAND_BACK where left alone the
				* loader would boot the reset entry, or choose us again */
	size_t name_len;
	uint64_t named;           /* id_hash() of what NAME names; 0: nothing is named */
	bool set_boot_count_path; /* this loader will not count the entry: blessing needs the path from us */
	bool force_menu;          /* by itself the loader would boot the reset entry */
	bool hand_off;            /* `handoff reset`: reset instead of starting systemd-boot */
	bool pending;             /* the OS side is asked to report */
	uint32_t remarks;         /* enum remark */
	struct role_state roles[ROLE_COUNT];
	struct record record; /* as it must be stored, if it differs from what was read */
};

void policy_decide(const struct inventory *inventory, struct decision *ret);

#endif
