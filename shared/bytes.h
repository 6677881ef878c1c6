/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h - little-endian numbers in byte strings, whatever their alignment. */
#ifndef BOOTPILOT_BYTES_H
#define BOOTPILOT_BYTES_H

#include <stdint.h>

/* Appends the lowest COUNT bytes (1..8) of VALUE at *AT and moves it on. */
static inline void bytes_put(uint8_t **at, uint64_t value, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		*(*at)++ = (uint8_t)(value >> (8 * i));
}

/* Takes COUNT bytes (1..8) off *AT. */
static inline uint64_t bytes_take(const uint8_t **at, unsigned count)
{
	uint64_t value = 0;
	for (unsigned i = 0; i < count; i++)
		value |= (uint64_t) * (*at)++ << (8 * i);
	return value;
}

#endif
