/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - every life of a world that can be reached, breadth first, so that the way to each is a shortest one. */
#ifndef BOOTPILOT_MODEL_SEARCH_H
#define BOOTPILOT_MODEL_SEARCH_H

#include "event.h"

#define NODE_NONE UINT32_MAX

/* The lives that follow one and the same behaviour of the OS, boot after boot. */
enum habit { HABIT_FAILS, HABIT_SILENT, HABIT_BLESSES, HABIT_NOTES, HABIT_BOTH, HABIT_COUNT };

struct node {
	struct life life;
	uint32_t parent; /* NODE_NONE: the first */
	struct event event; /* that led here */
	uint8_t role;    /* that the next boot starts; ROLE_NONE: none */
	uint8_t chooser;
	uint8_t starts;
	uint32_t next[HABIT_COUNT]; /* NODE_NONE where the OS cannot do that */
};

struct graph {
	const struct world *world;
	struct node *nodes;
	uint32_t count, capacity;
	uint32_t *table; /* open addressing, NODE_NONE: empty */
	uint32_t table_size;
	uint64_t transitions;
	uint32_t depth;  /* of the last life found */
	bool closed;     /* nothing that was not visited is left */
};

/* Called once for each life with its boot, in the order in which lives are found. */
typedef void node_watcher(struct graph *graph, uint32_t node, const struct boot *boot);

/* At most MOST lives; with fewer it is closed. */
void graph_explore(const struct world *world, uint32_t most, node_watcher *watch, struct graph *ret);
void graph_free(struct graph *graph);

/* The shortest path to NODE, in words, on standard output. */
void graph_print_path(const struct graph *graph, uint32_t node);

#endif
