/* SPDX-License-Identifier: Apache-2.0 */
#include "os_side.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

static const char *const places[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib" };

#define PLACES (sizeof(places) / sizeof(places[0]))

static void directory_close(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* A configuration file in PATH that says how blessing gets a writable ESP. */
static bool directory_helps(const char *path)
{
	__attribute__((cleanup(directory_close))) DIR *list = opendir(path);
	char bytes[8192];
	for (struct dirent *entry; list && (entry = readdir(list));) {
		if (!text_ends_fold(text_of(entry->d_name), TEXT(".conf")))
			continue;
		_closes_ int fd = openat(dirfd(list), entry->d_name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		ssize_t got = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes));
		if (got > 0 && (memmem(bytes, (size_t)got, "with-esp", 8) || memmem(bytes, (size_t)got, "remount,rw", 10)))
			return true;
	}
	return false;
}

/* The name FILE below one of the places, a link that leads nowhere included: its target may be seen from that root alone. */
static bool is_somewhere(const char *root, const char *file)
{
	for (size_t i = 0; i < PLACES; i++) {
		struct stat info;
		char path[4096];
		snprintf(path, sizeof(path), "%s%s/systemd/%s", root, places[i], file);
		if (lstat(path, &info) == 0)
			return true;
	}
	return false;
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
	for (size_t i = 0; i < PLACES; i++) {
		char path[4096];
		snprintf(path, sizeof(path), "%s%s/systemd/system/systemd-bless-boot.service.d", root, places[i]);
		if (directory_helps(path))
			return true;
	}
	return os_side_is_enabled(root);
}
