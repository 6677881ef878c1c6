/* SPDX-License-Identifier: Apache-2.0 */
#include "lines.h"

#include "shared/utf16.h"

/* Up to MARK, which is taken too. */
static struct text take_until(struct text *rest, char mark)
{
	size_t len = 0;

	while (len < rest->len && rest->at[len] != mark)
		len++;

	struct text taken = text_before(*rest, len);

	*rest = text_after(*rest, len + 1);
	return taken;
}

bool line_take(struct text *rest, struct text *ret)
{
	while (rest->len > 0) {
		*ret = take_until(rest, '\n');
		if (ret->len > 0)
			return true;
	}
	return false;
}

struct text line_fields(struct text line)
{
	take_until(&line, ' ');
	return line;
}

struct text field_take(struct text *fields)
{
	return take_until(fields, '|');
}

static int hex_digit(char c)
{
	if (char_is_digit(c))
		return c - '0';
	return char_lower(c) >= 'a' && char_lower(c) <= 'f' ? char_lower(c) - 'a' + 10 : -1;
}

struct text field_take_bytes(struct text *fields, char *buffer, size_t size)
{
	struct text field = field_take(fields);
	size_t len = 0;

	for (size_t i = 0; i < field.len && len < size; i++) {
		bool coded = field.at[i] == '%' && field.len - i > 2 && hex_digit(field.at[i + 1]) >= 0 &&
			     hex_digit(field.at[i + 2]) >= 0;

		if (coded) {
			buffer[len++] = (char)(hex_digit(field.at[i + 1]) << 4 | hex_digit(field.at[i + 2]));
			i += 2;
		} else {
			buffer[len++] = field.at[i];
		}
	}
	return (struct text){ buffer, len };
}

const char *field_take_string(struct text *fields, char *buffer, size_t size)
{
	buffer[field_take_bytes(fields, buffer, size - 1).len] = '\0';
	return buffer;
}

uint32_t field_take_number(struct text *fields, uint32_t max)
{
	uint64_t value = 0;

	text_to_uint(field_take(fields), UINT32_MAX, &value);
	return max == UINT32_MAX ? (uint32_t)value : (uint32_t)(value % (max + 1u));
}

bool name_is_of_fat(struct text name)
{
	uint16_t units[256];

	for (size_t i = 0; i < name.len; i++)
		if ((unsigned char)name.at[i] < ' ' || text_contains(TEXT("\\/:\"<>|*?"), name.at[i]))
			return false;
	return name.len > 0 && name.len < 256 && !text_equal(name, TEXT(".")) && !text_equal(name, TEXT("..")) &&
	       utf16_from_text(name, units, 256, NULL);
}
