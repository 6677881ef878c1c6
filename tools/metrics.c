/* SPDX-License-Identifier: Apache-2.0 */
/* bootpilotctl metrics: this machine for a fleet's monitoring, in the Prometheus text format (version 0.0.4), to be written where
 * node_exporter's textfile collector looks. One series for each possible word, 0 or 1, so that alerts need no regular expression. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "machine.h"
#include "told.h"

static void help(const char *name, const char *text)
{
	printf("# HELP %s %s\n# TYPE %s gauge\n", name, text, name);
}

/* A label's value: backslash, quotes and new lines are escaped; names from the ESP are made plain before. */
static void label(const char *metric, const char *key, struct text value, uint64_t number)
{
	printf("%s{%s=\"", metric, key);
	for (size_t i = 0; i < value.len; i++)
		printf(value.at[i] == '"' || value.at[i] == '\\' ? "\\%c" : "%c", value.at[i]);
	printf("\"} %" PRIu64 "\n", number);
}

static void this_boot(struct machine *machine)
{
	const struct live *live = &machine->live;
	struct text reason = live_word(live->decision, "reason");
	help("bootpilot_up", "1: Bootpilot decided this boot.");
	printf("bootpilot_up %d\n", live->state == LIVE);
	help("bootpilot_boot_role", "1: the role of the running system.");
	for (enum role role = ROLE_ACTIVE; role <= ROLE_NONE; role++)
		label("bootpilot_boot_role", "role", role_name(role), live->selected.len && live_role(live) == role);
	if (live->state != LIVE)
		return;
	help("bootpilot_fallback", "1: something else than a chosen active runs.");
	printf("bootpilot_fallback %d\n", told_is_fallback(live));
	help("bootpilot_boot_reason", "1: why this boot was chosen.");
	for (enum reason r = REASON_REQUESTED; r <= REASON_NOTHING_BOOTABLE; r++)
		label("bootpilot_boot_reason", "reason", reason_name(r), text_equal(reason, reason_name(r)));
	help("bootpilot_pending", "1: the OS side has not reported yet that this boot works.");
	printf("bootpilot_pending %d\n",
	       text_equal(live_word(live->decision, "pending"), TEXT("yes")) && !live->note.len);
}

static void roles(const struct decision *decision)
{
	help("bootpilot_role_state", "1: what is thought of the role for the next boot.");
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		for (enum verdict verdict = VERDICT_MISSING; verdict <= VERDICT_GOOD; verdict++)
			printf("bootpilot_role_state{role=\"%.*s\",state=\"%.*s\"} %d\n", SHOWN(role_name(role)),
			       SHOWN(verdict_name(verdict)), decision->roles[role].verdict == verdict);
	help("bootpilot_role_tries_left", "Boots still granted; absent where they are not counted.");
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		if (decision->roles[role].verdict == VERDICT_TRYING ||
		    decision->roles[role].verdict == VERDICT_EXHAUSTED)
			label("bootpilot_role_tries_left", "role", role_name(role), decision->roles[role].tries);
}

/* Seconds of Unix time when the kernel was started. */
static uint64_t boot_time(void)
{
	char line[256];
	uint64_t time = 0;
	FILE *file = fopen("/proc/stat", "re");
	while (file && fgets(line, sizeof(line), file)) {
		struct text rest = text_of(line), word, number;
		if (text_next_word(&rest, &word) && text_equal(word, TEXT("btime")) && text_next_word(&rest, &number) &&
		    text_to_uint(text_before(number, strcspn(number.at, "\n")), UINT64_MAX, &time))
			break;
	}
	if (file)
		fclose(file);
	return time;
}

int command_metrics(const struct options *options)
{
	static struct machine machine;
	int status = machine_open(&machine, options);
	if (status == EXIT_DONE) {
		const struct decision *decision = &machine.world.decision;
		world_decide(&machine.world);
		this_boot(&machine);
		roles(decision);
		help("bootpilot_next_role", "1: the role that the next boot will have.");
		for (enum role role = ROLE_ACTIVE; role <= ROLE_NONE; role++)
			label("bootpilot_next_role", "role", role_name(role), decision->role == role);
		help("bootpilot_resets", "Automatic resets since the last success.");
		printf("bootpilot_resets %u\n", machine.world.inventory.record.resets);
		help("bootpilot_remark", "1: a fact that somebody should know of, about the next boot.");
		for (unsigned bit = 0; bit < REMARK_COUNT; bit++)
			label("bootpilot_remark", "remark", remark_name((enum remark)(1u << bit)),
			      (decision->remarks >> bit) & 1);
		help("bootpilot_boot_time_seconds", "When this system was started, in Unix time.");
		printf("bootpilot_boot_time_seconds %" PRIu64 "\n", boot_time());
	}
	machine_close(&machine);
	return status;
}
