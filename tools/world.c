/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <string.h>

#include "shared/hash.h"
#include "shared/keyvalue.h"
#include "shared/loader_choice.h"
#include "shared/loader-vars.h"
#include "shared/utf16.h"

#define NOTE_MAX 512u /* bytes, as efi/store.c */

/* One disk, always the same. */
static const struct disk_id disk = { .kind = DISK_GPT, .bytes = { 1 } };

/* LoaderFeatures as measured (facts/systemd-boot.md). */
static uint64_t features_of(enum world_series series)
{
	switch (series) {
	case WORLD_252:
		return 0x7FF;
	case WORLD_254:
		return 0x1FFF;
	case WORLD_257:
		return 0x7FFF;
	case WORLD_262:
		return 0x3FFFFF;
	}
	return 0;
}

enum world_series world_series_of(uint32_t major)
{
	if (major >= 258)
		return WORLD_262;
	if (major >= 257 || !major)
		return WORLD_257;
	return major >= 254 ? WORLD_254 : WORLD_252;
}

void world_new(struct world *world)
{
	memset(world, 0, sizeof(*world));
	world->tree.heap = &world->heap;
	world->machine = IMAGE_MACHINE_X64;
	world->series = WORLD_257;
	world->entries = heap_take(&world->heap, INVENTORY_ENTRIES_MAX * sizeof(*world->entries));
	world->listed = heap_take(&world->heap, INVENTORY_ENTRIES_MAX * sizeof(*world->listed));
	world->order = heap_take(&world->heap, INVENTORY_ENTRIES_MAX * sizeof(world->order[0]));
}

void world_free(struct world *world)
{
	heap_free(&world->heap);
}

bool world_install(struct world *world, enum partition partition, struct text path, enum image_state state,
		   struct text osrel)
{
	struct tree_file *file = tree_add(&world->tree, partition, path);
	if (!file)
		return false;
	file->kind = TREE_IMAGE;
	file->state = state;
	file->size = state == IMAGE_EMPTY ? 0 : 8192;
	file->time = ++world->builds;
	file->header_hash = state == IMAGE_OK ? world->builds : 0;
	file->bytes = heap_keep(&world->heap, osrel);
	return true;
}

/* `default` and `preferred` of loader.conf, where no variable outranks them. By name nobody's default matters. */
static void defaults_look(struct world *world)
{
	struct loader *loader = &world->inventory.loader;
	struct keyvalue_reader reader = { .rest = tree_text(&world->tree, "\\loader\\loader.conf"),
					  .separators = KEYVALUE_BLANK };
	struct keyvalue line;
	if (!loader_pins_matter(&world->inventory))
		return;
	while (keyvalue_next(&reader, &line)) {
		if (text_equal(line.key, TEXT("default")))
			loader->fallback = line.value;
		else if (text_equal(line.key, TEXT("preferred")))
			loader->preferred = line.value;
	}
	if (world->default_entry.len)
		loader->fallback = world->default_entry;
	if (world->preferred.len)
		loader->preferred = world->preferred;
}

static enum record_state record_load(const struct world *world, struct record *ret, unsigned *ret_slot)
{
	struct record_slot slots[RECORD_SLOTS];
	for (unsigned i = 0; i < RECORD_SLOTS; i++)
		slots[i] = (struct record_slot){ .exists = world->slot_used[i],
						 .attributes = VARIABLE_NV | VARIABLE_BS,
						 .bytes = { (const char *)world->slots[i], RECORD_SIZE } };
	return record_read(slots, &disk, ret, ret_slot);
}

static struct text request_keep(struct world *world)
{
	char bytes[INVENTORY_ID_MAX];
	struct writer w = WRITER(bytes);
	oneshot_text(&w, world->oneshot, world->oneshot_count);
	return w.overflow ? TEXT_EMPTY : heap_keep(&world->heap, writer_text(&w));
}

void world_look(struct world *world)
{
	struct inventory *inventory = &world->inventory;
	struct config_problems problems = { .count = 0 };
	unsigned slot;
	memset(inventory, 0, sizeof(*inventory));
	inventory->machine = world->machine;
	inventory->disk = disk;
	inventory->started_as_entry = world->as_entry;
	for (int i = 0; i < PARTITION_COUNT; i++)
		inventory->read_only[i] = world->read_only;
	config_set_defaults(&inventory->config);
	config_apply(&inventory->config, world->image_config, &problems);
	config_apply(&inventory->config, world->config, &problems);
	inventory->config_problems = problems.count;
	tree_list(&world->tree, false, inventory, world->entries);
	inventory->loader.features_known = !world->series_guessed;
	inventory->loader.features = inventory->loader.features_known ? features_of(world->series) : 0;
	inventory->loader.major = world->loader_major;
	defaults_look(world);
	inventory->record_state = record_load(world, &inventory->record, &slot);
	inventory->note = text_before(world->note, NOTE_MAX);
	inventory->oneshot =
		oneshot_classify(world->oneshot, world->oneshot_count, &inventory->visit, &inventory->record);
	if (inventory->oneshot == ONESHOT_REQUEST)
		inventory->request = request_keep(world);
}

/* As store_write_record(): into the other slot, and only if there is something new. */
static bool record_write(struct world *world, const struct record *record)
{
	struct record newest, next = *record;
	unsigned slot;
	if (record_load(world, &newest, &slot) == RECORD_VALID && !record_differs(&newest, record))
		return true;
	if (world->nvram_protected)
		return false;
	next.sequence = newest.sequence + 1;
	record_serialize(&next, world->slots[slot]);
	world->slot_used[slot] = true;
	return true;
}

void world_decide(struct world *world)
{
	world_look(world);
	if (world->as_entry) {
		world->inventory.loader.entries = world_loader_ids(world);
		world->inventory.loader.entries_known = world->inventory.loader.entries.len > 0;
	}
	policy_decide(&world->inventory, &world->decision);
}

/* Decides, and makes NVRAM remember it before anything else happens, as efi/main.c. */
static void pilot_run(struct world *world)
{
	struct decision *decision = &world->decision;
	world_decide(world);
	world->decided = true;
	world->note = TEXT_EMPTY; /* consumed before it is used */
	if (!record_write(world, &decision->record)) {
		world->inventory.record_unwritable = true;
		policy_decide(&world->inventory, decision);
		record_write(world, &decision->record);
	}
	bool deleted = decision->name_len ? !oneshot_write((struct text){ decision->name, decision->name_len },
							   world->oneshot, ONESHOT_UNITS_MAX, &world->oneshot_count)
					  : world->inventory.oneshot == ONESHOT_LEFTOVER;
	if (deleted)
		world->oneshot_count = 0;
	if (decision->set_boot_count_path) {
		char bytes[INVENTORY_ID_MAX + 32];
		struct writer path = WRITER(bytes);
		entry_write_path(&path, decision->entry);
		world->count_path = heap_keep(&world->heap, writer_text(&path));
	}
}

void world_boot(struct world *world)
{
	world->decided = false;
	world->selected = TEXT_EMPTY;
	world->count_path = TEXT_EMPTY;
	world->end = WORLD_NO_OS;
	/* The loader takes a one-shot before it starts any entry, ours included. */
	if (!world->as_entry || !world->oneshot_count)
		pilot_run(world);
	if (world->decided && world->decision.hand_off)
		return; /* reset: the one-shot stands for the next power cycle */
	switch (world->decided ? world->decision.action : ACTION_LEAVE) {
	case ACTION_MENU:
		if (!world->as_entry && !world->decision.force_menu)
			break;
		world->end = WORLD_MENU;
		return;
	case ACTION_REBOOT:
	case ACTION_POWEROFF:
	case ACTION_FIRMWARE:
		world->end = WORLD_STOPPED;
		return;
	case ACTION_LEAVE:
	case ACTION_HAND_BACK:
	case ACTION_BOOT:
	case ACTION_RESET:
		break;
	}
	world_loader_run(world);
}

bool world_skip(struct world *world, uint32_t times)
{
	char bytes[INVENTORY_ID_MAX + 32];
	struct writer name = WRITER(bytes);
	struct record record;
	struct counter counter;
	unsigned slot;
	const struct entry *entry = world->decision.entry;
	struct tree_file *file = entry ? tree_find(&world->tree, entry->partition, world->count_path) : NULL;
	if (!file || counter_parse(tree_name(file->path), &counter) != COUNTER_OK || counter.left <= times ||
	    record_load(world, &record, &slot) != RECORD_VALID)
		return false;
	write_text(&name, text_before(tree_name(file->path), counter.base_len));
	write_char(&name, '+');
	write_uint(&name, counter.left - times);
	write_char(&name, '-');
	write_uint(&name, counter.done < COUNTER_MAX - times ? counter.done + times : COUNTER_MAX);
	write_text(&name, entry_type_suffix(entry->type));
	record.roles[world->decision.role].left_seen -= times;
	return !name.overflow && !tree_rename(&world->tree, file, writer_text(&name)) && record_write(world, &record);
}

void world_forget_variables(struct world *world)
{
	world->default_entry = world->preferred = world->note = TEXT_EMPTY;
	world->oneshot_count = 0;
	memset(world->slot_used, 0, sizeof(world->slot_used));
}

uint64_t world_state(const struct world *world)
{
	uint8_t bytes[RECORD_SIZE];
	struct record record;
	unsigned slot;
	uint64_t hash = HASH_START;
	for (size_t i = 0; i < world->tree.count; i++) {
		const struct tree_file *file = &world->tree.files[i];
		struct counter counter = { .base_len = file->path.len };
		counter_parse(file->path, &counter);
		hash = hash_text(hash_uint(hash, file->partition), text_before(file->path, counter.base_len));
		/* Tries already made matter as far as the record counts them: active+0-9 is as active+0-8. */
		uint64_t granted = (uint64_t)counter.left + counter.done;
		hash = hash_uint(hash_uint(hash, counter.present), counter.left);
		hash = hash_uint(hash, granted < RECORD_TRIES_MAX ? granted : RECORD_TRIES_MAX);
		hash = hash_uint(hash_uint(hash_uint(hash, file->size), file->time), file->header_hash);
	}
	hash = hash_uint(hash, record_load(world, &record, &slot));
	record.sequence = 0;
	record_serialize(&record, bytes);
	hash = hash_bytes(hash, bytes, sizeof(bytes));
	hash = hash_bytes(hash_uint(hash, world->oneshot_count), world->oneshot,
			  world->oneshot_count * sizeof(world->oneshot[0]));
	return hash_text(hash, world->note);
}
