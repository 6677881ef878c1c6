/* SPDX-License-Identifier: Apache-2.0 */
#include "scan.h"

#include "files.h"
#include "partition.h"
#include "shared/image.h"
#include "shared/memory.h"
#include "shared/roles.h"

#define SCAN_ATTEMPTS 3
#define NAME_LEN_SURE 240u /* bytes of a file name that every firmware can open; measured: 240 yes, 244 no */

struct scan {
	const struct firmware *fw;
	struct arena *arena;
	struct inventory *inventory;
	struct entry *entries; /* INVENTORY_ENTRIES_MAX at most, grown by steps */
	size_t capacity;
	enum partition partition;
};

static bool entries_grow(struct scan *scan)
{
	size_t capacity = scan->capacity ? scan->capacity * 4 : 64;
	if (capacity > INVENTORY_ENTRIES_MAX)
		return false;
	struct entry *grown = arena_take(scan->arena, capacity * sizeof(*grown));
	if (!grown)
		return false;
	if (scan->entries)
		memcpy(grown, scan->entries, scan->inventory->entry_count * sizeof(*grown));
	scan->entries = grown;
	scan->capacity = capacity;
	scan->inventory->entries = grown;
	return true;
}

static void entry_add(struct scan *scan, struct text file)
{
	struct inventory *inventory = scan->inventory;
	struct entry entry = entry_of_name(file);
	bool short_of_memory = false;
	entry.partition = scan->partition;
	if (!roles_keep(inventory, &entry) || (inventory->entry_count == scan->capacity && !entries_grow(scan))) {
		inventory->entries_capped = true;
		return;
	}
	entry.file = arena_keep(scan->arena, file, &short_of_memory);
	if (short_of_memory) {
		inventory->entries_capped = true;
		return;
	}
	scan->entries[inventory->entry_count++] = entry;
}

/* Lists one directory. One that does not exist is empty. */
static EFI_STATUS directory_list(struct scan *scan, EFI_FILE_HANDLE root, enum entry_type type)
{
	_closes_file_ EFI_FILE_HANDLE directory = NULL;
	EFI_STATUS s = file_open(root, entry_directory(type), &directory);
	if (s == EFI_NOT_FOUND)
		return EFI_SUCCESS;
	TRY(s);
	for (size_t seen = 0; seen < FILES_DIRECTORY_MAX; seen++) {
		char buffer[INVENTORY_ID_MAX];
		struct writer name = WRITER(buffer);
		bool is_directory = false;
		s = directory_next(directory, &name, &is_directory);
		if (s == EFI_END_OF_FILE)
			return EFI_SUCCESS;
		TRY(s);
		struct text file = writer_text(&name);
		if (!is_directory && !name.overflow && entry_is_listed(type, file))
			entry_add(scan, file);
	}
	scan->inventory->entries_capped = true;
	return EFI_SUCCESS;
}

struct image_facts {
	uint64_t size;
	uint64_t time;
	struct image *image; /* scratch, shared by all entries */
};

/* Looks at the image at PATH, and for Type #2 at what it says of itself. Only a failed read is an error. */
static EFI_STATUS image_look(struct scan *scan, EFI_FILE_HANDLE root, struct text path, struct entry *entry,
			     struct image_facts *facts)
{
	_closes_file_ EFI_FILE_HANDLE file = NULL;
	struct file_info info;
	EFI_STATUS s = file_open(root, path, &file);
	if (s == EFI_NOT_FOUND) {
		entry->image_missing = true;
		return EFI_SUCCESS;
	}
	TRY(s);
	TRY(file_info(file, &info));
	facts->size = info.size_bytes;
	facts->time = info.time;
	if (info.directory) {
		entry->image = IMAGE_NOT_PE;
		return EFI_SUCCESS;
	}
	struct image_source source = file_source(&file, info.size_bytes);
	entry->image = image_inspect(&source, scan->inventory->machine, facts->image);
	if (entry->image == IMAGE_READ_FAILED)
		return EFI_DEVICE_ERROR;
	if (entry->image != IMAGE_OK || entry->type != ENTRY_TYPE2)
		return EFI_SUCCESS;

	const struct image_section *section = image_find(facts->image, ".osrel", 0);
	struct text text;
	char *buffer = section ? arena_take(scan->arena, IMAGE_TEXT_MAX) : NULL;
	if (!buffer)
		return EFI_SUCCESS;
	if (!image_read_text(&source, section, buffer, IMAGE_TEXT_MAX, &text))
		return section->size < IMAGE_TEXT_MAX ? EFI_DEVICE_ERROR : EFI_SUCCESS;
	entry_read_osrel(entry, text);
	return EFI_SUCCESS;
}

/* Reads a Type #1 entry's file. */
static EFI_STATUS conf_read(struct scan *scan, EFI_FILE_HANDLE root, struct entry *entry, struct text *ret)
{
	char path_bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(path_bytes);
	_closes_file_ EFI_FILE_HANDLE file = NULL;
	struct file_info info;
	entry_write_path(&path, entry);
	TRY(file_open(root, writer_text(&path), &file));
	TRY(file_info(file, &info));
	char *bytes = info.size_bytes <= CONF_SIZE_MAX ? arena_take(scan->arena, (size_t)info.size_bytes + 1) : NULL;
	if (!bytes) {
		entry->too_large = true; /* for our limit, or for what is left of our memory */
		return EFI_SUCCESS;
	}
	ret->at = bytes;
	TRY(file_read(file, bytes, (size_t)info.size_bytes, &ret->len));
	if (ret->len != info.size_bytes)
		return EFI_DEVICE_ERROR;

	entry_read_conf(entry, *ret);
	return EFI_SUCCESS;
}

static EFI_STATUS entry_open(struct scan *scan, EFI_FILE_HANDLE root, struct entry *entry, struct image *image)
{
	struct image_facts facts = { .image = image };
	struct text conf = TEXT_EMPTY;
	char path_bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(path_bytes);

	memset(image, 0, sizeof(*image));
	if (entry->type == ENTRY_TYPE1) {
		EFI_STATUS s = conf_read(scan, root, entry, &conf);
		/* EDK2's FAT driver lists names that are too long for it to open (256 units of path): no loader sees those. */
		if ((s == EFI_NOT_FOUND && entry->file.len > NAME_LEN_SURE) || entry->too_large)
			return EFI_SUCCESS;
		TRY(s);
		if (entry->key != CONF_KEY_NONE)
			TRY(image_look(scan, root, entry->image_path, entry, &facts));
	} else {
		entry_write_path(&path, entry);
		TRY(image_look(scan, root, writer_text(&path), entry, &facts));
	}
	entry->fingerprint = entry_fingerprint(entry, conf, facts.size, facts.time, facts.image->header_hash);
	entry->opened = true;
	return EFI_SUCCESS;
}

/* The names of both partitions decide which files are worth opening, so all are listed first. */
static EFI_STATUS partition_open_entries(struct scan *scan, EFI_FILE_HANDLE root, enum role_rule rule,
					 struct image *image)
{
	if (!scan->entries)
		return EFI_SUCCESS; /* no file was listed */
	for (size_t i = 0; i < scan->inventory->entry_count; i++) {
		struct entry *entry = &scan->entries[i];
		if (entry->partition == scan->partition && !entry->opened &&
		    roles_may_hold(scan->inventory, rule, entry))
			TRY(entry_open(scan, root, entry, image));
	}
	return EFI_SUCCESS;
}

static EFI_STATUS partition_list(struct scan *scan, EFI_FILE_HANDLE root)
{
	for (enum entry_type type = ENTRY_TYPE1; type <= ENTRY_TYPE2; type++)
		TRY(directory_list(scan, root, type));
	return EFI_SUCCESS;
}

static void scan_once(struct scan *scan, EFI_HANDLE esp)
{
	struct inventory *inventory = scan->inventory;
	_closes_file_ EFI_FILE_HANDLE esp_root = NULL;
	_closes_file_ EFI_FILE_HANDLE xbootldr_root = NULL;
	EFI_FILE_HANDLE *roots[PARTITION_COUNT] = { &esp_root, &xbootldr_root };
	EFI_HANDLE devices[PARTITION_COUNT] = { esp, NULL };

	inventory->entry_count = 0;
	inventory->entries_capped = false;
	memset(inventory->unreadable, 0, sizeof(inventory->unreadable));
	if (scan->entries)
		memset(scan->entries, 0, scan->capacity * sizeof(*scan->entries));

	struct image *image = arena_take(scan->arena, sizeof(*image));
	EFI_STATUS s = partition_find_xbootldr(scan->fw, esp, &devices[PARTITION_XBOOTLDR]);
	inventory->unreadable[PARTITION_XBOOTLDR] = EFI_ERROR(s) && s != EFI_NOT_FOUND;
	inventory->unreadable[PARTITION_ESP] = !image;

	for (int i = 0; i < PARTITION_COUNT; i++) {
		scan->partition = (enum partition)i;
		inventory->read_only[i] = devices[i] && partition_is_read_only(scan->fw, devices[i]);
		if (devices[i] && (EFI_ERROR(volume_open(scan->fw, devices[i], roots[i])) ||
				   EFI_ERROR(partition_list(scan, *roots[i]))))
			inventory->unreadable[i] = true;
	}
	enum role_rule rule = roles_rule(inventory);
	for (int i = 0; i < PARTITION_COUNT; i++) {
		scan->partition = (enum partition)i;
		if (image && *roots[i] && !inventory->unreadable[i] &&
		    EFI_ERROR(partition_open_entries(scan, *roots[i], rule, image)))
			inventory->unreadable[i] = true;
	}
}

void scan_entries(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct inventory *inventory)
{
	struct scan scan = { .fw = fw, .arena = arena, .inventory = inventory };
	for (int attempt = 0; attempt < SCAN_ATTEMPTS; attempt++) {
		scan_once(&scan, esp);
		if (!inventory->unreadable[PARTITION_ESP] && !inventory->unreadable[PARTITION_XBOOTLDR])
			return;
	}
}
