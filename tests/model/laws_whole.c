/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of each life if the OS does the same thing for ever. Each habit gives every life one that follows it, so the
 * paths end in rings, and a ring must know one role only. */
#include <stdlib.h>
#include <string.h>

#include "laws.h"

#define UNVISITED UINT8_MAX /* role of a life that was found and not looked at: the space is not closed */
#define UNSEEN  UINT32_MAX
#define ON_PATH (UINT32_MAX - 1)

struct walk {
	const struct graph *graph;
	enum habit habit;
	enum law law;
	uint32_t *boots; /* of each life: until the role never changes again */
	uint32_t longest;
};

static uint32_t following(const struct walk *w, uint32_t node)
{
	uint32_t next = w->graph->nodes[node].next[w->habit];
	return next == NODE_NONE || w->graph->nodes[next].role == UNVISITED ? NODE_NONE : next;
}

/* START lies on a ring. A person's one-shot is not chosen again, so every role in a ring is Bootpilot's or the loader's. */
static void judge_ring(struct walk *w, uint32_t start)
{
	const struct node *nodes = w->graph->nodes;
	bool one_role = true;
	uint32_t at = start;
	do {
		one_role &= nodes[at].role == nodes[start].role;
		w->boots[at] = 0;
		at = following(w, at);
	} while (at != start);
	bool resets = nodes[start].role == ROLE_RESET && !nothing_caps_resets(w->graph->world);
	law_check(w->law, one_role && !resets, w->graph, start);
}

static void walk_from(struct walk *w, uint32_t start, uint32_t *path)
{
	uint32_t count = 0, at = start;
	while (at != NODE_NONE && w->boots[at] == UNSEEN) {
		w->boots[at] = ON_PATH;
		path[count++] = at;
		at = following(w, at);
	}
	if (at != NODE_NONE && w->boots[at] == ON_PATH)
		judge_ring(w, at);
	while (count > 0) {
		uint32_t node = path[--count], next = following(w, node);
		if (w->boots[node] != ON_PATH)
			continue;
		bool settled = next == NODE_NONE ||
			       (w->boots[next] == 0 && w->graph->nodes[node].role == w->graph->nodes[next].role);
		w->boots[node] = settled ? 0 : w->boots[next] + 1;
		if (w->boots[node] > w->longest)
			w->longest = w->boots[node];
	}
}

static uint32_t walk_all(const struct graph *graph, enum habit habit, enum law law)
{
	struct walk w = { graph, habit, law, malloc(graph->count * sizeof(uint32_t)), 0 };
	uint32_t *path = malloc(graph->count * sizeof(uint32_t));
	memset(w.boots, 0xFF, graph->count * sizeof(uint32_t));
	for (uint32_t i = 0; i < graph->count; i++)
		walk_from(&w, i, path);
	free(path);
	free(w.boots);
	return w.longest;
}

/* One more boot of the same kind starts the same role: true of every life, so of ever longer ones. */
static void stays(const struct graph *g, uint32_t node, enum habit habit, enum law law)
{
	const struct node *now = &g->nodes[node];
	if (now->next[habit] != NODE_NONE && g->nodes[now->next[habit]].role != UNVISITED && now->role < ROLE_RESET && now->starts)
		law_check(law, g->nodes[now->next[habit]].role == now->role, g, node);
}

/* With the first note ever, launches from before anybody could report are forgotten, those of a role above as well. */
static bool first_note_rearms(const struct graph *g, const struct node *now, enum habit habit)
{
	if (now->next[habit] == NODE_NONE || now->life.heard)
		return false;
	const struct node *next = &g->nodes[now->next[habit]];
	return next->life.noted != NOTED_NONE && next->role < now->role && now->life.stalled[next->role] > 0;
}

static void reports(const struct graph *g, uint32_t node, enum habit habit)
{
	if (first_note_rearms(g, &g->nodes[node], habit))
		limit_seen(LIMIT_FIRST_NOTE, g, node);
	else
		stays(g, node, habit, LAW_HEALTHY_STAYS);
}

static void healthy(const struct graph *g, uint32_t node)
{
	const struct node *now = &g->nodes[node];
	const struct life *life = &now->life;
	/* What somebody asked for once, or what stood in for an entry that failed in this power cycle, need not be kept. */
	if (now->chooser != CHOSEN_BY_BOOTPILOT || life->failed_now || life->standing != STANDING_NONE)
		return;
	stays(g, node, HABIT_BLESSES, LAW_HEALTHY_STAYS);
	reports(g, node, HABIT_NOTES);
	if (now->next[HABIT_BOTH] != now->next[HABIT_SILENT])
		reports(g, node, HABIT_BOTH);
	bool granted = now->role < ROLE_RESET && life_left(life, now->role) > 0;
	if (life->read_only && !life->heard && life->noted == NOTED_NONE && granted)
		stays(g, node, HABIT_SILENT, LAW_UNHEARD_STAYS);
}

static void raise(uint32_t *most, uint32_t value)
{
	if (value > *most)
		*most = value;
}

void laws_of_graph(const struct graph *g, struct bounds *bounds)
{
	raise(&bounds->failing, walk_all(g, HABIT_FAILS, LAW_FAILURE_SETTLES));
	raise(&bounds->working, walk_all(g, HABIT_BOTH, LAW_SUCCESS_SETTLES));
	for (uint32_t i = 0; i < g->count; i++)
		healthy(g, i);
}
