/* SPDX-License-Identifier: Apache-2.0 */
/* loader_conf.h - changes in the text of loader.conf: who is the default, and who was before.
 *
 * The lines that another default outranks become comments, "#bootpilot: default active.conf", and come back when it goes. */
#ifndef BOOTPILOT_LOADER_CONF_H
#define BOOTPILOT_LOADER_CONF_H

#include "heap.h"

/* Who Bootpilot may be as the default. */
struct loader_conf_ids {
	const struct text *at;
	size_t count;
};

/* TEXT with ID, one of OURS, as the only `default`, and without `preferred`, which outranks it. The same text if it is so already. */
struct text loader_conf_pin(struct heap *heap, struct text text, struct text id, struct loader_conf_ids ours);

/* TEXT without the lines that make one of OURS the default; what stood there before is back, unless another default has been set
 * meanwhile. The same text if there are none. */
struct text loader_conf_unpin(struct heap *heap, struct text text, struct loader_conf_ids ours);

/* ID is the default by the last line that says so. */
bool loader_conf_is_pinned(struct text text, struct text id);

#endif
