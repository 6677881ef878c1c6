/* SPDX-License-Identifier: Apache-2.0 */
#include "life.h"

#include <string.h>

#define DISK_NAME "a disk"

/* Any numbers do, as long as no two are the same. */
static uint64_t generation_of(enum role role, enum image_known which)
{
	return which == IMAGE_NEVER ? 0 : 100 + 10 * (uint64_t)role + (uint64_t)which;
}

static struct disk_id the_disk(void)
{
	struct disk_id disk = { .kind = DISK_GPT };
	memcpy(disk.bytes, DISK_NAME, sizeof(DISK_NAME));
	return disk;
}

struct life life_new(const struct world *world)
{
	struct life life = { .last_role = ROLE_NONE };
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		life.files[role] = (uint8_t)FILE_OF(world->tries);
	if (world->reset_uncounted)
		life.files[ROLE_RESET] = FILE_GOOD;
	life.read_only = world->read_only;
	life_forget_record(&life);
	return life;
}

/* Nobody has seen the new one; two that were the same so far remain so. */
void life_renew_image(struct life *life, enum role role)
{
	bool was_known = life->known[role] == IMAGE_SAME;
	if (was_known)
		life->known[role] = IMAGE_ANOTHER;
	if (role <= ROLE_PASSIVE && life->episode_known[role] == IMAGE_SAME)
		life->episode_known[role] = was_known ? IMAGE_ANOTHER : IMAGE_THIRD;
	if (role == ROLE_RECOVERY)
		life->recovery_left = LEFT_NEVER;
}

static uint32_t tries_of(unsigned left)
{
	return left >= LEFT_GOOD ? RECORD_UNCOUNTED : left;
}

void life_get_record(const struct life *life, struct record *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->sequence = 7;
	ret->disk = the_disk();
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		struct role_record *known = &ret->roles[role];
		known->generation = generation_of(role, life->known[role]);
		known->left_seen = life->known[role] ? tries_of(life->left_seen[role]) : 0;
		known->stalled = life->stalled[role];
		known->launches = life->launches[role];
		known->vouched = life->vouched >> role & 1;
	}
	ret->last_role = life->last_role;
	if (life->last_role != ROLE_NONE)
		ret->last_id = id_hash(file_name(life->last_role, LEFT_GOOD));
	ret->success_seen = life->success_seen;
	ret->heard = life->heard;
	ret->granted = life->granted;
	ret->resets = life->resets;
	ret->episode_launches = life->episode_launches;
	ret->episode_tries = life->episode_tries;
	ret->laps = life->laps;
	for (enum role role = ROLE_ACTIVE; role <= ROLE_PASSIVE; role++)
		ret->episode_generation[role] = generation_of(role, life->episode_known[role]);
}

static uint8_t which_image(enum role role, uint64_t generation, uint64_t known)
{
	if (generation == 0)
		return IMAGE_NEVER;
	if (generation == generation_of(role, IMAGE_SAME))
		return IMAGE_SAME;
	return generation == known ? IMAGE_ANOTHER : IMAGE_THIRD;
}

/* Counts are only ever compared with tries, of which there are LEFT_MAX at most, and with zero. One more than that and any
 * higher count lead to the same decisions for ever: a count is taken back only right after it grew. */
static uint8_t enough(uint8_t count)
{
	return count > LEFT_MAX + 1 ? LEFT_MAX + 1 : count;
}

void life_set_record(struct life *life, const struct record *record)
{
	life->recorded = true;
	life->vouched = 0;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		const struct role_record *known = &record->roles[role];
		life->known[role] = which_image(role, known->generation, known->generation);
		life->left_seen[role] =
			(uint8_t)(known->left_seen == RECORD_UNCOUNTED ? LEFT_GOOD : known->left_seen);
		life->stalled[role] = enough(known->stalled);
		life->launches[role] = enough(known->launches);
		life->vouched |= (uint8_t)((known->vouched ? 1u : 0u) << role);
	}
	life->launches[ROLE_RESET] = record->roles[ROLE_RESET].launches > 0; /* nobody asks how many */
	life->last_role = (uint8_t)record->last_role;
	life->success_seen = record->success_seen;
	life->heard = record->heard;
	life->granted = record->granted;
	life->resets = record->resets;
	life->episode_launches = record->episode_launches;
	life->episode_tries = record->episode_tries;
	life->laps = record->laps;
	for (enum role role = ROLE_ACTIVE; role <= ROLE_PASSIVE; role++)
		life->episode_known[role] =
			which_image(role, record->episode_generation[role], record->roles[role].generation);
}

void life_forget_record(struct life *life)
{
	struct record fresh = { .last_role = ROLE_NONE };
	life_set_record(life, &fresh);
	life->recorded = false;
	life->resets_since = 0;
	life->recovery_tried = 0;
	life->recovery_owed = 0;
	life->recovery_left = LEFT_NEVER;
}

unsigned life_left(const struct life *life, enum role role)
{
	if (life->files[role] & FILE_GOOD)
		return LEFT_GOOD;
	for (unsigned left = 0; left <= LEFT_MAX; left++)
		if (life->files[role] & FILE_OF(left))
			return left;
	return LEFT_NEVER;
}

static const char *const names[ROLE_COUNT][FILE_KINDS] = {
	{ "active+0-3.conf", "active+1-2.conf", "active+2-1.conf", "active+3.conf", "active.conf" },
	{ "passive+0-3.conf", "passive+1-2.conf", "passive+2-1.conf", "passive+3.conf", "passive.conf" },
	{ "recovery+0-3.conf", "recovery+1-2.conf", "recovery+2-1.conf", "recovery+3.conf", "recovery.conf" },
	{ "statereset+0-3.conf", "statereset+1-2.conf", "statereset+2-1.conf", "statereset+3.conf", "statereset.conf" },
};

struct text file_name(enum role role, unsigned left)
{
	return text_of(names[role][left]);
}

struct text file_id(const struct release *release, enum role role, unsigned left)
{
	return file_name(role, release->ids_with_counter ? left : LEFT_GOOD);
}
