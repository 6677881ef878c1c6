/* SPDX-License-Identifier: Apache-2.0 */
/* The record as bytes: little endian, no padding.
 *
 *   0 magic "BPR1"      4 sequence       8 disk kind, 16 bytes   25 four roles: generation 8, left_seen 4, stalled 1, launches 1
 *  81 last_role        82 last_id       90 flags                 91 granted, resets, episode launches, episode tries
 *  95 episode_generation, two of 8     111 handoff 8            119 laps   120 zero, 4 bytes   124 CRC-32 of all before */
#include "bytes.h"
#include "hash.h"
#include "loader-vars.h"
#include "memory.h"
#include "record.h"

#define CRC_AT 124u

/* FLAG_VOUCHED is that of active; those of passive and recovery follow. */
enum { FLAG_SUCCESS_SEEN = 1, FLAG_HEARD = 2, FLAG_VOUCHED = 4, FLAGS_ALL = 31 };

static uint64_t flags_of(const struct record *record)
{
	uint64_t flags = (record->success_seen ? FLAG_SUCCESS_SEEN : 0u) | (record->heard ? FLAG_HEARD : 0u);
	for (enum role role = ROLE_ACTIVE; role < ROLE_RESET; role++)
		if (record->roles[role].vouched)
			flags |= (uint64_t)FLAG_VOUCHED << role;
	return flags;
}

static const uint8_t magic[4] = { 'B', 'P', 'R', '1' };

void record_serialize(const struct record *record, uint8_t ret[RECORD_SIZE])
{
	uint8_t *at = ret;
	memset(ret, 0, RECORD_SIZE);
	memcpy(at, magic, sizeof(magic));
	at += sizeof(magic);
	bytes_put(&at, record->sequence, 4);
	bytes_put(&at, record->disk.kind, 1);
	memcpy(at, record->disk.bytes, sizeof(record->disk.bytes));
	at += sizeof(record->disk.bytes);
	for (int i = 0; i < ROLE_COUNT; i++) {
		bytes_put(&at, record->roles[i].generation, 8);
		bytes_put(&at, record->roles[i].left_seen, 4);
		bytes_put(&at, record->roles[i].stalled, 1);
		bytes_put(&at, record->roles[i].launches, 1);
	}
	bytes_put(&at, (uint64_t)record->last_role, 1);
	bytes_put(&at, record->last_id, 8);
	bytes_put(&at, flags_of(record), 1);
	bytes_put(&at, record->granted, 1);
	bytes_put(&at, record->resets, 1);
	bytes_put(&at, record->episode_launches, 1);
	bytes_put(&at, record->episode_tries, 1);
	bytes_put(&at, record->episode_generation[0], 8);
	bytes_put(&at, record->episode_generation[1], 8);
	bytes_put(&at, record->handoff, 8);
	bytes_put(&at, record->laps, 1);

	at = ret + CRC_AT;
	bytes_put(&at, crc32_of(ret, CRC_AT), 4);
}

static bool values_are_sane(const struct record *record, uint64_t last_role, uint64_t flags)
{
	for (int i = 0; i < ROLE_COUNT; i++)
		if (record->roles[i].stalled > RECORD_TRIES_MAX || record->roles[i].launches > RECORD_LAUNCHES_MAX)
			return false;
	return last_role <= ROLE_NONE && flags <= FLAGS_ALL && record->granted <= RECORD_TRIES_MAX &&
	       record->episode_tries <= RECORD_TRIES_MAX && record->episode_launches <= record->episode_tries &&
	       record->disk.kind <= DISK_FAT_SERIAL && record->laps <= RECORD_LAPS_MAX;
}

enum record_error record_parse(const struct record_slot *slot, struct record *ret)
{
	if (slot->attributes != (VARIABLE_NV | VARIABLE_BS))
		return RECORD_BAD_ATTRIBUTES;
	if (slot->bytes.len != RECORD_SIZE)
		return RECORD_BAD_SIZE;

	const uint8_t *bytes = (const uint8_t *)slot->bytes.at;
	if (memcmp(bytes, magic, sizeof(magic)) != 0)
		return RECORD_BAD_MAGIC;
	const uint8_t *at = bytes + CRC_AT;
	if (bytes_take(&at, 4) != crc32_of(bytes, CRC_AT))
		return RECORD_BAD_CRC;

	struct record record = { .sequence = 0 };
	at = bytes + sizeof(magic);
	record.sequence = (uint32_t)bytes_take(&at, 4);
	record.disk.kind = (uint8_t)bytes_take(&at, 1);
	memcpy(record.disk.bytes, at, sizeof(record.disk.bytes));
	at += sizeof(record.disk.bytes);
	for (int i = 0; i < ROLE_COUNT; i++) {
		record.roles[i].generation = bytes_take(&at, 8);
		record.roles[i].left_seen = (uint32_t)bytes_take(&at, 4);
		record.roles[i].stalled = (uint8_t)bytes_take(&at, 1);
		record.roles[i].launches = (uint8_t)bytes_take(&at, 1);
	}
	uint64_t last_role = bytes_take(&at, 1);
	record.last_id = bytes_take(&at, 8);
	uint64_t flags = bytes_take(&at, 1);
	record.success_seen = flags & FLAG_SUCCESS_SEEN;
	record.heard = flags & FLAG_HEARD;
	for (enum role role = ROLE_ACTIVE; role < ROLE_RESET; role++)
		record.roles[role].vouched = flags & (uint64_t)FLAG_VOUCHED << role;
	record.granted = (uint8_t)bytes_take(&at, 1);
	record.resets = (uint8_t)bytes_take(&at, 1);
	record.episode_launches = (uint8_t)bytes_take(&at, 1);
	record.episode_tries = (uint8_t)bytes_take(&at, 1);
	record.episode_generation[0] = bytes_take(&at, 8);
	record.episode_generation[1] = bytes_take(&at, 8);
	record.handoff = bytes_take(&at, 8);
	record.laps = (uint8_t)bytes_take(&at, 1);
	uint64_t zero = bytes_take(&at, 4);
	if (zero || !values_are_sane(&record, last_role, flags))
		return RECORD_BAD_VALUE;
	record.last_role = (enum role)last_role;
	*ret = record;
	return RECORD_OK;
}
