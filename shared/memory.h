/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h - the only four functions that shared/ takes from outside: a compiler may call them in any code it makes. */
#ifndef BOOTPILOT_MEMORY_H
#define BOOTPILOT_MEMORY_H

#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);

#endif
