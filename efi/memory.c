/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c - the four functions that a compiler may call in any code it makes; there is no libc before the OS.
 *
 * Byte by byte: the largest thing that is ever copied is a file of a few KiB. The Makefile forbids the
 * compiler to recognise these loops, or it would turn each into a call of the very function it is in. */
#include "shared/memory.h"

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	for (size_t i = 0; i < size; i++)
		t[i] = f[i];
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	unsigned char *t = to;
	const unsigned char *f = from;

	if (t < f) {
		for (size_t i = 0; i < size; i++)
			t[i] = f[i];
	} else {
		for (size_t i = size; i > 0; i--)
			t[i - 1] = f[i - 1];
	}
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	unsigned char *t = to;

	for (size_t i = 0; i < size; i++)
		t[i] = (unsigned char)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (size_t i = 0; i < size; i++)
		if (x[i] != y[i])
			return x[i] < y[i] ? -1 : 1;
	return 0;
}
