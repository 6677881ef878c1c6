/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "path.h"
#include "tree.h"
#include "words.h"

#define LOCK_PAUSE_US 100000u

#define SENTENCE_MAX (3u * TREE_PATH_MAX) /* bytes: two paths and what is said of them; a longer one is cut */

/* Names come from the disk, and a terminal would obey them. */
static void print_plainly(FILE *stream, const char *sentence)
{
	struct heap heap = { .newest = NULL };
	fprintf(stream, "%.*s\n", SHOWN(words_plain(&heap, text_of(sentence))));
	fflush(stream);
	heap_free(&heap);
}

/* One line for each thing that is done: the log of a service, and the answer to a person. */
static void say(struct esp_writer *writer, const char *format, ...)
{
	char sentence[SENTENCE_MAX];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	fputs(writer->dry_run ? "would " : "", stdout);
	print_plainly(stdout, sentence);
	writer->changed = true;
}

static int refuse(const char *what, const char *path, int error)
{
	char sentence[SENTENCE_MAX];
	snprintf(sentence, sizeof(sentence), "bootpilotctl: %s %s: %s.", path, what, strerror(-error));
	print_plainly(stderr, sentence);
	if (error == -EPERM || error == -EACCES)
		fputs("Try again as root.\n", stderr);
	if (error == -EROFS)
		fputs("The disk itself is read-only.\n", stderr);
	return error;
}

static int lock_take(int root, const char *path)
{
	unsigned long waited_us = 0;
	while (flock(root, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return refuse("cannot be locked", path, -errno);
		if (waited_us >= WRITER_LOCK_WAIT_S * 1000000ul) {
			fprintf(stderr, "bootpilotctl: somebody else has worked on %s for %d s. Nothing was changed.\n",
				path, WRITER_LOCK_WAIT_S);
			return -EBUSY;
		}
		usleep(LOCK_PAUSE_US);
		waited_us += LOCK_PAUSE_US;
	}
	return 0;
}

static int partition_begin(struct esp_writer *writer, enum partition i, const char *path)
{
	writer->roots[i] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (writer->roots[i] < 0)
		return refuse("cannot be opened", path, -errno);
	if (writer->dry_run)
		return 0;
	int r = i == PARTITION_ESP ? lock_take(writer->roots[i], path) : 0;
	if (r < 0)
		return r;
	r = guard_begin(&writer->guards[i], path);
	return r < 0 ? refuse("cannot be made writable", path, r) : 0;
}

int writer_begin(struct esp_writer *writer, const struct place *place, bool dry_run)
{
	*writer = (struct esp_writer){ .place = place, .dry_run = dry_run, .roots = { -1, -1 } };
	int r = partition_begin(writer, PARTITION_ESP, place->esp);
	if (r == 0 && place->boot)
		r = partition_begin(writer, PARTITION_XBOOTLDR, place->boot);
	if (r < 0)
		writer_end(writer);
	return r;
}

int writer_end(struct esp_writer *writer)
{
	const char *paths[PARTITION_COUNT] = { writer->place->esp, writer->place->boot };
	int r = 0;
	for (int i = PARTITION_COUNT - 1; i >= 0; i--) { /* the lock goes last */
		if (writer->roots[i] < 0)
			continue;
		if (writer->changed && !writer->dry_run && syncfs(writer->roots[i]) < 0)
			r = refuse("cannot be written to the disk", paths[i], -errno);
		int ended = guard_end(&writer->guards[i]);
		if (ended < 0)
			r = refuse("stays writable", paths[i], ended);
		path_close(&writer->roots[i]);
		writer->roots[i] = -1;
	}
	return r;
}

static bool terminated(struct text name, char ret[256])
{
	if (!name.len || name.len > 255 || memchr(name.at, 0, name.len))
		return false;
	memcpy(ret, name.at, name.len);
	ret[name.len] = '\0';
	return true;
}

/* The directory that holds PATH. */
static int parent_open(const struct esp_writer *writer, enum partition partition, struct text path)
{
	size_t links = 0;
	struct text parent = tree_parent(path);
	if (!parent.len)
		return fcntl(writer->roots[partition], F_DUPFD_CLOEXEC, 0);
	return path_open(writer->roots[partition], parent, &links);
}

int writer_rename(struct esp_writer *writer, enum partition partition, struct text path, struct text name)
{
	char from[256], to[256];
	if (!terminated(tree_name(path), from) || !terminated(name, to))
		return -EINVAL;
	_closes_ int directory = parent_open(writer, partition, path);
	if (directory < 0)
		return directory;
	struct stat info;
	if (fstatat(directory, to, &info, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	say(writer, "rename %s to %s", from, to);
	if (writer->dry_run)
		return 0;
	if (renameat2(directory, from, directory, to, RENAME_NOREPLACE) < 0 || fsync(directory) < 0)
		return refuse("cannot be renamed", from, -errno);
	return 0;
}

static bool holds_already(int directory, const char *name, struct text bytes)
{
	char block[2048];
	size_t at = 0;
	_closes_ int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	for (;;) {
		ssize_t got = read(fd, block, sizeof(block));
		if (got < 0 || (size_t)got > bytes.len - at)
			return false;
		if (got == 0)
			return at == bytes.len;
		if (memcmp(block, bytes.at + at, (size_t)got) != 0)
			return false;
		at += (size_t)got;
	}
}

static int directories_make(struct esp_writer *writer, enum partition partition, struct text path)
{
	char name[256];
	size_t links = 0;
	struct text parent = tree_parent(path);
	if (!parent.len)
		return 0;
	_closes_ int there = path_open(writer->roots[partition], parent, &links);
	if (there >= 0)
		return 0;
	int r = directories_make(writer, partition, parent);
	if (r < 0)
		return r;
	say(writer, "make the directory %.*s", SHOWN(parent));
	if (writer->dry_run)
		return 0;
	_closes_ int directory = parent_open(writer, partition, parent);
	if (directory < 0)
		return directory;
	if (!terminated(tree_name(parent), name))
		return -EINVAL;
	if (mkdirat(directory, name, 0755) < 0 || fsync(directory) < 0)
		return refuse("cannot be made", name, -errno);
	return 0;
}

int writer_put(struct esp_writer *writer, enum partition partition, struct text path, struct text bytes)
{
	char name[256];
	if (!terminated(tree_name(path), name))
		return -EINVAL;
	_closes_ int before = parent_open(writer, partition, path);
	if (before >= 0 && holds_already(before, name, bytes))
		return 0;
	int r = directories_make(writer, partition, path);
	if (r < 0)
		return r;
	say(writer, "write %.*s", SHOWN(path));
	if (writer->dry_run)
		return 0;
	_closes_ int directory = parent_open(writer, partition, path);
	r = directory < 0 ? directory : file_put(directory, name, 0644, bytes);
	return r < 0 ? refuse("cannot be written", name, r) : 0;
}

int writer_remove(struct esp_writer *writer, enum partition partition, struct text path)
{
	char name[256];
	struct stat info;
	if (!terminated(tree_name(path), name))
		return -EINVAL;
	_closes_ int directory = parent_open(writer, partition, path);
	if (directory < 0)
		return directory == -ENOENT ? 0 : directory;
	if (fstatat(directory, name, &info, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	say(writer, "remove %.*s", SHOWN(path));
	if (writer->dry_run)
		return 0;
	if (unlinkat(directory, name, 0) < 0 || fsync(directory) < 0)
		return refuse("cannot be removed", name, -errno);
	return 0;
}
