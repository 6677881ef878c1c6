/* SPDX-License-Identifier: Apache-2.0 */
#include "boot.h"

#include <stddef.h>
#include <string.h>

#include "shared/loader-vars.h"

static const struct world *world;
static struct inventory inventory;
static struct entry entries[FILES_MAX];
static struct entry templates[ROLE_COUNT][FILE_KINDS];
static char listed[1024];

static const char *const sort_keys[ROLE_COUNT] = { "0001", "0002", "0003", "0004" };

void boot_prepare(const struct world *of)
{
	world = of;
	memset(&inventory, 0, sizeof(inventory));
	inventory.entries = entries;
	inventory.machine = IMAGE_MACHINE_X64;
	inventory.loader.features_known = !of->features_unknown;
	inventory.loader.features = of->release->features;
	inventory.started_as_entry = of->as_entry;
	config_set_defaults(&inventory.config);
	inventory.config.auto_reset = of->auto_reset;
	inventory.config.reset_limit = of->reset_limit;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		for (unsigned left = 0; left < FILE_KINDS; left++) {
			struct entry *entry = &templates[role][left];
			*entry = entry_of_name(file_name(role, left));
			entry->opened = true;
			entry->key = of->key;
			if (!of->unsorted)
				entry->sort_key = text_of(sort_keys[role]);
		}
}

/* LoaderEntries, as an entry that the loader started finds it: its own id is somewhere in it. */
static void scan_listing(const struct listing *list)
{
	struct writer w = WRITER(listed);
	for (unsigned i = 0; i < list->count; i++) {
		write_text(&w, file_id(world->release, list->at[i].role, list->at[i].left));
		write_char(&w, '\0');
	}
	write_text(&w, TEXT("bootpilot-loader.conf"));
	write_char(&w, '\0');
	inventory.loader.entries_known = true;
	inventory.loader.entries = writer_text(&w);
}

static void scan_files(const struct life *life)
{
	struct record generations;
	inventory.entry_count = 0;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		bool broken = life->broken & (1u << role);
		for (unsigned left = 0; left < FILE_KINDS; left++) {
			if (!(life->files[role] & (left == LEFT_GOOD ? FILE_GOOD : FILE_OF(left))))
				continue;
			struct entry *entry = &entries[inventory.entry_count++];
			*entry = templates[role][left];
			entry->fingerprint = 100 + 10 * (uint64_t)role + IMAGE_SAME;
			entry->image_missing = broken && !world->broken_listed;
			entry->image = broken && world->broken_listed ? IMAGE_TRUNCATED : IMAGE_OK;
		}
	}
	life_get_record(life, &generations);
	inventory.record = generations;
}

static const char *const rearm_notes[ROLE_COUNT] = { "re-arm active", "re-arm passive", "re-arm recovery",
						     "re-arm reset" };
static const char *const good_notes[ROLE_COUNT] = { "good active.conf", "good passive.conf", "good recovery.conf",
						    "good statereset.conf" };

static struct text note_of(unsigned noted)
{
	if (noted == NOTED_NONE)
		return TEXT_EMPTY;
	if (noted == NOTED_FORGET)
		return TEXT("forget");
	if (noted == NOTED_NONSENSE)
		return TEXT("good grief good");
	return text_of(noted >= NOTED_REARM ? rearm_notes[noted - NOTED_REARM] : good_notes[noted - NOTED_GOOD]);
}

static enum oneshot oneshot_of(const struct life *life)
{
	if (life->standing == STANDING_NONE)
		return ONESHOT_NONE;
	if (life->standing != STANDING_OURS)
		return ONESHOT_REQUEST;
	return life->failed_now ? ONESHOT_IGNORED : ONESHOT_LEFTOVER;
}

/* A person names an entry by its id without counter, as every loader but 252 calls it, or by a pattern that fits there too. */
static struct text request_of(const struct life *life)
{
	static const char *const requests[ROLE_COUNT] = { "active[+.]*", "passive[+.]*", "recovery[+.]*",
							  "statereset[+.]*" };
	if (life->standing < STANDING_UNKNOWN_ID)
		return TEXT_EMPTY;
	return life->standing == STANDING_UNKNOWN_ID ? TEXT("gone.conf")
						     : text_of(requests[life->standing - STANDING_REQUEST]);
}

/* The facts that efi/ would gather. */
static void look(const struct life *life, const struct listing *list)
{
	scan_files(life);
	if (world->as_entry)
		scan_listing(list);
	inventory.record_state = !life->recorded ? RECORD_ABSENT : life->record_new ? RECORD_NEW : RECORD_VALID;
	inventory.record_unwritable = false;
	inventory.oneshot = oneshot_of(life);
	inventory.request = request_of(life);
	inventory.read_only[PARTITION_ESP] = life->read_only;
	inventory.note = note_of(life->noted);
	memset(&inventory.visit, 0, sizeof(inventory.visit));
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		if (life->failed_now & (1u << role))
			visit_add(&inventory.visit, id_hash(file_name(role, LEFT_GOOD)));
	inventory.visit.record_new = life->record_new;
}

/* What we remember of recovery, to judge a reset by: read from the names that Bootpilot saw, not from the record. */
static void remember_recovery(struct life *life)
{
	unsigned left = life_left(life, ROLE_RECOVERY);
	if (left == LEFT_NEVER)
		return;
	bool granted_anew = life->recovery_left == LEFT_NEVER || left > life->recovery_left ||
			    (life->recovery_left == LEFT_GOOD && left != LEFT_GOOD);
	if (granted_anew) {
		life->recovery_tried = 0;
		life->recovery_owed = 0;
	}
	unsigned offered = left == LEFT_GOOD ? RECORD_TRIES_LOAN : left;
	if (left == 0 && life->recovery_owed == 0)
		offered = LEFT_MAX; /* the tries that +0-3 says were made */
	if (offered > life->recovery_owed)
		life->recovery_owed = (uint8_t)offered;
	life->recovery_left = (uint8_t)left;
}

/* What efi/main.c does: decide, make NVRAM remember it, and if it does not, decide again. */
static void decide(struct boot *b)
{
	struct life *life = &b->recorded;
	policy_decide(&inventory, &b->decision);
	if (world->protected_nvram) {
		inventory.record_unwritable = true;
		policy_decide(&inventory, &b->decision);
		life->noted = NOTED_NONE;
		return;
	}
	remember_recovery(life);
	life->record_new |= !life->recorded;
	life->noted = NOTED_NONE;
	life_set_record(life, &b->decision.record);
	if (b->decision.action == ACTION_BOOT && b->decision.role == ROLE_RECOVERY &&
	    b->decision.roles[ROLE_RECOVERY].verdict != VERDICT_GOOD && life->recovery_tried <= LEFT_MAX)
		life->recovery_tried++;
}

static void bootpilot_run(const struct life *life, const struct listing *list, struct boot *b)
{
	look(life, list);
	b->decided = true;
	b->noted_taken = life->noted != NOTED_NONE;
	b->recorded = *life;
	decide(b);
	b->named = b->recorded;
	if (b->decision.action != ACTION_LEAVE)
		b->named.standing =
			b->decision.name_len && !world->protected_nvram ? STANDING_OURS : STANDING_NONE;
	b->taken = b->named;
	b->taken.standing = STANDING_NONE;
}

static void loader_run(const struct life *life, const struct listing *list, struct boot *b)
{
	bool by_itself = false;
	b->file = (struct file){ ROLE_NONE, LEFT_NEVER };
	b->chooser = CHOSEN_BY_BOOTPILOT;
	if (b->decision.name_len) {
		struct text pattern = { b->decision.name, b->decision.name_len };
		b->file = loader_pick(world, list, pattern, &by_itself);
	} else if (life->standing >= STANDING_REQUEST) {
		b->chooser = CHOSEN_BY_A_PERSON;
		b->file = loader_pick_role(list, (enum role)(life->standing - STANDING_REQUEST));
	}
	/* In the entry berth the loader's choice is Bootpilot's own entry: it would only come round again. */
	if (b->file.role == ROLE_NONE && !world->as_entry && !b->decision.force_menu)
		b->file = loader_pick(world, list, TEXT_EMPTY, &by_itself);
	if (by_itself)
		b->chooser = CHOSEN_BY_THE_LOADER;
}

static void start(struct boot *b)
{
	struct file file = b->file, next;
	b->started = b->taken;
	b->bless = (struct file){ ROLE_NONE, LEFT_NEVER };
	b->starts = file.role != ROLE_NONE && !(b->taken.broken & (1u << file.role));
	b->counted = loader_counts(world, &b->taken, file, &next);
	if (b->counted) {
		b->started.files[file.role] = files_renamed(b->taken.files[file.role], file, next);
		b->bless = next;
	} else if (b->decided && b->decision.set_boot_count_path) {
		b->bless = (struct file){ (uint8_t)b->decision.role,
					  (uint8_t)b->decision.entry->counter.left };
	}
	if (file.role == ROLE_RESET && b->chooser == CHOSEN_BY_BOOTPILOT && b->decided && b->started.resets_since < RESETS_MAX)
		b->started.resets_since++;
}

/* In the entry berth the loader reads the one-shot before Bootpilot's turn; where it names something that is all. */
static bool obeyed_before(const struct life *life, const struct listing *list, struct boot *b)
{
	b->file = (struct file){ ROLE_NONE, LEFT_NEVER };
	if (!world->as_entry || life->standing == STANDING_NONE)
		return false;
	if (life->standing == STANDING_OURS && life->last_role != ROLE_NONE)
		b->file = loader_pick_role(list, life->last_role);
	if (life->standing >= STANDING_REQUEST)
		b->file = loader_pick_role(list, (enum role)(life->standing - STANDING_REQUEST));
	b->chooser = life->standing == STANDING_OURS ? CHOSEN_BY_BOOTPILOT : CHOSEN_BY_A_PERSON;
	return b->file.role != ROLE_NONE;
}

void boot_run(const struct life *life, struct boot *ret)
{
	struct listing list;
	struct life seen = *life;
	memset(ret, 0, sizeof(*ret));
	loader_list(world, life, &list);
	if (obeyed_before(life, &list, ret)) {
		ret->recorded = ret->named = ret->taken = *life;
		ret->taken.standing = STANDING_NONE;
	} else {
		if (world->as_entry)
			seen.standing = STANDING_NONE; /* read and deleted by the loader, and it named nothing */
		bootpilot_run(&seen, &list, ret);
		loader_run(&seen, &list, ret);
	}
	start(ret);
}
