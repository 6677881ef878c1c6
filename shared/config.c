/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keyvalue.h"
#include "memory.h"

enum setting {
	SET_ACTIVE, /* the first four stand as their roles do */
	SET_PASSIVE,
	SET_RECOVERY,
	SET_RESET,
	SET_AUTO_RESET,
	SET_RESET_LIMIT,
	SET_RESET_DELAY,
	SET_HANDOFF,
	SET_NOTHING_BOOTABLE,
	SET_MEASURE,
	SET_WATCHDOG,
	SET_CONSOLE,
};

#define SET_COUNT ((enum setting)(SET_CONSOLE + 1)) /* no such key */

/* What may stand behind each key: a number of MIN..MAX, or one of WORDS, which stand in the order of the enum that they name, or else
 * any list of globs. */
static const struct setting_row {
	char key[17];
	char words[30];
	bool is_time; /* in seconds */
	uint16_t min, max;
} rows[SET_COUNT] = {
	[SET_ACTIVE] = { .key = "active" },
	[SET_PASSIVE] = { .key = "passive" },
	[SET_RECOVERY] = { .key = "recovery" },
	[SET_RESET] = { .key = "reset" },
	[SET_AUTO_RESET] = { .key = "auto-reset", .words = "yes witnessed no" },
	[SET_RESET_LIMIT] = { .key = "reset-limit", .max = CONFIG_RESET_LIMIT_MAX },
	[SET_RESET_DELAY] = { .key = "reset-delay", .is_time = true, .max = CONFIG_RESET_DELAY_MAX },
	[SET_HANDOFF] = { .key = "handoff", .words = "chain reset" },
	[SET_NOTHING_BOOTABLE] = { .key = "nothing-bootable", .words = "menu reboot poweroff firmware" },
	[SET_MEASURE] = { .key = "measure", .words = "no yes" },
	[SET_WATCHDOG] = { .key = "watchdog", .is_time = true, .min = CONFIG_WATCHDOG_MIN, .max = CONFIG_WATCHDOG_MAX },
	[SET_CONSOLE] = { .key = "console", .words = "quiet changes all" },
};

static enum setting setting_find(struct text key)
{
	enum setting setting = SET_ACTIVE;
	while (setting < SET_COUNT && !text_equal(key, text_of(rows[setting].key)))
		setting++;
	return setting;
}

/* *ret becomes the number, or the place of the word among its row's. False: VALUE cannot stand there. */
static bool row_read(const struct setting_row *row, struct text value, uint32_t *ret)
{
	uint64_t number;
	if (row->max) {
		if (!text_to_uint(value, row->max, &number) || number < row->min)
			return false;
		*ret = (uint32_t)number;
		return true;
	}
	struct text words = text_of(row->words), word;
	for (*ret = 0; text_next_word(&words, &word); ++*ret)
		if (text_equal(value, word))
			return true;
	return !row->words[0];
}

/* False: VALUE cannot stand there, and nothing was changed. */
static bool setting_apply(struct config *config, enum setting setting, struct text value)
{
	uint32_t chosen;
	if (setting == SET_COUNT || !row_read(&rows[setting], value, &chosen))
		return false;
	switch (setting) {
	case SET_ACTIVE:
	case SET_PASSIVE:
	case SET_RECOVERY:
	case SET_RESET:
		config->globs[setting] = value;
		break;
	case SET_AUTO_RESET:
		config->auto_reset = (enum auto_reset)chosen;
		break;
	case SET_RESET_LIMIT:
		config->reset_limit = chosen;
		break;
	case SET_RESET_DELAY:
		config->reset_delay_s = chosen;
		break;
	case SET_HANDOFF:
		config->handoff = (enum handoff)chosen;
		break;
	case SET_NOTHING_BOOTABLE:
		config->nothing_bootable = (enum nothing_bootable)chosen;
		break;
	case SET_MEASURE:
		config->measure = chosen == 1;
		break;
	case SET_WATCHDOG:
		config->watchdog_s = chosen;
		break;
	case SET_CONSOLE:
		config->console = (enum console)chosen;
		break;
	}
	return true;
}

static void problem_add(struct config_problems *problems, enum config_fault fault, const struct keyvalue *line)
{
	if (problems->count < CONFIG_PROBLEMS_MAX)
		problems->at[problems->count] = (struct config_problem){ fault, line->line, line->key, line->value };
	problems->count++;
}

void config_set_defaults(struct config *config)
{
	memset(config, 0, sizeof(*config));
	config->auto_reset = AUTO_RESET_YES;
	config->reset_limit = 1;
	config->reset_delay_s = 10;
	config->handoff = HANDOFF_CHAIN;
	config->nothing_bootable = NOTHING_MENU;
	config->watchdog_s = 300;
	config->console = CONSOLE_CHANGES;
}

void config_apply(struct config *config, struct text bytes, struct config_problems *problems)
{
	struct keyvalue line = { .line = 0 };
	if (bytes.len > CONFIG_SIZE_MAX)
		problem_add(problems, CONFIG_TOO_LONG, &line);

	struct keyvalue_reader reader = { .rest = text_before(bytes, CONFIG_SIZE_MAX), .separators = KEYVALUE_BLANK };
	while (keyvalue_next(&reader, &line)) {
		enum setting setting = setting_find(line.key);
		if (!setting_apply(config, setting, line.value))
			problem_add(problems, setting == SET_COUNT ? CONFIG_UNKNOWN_KEY : CONFIG_BAD_VALUE, &line);
	}
}

static void write_words(struct writer *w, struct text words)
{
	struct text word;
	for (bool is_first = true; text_next_word(&words, &word); is_first = false) {
		if (!is_first)
			write_string(w, words.len ? ", " : " or ");
		write_text(w, word);
	}
}

void config_write_expected(struct writer *w, struct text key)
{
	enum setting setting = setting_find(key);
	if (setting == SET_COUNT)
		return;
	const struct setting_row *row = &rows[setting];
	if (row->max) {
		write_string(w, row->is_time ? "seconds from " : "a number from ");
		write_uint(w, row->min);
		write_string(w, " to ");
		write_uint(w, row->max);
	} else if (row->words[0]) {
		write_words(w, text_of(row->words));
	} else {
		write_string(w, "globs for entry ids without counter");
	}
}

bool config_has_globs(const struct config *config)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (config->globs[role].len)
			return true;
	return false;
}
