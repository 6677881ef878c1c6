/* SPDX-License-Identifier: Apache-2.0 */
#include "oneshot.h"

#include "hash.h"
#include "utf16.h"

bool oneshot_write(struct text name, uint16_t *units, size_t capacity, size_t *ret_count)
{
	size_t len;
	if (!name.len || !utf16_from_text(name, units, capacity, &len) || len + 2 > capacity)
		return false;
	units[len + 1] = 0;
	*ret_count = len + 2;
	return true;
}

static size_t length(const uint16_t *units, size_t count)
{
	size_t len = 0;
	while (len < count && units[len])
		len++;
	return len;
}

void oneshot_text(struct writer *w, const uint16_t *units, size_t count)
{
	utf16_to_text(w, units, length(units, count));
}

enum oneshot oneshot_classify(const uint16_t *units, size_t count, const struct visit *visit,
			      const struct record *record)
{
	char name[ONESHOT_UNITS_MAX];
	size_t len = length(units, count);
	if (!len)
		return ONESHOT_NONE;
	if (count != len + 2 || units[len + 1] != 0)
		return ONESHOT_REQUEST;
	if (visit->count)
		return ONESHOT_IGNORED;
	struct writer w = WRITER(name);
	oneshot_text(&w, units, count);
	return !w.overflow && record->handoff && record->handoff == oneshot_hash(writer_text(&w)) ? ONESHOT_HANDOFF
												  : ONESHOT_LEFTOVER;
}

uint64_t oneshot_hash(struct text name)
{
	return hash_text(HASH_START, name);
}
