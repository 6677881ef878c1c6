/* SPDX-License-Identifier: Apache-2.0 */
/* A PE image: what is read of it is bounded, and what is called whole is loaded by firmware.
 *
 * Input: one byte, which read fails (0: none); then the file. */
#include "claim.h"

#include <string.h>

#include "shared/image.h"
#include "shared/inventory.h"
#include "tests/fake/pe.h"

struct file {
	const uint8_t *bytes;
	size_t size;
	size_t read;      /* bytes so far */
	unsigned reads;   /* calls so far */
	unsigned failing; /* the call that fails, 1..; 0: none */
};

static bool file_read(void *context, uint64_t offset, void *ret, size_t size)
{
	struct file *file = context;

	claim(offset <= file->size && size <= file->size - offset, "%zu bytes at %llu of %zu are asked for", size,
	      (unsigned long long)offset, file->size);
	file->read += size;
	claim(file->read <= IMAGE_READ_MAX, "%zu bytes are read", file->read);
	if (++file->reads == file->failing)
		return false;
	memcpy(ret, file->bytes + offset, size);
	return true;
}

static void check_text(const struct image_source *source, const struct image *image, const char *name)
{
	const struct image_section *section = image_find(image, name, 0);
	char buffer[IMAGE_TEXT_MAX];
	struct text text;
	struct osrel osrel;

	if (!section)
		return;
	claim((uint64_t)section->offset + section->size <= source->size_bytes || section->size == 0,
	      "a section lies outside of the file");
	if (!image_read_text(source, section, buffer, sizeof(buffer), &text))
		return;
	claim_borrowed(text, (struct text){ buffer, sizeof(buffer) });
	claim(!text_contains(text, '\0'), "a NUL in a text");
	osrel_parse(text, &osrel);
	claim_borrowed(osrel.title, text);
}

/* The fake has no memory for more; firmware may have. */
static bool is_huge(const struct file *file)
{
	const uint8_t *size_of_image = file->bytes + (file->bytes[60] | file->bytes[61] << 8 | file->bytes[62] << 16) + 80;

	return size_of_image[3] >= 0x40;
}

static void check_whole(const struct file *file, const struct image_source *source, const struct image *image)
{
	struct pe_facts facts;

	claim(image->machine == IMAGE_MACHINE_X64, "an image for another processor is called whole");
	claim(image->section_count > 0 && image->section_count <= IMAGE_SECTIONS_MAX, "%zu sections",
	      image->section_count);
	if (is_huge(file))
		return;
	claim(fake_pe_inspect(file->bytes, file->size, &facts) == PE_SANE, "firmware refuses what is called whole");
	claim(facts.section_count == image->section_count && facts.subsystem == image->subsystem,
	      "firmware sees another image");
	claim(image_profile_count(image) >= 1 && image_profile_count(image) <= image->section_count, "profiles");
	check_text(source, image, ".osrel");
	check_text(source, image, ".profile");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file file = { .bytes = data + 1, .size = size - 1 };
	struct image image = { .section_count = 777 };

	if (size == 0)
		return 0;
	file.failing = data[0];

	struct image_source source = { .context = &file, .size_bytes = file.size, .read = file_read };
	enum image_state state = image_inspect(&source, IMAGE_MACHINE_X64, &image);

	claim((state == IMAGE_OK) == (image.section_count != 777), "the result is written exactly for IMAGE_OK");
	claim((state == IMAGE_READ_FAILED) == (file.failing && file.reads == file.failing),
	      "a failed read is taken for a fact, or a fact for a failed read");
	if (state == IMAGE_OK)
		check_whole(&file, &source, &image);
	return 0;
}
