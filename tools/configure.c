/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl configure IMAGE [FILE]: shows the configuration inside an image of Bootpilot, or puts FILE in its place.
 *
 * It lies in the section .bpcfg, which the signature covers: so an image is configured before it is signed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "file.h"
#include "options.h"
#include "path.h"
#include "shared/bytes.h"
#include "shared/config.h"
#include "shared/image.h"
#include "words.h"

#define IMAGE_BYTES_MAX (1u << 20) /* Bootpilot's has 48 KiB */
#define PE_SIGNATURE_AT 0x3cu
/* From the PE signature; the rest of the section table from one section's header to the next. */
#define SECTION_COUNT_AT 6u
#define OPTIONAL_SIZE_AT 20u
#define FILE_ALIGNMENT_AT (24u + 36u)
#define SECTIONS_AT 24u /* and the optional header */
#define SECTION_HEADER 40u
#define SECTION_SIZES_AT 8u /* in its header: size in memory, address, size in the file, offset in the file */
#define CERTIFICATES_AT (24u + 144u) /* from the PE signature: the directory entry of the attribute certificates, PE32+ */

struct bytes {
	char *at;
	size_t len;
};

static void bytes_free(struct bytes *bytes)
{
	free(bytes->at);
}

static int refuse(const char *path, const char *what)
{
	fprintf(stderr, "bootpilotctl: %s %s.\n", path, what);
	return EXIT_FAILED;
}

static int file_read(const char *path, size_t most, struct bytes *ret)
{
	struct stat info;
	_closes_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &info) < 0)
		return refuse(path, strerror(errno));
	if (!S_ISREG(info.st_mode) || (uint64_t)info.st_size > most)
		return refuse(path, "is no regular file, or much larger than it could be");
	ret->at = calloc(1, (size_t)info.st_size + 1);
	if (!ret->at)
		return refuse(path, strerror(ENOMEM));
	ret->len = (size_t)info.st_size;
	return file_take(fd, 0, ret->at, ret->len) ? EXIT_DONE : refuse(path, "cannot be read to its end");
}

static bool memory_read(void *context, uint64_t offset, void *ret, size_t size)
{
	const struct bytes *bytes = context;
	if (offset > bytes->len || size > bytes->len - offset)
		return false;
	memcpy(ret, bytes->at + offset, size);
	return true;
}

/* The section in IMAGE's own memory, whole, as the build made it. */
static int section_find(const char *path, struct bytes *image, struct image_section *ret)
{
	struct image facts = { .machine = 0 };
	struct image_source source = { .context = image, .size_bytes = image->len, .read = memory_read };
	if (image_inspect(&source, BUILD_MACHINE, &facts) != IMAGE_OK)
		return refuse(path, "is no EFI program for this architecture");
	const struct image_section *section = image_find(&facts, ".bpcfg", 0);
	if (!section)
		return refuse(path, "has no section .bpcfg: it is not Bootpilot's");
	*ret = *section;
	return EXIT_DONE;
}

static uint64_t number_at(const struct bytes *image, size_t offset, unsigned size)
{
	const uint8_t *at = (const uint8_t *)image->at + offset;
	return offset + size <= image->len ? bytes_take(&at, size) : 0;
}

static bool is_signed(const struct bytes *image)
{
	return number_at(image, number_at(image, PE_SIGNATURE_AT, 4) + CERTIFICATES_AT, 8) != 0;
}

/* The sizes in the header of the section that lies at OFFSET in the file. image_inspect() found it, so it is there. */
static size_t sizes_find(const struct bytes *image, uint32_t offset)
{
	size_t pe = number_at(image, PE_SIGNATURE_AT, 4);
	size_t at = pe + SECTIONS_AT + number_at(image, pe + OPTIONAL_SIZE_AT, 2) + SECTION_SIZES_AT;
	for (size_t left = number_at(image, pe + SECTION_COUNT_AT, 2); left > 1; left--, at += SECTION_HEADER)
		if (number_at(image, at + 12, 4) == offset)
			break;
	return at;
}

/* The file stores as many blocks of the section, which is its last, as CONFIG fills; firmware adds zeros up to the size in
 * memory, one at the least. As build/pe-finish leaves it. */
static int section_replace(struct bytes *image, const struct image_section *section, const struct bytes *config)
{
	size_t sizes = sizes_find(image, section->offset);
	size_t in_memory = number_at(image, sizes, 4), in_file = number_at(image, sizes + 8, 4);
	size_t block = number_at(image, number_at(image, PE_SIGNATURE_AT, 4) + FILE_ALIGNMENT_AT, 4);
	if (!block || config->len >= in_memory || section->offset + in_file != image->len)
		return -ENOSPC;
	size_t blocks = config->len ? (config->len + block - 1) / block : 1;
	char *at = realloc(image->at, section->offset + blocks * block);
	if (!at)
		return -ENOMEM;
	image->at = at;
	image->len = section->offset + blocks * block;
	memset(at + section->offset, 0, blocks * block);
	memcpy(at + section->offset, config->at, config->len);
	uint8_t *size = (uint8_t *)at + sizes + 8;
	bytes_put(&size, blocks * block, 4);
	return 0;
}

/* What is wrong with it, line by line. Firmware passes over such lines; whoever writes them wants to know. */
static int config_check(const char *path, struct text text)
{
	static const char *const faults[] = {
		[CONFIG_UNKNOWN_KEY] = "there is no such key",
		[CONFIG_BAD_VALUE] = "the value is not understood",
		[CONFIG_TOO_LONG] = "the text is longer than 4095 bytes",
	};
	struct config config;
	struct config_problems problems = { .count = 0 };
	config_set_defaults(&config);
	config_apply(&config, text, &problems);
	for (size_t i = 0; i < problems.count && i < CONFIG_PROBLEMS_MAX; i++) {
		const struct config_problem *problem = &problems.at[i];
		char bytes[64];
		struct writer expected = WRITER(bytes);
		config_write_expected(&expected, problem->key);
		fprintf(stderr, "bootpilotctl: %s:%u: %.*s %.*s: %s%s%.*s.\n", path, problem->line, SHOWN(problem->key),
			SHOWN(problem->value), faults[problem->fault], expected.len ? "; give " : "",
			SHOWN(writer_text(&expected)));
	}
	return problems.count ? EXIT_FAILED : EXIT_DONE;
}

static int image_write(const char *path, const struct bytes *image)
{
	struct stat info;
	const char *slash = strrchr(path, '/');
	char *parent = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	_closes_ int directory = parent ? open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	free(parent);
	if (directory < 0 || stat(path, &info) < 0)
		return refuse(path, strerror(errno));
	int r = file_put(directory, slash ? slash + 1 : path, info.st_mode & 0777, (struct text){ image->at, image->len });
	return r < 0 ? refuse(path, strerror(-r)) : EXIT_DONE;
}

static int replace(const char *path, struct bytes *image, const struct image_section *section, const char *config_path,
		   bool dry_run)
{
	__attribute__((cleanup(bytes_free))) struct bytes config = { NULL, 0 };
	int status = file_read(config_path, IMAGE_BYTES_MAX, &config);
	if (status == EXIT_DONE)
		status = config_check(config_path, (struct text){ config.at, config.len });
	if (status != EXIT_DONE)
		return status;
	if (memchr(config.at, 0, config.len))
		return refuse(config_path, "holds a NUL: it is no text");
	if (is_signed(image))
		return refuse(path, "is signed, and would not be valid any more. Configure the unsigned image, then sign it");
	int r = section_replace(image, section, &config);
	if (r == -ENOSPC)
		return refuse(config_path, "does not fit into the image's section .bpcfg");
	if (r < 0)
		return refuse(path, strerror(-r));
	return dry_run ? EXIT_DONE : image_write(path, image);
}

int command_configure(const struct options *options)
{
	__attribute__((cleanup(bytes_free))) struct bytes image = { NULL, 0 };
	struct image_section section;
	if (!options->operand_count)
		return options_refuse("configure", "it needs an image: configure IMAGE [FILE]", "");
	const char *path = options->operands[0];
	int status = file_read(path, IMAGE_BYTES_MAX, &image);
	if (status == EXIT_DONE)
		status = section_find(path, &image, &section);
	if (status != EXIT_DONE)
		return status;
	if (options->operand_count > 1)
		return replace(path, &image, &section, options->operands[1], options->dry_run);
	struct text text = { image.at + section.offset, strnlen(image.at + section.offset, section.size) };
	printf("%.*s", SHOWN(text));
	return config_check(path, text);
}
