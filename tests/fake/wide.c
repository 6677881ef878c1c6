/* SPDX-License-Identifier: Apache-2.0 */
#include "wide.h"

#include <stdlib.h>
#include <string.h>

#include "../../shared/utf16.h"

bool wide_read(const CHAR16 *wide, size_t units, char *buffer, size_t size)
{
	struct writer w = { .at = buffer, .size = size - 1 };

	utf16_to_text(&w, wide, units);
	buffer[w.len] = '\0';
	return !w.overflow;
}

static size_t convert(const char *utf8, uint16_t *units, size_t count)
{
	size_t len = 0;

	if (!utf16_from_text(text_of(utf8), units, count, &len))
		abort(); /* a test gave a text that no firmware could hold */
	return len + 1;
}

size_t wide_units(const char *utf8)
{
	size_t count = strlen(utf8) + 1;
	uint16_t *units = calloc(count, sizeof(*units));
	size_t used = convert(utf8, units, count);

	free(units);
	return used;
}

void wide_write(const char *utf8, CHAR16 *to)
{
	convert(utf8, to, wide_units(utf8));
}
