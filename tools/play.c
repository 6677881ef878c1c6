/* SPDX-License-Identifier: Apache-2.0 */
/* The first judge: plays a scenario file with the policy and a machine in memory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "given.h"
#include "words.h"

#define SCENARIO_SIZE_MAX (1u << 20) /* bytes */

struct play {
	const char *path;
	const struct scenario *scenario;
	struct world world;
	unsigned boots;
	bool failed;
};

static void fails(struct play *play, const struct scenario_step *step, struct text expected, const char *actual)
{
	play->failed = true;
	printf("FAIL %s line %u, boot %u: expected %.*s, actual: %s\n", play->path, step->line, play->boots,
	       SHOWN(expected), actual);
}

static int misunderstood(const char *path, uint32_t line, const char *why)
{
	fprintf(stderr, "bootpilotctl: %s line %u: %s\n", path, line, why);
	return EXIT_USAGE;
}

/* "boots=active" may mean active.conf or active.efi; "boots=none" that no OS came up. */
static bool booted_is(struct play *play, struct text wanted)
{
	struct text actual =
		play->world.end == WORLD_OS ? world_plain_id(&play->world, play->world.selected) : TEXT("none");
	wanted = world_plain_id(&play->world, wanted);
	return text_equal(wanted, actual) ||
	       (play->world.end == WORLD_OS && text_starts_fold(actual, wanted) && actual.len > wanted.len &&
		actual.at[wanted.len] == '.' && !text_contains(text_after(actual, wanted.len + 1), '.'));
}

static bool word_holds(struct text line, struct text key, struct text wanted)
{
	char name[64];
	struct text actual = TEXT_EMPTY;
	if (key.len >= sizeof(name))
		return false;
	memcpy(name, key.at, key.len);
	name[key.len] = '\0';
	scenario_word(line, name, &actual);
	return text_equal(actual, wanted);
}

static int boot(struct play *play, const struct scenario_step *step)
{
	char bytes[REPORT_LINE_MAX];
	struct writer line = WRITER(bytes);
	struct world *world = &play->world;
	struct text words = step->words, word, booted = TEXT_EMPTY;

	world_boot(world);
	play->boots++;
	if (world->decided)
		report_decision(&line, &world->inventory, &world->decision);
	printf("%u  %.*s\n", play->boots, SHOWN(writer_text(&line)));
	bool stated = scenario_word(words, "boots", &booted);
	while (text_next_word(&words, &word)) {
		size_t len = 0;
		while (len < word.len && word.at[len] != '=')
			len++;
		if (len == word.len)
			return misunderstood(play->path, step->line, "not a word of a decision: KEY=VALUE is needed");
		if (!text_equal(text_before(word, len), TEXT("boots")) &&
		    !word_holds(writer_text(&line), text_before(word, len), text_after(word, len + 1))) {
			bytes[line.len < sizeof(bytes) ? line.len : sizeof(bytes) - 1] = '\0';
			fails(play, step, word, bytes);
		}
	}
	/* Where it is not stated, what was chosen is what must start. */
	if ((stated || scenario_word(writer_text(&line), "entry", &booted)) && !booted_is(play, booted)) {
		struct text pieces[] = { TEXT("boots="), world->end == WORLD_OS ? world->selected : TEXT("none") };
		const struct text wanted[] = { TEXT("boots="), booted };
		fails(play, step, heap_join(&world->heap, wanted, 2), heap_join(&world->heap, pieces, 2).at);
	}
	return EXIT_DONE;
}

static int step_play(struct play *play, const struct scenario_step *step)
{
	if (step->kind == STEP_THEN)
		return boot(play, step);
	if (step->kind == STEP_NAMES) {
		struct text names = given_names(&play->world);
		if (!text_equal(names, step->words))
			fails(play, step, step->words, names.len ? names.at : "no names");
		return EXIT_DONE;
	}
	if (step->kind == STEP_WHEN) {
		const char *error = given_when(&play->world, step);
		if (error)
			fails(play, step, step->subject, error);
		return EXIT_DONE;
	}
	const char *error = given_apply(&play->world, step);
	return error ? misunderstood(play->path, step->line, error) : EXIT_DONE;
}

static int scenario_read(const char *path, char *bytes, struct text *ret)
{
	FILE *file = fopen(path, "rbe");
	if (!file)
		return -errno;
	size_t size = fread(bytes, 1, SCENARIO_SIZE_MAX, file);
	int r = ferror(file) ? -EIO : size == SCENARIO_SIZE_MAX ? -EFBIG : 0;
	fclose(file);
	*ret = (struct text){ bytes, size };
	return r;
}

static int scenario_play(const char *path, const struct scenario *scenario, unsigned loader)
{
	static struct play play;
	int status = EXIT_DONE;
	memset(&play, 0, sizeof(play));
	play.path = path;
	play.scenario = scenario;
	world_new(&play.world);
	play.world.series = (enum world_series)(loader ? loader : scenario->last_loader);
	play.world.as_entry = !(scenario->berths & (SCENARIO_DRIVER | SCENARIO_FIRST | SCENARIO_NET));
	for (size_t i = 0; i < scenario->step_count && status == EXIT_DONE; i++)
		status = step_play(&play, &scenario->steps[i]);
	world_free(&play.world);
	if (status != EXIT_DONE)
		return status;
	if (play.failed)
		return EXIT_FAILED;
	printf("ok   %s\n", path);
	return EXIT_DONE;
}

int play_scenario(const char *path, unsigned loader)
{
	static char bytes[SCENARIO_SIZE_MAX];
	static struct scenario scenario;
	struct text text = TEXT_EMPTY;
	int r = scenario_read(path, bytes, &text);
	if (r) {
		fprintf(stderr, "bootpilotctl: %s cannot be read: %s\n", path, strerror(-r));
		return EXIT_USAGE;
	}
	if (!scenario_parse(text, &scenario))
		return misunderstood(path, scenario.error_line, scenario.error);
	if (!(scenario.judges & SCENARIO_POLICY)) {
		printf("skip %s: not for the policy alone\n", path);
		return EXIT_DONE;
	}
	return scenario_play(path, &scenario, loader);
}
