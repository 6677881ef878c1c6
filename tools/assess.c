/* SPDX-License-Identifier: Apache-2.0 */
#include "assess.h"

#include "shared/roles.h"

enum target { TARGET_UNCOUNTED, TARGET_EXHAUSTED, TARGET_ARMED };

static void name_write(struct writer *w, const struct entry *entry, enum target target)
{
	const struct counter *counter = &entry->counter;
	uint32_t tries = counter->present ? counter->left + counter->done : ASSESS_TRIES;
	write_text(w, entry_name(entry));
	if (target == TARGET_EXHAUSTED) {
		write_string(w, "+0-");
		write_uint(w, counter->present && counter->done ? counter->done : 1);
	} else if (target == TARGET_ARMED) {
		write_char(w, '+');
		write_uint(w, tries ? tries : ASSESS_TRIES);
	}
	write_text(w, entry_suffix(entry));
}

static int rename_to(struct esp_writer *writer, const struct entry *entry, enum target target)
{
	char path_bytes[INVENTORY_ID_MAX + 32], name_bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(path_bytes), name = WRITER(name_bytes);
	entry_write_path(&path, entry);
	name_write(&name, entry, target);
	if (text_equal(writer_text(&name), entry->file))
		return 0;
	return writer_rename(writer, entry->partition, writer_text(&path), writer_text(&name));
}

int assess_good(struct esp_writer *writer, const struct entry *entry)
{
	return entry->counter.present ? rename_to(writer, entry, TARGET_UNCOUNTED) : 0;
}

int assess_bad(struct esp_writer *writer, const struct entry *entry)
{
	return entry->counter.present && !entry->counter.left ? 0 : rename_to(writer, entry, TARGET_EXHAUSTED);
}

int assess_rearm(struct esp_writer *writer, const struct entry *entry, bool count)
{
	return entry->counter.present || count ? rename_to(writer, entry, TARGET_ARMED) : 0;
}

int assess_rearm_role(struct esp_writer *writer, const struct machine *machine, enum role role)
{
	const struct inventory *inventory = &machine->world.inventory;
	int r = 0;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (entry_is_foreign(entry) || roles_of_entry(&inventory->config, entry) != role)
			continue;
		int renamed = assess_rearm(writer, entry, false);
		r = r ? r : renamed;
	}
	return r;
}
