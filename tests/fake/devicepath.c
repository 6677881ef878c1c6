/* SPDX-License-Identifier: Apache-2.0 */
#include "devicepath.h"

#include <stdlib.h>
#include <string.h>

#include "wide.h"

static const uint8_t end_node[4] = { 0x7F, 0xFF, 4, 0 };

static void add_node(struct path_bytes *path, uint8_t type, uint8_t subtype, const void *data, size_t size)
{
	if (path->size + 4 + size + sizeof(end_node) > sizeof(path->at))
		abort(); /* a test's path is too long */
	path->at[path->size] = type;
	path->at[path->size + 1] = subtype;
	path->at[path->size + 2] = (uint8_t)(size + 4);
	path->at[path->size + 3] = (uint8_t)((size + 4) >> 8);
	memcpy(path->at + path->size + 4, data, size);
	path->size += size + 4;
	memcpy(path->at + path->size, end_node, sizeof(end_node));
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

void fake_path_start_disk(struct path_bytes *path, unsigned disk)
{
	uint8_t acpi[8], pci[2] = { 0, (uint8_t)(disk + 2) }, sata[6] = { (uint8_t)disk, 0, 0xFF, 0xFF, 0, 0 };

	put(acpi, 0x0a0341d0, 4); /* PNP0A03, a PCI root bridge */
	put(acpi + 4, 0, 4);
	path->size = 0;
	add_node(path, 2, 1, acpi, sizeof(acpi));
	add_node(path, 1, 1, pci, sizeof(pci));
	add_node(path, 3, 18, sata, sizeof(sata));
}

void fake_path_add_partition(struct path_bytes *path, uint32_t number, uint64_t start, uint64_t size,
			     const uint8_t signature[16], bool gpt)
{
	uint8_t node[38];

	put(node, number, 4);
	put(node + 4, start, 8);
	put(node + 12, size, 8);
	memcpy(node + 20, signature, 16);
	node[36] = gpt ? 2 : 1; /* partition format */
	node[37] = gpt ? 2 : 1; /* signature: a GUID, or the MBR's 32 bits */
	add_node(path, 4, 1, node, sizeof(node));
}

void fake_path_add_file(struct path_bytes *path, const char *utf8)
{
	CHAR16 wide[512];

	if (wide_units(utf8) > sizeof(wide) / sizeof(wide[0]))
		abort();
	wide_write(utf8, wide);
	add_node(path, 4, 4, wide, wide_units(utf8) * sizeof(wide[0]));
}

static size_t node_size(const EFI_DEVICE_PATH *node)
{
	return (size_t)node->Length[0] | (size_t)node->Length[1] << 8;
}

bool fake_path_is_end(const EFI_DEVICE_PATH *path)
{
	return (path->Type & 0x7F) == 0x7F && path->SubType == 0xFF;
}

static const EFI_DEVICE_PATH *next(const EFI_DEVICE_PATH *node)
{
	return (const EFI_DEVICE_PATH *)((const uint8_t *)node + node_size(node));
}

size_t fake_path_size(const EFI_DEVICE_PATH *path)
{
	const EFI_DEVICE_PATH *node = path;

	while (!fake_path_is_end(node) && node_size(node) >= 4)
		node = next(node);
	return (size_t)((const uint8_t *)node - (const uint8_t *)path) + sizeof(end_node);
}

EFI_DEVICE_PATH *fake_path_copy(const EFI_DEVICE_PATH *path)
{
	size_t size = fake_path_size(path);

	return memcpy(malloc(size), path, size);
}

bool fake_path_file(const EFI_DEVICE_PATH *path, char *utf8, size_t size)
{
	size_t len = 0;

	for (; !fake_path_is_end(path); path = next(path)) {
		CHAR16 wide[512] = { 0 };
		char part[WIDE_MAX];

		if (path->Type != 4 || path->SubType != 4 || node_size(path) < 6 || node_size(path) > sizeof(wide))
			return false;
		memcpy(wide, path + 1, node_size(path) - 4);
		if (!wide_read(wide, sizeof(wide) / sizeof(wide[0]), part, sizeof(part)))
			return false;
		for (const char *p = part; *p; p++) {
			if (*p == '\\' && len && utf8[len - 1] == '\\')
				continue;
			if (p == part && *p != '\\' && len && utf8[len - 1] != '\\' && len + 1 < size)
				utf8[len++] = '\\';
			if (len + 1 >= size)
				return false;
			utf8[len++] = *p;
		}
	}
	utf8[len] = '\0';
	return len > 0;
}
