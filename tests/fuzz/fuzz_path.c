/* SPDX-License-Identifier: Apache-2.0 */
/* Device paths and partition tables, as efi/partition.c and efi/berth.c read them, on the fake firmware: a device of our own
 * with any path and any blocks stands in for the ESP, and any path for the file that we were loaded from.
 *
 * Input, in lines (lines.h), of which the first letter counts:
 *   node TYPE|SUBTYPE|BYTES        the next node of the device's path
 *   drive BYTES                    a hard-drive node of the right length with a GUID
 *   short LENGTH                   a node that says it is shorter than a node can be
 *   file NAME                      the next node of the loaded image's path; File: the same with its bytes as they are
 *   media BLOCKSIZE|LASTBLOCK
 *   block NUMBER|OFFSET|BYTES      contents
 *   gpt NUMBER|ENTRIES|COUNT|SIZE  a header in that block, with checksums as they must be, over what is there so far */
#include "claim.h"

#include <stdlib.h>
#include <string.h>

#include "berth.h"
#include "lines.h"
#include "partition.h"
#include "shared/bytes.h"
#include "shared/hash.h"
#include "shared/utf16.h"
#include "tests/fake/devicepath.h"
#include "tests/fake/guids.h"
#include "tests/fake/handles.h"
#include "tests/fake/laws.h"
#include "tests/fake/machine.h"

#define BLOCKS     64u
#define BLOCK      512u
#define PATH_MOST  6000u /* longer than what partition.c believes */
#define FIELD_MOST 600u

struct path {
	uint8_t bytes[PATH_MOST + 4];
	size_t size; /* without the end node, which always stands behind */
};

static struct path device_path, file_path;
static uint8_t blocks[BLOCKS * BLOCK];
static EFI_BLOCK_IO_MEDIA media;

static void node_add(struct path *path, uint8_t type, uint8_t subtype, size_t length, struct text bytes)
{
	uint8_t *at = path->bytes + path->size;

	if (path->size + 4 + bytes.len > PATH_MOST)
		return;
	bytes_put(&at, type, 1);
	bytes_put(&at, subtype, 1);
	bytes_put(&at, length, 2);
	if (bytes.len)
		memcpy(at, bytes.at, bytes.len);
	path->size += 4 + bytes.len;
	memcpy(path->bytes + path->size, "\x7f\xff\x04", 4);
}

/* In memory of exactly its size, so that the sanitizer sees a byte too far. */
static EFI_DEVICE_PATH *path_copy(const struct path *path)
{
	uint8_t *copy = malloc(path->size + 4);

	memcpy(copy, path->bytes, path->size + 4);
	return (EFI_DEVICE_PATH *)copy;
}

static void add_file(struct text fields, bool as_text)
{
	char bytes[FIELD_MOST];
	uint16_t units[FIELD_MOST];
	struct text field = field_take_bytes(&fields, bytes, sizeof(bytes));
	size_t len = 0;

	if (as_text && utf16_from_text(field, units, FIELD_MOST, &len))
		field = (struct text){ (const char *)units, 2 * (len + 1) };
	node_add(&file_path, MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP, 4 + field.len, field);
}

static void add_drive(struct text fields)
{
	char bytes[38] = { 0 };

	field_take_bytes(&fields, bytes, 36);
	bytes[36] = 2; /* GPT */
	bytes[37] = 2; /* a GUID */
	node_add(&device_path, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP, 42, (struct text){ bytes, sizeof(bytes) });
}

static void put_block(struct text fields)
{
	char bytes[FIELD_MOST];
	size_t at = field_take_number(&fields, BLOCKS - 1) * BLOCK;
	struct text field;

	at += field_take_number(&fields, BLOCK - 1);
	field = field_take_bytes(&fields, bytes, sizeof(bytes));
	memcpy(blocks + at, field.at, field.len < sizeof(blocks) - at ? field.len : sizeof(blocks) - at);
}

static void put_gpt(struct text fields)
{
	uint32_t number = field_take_number(&fields, BLOCKS - 1), entries = field_take_number(&fields, UINT32_MAX);
	uint32_t count = field_take_number(&fields, UINT32_MAX), size = field_take_number(&fields, UINT32_MAX), crc = 0;
	uint8_t *header = blocks + number * BLOCK, *at = header + 8;
	uint64_t whole = (uint64_t)count * size;

	if (entries < BLOCKS && whole <= (BLOCKS - entries) * BLOCK)
		crc = crc32_of(blocks + entries * BLOCK, (size_t)whole);
	memcpy(header, "EFI PART", 8);
	bytes_put(&at, 0x10000, 4);
	bytes_put(&at, 92, 4);
	bytes_put(&at, 0, 8);
	bytes_put(&at, number, 8);
	at = header + 72;
	bytes_put(&at, entries, 8);
	bytes_put(&at, count, 4);
	bytes_put(&at, size, 4);
	bytes_put(&at, crc, 4);
	at = header + 16;
	bytes_put(&at, crc32_of(header, 92), 4);
}

static void carry_out(char letter, struct text fields)
{
	char bytes[FIELD_MOST];
	uint8_t type, subtype;
	struct text field;

	switch (letter) {
	case 'n':
		type = (uint8_t)field_take_number(&fields, 0x7e); /* not the end */
		subtype = (uint8_t)field_take_number(&fields, 255);
		field = field_take_bytes(&fields, bytes, sizeof(bytes));
		node_add(&device_path, type, subtype, 4 + field.len, field);
		break;
	case 'd':
		add_drive(fields);
		break;
	case 's':
		node_add(&device_path, 1, 1, field_take_number(&fields, 3), TEXT_EMPTY);
		break;
	case 'f':
	case 'F':
		add_file(fields, letter == 'f');
		break;
	case 'm':
		media.BlockSize = field_take_number(&fields, UINT32_MAX);
		media.LastBlock = field_take_number(&fields, UINT32_MAX);
		break;
	case 'b':
		put_block(fields);
		break;
	case 'g':
		put_gpt(fields);
		break;
	default:
		break;
	}
}

/* Blocks of any size out of the same bytes. */
static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO *io, UINT32 id, EFI_LBA lba, UINTN size, VOID *buffer)
{
	uint64_t from = lba * media.BlockSize;

	claim(io && id == media.MediaId && buffer && media.BlockSize && size % media.BlockSize == 0,
	      "%llu bytes of a medium with blocks of %u", (unsigned long long)size, media.BlockSize);
	claim(size <= 65536 + 4096, "%llu bytes at once", (unsigned long long)size);
	if (lba > media.LastBlock || size / media.BlockSize > media.LastBlock - lba + 1)
		return EFI_INVALID_PARAMETER;
	for (UINTN i = 0; i < size; i++)
		((uint8_t *)buffer)[i] = from + i < sizeof(blocks) ? blocks[from + i] : 0;
	return EFI_SUCCESS;
}

static void check_device(const struct firmware *fw, EFI_HANDLE device)
{
	struct disk_id id;
	EFI_HANDLE xbootldr = NULL;
	EFI_DEVICE_PATH *whole;
	EFI_STATUS s;
	char tail[64];

	partition_identify(fw, device, &id);
	claim(id.kind <= DISK_FAT_SERIAL, "a disk of kind %u", id.kind);
	s = partition_find_xbootldr(fw, device, &xbootldr);
	claim(EFI_ERROR(s) || xbootldr, "found, and there is none");

	whole = partition_file_path(fw, device, TEXT("\\EFI\\a.efi"));
	if (!whole)
		return;
	claim(fake_path_size(whole) == device_path.size + 4 + 2 * sizeof("\\EFI\\a.efi") + 4, "a path of another size");
	claim(fake_path_file((EFI_DEVICE_PATH *)((uint8_t *)whole + device_path.size), tail, sizeof(tail)) &&
		      strcmp(tail, "\\EFI\\a.efi") == 0,
	      "a path to another file");
	fw->boot->FreePool(whole);
}

static void check_berth(const struct firmware *fw, EFI_DEVICE_PATH *path)
{
	static const struct visit visit;
	static struct berth berth;
	char ours[BERTH_PATH_MAX], again[BERTH_PATH_MAX];
	struct writer w = WRITER(ours), w_again = WRITER(again);

	memset(ours, '\\', sizeof(ours));
	partition_path_text(path, &w);
	partition_path_text(path, &w_again);
	claim(text_equal(writer_text(&w), writer_text(&w_again)), "the same path has two texts");
	berth_find(fw, &visit, &berth);
	claim(berth.kind <= BERTH_NET && berth.own_len <= BERTH_PATH_MAX && berth.loader_len <= BERTH_PATH_MAX &&
		      berth.mark_len <= sizeof(berth.loader_mark),
	      "a berth out of its range");
	claim(w.overflow ? berth.own_len == 0
			 : text_equal(writer_text(&w), (struct text){ berth.own_path, berth.own_len }),
	      "our own path is another one");
	if (berth.kind != BERTH_DRIVER)
		berth_find_loader(fw, &berth);
}

static EFI_STATUS probe(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	struct firmware fw = firmware_of(image, system);
	EFI_LOADED_IMAGE *loaded = fake_image_loaded(image);
	EFI_LOADED_IMAGE kept = *loaded;
	EFI_BLOCK_IO io = { .Media = &media, .ReadBlocks = read_blocks };
	EFI_DEVICE_PATH *path = path_copy(&file_path), *device_copy = path_copy(&device_path);
	EFI_HANDLE device = fake_handles_new();

	fake_handles_add(device, &fake_guid_device_path, device_copy);
	fake_handles_add(device, &fake_guid_block_io, &io);
	check_device(&fw, device);
	loaded->FilePath = path;
	check_berth(&fw, path);
	loaded->DeviceHandle = device;
	check_berth(&fw, path);
	*loaded = kept;
	fake_handles_remove(device);
	free(device_copy);
	free(path);
	return EFI_ABORTED;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct machine machine;
	struct text rest = { (const char *)data, size }, line;

	memset(blocks, 0, sizeof(blocks));
	media = (EFI_BLOCK_IO_MEDIA){ .MediaId = 7, .MediaPresent = TRUE, .BlockSize = BLOCK, .LastBlock = BLOCKS - 1 };
	device_path.size = file_path.size = 0;
	node_add(&device_path, 1, 1, 4, TEXT_EMPTY);
	node_add(&file_path, MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP, 4 + sizeof(u"\\"),
		 (struct text){ (const char *)u"\\", sizeof(u"\\") });
	while (line_take(&rest, &line))
		carry_out(line.at[0], line_fields(line));
	fake_machine_new(&machine, 257, size % 2 ? MACHINE_IN_DRIVER : MACHINE_IN_ENTRY, false, probe);
	fake_machine_boot(&machine);
	claim(laws_broken() == 0, "%s", laws_violation(0));
	return 0;
}
