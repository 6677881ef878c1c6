/* SPDX-License-Identifier: Apache-2.0 */
/* A file name: its counter, entry, role, ids and path. */
#include "claim.h"
#include "shared/inventory.h"
#include "shared/role.h"

static void check_counter(struct text file)
{
	struct counter counter = { .base_len = SIZE_MAX };
	enum counter_error error = counter_parse(file, &counter);

	if (error != COUNTER_OK) {
		claim(counter.base_len == SIZE_MAX, "an error of counter_parse() touches the result");
		return;
	}
	claim(counter.base_len < file.len, "the base of a name leaves no suffix");
	claim(counter.left <= COUNTER_MAX && counter.done <= COUNTER_MAX, "a counter above its most");
	claim(counter.present || (counter.left == 0 && counter.done == 0), "no counter, but numbers");
	claim(!counter.present || file.at[counter.base_len] == '+', "a counter does not begin with '+'");
}

static void check_ids(const struct entry *entry)
{
	char full[4 * INVENTORY_ID_MAX], form_bytes[4 * INVENTORY_ID_MAX];

	for (enum id_form form = ID_FULL; form < ID_FORM_COUNT; form++) {
		struct writer w = WRITER(form_bytes);

		entry_write_id(&w, entry, form);
		claim(!w.overflow && w.len <= entry->file.len, "an id is longer than its file's name");
		/* a name may end in what looks like another counter: "a+1+2.conf" gives the id "a+1.conf" */
		if (form == ID_FULL || !text_contains(entry_name(entry), '+'))
			claim(id_hash(writer_text(&w)) == entry_id_hash(entry), "an id does not stand for its entry");
	}
	struct writer w = WRITER(full);
	entry_write_path(&w, entry);
	claim(w.len == entry_directory(entry->type).len + 1 + entry->file.len, "a path of another length");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text name = { (const char *)data, size < INVENTORY_ID_MAX ? size : INVENTORY_ID_MAX };
	enum role role = ROLE_COUNT;

	check_counter(name);

	struct entry entry = entry_of_name(name);
	struct text base = entry_name(&entry), suffix = entry_suffix(&entry);

	claim_borrowed(base, name);
	claim_borrowed(suffix, name);
	claim(entry.counter.present || base.len + suffix.len == name.len, "name and suffix are not the whole");
	check_ids(&entry);
	claim(entry_is_twin(&entry, &entry), "an entry is no twin of itself");
	for (enum id_form form = ID_FULL; form < ID_FORM_COUNT; form++)
		claim(entry_compare(&entry, &entry, form) == 0, "an entry differs from itself");

	enum role_match match = role_of_name(base, &role);

	claim((match == ROLE_MATCH_NONE) == (role == ROLE_NONE), "a role without a match, or the other way round");
	claim(role <= ROLE_NONE, "a role out of its range");
	for (enum entry_type type = ENTRY_TYPE1; name.len && type <= ENTRY_TYPE2; type++)
		if (entry_is_listed(type, name))
			claim(entry.type == type, "listed as one type and read as the other");
	entry_is_foreign(&entry);
	return 0;
}
