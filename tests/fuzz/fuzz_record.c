/* SPDX-License-Identifier: Apache-2.0 */
/* Two slots of the attempt record. What parses gives the same bytes again, and what is chosen is one of them.
 *
 * Input: a byte of flags; for each slot a byte of attributes, then RECORD_SIZE bytes, fewer at the end of the input. */
#include "claim.h"

#include <string.h>

#include "shared/bytes.h"
#include "shared/hash.h"
#include "shared/record.h"

enum { FLAG_NO_CRC = 1, FLAG_ABSENT_0 = 2, FLAG_ABSENT_1 = 4, FLAG_LONG = 8, FLAG_OTHER_DISK = 16, FLAG_ODD_ATTRIBUTES = 32 };

static uint8_t slot_bytes[RECORD_SLOTS][RECORD_SIZE + 1];

/* Random bytes never have the right checksum: it is set here, so that the values behind it are reached. */
static struct record_slot slot_take(const uint8_t **data, size_t *size, unsigned slot, uint8_t flags)
{
	uint8_t attributes = *size ? **data : 0, *bytes = slot_bytes[slot];
	size_t len;

	*data += *size > 0;
	*size -= *size > 0;
	len = *size < RECORD_SIZE ? *size : RECORD_SIZE;
	memset(bytes, 0, sizeof(slot_bytes[slot]));
	memcpy(bytes, *data, len);
	*data += len;
	*size -= len;
	if (!(flags & FLAG_NO_CRC)) {
		uint8_t *at = bytes + RECORD_SIZE - 4;

		memcpy(bytes, "BPR1", 4);
		bytes_put(&at, crc32_of(bytes, RECORD_SIZE - 4), 4);
	}
	return (struct record_slot){
		.exists = !(flags & (slot ? FLAG_ABSENT_1 : FLAG_ABSENT_0)),
		.attributes = flags & FLAG_ODD_ATTRIBUTES ? attributes : 3,
		.bytes = { (const char *)bytes, flags & FLAG_NO_CRC ? len : RECORD_SIZE + !!(flags & FLAG_LONG) },
	};
}

/* What is written next is taken as the newer one, wherever the numbers have wrapped around. */
static void check_next(const struct record_slot slots[RECORD_SLOTS], const struct record *chosen, unsigned next)
{
	struct record_slot written[RECORD_SLOTS] = { slots[0], slots[1] };
	struct record record = *chosen, read;
	uint8_t bytes[RECORD_SIZE];
	unsigned after;

	record.sequence++;
	record.laps = record.laps ? 0 : 1;
	record_serialize(&record, bytes);
	written[next] = (struct record_slot){ true, 3, { (const char *)bytes, RECORD_SIZE } };
	claim(record_read(written, &chosen->disk, &read, &after) == RECORD_VALID && !record_differs(&read, &record),
	      "what was written last is not what is read");
}

static bool check_slot(const struct record_slot *slot, struct record *ret)
{
	uint8_t again[RECORD_SIZE];

	memset(ret, 0x5A, sizeof(*ret));
	if (record_parse(slot, ret) != RECORD_OK)
		return false;
	claim(slot->bytes.len == RECORD_SIZE && slot->attributes == 3, "a slot of another size or of the OS is taken");
	record_serialize(ret, again);
	claim(memcmp(again, slot->bytes.at, RECORD_SIZE) == 0, "a record gives other bytes than it was read from");
	claim(!record_differs(ret, ret), "a record differs from itself");
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_slot slots[RECORD_SLOTS];
	struct record parsed[RECORD_SLOTS], chosen;
	bool valid[RECORD_SLOTS];
	struct disk_id disk;
	uint8_t flags = size ? *data : 0;
	unsigned next = RECORD_SLOTS;

	data += size > 0;
	size -= size > 0;
	for (unsigned i = 0; i < RECORD_SLOTS; i++) {
		slots[i] = slot_take(&data, &size, i, flags);
		valid[i] = slots[i].exists && check_slot(&slots[i], &parsed[i]);
	}
	memcpy(&disk, slot_bytes[0] + 8, sizeof(disk));
	if (flags & FLAG_OTHER_DISK)
		disk.bytes[3]++;

	enum record_state state = record_read(slots, &disk, &chosen, &next);

	claim(next < RECORD_SLOTS, "no slot to write to");
	claim(memcmp(&chosen.disk, &disk, sizeof(disk)) == 0, "a record of another disk");
	claim(state == RECORD_ABSENT || state == RECORD_VALID || state == RECORD_REFUSED || state == RECORD_FOREIGN,
	      "state %d", state);
	if (state == RECORD_VALID) {
		unsigned from = 1 - next;

		claim(valid[from] && !record_differs(&chosen, &parsed[from]), "the record is of no slot, or of the one to be overwritten");
	} else {
		claim(!chosen.success_seen && !chosen.resets && !chosen.granted && chosen.last_role == ROLE_NONE &&
			      !chosen.handoff,
		      "a fresh record that remembers");
	}
	if (disk.kind <= DISK_FAT_SERIAL)
		check_next(slots, &chosen, next);
	if (state == RECORD_ABSENT)
		claim(!slots[0].exists && !slots[1].exists, "a slot exists and is neither taken nor refused");
	return 0;
}
