/* SPDX-License-Identifier: Apache-2.0 */
#include "inventory.h"

#include "hash.h"
#include "version.h"

static int compare_uint(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

struct text entry_name(const struct entry *entry)
{
	return (struct text){ entry->file.at, entry->counter.base_len };
}

static const struct {
	char directory[16];
	char suffix[6];
} types[] = {
	[ENTRY_TYPE1] = { "\\loader\\entries", ".conf" },
	[ENTRY_TYPE2] = { "\\EFI\\Linux", ".efi" },
};

/* ".conf", ".efi", or nothing for a name that is neither. */
static struct text suffix_of(struct text file)
{
	for (enum entry_type type = ENTRY_TYPE1; type <= ENTRY_TYPE2; type++) {
		struct text suffix = entry_type_suffix(type);
		if (text_ends_fold(file, suffix))
			return text_after(file, file.len - suffix.len);
	}
	return TEXT_EMPTY;
}

struct text entry_directory(enum entry_type type)
{
	return text_of(types[type].directory);
}

struct text entry_type_suffix(enum entry_type type)
{
	return text_of(types[type].suffix);
}

bool entry_is_listed(enum entry_type type, struct text name)
{
	return text_ends_fold(name, entry_type_suffix(type)) && name.at[0] != '.';
}

struct entry entry_of_name(struct text name)
{
	struct entry entry = { .file = name };
	if (text_ends_fold(name, entry_type_suffix(ENTRY_TYPE2)))
		entry.type = ENTRY_TYPE2;
	/* A '+' that is no counter belongs to the name. */
	if (counter_parse(name, &entry.counter) != COUNTER_OK)
		entry.counter = (struct counter){ .base_len = name.len - suffix_of(name).len };
	return entry;
}

void entry_read_conf(struct entry *entry, struct text bytes)
{
	struct conf conf;
	conf_parse(bytes, &conf);
	entry->key = conf.key;
	entry->title = conf.title;
	entry->sort_key = conf.sort_key;
	entry->version = conf.version;
	entry->machine_id = conf.machine_id;
	entry->architecture = conf.architecture;
	entry->image_path = conf.image;
	entry->mixed = conf.mixed;
}

void entry_read_osrel(struct entry *entry, struct text bytes)
{
	struct osrel osrel;
	osrel_parse(bytes, &osrel);
	entry->title = osrel.title;
	entry->sort_key = osrel.sort_key;
	entry->version = osrel.version;
}

void entry_write_path(struct writer *w, const struct entry *entry)
{
	write_text(w, entry_directory(entry->type));
	write_char(w, '\\');
	write_text(w, entry->file);
}

struct text entry_suffix(const struct entry *entry)
{
	return suffix_of(entry->file);
}

bool id_is_ours(struct text id)
{
	return text_starts_fold(id, TEXT("bootpilot"));
}

bool entry_is_foreign(const struct entry *entry)
{
	return id_is_ours(entry->file) || text_starts_fold(entry->file, TEXT("auto-"));
}

bool entry_is_twin(const struct entry *a, const struct entry *b)
{
	return a->type == b->type && text_equal_fold(entry_name(a), entry_name(b));
}

bool entry_is_counted_to(const struct entry *before, const struct entry *after)
{
	return before->counter.present && before->counter.left == after->counter.left + 1 &&
	       before->counter.done + 1 == after->counter.done;
}

static uint64_t name_hash(struct text name, struct text suffix)
{
	return hash_text_fold(hash_text_fold(HASH_START, name), suffix);
}

uint64_t entry_id_hash(const struct entry *entry)
{
	return name_hash(entry_name(entry), entry_suffix(entry));
}

uint64_t id_hash(struct text id)
{
	struct entry entry = entry_of_name(id);
	return entry_id_hash(&entry);
}

void entry_write_id(struct writer *w, const struct entry *entry, enum id_form form)
{
	if (form == ID_FULL) {
		write_lower(w, entry->file);
		return;
	}
	if (form == ID_KEPT && entry->counter.present)
		write_text(w, entry_name(entry));
	else
		write_lower(w, entry_name(entry));
	write_lower(w, entry_suffix(entry)); /* the loader's own in every form */
}

static int compare_ids(const struct entry *a, const struct entry *b, enum id_form form)
{
	char id_a[INVENTORY_ID_MAX], id_b[INVENTORY_ID_MAX];
	struct writer wa = WRITER(id_a), wb = WRITER(id_b);
	entry_write_id(&wa, a, form);
	entry_write_id(&wb, b, form);
	return version_compare(writer_text(&wa), writer_text(&wb));
}

int entry_compare(const struct entry *a, const struct entry *b, enum id_form form)
{
	int r = compare_uint(a->counter.present && !a->counter.left, b->counter.present && !b->counter.left);
	if (r == 0)
		r = compare_uint(!a->sort_key.len, !b->sort_key.len);
	if (r == 0 && a->sort_key.len) {
		r = text_compare(a->sort_key, b->sort_key);
		if (r == 0)
			r = text_compare(a->machine_id, b->machine_id);
		if (r == 0)
			r = -version_compare(a->version, b->version);
	}
	if (r == 0)
		r = -compare_ids(a, b, form);
	if (r != 0 || !a->counter.present || !b->counter.present)
		return r;
	r = compare_uint(b->counter.left, a->counter.left);
	return r ? r : compare_uint(a->counter.done, b->counter.done);
}

uint64_t entry_fingerprint(const struct entry *entry, struct text conf, uint64_t image_size, uint64_t image_time,
			   uint64_t header_hash)
{
	uint64_t hash = entry_id_hash(entry);
	hash = hash_text(hash, conf);
	hash = hash_uint(hash, image_size);
	hash = hash_uint(hash, image_time);
	return hash_uint(hash, header_hash);
}

uint32_t loader_major(struct text info)
{
	struct text product = TEXT("systemd-boot ");
	if (!text_starts_fold(info, product))
		return 0;
	struct text number = text_after(info, product.len);
	size_t digits = 0;
	while (digits < number.len && char_is_digit(number.at[digits]))
		digits++;
	uint64_t major;
	return text_to_uint(text_before(number, digits), UINT16_MAX, &major) ? (uint32_t)major : 0;
}

bool loader_next_id(struct text *ids, struct text *ret)
{
	while (ids->len) {
		size_t len = 0;
		while (len < ids->len && ids->at[len])
			len++;
		struct text id = text_before(*ids, len);
		*ids = text_after(*ids, len + 1);
		if (id.len) {
			*ret = id;
			return true;
		}
	}
	return false;
}
