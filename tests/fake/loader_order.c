/* SPDX-License-Identifier: Apache-2.0 */
/* systemd-boot's rules for counters, globs, versions and order. Sources: systemd, src/boot/boot.c
 * (boot_entry_parse_tries, boot_entry_compare), src/boot/efi-string.c (efi_fnmatch, strverscmp_improved). */
#include "loader_entry.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* --- Counters ------------------------------------------------------------------------------------------------------ */

static bool take_number(const char **at, uint64_t *ret)
{
	const char *p = *at;
	uint64_t value = 0;

	if (!is_digit(*p))
		return false;
	for (; is_digit(*p); p++) {
		value = value * 10 + (uint64_t)(*p - '0');
		if (value > INT_MAX)
			return false;
	}
	*at = p;
	*ret = value;
	return true;
}

bool fake_loader_counter(const char *file, const char *suffix, uint64_t *ret_left, uint64_t *ret_done, size_t *ret_base)
{
	const char *plus = strrchr(file, '+'), *at;
	uint64_t left, done = 0;

	if (!plus)
		return false;
	at = plus + 1;
	if (!take_number(&at, &left))
		return false;
	if (*at == '-') {
		at++;
		if (!take_number(&at, &done))
			return false;
	}
	if (strcasecmp(at, suffix) != 0)
		return false;
	*ret_left = left;
	*ret_done = done;
	*ret_base = (size_t)(plus - file);
	return true;
}

void fake_loader_next_name(const char *file, const char *suffix, char *ret, size_t size)
{
	uint64_t left, done;
	size_t base;

	if (!fake_loader_counter(file, suffix, &left, &done, &base))
		return;
	left = left ? left - 1 : 0;
	done = done < INT_MAX ? done + 1 : INT_MAX;
	snprintf(ret, size, "%.*s+%llu-%llu%s", (int)base, file, (unsigned long long)left, (unsigned long long)done,
		 suffix);
}

/* --- Globs --------------------------------------------------------------------------------------------------------- */

/* Bytes of the code point at S: `?` and sets take one UTF-16 unit in systemd-boot, one code point here. */
static size_t point_len(const char *s)
{
	size_t len = 1;

	while (*s && (s[len] & 0xC0) == 0x80)
		len++;
	return len;
}

/* A set at *PATTERN, behind its '['. Moves *PATTERN behind its ']'. False: no match or no end. Ranges do not chain. */
static bool set_matches(const char **pattern, char c)
{
	const char *p = *pattern;
	bool match = false, can_range = true;

	for (bool first = true;; first = false, p++) {
		if (*p == '\0')
			return false;
		if (*p == ']' && !first)
			break;
		if (*p == '-' && can_range && !first && p[1] != ']') {
			char low = p[-1];

			p++;
			if (*p == '\\')
				p++;
			if (*p == '\0')
				return false;
			match = match || (low <= c && c <= *p);
			can_range = false;
			continue;
		}
		if (*p == '\\' && *++p == '\0')
			return false;
		match = match || *p == c;
		can_range = true;
	}
	*pattern = p + 1;
	return match;
}

static bool glob(const char *p, const char *s, unsigned depth)
{
	if (depth == 0) /* efi_fnmatch() gives up, too */
		return false;
	for (;;) {
		switch (*p) {
		case '\0':
			return *s == '\0';
		case '\\':
			if (*++p == '\0' || *p != *s)
				return false;
			p++;
			s++;
			break;
		case '?':
			if (*s == '\0')
				return false;
			s += point_len(s);
			p++;
			break;
		case '*':
			while (*p == '*')
				p++;
			for (;; s++) {
				if (glob(p, s, depth - 1))
					return true;
				if (*s == '\0')
					return false;
			}
		case '[':
			p++;
			if (*s == '\0' || !set_matches(&p, *s))
				return false;
			s += point_len(s);
			break;
		default:
			if (*p++ != *s++)
				return false;
		}
	}
}

bool fake_loader_glob(const char *pattern, const char *name)
{
	return glob(pattern, name, 32);
}

/* --- Versions ------------------------------------------------------------------------------------------------------ */

static int sign(long value)
{
	return (value > 0) - (value < 0);
}

/* Both digit runs; *A and *B move behind them. A run is newer than none, a longer one than a shorter one. */
static int compare_digits(const char **a, const char **b)
{
	const char *end_a = *a, *end_b = *b;
	int r;

	while (is_digit(*end_a))
		end_a++;
	while (is_digit(*end_b))
		end_b++;
	r = (*a != end_a) - (*b != end_b);
	while (**a == '0')
		(*a)++;
	while (**b == '0')
		(*b)++;
	if (r == 0)
		r = sign((end_a - *a) - (end_b - *b));
	if (r == 0)
		r = strncmp(*a, *b, (size_t)(end_a - *a));
	*a = end_a;
	*b = end_b;
	return r;
}

static int compare_letters(const char **a, const char **b)
{
	size_t len_a = 0, len_b = 0;
	int r;

	while (is_letter((*a)[len_a]))
		len_a++;
	while (is_letter((*b)[len_b]))
		len_b++;
	r = strncmp(*a, *b, len_a < len_b ? len_a : len_b);
	if (r == 0)
		r = sign((long)len_a - (long)len_b);
	*a += len_a;
	*b += len_b;
	return r;
}

/* Both at MARK: behind it. Only one of them: it is the older, *RET says which. False: they differ. */
static bool step_over_mark(const char **a, const char **b, char mark, int *ret)
{
	if (**a != mark && **b != mark)
		return true;
	if (**a != **b) {
		*ret = **a == mark ? -1 : 1;
		return false;
	}
	(*a)++;
	(*b)++;
	return true;
}

int fake_loader_version_compare(const char *a, const char *b)
{
	for (;;) {
		int r;

		while (*a && !is_digit(*a) && !is_letter(*a) && !strchr("~-^.", *a))
			a++;
		while (*b && !is_digit(*b) && !is_letter(*b) && !strchr("~-^.", *b))
			b++;
		/* '~' is older than the end, and the end is older than all the rest; '-' before '^' before '.' */
		if (!step_over_mark(&a, &b, '~', &r))
			return r;
		if (*a == '\0' || *b == '\0')
			return sign((unsigned char)*a - (unsigned char)*b);
		/* what follows a mark is compared at once: nothing is skipped between */
		for (const char *mark = "-^."; *mark; mark++)
			if (!step_over_mark(&a, &b, *mark, &r))
				return r;
		r = is_digit(*a) || is_digit(*b) ? compare_digits(&a, &b) : compare_letters(&a, &b);
		if (r)
			return r;
	}
}

/* --- Order --------------------------------------------------------------------------------------------------------- */

int fake_loader_entry_compare(const struct loader_entry *a, const struct loader_entry *b)
{
	int r = (a->counted && a->left == 0) - (b->counted && b->left == 0);

	if (r == 0)
		r = !a->has_sort_key - !b->has_sort_key;
	if (r == 0 && a->has_sort_key) {
		r = strcmp(a->sort_key, b->sort_key);
		if (r == 0)
			r = strcmp(a->machine_id, b->machine_id);
		if (r == 0)
			r = -fake_loader_version_compare(a->version, b->version);
	}
	if (r == 0)
		r = -fake_loader_version_compare(a->id, b->id);
	if (r != 0 || !a->counted || !b->counted)
		return r;
	if (a->left != b->left)
		return a->left > b->left ? -1 : 1;
	return (a->done > b->done) - (a->done < b->done);
}

/* An insertion sort, as systemd-boot's: equal entries keep the order in which they were found. */
void fake_loader_sort(struct loader_list *list)
{
	for (size_t i = 1; i < list->count; i++) {
		struct loader_entry moved = list->entries[i];
		size_t at = i;

		for (; at > 0 && fake_loader_entry_compare(&list->entries[at - 1], &moved) > 0; at--)
			list->entries[at] = list->entries[at - 1];
		list->entries[at] = moved;
	}
}
