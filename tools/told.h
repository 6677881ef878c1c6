/* SPDX-License-Identifier: Apache-2.0 */
/* told.h - what Bootpilot told of this boot (BootpilotDecision), in words. */
#ifndef BOOTPILOT_TOLD_H
#define BOOTPILOT_TOLD_H

#include "live.h"

/* The reason and the cause in a line of Bootpilot's. One of a newer version is shown as it is. */
struct text told_why(struct heap *heap, struct text line);

/* "This boot: passive (passive.conf), because active used up its tries." For LIVE only. */
struct text told_sentence(struct heap *heap, const struct live *live);

/* Something else than a chosen active runs: somebody should look. */
bool told_is_fallback(const struct live *live);

#endif
