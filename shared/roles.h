/* SPDX-License-Identifier: Apache-2.0 */
/* roles.h - which entry speaks for each role, and what is to be thought of it. Source: design.md section 3. */
#ifndef BOOTPILOT_ROLES_H
#define BOOTPILOT_ROLES_H

#include "fault.h"
#include "inventory.h"

enum verdict {
	VERDICT_MISSING,    /* no entry: never evidence of anything */
	VERDICT_UNBOOTABLE, /* see enum fault */
	VERDICT_EXHAUSTED,  /* its image could start, but its tries are used up */
	VERDICT_TRYING,
	VERDICT_GOOD,
};

/* How entries get their roles. */
enum role_rule {
	ROLES_BY_NAME,    /* active, passive, recovery, statereset, and variants of them */
	ROLES_CONFIGURED, /* by the configuration's globs; roles without one by name */
	ROLES_GENERIC, /* nothing has such a name: what the loader would pick is active, older versions of it are passive */
};

struct role_state {
	const struct entry *entry; /* the one that speaks; NULL for VERDICT_MISSING */
	enum verdict verdict;
	enum fault fault;
	uint32_t tries; /* boots still granted, by name and record together; RECORD_UNCOUNTED: no limit */
	bool frozen;    /* launched, and the counter did not move */
	bool lent;      /* the record lends the tries (after a reset) */
	size_t twins;   /* other files of its id, which do not speak */
	struct role_seen seen;
};

/* Depends on names and configuration alone: no entry needs to be opened for it. */
enum role_rule roles_rule(const struct inventory *inventory);

/* ENTRY may hold a role, so its file must be read before the policy is asked. */
bool roles_may_hold(const struct inventory *inventory, enum role_rule rule, const struct entry *entry);

/* The id in LoaderEntries that stands for the loader's own choice where it was us that the loader chose, and no facts about the
 * entries are to be had: active, else passive, else recovery, else any other. Never ours, one that the loader makes up, one
 * that was tried in this power cycle, or the reset entry. */
bool roles_first_other(const struct inventory *inventory, struct text *ret);

/* The role of an entry of which only the name is known; ROLE_NONE for those without one. */
enum role roles_of_entry(const struct config *config, const struct entry *entry);

/* ENTRY is worth a place in a list that INVENTORY has so far: foreign names take ROLES_FOREIGN_MAX at most, what is left is for names
 * that hold a role, so that nobody can hide a role behind many other files. */
#define ROLES_FOREIGN_MAX 1000u
bool roles_keep(const struct inventory *inventory, const struct entry *entry);

/* Of two files of one id A speaks, and not B. */
bool roles_twin_overrules(const struct inventory *inventory, const struct entry *a, const struct entry *b);

/* Finds the entry of each role, and what the record cares to know of it. The verdicts follow in roles_judge(). */
void roles_find(const struct inventory *inventory, struct role_state ret[ROLE_COUNT]);

/* Judges, with RECORD already brought up to date by record_observe(). */
void roles_judge(const struct inventory *inventory, const struct record *record, struct role_state roles[ROLE_COUNT]);

#endif
