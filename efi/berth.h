/* SPDX-License-Identifier: Apache-2.0 */
/* berth.h - the way in which we were started, and the systemd-boot that belongs to it. Source: design.md section 6. */
#ifndef BOOTPILOT_BERTH_H
#define BOOTPILOT_BERTH_H

#include "firmware.h"
#include "shared/visit.h"

#define BERTH_PATH_MAX 512u /* bytes of a loader's file name */

enum berth_kind {
	BERTH_DRIVER, /* systemd-boot loaded us and goes on when we return */
	BERTH_ENTRY,  /* systemd-boot started us as the chosen entry */
	BERTH_FIRST,  /* the firmware started us before any systemd-boot */
	BERTH_NET,    /* the firmware started us after a systemd-boot gave up */
};

struct berth {
	enum berth_kind kind;
	bool nested; /* another instance waits for the systemd-boot that started us: it has decided, and was not obeyed */
	EFI_HANDLE esp;                   /* the partition that systemd-boot runs from */
	char own_path[BERTH_PATH_MAX];    /* our file, '\' paths */
	char loader_path[BERTH_PATH_MAX]; /* the systemd-boot to start; empty: none found */
	size_t own_len, loader_len;
	char loader_mark[64]; /* "systemd-boot 257.13-1", from the file itself */
	size_t mark_len;
};

/* The word in reports: driver, entry, first, net. */
struct text berth_name(enum berth_kind kind);

void berth_find(const struct firmware *fw, const struct visit *visit, struct berth *ret);

/* Finds a systemd-boot to start again: never ourselves, and never another program of that name. */
void berth_find_loader(const struct firmware *fw, struct berth *berth);

#endif
