/* SPDX-License-Identifier: Apache-2.0 */
#include "contract.h"

#include "shared/memory.h"
#include "shared/text.h"

EFI_GUID contract_loaded_image = EFI_LOADED_IMAGE_PROTOCOL_GUID;
EFI_GUID contract_file_system = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
EFI_GUID contract_device_path = EFI_DEVICE_PATH_PROTOCOL_GUID;
EFI_GUID contract_block_io = EFI_BLOCK_IO_PROTOCOL_GUID;
EFI_GUID contract_global = { 0x8be4df61, 0x93ca, 0x11d2, { 0xaa, 0x0d, 0x00, 0xe0, 0x98, 0x03, 0x2b, 0x8c } };
EFI_GUID contract_vendor = { 0x5a0c9c1e, 0x8d4b, 0x4f0e, { 0xb1, 0x5e, 0x0c, 0x01, 0x7a, 0xac, 0x70, 0x01 } };
EFI_GUID contract_nobody = { 0x5a0c9c1e, 0x8d4b, 0x4f0e, { 0xb1, 0x5e, 0x0c, 0x01, 0x7a, 0xac, 0x70, 0x0f } };

static void say_claim(struct contract *c, bool holds, const char *name, const char *sentence, const char *more)
{
	char bytes[400];
	struct writer line = WRITER(bytes);

	write_string(&line, holds ? "ok " : "FAIL ");
	write_string(&line, name);
	write_string(&line, ": ");
	write_string(&line, sentence);
	write_string(&line, more);
	bytes[line.len < sizeof(bytes) ? line.len : sizeof(bytes) - 1] = '\0';
	c->say(c->context, bytes);
	c->passed += holds;
	c->failed += !holds;
}

void claim(struct contract *c, const char *name, const char *sentence, bool holds)
{
	say_claim(c, holds, name, sentence, "");
}

void claim_number(struct contract *c, const char *name, const char *sentence, uint64_t got, uint64_t wanted)
{
	char bytes[80];
	struct writer more = WRITER(bytes);

	if (got != wanted) {
		write_string(&more, " (is 0x");
		write_hex(&more, got, 1);
		write_string(&more, ", must be 0x");
		write_hex(&more, wanted, 1);
		write_char(&more, ')');
	}
	bytes[more.len] = '\0';
	say_claim(c, got == wanted, name, sentence, bytes);
}

void claim_status(struct contract *c, const char *name, const char *sentence, EFI_STATUS got, EFI_STATUS wanted)
{
	claim_number(c, name, sentence, got, wanted);
}

void *protocol_of(struct contract *c, EFI_HANDLE handle, const EFI_GUID *guid)
{
	EFI_GUID wanted = *guid;
	void *interface = NULL;

	return handle && !EFI_ERROR(c->boot->HandleProtocol(handle, &wanted, &interface)) ? interface : NULL;
}

EFI_FILE_HANDLE root_of(struct contract *c)
{
	EFI_FILE_IO_INTERFACE *volume = protocol_of(c, c->esp, &contract_file_system);
	EFI_FILE_HANDLE root = NULL;

	return volume && !EFI_ERROR(volume->OpenVolume(volume, &root)) ? root : NULL;
}

EFI_STATUS open_path(EFI_FILE_HANDLE root, const uint16_t *path, EFI_FILE_HANDLE *ret)
{
	uint16_t copy[600]; /* firmware's parameter is not const */

	memcpy(copy, path, (wide_length(path) + 1) * sizeof(*path));
	return root->Open(root, ret, copy, EFI_FILE_MODE_READ, 0);
}

EFI_STATUS open_status(EFI_FILE_HANDLE root, const uint16_t *path)
{
	EFI_FILE_HANDLE file = NULL;
	EFI_STATUS s = open_path(root, path, &file);

	if (!EFI_ERROR(s))
		file->Close(file);
	return s;
}

size_t wide_length(const uint16_t *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

bool wide_equal(const uint16_t *a, const uint16_t *b)
{
	size_t units = wide_length(a) + 1;

	return units == wide_length(b) + 1 && memcmp(a, b, units * sizeof(*a)) == 0;
}

size_t node_size(const EFI_DEVICE_PATH *node)
{
	return (size_t)node->Length[0] | (size_t)node->Length[1] << 8;
}

const EFI_DEVICE_PATH *node_after(const EFI_DEVICE_PATH *node)
{
	return (const EFI_DEVICE_PATH *)((const uint8_t *)node + node_size(node));
}

bool node_ends(const EFI_DEVICE_PATH *node)
{
	return node->Type == 0x7f && node->SubType == 0xff;
}

size_t path_bytes(const EFI_DEVICE_PATH *path)
{
	const EFI_DEVICE_PATH *node = path;

	while (!node_ends(node) && node_size(node) >= sizeof(*node))
		node = node_after(node);
	return (size_t)((const uint8_t *)node - (const uint8_t *)path);
}

const EFI_DEVICE_PATH *node_find(const EFI_DEVICE_PATH *path, unsigned type, unsigned subtype)
{
	for (const EFI_DEVICE_PATH *node = path; !node_ends(node); node = node_after(node))
		if (node->Type == type && node->SubType == subtype)
			return node;
	return NULL;
}

EFI_DEVICE_PATH *file_path(struct contract *c, const uint16_t *path, void *buffer)
{
	static const uint8_t end[4] = { 0x7f, 0xff, 4, 0 };
	const EFI_DEVICE_PATH *device = protocol_of(c, c->esp, &contract_device_path);
	size_t length = path_bytes(device), name = (wide_length(path) + 1) * sizeof(*path), node = name + 4;
	uint8_t *at = buffer;

	if (length + node + sizeof(end) > 1024)
		return NULL;
	memcpy(at, device, length);
	at += length;
	at[0] = MEDIA_DEVICE_PATH;
	at[1] = MEDIA_FILEPATH_DP;
	at[2] = (uint8_t)node;
	at[3] = (uint8_t)(node >> 8);
	memcpy(at + 4, path, name);
	memcpy(at + node, end, sizeof(end));
	return buffer;
}

void contract_check(struct contract *c)
{
	check_tables(c);
	check_memory(c);
	check_handles(c);
	check_paths(c);
	check_blocks(c);
	check_files(c);
	check_directories(c);
	check_names(c);
	check_images(c);
	check_console(c);
	check_clock(c);
	check_measuring(c);
	check_variables(c);
	if (c->full)
		check_full_variables(c);
	contract_restart(c);
}
