/* SPDX-License-Identifier: Apache-2.0 */
#include "keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assess.h"
#include "file.h"
#include "path.h"

#define STATE "/var/lib/bootpilot"

static struct text directory_name(struct heap *heap, const struct options *options)
{
	const char *given = options->root ? NULL : getenv("STATE_DIRECTORY");
	struct text first = given ? (struct text){ given, strcspn(given, ":") } : TEXT_EMPTY; /* a service may have several */
	const struct text pieces[] = { text_of(options->root ? options->root : ""), first.len ? first : TEXT(STATE),
				       TEXT("/entries") };
	return heap_join(heap, pieces, 3);
}

/* Makes what is missing of PATH. */
static int directories_make(struct heap *heap, struct text path)
{
	for (size_t len = 1; len <= path.len; len++) {
		if (len < path.len && path.at[len] != '/')
			continue;
		if (mkdir(heap_keep(heap, text_before(path, len)).at, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return 0;
}

/* A descriptor, or why there is none. */
static int directory_open(struct heap *heap, const struct options *options, bool make)
{
	struct text path = directory_name(heap, options);
	int r = make ? directories_make(heap, path) : 0;
	int fd = r < 0 ? r : open(path.at, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd == -1 ? -errno : fd;
}

/* The copy NAME; false if there is none that could be one. */
static bool copy_read(struct heap *heap, int directory, const char *name, struct text *ret)
{
	struct stat info;
	_closes_ int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode) || info.st_size > (off_t)CONF_SIZE_MAX)
		return false;
	char *bytes = heap_take(heap, (size_t)info.st_size + 1);
	*ret = (struct text){ bytes, (size_t)info.st_size };
	return file_take(fd, 0, bytes, ret->len);
}

/* Its role where names or configuration give it one; else the one that it speaks for. */
static enum role role_of(const struct machine *machine, const struct entry *entry)
{
	const struct world *world = &machine->world;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		if (world->decision.roles[role].entry == entry)
			return role;
	return entry_is_foreign(entry) ? ROLE_NONE : roles_of_entry(&world->inventory.config, entry);
}

static size_t count_of_id(const struct inventory *inventory, uint64_t id)
{
	size_t count = 0;
	for (size_t i = 0; i < inventory->entry_count; i++)
		count += entry_id_hash(&inventory->entries[i]) == id;
	return count;
}

/* The entry is whole, and no other file has its id: of twins nobody knows which one is right. */
static bool is_worth_keeping(const struct machine *machine, const struct entry *entry)
{
	const struct inventory *inventory = &machine->world.inventory;
	return entry->type == ENTRY_TYPE1 && entry->opened && role_of(machine, entry) != ROLE_NONE &&
	       entry_fault(inventory, entry) == FAULT_NONE && count_of_id(inventory, entry_id_hash(entry)) == 1;
}

static int entry_keep(struct heap *heap, const struct machine *machine, int directory, const struct entry *entry)
{
	char path_bytes[INVENTORY_ID_MAX + 32], name[INVENTORY_ID_MAX + 1];
	struct writer path = WRITER(path_bytes), id = WRITER(name);
	struct text kept;
	entry_write_path(&path, entry);
	write_text(&id, entry_name(entry));
	write_text(&id, entry_suffix(entry));
	write_char(&id, '\0');
	const struct tree_file *file = tree_find(&machine->world.tree, entry->partition, writer_text(&path));
	if (!file || file->kind != TREE_TEXT || id.overflow || path.overflow)
		return 0;
	if (copy_read(heap, directory, name, &kept) && text_equal(kept, file->bytes))
		return 0;
	return file_put(directory, name, 0644, file->bytes);
}

static void directory_close(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* The copies' names, at most KEEP_MAX. */
static size_t names_list(struct heap *heap, int directory, struct text ret[KEEP_MAX])
{
	__attribute__((cleanup(directory_close))) DIR *list = NULL;
	size_t count = 0;
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	list = fdopendir(fd);
	if (!list) {
		close(fd);
		return 0;
	}
	for (struct dirent *entry; count < KEEP_MAX && (entry = readdir(list));)
		if (entry_is_listed(ENTRY_TYPE1, text_of(entry->d_name)))
			ret[count++] = heap_keep(heap, text_of(entry->d_name));
	return count;
}

/* Others of its role are there, and it is not: an update has replaced it. */
static bool is_replaced(const struct machine *machine, struct text name)
{
	const struct world *world = &machine->world;
	struct entry entry = entry_of_name(name);
	enum role role = roles_of_entry(&world->inventory.config, &entry);
	return role != ROLE_NONE && world->decision.roles[role].verdict != VERDICT_MISSING &&
	       !count_of_id(&world->inventory, entry_id_hash(&entry));
}

static bool sees_all(const struct inventory *inventory)
{
	return !inventory->unreadable[PARTITION_ESP] && !inventory->unreadable[PARTITION_XBOOTLDR] &&
	       !inventory->entries_capped;
}

int keep_copies(const struct machine *machine, const struct options *options)
{
	const struct inventory *inventory = &machine->world.inventory;
	struct heap *heap = machine->world.tree.heap;
	struct text *names = heap_take(heap, KEEP_MAX * sizeof(*names));
	if (options->dry_run || !sees_all(inventory))
		return 0;
	_closes_ int directory = directory_open(heap, options, true);
	int r = directory < 0 ? directory : 0;
	for (size_t i = 0; r == 0 && i < inventory->entry_count; i++)
		if (is_worth_keeping(machine, &inventory->entries[i]))
			r = entry_keep(heap, machine, directory, &inventory->entries[i]);
	size_t count = r == 0 ? names_list(heap, directory, names) : 0;
	for (size_t i = 0; i < count; i++)
		if (is_replaced(machine, names[i]) && unlinkat(directory, names[i].at, 0) < 0)
			r = -errno;
	return r;
}

/* An image that could start stands at PATH below the directory ROOT. */
static bool image_is_there(const char *root_path, struct text path, uint16_t machine)
{
	struct stat info;
	struct image image;
	size_t links = 0;
	_closes_ int root = root_path ? open(root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	_closes_ int fd = root < 0 ? -1 : path_open(root, path, &links);
	if (fd < 0 || fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))
		return false;
	struct image_source source = file_image(&fd, (uint64_t)info.st_size);
	return image_inspect(&source, machine, &image) == IMAGE_OK;
}

/* Fills in where a copy belongs. False: its image is gone too. */
static bool kept_place(struct machine *machine, struct kept *kept)
{
	const char *const roots[PARTITION_COUNT] = { machine->place.esp, machine->place.boot };
	struct entry entry = entry_of_name(kept->name);
	struct conf conf;
	char bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(bytes);
	conf_parse(kept->bytes, &conf);
	write_text(&path, entry_directory(ENTRY_TYPE1));
	write_char(&path, '\\');
	write_text(&path, entry_name(&entry));
	write_char(&path, '+');
	write_uint(&path, ASSESS_TRIES);
	write_text(&path, entry_suffix(&entry));
	kept->path = heap_keep(&machine->world.heap, writer_text(&path));
	for (enum partition i = PARTITION_ESP; !path.overflow && i <= PARTITION_XBOOTLDR; i++)
		if (conf.key != CONF_KEY_NONE && image_is_there(roots[i], conf.image, machine->world.machine)) {
			kept->partition = i;
			return true;
		}
	return false;
}

size_t keep_lost(struct machine *machine, const struct options *options, struct kept **ret)
{
	struct heap *heap = &machine->world.heap;
	struct text *names = heap_take(heap, KEEP_MAX * sizeof(*names));
	size_t count = 0;
	*ret = heap_take(heap, KEEP_MAX * sizeof(**ret));
	/* The copies of this system say nothing about the ESP of another one. */
	if (!options->root && machine->live.state == LIVE_ELSEWHERE)
		return 0;
	_closes_ int directory = directory_open(heap, options, false);
	size_t names_count = directory < 0 ? 0 : names_list(heap, directory, names);
	for (size_t i = 0; i < names_count; i++) {
		struct entry entry = entry_of_name(names[i]);
		struct kept kept = { .name = names[i], .role = roles_of_entry(&machine->world.inventory.config, &entry) };
		if (entry_is_foreign(&entry) || kept.role == ROLE_NONE || entry.counter.present ||
		    machine->world.decision.roles[kept.role].verdict != VERDICT_MISSING ||
		    !copy_read(heap, directory, names[i].at, &kept.bytes) || !kept_place(machine, &kept))
			continue;
		(*ret)[count++] = kept;
	}
	return count;
}
