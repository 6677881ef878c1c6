/* SPDX-License-Identifier: Apache-2.0 */
/* Which entries systemd-boot lists: \EFI\Linux\*.efi and \loader\entries\*.conf on ESP and XBOOTLDR. */
#include "loader_entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pe.h"
#include "pool.h"

#define LINE_MAX_BYTES 1024u

void fake_loader_keep(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memmove(to, from, len);
	to[len] = '\0';
}

struct lines {
	const char *at, *end;
};

/* systemd-boot's blanks: a vertical tab or a form feed is none. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next "key value" of a file, the separator being any of SEPARATORS. False at the end. */
static bool next_pair(struct lines *lines, const char *separators, char *key, char *value)
{
	while (lines->at < lines->end) {
		const char *from = lines->at, *to = from;
		size_t key_len = 0, len;

		while (to < lines->end && *to != '\n' && *to != '\r')
			to++;
		lines->at = to < lines->end ? to + 1 : to;
		while (from < to && is_blank(*from))
			from++;
		while (to > from && is_blank(to[-1]))
			to--;
		len = (size_t)(to - from);
		if (len == 0 || *from == '#' || len >= LINE_MAX_BYTES)
			continue;
		while (key_len < len && !strchr(separators, from[key_len]))
			key_len++;
		if (key_len == len)
			continue;
		memcpy(key, from, key_len);
		key[key_len] = '\0';
		from += key_len;
		while (from < to && strchr(separators, *from))
			from++;
		if (to - from >= 2 && *from == '"' && to[-1] == '"') {
			from++;
			to--;
		}
		len = (size_t)(to - from);
		memcpy(value, from, len);
		value[len] = '\0';
		if (len)
			return true;
	}
	return false;
}

bool fake_loader_config_value(const struct node *file, const char *key, char *ret, size_t size)
{
	char name[LINE_MAX_BYTES], value[LINE_MAX_BYTES];
	bool found = false;

	ret[0] = '\0';
	if (!file || file->is_directory)
		return false;
	for (struct lines lines = { (const char *)file->bytes, (const char *)file->bytes + file->size };
	     next_pair(&lines, " \t", name, value);)
		if (strcmp(name, key) == 0) {
			fake_loader_keep(ret, size, value);
			found = true;
		}
	return found;
}

struct loader_entry *fake_loader_entry_add(struct loader_list *list)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 16;
		/* pool memory of nobody's: gone with the power, however the cycle ends */
		struct loader_entry *entries = fake_pool_take(room * sizeof(*entries));

		if (list->count)
			memcpy(entries, list->entries, list->count * sizeof(*entries));
		list->entries = entries;
		list->room = room;
	}
	memset(&list->entries[list->count], 0, sizeof(*list->entries));
	return &list->entries[list->count];
}

static void lower(char *s)
{
	for (; *s; s++)
		if (*s >= 'A' && *s <= 'Z')
			*s = (char)(*s - 'A' + 'a');
}

static bool ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), suffix_len = strlen(suffix);

	return len >= suffix_len && strcasecmp(s + len - suffix_len, suffix) == 0;
}

/* File name, counter and id.
 *
 *              active+3.conf    ACTIVE+3.CONF    Active.conf
 *   252, 254   active+3.conf    active+3.conf    active.conf
 *   257        active.conf      ACTIVE.conf      active.conf
 *   262        active.conf      active.conf      active.conf  */
static void entry_name(struct loader_list *list, struct loader_entry *entry, const char *file, const char *suffix)
{
	size_t base;

	fake_loader_keep(entry->file, sizeof(entry->file), file);
	fake_loader_keep(entry->id, sizeof(entry->id), file);
	lower(entry->id);
	entry->counted = fake_loader_counter(file, suffix, &entry->left, &entry->done, &base);
	if (!entry->counted || list->series < 257)
		return;
	snprintf(entry->id, sizeof(entry->id), "%.*s%s", (int)base, file, suffix);
	if (list->series > 257)
		lower(entry->id);
}

/* '/' becomes '\', several become one, one stands in front. */
static void entry_image(struct loader_entry *entry, enum loader_kind kind, const char *value)
{
	size_t len = 0;

	entry->image[len++] = '\\';
	for (const char *p = value; *p && len + 1 < sizeof(entry->image); p++) {
		char c = *p == '/' ? '\\' : *p;

		if (c != '\\' || entry->image[len - 1] != '\\')
			entry->image[len++] = c;
	}
	entry->image[len] = '\0';
	entry->kind = kind;
}

static void type1_key(struct loader_entry *entry, const struct loader_list *list, const char *key, const char *value)
{
	if (strcmp(key, "sort-key") == 0) {
		fake_loader_keep(entry->sort_key, sizeof(entry->sort_key), value);
		entry->has_sort_key = true;
	} else if (strcmp(key, "version") == 0)
		fake_loader_keep(entry->version, sizeof(entry->version), value);
	else if (strcmp(key, "machine-id") == 0)
		fake_loader_keep(entry->machine_id, sizeof(entry->machine_id), value);
	else if (strcmp(key, "linux") == 0)
		entry_image(entry, LOADER_LINUX, value);
	else if (strcmp(key, "efi") == 0)
		entry_image(entry, LOADER_EFI, value);
	else if (strcmp(key, "uki") == 0 && list->series >= 258)
		entry_image(entry, LOADER_UKI, value);
}

static void add_type1(struct loader_list *list, struct volume *volume, const struct node *file, const char *own_path)
{
	struct loader_entry *entry = fake_loader_entry_add(list);
	struct lines lines = { (const char *)file->bytes, (const char *)file->bytes + file->size };
	char key[LINE_MAX_BYTES], value[LINE_MAX_BYTES];
	const struct node *image;

	while (next_pair(&lines, " \t", key, value)) {
		if (strcmp(key, "architecture") == 0 && strcmp(value, "x64") != 0)
			return;
		type1_key(entry, list, key, value);
		if (entry->kind == LOADER_EFI && strcasecmp(entry->image, own_path) == 0)
			return; /* systemd-boot itself */
	}
	if (entry->kind == LOADER_NONE)
		return;
	image = fake_volume_find(volume, entry->image);
	if (!image || image->is_directory)
		return;
	entry->directory = "\\loader\\entries";
	entry->volume = volume;
	entry_name(list, entry, file->name, ".conf");
	list->count++;
}

/* First of the os-release KEYS that is there. */
static bool osrel_first(const uint8_t *osrel, size_t size, const char *const *keys, char *ret, size_t ret_size)
{
	for (; *keys; keys++) {
		struct lines lines = { (const char *)osrel, (const char *)osrel + size };
		char key[LINE_MAX_BYTES], value[LINE_MAX_BYTES];

		while (next_pair(&lines, "=", key, value))
			if (strcmp(key, *keys) == 0) {
				fake_loader_keep(ret, ret_size, value);
				return true;
			}
	}
	return false;
}

static void add_type2(struct loader_list *list, struct volume *volume, const struct node *file)
{
	static const char *const names[] = { "PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL };
	static const char *const sort_keys[] = { "IMAGE_ID", "ID", NULL };
	static const char *const versions[] = { "IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID", NULL };
	struct loader_entry *entry = fake_loader_entry_add(list);
	char title[128];
	size_t size;
	const uint8_t *osrel = fake_pe_section(file->bytes, file->size, ".osrel", &size);

	if (!osrel || !osrel_first(osrel, size, names, title, sizeof(title)))
		return;
	entry->has_sort_key = osrel_first(osrel, size, sort_keys, entry->sort_key, sizeof(entry->sort_key));
	osrel_first(osrel, size, versions, entry->version, sizeof(entry->version));
	entry->kind = LOADER_TYPE2;
	entry->directory = "\\EFI\\Linux";
	entry->volume = volume;
	snprintf(entry->image, sizeof(entry->image), "%s\\%s", entry->directory, file->name);
	entry_name(list, entry, file->name, ".efi");
	list->count++;
}

static void scan_volume(struct loader_list *list, struct volume *volume, const char *own_path)
{
	const struct node *linux_dir = fake_volume_find(volume, "\\EFI\\Linux");
	const struct node *entries = fake_volume_find(volume, "\\loader\\entries");

	for (size_t i = 0; linux_dir && i < linux_dir->child_count; i++) {
		const struct node *file = linux_dir->children[i];

		if (!file->is_directory && file->name[0] != '.' && ends_with(file->name, ".efi") &&
		    strncasecmp(file->name, "auto-", 5) != 0)
			add_type2(list, volume, file);
	}
	for (size_t i = 0; entries && i < entries->child_count; i++) {
		const struct node *file = entries->children[i];

		if (!file->is_directory && file->name[0] != '.' && ends_with(file->name, ".conf") &&
		    strncasecmp(file->name, "auto-", 5) != 0)
			add_type1(list, volume, file, own_path);
	}
}

void fake_loader_scan(struct loader_list *list, struct volume *esp, const char *own_path)
{
	scan_volume(list, esp, own_path);
	for (struct volume *v = fake_volumes_first(); v; v = v->next)
		if (v->partition == PARTITION_XBOOTLDR && v->disk == esp->disk && !EFI_ERROR(v->broken)) {
			scan_volume(list, v, own_path);
			break;
		}
	fake_loader_sort(list);
}
