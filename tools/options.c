/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "berth.h"
#include "shared/text.h"

enum option_id {
	OPTION_ESP_PATH = 1,
	OPTION_BOOT_PATH,
	OPTION_ROOT,
	OPTION_FROM,
	OPTION_LOADER,
	OPTION_SUCCEED,
	OPTION_FAIL,
	OPTION_READ_ONLY,
	OPTION_JSON,
	OPTION_IS,
	OPTION_DRY_RUN,
	OPTION_REARM,
	OPTION_BERTH,
	OPTION_IMAGE,
	OPTION_DRIVER_IMAGE,
	OPTION_NO_VARIABLES,
	OPTION_FORCE,
	OPTION_HELP,
	OPTION_VERSION
};

#define FOR_WRITING (FOR_GOOD | FOR_BAD | FOR_REARM | FOR_REPAIR | FOR_INSTALL | FOR_REMOVE)
#define FOR_READING (FOR_STATUS | FOR_PLAN | FOR_CHECK)
#define FOR_ESP     (FOR_READING | FOR_WRITING | FOR_WITH_ESP | FOR_METRICS)
#define FOR_ALL     (FOR_ESP | FOR_ROLE | FOR_ANNOUNCE | FOR_CONFIGURE | FOR_COMPLETION)

static const struct option_word words[] = {
	{ "esp-path", "DIR", OPTION_ESP_PATH, FOR_ESP, "the EFI system partition, or a copy of it" },
	{ "boot-path", "DIR", OPTION_BOOT_PATH, FOR_ESP, "the XBOOTLDR partition, if there is one" },
	{ "root", "DIR", OPTION_ROOT, FOR_ESP | FOR_ANNOUNCE, "look for both below DIR instead of /" },
	{ "from", "SCENARIO", OPTION_FROM, FOR_PLAN, "play a scenario file and check it" },
	{ "succeed", "N", OPTION_SUCCEED, FOR_PLAN, "what if boot number N works (may be repeated)" },
	{ "fail", "N", OPTION_FAIL, FOR_PLAN, "what if boot number N fails (may be repeated)" },
	{ "loader", "SERIES", OPTION_LOADER, FOR_PLAN, "what if systemd-boot is 252, 254, 257 or 262" },
	{ "read-only", NULL, OPTION_READ_ONLY, FOR_PLAN, "what if nothing on the ESP can be renamed" },
	{ "is", NULL, OPTION_IS, FOR_ROLE, "print nothing: succeed if it is one of ROLE" },
	{ "re-arm", NULL, OPTION_REARM, FOR_GOOD, "count the running entry again from the next boot on" },
	{ "berth", "BERTH", OPTION_BERTH, FOR_INSTALL, "driver+net (default), driver, entry, type2, first, net" },
	{ "image", "FILE", OPTION_IMAGE, FOR_INSTALL, "the application, instead of the one of this tool" },
	{ "driver-image", "FILE", OPTION_DRIVER_IMAGE, FOR_INSTALL, "the driver, likewise" },
	{ "no-variables", NULL, OPTION_NO_VARIABLES, FOR_INSTALL | FOR_REMOVE, "files only: leave boot options as they are" },
	{ "force", NULL, OPTION_FORCE, FOR_INSTALL | FOR_REMOVE, "in spite of what speaks against it" },
	{ "dry-run", NULL, OPTION_DRY_RUN, FOR_WRITING | FOR_CONFIGURE, "say what would be done, and do nothing" },
	{ "json", NULL, OPTION_JSON, FOR_READING | FOR_ROLE, "for programs; the schema is in tools/json.md" },
	{ "help", NULL, OPTION_HELP, FOR_ALL | FOR_TOOL, "this text" },
	{ "version", NULL, OPTION_VERSION, FOR_TOOL, "the version of bootpilotctl" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct option_word *options_next(const struct option_word *before, unsigned flags)
{
	for (size_t i = before ? (size_t)(before - words) + 1 : 0; i < COUNT(words); i++)
		if (words[i].flags & flags)
			return &words[i];
	return NULL;
}

void options_help(unsigned flags)
{
	puts("\nOptions:");
	for (const struct option_word *word = options_next(NULL, flags); word; word = options_next(word, flags)) {
		char left[64];
		snprintf(left, sizeof(left), "--%s%s%s", word->name, word->argument ? " " : "",
			 word->argument ? word->argument : "");
		printf("  %-20s %s\n", left, word->summary);
	}
}

static void help_command(const struct command *command)
{
	printf("Usage: bootpilotctl %s [OPTION...]%s%s\n", command->name, command->operands ? " " : "",
	       command->operands ? command->operands : "");
	if (command->flag == FOR_PLAN)
		puts("       bootpilotctl plan --from SCENARIO [--loader SERIES]");
	printf("\n%s: %s\n", command->name, command->summary);
	options_help(command->flag);
	printf("\n%s\n", command->more);
}

int options_refuse(const char *command, const char *what, const char *about)
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
	case OPTION_ROOT:
		options->root = argument;
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
	case OPTION_IS:
		options->is = true;
		return NULL;
	case OPTION_DRY_RUN:
		options->dry_run = true;
		return NULL;
	case OPTION_REARM:
		options->rearm = true;
		return NULL;
	case OPTION_BERTH:
		options->berth = argument;
		return berth_named(argument) ? NULL : "--berth needs driver+net, driver, entry, type2, first or net, not ";
	case OPTION_IMAGE:
		options->image = argument;
		return NULL;
	case OPTION_DRIVER_IMAGE:
		options->driver_image = argument;
		return NULL;
	case OPTION_NO_VARIABLES:
		options->no_variables = true;
		return NULL;
	case OPTION_FORCE:
		options->force = true;
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
	for (const struct option_word *word = options_next(NULL, flag); word; word = options_next(word, flag))
		ret[count++] = (struct option){ word->name, word->argument ? required_argument : no_argument, NULL,
						word->id };
	memset(&ret[count], 0, sizeof(ret[count]));
}

/* What does not go together. */
static int combination_check(const struct command *command, const struct options *options)
{
	if (options->scenario && (options->esp_path || options->boot_path || options->root || options->json ||
				  options->read_only || options->succeed.count || options->fail.count))
		return options_refuse(command->name, "with --from only --loader can be given", "");
	if (options->boot_path && !options->esp_path)
		return options_refuse(command->name, "--boot-path DIR needs --esp-path DIR beside it", "");
	if (options->operand_count > command->operands_max)
		return options_refuse(command->name, "this is no option: ",
				      options->operands[command->operands_max]);
	return -1;
}

int options_parse(const struct command *command, int argc, char **argv, struct options *ret)
{
	struct option table[COUNT(words) + 1];
	*ret = (struct options){ .json = false };
	long_options(command->flag, table);
	opterr = 0;
	for (int id; (id = getopt_long(argc, argv, ":", table, NULL)) != -1;) {
		if (id == '?')
			return options_refuse(command->name,
					      optopt && strchr(argv[optind - 1], '=') ? "no argument goes with "
										      : "unknown option ",
					      argv[optind - 1]);
		if (id == ':')
			return options_refuse(command->name, argv[optind - 1], " needs an argument");
		if (id == OPTION_HELP) {
			help_command(command);
			return EXIT_DONE;
		}
		const char *wrong = option_take(ret, (enum option_id)id, optarg);
		if (wrong)
			return options_refuse(command->name, wrong, optarg);
	}
	ret->operands = argv + optind;
	ret->operand_count = (size_t)(argc - optind);
	return combination_check(command, ret);
}
