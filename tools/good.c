/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl good: the running system works. Says so to Bootpilot, blesses the entry, and gives those below it their tries back. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assess.h"
#include "keep.h"

/* The entry that systemd-boot counted for this boot. NULL: it is not there (any more). */
static const struct entry *counted_entry(const struct machine *machine)
{
	const struct inventory *inventory = &machine->world.inventory;
	for (size_t i = 0; i < inventory->entry_count; i++)
		if (live_is_counted(&machine->live, &inventory->entries[i]))
			return &inventory->entries[i];
	return NULL;
}

/* LoaderBootCountPath may be about an entry that failed to start before this one (facts/systemd-boot.md): never bless that. */
static bool is_about_this_boot(const struct live *live)
{
	return live->counted.len && id_hash(tree_name(live->counted)) == id_hash(live->selected);
}

static int note_write(const struct machine *machine, bool dry_run)
{
	const struct live *live = &machine->live;
	struct text entry = live_word(live->decision, "entry");
	char bytes[INVENTORY_ID_MAX + 8];
	struct writer note = WRITER(bytes);
	if (live->state != LIVE || !text_equal(live_word(live->decision, "pending"), TEXT("yes")) ||
	    !live_is_as_decided(live))
		return 0; /* nobody asks, or another entry than Bootpilot's choice was started */
	write_string(&note, "good ");
	write_text(&note, entry);
	if (note.overflow)
		return -ENAMETOOLONG;
	if (text_equal(live->note, writer_text(&note)))
		return 0; /* it was told before */
	printf("%stell Bootpilot: %.*s\n", dry_run ? "would " : "",
	       SHOWN(words_plain(machine->world.tree.heap, writer_text(&note))));
	return dry_run ? 0 : variable_write_text(VARIABLE_BOOTPILOT, BOOTPILOT_NOTE, writer_text(&note));
}

/* The file without counter of the running entry. */
static const struct entry *blessed_entry(const struct machine *machine)
{
	const struct inventory *inventory = &machine->world.inventory;
	for (size_t i = 0; inventory->entries && i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (!entry->counter.present && entry_id_hash(entry) == id_hash(machine->live.selected))
			return entry;
	}
	return NULL;
}

static int bless(struct esp_writer *writer, const struct machine *machine, bool count_again)
{
	const struct entry *entry = is_about_this_boot(&machine->live) ? counted_entry(machine) : NULL;
	if (!entry && count_again)
		entry = blessed_entry(machine); /* systemd-bless-boot was first */
	if (!entry)
		return 0; /* it has no counter, or was blessed before */
	int r = count_again ? assess_rearm(writer, entry, true) : assess_good(writer, entry);
	if (r == -EEXIST)
		fprintf(stderr,
			"bootpilotctl: %.*s stands beside a file of the same name without counter; that one speaks.\n"
			"`bootpilotctl check` tells what to do.\n",
			SHOWN(words_plain(machine->world.tree.heap, entry->file)));
	return r == -EEXIST ? 0 : r;
}

/* What is below the role that works: tries used up by power cuts or by an episode that is over shall not be missing next time. */
static int lower_roles_rearm(struct esp_writer *writer, const struct machine *machine, enum role role)
{
	int r = 0;
	for (enum role lower = role + 1; lower < ROLE_NONE; lower++) {
		int renamed = assess_rearm_role(writer, machine, lower);
		r = r ? r : renamed;
	}
	return r;
}

/* What is lost of entries later can be written again. A copy that cannot be made is no reason to call a good system bad. */
static void copies_keep(const struct machine *machine, const struct options *options)
{
	int r = keep_copies(machine, options);
	if (r < 0)
		fprintf(stderr, "bootpilotctl: no copies of the boot entries could be kept: %s.\n", strerror(-r));
}

static int carry_out(const struct machine *machine, const struct options *options, enum role role)
{
	struct esp_writer writer;
	int noted = note_write(machine, options->dry_run);
	if (noted < 0)
		fprintf(stderr, "bootpilotctl: Bootpilot cannot be told: BootpilotNote: %s.\n", strerror(-noted));
	if (writer_begin(&writer, &machine->place, options->dry_run) < 0)
		return EXIT_FAILED;
	int r = bless(&writer, machine, options->rearm);
	int lower = lower_roles_rearm(&writer, machine, role);
	copies_keep(machine, options); /* one at a time: the lock is held */
	int ended = writer_end(&writer);
	return noted < 0 || r < 0 || lower < 0 || ended < 0 ? EXIT_FAILED : EXIT_DONE;
}

int command_good(const struct options *options)
{
	static struct machine machine;
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE && !machine.live.selected.len) {
		fputs("bootpilotctl: nothing is known of this boot: it was not started by systemd-boot from this ESP, or EFI\n"
		      "variables cannot be read.\n",
		      stderr);
		status = EXIT_FAILED;
	} else if (status == EXIT_DONE) {
		world_decide(&machine.world);
		enum role role = live_role(&machine.live);
		if (role == ROLE_ACTIVE || role == ROLE_PASSIVE)
			status = carry_out(&machine, options, role);
		else
			printf("%.*s does not bless itself: nothing was changed.\n",
			       SHOWN(role == ROLE_NONE ? words_plain(&machine.world.heap, machine.live.selected)
						       : role_name(role)));
	}
	machine_close(&machine);
	return status;
}
