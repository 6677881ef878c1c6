/* SPDX-License-Identifier: Apache-2.0 */
#include "utf16.h"

static bool unit_is_high(uint32_t unit)
{
	return unit >= 0xD800 && unit <= 0xDBFF;
}

static bool unit_is_low(uint32_t unit)
{
	return unit >= 0xDC00 && unit <= 0xDFFF;
}

static char continuation_byte(uint32_t point, unsigned shift)
{
	return (char)(0x80 | ((point >> shift) & 0x3F));
}

/* All bytes of a code point or none, so that a full writer never holds half a character. */
static void write_point(struct writer *w, uint32_t point)
{
	char bytes[4];
	size_t len = 0;

	if (point < 0x80) {
		bytes[len++] = (char)point;
	} else if (point < 0x800) {
		bytes[len++] = (char)(0xC0 | (point >> 6));
	} else if (point < 0x10000) {
		bytes[len++] = (char)(0xE0 | (point >> 12));
		bytes[len++] = continuation_byte(point, 6);
	} else {
		bytes[len++] = (char)(0xF0 | (point >> 18));
		bytes[len++] = continuation_byte(point, 12);
		bytes[len++] = continuation_byte(point, 6);
	}
	if (point >= 0x80)
		bytes[len++] = continuation_byte(point, 0);
	write_text(w, (struct text){ bytes, len });
}

void utf16_to_text(struct writer *w, const uint16_t *units, size_t count)
{
	for (size_t i = 0; i < count && units[i] != 0; i++) {
		uint32_t point = units[i];

		if (unit_is_high(point) && i + 1 < count && unit_is_low(units[i + 1]))
			point = 0x10000 + ((point - 0xD800) << 10) + (units[++i] - 0xDC00u);
		write_point(w, point);
	}
}

/* What a first byte says: 0xxxxxxx 1, 110xxxxx 2, 1110xxxx 3, 11110xxx 4, all others 0 */
static size_t sequence_len(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if ((first & 0xE0) == 0xC0)
		return 2;
	if ((first & 0xF0) == 0xE0)
		return 3;
	if ((first & 0xF8) == 0xF0)
		return 4;
	return 0;
}

bool utf8_take(struct text *rest, uint32_t *ret)
{
	/* the least code point of each length: what is below has a shorter spelling, and one name must have only one */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const uint8_t first_bits[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };

	if (rest->len == 0)
		return false;

	uint8_t first = (uint8_t)rest->at[0];
	size_t len = sequence_len(first);

	if (len == 0 || len > rest->len)
		return false;

	uint32_t point = first & (uint32_t)first_bits[len];

	for (size_t i = 1; i < len; i++) {
		uint8_t byte = (uint8_t)rest->at[i];

		if ((byte & 0xC0) != 0x80)
			return false;
		point = (point << 6) | (byte & 0x3Fu);
	}
	if (point < least[len] || point > 0x10FFFF)
		return false;

	*rest = text_after(*rest, len);
	*ret = point;
	return true;
}

bool utf16_from_text(struct text t, uint16_t *units, size_t count, size_t *ret_len)
{
	size_t len = 0;
	bool after_high = false;

	if (count == 0)
		return false;

	while (t.len > 0) {
		uint32_t point;
		size_t need;

		/* a NUL would cut the name; two surrogates written apart would be a second spelling of one code point */
		if (!utf8_take(&t, &point) || point == 0 || (after_high && unit_is_low(point))) {
			units[0] = 0;
			return false;
		}
		need = point >= 0x10000 ? 2 : 1;
		if (need > count - 1 - len) {
			units[0] = 0;
			return false;
		}
		if (need == 2) {
			units[len++] = (uint16_t)(0xD800 + ((point - 0x10000) >> 10));
			units[len++] = (uint16_t)(0xDC00 + ((point - 0x10000) & 0x3FF));
		} else {
			units[len++] = (uint16_t)point;
		}
		after_high = unit_is_high(point);
	}
	units[len] = 0;
	if (ret_len)
		*ret_len = len;
	return true;
}
