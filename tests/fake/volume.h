/* SPDX-License-Identifier: Apache-2.0 */
/* volume.h - FAT volumes in memory: names compared without letter case (ASCII), long names, sizes, times, attributes.
 *
 * Paths are UTF-8 with '\' between names, from the root, with or without a leading '\'. What a test, the loader or the OS
 * does here is not counted and not a violation; the program under test comes through files.h. */
#ifndef FAKE_VOLUME_H
#define FAKE_VOLUME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <efi.h>

struct node {
	char *name;
	struct node *parent;    /* NULL: the root */
	struct node **children; /* in the directory's own order: new and renamed files come last */
	size_t child_count;
	bool is_directory;
	uint8_t *bytes;
	uint64_t size;         /* bytes */
	uint64_t claimed;      /* size that GetInfo says, if it is not 0 */
	uint64_t time;         /* modification, seconds of Unix time, even as on FAT */
	uint64_t attribute;    /* EFI_FILE_... */
	uint64_t read;         /* bytes that programs under test read of it, since the machine is new; of a directory: names */
	bool endless;          /* a directory that begins anew where it should end: its chain of clusters loops */
	EFI_STATUS broken;     /* every Open of it ends like this, if it is an error */
	EFI_STATUS bad_sector; /* every Read of it ends like this, if it is an error */
};

enum partition {
	PARTITION_ESP,
	PARTITION_XBOOTLDR,
	PARTITION_OTHER, /* FAT, of any other GPT type */
	PARTITION_MBR,   /* on a disk with a master boot record */
	PARTITION_NONE,  /* the whole disk is one FAT, as on many USB sticks */
};

struct volume {
	struct volume *next; /* oldest first */
	enum partition partition;
	unsigned disk;    /* 0.. */
	unsigned number;  /* 1.., of the partition; 0: PARTITION_NONE */
	uint8_t guid[16]; /* unique partition GUID, as bytes on the disk */
	uint32_t serial;  /* FAT volume serial number */
	char label[12];
	struct node *root;
	bool read_only;    /* renames and writes fail: switched physically, or a broken stick */
	struct node *saved; /* NULL: nothing */
	EFI_STATUS broken; /* OpenVolume ends like this, if it is an error */
};

/* A new volume with an empty root. Partitions of one disk are numbered from 1 in the order of their making. */
struct volume *fake_volume_new(enum partition partition, unsigned disk, const char *label);
struct volume *fake_volumes_first(void);
void fake_volumes_remove_all(void);

/* All directories and files, as they are now, for any number of times that they shall be so again. Nodes are new then. */
void fake_volumes_save(void);
void fake_volumes_restore(void);

struct node *fake_volume_find(const struct volume *volume, const char *path);
/* Makes or replaces a file, and the directories above it. TIME in seconds of Unix time. */
struct node *fake_volume_write(struct volume *volume, const char *path, const void *bytes, size_t size, uint64_t time);
struct node *fake_volume_write_text(struct volume *volume, const char *path, const char *text, uint64_t time);
bool fake_volume_remove(struct volume *volume, const char *path);
/* False: no such file, the name exists, or the volume is read-only. The file moves to the end of its directory. */
bool fake_volume_rename(struct volume *volume, const char *path, const char *name);

struct node *fake_node_child(const struct node *directory, const char *name); /* NULL: none */
void fake_node_path(const struct node *node, char *path, size_t size);        /* with leading '\' */

uint64_t
fake_volume_hash(const struct volume *volume); /* over all names and bytes: two equal values, nothing was written */

#endif
