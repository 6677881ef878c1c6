/* SPDX-License-Identifier: Apache-2.0 */
#include "tree.h"

#include <errno.h>
#include <string.h>

#include "shared/hash.h"
#include "shared/roles.h"

static size_t name_start(struct text path)
{
	size_t at = path.len;
	while (at > 0 && path.at[at - 1] != '\\')
		at--;
	return at;
}

struct text tree_name(struct text path)
{
	return text_after(path, name_start(path));
}

struct text tree_parent(struct text path)
{
	size_t start = name_start(path);
	return text_before(path, start ? start - 1 : 0);
}

bool tree_path(struct text path, struct writer *w)
{
	size_t start = w->len;
	for (size_t at = 0; at < path.len;) {
		size_t end = at;
		while (end < path.len && path.at[end] != '/' && path.at[end] != '\\')
			end++;
		struct text name = { path.at + at, end - at };
		at = end + 1;
		if (!name.len || text_equal(name, TEXT(".")))
			continue;
		if (text_equal(name, TEXT(".."))) {
			if (w->len == start)
				return false;
			w->len = start + tree_parent((struct text){ w->at + start, w->len - start }).len;
			continue;
		}
		write_char(w, '\\');
		write_text(w, name);
	}
	return !w->overflow && w->len > start && w->len - start <= TREE_PATH_MAX;
}

struct tree_file *tree_find(const struct tree *tree, enum partition partition, struct text path)
{
	char bytes[TREE_PATH_MAX];
	struct writer w = WRITER(bytes);
	if (!tree_path(path, &w))
		return NULL;
	uint64_t hash = hash_text_fold(HASH_START, writer_text(&w));
	for (size_t i = 0; i < tree->count; i++) {
		struct tree_file *file = &tree->files[i];
		if (file->hash == hash && file->partition == partition && text_equal_fold(file->path, writer_text(&w)))
			return file;
	}
	return NULL;
}

struct tree_file *tree_add(struct tree *tree, enum partition partition, struct text path)
{
	char bytes[TREE_PATH_MAX];
	struct writer w = WRITER(bytes);
	if (!tree_path(path, &w))
		return NULL;
	struct tree_file *file = tree_find(tree, partition, path);
	tree_changed(tree);
	if (!file) {
		if (tree->count == tree->capacity) {
			tree->capacity = tree->capacity ? 2 * tree->capacity : 64;
			struct tree_file *files = heap_take(tree->heap, tree->capacity * sizeof(*files));
			if (tree->count)
				memcpy(files, tree->files, tree->count * sizeof(*files));
			tree->files = files;
		}
		file = &tree->files[tree->count++];
	}
	*file = (struct tree_file){ .partition = partition, .path = heap_keep(tree->heap, writer_text(&w)),
				    .hash = hash_text_fold(HASH_START, writer_text(&w)) };
	return file;
}

void tree_remove(struct tree *tree, struct tree_file *file)
{
	size_t i = (size_t)(file - tree->files);
	tree_changed(tree);
	tree->count--;
	memmove(file, file + 1, (tree->count - i) * sizeof(*file));
}

void tree_changed(struct tree *tree)
{
	tree->changes++;
}

int tree_rename(struct tree *tree, struct tree_file *file, struct text name)
{
	const struct text pieces[] = { tree_parent(file->path), TEXT("\\"), name };
	struct text path = heap_join(tree->heap, pieces, 3);
	const struct tree_file *there = tree_find(tree, file->partition, path);
	if (there && there != file)
		return -EEXIST;
	/* A boot renames one entry; what is known of all others stays true. An image may be what another entry names. */
	if (file->kind == TREE_TEXT)
		file->known_at = 0;
	else
		tree_changed(tree);
	file->path = path;
	file->hash = hash_text_fold(HASH_START, path);
	return 0;
}

struct text tree_text(const struct tree *tree, const char *path)
{
	const struct tree_file *file = tree_find(tree, PARTITION_ESP, text_of(path));
	return file && file->kind == TREE_TEXT ? file->bytes : TEXT_EMPTY;
}

/* The entry that a boot loader would make of FILE, by its place and name. */
static bool entry_of(const struct tree_file *file, struct entry *ret)
{
	struct text name = tree_name(file->path);
	for (enum entry_type type = ENTRY_TYPE1; type <= ENTRY_TYPE2; type++) {
		if (!text_equal_fold(tree_parent(file->path), entry_directory(type)) || !entry_is_listed(type, name))
			continue;
		*ret = entry_of_name(name);
		ret->partition = file->partition;
		return true;
	}
	return false;
}

static void image_look(const struct tree_file *image, struct entry *entry)
{
	entry->image_missing = !image;
	if (!image)
		return;
	entry->image = image->kind == TREE_IMAGE ? image->state : IMAGE_NOT_PE;
	if (entry->type != ENTRY_TYPE2 || entry->image != IMAGE_OK)
		return;
	entry_read_osrel(entry, image->bytes);
}

static void entry_open(const struct tree *tree, const struct tree_file *file, struct entry *entry)
{
	const struct tree_file *image = file;
	struct text conf = TEXT_EMPTY;
	if (file->kind == TREE_NAME)
		return;
	if (entry->type == ENTRY_TYPE1) {
		entry->too_large = file->kind == TREE_TOO_LARGE;
		if (entry->too_large)
			return;
		conf = file->kind == TREE_TEXT ? file->bytes : TEXT_EMPTY;
		entry_read_conf(entry, conf);
		image = entry->key == CONF_KEY_NONE ? NULL : tree_find(tree, file->partition, entry->image_path);
	}
	if (entry->type == ENTRY_TYPE2 || entry->key != CONF_KEY_NONE)
		image_look(image, entry);
	entry->fingerprint = entry_fingerprint(entry, conf, image ? image->size : 0, image ? image->time : 0,
					       image ? image->header_hash : 0);
	entry->opened = true;
}

/* Makes sure that FILE's entries are up to date. */
static void file_know(const struct tree *tree, struct tree_file *file)
{
	if (file->known_at == tree->changes)
		return;
	file->known_at = tree->changes;
	file->is_listed = entry_of(file, &file->named);
	if (!file->is_listed)
		return;
	file->opened = file->named;
	entry_open(tree, file, &file->opened);
}

void tree_list(struct tree *tree, bool everything, struct inventory *inventory, struct entry *entries)
{
	inventory->entries = entries;
	inventory->entry_count = 0;
	inventory->entries_capped = tree->capped;
	memcpy(inventory->unreadable, tree->unreadable, sizeof(inventory->unreadable));
	for (size_t i = 0; i < tree->count; i++) {
		struct tree_file *file = &tree->files[i];
		file_know(tree, file);
		if (!file->is_listed)
			continue;
		if (!roles_keep(inventory, &file->named)) {
			inventory->entries_capped = true;
			continue;
		}
		entries[inventory->entry_count++] = file->named;
	}
	enum role_rule rule = roles_rule(inventory);
	size_t at = 0;
	for (size_t i = 0; at < inventory->entry_count; i++) {
		const struct tree_file *file = &tree->files[i];
		if (!file->is_listed || file->named.file.at != entries[at].file.at)
			continue; /* it found no place */
		if (everything || roles_may_hold(inventory, rule, &entries[at]))
			entries[at] = file->opened;
		at++;
	}
}
