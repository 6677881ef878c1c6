/* SPDX-License-Identifier: Apache-2.0 */
/* systemd-boot as far as a boot's outcome depends on it: which entries it lists, in what order, which it takes, how it counts.
 * Source: facts/systemd-boot.md, "Order of events". */
#include <stdlib.h>
#include <string.h>

#include "shared/glob.h"
#include "shared/keyvalue.h"
#include "shared/loader-vars.h"
#include "shared/utf16.h"
#include "world.h"

/* What the loader lists. */
struct listing {
	struct inventory inventory;
	struct entry *entries;
	const struct entry **order;
	size_t count;
};

static enum id_form id_form_of(enum world_series series)
{
	switch (series) {
	case WORLD_252:
	case WORLD_254:
		return ID_FULL;
	case WORLD_257:
		return ID_KEPT;
	case WORLD_262:
		return ID_STRIPPED;
	}
	return ID_FULL;
}

static bool is_listed(const struct world *world, const struct entry *entry)
{
	if (!entry->opened || entry_is_foreign(entry))
		return false;
	if (entry->type == ENTRY_TYPE2)
		return entry->title.len > 0;
	if (entry->key == CONF_KEY_NONE || entry->image_missing ||
	    (entry->key == CONF_KEY_UKI && world->series < WORLD_262) || (entry->mixed && world->series >= WORLD_262))
		return false;
	return !entry->architecture.len ||
	       text_equal(entry->architecture, world->machine == IMAGE_MACHINE_AA64 ? TEXT("aa64") : TEXT("x64"));
}

static void list(struct world *world, struct listing *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->entries = world->listed;
	ret->order = world->order;
	ret->inventory.machine = world->machine;
	tree_list(&world->tree, true, &ret->inventory, ret->entries);
	for (size_t i = 0; i < ret->inventory.entry_count; i++)
		if (is_listed(world, &ret->entries[i]))
			ret->order[ret->count++] = &ret->entries[i];
}

static int compare(const void *a, const void *b, void *form)
{
	return entry_compare(*(const struct entry *const *)a, *(const struct entry *const *)b, *(enum id_form *)form);
}

static void sort(const struct world *world, struct listing *listing)
{
	enum id_form form = id_form_of(world->series);
	qsort_r(listing->order, listing->count, sizeof(listing->order[0]), compare, &form);
}

static struct text id_of(struct world *world, const struct entry *entry)
{
	char bytes[INVENTORY_ID_MAX];
	struct writer w = WRITER(bytes);
	entry_write_id(&w, entry, id_form_of(world->series));
	return heap_keep(&world->heap, writer_text(&w));
}

struct text world_loader_ids(struct world *world)
{
	struct listing listing;
	list(world, &listing);
	sort(world, &listing);
	char *ids = heap_take(&world->heap, listing.count * INVENTORY_ID_MAX + 1);
	struct writer w = { .at = ids, .size = listing.count * INVENTORY_ID_MAX + 1 };
	for (size_t i = 0; i < listing.count; i++) {
		entry_write_id(&w, listing.order[i], id_form_of(world->series));
		write_char(&w, '\0');
	}
	return writer_text(&w);
}

/* The first in order of those that PATTERN, in lower case, matches (an empty one: all). To sort them all for that would be most
 * of a boot's work. */
static const struct entry *first(const struct world *world, const struct listing *listing, struct text pattern,
				 bool pass_over_bad)
{
	const struct entry *best = NULL;
	enum id_form form = id_form_of(world->series);
	for (size_t i = 0; i < listing->count; i++) {
		char bytes[INVENTORY_ID_MAX];
		struct writer id = WRITER(bytes);
		const struct entry *entry = listing->order[i];
		if (pass_over_bad && entry->counter.present && !entry->counter.left)
			continue;
		entry_write_id(&id, entry, form);
		if ((!pattern.len || glob_match(pattern, writer_text(&id))) &&
		    (!best || entry_compare(entry, best, form) < 0))
			best = entry;
	}
	return best;
}

static const struct entry *match(const struct world *world, const struct listing *listing, struct text wish,
				 bool pass_over_bad)
{
	char bytes[NAMING_MAX];
	struct writer pattern = WRITER(bytes);
	write_lower(&pattern, wish);
	if (!wish.len || pattern.overflow)
		return NULL;
	return first(world, listing, writer_text(&pattern), pass_over_bad);
}

/* Reads the one-shot and deletes it. */
static struct text oneshot_take(struct world *world)
{
	size_t size = 3 * world->oneshot_count + 1; /* bytes: no unit becomes more than three */
	struct writer w = { .at = heap_take(&world->heap, size), .size = size };
	utf16_to_text(&w, world->oneshot, world->oneshot_count);
	world->oneshot_count = 0;
	return writer_text(&w);
}

/* The value of KEY in loader.conf; the last one holds. */
static struct text loader_conf(const struct world *world, struct text key)
{
	struct keyvalue_reader reader = { .rest = tree_text(&world->tree, "\\loader\\loader.conf"),
					  .separators = KEYVALUE_BLANK };
	struct keyvalue line;
	struct text value = TEXT_EMPTY;
	while (keyvalue_next(&reader, &line))
		if (text_equal(line.key, key))
			value = line.value;
	return value;
}

static const struct entry *pick(struct world *world, const struct listing *listing)
{
	const struct entry *entry = match(world, listing, oneshot_take(world), false);
	if (!entry && world->series >= WORLD_262) {
		entry = match(world, listing, world->preferred, true);
		if (!entry)
			entry = match(world, listing, loader_conf(world, TEXT("preferred")), true);
	}
	if (!entry)
		entry = match(world, listing, world->default_entry, false);
	if (!entry)
		entry = match(world, listing, loader_conf(world, TEXT("default")), false);
	return entry ? entry : first(world, listing, TEXT_EMPTY, false);
}

/* active+3 -> active+2-1 -> active+1-2 -> active+0-3 -> active+0-4. A failed rename is passed over, and nobody is told. */
static void count(struct world *world, const struct entry *entry)
{
	char bytes[INVENTORY_ID_MAX + 32];
	struct writer name = WRITER(bytes);
	const struct counter *counter = &entry->counter;
	if (!counter->present ||
	    (entry->type == ENTRY_TYPE1 && entry->key == CONF_KEY_EFI && world->series >= WORLD_262))
		return;
	char path_bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(path_bytes);
	entry_write_path(&path, entry);
	struct tree_file *file = tree_find(&world->tree, entry->partition, writer_text(&path));
	write_text(&name, entry_name(entry));
	write_char(&name, '+');
	write_uint(&name, counter->left ? counter->left - 1 : 0);
	write_char(&name, '-');
	write_uint(&name, counter->done < COUNTER_MAX ? counter->done + 1 : COUNTER_MAX);
	write_text(&name, entry_type_suffix(entry->type)); /* in lower case, whatever it was */
	if (world->read_only || !file || tree_rename(&world->tree, file, writer_text(&name)))
		return;
	world->count_path = file->path;
}

void world_loader_run(struct world *world)
{
	struct listing listing;
	list(world, &listing);
	const struct entry *entry = pick(world, &listing);
	if (!entry)
		return;
	world->selected = id_of(world, entry);
	world->end = entry->image == IMAGE_OK ? WORLD_OS : WORLD_NO_OS;
	count(world, entry);
}
