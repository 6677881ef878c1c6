/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl plan: the chain of boots to come, drawn for a person. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain.h"
#include "machine.h"

#define FILE_MAX  30u /* columns; a longer name pushes the reason into the next line */
#define TABLE_MAX 52u /* columns; where names and numbers take more, all reasons stand in lines of their own */

enum { BOOT, ROLE, TRIES, FILE_NAME, COLUMNS };

static const struct text heads[COLUMNS] = { TEXT("BOOT"), TEXT("ROLE"), TEXT("TRIES"), TEXT("FILE") };

static bool is_for_ever(const struct chain *chain, const struct chain_row *row)
{
	return chain->end == CHAIN_REPEATS && row == &chain->rows[chain->count - 1] && chain->again >= row->first;
}

/* "1-3", "4", or "13..." for the row that goes on for ever. */
static struct text boots(struct heap *heap, const struct chain *chain, const struct chain_row *row)
{
	char bytes[32];
	struct writer w = WRITER(bytes);
	write_uint(&w, row->first);
	if (is_for_ever(chain, row)) {
		write_string(&w, "...");
	} else if (row->last > row->first) {
		write_char(&w, '-');
		write_uint(&w, row->last);
	}
	return heap_keep(heap, writer_text(&w));
}

static struct text row_why(struct heap *heap, const struct chain *chain, const struct chain_row *row)
{
	char bytes[32];
	struct writer times = WRITER(bytes);
	if (row->last > row->first && row->tries != RECORD_UNCOUNTED && !is_for_ever(chain, row)) {
		write_string(&times, ", ");
		write_uint(&times, row->last - row->first + 1);
		write_string(&times, " times");
	}
	const struct text pieces[] = { machine_why(heap, row->reason, row->cause),
				       row->works && row->role == ROLE_RESET ? TEXT(": IT REINSTALLS")
				       : row->works                          ? TEXT(": IT WORKS")
									     : TEXT_EMPTY,
				       writer_text(&times) };
	return heap_join(heap, pieces, 3);
}

static void row_cells(struct heap *heap, const struct chain *chain, const struct chain_row *row,
		      struct text ret[COLUMNS])
{
	char bytes[16];
	struct writer tries = WRITER(bytes);
	if (row->file.len && row->tries != RECORD_UNCOUNTED)
		write_uint(&tries, row->tries);
	else
		write_char(&tries, '-');
	ret[BOOT] = boots(heap, chain, row);
	ret[ROLE] = role_name(row->role);
	ret[TRIES] = heap_keep(heap, writer_text(&tries));
	/* What Bootpilot did not choose has no name here but its id. */
	ret[FILE_NAME] = words_plain(heap, row->file.len ? row->file : row->entry.len ? row->entry : TEXT("-"));
}

static void line_show(const struct text cells[COLUMNS], const size_t widths[COLUMNS], struct text why)
{
	size_t at = 0;
	for (int i = 0; i < COLUMNS; i++) {
		words_padded(cells[i], i + 1 < COLUMNS || at + widths[i] <= TABLE_MAX ? widths[i] : 0);
		at += widths[i];
	}
	if (at > TABLE_MAX)
		at = widths[BOOT];
	if (at == widths[BOOT] || words_width(cells[FILE_NAME]) > widths[FILE_NAME])
		printf("\n%*s", (int)at, "");
	words_wrap(why, at, at);
}

static void table_show(struct heap *heap, const struct chain *chain)
{
	size_t widths[COLUMNS] = { 0 };
	struct text cells[COLUMNS];
	for (int i = 0; i < COLUMNS; i++)
		widths[i] = heads[i].len + 2;
	for (size_t row = 0; row < chain->count; row++) {
		row_cells(heap, chain, &chain->rows[row], cells);
		for (int i = 0; i < COLUMNS; i++) {
			size_t width = words_width(cells[i]) + 2;
			if (width > widths[i] && (i != FILE_NAME || width <= FILE_MAX))
				widths[i] = width;
		}
	}
	line_show(heads, widths, TEXT("WHY"));
	for (size_t row = 0; row < chain->count; row++) {
		row_cells(heap, chain, &chain->rows[row], cells);
		line_show(cells, widths, row_why(heap, chain, &chain->rows[row]));
	}
}

static void end_show(const struct chain *chain)
{
	const struct chain_row *last = &chain->rows[chain->count - 1];
	switch (chain->end) {
	case CHAIN_REPEATS:
		if (chain->again >= last->first)
			puts("From here on: the same again.");
		else
			printf("From here on: boots %" PRIu64 " to %" PRIu64 " again and again.\n", chain->again,
			       chain->boots);
		break;
	case CHAIN_STOPS:
		puts(last->action == ACTION_HAND_BACK ? "Here it ends: systemd-boot chooses by itself."
						      : "Here it ends: no OS is started.");
		break;
	case CHAIN_CUT:
		puts("And so on: this is as far as a plan goes.");
		break;
	}
}

static void notes_show(const struct chain *chain)
{
	uint32_t remarks = 0;
	for (size_t i = 0; i < chain->count; i++)
		remarks |= chain->rows[i].remarks;
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++)
		if (remarks & 1u << bit) {
			fputs("note: ", stdout);
			words_wrap(remark_sentence((enum remark)(1u << bit)), 6, 6);
		}
}

static void show(struct machine *machine, const struct options *options, const struct chain *chain)
{
	fputs(options->succeed.count || options->fail.count ? "What happens then" : "If every boot fails", stdout);
	if (options->loader)
		printf(", with systemd-boot %u", options->loader);
	puts(options->read_only ? ", and nothing on the ESP can be renamed:\n" : ":\n");
	table_show(&machine->world.heap, chain);
	putchar('\n');
	end_show(chain);
	putchar('\n');
	notes_show(chain);
	machine_notes(machine, options);
}

static json_t *row_json(struct heap *heap, const struct chain_row *row)
{
	json_t *remarks = json_array();
	for (unsigned bit = 0; bit < REMARK_COUNT; bit++)
		if (row->remarks & 1u << bit)
			json_array_append_new(remarks, words_json(heap, remark_name((enum remark)(1u << bit))));
	return json_pack("{s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "first",
			 (json_int_t)row->first, "last", (json_int_t)row->last, "action",
			 words_json(heap, action_name(row->action)), "role", words_json(heap, role_name(row->role)),
			 "reason", words_json(heap, reason_name(row->reason)), "cause",
			 words_json(heap, cause_name(row->cause)), "why",
			 words_json(heap, machine_why(heap, row->reason, row->cause)), "file",
			 words_json(heap, row->file), "boots", words_json(heap, row->entry), "tries",
			 row->tries == RECORD_UNCOUNTED ? json_null() : json_integer(row->tries), "works",
			 (int)row->works, "remarks", remarks);
}

static void show_json(struct machine *machine, const struct options *options, const struct chain *chain)
{
	static const char *const ends[] = { [CHAIN_REPEATS] = "repeats", [CHAIN_STOPS] = "stops", [CHAIN_CUT] = "cut" };
	json_t *rows = json_array();
	for (size_t i = 0; i < chain->count; i++)
		json_array_append_new(rows, row_json(&machine->world.heap, &chain->rows[i]));
	json_t *answer = json_pack("{s:i, s:s, s:o, s:s, s:o, s:b}", "schema", 1, "command", "plan", "boots", rows,
				   "end", ends[chain->end], "again",
				   chain->end == CHAIN_REPEATS ? json_integer((json_int_t)chain->again) : json_null(),
				   "read-only", (int)options->read_only);
	machine_json(machine, answer);
	words_json_print(answer);
}

int command_plan(const struct options *options)
{
	static struct machine machine;
	static struct chain chain;
	if (options->scenario) /* nothing else goes with it: see main.c */
		return play_scenario(options->scenario, options->loader);
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE) {
		chain_play(&machine.world, options, &chain);
		if (options->json)
			show_json(&machine, options, &chain);
		else
			show(&machine, options, &chain);
	}
	machine_close(&machine);
	return status;
}
