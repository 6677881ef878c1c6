/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl status: what was booted and why, what will be booted next, and how each role stands. */
#include <stdio.h>

#include "berth.h"
#include "machine.h"
#include "told.h"

static enum words_colour colour_of(const struct decision *decision)
{
	if (decision->action == ACTION_BOOT && decision->reason != REASON_LAST_RESORT)
		return decision->role == ROLE_ACTIVE ? WORDS_GREEN : WORDS_YELLOW;
	return decision->reason == REASON_NO_ROLES ? WORDS_YELLOW : WORDS_RED;
}

static struct text choice(struct heap *heap, const struct decision *decision)
{
	switch (decision->action) {
	case ACTION_BOOT:
	case ACTION_RESET: {
		const struct text pieces[] = { decision->action == ACTION_BOOT ? TEXT_EMPTY : TEXT("the automatic "),
					       role_name(decision->role), TEXT(" ("),
					       words_plain(heap, decision->entry->file), TEXT(")") };
		return heap_join(heap, pieces, 5);
	}
	case ACTION_LEAVE:
		return TEXT("the entry that was requested");
	case ACTION_HAND_BACK:
		return TEXT("whatever systemd-boot chooses by itself");
	case ACTION_MENU:
		return TEXT("none, systemd-boot's menu waits for a person");
	case ACTION_REBOOT:
		return TEXT("none, the machine restarts");
	case ACTION_POWEROFF:
		return TEXT("none, the machine switches itself off");
	case ACTION_FIRMWARE:
		return TEXT("none, the firmware's setup is entered");
	}
	return TEXT_EMPTY;
}

static struct text verdict(struct heap *heap, const struct role_state *role)
{
	char bytes[128];
	struct writer w = WRITER(bytes);
	report_verdict(&w, role);
	return heap_keep(heap, writer_text(&w));
}

/* The longest of each column, so that all rows agree. */
struct columns {
	size_t verdict;
	size_t file;
};

#define ROLE_COLUMN 10u

static void row(const struct columns *columns, struct text role, struct text state, struct text file, struct text title)
{
	size_t room = ROLE_COLUMN + columns->verdict + columns->file;
	words_padded(role, ROLE_COLUMN);
	if (room > WORDS_COLUMNS) { /* long names stand in a line of their own */
		words_wrap(state, ROLE_COLUMN, ROLE_COLUMN);
		if (!file.len)
			return;
		printf("%*s", (int)ROLE_COLUMN, "");
		words_padded(file, 0);
		printf("%s", title.len ? "\n" : "");
		room = ROLE_COLUMN;
		if (title.len)
			printf("%*s", (int)ROLE_COLUMN, "");
	} else {
		words_padded(state, file.len ? columns->verdict : 0);
		words_padded(file, title.len ? columns->file : 0);
	}
	words_wrap(title, room, room < WORDS_COLUMNS - 20 ? room : ROLE_COLUMN);
}

static void table(struct heap *heap, const struct decision *decision)
{
	struct columns columns = { 9, 6 };
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_state *state = &decision->roles[role];
		size_t width = words_width(verdict(heap, state)) + 2;
		columns.verdict = width > columns.verdict ? width : columns.verdict;
		width = state->entry ? words_width(words_plain(heap, state->entry->file)) + 2 : 0;
		columns.file = width > columns.file ? width : columns.file;
	}
	if (ROLE_COLUMN + columns.verdict + columns.file <= WORDS_COLUMNS)
		row(&columns, TEXT("ROLE"), TEXT("VERDICT"), TEXT("FILE"), TEXT("TITLE"));
	else
		row(&columns, TEXT("ROLE"), TEXT("VERDICT, FILE, TITLE"), TEXT_EMPTY, TEXT_EMPTY);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_state *state = &decision->roles[role];
		const struct entry *entry = state->entry;
		row(&columns, role_name(role), verdict(heap, state),
		    entry ? words_plain(heap, entry->file) : TEXT_EMPTY,
		    entry ? words_plain(heap, entry->title) : TEXT_EMPTY);
	}
}

/* The first line of the page at 3 a.m.: what runs here, and why it and nothing better. */
static void show_this_boot(struct machine *machine)
{
	if (machine->live.state != LIVE)
		return;
	words_colour_begin(told_is_fallback(&machine->live) ? WORDS_YELLOW : WORDS_GREEN);
	words_wrap(told_sentence(&machine->world.heap, &machine->live), 0, 0);
	words_colour_end();
}

/* In which berth it is, by what stands on the ESP and among the boot options now. */
static void show_berth(struct machine *machine)
{
	struct heap *heap = &machine->world.heap;
	struct text berth = berth_words(heap, berth_parts_found(machine));
	const struct text pieces[] = { TEXT("Bootpilot is installed as "), berth, TEXT(".") };
	if (!berth.len)
		return;
	words_wrap(heap_join(heap, pieces, 3), 0, 0);
	putchar('\n');
}

static void show(struct machine *machine, const struct options *options)
{
	struct heap *heap = &machine->world.heap;
	const struct decision *decision = &machine->world.decision;
	show_this_boot(machine);
	const struct text pieces[] = { TEXT("Next boot: "), choice(heap, decision), TEXT(", because "),
				       machine_why(heap, decision->reason, decision->cause), TEXT(".") };
	words_colour_begin(colour_of(decision));
	words_wrap(heap_join(heap, pieces, 5), 0, 0);
	words_colour_end();
	putchar('\n');
	table(heap, decision);
	putchar('\n');
	show_berth(machine);
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++)
		if (decision->remarks & 1u << bit) {
			fputs("note: ", stdout);
			words_wrap(remark_sentence((enum remark)(1u << bit)), 6, 6);
		}
	machine_notes(machine, options);
}

static json_t *role_json(struct heap *heap, enum role role, const struct role_state *state)
{
	const struct entry *entry = state->entry;
	json_t *counter = json_null(), *tries = json_null();
	if (entry && entry->counter.present)
		counter = json_pack("{s:I, s:I}", "left", (json_int_t)entry->counter.left, "done",
				    (json_int_t)entry->counter.done);
	if (state->verdict == VERDICT_TRYING || state->verdict == VERDICT_EXHAUSTED)
		tries = json_integer(state->tries);
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I}", "role", words_json(heap, role_name(role)),
			 "verdict", words_json(heap, verdict_name(state->verdict)), "fault",
			 words_json(heap, fault_name(state->fault)), "tries", tries, "file",
			 words_json(heap, entry ? entry->file : TEXT_EMPTY), "title",
			 words_json(heap, entry ? entry->title : TEXT_EMPTY), "partition",
			 !entry ? json_null() : json_string(entry->partition == PARTITION_ESP ? "esp" : "xbootldr"),
			 "counter", counter, "twins", (json_int_t)state->twins);
}

static void show_json(struct machine *machine)
{
	struct heap *heap = &machine->world.heap;
	const struct decision *decision = &machine->world.decision;
	char bytes[REPORT_LINE_MAX];
	struct writer line = WRITER(bytes);
	json_t *roles = json_array(), *remarks = json_array();
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		json_array_append_new(roles, role_json(heap, role, &decision->roles[role]));
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++)
		if (decision->remarks & 1u << bit)
			json_array_append_new(remarks, words_json(heap, remark_name((enum remark)(1u << bit))));
	report_decision(&line, &machine->world.inventory, decision);
	json_t *answer = json_pack(
		"{s:i, s:s, s:{s:o, s:o, s:o, s:o, s:o, s:o, s:o}, s:o, s:o}", "schema", 1, "command", "status",
		"decision", "action", words_json(heap, action_name(decision->action)), "role",
		words_json(heap, role_name(decision->role)), "file",
		words_json(heap, decision->entry ? decision->entry->file : TEXT_EMPTY), "reason",
		words_json(heap, reason_name(decision->reason)), "cause", words_json(heap, cause_name(decision->cause)),
		"why", words_json(heap, machine_why(heap, decision->reason, decision->cause)), "line",
		words_json(heap, writer_text(&line)), "roles", roles, "remarks", remarks);
	machine_json(machine, answer);
	json_object_set_new(answer, "berth", words_json(heap, berth_words(heap, berth_parts_found(machine))));
	words_json_print(answer);
}

int command_status(const struct options *options)
{
	static struct machine machine;
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE) {
		world_decide(&machine.world);
		if (options->json)
			show_json(&machine);
		else
			show(&machine, options);
		enum reason reason = machine.world.decision.reason;
		if (reason == REASON_UNREADABLE || reason == REASON_NOTHING_BOOTABLE)
			status = EXIT_FAILED;
	}
	machine_close(&machine);
	return status;
}
