/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.h - all facts that the policy may see. efi/ and tools/ fill it in; nobody else adds a fact on the way.
 *
 * Memory belongs to the caller, and so do the bytes behind every text. */
#ifndef BOOTPILOT_INVENTORY_H
#define BOOTPILOT_INVENTORY_H

#include "conf.h"
#include "config.h"
#include "counter.h"
#include "image.h"
#include "oneshot.h"
#include "record.h"
#include "visit.h"

#define INVENTORY_ENTRIES_MAX 1024u
#define INVENTORY_ID_MAX      768u /* bytes: 255 UTF-16 units, the most FAT holds, take at most three each */

enum entry_type {
	ENTRY_TYPE1, /* \loader\entries\*.conf */
	ENTRY_TYPE2, /* \EFI\Linux\*.efi */
};

enum partition {
	PARTITION_ESP,
	PARTITION_XBOOTLDR,
};

#define PARTITION_COUNT 2

/* A file that a boot loader may list. What stands behind `opened` is known only if it is true. */
struct entry {
	struct text file; /* name as found, without directory */
	struct counter counter;
	enum entry_type type;
	enum partition partition;
	bool opened;
	enum conf_key key; /* Type #1 */
	struct text title;
	struct text sort_key;
	struct text version;
	struct text machine_id;
	struct text architecture; /* Type #1; empty: any */
	struct text image_path;   /* Type #1 */
	bool mixed;               /* Type #1: see conf.h */
	bool image_missing;
	enum image_state image;
	uint64_t fingerprint; /* of id, conf, image size, image time, PE headers */
	bool too_large;       /* the conf exceeds CONF_SIZE_MAX: not read */
};

struct loader {
	bool features_known;
	uint64_t features;     /* LoaderFeatures */
	uint32_t major;        /* of LoaderInfo or of the loader's own file; 0: unknown */
	bool entries_known;    /* it has scanned before we were started */
	struct text entries;   /* LoaderEntries: ids in its order, each followed by a NUL */
	struct text selected;  /* LoaderEntrySelected */
	struct text preferred; /* LoaderEntryPreferred, or `preferred` of loader.conf */
	struct text fallback;  /* LoaderEntryDefault, or `default` of loader.conf */
};

struct inventory {
	const struct entry *entries;
	size_t entry_count;
	bool entries_capped; /* there were more than fit */
	bool unreadable[PARTITION_COUNT];
	bool read_only
		[PARTITION_COUNT]; /* the firmware says that the disk cannot be written: no counter can ever move */
	uint16_t machine;          /* IMAGE_MACHINE_... */
	struct loader loader;
	struct config config;
	size_t config_problems;
	enum oneshot oneshot;
	struct text request;  /* the text of an ONESHOT_REQUEST; empty: longer than anything could be */
	struct record record; /* as record_read() gives it, fresh if there is none */
	enum record_state record_state;
	bool record_unwritable; /* a write was tried and failed */
	struct disk_id disk;
	struct text note; /* BootpilotNote */
	struct visit visit;
	bool reset_cancelled; /* a person pressed a key during the countdown */
	bool started_as_entry; /* by systemd-boot, which has read and deleted the one-shot before, and comes back after a reset */
};

/* Where files of TYPE lie, and what their names end in. */
struct text entry_directory(enum entry_type type);
struct text entry_type_suffix(enum entry_type type);
/* A boot loader looks at a file called NAME among those of TYPE. */
bool entry_is_listed(enum entry_type type, struct text name);

/* The entry that the name of a file, or an id, stands for: type, name and counter. Nothing else is known of it yet. */
struct entry entry_of_name(struct text name);
/* What a Type #1 entry's file says. Texts borrow from BYTES. */
void entry_read_conf(struct entry *entry, struct text bytes);
/* What a Type #2 entry's section .osrel says. */
void entry_read_osrel(struct entry *entry, struct text bytes);
/* The path of its file: "\\loader\\entries\\active+3.conf". */
void entry_write_path(struct writer *w, const struct entry *entry);

/* The name without counter and suffix: "active" of "active+2-1.conf". */
struct text entry_name(const struct entry *entry);
/* ".conf" or ".efi" as found. */
struct text entry_suffix(const struct entry *entry);
/* The id, or the file, of an entry that starts Bootpilot. */
bool id_is_ours(struct text id);
/* Bootpilot's own entry, or one that the loader makes up (auto-*): never a choice. */
bool entry_is_foreign(const struct entry *entry);
/* Both files would have the same id without counter. */
bool entry_is_twin(const struct entry *a, const struct entry *b);
/* The loader's rename of BEFORE would make AFTER, which has a counter: active+3.conf and active+2-1.conf. */
bool entry_is_counted_to(const struct entry *before, const struct entry *after);
/* Identifies the entry without its counter, whatever its letter case. */
uint64_t entry_id_hash(const struct entry *entry);
/* The same for an id in text form, with or without a counter in it. */
uint64_t id_hash(struct text id);

/* Changes when anything does that makes another boot of it: name, conf, image. IMAGE_TIME is its modification time in any
 * form that a rename keeps. */
uint64_t entry_fingerprint(const struct entry *entry, struct text conf, uint64_t image_size, uint64_t image_time,
			   uint64_t header_hash);

/* How systemd-boot makes an id of a file name; which one a version uses cannot be told from its number. */
enum id_form {
	ID_FULL,     /* active+2-1.conf, lower case */
	ID_STRIPPED, /* active.conf, lower case */
	ID_KEPT,     /* as ID_STRIPPED, but the name of a counted file keeps its letter case (257.13) */
};

#define ID_FORM_COUNT 3

void entry_write_id(struct writer *w, const struct entry *entry, enum id_form form);

/* systemd-boot's order of entries: below 0 if A comes first. 0 only for twins that nothing distinguishes. */
int entry_compare(const struct entry *a, const struct entry *b, enum id_form form);

/* The release in LoaderInfo or in the mark of the loader's own file ("systemd-boot 257.13-1"), 0 if it is another loader. */
uint32_t loader_major(struct text info);

/* Takes the next id off *IDS, a list in the form of LoaderEntries. */
bool loader_next_id(struct text *ids, struct text *ret);

#endif
