/* SPDX-License-Identifier: Apache-2.0 */
/* Problems of pins: what `default` and `preferred` in loader.conf, and the variables that outrank them, name. Bootpilot's one-shot
 * goes before all of them; they matter when it was passed over. */
#include "problem.h"
#include "shared/glob.h"
#include "shared/keyvalue.h"
#include "shared/loader_choice.h"
#include "shared/naming.h"

#define LOADER_CONF "\\loader\\loader.conf"
#define PREFERRED_SINCE 260u

struct pin {
	const char *key;      /* in loader.conf; NULL: it is a variable */
	const char *variable;
	struct text label;
	struct text wish;     /* within the file's bytes where it comes from the file */
	bool passes_over_bad; /* systemd-boot does not boot an exhausted entry for it */
};

#define PIN_COUNT 4

static void pins_read(struct check *check, struct pin pins[PIN_COUNT])
{
	const struct live *live = &check->machine->live;
	struct keyvalue_reader reader = { .rest = tree_text(&check->machine->world.tree, LOADER_CONF),
					  .separators = KEYVALUE_BLANK };
	struct keyvalue line;
	pins[0] = (struct pin){ .variable = LOADER_DEFAULT, .label = TEXT("LoaderEntryDefault"), .wish = live->fallback };
	pins[1] = (struct pin){ .key = "default", .label = TEXT("`default` in loader.conf") };
	pins[2] = (struct pin){ .variable = LOADER_PREFERRED,
				.label = TEXT("LoaderEntryPreferred"),
				.wish = live->preferred,
				.passes_over_bad = true };
	pins[3] = (struct pin){ .key = "preferred", .label = TEXT("`preferred` in loader.conf"), .passes_over_bad = true };
	while (keyvalue_next(&reader, &line)) /* the last one holds */
		for (size_t i = 0; i < PIN_COUNT; i++)
			if (pins[i].key && text_equal(line.key, text_of(pins[i].key)))
				pins[i].wish = line.value;
	for (size_t i = 0; i < PIN_COUNT; i++) /* @saved, and what the loader makes up itself */
		if (pins[i].wish.len && (pins[i].wish.at[0] == '@' || text_starts_fold(pins[i].wish, TEXT("auto-"))))
			pins[i].wish = TEXT_EMPTY;
}

static bool has_pattern(struct text t)
{
	return text_contains(t, '*') || text_contains(t, '?') || text_contains(t, '[');
}

/* "active+3.conf", "active+*": what stands behind the '+' is a counter, or a pattern for one. *ret is what stands before it. */
static bool names_counter(struct text wish, struct text *ret)
{
	size_t plus = wish.len, end = wish.len;
	for (enum entry_type type = ENTRY_TYPE1; type <= ENTRY_TYPE2; type++)
		if (text_ends_fold(wish, entry_type_suffix(type)))
			end = wish.len - entry_type_suffix(type).len;
	while (plus && wish.at[plus - 1] != '+')
		plus--;
	if (plus < 2 || plus >= end || has_pattern(text_before(wish, plus - 1)))
		return false;
	for (size_t i = plus; i < end; i++)
		if (!char_is_digit(wish.at[i]) && !text_contains(TEXT("-*?[]"), wish.at[i]))
			return false;
	*ret = text_before(wish, plus - 1);
	return true;
}

/* The remedy that makes PIN name ENTRY alone, without counter and pattern. */
static struct remedy rewriting(struct check *check, const struct pin *pin, const struct entry *entry)
{
	char bytes[NAMING_MAX], id[INVENTORY_ID_MAX];
	struct writer name = WRITER(id), exact = WRITER(bytes);
	struct text file = tree_text(&check->machine->world.tree, LOADER_CONF);
	if (!entry || roles_of_entry(&check->machine->world.inventory.config, entry) == ROLE_RESET)
		return BY_PERSON;
	entry_write_id(&name, entry, ID_STRIPPED);
	glob_write_exact(&exact, writer_text(&name));
	if (name.overflow || exact.overflow)
		return BY_PERSON;
	struct text wish = heap_keep(check->heap, writer_text(&exact));
	if (pin->variable)
		return (struct remedy){ .kind = REMEDY_VARIABLE, .variable = pin->variable, .bytes = wish };
	size_t from = (size_t)(pin->wish.at - file.at);
	const struct text pieces[] = { text_before(file, from), wish, text_after(file, from + pin->wish.len) };
	return (struct remedy){ .kind = REMEDY_LOADER_CONF,
				.path = TEXT(LOADER_CONF),
				.bytes = heap_join(check->heap, pieces, 3) };
}

/* The entry called NAME without its counter, of the kind that WISH ends in, if it says so. */
static const struct entry *entry_named(const struct inventory *inventory, struct text name, struct text wish)
{
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		enum entry_type other = entry->type == ENTRY_TYPE1 ? ENTRY_TYPE2 : ENTRY_TYPE1;
		if (text_equal_fold(entry_name(entry), name) && !text_ends_fold(wish, entry_type_suffix(other)))
			return entry;
	}
	return NULL;
}

void find_pin_counted(struct check *check, const struct problem *problem)
{
	struct pin pins[PIN_COUNT];
	struct text name;
	pins_read(check, pins);
	for (size_t i = 0; i < PIN_COUNT; i++)
		if (names_counter(pins[i].wish, &name))
			finding_add(check, problem, pins[i].label, pins[i].wish,
				    rewriting(check, &pins[i],
					      entry_named(&check->machine->world.inventory, name, pins[i].wish)));
}

void find_pin_nothing(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	struct pin pins[PIN_COUNT];
	struct text name;
	pins_read(check, pins);
	for (size_t i = 0; i < PIN_COUNT; i++) {
		const struct entry *first = NULL;
		for (size_t j = 0; j < inventory->entry_count && !first; j++)
			if (entry_is_wished(&inventory->entries[j], pins[i].wish))
				first = &inventory->entries[j];
		/* Ours is never among the entries that are judged; the file is there. */
		bool ours = first && entry_is_foreign(first);
		if (pins[i].wish.len && check_sees_all(check) && !ours && !names_counter(pins[i].wish, &name) &&
		    (first ? !loader_may_know(inventory, pins[i].wish) : true))
			finding_add(check, problem, pins[i].label, pins[i].wish, BY_PERSON);
	}
}

/* The one entry that a pattern was meant for: all of its matches with a role have the same one. */
static const struct entry *meant(const struct check *check, struct text wish, bool *ret_greedy)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	const struct entry *ret = NULL;
	bool several = false, others = false;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		if (!entry_is_wished(entry, wish))
			continue;
		enum role role = entry_is_foreign(entry) ? ROLE_NONE : roles_of_entry(&inventory->config, entry);
		const struct entry *speaker = role == ROLE_NONE ? NULL : check->machine->world.decision.roles[role].entry;
		others |= !speaker;
		several |= ret && speaker && speaker != ret;
		ret = speaker ? speaker : ret;
	}
	*ret_greedy = ret && (several || others);
	return several || (ret && !entry_is_wished(ret, wish)) ? NULL : ret;
}

void find_pin_greedy(struct check *check, const struct problem *problem)
{
	struct pin pins[PIN_COUNT];
	struct text name;
	pins_read(check, pins);
	/* Among versions of one OS a pattern is the usual way to mean the newest. */
	if (roles_rule(&check->machine->world.inventory) == ROLES_GENERIC)
		return;
	for (size_t i = 0; i < PIN_COUNT; i++) {
		bool greedy = false;
		if (!has_pattern(pins[i].wish) || names_counter(pins[i].wish, &name))
			continue;
		const struct entry *entry = meant(check, pins[i].wish, &greedy);
		if (greedy)
			finding_add(check, problem, pins[i].label, pins[i].wish, rewriting(check, &pins[i], entry));
	}
}

/* Exhausted entries come last, so that one is booted only if all that fit are. */
void find_pin_exhausted(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	struct pin pins[PIN_COUNT];
	pins_read(check, pins);
	for (size_t i = 0; i < PIN_COUNT; i++) {
		bool bad = false, good = false;
		for (size_t j = 0; pins[i].wish.len && !pins[i].passes_over_bad && j < inventory->entry_count; j++) {
			const struct entry *entry = &inventory->entries[j];
			if (!entry_is_wished(entry, pins[i].wish))
				continue;
			bool exhausted = entry->counter.present && !entry->counter.left;
			bad |= exhausted;
			good |= !exhausted;
		}
		if (bad && !good)
			finding_add(check, problem, pins[i].label, pins[i].wish, BY_PERSON);
	}
}

void find_would_reset(struct check *check, const struct problem *problem)
{
	struct inventory pinned = check->machine->world.inventory;
	const struct entry *entry = check->machine->world.decision.roles[ROLE_RESET].entry;
	struct pin pins[PIN_COUNT];
	bool knows_preferred = !pinned.loader.major || pinned.loader.major >= PREFERRED_SINCE;
	pins_read(check, pins);
	pinned.loader.fallback = pins[0].wish.len ? pins[0].wish : pins[1].wish;
	pinned.loader.preferred = pins[2].wish.len ? pins[2].wish : pins[3].wish;
	if (!knows_preferred)
		pinned.loader.preferred = TEXT_EMPTY;
	/* Our own entry as the default is Bootpilot in charge; without it the choice is as without a default. */
	if (entry && loader_would_reset(&pinned))
		finding_add(check, problem, entry->file, TEXT_EMPTY, BY_PERSON);
}
