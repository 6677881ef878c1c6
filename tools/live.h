/* SPDX-License-Identifier: Apache-2.0 */
/* live.h - what firmware, systemd-boot and Bootpilot told the running OS, in EFI variables. */
#ifndef BOOTPILOT_LIVE_H
#define BOOTPILOT_LIVE_H

#include "place.h"
#include "variables.h"
#include "world.h"

enum live_state {
	LIVE_ELSEWHERE,   /* the ESP at hand is not the one that this machine was started from */
	LIVE_NO_VARIABLES, /* not started by UEFI, no efivarfs, or no runtime services: see `error` */
	LIVE_NO_LOADER,   /* started, but not by systemd-boot */
	LIVE_NO_BOOTPILOT, /* systemd-boot ran without Bootpilot: not installed, or skipped */
	LIVE,             /* Bootpilot decided this boot */
};

struct live {
	enum live_state state;
	int error;            /* negative errno of LIVE_NO_VARIABLES */
	struct text decision; /* BootpilotDecision: words key=value */
	struct text record;   /* BootpilotState, likewise */
	struct text info;     /* LoaderInfo: "systemd-boot 257.13-1" */
	struct text selected; /* LoaderEntrySelected: id of what was started */
	struct text counted;  /* LoaderBootCountPath: the file that blessing renames; empty: none */
	struct text oneshot, fallback, preferred; /* LoaderEntryOneShot, ...Default, ...Preferred */
	struct text note;     /* BootpilotNote, if it waits to be read */
	uint64_t features;    /* LoaderFeatures */
	bool features_known;
	bool secure_boot;
};

/* Reads all that is there. ESP_UUID (may be empty) tells whether the variables are about that ESP. */
void live_read(struct heap *heap, struct text esp_uuid, struct live *ret);

/* The value of KEY in a line of words key=value; empty: there is none. */
struct text live_word(struct text line, const char *key);

/* LINE, a decision, has the remark NAME. */
bool live_has_remark(struct text line, struct text name);

/* What runs is what Bootpilot named. */
bool live_is_as_decided(const struct live *live);

/* systemd-boot counted this very file for this boot. It may have failed to start before what runs. */
bool live_is_counted(const struct live *live, const struct entry *entry);

/* A role or "none" by its word. False: no role has that name. */
bool role_of_word(const char *word, enum role *ret);

/* The role of the running system, by the entry that was started; ROLE_NONE: that has none, or nothing is known. */
enum role live_role(const struct live *live);

/* Makes WORLD start where this machine's next boot will: loader, variables, and the record as far as Bootpilot told of it.
 * World's tree and configuration must be there. */
void live_apply(const struct live *live, struct world *world);

#endif
