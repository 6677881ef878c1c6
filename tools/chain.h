/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h - the boots to come, played in a world until nothing new can happen. */
#ifndef BOOTPILOT_CHAIN_H
#define BOOTPILOT_CHAIN_H

#include "command.h"
#include "world.h"

#define CHAIN_BOOTS_MAX 1000u /* played one by one; boots that only count down are taken at once */
#define CHAIN_ROWS_MAX  64u   /* more than anybody reads; 1,000 variants of one role would fill pages */

/* Boots in a row that are decided alike. */
struct chain_row {
	uint64_t first, last; /* numbers of boots, 1.. */
	enum action action;
	enum role role;
	enum reason reason;
	enum cause cause;
	struct text entry; /* id without counter, or of what the loader chose by itself; empty: nothing was started */
	struct text file;  /* as named before the first of them; empty: Bootpilot chose nothing */
	uint32_t tries;    /* left at the first, or RECORD_UNCOUNTED */
	uint32_t remarks;  /* enum remark */
	bool works;        /* the OS did */
};

enum chain_end {
	CHAIN_REPEATS, /* all that follows was there before, from `again` on */
	CHAIN_STOPS,   /* no OS was started: a person or the firmware is next */
	CHAIN_CUT,     /* CHAIN_BOOTS_MAX or CHAIN_ROWS_MAX was reached */
};

struct chain {
	struct chain_row rows[CHAIN_ROWS_MAX];
	size_t count;
	uint64_t boots; /* number of the last one */
	enum chain_end end;
	uint64_t again; /* the number of the boot that would come next, once more */
};

/* Plays WORLD as OPTIONS say: which boots work and which fail. */
void chain_play(struct world *world, const struct options *options, struct chain *ret);

#endif
