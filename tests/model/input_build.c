/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <stdlib.h>
#include <string.h>

#include "shared/loader-vars.h"

#define FILES_MOST 3u /* of a shape */

/* What the words behind a comma mean. */
static void apply_word(struct entry *e, struct text word)
{
	static const struct {
		const char *word;
		enum image_state image;
	} images[] = { { "empty", IMAGE_EMPTY },          { "truncated", IMAGE_TRUNCATED }, { "not-pe", IMAGE_NOT_PE },
		       { "machine", IMAGE_OTHER_MACHINE }, { "unread", IMAGE_READ_FAILED } };
	for (size_t i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		if (text_equal(word, text_of(images[i].word)))
			e->image = images[i].image;
	e->image_missing |= text_equal(word, TEXT("missing"));
	e->mixed |= text_equal(word, TEXT("mixed"));
	e->too_large |= text_equal(word, TEXT("large"));
	e->opened &= !text_equal(word, TEXT("closed")) && !text_equal(word, TEXT("large"));
	if (text_equal(word, TEXT("no-key")))
		e->key = CONF_KEY_NONE;
	if (text_equal(word, TEXT("uki")))
		e->key = CONF_KEY_UKI;
	if (text_equal(word, TEXT("efi")))
		e->key = CONF_KEY_EFI;
	if (text_equal(word, TEXT("architecture")))
		e->architecture = TEXT("aa64");
	if (text_equal(word, TEXT("other")))
		e->partition = PARTITION_XBOOTLDR;
	if (text_equal(word, TEXT("untitled")))
		e->title = TEXT_EMPTY;
}

static bool is_type2(struct text words)
{
	for (; words.len; words = text_after(words, 1))
		if (text_starts_fold(words, TEXT("type2")))
			return true;
	return false;
}

/* "@+3,missing" of the role called NAME. The file's name is kept for ever: there are few, and each is made once. */
static struct entry template_of(struct text word, struct text name)
{
	struct text words = word;
	while (words.len && words.at[0] != ',')
		words = text_after(words, 1);
	struct text file = text_before(word, word.len - words.len);
	char *bytes = malloc(64);
	struct writer w = { .at = bytes, .size = 64 };
	write_text(&w, name);
	write_text(&w, text_after(file, 1));
	write_string(&w, is_type2(words) ? ".efi" : ".conf");

	struct entry e = entry_of_name(writer_text(&w));
	e.opened = true;
	e.key = CONF_KEY_LINUX;
	e.title = TEXT("An OS");
	while (words.len) {
		words = text_after(words, 1);
		size_t len = 0;
		while (len < words.len && words.at[len] != ',')
			len++;
		apply_word(&e, text_before(words, len));
		words = text_after(words, len);
	}
	return e;
}

static const struct text role_files[ROLE_COUNT] = { { "active", 6 }, { "passive", 7 }, { "recovery", 8 },
						    { "statereset", 10 } };

struct made {
	struct entry at[FILES_MOST];
	size_t count;
	bool done;
};

static const struct made *made_of(enum role role, unsigned shape)
{
	static struct made made[ROLE_COUNT][64];
	struct made *m = &made[role][shape];
	struct text words = text_of(shapes[shape].files), word;
	while (!m->done && text_next_word(&words, &word)) {
		m->at[m->count] = template_of(word, role_files[role]);
		m->at[m->count].fingerprint = 1000 * ((uint64_t)role + 1) + m->count;
		m->count++;
	}
	m->done = true;
	return m;
}

static struct inventory inventory;
static struct entry entries[ROLE_COUNT * FILES_MOST];

static void build_loader(const struct input *in)
{
	static char listed[2048];
	struct loader *loader = &inventory.loader;
	loader->features_known = in->knows_uki == UKI_NO || in->knows_uki == UKI_YES;
	loader->features = in->knows_uki == UKI_YES ? 0x3FFFFF : 0x7FFF;
	loader->major = in->knows_uki == UKI_NO_BY_MAJOR ? 257 : in->knows_uki == UKI_YES_BY_MAJOR ? 258 : 0;
	loader->entries_known = in->scanned != NOT_SCANNED;
	struct writer w = WRITER(listed);
	for (size_t i = 0; loader->entries_known && i < inventory.entry_count; i++) {
		if (in->scanned == SCANNED_WITHOUT)
			break;
		entry_write_id(&w, &entries[i], in->scanned == SCANNED_FULL ? ID_FULL : ID_STRIPPED);
		write_char(&w, '\0');
	}
	write_string(&w, "auto-reboot-to-firmware-setup");
	write_char(&w, '\0');
	loader->entries = writer_text(&w);
}

static void build_role_record(const struct past *past, enum role role, const struct role_seen *seen,
			      struct role_record *ret)
{
	if (!seen->present || past->acquainted[role] == ROLE_UNSEEN)
		return;
	*ret = (struct role_record){ seen->generation, seen->left, past->stalled[role], past->launches[role],
				     false };
	switch (past->acquainted[role]) {
	case ROLE_MOVED:
		if (seen->left != RECORD_UNCOUNTED)
			ret->left_seen++;
		break;
	case ROLE_REARMED:
		ret->left_seen = seen->left && seen->left != RECORD_UNCOUNTED ? seen->left - 1 : seen->left;
		break;
	case ROLE_OTHER_IMAGE:
		ret->generation += 50;
		break;
	case ROLE_UNSEEN:
	case ROLE_SAME:
	case ACQUAINTANCES:
		break;
	}
}

static void build_record(const struct past *past)
{
	struct record *record = &inventory.record;
	struct role_state roles[ROLE_COUNT];
	inventory.record_state = past->state;
	inventory.record_unwritable = past->unwritable;
	*record = (struct record){ .last_role = ROLE_NONE };
	if (past->state != RECORD_VALID && past->state != RECORD_NEW)
		return;
	roles_find(&inventory, roles);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		build_role_record(past, role, &roles[role].seen, &record->roles[role]);
	for (enum role role = ROLE_ACTIVE; role <= ROLE_PASSIVE; role++)
		if (past->episode_launches)
			record->episode_generation[role] = roles[role].seen.generation + (past->renewed[role] ? 70 : 0);
	record->granted = past->granted;
	record->resets = past->resets;
	record->episode_launches = past->episode_launches;
	record->episode_tries = past->episode_tries;
	record->heard = past->heard;
	record->success_seen = past->success_seen;
}

static void turn(void)
{
	for (size_t i = 0, j = inventory.entry_count; i + 1 < j; i++) {
		struct entry first = entries[i];
		entries[i] = entries[--j];
		entries[j] = first;
	}
}

const struct inventory *input_build(const struct input *in, bool turned)
{
	memset(&inventory, 0, sizeof(inventory));
	inventory.entries = entries;
	inventory.machine = IMAGE_MACHINE_X64;
	config_set_defaults(&inventory.config);
	inventory.config.auto_reset = in->auto_reset;
	inventory.config.reset_limit = in->reset_limit;
	inventory.config.nothing_bootable = in->nothing;
	inventory.started_as_entry = in->as_entry;
	inventory.reset_cancelled = in->cancelled;
	inventory.oneshot = in->oneshot;
	inventory.read_only[PARTITION_ESP] = inventory.read_only[PARTITION_XBOOTLDR] = in->read_only;
	memcpy(inventory.unreadable, in->unreadable, sizeof(inventory.unreadable));
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct made *made = made_of(role, in->shape[role]);
		memcpy(&entries[inventory.entry_count], made->at, made->count * sizeof(entries[0]));
		inventory.entry_count += made->count;
		if (made->count && in->failed_now & (1u << role))
			for (size_t i = 0; i < made->count; i++)
				visit_add(&inventory.visit, entry_id_hash(&made->at[i]));
	}
	build_loader(in);
	if (turned)
		turn();
	build_record(&in->past);
	return &inventory;
}
