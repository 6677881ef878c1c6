/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl: the command line. Each command has a file of its own. */
#include <stdio.h>
#include <string.h>

#include "build.h"
#include "options.h"

const struct command commands[] = {
	{ "status", FOR_STATUS, NULL, 0, "what was chosen and why, each role, what is next",
	  "Exit status: 0 something will be booted, 1 nothing can be, or the ESP cannot be\n"
	  "read.",
	  command_status },
	{ "plan", FOR_PLAN, NULL, 0, "what-if: the boots to come, down to the end",
	  "Without --succeed and --fail every boot fails. With --fail alone, boots that are\n"
	  "not named work. A reset that works copies recovery to active, as Kairos does.\n"
	  "\n"
	  "With --from the expectations of a scenario file are checked instead (its format:\n"
	  "tests/scenarios/README.md). Exit status: 0 all hold, 1 some do not, 2 the file\n"
	  "is not understood.",
	  command_plan },
	{ "check", FOR_CHECK, NULL, 0, "every problem: what follows from it, who mends it",
	  "Looks at the ESP, at the EFI variables and at how this system blesses entries.\n"
	  "Writes nothing. Exit status: 0 no problem, 1 warnings, 2 errors (or the ESP\n"
	  "cannot be read, or the command line is wrong).",
	  command_check },
	{ "repair", FOR_REPAIR, NULL, 0, "carry out what check proposes, and nothing else",
	  "Removes what is left of writes and renames that were cut short, writes lost\n"
	  "entries again, names defaults without counter. The running entry is never\n"
	  "touched, and at any moment there is something to boot. What a person must do is\n"
	  "listed.\n"
	  "Exit status: 0 nothing is left, else as `check`.",
	  command_repair },
	{ "install", FOR_INSTALL, NULL, 0, "put Bootpilot in place, once it is known to work here",
	  "Puts its images on the ESP, and a boot option beside systemd-boot's where the\n"
	  "berth needs one (README.md, Ways to install it). What another berth had is\n"
	  "removed. It looks first: at what `check` finds, whether firmware would start the\n"
	  "image, whether this system can report that it works. What speaks against it is\n"
	  "named, and nothing is changed. --force helps where a person knows better.\n"
	  "The images are those beside this tool or in ../lib/bootpilot, *.efi.signed\n"
	  "before *.efi. It may be repeated, and completes what was interrupted.\n"
	  "Exit status: 0 it is in place, 1 it was refused or failed.",
	  command_install },
	{ "remove", FOR_REMOVE, NULL, 0, "take Bootpilot away again, and nothing else",
	  "Removes its boot options, its entry and its images; `default` in loader.conf is\n"
	  "what it was. Refused where systemd-boot alone would then boot the reset entry.\n"
	  "The attempt record (BootpilotRecord0 and 1, 128 bytes each) stays in NVRAM, out\n"
	  "of any OS's reach; nothing reads it.\n"
	  "Exit status: 0 nothing of it is left, 1 it was refused or failed.",
	  command_remove },
	{ "good", FOR_GOOD, NULL, 0, "the running system works: tell Bootpilot, bless it",
	  "Run it when the system has shown that it works (bootpilot-good.service does).\n"
	  "The counter of the running entry goes, and the entries of the roles below it get\n"
	  "their tries back. Recovery and reset never bless themselves. With --re-arm the\n"
	  "running entry keeps a counter, so that an image that breaks later is left too.\n"
	  "Copies of the entries are kept in /var/lib/bootpilot/entries, for `repair`.",
	  command_good },
	{ "bad", FOR_BAD, "[ROLE]", 1, "take all tries away from a role (the running one)",
	  "The next boot is that of the next role. Refused if nothing else could be booted.",
	  command_bad },
	{ "re-arm", FOR_REARM, "ROLE", 1, "give the entries of a role their tries back",
	  "After a repair. Entries without a counter are good already, and left alone.", command_rearm },
	{ "announce", FOR_ANNOUNCE, NULL, 0, "tell the journal and whoever logs in what was decided",
	  "bootpilot-announce.service does it early at each boot: a record in the journal\n"
	  "(fields BOOTPILOT_ROLE=, BOOTPILOT_REASON=, ...), /run/bootpilot/decision.json,\n"
	  "and a line in /run/motd.d if the machine fell back.",
	  command_announce },
	{ "role", FOR_ROLE, "[ROLE|none...]", 5, "the role of the running system",
	  "Prints active, passive, recovery or reset, by the entry that systemd-boot\n"
	  "started; none if that entry has no role.\n"
	  "\n"
	  "With --is, for conditions of units and scripts: exit status 0 if the role is one\n"
	  "of those named (`none` is one too), 1 if it is another.",
	  command_role },
	{ "metrics", FOR_METRICS, NULL, 0, "this machine for Prometheus (text format)",
	  "Write it where node_exporter's textfile collector looks, under another name\n"
	  "first:\n"
	  "bootpilotctl metrics >DIR/bootpilot.prom.new && mv DIR/bootpilot.prom.new \\\n"
	  "    DIR/bootpilot.prom",
	  command_metrics },
	{ "configure", FOR_CONFIGURE, "IMAGE [FILE]", 2, "show or replace the configuration inside an image",
	  "The configuration is part of what is signed: configure first, then sign. FILE\n"
	  "has lines `key value`; one that Bootpilot would not understand is refused here.",
	  command_configure },
	{ "with-esp", FOR_WITH_ESP, "-- COMMAND [ARGUMENT...]", (size_t)-1, "run a command while the ESP is writable",
	  "A partition that is mounted read-only is made writable for as long as COMMAND\n"
	  "runs, and read-only again whatever happens to it or to this program. Only one\n"
	  "writer works at a time. Exit status: that of COMMAND, 127 if there is none.",
	  command_with_esp },
	{ "completion", FOR_COMPLETION, "bash|zsh", 1, "what the shell needs to complete command lines",
	  "Packages and `make install` put it where the shells look for it. By hand:\n"
	  ". <(bootpilotctl completion bash)",
	  command_completion },
	{ NULL, 0, NULL, 0, NULL, NULL, NULL },
};

static void help_tool(void)
{
	puts("Usage: bootpilotctl COMMAND [OPTION...]\n\n"
	     "Shows and explains what Bootpilot decides before systemd-boot starts the OS.\n\nCommands:");
	for (const struct command *command = commands; command->name; command++)
		printf("  %-20s %s\n", command->name, command->summary);
	options_help(FOR_TOOL);
	puts("\n`bootpilotctl COMMAND --help` tells more. Colours obey NO_COLOR.");
}

int main(int argc, char **argv)
{
	struct options options;
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
	for (const struct command *command = commands; command->name; command++) {
		if (strcmp(command->name, argv[1]) != 0)
			continue;
		int status = options_parse(command, argc - 1, argv + 1, &options);
		return status >= 0 ? status : command->run(&options);
	}
	return options_refuse("", argv[1][0] == '-' ? "unknown option " : "unknown command ", argv[1]);
}
