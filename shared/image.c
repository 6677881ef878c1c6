/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include "hash.h"
#include "keyvalue.h"
#include "memory.h"

/* PE/COFF specification; offsets in the optional header are those of PE32+. Where a header is refused below, EDK2's
 * PeCoffLoaderGetPeHeader() or PeCoffLoaderLoadImage() refuses it too, unless systemd-boot is named. */
#define DOS_HEADER_SIZE    64u
#define COFF_SIZE          24u  /* "PE\0\0" and the COFF file header */
#define OPTIONAL_SIZE      112u /* without data directories */
#define DIRECTORY_SIZE     8u
#define DIRECTORIES_MAX    16u
#define DIRECTORY_SECURITY 4u /* the signatures; its address is an offset in the file */
#define SECTION_SIZE       40u
#define SECTIONS_AT_ONCE   16u /* one read in most cases, and little stack */
#define PE_HEADER_SIZE     (COFF_SIZE + OPTIONAL_SIZE + DIRECTORIES_MAX * DIRECTORY_SIZE)
#define PE32_PLUS          0x20Bu

_Static_assert(DOS_HEADER_SIZE + PE_HEADER_SIZE + IMAGE_SECTIONS_MAX * SECTION_SIZE + 2 * IMAGE_TEXT_MAX <=
		       IMAGE_READ_MAX,
	       "headers, .osrel and .profile fit into what may be read");

struct pe_headers {
	uint64_t sections_at; /* in the file */
	uint32_t section_count;
	uint32_t headers_size;
	uint32_t image_size; /* in memory */
	uint32_t entry_point;
};

struct pe_section {
	uint32_t virtual_size;
	uint32_t address;
	uint32_t raw_size;
	uint32_t raw_at;
};

static uint32_t le16(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t le32(const uint8_t *at)
{
	return le16(at) | le16(at + 2) << 16;
}

static bool range_is_inside(uint64_t offset, uint64_t size, uint64_t whole)
{
	return offset <= whole && size <= whole - offset;
}

static enum image_state source_read(const struct image_source *source, uint64_t offset, void *ret, size_t size)
{
	if (!range_is_inside(offset, size, source->size_bytes))
		return IMAGE_TRUNCATED;
	return source->read(source->context, offset, ret, size) ? IMAGE_OK : IMAGE_READ_FAILED;
}

static enum image_state dos_header_read(const struct image_source *source, struct image *image, uint64_t *ret_pe_at)
{
	uint8_t dos[DOS_HEADER_SIZE];
	size_t size = source->size_bytes < sizeof(dos) ? (size_t)source->size_bytes : sizeof(dos);
	enum image_state state;

	if (size == 0)
		return IMAGE_EMPTY;
	state = source_read(source, 0, dos, size);
	if (state != IMAGE_OK)
		return state;
	if (dos[0] != 'M' || (size > 1 && dos[1] != 'Z'))
		return IMAGE_NOT_PE;
	if (size < sizeof(dos))
		return IMAGE_TRUNCATED;
	/* systemd-boot wants the headers one behind the other */
	if (le32(dos + 60) < DOS_HEADER_SIZE)
		return IMAGE_NOT_PE;
	image->header_hash = hash_bytes(HASH_START, dos, sizeof(dos));
	*ret_pe_at = le32(dos + 60);
	return IMAGE_OK;
}

/* Do the sizes in the headers agree with each other? */
static bool headers_agree(const struct pe_headers *h, uint32_t optional_size, uint32_t directories)
{
	uint64_t table_size = (uint64_t)h->section_count * SECTION_SIZE;

	return directories <= DIRECTORIES_MAX && optional_size == OPTIONAL_SIZE + directories * DIRECTORY_SIZE &&
	       h->section_count <= IMAGE_SECTIONS_MAX &&
	       range_is_inside(h->sections_at, table_size, h->headers_size) &&
	       range_is_inside(h->sections_at, table_size + SECTION_SIZE, h->image_size) &&
	       h->headers_size < h->image_size;
}

static enum image_state pe_header_read(const struct image_source *source, uint64_t pe_at, uint16_t machine,
				       struct image *image, struct pe_headers *ret)
{
	uint8_t pe[PE_HEADER_SIZE];
	const uint8_t *optional = pe + COFF_SIZE;
	const uint8_t *security = optional + OPTIONAL_SIZE + DIRECTORY_SECURITY * DIRECTORY_SIZE;
	enum image_state state = source_read(source, pe_at, pe, sizeof(pe));

	if (state != IMAGE_OK)
		return state;
	if (memcmp(pe, "PE\0", 4) != 0)
		return IMAGE_NOT_PE;

	uint32_t optional_size = le16(pe + 20);
	uint32_t directories = le32(optional + 108);

	image->machine = (uint16_t)le16(pe + 4);
	image->subsystem = (uint16_t)le16(optional + 68);
	*ret = (struct pe_headers){
		.sections_at = pe_at + COFF_SIZE + optional_size,
		.section_count = le16(pe + 6),
		.headers_size = le32(optional + 60),
		.image_size = le32(optional + 56),
		.entry_point = le32(optional + 16),
	};

	/* before the rest: a PE32 image for a 32-bit processor is whole, but not for us */
	if (image->machine != machine)
		return IMAGE_OTHER_MACHINE;
	if (le16(optional) != PE32_PLUS || !headers_agree(ret, optional_size, directories))
		return IMAGE_NOT_PE;
	if (ret->headers_size > source->size_bytes)
		return IMAGE_TRUNCATED;
	if (directories > DIRECTORY_SECURITY && le32(security + 4) > 0 &&
	    !range_is_inside(le32(security), le32(security + 4), source->size_bytes))
		return IMAGE_TRUNCATED;

	image->header_hash = hash_bytes(image->header_hash, pe, COFF_SIZE + optional_size);
	return IMAGE_OK;
}

static enum image_state section_check(const struct image_source *source, const struct pe_headers *h,
				      const struct pe_section *s)
{
	if (!range_is_inside(s->address, s->virtual_size, h->image_size))
		return IMAGE_NOT_PE;
	if (s->raw_size == 0)
		return IMAGE_OK;
	if (s->address < h->headers_size || s->address >= h->image_size || s->raw_at < h->headers_size)
		return IMAGE_NOT_PE;
	return range_is_inside(s->raw_at, s->raw_size, source->size_bytes) ? IMAGE_OK : IMAGE_TRUNCATED;
}

static bool section_holds(const struct pe_section *s, uint32_t address)
{
	uint32_t size = s->virtual_size > s->raw_size ? s->virtual_size : s->raw_size;

	return address >= s->address && address - s->address < size;
}

static enum image_state sections_read(const struct image_source *source, const struct pe_headers *h,
				      struct image *image)
{
	uint8_t table[SECTIONS_AT_ONCE * SECTION_SIZE];
	bool entry_found = false;

	for (size_t i = 0; i < h->section_count; i++) {
		const uint8_t *at = table + i % SECTIONS_AT_ONCE * SECTION_SIZE;

		if (i % SECTIONS_AT_ONCE == 0) {
			size_t left = h->section_count - i;
			size_t size = (left < SECTIONS_AT_ONCE ? left : SECTIONS_AT_ONCE) * SECTION_SIZE;
			enum image_state state = source_read(source, h->sections_at + i * SECTION_SIZE, table, size);

			if (state != IMAGE_OK)
				return state;
			image->header_hash = hash_bytes(image->header_hash, table, size);
		}

		struct pe_section s = { le32(at + 8), le32(at + 12), le32(at + 16), le32(at + 20) };
		enum image_state state = section_check(source, h, &s);

		if (state != IMAGE_OK)
			return state;
		entry_found |= section_holds(&s, h->entry_point);

		struct image_section *section = &image->sections[i];

		*section = (struct image_section){
			.offset = s.raw_at,
			.size = s.raw_size < s.virtual_size ? s.raw_size : s.virtual_size,
		};
		memcpy(section->name, at, sizeof(section->name) - 1);
		image->section_count = i + 1;
	}
	return entry_found ? IMAGE_OK : IMAGE_NOT_PE;
}

enum image_state image_inspect(const struct image_source *source, uint16_t machine, struct image *ret)
{
	struct image image = { .section_count = 0 };
	struct pe_headers headers;
	uint64_t pe_at;
	enum image_state state = dos_header_read(source, &image, &pe_at);

	if (state == IMAGE_OK)
		state = pe_header_read(source, pe_at, machine, &image, &headers);
	if (state == IMAGE_OK)
		state = sections_read(source, &headers, &image);
	if (state == IMAGE_OK)
		*ret = image;
	return state;
}

static bool section_is(const struct image_section *section, struct text name)
{
	return text_equal(text_of(section->name), name);
}

/* base sections, .profile, sections of profile 0, .profile, sections of profile 1, ... */
const struct image_section *image_find(const struct image *image, const char *name, size_t n)
{
	const struct text wanted = text_of(name);

	for (size_t i = 0; i < image->section_count; i++) {
		const struct image_section *section = &image->sections[i];

		if (section_is(section, wanted)) {
			if (n == 0)
				return section;
			n--;
		} else if (section_is(section, TEXT(".profile"))) {
			return NULL;
		}
	}
	return NULL;
}

size_t image_profile_count(const struct image *image)
{
	size_t count = 0;

	for (size_t i = 0; i < image->section_count; i++)
		count += section_is(&image->sections[i], TEXT(".profile"));
	return count > 0 ? count : 1;
}

bool image_read_text(const struct image_source *source, const struct image_section *section, char *buffer, size_t size,
		     struct text *ret)
{
	size_t most = size < IMAGE_TEXT_MAX ? size : IMAGE_TEXT_MAX;
	size_t want = section->size < most ? section->size : most;
	size_t len = 0;

	if (source_read(source, section->offset, buffer, want) != IMAGE_OK)
		return false;
	while (len < want && buffer[len] != '\0')
		len++;
	/* what lies behind a NUL is padding, but without one the rest is missing */
	if (len == want && want < section->size)
		return false;
	*ret = (struct text){ buffer, len };
	return true;
}

static struct text first_of(struct text a, struct text b)
{
	return a.len > 0 ? a : b;
}

void osrel_parse(struct text osrel, struct osrel *ret)
{
	enum { PRETTY_NAME, IMAGE_ID, NAME, ID, IMAGE_VERSION, VERSION, VERSION_ID, BUILD_ID, KEYS };
	static const char names[KEYS][16] = {
		[PRETTY_NAME] = "PRETTY_NAME",
		[IMAGE_ID] = "IMAGE_ID",
		[NAME] = "NAME",
		[ID] = "ID",
		[IMAGE_VERSION] = "IMAGE_VERSION",
		[VERSION] = "VERSION",
		[VERSION_ID] = "VERSION_ID",
		[BUILD_ID] = "BUILD_ID",
	};
	struct keyvalue_reader reader = { .rest = osrel, .separators = KEYVALUE_EQUALS };
	struct text values[KEYS] = { TEXT_EMPTY };
	struct keyvalue pair;

	while (keyvalue_next(&reader, &pair))
		for (size_t i = 0; i < KEYS; i++)
			if (text_equal(pair.key, text_of(names[i])))
				values[i] = pair.value;

	ret->title = first_of(first_of(values[PRETTY_NAME], values[IMAGE_ID]), first_of(values[NAME], values[ID]));
	ret->sort_key = first_of(values[IMAGE_ID], values[ID]);
	ret->version = first_of(first_of(values[IMAGE_VERSION], values[VERSION]),
				first_of(values[VERSION_ID], values[BUILD_ID]));
}
