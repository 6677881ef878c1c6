/* SPDX-License-Identifier: Apache-2.0 */
#include "disk.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "devicepath.h"
#include "files.h"
#include "guids.h"
#include "handles.h"
#include "laws.h"

#define SECTOR      512u
#define DISK_SIZE   UINT64_C(2097152) /* sectors: 1 GiB */
#define PART_SIZE   UINT64_C(131072)  /* sectors: 64 MiB */
#define GPT_ENTRIES 128u
#define GPT_SECTORS 32u /* of the entry array */

struct device {
	EFI_BLOCK_IO block;
	EFI_BLOCK_IO_MEDIA media;
	struct device *next;
	EFI_HANDLE handle;
	EFI_DEVICE_PATH *path;
	struct volume *volume; /* NULL: a whole disk without a file system of its own */
	unsigned disk;
};

static struct device *devices;

static uint64_t partition_start(const struct volume *volume)
{
	return 2048 + (volume->number - 1) * PART_SIZE;
}

static void put(uint8_t *at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

/* With a table: the partition table is made up anew at each reading. */
static uint32_t crc32(const uint8_t *bytes, size_t size)
{
	static uint32_t table[256];
	uint32_t crc = UINT32_MAX;

	for (uint32_t i = 0; table[255] == 0 && i < 256; i++) {
		uint32_t value = i;

		for (unsigned bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ 0xEDB88320u : value >> 1;
		table[i] = value;
	}
	for (size_t i = 0; i < size; i++)
		crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xFF];
	return ~crc;
}

static bool is_on_gpt(const struct volume *volume)
{
	return volume->partition != PARTITION_MBR && volume->partition != PARTITION_NONE;
}

static void gpt_entries(unsigned disk, uint8_t table[GPT_SECTORS * SECTOR])
{
	static const EFI_GUID *const types[] = {
		[PARTITION_ESP] = &fake_guid_type_esp,
		[PARTITION_XBOOTLDR] = &fake_guid_type_xbootldr,
		[PARTITION_OTHER] = &fake_guid_type_other,
	};

	memset(table, 0, GPT_SECTORS * SECTOR);
	for (const struct volume *v = fake_volumes_first(); v; v = v->next) {
		uint8_t *entry = table + 128 * (v->number - 1);

		if (v->disk != disk || !is_on_gpt(v))
			continue;
		memcpy(entry, types[v->partition], 16);
		memcpy(entry + 16, v->guid, 16);
		put(entry + 32, partition_start(v), 8);
		put(entry + 40, partition_start(v) + PART_SIZE - 1, 8);
	}
}

/* UEFI specification 5.3.2, "GPT Header" */
static void gpt_header(unsigned disk, bool backup, uint8_t sector[SECTOR])
{
	uint8_t table[GPT_SECTORS * SECTOR];

	gpt_entries(disk, table);
	memset(sector, 0, SECTOR);
	memcpy(sector, "EFI PART", 8);
	put(sector + 8, 0x00010000, 4);
	put(sector + 12, 92, 4);
	put(sector + 24, backup ? DISK_SIZE - 1 : 1, 8);
	put(sector + 32, backup ? 1 : DISK_SIZE - 1, 8);
	put(sector + 40, 34, 8);
	put(sector + 48, DISK_SIZE - 34, 8);
	memset(sector + 56, 0xD0 + (int)disk, 16);
	put(sector + 72, backup ? DISK_SIZE - 1 - GPT_SECTORS : 2, 8);
	put(sector + 80, GPT_ENTRIES, 4);
	put(sector + 84, 128, 4);
	put(sector + 88, crc32(table, sizeof(table)), 4);
	put(sector + 16, crc32(sector, 92), 4);
}

static void mbr(unsigned disk, uint8_t sector[SECTOR])
{
	bool gpt = true;

	memset(sector, 0, SECTOR);
	put(sector + 510, 0xAA55, 2);
	for (const struct volume *v = fake_volumes_first(); v; v = v->next) {
		uint8_t *entry = sector + 446 + 16 * ((v->number - 1) % 4);

		if (v->disk != disk || v->partition != PARTITION_MBR)
			continue;
		gpt = false;
		memcpy(sector + 440, v->guid, 4);
		entry[4] = 0xEF; /* EFI system partition */
		put(entry + 8, partition_start(v), 4);
		put(entry + 12, PART_SIZE, 4);
	}
	if (gpt) {
		sector[446 + 4] = 0xEE;
		put(sector + 446 + 8, 1, 4);
		put(sector + 446 + 12, DISK_SIZE - 1, 4);
	}
}

/* Microsoft's FAT specification, "Boot Sector and BPB", FAT32 */
static void fat_sector(const struct volume *volume, uint8_t sector[SECTOR])
{
	memset(sector, 0, SECTOR);
	memcpy(sector, "\xEB\x58\x90mkfs.fat", 11);
	put(sector + 11, SECTOR, 2);
	sector[13] = 8;
	put(sector + 14, 32, 2);
	sector[16] = 2;
	sector[21] = 0xF8;
	put(sector + 32, PART_SIZE, 4);
	put(sector + 36, 128, 4);
	put(sector + 44, 2, 4);
	sector[66] = 0x29;
	put(sector + 67, volume->serial, 4);
	memcpy(sector + 71, "           FAT32   ", 19);
	memcpy(sector + 71, volume->label, strlen(volume->label));
	put(sector + 510, 0xAA55, 2);
}

static void read_sector(const struct device *device, uint64_t lba, uint8_t sector[SECTOR])
{
	uint8_t table[GPT_SECTORS * SECTOR];
	uint64_t backup = DISK_SIZE - 1 - GPT_SECTORS;
	bool gpt = !device->volume;

	for (const struct volume *v = fake_volumes_first(); v; v = v->next)
		gpt = gpt && (v->disk != device->disk || is_on_gpt(v));
	memset(sector, 0, SECTOR);
	gpt_entries(device->disk, table);
	if (lba == 0 && device->volume)
		fat_sector(device->volume, sector);
	else if (lba == 0)
		mbr(device->disk, sector);
	else if (gpt && (lba == 1 || lba == DISK_SIZE - 1))
		gpt_header(device->disk, lba != 1, sector);
	else if (gpt && lba >= 2 && lba < 2 + GPT_SECTORS)
		memcpy(sector, table + (lba - 2) * SECTOR, SECTOR);
	else if (gpt && lba >= backup && lba < backup + GPT_SECTORS)
		memcpy(sector, table + (lba - backup) * SECTOR, SECTOR);
}

static EFI_STATUS EFIAPI block_read(EFI_BLOCK_IO *this, UINT32 media, EFI_LBA lba, UINTN size, VOID *buffer)
{
	EFI_STATUS injected = laws_call(SERVICE_BLOCK_READ);
	const struct device *device = (const struct device *)this;

	if (EFI_ERROR(injected))
		return injected;
	if (media != device->media.MediaId)
		return EFI_MEDIA_CHANGED;
	if (size % SECTOR != 0)
		return EFI_BAD_BUFFER_SIZE;
	if ((size && !buffer) || lba > device->media.LastBlock || size / SECTOR > device->media.LastBlock - lba + 1)
		return EFI_INVALID_PARAMETER;
	if (device->volume && EFI_ERROR(device->volume->broken))
		return device->volume->broken;
	for (uint8_t *at = buffer; size; at += SECTOR, size -= SECTOR)
		read_sector(device, lba++, at);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI block_write(EFI_BLOCK_IO *this, UINT32 media, EFI_LBA lba, UINTN size, VOID *buffer)
{
	laws_call(SERVICE_BLOCK_WRITE);
	laws_break("WriteBlocks of %llu bytes at block %llu", (unsigned long long)size, (unsigned long long)lba);
	return this && media && buffer ? EFI_WRITE_PROTECTED : EFI_INVALID_PARAMETER;
}

static EFI_STATUS EFIAPI block_reset(EFI_BLOCK_IO *this, BOOLEAN extended)
{
	EFI_STATUS injected = laws_call(SERVICE_BLOCK_RESET);

	return EFI_ERROR(injected) ? injected : this || extended ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

static EFI_STATUS EFIAPI block_flush(EFI_BLOCK_IO *this)
{
	EFI_STATUS injected = laws_call(SERVICE_BLOCK_FLUSH);

	return EFI_ERROR(injected) ? injected : this ? EFI_SUCCESS : EFI_DEVICE_ERROR;
}

static void device_new(unsigned disk, struct volume *volume)
{
	struct device *device = calloc(1, sizeof(*device)), **end = &devices;
	bool whole = !volume || volume->partition == PARTITION_NONE;
	struct path_bytes path;

	fake_path_start_disk(&path, disk);
	if (!whole)
		fake_path_add_partition(&path, volume->number, partition_start(volume), PART_SIZE, volume->guid,
					is_on_gpt(volume));
	device->path = fake_path_copy((EFI_DEVICE_PATH *)path.at);
	device->disk = disk;
	device->volume = volume;
	device->media = (EFI_BLOCK_IO_MEDIA){
		.MediaId = 7,
		.MediaPresent = TRUE,
		.LogicalPartition = !whole,
		.ReadOnly = volume && volume->read_only,
		.BlockSize = SECTOR,
		.LastBlock = (whole ? DISK_SIZE : PART_SIZE) - 1,
	};
	device->block = (EFI_BLOCK_IO){
		.Revision = EFI_BLOCK_IO_INTERFACE_REVISION,
		.Media = &device->media,
		.Reset = block_reset,
		.ReadBlocks = block_read,
		.WriteBlocks = block_write,
		.FlushBlocks = block_flush,
	};
	device->handle = fake_handles_new();
	fake_handles_add(device->handle, &fake_guid_device_path, device->path);
	fake_handles_add(device->handle, &fake_guid_block_io, &device->block);
	if (volume)
		fake_handles_add(device->handle, &fake_guid_file_system, fake_files_of(volume));
	while (*end)
		end = &(*end)->next;
	*end = device;
}

static bool disk_is_known(unsigned disk)
{
	for (const struct device *device = devices; device; device = device->next)
		if (device->disk == disk)
			return true;
	return false;
}

void fake_disks_power_on(void)
{
	for (struct volume *v = fake_volumes_first(); v; v = v->next) {
		if (v->partition != PARTITION_NONE && !disk_is_known(v->disk))
			device_new(v->disk, NULL);
		device_new(v->disk, v);
	}
}

void fake_disks_power_off(void)
{
	while (devices) {
		struct device *next = devices->next;

		free(devices->path);
		free(devices);
		devices = next;
	}
}

EFI_HANDLE fake_disk_handle(const struct volume *volume)
{
	for (const struct device *device = devices; device; device = device->next)
		if (device->volume == volume)
			return device->handle;
	return NULL;
}

struct volume *fake_disk_volume(EFI_HANDLE handle)
{
	for (const struct device *device = devices; device; device = device->next)
		if (device->handle == handle)
			return device->volume;
	return NULL;
}
