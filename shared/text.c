/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include "memory.h"

struct text text_of(const char *string)
{
	size_t len = 0;

	if (!string)
		return TEXT_EMPTY;
	while (string[len])
		len++;
	return (struct text){ string, len };
}

char char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool text_equal(struct text a, struct text b)
{
	/* memcmp() must not see the NULL of an empty text */
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool text_equal_fold(struct text a, struct text b)
{
	if (a.len != b.len)
		return false;
	/* from the end: there names that are alike differ, os_1 and os_2 */
	for (size_t i = a.len; i-- > 0;)
		if (a.at[i] != b.at[i] && char_lower(a.at[i]) != char_lower(b.at[i]))
			return false;
	return true;
}

bool text_starts_fold(struct text t, struct text prefix)
{
	return t.len >= prefix.len && text_equal_fold(text_before(t, prefix.len), prefix);
}

bool text_ends_fold(struct text t, struct text suffix)
{
	return t.len >= suffix.len && text_equal_fold(text_after(t, t.len - suffix.len), suffix);
}

bool text_contains(struct text t, char c)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] == c)
			return true;
	return false;
}

int text_compare(struct text a, struct text b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common > 0 ? memcmp(a.at, b.at, common) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

struct text text_after(struct text t, size_t from)
{
	if (from >= t.len)
		return TEXT_EMPTY;
	return (struct text){ t.at + from, t.len - from };
}

struct text text_before(struct text t, size_t len)
{
	return (struct text){ t.at, len < t.len ? len : t.len };
}

static bool char_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool char_ends_line(char c)
{
	return c == '\n' || c == '\r';
}

struct text text_trim(struct text t)
{
	size_t from = 0, to = t.len;

	while (to > 0 && (char_is_blank(t.at[to - 1]) || char_ends_line(t.at[to - 1])))
		to--;
	while (from < to && (char_is_blank(t.at[from]) || char_ends_line(t.at[from])))
		from++;
	return text_after(text_before(t, to), from);
}

bool text_next_word(struct text *rest, struct text *ret)
{
	size_t from = 0, to;

	while (from < rest->len && char_is_blank(rest->at[from]))
		from++;
	for (to = from; to < rest->len && !char_is_blank(rest->at[to]);)
		to++;

	struct text word = text_after(text_before(*rest, to), from);

	*rest = text_after(*rest, to);
	if (word.len == 0)
		return false;
	*ret = word;
	return true;
}

bool text_next_line(struct text *rest, struct text *ret)
{
	size_t len = 0;

	if (rest->len == 0)
		return false;
	while (len < rest->len && !char_ends_line(rest->at[len]))
		len++;

	struct text line = text_before(*rest, len);
	struct text end = text_after(*rest, len);
	/* CR LF is one end of one line, so that line numbers are those of an editor */
	size_t end_len = end.len >= 2 && end.at[0] == '\r' && end.at[1] == '\n' ? 2 : 1;

	*rest = text_after(end, end_len);
	*ret = line;
	return true;
}

bool text_to_uint(struct text t, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	if (t.len == 0)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (!char_is_digit(t.at[i]))
			return false;

		uint64_t digit = (uint64_t)(t.at[i] - '0');

		/* asked before it is done: neither the product nor the sum can wrap */
		if (value > max / 10 || value * 10 > max - digit || digit > max)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return true;
}

void write_text(struct writer *w, struct text t)
{
	if (w->overflow || t.len > w->size - w->len) {
		w->overflow = true;
		return;
	}
	if (t.len > 0)
		memcpy(w->at + w->len, t.at, t.len);
	w->len += t.len;
}

void write_string(struct writer *w, const char *terminated)
{
	write_text(w, text_of(terminated));
}

void write_char(struct writer *w, char c)
{
	write_text(w, (struct text){ &c, 1 });
}

void write_lower(struct writer *w, struct text t)
{
	char *at = w->at + w->len;
	write_text(w, t);
	for (size_t i = 0; !w->overflow && i < t.len; i++)
		at[i] = char_lower(at[i]);
}

void write_uint(struct writer *w, uint64_t value)
{
	char digits[20]; /* UINT64_MAX has 20 */
	size_t from = sizeof(digits);

	do {
		digits[--from] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	write_text(w, (struct text){ digits + from, sizeof(digits) - from });
}

void write_hex(struct writer *w, uint64_t value, unsigned digits)
{
	char hex[16];
	unsigned len = 0;

	do {
		hex[sizeof(hex) - ++len] = "0123456789abcdef"[value & 15];
		value >>= 4;
	} while (value > 0);
	for (unsigned i = len; i < digits && !w->overflow; i++)
		write_char(w, '0');
	write_text(w, (struct text){ hex + sizeof(hex) - len, len });
}

void write_padded(struct writer *w, struct text t, size_t width)
{
	size_t points = 0;

	/* every byte but 10xxxxxx begins a code point */
	for (size_t i = 0; i < t.len; i++)
		points += ((unsigned char)t.at[i] & 0xC0) != 0x80;

	write_text(w, t);
	for (; points < width && !w->overflow; points++)
		write_char(w, ' ');
}

struct text writer_text(const struct writer *w)
{
	return (struct text){ w->at, w->len };
}
