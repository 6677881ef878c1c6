/* SPDX-License-Identifier: Apache-2.0 */
#include "chain.h"

#include <string.h>

#define SKIP_AFTER 24u /* equal boots; by then every number in the record has reached its limit */
#define SKIP_LEAVE 32u /* tries that are played one by one at the end */

static bool has(const struct boot_list *list, uint64_t boot)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->at[i] == boot)
			return true;
	return false;
}

/* No what-if is about BOOT or one after it. */
static bool is_settled(const struct options *options, uint64_t boot)
{
	for (size_t i = 0; i < options->succeed.count; i++)
		if (options->succeed.at[i] >= boot)
			return false;
	for (size_t i = 0; i < options->fail.count; i++)
		if (options->fail.at[i] >= boot)
			return false;
	return true;
}

static bool works(const struct options *options, uint64_t boot)
{
	if (has(&options->succeed, boot))
		return true;
	if (has(&options->fail, boot))
		return false;
	return options->fail.count && !options->succeed.count;
}

static bool is_alike(const struct chain_row *a, const struct chain_row *b)
{
	return a->action == b->action && a->role == b->role && a->reason == b->reason && a->cause == b->cause &&
	       a->works == b->works && text_equal(a->entry, b->entry);
}

static struct chain_row row_of(struct world *world, uint64_t boot)
{
	const struct decision *decision = &world->decision;
	struct chain_row row = { .first = boot,
				 .last = boot,
				 .action = decision->action,
				 .role = decision->role,
				 .reason = decision->reason,
				 .cause = decision->cause,
				 .remarks = decision->remarks,
				 .tries = RECORD_UNCOUNTED };
	if (decision->entry) {
		row.file = decision->entry->file;
		row.tries = decision->roles[decision->role].tries;
	}
	if (world->end == WORLD_OS)
		row.entry = world_plain_id(world, world->selected);
	return row;
}

/* Adds ROW, or lengthens the last one by it. False: no room. */
static bool row_add(struct chain *chain, const struct chain_row *row)
{
	struct chain_row *last = chain->count ? &chain->rows[chain->count - 1] : NULL;
	if (last && is_alike(last, row)) {
		last->last = row->last;
		last->remarks |= row->remarks;
		return true;
	}
	if (chain->count == CHAIN_ROWS_MAX)
		return false;
	chain->rows[chain->count++] = *row;
	return true;
}

/* active+2000000000 fails as often: after the first boots nothing but the counter changes until it comes to its end. */
static void skip(struct world *world, struct chain *chain)
{
	struct chain_row *last = &chain->rows[chain->count - 1];
	const struct entry *entry = world->decision.entry;
	if (last->works || !entry || last->last - last->first < SKIP_AFTER || entry->counter.left < 4 * SKIP_LEAVE)
		return;
	uint32_t times = entry->counter.left - SKIP_LEAVE;
	if (world_skip(world, times)) {
		last->last += times;
		chain->boots += times;
	}
}

struct chain_state {
	uint64_t state; /* of the machine before a boot */
	uint64_t boot;  /* its number, from 1 */
};

void chain_play(struct world *world, const struct options *options, struct chain *ret)
{
	struct chain_state *states = heap_take(&world->heap, CHAIN_BOOTS_MAX * sizeof(*states));
	memset(ret, 0, sizeof(*ret));
	ret->end = CHAIN_CUT;
	for (size_t played = 0; played < CHAIN_BOOTS_MAX; played++) {
		bool settled = is_settled(options, ret->boots + 1);
		states[played] = (struct chain_state){ world_state(world), ret->boots + 1 };
		for (size_t i = 0; settled && i < played; i++)
			if (states[i].state == states[played].state && is_settled(options, states[i].boot)) {
				ret->end = CHAIN_REPEATS;
				ret->again = states[i].boot;
				return;
			}
		world_boot(world);
		struct chain_row row = row_of(world, ++ret->boots);
		row.works = world->end == WORLD_OS && works(options, ret->boots);
		if (!row_add(ret, &row)) {
			ret->boots--;
			return;
		}
		if (world->end != WORLD_OS) {
			ret->end = CHAIN_STOPS;
			return;
		}
		if (row.works && row.role == ROLE_RESET)
			world_reinstall(world, false);
		else if (row.works)
			world_works(world);
		if (settled)
			skip(world, ret);
	}
}
