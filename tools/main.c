/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl: the command line. Each command has a file of its own. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build.h"
#include "command.h"
#include "shared/text.h"

enum option_id {
	OPTION_ESP_PATH = 1,
	OPTION_BOOT_PATH,
	OPTION_FROM,
	OPTION_LOADER,
	OPTION_SUCCEED,
	OPTION_FAIL,
	OPTION_READ_ONLY,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION
};

enum { FOR_STATUS = 1, FOR_PLAN = 2, FOR_ALL = FOR_STATUS | FOR_PLAN, FOR_TOOL = 4 };

static const struct command {
	const char *name;
	unsigned flag;
	const char *summary; /* one line */
	const char *more;    /* in the command's own help */
	int (*run)(const struct options *options);
} commands[] = {
	{ "status", FOR_STATUS, "what will be booted next, why, and how each role stands",
	  "Exit status: 0 something will be booted, 1 nothing can be, or the ESP cannot be\n"
	  "read.",
	  command_status },
	{ "plan", FOR_PLAN, "what-if: the boots to come, down to the end",
	  "Without --succeed and --fail every boot fails. With --fail alone, boots that are\n"
	  "not named work. A reset that works copies recovery to active, as Kairos does.\n"
	  "\n"
	  "With --from the expectations of a scenario file are checked instead (its format:\n"
	  "tests/scenarios/README.md). Exit status: 0 all hold, 1 some do not, 2 the file\n"
	  "is not understood.",
	  command_plan },
};

static const struct option_word {
	const char *name;
	const char *argument; /* NULL: none */
	enum option_id id;
	unsigned flags;
	const char *summary;
} words[] = {
	{ "esp-path", "DIR", OPTION_ESP_PATH, FOR_ALL, "the EFI system partition, or a copy of it" },
	{ "boot-path", "DIR", OPTION_BOOT_PATH, FOR_ALL, "the XBOOTLDR partition, if there is one" },
	{ "from", "SCENARIO", OPTION_FROM, FOR_PLAN, "play a scenario file and check it" },
	{ "succeed", "N", OPTION_SUCCEED, FOR_PLAN, "what if boot number N works (may be repeated)" },
	{ "fail", "N", OPTION_FAIL, FOR_PLAN, "what if boot number N fails (may be repeated)" },
	{ "loader", "SERIES", OPTION_LOADER, FOR_PLAN, "what if systemd-boot is 252, 254, 257 or 262" },
	{ "read-only", NULL, OPTION_READ_ONLY, FOR_PLAN, "what if nothing on the ESP can be renamed" },
	{ "json", NULL, OPTION_JSON, FOR_ALL, "for programs; the schema is in tools/json.md" },
	{ "help", NULL, OPTION_HELP, FOR_ALL | FOR_TOOL, "this text" },
	{ "version", NULL, OPTION_VERSION, FOR_TOOL, "the version of bootpilotctl" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void help_options(unsigned flag)
{
	puts("\nOptions:");
	for (size_t i = 0; i < COUNT(words); i++) {
		if (!(words[i].flags & flag))
			continue;
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", words[i].name, words[i].argument ? " " : "",
			 words[i].argument ? words[i].argument : "");
		printf("  %-20s %s\n", left, words[i].summary);
	}
}

static void help_tool(void)
{
	puts("Usage: bootpilotctl COMMAND [OPTION...]\n\n"
	     "Shows and explains what Bootpilot decides before systemd-boot starts the OS.\n\nCommands:");
	for (size_t i = 0; i < COUNT(commands); i++)
		printf("  %-20s %s\n", commands[i].name, commands[i].summary);
	help_options(FOR_TOOL);
	puts("\n`bootpilotctl COMMAND --help` tells more. Colours obey NO_COLOR.");
}

static void help_command(const struct command *command)
{
	printf("Usage: bootpilotctl %s --esp-path DIR [OPTION...]\n", command->name);
	if (command->flag == FOR_PLAN)
		puts("       bootpilotctl plan --from SCENARIO [--loader SERIES]");
	printf("\n%s: %s\n", command->name, command->summary);
	help_options(command->flag);
	printf("\n%s\n", command->more);
}

static const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int usage(const char *command, const char *what, const char *about)
{
	fprintf(stderr, "bootpilotctl: %s%s. Type `bootpilotctl %s%s--help`.\n", what, about, command,
		*command ? " " : "");
	return EXIT_USAGE;
}

static bool boot_add(struct boot_list *list, const char *argument)
{
	uint64_t number;
	if (list->count == BOOT_LIST_MAX || !text_to_uint(text_of(argument), 9999, &number) || !number)
		return false;
	list->at[list->count++] = (unsigned)number;
	return true;
}

static bool loader_set(struct options *options, const char *argument)
{
	static const unsigned known[] = { 252, 254, 257, 262 };
	uint64_t number;
	for (size_t i = 0; i < COUNT(known); i++)
		if (text_to_uint(text_of(argument), 999, &number) && number == known[i]) {
			options->loader = known[i];
			return true;
		}
	return false;
}

/* NULL: taken. Else what is wrong with the argument. */
static const char *option_take(struct options *options, enum option_id id, const char *argument)
{
	switch (id) {
	case OPTION_ESP_PATH:
		options->esp_path = argument;
		return NULL;
	case OPTION_BOOT_PATH:
		options->boot_path = argument;
		return NULL;
	case OPTION_FROM:
		options->scenario = argument;
		return NULL;
	case OPTION_LOADER:
		return loader_set(options, argument) ? NULL : "--loader needs 252, 254, 257 or 262, not ";
	case OPTION_SUCCEED:
		return boot_add(&options->succeed, argument) ? NULL
							     : "--succeed needs the number of a boot (1 to 9999), not ";
	case OPTION_FAIL:
		return boot_add(&options->fail, argument) ? NULL
							  : "--fail needs the number of a boot (1 to 9999), not ";
	case OPTION_READ_ONLY:
		options->read_only = true;
		return NULL;
	case OPTION_JSON:
		options->json = true;
		return NULL;
	case OPTION_HELP:
	case OPTION_VERSION:
		break;
	}
	return NULL;
}

static void long_options(unsigned flag, struct option ret[COUNT(words) + 1])
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT(words); i++)
		if (words[i].flags & flag)
			ret[count++] =
				(struct option){ words[i].name, words[i].argument ? required_argument : no_argument,
						 NULL, (int)words[i].id };
	memset(&ret[count], 0, sizeof(ret[count]));
}

static int command_run(const struct command *command, int argc, char **argv)
{
	struct option table[COUNT(words) + 1];
	struct options options = { .json = false };
	long_options(command->flag, table);
	opterr = 0;
	for (int id; (id = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
		if (id == '?')
			return usage(command->name,
				     optopt && strchr(argv[optind - 1], '=') ? "no argument goes with "
									     : "unknown option ",
				     argv[optind - 1]);
		if (id == ':')
			return usage(command->name, argv[optind - 1], " needs an argument");
		if (id == OPTION_HELP) {
			help_command(command);
			return EXIT_DONE;
		}
		const char *wrong = option_take(&options, (enum option_id)id, optarg);
		if (wrong)
			return usage(command->name, wrong, optarg);
	}
	if (optind < argc)
		return usage(command->name, "this is no option: ", argv[optind]);
	if (options.scenario && (options.esp_path || options.boot_path || options.json || options.read_only ||
				 options.succeed.count || options.fail.count))
		return usage(command->name, "with --from only --loader can be given", "");
	if (!options.esp_path && !options.scenario)
		return usage(command->name,
			     "--esp-path DIR is needed: where the EFI system partition, or a copy of it, is",
			     command->flag == FOR_PLAN ? " (or --from SCENARIO)" : "");
	return command->run(&options);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		help_tool();
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help_tool();
		return EXIT_DONE;
	}
	if (strcmp(argv[1], "--version") == 0) {
		puts("bootpilotctl " BUILD_VERSION);
		return EXIT_DONE;
	}
	const struct command *command = command_find(argv[1]);
	if (!command)
		return usage("", argv[1][0] == '-' ? "unknown option " : "unknown command ", argv[1]);
	return command_run(command, argc - 1, argv + 1);
}
