/* SPDX-License-Identifier: Apache-2.0 */
/* What speaks against putting these images on this ESP. */
#include <stdio.h>
#include <sys/statvfs.h>

#include "install.h"

#define ROOM_BESIDE_BYTES (UINT64_C(64) << 10) /* directories, an entry, and the old image beside the new */

/* The images that are to be put in place. */
static size_t products_list(const struct install *install, const struct product *ret[2])
{
	size_t count = 0;
	if (install->parts & (PART_APPLICATION | PART_TYPE2))
		ret[count++] = &install->application;
	if (install->parts & PART_DRIVER)
		ret[count++] = &install->driver;
	return count;
}

void find_image_unfit(struct check *check, const struct problem *problem)
{
	const struct product *products[2];
	size_t count = products_list(check->install, products);
	for (size_t i = 0; i < count; i++)
		if (products[i]->fault.len)
			finding_add(check, problem, products[i]->path, products[i]->fault, BY_PERSON);
}

static struct text trust_words(struct heap *heap, enum trust trust, struct text signer)
{
	switch (trust) {
	case TRUST_DB:
		return TEXT_EMPTY;
	case TRUST_UNSIGNED:
		return TEXT("it is not signed");
	case TRUST_DAMAGED:
		return TEXT("it was changed after it was signed");
	case TRUST_OTHER_KEY: {
		const struct text pieces[] = { TEXT("db does not know who signed it: "),
					       signer.len ? signer : TEXT("nobody is named") };
		return heap_join(heap, pieces, 2);
	}
	case TRUST_REVOKED:
		return TEXT("dbx revokes it, or the key that signed it");
	case TRUST_MALFORMED:
		return TEXT("what should be its signature is none");
	}
	return TEXT_EMPTY;
}

void find_image_refused(struct check *check, const struct problem *problem)
{
	const struct product *products[2];
	size_t count = products_list(check->install, products);
	for (size_t i = 0; i < count; i++) {
		struct text signer;
		if (products[i]->fault.len)
			continue;
		enum trust trust =
			secure_boot_judge(check->heap, &check->install->secure_boot, products[i]->bytes, &signer);
		if (trust != TRUST_DB)
			finding_add(check, problem, products[i]->path, trust_words(check->heap, trust, signer), BY_PERSON);
	}
}

void find_not_compared(struct check *check, const struct problem *problem)
{
	if (!check->install->secure_boot.known || check->machine->live.state == LIVE_ELSEWHERE)
		finding_add(check, problem, text_of(check->machine->place.esp), TEXT_EMPTY, BY_PERSON);
}

/* The image that is replaced carries a configuration that the new one has not. */
void find_config_lost(struct check *check, const struct problem *problem)
{
	struct text config = check->machine->esp.image_config, path = check->machine->esp.image;
	const struct product *products[2];
	size_t count = products_list(check->install, products);
	for (size_t i = 0; i < count; i++)
		if (config.len && !products[i]->fault.len && !text_equal(products[i]->config, config))
			finding_add(check, problem, path, products[i]->path, BY_PERSON);
}

void find_no_room(struct check *check, const struct problem *problem)
{
	const struct product *products[2];
	size_t count = products_list(check->install, products);
	uint64_t need = ROOM_BESIDE_BYTES;
	struct statvfs fs;
	char words[64];
	for (size_t i = 0; i < count; i++)
		need += products[i]->bytes.len;
	need += check->install->parts & PART_COPY ? check->install->copy.bytes.len : 0;
	if (statvfs(check->machine->place.esp, &fs) < 0)
		return;
	uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;
	snprintf(words, sizeof(words), "%llu KiB of %llu KiB", (unsigned long long)(room >> 10),
		 (unsigned long long)(need >> 10));
	if (room < need)
		finding_add(check, problem, text_of(check->machine->place.esp), text_of(words), BY_PERSON);
}
