/* SPDX-License-Identifier: Apache-2.0 */
#include "os_side.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

static const char *const places[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib" };

#define PLACES (sizeof(places) / sizeof(places[0]))
#define DROP_IN_MAX 8192u /* bytes of a drop-in that are read; what makes an ESP writable has ten lines */

static void directory_close(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static const char *place_of(struct heap *heap, const char *root, size_t place, const char *file)
{
	const struct text pieces[] = { text_of(root), text_of(places[place]), TEXT("/systemd/"), text_of(file) };
	return heap_join(heap, pieces, 4).at;
}

/* A configuration file in PATH that says how blessing gets a writable ESP. */
static bool directory_helps(struct heap *heap, const char *path)
{
	__attribute__((cleanup(directory_close))) DIR *list = opendir(path);
	char *bytes = list ? heap_take(heap, DROP_IN_MAX) : NULL;
	for (struct dirent *entry; list && (entry = readdir(list));) {
		if (!text_ends_fold(text_of(entry->d_name), TEXT(".conf")))
			continue;
		_closes_ int fd = openat(dirfd(list), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ssize_t got = fd < 0 ? -1 : read(fd, bytes, DROP_IN_MAX);
		if (got > 0 && (memmem(bytes, (size_t)got, "with-esp", 8) || memmem(bytes, (size_t)got, "remount,rw", 10)))
			return true;
	}
	return false;
}

/* The name FILE below one of the places, a link that leads nowhere included: its target may be seen from that root alone. */
static bool is_somewhere(const char *root, const char *file)
{
	struct heap heap = { .newest = NULL };
	struct stat info;
	bool found = false;
	for (size_t i = 0; i < PLACES && !found; i++)
		found = lstat(place_of(&heap, root, i, file), &info) == 0;
	heap_free(&heap);
	return found;
}

bool os_side_is_enabled(const char *root)
{
	return is_somewhere(root, "system/multi-user.target.wants/bootpilot-good.service");
}

bool os_side_has_bless_boot(const char *root)
{
	return is_somewhere(root, "systemd-bless-boot");
}

bool os_side_blesses_read_only(const char *root)
{
	struct heap heap = { .newest = NULL };
	bool helped = false;
	for (size_t i = 0; i < PLACES && !helped; i++)
		helped = directory_helps(&heap, place_of(&heap, root, i, "system/systemd-bless-boot.service.d"));
	heap_free(&heap);
	return helped || os_side_is_enabled(root);
}
