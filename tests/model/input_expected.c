/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle: design.md sections 3 and 4, read once more. */
#include "input.h"

static bool has_record(const struct past *past)
{
	return past->state == RECORD_VALID || past->state == RECORD_NEW;
}

static bool is_known_old(const struct input *in)
{
	return in->knows_uki == UKI_NO || in->knows_uki == UKI_NO_BY_MAJOR;
}

static bool is_known_new(const struct input *in)
{
	return in->knows_uki == UKI_YES || in->knows_uki == UKI_YES_BY_MAJOR;
}

/* Section 3: exists, can be seen, can be named. */
static bool can_start(const struct input *in, enum role role)
{
	const struct shape *shape = &shapes[in->shape[role]];
	if (in->failed_now & (1u << role) || in->scanned == SCANNED_WITHOUT)
		return false;
	switch (shape->condition) {
	case STARTS:
		return true;
	case NEVER_STARTS:
		return false;
	case STARTS_UNLESS_OLD:
		return !is_known_old(in);
	case STARTS_UNLESS_NEW:
		return !is_known_new(in);
	case STARTS_IF_LISTED:
		return in->scanned != NOT_SCANNED;
	}
	return false;
}

/* Its own counts hold: the same image, and no tries were granted since. */
static bool counts_hold(const struct past *past, enum role role, uint32_t left)
{
	if (!has_record(past))
		return false;
	switch (past->acquainted[role]) {
	case ROLE_SAME:
	case ROLE_MOVED:
		return true;
	case ROLE_REARMED:
		return left == 0 || left == TRIES_GOOD; /* a number below cannot be */
	case ROLE_UNSEEN:
	case ROLE_OTHER_IMAGE:
	case ACQUAINTANCES:
		return false;
	}
	return false;
}

/* Section 4.1, exhausted by the record: it stands still, a healthy system could have said so, and the tries are used. */
static bool is_stalled(const struct input *in, enum role role)
{
	const struct shape *shape = &shapes[in->shape[role]];
	const struct past *past = &in->past;
	bool stands_still = past->acquainted[role] == ROLE_SAME && has_record(past);
	bool left_alone = shape->counting == COUNTS_NEVER ||
			  (shape->counting == COUNTS_UNLESS_NEW && is_known_new(in));
	bool could_report = (has_record(past) && past->heard) || (left_alone && !in->read_only);
	uint32_t granted = shape->left < 8 ? shape->left : 8;
	return stands_still && could_report && past->stalled[role] >= granted;
}

/* Section 4.2: after a reset, a new image under an exhausted name gets three tries. */
static bool is_lent(const struct input *in, enum role role)
{
	const struct past *past = &in->past;
	if (role > ROLE_PASSIVE || !has_record(past) || !past->resets)
		return false;
	bool renewed = past->episode_launches == 0 || past->renewed[role];
	uint8_t used = counts_hold(past, role, 0) ? past->launches[role] : 0;
	return renewed && used < 3;
}

static enum verdict verdict_on(const struct input *in, enum role role)
{
	const struct shape *shape = &shapes[in->shape[role]];
	if (in->shape[role] == SHAPE_ABSENT)
		return VERDICT_MISSING;
	if (!can_start(in, role))
		return VERDICT_UNBOOTABLE;
	if (shape->left == TRIES_GOOD)
		return VERDICT_GOOD;
	if (shape->left == 0)
		return is_lent(in, role) ? VERDICT_TRYING : VERDICT_EXHAUSTED;
	return is_stalled(in, role) ? VERDICT_EXHAUSTED : VERDICT_TRYING;
}

static bool can(enum verdict v)
{
	return v == VERDICT_GOOD || v == VERDICT_TRYING;
}

/* Bootpilot launched recovery as often as it was granted. */
static bool corroborated(const struct input *in)
{
	const struct past *past = &in->past;
	const struct shape *shape = &shapes[in->shape[ROLE_RECOVERY]];
	bool holds = counts_hold(past, ROLE_RECOVERY, shape->left);
	uint32_t granted = holds ? past->granted : 0;
	uint32_t offered = shape->left == TRIES_GOOD ? 3 : shape->left;
	if (shape->left == 0)
		offered = granted ? granted : shape->done ? shape->done : 1;
	if (offered > 8)
		offered = 8;
	if (offered > granted)
		granted = offered;
	return (holds ? past->launches[ROLE_RECOVERY] : 0u) >= granted;
}

static bool may_resume(const struct input *in)
{
	const struct past *past = &in->past;
	bool renewed = false;
	for (enum role role = ROLE_ACTIVE; role <= ROLE_PASSIVE; role++)
		renewed |= in->shape[role] != SHAPE_ABSENT && past->renewed[role] &&
			   (can_start(in, role) || shapes[in->shape[role]].condition == STARTS_IF_LISTED);
	return has_record(past) && past->episode_launches > 0 && past->episode_launches < past->episode_tries &&
	       !renewed;
}

/* Section 4.2, in the order in which a cause is named. */
static enum cause obstacle(const struct input *in, enum verdict reset)
{
	const struct past *past = &in->past;
	if (in->auto_reset == AUTO_RESET_NO)
		return CAUSE_RESET_OFF;
	if (reset == VERDICT_MISSING)
		return CAUSE_RESET_MISSING;
	if (!can(reset))
		return reset == VERDICT_EXHAUSTED ? CAUSE_RESET_EXHAUSTED : CAUSE_RESET_UNBOOTABLE;
	if (in->cancelled)
		return CAUSE_RESET_CANCELLED;
	if (!may_resume(in)) {
		if ((has_record(past) ? past->resets : 0u) >= in->reset_limit)
			return CAUSE_RESET_USED_UP;
		if (past->state == RECORD_VALID && !corroborated(in))
			return CAUSE_UNCORROBORATED;
		if (in->auto_reset == AUTO_RESET_WITNESSED && !(has_record(past) && past->success_seen))
			return CAUSE_UNWITNESSED;
	}
	return past->unwritable ? CAUSE_NOT_RECORDABLE : CAUSE_NONE;
}

static enum reason because(enum verdict v, enum reason missing, enum reason unbootable, enum reason exhausted)
{
	return v == VERDICT_MISSING ? missing : v == VERDICT_EXHAUSTED ? exhausted : unbootable;
}

static void expect(struct expected *e, enum action action, enum reason reason, enum role role)
{
	e->action = action;
	e->reason = reason;
	e->role = role;
}

/* Rows 8 to 10. */
static void expect_last(const struct input *in, struct expected *e)
{
	static const enum role order[] = { ROLE_RECOVERY, ROLE_PASSIVE, ROLE_ACTIVE };
	static const enum action nothing[] = { ACTION_MENU, ACTION_REBOOT, ACTION_POWEROFF, ACTION_FIRMWARE };
	for (unsigned i = 0; i < 3; i++)
		if (can(e->verdicts[order[i]]) || e->verdicts[order[i]] == VERDICT_EXHAUSTED) {
			expect(e, ACTION_BOOT, REASON_LAST_RESORT, order[i]);
			if (order[i] == ROLE_RECOVERY)
				e->cause = obstacle(in, e->verdicts[ROLE_RESET]);
			return;
		}
	expect(e, nothing[in->nothing], REASON_NOTHING_BOOTABLE, ROLE_NONE);
}

struct expected input_expected(const struct input *in)
{
	struct expected e = { .role = ROLE_NONE, .cause = CAUSE_NONE };
	const enum verdict *v = e.verdicts;
	bool any = false;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		e.verdicts[role] = verdict_on(in, role);
		any |= in->shape[role] != SHAPE_ABSENT;
	}
	if ((in->oneshot == ONESHOT_REQUEST && !in->as_entry) || in->oneshot == ONESHOT_HANDOFF) {
		expect(&e, ACTION_LEAVE, REASON_REQUESTED, ROLE_NONE);
		e.cause = in->oneshot == ONESHOT_HANDOFF ? CAUSE_OWN_HANDOFF : CAUSE_NONE;
	} else if (in->unreadable[PARTITION_ESP] || in->unreadable[PARTITION_XBOOTLDR]) {
		expect(&e, ACTION_HAND_BACK, REASON_UNREADABLE, ROLE_NONE);
	} else if (!any) {
		expect(&e, ACTION_HAND_BACK, REASON_NO_ROLES, ROLE_NONE);
	} else if (can(v[0])) {
		expect(&e, ACTION_BOOT, v[0] == VERDICT_GOOD ? REASON_ACTIVE_GOOD : REASON_ACTIVE_TRYING, ROLE_ACTIVE);
	} else if (can(v[1])) {
		expect(&e, ACTION_BOOT,
		       because(v[0], REASON_ACTIVE_MISSING, REASON_ACTIVE_UNBOOTABLE, REASON_ACTIVE_EXHAUSTED),
		       ROLE_PASSIVE);
	} else if (can(v[2])) {
		expect(&e, ACTION_BOOT,
		       because(v[1], REASON_PASSIVE_MISSING, REASON_PASSIVE_UNBOOTABLE, REASON_PASSIVE_EXHAUSTED),
		       ROLE_RECOVERY);
	} else if (v[2] == VERDICT_EXHAUSTED && obstacle(in, v[3]) == CAUSE_NONE) {
		expect(&e, ACTION_RESET, REASON_RECOVERY_EXHAUSTED, ROLE_RESET);
	} else {
		expect_last(in, &e);
	}
	return e;
}
