/* SPDX-License-Identifier: Apache-2.0 */
#include "hash.h"

#define FNV_PRIME      0x100000001b3u /* draft-eastlake-fnv, 64 bits */
#define CRC_POLYNOMIAL 0xEDB88320u    /* IEEE 802.3, bits reversed */

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
	const uint8_t *at = bytes;
	uint32_t crc = 0xFFFFFFFFu;

	/* bit by bit: a record has 256 bytes, a table would have a thousand */
	for (size_t i = 0; i < size; i++) {
		crc ^= at[i];
		for (unsigned bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (CRC_POLYNOMIAL & (0u - (crc & 1u)));
	}
	return ~crc;
}
