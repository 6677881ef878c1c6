/* SPDX-License-Identifier: Apache-2.0 */
#include "counter.h"

/* Takes the digits at the beginning of *REST as a number. */
static enum counter_error number_take(struct text *rest, uint32_t *ret)
{
	size_t len = 0;
	uint64_t value;

	while (len < rest->len && char_is_digit(rest->at[len]))
		len++;
	if (len == 0)
		return COUNTER_NO_NUMBER;
	if (!text_to_uint(text_before(*rest, len), COUNTER_MAX, &value))
		return COUNTER_TOO_LARGE;
	*rest = text_after(*rest, len);
	*ret = (uint32_t)value;
	return COUNTER_OK;
}

static size_t suffix_len(struct text file)
{
	static const char suffixes[][6] = { ".conf", ".efi" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		struct text suffix = text_of(suffixes[i]);

		if (text_ends_fold(file, suffix))
			return suffix.len;
	}
	return 0;
}

/* active+3.conf -> active+2-1.conf -> active+1-2.conf -> active+0-3.conf; no "-DONE" is the same as "-0" */
enum counter_error counter_parse(struct text file, struct counter *ret)
{
	size_t suffix = suffix_len(file);

	if (suffix == 0)
		return COUNTER_NO_SUFFIX;

	struct text name = text_before(file, file.len - suffix);
	size_t after_plus = name.len;

	/* the last '+': "a+b+3.conf" is "a+b" with three tries left */
	while (after_plus > 0 && name.at[after_plus - 1] != '+')
		after_plus--;
	if (after_plus == 0) {
		*ret = (struct counter){ .base_len = name.len };
		return COUNTER_OK;
	}

	struct text rest = text_after(name, after_plus);
	struct counter found = { .present = true, .base_len = after_plus - 1 };
	enum counter_error error = number_take(&rest, &found.left);

	if (error != COUNTER_OK)
		return error;
	if (rest.len > 0 && rest.at[0] == '-') {
		rest = text_after(rest, 1);
		error = number_take(&rest, &found.done);
		if (error != COUNTER_OK)
			return error;
	}
	if (rest.len > 0)
		return COUNTER_TRAILING_TEXT;
	*ret = found;
	return COUNTER_OK;
}
