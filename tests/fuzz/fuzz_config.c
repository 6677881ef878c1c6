/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration, of any bytes: every value stays within its limits, and what is not understood is reported. */
#include "claim.h"
#include "shared/config.h"

static void check_values(const struct config *config, struct text bytes)
{
	claim(config->auto_reset <= AUTO_RESET_NO && config->handoff <= HANDOFF_RESET &&
		      config->nothing_bootable <= NOTHING_FIRMWARE && config->console <= CONSOLE_ALL,
	      "a word out of its range");
	claim(config->reset_limit <= CONFIG_RESET_LIMIT_MAX, "reset-limit %u", config->reset_limit);
	claim(config->reset_delay_s <= CONFIG_RESET_DELAY_MAX, "reset-delay %u", config->reset_delay_s);
	claim(config->watchdog_s >= CONFIG_WATCHDOG_MIN && config->watchdog_s <= CONFIG_WATCHDOG_MAX, "watchdog %u",
	      config->watchdog_s);
	for (size_t i = 0; i < ROLE_COUNT; i++)
		claim_borrowed(config->globs[i], bytes);
}

static void check_problems(const struct config_problems *problems, struct text bytes)
{
	for (size_t i = 0; i < problems->count && i < CONFIG_PROBLEMS_MAX; i++) {
		claim(problems->at[i].fault <= CONFIG_TOO_LONG, "a fault out of its range");
		claim_borrowed(problems->at[i].key, bytes);
		claim_borrowed(problems->at[i].value, bytes);
		char expected[64];
		struct writer w = WRITER(expected);
		config_write_expected(&w, problems->at[i].key);
		claim(!w.overflow && ((w.len > 0) == (problems->at[i].fault == CONFIG_BAD_VALUE) ||
			      problems->at[i].fault == CONFIG_TOO_LONG),
		      "a bad value of a key that does not exist, or an unknown key that does");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text bytes = { (const char *)data, size };
	struct config once, twice;
	struct config_problems problems = { .count = 0 }, more = { .count = 0 };

	config_set_defaults(&once);
	check_values(&once, bytes);
	config_apply(&once, bytes, &problems);
	check_values(&once, bytes);
	check_problems(&problems, bytes);
	claim(!size || problems.count <= size, "more problems than bytes");
	if (size > CONFIG_SIZE_MAX)
		claim(problems.count > 0, "too long, and nobody says so");

	/* the last line holds: the same lines again change nothing */
	twice = once;
	config_apply(&twice, bytes, &more);
	claim(twice.auto_reset == once.auto_reset && twice.reset_limit == once.reset_limit &&
		      twice.reset_delay_s == once.reset_delay_s && twice.handoff == once.handoff &&
		      twice.nothing_bootable == once.nothing_bootable && twice.measure == once.measure &&
		      twice.watchdog_s == once.watchdog_s && twice.console == once.console,
	      "the same lines again give another configuration");
	claim(more.count == problems.count, "the same lines again have other problems");
	return 0;
}
