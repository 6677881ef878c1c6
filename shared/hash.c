/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#define FNV_PRIME 0x100000001b3u /* draft-eastlake-fnv, 64 bits */

static uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	for (size_t i = 0; i < size; i++)
		hash = hash_byte(hash, at[i]);
	return hash;
}

uint64_t hash_uint(uint64_t hash, uint64_t value)
{
	for (unsigned bits = 0; bits < 64; bits += 8)
		hash = hash_byte(hash, (uint8_t)(value >> bits));
	return hash;
}

uint64_t hash_text(uint64_t hash, struct text t)
{
	return hash_bytes(hash_uint(hash, t.len), t.at, t.len);
}

uint64_t hash_text_fold(uint64_t hash, struct text t)
{
	hash = hash_uint(hash, t.len);
	for (size_t i = 0; i < t.len; i++)
		hash = hash_byte(hash, (uint8_t)char_lower(t.at[i]));
	return hash;
}

uint32_t crc32_of(const void *bytes, size_t size)
{
	/* What four bits leave behind, polynomial 0xEDB88320 (IEEE 802.3, bits reversed): a partition table of 16 KiB is summed five
	 * times as fast as bit by bit. */
	static const uint32_t rest[16] = {
		0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4, 0x4DB26158, 0x5005713C,
		0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C, 0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
	};
	const uint8_t *at = bytes;
	uint32_t crc = UINT32_MAX;
	for (size_t i = 0; i < size; i++) {
		crc ^= at[i];
		crc = crc >> 4 ^ rest[crc & 15];
		crc = crc >> 4 ^ rest[crc & 15];
	}
	return ~crc;
}
