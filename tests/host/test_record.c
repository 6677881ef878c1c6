/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include "hash.h"
#include "record.h"

static const struct disk_id HERE = { DISK_GPT, { 9, 8, 7 } };
static const struct disk_id ELSEWHERE = { DISK_GPT, { 9, 8, 6 } };

#define A  ROLE_ACTIVE
#define P  ROLE_PASSIVE
#define R  ROLE_RECOVERY
#define S  ROLE_RESET
#define NV_BS (VARIABLE_NV | VARIABLE_BS)

static struct record fresh(void)
{
	const struct record_slot none[RECORD_SLOTS] = { { .exists = false } };
	struct record r;
	unsigned slot;

	assert_int_equal(record_read(none, &HERE, &r, &slot), RECORD_ABSENT);
	return r;
}

static struct record full(void)
{
	struct record r = { .sequence = 0x01020304, .disk = HERE, .last_role = P, .last_id = 0x1122334455667788,
			    .success_seen = true, .heard = true, .granted = 5, .resets = 200, .episode_launches = 2,
			    .episode_tries = 3, .episode_generation = { 0x99AABBCCDDEEFF00, 0x0F1E2D3C4B5A6978 },
			    .handoff = 0xDEADBEEFCAFEF00D, .laps = 2 };

	for (unsigned i = 0; i < ROLE_COUNT; i++)
		r.roles[i] = (struct role_record){ 0x1111111111111111u * (i + 1), 1000 + i, (uint8_t)(i + 1),
						   (uint8_t)(i + 4), i != S && i != P };
	return r;
}

static enum record_error parse(const uint8_t *bytes, size_t size, uint32_t attributes, struct record *ret)
{
	struct record_slot slot = { true, attributes, { (const char *)bytes, size } };

	return record_parse(&slot, ret);
}

static bool same(const struct record *a, const struct record *b)
{
	return a->sequence == b->sequence && !record_differs(a, b);
}

/* --- bytes ------------------------------------------------------------------------------------------------------- */

static void change_sequence(struct record *r) { r->sequence ^= 0x80000001; }
static void change_disk_kind(struct record *r) { r->disk.kind = DISK_FAT_SERIAL; }
static void change_disk_first(struct record *r) { r->disk.bytes[0] ^= 1; }
static void change_disk_last(struct record *r) { r->disk.bytes[15] ^= 0x80; }
static void change_generation_active(struct record *r) { r->roles[A].generation ^= UINT64_C(1) << 63; }
static void change_generation_reset(struct record *r) { r->roles[S].generation ^= 1; }
static void change_left_active(struct record *r) { r->roles[A].left_seen = COUNTER_MAX; }
static void change_left_passive(struct record *r) { r->roles[P].left_seen = 0; }
static void change_left_recovery(struct record *r) { r->roles[R].left_seen = RECORD_UNCOUNTED; }
static void change_stalled_active(struct record *r) { r->roles[A].stalled = 0; }
static void change_stalled_reset(struct record *r) { r->roles[S].stalled = RECORD_TRIES_MAX; }
static void change_launches_passive(struct record *r) { r->roles[P].launches = 0; }
static void change_launches_recovery(struct record *r) { r->roles[R].launches = RECORD_LAUNCHES_MAX; }
static void change_vouched_active(struct record *r) { r->roles[A].vouched = false; }
static void change_vouched_passive(struct record *r) { r->roles[P].vouched = true; }
static void change_vouched_recovery(struct record *r) { r->roles[R].vouched = false; }
static void change_last_role(struct record *r) { r->last_role = ROLE_NONE; }
static void change_last_id(struct record *r) { r->last_id ^= UINT64_C(1) << 40; }
static void change_success_seen(struct record *r) { r->success_seen = false; }
static void change_heard(struct record *r) { r->heard = false; }
static void change_granted(struct record *r) { r->granted = RECORD_TRIES_MAX; }
static void change_resets(struct record *r) { r->resets = 255; }
static void change_episode_launches(struct record *r) { r->episode_launches = 0; }
static void change_episode_tries(struct record *r) { r->episode_tries = RECORD_TRIES_MAX; }
static void change_episode_active(struct record *r) { r->episode_generation[0] ^= UINT64_C(1) << 63; }
static void change_episode_passive(struct record *r) { r->episode_generation[1] ^= 1; }
static void change_handoff(struct record *r) { r->handoff = 0; }
static void change_laps(struct record *r) { r->laps = RECORD_LAPS_MAX; }

static const struct {
	const char *field;
	void (*change)(struct record *r);
} fields[] = {
	{ "sequence", change_sequence },
	{ "kind of disk", change_disk_kind },
	{ "first byte of the disk's id", change_disk_first },
	{ "last byte of the disk's id", change_disk_last },
	{ "generation of active", change_generation_active },
	{ "generation of reset", change_generation_reset },
	{ "left_seen of active, the largest counter", change_left_active },
	{ "left_seen of passive, 0", change_left_passive },
	{ "left_seen of recovery, no counter", change_left_recovery },
	{ "stalled of active", change_stalled_active },
	{ "stalled of reset, the most", change_stalled_reset },
	{ "launches of passive", change_launches_passive },
	{ "launches of recovery, the most", change_launches_recovery },
	{ "vouched of active", change_vouched_active },
	{ "vouched of passive", change_vouched_passive },
	{ "vouched of recovery", change_vouched_recovery },
	{ "last role, none", change_last_role },
	{ "last id", change_last_id },
	{ "success seen", change_success_seen },
	{ "heard", change_heard },
	{ "granted, the most", change_granted },
	{ "resets, the most", change_resets },
	{ "launches in the episode", change_episode_launches },
	{ "tries of the episode", change_episode_tries },
	{ "active's generation at the reset", change_episode_active },
	{ "passive's generation at the reset", change_episode_passive },
	{ "handoff", change_handoff },
	{ "laps", change_laps },
};

static void every_field_survives(void **state)
{
	struct record before = full();
	uint8_t plain[RECORD_SIZE], bytes[RECORD_SIZE];

	record_serialize(&before, plain);
	for (size_t i = 0; i < COUNT(fields); i++) {
		struct record r = full(), back;

		fields[i].change(&r);
		if (i > 0 && !record_differs(&before, &r))
			fail_msg("%s: the record does not differ", fields[i].field);
		record_serialize(&r, bytes);
		if (memcmp(plain, bytes, sizeof(bytes)) == 0)
			fail_msg("%s: the bytes are the same", fields[i].field);
		if (parse(bytes, sizeof(bytes), NV_BS, &back) != RECORD_OK)
			fail_msg("%s: refused", fields[i].field);
		if (!same(&r, &back))
			fail_msg("%s: did not survive", fields[i].field);
		if (same(&before, &back))
			fail_msg("%s: the test cannot tell", fields[i].field);
	}
}

static void sequence_alone_is_no_difference(void **state)
{
	struct record a = full(), b = full();

	b.sequence++;
	assert_false(record_differs(&a, &b));
	assert_false(record_differs(&a, &a));
}

static void refused_by_size_and_attributes(void **state)
{
	static const struct {
		const char *about;
		uint32_t attributes;
		enum record_error error;
	} rows[] = {
		{ "NV and BS", NV_BS, RECORD_OK },
		{ "the OS can have made it: RT", NV_BS | VARIABLE_RT, RECORD_BAD_ATTRIBUTES },
		{ "volatile", VARIABLE_BS, RECORD_BAD_ATTRIBUTES },
		{ "volatile, RT", VARIABLE_BS | VARIABLE_RT, RECORD_BAD_ATTRIBUTES },
		{ "NV alone", VARIABLE_NV, RECORD_BAD_ATTRIBUTES },
		{ "none", 0, RECORD_BAD_ATTRIBUTES },
		{ "hardware error record", NV_BS | 8, RECORD_BAD_ATTRIBUTES },
		{ "authenticated", NV_BS | 0x20, RECORD_BAD_ATTRIBUTES },
		{ "a high bit", NV_BS | 0x80000000, RECORD_BAD_ATTRIBUTES },
	};
	struct record r = full(), back;
	uint8_t bytes[2 * RECORD_SIZE] = { 0 };

	record_serialize(&r, bytes);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record untouched = fresh();

		back = untouched;
		enum record_error error = parse(bytes, RECORD_SIZE, rows[i].attributes, &back);
		if (error != rows[i].error)
			fail_msg("%s: error %d, wanted %d", rows[i].about, (int)error, (int)rows[i].error);
		if (error != RECORD_OK && !same(&back, &untouched))
			fail_msg("%s: written in spite of the error", rows[i].about);
	}
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		if (size != RECORD_SIZE && parse(bytes, size, NV_BS, &back) != RECORD_BAD_SIZE)
			fail_msg("%zu bytes are not refused by their size", size);
	}
}

static void every_flipped_bit_is_noticed(void **state)
{
	struct record r = full(), back;
	uint8_t bytes[RECORD_SIZE];
	bool magic = false, crc = false;

	for (size_t bit = 0; bit < 8 * RECORD_SIZE; bit++) {
		record_serialize(&r, bytes);
		bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		enum record_error error = parse(bytes, sizeof(bytes), NV_BS, &back);
		if (error != RECORD_BAD_MAGIC && error != RECORD_BAD_CRC)
			fail_msg("bit %zu of byte %zu: error %d", bit % 8, bit / 8, (int)error);
		magic = magic || error == RECORD_BAD_MAGIC;
		crc = crc || error == RECORD_BAD_CRC;
	}
	assert_true(magic && crc);
	memset(bytes, 0, sizeof(bytes));
	assert_int_equal(parse(bytes, sizeof(bytes), NV_BS, &back), RECORD_BAD_MAGIC);
	memset(bytes, 0xFF, sizeof(bytes));
	assert_int_equal(parse(bytes, sizeof(bytes), NV_BS, &back), RECORD_BAD_MAGIC);
}

static void wrong_disk_kind(struct record *r) { r->disk.kind = DISK_FAT_SERIAL + 1; }
static void wrong_stalled_active(struct record *r) { r->roles[A].stalled = RECORD_TRIES_MAX + 1; }
static void wrong_stalled_passive(struct record *r) { r->roles[P].stalled = 255; }
static void wrong_stalled_reset(struct record *r) { r->roles[S].stalled = RECORD_TRIES_MAX + 1; }
static void wrong_launches_active(struct record *r) { r->roles[A].launches = RECORD_LAUNCHES_MAX + 1; }
static void wrong_launches_recovery(struct record *r) { r->roles[R].launches = 255; }
static void wrong_launches_reset(struct record *r) { r->roles[S].launches = RECORD_LAUNCHES_MAX + 1; }
static void wrong_last_role(struct record *r) { r->last_role = (enum role)(ROLE_NONE + 1); }
static void wrong_last_role_far(struct record *r) { r->last_role = (enum role)255; }
static void wrong_granted(struct record *r) { r->granted = RECORD_TRIES_MAX + 1; }

static void refused_by_value(void **state)
{
	static const struct {
		const char *about;
		void (*change)(struct record *r);
	} rows[] = {
		{ "a kind of disk that does not exist", wrong_disk_kind },
		{ "active stalled more often than ever counted", wrong_stalled_active },
		{ "passive stalled 255 times", wrong_stalled_passive },
		{ "reset stalled more often than ever counted", wrong_stalled_reset },
		{ "active launched more often than ever counted", wrong_launches_active },
		{ "recovery launched 255 times", wrong_launches_recovery },
		{ "reset launched more often than ever counted", wrong_launches_reset },
		{ "a role behind the last", wrong_last_role },
		{ "role 255", wrong_last_role_far },
		{ "more granted than ever counted", wrong_granted },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = full(), untouched = fresh(), back = untouched;
		uint8_t bytes[RECORD_SIZE];

		rows[i].change(&r);
		record_serialize(&r, bytes);
		enum record_error error = parse(bytes, sizeof(bytes), NV_BS, &back);
		if (error != RECORD_BAD_VALUE)
			fail_msg("%s: error %d, wanted %d", rows[i].about, (int)error, (int)RECORD_BAD_VALUE);
		if (!same(&back, &untouched))
			fail_msg("%s: written in spite of the error", rows[i].about);
	}
}

/* Whatever is taken is written back as it was: no two byte strings mean the same, and no byte means nothing. */
static void what_is_taken_is_canonical(void **state)
{
	struct record r = full();
	uint8_t bytes[RECORD_SIZE], again[RECORD_SIZE];
	unsigned taken = 0, refused = 0;

	record_serialize(&r, bytes);
	uint32_t crc = crc32_of(bytes, RECORD_SIZE - 4);
	const uint8_t little[4] = { (uint8_t)crc, (uint8_t)(crc >> 8), (uint8_t)(crc >> 16), (uint8_t)(crc >> 24) };
	assert_memory_equal(bytes + RECORD_SIZE - 4, little, 4); /* or this test forges nothing */

	for (size_t at = 0; at < RECORD_SIZE - 4; at++) {
		for (unsigned value = 0; value < 256; value++) {
			struct record back;

			record_serialize(&r, bytes);
			bytes[at] = (uint8_t)value;
			crc = crc32_of(bytes, RECORD_SIZE - 4);
			for (unsigned i = 0; i < 4; i++)
				bytes[RECORD_SIZE - 4 + i] = (uint8_t)(crc >> (8 * i));
			if (parse(bytes, sizeof(bytes), NV_BS, &back) != RECORD_OK) {
				refused++;
				continue;
			}
			taken++;
			record_serialize(&back, again);
			if (memcmp(bytes, again, sizeof(bytes)) != 0)
				fail_msg("byte %zu as %u is taken and written back differently", at, value);
		}
	}
	assert_true(taken > 1000 && refused > 1000);
}

/* --- slots ------------------------------------------------------------------------------------------------------- */

enum slot_kind { EMPTY, TORN, FAKE, OTHER, SEQ };

static void two_slots(void **state)
{
	static const struct {
		const char *about;
		enum slot_kind first;
		uint32_t first_sequence;
		enum slot_kind second;
		uint32_t second_sequence;
		enum record_state found;
		uint32_t sequence; /* the newest there is, whatever disk it is of; without one 0 */
		int next;          /* slot to write; -1: either */
	} rows[] = {
		{ "nothing yet",                  EMPTY, 0, EMPTY, 0, RECORD_ABSENT, 0, 0 },
		{ "the first alone",              SEQ, 7, EMPTY, 0, RECORD_VALID, 7, 1 },
		{ "the second alone",             EMPTY, 0, SEQ, 7, RECORD_VALID, 7, 0 },
		{ "the second is newer",          SEQ, 7, SEQ, 8, RECORD_VALID, 8, 0 },
		{ "the first is newer",           SEQ, 9, SEQ, 8, RECORD_VALID, 9, 1 },
		{ "the second torn",              SEQ, 7, TORN, 8, RECORD_VALID, 7, 1 },
		{ "the first torn",               TORN, 9, SEQ, 8, RECORD_VALID, 8, 0 },
		{ "the newer one made by the OS", SEQ, 7, FAKE, 8, RECORD_VALID, 7, 1 },
		{ "both torn",                    TORN, 7, TORN, 8, RECORD_REFUSED, 0, -1 },
		{ "one torn, the other never written", TORN, 7, EMPTY, 0, RECORD_REFUSED, 0, -1 },
		{ "one made by the OS alone",     EMPTY, 0, FAKE, 8, RECORD_REFUSED, 0, -1 },
		{ "another disk's",               OTHER, 7, EMPTY, 0, RECORD_FOREIGN, 7, -1 },
		{ "the second of another disk",   EMPTY, 0, OTHER, 7, RECORD_FOREIGN, 7, -1 },
		{ "both of the same number",      SEQ, 7, SEQ, 7, RECORD_VALID, 7, 1 },
		{ "both of another disk",         OTHER, 7, OTHER, 8, RECORD_FOREIGN, 8, -1 },
		{ "newer of another disk",        SEQ, 7, OTHER, 8, RECORD_VALID, 8, 1 },
		{ "older of another disk",        OTHER, 7, SEQ, 8, RECORD_VALID, 8, 0 },
		{ "the sequence wrapped",         SEQ, UINT32_MAX, SEQ, 0, RECORD_VALID, 0, 0 },
		{ "one beyond the half",          SEQ, 0x80000001u, EMPTY, 0, RECORD_VALID, 0x80000001u, 1 },
		{ "the second alone beyond it",   EMPTY, 0, SEQ, 0x80000001u, RECORD_VALID, 0x80000001u, 0 },
		{ "both beyond the half",         SEQ, 0x90000000u, SEQ, 0x90000001u, RECORD_VALID, 0x90000001u, 0 },
		{ "the sequence wrapped, back",   SEQ, 1, SEQ, UINT32_MAX, RECORD_VALID, 1, 1 },
		{ "just newer by the circle",     SEQ, 0, SEQ, UINT32_MAX / 2 - 1, RECORD_VALID, UINT32_MAX / 2 - 1, 0 },
		{ "no longer newer by it",        SEQ, 0, SEQ, UINT32_MAX / 2, RECORD_VALID, 0, 1 },
		{ "the first is another disk's, and the newer one", OTHER, 9, SEQ, 8, RECORD_VALID, 9, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t bytes[2][RECORD_SIZE];
		struct record_slot slots[RECORD_SLOTS];
		struct record back;
		unsigned next = 99;

		for (unsigned s = 0; s < 2; s++) {
			enum slot_kind kind = s == 0 ? rows[i].first : rows[i].second;
			struct record r = full();

			r.sequence = s == 0 ? rows[i].first_sequence : rows[i].second_sequence;
			if (kind == OTHER)
				r.disk = ELSEWHERE;
			record_serialize(&r, bytes[s]);
			if (kind == TORN)
				memset(bytes[s] + RECORD_SIZE / 2, 0, RECORD_SIZE / 2);
			slots[s] = (struct record_slot){ kind != EMPTY, kind == FAKE ? 7 : NV_BS,
							 { (const char *)bytes[s], RECORD_SIZE } };
		}
		enum record_state found = record_read(slots, &HERE, &back, &next);
		if (found != rows[i].found)
			fail_msg("%s: state %d, wanted %d", rows[i].about, (int)found, (int)rows[i].found);
		if (next >= RECORD_SLOTS || (rows[i].next >= 0 && next != (unsigned)rows[i].next))
			fail_msg("%s: next slot %u, wanted %d", rows[i].about, next, rows[i].next);
		if (memcmp(&back.disk, &HERE, sizeof(HERE)) != 0)
			fail_msg("%s: about another disk", rows[i].about);
		if (back.sequence != rows[i].sequence)
			fail_msg("%s: sequence %u, wanted %u", rows[i].about, back.sequence, rows[i].sequence);
		if (found != RECORD_VALID) {
			struct record none = fresh();
			if (record_differs(&back, &none))
				fail_msg("%s: the record is not fresh", rows[i].about);
		}
	}
}

static void another_kind_of_disk_is_another_disk(void **state)
{
	struct record r = full(), back;
	uint8_t bytes[RECORD_SIZE];
	struct disk_id serial = HERE;
	unsigned next;

	record_serialize(&r, bytes);
	struct record_slot slots[RECORD_SLOTS] = { { true, NV_BS, { (const char *)bytes, RECORD_SIZE } } };
	serial.kind = DISK_FAT_SERIAL;
	assert_int_equal(record_read(slots, &serial, &back, &next), RECORD_FOREIGN);
}

static void a_fresh_record_knows_nothing(void **state)
{
	struct record r = fresh();

	assert_memory_equal(&r.disk, &HERE, sizeof(HERE));
	assert_int_equal(r.last_role, ROLE_NONE);
	assert_false(r.success_seen || r.heard);
	assert_int_equal(r.resets + r.episode_launches + r.granted + r.laps, 0);
	assert_true(r.handoff == 0);
	for (unsigned i = 0; i < ROLE_COUNT; i++)
		assert_true(r.roles[i].generation == 0 && r.roles[i].stalled == 0 && r.roles[i].launches == 0);
}

/* --- a life: steps and what the record then holds ---------------------------------------------------------------- */

#define ID_ACTIVE   0xA1
#define ID_PASSIVE  0xB2
#define ID_RECOVERY 0xC3
#define ID_RESET    0xD4

static const uint64_t ids[ROLE_COUNT] = { ID_ACTIVE, ID_PASSIVE, ID_RECOVERY, ID_RESET };

/* A word per role: "-" absent, "G" good, "G*" good by another file than was launched, "3" tries left, "3'" the same with
 * another image, "0!" none left and none made. */
static void see(const char *words, struct role_seen seen[ROLE_COUNT])
{
	struct text rest = text_of(words), word;

	memset(seen, 0, ROLE_COUNT * sizeof(seen[0]));
	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		assert_true(text_next_word(&rest, &word));
		if (word.at[0] == '-')
			continue;
		seen[i].present = true;
		seen[i].startable = true;
		seen[i].generation = 0x1000 * (i + 1);
		for (; word.len > 0 && word.at[word.len - 1] == '\''; word.len--)
			seen[i].generation++;
		if (word.at[0] == 'G') {
			seen[i].left = RECORD_UNCOUNTED;
			seen[i].good_id = word.len > 1 ? ids[i] + 1 : ids[i];
		} else {
			bool untried = word.at[word.len - 1] == '!';
			word = text_before(word, word.len - untried);
			uint64_t left;
			assert_true(text_to_uint(word, COUNTER_MAX, &left));
			seen[i].left = (uint32_t)left;
			seen[i].done = left < 3 && !untried ? 3 - (uint32_t)left : 0; /* as in +3, +2-1, +1-2, +0-3 */
		}
	}
}

/* Steps, separated by ';': "3 3 3 3" the names as seen at a boot; "a" "p" "r" launch; "g" a launch of active that is no
 * try; "z" the reset entry; "?" nobody knows what; "A" "P" "R" success. */
static void live(struct record *r, const char *steps)
{
	struct role_seen seen[ROLE_COUNT];

	memset(seen, 0, sizeof(seen));
	while (*steps != '\0') {
		char step[40];
		size_t n = strcspn(steps, ";");
		struct text t = text_trim((struct text){ steps, n });

		assert_true(t.len < sizeof(step) && t.len > 0);
		memcpy(step, t.at, t.len);
		step[t.len] = '\0';
		steps += n + (steps[n] == ';');
		if (t.len > 1) {
			see(step, seen);
			record_observe(r, seen);
			continue;
		}
		switch (step[0]) {
		case 'a': record_launch(r, A, ID_ACTIVE, true); break;
		case 'p': record_launch(r, P, ID_PASSIVE, true); break;
		case 'r': record_launch(r, R, ID_RECOVERY, true); break;
		case 'g': record_launch(r, A, ID_ACTIVE, false); break;
		case 'z': record_launch_reset(r, seen, ID_RESET); break;
		case '?': record_launch_unknown(r); break;
		case 'A': record_success(r, A); break;
		case 'P': record_success(r, P); break;
		case 'R': record_success(r, R); break;
		default: fail_msg("no such step: %s", step);
		}
	}
}

static void lives(void **state)
{
	enum { LAST_ANY = 9, NOT_ASKED = -1 };
	static const struct {
		const char *about;
		const char *steps;
		int stalled[3];  /* active, passive, recovery; -1: not asked */
		int launches[3];
		int resets;
		int success;
		int last; /* role, LAST_ANY: not asked */
	} rows[] = {
		{ "first sight", "3 G 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, ROLE_NONE },
		{ "launched once", "3 G 3 G; a", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, A },
		{ "the counter moves with each launch", "3 G 3 G; a; 2 G 3 G; a; 1 G 3 G; a; 0 G 3 G", { 0, -1, -1 },
		  { 3, 0, 0 }, 0, 0, LAST_ANY },
		{ "each launch at a new number is the first there", "3 G 3 G; a; 2 G 3 G; a", { 1, -1, -1 }, { 2, 0, 0 }, 0, 0, A },
		{ "the counter stands still", "3 G 3 G; a; 3 G 3 G; a; 3 G 3 G; a; 3 G 3 G", { 3, 0, 0 }, { 3, 0, 0 }, 0, 0, A },
		{ "it stands still, then moves", "3 G 3 G; a; 3 G 3 G; a; 2 G 3 G", { 0, 0, 0 }, { 2, 0, 0 }, 0, 0, A },
		{ "it moves, then stands still", "3 G 3 G; a; 2 G 3 G; a; 2 G 3 G; a", { 2, 0, 0 }, { 3, 0, 0 }, 0, 0, A },
		{ "asked twice in one boot", "3 G 3 G; a; 3 G 3 G; 3 G 3 G; 3 G 3 G", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, A },
		{ "a good entry is no try", "G G 3 G; g; G G 3 G; g", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, A },
		/* new images */
		{ "a new active under an old name", "3 3 3 G; a; 3 3 3 G; a; 3' 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, LAST_ANY },
		{ "a new active clears its own alone", "3 3 3 G; p; 3 3 3 G; p; 3 3 3 G; r; 3' 3 3 G", { 0, 2, 1 }, { 0, 2, 1 }, 0, 0,
		  LAST_ANY },
		{ "a new recovery clears its own alone", "3 3 3 G; a; 3 3 3 G; r; 3 3 3' G", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, LAST_ANY },
		{ "a new image without counter is not a success", "3 3 3 G; a; G' 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, LAST_ANY },
		/* re-arming */
		{ "more tries by name", "3 3 3 G; a; 2 3 3 G; a; 3 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, LAST_ANY },
		{ "more tries clear their own role alone", "3 3 2 G; p; 3 3 2 G; r; 3 3 3 G", { 0, 1, 0 }, { 0, 1, 0 }, 0, 0, LAST_ANY },
		{ "re-arming does not forgive a reset", "0 0 0 3; z; 3 0 0 3", { 0, 0, 0 }, { 0, 0, 0 }, 1, 0, LAST_ANY },
		/* success */
		{ "active blessed", "3 3 3 G; a; G 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 1, LAST_ANY },
		{ "active blessed after its counter moved", "3 3 3 G; a; 2 3 3 G; a; G 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 1, LAST_ANY },
		{ "active blessed clears the evidence", "3 3 3 G; r; 3 3 3 G; a; G 3 3 G", { 0, 0, -1 }, { 0, 0, 0 }, 0, 1, LAST_ANY },
		{ "passive blessed does not clear active", "3 3 3 G; a; 3 3 3 G; a; 3 3 3 G; p; 3 G 3 G", { 2, 0, 0 }, { 2, 0, 0 }, 0, 1,
		  LAST_ANY },
		{ "another role than the last loses its counter", "3 3 3 G; a; 3 G 3 G", { 1, 0, 0 }, { -1, 0, 0 }, 0, 0, LAST_ANY },
		{ "always without counter", "G 3 3 G; g; G 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, A },
		{ "blessed where a person chose", "3 3 3 G; ?; G 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, LAST_ANY },
		{ "success of active forgives the resets", "0 0 0 3; z; 3' 0 0 3; a; G' 0 0 3", { 0, 0, 0 }, { 0, 0, 0 }, 0, 1, LAST_ANY },
		{ "success of passive forgives the resets", "0 0 0 3; z; 0 3' 0 3; p; 0 G' 0 3", { 0, 0, 0 }, { 0, 0, 0 }, 0, 1, LAST_ANY },
		{ "success of recovery does not forgive the resets", "0 0 3 3; z; 0 0 3 3; r; 0 0 G 3", { 0, 0, 0 }, { 0, 0, -1 }, 1, NOT_ASKED,
		  LAST_ANY },
		{ "success of passive, called by name", "3 3 3 G; a; p; r; P", { 1, 0, -1 }, { 1, 0, 0 }, 0, 1, LAST_ANY },
		{ "success of recovery clears neither active nor passive", "3 3 3 G; a; p; r; R", { 1, 1, 0 }, { 1, 1, -1 }, 0, NOT_ASKED, LAST_ANY },
		/* somebody else chose */
		{ "a person chose passive in the menu", "3 3 3 G; a; 3 2 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, ROLE_NONE },
		{ "a person chose it the second time", "3 3 3 G; a; 3 3 3 G; a; 3 2 3 G", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, ROLE_NONE },
		{ "a person chose active instead of recovery", "3 3 3 G; r; 2 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, ROLE_NONE },
		{ "nobody knows what", "3 3 3 G; a; 3 3 3 G; ?", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, ROLE_NONE },
		{ "passive was given a counter meanwhile", "3 G 3 G; a; 3 2 3 G", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, A },
		{ "a person chose, and there is no try to forget", "3 3 3 G; g; 3 2 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, ROLE_NONE },
		{ "another file of the role was blessed", "3 3 3 G; a; G* 3 3 G", { 0, 0, 0 }, { 0, 0, 0 }, 0, 0, A },
		/* lost and found */
		{ "active lost", "3 3 3 G; a; 3 3 3 G; a; - 3 3 G", { 2, 0, 0 }, { 2, 0, 0 }, 0, 0, LAST_ANY },
		{ "active lost and returned", "3 3 3 G; a; 3 3 3 G; a; - 3 3 G; 3 3 3 G", { 2, 0, 0 }, { 2, 0, 0 }, 0, 0, LAST_ANY },
		{ "active lost and returned with another image", "3 3 3 G; a; 3 3 3 G; a; - 3 3 G; 3' 3 3 G", { 0, 0, 0 },
		  { 0, 0, 0 }, 0, 0, LAST_ANY },
		{ "recovery lost and returned", "3 3 3 G; r; 3 3 3 G; r; 3 3 - G; 3 3 3 G", { 0, 0, 2 }, { 0, 0, 2 }, 0, 0, LAST_ANY },
		{ "a lost entry is not a person's choice", "3 3 3 G; a; 3 - 3 G", { 1, 0, 0 }, { 1, 0, 0 }, 0, 0, LAST_ANY },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();

		live(&r, rows[i].steps);
		for (unsigned role = 0; role < 3; role++) {
			if (rows[i].stalled[role] >= 0 && r.roles[role].stalled != rows[i].stalled[role])
				print_error("%s: stalled of role %u is %u, wanted %d\n", rows[i].about, role,
					    r.roles[role].stalled, rows[i].stalled[role]), (*(unsigned *)*state)++;
			if (rows[i].launches[role] >= 0 && r.roles[role].launches != rows[i].launches[role])
				print_error("%s: launches of role %u are %u, wanted %d\n", rows[i].about, role,
					    r.roles[role].launches, rows[i].launches[role]), (*(unsigned *)*state)++;
		}
		if (r.resets != rows[i].resets)
			print_error("%s: %u resets, wanted %d\n", rows[i].about, r.resets, rows[i].resets), (*(unsigned *)*state)++;
		if (rows[i].success != NOT_ASKED && r.success_seen != (rows[i].success != 0))
			print_error("%s: success seen %d\n", rows[i].about, r.success_seen), (*(unsigned *)*state)++;
		if (rows[i].last != LAST_ANY && (int)r.last_role != rows[i].last)
			print_error("%s: last role %d, wanted %d\n", rows[i].about, (int)r.last_role, rows[i].last),
				(*(unsigned *)*state)++;
	}
	assert_int_equal(*(unsigned *)*state, 0);
}

static void counting_stops(void **state)
{
	struct record r = fresh(), before;

	for (unsigned i = 0; i < 300; i++)
		live(&r, "1000 3 3 G; a");
	assert_int_equal(r.roles[A].stalled, RECORD_TRIES_MAX);
	assert_int_equal(r.roles[A].launches, RECORD_LAUNCHES_MAX);
	before = r;
	live(&r, "1000 3 3 G; a");
	assert_false(record_differs(&before, &r)); /* a machine in its last resort stops writing */
}

/* Active was launched at three tries, passive has three. What is seen then: did a person choose passive in the menu? */
static void who_chose(void **state)
{
	enum { GONE = 1, OTHER_IMAGE = 2 }; /* besides the tries */
	static const struct {
		const char *about;
		uint32_t active, passive, passive_before;
		unsigned active_else, passive_else;
		bool person;
	} rows[] = {
		{ "passive's counter moved", 3, 2, 3, 0, 0, true },
		{ "nothing moved", 3, 3, 3, 0, 0, false },
		{ "passive got tries", 3, 4, 3, 0, 0, false },
		{ "both moved", 2, 2, 3, 0, 0, false },
		{ "active was blessed", RECORD_UNCOUNTED, 2, 3, 0, 0, false },
		{ "active is lost", 3, 2, 3, GONE, 0, false },
		{ "active is another image", 3, 2, 3, OTHER_IMAGE, 0, false },
		{ "passive is lost", 3, 2, 3, 0, GONE, false },
		{ "passive is another image", 3, 2, 3, 0, OTHER_IMAGE, false },
		{ "passive was blessed", 3, RECORD_UNCOUNTED, 3, 0, 0, false },
		{ "passive had no counter", 3, 2, RECORD_UNCOUNTED, 0, 0, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();
		struct role_seen seen[ROLE_COUNT] = { { .present = false } };

		r.roles[A] = (struct role_record){ .generation = 1, .left_seen = 3, .stalled = 2, .launches = 2 };
		r.roles[P] = (struct role_record){ .generation = 2, .left_seen = rows[i].passive_before };
		r.last_role = A;
		seen[A] = (struct role_seen){ .present = rows[i].active_else != GONE, .left = rows[i].active,
					      .generation = rows[i].active_else == OTHER_IMAGE ? 9 : 1 };
		seen[P] = (struct role_seen){ .present = rows[i].passive_else != GONE, .left = rows[i].passive,
					      .generation = rows[i].passive_else == OTHER_IMAGE ? 9 : 2 };
		record_observe(&r, seen);
		if ((r.last_role == ROLE_NONE) != rows[i].person)
			fail_msg("%s: a person %d", rows[i].about, !rows[i].person);
		if (rows[i].person && (r.roles[A].stalled != 1 || r.roles[A].launches != 1))
			fail_msg("%s: the launch still counts", rows[i].about);
	}

	struct record nobody = fresh(); /* nothing was launched that could have been passed over */
	struct role_seen seen[ROLE_COUNT] = { { .present = false } };
	nobody.roles[P] = (struct role_record){ .generation = 2, .left_seen = 3, .stalled = 2 };
	seen[P] = (struct role_seen){ .present = true, .generation = 2, .left = 2 };
	record_observe(&nobody, seen);
	assert_int_equal(nobody.last_role, ROLE_NONE);
	assert_int_equal(nobody.roles[P].stalled, 0);
}

static void what_recovery_was_granted(void **state)
{
	static const struct {
		uint32_t left, done, before, wanted;
	} rows[] = {
		{ 3, 0, 0, 3 }, { 1, 2, 0, 1 }, { 9, 0, 0, 8 }, { 5, 0, 2, 5 }, { 2, 0, 5, 5 },
		{ 0, 3, 0, 3 }, { 0, 0, 0, 1 }, { 0, 9, 0, 8 }, { 0, 5, 2, 2 }, { 0, 1, 2, 2 },
		{ RECORD_UNCOUNTED, 0, 0, RECORD_TRIES_LOAN }, { RECORD_UNCOUNTED, 0, 5, 5 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned other_image = 0; other_image < 2; other_image++) {
			struct record r = fresh();
			struct role_seen seen[ROLE_COUNT] = { { .present = false } };

			r.roles[R] = (struct role_record){ .generation = 1 + other_image, .left_seen = rows[i].left };
			r.granted = (uint8_t)rows[i].before;
			seen[R] = (struct role_seen){ .present = true, .generation = 1, .left = rows[i].left, .done = rows[i].done };
			record_observe(&r, seen);
			if (!other_image && r.granted != rows[i].wanted)
				fail_msg("+%u-%u after %u: %u, wanted %u", rows[i].left, rows[i].done, rows[i].before, r.granted, rows[i].wanted);
			if (other_image && rows[i].left && rows[i].left < 8 && r.granted != rows[i].left)
				fail_msg("+%u-%u, another image: %u", rows[i].left, rows[i].done, r.granted);
		}
}

/* A report lends one boot more, until somebody has judged the entry anew. */
static void how_long_a_report_counts(void **state)
{
	static const struct {
		uint32_t before, now;
		bool other_image, vouched;
	} rows[] = {
		{ 3, 3, false, true },  { 3, 2, false, true },  { 3, 1, false, false }, { 3, 0, false, false },
		{ 1, 0, false, true },  { 0, 0, false, true },  { 0, 3, false, true },  { 3, 3, true, false },
		{ 3, RECORD_UNCOUNTED, false, true }, { RECORD_UNCOUNTED, 3, false, false },
		{ RECORD_UNCOUNTED, RECORD_UNCOUNTED, false, true }, { RECORD_UNCOUNTED, RECORD_UNCOUNTED, true, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();
		struct role_seen seen[ROLE_COUNT] = { { .present = false } };

		r.roles[A] = (struct role_record){ .generation = 1, .left_seen = rows[i].before, .stalled = 1, .launches = 1, .vouched = true };
		seen[A] = (struct role_seen){ .present = true, .generation = rows[i].other_image ? 2 : 1, .left = rows[i].now };
		record_observe(&r, seen);
		if (r.roles[A].vouched != rows[i].vouched)
			fail_msg("%u to %u: vouched %d", rows[i].before, rows[i].now, r.roles[A].vouched);
		assert_int_equal(r.roles[A].left_seen, rows[i].now);
		/* the same number at the same image is the only thing that lets a stall count on */
		bool same_number = rows[i].before == rows[i].now && !rows[i].other_image;
		if ((r.roles[A].stalled > 0) != same_number)
			fail_msg("%u to %u: stalled %u", rows[i].before, rows[i].now, r.roles[A].stalled);
	}
}

/* Any move of the counter that was launched shows that an OS was started; a success takes all evidence with it. */
static void what_a_boot_clears(void **state)
{
	struct record r = full();
	struct role_seen seen[ROLE_COUNT] = { { .present = false } };

	r.last_role = A;
	seen[A] = (struct role_seen){ .present = true, .generation = r.roles[A].generation, .left = r.roles[A].left_seen };
	record_observe(&r, seen);
	assert_int_equal(r.laps, 2);
	seen[A].left--;
	record_observe(&r, seen);
	assert_int_equal(r.laps, 0);

	for (enum role role = A; role < ROLE_NONE; role++) {
		bool proves = role == A || role == P;
		r = full();
		record_success(&r, role);
		assert_int_equal(r.laps, 0);
		assert_int_equal(r.resets, proves ? 0 : 200);
		assert_int_equal(r.roles[S].stalled == 0 && r.roles[S].launches == 0, proves);
		assert_int_equal(r.roles[R].stalled == 0 && r.roles[R].launches == 0, proves || role == R);
		assert_int_equal(r.episode_launches + r.episode_tries, proves ? 0 : 5);
	}
}

static void observing_twice_changes_nothing(void **state)
{
	static const char *const steps[] = {
		"3 3 3 G", "3 3 3 G; a; 3 3 3 G", "3 3 3 G; a; 2 3 3 G", "3 3 3 G; a; G 3 3 G", "3 3 3 G; a; 3 2 3 G",
		"0 0 0 3; z; 3' 0 0 3", "3 3 3 G; a; - 3 3 G", "G G G G; g; G G G G", "- - - -",
	};

	for (size_t i = 0; i < COUNT(steps); i++) {
		struct record once = fresh(), twice;
		const char *last = strrchr(steps[i], ';');

		live(&once, steps[i]);
		twice = once;
		live(&twice, last == NULL ? steps[i] : last + 1);
		if (record_differs(&once, &twice))
			fail_msg("%s: the second look changes the record", steps[i]);
	}
}

/* --- stalled, evidence, loans ------------------------------------------------------------------------------------ */

static void stalled_against_tries(void **state)
{
	static const struct {
		const char *left;
		unsigned launches;
		bool stalled;
	} rows[] = {
		{ "1", 0, false },  { "1", 1, true },  { "2", 1, false },    { "2", 2, true },    { "3", 2, false },
		{ "3", 3, true },   { "8", 7, false }, { "8", 8, true },     { "9", 7, false },   { "9", 8, true },
		{ "2147483647", 7, false },            { "2147483647", 8, true },
		{ "G", 0, false },  { "G", 20, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();
		struct role_seen seen[ROLE_COUNT];
		char names[40];

		strcpy(names, rows[i].left);
		strcat(names, " 3 3 G");
		live(&r, names);
		for (unsigned n = 0; n < rows[i].launches; n++) {
			live(&r, "a");
			live(&r, names);
		}
		see(names, seen);
		if (record_is_stalled(&r, A, &seen[A]) != rows[i].stalled)
			fail_msg("%s tries, %u launches: stalled %d", rows[i].left, rows[i].launches, !rows[i].stalled);
	}
}

/* The record knows another image: whatever stands still is not this one. */
static void another_image_is_not_stalled(void **state)
{
	struct record r = fresh();
	struct role_seen seen[ROLE_COUNT];

	live(&r, "1 3 3 G; a");
	see("1 3 3 G", seen);
	assert_true(record_is_stalled(&r, A, &seen[A]));
	see("1' 3 3 G", seen);
	assert_false(record_is_stalled(&r, A, &seen[A]));
	see("2 3 3 G", seen);
	assert_false(record_is_stalled(&r, A, &seen[A]));

	/* no counter, and a record that says it stood still: nothing to use up */
	r.roles[A].left_seen = RECORD_UNCOUNTED;
	r.roles[A].stalled = RECORD_TRIES_MAX;
	see("G 3 3 G", seen);
	assert_false(record_is_stalled(&r, A, &seen[A]));
}

static void corroboration(void **state)
{
	static const struct {
		const char *about;
		const char *steps;
		bool agrees;
	} rows[] = {
		{ "recovery was never launched", "0 0 0 G", false },
		{ "seen with 3 tries, never launched, forged to 0", "3 3 3 G; 0 0 0 G", false },
		{ "three tries, two launches", "0 0 3 G; r; 0 0 2 G; r; 0 0 1 G", false },
		{ "three tries, two launches, forged to 0", "0 0 3 G; r; 0 0 2 G; r; 0 0 0 G", false },
		{ "three tries, three launches", "0 0 3 G; r; 0 0 2 G; r; 0 0 1 G; r; 0 0 0 G", true },
		{ "three tries, three launches, counter frozen", "0 0 3 G; r; 0 0 3 G; r; 0 0 3 G; r; 0 0 3 G", true },
		{ "first seen with one try, one launch", "0 0 1 G; r; 0 0 0 G", true },
		{ "seen with three before, forged to one, one launch", "0 0 3 G; 0 0 1 G; r; 0 0 0 G", false },
		{ "first seen with no try left, three made: two launches", "0 0 0 G; r; r", false },
		{ "first seen with no try left, three made: three launches", "0 0 0 G; r; r; r", true },
		{ "first seen with no try left, none made: no launch", "0 0 0! G", false },
		{ "first seen with no try left, none made: one launch", "0 0 0! G; r", true },
		{ "active launched instead", "3 0 3 G; a; 2 0 3 G; a; 1 0 3 G; a; 0 0 0 G", false },
		{ "passive worked in between", "0 3 3 G; r; 0 3 2 G; r; 0 3 1 G; r; 0 3 0 G; p; 0 G 0 G", false },
		{ "recovery is another image now", "0 0 3 G; r; 0 0 2 G; r; 0 0 1 G; r; 0 0 0' G", false },
		{ "recovery was re-armed", "0 0 3 G; r; 0 0 2 G; r; 0 0 1 G; r; 0 0 0 G; 0 0 3 G", false },
		{ "eight launches are enough for any counter",
		  "0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G", true },
		{ "seven are not",
		  "0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G; r; 0 0 99 G", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();

		live(&r, rows[i].steps);
		if (record_corroborates(&r) != rows[i].agrees)
			fail_msg("%s: agrees %d (launches %u, granted %u)", rows[i].about, !rows[i].agrees,
				 r.roles[R].launches, r.granted);
	}
}

/* Recovery that was never seen was granted nothing; it must have been launched all the same. */
static void never_without_a_launch(void **state)
{
	struct record r = fresh();

	assert_false(record_corroborates(&r));
	live(&r, "r");
	assert_int_equal(r.granted, 0);
	assert_true(record_corroborates(&r));
}

static void what_an_episode_begins_with(void **state)
{
	struct record r = fresh();

	live(&r, "0' - 0 3; z");
	assert_true(r.episode_generation[0] == 0x1001 && r.episode_generation[1] == 0);
	r = fresh();
	live(&r, "- 0' 0 3; z");
	assert_true(r.episode_generation[0] == 0 && r.episode_generation[1] == 0x2001);
}

static void resets(void **state)
{
	static const struct {
		const char *about;
		const char *steps; /* the last ones are names */
		int resets;
		bool resume;
		bool loan[2]; /* of active, of passive */
	} rows[] = {
		{ "none yet", "0 0 0 3", 0, false, { false, false } },
		{ "cut by power at once", "0 0 0 3; z; 0 0 0 3", 1, true, { false, false } },
		{ "resumed is not another one", "0 0 0 3; z; 0 0 0 3; z; 0 0 0 3", 1, true, { false, false } },
		{ "up to its tries by name", "0 0 0 3; z; 0 0 0 2; z; 0 0 0 1; z; 0 0 0 0", 1, false, { false, false } },
		{ "without a counter up to 3", "0 0 0 G; z; 0 0 0 G; z; 0 0 0 G; z; 0 0 0 G", 1, false, { false, false } },
		{ "without a counter, twice", "0 0 0 G; z; 0 0 0 G; z; 0 0 0 G", 1, true, { false, false } },
		{ "one try by name", "0 0 0 1; z; 0 0 0 0", 1, false, { false, false } },
		{ "renewed active, exhausted by name", "0 0 0 3; z; 0' 0 0 3", 1, false, { true, false } },
		{ "renewed passive, exhausted by name", "0 0 0 3; z; 0 0' 0 3", 1, false, { false, true } },
		{ "renewed both", "0 0 0 3; z; 0' 0' 0 3", 1, false, { true, true } },
		{ "renewed active with tries needs no loan", "0 0 0 3; z; 3' 0 0 3", 1, false, { false, false } },
		{ "renewed active without counter needs no loan", "0 0 0 3; z; G' 0 0 3", 1, false, { false, false } },
		{ "the loan is used up", "0 0 0 3; z; 0' 0 0 3; a; 0' 0 0 3; a; 0' 0 0 3; a; 0' 0 0 3", 1, false, { false, false } },
		{ "the loan is half used", "0 0 0 3; z; 0' 0 0 3; a; 0' 0 0 3", 1, false, { true, false } },
		{ "a new image without a reset gets no loan", "0 0 0 3; 0' 0 0 3", 0, false, { false, false } },
		{ "active lost in the middle", "0 0 0 3; z; - 0 0 3", 1, true, { false, false } },
		{ "lost and written anew", "0 0 0 3; z; - 0 0 3; 0' 0 0 3", 1, false, { true, false } },
		{ "another episode after renewal", "0 0 0 3; z; 0' 0 0 3; z; 0' 0 0 3", 2, true, { false, false } },
		{ "worked, then failed again", "0 0 0 3; z; 3' 0 0 3; a; G' 0 0 3; 0' 0 0 3", 0, false, { false, false } },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();
		struct role_seen seen[ROLE_COUNT];
		const char *last = strrchr(rows[i].steps, ';');

		live(&r, rows[i].steps);
		see(last == NULL ? rows[i].steps : last + 1, seen);
		if (r.resets != rows[i].resets)
			fail_msg("%s: %u resets, wanted %d", rows[i].about, r.resets, rows[i].resets);
		if (record_may_resume_reset(&r, seen) != rows[i].resume)
			fail_msg("%s: may resume %d", rows[i].about, !rows[i].resume);
		for (unsigned role = 0; role < 2; role++) {
			uint32_t loan = record_loan(&r, (enum role)role, &seen[role]);
			if ((loan > 0) != rows[i].loan[role] || loan > RECORD_TRIES_LOAN)
				fail_msg("%s: a loan of %u tries to role %u", rows[i].about, loan, role);
		}
		assert_int_equal(record_loan(&r, R, &seen[R]), 0);
		assert_int_equal(record_loan(&r, S, &seen[S]), 0);
	}
}

static void success_forgets_the_episode(void **state)
{
	static const enum role workers[] = { A, P };

	for (size_t i = 0; i < COUNT(workers); i++) {
		struct record r = full();

		record_success(&r, workers[i]);
		assert_int_equal(r.resets, 0);
		assert_int_equal(r.episode_launches, 0);
		assert_int_equal(r.episode_tries, 0);
		assert_int_equal(r.episode_generation[0], 0);
		assert_int_equal(r.episode_generation[1], 0);
		assert_int_equal(r.laps, 0);
	}
}

static void resets_saturate(void **state)
{
	struct record r = fresh(), back;
	uint8_t bytes[RECORD_SIZE];
	static const char *const names[2] = { "0 0 0 G; z", "0' 0' 0 G; z" };

	for (unsigned i = 0; i < 600; i++) {
		uint8_t before = r.resets;

		live(&r, names[i % 2]);
		if (r.resets < before)
			fail_msg("after %u resets the count falls from %u to %u", i, before, r.resets);
	}
	assert_int_equal(r.resets, 255);
	record_serialize(&r, bytes);
	assert_int_equal(parse(bytes, sizeof(bytes), NV_BS, &back), RECORD_OK);
	assert_true(same(&r, &back));
}

/* --- an OS that reports and that nobody can bless ----------------------------------------------------------------- */

static void who_vouched_is_lent_tries(void **state)
{
	static const struct {
		const char *about;
		const char *before; /* the note follows */
		const char *after;
		enum role role;
		uint32_t loan; /* at a name without tries; else 0 */
	} rows[] = {
		{ "its last try was reported good", "1 3 3 3; a", "0 3 3 3", A, 1 },
		{ "then it fails", "1 3 3 3; a", "0 3 3 3; a; 0 3 3 3", A, 0 },
		{ "passive likewise", "0 1 3 3; p", "0 0 3 3", P, 1 },
		{ "recovery likewise", "0 0 1 3; r", "0 0 0 3", R, 1 },
		{ "never the reset entry", "0 0 0 1; z", "0 0 0 0", S, 0 },
		{ "nobody vouched for the other", "1 1 3 3; a", "0 0 3 3", P, 0 },
		{ "another image", "1 3 3 3; a", "0' 3 3 3", A, 0 },
		{ "it got a counter again: somebody's judgement", "G 3 3 3; a", "0 3 3 3", A, 0 },
		{ "more tries gone than one boot takes", "3 3 3 3; a", "0 3 3 3", A, 0 },
		{ "it has tries by name", "3 3 3 3; a", "2 3 3 3", A, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh();
		struct role_seen seen[ROLE_COUNT];

		live(&r, rows[i].before);
		r.last_id = id_hash(TEXT("active.conf")); /* whichever role it is: the note names what was launched last */
		assert_true(record_note(&r, TEXT("good active.conf")));
		live(&r, rows[i].after);
		const char *last = strrchr(rows[i].after, ';');
		see(last == NULL ? rows[i].after : last + 1, seen);
		uint32_t loan = record_loan(&r, rows[i].role, &seen[rows[i].role]);
		if (loan != rows[i].loan)
			fail_msg("%s: a loan of %u", rows[i].about, loan);
	}
}

/* --- notes ------------------------------------------------------------------------------------------------------- */

static void notes(void **state)
{
	static const struct {
		struct text note;
		bool applies;
		int stalled[3]; /* afterwards; before 1, 2, 3 */
		int resets;     /* before 1 */
	} rows[] = {
		/* active.conf was launched last */
		{ NAME("good active.conf"),       true,  { 0, 2, -1 }, 0 },
		{ NAME("good active+2-1.conf"),   true,  { 0, 2, -1 }, 0 },
		{ NAME("good ACTIVE.CONF"),       true,  { 0, 2, -1 }, 0 },
		{ NAME("good passive.conf"),      false, { 1, 2, 3 }, 1 },
		{ NAME("good active.efi"),        false, { 1, 2, 3 }, 1 },
		{ NAME("good active"),            false, { 1, 2, 3 }, 1 },
		{ NAME("good"),                   false, { 1, 2, 3 }, 1 },
		{ NAME("good "),                  false, { 1, 2, 3 }, 1 },
		{ NAME("good active.conf now"),   false, { 1, 2, 3 }, 1 },
		{ NAME("goodactive.conf"),        false, { 1, 2, 3 }, 1 },
		{ NAME("re-arm active"),          true,  { 0, 2, 3 }, 1 },
		{ NAME("re-arm passive"),         true,  { 1, 0, 3 }, 1 },
		{ NAME("re-arm recovery"),        true,  { 1, 2, 0 }, 1 },
		{ NAME("re-arm reset"),           false, { 1, 2, 3 }, 1 }, /* a note leads only away from a reset */
		{ NAME("re-arm none"),            false, { 1, 2, 3 }, 1 },
		{ NAME("re-arm"),                 false, { 1, 2, 3 }, 1 },
		{ NAME("re-arm everything"),      false, { 1, 2, 3 }, 1 },
		{ NAME("re-arm active passive"),  false, { 1, 2, 3 }, 1 },
		{ NAME("rearm active"),           false, { 1, 2, 3 }, 1 },
		{ NAME("forget"),                 true,  { 0, 0, 0 }, -1 },
		{ NAME("forget it"),              false, { 1, 2, 3 }, 1 },
		{ NAME("forget active"),          false, { 1, 2, 3 }, 1 },
		{ NAME(""),                       false, { 1, 2, 3 }, 1 },
		{ NAME(" "),                      false, { 1, 2, 3 }, 1 },
		{ NAME("reset"),                  false, { 1, 2, 3 }, 1 },
		{ NAME("\xff\xfe\x00g"),          false, { 1, 2, 3 }, 1 },
		{ NAME("good active.conf\0x"),    false, { 1, 2, 3 }, 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct record r = fresh(), before;

		live(&r, "3 3 3 3; a; p; p; r; r; r; z");
		record_launch(&r, A, id_hash(TEXT("active.conf")), false);
		r.heard = true;
		before = r;
		if (record_note(&r, rows[i].note) != rows[i].applies)
			fail_msg("\"%s\": applies %d", shown(rows[i].note), !rows[i].applies);
		if (!rows[i].applies && !same(&before, &r))
			fail_msg("\"%s\": written although it does not apply", shown(rows[i].note));
		for (unsigned role = 0; role < 3; role++)
			if (rows[i].stalled[role] >= 0 && r.roles[role].stalled != rows[i].stalled[role])
				fail_msg("\"%s\": stalled of role %u is %u", shown(rows[i].note), role, r.roles[role].stalled);
		if (rows[i].resets >= 0 && r.resets != rows[i].resets)
			fail_msg("\"%s\": %u resets", shown(rows[i].note), r.resets);
		if (rows[i].applies && rows[i].note.at[0] == 'g' && !(r.heard && r.success_seen))
			fail_msg("\"%s\": neither heard nor a success", shown(rows[i].note));
		if (rows[i].applies && rows[i].note.at[0] != 'g' && r.heard != (rows[i].note.at[0] == 'r'))
			fail_msg("\"%s\": heard %d", shown(rows[i].note), r.heard); /* who says `forget` leaves */
	}
}

/* Launches at a frozen counter from before anybody could report must not count in hindsight. */
static void the_first_report_forgives_what_stood_still(void **state)
{
	struct record r = fresh();

	live(&r, "3 3 3 3; a; p; p; r; r; r; z");
	record_launch(&r, A, id_hash(TEXT("active.conf")), false);
	assert_true(r.roles[P].stalled == 2 && r.roles[R].stalled == 3);
	assert_true(record_note(&r, TEXT("re-arm active")));
	assert_int_equal(r.roles[P].stalled + r.roles[R].stalled, 0);
	assert_int_equal(r.roles[R].launches, 3);
}

static void a_note_never_creates_evidence(void **state)
{
	static const char *const texts[] = { "good recovery.conf", "good active.conf", "re-arm active", "re-arm passive",
					     "re-arm recovery", "re-arm reset", "forget" };
	static const enum role lasts[] = { A, P, R, S, ROLE_NONE };

	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t l = 0; l < COUNT(lasts); l++) {
			for (unsigned launches = 0; launches <= 3; launches++) {
				struct record r = fresh();

				live(&r, "0 0 3 3");
				for (unsigned n = 0; n < launches; n++)
					live(&r, "0 0 3 3; r");
				if (lasts[l] == ROLE_NONE)
					record_launch_unknown(&r);
				else
					record_launch(&r, lasts[l], id_hash(TEXT("recovery.conf")), false);
				bool before = record_corroborates(&r);
				record_note(&r, text_of(texts[i]));
				if (!before && record_corroborates(&r))
					fail_msg("\"%s\" after %u launches makes the record agree", texts[i], launches);
			}
		}
	}
}

static void pending_is_what_a_note_would_change(void **state)
{
	static const char *const steps[] = {
		"3 3 3 3", "3 3 3 3; a", "G 3 3 3; g", "0 0 3 3; r", "0 0 0 3; z", "3 3 3 3; a; ?", "3 3 3 3; a; p",
	};

	for (size_t i = 0; i < COUNT(steps); i++) {
		for (unsigned rounds = 0; rounds < 3; rounds++) {
			struct record r = fresh();

			live(&r, steps[i]);
			if (r.last_role != ROLE_NONE)
				record_launch(&r, r.last_role, id_hash(TEXT("some.conf")), false);
			for (unsigned n = 0; n < rounds; n++)
				record_note(&r, TEXT("good some.conf"));
			struct record noted = r;
			bool changes = record_note(&noted, TEXT("good some.conf")) && record_differs(&r, &noted);
			if (record_is_pending(&r) != changes)
				fail_msg("%s, %u notes so far: pending %d", steps[i], rounds, !changes);
			if (rounds == 0 && r.last_role != ROLE_NONE && !changes)
				fail_msg("%s: the first note changes nothing", steps[i]);
			if (rounds > 0 && changes)
				fail_msg("%s: the note is asked for again and again", steps[i]);
		}
	}
}

/* --- What no life comes to by itself ------------------------------------------------------------------------------ */

/* The note `forget` takes back what was counted, and nothing else. */
static void forgetting_keeps_the_rest(void **state)
{
	struct record r = full(), rest = full();

	for (unsigned i = 0; i < ROLE_COUNT; i++) {
		r.roles[i].vouched = rest.roles[i].vouched = false;
		rest.roles[i].stalled = rest.roles[i].launches = 0;
	}
	rest.heard = false;
	rest.laps = 0;
	assert_true(record_note(&r, TEXT("forget")));
	assert_false(record_differs(&r, &rest));
	assert_int_equal(r.laps, 0);
}

static void notes_are_two_words_at_most(void **state)
{
	struct record r = full();

	assert_false(record_note(&r, TEXT("re-arm passive now")));
	assert_false(record_note(&r, TEXT("forget it all")));
	assert_int_equal(r.laps, 2);
	assert_true(record_note(&r, TEXT("re-arm passive")));
	assert_int_equal(r.laps, 0); /* the sign of an OS */
}

static void what_nobody_knows_has_no_id(void **state)
{
	struct record r = full();

	record_launch_unknown(&r);
	assert_int_equal(r.last_role, ROLE_NONE);
	assert_true(r.last_id == 0);
}

static void a_report_outlives_the_loan(void **state)
{
	struct record r = full();
	struct role_seen seen = { .present = true, .startable = true, .generation = 1, .left = 0 };

	r.roles[A].launches = RECORD_TRIES_LOAN;
	r.roles[A].vouched = true;
	assert_int_equal(record_loan(&r, A, &seen), 1);
}

static void nothing_is_resumed_that_did_not_begin(void **state)
{
	struct role_seen seen[ROLE_COUNT] = { { .present = false } };
	struct record r = fresh();

	r.episode_tries = 3;
	assert_false(record_may_resume_reset(&r, seen));
	r.episode_launches = 1;
	assert_true(record_may_resume_reset(&r, seen));
}

/* Each thing that a report would change is worth one. */
static void one_change_is_enough_to_be_pending(void **state)
{
	struct record told = fresh();

	told.last_role = P;
	record_success(&told, P);
	told.heard = true;
	told.roles[P].vouched = true;
	assert_false(record_is_pending(&told));
	struct record r = told;
	r.roles[P].vouched = false;
	assert_true(record_is_pending(&r));
	r = told;
	r.heard = false;
	assert_true(record_is_pending(&r));
	r = told;
	r.success_seen = false;
	assert_true(record_is_pending(&r));
}

/* No room is there for a report on the reset entry, and none is taken. */
static void nobody_vouches_for_a_reset(void **state)
{
	struct record r = full(), back;
	uint8_t bytes[RECORD_SIZE];

	r.roles[S].vouched = true;
	record_serialize(&r, bytes);
	assert_int_equal(parse(bytes, sizeof(bytes), NV_BS, &back), RECORD_OK);
	assert_false(back.roles[S].vouched);
}

int main(void)
{
	static unsigned failures;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_survives),
		cmocka_unit_test(sequence_alone_is_no_difference),
		cmocka_unit_test(refused_by_size_and_attributes),
		cmocka_unit_test(every_flipped_bit_is_noticed),
		cmocka_unit_test(refused_by_value),
		cmocka_unit_test(what_is_taken_is_canonical),
		cmocka_unit_test(two_slots),
		cmocka_unit_test(who_chose),
		cmocka_unit_test(what_recovery_was_granted),
		cmocka_unit_test(how_long_a_report_counts),
		cmocka_unit_test(what_a_boot_clears),
		cmocka_unit_test(another_kind_of_disk_is_another_disk),
		cmocka_unit_test(a_fresh_record_knows_nothing),
		cmocka_unit_test_prestate(lives, &failures),
		cmocka_unit_test(counting_stops),
		cmocka_unit_test(observing_twice_changes_nothing),
		cmocka_unit_test(stalled_against_tries),
		cmocka_unit_test(another_image_is_not_stalled),
		cmocka_unit_test(corroboration),
		cmocka_unit_test(never_without_a_launch),
		cmocka_unit_test(what_an_episode_begins_with),
		cmocka_unit_test(resets),
		cmocka_unit_test(success_forgets_the_episode),
		cmocka_unit_test(resets_saturate),
		cmocka_unit_test(who_vouched_is_lent_tries),
		cmocka_unit_test(notes),
		cmocka_unit_test(the_first_report_forgives_what_stood_still),
		cmocka_unit_test(a_note_never_creates_evidence),
		cmocka_unit_test(pending_is_what_a_note_would_change),
		cmocka_unit_test(forgetting_keeps_the_rest),
		cmocka_unit_test(notes_are_two_words_at_most),
		cmocka_unit_test(what_nobody_knows_has_no_id),
		cmocka_unit_test(a_report_outlives_the_loan),
		cmocka_unit_test(nothing_is_resumed_that_did_not_begin),
		cmocka_unit_test(one_change_is_enough_to_be_pending),
		cmocka_unit_test(nobody_vouches_for_a_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
