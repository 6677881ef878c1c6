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
	SET_COUNT, /* no such key */
};

static const char keys[SET_COUNT][17] = {
	[SET_ACTIVE] = "active",
	[SET_PASSIVE] = "passive",
	[SET_RECOVERY] = "recovery",
	[SET_RESET] = "reset",
	[SET_AUTO_RESET] = "auto-reset",
	[SET_RESET_LIMIT] = "reset-limit",
	[SET_RESET_DELAY] = "reset-delay",
	[SET_HANDOFF] = "handoff",
	[SET_NOTHING_BOOTABLE] = "nothing-bootable",
	[SET_MEASURE] = "measure",
	[SET_WATCHDOG] = "watchdog",
	[SET_CONSOLE] = "console",
};

static enum setting setting_find(struct text key)
{
	enum setting setting = SET_ACTIVE;
	while (setting < SET_COUNT && !text_equal(key, text_of(keys[setting])))
		setting++;
	return setting;
}

/* *ret becomes the index of VALUE among WORDS, which stand in the order of the enum that they name. */
static bool word(struct text value, struct text words, uint32_t *ret)
{
	struct text next;
	for (uint32_t i = 0; text_next_word(&words, &next); i++) {
		if (text_equal(value, next)) {
			*ret = i;
			return true;
		}
	}
	return false;
}

static bool number(struct text value, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t parsed;
	if (!text_to_uint(value, max, &parsed) || parsed < min)
		return false;
	*ret = (uint32_t)parsed;
	return true;
}

/* False: VALUE cannot stand there, and nothing was changed. */
static bool setting_apply(struct config *config, enum setting setting, struct text value)
{
	uint32_t chosen;
	switch (setting) {
	case SET_ACTIVE:
	case SET_PASSIVE:
	case SET_RECOVERY:
	case SET_RESET:
		config->globs[setting] = value;
		return true;
	case SET_AUTO_RESET:
		if (!word(value, TEXT("yes witnessed no"), &chosen))
			return false;
		config->auto_reset = (enum auto_reset)chosen;
		return true;
	case SET_RESET_LIMIT:
		return number(value, 0, CONFIG_RESET_LIMIT_MAX, &config->reset_limit);
	case SET_RESET_DELAY:
		return number(value, 0, CONFIG_RESET_DELAY_MAX, &config->reset_delay_s);
	case SET_HANDOFF:
		if (!word(value, TEXT("chain reset"), &chosen))
			return false;
		config->handoff = (enum handoff)chosen;
		return true;
	case SET_NOTHING_BOOTABLE:
		if (!word(value, TEXT("menu reboot poweroff firmware"), &chosen))
			return false;
		config->nothing_bootable = (enum nothing_bootable)chosen;
		return true;
	case SET_MEASURE:
		if (!word(value, TEXT("no yes"), &chosen))
			return false;
		config->measure = chosen == 1;
		return true;
	case SET_WATCHDOG:
		return number(value, CONFIG_WATCHDOG_MIN, CONFIG_WATCHDOG_MAX, &config->watchdog_s);
	case SET_CONSOLE:
		if (!word(value, TEXT("quiet changes all"), &chosen))
			return false;
		config->console = (enum console)chosen;
		return true;
	case SET_COUNT:
		break;
	}
	return false;
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

struct text config_expected(struct text key)
{
	switch (setting_find(key)) {
	case SET_ACTIVE:
	case SET_PASSIVE:
	case SET_RECOVERY:
	case SET_RESET:
		return TEXT("globs for entry ids without counter");
	case SET_AUTO_RESET:
		return TEXT("yes, witnessed or no");
	case SET_RESET_LIMIT:
		return TEXT("a number from 0 to 255");
	case SET_RESET_DELAY:
		return TEXT("seconds from 0 to 600");
	case SET_HANDOFF:
		return TEXT("chain or reset");
	case SET_NOTHING_BOOTABLE:
		return TEXT("menu, reboot, poweroff or firmware");
	case SET_MEASURE:
		return TEXT("yes or no");
	case SET_WATCHDOG:
		return TEXT("seconds from 10 to 65535");
	case SET_CONSOLE:
		return TEXT("quiet, changes or all");
	case SET_COUNT:
		break;
	}
	return TEXT_EMPTY;
}

bool config_has_globs(const struct config *config)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (config->globs[role].len)
			return true;
	return false;
}
