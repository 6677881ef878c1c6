/* SPDX-License-Identifier: Apache-2.0 */
/* laws.h - what must hold in every life, and who counts whether it does. */
#ifndef BOOTPILOT_MODEL_LAWS_H
#define BOOTPILOT_MODEL_LAWS_H

#include <stdint.h>

#include "search.h"

enum law {
	LAW_ALWAYS_AN_OS,
	LAW_GOOD_STAYS,
	LAW_NEW_IMAGE_TRIED,
	LAW_RESET_BY_RULE,
	LAW_RESET_CAPPED,
	LAW_RESET_EVIDENCE,
	LAW_RECORD_KEPT,
	LAW_FAILURE_SETTLES,
	LAW_SUCCESS_SETTLES,
	LAW_HEALTHY_STAYS,
	LAW_UNHEARD_STAYS,
	LAW_LONG,
	LAW_COUNT,
};

/* What is known not to hold, and said so: counted, and its shortest path kept. */
enum limit {
	LIMIT_FIRST_NOTE,
	LIMIT_FORGETFUL_RESETS,
	LIMIT_COUNT,
};

const char *limit_words(enum limit limit);
void limit_seen(enum limit limit, const struct graph *graph, uint32_t node);
uint64_t limit_times(enum limit limit);
/* The machine of LIMIT_FORGETFUL_RESETS. */
bool nothing_caps_resets(const struct world *world);

const char *law_words(enum law law);

/* One check of LAW. Where it fails, the shortest path to NODE of GRAPH is printed (a few times for each law). */
void law_check(enum law law, bool holds, const struct graph *graph, uint32_t node);

/* The same where there is no graph. */
void law_check_alone(enum law law, bool holds);

uint64_t law_checks(enum law law);
uint64_t law_failures(enum law law);

/* The laws of one life and its boot: a node_watcher. */
void laws_of_node(struct graph *graph, uint32_t node, const struct boot *boot);

/* The laws of whole lives: what becomes of each if the OS does the same for ever. Raises the bounds. */
struct bounds {
	uint32_t failing; /* boots until the role never changes again, if every boot fails */
	uint32_t working; /* the same if every OS works and reports */
};
void laws_of_graph(const struct graph *graph, struct bounds *bounds);

#endif
