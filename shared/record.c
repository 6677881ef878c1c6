/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include "counter.h"
#include "hash.h"
#include "inventory.h"
#include "memory.h"

static uint8_t min_u8(uint32_t value, uint8_t most)
{
	return value < most ? (uint8_t)value : most;
}

static bool disk_equal(const struct disk_id *a, const struct disk_id *b)
{
	return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

static void record_fresh(const struct disk_id *disk, struct record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->disk = *disk;
	ret->last_role = ROLE_NONE;
}

/* Sequence numbers wrap around. */
static bool is_newer(uint32_t a, uint32_t b)
{
	return a != b && a - b < UINT32_MAX / 2;
}

enum record_state record_read(const struct record_slot slots[RECORD_SLOTS], const struct disk_id *disk,
			      struct record *ret, unsigned *ret_slot)
{
	struct record read[RECORD_SLOTS];
	bool sound[RECORD_SLOTS] = { false };
	bool refused = false;

	for (unsigned i = 0; i < RECORD_SLOTS; i++) {
		if (!slots[i].exists)
			continue;
		sound[i] = record_parse(&slots[i], &read[i]) == RECORD_OK;
		refused |= !sound[i];
	}

	/* A slot of another disk is the first to be overwritten, and does not hide ours. */
	bool ours[RECORD_SLOTS] = { false };
	uint32_t sequence = sound[0] ? read[0].sequence : 0;
	for (unsigned i = 0; i < RECORD_SLOTS; i++)
		ours[i] = sound[i] && disk_equal(&read[i].disk, disk);
	if (sound[1] && (!sound[0] || is_newer(read[1].sequence, sequence)))
		sequence = read[1].sequence;
	unsigned newest = ours[1] && (!ours[0] || is_newer(read[1].sequence, read[0].sequence)) ? 1 : 0;
	*ret_slot = ours[newest] ? 1 - newest : 0;
	if (ours[newest])
		*ret = read[newest];
	else
		record_fresh(disk, ret);
	ret->sequence = sequence; /* what is written next must be the newest */
	if (ours[newest])
		return RECORD_VALID;
	if (sound[0] || sound[1])
		return RECORD_FOREIGN;
	return refused ? RECORD_REFUSED : RECORD_ABSENT;
}

bool record_differs(const struct record *a, const struct record *b)
{
	uint8_t bytes_a[RECORD_SIZE], bytes_b[RECORD_SIZE];
	struct record same = *b;
	same.sequence = a->sequence;
	record_serialize(a, bytes_a);
	record_serialize(&same, bytes_b);
	return memcmp(bytes_a, bytes_b, RECORD_SIZE) != 0;
}

static void counts_clear(struct role_record *role)
{
	role->stalled = 0;
	role->launches = 0;
}

void record_success(struct record *record, enum role role)
{
	record->laps = 0;
	if (role >= ROLE_RESET)
		return; /* a reset that works must not be granted another one for it */
	counts_clear(&record->roles[role]);
	if (role != ROLE_ACTIVE && role != ROLE_PASSIVE)
		return; /* recovery that works proves nothing about the roles that failed before it */

	record->success_seen = true;
	counts_clear(&record->roles[ROLE_RECOVERY]);
	counts_clear(&record->roles[ROLE_RESET]);
	record->resets = 0;
	record->episode_launches = 0;
	record->episode_tries = 0;
	record->episode_generation[0] = 0;
	record->episode_generation[1] = 0;
}

/* systemd-boot moved another role's counter than that of the entry we named: somebody chose in its menu. */
static bool person_chose(const struct record *record, const struct role_seen seen[ROLE_COUNT])
{
	enum role last = record->last_role;
	if (last == ROLE_NONE || !seen[last].present || seen[last].left == RECORD_UNCOUNTED ||
	    seen[last].generation != record->roles[last].generation || seen[last].left != record->roles[last].left_seen)
		return false;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_record *before = &record->roles[role];
		if (role != last && seen[role].present && seen[role].generation == before->generation &&
		    seen[role].left != RECORD_UNCOUNTED && before->left_seen != RECORD_UNCOUNTED &&
		    seen[role].left < before->left_seen)
			return true;
	}
	return false;
}

/* Blessing took the counter off the file that was launched. */
static bool was_blessed(const struct record *record, const struct role_seen *seen)
{
	const struct role_record *before = &record->roles[record->last_role];
	return seen->present && seen->generation == before->generation && before->left_seen != RECORD_UNCOUNTED &&
	       seen->left == RECORD_UNCOUNTED && seen->good_id == record->last_id;
}

/* How often recovery must have been launched before its exhaustion is believed: the most tries it was ever seen with. */
static void granted_observe(struct record *record, const struct role_seen *seen)
{
	uint8_t granted = RECORD_TRIES_LOAN;
	if (seen->left != RECORD_UNCOUNTED && seen->left > 0)
		granted = min_u8(seen->left, RECORD_TRIES_MAX);
	else if (seen->left == 0) /* never seen with a try: what the name says was tried; last resorts let that grow */
		granted = record->granted ? 0 : min_u8(seen->done ? seen->done : 1, RECORD_TRIES_MAX);
	if (granted > record->granted)
		record->granted = granted;
}

static void role_observe(struct record *record, enum role role, const struct role_seen *seen)
{
	struct role_record *known = &record->roles[role];
	if (!seen->present)
		return; /* a lost entry is no news: what is known stays until it is back */

	/* Another image; a counter where blessing had left none, or more tries gone than one boot takes: somebody's judgement. */
	if (known->generation != seen->generation ||
	    (seen->left != RECORD_UNCOUNTED && (known->left_seen == RECORD_UNCOUNTED ||
						(seen->left < known->left_seen && known->left_seen - seen->left > 1))))
		known->vouched = false;
	if (known->generation != seen->generation || seen->left > known->left_seen ||
	    (known->left_seen == RECORD_UNCOUNTED && seen->left != RECORD_UNCOUNTED)) {
		/* Another image, or tries granted anew by name. */
		counts_clear(known);
		if (role == ROLE_RECOVERY)
			record->granted = 0;
	} else if (seen->left != known->left_seen) {
		known->stalled = 0; /* the counter moves: names rule */
	}
	known->generation = seen->generation;
	known->left_seen = seen->left;

	if (role == ROLE_RECOVERY)
		granted_observe(record, seen);
}

void record_observe(struct record *record, const struct role_seen seen[ROLE_COUNT])
{
	if (person_chose(record, seen)) {
		struct role_record *last = &record->roles[record->last_role];
		if (last->stalled)
			last->stalled--;
		if (last->launches)
			last->launches--;
		record->last_role = ROLE_NONE;
	}
	if (record->last_role != ROLE_NONE) {
		const struct role_seen *last = &seen[record->last_role];
		if (last->present && last->left != record->roles[record->last_role].left_seen)
			record->laps = 0; /* the loader counted it: an OS was started */
		if (was_blessed(record, last))
			record_success(record, record->last_role);
	}
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		role_observe(record, role, &seen[role]);
}

static bool role_by_word(struct text word, enum role *ret)
{
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		if (text_equal(word, role_name(role))) {
			*ret = role;
			return true;
		}
	return false;
}

bool record_note(struct record *record, struct text note)
{
	struct text verb, object = TEXT_EMPTY, surplus;
	enum role role = ROLE_NONE;
	if (!text_next_word(&note, &verb))
		return false;
	bool has_object = text_next_word(&note, &object);
	if (text_next_word(&note, &surplus))
		return false;

	if (text_equal(verb, TEXT("good")) && has_object) {
		if (record->last_role == ROLE_NONE || id_hash(object) != record->last_id)
			return false;
		record_success(record, record->last_role);
		record->roles[record->last_role].vouched = record->last_role != ROLE_RESET;
	} else if (text_equal(verb, TEXT("re-arm")) && has_object) {
		/* Fresh tries for the reset entry would lead towards a reset. */
		if (!role_by_word(object, &role) || role == ROLE_RESET)
			return false;
		counts_clear(&record->roles[role]);
	} else if (text_equal(verb, TEXT("forget")) && !has_object) {
		/* The attempts only: a record that can veto a reset stays, and so does the cap. Whoever leaves says so with
		 * this note: nobody is left who could report. */
		for (role = ROLE_ACTIVE; role < ROLE_NONE; role++)
			counts_clear(&record->roles[role]);
		record->heard = false;
		record->laps = 0;
		return true;
	} else {
		return false;
	}
	/* From now on a counter that stands still counts; launches from before anybody could report do not. */
	for (role = ROLE_ACTIVE; !record->heard && role < ROLE_NONE; role++)
		record->roles[role].stalled = 0;
	record->heard = true;
	record->laps = 0;
	return true;
}

void record_launch(struct record *record, enum role role, uint64_t id, bool counts)
{
	struct role_record *launched = &record->roles[role];
	if (counts) {
		launched->stalled = min_u8(launched->stalled + 1u, RECORD_TRIES_MAX);
		launched->launches = min_u8(launched->launches + 1u, RECORD_LAUNCHES_MAX);
		launched->vouched = false; /* until this one is reported too */
	}
	record->last_role = role;
	record->last_id = id;
}

void record_launch_unknown(struct record *record)
{
	record->last_role = ROLE_NONE;
	record->last_id = 0;
}

void record_launch_reset(struct record *record, const struct role_seen seen[ROLE_COUNT], uint64_t id)
{
	if (record_may_resume_reset(record, seen)) {
		record->episode_launches++;
	} else {
		uint32_t left = seen[ROLE_RESET].left;
		record->resets = min_u8(record->resets + 1u, UINT8_MAX);
		record->episode_launches = 1;
		record->episode_tries = left == RECORD_UNCOUNTED ? RECORD_TRIES_LOAN : min_u8(left, RECORD_TRIES_MAX);
		record->episode_generation[0] = seen[ROLE_ACTIVE].present ? seen[ROLE_ACTIVE].generation : 0;
		record->episode_generation[1] = seen[ROLE_PASSIVE].present ? seen[ROLE_PASSIVE].generation : 0;
	}
	record_launch(record, ROLE_RESET, id, true);
}

bool record_is_stalled(const struct record *record, enum role role, const struct role_seen *seen)
{
	const struct role_record *known = &record->roles[role];
	return known->generation == seen->generation && known->left_seen == seen->left &&
	       seen->left != RECORD_UNCOUNTED && known->stalled >= min_u8(seen->left, RECORD_TRIES_MAX);
}

/* ROLE has an image that is not the one the reset was to replace. A part of one (power cut) does not count. */
static bool is_renewed(const struct record *record, enum role role, const struct role_seen *seen)
{
	return (role == ROLE_ACTIVE || role == ROLE_PASSIVE) && seen->present && seen->startable &&
	       seen->generation != record->episode_generation[role];
}

uint32_t record_loan(const struct record *record, enum role role, const struct role_seen *seen)
{
	if (seen->left != 0)
		return 0;
	/* Kairos' reset copies recovery+0-3.conf to active+0-3.conf: born exhausted (facts/kairos.md, fact 5). */
	uint8_t launches = record->roles[role].launches;
	if (record->resets && is_renewed(record, role, seen) && launches < RECORD_TRIES_LOAN)
		return RECORD_TRIES_LOAN - launches;
	return record->roles[role].vouched;
}

bool record_corroborates(const struct record *record)
{
	uint8_t granted = record->granted ? record->granted : 1;
	return record->roles[ROLE_RECOVERY].launches >= granted;
}

bool record_may_resume_reset(const struct record *record, const struct role_seen seen[ROLE_COUNT])
{
	return record->episode_launches > 0 && record->episode_launches < record->episode_tries &&
	       !is_renewed(record, ROLE_ACTIVE, &seen[ROLE_ACTIVE]) &&
	       !is_renewed(record, ROLE_PASSIVE, &seen[ROLE_PASSIVE]);
}

bool record_is_pending(const struct record *record)
{
	if (record->last_role == ROLE_NONE)
		return false;
	struct record told = *record;
	record_success(&told, told.last_role);
	told.heard = true;
	told.roles[told.last_role].vouched = told.last_role != ROLE_RESET;
	return record_differs(record, &told);
}
