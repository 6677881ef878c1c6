/* SPDX-License-Identifier: Apache-2.0 */
#include "path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

#define FLAGS (O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)

void path_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static void directory_close(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

/* The name in DIRECTORY that is NAME in another letter case; of several the first in byte order. */
static int name_find(int directory, struct text name, char *ret, size_t size)
{
	__attribute__((cleanup(directory_close))) DIR *list = NULL;
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (copy < 0)
		return -errno;
	list = fdopendir(copy);
	if (!list) {
		int r = -errno;
		close(copy);
		return r;
	}
	ret[0] = '\0';
	errno = 0;
	for (struct dirent *entry; (entry = readdir(list));) {
		size_t with_end = strlen(entry->d_name) + 1;
		if (text_equal_fold(text_of(entry->d_name), name) && with_end <= size &&
		    (!ret[0] || strcmp(entry->d_name, ret) < 0))
			memcpy(ret, entry->d_name, with_end);
	}
	return errno ? -errno : ret[0] ? 0 : -ENOENT;
}

/* Opens NAME in DIRECTORY. */
static int name_open(int directory, struct text name, size_t *ret_links)
{
	char exact[256], found[256];
	if (name.len >= sizeof(exact))
		return -ENOENT;
	memcpy(exact, name.at, name.len);
	exact[name.len] = '\0';
	int fd = openat(directory, exact, FLAGS);
	if (fd < 0 && errno == ENOENT) {
		int r = name_find(directory, name, found, sizeof(found));
		if (r < 0)
			return r;
		fd = openat(directory, found, FLAGS);
	}
	if (fd >= 0)
		return fd;
	int r = -errno;
	if (r == -ELOOP)
		(*ret_links)++;
	/* A file in place of a directory, a socket, a name that FAT cannot hold: no such file, as far as firmware is concerned. */
	return r == -ELOOP || r == -ENOTDIR || r == -ENXIO || r == -EINVAL || r == -ENAMETOOLONG ? -ENOENT : r;
}

int path_open(int root, struct text path, size_t *ret_links)
{
	char bytes[TREE_PATH_MAX];
	struct writer w = WRITER(bytes);
	_closes_ int directory = fcntl(root, F_DUPFD_CLOEXEC, 0);
	if (directory < 0)
		return -errno;
	if (!tree_path(path, &w))
		return -ENOENT;
	struct text rest = text_after(writer_text(&w), 1);
	while (rest.len) {
		size_t len = 0;
		while (len < rest.len && rest.at[len] != '\\')
			len++;
		int next = name_open(directory, text_before(rest, len), ret_links);
		if (next < 0)
			return next;
		path_close(&directory);
		directory = next;
		rest = text_after(rest, len + 1);
	}
	int fd = directory;
	directory = -1;
	return fd;
}

const char *path_below(struct heap *heap, const char *root, const char *path)
{
	const struct text pieces[] = { text_of(root ? root : ""), text_of(path) };
	return heap_join(heap, pieces, 2).at;
}
