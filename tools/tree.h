/* SPDX-License-Identifier: Apache-2.0 */
/* tree.h - what the ESP and XBOOTLDR hold, in memory: names, the texts of entries, and what is known of their images.
 *
 * esp.c fills it from a directory, given.c from a scenario. From either, tree_list() makes the facts that efi/scan.c makes of
 * the same files in firmware, by the same rules. */
#ifndef BOOTPILOT_TREE_H
#define BOOTPILOT_TREE_H

#include "heap.h"
#include "shared/inventory.h"

#define TREE_PATH_MAX 1024u /* bytes of a path; firmware looks for nothing longer */

enum tree_kind {
	TREE_NAME, /* it is there; what is in it was not read */
	TREE_TEXT,
	TREE_IMAGE,
	TREE_TOO_LARGE, /* a text above its limit: not read */
};

struct tree_file {
	enum partition partition;
	struct text path; /* as tree_path() writes it, letter case as found: "\loader\entries\active+3.conf" */
	uint64_t hash;    /* of the path, whatever its letter case */
	enum tree_kind kind;
	struct text bytes;      /* TREE_TEXT: the contents. TREE_IMAGE: its .osrel, empty if it has none */
	enum image_state state; /* TREE_IMAGE: this and what follows */
	uint64_t size;
	uint64_t time; /* of the last modification */
	uint64_t header_hash;
	/* What tree_list() made of it, so that a chain of boots does not read the same text in each. */
	uint64_t known_at; /* the tree's `changes` at that time; 0: never */
	bool is_listed;    /* by its place and name a loader looks at it, and then: */
	struct entry named;  /* what its name says */
	struct entry opened; /* and what is in it */
};

struct tree {
	struct heap *heap; /* owns all texts */
	struct tree_file *files;
	size_t count;
	size_t capacity;
	uint64_t changes; /* grows with every file that comes, goes, or is another one now */
	bool capped;      /* there were more entries than are looked at */
	bool unreadable[PARTITION_COUNT];
};

/* Writes PATH with one '\' before each name and without "." and "..". False if it leads out of the tree or is too long. */
bool tree_path(struct text path, struct writer *w);

/* The last name in a path, and all before its '\'. */
struct text tree_name(struct text path);
struct text tree_parent(struct text path);

/* Paths in whatever letter case and with either slash, as on FAT. NULL: there is no such file. */
struct tree_file *tree_find(const struct tree *tree, enum partition partition, struct text path);

/* A new file at PATH, or the one that is there, emptied. NULL if no file can have that path. */
struct tree_file *tree_add(struct tree *tree, enum partition partition, struct text path);
void tree_remove(struct tree *tree, struct tree_file *file);
/* A file that tree_find() gave holds something else now: what tree_list() knew of any is to be found out anew. */
void tree_changed(struct tree *tree);
/* -EEXIST if another file has that name. */
int tree_rename(struct tree *tree, struct tree_file *file, struct text name);

/* The text of the file at PATH on the ESP; empty if there is none. */
struct text tree_text(const struct tree *tree, const char *path);

/* Fills in entries, their count, entries_capped and unreadable. `machine` and `config` must be there already. As in firmware,
 * nothing is known of entries whose names cannot hold a role; with EVERYTHING, of all whose contents are in the tree.
 * ENTRIES has room for INVENTORY_ENTRIES_MAX and borrows from the tree. */
void tree_list(struct tree *tree, bool everything, struct inventory *inventory, struct entry *entries);

#endif
