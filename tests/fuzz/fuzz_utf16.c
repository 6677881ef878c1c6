/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-16 and back, UTF-8 and back, and one-shots: every name that firmware can have survives the way.
 *
 * Input: taken once as units and once as UTF-8. */
#include "claim.h"

#include <string.h>

#include "shared/oneshot.h"
#include "shared/utf16.h"

#define UNITS_MAX 512u

static void check_units(const uint8_t *data, size_t size)
{
	uint16_t units[UNITS_MAX + 1] = { 0 }, back[UNITS_MAX + 1];
	char bytes[3 * UNITS_MAX];
	struct writer w = WRITER(bytes);
	size_t count = size / 2 < UNITS_MAX ? size / 2 : UNITS_MAX, named = 0, len = SIZE_MAX;

	memcpy(units, data, 2 * count);
	while (named < count && units[named])
		named++;
	utf16_to_text(&w, units, count);
	claim(!w.overflow, "%zu units take more than three bytes each", count);
	claim(utf16_from_text(writer_text(&w), back, UNITS_MAX + 1, &len), "units do not come back");
	claim(len == named && memcmp(units, back, 2 * named) == 0 && back[len] == 0, "other units come back");
	if (named)
		claim(!utf16_from_text(writer_text(&w), back, named, &len) && back[0] == 0, "a NUL has no room");
}

static void check_text(const uint8_t *data, size_t size)
{
	struct text t = { (const char *)data, size < UNITS_MAX ? size : UNITS_MAX };
	uint16_t units[UNITS_MAX + 1];
	char bytes[3 * UNITS_MAX];
	struct writer w = WRITER(bytes);
	size_t len;

	if (!utf16_from_text(t, units, UNITS_MAX + 1, &len)) {
		claim(units[0] == 0, "a text that does not fit leaves half of it");
		return;
	}
	utf16_to_text(&w, units, len);
	claim(text_equal(writer_text(&w), t), "a text has two spellings");
}

static void check_oneshot(const uint8_t *data, size_t size)
{
	static const struct visit visit;
	static const struct record record;
	struct text t = { (const char *)data, size < UNITS_MAX ? size : UNITS_MAX };
	uint16_t units[UNITS_MAX + 2];
	size_t count = 0;

	if (oneshot_write(t, units, UNITS_MAX + 2, &count)) {
		claim(count >= 2 && count <= UNITS_MAX + 2 && units[count - 1] == 0 && units[count - 2] == 0,
		      "a one-shot of ours ends otherwise");
		claim(oneshot_classify(units, count, &visit, &record) != ONESHOT_REQUEST,
		      "a one-shot of ours is taken for a wish");
	}
	count = size / 2 < UNITS_MAX ? size / 2 : UNITS_MAX;
	memcpy(units, data, 2 * count);
	claim(oneshot_classify(units, count, &visit, &record) <= ONESHOT_HANDOFF, "out of range");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_units(data, size);
	check_text(data, size);
	check_oneshot(data, size);
	return 0;
}
