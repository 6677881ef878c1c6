/* SPDX-License-Identifier: Apache-2.0 */
/* problem.h - what can be wrong with a machine: one table (problems.c), one finder for each line of it.
 *
 * `check` prints what is found, `repair` carries out the remedies. Finders read; only repair.c writes. */
#ifndef BOOTPILOT_PROBLEM_H
#define BOOTPILOT_PROBLEM_H

#include "machine.h"

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

/* What `repair` does about a finding, in the order in which it is safe: room is made before something is written, a lost entry is
 * back before a default names it, and files go last. */
enum remedy_kind {
	REMEDY_PERSON,           /* nothing: a person must */
	REMEDY_REMOVE_TEMPORARY, /* remove `path` */
	REMEDY_RESTORE,          /* write `bytes` to `path` */
	REMEDY_LOADER_CONF,      /* `bytes` are all of the new loader.conf, which is `path` */
	REMEDY_VARIABLE,         /* `bytes` are the new text of the loader's variable `variable` */
	REMEDY_REMOVE_TWIN,      /* remove `path`: another file of its id stays */
};

#define REMEDY_COUNT 6

struct remedy {
	enum remedy_kind kind;
	enum partition partition;
	struct text path;
	struct text bytes;
	const char *variable;
};

#define BY_PERSON ((struct remedy){ .kind = REMEDY_PERSON })

struct check;
struct install;

struct problem {
	const char *id; /* stable, for scripts */
	enum severity severity;
	/* In these {file} and {value} stand for what was found. */
	const char *what;
	const char *consequence;
	const char *person;    /* what a person must do */
	const char *repair;    /* what `repair` does instead where it can; NULL: it never can */
	const char *reference; /* issues of the named project (facts about the field), documents */
	void (*find)(struct check *check, const struct problem *problem);
};

extern const struct problem problems[]; /* ends with an id of NULL */

struct finding {
	const struct problem *problem;
	struct text file, value; /* plain */
	struct remedy remedy;
};

struct check {
	struct machine *machine;
	const struct options *options;
	struct heap *heap; /* the machine's */
	struct finding *findings;
	size_t count, capacity;
	const struct install *install; /* what is about to be installed; NULL: nothing is */
};

/* Looks for all problems of an open machine. */
void check_find(struct check *check, struct machine *machine, const struct options *options);

/* For finders. FILE and VALUE may hold anything. */
void finding_add(struct check *check, const struct problem *problem, struct text file, struct text value,
		 struct remedy remedy);

/* A template of the problem with the finding's words put in. */
struct text finding_words(struct heap *heap, const struct finding *finding, const char *template);
/* What is to be done about it, by `repair` or by a person. */
struct text finding_advice(struct heap *heap, const struct finding *finding);

/* Prints one as `check` does. */
void finding_print(struct heap *heap, const struct finding *finding);

/* The exit status that tells how bad it is: 0 nothing, 1 warnings, 2 errors. */
int check_status(const struct check *check);

/* The variables are about this ESP, so that "now" and "this boot" mean something. */
bool check_is_live(const struct check *check);
/* Everything on the ESP could be read, so that what is not seen is not there. */
bool check_sees_all(const struct check *check);

/* Finders, by room. problem_roles.c: */
void find_no_roles(struct check *check, const struct problem *problem);
void find_no_system(struct check *check, const struct problem *problem);
void find_missing(struct check *check, const struct problem *problem);
void find_unbootable(struct check *check, const struct problem *problem);
void find_unknown_key(struct check *check, const struct problem *problem);
void find_not_nameable(struct check *check, const struct problem *problem);
void find_exhausted(struct check *check, const struct problem *problem);
void find_not_counted(struct check *check, const struct problem *problem);
void find_reset_uncounted(struct check *check, const struct problem *problem);
void find_pattern_name(struct check *check, const struct problem *problem);
void find_long_name(struct check *check, const struct problem *problem);
void find_lost(struct check *check, const struct problem *problem);
/* problem_twins.c: */
void find_good_twins(struct check *check, const struct problem *problem);
void find_torn_twins(struct check *check, const struct problem *problem);
void find_counted_twins(struct check *check, const struct problem *problem);
void find_partition_twins(struct check *check, const struct problem *problem);
/* problem_pins.c: */
void find_pin_counted(struct check *check, const struct problem *problem);
void find_pin_nothing(struct check *check, const struct problem *problem);
void find_pin_greedy(struct check *check, const struct problem *problem);
void find_pin_exhausted(struct check *check, const struct problem *problem);
void find_would_reset(struct check *check, const struct problem *problem);
/* problem_boot.c: */
void find_not_installed(struct check *check, const struct problem *problem);
void find_not_run(struct check *check, const struct problem *problem);
void find_fallen_back(struct check *check, const struct problem *problem);
void find_other_choice(struct check *check, const struct problem *problem);
void find_remark(struct check *check, const struct problem *problem); /* the one that the problem's id names */
/* problem_disk.c: */
void find_unreadable(struct check *check, const struct problem *problem);
void find_full(struct check *check, const struct problem *problem);
void find_cannot_bless(struct check *check, const struct problem *problem);
void find_links(struct check *check, const struct problem *problem);
void find_temporary(struct check *check, const struct problem *problem);
/* problem_image.c, of what is to be installed: */
void find_image_unfit(struct check *check, const struct problem *problem);
void find_image_refused(struct check *check, const struct problem *problem);
void find_not_compared(struct check *check, const struct problem *problem);
void find_config_lost(struct check *check, const struct problem *problem);
void find_no_room(struct check *check, const struct problem *problem);

#endif
