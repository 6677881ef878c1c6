/* SPDX-License-Identifier: Apache-2.0 */
#include "pe.h"

#include <stdlib.h>
#include <string.h>

#define PE_AT        0x80u /* where our images have "PE\0\0" */
#define HEADERS_SIZE 0x400u
#define FILE_ALIGN   0x200u
#define PAGE         0x1000u
#define OPTIONAL     240u /* bytes: PE32+ with 16 directories */

static void put(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static uint32_t get(const uint8_t *at, size_t size)
{
	uint32_t value = 0;

	for (size_t i = 0; i < size; i++)
		value |= (uint32_t)at[i] << (8 * i);
	return value;
}

static size_t align(size_t value, size_t to)
{
	return (value + to - 1) / to * to;
}

static void put_headers(uint8_t *image, const struct pe_plan *plan, unsigned sections, size_t memory)
{
	uint8_t *coff = image + PE_AT + 4, *optional = coff + 20;

	memcpy(image, "MZ", 2);
	put(image + 0x3C, PE_AT, 4);
	memcpy(image + PE_AT, "PE\0\0", 4);
	put(coff, plan->machine, 2);
	put(coff + 2, sections, 2);
	put(coff + 4, plan->build, 4);
	put(coff + 16, OPTIONAL, 2);
	put(coff + 18, 0x0206, 2); /* executable, no line numbers, no debug information */
	put(optional, 0x20B, 2);
	put(optional + 20, PAGE, 4);
	put(optional + 32, PAGE, 4);
	put(optional + 36, FILE_ALIGN, 4);
	put(optional + 56, memory, 4);
	put(optional + 60, HEADERS_SIZE, 4);
	put(optional + 68, plan->subsystem, 2);
	put(optional + 70, 0x100, 2); /* NX_COMPAT */
	put(optional + 108, 16, 4);
}

uint8_t *fake_pe_build(const struct pe_plan *plan, size_t *ret_size)
{
	size_t text_size = plan->text_size ? plan->text_size : PAGE, file = HEADERS_SIZE, memory = PAGE, count = 0;
	struct pe_section all[PE_SECTIONS_MAX + 1];
	uint8_t *image, *text = calloc(1, text_size);

	memcpy(text, plan->text, strlen(plan->text) + 1);
	while (count < PE_SECTIONS_MAX && plan->sections[count].name) {
		all[count] = plan->sections[count];
		count++;
	}
	all[count++] = (struct pe_section){ ".text", text, text_size };
	for (size_t i = 0; i < count; i++)
		file += align(all[i].size, FILE_ALIGN);
	image = calloc(1, file);
	*ret_size = file;
	file = HEADERS_SIZE;
	for (size_t i = 0; i < count; i++) {
		uint8_t *header = image + PE_AT + 24 + OPTIONAL + 40 * i;
		bool is_text = i + 1 == count;

		memcpy(header, all[i].name, strnlen(all[i].name, 8));
		put(header + 8, all[i].size, 4);
		put(header + 12, memory, 4);
		put(header + 16, align(all[i].size, FILE_ALIGN), 4);
		put(header + 20, file, 4);
		put(header + 36, is_text ? 0x60000020 : 0x40000040, 4); /* code: execute, read; data: read */
		if (is_text)
			put(image + PE_AT + 24 + 16, memory, 4); /* entry point */
		memcpy(image + file, all[i].bytes, all[i].size);
		file += align(all[i].size, FILE_ALIGN);
		memory += align(all[i].size, PAGE);
	}
	put_headers(image, plan, (unsigned)count, memory);
	free(text);
	return image;
}

static bool sections_fit(const struct pe_facts *facts, size_t size)
{
	for (unsigned i = 0; i < facts->section_count; i++) {
		const uint8_t *header = facts->section_table + 40 * i;
		uint64_t raw_end = (uint64_t)get(header + 20, 4) + get(header + 16, 4);
		uint64_t memory_end = (uint64_t)get(header + 12, 4) + get(header + 8, 4);

		if (get(header + 16, 4) && raw_end > size)
			return false;
		if (memory_end > facts->image_size)
			return false;
	}
	return true;
}

enum pe_fault fake_pe_inspect(const uint8_t *bytes, size_t size, struct pe_facts *ret)
{
	struct pe_facts facts;
	uint32_t at, optional;

	if (size < 0x40 || memcmp(bytes, "MZ", 2) != 0)
		return PE_NO_PE;
	at = get(bytes + 0x3C, 4);
	if (at > size || size - at < 24 + 112)
		return PE_CUT;
	if (memcmp(bytes + at, "PE\0\0", 4) != 0 || get(bytes + at + 24, 2) != 0x20B)
		return PE_NO_PE;
	if (get(bytes + at + 4, 2) != PE_MACHINE_X64)
		return PE_OTHER_MACHINE;
	optional = get(bytes + at + 20, 2);
	facts.section_count = get(bytes + at + 6, 2);
	facts.subsystem = (uint16_t)get(bytes + at + 24 + 68, 2);
	facts.image_size = get(bytes + at + 24 + 56, 4);
	facts.headers_size = get(bytes + at + 24 + 60, 4);
	facts.section_table = bytes + at + 24 + optional;
	if (facts.headers_size > facts.image_size || facts.image_size > 1u << 30)
		return PE_NO_PE;
	if (facts.headers_size > size || (uint64_t)at + 24 + optional + 40 * (uint64_t)facts.section_count > size)
		return PE_CUT;
	if (!sections_fit(&facts, size))
		return PE_CUT;
	*ret = facts;
	return PE_SANE;
}

const uint8_t *fake_pe_section(const uint8_t *bytes, size_t size, const char *name, size_t *ret_size)
{
	uint32_t at, table, count;

	if (size < 0x40 || memcmp(bytes, "MZ", 2) != 0)
		return NULL;
	at = get(bytes + 0x3C, 4);
	if (at > size || size - at < 24 || memcmp(bytes + at, "PE\0\0", 4) != 0 ||
	    get(bytes + at + 4, 2) != PE_MACHINE_X64)
		return NULL;
	table = at + 24 + get(bytes + at + 20, 2);
	count = get(bytes + at + 6, 2);
	for (uint32_t i = 0; i < count && (uint64_t)table + 40 * (i + 1) <= size; i++) {
		const uint8_t *header = bytes + table + 40 * i;
		uint32_t len = get(header + 8, 4), raw = get(header + 16, 4), from = get(header + 20, 4);

		if (strncmp((const char *)header, name, 8) != 0)
			continue;
		len = len < raw ? len : raw;
		if ((uint64_t)from + len > size)
			return NULL;
		*ret_size = len;
		return bytes + from;
	}
	return NULL;
}

uint8_t *fake_pe_map(const uint8_t *bytes, const struct pe_facts *facts)
{
	uint8_t *memory = calloc(1, facts->image_size ? facts->image_size : 1);

	memcpy(memory, bytes, facts->headers_size);
	for (unsigned i = 0; i < facts->section_count; i++) {
		const uint8_t *header = facts->section_table + 40 * i;
		uint32_t len = get(header + 8, 4), raw = get(header + 16, 4);

		memcpy(memory + get(header + 12, 4), bytes + get(header + 20, 4), len < raw ? len : raw);
	}
	return memory;
}
