/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/utf16.h"

/* Control characters, and those that turn the direction of writing. */
static bool is_dangerous(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || (c >= 0xd800 && c < 0xe000);
}

struct text words_plain(struct heap *heap, struct text t)
{
	struct writer w = { .at = heap_take(heap, 3 * t.len + 1), .size = 3 * t.len + 1 };
	while (t.len) {
		struct text rest = t;
		uint32_t point;
		size_t len = utf8_take(&rest, &point) ? t.len - rest.len : 1;
		bool plain = rest.len < t.len && !is_dangerous(point);
		for (size_t i = 0; i < len; i++) {
			if (plain) {
				write_char(&w, t.at[i]);
			} else {
				write_char(&w, '%');
				write_hex(&w, (unsigned char)t.at[i], 2);
			}
		}
		t = text_after(t, len);
	}
	return writer_text(&w);
}

size_t words_width(struct text t)
{
	size_t points = 0;
	for (size_t i = 0; i < t.len; i++)
		points += ((unsigned char)t.at[i] & 0xc0) != 0x80;
	return points;
}

void words_padded(struct text t, size_t width)
{
	printf("%.*s", SHOWN(t));
	for (size_t i = words_width(t); i < width; i++)
		putchar(' ');
}

void words_wrap(struct text t, size_t column, size_t indent)
{
	struct text word;
	bool first = true;
	while (text_next_word(&t, &word)) {
		size_t width = words_width(word);
		if (!first && column + 1 + width > WORDS_COLUMNS) {
			printf("\n%*s", (int)indent, "");
			column = indent;
			first = true;
		}
		printf("%s%.*s", first ? "" : " ", SHOWN(word));
		column += width + !first;
		first = false;
	}
	putchar('\n');
}

static bool has_colours(void)
{
	const char *refused = getenv("NO_COLOR"), *terminal = getenv("TERM");
	return !(refused && *refused) && !(terminal && strcmp(terminal, "dumb") == 0) && isatty(STDOUT_FILENO);
}

void words_colour_begin(enum words_colour colour)
{
	if (has_colours())
		printf("\033[1;%dm", (int)colour);
}

void words_colour_end(void)
{
	if (has_colours())
		fputs("\033[0m", stdout);
}

json_t *words_json(struct heap *heap, struct text t)
{
	struct text plain = words_plain(heap, t);
	return t.len ? json_stringn(plain.at, plain.len) : json_null();
}

void words_json_print(json_t *value)
{
	json_dumpf(value, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(value);
}
