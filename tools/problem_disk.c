/* SPDX-License-Identifier: Apache-2.0 */
/* Problems of the partitions themselves: space, what cannot be read, what lies about, and whether the OS can write to them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "os_side.h"
#include "path.h"
#include "file.h"
#include "problem.h"

#define ROOM_MIN_BYTES (UINT64_C(1) << 20)

static const char *partition_path(const struct check *check, enum partition i)
{
	return i == PARTITION_ESP ? check->machine->place.esp : check->machine->place.boot;
}

void find_unreadable(struct check *check, const struct problem *problem)
{
	const struct esp *esp = &check->machine->esp;
	if (esp->error)
		finding_add(check, problem, esp->failed, text_of(strerror(-esp->error)), BY_PERSON);
}

void find_full(struct check *check, const struct problem *problem)
{
	for (enum partition i = PARTITION_ESP; i <= PARTITION_XBOOTLDR; i++) {
		struct statvfs fs;
		char words[64];
		const char *path = partition_path(check, i);
		if (!path || statvfs(path, &fs) < 0)
			continue;
		uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;
		bool no_names = fs.f_files && !fs.f_favail;
		if (room >= ROOM_MIN_BYTES && !no_names)
			continue;
		snprintf(words, sizeof(words), "%llu KiB", (unsigned long long)(room >> 10));
		finding_add(check, problem, text_of(path), text_of(no_names ? "no room for another name" : words),
			    BY_PERSON);
	}
}

static void directory_close(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static DIR *directory_list(int root, struct text path)
{
	size_t links = 0;
	int fd = path.len ? path_open(root, path, &links) : openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !list)
		close(fd);
	return list;
}

/* Calls SEE for each name in the directories that boot loaders or we write to. */
static void names_see(struct check *check, const struct problem *problem,
		      void (*see)(struct check *check, const struct problem *problem, enum partition partition,
				  const char *name, struct text path, bool is_link))
{
	static const struct text directories[] = {
		TEXT(""),	      TEXT("\\loader"),	       TEXT("\\loader\\entries"),     TEXT("\\EFI\\Linux"),
		TEXT("\\EFI\\systemd"), TEXT("\\EFI\\systemd\\drivers"), TEXT("\\EFI\\bootpilot"), TEXT("\\EFI\\BOOT"),
	};
	for (enum partition i = PARTITION_ESP; i <= PARTITION_XBOOTLDR; i++) {
		const char *path = partition_path(check, i);
		_closes_ int root = path ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
		for (size_t d = 0; root >= 0 && d < sizeof(directories) / sizeof(directories[0]); d++) {
			__attribute__((cleanup(directory_close))) DIR *list = directory_list(root, directories[d]);
			for (struct dirent *entry; list && (entry = readdir(list));) {
				struct stat info;
				bool known = fstatat(dirfd(list), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0;
				const struct text pieces[] = { directories[d], TEXT("\\"), text_of(entry->d_name) };
				if (known)
					see(check, problem, i, entry->d_name, heap_join(check->heap, pieces, 3),
					    S_ISLNK(info.st_mode));
			}
		}
	}
}

static void link_see(struct check *check, const struct problem *problem, enum partition partition, const char *name,
		     struct text path, bool is_link)
{
	if (is_link && name[0] != '.')
		finding_add(check, problem, path, text_of(partition_path(check, partition)), BY_PERSON);
}

void find_links(struct check *check, const struct problem *problem)
{
	size_t before = check->count;
	names_see(check, problem, link_see);
	if (check->count == before && check->machine->esp.links)
		finding_add(check, problem, TEXT("A directory or an image"), text_of(check->machine->place.esp), BY_PERSON);
}

static void temporary_see(struct check *check, const struct problem *problem, enum partition partition,
			  const char *name, struct text path, bool is_link)
{
	if (!is_link && strcmp(name, FILE_TEMPORARY) == 0)
		finding_add(check, problem, path, TEXT_EMPTY,
			    (struct remedy){ .kind = REMEDY_REMOVE_TEMPORARY, .partition = partition, .path = path });
}

void find_temporary(struct check *check, const struct problem *problem)
{
	names_see(check, problem, temporary_see);
}

void find_cannot_bless(struct check *check, const struct problem *problem)
{
	const struct machine *machine = check->machine;
	const struct inventory *inventory = &machine->world.inventory;
	const char *root = check->options->root ? check->options->root : "";
	bool counted = false;
	/* Whose OS it is that would bless is known only of this system's ESP, and of one below --root. */
	if (!machine->place.read_only || (!check->options->root && machine->live.state == LIVE_ELSEWHERE))
		return;
	for (size_t i = 0; i < inventory->entry_count; i++)
		counted |= inventory->entries[i].counter.present;
	if (counted && !os_side_blesses_read_only(root))
		finding_add(check, problem, text_of(machine->place.esp), TEXT_EMPTY, BY_PERSON);
}
