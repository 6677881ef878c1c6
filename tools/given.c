/* SPDX-License-Identifier: Apache-2.0 */
#include "given.h"

#include <stdlib.h>
#include <string.h>

#include "shared/loader-vars.h"
#include "shared/utf16.h"

#define PIECES(...)                                                                                                    \
	(const struct text[]){ __VA_ARGS__ }, sizeof((const struct text[]){ __VA_ARGS__ }) / sizeof(struct text)

static const struct {
	struct text word;
	bool missing;
	enum image_state state;
} states[] = {
	{ TEXT("ok"), false, IMAGE_OK },         { TEXT("missing"), true, IMAGE_OK },
	{ TEXT("empty"), false, IMAGE_EMPTY },   { TEXT("truncated"), false, IMAGE_TRUNCATED },
	{ TEXT("not-pe"), false, IMAGE_NOT_PE }, { TEXT("other-machine"), false, IMAGE_OTHER_MACHINE },
	{ TEXT("unloadable"), false, IMAGE_OK }, /* no header shows it */
};

static struct text word_or(const struct scenario_step *step, const char *key, struct text otherwise)
{
	struct text value = otherwise;
	scenario_word(step->words, key, &value);
	return value;
}

static enum partition partition_of(const struct scenario_step *step)
{
	return text_equal(word_or(step, "on", TEXT("esp")), TEXT("xbootldr")) ? PARTITION_XBOOTLDR : PARTITION_ESP;
}

static const char *image_put(struct world *world, enum partition partition, struct text path, struct text state,
			     struct text osrel)
{
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (!text_equal(state, states[i].word))
			continue;
		struct tree_file *there = tree_find(&world->tree, partition, path);
		if (!states[i].missing)
			return world_install(world, partition, path, states[i].state, osrel)
				       ? NULL
				       : "no file can have that path";
		if (there)
			tree_remove(&world->tree, there);
		return NULL;
	}
	return "unknown state of an image";
}

static const char *text_put(struct world *world, enum partition partition, struct text path, struct text bytes)
{
	struct tree_file *file = tree_add(&world->tree, partition, path);
	if (!file)
		return "no file can have that path";
	file->kind = TREE_TEXT;
	file->bytes = bytes;
	file->time = ++world->builds;
	return NULL;
}

/* TEXT with one slash instead of the other. */
static struct text slashes(struct heap *heap, struct text t, char from, char to)
{
	char *bytes = heap_take(heap, t.len + 1);
	for (size_t i = 0; i < t.len; i++)
		bytes[i] = t.at[i] == from ? to : t.at[i];
	return (struct text){ bytes, t.len };
}

static const char *entry_put(struct world *world, const struct scenario_step *step)
{
	static const char *const keys[] = { "sort-key", "version", "machine-id", "architecture" };
	struct heap *heap = &world->heap;
	enum partition partition = partition_of(step);
	struct text id = world_plain_id(world, step->subject), key = word_or(step, "key", TEXT("linux"));
	if (text_ends_fold(id, entry_type_suffix(ENTRY_TYPE1)))
		id = text_before(id, id.len - entry_type_suffix(ENTRY_TYPE1).len);
	struct text image = heap_join(heap, PIECES(TEXT("\\EFI\\test\\"), id, TEXT(".efi"))), state = TEXT("ok");
	bool has_image = scenario_word(step->words, "image", &image);
	bool has_state = scenario_word(step->words, "state", &state);
	/* An image that another line has put there is shared, unless this line says its state. */
	if (has_state || !has_image || !tree_find(&world->tree, partition, image)) {
		const char *error = image_put(world, partition, image, state, TEXT_EMPTY);
		if (error)
			return error;
	}

	struct text conf = heap_join(heap, PIECES(TEXT("title "), word_or(step, "title", id), TEXT("\n")));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct text value = word_or(step, keys[i], TEXT_EMPTY);
		if (value.len)
			conf = heap_join(heap, PIECES(conf, text_of(keys[i]), TEXT(" "), value, TEXT("\n")));
	}
	if (!text_equal(key, TEXT("none")))
		conf = heap_join(heap, PIECES(conf, key, TEXT(" "), slashes(heap, image, '\\', '/'), TEXT("\n")));
	struct text path = heap_join(heap, PIECES(entry_directory(ENTRY_TYPE1), TEXT("\\"), step->subject));
	return text_put(world, partition, path, conf);
}

static const char *uki_put(struct world *world, const struct scenario_step *step)
{
	struct heap *heap = &world->heap;
	struct text version = word_or(step, "version", TEXT_EMPTY), osrel = TEXT_EMPTY;
	if (!text_equal(word_or(step, "osrel", TEXT("yes")), TEXT("no")))
		osrel = heap_join(heap, PIECES(TEXT("ID="), word_or(step, "id", TEXT("test")),
					       TEXT("\nPRETTY_NAME=\"Test OS\"\n")));
	if (version.len && osrel.len)
		osrel = heap_join(heap, PIECES(osrel, TEXT("VERSION_ID="), version, TEXT("\n")));
	struct text path = heap_join(heap, PIECES(entry_directory(ENTRY_TYPE2), TEXT("\\"), step->subject));
	return image_put(world, partition_of(step), path, word_or(step, "state", TEXT("ok")), osrel);
}

static const char *file_put(struct world *world, const struct scenario_step *step)
{
	char *bytes = heap_take(&world->heap, step->words.len + 1);
	size_t len = 0;
	for (size_t i = 0; i < step->words.len; i++) {
		bool escaped = text_equal(text_before(text_after(step->words, i), 2), TEXT("\\n"));
		bytes[len++] = escaped ? '\n' : step->words.at[i];
		i += escaped;
	}
	return text_put(world, PARTITION_ESP, step->subject, (struct text){ bytes, len });
}

/* The ESP first, as there is only one way to write the path. */
static struct tree_file *file_at(const struct world *world, struct text path)
{
	struct tree_file *file = tree_find(&world->tree, PARTITION_ESP, path);
	return file ? file : tree_find(&world->tree, PARTITION_XBOOTLDR, path);
}

static const char *variable_put(struct world *world, const struct scenario_step *step)
{
	size_t len;
	struct text value = heap_keep(&world->heap, step->words);
	if (text_equal(step->subject, TEXT(LOADER_DEFAULT))) {
		world->default_entry = value;
	} else if (text_equal(step->subject, TEXT(LOADER_PREFERRED))) {
		world->preferred = value;
	} else if (text_equal(step->subject, TEXT(LOADER_ONESHOT))) {
		if (!utf16_from_text(value, world->oneshot, ONESHOT_UNITS_MAX, &len))
			return "no variable can hold that";
		world->oneshot_count = value.len ? len + 1 : 0;
	} else {
		return "the policy does not see this variable: `only fake ovmf`?";
	}
	return NULL;
}

const char *given_apply(struct world *world, const struct scenario_step *step)
{
	struct tree_file *file;
	switch (step->kind) {
	case STEP_ENTRY:
		return entry_put(world, step);
	case STEP_UKI:
		return uki_put(world, step);
	case STEP_IMAGE:
		return image_put(world, PARTITION_ESP, step->subject, step->words, TEXT_EMPTY);
	case STEP_FILE:
		return file_put(world, step);
	case STEP_REMOVE:
		file = file_at(world, step->subject);
		if (!file)
			return "there is no such file to remove";
		tree_remove(&world->tree, file);
		return NULL;
	case STEP_RENAME:
		file = file_at(world, step->subject);
		return file && !tree_rename(&world->tree, file, step->words) ? NULL : "cannot be renamed";
	case STEP_CONFIG:
		world->config = heap_join(&world->heap,
					  PIECES(world->config, step->subject, TEXT(" "), step->words, TEXT("\n")));
		return NULL;
	case STEP_VARIABLE:
		return variable_put(world, step);
	case STEP_NOTE:
		world->note = heap_keep(&world->heap, step->words);
		return NULL;
	case STEP_ESP:
		world->read_only = text_equal(step->subject, TEXT("read-only"));
		return NULL;
	case STEP_NVRAM:
		world_forget_variables(world);
		return NULL;
	case STEP_THEN:
	case STEP_NAMES:
	case STEP_WHEN:
		break;
	}
	return "not a fact";
}

const char *given_when(struct world *world, const struct scenario_step *step)
{
	if (world->end != WORLD_OS)
		return "no OS was started that could do that";
	if (text_equal(step->subject, TEXT("works")) && !step->words.len)
		world_works(world);
	else if (text_equal(step->subject, TEXT("blessed")))
		world_bless(world);
	else if (text_equal(step->subject, TEXT("resets")))
		world_reinstall(world, step->words.len > 0);
	return NULL; /* it failed, hung until the watchdog came, or worked unheard: all the same to the machine */
}

static int by_name(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

struct text given_names(struct world *world)
{
	struct text *names = heap_take(&world->heap, world->tree.count * sizeof(*names) + 1), all = TEXT_EMPTY;
	size_t count = 0;
	for (size_t i = 0; i < world->tree.count; i++) {
		struct text path = world->tree.files[i].path, parent = tree_parent(path), name = tree_name(path);
		if ((text_equal_fold(parent, entry_directory(ENTRY_TYPE1)) ||
		     text_equal_fold(parent, entry_directory(ENTRY_TYPE2))) &&
		    !text_starts_fold(name, TEXT("bootpilot")))
			names[count++] = name;
	}
	qsort(names, count, sizeof(*names), by_name);
	for (size_t i = 0; i < count; i++)
		all = heap_join(&world->heap, PIECES(all, i ? TEXT(" ") : TEXT_EMPTY, names[i]));
	return all;
}
