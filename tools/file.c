/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"

static int all_write(int fd, struct text bytes)
{
	while (bytes.len) {
		ssize_t put = write(fd, bytes.at, bytes.len);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		bytes = text_after(bytes, (size_t)put);
	}
	return fsync(fd) < 0 ? -errno : 0;
}

int file_put(int directory, const char *name, mode_t mode, struct text bytes)
{
	_closes_ int fd = openat(directory, FILE_TEMPORARY, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int r = all_write(fd, bytes);
	if (r == 0 && (renameat(directory, FILE_TEMPORARY, directory, name) < 0 || fsync(directory) < 0))
		r = -errno;
	if (r < 0)
		unlinkat(directory, FILE_TEMPORARY, 0);
	return r;
}

bool file_take(int fd, uint64_t offset, void *ret, size_t size)
{
	for (char *to = ret; size;) {
		ssize_t got = pread(fd, to, size, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		to += got;
		offset += (uint64_t)got;
		size -= (size_t)got;
	}
	return true;
}

static bool image_bytes(void *context, uint64_t offset, void *ret, size_t size)
{
	return file_take(*(const int *)context, offset, ret, size);
}

struct image_source file_image(int *fd, uint64_t size_bytes)
{
	return (struct image_source){ .context = fd, .size_bytes = size_bytes, .read = image_bytes };
}

bool image_keep_text(struct heap *heap, const struct image_source *source, const struct image_section *section,
		     struct text *ret)
{
	size_t size = section->size < IMAGE_TEXT_MAX ? section->size : IMAGE_TEXT_MAX;
	return image_read_text(source, section, heap_take(heap, size + 1), size, ret);
}
