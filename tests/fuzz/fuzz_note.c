/* SPDX-License-Identifier: Apache-2.0 */
/* BootpilotNote and a record of any sane values: whatever the OS writes leads away from a reset, never towards one.
 *
 * Input: RECORD_SIZE bytes of the record, of which the checksum is set right; then the note. */
#include "claim.h"

#include <string.h>

#include "shared/bytes.h"
#include "shared/hash.h"
#include "shared/inventory.h"
#include "shared/record.h"

static bool record_take(const uint8_t *data, struct record *ret)
{
	uint8_t bytes[RECORD_SIZE], *at = bytes + RECORD_SIZE - 4;
	struct record_slot slot = { .exists = true, .attributes = 3, .bytes = { (const char *)bytes, RECORD_SIZE } };

	memcpy(bytes, data, RECORD_SIZE);
	memcpy(bytes, "BPR1", 4);
	bytes_put(&at, crc32_of(bytes, RECORD_SIZE - 4), 4);
	return record_parse(&slot, ret) == RECORD_OK;
}

/* Only a success of active or passive, launched last and named, lifts the cap of resets. */
static void check_success(const struct record *before, const struct record *after)
{
	bool working = before->last_role == ROLE_ACTIVE || before->last_role == ROLE_PASSIVE;

	claim(after->success_seen == before->success_seen || working, "a success of neither active nor passive");
	claim(after->resets == before->resets || (working && after->success_seen), "the cap of resets is lifted");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record before, after, again;
	struct role_seen seen[ROLE_COUNT];

	if (size < RECORD_SIZE || !record_take(data, &before))
		return 0;

	struct text note = { (const char *)data + RECORD_SIZE, size - RECORD_SIZE };
	/* this text is made to name the entry that was launched, which no mutation would find */
	if (text_equal(note, TEXT("good active.conf")))
		before.last_id = id_hash(TEXT("active.conf"));

	after = before;
	if (!record_note(&after, note)) {
		claim(!record_differs(&before, &after), "a refused note touches the record");
		return 0;
	}
	claim(after.heard || text_starts_fold(text_trim(note), TEXT("forget")), "a note is taken and nobody was heard");
	claim(!record_corroborates(&after) || record_corroborates(&before), "a note is evidence for a reset");
	check_success(&before, &after);

	/* the most that a note may do to the reset entry: nothing */
	memset(seen, 0, sizeof(seen));
	claim(!record_may_resume_reset(&after, seen) || record_may_resume_reset(&before, seen),
	      "a note resumes a reset");

	uint8_t bytes[RECORD_SIZE];
	struct record_slot slot = { .exists = true, .attributes = 3, .bytes = { (const char *)bytes, RECORD_SIZE } };

	record_serialize(&after, bytes);
	claim(record_parse(&slot, &again) == RECORD_OK && !record_differs(&after, &again),
	      "a note leaves a record that cannot be read");
	return 0;
}
