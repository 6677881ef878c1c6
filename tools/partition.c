/* SPDX-License-Identifier: Apache-2.0 */
#include "partition.h"

#include <blkid/blkid.h>
#include <efivar/efivar.h>
#include <errno.h>
#include <string.h>

#define BLKID_SECTOR 512u /* what libblkid counts in, whatever the disk does */

static void probe_free(blkid_probe *probe)
{
	if (*probe)
		blkid_free_probe(*probe);
}

static blkid_partition partition_numbered(blkid_partlist list, unsigned number)
{
	for (int i = 0; i < blkid_partlist_numof_partitions(list); i++) {
		blkid_partition partition = blkid_partlist_get_partition(list, i);
		if (blkid_partition_get_partno(partition) == (int)number)
			return partition;
	}
	return NULL;
}

int partition_node(const char *disk, unsigned number, uint8_t ret[PARTITION_NODE_SIZE])
{
	efi_guid_t guid;
	errno = 0;
	__attribute__((cleanup(probe_free))) blkid_probe probe = blkid_new_probe_from_filename(disk);
	if (!probe)
		return errno > 0 ? -errno : -EIO;
	blkid_partlist list = blkid_probe_enable_partitions(probe, 1) < 0 ? NULL : blkid_probe_get_partitions(probe);
	blkid_parttable table = list ? blkid_partlist_get_table(list) : NULL;
	if (!table || strcmp(blkid_parttable_get_type(table), "gpt") != 0)
		return -ENOTSUP;
	blkid_partition partition = partition_numbered(list, number);
	const char *uuid = partition ? blkid_partition_get_uuid(partition) : NULL;
	if (!uuid || efi_str_to_guid(uuid, &guid) < 0)
		return -ENOENT;
	/* Firmware counts in the blocks of the disk: 512 or 4096 bytes. */
	uint64_t block = blkid_probe_get_sectorsize(probe);
	uint64_t start = (uint64_t)blkid_partition_get_start(partition) * BLKID_SECTOR / block;
	uint64_t size = (uint64_t)blkid_partition_get_size(partition) * BLKID_SECTOR / block;
	ssize_t made = efidp_make_hd(ret, PARTITION_NODE_SIZE, number, start, size, (uint8_t *)&guid,
				     EFIDP_HD_FORMAT_GPT, EFIDP_HD_SIGNATURE_GUID);
	return made == (ssize_t)PARTITION_NODE_SIZE ? 0 : -EIO;
}
