/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "build.h"

/* Variables are about this ESP: it was found where this system has its own, or is mounted here. */
static bool is_ours(const struct machine *machine, const struct options *options)
{
	return !options->root && (!options->esp_path || machine->place.mounted);
}

int machine_open(struct machine *machine, const struct options *options)
{
	struct world *world = &machine->world;
	const char *path;
	world_new(world);
	world->machine = BUILD_MACHINE;
	machine->live = (struct live){ .state = LIVE_ELSEWHERE };
	if (place_find(&world->heap, options, &machine->place) < 0)
		return EXIT_FAILED;
	if (is_ours(machine, options))
		live_read(&world->heap, machine->place.uuid, &machine->live);
	machine->esp = (struct esp){
		.tree = &world->tree,
		.machine = world->machine,
		.config_ignored = machine->live.secure_boot,
	};
	int r = esp_read(&machine->esp, machine->place.esp, machine->place.boot, &path);
	if (r < 0) {
		fprintf(stderr, "bootpilotctl: %s cannot be read: %s.\nCheck the path, and the disk.\n", path,
			strerror(-r));
		return EXIT_FAILED;
	}
	world->read_only = options->read_only || machine->place.disk_read_only;
	world->image_config = machine->esp.image_config;
	world->config = machine->esp.config_ignored ? TEXT_EMPTY : machine->esp.config;
	world->loader_major = loader_major(machine->esp.loader_version);
	world->series_guessed = true;
	world->series = world_series_of(world->loader_major);
	live_apply(&machine->live, world);
	if (options->loader) {
		world->series = (enum world_series)options->loader;
		world->series_guessed = false;
	}
	return EXIT_DONE;
}

void machine_close(struct machine *machine)
{
	world_free(&machine->world);
}

static void note(const char *sentence)
{
	fputs("note: ", stdout);
	words_wrap(text_of(sentence), 6, 6);
}

/* What of the firmware's knowledge is missing from the picture, and why. */
static void live_notes(const struct machine *machine)
{
	switch (machine->live.state) {
	case LIVE:
		if (!machine->live.record.len)
			note("Bootpilot did not tell its attempt record at this boot; none is assumed.");
		return;
	case LIVE_ELSEWHERE:
		note("what the firmware remembers is not visible in a directory: its attempt record and a requested "
		     "one-shot entry. Shown is what a machine without a record decides. A real record can count tries "
		     "that the names do not show, and can veto an automatic reset.");
		return;
	case LIVE_NO_VARIABLES:
		note(machine->live.error == -EOPNOTSUPP
			     ? "EFI variables cannot be read: this kernel runs without EFI runtime services (real-time "
			       "kernels do; efi=runtime on the kernel command line brings them back)."
			     : "EFI variables cannot be read: this system was not started by UEFI, or efivarfs is not "
			       "mounted at /sys/firmware/efi/efivars.");
		break;
	case LIVE_NO_LOADER:
		note("this system was not started by systemd-boot, so Bootpilot had no say.");
		break;
	case LIVE_NO_BOOTPILOT:
		note("systemd-boot started this system without Bootpilot: it is not installed, its image was refused, "
		     "or it was passed over.");
		break;
	}
	note("shown is what a machine without a record decides.");
}

void machine_notes(struct machine *machine, const struct options *options)
{
	struct esp *esp = &machine->esp;
	char sentence[1024];
	if (esp->error) {
		snprintf(sentence, sizeof(sentence),
			 "%.*s could not be read (%s), so nothing is concluded from the rest.",
			 SHOWN(words_plain(&machine->world.heap, esp->failed)), strerror(-esp->error));
		note(sentence);
	}
	if (!esp->has_entries && !esp->error) {
		snprintf(sentence, sizeof(sentence),
			 "%s has neither loader/entries nor EFI/Linux. Is it the EFI system partition?",
			 machine->place.esp);
		note(sentence);
	}
	if (esp->links)
		note("symbolic links were passed over: FAT has none, and firmware would not follow them.");
	if (!esp->loader_version.len && !machine->live.info.len && !options->loader)
		note("no systemd-boot was found here; it is taken for one that behaves like 257.");
	if (!esp->image.len)
		note("Bootpilot itself was not found here, nor the configuration that its image may carry.");
	live_notes(machine);
	if (machine->esp.config.len)
		note(machine->live.secure_boot ? "bootpilot.cfg is not obeyed: Secure Boot is on."
					       : "bootpilot.cfg is obeyed only while Secure Boot is off.");
}

void machine_json(struct machine *machine, json_t *answer)
{
	static const char *const states[] = {
		[LIVE_ELSEWHERE] = "elsewhere",       [LIVE_NO_VARIABLES] = "no-variables",
		[LIVE_NO_LOADER] = "no-systemd-boot", [LIVE_NO_BOOTPILOT] = "no-bootpilot",
		[LIVE] = "live",
	};
	struct heap *heap = &machine->world.heap;
	struct esp *esp = &machine->esp;
	const struct live *live = &machine->live;
	json_t *unread = json_array();
	if (machine->world.tree.unreadable[PARTITION_ESP])
		json_array_append_new(unread, json_string("esp"));
	if (machine->world.tree.unreadable[PARTITION_XBOOTLDR])
		json_array_append_new(unread, json_string("xbootldr"));
	json_object_set_new(
		answer, "esp",
		json_pack("{s:o, s:o, s:o, s:o, s:I, s:b, s:o, s:b}", "path",
			  words_json(heap, text_of(machine->place.esp)), "boot-path",
			  machine->place.boot ? words_json(heap, text_of(machine->place.boot)) : json_null(), "unreadable",
			  unread, "unreadable-path", words_json(heap, esp->failed), "links", (json_int_t)esp->links,
			  "capped", (int)machine->world.inventory.entries_capped, "bootpilot",
			  words_json(heap, esp->image), "read-only", (int)machine->place.read_only));
	json_object_set_new(answer, "loader",
			    json_pack("{s:o, s:i}", "version",
				      words_json(heap, live->info.len ? live->info : esp->loader_version), "like",
				      (int)machine->world.series));
	json_object_set_new(answer, "firmware",
			    json_pack("{s:s, s:o, s:o, s:o}", "state", states[live->state], "decision",
				      words_json(heap, live->decision), "selected", words_json(heap, live->selected),
				      "note", words_json(heap, live->note)));
	json_object_set_new(answer, "record", json_string(live->record.len ? "told" : "not-visible"));
}

struct text machine_why(struct heap *heap, enum reason reason, enum cause cause)
{
	const struct text pieces[] = { reason_sentence(reason), TEXT(" ("), cause_sentence(cause), TEXT(")") };
	return heap_join(heap, pieces, cause == CAUSE_NONE ? 1 : 4);
}
