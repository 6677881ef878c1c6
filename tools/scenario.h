/* SPDX-License-Identifier: Apache-2.0 */
/* scenario.h - reads a scenario file into a list of steps. The language: tests/scenarios/README.md.
 *
 * It knows words and lines only, no firmware and no policy. All texts borrow from the file's bytes. */
#ifndef BOOTPILOT_SCENARIO_H
#define BOOTPILOT_SCENARIO_H

#include "shared/text.h"

#define SCENARIO_STEPS_MAX 256u

enum scenario_judge {
	SCENARIO_POLICY = 1 << 0,
	SCENARIO_FAKE = 1 << 1,
	SCENARIO_OVMF = 1 << 2,
};

enum scenario_loader {
	SCENARIO_252 = 1 << 0,
	SCENARIO_254 = 1 << 1,
	SCENARIO_257 = 1 << 2,
	SCENARIO_262 = 1 << 3,
};

enum scenario_berth {
	SCENARIO_DRIVER = 1 << 0,
	SCENARIO_ENTRY = 1 << 1,
	SCENARIO_TYPE2 = 1 << 2,
	SCENARIO_FIRST = 1 << 3,
	SCENARIO_NET = 1 << 4,
};

enum scenario_kind {
	/* "given X ..." and "when given X ..." */
	STEP_ENTRY,    /* subject: file name; words: key=, image=, state=, on=, ... */
	STEP_UKI,      /* subject: file name; words: state=, on=, id=, version=, osrel= */
	STEP_IMAGE,    /* subject: path; words: the state */
	STEP_FILE,     /* subject: path; words: text with \n for new lines */
	STEP_REMOVE,   /* subject: path */
	STEP_RENAME,   /* subject: path; words: the new name */
	STEP_CONFIG,   /* subject: key; words: value */
	STEP_VARIABLE, /* subject: name; words: value */
	STEP_NOTE,     /* words: text */
	STEP_ESP,      /* subject: read-only, writable */
	STEP_NVRAM,    /* subject: lost */
	STEP_THEN,     /* words: what must follow */
	STEP_NAMES,    /* words: file names */
	STEP_WHEN,     /* subject: fails, works, blessed, hangs, resets; words: unheard, clean */
};

struct scenario_step {
	enum scenario_kind kind;
	uint32_t line; /* 1.. */
	struct text subject;
	struct text words;
};

struct scenario {
	struct text about;
	unsigned judges;      /* enum scenario_judge, any of them */
	unsigned loaders;     /* enum scenario_loader */
	unsigned last_loader; /* 252, 254, 257 or 262: for a judge without a real loader */
	unsigned berths;      /* enum scenario_berth */
	bool secure_boot;
	struct scenario_step steps[SCENARIO_STEPS_MAX];
	size_t step_count;
	uint32_t error_line; /* 0: no error */
	const char *error;   /* what is wrong in that line */
};

/* Parses BYTES. False on the first line that is not understood; error_line and error say more. */
bool scenario_parse(struct text bytes, struct scenario *ret);

/* The value of KEY in words such as "role=active reason=active-good"; false if it is not there. */
bool scenario_word(struct text words, const char *key, struct text *ret);

#endif
