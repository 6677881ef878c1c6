/* SPDX-License-Identifier: Apache-2.0 */
/* Several files of one id (design.md section 3): what a power cut in the middle of a rename leaves, or an update that did not
 * clean up. Only a file whose contents another one has as well is ever proposed for removal. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "path.h"
#include "problem.h"

#define BLOCK 65536u

static struct text path_of(struct check *check, const struct entry *entry)
{
	char bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(bytes);
	entry_write_path(&path, entry);
	return heap_keep(check->heap, writer_text(&path));
}

static int file_open(struct check *check, const struct entry *entry)
{
	const struct place *place = &check->machine->place;
	const char *path = entry->partition == PARTITION_ESP ? place->esp : place->boot;
	size_t links = 0;
	_closes_ int root = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	return root < 0 ? -1 : path_open(root, path_of(check, entry), &links);
}

static ssize_t block_read(int fd, char *to)
{
	size_t have = 0;
	while (have < BLOCK) {
		ssize_t got = read(fd, to + have, BLOCK - have);
		if (got < 0)
			return -1;
		if (!got)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

/* Byte for byte; of a Type #2 entry that is the whole image. */
static bool same_contents(struct check *check, const struct entry *a, const struct entry *b)
{
	static char block_a[BLOCK], block_b[BLOCK];
	_closes_ int fd_a = file_open(check, a);
	_closes_ int fd_b = file_open(check, b);
	for (;;) {
		ssize_t got_a = fd_a < 0 ? -1 : block_read(fd_a, block_a), got_b = fd_b < 0 ? -1 : block_read(fd_b, block_b);
		if (got_a < 0 || got_a != got_b || memcmp(block_a, block_b, (size_t)got_a) != 0)
			return false;
		if (got_a < (ssize_t)BLOCK)
			return true;
	}
}

static bool is_running(struct check *check, const struct entry *entry)
{
	return check_is_live(check) && live_is_counted(&check->machine->live, entry);
}

/* GONE may go if KEPT can be started, holds the same, and GONE is not what runs. */
static struct remedy removal(struct check *check, const struct entry *gone, const struct entry *kept)
{
	if (entry_fault(&check->machine->world.inventory, kept) != FAULT_NONE || is_running(check, gone) ||
	    !same_contents(check, gone, kept))
		return BY_PERSON;
	return (struct remedy){ .kind = REMEDY_REMOVE_TWIN, .partition = gone->partition, .path = path_of(check, gone) };
}

/* Who else has ENTRY's id on its partition. */
struct family {
	const struct entry *plain;   /* the one without counter */
	const struct entry *speaker; /* of those with one, ENTRY included */
	bool torn;                   /* ENTRY is the beginning of a rename that stands in its own way */
};

static struct family family_of(const struct inventory *inventory, const struct entry *entry)
{
	struct family family = { .speaker = entry };
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *other = &inventory->entries[i];
		if (other == entry || other->partition != entry->partition || !entry_is_twin(other, entry))
			continue;
		if (!other->counter.present) {
			family.plain = other;
			continue;
		}
		family.torn |= entry_is_counted_to(entry, other);
		if (roles_twin_overrules(inventory, other, family.speaker))
			family.speaker = other;
	}
	return family;
}

/* Of files whose names cannot hold a role nothing was read, and they are not ours to judge. */
static bool is_judged(const struct entry *entry)
{
	return entry->opened && !entry_is_foreign(entry) && entry->counter.present;
}

void find_good_twins(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		struct family family = family_of(inventory, entry);
		if (is_judged(entry) && family.plain)
			finding_add(check, problem, entry->file, family.plain->file,
				    removal(check, entry, family.plain));
	}
}

static void counted_find(struct check *check, const struct problem *problem, bool torn)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	for (size_t i = 0; i < inventory->entry_count; i++) {
		const struct entry *entry = &inventory->entries[i];
		struct family family = family_of(inventory, entry);
		if (is_judged(entry) && !family.plain && family.speaker != entry && family.torn == torn)
			finding_add(check, problem, entry->file, family.speaker->file,
				    removal(check, entry, family.speaker));
	}
}

void find_torn_twins(struct check *check, const struct problem *problem)
{
	counted_find(check, problem, true);
}

void find_counted_twins(struct check *check, const struct problem *problem)
{
	counted_find(check, problem, false);
}

void find_partition_twins(struct check *check, const struct problem *problem)
{
	const struct inventory *inventory = &check->machine->world.inventory;
	for (size_t i = 0; i < inventory->entry_count; i++)
		for (size_t j = 0; j < inventory->entry_count; j++) {
			const struct entry *esp = &inventory->entries[i], *boot = &inventory->entries[j];
			if (esp->opened && boot->opened && esp->partition == PARTITION_ESP &&
			    boot->partition == PARTITION_XBOOTLDR && entry_is_twin(esp, boot))
				finding_add(check, problem, esp->file, boot->file, BY_PERSON);
		}
}
