/* SPDX-License-Identifier: Apache-2.0 */
/* unit_glob.h - the second reading of systemd-boot's globs, over UTF-16 units: the pattern becomes a table of elements, and a
 * row of marks says how far each of them can have come. Nothing of shared/glob.c is used. */
#ifndef FUZZ_UNIT_GLOB_H
#define FUZZ_UNIT_GLOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UNIT_GLOB_MAX 256u /* units of a pattern */

bool unit_glob_match(const uint16_t *pattern, size_t pattern_len, const uint16_t *name, size_t name_len);

#endif
