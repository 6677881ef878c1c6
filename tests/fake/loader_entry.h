/* SPDX-License-Identifier: Apache-2.0 */
/* loader_entry.h - an entry as the fake systemd-boot sees it: inside of loader*.c, and for tests of the rules. */
#ifndef FAKE_LOADER_ENTRY_H
#define FAKE_LOADER_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "volume.h"

enum loader_kind { LOADER_NONE, LOADER_LINUX, LOADER_UKI, LOADER_EFI, LOADER_TYPE2, LOADER_CALL };

struct loader_entry {
	enum loader_kind kind;
	char id[300];
	const char *directory; /* with leading '\' */
	char file[300];        /* name in that directory */
	char image[600];       /* path with leading '\' */
	char sort_key[128], version[128], machine_id[64];
	bool has_sort_key;
	bool counted;
	uint64_t left, done;
	struct volume *volume;
};

struct loader_list {
	unsigned series;
	struct loader_entry *entries;
	size_t count, room;
};

/* loader_order.c */
bool fake_loader_glob(const char *pattern, const char *name);
int fake_loader_version_compare(const char *a, const char *b);                             /* below 0: A is older */
int fake_loader_entry_compare(const struct loader_entry *a, const struct loader_entry *b); /* below 0: A comes first */
void fake_loader_sort(struct loader_list *list);
/* Counter of FILE, which must end in SUFFIX; *RET_BASE gets the length of the name before '+'. False: no counter. */
bool fake_loader_counter(const char *file, const char *suffix, uint64_t *ret_left, uint64_t *ret_done,
			 size_t *ret_base);
/* The name after one more try, for a counted FILE. */
void fake_loader_next_name(const char *file, const char *suffix, char *ret, size_t size);

/* loader_scan.c */
/* All entries of ESP and of the XBOOTLDR partition of its disk, sorted. OWN_PATH: systemd-boot's own file. */
void fake_loader_scan(struct loader_list *list, struct volume *esp, const char *own_path);
/* Room for one more entry, zeroed; it belongs to the list when list->count is raised. */
struct loader_entry *fake_loader_entry_add(struct loader_list *list);
/* Copies FROM, cut to what fits. */
void fake_loader_keep(char *to, size_t size, const char *from);
/* The value of KEY, the last one, in a file of lines "key value". False: not there. */
bool fake_loader_config_value(const struct node *file, const char *key, char *ret, size_t size);

#endif
