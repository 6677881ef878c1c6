/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of the disk and of the partition. */
#include "contract.h"

#include "shared/hash.h"
#include "shared/memory.h"

static uint8_t sector[1024], table[16384];

static uint64_t number_at(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number |= (uint64_t)bytes[i] << (8 * i);
	return number;
}

static EFI_BLOCK_IO *disk_io(struct contract *c)
{
	EFI_HANDLE *handles = NULL;
	UINTN count = 0;
	EFI_BLOCK_IO *io = NULL;

	if (EFI_ERROR(c->boot->LocateHandleBuffer(ByProtocol, &contract_block_io, NULL, &count, &handles)))
		return NULL;
	for (UINTN i = 0; i < count && !io; i++) {
		io = protocol_of(c, handles[i], &contract_block_io);
		if (io && (io->Media->LogicalPartition || !io->Media->MediaPresent ||
			   EFI_ERROR(io->ReadBlocks(io, io->Media->MediaId, 1, 512, sector)) ||
			   memcmp(sector, "EFI PART", 8) != 0))
			io = NULL;
	}
	c->boot->FreePool(handles);
	return io;
}

static void check_partition(struct contract *c, EFI_BLOCK_IO *io)
{
	claim(c, "Media", "the partition is one", io->Media->LogicalPartition);
	claim(c, "ReadOnly", "the partition can be written", !io->Media->ReadOnly);
	claim_number(c, "BlockSize", "is 512", io->Media->BlockSize, 512);
	claim_status(c, "ReadBlocks", "the partition's first block",
		     io->ReadBlocks(io, io->Media->MediaId, 0, 512, sector), EFI_SUCCESS);
	claim(c, "ReadBlocks", "is a FAT32 with its serial number's mark",
	      memcmp(sector + 82, "FAT32   ", 8) == 0 && sector[66] == 0x29);
	claim_status(c, "ReadBlocks", "beyond the partition is EFI_INVALID_PARAMETER",
		     io->ReadBlocks(io, io->Media->MediaId, io->Media->LastBlock, 1024, sector), EFI_INVALID_PARAMETER);
}

static void check_statuses(struct contract *c, EFI_BLOCK_IO *io)
{
	claim_status(c, "MediaId", "is what a read has to name", io->ReadBlocks(io, io->Media->MediaId, 0, 512, sector),
		     EFI_SUCCESS);
	claim_status(c, "ReadBlocks", "two blocks at once", io->ReadBlocks(io, io->Media->MediaId, 0, 1024, sector),
		     EFI_SUCCESS);
	claim_status(c, "ReadBlocks", "the last block",
		     io->ReadBlocks(io, io->Media->MediaId, io->Media->LastBlock, 512, sector), EFI_SUCCESS);
	claim_status(c, "ReadBlocks", "one behind the last is EFI_INVALID_PARAMETER",
		     io->ReadBlocks(io, io->Media->MediaId, io->Media->LastBlock + 1, 512, sector),
		     EFI_INVALID_PARAMETER);
	claim_status(c, "ReadBlocks", "less than a block is EFI_BAD_BUFFER_SIZE",
		     io->ReadBlocks(io, io->Media->MediaId, 0, 100, sector), EFI_BAD_BUFFER_SIZE);
}

/* UEFI specification, 5.3.2 */
static void check_gpt(struct contract *c, EFI_BLOCK_IO *io)
{
	uint64_t last = io->Media->LastBlock;
	uint32_t crc;

	claim_status(c, "ReadBlocks", "the disk's second block", io->ReadBlocks(io, io->Media->MediaId, 1, 512, sector),
		     EFI_SUCCESS);
	claim(c, "ReadBlocks", "is a GPT header", memcmp(sector, "EFI PART", 8) == 0);
	claim_number(c, "ReadBlocks", "the header says where it is", number_at(sector + 24, 8), 1);
	claim_number(c, "LastBlock", "the header's twin is in the last block", number_at(sector + 32, 8), last);
	crc = (uint32_t)number_at(sector + 16, 4);
	memset(sector + 16, 0, 4);
	claim_number(c, "ReadBlocks", "the header's sum is right", crc32_of(sector, 92), crc);
	claim_number(c, "ReadBlocks", "128 entries of 128 bytes",
		     number_at(sector + 80, 4) << 32 | number_at(sector + 84, 4), 128ull << 32 | 128);
	claim_status(c, "ReadBlocks", "the entries in one call",
		     io->ReadBlocks(io, io->Media->MediaId, number_at(sector + 72, 8), sizeof(table), table),
		     EFI_SUCCESS);
	claim_number(c, "ReadBlocks", "the entries' sum is right", crc32_of(table, sizeof(table)),
		     number_at(sector + 88, 4));
	claim(c, "ReadBlocks", "the twin is a header, too",
	      !EFI_ERROR(io->ReadBlocks(io, io->Media->MediaId, last, 512, sector)) &&
		      memcmp(sector, "EFI PART", 8) == 0 && number_at(sector + 24, 8) == last);
}

/* The partition's unique GUID stands in the entry and in the device path. */
static void check_identity(struct contract *c)
{
	const EFI_DEVICE_PATH *path = protocol_of(c, c->esp, &contract_device_path);
	const EFI_DEVICE_PATH *node = path ? node_find(path, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP) : NULL;

	claim(c, "Signature", "is the partition's GUID in the table",
	      node && memcmp((const uint8_t *)node + 24, table + 16, 16) == 0);
}

void check_blocks(struct contract *c)
{
	EFI_BLOCK_IO *partition = protocol_of(c, c->esp, &contract_block_io), *disk = disk_io(c);

	if (!partition || !disk) {
		claim(c, "ReadBlocks", "partition and disk have block I/O", false);
		return;
	}
	check_partition(c, partition);
	check_statuses(c, disk);
	check_gpt(c, disk);
	check_identity(c);
}
