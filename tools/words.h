/* SPDX-License-Identifier: Apache-2.0 */
/* words.h - texts for a terminal of 80 columns, and for JSON. */
#ifndef BOOTPILOT_WORDS_H
#define BOOTPILOT_WORDS_H

#include <jansson.h>

#include "heap.h"

#define WORDS_COLUMNS 80u

/* A text as an argument of "%.*s". */
#define SHOWN(t) (int)(t).len, (t).len ? (t).at : ""

/* T as a person may be shown it: what would act on a terminal or is not UTF-8 becomes %1B, as in the decision line. */
struct text words_plain(struct heap *heap, struct text t);

size_t words_width(struct text t); /* in code points */

/* Prints T, starting in COLUMN, and goes on at INDENT in new lines wherever the 80 columns end. Ends with a new line. */
void words_wrap(struct text t, size_t column, size_t indent);

/* Prints T and blanks up to WIDTH. */
void words_padded(struct text t, size_t width);

enum words_colour { WORDS_GREEN = 32, WORDS_YELLOW = 33, WORDS_RED = 31 };

/* Between these a terminal shows COLOUR, unless NO_COLOR is set or it is no terminal. */
void words_colour_begin(enum words_colour colour);
void words_colour_end(void);

/* A JSON string of T made plain; null if T is empty. */
json_t *words_json(struct heap *heap, struct text t);
/* Prints VALUE and gives it back. */
void words_json_print(json_t *value);

#endif
