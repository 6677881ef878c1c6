/* SPDX-License-Identifier: Apache-2.0 */
#include "offline.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "build.h"

static int refuse(const char *path, int error)
{
	const char *advice = "Check the path, and the disk.";
	if (error == -ENOENT || error == -ENOTDIR)
		advice = "Give the directory where the EFI system partition is mounted (often /efi,\n"
			 "/boot/efi or /boot), or a copy of it.";
	else if (error == -EACCES || error == -EPERM)
		advice = "Try again as root.";
	fprintf(stderr, "bootpilotctl: %s cannot be read: %s.\n%s\n", path, strerror(-error), advice);
	return EXIT_FAILED;
}

/* The measured series that behaves like the release MAJOR. */
static enum world_series series_of(uint32_t major)
{
	if (major >= 258)
		return WORLD_262;
	if (major >= 257 || !major)
		return WORLD_257;
	return major >= 254 ? WORLD_254 : WORLD_252;
}

int offline_open(struct offline *offline, const struct options *options)
{
	struct world *world = &offline->world;
	const char *path;
	world_new(world);
	world->machine = BUILD_MACHINE;
	world->read_only = options->read_only;
	offline->esp = (struct esp){ .tree = &world->tree, .machine = world->machine };
	int r = esp_read(&offline->esp, options->esp_path, options->boot_path, &path);
	if (r < 0)
		return refuse(path, r);
	world->image_config = offline->esp.image_config;
	world->config = offline->esp.config;
	world->loader_major = loader_major(offline->esp.loader_version);
	world->series_guessed = !options->loader;
	world->series = options->loader ? (enum world_series)options->loader : series_of(world->loader_major);
	return EXIT_DONE;
}

void offline_close(struct offline *offline)
{
	world_free(&offline->world);
}

static void note(const char *sentence)
{
	fputs("note: ", stdout);
	words_wrap(text_of(sentence), 6, 6);
}

void offline_notes(struct offline *offline, const struct options *options)
{
	struct esp *esp = &offline->esp;
	char sentence[1024];
	if (esp->error) {
		snprintf(sentence, sizeof(sentence),
			 "%.*s could not be read (%s), so nothing is concluded from the rest.",
			 SHOWN(words_plain(&offline->world.heap, esp->failed)), strerror(-esp->error));
		note(sentence);
	}
	if (!esp->has_entries && !esp->error) {
		snprintf(sentence, sizeof(sentence),
			 "%s has neither loader/entries nor EFI/Linux. Is it the EFI system partition?",
			 options->esp_path);
		note(sentence);
	}
	if (esp->links)
		note("symbolic links were passed over: FAT has none, and firmware would not follow them.");
	if (!esp->loader_version.len && !options->loader)
		note("no systemd-boot was found here; it is taken for one that behaves like 257.");
	if (!esp->image.len)
		note("Bootpilot itself was not found here, nor the configuration that its image may carry.");
	note("what the firmware remembers is not visible in a directory: its attempt record and a requested one-shot "
	     "entry. Shown is what a machine without a record decides. A real record can count tries that the names do "
	     "not show, and can veto an automatic reset.");
	if (offline->esp.config.len)
		note("bootpilot.cfg is obeyed only while Secure Boot is off.");
}

void offline_json(struct offline *offline, const struct options *options, json_t *answer)
{
	struct heap *heap = &offline->world.heap;
	struct esp *esp = &offline->esp;
	json_t *unread = json_array();
	if (offline->world.tree.unreadable[PARTITION_ESP])
		json_array_append_new(unread, json_string("esp"));
	if (offline->world.tree.unreadable[PARTITION_XBOOTLDR])
		json_array_append_new(unread, json_string("xbootldr"));
	json_object_set_new(
		answer, "esp",
		json_pack("{s:o, s:o, s:o, s:o, s:I, s:b, s:o}", "path", words_json(heap, text_of(options->esp_path)),
			  "boot-path", words_json(heap, text_of(options->boot_path)), "unreadable", unread,
			  "unreadable-path", words_json(heap, esp->failed), "links", (json_int_t)esp->links, "capped",
			  (int)offline->world.inventory.entries_capped, "bootpilot", words_json(heap, esp->image)));
	json_object_set_new(answer, "loader",
			    json_pack("{s:o, s:i}", "version", words_json(heap, esp->loader_version), "like",
				      (int)offline->world.series));
	json_object_set_new(answer, "record", json_string("not-visible"));
}

struct text offline_why(struct heap *heap, enum reason reason, enum cause cause)
{
	const struct text pieces[] = { reason_sentence(reason), TEXT(" ("), cause_sentence(cause), TEXT(")") };
	return heap_join(heap, pieces, cause == CAUSE_NONE ? 1 : 4);
}
