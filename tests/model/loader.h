/* SPDX-License-Identifier: Apache-2.0 */
/* loader.h - systemd-boot, as far as a life depends on it: an own small reading of the facts on it, pure and fast. */
#ifndef BOOTPILOT_MODEL_LOADER_H
#define BOOTPILOT_MODEL_LOADER_H

#include "life.h"

struct file {
	uint8_t role; /* ROLE_NONE: no file */
	uint8_t left;
};

#define FILES_MAX (ROLE_COUNT * FILE_KINDS)

/* What the loader lists, in its order. */
struct listing {
	struct file at[FILES_MAX];
	unsigned count;
};

void loader_list(const struct world *world, const struct life *life, struct listing *ret);

/* What it starts with the one-shot PATTERN (empty: none). *ret_by_itself: the pattern decided nothing. */
struct file loader_pick(const struct world *world, const struct listing *listing, struct text pattern,
			bool *ret_by_itself);

/* The first that a person's id for ROLE names. */
struct file loader_pick_role(const struct listing *listing, enum role role);

/* The rename of a counted file before it is started. False if the name does not move. *ret_next is the name it then has. */
bool loader_counts(const struct world *world, const struct life *life, struct file file, struct file *ret_next);

/* The files of ROLE when FILE of it has become NEXT. */
uint8_t files_renamed(uint8_t files, struct file file, struct file next);

#endif
