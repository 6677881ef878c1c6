/* SPDX-License-Identifier: Apache-2.0 */
/* partition.h - where a partition lies on its disk, as the node of a device path that firmware finds it by.
 * Source: UEFI specification 10.3.5.1 (hard drive media device path). */
#ifndef BOOTPILOT_PARTITION_H
#define BOOTPILOT_PARTITION_H

#include "heap.h"

#define PARTITION_NODE_SIZE   42u
#define PARTITION_NODE_NUMBER 4u  /* offsets in it: u32, */
#define PARTITION_NODE_GUID   24u /* 16 bytes, */
#define PARTITION_GUID_SIZE   16u

/* The node of partition NUMBER (1..) of DISK, a device or an image of one with a GPT. -ENOENT: there is none. -ENOTSUP: the disk has
 * no GPT. Any other negative errno: it cannot be read. */
int partition_node(const char *disk, unsigned number, uint8_t ret[PARTITION_NODE_SIZE]);

#endif
