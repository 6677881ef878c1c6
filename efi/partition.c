/* SPDX-License-Identifier: Apache-2.0 */
#include "partition.h"

#include "shared/bytes.h"
#include "shared/hash.h"
#include "shared/memory.h"
#include "shared/utf16.h"

#define PATH_BYTES_MAX 4096u  /* of a device path; a longer one is taken for damaged */
#define BLOCK_MAX      4096u  /* bytes of a block */
#define GPT_BYTES_MAX  65536u /* of the entry array; 16 KiB is usual */
#define GPT_ENTRY_MIN  128u
#define DRIVE_NODE     42u /* bytes of a hard-drive node; the C struct is padded to more */

/* bc13c2ff-59e6-4262-a352-b275fd6f7172, as stored in a GPT */
static const uint8_t type_xbootldr[16] = { 0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
					   0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72 };

static size_t node_length(const EFI_DEVICE_PATH *node)
{
	return (size_t)node->Length[0] | (size_t)node->Length[1] << 8;
}

static bool node_is_end(const EFI_DEVICE_PATH *node)
{
	return (node->Type & 0x7f) == END_DEVICE_PATH_TYPE;
}

static const EFI_DEVICE_PATH *node_next(const EFI_DEVICE_PATH *node)
{
	return (const EFI_DEVICE_PATH *)((const uint8_t *)node + node_length(node));
}

/* Bytes before the end node, or PATH_BYTES_MAX for a damaged path. */
static size_t path_length(const EFI_DEVICE_PATH *path)
{
	size_t length = 0;
	for (const EFI_DEVICE_PATH *node = path; !node_is_end(node); node = node_next(node)) {
		if (node_length(node) < sizeof(*node) || length + node_length(node) >= PATH_BYTES_MAX)
			return PATH_BYTES_MAX;
		length += node_length(node);
	}
	return length;
}

/* The hard-drive node of PATH, copied since it may be unaligned. *ret_at: bytes before it. */
static bool path_drive(const EFI_DEVICE_PATH *path, HARDDRIVE_DEVICE_PATH *ret, size_t *ret_at)
{
	if (!path || path_length(path) == PATH_BYTES_MAX)
		return false;
	for (const EFI_DEVICE_PATH *node = path; !node_is_end(node); node = node_next(node)) {
		if (node->Type != MEDIA_DEVICE_PATH || node->SubType != MEDIA_HARDDRIVE_DP ||
		    node_length(node) < DRIVE_NODE)
			continue;
		memcpy(ret, node, DRIVE_NODE);
		*ret_at = (size_t)((const uint8_t *)node - (const uint8_t *)path);
		return true;
	}
	return false;
}

static bool drive_is_gpt(const HARDDRIVE_DEVICE_PATH *drive)
{
	return drive->SignatureType == SIGNATURE_TYPE_GUID;
}

/* Reads SIZE bytes from block LBA on, through the pool. The caller frees *ret. */
static EFI_STATUS blocks_read(const struct firmware *fw, EFI_BLOCK_IO *io, uint64_t lba, size_t size, void **ret)
{
	size_t block = io->Media->BlockSize;
	if (!block || block > BLOCK_MAX)
		return EFI_UNSUPPORTED;
	size_t rounded = (size + block - 1) / block * block;
	void *buffer;
	TRY(firmware_allocate(fw, rounded, &buffer));
	EFI_STATUS s = io->ReadBlocks(io, io->Media->MediaId, lba, rounded, buffer);
	if (EFI_ERROR(s)) {
		fw->boot->FreePool(buffer);
		return s;
	}
	*ret = buffer;
	return EFI_SUCCESS;
}

/* The serial number of the FAT volume behind DEVICE, as its boot sector has it. */
static void serial_read(const struct firmware *fw, EFI_HANDLE device, struct disk_id *ret)
{
	EFI_BLOCK_IO *io = firmware_protocol(fw, device, &guid_block_io);
	void *sector;
	if (!io || EFI_ERROR(blocks_read(fw, io, 0, 512, &sector)))
		return;
	const uint8_t *bytes = sector;
	bool fat32 = memcmp(bytes + 82, "FAT32   ", 8) == 0;
	size_t mark = fat32 ? 66 : 38;
	if (bytes[mark] == 0x29) { /* "extended boot signature": serial number and label follow */
		ret->kind = DISK_FAT_SERIAL;
		memcpy(ret->bytes, bytes + mark + 1, 4);
	}
	fw->boot->FreePool(sector);
}

void partition_identify(const struct firmware *fw, EFI_HANDLE device, struct disk_id *ret)
{
	HARDDRIVE_DEVICE_PATH drive;
	size_t at;
	memset(ret, 0, sizeof(*ret));
	if (path_drive(firmware_protocol(fw, device, &guid_device_path), &drive, &at) && drive_is_gpt(&drive)) {
		ret->kind = DISK_GPT;
		memcpy(ret->bytes, drive.Signature, sizeof(ret->bytes));
		return;
	}
	serial_read(fw, device, ret);
}

struct gpt_header {
	uint64_t entries_lba;
	uint32_t entry_count;
	uint32_t entry_size;
	uint32_t entries_crc;
};

static bool gpt_header_parse(const uint8_t *bytes, uint64_t lba, struct gpt_header *ret)
{
	uint8_t header[92];
	const uint8_t *at = bytes + 12;
	if (memcmp(bytes, "EFI PART", 8) != 0 || bytes_take(&at, 4) != sizeof(header))
		return false;
	uint32_t crc = (uint32_t)bytes_take(&at, 4);
	memcpy(header, bytes, sizeof(header));
	memset(header + 16, 0, 4);
	at = bytes + 24;
	if (crc != crc32_of(header, sizeof(header)) || bytes_take(&at, 8) != lba)
		return false;
	at = bytes + 72;
	ret->entries_lba = bytes_take(&at, 8);
	ret->entry_count = (uint32_t)bytes_take(&at, 4);
	ret->entry_size = (uint32_t)bytes_take(&at, 4);
	ret->entries_crc = (uint32_t)bytes_take(&at, 4);
	return ret->entry_size >= GPT_ENTRY_MIN && ret->entry_count &&
	       ret->entry_count <= GPT_BYTES_MAX / ret->entry_size;
}

/* Finds the XBOOTLDR partition in the GPT whose header is in block LBA. EFI_NOT_FOUND: a sound GPT without one;
 * EFI_CRC_ERROR: no sound GPT there. */
static EFI_STATUS gpt_find(const struct firmware *fw, EFI_BLOCK_IO *io, uint64_t lba, uint8_t ret_guid[16])
{
	struct gpt_header header;
	void *block, *entries;
	TRY(blocks_read(fw, io, lba, 512, &block));
	bool sound = gpt_header_parse(block, lba, &header);
	fw->boot->FreePool(block);
	if (!sound)
		return EFI_CRC_ERROR;

	size_t size = (size_t)header.entry_count * header.entry_size;
	TRY(blocks_read(fw, io, header.entries_lba, size, &entries));
	EFI_STATUS s = crc32_of(entries, size) == header.entries_crc ? EFI_NOT_FOUND : EFI_CRC_ERROR;
	for (size_t i = 0; s == EFI_NOT_FOUND && i < header.entry_count; i++) {
		const uint8_t *entry = (const uint8_t *)entries + i * header.entry_size;
		if (memcmp(entry, type_xbootldr, sizeof(type_xbootldr)) != 0)
			continue;
		memcpy(ret_guid, entry + 16, 16);
		s = EFI_SUCCESS;
	}
	fw->boot->FreePool(entries);
	return s;
}

/* The block device of the whole disk: PATH up to its hard-drive node, which stands at AT. */
static EFI_BLOCK_IO *disk_of(const struct firmware *fw, const EFI_DEVICE_PATH *path, size_t at)
{
	static const EFI_DEVICE_PATH end = { END_DEVICE_PATH_TYPE, END_ENTIRE_DEVICE_PATH_SUBTYPE, { 4, 0 } };
	EFI_GUID guid = guid_block_io;
	EFI_HANDLE disk = NULL;
	void *copy;
	if (EFI_ERROR(firmware_allocate(fw, at + sizeof(end), &copy)))
		return NULL;
	memcpy(copy, path, at);
	memcpy((uint8_t *)copy + at, &end, sizeof(end));

	EFI_DEVICE_PATH *rest = copy;
	EFI_STATUS s = fw->boot->LocateDevicePath(&guid, &rest, &disk);
	bool whole = !EFI_ERROR(s) && node_is_end(rest);
	fw->boot->FreePool(copy);
	return whole ? firmware_protocol(fw, disk, &guid_block_io) : NULL;
}

/* The file system whose partition has GUID and lies on the disk that the first AT bytes of PATH name. */
static EFI_STATUS volume_by_guid(const struct firmware *fw, const EFI_DEVICE_PATH *path, size_t at,
				 const uint8_t guid[16], EFI_HANDLE *ret)
{
	EFI_GUID protocol = guid_file_system;
	UINTN count = 0;
	EFI_HANDLE *handles = NULL;
	TRY(fw->boot->LocateHandleBuffer(ByProtocol, &protocol, NULL, &count, &handles));
	EFI_STATUS s = EFI_NO_MEDIA; /* the partition exists, but nothing can read it */
	for (UINTN i = 0; s == EFI_NO_MEDIA && i < count; i++) {
		HARDDRIVE_DEVICE_PATH drive;
		size_t drive_at;
		const EFI_DEVICE_PATH *other = firmware_protocol(fw, handles[i], &guid_device_path);
		if (!path_drive(other, &drive, &drive_at) || drive_at != at || memcmp(other, path, at) != 0 ||
		    !drive_is_gpt(&drive) || memcmp(drive.Signature, guid, 16) != 0)
			continue;
		*ret = handles[i];
		s = EFI_SUCCESS;
	}
	fw->boot->FreePool(handles);
	return s;
}

bool partition_is_read_only(const struct firmware *fw, EFI_HANDLE device)
{
	const EFI_BLOCK_IO *io = firmware_protocol(fw, device, &guid_block_io);
	return io && io->Media && io->Media->ReadOnly;
}

EFI_STATUS partition_find_xbootldr(const struct firmware *fw, EFI_HANDLE esp, EFI_HANDLE *ret)
{
	const EFI_DEVICE_PATH *path = firmware_protocol(fw, esp, &guid_device_path);
	HARDDRIVE_DEVICE_PATH drive;
	uint8_t guid[16];
	size_t at;
	if (!path_drive(path, &drive, &at) || !drive_is_gpt(&drive))
		return EFI_NOT_FOUND;
	EFI_BLOCK_IO *io = disk_of(fw, path, at);
	if (!io)
		return EFI_NOT_FOUND; /* systemd-boot cannot look for one either */

	EFI_STATUS s = gpt_find(fw, io, 1, guid);
	if (s == EFI_CRC_ERROR)
		s = gpt_find(fw, io, io->Media->LastBlock, guid);
	if (s == EFI_CRC_ERROR || s == EFI_UNSUPPORTED)
		return EFI_NOT_FOUND;
	TRY(s);
	return volume_by_guid(fw, path, at, guid, ret);
}

EFI_DEVICE_PATH *partition_file_path(const struct firmware *fw, EFI_HANDLE device, struct text file)
{
	const EFI_DEVICE_PATH *path = firmware_protocol(fw, device, &guid_device_path);
	if (!path || file.len > 512)
		return NULL;
	size_t length = path_length(path), units = file.len + 1, len;
	size_t node = sizeof(EFI_DEVICE_PATH) + units * sizeof(uint16_t);
	void *memory;
	if (length == PATH_BYTES_MAX ||
	    EFI_ERROR(firmware_allocate(fw, length + node + sizeof(EFI_DEVICE_PATH), &memory)))
		return NULL;

	uint16_t name[513];
	uint8_t *at = memory;
	memcpy(at, path, length);
	at += length;
	if (!utf16_from_text(file, name, units, &len)) {
		fw->boot->FreePool(memory);
		return NULL;
	}
	/* Fewer units than bytes where the name is not ASCII. */
	node = sizeof(EFI_DEVICE_PATH) + (len + 1) * sizeof(uint16_t);
	bytes_put(&at, MEDIA_DEVICE_PATH, 1);
	bytes_put(&at, MEDIA_FILEPATH_DP, 1);
	bytes_put(&at, node, 2);
	memcpy(at, name, node - sizeof(EFI_DEVICE_PATH));
	at += node - sizeof(EFI_DEVICE_PATH);
	bytes_put(&at, END_DEVICE_PATH_TYPE, 1);
	bytes_put(&at, END_ENTIRE_DEVICE_PATH_SUBTYPE, 1);
	bytes_put(&at, sizeof(EFI_DEVICE_PATH), 2);
	return memory;
}

void partition_path_text(EFI_DEVICE_PATH *path, struct writer *w)
{
	if (!path || path_length(path) == PATH_BYTES_MAX)
		return;
	for (const EFI_DEVICE_PATH *node = path; !node_is_end(node); node = node_next(node)) {
		uint16_t name[256];
		size_t bytes = node_length(node) - sizeof(*node);
		if (node->Type != MEDIA_DEVICE_PATH || node->SubType != MEDIA_FILEPATH_DP || bytes > sizeof(name) ||
		    bytes < sizeof(name[0]))
			continue;
		memcpy(name, (const uint8_t *)node + sizeof(*node), bytes);
		if (w->len && w->at[w->len - 1] != '\\' && name[0] != u'\\')
			write_char(w, '\\');
		utf16_to_text(w, name, bytes / sizeof(uint16_t));
	}
}
