/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Where things are in the images that these tests make */
#define PE_AT      0x80u
#define OPTIONAL   (PE_AT + 24u)
#define SECURITY   (OPTIONAL + 112u + 4u * 8u)
#define TABLE_AT   (OPTIONAL + 240u)
#define ALIGNMENT  512u
#define FILE_MAX   65536u
#define SECTION(n) (TABLE_AT + (n) * 40u)

/* A file in memory that counts what is read of it, and fails when told. */
struct file {
	uint8_t bytes[FILE_MAX];
	uint64_t size;
	size_t reads, bytes_read;
	size_t failing_read; /* 1..; 0: none */
};

static void put16(struct file *file, size_t at, uint32_t value)
{
	file->bytes[at] = (uint8_t)value;
	file->bytes[at + 1] = (uint8_t)(value >> 8);
}

static void put32(struct file *file, size_t at, uint32_t value)
{
	put16(file, at, value & 0xFFFF);
	put16(file, at + 2, value >> 16);
}

static uint32_t get32(const struct file *file, size_t at)
{
	return file->bytes[at] | (uint32_t)file->bytes[at + 1] << 8 | (uint32_t)file->bytes[at + 2] << 16 |
	       (uint32_t)file->bytes[at + 3] << 24;
}

static bool file_read(void *context, uint64_t offset, void *ret, size_t size)
{
	struct file *file = context;

	if (offset > file->size || size > file->size - offset)
		fail_msg("read of %zu at %llu, beyond the end", size, (unsigned long long)offset);
	file->reads++;
	file->bytes_read += size;
	if (file->reads == file->failing_read)
		return false;
	memcpy(ret, file->bytes + offset, size);
	return true;
}

static struct image_source source_of(struct file *file)
{
	return (struct image_source){ .context = file, .size_bytes = file->size, .read = file_read };
}

/* A whole x86_64 image with these sections; the text of a section is its own name. */
static void file_make(struct file *file, const char *const *names, uint32_t count)
{
	uint32_t headers_size = (SECTION(count) + ALIGNMENT) / ALIGNMENT * ALIGNMENT;

	memset(file, 0, sizeof(*file));
	memcpy(file->bytes, "MZ", 2);
	put32(file, 60, PE_AT);
	memcpy(file->bytes + PE_AT, "PE\0", 4);
	put16(file, PE_AT + 4, IMAGE_MACHINE_X64);
	put16(file, PE_AT + 6, count);
	put16(file, PE_AT + 20, 240);
	put16(file, OPTIONAL, 0x20B);
	put32(file, OPTIONAL + 16, headers_size + 4); /* the entry point, in the first section */
	put32(file, OPTIONAL + 56, headers_size + count * ALIGNMENT);
	put32(file, OPTIONAL + 60, headers_size);
	put16(file, OPTIONAL + 68, 10);
	put32(file, OPTIONAL + 108, 16);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = headers_size + i * ALIGNMENT;

		memcpy(file->bytes + SECTION(i), names[i], strlen(names[i]) < 8 ? strlen(names[i]) : 8);
		put32(file, SECTION(i) + 8, 100 + i);   /* in memory */
		put32(file, SECTION(i) + 12, at);
		put32(file, SECTION(i) + 16, ALIGNMENT); /* in the file, filled up */
		put32(file, SECTION(i) + 20, at);
		memcpy(file->bytes + at, names[i], strlen(names[i]));
	}
	file->size = headers_size + count * ALIGNMENT;
}

static const char *const plain[] = { ".text", ".osrel" };

static struct file file; /* too large for a stack, made anew by every test */

static enum image_state inspect(struct image *ret)
{
	struct image_source source = source_of(&file);

	file.reads = file.bytes_read = 0;
	return image_inspect(&source, IMAGE_MACHINE_X64, ret);
}

static void a_good_image(void **state)
{
	struct image image;

	file_make(&file, plain, 2);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_int_equal(image.machine, IMAGE_MACHINE_X64);
	assert_int_equal(image.subsystem, 10);
	assert_int_equal(image.section_count, 2);
	assert_string_equal(image.sections[0].name, ".text");
	assert_string_equal(image.sections[1].name, ".osrel");
	assert_int_equal(image.sections[1].offset, 1024);
	assert_int_equal(image.sections[1].size, 101); /* the smaller one is in memory */

	put32(&file, SECTION(1) + 8, ALIGNMENT); /* the smaller one is in the file */
	put32(&file, SECTION(1) + 16, 7);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_int_equal(image.sections[1].size, 7);
}

/* One change to a good image: BYTES little endian bytes of VALUE at AT. */
static void contradictions(void **state)
{
	static const struct {
		const char *what;
		uint32_t at, bytes, value;
		enum image_state wanted;
	} rows[] = {
		{ "no M",                              0,              1, 'N',        IMAGE_NOT_PE        },
		{ "no Z",                              1,              1, 'N',        IMAGE_NOT_PE        },
		{ "PE header in the DOS header",       60,             4, 63,         IMAGE_NOT_PE        },
		{ "PE header at 0",                    60,             4, 0,          IMAGE_NOT_PE        },
		{ "PE header elsewhere",               60,             4, PE_AT + 1,  IMAGE_NOT_PE        },
		{ "PE header beyond the end",          60,             4, 2000,       IMAGE_TRUNCATED     },
		{ "PE header far beyond",              60,             4, 0xFFFFFFFF, IMAGE_TRUNCATED     },
		{ "no P",                              PE_AT,          1, 'N',        IMAGE_NOT_PE        },
		{ "no NUL",                            PE_AT + 3,      1, 1,          IMAGE_NOT_PE        },
		{ "another machine",                   PE_AT + 4,      2, 0xAA64,     IMAGE_OTHER_MACHINE },
		{ "a 32-bit machine",                  PE_AT + 4,      2, 0x14C,      IMAGE_OTHER_MACHINE },
		{ "no section",                        PE_AT + 6,      2, 0,          IMAGE_NOT_PE        },
		{ "more sections than headers hold",   PE_AT + 6,      2, 4,          IMAGE_NOT_PE        },
		{ "as many as the headers hold",       PE_AT + 6,      2, 3,          IMAGE_OK            },
		{ "97 sections",                       PE_AT + 6,      2, 97,         IMAGE_NOT_PE        },
		{ "65535 sections",                    PE_AT + 6,      2, 65535,      IMAGE_NOT_PE        },
		{ "no optional header",                PE_AT + 20,     2, 0,          IMAGE_NOT_PE        },
		{ "optional header a byte shorter",    PE_AT + 20,     2, 239,        IMAGE_NOT_PE        },
		{ "optional header longer",            PE_AT + 20,     2, 248,        IMAGE_NOT_PE        },
		{ "PE32",                              OPTIONAL,       2, 0x10B,      IMAGE_NOT_PE        },
		{ "a ROM image",                       OPTIONAL,       2, 0x107,      IMAGE_NOT_PE        },
		{ "17 directories",                    OPTIONAL + 108, 4, 17,         IMAGE_NOT_PE        },
		{ "fewer directories than there are",  OPTIONAL + 108, 4, 15,         IMAGE_NOT_PE        },
		{ "directories to overflow",           OPTIONAL + 108, 4, 0x20000010, IMAGE_NOT_PE        },
		{ "headers end in the section table",  OPTIONAL + 60,  4, SECTION(1), IMAGE_NOT_PE        },
		{ "headers end before that table",     OPTIONAL + 60,  4, TABLE_AT,   IMAGE_NOT_PE        },
		{ "headers of no byte",                OPTIONAL + 60,  4, 0,          IMAGE_NOT_PE        },
		{ "headers end with the table",        OPTIONAL + 60,  4, SECTION(2), IMAGE_OK            },
		{ "headers larger than the image",     OPTIONAL + 60,  4, 1536,       IMAGE_NOT_PE        },
		{ "headers over the first section",    OPTIONAL + 60,  4, 513,        IMAGE_NOT_PE        },
		{ "an image of no byte",               OPTIONAL + 56,  4, 0,          IMAGE_NOT_PE        },
		{ "image ends in the last section",    OPTIONAL + 56,  4, 1024 + 100, IMAGE_NOT_PE        },
		{ "image ends with the last section",  OPTIONAL + 56,  4, 1024 + 101, IMAGE_OK            },
		{ "entry point 0",                     OPTIONAL + 16,  4, 0,          IMAGE_NOT_PE        },
		{ "entry point in the headers",        OPTIONAL + 16,  4, 511,        IMAGE_NOT_PE        },
		{ "entry point, the first byte",       OPTIONAL + 16,  4, 512,        IMAGE_OK            },
		{ "entry point, the last byte",        OPTIONAL + 16,  4, 1535,       IMAGE_OK            },
		{ "entry point behind it",             OPTIONAL + 16,  4, 1536,       IMAGE_NOT_PE        },
		{ "entry point far away",              OPTIONAL + 16,  4, 0xFFFFFFFF, IMAGE_NOT_PE        },
		{ "another subsystem",                 OPTIONAL + 68,  2, 11,         IMAGE_OK            },
		{ "section over the headers (memory)", SECTION(1) + 12, 4, 511,       IMAGE_NOT_PE        },
		{ "section beyond the image",          SECTION(1) + 12, 4, 1537,      IMAGE_NOT_PE        },
		{ "section behind the image",          SECTION(1) + 12, 4, 1536,      IMAGE_NOT_PE        },
		{ "section far beyond the image",      SECTION(1) + 8, 4, 0xFFFFFFFF, IMAGE_NOT_PE        },
		{ "section over the headers (file)",   SECTION(1) + 20, 4, 511,       IMAGE_NOT_PE        },
		{ "raw data a byte too long",          SECTION(1) + 16, 4, 513,       IMAGE_TRUNCATED     },
		{ "raw data far too long",             SECTION(1) + 16, 4, 0xFFFFFFFF, IMAGE_TRUNCATED    },
		{ "raw data a byte too late",          SECTION(1) + 20, 4, 1025,      IMAGE_TRUNCATED     },
		{ "raw data far too late",             SECTION(1) + 20, 4, 0xFFFFFFFF, IMAGE_TRUNCATED    },
		{ "no raw data: its place is nothing", SECTION(1) + 16, 4, 0,         IMAGE_OK            },
		{ "no size in memory",                 SECTION(1) + 8, 4, 0,          IMAGE_OK            },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct image image;
		enum image_state got;

		file_make(&file, plain, 2);
		assert_int_equal(file.size, 1536);
		for (uint32_t k = 0; k < rows[i].bytes; k++)
			file.bytes[rows[i].at + k] = (uint8_t)(rows[i].value >> 8 * k);
		memset(&image, 0xA5, sizeof(image));
		got = inspect(&image);
		if (got != rows[i].wanted)
			fail_msg("%s: %d, wanted %d", rows[i].what, (int)got, (int)rows[i].wanted);
		if (got != IMAGE_OK && image.machine != 0xA5A5)
			fail_msg("%s: written all the same", rows[i].what);
	}
}

/* The place of a section without raw data is not looked at. */
static void a_section_of_zeros(void **state)
{
	static const char *const names[] = { ".text", ".bss" };
	struct image image;

	file_make(&file, names, 2);
	put32(&file, SECTION(1) + 16, 0);
	put32(&file, SECTION(1) + 20, 0xFFFFFFFF);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_int_equal(image.sections[1].size, 0);
	put32(&file, SECTION(1) + 20, 0x89ABCDEF);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_int_equal(image.sections[1].offset, 0x89ABCDEF);

	/* nothing but headers in the file */
	put32(&file, SECTION(0) + 16, 0);
	file.size = get32(&file, OPTIONAL + 60);
	assert_int_equal(inspect(&image), IMAGE_OK);
	file.size--;
	assert_int_equal(inspect(&image), IMAGE_TRUNCATED);
}

/* Whatever is behind the headers may be zeros, but something must be. */
static void an_image_of_zeros(void **state)
{
	for (uint32_t more = 0; more < 2; more++) {
		struct image image;

		file_make(&file, plain, 2);
		for (uint32_t i = 0; i < 2; i++) {
			put32(&file, SECTION(i) + 12, 0);
			put32(&file, SECTION(i) + 16, 0);
		}
		put32(&file, OPTIONAL + 16, 4);
		put32(&file, OPTIONAL + 56, get32(&file, OPTIONAL + 60) + more);
		assert_int_equal(inspect(&image), more ? IMAGE_OK : IMAGE_NOT_PE);
	}
}

/* It holds nothing in memory, and yet bytes in the file, which would be copied behind the image. */
static void a_section_of_no_size(void **state)
{
	struct image image;

	file_make(&file, plain, 2);
	put32(&file, SECTION(1) + 8, 0);
	put32(&file, SECTION(1) + 12, 1535);
	assert_int_equal(inspect(&image), IMAGE_OK);
	put32(&file, SECTION(1) + 12, 1536);
	assert_int_equal(inspect(&image), IMAGE_NOT_PE);
	put32(&file, SECTION(1) + 16, 0);
	assert_int_equal(inspect(&image), IMAGE_OK);
}

/* The headers may follow at once, but not overlap, as the smallest images do. */
static void where_the_headers_are(void **state)
{
	static const uint32_t places[] = { 32, 64 };

	for (size_t i = 0; i < COUNT(places); i++) {
		struct image image;

		file_make(&file, plain, 2);
		memmove(file.bytes + places[i], file.bytes + PE_AT, SECTION(2) - PE_AT);
		put32(&file, 60, places[i]);
		if (inspect(&image) != (places[i] < 64 ? IMAGE_NOT_PE : IMAGE_OK))
			fail_msg("PE header at %u", places[i]);
	}
}

/* SizeOfImage must have room for one section header more than there are: EDK2 counts so. */
static void a_small_image_in_memory(void **state)
{
	static const char *const names[] = { ".text" };

	for (uint32_t missing = 0; missing < 2; missing++) {
		struct image image;

		file_make(&file, names, 1);
		put32(&file, OPTIONAL + 60, SECTION(1));
		put32(&file, OPTIONAL + 56, SECTION(2) - missing);
		put32(&file, OPTIONAL + 16, SECTION(1));
		put32(&file, SECTION(0) + 8, 4);
		put32(&file, SECTION(0) + 12, SECTION(1));
		assert_int_equal(inspect(&image), missing ? IMAGE_NOT_PE : IMAGE_OK);
	}
}

static void fewer_directories(void **state)
{
	struct image image;

	/* without directories the table stands where they were */
	file_make(&file, plain, 2);
	put16(&file, PE_AT + 20, 112);
	put32(&file, OPTIONAL + 108, 0);
	memmove(file.bytes + OPTIONAL + 112, file.bytes + TABLE_AT, 80);
	memset(file.bytes + TABLE_AT, 0, 80);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_string_equal(image.sections[1].name, ".osrel");

	/* what stands where the signature's directory would be is none */
	file_make(&file, plain, 2);
	put16(&file, PE_AT + 20, 112 + 4 * 8);
	put32(&file, OPTIONAL + 108, 4);
	memmove(file.bytes + SECURITY, file.bytes + TABLE_AT, 80);
	memset(file.bytes + TABLE_AT, 0, 80);
	assert_int_equal(inspect(&image), IMAGE_OK);
}

static void signatures(void **state)
{
	static const struct {
		uint32_t at, size;
		enum image_state wanted;
	} rows[] = {
		{ 0,          0,          IMAGE_OK        }, { 0xFFFFFFFF, 0,    IMAGE_OK        },
		{ 1536,       64,         IMAGE_OK        }, { 1536,       65,   IMAGE_TRUNCATED },
		{ 1601,       1,          IMAGE_TRUNCATED }, { 0xFFFFFFFF, 0xFFFFFFFF, IMAGE_TRUNCATED },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct image image;

		file_make(&file, plain, 2);
		file.size += 64;
		put32(&file, SECURITY, rows[i].at);
		put32(&file, SECURITY + 4, rows[i].size);
		if (inspect(&image) != rows[i].wanted)
			fail_msg("signature of %u at %u", rows[i].size, rows[i].at);
	}
}

static void cut_at_every_byte(void **state)
{
	for (int with_signature = 0; with_signature < 2; with_signature++) {
		uint64_t whole;

		file_make(&file, plain, 2);
		if (with_signature) {
			put32(&file, SECURITY, 1536);
			put32(&file, SECURITY + 4, 64);
			file.size += 64;
		}
		whole = file.size;
		for (file.size = 0; file.size <= whole; file.size++) {
			struct image image;
			enum image_state got = inspect(&image);
			enum image_state wanted = file.size == 0     ? IMAGE_EMPTY :
						  file.size == whole ? IMAGE_OK :
								       IMAGE_TRUNCATED;

			if (got != wanted)
				fail_msg("%llu of %llu bytes: %d", (unsigned long long)file.size,
					 (unsigned long long)whole, (int)got);
		}
	}

	/* too short for an MZ, but what is there is none */
	file.size = 1;
	file.bytes[0] = '#';
	assert_int_equal(inspect(&(struct image){ 0 }), IMAGE_NOT_PE);
	file.size = 2;
	memcpy(file.bytes, "M#", 2);
	assert_int_equal(inspect(&(struct image){ 0 }), IMAGE_NOT_PE);
}

static const char *const many[IMAGE_SECTIONS_MAX + 1] = { ".text", ".osrel", ".profile" };

static void many_make(uint32_t count)
{
	const char *names[COUNT(many)];

	for (size_t i = 0; i < COUNT(many); i++)
		names[i] = many[i] ? many[i] : ".dtbauto";
	file_make(&file, names, count);
}

static void every_read_can_fail(void **state)
{
	struct image image;
	size_t reads;

	many_make(IMAGE_SECTIONS_MAX);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_int_equal(image.section_count, IMAGE_SECTIONS_MAX);
	assert_string_equal(image.sections[IMAGE_SECTIONS_MAX - 1].name, ".dtbauto");
	reads = file.reads;
	assert_true(reads >= 3);
	for (file.failing_read = 1; file.failing_read <= reads; file.failing_read++) {
		memset(&image, 0xA5, sizeof(image));
		if (inspect(&image) != IMAGE_READ_FAILED || image.machine != 0xA5A5)
			fail_msg("read %zu of %zu failed unnoticed", file.failing_read, reads);
	}
	assert_int_equal(inspect(&image), IMAGE_OK); /* one read later there is none */

	many_make(IMAGE_SECTIONS_MAX + 1);
	assert_int_equal(inspect(&image), IMAGE_NOT_PE);
}

static void never_reads_much(void **state)
{
	static char buffer[2 * IMAGE_TEXT_MAX];
	struct image_source source;
	struct image image;
	struct text text;

	many_make(IMAGE_SECTIONS_MAX);
	for (uint32_t i = 0; i < 2; i++) { /* .osrel and .profile of 60000 bytes each */
		put32(&file, SECTION(1 + i) + 8, 60000);
		put32(&file, SECTION(1 + i) + 16, 60000);
		put32(&file, SECTION(1 + i) + 20, get32(&file, OPTIONAL + 60));
	}
	put32(&file, OPTIONAL + 56, 0x100000);
	file.size = FILE_MAX;
	assert_int_equal(inspect(&image), IMAGE_OK);
	source = source_of(&file);
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(image.sections[i].size, 60000);
		assert_true(image_read_text(&source, &image.sections[i], buffer, sizeof(buffer), &text));
	}
	assert_true(file.bytes_read <= IMAGE_READ_MAX);
}

static void other_machines(void **state)
{
	struct image_source source;
	struct image image;

	file_make(&file, plain, 2);
	source = source_of(&file);
	assert_int_equal(image_inspect(&source, IMAGE_MACHINE_AA64, &image), IMAGE_OTHER_MACHINE);
	put16(&file, PE_AT + 4, IMAGE_MACHINE_AA64);
	assert_int_equal(image_inspect(&source, IMAGE_MACHINE_AA64, &image), IMAGE_OK);
	assert_int_equal(image.machine, IMAGE_MACHINE_AA64);
}

/* Every byte of the headers that are read counts for the fingerprint, no other does. */
static void header_hashes(void **state)
{
	static const struct {
		const char *what;
		uint32_t at;
		bool counts;
	} rows[] = {
		{ "DOS header",              2,                       true  },
		{ "what the linker left",    PE_AT - 1,               false },
		{ "time stamp",              PE_AT + 8,               true  },
		{ "checksum",                OPTIONAL + 64,           true  },
		{ "last directory",          TABLE_AT - 1,            true  },
		{ "name of the first one",   SECTION(0),              true  },
		{ "end of the last header",  SECTION(2) - 1,          true  },
		{ "behind the headers",      SECTION(2),              false },
		{ "data",                    1024,                    false },
	};
	struct image before, after;

	file_make(&file, plain, 2);
	assert_int_equal(inspect(&before), IMAGE_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		file.bytes[rows[i].at] ^= 0x20;
		assert_int_equal(inspect(&after), IMAGE_OK);
		if ((before.header_hash != after.header_hash) != rows[i].counts)
			fail_msg("%s", rows[i].what);
		file.bytes[rows[i].at] ^= 0x20;
	}

	/* the last of many sections, too */
	many_make(40);
	assert_int_equal(inspect(&before), IMAGE_OK);
	file.bytes[SECTION(40) - 1] ^= 1;
	assert_int_equal(inspect(&after), IMAGE_OK);
	assert_true(before.header_hash != after.header_hash);
	file.bytes[SECTION(40) - 1] ^= 1;
	file.bytes[SECTION(40)] ^= 1;
	assert_int_equal(inspect(&after), IMAGE_OK);
	assert_int_equal(before.header_hash, after.header_hash);
}

static void finding_sections(void **state)
{
	static const char *const names[] = {
		".text", ".osrel", ".dtbauto", ".dtbauto", ".profile", ".cmdline", ".profile", ".osrel", ".profile",
	};
	static const struct {
		const char *name;
		size_t n;
		int wanted; /* index, or -1 */
	} rows[] = {
		{ ".text",    0, 0 },  { ".text",    1, -1 }, { ".osrel",    0, 1 },  { ".osrel",   1, -1 },
		{ ".dtbauto", 0, 2 },  { ".dtbauto", 1, 3 },  { ".dtbauto",  2, -1 }, { ".cmdline", 0, -1 },
		{ ".profile", 0, 4 },  { ".profile", 1, 6 },  { ".profile",  2, 8 },  { ".profile", 3, -1 },
		{ ".osre",    0, -1 }, { ".osrels",  0, -1 }, { ".dtbautos", 0, -1 }, { "",         0, -1 },
		{ ".OSREL",   0, -1 },
	};
	struct image image;

	file_make(&file, names, COUNT(names));
	assert_int_equal(inspect(&image), IMAGE_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_section *found = image_find(&image, rows[i].name, rows[i].n);

		if (found != (rows[i].wanted < 0 ? NULL : &image.sections[rows[i].wanted]))
			fail_msg("\"%s\" number %zu", rows[i].name, rows[i].n);
	}
	assert_int_equal(image_profile_count(&image), 3);

	file_make(&file, plain, 2);
	assert_int_equal(inspect(&image), IMAGE_OK);
	assert_int_equal(image_profile_count(&image), 1);
	assert_null(image_find(&image, ".profile", 0));
	memcpy(image.sections[0].name, ".profile", 9); /* no base at all */
	memcpy(image.sections[1].name, ".profile", 9);
	assert_int_equal(image_profile_count(&image), 2);
	assert_null(image_find(&image, ".text", 0));
	image.section_count = 0;
	assert_null(image_find(&image, ".text", 0));
	assert_int_equal(image_profile_count(&image), 1);
}

static void reading_texts(void **state)
{
	static const struct {
		const char *what;
		uint32_t offset, size;
		size_t room;
		bool ok;
		size_t len;
	} rows[] = {
		{ "all of it",                         0,    10,   16,   true,  10   },
		{ "as much as there is room",          0,    10,   10,   true,  10   },
		{ "a byte too much",                   0,    10,   9,    false, 0    },
		{ "a NUL behind it",                   90,   20,   64,   true,  10   },
		{ "a NUL, and no room behind that",    90,   20,   11,   true,  10   },
		{ "no room for the NUL",               90,   20,   10,   false, 0    },
		{ "a NUL at once",                     100,  20,   64,   true,  0    },
		{ "nothing",                           0,    0,    16,   true,  0    },
		{ "nothing, at the very end",          5000, 0,    16,   true,  0    },
		{ "nothing, no room",                  0,    0,    0,    true,  0    },
		{ "something, no room",                0,    1,    0,    false, 0    },
		{ "as much as is ever read",           200,  4096, 8192, true,  4096 },
		{ "a byte more",                       200,  4097, 8192, false, 0    },
		{ "to the end of the file",            4990, 10,   64,   true,  10   },
		{ "beyond the end of the file",        4991, 10,   64,   false, 0    },
		{ "far beyond",                        0xFFFFFFFF, 10, 64, false, 0  },
	};
	static char buffer[8192];

	memset(&file, 0, sizeof(file));
	memset(file.bytes, 'x', 5000);
	file.bytes[100] = 0;
	file.size = 5000;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct image_source source = source_of(&file);
		struct image_section section = { ".osrel", rows[i].offset, rows[i].size };
		struct text text = TEXT("untouched");
		bool ok = image_read_text(&source, &section, buffer, rows[i].room, &text);

		if (ok != rows[i].ok || text.len != (ok ? rows[i].len : 9) || (ok && text.at != buffer))
			fail_msg("%s: %d, %zu bytes", rows[i].what, ok, text.len);
	}

	struct image_source source = source_of(&file);
	struct image_section section = { ".osrel", 0, 10 };
	struct text text;

	file.failing_read = file.reads + 1;
	assert_false(image_read_text(&source, &section, buffer, sizeof(buffer), &text));
}

static void os_releases(void **state)
{
	static const struct {
		const char *text, *title, *sort_key, *version;
	} rows[] = {
		{ "",                                                "",      "",  ""  },
		{ "HOME_URL=x\nVERSION=1\n",                         "",      "",  "1" },
		{ "ID=a\n",                                          "a",     "a", ""  },
		{ "ID=a\nNAME=b\n",                                  "b",     "a", ""  },
		{ "ID=a\nNAME=b\nIMAGE_ID=c\n",                      "c",     "c", ""  },
		{ "ID=a\nNAME=b\nIMAGE_ID=c\nPRETTY_NAME=\"d e\"\n", "d e",   "c", ""  },
		{ "NAME=b\n",                                        "b",     "",  ""  },
		{ "PRETTY_NAME='d e'\r\nID=a\r\n",                   "d e",   "a", ""  },
		{ "ID=a\nBUILD_ID=1",                                "a",     "a", "1" },
		{ "ID=a\nBUILD_ID=1\nVERSION_ID=2",                  "a",     "a", "2" },
		{ "ID=a\nBUILD_ID=1\nVERSION_ID=2\nVERSION=3",       "a",     "a", "3" },
		{ "IMAGE_VERSION=4\nVERSION=3\nID=a",                "a",     "a", "4" },
		{ "ID=a\nID=b\n",                                    "b",     "b", ""  },
		{ "#ID=a\nID_LIKE=b\nid=c\n ID=d\n",                 "d",     "d", ""  },
		{ "ID\nNAME=\n",                                     "",      "",  ""  },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct osrel osrel;

		memset(&osrel, 0xA5, sizeof(osrel));
		osrel_parse(text_of(rows[i].text), &osrel);
		if (!text_equal(osrel.title, text_of(rows[i].title)))
			fail_msg("%s: title", rows[i].text);
		if (!text_equal(osrel.sort_key, text_of(rows[i].sort_key)))
			fail_msg("%s: sort-key", rows[i].text);
		if (!text_equal(osrel.version, text_of(rows[i].version)))
			fail_msg("%s: version", rows[i].text);
	}
}

static void what_is_behind_the_last_section(void **state)
{
	struct image image = { .section_count = 1, .sections = { { .name = ".text" }, { .name = ".profile" }, { .name = ".profile" } } };

	assert_null(image_find(&image, ".profile", 0));
	assert_int_equal(image_profile_count(&image), 1);
	image.section_count = 2;
	assert_int_equal(image_profile_count(&image), 1);
	image.section_count = 3;
	assert_int_equal(image_profile_count(&image), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_image),
		cmocka_unit_test(contradictions),
		cmocka_unit_test(a_section_of_zeros),
		cmocka_unit_test(an_image_of_zeros),
		cmocka_unit_test(what_is_behind_the_last_section),
		cmocka_unit_test(a_section_of_no_size),
		cmocka_unit_test(where_the_headers_are),
		cmocka_unit_test(a_small_image_in_memory),
		cmocka_unit_test(fewer_directories),
		cmocka_unit_test(signatures),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(every_read_can_fail),
		cmocka_unit_test(never_reads_much),
		cmocka_unit_test(other_machines),
		cmocka_unit_test(header_hashes),
		cmocka_unit_test(finding_sections),
		cmocka_unit_test(reading_texts),
		cmocka_unit_test(os_releases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
