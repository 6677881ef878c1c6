/* SPDX-License-Identifier: Apache-2.0 */
#include "product.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "file.h"
#include "path.h"
#include "shared/keyvalue.h"

#define SUBSYSTEM_APPLICATION 10u
#define SUBSYSTEM_DRIVER      11u

static const char *const names[] = {
	[PRODUCT_APPLICATION] = "bootpilot" BUILD_ARCH ".efi",
	[PRODUCT_DRIVER] = "bootpilot-driver" BUILD_ARCH ".efi",
};

/* The directory of this program, with its '/'. */
static struct text own_directory(struct heap *heap)
{
	char *path = heap_take(heap, PATH_MAX);
	ssize_t len = readlink("/proc/self/exe", path, PATH_MAX);
	while (len > 0 && path[len - 1] != '/')
		len--;
	return (struct text){ path, len > 0 ? (size_t)len : 0 };
}

static struct text path_find(struct heap *heap, enum product_kind kind)
{
	static const char *const directories[] = { "", "../lib/bootpilot/" };
	static const char *const endings[] = { ".signed", "" };
	struct text own = own_directory(heap);
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 2; j++) {
			const struct text pieces[] = { own, text_of(directories[i]), text_of(names[kind]),
						       text_of(endings[j]) };
			struct text path = heap_join(heap, pieces, 4);
			if (access(path.at, F_OK) == 0)
				return path;
		}
	const struct text pieces[] = { own, text_of(directories[1]), text_of(names[kind]) };
	return heap_join(heap, pieces, 3);
}

static bool memory_read(void *context, uint64_t offset, void *ret, size_t size)
{
	const struct text *bytes = context;
	if (offset > bytes->len || size > bytes->len - offset)
		return false;
	memcpy(ret, bytes->at + offset, size);
	return true;
}

/* The text of a section up to its NUL; empty: there is none. */
static struct text section_text(struct heap *heap, const struct image_source *source, const struct image *image,
				const char *name)
{
	struct text text;
	const struct image_section *section = image_find(image, name, 0);
	return section && image_keep_text(heap, source, section, &text) ? text : TEXT_EMPTY;
}

/* .osrel of every image of Bootpilot has ID=bootpilot, and each has room for a configuration. */
static bool is_ours(struct heap *heap, const struct image_source *source, const struct image *image, struct text *ret_version)
{
	struct keyvalue_reader reader = { .rest = section_text(heap, source, image, ".osrel"),
					  .separators = KEYVALUE_EQUALS };
	struct keyvalue pair;
	bool ours = false;
	while (keyvalue_next(&reader, &pair)) {
		ours |= text_equal(pair.key, TEXT("ID")) && text_equal(pair.value, TEXT("bootpilot"));
		if (text_equal(pair.key, TEXT("VERSION_ID")))
			*ret_version = pair.value;
	}
	return ours && image_find(image, ".bpcfg", 0);
}

/* NULL: it may be installed as KIND. */
static const char *fault_find(struct heap *heap, enum product_kind kind, struct product *product)
{
	struct image *image = heap_take(heap, sizeof(*image));
	struct image_source source = { &product->bytes, product->bytes.len, memory_read };
	switch (image_inspect(&source, BUILD_MACHINE, image)) {
	case IMAGE_OK:
		break;
	case IMAGE_EMPTY:
		return "is empty";
	case IMAGE_TRUNCATED:
		return "is cut short";
	case IMAGE_OTHER_MACHINE:
		return "is for another processor";
	case IMAGE_NOT_PE:
	case IMAGE_READ_FAILED:
		return "is no EFI program";
	}
	if (!is_ours(heap, &source, image, &product->version))
		return "is not Bootpilot's";
	if (kind == PRODUCT_APPLICATION && image->subsystem != SUBSYSTEM_APPLICATION)
		return "is no application (the driver is another file)";
	if (kind == PRODUCT_DRIVER && image->subsystem != SUBSYSTEM_DRIVER)
		return "is no boot service driver (the application is another file)";
	product->config = section_text(heap, &source, image, ".bpcfg");
	return NULL;
}

static const char *file_read(struct heap *heap, int fd, struct text *ret)
{
	struct stat info;
	if (fd < 0 || fstat(fd, &info) < 0)
		return strerror(errno);
	if (!S_ISREG(info.st_mode))
		return "is no regular file";
	if ((uint64_t)info.st_size > PRODUCT_SIZE_MAX)
		return "is much larger than it could be";
	char *bytes = heap_take(heap, (size_t)info.st_size + 1);
	if (!file_take(fd, 0, bytes, (size_t)info.st_size))
		return "cannot be read to its end";
	*ret = (struct text){ bytes, (size_t)info.st_size };
	return NULL;
}

static void product_fill(struct heap *heap, enum product_kind kind, int fd, struct product *ret)
{
	const char *fault = file_read(heap, fd, &ret->bytes);
	ret->fault = heap_keep(heap, text_of(fault ? fault : fault_find(heap, kind, ret)));
}

void product_read(struct heap *heap, enum product_kind kind, const char *given, struct product *ret)
{
	*ret = (struct product){ .path = given ? heap_keep(heap, text_of(given)) : path_find(heap, kind) };
	_closes_ int fd = open(ret->path.at, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	product_fill(heap, kind, fd, ret);
}

void product_read_at(struct heap *heap, enum product_kind kind, int root, struct text path, struct product *ret)
{
	size_t links = 0;
	*ret = (struct product){ .path = path };
	_closes_ int fd = root < 0 ? -1 : path_open(root, path, &links);
	errno = ENOENT; /* what path_open() returns instead */
	product_fill(heap, kind, fd, ret);
}
