/* SPDX-License-Identifier: Apache-2.0 */
/* The differential for whole lists: which entries systemd-boot lists and in which order, and whether the one-shot that
 * shared/naming.c makes for an entry leads the fake loader (tests/fake/loader_scan.c, of its own) to that entry or a twin.
 *
 * Input, in lines (lines.h):
 *   entry NAME|TEXT               \loader\entries\NAME
 *   uki NAME|OS-RELEASE           \EFI\Linux\NAME
 *   Entry, Uki                    the same on XBOOTLDR */
#include "claim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"
#include "scanned.h"
#include "shared/fault.h"
#include "shared/glob.h"
#include "shared/naming.h"

#define ENTRIES_MAX 24u
#define NAME_SIZE   64u
#define TEXT_SIZE   160u /* the fake cuts longer values */
#define IMAGE       "/EFI/test/x.efi"

struct file {
	char name[NAME_SIZE], text[TEXT_SIZE];
};

static struct file files[ENTRIES_MAX];
static struct entry as_found[ENTRIES_MAX], entries[ENTRIES_MAX]; /* as the directories have them; as they are sorted */
static size_t count;
static struct scanned list[SCANNED_MAX];
static size_t listed;

static const struct {
	unsigned series;
	enum id_form form;
	uint64_t features;
} loaders[] = {
	{ 252, ID_FULL, 0x7FF },
	{ 254, ID_FULL, 0x1FFF },
	{ 257, ID_KEPT, 0x7FFF },
	{ 262, ID_STRIPPED, 0x3FFFFF },
};

/* A name that a loader looks at; others prove nothing. */
static bool name_is_usable(struct text name, enum entry_type type)
{
	return name_is_of_fat(name) && entry_is_listed(type, name) && !text_starts_fold(name, TEXT("auto-"));
}

/* What neither reading claims to know: an image elsewhere, two kinds of keys, values that the fake cuts. */
static bool conf_is_usable(const struct entry *entry, struct text conf)
{
	return text_equal(entry->image_path, TEXT(IMAGE)) && !entry->mixed && entry->machine_id.len < 64 &&
	       entry->sort_key.len < 128 && entry->version.len < 128 && !text_contains(conf, '\0');
}

static void add(enum entry_type type, unsigned partition, struct text fields)
{
	struct file *file = &files[count];
	struct entry entry;
	struct text text;
	char path[2 * NAME_SIZE];

	if (count == ENTRIES_MAX)
		return;
	entry = entry_of_name(text_of(field_take_string(&fields, file->name, NAME_SIZE)));
	text = text_of(field_take_string(&fields, file->text, TEXT_SIZE));
	if (!name_is_usable(entry.file, type))
		return;
	entry.type = type;
	entry.partition = partition ? PARTITION_XBOOTLDR : PARTITION_ESP;
	entry.opened = true;
	snprintf(path, sizeof(path), "%s\\%s", type == ENTRY_TYPE1 ? "\\loader\\entries" : "\\EFI\\Linux", file->name);
	if (scanned_has(partition, path))
		return;
	if (type == ENTRY_TYPE1) {
		entry_read_conf(&entry, text);
		if (!conf_is_usable(&entry, text))
			return;
		scanned_put(partition, path, file->text);
	} else {
		entry_read_osrel(&entry, text);
		scanned_put_image(partition, path, file->text);
	}
	as_found[count++] = entry;
}

static void add_line(struct text line)
{
	switch (line.at[0]) {
	case 'e':
	case 'E':
		add(ENTRY_TYPE1, line.at[0] == 'E', line_fields(line));
		break;
	case 'u':
	case 'U':
		add(ENTRY_TYPE2, line.at[0] == 'U', line_fields(line));
		break;
	default:
		break;
	}
}

/* As they are found: on the ESP first, and there Type #2 first. */
static unsigned place(const struct entry *entry)
{
	return 2 * entry->partition + (entry->type == ENTRY_TYPE1);
}

static void sort(enum id_form form)
{
	memcpy(entries, as_found, sizeof(entries)); /* where nothing else decides, the directory does */
	for (size_t i = 1; i < count; i++)
		for (size_t at = i; at > 0; at--) {
			struct entry *a = &entries[at - 1], *b = &entries[at], swapped = *a;
			int order = entry_compare(a, b, form);

			if (order < 0 || (order == 0 && place(a) <= place(b)))
				break;
			*a = *b;
			*b = swapped;
		}
}

static bool is_hidden(const struct inventory *inventory, const struct entry *entry)
{
	enum fault fault = entry_fault(inventory, entry);

	return fault == FAULT_HIDDEN || fault == FAULT_UNKNOWN_KEY || fault == FAULT_WRONG_ARCHITECTURE;
}

static void check_list(const struct inventory *inventory, unsigned series)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (is_hidden(inventory, &entries[i]))
			continue;
		claim(at < listed, "%u does not list %s", series, entries[i].file.at);
		claim(strcmp(list[at].file, entries[i].file.at) == 0, "%u has %s where we have %s", series, list[at].file,
		      entries[i].file.at);
		at++;
	}
	claim(at == listed, "%u lists %s, we do not", series, at < listed ? list[at].file : "");
}

static void lower(char *s)
{
	for (; *s; s++)
		*s = char_lower(*s);
}

static void check_naming(const struct inventory *inventory, unsigned series, const struct entry *entry)
{
	char name[NAMING_MAX + 1];
	struct writer w = { .at = name, .size = NAMING_MAX };

	if (entry_fault(inventory, entry) != FAULT_NONE || naming_write(inventory, entry, &w) == NAMING_NONE)
		return;
	claim(!w.overflow, "a name for the one-shot does not fit");
	name[w.len] = '\0';
	lower(name);
	for (size_t i = 0; i < listed; i++) {
		struct entry found;

		if (!scanned_match(name, list[i].id))
			continue;
		found = entry_of_name(text_of(list[i].file));
		claim(entry_is_twin(entry, &found), "%u: %s is asked for as %s, and starts %s", series,
		      entry->file.at, name, list[i].file);
		return;
	}
	claim(false, "%u: %s is asked for as %s, which is nothing", series, entry->file.at, name);
}

static void check_loader(size_t l)
{
	struct inventory inventory = { .entries = entries, .entry_count = count, .machine = IMAGE_MACHINE_X64 };

	inventory.loader.features_known = true;
	inventory.loader.features = loaders[l].features;
	inventory.loader.major = loaders[l].series;
	config_set_defaults(&inventory.config);
	listed = scanned_by(loaders[l].series, list);
	sort(loaders[l].form);
	check_list(&inventory, loaders[l].series);
	for (size_t i = 0; i < count; i++)
		check_naming(&inventory, loaders[l].series, &entries[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = { (const char *)data, size }, line;

	scanned_begin();
	count = 0;
	for (unsigned i = 0; i < PARTITION_COUNT; i++)
		scanned_put_image(i, "\\EFI\\test\\x.efi", NULL);
	while (line_take(&rest, &line))
		add_line(line);
	for (size_t l = 0; l < sizeof(loaders) / sizeof(loaders[0]); l++)
		check_loader(l);
	return 0;
}
