/* SPDX-License-Identifier: Apache-2.0 */
/* boot.h - one power cycle up to the moment when the loader starts an image: the facts of a life as an inventory, the real
 * decision, what efi/main.c does with it, and what the loader then does. */
#ifndef BOOTPILOT_MODEL_BOOT_H
#define BOOTPILOT_MODEL_BOOT_H

#include "life.h"
#include "loader.h"

enum chooser {
	CHOSEN_BY_BOOTPILOT,
	CHOSEN_BY_A_PERSON,  /* the one-shot was somebody's */
	CHOSEN_BY_THE_LOADER, /* nothing told it what to take */
};

struct boot {
	bool decided; /* false: the loader obeyed a person's one-shot before Bootpilot's turn (entry berth) */
	bool noted_taken; /* a note was there, and is consumed */
	struct decision decision;
	struct life recorded; /* the record is written, nothing else yet */
	struct life named;    /* and the one-shot */
	struct life taken;    /* and the loader has read and deleted it */
	struct life started;  /* and has counted: what an OS finds */
	struct file file;     /* that it starts; ROLE_NONE: it waits for a person, or stops */
	bool starts;          /* its image is one */
	enum chooser chooser;
	bool counted;            /* the name moved */
	struct file bless;       /* what LoaderBootCountPath names; ROLE_NONE: it is not set */
};

#define RESETS_MAX 12u /* what is remembered of resets; above any cap in the worlds */

/* Prepares what does not change in WORLD; boots of another one follow only after another call. */
void boot_prepare(const struct world *world);

void boot_run(const struct life *life, struct boot *ret);

#endif
