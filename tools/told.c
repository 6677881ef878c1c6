/* SPDX-License-Identifier: Apache-2.0 */
#include "told.h"

#include "words.h"

struct text told_why(struct heap *heap, struct text line)
{
	/* words of a newer Bootpilot, or of somebody who forged them */
	struct text reason = words_plain(heap, live_word(line, "reason")), cause = words_plain(heap, live_word(line, "cause"));
	struct text pieces[4] = { reason };
	for (enum reason r = REASON_REQUESTED; r <= REASON_NOTHING_BOOTABLE; r++)
		if (text_equal(reason, reason_name(r)))
			pieces[0] = reason_sentence(r);
	for (enum cause c = CAUSE_NONE; cause.len && c <= CAUSE_OWN_HANDOFF; c++)
		if (text_equal(cause, cause_name(c)))
			cause = cause_sentence(c);
	pieces[1] = cause.len ? TEXT(" (") : TEXT_EMPTY;
	pieces[2] = cause;
	pieces[3] = cause.len ? TEXT(")") : TEXT_EMPTY;
	return heap_join(heap, pieces, 4);
}

struct text told_sentence(struct heap *heap, const struct live *live)
{
	struct text role = words_plain(heap, live_word(live->decision, "role")), entry = live_word(live->decision, "entry");
	bool as_named = live_is_as_decided(live), by_others = !as_named && entry.len && live->selected.len;
	const struct text pieces[] = {
		TEXT("This boot: "),
		as_named || !live->selected.len ? role : words_plain(heap, live->selected),
		as_named ? TEXT(" (") : TEXT_EMPTY,
		as_named ? words_plain(heap, live->selected) : TEXT_EMPTY,
		as_named ? TEXT(")") : TEXT_EMPTY,
		by_others ? TEXT(", chosen by somebody else: Bootpilot had named ") : TEXT_EMPTY,
		by_others ? role : TEXT_EMPTY,
		TEXT(", because "),
		told_why(heap, live->decision),
		TEXT("."),
	};
	return heap_join(heap, pieces, sizeof(pieces) / sizeof(pieces[0]));
}

bool told_is_fallback(const struct live *live)
{
	return !live_is_as_decided(live) || !text_equal(live_word(live->decision, "role"), role_name(ROLE_ACTIVE));
}
