/* SPDX-License-Identifier: Apache-2.0 */
#include "visit.h"

#include "bytes.h"
#include "hash.h"
#include "memory.h"

/* 0 magic "BPV1"   4 depth, count, flags, zero   8 eight ids of 8   72 zero, 12 bytes   84 CRC-32 of all before */
#define IDS_AT 8u
#define CRC_AT 84u

enum { FLAG_RECORD_NEW = 1, FLAG_HANDED_BACK = 2, FLAGS_ALL = 3 };

static const uint8_t magic[4] = { 'B', 'P', 'V', '1' };

bool visit_parse(struct text bytes, struct visit *ret)
{
	const uint8_t *start = (const uint8_t *)bytes.at;
	memset(ret, 0, sizeof(*ret));
	if (bytes.len != VISIT_SIZE || memcmp(start, magic, sizeof(magic)) != 0)
		return false;
	const uint8_t *at = start + CRC_AT;
	if (bytes_take(&at, 4) != crc32_of(start, CRC_AT) || start[5] > VISIT_IDS_MAX || start[6] > FLAGS_ALL ||
	    start[7] != 0)
		return false;
	for (size_t i = IDS_AT + 8u * start[5]; i < CRC_AT; i++)
		if (start[i] != 0)
			return false;
	ret->depth = start[4];
	ret->count = start[5];
	ret->record_new = start[6] & FLAG_RECORD_NEW;
	ret->handed_back = start[6] & FLAG_HANDED_BACK;
	at = start + IDS_AT;
	for (unsigned i = 0; i < ret->count; i++)
		ret->ids[i] = bytes_take(&at, 8);
	return true;
}

void visit_serialize(const struct visit *visit, uint8_t ret[VISIT_SIZE])
{
	memset(ret, 0, VISIT_SIZE);
	memcpy(ret, magic, sizeof(magic));
	ret[4] = visit->depth;
	ret[5] = visit->count;
	ret[6] = (uint8_t)((visit->record_new ? FLAG_RECORD_NEW : 0) | (visit->handed_back ? FLAG_HANDED_BACK : 0));
	uint8_t *at = ret + IDS_AT;
	for (unsigned i = 0; i < visit->count; i++)
		bytes_put(&at, visit->ids[i], 8);
	at = ret + CRC_AT;
	bytes_put(&at, crc32_of(ret, CRC_AT), 4);
}

bool visit_has(const struct visit *visit, uint64_t id)
{
	for (unsigned i = 0; i < visit->count; i++)
		if (visit->ids[i] == id)
			return true;
	return false;
}

void visit_add(struct visit *visit, uint64_t id)
{
	if (visit->count < VISIT_IDS_MAX && !visit_has(visit, id))
		visit->ids[visit->count++] = id;
}
