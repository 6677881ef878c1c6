/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

/* Letters stand in the tables themselves: the EFI images have no relocations, so no table of theirs may hold pointers. */

static const char actions[][10] = {
	[ACTION_LEAVE] = "leave",       [ACTION_HAND_BACK] = "hand-back", [ACTION_BOOT] = "boot",
	[ACTION_RESET] = "reset",       [ACTION_MENU] = "menu",           [ACTION_REBOOT] = "reboot",
	[ACTION_POWEROFF] = "poweroff", [ACTION_FIRMWARE] = "firmware",
};

static const struct {
	char name[19];
	char sentence[62];
} reasons[] = {
	[REASON_REQUESTED] = { "requested", "a one-shot entry was requested, and is obeyed" },
	[REASON_UNREADABLE] = { "unreadable", "a partition could not be read; nothing is concluded from that" },
	[REASON_NO_ROLES] = { "no-roles", "no boot entry has a role" },
	[REASON_ACTIVE_GOOD] = { "active-good", "active is good" },
	[REASON_ACTIVE_TRYING] = { "active-trying", "active has tries left" },
	[REASON_ACTIVE_EXHAUSTED] = { "active-exhausted", "active used up its tries" },
	[REASON_ACTIVE_UNBOOTABLE] = { "active-unbootable", "active cannot be started" },
	[REASON_ACTIVE_MISSING] = { "active-missing", "there is no active entry" },
	[REASON_PASSIVE_EXHAUSTED] = { "passive-exhausted", "active is out, and passive used up its tries" },
	[REASON_PASSIVE_UNBOOTABLE] = { "passive-unbootable", "active is out, and passive cannot be started" },
	[REASON_PASSIVE_MISSING] = { "passive-missing", "active is out, and there is no passive entry" },
	[REASON_RECOVERY_EXHAUSTED] = { "recovery-exhausted", "active, passive and recovery all failed" },
	[REASON_LAST_RESORT] = { "last-resort", "every entry failed; this one could still start" },
	[REASON_NOTHING_BOOTABLE] = { "nothing-bootable", "no entry has an image that could start" },
};

static const struct {
	char name[19];
	char sentence[60];
} causes[] = {
	[CAUSE_NONE] = { "", "" },
	[CAUSE_RESET_OFF] = { "reset-off", "automatic reset is switched off" },
	[CAUSE_RESET_USED_UP] = { "reset-used-up", "the automatic resets since the last success are used up" },
	[CAUSE_RESET_MISSING] = { "reset-missing", "there is no reset entry" },
	[CAUSE_RESET_EXHAUSTED] = { "reset-exhausted", "the reset entry used up its tries" },
	[CAUSE_RESET_UNBOOTABLE] = { "reset-unbootable", "the reset entry cannot be started" },
	[CAUSE_RESET_CANCELLED] = { "reset-cancelled", "the automatic reset was cancelled at the keyboard" },
	[CAUSE_UNCORROBORATED] = { "uncorroborated", "no reset: the record does not confirm that recovery failed" },
	[CAUSE_UNWITNESSED] = { "unwitnessed", "no reset: no success was ever seen on this disk" },
	[CAUSE_NOT_RECORDABLE] = { "not-recordable", "no reset: NVRAM cannot remember it" },
	[CAUSE_OWN_HANDOFF] = { "own-handoff", "it is Bootpilot's own, from before the handoff reset" },
};

static const char verdicts[][11] = {
	[VERDICT_MISSING] = "missing",     [VERDICT_UNBOOTABLE] = "unbootable",
	[VERDICT_EXHAUSTED] = "exhausted", [VERDICT_TRYING] = "trying",
	[VERDICT_GOOD] = "good",
};

static const struct {
	char name[19];
	char sentence[44];
} faults[] = {
	[FAULT_NONE] = { "", "" },
	[FAULT_IMAGE_MISSING] = { "image-missing", "its image is missing" },
	[FAULT_IMAGE_BROKEN] = { "image-broken", "its image is truncated or no EFI program" },
	[FAULT_WRONG_ARCHITECTURE] = { "wrong-architecture", "it is for another processor" },
	[FAULT_UNKNOWN_KEY] = { "unknown-key", "this systemd-boot does not know the key uki" },
	[FAULT_HIDDEN] = { "hidden", "systemd-boot does not list it" },
	[FAULT_TOO_LARGE] = { "too-large", "its .conf is too large to be one" },
	[FAULT_FAILED_NOW] = { "failed-now", "it failed to start a moment ago" },
	[FAULT_NOT_NAMEABLE] = { "not-nameable", "no one-shot can name it alone" },
};

static const struct {
	enum remark remark;
	char name[18];
	char sentence[54];
} remarks[REMARK_COUNT] = {
	{ REMARK_NOT_RECORDED, "not-recorded", "NVRAM did not take the attempt record" },
	{ REMARK_COUNTER_FROZEN, "counter-frozen", "a counter does not move, and the OS never reported" },
	{ REMARK_TWINS, "twins", "an entry exists twice, with and without counter" },
	{ REMARK_LIST_CAPPED, "list-capped", "there are more entries than are looked at" },
	{ REMARK_CONFIG, "config", "a line of the configuration was not understood" },
	{ REMARK_RECORD_REFUSED, "record-refused", "the attempt record is damaged or forged, and not used" },
	{ REMARK_RECORD_FOREIGN, "record-foreign", "the attempt record is about another disk" },
	{ REMARK_NOTE_REFUSED, "note-refused", "the OS's note does not apply, and was dropped" },
	{ REMARK_ONESHOT_LEFTOVER, "one-shot-leftover", "an old choice of Bootpilot was still in NVRAM" },
	{ REMARK_ONESHOT_IGNORED, "one-shot-ignored", "systemd-boot did not take the one-shot entry" },
	{ REMARK_ONESHOT_VOLATILE, "one-shot-volatile", "NVRAM did not take the one-shot entry; memory did" },
	{ REMARK_ONESHOT_FAILED, "one-shot-failed", "no one-shot entry could be set: the default boots" },
	{ REMARK_TRIES_LENT, "tries-lent", "an exhausted name has tries left by the record" },
	{ REMARK_REQUEST_REFUSED, "request-refused", "nothing fulfils the one-shot entry that was requested" },
};

static const char record_states[][8] = {
	[RECORD_ABSENT] = "absent",   [RECORD_NEW] = "new",         [RECORD_VALID] = "valid",
	[RECORD_REFUSED] = "refused", [RECORD_FOREIGN] = "foreign",
};

struct text action_name(enum action action)
{
	return text_of(actions[action]);
}

struct text reason_name(enum reason reason)
{
	return text_of(reasons[reason].name);
}

struct text reason_sentence(enum reason reason)
{
	return text_of(reasons[reason].sentence);
}

struct text cause_name(enum cause cause)
{
	return text_of(causes[cause].name);
}

struct text cause_sentence(enum cause cause)
{
	return text_of(causes[cause].sentence);
}

struct text verdict_name(enum verdict verdict)
{
	return text_of(verdicts[verdict]);
}

struct text fault_name(enum fault fault)
{
	return text_of(faults[fault].name);
}

struct text fault_sentence(enum fault fault)
{
	return text_of(faults[fault].sentence);
}

struct text remark_name(enum remark remark)
{
	for (unsigned i = 0; i < REMARK_COUNT; i++)
		if (remarks[i].remark == remark)
			return text_of(remarks[i].name);
	return TEXT_EMPTY;
}

struct text remark_sentence(enum remark remark)
{
	for (unsigned i = 0; i < REMARK_COUNT; i++)
		if (remarks[i].remark == remark)
			return text_of(remarks[i].sentence);
	return TEXT_EMPTY;
}

struct text record_state_name(enum record_state state)
{
	return text_of(record_states[state]);
}
