/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl repair: carries out the remedies that `check` proposes, and nothing else. What is left is for a person, and said. */
#include <stdio.h>
#include <string.h>

#include "problem.h"
#include "writer.h"

#define ROUNDS_MAX 4 /* one remedy may make another possible; each round mends something or is the last */

static int remedy_apply(struct esp_writer *writer, const struct remedy *remedy)
{
	int r = 0;
	switch (remedy->kind) {
	case REMEDY_PERSON:
		return 0;
	case REMEDY_REMOVE_TEMPORARY:
	case REMEDY_REMOVE_TWIN:
		return writer_remove(writer, remedy->partition, remedy->path);
	case REMEDY_RESTORE:
	case REMEDY_LOADER_CONF:
		return writer_put(writer, remedy->partition, remedy->path, remedy->bytes);
	case REMEDY_VARIABLE:
		printf("%sset %s to %.*s\n", writer->dry_run ? "would " : "", remedy->variable, SHOWN(remedy->bytes));
		fflush(stdout);
		writer->changed = true;
		if (!writer->dry_run)
			r = variable_write_text(VARIABLE_LOADER, remedy->variable, remedy->bytes);
		if (r < 0)
			fprintf(stderr, "bootpilotctl: %s cannot be written: %s.\n", remedy->variable, strerror(-r));
		return r;
	}
	return 0;
}

/* All remedies, kind by kind. Goes on after a failure, and returns the first. */
static int remedies_apply(struct esp_writer *writer, const struct check *check, size_t *ret_count)
{
	int r = 0;
	*ret_count = 0;
	for (int kind = REMEDY_REMOVE_TEMPORARY; kind < REMEDY_COUNT; kind++)
		for (size_t i = 0; i < check->count; i++) {
			if ((int)check->findings[i].remedy.kind != kind)
				continue;
			(*ret_count)++;
			int applied = remedy_apply(writer, &check->findings[i].remedy);
			r = r ? r : applied;
			/* Two lines of one file: the second is mended by what the next round sees. */
			if (kind == REMEDY_LOADER_CONF)
				break;
		}
	return r;
}

/* Looks again under the lock, and mends, until nothing is left that can be. */
static int rounds_run(struct esp_writer *writer, const struct options *options)
{
	static struct machine machine;
	struct check check;
	int r = 0;
	for (int round = 0; r == 0 && round < ROUNDS_MAX; round++) {
		size_t count = 0;
		bool open = machine_open(&machine, options) == EXIT_DONE;
		if (open) {
			check_find(&check, &machine, options);
			r = remedies_apply(writer, &check, &count);
		}
		machine_close(&machine);
		if (!open)
			return -1;
		if (!count || options->dry_run)
			break;
	}
	return r;
}

static size_t remedies_count(const struct check *check)
{
	size_t count = 0;
	for (size_t i = 0; i < check->count; i++)
		count += check->findings[i].remedy.kind != REMEDY_PERSON;
	return count;
}

/* What is left, worst first. In a rehearsal that is what needs a person; else also what could not be mended. */
static void rest_show(const struct check *check, bool dry_run)
{
	for (int severity = SEVERITY_ERROR; severity >= SEVERITY_WARNING; severity--)
		for (size_t i = 0; i < check->count; i++)
			if ((int)check->findings[i].problem->severity == severity &&
			    (!dry_run || check->findings[i].remedy.kind == REMEDY_PERSON))
				finding_print(check->heap, &check->findings[i]);
}

/* Looks, mends what can be, looks again. */
static int repair(struct machine *machine, const struct options *options)
{
	struct esp_writer writer;
	struct check check;
	int failed = 0;
	check_find(&check, machine, options);
	if (remedies_count(&check)) {
		failed = writer_begin(&writer, &machine->place, options->dry_run);
		if (failed == 0) {
			int applied = rounds_run(&writer, options), ended = writer_end(&writer);
			failed = applied ? applied : ended;
		}
		if (!options->dry_run) {
			machine_close(machine);
			if (machine_open(machine, options) != EXIT_DONE)
				return 2;
			check_find(&check, machine, options);
		}
		putchar('\n');
	}
	rest_show(&check, options->dry_run);
	int status = 0;
	for (size_t i = 0; i < check.count; i++) { /* a rehearsal counts what it would have mended as mended */
		if (options->dry_run && check.findings[i].remedy.kind != REMEDY_PERSON)
			continue;
		int one = check.findings[i].problem->severity == SEVERITY_ERROR ? 2 : 1;
		status = one > status ? one : status;
	}
	if (status == 0 && !failed)
		puts("Nothing is left to repair.");
	else if (status)
		puts(failed ? "What is listed above is left." : "What is listed above needs a person.");
	return failed < 0 ? 2 : status;
}

int command_repair(const struct options *options)
{
	static struct machine machine;
	int status = machine_open(&machine, options) == EXIT_DONE ? repair(&machine, options) : 2;
	machine_close(&machine);
	return status;
}
