/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

static const struct text actions[] = {
	[ACTION_LEAVE] = TEXT("leave"),       [ACTION_HAND_BACK] = TEXT("hand-back"), [ACTION_BOOT] = TEXT("boot"),
	[ACTION_RESET] = TEXT("reset"),       [ACTION_MENU] = TEXT("menu"),           [ACTION_REBOOT] = TEXT("reboot"),
	[ACTION_POWEROFF] = TEXT("poweroff"), [ACTION_FIRMWARE] = TEXT("firmware"),
};

static const struct {
	struct text name;
	struct text sentence;
} reasons[] = {
	[REASON_REQUESTED] = { TEXT("requested"), TEXT("a one-shot entry was requested, and is obeyed") },
	[REASON_UNREADABLE] = { TEXT("unreadable"),
				TEXT("a partition could not be read; nothing is concluded from that") },
	[REASON_NO_ROLES] = { TEXT("no-roles"), TEXT("no boot entry has a role") },
	[REASON_ACTIVE_GOOD] = { TEXT("active-good"), TEXT("active is good") },
	[REASON_ACTIVE_TRYING] = { TEXT("active-trying"), TEXT("active has tries left") },
	[REASON_ACTIVE_EXHAUSTED] = { TEXT("active-exhausted"), TEXT("active used up its tries") },
	[REASON_ACTIVE_UNBOOTABLE] = { TEXT("active-unbootable"), TEXT("active cannot be started") },
	[REASON_ACTIVE_MISSING] = { TEXT("active-missing"), TEXT("there is no active entry") },
	[REASON_PASSIVE_EXHAUSTED] = { TEXT("passive-exhausted"),
				       TEXT("active is out, and passive used up its tries") },
	[REASON_PASSIVE_UNBOOTABLE] = { TEXT("passive-unbootable"),
					TEXT("active is out, and passive cannot be started") },
	[REASON_PASSIVE_MISSING] = { TEXT("passive-missing"), TEXT("active is out, and there is no passive entry") },
	[REASON_RECOVERY_EXHAUSTED] = { TEXT("recovery-exhausted"), TEXT("active, passive and recovery all failed") },
	[REASON_LAST_RESORT] = { TEXT("last-resort"), TEXT("every entry failed; this one could still start") },
	[REASON_NOTHING_BOOTABLE] = { TEXT("nothing-bootable"), TEXT("no entry has an image that could start") },
};

static const struct {
	struct text name;
	struct text sentence;
} causes[] = {
	[CAUSE_NONE] = { { NULL, 0 }, { NULL, 0 } },
	[CAUSE_RESET_OFF] = { TEXT("reset-off"), TEXT("automatic reset is switched off") },
	[CAUSE_RESET_USED_UP] = { TEXT("reset-used-up"),
				  TEXT("the automatic resets since the last success are used up") },
	[CAUSE_RESET_MISSING] = { TEXT("reset-missing"), TEXT("there is no reset entry") },
	[CAUSE_RESET_EXHAUSTED] = { TEXT("reset-exhausted"), TEXT("the reset entry used up its tries") },
	[CAUSE_RESET_UNBOOTABLE] = { TEXT("reset-unbootable"), TEXT("the reset entry cannot be started") },
	[CAUSE_RESET_CANCELLED] = { TEXT("reset-cancelled"),
				    TEXT("the automatic reset was cancelled at the keyboard") },
	[CAUSE_UNCORROBORATED] = { TEXT("uncorroborated"),
				   TEXT("no reset: the record does not confirm that recovery failed") },
	[CAUSE_UNWITNESSED] = { TEXT("unwitnessed"), TEXT("no reset: no success was ever seen on this disk") },
	[CAUSE_NOT_RECORDABLE] = { TEXT("not-recordable"), TEXT("no reset: NVRAM cannot remember it") },
	[CAUSE_OWN_HANDOFF] = { TEXT("own-handoff"), TEXT("it is Bootpilot's own, from before the handoff reset") },
};

static const struct text verdicts[] = {
	[VERDICT_MISSING] = TEXT("missing"),     [VERDICT_UNBOOTABLE] = TEXT("unbootable"),
	[VERDICT_EXHAUSTED] = TEXT("exhausted"), [VERDICT_TRYING] = TEXT("trying"),
	[VERDICT_GOOD] = TEXT("good"),
};

static const struct {
	struct text name;
	struct text sentence;
} faults[] = {
	[FAULT_NONE] = { { NULL, 0 }, { NULL, 0 } },
	[FAULT_IMAGE_MISSING] = { TEXT("image-missing"), TEXT("its image is missing") },
	[FAULT_IMAGE_BROKEN] = { TEXT("image-broken"), TEXT("its image is truncated or no EFI program") },
	[FAULT_WRONG_ARCHITECTURE] = { TEXT("wrong-architecture"), TEXT("it is for another processor") },
	[FAULT_UNKNOWN_KEY] = { TEXT("unknown-key"), TEXT("this systemd-boot does not know the key uki") },
	[FAULT_HIDDEN] = { TEXT("hidden"), TEXT("systemd-boot does not list it") },
	[FAULT_TOO_LARGE] = { TEXT("too-large"), TEXT("its .conf is too large to be one") },
	[FAULT_FAILED_NOW] = { TEXT("failed-now"), TEXT("it failed to start a moment ago") },
	[FAULT_NOT_NAMEABLE] = { TEXT("not-nameable"), TEXT("no one-shot can name it alone") },
};

static const struct {
	enum remark remark;
	struct text name;
	struct text sentence;
} remarks[REMARK_COUNT] = {
	{ REMARK_NOT_RECORDED, TEXT("not-recorded"), TEXT("NVRAM did not take the attempt record") },
	{ REMARK_COUNTER_FROZEN, TEXT("counter-frozen"), TEXT("a counter does not move, and the OS never reported") },
	{ REMARK_TWINS, TEXT("twins"), TEXT("an entry exists twice, with and without counter") },
	{ REMARK_LIST_CAPPED, TEXT("list-capped"), TEXT("there are more entries than are looked at") },
	{ REMARK_CONFIG, TEXT("config"), TEXT("a line of the configuration was not understood") },
	{ REMARK_RECORD_REFUSED, TEXT("record-refused"),
	  TEXT("the attempt record is damaged or forged, and not used") },
	{ REMARK_RECORD_FOREIGN, TEXT("record-foreign"), TEXT("the attempt record is about another disk") },
	{ REMARK_NOTE_REFUSED, TEXT("note-refused"), TEXT("the OS's note does not apply, and was dropped") },
	{ REMARK_ONESHOT_LEFTOVER, TEXT("one-shot-leftover"), TEXT("an old choice of Bootpilot was still in NVRAM") },
	{ REMARK_ONESHOT_IGNORED, TEXT("one-shot-ignored"), TEXT("systemd-boot did not take the one-shot entry") },
	{ REMARK_ONESHOT_VOLATILE, TEXT("one-shot-volatile"),
	  TEXT("NVRAM did not take the one-shot entry; memory did") },
	{ REMARK_ONESHOT_FAILED, TEXT("one-shot-failed"), TEXT("no one-shot entry could be set: the default boots") },
	{ REMARK_TRIES_LENT, TEXT("tries-lent"), TEXT("an exhausted name has tries left by the record") },
	{ REMARK_REQUEST_REFUSED, TEXT("request-refused"),
	  TEXT("nothing fulfils the one-shot entry that was requested") },
};

static const struct text record_states[] = {
	[RECORD_ABSENT] = TEXT("absent"),   [RECORD_NEW] = TEXT("new"),         [RECORD_VALID] = TEXT("valid"),
	[RECORD_REFUSED] = TEXT("refused"), [RECORD_FOREIGN] = TEXT("foreign"),
};

struct text action_name(enum action action)
{
	return actions[action];
}

struct text reason_name(enum reason reason)
{
	return reasons[reason].name;
}

struct text reason_sentence(enum reason reason)
{
	return reasons[reason].sentence;
}

struct text cause_name(enum cause cause)
{
	return causes[cause].name;
}

struct text cause_sentence(enum cause cause)
{
	return causes[cause].sentence;
}

struct text verdict_name(enum verdict verdict)
{
	return verdicts[verdict];
}

struct text fault_name(enum fault fault)
{
	return faults[fault].name;
}

struct text fault_sentence(enum fault fault)
{
	return faults[fault].sentence;
}

struct text remark_name(enum remark remark)
{
	for (unsigned i = 0; i < REMARK_COUNT; i++)
		if (remarks[i].remark == remark)
			return remarks[i].name;
	return TEXT_EMPTY;
}

struct text remark_sentence(enum remark remark)
{
	for (unsigned i = 0; i < REMARK_COUNT; i++)
		if (remarks[i].remark == remark)
			return remarks[i].sentence;
	return TEXT_EMPTY;
}

struct text record_state_name(enum record_state state)
{
	return record_states[state];
}
