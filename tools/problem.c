/* SPDX-License-Identifier: Apache-2.0 */
#include "problem.h"

#include <stdio.h>
#include <string.h>

#define LABEL_COLUMN 9u

void check_find(struct check *check, struct machine *machine, const struct options *options)
{
	*check = (struct check){ .machine = machine, .options = options, .heap = &machine->world.heap };
	world_decide(&machine->world);
	for (const struct problem *problem = problems; problem->id; problem++)
		problem->find(check, problem);
}

void finding_add(struct check *check, const struct problem *problem, struct text file, struct text value,
		 struct remedy remedy)
{
	if (check->count == check->capacity) {
		check->capacity = check->capacity ? 2 * check->capacity : 16;
		struct finding *findings = heap_take(check->heap, check->capacity * sizeof(*findings));
		if (check->count)
			memcpy(findings, check->findings, check->count * sizeof(*findings));
		check->findings = findings;
	}
	check->findings[check->count++] = (struct finding){
		.problem = problem,
		.file = words_plain(check->heap, file),
		.value = words_plain(check->heap, value),
		.remedy = remedy,
	};
}

struct text finding_words(struct heap *heap, const struct finding *finding, const char *template)
{
	static const struct text file = TEXT("{file}"), value = TEXT("{value}");
	struct text rest = text_of(template), pieces[16];
	size_t count = 0, from = 0;
	for (size_t at = 0; at < rest.len && count + 3 < sizeof(pieces) / sizeof(pieces[0]); at++) {
		struct text here = text_after(rest, at);
		bool is_file = text_starts_fold(here, file);
		if (!is_file && !text_starts_fold(here, value))
			continue;
		pieces[count++] = (struct text){ rest.at + from, at - from };
		pieces[count++] = is_file ? finding->file : finding->value;
		from = at + (is_file ? file.len : value.len);
	}
	pieces[count++] = text_after(rest, from);
	return heap_join(heap, pieces, count);
}

struct text finding_advice(struct heap *heap, const struct finding *finding)
{
	const struct problem *problem = finding->problem;
	bool person = finding->remedy.kind == REMEDY_PERSON || !problem->repair;
	return finding_words(heap, finding, person ? problem->person : problem->repair);
}

static void label(const char *text)
{
	printf("%*s%-7s", (int)(LABEL_COLUMN - 7), "", text);
}

void finding_print(struct heap *heap, const struct finding *finding)
{
	const struct problem *problem = finding->problem;
	bool error = problem->severity == SEVERITY_ERROR;
	words_colour_begin(error ? WORDS_RED : WORDS_YELLOW);
	printf("%-*s", (int)LABEL_COLUMN, error ? "ERROR" : "WARNING");
	words_colour_end();
	words_wrap(finding_words(heap, finding, problem->what), LABEL_COLUMN, LABEL_COLUMN);
	label("so");
	words_wrap(finding_words(heap, finding, problem->consequence), LABEL_COLUMN, LABEL_COLUMN);
	label(finding->remedy.kind == REMEDY_PERSON ? "to do" : "repair");
	words_wrap(finding_advice(heap, finding), LABEL_COLUMN, LABEL_COLUMN);
	const struct text see[] = { text_of(problem->reference), TEXT(" ["), text_of(problem->id), TEXT("]") };
	label("see");
	words_wrap(heap_join(heap, see, 4), LABEL_COLUMN, LABEL_COLUMN);
	putchar('\n');
}

int check_status(const struct check *check)
{
	int status = 0;
	for (size_t i = 0; i < check->count; i++) {
		int one = check->findings[i].problem->severity == SEVERITY_ERROR ? 2 : 1;
		status = one > status ? one : status;
	}
	return status;
}

bool check_is_live(const struct check *check)
{
	return check->machine->live.state == LIVE || check->machine->live.state == LIVE_NO_BOOTPILOT;
}

bool check_sees_all(const struct check *check)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	for (int i = 0; i < PARTITION_COUNT; i++)
		if (inventory->unreadable[i])
			return false;
	return !inventory->entries_capped;
}
