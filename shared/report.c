/* SPDX-License-Identifier: Apache-2.0 */
#include "report.h"

static void write_key(struct writer *w, struct text key)
{
	if (w->len)
		write_char(w, ' ');
	write_text(w, key);
	write_char(w, '=');
}

static void write_pair(struct writer *w, const char *key, struct text value)
{
	write_key(w, text_of(key));
	write_text(w, value);
}

static void write_number(struct writer *w, const char *key, uint64_t value)
{
	write_key(w, text_of(key));
	write_uint(w, value);
}

static void write_flag(struct writer *w, const char *key, bool value)
{
	write_pair(w, key, value ? TEXT("yes") : TEXT("no"));
}

/* A name from the ESP may hold anything: blanks would end the value, control characters would act on a terminal. */
static void write_name(struct writer *w, struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		uint8_t byte = (uint8_t)name.at[i];
		if (byte <= ' ' || byte == '%' || byte == 0x7f) {
			write_char(w, '%');
			write_hex(w, byte, 2);
		} else {
			write_char(w, name.at[i]);
		}
	}
}

static void write_id(struct writer *w, const struct entry *entry)
{
	char id[INVENTORY_ID_MAX];
	struct writer name = WRITER(id);
	entry_write_id(&name, entry, ID_STRIPPED);
	write_name(w, writer_text(&name));
}

/* active=trying:2, passive=unbootable:image-missing */
static void write_role(struct writer *w, enum role role, const struct role_state *state)
{
	write_key(w, role_name(role));
	write_text(w, verdict_name(state->verdict));
	if (state->verdict == VERDICT_TRYING) {
		write_char(w, ':');
		write_uint(w, state->tries);
	} else if (state->fault != FAULT_NONE) {
		write_char(w, ':');
		write_text(w, fault_name(state->fault));
	}
}

void report_decision(struct writer *w, const struct inventory *inventory, const struct decision *decision)
{
	write_pair(w, "role", role_name(decision->role));
	if (decision->entry) {
		write_key(w, TEXT("entry"));
		write_id(w, decision->entry);
	}
	write_pair(w, "reason", reason_name(decision->reason));
	if (decision->cause != CAUSE_NONE)
		write_pair(w, "cause", cause_name(decision->cause));
	write_flag(w, "pending", decision->pending);
	write_pair(w, "action", action_name(decision->action));
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		write_role(w, role, &decision->roles[role]);
	write_pair(w, "record", record_state_name(inventory->record_state));
	write_number(w, "resets", decision->record.resets);

	bool first = true;
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++) {
		if (!(decision->remarks & 1u << bit))
			continue;
		if (first)
			write_key(w, TEXT("remarks"));
		else
			write_char(w, ',');
		write_text(w, remark_name((enum remark)(1u << bit)));
		first = false;
	}
}

void report_state(struct writer *w, const struct inventory *inventory, const struct decision *decision)
{
	const struct record *record = &decision->record;
	write_number(w, "version", 1);
	write_pair(w, "record", record_state_name(inventory->record_state));
	write_pair(w, "last", role_name(record->last_role));
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_record *state = &record->roles[role];
		write_key(w, role_name(role));
		write_string(w, "launches:");
		write_uint(w, state->launches);
		write_string(w, ",stalled:");
		write_uint(w, state->stalled);
		write_string(w, state->vouched ? ",vouched:1" : ",vouched:0");
		write_string(w, ",left:");
		if (state->left_seen == RECORD_UNCOUNTED)
			write_string(w, "uncounted");
		else
			write_uint(w, state->left_seen);
	}
	write_number(w, "granted", record->granted);
	write_number(w, "resets", record->resets);
	write_number(w, "episode-launches", record->episode_launches);
	write_number(w, "episode-tries", record->episode_tries);
	write_flag(w, "success-seen", record->success_seen);
	write_flag(w, "heard", record->heard);
	write_flag(w, "handoff", record->handoff != 0);
	write_number(w, "laps", record->laps);
}

void report_verdict(struct writer *w, const struct role_state *state)
{
	switch (state->verdict) {
	case VERDICT_MISSING:
		write_string(w, "missing");
		break;
	case VERDICT_UNBOOTABLE:
		write_text(w, fault_sentence(state->fault));
		break;
	case VERDICT_EXHAUSTED:
		write_string(w, state->frozen ? "failed: all tries used, though its counter stands still"
					      : "failed: all tries used");
		break;
	case VERDICT_TRYING:
		write_string(w, state->tries == 1 ? "on trial, 1 try left" : "on trial, ");
		if (state->tries != 1) {
			write_uint(w, state->tries);
			write_string(w, " tries left");
		}
		break;
	case VERDICT_GOOD:
		write_string(w, "good");
		break;
	}
}

static void write_headline(struct writer *w, const struct decision *decision)
{
	write_string(w, "Bootpilot: ");
	switch (decision->action) {
	case ACTION_BOOT:
	case ACTION_RESET:
		write_string(w, decision->action == ACTION_BOOT ? "booting " : "automatic reset, booting ");
		write_text(w, role_name(decision->role));
		write_string(w, " (");
		write_id(w, decision->entry);
		write_string(w, ")");
		break;
	case ACTION_LEAVE:
		write_string(w, "leaving the choice to whoever made it");
		break;
	case ACTION_HAND_BACK:
		write_string(w, "leaving the choice to systemd-boot");
		break;
	case ACTION_MENU:
		write_string(w, "nothing can be booted; the menu is yours");
		break;
	case ACTION_REBOOT:
		write_string(w, "nothing can be booted; restarting");
		break;
	case ACTION_POWEROFF:
		write_string(w, "nothing can be booted; switching off");
		break;
	case ACTION_FIRMWARE:
		write_string(w, "nothing can be booted; entering the firmware setup");
		break;
	}
	write_char(w, '\n');
}

/* The columns of the screen block, behind a margin of two. */
#define SCREEN_COLUMNS  79u
#define ROLE_COLUMNS    10u
#define VERDICT_COLUMNS 33u
#define FILE_COLUMNS    (SCREEN_COLUMNS - 2u - ROLE_COLUMNS - VERDICT_COLUMNS)

static void write_line(struct writer *w, const char *label, struct text sentence)
{
	write_string(w, "  ");
	write_padded(w, text_of(label), ROLE_COLUMNS);
	write_text(w, sentence);
	write_char(w, '\n');
}

/* Role, verdict, file name; a long name goes to the next line, under the verdict. */
static void write_role_line(struct writer *w, enum role role, const struct role_state *state)
{
	char verdict[SCREEN_COLUMNS];
	struct writer v = WRITER(verdict);
	report_verdict(&v, state);
	write_string(w, "  ");
	write_padded(w, role_name(role), ROLE_COLUMNS);
	if (!state->entry) {
		write_text(w, writer_text(&v));
	} else if (state->entry->file.len <= FILE_COLUMNS && v.len < VERDICT_COLUMNS) {
		write_padded(w, writer_text(&v), VERDICT_COLUMNS);
		write_name(w, state->entry->file);
	} else {
		write_text(w, writer_text(&v));
		write_string(w, "\n  ");
		write_padded(w, TEXT_EMPTY, ROLE_COLUMNS);
		write_name(w, state->entry->file);
	}
	write_char(w, '\n');
}

void report_screen(struct writer *w, const struct decision *decision)
{
	write_headline(w, decision);
	write_line(w, "because", reason_sentence(decision->reason));
	if (decision->cause != CAUSE_NONE)
		write_line(w, "", cause_sentence(decision->cause));
	write_char(w, '\n');
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		write_role_line(w, role, &decision->roles[role]);
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++)
		if (decision->remarks & 1u << bit)
			write_line(w, "note", remark_sentence((enum remark)(1u << bit)));
}
