/* SPDX-License-Identifier: Apache-2.0 */
#include "keyvalue.h"

static bool char_separates(char c, const char *separators)
{
	return text_contains(text_of(separators), c);
}

/* systemd-boot takes a file for a terminated string: a NUL in it is the end of the file. */
static struct text text_until_nul(struct text t)
{
	size_t len = 0;

	while (len < t.len && t.at[len] != '\0')
		len++;
	return text_before(t, len);
}

/* "title" and 'title' become title; a quote alone becomes nothing; "title' and "a stay as they are. */
static struct text value_unquote(struct text value)
{
	char quote = value.at[0];

	if ((quote != '"' && quote != '\'') || value.at[value.len - 1] != quote)
		return value;
	return text_after(text_before(value, value.len - 1), 1);
}

bool keyvalue_next(struct keyvalue_reader *reader, struct keyvalue *ret)
{
	struct text line;

	reader->rest = text_until_nul(reader->rest);
	while (text_next_line(&reader->rest, &line)) {
		size_t key_len = 0, value_from;

		reader->line++;
		line = text_trim(line);
		if (line.len > 0 && line.at[0] == '#')
			continue;

		while (key_len < line.len && !char_separates(line.at[key_len], reader->separators))
			key_len++;
		for (value_from = key_len; value_from < line.len;) {
			if (!char_separates(line.at[value_from], reader->separators))
				break;
			value_from++;
		}

		struct text value = text_after(line, value_from);

		/* "KEY=" too: systemd-boot 252 takes it for an empty value, 257 for the text of the lines that follow */
		if (value.len == 0)
			continue;
		*ret = (struct keyvalue){ text_before(line, key_len), value_unquote(value), reader->line };
		return true;
	}
	return false;
}
