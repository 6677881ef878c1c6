/* SPDX-License-Identifier: Apache-2.0 */
/* options.h - the command line: which option goes with which command, and what the help texts say of it. */
#ifndef BOOTPILOT_OPTIONS_H
#define BOOTPILOT_OPTIONS_H

#include "command.h"

/* The bits of struct command's `flag`. */
enum option_flag {
	FOR_STATUS = 1 << 0,
	FOR_PLAN = 1 << 1,
	FOR_ROLE = 1 << 2,
	FOR_GOOD = 1 << 3,
	FOR_BAD = 1 << 4,
	FOR_REARM = 1 << 5,
	FOR_WITH_ESP = 1 << 6,
	FOR_ANNOUNCE = 1 << 7,
	FOR_METRICS = 1 << 8,
	FOR_CONFIGURE = 1 << 9,
	FOR_CHECK = 1 << 10,
	FOR_REPAIR = 1 << 11,
	FOR_INSTALL = 1 << 12,
	FOR_REMOVE = 1 << 13,
	FOR_COMPLETION = 1 << 14,
	FOR_TOOL = 1 << 30, /* bootpilotctl itself, without a command */
};

/* One option. What it is called in help texts and by shells. */
struct option_word {
	const char *name;
	const char *argument; /* what stands for it: DIR, N; NULL: it has none */
	int id;
	unsigned flags; /* of the commands that have it */
	const char *summary;
};

/* The option behind BEFORE (NULL: the first) of the commands in FLAGS; NULL: there is no other. */
const struct option_word *options_next(const struct option_word *before, unsigned flags);

/* Reads what stands behind the command's name (ARGV[0]). -1: *ret is filled in. Else the exit status: help was printed, or what
 * is wrong was said. */
int options_parse(const struct command *command, int argc, char **argv, struct options *ret);

/* Says on stderr what is wrong with the command line: WHAT, followed by ABOUT. Returns EXIT_USAGE. COMMAND may be "". */
int options_refuse(const char *command, const char *what, const char *about);

/* Prints the options of the commands in FLAGS. */
void options_help(unsigned flags);

#endif
