/* SPDX-License-Identifier: Apache-2.0 */
/* offline.h - a directory with the files of an ESP, as a machine to decide for. Its NVRAM is not there. */
#ifndef BOOTPILOT_OFFLINE_H
#define BOOTPILOT_OFFLINE_H

#include "command.h"
#include "esp.h"
#include "words.h"
#include "world.h"

struct offline {
	struct world world; /* owns all memory */
	struct esp esp;
};

/* Reads what OPTIONS point to. Anything but EXIT_DONE was explained on stderr. */
int offline_open(struct offline *offline, const struct options *options);
void offline_close(struct offline *offline);

/* What a person must know of such a machine: links, failed reads, that there is no ESP. Prints nothing if all is well. */
void offline_notes(struct offline *offline, const struct options *options);

/* The same for programs, with the loader: the members "esp" and "loader" of every answer. */
void offline_json(struct offline *offline, const struct options *options, json_t *answer);

/* "active has tries left", with the cause behind it if there is one. */
struct text offline_why(struct heap *heap, enum reason reason, enum cause cause);

#endif
