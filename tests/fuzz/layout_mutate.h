/* SPDX-License-Identifier: Apache-2.0 */
/* layout_mutate.h - changes to a layout that mean something: another counter, berth, failing call, one line more or less. Bytes
 * changed at random seldom do. */
#ifndef FUZZ_LAYOUT_MUTATE_H
#define FUZZ_LAYOUT_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/* Changes SIZE bytes at DATA, which has room for MAX. Returns the new size. The same SEED does the same. */
size_t layout_mutate(uint8_t *data, size_t size, size_t max, unsigned seed);

#endif
