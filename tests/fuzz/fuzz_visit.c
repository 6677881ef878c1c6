/* SPDX-License-Identifier: Apache-2.0 */
/* BootpilotVisit: what parses gives the same bytes again.
 *
 * Input: a byte, whose lowest bit leaves the checksum wrong; then the variable. */
#include "claim.h"

#include <string.h>

#include "shared/bytes.h"
#include "shared/hash.h"
#include "shared/visit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct visit none;
	uint8_t bytes[VISIT_SIZE + 1] = { 0 }, again[VISIT_SIZE];
	size_t len = size > sizeof(bytes) ? sizeof(bytes) : size ? size - 1 : 0;
	struct visit visit;

	if (size == 0)
		return 0;
	memcpy(bytes, data + 1, len);
	if (!(data[0] & 1)) {
		uint8_t *at = bytes + VISIT_SIZE - 4;

		memcpy(bytes, "BPV1", 4);
		bytes_put(&at, crc32_of(bytes, VISIT_SIZE - 4), 4);
		len = VISIT_SIZE;
	}
	memset(&visit, 0x5A, sizeof(visit));
	if (!visit_parse((struct text){ (const char *)bytes, len }, &visit)) {
		claim(memcmp(&visit, &none, sizeof(none)) == 0, "a refused visit leaves something behind");
		return 0;
	}
	claim(visit.count <= VISIT_IDS_MAX, "%u choices", visit.count);
	visit_serialize(&visit, again);
	claim(memcmp(bytes, again, VISIT_SIZE) == 0, "a visit gives other bytes than it was read from");
	for (uint64_t id = 1; id < 12; id++)
		visit_add(&visit, id);
	claim(visit.count == VISIT_IDS_MAX, "a full visit has %u choices", visit.count);
	return 0;
}
