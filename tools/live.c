/* SPDX-License-Identifier: Apache-2.0 */
#include "live.h"

#include <errno.h>
#include <string.h>

#include "shared/roles.h"
#include "shared/utf16.h"

static struct text loader_text(struct heap *heap, const char *name)
{
	struct text text = TEXT_EMPTY;
	return variable_read_text(heap, VARIABLE_LOADER, name, &text) < 0 ? TEXT_EMPTY : text;
}

static struct text own_text(struct heap *heap, const char *name)
{
	struct text text = TEXT_EMPTY;
	return variable_read_text(heap, VARIABLE_BOOTPILOT, name, &text) < 0 ? TEXT_EMPTY : text;
}

static bool secure_boot_is_on(struct heap *heap)
{
	struct text bytes;
	return variable_read(heap, VARIABLE_GLOBAL, "SecureBoot", &bytes, NULL) == 0 && bytes.len == 1 && bytes.at[0] == 1;
}

void live_read(struct heap *heap, struct text esp_uuid, struct live *ret)
{
	*ret = (struct live){ .state = LIVE_NO_VARIABLES, .error = variables_supported() };
	if (ret->error < 0)
		return;
	struct text features, part = loader_text(heap, "LoaderDevicePartUUID");
	ret->info = loader_text(heap, LOADER_INFO);
	ret->state = LIVE_NO_LOADER;
	if (!ret->info.len)
		return;
	ret->state = LIVE_ELSEWHERE;
	if (esp_uuid.len && part.len && !text_equal_fold(esp_uuid, part))
		return;
	ret->selected = loader_text(heap, LOADER_SELECTED);
	ret->counted = loader_text(heap, LOADER_BOOT_COUNT_PATH);
	ret->oneshot = loader_text(heap, LOADER_ONESHOT);
	ret->fallback = loader_text(heap, LOADER_DEFAULT);
	ret->preferred = loader_text(heap, LOADER_PREFERRED);
	ret->features_known = variable_read(heap, VARIABLE_LOADER, LOADER_FEATURES, &features, NULL) == 0 &&
			      features.len == sizeof(ret->features);
	if (ret->features_known)
		memcpy(&ret->features, features.at, sizeof(ret->features));
	ret->secure_boot = secure_boot_is_on(heap);
	ret->decision = own_text(heap, BOOTPILOT_DECISION);
	ret->record = own_text(heap, BOOTPILOT_STATE);
	ret->note = own_text(heap, BOOTPILOT_NOTE);
	ret->state = ret->decision.len ? LIVE : LIVE_NO_BOOTPILOT;
}

struct text live_word(struct text line, const char *key)
{
	struct text word, wanted = text_of(key);
	while (text_next_word(&line, &word))
		if (word.len > wanted.len && text_starts_fold(word, wanted) && word.at[wanted.len] == '=')
			return text_after(word, wanted.len + 1);
	return TEXT_EMPTY;
}

bool live_is_as_decided(const struct live *live)
{
	struct text entry = live_word(live->decision, "entry");
	return entry.len && id_hash(entry) == id_hash(live->selected);
}

bool live_is_counted(const struct live *live, const struct entry *entry)
{
	char bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(bytes);
	entry_write_path(&path, entry);
	return live->counted.len && !path.overflow && text_equal_fold(writer_text(&path), live->counted);
}

bool role_of_word(const char *word, enum role *ret)
{
	for (enum role role = ROLE_ACTIVE; role <= ROLE_NONE; role++)
		if (text_equal(text_of(word), role_name(role))) {
			*ret = role;
			return true;
		}
	return false;
}

/* The entry counts, not the decision: a person may have chosen another one in the menu. The decision knows configured roles. */
enum role live_role(const struct live *live)
{
	struct entry entry = entry_of_name(live->selected);
	struct config config;
	enum role role;
	config_set_defaults(&config);
	struct text word = live_word(live->decision, "role");
	if (live_is_as_decided(live))
		for (role = ROLE_ACTIVE; role < ROLE_NONE; role++)
			if (text_equal(word, role_name(role)))
				return role;
	return roles_of_entry(&config, &entry);
}

static uint64_t number_of(struct text text, uint64_t most)
{
	uint64_t number;
	return text_to_uint(text, most, &number) ? number : 0;
}

static bool is_yes(struct text line, const char *key)
{
	return text_equal(live_word(line, key), TEXT("yes"));
}

/* The next item of "a,b,c". Items are never empty, so an empty one is the end. */
static struct text item_next(struct text *list)
{
	size_t len = 0;
	while (len < list->len && list->at[len] != ',')
		len++;
	struct text item = text_before(*list, len);
	*list = text_after(*list, len + (len < list->len));
	return item;
}

/* The value behind NAME: in "launches:1,stalled:1,left:2". */
static struct text field(struct text list, struct text name)
{
	for (struct text item; (item = item_next(&list)).len;)
		if (item.len > name.len && text_starts_fold(item, name) && item.at[name.len] == ':')
			return text_after(item, name.len + 1);
	return TEXT_EMPTY;
}

static void role_apply(struct text list, struct role_record *ret)
{
	struct text left = field(list, TEXT("left"));
	ret->left_seen = text_equal(left, TEXT("uncounted")) ? RECORD_UNCOUNTED
							     : (uint32_t)number_of(left, RECORD_UNCOUNTED - 1);
	ret->stalled = (uint8_t)number_of(field(list, TEXT("stalled")), RECORD_TRIES_MAX);
	ret->launches = (uint8_t)number_of(field(list, TEXT("launches")), RECORD_LAUNCHES_MAX);
	ret->vouched = number_of(field(list, TEXT("vouched")), 1);
}

/* What Bootpilot wrote down at the start of this boot. Fingerprints are not told: every image counts as the one it launched, and
 * as the one that an unfinished reset began with. */
static void record_rebuild(const struct live *live, struct world *world, struct record *ret)
{
	struct role_state roles[ROLE_COUNT];
	struct text line = live->record, last = live_word(line, "last");
	roles_find(&world->inventory, roles);
	ret->last_role = ROLE_NONE;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		char key[16];
		struct writer w = WRITER(key);
		write_text(&w, role_name(role));
		write_char(&w, '\0');
		role_apply(live_word(line, key), &ret->roles[role]);
		ret->roles[role].generation = roles[role].seen.generation;
		if (text_equal(last, role_name(role)))
			ret->last_role = role;
	}
	if (ret->last_role != ROLE_NONE)
		ret->last_id = id_hash(live_word(live->decision, "entry"));
	ret->granted = (uint8_t)number_of(live_word(line, "granted"), RECORD_TRIES_MAX);
	ret->resets = (uint8_t)number_of(live_word(line, "resets"), UINT8_MAX);
	ret->episode_launches = (uint8_t)number_of(live_word(line, "episode-launches"), UINT8_MAX);
	ret->episode_tries = (uint8_t)number_of(live_word(line, "episode-tries"), UINT8_MAX);
	if (ret->episode_launches) {
		ret->episode_generation[0] = roles[ROLE_ACTIVE].seen.generation;
		ret->episode_generation[1] = roles[ROLE_PASSIVE].seen.generation;
	}
	ret->success_seen = is_yes(line, "success-seen");
	ret->heard = is_yes(line, "heard");
	ret->laps = (uint8_t)number_of(live_word(line, "laps"), UINT8_MAX);
}

bool live_has_remark(struct text line, struct text name)
{
	struct text list = live_word(line, "remarks");
	for (struct text item; (item = item_next(&list)).len;)
		if (text_equal(item, name))
			return true;
	return false;
}

void live_apply(const struct live *live, struct world *world)
{
	if (live->state != LIVE && live->state != LIVE_NO_BOOTPILOT)
		return;
	size_t len;
	world->loader_major = loader_major(live->info);
	world->series = world_series_of(world->loader_major);
	world->series_guessed = !live->features_known;
	world->default_entry = live->fallback;
	world->preferred = live->preferred;
	world->note = live->note;
	/* Nobody but firmware ends a text with a second NUL, and what stands there now is for the next boot: a wish. */
	if (utf16_from_text(live->oneshot, world->oneshot, ONESHOT_UNITS_MAX, &len) && len)
		world->oneshot_count = len + 1;
	if (live->state != LIVE || !live->record.len)
		return;
	struct text berth = live_word(live->decision, "berth");
	world->as_entry = text_equal(berth, TEXT("entry"));
	world->nvram_protected = live_has_remark(live->decision, TEXT("not-recorded"));
	if (world->nvram_protected)
		return;
	struct record record = { .last_role = ROLE_NONE };
	world_look(world); /* the names, for the fingerprints */
	record.disk = world->inventory.disk;
	record_rebuild(live, world, &record);
	record.sequence = 1;
	record_serialize(&record, world->slots[0]);
	world->slot_used[0] = true;
}
