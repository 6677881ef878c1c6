/* SPDX-License-Identifier: Apache-2.0 */
/* assess.h - what the OS side does to boot counters: systemd's blessing, and its contrary. Source: Automatic Boot Assessment
 * (systemd.io).
 *
 * active+2-1.conf -> active.conf   works      active+2-1.conf -> active+0-1.conf   failed
 * active+0-3.conf -> active+3.conf tries again */
#ifndef BOOTPILOT_ASSESS_H
#define BOOTPILOT_ASSESS_H

#include "machine.h"
#include "writer.h"

#define ASSESS_TRIES 3u /* granted where a name does not tell how many there were; as systemd and Kairos do */

/* The entry works: its counter goes. -EEXIST: a file without counter stands beside it. */
int assess_good(struct esp_writer *writer, const struct entry *entry);

/* No boot of it is left. An entry without a counter gets one. */
int assess_bad(struct esp_writer *writer, const struct entry *entry);

/* As many tries as it ever had. One without counter gets one only if COUNT; else it is left alone. */
int assess_rearm(struct esp_writer *writer, const struct entry *entry, bool count);

/* The same for every file of ROLE. Goes on after a failure, and returns the first. */
int assess_rearm_role(struct esp_writer *writer, const struct machine *machine, enum role role);

#endif
