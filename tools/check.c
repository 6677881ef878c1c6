/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl check: every problem on the ESP and in NVRAM, with what follows from it and what is to be done. Writes nothing. */
#include <stdio.h>

#include "problem.h"

/* What could not be looked at; the rest would read as if it had been. */
static void notes(const struct check *check)
{
	const char *note = NULL;
	switch (check->machine->live.state) {
	case LIVE:
	case LIVE_NO_BOOTPILOT:
		return;
	case LIVE_ELSEWHERE:
		note = "EFI variables of the machine that boots from here are not visible; they were not checked.";
		break;
	case LIVE_NO_VARIABLES:
		note = "EFI variables cannot be read on this system; they were not checked.";
		break;
	case LIVE_NO_LOADER:
		note = "this system was not started by systemd-boot; its EFI variables were not checked.";
		break;
	}
	fputs("note: ", stdout);
	words_wrap(text_of(note), 6, 6);
}

static void counts(const struct check *check, size_t *ret_errors, size_t *ret_mended)
{
	*ret_errors = *ret_mended = 0;
	for (size_t i = 0; i < check->count; i++) {
		*ret_errors += check->findings[i].problem->severity == SEVERITY_ERROR;
		*ret_mended += check->findings[i].remedy.kind != REMEDY_PERSON;
	}
}

static void show(struct check *check)
{
	size_t errors, mended;
	counts(check, &errors, &mended);
	for (enum severity severity = SEVERITY_ERROR;; severity = SEVERITY_WARNING) {
		for (size_t i = 0; i < check->count; i++)
			if (check->findings[i].problem->severity == severity)
				finding_print(check->heap, &check->findings[i]);
		if (severity == SEVERITY_WARNING)
			break;
	}
	notes(check);
	if (!check->count) {
		words_colour_begin(WORDS_GREEN);
		puts("No problem was found.");
		words_colour_end();
		return;
	}
	size_t warnings = check->count - errors;
	printf("%zu error%s, %zu warning%s", errors, errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
	if (mended)
		printf("; `bootpilotctl repair` mends %zu of them", mended);
	puts(".");
}

static json_t *finding_json(struct heap *heap, const struct finding *finding)
{
	const struct problem *problem = finding->problem;
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:b, s:s}", "id", problem->id, "severity",
			 problem->severity == SEVERITY_ERROR ? "error" : "warning", "file",
			 words_json(heap, finding->file), "value", words_json(heap, finding->value), "what",
			 words_json(heap, finding_words(heap, finding, problem->what)), "consequence",
			 words_json(heap, finding_words(heap, finding, problem->consequence)), "advice",
			 words_json(heap, finding_advice(heap, finding)), "repairable",
			 (int)(finding->remedy.kind != REMEDY_PERSON), "reference", problem->reference);
}

static void show_json(struct check *check)
{
	size_t errors, mended;
	json_t *list = json_array();
	counts(check, &errors, &mended);
	for (size_t i = 0; i < check->count; i++)
		json_array_append_new(list, finding_json(check->heap, &check->findings[i]));
	json_t *answer = json_pack("{s:i, s:s, s:I, s:I, s:o}", "schema", 1, "command", "check", "errors",
				   (json_int_t)errors, "warnings", (json_int_t)(check->count - errors), "problems", list);
	machine_json(check->machine, answer);
	words_json_print(answer);
}

int command_check(const struct options *options)
{
	static struct machine machine;
	struct check check;
	int status = machine_open(&machine, options) == EXIT_DONE ? 0 : 2;
	if (status == 0) {
		check_find(&check, &machine, options);
		if (options->json)
			show_json(&check);
		else
			show(&check);
		status = check_status(&check);
	}
	machine_close(&machine);
	return status;
}
