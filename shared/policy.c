/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include "glob.h"
#include "loader_choice.h"
#include "memory.h"

struct situation {
	const struct inventory *inventory;
	const struct role_state *roles;
	enum cause obstacle; /* what stands in the way of a reset */
	bool wiped_if_left;  /* without a word from us the loader would boot the reset entry by itself */
};

enum condition {
	ONE_SHOT_STANDS,
	PARTITION_UNREADABLE,
	NO_ROLES,
	BOOTABLE, /* the role of the rule */
	RESET_PERMITTED,
	COULD_START, /* the role of the rule */
	ALWAYS,
};

struct rule {
	enum condition condition;
	enum action action;
	enum role role;
	enum reason reason;
	enum role judged; /* not ROLE_NONE: the reason is the verdict on this role */
};

static const enum reason reason_of_verdict[][VERDICT_GOOD + 1] = {
	[ROLE_ACTIVE] = {
		[VERDICT_GOOD] = REASON_ACTIVE_GOOD,           [VERDICT_TRYING] = REASON_ACTIVE_TRYING,
		[VERDICT_EXHAUSTED] = REASON_ACTIVE_EXHAUSTED, [VERDICT_UNBOOTABLE] = REASON_ACTIVE_UNBOOTABLE,
		[VERDICT_MISSING] = REASON_ACTIVE_MISSING,
	},
	[ROLE_PASSIVE] = {
		[VERDICT_EXHAUSTED] = REASON_PASSIVE_EXHAUSTED,
		[VERDICT_UNBOOTABLE] = REASON_PASSIVE_UNBOOTABLE,
		[VERDICT_MISSING] = REASON_PASSIVE_MISSING,
	},
};

static bool is_bootable(const struct role_state *role)
{
	return role->verdict == VERDICT_GOOD || role->verdict == VERDICT_TRYING;
}

/* Of a role that is_bootable() did not take: out of tries, and nothing else is wrong with it. */
static bool could_start(const struct role_state *role)
{
	return role->verdict == VERDICT_EXHAUSTED;
}

static bool any_unreadable(const struct inventory *inventory)
{
	for (int i = 0; i < PARTITION_COUNT; i++)
		if (inventory->unreadable[i])
			return true;
	return false;
}

/* What must not stand in the way for the reset entry to be booted by itself (design.md section 4.2). */
static enum cause reset_obstacle(const struct inventory *inventory, const struct record *record,
				 const struct role_state roles[ROLE_COUNT])
{
	const struct config *config = &inventory->config;
	if (config->auto_reset == AUTO_RESET_NO)
		return CAUSE_RESET_OFF;
	switch (roles[ROLE_RESET].verdict) {
	case VERDICT_MISSING:
		return CAUSE_RESET_MISSING;
	case VERDICT_UNBOOTABLE:
		return CAUSE_RESET_UNBOOTABLE;
	case VERDICT_EXHAUSTED:
		return CAUSE_RESET_EXHAUSTED;
	case VERDICT_TRYING:
	case VERDICT_GOOD:
		break;
	}
	if (inventory->reset_cancelled)
		return CAUSE_RESET_CANCELLED;

	struct role_seen seen[ROLE_COUNT];
	for (int i = 0; i < ROLE_COUNT; i++)
		seen[i] = roles[i].seen;
	/* A reset that was cut short had its permission when it began. */
	if (!record_may_resume_reset(record, seen)) {
		if (record->resets >= config->reset_limit)
			return CAUSE_RESET_USED_UP;
		if (inventory->record_state == RECORD_VALID && !record_corroborates(record))
			return CAUSE_UNCORROBORATED;
		if (config->auto_reset == AUTO_RESET_WITNESSED && !record->success_seen)
			return CAUSE_UNWITNESSED;
	}
	return inventory->record_unwritable ? CAUSE_NOT_RECORDABLE : CAUSE_NONE;
}

/* Nobody can fulfil the wish, and the loader, trying to, would end with the reset entry. */
static bool wish_would_wipe(const struct situation *s)
{
	return s->wiped_if_left && s->inventory->request.len && !any_unreadable(s->inventory) &&
	       !loader_may_know(s->inventory, s->inventory->request);
}

static bool one_shot_stands(const struct situation *s)
{
	/* The loader that chose our entry saw the wish, and could not fulfil it: it would choose us again. */
	bool had_its_chance = s->inventory->started_as_entry;
	return (s->inventory->oneshot == ONESHOT_REQUEST && !had_its_chance && !wish_would_wipe(s)) ||
	       s->inventory->oneshot == ONESHOT_HANDOFF;
}

static bool no_roles(const struct situation *s)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (s->roles[i].entry)
			return false;
	return true;
}

static bool reset_permitted(const struct situation *s)
{
	return s->roles[ROLE_RECOVERY].verdict == VERDICT_EXHAUSTED && s->obstacle == CAUSE_NONE;
}

static bool holds(const struct rule *rule, const struct situation *s)
{
	switch (rule->condition) {
	case ONE_SHOT_STANDS:
		return one_shot_stands(s);
	case PARTITION_UNREADABLE:
		return any_unreadable(s->inventory);
	case NO_ROLES:
		return no_roles(s);
	case BOOTABLE:
		return is_bootable(&s->roles[rule->role]);
	case RESET_PERMITTED:
		return reset_permitted(s);
	case COULD_START:
		return could_start(&s->roles[rule->role]);
	case ALWAYS:
		break;
	}
	return true;
}

/* The policy: the first rule that holds is carried out. The last one always holds; its action is the configuration's. */
static const struct rule rules[] = {
	{ ONE_SHOT_STANDS, ACTION_LEAVE, ROLE_NONE, REASON_REQUESTED, ROLE_NONE },
	{ PARTITION_UNREADABLE, ACTION_HAND_BACK, ROLE_NONE, REASON_UNREADABLE, ROLE_NONE },
	{ NO_ROLES, ACTION_HAND_BACK, ROLE_NONE, REASON_NO_ROLES, ROLE_NONE },
	{ BOOTABLE, ACTION_BOOT, ROLE_ACTIVE, REASON_ACTIVE_GOOD, ROLE_ACTIVE },
	{ BOOTABLE, ACTION_BOOT, ROLE_PASSIVE, REASON_ACTIVE_MISSING, ROLE_ACTIVE },
	{ BOOTABLE, ACTION_BOOT, ROLE_RECOVERY, REASON_PASSIVE_MISSING, ROLE_PASSIVE },
	{ RESET_PERMITTED, ACTION_RESET, ROLE_RESET, REASON_RECOVERY_EXHAUSTED, ROLE_NONE },
	{ COULD_START, ACTION_BOOT, ROLE_RECOVERY, REASON_LAST_RESORT, ROLE_NONE },
	{ COULD_START, ACTION_BOOT, ROLE_PASSIVE, REASON_LAST_RESORT, ROLE_NONE },
	{ COULD_START, ACTION_BOOT, ROLE_ACTIVE, REASON_LAST_RESORT, ROLE_NONE },
	{ ALWAYS, ACTION_MENU, ROLE_NONE, REASON_NOTHING_BOOTABLE, ROLE_NONE },
};

static const enum action nothing_actions[] = {
	[NOTHING_MENU] = ACTION_MENU,
	[NOTHING_REBOOT] = ACTION_REBOOT,
	[NOTHING_POWEROFF] = ACTION_POWEROFF,
	[NOTHING_FIRMWARE] = ACTION_FIRMWARE,
};

static void apply(const struct rule *rule, const struct situation *s, struct decision *ret)
{
	ret->action = rule->action;
	ret->role = rule->role;
	ret->reason = rule->reason;
	if (rule->judged != ROLE_NONE)
		ret->reason = reason_of_verdict[rule->judged][s->roles[rule->judged].verdict];
	if (rule->role != ROLE_NONE)
		ret->entry = s->roles[rule->role].entry;
	if (ret->reason == REASON_LAST_RESORT && rule->role == ROLE_RECOVERY)
		ret->cause = s->obstacle;
	if (ret->reason == REASON_REQUESTED && s->inventory->oneshot == ONESHOT_HANDOFF)
		ret->cause = CAUSE_OWN_HANDOFF;
	if (ret->reason == REASON_NOTHING_BOOTABLE)
		ret->action = nothing_actions[s->inventory->config.nothing_bootable];
}

/* What the record will say once the decision is carried out. */
static void launch(struct decision *decision)
{
	struct record *record = &decision->record;
	struct role_seen seen[ROLE_COUNT];
	for (int i = 0; i < ROLE_COUNT; i++)
		seen[i] = decision->roles[i].seen;

	record->handoff = 0; /* whatever was awaited: this boot is decided anew */
	switch (decision->action) {
	case ACTION_BOOT:
		record_launch(record, decision->role, entry_id_hash(decision->entry),
			      decision->roles[decision->role].verdict != VERDICT_GOOD);
		break;
	case ACTION_RESET:
		record_launch_reset(record, seen, entry_id_hash(decision->entry));
		break;
	case ACTION_LEAVE:
	case ACTION_HAND_BACK:
	case ACTION_MENU:
	case ACTION_REBOOT:
	case ACTION_POWEROFF:
	case ACTION_FIRMWARE:
		if (decision->cause != CAUSE_OWN_HANDOFF) /* that starts now what we launched before the reset */
			record_launch_unknown(record);
		break;
	}
}

static uint32_t remarks_of(const struct inventory *inventory, const struct decision *decision, bool note_refused)
{
	uint32_t remarks = 0;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_state *state = &decision->roles[role];
		if (state->twins)
			remarks |= REMARK_TWINS;
		if (state->lent)
			remarks |= REMARK_TRIES_LENT;
		if (state->verdict == VERDICT_TRYING && state->frozen &&
		    record_is_stalled(&decision->record, role, &state->seen))
			remarks |= REMARK_COUNTER_FROZEN;
	}
	if (inventory->entries_capped)
		remarks |= REMARK_LIST_CAPPED;
	if (inventory->config_problems)
		remarks |= REMARK_CONFIG;
	if (inventory->record_unwritable)
		remarks |= REMARK_NOT_RECORDED;
	if (inventory->record_state == RECORD_REFUSED)
		remarks |= REMARK_RECORD_REFUSED;
	if (inventory->record_state == RECORD_FOREIGN)
		remarks |= REMARK_RECORD_FOREIGN;
	if (inventory->oneshot == ONESHOT_LEFTOVER)
		remarks |= REMARK_ONESHOT_LEFTOVER;
	if (inventory->oneshot == ONESHOT_IGNORED)
		remarks |= REMARK_ONESHOT_IGNORED;
	if (note_refused)
		remarks |= REMARK_NOTE_REFUSED;
	if (inventory->oneshot == ONESHOT_REQUEST && decision->reason != REASON_REQUESTED)
		remarks |= REMARK_REQUEST_REFUSED;
	return remarks;
}

/* A reset brings the loader back with our one-shot, and leaves every PCR as if we had never run. It must not become a loop:
 * NVRAM has kept a record over a power cycle, the loader knows the very id, and an OS was seen between the last laps. */
static void hand_off(const struct inventory *inventory, struct decision *decision)
{
	if (inventory->config.handoff != HANDOFF_RESET || !inventory->started_as_entry || !decision->entry ||
	    inventory->record_state != RECORD_VALID || inventory->record_unwritable ||
	    !inventory->loader.entries_known || decision->naming != NAMING_EXACT ||
	    decision->record.laps >= RECORD_LAPS_MAX)
		return;
	decision->hand_off = true;
	decision->record.laps++;
	decision->record.handoff = oneshot_hash((struct text){ decision->name, decision->name_len });
}

static void name_write(const struct inventory *inventory, struct decision *decision)
{
	struct writer w = WRITER(decision->name);
	if (!decision->entry)
		return;
	decision->naming = naming_write(inventory, decision->entry, &w);
	decision->name_len = w.len;
	decision->named = entry_id_hash(decision->entry);
	decision->set_boot_count_path = counting_is_ours(inventory, decision->entry);
}

/* Nothing was chosen, and by itself the loader would boot the reset entry: a wipe without any evidence. The first role by name
 * is named in its place, whatever is known of it; where a person is needed anyway, or there is none, the menu waits. */
static void keep_from_wiping(const struct inventory *inventory, struct decision *decision)
{
	for (enum role role = ROLE_ACTIVE; decision->action == ACTION_HAND_BACK && role < ROLE_RESET; role++) {
		struct writer w = WRITER(decision->name);
		const struct entry *entry = decision->roles[role].entry;
		if (!entry || naming_write(inventory, entry, &w) == NAMING_NONE)
			continue;
		decision->name_len = w.len;
		decision->named = entry_id_hash(entry);
		return;
	}
	decision->force_menu = decision->action == ACTION_MENU || decision->action == ACTION_HAND_BACK;
}

/* The loader chose us, so handing back without a choice means to name what it would have chosen otherwise. */
static void name_another(const struct inventory *inventory, struct decision *decision)
{
	struct writer w = WRITER(decision->name);
	struct text id;
	if (!roles_first_other(inventory, &id))
		return;
	glob_write_exact(&w, id);
	if (w.overflow)
		return;
	decision->name_len = w.len;
	decision->named = id_hash(id);
}

void policy_decide(const struct inventory *inventory, struct decision *ret)
{
	struct situation s = { .inventory = inventory, .roles = ret->roles };
	struct role_seen seen[ROLE_COUNT];
	bool note_refused = false;

	memset(ret, 0, sizeof(*ret));
	ret->record = inventory->record;
	roles_find(inventory, ret->roles);
	for (int i = 0; i < ROLE_COUNT; i++)
		seen[i] = ret->roles[i].seen;

	if (inventory->note.len) /* it can wait no longer, as it was consumed */
		note_refused = !record_note(&ret->record, inventory->note);
	if (!any_unreadable(inventory)) /* half a view of the entries would look like new images */
		record_observe(&ret->record, seen);
	roles_judge(inventory, &ret->record, ret->roles);
	s.wiped_if_left = !inventory->started_as_entry && loader_would_reset(inventory);
	s.obstacle = reset_obstacle(inventory, &ret->record, ret->roles);

	const struct rule *rule = rules;
	while (!holds(rule, &s))
		rule++;
	apply(rule, &s, ret);
	name_write(inventory, ret);
	if (s.wiped_if_left && !ret->entry && ret->reason != REASON_REQUESTED)
		keep_from_wiping(inventory, ret);
	if (ret->action == ACTION_HAND_BACK && !ret->named && loader_chose_us(inventory))
		name_another(inventory, ret);
	ret->remarks = remarks_of(inventory, ret, note_refused);
	launch(ret);
	hand_off(inventory, ret);
	ret->pending = record_is_pending(&ret->record);
}
