/* SPDX-License-Identifier: Apache-2.0 */
/* An image and the databases of Secure Boot: whatever they hold, the answer is one of the six, the same each time, and nobody vouches for
 * what db does not name.
 *
 * Input: the lengths of db and dbx (two bytes each), db, dbx; the rest is the image. */
#include "claim.h"

#include "tools/secure_boot.h"

static struct text take(struct text *rest, size_t len)
{
	struct text t = text_before(*rest, len);

	*rest = text_after(*rest, len);
	return t;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct text rest = { (const char *)bytes, size }, signer;
	struct heap heap = { NULL };

	if (size < 4)
		return -1;
	size_t db_len = bytes[0] | (size_t)bytes[1] << 8, dbx_len = bytes[2] | (size_t)bytes[3] << 8;

	rest = text_after(rest, 4);
	struct secure_boot on = { .known = true, .on = true, .db = take(&rest, db_len), .dbx = take(&rest, dbx_len) };
	struct secure_boot nobody = { .known = true, .on = true, .dbx = on.dbx };
	struct secure_boot off = { .known = true };
	enum trust trust = secure_boot_judge(&heap, &on, rest, &signer);

	claim(trust <= TRUST_MALFORMED, "there is no trust %d", (int)trust);
	claim(trust == secure_boot_judge(&heap, &on, rest, &signer), "it depends on the day");
	claim(secure_boot_judge(&heap, &nobody, rest, &signer) != TRUST_DB, "an empty db vouches for an image");
	claim(trust != TRUST_DB || secure_boot_judge(&heap, &off, rest, &signer) != TRUST_UNSIGNED, "unsigned without Secure Boot");
	claim(trust == TRUST_MALFORMED || rest.len >= 64, "a file without headers is judged");
	heap_free(&heap);
	return 0;
}
