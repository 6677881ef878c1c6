/* SPDX-License-Identifier: Apache-2.0 */
#include "naming.h"

#include "glob.h"

/* What stands in front of PATTERN's first wildcard. */
static struct text lead_of(struct text pattern)
{
	size_t len = 0;
	while (len < pattern.len && (unsigned char)pattern.at[len] < 0x80 &&
	       !text_contains(TEXT(GLOB_SPECIAL), pattern.at[len]))
		len++;
	return text_before(pattern, len);
}

/* False: ENTRY's name does not begin with LEAD, so no id of it matches. This is true of nearly all entries, and each is asked
 * about many times. */
static bool begins_alike(struct text lead, const struct entry *entry)
{
	size_t len = entry->counter.base_len; /* what follows depends on the form of the id */
	for (size_t i = 0; i < lead.len && i < len; i++)
		if (char_lower(entry->file.at[i]) != lead.at[i])
			return false;
	return true;
}

static bool id_matches(struct text pattern, const struct entry *entry, enum id_form form)
{
	char id[INVENTORY_ID_MAX];
	struct writer w = WRITER(id);
	entry_write_id(&w, entry, form);
	return !w.overflow && glob_match(pattern, writer_text(&w));
}

bool entry_is_wished(const struct entry *entry, struct text wish)
{
	char pattern[INVENTORY_ID_MAX];
	struct writer lower = WRITER(pattern);
	write_lower(&lower, wish);
	if (lower.overflow || !begins_alike(lead_of(writer_text(&lower)), entry))
		return false;
	for (enum id_form form = ID_FULL; form <= ID_STRIPPED; form++)
		if (id_matches(writer_text(&lower), entry, form))
			return true;
	return false;
}

/* The loader never lists it, so it cannot take the choice away. */
static bool is_invisible(const struct entry *entry)
{
	return text_starts_fold(entry->file, TEXT("auto-"));
}

/* OTHER, where the loader lists it in ids of FORM, comes behind ENTRY or does not match PATTERN. */
static bool leaves_first(const struct entry *other, const struct entry *entry, struct text pattern, enum id_form form)
{
	/* Of a file that was not read the place in the order is unknown. */
	return !id_matches(pattern, other, form) || (other->opened && entry_compare(other, entry, form) > 0);
}

/* In every form of ids the loader's first match of PATTERN is ENTRY. A twin counts as ENTRY: it has the same id, and no text
 * can tell them apart. */
static bool proven(const struct inventory *inventory, const struct entry *entry, struct text pattern)
{
	struct text lead = lead_of(pattern);
	for (enum id_form form = ID_FULL; form <= ID_KEPT; form++)
		if (!id_matches(pattern, entry, form))
			return false;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *other = &inventory->entries[i];
		if (!begins_alike(lead, other) || is_invisible(other) || entry_is_twin(other, entry))
			continue;
		for (enum id_form form = ID_FULL; form <= ID_KEPT; form++)
			if (!leaves_first(other, entry, pattern, form))
				return false;
	}
	return true;
}

/* The first id in LoaderEntries that PATTERN matches is ID. */
static bool proven_in_list(const struct inventory *inventory, struct text pattern, struct text id)
{
	struct text ids = inventory->loader.entries, listed;
	char lower[INVENTORY_ID_MAX];
	while (loader_next_id(&ids, &listed)) {
		if (!glob_match(pattern, listed))
			continue;
		struct writer w = WRITER(lower);
		write_text(&w, listed);
		return text_equal(writer_text(&w), id);
	}
	return false;
}

/* NAME[+.]*conf fits active+3.conf and active.conf. Where something else fits too, NAME[+.][3c]*conf asks for more. */
static bool write_glob(struct writer *w, const struct entry *entry, bool narrow)
{
	struct text suffix = text_after(entry_suffix(entry), 1);
	glob_write_exact(w, entry_name(entry));
	write_string(w, "[+.]");
	if (narrow) {
		write_char(w, '[');
		write_char(w, entry->file.at[entry->counter.base_len + 1]);
		write_char(w, char_lower(suffix.at[0]));
		write_char(w, ']');
		suffix = text_after(suffix, 1); /* in active.conf the bracket took the c */
	}
	write_char(w, '*');
	glob_write_exact(w, suffix);
	return !w->overflow;
}

static enum naming write_listed(const struct inventory *inventory, const struct entry *entry, struct writer *w)
{
	char id[INVENTORY_ID_MAX];
	for (enum id_form form = ID_FULL; form <= ID_KEPT; form++) {
		struct writer pattern = *w, name = WRITER(id);
		entry_write_id(&name, entry, form);
		glob_write_exact(&pattern, writer_text(&name));
		if (name.overflow || pattern.overflow ||
		    !proven_in_list(inventory, (struct text){ pattern.at + w->len, pattern.len - w->len },
				    writer_text(&name)))
			continue;
		*w = pattern;
		return NAMING_EXACT;
	}
	return NAMING_NONE;
}

enum naming naming_write(const struct inventory *inventory, const struct entry *entry, struct writer *w)
{
	size_t start = w->len;
	if (!entry->counter.present) {
		char id[INVENTORY_ID_MAX];
		struct writer name = WRITER(id), pattern = *w;
		entry_write_id(&name, entry, ID_STRIPPED);
		glob_write_exact(&pattern, writer_text(&name));
		if (name.overflow || pattern.overflow)
			return NAMING_NONE;
		*w = pattern; /* nothing to prove: the same in every form, and whoever else has this id is a twin */
		return NAMING_EXACT;
	}

	if (inventory->loader.entries_known) {
		enum naming listed = write_listed(inventory, entry, w);
		if (listed != NAMING_NONE)
			return listed;
	}
	if (inventory->entries_capped)
		return NAMING_NONE; /* a file that is not in our list may fit a glob */
	for (int narrow = 0; narrow <= 1; narrow++) {
		struct writer pattern = *w;
		if (write_glob(&pattern, entry, narrow) &&
		    proven(inventory, entry, (struct text){ w->at + start, pattern.len - start })) {
			*w = pattern;
			return NAMING_GLOB;
		}
	}
	return NAMING_NONE;
}
