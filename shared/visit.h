/* SPDX-License-Identifier: Apache-2.0 */
/* visit.h - BootpilotVisit: what Bootpilot did in this power cycle. Volatile and gone at ExitBootServices, so nobody but
 * firmware and its programs can have written it. */
#ifndef BOOTPILOT_VISIT_H
#define BOOTPILOT_VISIT_H

#include "text.h"

#define VISIT_SIZE      88u
#define VISIT_IDS_MAX   8u /* choices in one power cycle; then Bootpilot stands aside */
#define VISIT_DEPTH_MAX 2u /* Bootpilot, systemd-boot, Bootpilot: never deeper */

struct visit {
	uint8_t depth;               /* living instances that wait for a systemd-boot they started */
	uint8_t count;               /* choices so far */
	bool record_new;             /* the record was first written in this power cycle */
	bool handed_back;            /* once handed back without a choice */
	uint64_t ids[VISIT_IDS_MAX]; /* id_hash() of the entries chosen so far */
};

/* False if BYTES is not a visit; then *ret is all zero. */
bool visit_parse(struct text bytes, struct visit *ret);
void visit_serialize(const struct visit *visit, uint8_t ret[VISIT_SIZE]);

bool visit_has(const struct visit *visit, uint64_t id);
void visit_add(struct visit *visit, uint64_t id);

#endif
