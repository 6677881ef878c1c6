/* SPDX-License-Identifier: Apache-2.0 */
/* The differential: counters, globs and versions of shared/ against second readings of systemd-boot's rules, the fake
 * loader's (tests/fake/loader_order.c), which shares no code with shared/, and unit_glob.c.
 *
 * Input: two texts, the first up to its LF. */
#include "claim.h"

#include <string.h>

#include "shared/counter.h"
#include "shared/glob.h"
#include "shared/utf16.h"
#include "shared/version.h"
#include "tests/fake/loader_entry.h"
#include "unit_glob.h"

#define TEXT_MAX  200u
#define STARS_MAX 4u /* with more the fake takes as long as systemd-boot does: for ever */

struct given {
	char bytes[TEXT_MAX + 1]; /* terminated */
	struct text text;
};

static void given_set(struct given *given, struct text t)
{
	given->text = (struct text){ given->bytes, t.len < TEXT_MAX ? t.len : TEXT_MAX };
	if (t.len)
		memcpy(given->bytes, t.at, given->text.len);
	given->bytes[given->text.len] = '\0';
	given->text.len = strlen(given->bytes);
}

static void compare_counters(const struct given *file)
{
	struct counter counter = { .present = false };
	bool listed = text_ends_fold(file->text, TEXT(".conf")) || text_ends_fold(file->text, TEXT(".efi"));
	uint64_t left = 0, done = 0;
	size_t base = 0;
	enum counter_error error = counter_parse(file->text, &counter);
	bool counted;

	claim((error == COUNTER_NO_SUFFIX) == !listed, "the suffix of %s", file->bytes);
	if (!listed)
		return;
	counted = fake_loader_counter(file->bytes, text_ends_fold(file->text, TEXT(".efi")) ? ".efi" : ".conf", &left,
				      &done, &base);
	claim(counted == (error == COUNTER_OK && counter.present), "whether %s is counted", file->bytes);
	if (counted)
		claim(counter.left == left && counter.done == done && counter.base_len == base, "the counter of %s",
		      file->bytes);
}

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

static void compare_versions(const struct given *a, const struct given *b)
{
	int here = version_compare(a->text, b->text);

	claim(sign(here) == sign(fake_loader_version_compare(a->bytes, b->bytes)), "the order of %s and %s: %d", a->bytes,
	      b->bytes, here);
	claim(sign(here) == -sign(version_compare(b->text, a->text)), "the order of %s and %s is not that of %s and %s",
	      a->bytes, b->bytes, b->bytes, a->bytes);
}

static bool is_ascii(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.at[i] & 0x80)
			return false;
	return true;
}

static void compare_globs(const struct given *pattern, const struct given *name)
{
	uint16_t pattern_units[TEXT_MAX + 1], name_units[TEXT_MAX + 1];
	size_t pattern_len, name_len, stars = 0;
	bool matches = glob_match(pattern->text, name->text);

	for (size_t i = 0; i < pattern->text.len; i++)
		stars += pattern->text.at[i] == '*';
	if (stars <= STARS_MAX && is_ascii(pattern->text) && is_ascii(name->text))
		claim(matches == fake_loader_glob(pattern->bytes, name->bytes), "whether %s matches %s: %d",
		      pattern->bytes, name->bytes, matches);
	/* systemd-boot has units, made from the same names */
	if (utf16_from_text(pattern->text, pattern_units, TEXT_MAX + 1, &pattern_len) &&
	    utf16_from_text(name->text, name_units, TEXT_MAX + 1, &name_len))
		claim(matches == unit_glob_match(pattern_units, pattern_len, name_units, name_len),
		      "whether %s matches %s, unit by unit: %d", pattern->bytes, name->bytes, matches);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text all = { (const char *)data, size };
	struct given a, b;
	size_t len = 0;

	while (len < size && data[len] != '\n')
		len++;
	given_set(&a, text_before(all, len));
	given_set(&b, text_after(all, len + 1));
	compare_counters(&a);
	compare_counters(&b);
	compare_versions(&a, &b);
	compare_globs(&a, &b);
	return 0;
}
