/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "keyvalue.h"
#include "memory.h"

struct setting {
	struct text key;
	struct text expected;
	bool (*apply)(struct config *config, struct text value);
};

/* The index of VALUE among WORDS, or -1. */
static int word_index(struct text value, const struct text *words, int count)
{
	for (int i = 0; i < count; i++)
		if (text_equal(value, words[i]))
			return i;
	return -1;
}

static bool number(struct text value, uint32_t min, uint32_t max, uint32_t *ret)
{
	uint64_t parsed;
	if (!text_to_uint(value, max, &parsed) || parsed < min)
		return false;
	*ret = (uint32_t)parsed;
	return true;
}

static bool apply_glob(struct config *config, enum role role, struct text value)
{
	config->globs[role] = value;
	return true;
}

static bool apply_active(struct config *config, struct text value)
{
	return apply_glob(config, ROLE_ACTIVE, value);
}

static bool apply_passive(struct config *config, struct text value)
{
	return apply_glob(config, ROLE_PASSIVE, value);
}

static bool apply_recovery(struct config *config, struct text value)
{
	return apply_glob(config, ROLE_RECOVERY, value);
}

static bool apply_reset(struct config *config, struct text value)
{
	return apply_glob(config, ROLE_RESET, value);
}

static bool apply_auto_reset(struct config *config, struct text value)
{
	static const struct text words[] = { TEXT("yes"), TEXT("witnessed"), TEXT("no") };
	int i = word_index(value, words, 3);
	if (i >= 0)
		config->auto_reset = (enum auto_reset)i;
	return i >= 0;
}

static bool apply_reset_limit(struct config *config, struct text value)
{
	return number(value, 0, CONFIG_RESET_LIMIT_MAX, &config->reset_limit);
}

static bool apply_reset_delay(struct config *config, struct text value)
{
	return number(value, 0, CONFIG_RESET_DELAY_MAX, &config->reset_delay_s);
}

static bool apply_handoff(struct config *config, struct text value)
{
	static const struct text words[] = { TEXT("chain"), TEXT("reset") };
	int i = word_index(value, words, 2);
	if (i >= 0)
		config->handoff = (enum handoff)i;
	return i >= 0;
}

static bool apply_nothing_bootable(struct config *config, struct text value)
{
	static const struct text words[] = { TEXT("menu"), TEXT("reboot"), TEXT("poweroff"), TEXT("firmware") };
	int i = word_index(value, words, 4);
	if (i >= 0)
		config->nothing_bootable = (enum nothing_bootable)i;
	return i >= 0;
}

static bool apply_measure(struct config *config, struct text value)
{
	static const struct text words[] = { TEXT("no"), TEXT("yes") };
	int i = word_index(value, words, 2);
	if (i >= 0)
		config->measure = i == 1;
	return i >= 0;
}

static bool apply_watchdog(struct config *config, struct text value)
{
	return number(value, CONFIG_WATCHDOG_MIN, CONFIG_WATCHDOG_MAX, &config->watchdog_s);
}

static bool apply_console(struct config *config, struct text value)
{
	static const struct text words[] = { TEXT("quiet"), TEXT("changes"), TEXT("all") };
	int i = word_index(value, words, 3);
	if (i >= 0)
		config->console = (enum console)i;
	return i >= 0;
}

static const struct setting settings[] = {
	{ TEXT("active"), TEXT("globs for entry ids without counter"), apply_active },
	{ TEXT("passive"), TEXT("globs for entry ids without counter"), apply_passive },
	{ TEXT("recovery"), TEXT("globs for entry ids without counter"), apply_recovery },
	{ TEXT("reset"), TEXT("globs for entry ids without counter"), apply_reset },
	{ TEXT("auto-reset"), TEXT("yes, witnessed or no"), apply_auto_reset },
	{ TEXT("reset-limit"), TEXT("a number from 0 to 255"), apply_reset_limit },
	{ TEXT("reset-delay"), TEXT("seconds from 0 to 600"), apply_reset_delay },
	{ TEXT("handoff"), TEXT("chain or reset"), apply_handoff },
	{ TEXT("nothing-bootable"), TEXT("menu, reboot, poweroff or firmware"), apply_nothing_bootable },
	{ TEXT("measure"), TEXT("yes or no"), apply_measure },
	{ TEXT("watchdog"), TEXT("seconds from 10 to 65535"), apply_watchdog },
	{ TEXT("console"), TEXT("quiet, changes or all"), apply_console },
};

static const struct setting *setting_find(struct text key)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (text_equal(key, settings[i].key))
			return &settings[i];
	return NULL;
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
		const struct setting *setting = setting_find(line.key);
		if (!setting)
			problem_add(problems, CONFIG_UNKNOWN_KEY, &line);
		else if (!setting->apply(config, line.value))
			problem_add(problems, CONFIG_BAD_VALUE, &line);
	}
}

struct text config_expected(struct text key)
{
	const struct setting *setting = setting_find(key);
	return setting ? setting->expected : TEXT_EMPTY;
}

bool config_has_globs(const struct config *config)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (config->globs[role].len)
			return true;
	return false;
}
