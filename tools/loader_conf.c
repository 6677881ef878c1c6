/* SPDX-License-Identifier: Apache-2.0 */
#include "loader_conf.h"

#include "shared/keyvalue.h"

#define MARK "#bootpilot: "

/* The first line of *REST with its end, taken off. */
static struct text line_take(struct text *rest)
{
	size_t len = 0;
	while (len < rest->len && rest->at[len] != '\n' && rest->at[len] != '\r')
		len++;
	while (len < rest->len && rest->at[len] == '\r')
		len++;
	len += len < rest->len && rest->at[len] == '\n';
	struct text line = text_before(*rest, len);
	*rest = text_after(*rest, len);
	return line;
}

static bool line_is(struct text line, const char *key, struct text *ret_value)
{
	struct keyvalue_reader reader = { .rest = line, .separators = KEYVALUE_BLANK };
	struct keyvalue pair;
	if (!keyvalue_next(&reader, &pair) || !text_equal(pair.key, text_of(key)))
		return false;
	*ret_value = pair.value;
	return true;
}

static struct text default_of(struct text text)
{
	struct text value, ret = TEXT_EMPTY;
	for (struct text line; text.len && (line = line_take(&text)).len;)
		if (line_is(line, "default", &value))
			ret = value;
	return ret;
}

bool loader_conf_is_pinned(struct text text, struct text id)
{
	return text_equal_fold(default_of(text), id);
}

/* Room for TEXT with a mark before each line, and MORE bytes. */
static struct writer writer_for(struct heap *heap, struct text text, size_t more)
{
	size_t size = text.len + more + 8;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == '\n' || text.at[i] == '\r')
			size += sizeof(MARK);
	size += sizeof(MARK);
	return (struct writer){ .at = heap_take(heap, size), .size = size };
}

static bool is_one_of(struct text id, struct loader_conf_ids ids)
{
	for (size_t i = 0; i < ids.count; i++)
		if (text_equal_fold(id, ids.at[i]))
			return true;
	return false;
}

/* What becomes of a line that decides who is the default. */
enum fate { FATE_STAYS, FATE_COMMENT, FATE_GOES };

static enum fate fate_of(struct text line, struct text id, struct loader_conf_ids ours, bool *pinned)
{
	struct text value;
	bool is_default = line_is(line, "default", &value);
	if (!is_default && !line_is(line, "preferred", &value))
		return FATE_STAYS;
	if (is_default && !*pinned && text_equal_fold(value, id)) {
		*pinned = true;
		return FATE_STAYS;
	}
	return is_one_of(value, ours) ? FATE_GOES : FATE_COMMENT;
}

struct text loader_conf_pin(struct heap *heap, struct text text, struct text id, struct loader_conf_ids ours)
{
	struct writer w = writer_for(heap, text, id.len + sizeof("default "));
	struct text rest = text;
	bool pinned = false, changed = false;
	while (rest.len) {
		struct text line = line_take(&rest);
		enum fate fate = fate_of(line, id, ours, &pinned);
		changed |= fate != FATE_STAYS;
		if (fate == FATE_COMMENT)
			write_string(&w, MARK);
		if (fate != FATE_GOES)
			write_text(&w, line);
	}
	if (pinned && !changed)
		return text;
	if (!pinned) {
		if (w.len && w.at[w.len - 1] != '\n')
			write_char(&w, '\n');
		write_string(&w, "default ");
		write_text(&w, id);
		write_char(&w, '\n');
	}
	return writer_text(&w);
}

struct text loader_conf_unpin(struct heap *heap, struct text text, struct loader_conf_ids ours)
{
	struct writer w = writer_for(heap, text, 0);
	struct text rest = text, value;
	/* A person who has set another default meanwhile meant it. */
	bool restore = is_one_of(default_of(text), ours), changed = false;
	while (rest.len) {
		struct text line = line_take(&rest);
		bool marked = text_starts_fold(line, TEXT(MARK));
		struct text before = marked ? text_after(line, sizeof(MARK) - 1) : line;
		bool pins_us = (line_is(before, "default", &value) || line_is(before, "preferred", &value)) &&
			       is_one_of(value, ours);
		changed |= marked || pins_us;
		if (!pins_us && (!marked || restore))
			write_text(&w, before);
	}
	return changed ? writer_text(&w) : text;
}
