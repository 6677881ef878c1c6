/* SPDX-License-Identifier: Apache-2.0 */
/* The second judge: plays scenario files with the program under test on the fake firmware, in every berth and with every
 * systemd-boot that a file names, and compares its decisions with what the file expects.
 *
 *   fake [-v] [--berth NAME] [--loader SERIES] FILE|DIRECTORY...
 *
 * -v shows every power cycle. The last line is "N passed, N failed"; the exit status is 0 if nothing failed. */
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "console.h"
#include "firmware.h"
#include "laws.h"
#include "os.h"
#include "pool.h"
#include "tools/scenario.h"
#include "stage.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

static const struct {
	unsigned flag; /* enum scenario_berth */
	enum machine_berth berth;
	const char *name;
} berths[] = {
	{ SCENARIO_DRIVER, MACHINE_IN_DRIVER, "driver" }, { SCENARIO_ENTRY, MACHINE_IN_ENTRY, "entry" },
	{ SCENARIO_TYPE2, MACHINE_IN_TYPE2, "type2" },    { SCENARIO_FIRST, MACHINE_IN_FIRST, "first" },
	{ SCENARIO_NET, MACHINE_IN_NET, "net" },
};

static const struct {
	unsigned flag; /* enum scenario_loader */
	unsigned series;
} loaders[] = { { SCENARIO_252, 252 }, { SCENARIO_254, 254 }, { SCENARIO_257, 257 }, { SCENARIO_262, 262 } };

static struct {
	unsigned passed, failed;
	bool verbose;
	const char *only_berth;
	unsigned only_series;
} judge;

struct play {
	const char *file;
	const char *berth;
	const struct scenario *scenario;
	struct stage stage;
	enum outcome outcome;
	bool os_has_spoken; /* the `when` line of the last power cycle was there */
};

__attribute__((format(printf, 3, 4))) static bool fail(const struct play *play, const struct scenario_step *step,
						       const char *format, ...)
{
	va_list arguments;

	printf("FAIL %s [%s %u] line %u: ", play->file, play->berth, play->stage.machine.series, step ? step->line : 0);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	return false;
}

/* What the loader really started, as an id without counter; the name of the outcome in angles if it was no OS. */
static void booted(const struct play *play, char *ret, size_t size)
{
	if (play->outcome == OUTCOME_OS)
		fake_stage_plain_id(fake_os_report()->selected, ret, size);
	else
		snprintf(ret, size, "<%s>", outcome_name(play->outcome));
}

static bool check_booted(const struct play *play, const struct scenario_step *step)
{
	char actual[1024], expected[1024], plain[1024];
	struct text wanted = TEXT_EMPTY;
	bool stated = scenario_word(step->words, "boots", &wanted);

	if (!stated && (!scenario_word(text_of(fake_os_report()->decision), "entry", &wanted) || !wanted.len ||
			text_equal(wanted, TEXT("none"))))
		return true;
	booted(play, actual, sizeof(actual));
	snprintf(expected, sizeof(expected), "%.*s", (int)wanted.len, wanted.at);
	fake_stage_plain_id(expected, plain, sizeof(plain));
	if (stated && strcmp(plain, "none") == 0 && play->outcome != OUTCOME_OS)
		return true;
	if (strcmp(plain, actual) == 0)
		return true;
	/* "boots=active" means active.conf or active.efi */
	if (stated && play->outcome == OUTCOME_OS && strncmp(plain, actual, strlen(plain)) == 0 &&
	    strrchr(actual, '.') == actual + strlen(plain))
		return true;
	return fail(play, step, "boots=%s expected, %s was started; decision: %s", plain, actual,
		    fake_os_report()->decision);
}

static bool check_words(const struct play *play, const struct scenario_step *step)
{
	struct text words = step->words, word, actual = TEXT_EMPTY, wanted;
	char key[64];

	while (text_next_word(&words, &word)) {
		size_t len = 0;

		while (len < word.len && word.at[len] != '=')
			len++;
		if (len == word.len || len >= sizeof(key))
			return fail(play, step, "not a word of a decision: %.*s", (int)word.len, word.at);
		snprintf(key, sizeof(key), "%.*s", (int)len, word.at);
		wanted = text_after(word, len + 1);
		if (strcmp(key, "boots") == 0)
			continue;
		if (!scenario_word(text_of(fake_os_report()->decision), key, &actual))
			actual = strcmp(key, "role") == 0 && *fake_os_report()->decision ? TEXT("none") : TEXT_EMPTY;
		if (!text_equal(actual, wanted))
			return fail(play, step, "expected %.*s, actual: %s (%s)", (int)word.len, word.at,
				    *fake_os_report()->decision ? fake_os_report()->decision : "no decision",
				    outcome_name(play->outcome));
	}
	return true;
}

static bool check_laws(const struct play *play, const struct scenario_step *step)
{
	if (laws_broken() == 0)
		return true;
	return fail(play, step, "%zu violations, the first: %s", laws_broken(), laws_violation(0));
}

static bool play_boot(struct play *play, const struct scenario_step *step)
{
	play->outcome = fake_machine_boot(&play->stage.machine);
	play->os_has_spoken = false;
	if (judge.verbose) {
		char actual[1024], names[4096];

		booted(play, actual, sizeof(actual));
		fake_stage_names(&play->stage, names, sizeof(names));
		printf("     %s [%s %u] line %u: boots %s; %s; %llu calls, %zu bytes at most; now %s\n%s", play->file,
		       play->berth, play->stage.machine.series, step->line, actual, fake_os_report()->decision,
		       (unsigned long long)laws_calls(SERVICE_COUNT), fake_pool_peak(), names, fake_console_text());
	}
	return check_laws(play, step) && check_words(play, step) && check_booted(play, step);
}

static bool play_names(struct play *play, const struct scenario_step *step)
{
	char names[4096];
	fake_stage_names(&play->stage, names, sizeof(names));
	return text_equal(text_of(names), step->words) ||
	       fail(play, step, "names %.*s expected, actual: %s", (int)step->words.len, step->words.at, names);
}

static bool play_step(struct play *play, const struct scenario_step *step)
{
	if (step->kind == STEP_THEN)
		return play_boot(play, step);
	if (step->kind == STEP_NAMES)
		return play_names(play, step);
	if (step->kind == STEP_WHEN)
		play->os_has_spoken = true;
	bool done = (step->kind == STEP_WHEN ? fake_stage_when : fake_stage_given)(&play->stage, step);
	return done || fail(play, step, "%s", play->stage.error);
}

/* One berth, one loader. An XBOOTLDR partition is there from the start if the file ever uses it. */
static void play_scenario(struct play *play, unsigned series, enum machine_berth berth)
{
	const struct scenario *scenario = play->scenario;
	struct text on;

	memset(&play->stage, 0, sizeof(play->stage));
	fake_machine_new(&play->stage.machine, series, berth, scenario->secure_boot, efi_main);
	for (size_t i = 0; i < scenario->step_count; i++)
		if (scenario_word(scenario->steps[i].words, "on", &on) && text_equal(on, TEXT("xbootldr")))
			fake_machine_add_xbootldr(&play->stage.machine);
	for (size_t i = 0; i < scenario->step_count; i++)
		if (!play_step(play, &scenario->steps[i])) {
			judge.failed++;
			return;
		}
	judge.passed++;
	printf("ok   %s [%s %u]\n", play->file, play->berth, series);
}

static struct text read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(1u << 20);
	size_t size = file ? fread(bytes, 1, 1u << 20, file) : 0;

	if (file)
		fclose(file);
	return (struct text){ bytes, size };
}

static void judge_file(const char *path)
{
	struct text bytes = read_file(path);
	static struct scenario scenario;
	static struct play play;
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	play = (struct play){ .file = name, .scenario = &scenario };
	if (!scenario_parse(bytes, &scenario)) {
		printf("FAIL %s line %u: %s\n", name, scenario.error_line, scenario.error);
		judge.failed++;
		free((void *)bytes.at);
		return;
	}
	for (size_t b = 0; b < sizeof(berths) / sizeof(berths[0]); b++)
		for (size_t l = 0; l < sizeof(loaders) / sizeof(loaders[0]); l++) {
			if (!(scenario.judges & SCENARIO_FAKE) || !(scenario.berths & berths[b].flag) ||
			    !(scenario.loaders & loaders[l].flag))
				continue;
			if ((judge.only_berth && strcmp(judge.only_berth, berths[b].name) != 0) ||
			    (judge.only_series && judge.only_series != loaders[l].series))
				continue;
			play.berth = berths[b].name;
			play_scenario(&play, loaders[l].series, berths[b].berth);
		}
	free((void *)bytes.at);
}

static int is_scenario(const struct dirent *entry)
{
	const char *suffix = strrchr(entry->d_name, '.');

	return suffix && strcmp(suffix, ".txt") == 0;
}

static void judge_directory(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, is_scenario, alphasort);

	for (int i = 0; i < count; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
		judge_file(file);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
}

int main(int argc, char **argv)
{
	bool any = false;

	for (int i = 1; i < argc; i++) {
		struct stat info;

		if (strcmp(argv[i], "-v") == 0)
			judge.verbose = true;
		else if (strcmp(argv[i], "--berth") == 0 && i + 1 < argc)
			judge.only_berth = argv[++i];
		else if (strcmp(argv[i], "--loader") == 0 && i + 1 < argc)
			judge.only_series = (unsigned)strtoul(argv[++i], NULL, 10);
		else if (stat(argv[i], &info) != 0) {
			fprintf(stderr, "fake: %s cannot be read\n", argv[i]);
			return 2;
		} else {
			any = true;
			if (S_ISDIR(info.st_mode))
				judge_directory(argv[i]);
			else
				judge_file(argv[i]);
		}
	}
	if (!any)
		judge_directory("tests/scenarios");
	fake_firmware_new();
	printf("%u passed, %u failed\n", judge.passed, judge.failed);
	return judge.failed != 0;
}
