/* SPDX-License-Identifier: Apache-2.0 */
#include "laws.h"


#include <stdio.h>
#include <string.h>

#include "shared/loader-vars.h"

#define PATHS_PRINTED 2u

static const char *const words[LAW_COUNT] = {
	[LAW_ALWAYS_AN_OS] = "while anything can start, something is started",
	[LAW_GOOD_STAYS] = "a good active is never left",
	[LAW_NEW_IMAGE_TRIED] = "a new active with tries is tried at the next boot",
	[LAW_RESET_BY_RULE] = "nothing but the rule, or a person, starts the reset entry",
	[LAW_RESET_CAPPED] = "between two successes resets stay within the cap",
	[LAW_RESET_EVIDENCE] = "with a record no reset before recovery was launched as often as it was granted",
	[LAW_RECORD_KEPT] = "the record survives as bytes",
	[LAW_FAILURE_SETTLES] = "repeated failure ends with one role for ever, and not with resets",
	[LAW_SUCCESS_SETTLES] = "repeated success ends with one role for ever, and not with resets",
	[LAW_HEALTHY_STAYS] = "a healthy OS that reports is never left",
	[LAW_UNHEARD_STAYS] = "a healthy OS on a read-only ESP, where nobody was ever heard, is never left",
	[LAW_LONG] = "large counters: the number of boots until it settles is what the tries say",
};

static uint64_t checks[LAW_COUNT], failures[LAW_COUNT];

static const char *const limits[LIMIT_COUNT] = {
	[LIMIT_FIRST_NOTE] =
		"the first note that a machine ever writes grants a role above, whose counter stands still, its tries once more",
	[LIMIT_FORGETFUL_RESETS] =
		"NVRAM that forgets at every boot, and a reset entry without counter: nothing caps the resets",
};
static uint64_t seen[LIMIT_COUNT];

const char *limit_words(enum limit limit)
{
	return limits[limit];
}

void limit_seen(enum limit limit, const struct graph *graph, uint32_t node)
{
	if (seen[limit]++ == 0) {
		printf("    known limit: %s\n", limits[limit]);
		graph_print_path(graph, node);
	}
}

uint64_t limit_times(enum limit limit)
{
	return seen[limit];
}

const char *law_words(enum law law)
{
	return words[law];
}

uint64_t law_checks(enum law law)
{
	return checks[law];
}

uint64_t law_failures(enum law law)
{
	return failures[law];
}

void law_check(enum law law, bool holds, const struct graph *graph, uint32_t node)
{
	checks[law]++;
	if (holds || failures[law]++ >= PATHS_PRINTED)
		return;
	printf("    broken: %s\n", words[law]);
	graph_print_path(graph, node);
	if (graph->nodes[node].role != ROLE_NONE)
		printf("           and then: %.*s\n", (int)role_name((enum role)graph->nodes[node].role).len,
		       role_name((enum role)graph->nodes[node].role).at);
}

void law_check_alone(enum law law, bool holds)
{
	checks[law]++;
	failures[law] += !holds;
}

static bool could_start(const struct world *world, const struct life *life, enum role role)
{
	return life->files[role] && !((life->broken | life->failed_now) & (1u << role)) &&
	       (world->key != CONF_KEY_UKI || world->release->knows_uki);
}

static void always_an_os(struct graph *g, uint32_t node, const struct boot *b)
{
	const struct life *life = &g->nodes[node].life;
	bool any = false;
	for (enum role role = ROLE_ACTIVE; role < ROLE_RESET; role++)
		any |= could_start(g->world, life, role);
	/* A person may ask for what does not start, or does not exist: then the loader answers. */
	if (any && b->chooser != CHOSEN_BY_A_PERSON && life->standing < STANDING_UNKNOWN_ID)
		law_check(LAW_ALWAYS_AN_OS, b->starts, g, node);
}

static void active_first(struct graph *g, uint32_t node, const struct boot *b)
{
	const struct life *life = &g->nodes[node].life;
	unsigned left = life_left(life, ROLE_ACTIVE);
	if (life->standing != STANDING_NONE || !could_start(g->world, life, ROLE_ACTIVE))
		return;
	if (left == LEFT_GOOD)
		law_check(LAW_GOOD_STAYS, b->file.role == ROLE_ACTIVE, g, node);
	else if (left > 0 && life->known[ROLE_ACTIVE] != IMAGE_SAME)
		law_check(LAW_NEW_IMAGE_TRIED, b->file.role == ROLE_ACTIVE, g, node);
}

bool nothing_caps_resets(const struct world *world)
{
	return world->forgetful && world->reset_uncounted;
}

/* An episode has as many launches as the reset entry has tries, or three if it has no counter. */
static void capped(struct graph *g, uint32_t node, unsigned resets)
{
	const struct world *world = g->world;
	unsigned tries = world->tries > RECORD_TRIES_LOAN ? world->tries : RECORD_TRIES_LOAN;
	if (nothing_caps_resets(world)) {
		if (resets > tries)
			limit_seen(LIMIT_FORGETFUL_RESETS, g, node);
		return;
	}
	unsigned most = world->forgetful ? world->tries : world->reset_limit * tries;
	/* Who can forge a success has the cap granted anew; that is not told apart from a real one. */
	if (!(world->happens & HAPPENS_FORGERY))
		law_check(LAW_RESET_CAPPED, resets <= most, g, node);
}

static void resets(struct graph *g, uint32_t node, const struct boot *b)
{
	const struct world *world = g->world;
	if (b->file.role == ROLE_RESET && b->chooser != CHOSEN_BY_A_PERSON) {
		law_check(LAW_RESET_BY_RULE, b->chooser == CHOSEN_BY_BOOTPILOT && world->auto_reset != AUTO_RESET_NO, g,
			  node);
		capped(g, node, b->started.resets_since);
	}
	bool begins = b->decided && b->decision.action == ACTION_RESET && b->decision.record.episode_launches == 1;
	bool of_an_earlier_boot = g->nodes[node].life.recorded && !g->nodes[node].life.record_new;
	if (begins && of_an_earlier_boot)
		law_check(LAW_RESET_EVIDENCE,
			  b->recorded.recovery_tried > 0 && b->recorded.recovery_tried >= b->recorded.recovery_owed, g,
			  node);
}

static void record_kept(struct graph *g, uint32_t node, const struct boot *b)
{
	uint8_t bytes[RECORD_SIZE];
	struct record_slot slots[RECORD_SLOTS] = {
		{ true, VARIABLE_NV | VARIABLE_BS, { (const char *)bytes, RECORD_SIZE } },
		{ false, 0, TEXT_EMPTY },
	};
	struct record read;
	unsigned slot;
	if (!b->decided || node % 16 != 0)
		return;
	record_serialize(&b->decision.record, bytes);
	bool valid = record_read(slots, &b->decision.record.disk, &read, &slot) == RECORD_VALID;
	law_check(LAW_RECORD_KEPT, valid && !record_differs(&read, &b->decision.record), g, node);
}

void laws_of_node(struct graph *g, uint32_t node, const struct boot *b)
{
	always_an_os(g, node, b);
	active_first(g, node, b);
	resets(g, node, b);
	record_kept(g, node, b);
}
