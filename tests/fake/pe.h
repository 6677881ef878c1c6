/* SPDX-License-Identifier: Apache-2.0 */
/* pe.h - small PE32+ images for x64: built for tests, and read again as firmware and loader read them.
 * Source: PE format (Microsoft). */
#ifndef FAKE_PE_H
#define FAKE_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PE_MACHINE_X64   0x8664u
#define PE_MACHINE_OTHER 0xAA64u
#define PE_APPLICATION   10u
#define PE_DRIVER        11u /* boot service driver */

#define PE_SECTIONS_MAX 8u

struct pe_section {
	const char *name; /* at most 8 characters */
	const void *bytes;
	size_t size;
};

struct pe_plan {
	uint16_t machine, subsystem;
	uint32_t build; /* the time stamp of the header: another build, another header */
	struct pe_section sections
		[PE_SECTIONS_MAX]; /* up to the first without a name; .text comes last, as .linux does in a UKI */
	const char *text;          /* marker at the start of .text; images.h knows an image by it */
	size_t text_size;          /* bytes of .text at least; 0: one page */
};

/* malloc()ed; *RET_SIZE bytes. */
uint8_t *fake_pe_build(const struct pe_plan *plan, size_t *ret_size);

enum pe_fault {
	PE_SANE,
	PE_NO_PE, /* not an image, or its headers contradict themselves */
	PE_OTHER_MACHINE,
	PE_CUT, /* headers or sections beyond the end of the file */
};

struct pe_facts {
	uint16_t subsystem;
	uint32_t image_size; /* bytes in memory */
	uint32_t headers_size;
	unsigned section_count;
	const uint8_t *section_table;
};

enum pe_fault fake_pe_inspect(const uint8_t *bytes, size_t size, struct pe_facts *ret);

/* Contents of the first section NAME inside the file, NULL if there is none. */
const uint8_t *fake_pe_section(const uint8_t *bytes, size_t size, const char *name, size_t *ret_size);

/* The image as the firmware lays it out in memory: malloc()ed, ret->image_size bytes. BYTES must be PE_SANE. */
uint8_t *fake_pe_map(const uint8_t *bytes, const struct pe_facts *facts);

#endif
