/* SPDX-License-Identifier: Apache-2.0 */
/* Device paths: how partition, disk and file are named, and found again. */
#include "contract.h"

#include "shared/memory.h"

#define DRIVE_BYTES 42u

struct drive { /* a hard-drive node without the padding that efi.h gives it */
	EFI_DEVICE_PATH header;
	uint8_t number[4], start[8], size[8], signature[16], format, kind;
};

static uint64_t number_of(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number |= (uint64_t)bytes[i] << (8 * i);
	return number;
}

static void check_partition(struct contract *c, const EFI_DEVICE_PATH *path)
{
	const EFI_DEVICE_PATH *node = node_find(path, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP);
	const EFI_BLOCK_IO *io = protocol_of(c, c->esp, &contract_block_io);
	const struct drive *drive = (const void *)node;

	claim(c, "Type", "the partition's path has a hard-drive node", node != NULL);
	if (!node || !io)
		return;
	claim_number(c, "Length", "which is 42 bytes long", node_size(node), DRIVE_BYTES);
	claim(c, "SubType", "and is the last before the end", node_ends(node_after(node)));
	claim_number(c, "Signature", "its signature is a GUID", drive->kind, SIGNATURE_TYPE_GUID);
	claim_number(c, "SignatureType", "its format is GPT", drive->format, 2);
	claim_number(c, "Signature", "it is the first partition", number_of(drive->number, 4), 1);
	claim_number(c, "LastBlock", "as large as the path says", io->Media->LastBlock + 1, number_of(drive->size, 8));
	claim(c, "Length", "the end node is 7f ff 4 0", memcmp(node_after(node), "\x7f\xff\x04\x00", 4) == 0);
}

static void check_disk(struct contract *c, const EFI_DEVICE_PATH *path)
{
	static const uint8_t end[4] = { 0x7f, 0xff, 4, 0 };
	const EFI_DEVICE_PATH *node = node_find(path, MEDIA_DEVICE_PATH, MEDIA_HARDDRIVE_DP);
	size_t at = node ? (size_t)((const uint8_t *)node - (const uint8_t *)path) : 0;
	uint8_t bytes[1024];
	EFI_DEVICE_PATH *rest = (EFI_DEVICE_PATH *)bytes;
	EFI_HANDLE disk = NULL;
	const EFI_BLOCK_IO *io;

	memcpy(bytes, path, at);
	memcpy(bytes + at, end, sizeof(end));
	claim_status(c, "LocateDevicePath", "the path before the hard-drive node leads to the disk",
		     c->boot->LocateDevicePath(&contract_block_io, &rest, &disk), EFI_SUCCESS);
	claim(c, "LocateDevicePath", "wholly: the end is left", node_ends(rest) && (uint8_t *)rest == bytes + at);
	io = protocol_of(c, disk, &contract_block_io);
	claim(c, "Media", "the disk is not a partition", io && !io->Media->LogicalPartition);
	rest = (EFI_DEVICE_PATH *)bytes;
	disk = NULL;
	claim_status(c, "LocateDevicePath", "the disk has no file system: EFI_NOT_FOUND",
		     c->boot->LocateDevicePath(&contract_file_system, &rest, &disk), EFI_NOT_FOUND);
}

static void check_file(struct contract *c)
{
	uint8_t bytes[1024];
	EFI_DEVICE_PATH *rest = file_path(c, u"\\contract\\short.txt", bytes), *start = rest;
	EFI_HANDLE device = NULL;

	if (!rest) {
		claim(c, "LocateDevicePath", "there is a path to look for", false);
		return;
	}
	claim_status(c, "LocateDevicePath", "the path of a file leads to its partition",
		     c->boot->LocateDevicePath(&contract_file_system, &rest, &device), EFI_SUCCESS);
	claim(c, "LocateDevicePath", "that is ours", device == c->esp);
	claim(c, "LocateDevicePath", "the file's node is left",
	      rest != start && rest->Type == MEDIA_DEVICE_PATH && rest->SubType == MEDIA_FILEPATH_DP);
	rest = start;
	claim_status(c, "LocateDevicePath", "for a protocol that nobody has is EFI_NOT_FOUND",
		     c->boot->LocateDevicePath(&contract_nobody, &rest, &device), EFI_NOT_FOUND);
	claim(c, "LocateDevicePath", "then the path is where it was", rest == start);
	bytes[5] ^= 0x55; /* another disk, that does not exist */
	rest = start;
	claim_status(c, "LocateDevicePath", "another disk's is EFI_NOT_FOUND",
		     c->boot->LocateDevicePath(&contract_file_system, &rest, &device), EFI_NOT_FOUND);
}

void check_paths(struct contract *c)
{
	const EFI_DEVICE_PATH *path = protocol_of(c, c->esp, &contract_device_path);

	if (!path) {
		claim(c, "HandleProtocol", "the partition has a device path", false);
		return;
	}
	check_partition(c, path);
	check_disk(c, path);
	check_file(c);
}
