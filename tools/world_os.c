/* SPDX-License-Identifier: Apache-2.0 */
/* What a started OS does to the machine: reports, blesses, reinstalls. */
#include <string.h>

#include "world.h"

/* NAME with COUNTER ("+3", or nothing) in place of the one it has. */
static struct text name_counted(struct world *world, struct text name, struct text counter)
{
	struct counter known = { .base_len = 0 };
	if (counter_parse(name, &known) != COUNTER_OK || !known.present)
		return name;
	const struct text pieces[] = { text_before(name, known.base_len), counter,
				       text_after(name,
						  text_ends_fold(name, TEXT(".conf")) ? name.len - 5 : name.len - 4) };
	return heap_join(&world->heap, pieces, 3);
}

struct text world_plain_id(struct world *world, struct text id)
{
	struct text plain = name_counted(world, id, TEXT_EMPTY);
	char *lower = heap_take(&world->heap, plain.len + 1);
	for (size_t i = 0; i < plain.len; i++)
		lower[i] = char_lower(plain.at[i]);
	return (struct text){ lower, plain.len };
}

/* systemd-bless-boot: the file of LoaderBootCountPath loses its counter, unless a file of that name is there already. */
void world_bless(struct world *world)
{
	if (!world->count_path.len || world->read_only)
		return;
	for (enum partition i = PARTITION_ESP; i <= PARTITION_XBOOTLDR; i++) {
		struct tree_file *file = tree_find(&world->tree, i, world->count_path);
		if (file && !tree_rename(&world->tree, file, name_counted(world, tree_name(file->path), TEXT_EMPTY)))
			return;
	}
}

void world_works(struct world *world)
{
	struct text selected = world_plain_id(world, world->selected);
	struct text counted = world_plain_id(world, tree_name(world->count_path));
	if (world->decided && world->decision.pending) {
		const struct text pieces[] = { TEXT("good "), selected };
		world->note = heap_join(&world->heap, pieces, 2);
	}
	if (text_equal(selected, counted))
		world_bless(world);
}

/* FROM with "active" for each "recovery" in it. */
static struct text as_active(struct world *world, struct text from)
{
	const struct text old = TEXT("recovery"), new = TEXT("active"); /* the new one is not longer */
	char *bytes = heap_take(&world->heap, from.len + 1);
	struct writer w = { .at = bytes, .size = from.len };
	for (size_t i = 0; i < from.len;) {
		if (text_equal(text_before(text_after(from, i), old.len), old)) {
			write_text(&w, new);
			i += old.len;
		} else {
			write_char(&w, from.at[i++]);
		}
	}
	return writer_text(&w);
}

static bool is_of_role(const struct tree_file *file, struct text role)
{
	struct text parent = tree_parent(file->path);
	return text_starts_fold(tree_name(file->path), role) &&
	       (text_equal_fold(parent, entry_directory(ENTRY_TYPE1)) ||
		text_equal_fold(parent, entry_directory(ENTRY_TYPE2)));
}

static struct text image_of(struct text conf)
{
	struct conf parsed;
	conf_parse(conf, &parsed);
	return parsed.image;
}

static void copy(struct world *world, struct tree_file from, bool clean)
{
	struct text name = text_after(tree_name(from.path), strlen("recovery"));
	const struct text pieces[] = { tree_parent(from.path), TEXT("\\active"),
				       clean ? name_counted(world, name, TEXT("+3")) : name };
	struct text path = heap_join(&world->heap, pieces, 3);
	if (from.kind != TREE_TEXT) {
		world_install(world, from.partition, path, IMAGE_OK, from.bytes);
		return;
	}
	struct tree_file *file = tree_add(&world->tree, from.partition, path);
	if (!file)
		return;
	file->kind = TREE_TEXT;
	file->bytes = as_active(world, from.bytes);
	struct text image = image_of(file->bytes);
	if (!text_equal(image, image_of(from.bytes)))
		world_install(world, from.partition, image, IMAGE_OK, TEXT_EMPTY);
}

void world_reinstall(struct world *world, bool clean)
{
	for (size_t i = 0; i < world->tree.count;) {
		if (is_of_role(&world->tree.files[i], TEXT("active")))
			tree_remove(&world->tree, &world->tree.files[i]);
		else
			i++;
	}
	size_t count = world->tree.count; /* what is copied stands behind */
	for (size_t i = 0; i < count; i++)
		if (is_of_role(&world->tree.files[i], TEXT("recovery")))
			copy(world, world->tree.files[i], clean);
}
