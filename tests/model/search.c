/* SPDX-License-Identifier: Apache-2.0 */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_START (1u << 16)
#define PATH_MAX_PRINTED 200u

static uint64_t hash_of(const struct life *life)
{
	const unsigned char *bytes = (const unsigned char *)life;
	uint64_t hash = 0x9e3779b97f4a7c15u;
	for (size_t i = 0; i < sizeof(*life); i += sizeof(uint64_t)) {
		uint64_t word = 0;
		size_t left = sizeof(*life) - i;
		memcpy(&word, bytes + i, left < sizeof(word) ? left : sizeof(word));
		hash = (hash ^ word) * 0xff51afd7ed558ccdu;
		hash ^= hash >> 32;
	}
	return hash;
}

static void *grown(void *memory, size_t size)
{
	void *larger = realloc(memory, size);
	if (!larger) {
		fputs("out of memory\n", stderr);
		exit(2);
	}
	return larger;
}

static void table_insert(struct graph *g, uint32_t node)
{
	uint32_t at = (uint32_t)hash_of(&g->nodes[node].life) & (g->table_size - 1);
	while (g->table[at] != NODE_NONE)
		at = (at + 1) & (g->table_size - 1);
	g->table[at] = node;
}

static void table_grow(struct graph *g)
{
	g->table_size *= 2;
	g->table = grown(g->table, g->table_size * sizeof(g->table[0]));
	memset(g->table, 0xFF, g->table_size * sizeof(g->table[0]));
	for (uint32_t i = 0; i < g->count; i++)
		table_insert(g, i);
}

/* The number of LIFE, a new one if it was never seen. */
static uint32_t node_of(struct graph *g, const struct life *life, uint32_t parent, struct event event)
{
	uint32_t at = (uint32_t)hash_of(life) & (g->table_size - 1);
	for (; g->table[at] != NODE_NONE; at = (at + 1) & (g->table_size - 1))
		if (memcmp(&g->nodes[g->table[at]].life, life, sizeof(*life)) == 0)
			return g->table[at];
	if (g->count == g->capacity) {
		g->capacity *= 2;
		g->nodes = grown(g->nodes, g->capacity * sizeof(g->nodes[0]));
	}
	struct node *node = &g->nodes[g->count];
	memset(node, 0xFF, sizeof(*node));
	node->life = *life;
	node->parent = parent;
	node->event = event;
	g->table[at] = g->count++;
	if (g->count > g->table_size / 2)
		table_grow(g);
	return g->count - 1;
}

struct expansion {
	struct graph *graph;
	uint32_t node;
	uint32_t most;
};

static const uint8_t habit_of_event[EVENT_FORGED_NOTE + 1] = {
	[EVENT_FAILS] = 1u << HABIT_FAILS,     [EVENT_SILENT] = 1u << HABIT_SILENT,
	[EVENT_BLESSED] = 1u << HABIT_BLESSES, [EVENT_NOTED] = 1u << HABIT_NOTES,
	[EVENT_BOTH] = 1u << HABIT_BOTH,       [EVENT_RESET_CLEAN] = (1u << HABIT_COUNT) - (1u << HABIT_SILENT),
};

static void take(void *context, struct event event, const struct life *next)
{
	struct expansion *e = context;
	struct graph *g = e->graph;
	g->transitions++;
	if (g->count >= e->most)
		g->closed = false;
	uint32_t to = node_of(g, next, e->node, event);
	for (unsigned habit = 0; habit < HABIT_COUNT; habit++)
		if (habit_of_event[event.kind] & (1u << habit))
			g->nodes[e->node].next[habit] = to;
}

/* Who cannot report in one way has nothing left to report, or does it in the other. */
static void complete(struct node *node)
{
	uint32_t *next = node->next;
	if (next[HABIT_BOTH] == NODE_NONE)
		next[HABIT_BOTH] = next[HABIT_BLESSES] != NODE_NONE ? next[HABIT_BLESSES]
				   : next[HABIT_NOTES] != NODE_NONE ? next[HABIT_NOTES]
								    : next[HABIT_SILENT];
}

void graph_explore(const struct world *world, uint32_t most, node_watcher *watch, struct graph *ret)
{
	struct graph *g = ret;
	struct life first = life_new(world);
	struct boot boot;
	memset(g, 0, sizeof(*g));
	g->world = world;
	g->closed = true;
	g->capacity = TABLE_START / 2;
	g->nodes = grown(NULL, g->capacity * sizeof(g->nodes[0]));
	g->table_size = TABLE_START / 2;
	table_grow(g);
	boot_prepare(world);
	node_of(g, &first, NODE_NONE, (struct event){ 0, 0 });
	uint32_t level_end = 1;
	for (uint32_t i = 0; i < g->count && g->closed; i++) {
		if (i == level_end) {
			g->depth++;
			level_end = g->count;
		}
		struct life life = g->nodes[i].life;
		boot_run(&life, &boot);
		g->nodes[i].role = boot.file.role;
		g->nodes[i].chooser = (uint8_t)boot.chooser;
		g->nodes[i].starts = boot.starts;
		struct expansion e = { g, i, most };
		events_follow(world, &life, &boot, take, &e);
		complete(&g->nodes[i]);
		watch(g, i, &boot);
	}
}

void graph_free(struct graph *g)
{
	free(g->nodes);
	free(g->table);
}

void graph_print_path(const struct graph *g, uint32_t node)
{
	uint32_t path[PATH_MAX_PRINTED];
	unsigned count = 0;
	for (uint32_t at = node; g->nodes[at].parent != NODE_NONE && count < PATH_MAX_PRINTED; at = g->nodes[at].parent)
		path[count++] = at;
	printf("      %s\n", g->world->words);
	for (unsigned step = 1; count > 0; step++) {
		char bytes[512];
		struct writer w = WRITER(bytes);
		struct boot boot;
		const struct node *to = &g->nodes[path[--count]];
		boot_run(&g->nodes[to->parent].life, &boot);
		event_write(&w, to->event, &boot);
		printf("      %3u. %.*s\n", step, (int)w.len, bytes);
	}
}
