/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl bad, re-arm: takes an entry's tries away, or gives them back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assess.h"
#include "options.h"

/* Something else than ROLE can still be booted by itself. */
static bool another_is_bootable(const struct decision *decision, enum role role)
{
	for (enum role other = ROLE_ACTIVE; other < ROLE_RESET; other++)
		if (other != role && (decision->roles[other].verdict == VERDICT_GOOD ||
				      decision->roles[other].verdict == VERDICT_TRYING))
			return true;
	return false;
}

static int refuse(const char *sentence)
{
	fprintf(stderr, "bootpilotctl: %s\n", sentence);
	return EXIT_FAILED;
}

static int role_exhaust(const struct machine *machine, const struct options *options, enum role role)
{
	const struct decision *decision = &machine->world.decision;
	const struct inventory *inventory = &machine->world.inventory;
	struct esp_writer writer;
	if (!decision->roles[role].entry)
		return refuse("there is no entry of that role.");
	if (!another_is_bootable(decision, role))
		return refuse("nothing else could be booted then. Nothing was changed.");
	if (writer_begin(&writer, &machine->place, options->dry_run) < 0)
		return EXIT_FAILED;
	int r = 0;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (entry_is_foreign(entry) || roles_of_entry(&inventory->config, entry) != role)
			continue;
		int renamed = assess_bad(&writer, entry);
		r = r ? r : renamed;
	}
	int ended = writer_end(&writer);
	return r < 0 || ended < 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_bad(const struct options *options)
{
	static struct machine machine;
	enum role role = ROLE_NONE;
	if (options->operand_count && !role_of_word(options->operands[0], &role))
		return options_refuse("bad", "no role has the name ", options->operands[0]);
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE) {
		world_decide(&machine.world);
		if (!options->operand_count)
			role = live_role(&machine.live);
		status = role == ROLE_NONE
				 ? refuse("the running system has no role, or it cannot be told. Name one: bad ROLE.")
				 : role_exhaust(&machine, options, role);
	}
	machine_close(&machine);
	return status;
}

/* Where the name cannot tell of fresh tries (it never changed), firmware is told. */
static int note_write(const struct machine *machine, bool dry_run, enum role role)
{
	char bytes[64];
	struct writer note = WRITER(bytes);
	if (machine->live.state != LIVE || role == ROLE_RESET)
		return 0;
	write_string(&note, "re-arm ");
	write_text(&note, role_name(role));
	printf("%stell Bootpilot: %.*s\n", dry_run ? "would " : "", SHOWN(writer_text(&note)));
	return dry_run ? 0 : variable_write_text(VARIABLE_BOOTPILOT, BOOTPILOT_NOTE, writer_text(&note));
}

int command_rearm(const struct options *options)
{
	static struct machine machine;
	struct esp_writer writer;
	enum role role;
	if (options->operand_count != 1)
		return options_refuse("re-arm", "it needs the name of one role", "");
	if (!role_of_word(options->operands[0], &role) || role == ROLE_NONE)
		return options_refuse("re-arm", "no role has the name ", options->operands[0]);
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE) {
		world_decide(&machine.world);
		if (!machine.world.decision.roles[role].entry) {
			status = refuse("there is no entry of that role.");
		} else if (writer_begin(&writer, &machine.place, options->dry_run) < 0) {
			status = EXIT_FAILED;
		} else {
			int r = assess_rearm_role(&writer, &machine, role);
			int ended = writer_end(&writer);
			int noted = note_write(&machine, options->dry_run, role);
			if (noted < 0)
				fprintf(stderr, "bootpilotctl: Bootpilot cannot be told: BootpilotNote: %s.\n",
					strerror(-noted));
			status = r < 0 || ended < 0 || noted < 0 ? EXIT_FAILED : EXIT_DONE;
		}
	}
	machine_close(&machine);
	return status;
}
