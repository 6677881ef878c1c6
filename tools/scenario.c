/* SPDX-License-Identifier: Apache-2.0 */
#include "scenario.h"

#include <string.h>

struct name {
	const char *name;
	unsigned value;
};

static const struct name judge_names[] = {
	{ "policy", SCENARIO_POLICY }, { "fake", SCENARIO_FAKE }, { "ovmf", SCENARIO_OVMF }, { NULL, 0 }
};

static const struct name loader_names[] = {
	{ "252", SCENARIO_252 }, { "254", SCENARIO_254 }, { "257", SCENARIO_257 }, { "262", SCENARIO_262 }, { NULL, 0 }
};

static const struct name berth_names[] = { { "driver", SCENARIO_DRIVER }, { "entry", SCENARIO_ENTRY },
					   { "type2", SCENARIO_TYPE2 },   { "first", SCENARIO_FIRST },
					   { "net", SCENARIO_NET },       { NULL, 0 } };

static const struct name given_names[] = {
	{ "entry", STEP_ENTRY },   { "uki", STEP_UKI },       { "image", STEP_IMAGE },   { "file", STEP_FILE },
	{ "remove", STEP_REMOVE }, { "rename", STEP_RENAME }, { "config", STEP_CONFIG }, { "variable", STEP_VARIABLE },
	{ "note", STEP_NOTE },     { "esp", STEP_ESP },       { "nvram", STEP_NVRAM },   { NULL, 0 }
};

static const struct name when_names[] = { /* 1: may be followed by the second word */
					  { "fails", 0 }, { "works", 1 },  { "blessed", 0 },
					  { "hangs", 0 }, { "resets", 2 }, { NULL, 0 }
};

static const struct name *name_find(const struct name *names, struct text name)
{
	for (; names->name; names++)
		if (text_equal(text_of(names->name), name))
			return names;
	return NULL;
}

static bool fails(struct scenario *s, uint32_t line, const char *error)
{
	s->error_line = line;
	s->error = error;
	return false;
}

/* One or more of NAMES, or'ed into *RET. *LAST gets the number that the last one begins with, if it is one. */
static bool parse_set(struct text words, const struct name *names, unsigned *ret, unsigned *last)
{
	unsigned set = 0;
	struct text word;

	while (text_next_word(&words, &word)) {
		const struct name *found = name_find(names, word);
		uint64_t number;

		if (!found)
			return false;
		set |= found->value;
		if (last && text_to_uint(word, 999, &number))
			*last = (unsigned)number;
	}
	*ret = set;
	return set != 0;
}

static bool step_add(struct scenario *s, uint32_t line, enum scenario_kind kind, struct text subject, struct text words)
{
	if (s->step_count == SCENARIO_STEPS_MAX)
		return fails(s, line, "too many steps");
	s->steps[s->step_count++] = (struct scenario_step){ kind, line, subject, words };
	return true;
}

/* What must stand behind each word of a given line. */
static const char *given_error(enum scenario_kind kind, struct text subject, struct text words)
{
	switch (kind) {
	case STEP_NOTE:
		return words.len ? NULL : "a note needs a text";
	case STEP_ESP:
		return text_equal(subject, TEXT("read-only")) || text_equal(subject, TEXT("writable"))
			       ? NULL
			       : "esp: read-only or writable";
	case STEP_NVRAM:
		return text_equal(subject, TEXT("lost")) ? NULL : "nvram: lost";
	case STEP_IMAGE:
	case STEP_RENAME:
	case STEP_CONFIG:
		return subject.len && words.len ? NULL : "two words are needed";
	case STEP_ENTRY:
	case STEP_UKI:
	case STEP_FILE:
	case STEP_REMOVE:
	case STEP_VARIABLE:
		return subject.len ? NULL : "a name is needed";
	case STEP_THEN:
	case STEP_NAMES:
	case STEP_WHEN:
		break;
	}
	return "not a given line";
}

static bool parse_given(struct scenario *s, uint32_t line, struct text rest)
{
	struct text word = TEXT_EMPTY, subject = TEXT_EMPTY;
	const struct name *found;
	enum scenario_kind kind;
	const char *error;

	text_next_word(&rest, &word);
	found = name_find(given_names, word);
	if (!found)
		return fails(s, line, "given what?");
	kind = (enum scenario_kind)found->value;
	if (kind != STEP_NOTE)
		text_next_word(&rest, &subject);
	rest = text_trim(rest);
	error = given_error(kind, subject, rest);
	return error ? fails(s, line, error) : step_add(s, line, kind, subject, rest);
}

static bool parse_when(struct scenario *s, uint32_t line, struct text rest)
{
	struct text word = TEXT_EMPTY;
	const struct name *found;

	text_next_word(&rest, &word);
	if (text_equal(word, TEXT("given")))
		return parse_given(s, line, rest);
	found = name_find(when_names, word);
	rest = text_trim(rest);
	if (!found)
		return fails(s, line, "when what?");
	if (rest.len && !(found->value == 1 && text_equal(rest, TEXT("unheard"))) &&
	    !(found->value == 2 && text_equal(rest, TEXT("clean"))))
		return fails(s, line, "unknown word at the end");
	return step_add(s, line, STEP_WHEN, word, rest);
}

static bool parse_line(struct scenario *s, uint32_t line, struct text text)
{
	struct text rest = text_trim(text), word = TEXT_EMPTY;

	if (rest.len == 0 || rest.at[0] == '#')
		return true;
	text_next_word(&rest, &word);
	rest = text_trim(rest);
	if (text_equal(word, TEXT("about"))) {
		s->about = rest;
		return rest.len != 0 || fails(s, line, "about what?");
	}
	if (text_equal(word, TEXT("only")))
		return parse_set(rest, judge_names, &s->judges, NULL) || fails(s, line, "unknown judge");
	if (text_equal(word, TEXT("loader")))
		return parse_set(rest, loader_names, &s->loaders, &s->last_loader) || fails(s, line, "unknown loader");
	if (text_equal(word, TEXT("berth")))
		return parse_set(rest, berth_names, &s->berths, NULL) || fails(s, line, "unknown berth");
	if (text_equal(word, TEXT("secure-boot"))) {
		s->secure_boot = text_equal(rest, TEXT("on"));
		return s->secure_boot || text_equal(rest, TEXT("off")) || fails(s, line, "secure-boot: on or off");
	}
	if (text_equal(word, TEXT("given")))
		return parse_given(s, line, rest);
	if (text_equal(word, TEXT("when")))
		return parse_when(s, line, rest);
	if (text_equal(word, TEXT("then")))
		return rest.len ? step_add(s, line, STEP_THEN, TEXT_EMPTY, rest) : fails(s, line, "then what?");
	if (text_equal(word, TEXT("names")))
		return step_add(s, line, STEP_NAMES, TEXT_EMPTY, rest);
	return fails(s, line, "unknown first word");
}

bool scenario_parse(struct text bytes, struct scenario *ret)
{
	struct text line;
	uint32_t number = 0;

	memset(ret, 0, sizeof(*ret));
	ret->judges = SCENARIO_POLICY | SCENARIO_FAKE | SCENARIO_OVMF;
	ret->loaders = SCENARIO_252 | SCENARIO_254 | SCENARIO_257 | SCENARIO_262;
	ret->last_loader = 257;
	ret->berths = SCENARIO_DRIVER;
	while (text_next_line(&bytes, &line))
		if (!parse_line(ret, ++number, line))
			return false;
	if (!ret->about.len)
		return fails(ret, number, "no about line");
	return true;
}

bool scenario_word(struct text words, const char *key, struct text *ret)
{
	struct text word, wanted = text_of(key);

	while (text_next_word(&words, &word))
		if (word.len > wanted.len && word.at[wanted.len] == '=' &&
		    text_equal(text_before(word, wanted.len), wanted)) {
			*ret = text_after(word, wanted.len + 1);
			return true;
		}
	return false;
}
