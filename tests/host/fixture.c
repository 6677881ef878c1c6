/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static const struct disk_id DISK = { DISK_GPT, { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 } };

/* LoaderFeatures as measured (facts/systemd-boot.md) */
static uint64_t features_of(uint32_t major)
{
	if (major >= 258)
		return 0x3FFFFF;
	if (major >= 257)
		return 0x7FFF;
	return major >= 254 ? 0x1FFF : 0x7FF;
}

static struct text keep(struct fixture *f, struct text t)
{
	char *at = f->bytes + f->used;

	assert_true(f->used + t.len <= sizeof(f->bytes));
	if (t.len > 0)
		memcpy(at, t.at, t.len);
	f->used += t.len;
	return (struct text){ at, t.len };
}

static struct text keep_name(struct fixture *f, struct text t)
{
	char name[300];
	size_t len = 0;

	for (size_t i = 0; i < t.len; i++) {
		assert_true(len + 6 < sizeof(name));
		if (t.len - i >= 3 && memcmp(t.at + i, "%20", 3) == 0) {
			name[len++] = ' ';
			i += 2;
		} else {
			name[len++] = t.at[i];
		}
	}
	struct text whole = { name, len };
	if (!text_ends_fold(whole, TEXT(".conf")) && !text_ends_fold(whole, TEXT(".efi"))) {
		memcpy(name + len, ".conf", 5);
		whole.len += 5;
	}
	return keep(f, whole);
}

static struct text take_part(struct text *rest)
{
	size_t n = 0;

	while (n < rest->len && rest->at[n] != ',')
		n++;
	struct text part = text_before(*rest, n);
	*rest = text_after(*rest, n + 1);
	return part;
}

static void apply_word(struct fixture *f, struct entry *e, struct text word, unsigned *generation)
{
	static const struct {
		struct text word;
		enum image_state image;
	} images[] = {
		{ NAME("empty"), IMAGE_EMPTY },     { NAME("broken"), IMAGE_NOT_PE },
		{ NAME("truncated"), IMAGE_TRUNCATED }, { NAME("machine"), IMAGE_OTHER_MACHINE },
		{ NAME("unread"), IMAGE_READ_FAILED },
	};
	static const struct {
		struct text word;
		enum conf_key key;
	} keys[] = {
		{ NAME("linux"), CONF_KEY_LINUX },
		{ NAME("uki"), CONF_KEY_UKI },
		{ NAME("efi"), CONF_KEY_EFI },
		{ NAME("nokey"), CONF_KEY_NONE },
	};

	for (size_t i = 0; i < COUNT(images); i++) {
		if (text_equal(word, images[i].word)) {
			e->image = images[i].image;
			return;
		}
	}
	for (size_t i = 0; i < COUNT(keys); i++) {
		if (text_equal(word, keys[i].word)) {
			e->key = keys[i].key;
			return;
		}
	}
	if (text_equal(word, TEXT("missing"))) {
		e->image_missing = true;
	} else if (text_equal(word, TEXT("mixed"))) {
		e->mixed = true;
	} else if (text_equal(word, TEXT("closed"))) {
		e->opened = false;
	} else if (text_equal(word, TEXT("large"))) {
		e->too_large = true;
	} else if (text_equal(word, TEXT("arch"))) {
		e->architecture = TEXT("aa64");
	} else if (text_equal(word, TEXT("x"))) {
		e->partition = PARTITION_XBOOTLDR;
	} else if (word.len == 2 && word.at[0] == 'g') {
		*generation = (unsigned)(word.at[1] - '0');
	} else if (text_starts_fold(word, TEXT("s="))) {
		e->sort_key = keep(f, text_after(word, 2));
	} else if (text_starts_fold(word, TEXT("v="))) {
		e->version = keep(f, text_after(word, 2));
	} else if (text_starts_fold(word, TEXT("m="))) {
		e->machine_id = keep(f, text_after(word, 2));
	} else {
		fail_msg("fixture: no such word: %s", shown(word));
	}
}

struct entry fixture_entry(struct fixture *f, const char *file)
{
	struct text rest = text_of(file);
	struct entry e = { .opened = true, .key = CONF_KEY_LINUX, .image = IMAGE_OK };
	unsigned generation = 1;

	e.file = keep_name(f, take_part(&rest));
	e.type = text_ends_fold(e.file, TEXT(".efi")) ? ENTRY_TYPE2 : ENTRY_TYPE1;
	if (counter_parse(e.file, &e.counter) != COUNTER_OK) /* no counter: the '+' belongs to the name */
		e.counter = (struct counter){ .base_len = e.file.len - (e.type == ENTRY_TYPE2 ? 4 : 5) };
	if (e.type == ENTRY_TYPE2)
		e.key = CONF_KEY_NONE;
	else
		e.image_path = TEXT("/vmlinuz");
	e.title = TEXT("An OS");
	while (rest.len > 0)
		apply_word(f, &e, take_part(&rest), &generation);
	e.fingerprint = entry_fingerprint(&e, TEXT("linux /vmlinuz"), 1000, generation, 42);
	return e;
}

void fixture_files(struct fixture *f, const char *spec)
{
	struct text rest = text_of(spec), word;
	size_t n = 0;

	f->used = 0;
	memset(f->entries, 0, sizeof(f->entries));
	while (text_next_word(&rest, &word)) {
		char file[400];

		assert_true(word.len < sizeof(file) && n < FIXTURE_ENTRIES_MAX);
		memcpy(file, word.at, word.len);
		file[word.len] = '\0';
		f->entries[n++] = fixture_entry(f, file);
	}
	f->inventory.entries = f->entries;
	f->inventory.entry_count = n;
	if (n < FIXTURE_ENTRIES_MAX) /* who reads beyond the end finds what would be chosen before all others */
		f->entries[n] = fixture_entry(f, "active,s=0,v=99");
}

void fixture_init(struct fixture *f, const char *spec)
{
	memset(f, 0, sizeof(*f));
	f->inventory.machine = IMAGE_MACHINE_X64;
	f->inventory.disk = DISK;
	config_set_defaults(&f->inventory.config);
	fixture_loader(f, 257);
	fixture_files(f, spec);
	fixture_no_record(f);
}

void fixture_loader(struct fixture *f, uint32_t major)
{
	f->inventory.loader.major = major;
	f->inventory.loader.features_known = true;
	f->inventory.loader.features = features_of(major);
}

void fixture_scanned(struct fixture *f, enum id_form form)
{
	const struct entry *order[FIXTURE_ENTRIES_MAX];
	size_t count = f->inventory.entry_count;

	for (size_t i = 0; i < count; i++) {
		size_t at = i;

		for (; at > 0 && entry_compare(&f->entries[i], order[at - 1], form) < 0; at--)
			order[at] = order[at - 1];
		order[at] = &f->entries[i];
	}

	struct writer w = { .at = f->bytes + f->used, .size = sizeof(f->bytes) - f->used };
	for (size_t i = 0; i < count; i++) {
		entry_write_id(&w, order[i], form);
		write_char(&w, '\0');
	}
	assert_false(w.overflow);
	f->used += w.len;
	f->inventory.loader.entries = writer_text(&w);
	f->inventory.loader.entries_known = true;
}

void fixture_no_record(struct fixture *f)
{
	const struct record_slot none[RECORD_SLOTS] = { { .exists = false } };
	unsigned slot;

	f->inventory.record_state = record_read(none, &f->inventory.disk, &f->inventory.record, &slot);
	assert_int_equal(f->inventory.record_state, RECORD_ABSENT);
}

void fixture_seen(const struct fixture *f, struct role_seen seen[ROLE_COUNT])
{
	struct role_state roles[ROLE_COUNT];

	roles_find(&f->inventory, roles);
	for (size_t i = 0; i < ROLE_COUNT; i++)
		seen[i] = roles[i].seen;
}

void fixture_new_record(struct fixture *f)
{
	struct role_seen seen[ROLE_COUNT];

	fixture_no_record(f);
	f->inventory.record_state = RECORD_VALID;
	f->inventory.record.sequence = 1;
	fixture_seen(f, seen);
	record_observe(&f->inventory.record, seen);
}

void fixture_launched(struct fixture *f, enum role role, unsigned times)
{
	struct role_seen seen[ROLE_COUNT];
	struct role_state roles[ROLE_COUNT];

	f->inventory.record_state = RECORD_VALID;
	roles_find(&f->inventory, roles);
	assert_non_null(roles[role].entry);
	for (unsigned i = 0; i < times; i++) {
		fixture_seen(f, seen);
		record_observe(&f->inventory.record, seen);
		record_launch(&f->inventory.record, role, entry_id_hash(roles[role].entry), true);
	}
}

void fixture_boot(struct fixture *f, struct decision *ret)
{
	policy_decide(&f->inventory, ret);
	f->inventory.record = ret->record;
	f->inventory.record_state = RECORD_VALID;
	f->inventory.note = TEXT_EMPTY;
	f->inventory.oneshot = ONESHOT_NONE;
}

static enum role role_called(struct text word)
{
	for (unsigned role = 0; role < ROLE_COUNT; role++)
		if (text_equal(word, role_name((enum role)role)))
			return (enum role)role;
	return ROLE_NONE;
}

static bool given_record(struct fixture *f, struct text key, struct text value)
{
	struct record *record = &f->inventory.record;
	uint64_t n = 0;

	if (text_equal(key, TEXT("valid"))) {
		fixture_new_record(f);
	} else if (text_equal(key, TEXT("new"))) {
		fixture_new_record(f);
		f->inventory.record_state = RECORD_NEW;
		f->inventory.visit.record_new = true;
	} else if (text_equal(key, TEXT("refused"))) {
		f->inventory.record_state = RECORD_REFUSED;
	} else if (text_equal(key, TEXT("foreign"))) {
		f->inventory.record_state = RECORD_FOREIGN;
	} else if (text_equal(key, TEXT("unwritable"))) {
		f->inventory.record_unwritable = true;
	} else if (text_equal(key, TEXT("heard"))) {
		record->heard = true;
	} else if (text_equal(key, TEXT("succeeded"))) {
		record->success_seen = true;
	} else if (text_equal(key, TEXT("resets")) && text_to_uint(value, 255, &n)) {
		record->resets = (uint8_t)n; /* as after an episode that is over and renewed nothing */
		record->episode_launches = record->episode_tries = RECORD_TRIES_LOAN;
		for (unsigned i = 0; i < 2; i++)
			record->episode_generation[i] = record->roles[i].generation;
	} else if (text_equal(key, TEXT("laps")) && text_to_uint(value, 255, &n)) {
		record->laps = (uint8_t)n;
	} else if (text_equal(key, TEXT("launch")) && value.len > 2) {
		enum role role = role_called(text_before(value, value.len - 2));
		assert_true(role != ROLE_NONE);
		fixture_launched(f, role, (unsigned)(value.at[value.len - 1] - '0'));
	} else {
		return false;
	}
	return true;
}

static bool given_loader(struct fixture *f, struct text key, struct text value)
{
	struct loader *loader = &f->inventory.loader;
	uint64_t n = 0;

	if (text_equal(key, TEXT("loader")) && text_to_uint(value, 999, &n))
		fixture_loader(f, (uint32_t)n);
	else if (text_equal(key, TEXT("no-features")))
		loader->features_known = false, loader->features = 0;
	else if (text_equal(key, TEXT("scanned")))
		fixture_scanned(f, text_equal(value, TEXT("full"))   ? ID_FULL
				   : text_equal(value, TEXT("kept")) ? ID_KEPT
								     : ID_STRIPPED);
	else if (text_equal(key, TEXT("default")))
		loader->fallback = value;
	else if (text_equal(key, TEXT("preferred")))
		loader->preferred = value;
	else
		return false;
	return true;
}

static bool given_config(struct fixture *f, struct text key, struct text value)
{
	static const struct text endings[] = { NAME("menu"), NAME("reboot"), NAME("poweroff"), NAME("firmware") };
	struct config *config = &f->inventory.config;
	uint64_t n = 0;

	if (role_called(key) != ROLE_NONE && value.len > 0) {
		config->globs[role_called(key)] = value;
	} else if (text_equal(key, TEXT("auto"))) {
		config->auto_reset = text_equal(value, TEXT("no")) ? AUTO_RESET_NO : AUTO_RESET_WITNESSED;
	} else if (text_equal(key, TEXT("limit")) && text_to_uint(value, 255, &n)) {
		config->reset_limit = (uint32_t)n;
	} else if (text_equal(key, TEXT("handoff")) && text_equal(value, TEXT("reset"))) {
		config->handoff = HANDOFF_RESET;
	} else if (text_equal(key, TEXT("nothing"))) {
		for (unsigned i = 0; i < COUNT(endings); i++)
			if (text_equal(value, endings[i]))
				config->nothing_bootable = (enum nothing_bootable)i;
	} else {
		return false;
	}
	return true;
}

static bool given_moment(struct fixture *f, struct text key, struct text value)
{
	static const struct text oneshots[] = { NAME("none"), NAME("request"), NAME("ignored"), NAME("leftover"),
						NAME("handoff") };
	struct inventory *inventory = &f->inventory;

	for (unsigned i = 0; i < COUNT(oneshots); i++) {
		if (text_equal(key, oneshots[i])) {
			inventory->oneshot = (enum oneshot)i;
			return true;
		}
	}
	if (text_equal(key, TEXT("unreadable"))) {
		inventory->unreadable[value.len > 0 ? PARTITION_XBOOTLDR : PARTITION_ESP] = true;
	} else if (text_equal(key, TEXT("capped"))) {
		inventory->entries_capped = true;
	} else if (text_equal(key, TEXT("bad-config"))) {
		inventory->config_problems = 1;
	} else if (text_equal(key, TEXT("cancelled"))) {
		inventory->reset_cancelled = true;
	} else if (text_equal(key, TEXT("berth"))) {
		inventory->started_as_entry = true;
	} else if (text_equal(key, TEXT("failed"))) {
		visit_add(&inventory->visit, id_hash(value));
	} else if (text_equal(key, TEXT("note"))) {
		inventory->note = keep(f, value);
		for (char *c = f->bytes + f->used - value.len; c < f->bytes + f->used; c++)
			*c = *c == '~' ? ' ' : *c;
	} else {
		return false;
	}
	return true;
}

void fixture_given(struct fixture *f, const char *words)
{
	struct text rest = text_of(words), word;

	while (text_next_word(&rest, &word)) {
		size_t n = 0;

		while (n < word.len && word.at[n] != '=')
			n++;
		struct text key = text_before(word, n), value = text_after(word, n + 1);
		/* "handoff" alone is a one-shot, "handoff=reset" configuration; "reset=x" a glob, "resets=1" the record */
		if (!(value.len > 0 && given_config(f, key, value)) && !given_record(f, key, value) &&
		    !given_loader(f, key, value) && !given_moment(f, key, value))
			fail_msg("fixture: no such fact: %s", shown(word));
	}
}

const struct entry *fixture_find(const struct fixture *f, const char *file)
{
	for (size_t i = 0; i < f->inventory.entry_count; i++)
		if (text_equal(f->entries[i].file, text_of(file)))
			return &f->entries[i];
	return NULL;
}

const char *shown(struct text t)
{
	static char buffers[8][512];
	static unsigned next;
	char *at = buffers[next++ % 8];
	size_t len = t.len < 511 ? t.len : 511;

	if (len > 0)
		memcpy(at, t.at, len);
	at[len] = '\0';
	return at;
}
