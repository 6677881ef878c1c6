/* SPDX-License-Identifier: Apache-2.0 */
/* model [--full]: every input of the decision, every life of small machines. Prints what was visited and which laws held. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "input_laws.h"
#include "laws.h"
#include "long.h"
#include "world.h"

#define LIVES_MOST 20000000u /* some 6 GiB; a world with more is not closed, and that is a failure */

static unsigned passed, failed;

static double seconds(void)
{
	struct timespec now;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A law that nothing asked for has not held. */
static void conclude(const char *words, uint64_t checks, uint64_t failures)
{
	bool holds = checks > 0 && failures == 0;
	passed += holds;
	failed += !holds;
	printf("%-6s %s (%llu checks", holds ? "ok" : "FAILED", words, (unsigned long long)checks);
	if (failures > 0)
		printf(", %llu broken", (unsigned long long)failures);
	printf(")\n");
}

static void enumerate(const char *words, void (*part)(bool full), bool full)
{
	uint64_t before = input_count();
	double start = seconds();
	part(full);
	printf("%-58s %10llu inputs %36.1f s\n", words, (unsigned long long)(input_count() - before), seconds() - start);
	fflush(stdout);
}

static void inputs(bool full)
{
	printf("Every input\n");
	enumerate("each role alone: files, record, loader", inputs_each_role_alone, full);
	enumerate("the table: verdicts, evidence, configuration, moment", inputs_table, full);
	enumerate(full ? "all four roles together" : "each pair of roles together", inputs_together, full);
	input_check_nothing_dead();
	for (enum input_law law = 0; law < INPUT_LAW_COUNT; law++)
		conclude(input_law_words(law), input_law_checks(law), input_law_failures(law));
}

/* What was visited, in all worlds. */
static uint64_t lives_seen, steps_seen;

static uint64_t explore(const struct world *world, struct bounds *bounds)
{
	struct graph g;
	double start = seconds();
	graph_explore(world, LIVES_MOST, laws_of_node, &g);
	laws_of_graph(&g, bounds);
	printf("%-58s %10u lives %10llu steps, depth %3u, %s %6.1f s\n", world->words, g.count,
	       (unsigned long long)g.transitions, g.depth, g.closed ? "closed" : "OPEN  ", seconds() - start);
	fflush(stdout);
	lives_seen += g.count;
	steps_seen += g.transitions;
	graph_free(&g);
	return !g.closed;
}

static void lives(bool full, const char *only)
{
	struct bounds bounds = { 0, 0 };
	uint64_t worlds_seen = 0, worlds_open = 0;
	printf("\nEvery life: boots that fail, work and report in every way, in any number, and as the name of the world says\n");
	for (unsigned i = 0; i < world_count; i++) {
		if (only ? strcmp(only, worlds[i].words) != 0 : worlds[i].full_only && !full)
			continue;
		worlds_seen++;
		worlds_open += explore(&worlds[i], &bounds);
	}
	long_lives();
	printf("%llu worlds, %llu inputs, %llu lives, %llu steps\n", (unsigned long long)worlds_seen,
	       (unsigned long long)input_count(), (unsigned long long)lives_seen, (unsigned long long)steps_seen);
	printf("From every life one role for ever: after at most %u boots if each fails, %u if each works and reports.\n",
	       bounds.failing, bounds.working);
	for (enum limit limit = 0; limit < LIMIT_COUNT; limit++)
		printf("known limit, seen %llu times: %s\n", (unsigned long long)limit_times(limit), limit_words(limit));
	conclude("every world is closed: no life is left to visit", worlds_seen, worlds_open);
	for (enum law law = 0; law < LAW_COUNT; law++)
		conclude(law_words(law), law_checks(law), law_failures(law));
}

int main(int argc, char **argv)
{
	bool full = argc == 2 && strcmp(argv[1], "--full") == 0;
	const char *only = argc == 3 && strcmp(argv[1], "--world") == 0 ? argv[2] : NULL;
	if (argc > 1 && !full && !only) {
		fprintf(stderr, "usage: model [--full | --world NAME]\n");
		return 2;
	}
	if (!only)
		inputs(full);
	lives(full, only);
	printf("%.1f s\n%u passed, %u failed\n", seconds(), passed, failed);
	return failed > 0;
}
