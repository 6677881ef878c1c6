/* SPDX-License-Identifier: Apache-2.0 */
/* world.h - a machine in memory, to play boots with: files, variables, the record, systemd-boot and the OS.
 *
 * What Bootpilot does in it is what efi/main.c and efi/store.c do, in the driver berth: the facts are made by tree_list(), the
 * decision by policy_decide(), and the record goes from boot to boot as bytes. What systemd-boot and the OS do is told in
 * facts/systemd-boot.md and in tests/scenarios/README.md. */
#ifndef BOOTPILOT_WORLD_H
#define BOOTPILOT_WORLD_H

#include "shared/policy.h"
#include "shared/report.h"
#include "tree.h"

/* The systemd-boot series that were measured. */
enum world_series {
	WORLD_252 = 252,
	WORLD_254 = 254,
	WORLD_257 = 257,
	WORLD_262 = 262,
};

/* The one that behaves like systemd-boot MAJOR; 0: unknown. */
enum world_series world_series_of(uint32_t major);

/* What came of a power cycle. */
enum world_end {
	WORLD_OS,      /* an OS was started */
	WORLD_NO_OS,   /* the loader started nothing that runs */
	WORLD_MENU,    /* somebody's choice is awaited */
	WORLD_STOPPED, /* Bootpilot ended it: a reboot, power-off or the firmware's setup */
};

struct world {
	struct heap heap;
	struct tree tree;
	struct text image_config; /* of Bootpilot's image */
	struct text config;       /* of its file, which outranks the image */
	uint16_t machine;         /* IMAGE_MACHINE_... */
	enum world_series series;
	bool series_guessed;   /* Bootpilot would not know LoaderFeatures either */
	uint32_t loader_major; /* as the loader's own file says; 0: unknown */
	bool as_entry;         /* the berth is an entry of systemd-boot: it has scanned before, and took the one-shot */
	bool read_only;        /* no rename succeeds */
	bool nvram_protected;  /* no record can be written */
	uint64_t builds;       /* images made so far; each is newer than those before */

	/* Variables that last. */
	struct text default_entry, preferred, note;
	uint16_t oneshot[ONESHOT_UNITS_MAX];
	size_t oneshot_count; /* units, NULs included */
	uint8_t slots[RECORD_SLOTS][RECORD_SIZE];
	bool slot_used[RECORD_SLOTS];

	/* The last power cycle. */
	struct entry *entries; /* INVENTORY_ENTRIES_MAX, as all that follow */
	struct entry *listed; /* what the loader found */
	const struct entry **order; /* what it lists of that */
	struct inventory inventory;
	struct decision decision;
	bool decided; /* Bootpilot ran */
	enum world_end end;
	struct text selected;   /* LoaderEntrySelected; empty: nothing was selected */
	struct text count_path; /* LoaderBootCountPath; empty: not set */
};

void world_new(struct world *world);
void world_free(struct world *world);

/* Puts an image at PATH: a new build for IMAGE_OK. OSREL makes a Type #2 image of it. False if no file can have that path. */
bool world_install(struct world *world, enum partition partition, struct text path, enum image_state state,
		   struct text osrel);

/* One power cycle, up to the moment when the OS runs. */
void world_boot(struct world *world);
/* The facts that Bootpilot sees at its start, as look() in efi/main.c gathers them. */
void world_look(struct world *world);
/* Those, and the decision. Writes nothing. */
void world_decide(struct world *world);

/* What the OS then does. */
void world_works(struct world *world);                 /* success, reported by the OS side of Bootpilot, and blessed */
void world_bless(struct world *world);                 /* systemd-bless-boot alone */
void world_reinstall(struct world *world, bool clean); /* recovery's files are copied to active, as by Kairos' reset */

/* Counts TIMES tries of the entry chosen last at once, as if so many boots of it had failed. False if its counter stands still
 * or has not that many left. */
bool world_skip(struct world *world, uint32_t times);

void world_forget_variables(struct world *world);
/* Changes exactly if another power cycle could end otherwise. */
uint64_t world_state(const struct world *world);

/* Of world_loader.c: systemd-boot, in its order of entries, with Bootpilot's one-shot or its own choice. */
void world_loader_run(struct world *world);
/* The ids in the loader's order, for as_entry. */
struct text world_loader_ids(struct world *world);

/* ID without counter, in lower case. */
struct text world_plain_id(struct world *world, struct text id);

#endif
