/* SPDX-License-Identifier: Apache-2.0 */
/* Ids as in LoaderEntries, each followed by a NUL: taken off, hashed, written as patterns that match them alone. */
#include "claim.h"
#include "shared/glob.h"
#include "shared/inventory.h"
#include "shared/utf16.h"

/* Ids come out of UTF-16. */
static bool is_text(struct text t)
{
	uint32_t point;

	while (t.len)
		if (!utf8_take(&t, &point))
			return false;
	return true;
}

static void check_exact(struct text id, struct text other)
{
	char bytes[2 * INVENTORY_ID_MAX];
	struct writer pattern = WRITER(bytes);

	glob_write_exact(&pattern, id);
	claim(!pattern.overflow && pattern.len <= 2 * id.len, "a pattern more than twice as long as its id");
	claim(glob_match(writer_text(&pattern), id), "a pattern does not match its own id");
	/* '?' stands for an upper-case letter, and for any other unit */
	for (size_t i = 0; i < id.len; i++)
		if (id.at[i] >= 'A' && id.at[i] <= 'Z')
			return;
	claim(text_equal(id, other) || !glob_match(writer_text(&pattern), other), "a pattern matches another id");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text ids = { (const char *)data, size < 4096 ? size : 4096 }, whole = ids, id, last = TEXT_EMPTY;
	size_t count = 0, len = 0;

	while (loader_next_id(&ids, &id)) {
		claim(id.len > 0, "an empty id");
		claim_borrowed(id, whole);
		claim(!text_contains(id, '\0'), "a NUL in an id");
		count++;
		len += id.len;
		claim(count + len <= whole.len + 1, "more ids than bytes");
		id_hash(id);
		loader_major(id);
		if (id.len <= INVENTORY_ID_MAX && is_text(id)) {
			check_exact(id, last);
			last = id;
		}
	}
	return 0;
}
