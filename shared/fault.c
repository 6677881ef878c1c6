/* SPDX-License-Identifier: Apache-2.0 */
#include "fault.h"

#include "loader-vars.h"

enum knowledge { NO, YES, UNKNOWN };

/* The releases that know the key `uki` are those that no longer count the key `efi` (facts/systemd-boot.md). */
static enum knowledge loader_knows_uki(const struct loader *loader)
{
	if (loader->features_known)
		return loader->features & LOADER_FEATURE_TYPE1_UKI ? YES : NO;
	if (loader->major)
		return loader->major >= LOADER_MAJOR_TYPE1_UKI ? YES : NO;
	return UNKNOWN;
}

/* A torn rename leaves active+3.conf beside active+2-1.conf. The loader starts the first, and cannot rename it to the second:
 * both stay as they are, boot after boot. ENTRY is the second, which has fewer tries and speaks. */
static bool is_in_the_way(const struct inventory *inventory, const struct entry *entry)
{
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *other = &inventory->entries[i];
		if (other->partition == entry->partition && entry_is_twin(other, entry) &&
		    entry_is_counted_to(other, entry))
			return true;
	}
	return false;
}

bool loader_will_not_count(const struct inventory *inventory, const struct entry *entry)
{
	if (!entry->counter.present)
		return false;
	if (entry->type == ENTRY_TYPE1 && entry->key == CONF_KEY_EFI && loader_knows_uki(&inventory->loader) == YES)
		return true;
	return is_in_the_way(inventory, entry);
}

bool counting_is_ours(const struct inventory *inventory, const struct entry *entry)
{
	return loader_will_not_count(inventory, entry) && !inventory->read_only[entry->partition];
}

static bool loader_lists(const struct loader *loader, const struct entry *entry)
{
	struct text ids = loader->entries, listed;
	uint64_t wanted = entry_id_hash(entry);
	while (loader_next_id(&ids, &listed))
		if (id_hash(listed) == wanted)
			return true;
	return false;
}

static struct text architecture_of(uint16_t machine)
{
	return machine == IMAGE_MACHINE_AA64 ? TEXT("aa64") : TEXT("x64");
}

static enum fault fault_of_image(const struct entry *entry)
{
	if (entry->image_missing)
		return FAULT_IMAGE_MISSING;
	switch (entry->image) {
	case IMAGE_OK:
	case IMAGE_READ_FAILED: /* unknown is not broken; the partition is marked unreadable */
		break;
	case IMAGE_EMPTY:
	case IMAGE_NOT_PE:
	case IMAGE_TRUNCATED:
		return FAULT_IMAGE_BROKEN;
	case IMAGE_OTHER_MACHINE:
		return FAULT_WRONG_ARCHITECTURE;
	}
	return FAULT_NONE;
}

enum fault entry_fault(const struct inventory *inventory, const struct entry *entry)
{
	if (visit_has(&inventory->visit, entry_id_hash(entry)))
		return FAULT_FAILED_NOW;
	if (entry->too_large)
		return FAULT_TOO_LARGE;
	if (!entry->opened)
		return FAULT_HIDDEN;
	if (entry->type == ENTRY_TYPE1) {
		if (entry->key == CONF_KEY_NONE)
			return FAULT_HIDDEN;
		if (entry->architecture.len &&
		    !text_equal_fold(entry->architecture, architecture_of(inventory->machine)))
			return FAULT_WRONG_ARCHITECTURE;
		enum knowledge knows_uki = loader_knows_uki(&inventory->loader);
		if (entry->key == CONF_KEY_UKI && knows_uki == NO)
			return FAULT_UNKNOWN_KEY;
		if (entry->mixed && knows_uki == YES)
			return FAULT_HIDDEN;
	}
	enum fault fault = fault_of_image(entry);
	if (fault != FAULT_NONE)
		return fault;
	if (entry->type == ENTRY_TYPE2 && !entry->title.len)
		return FAULT_HIDDEN; /* no name in .osrel */
	if (inventory->loader.entries_known && !loader_lists(&inventory->loader, entry))
		return FAULT_HIDDEN;
	return FAULT_NONE;
}
