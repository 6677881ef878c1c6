/* SPDX-License-Identifier: Apache-2.0 */
/* command.h - the commands of bootpilotctl and what may be asked of them. */
#ifndef BOOTPILOT_COMMAND_H
#define BOOTPILOT_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses of all commands. */
enum {
	EXIT_DONE = 0,
	EXIT_FAILED = 1, /* it could not be done, or what was expected does not hold */
	EXIT_USAGE = 2,  /* not understood: the command line, or a scenario */
};

#define BOOT_LIST_MAX 64u

/* Numbers of boots, 1.. */
struct boot_list {
	unsigned at[BOOT_LIST_MAX];
	size_t count;
};

struct options {
	const char *esp_path;  /* NULL: to be found */
	const char *boot_path; /* XBOOTLDR; NULL: to be found, or none */
	const char *root;      /* directory that stands for /; NULL: this system */
	const char *scenario;
	unsigned loader; /* systemd-boot's series; 0: not given */
	struct boot_list succeed, fail;
	bool read_only;
	bool json;
	bool is;         /* `role --is` */
	bool dry_run;    /* say what would be done, do nothing */
	bool rearm;      /* `good --re-arm` */
	const char *berth;        /* of `install`; NULL: the recommended one */
	const char *image;        /* to install; NULL: those that came with this tool */
	const char *driver_image; /* likewise */
	bool no_variables;        /* files only */
	bool force;               /* in spite of what speaks against it */
	char **operands; /* what stands behind the options */
	size_t operand_count;
};

/* One command. The table of them, in the order of the help text, ends with a name of NULL. */
struct command {
	const char *name;
	unsigned flag;        /* the bit that its options have */
	const char *operands; /* as the usage line shows them; NULL: it takes none. Shells complete by it: completion.c */
	size_t operands_max;
	const char *summary; /* one line */
	const char *more;    /* in the command's own help */
	int (*run)(const struct options *options);
};

extern const struct command commands[];

/* Each returns the exit status. */
int command_status(const struct options *options);
int command_plan(const struct options *options);
int command_completion(const struct options *options);
int command_configure(const struct options *options);
int command_check(const struct options *options);
int command_repair(const struct options *options);
int command_install(const struct options *options);
int command_remove(const struct options *options);
int command_good(const struct options *options);
int command_announce(const struct options *options);
int command_bad(const struct options *options);
int command_metrics(const struct options *options);
int command_rearm(const struct options *options);
int command_role(const struct options *options);
int command_with_esp(const struct options *options);

/* Of plan: judges one scenario file. */
int play_scenario(const char *path, unsigned loader);

#endif
