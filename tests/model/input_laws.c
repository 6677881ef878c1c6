/* SPDX-License-Identifier: Apache-2.0 */
#include "input_laws.h"

#include <stdio.h>
#include <string.h>

#include "shared/report.h"

#define PRINTED_MOST 5u

static const char *const words[INPUT_LAW_COUNT] = {
	[INPUT_LAW_TOTAL] = "every input has a decision",
	[INPUT_LAW_TABLE] = "it is the one that the table demands",
	[INPUT_LAW_VERDICTS] = "each role is judged as by itself, whatever the others are",
	[INPUT_LAW_ACTIVE_KEPT] = "a bootable active is never left",
	[INPUT_LAW_NOTHING_PASSED_OVER] = "nothing bootable is passed over for less",
	[INPUT_LAW_RESET] = "a reset is allowed, corroborated, under the cap and recordable",
	[INPUT_LAW_REMEMBERED] = "a reset changes the record",
	[INPUT_LAW_DETERMINISTIC] = "the same facts give the same decision",
	[INPUT_LAW_ORDER] = "the order of the entries does not matter",
	[INPUT_LAW_NOTHING_DEAD] = "every row, reason and cause comes up",
};

static uint64_t checks[INPUT_LAW_COUNT], failures[INPUT_LAW_COUNT], inputs, decisions;
static uint64_t rows[REASON_NOTHING_BOOTABLE + 1][ROLE_COUNT + 1], causes[CAUSE_OWN_HANDOFF + 1];
static uint64_t actions[ACTION_FIRMWARE + 1], faults[FAULT_NOT_NAMEABLE + 1];

const char *input_law_words(enum input_law law)
{
	return words[law];
}

uint64_t input_law_checks(enum input_law law)
{
	return checks[law];
}

uint64_t input_law_failures(enum input_law law)
{
	return failures[law];
}

uint64_t input_count(void)
{
	return inputs;
}

uint64_t input_decisions(void)
{
	return decisions;
}

static void print_text(const char *before, struct text t)
{
	printf("%s%.*s", before, (int)t.len, t.at ? t.at : "");
}

static void print_failure(enum input_law law, const struct input *in, const struct decision *d)
{
	char bytes[1024];
	struct writer w = WRITER(bytes);
	struct expected e = input_expected(in);
	input_write(&w, in);
	printf("    broken: %s\n      %.*s\n", words[law], (int)w.len, bytes);
	print_text("      decided ", reason_name(d->reason));
	print_text(", ", cause_name(d->cause));
	print_text(", ", role_name(d->role));
	print_text("; demanded ", reason_name(e.reason));
	print_text(", ", cause_name(e.cause));
	print_text(", ", role_name(e.role));
	printf("; verdicts %u %u %u %u, demanded %u %u %u %u\n", d->roles[0].verdict, d->roles[1].verdict,
	       d->roles[2].verdict, d->roles[3].verdict, e.verdicts[0], e.verdicts[1], e.verdicts[2], e.verdicts[3]);
}

static void hold(enum input_law law, bool holds, const struct input *in, const struct decision *d)
{
	checks[law]++;
	if (!holds && failures[law]++ < PRINTED_MOST)
		print_failure(law, in, d);
}

static bool is_bootable(const struct expected *e, enum role role)
{
	return e->verdicts[role] == VERDICT_GOOD || e->verdicts[role] == VERDICT_TRYING;
}

static bool is_total(const struct decision *d)
{
	bool boots = d->action == ACTION_BOOT || d->action == ACTION_RESET;
	/* Handing back may name an entry as well, only to keep the loader from the reset entry. */
	bool names = boots || (d->action == ACTION_HAND_BACK && d->name_len > 0);
	return d->action <= ACTION_FIRMWARE && d->reason <= REASON_NOTHING_BOOTABLE && d->cause <= CAUSE_OWN_HANDOFF &&
	       boots == (d->entry != NULL) && boots == (d->role < ROLE_NONE) && names == (d->name_len > 0);
}

static void count(const struct decision *d)
{
	rows[d->reason][d->role]++;
	causes[d->cause]++;
	actions[d->action]++;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		faults[d->roles[role].fault]++;
}

/* The laws by themselves, whatever the table says. */
static void hold_laws(const struct input *in, const struct inventory *inventory, const struct expected *e,
		      const struct decision *d)
{
	bool free_choice = e->reason > REASON_NO_ROLES;
	if (free_choice && is_bootable(e, ROLE_ACTIVE))
		hold(INPUT_LAW_ACTIVE_KEPT, d->role == ROLE_ACTIVE, in, d);
	bool any = is_bootable(e, ROLE_ACTIVE) || is_bootable(e, ROLE_PASSIVE) || is_bootable(e, ROLE_RECOVERY);
	if (free_choice && any)
		hold(INPUT_LAW_NOTHING_PASSED_OVER, d->role <= ROLE_RECOVERY && is_bootable(e, d->role), in, d);
	if (d->action != ACTION_RESET)
		return;
	bool capped = inventory->record.resets < in->reset_limit || d->record.episode_launches > 1;
	hold(INPUT_LAW_RESET,
	     in->auto_reset != AUTO_RESET_NO && !in->past.unwritable && !in->cancelled && capped &&
		     is_bootable(e, ROLE_RESET) && e->verdicts[ROLE_RECOVERY] == VERDICT_EXHAUSTED,
	     in, d);
	hold(INPUT_LAW_REMEMBERED, record_differs(&d->record, &inventory->record), in, d);
}

static bool is_same(const struct decision *a, const struct decision *b)
{
	bool same = a->action == b->action && a->reason == b->reason && a->cause == b->cause && a->role == b->role &&
		    a->naming == b->naming && a->name_len == b->name_len && a->remarks == b->remarks &&
		    a->pending == b->pending && a->hand_off == b->hand_off && a->force_menu == b->force_menu &&
		    a->set_boot_count_path == b->set_boot_count_path && (a->entry == NULL) == (b->entry == NULL) &&
		    memcmp(a->name, b->name, a->name_len) == 0 && !record_differs(&a->record, &b->record);
	for (unsigned i = 0; same && i < ROLE_COUNT; i++)
		same = a->roles[i].verdict == b->roles[i].verdict && a->roles[i].fault == b->roles[i].fault &&
		       a->roles[i].tries == b->roles[i].tries && a->roles[i].twins == b->roles[i].twins;
	return same;
}

static void check_again(const struct input *in, const struct inventory *inventory, const struct decision *d)
{
	static struct decision again;
	struct text file = d->entry ? d->entry->file : TEXT_EMPTY;
	memset(&again, 0xA5, sizeof(again));
	policy_decide(inventory, &again);
	hold(INPUT_LAW_DETERMINISTIC, is_same(d, &again), in, &again);
	policy_decide(input_build(in, true), &again);
	hold(INPUT_LAW_ORDER, is_same(d, &again) && text_equal(file, again.entry ? again.entry->file : TEXT_EMPTY), in,
	     &again);
	decisions += 2;
}

void input_check(const struct input *in, bool twice)
{
	static struct decision d;
	const struct inventory *inventory = input_build(in, false);
	struct expected e = input_expected(in);
	policy_decide(inventory, &d);
	inputs++;
	decisions++;
	hold(INPUT_LAW_TOTAL, is_total(&d), in, &d);
	if (!is_total(&d))
		return;
	count(&d);
	hold(INPUT_LAW_TABLE, d.action == e.action && d.reason == e.reason && d.role == e.role && d.cause == e.cause, in,
	     &d);
	bool judged = true;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		judged &= d.roles[role].verdict == e.verdicts[role];
	hold(INPUT_LAW_VERDICTS, judged, in, &d);
	hold_laws(in, inventory, &e, &d);
	if (twice)
		check_again(in, inventory, &d);
}

static void hold_alive(bool alive, const char *what, struct text name)
{
	checks[INPUT_LAW_NOTHING_DEAD]++;
	if (alive)
		return;
	failures[INPUT_LAW_NOTHING_DEAD]++;
	printf("    never came up: %s %.*s\n", what, (int)name.len, name.at ? name.at : "");
}

void input_check_nothing_dead(void)
{
	static const enum role last_resorts[] = { ROLE_ACTIVE, ROLE_PASSIVE, ROLE_RECOVERY };
	for (enum reason reason = REASON_REQUESTED; reason <= REASON_NOTHING_BOOTABLE; reason++) {
		uint64_t times = 0;
		for (unsigned role = 0; role <= ROLE_COUNT; role++)
			times += rows[reason][role];
		hold_alive(times > 0, "reason", reason_name(reason));
	}
	for (unsigned i = 0; i < 3; i++)
		hold_alive(rows[REASON_LAST_RESORT][last_resorts[i]] > 0, "last resort", role_name(last_resorts[i]));
	for (enum cause cause = CAUSE_NONE; cause <= CAUSE_OWN_HANDOFF; cause++)
		hold_alive(causes[cause] > 0, "cause", cause_name(cause));
	for (unsigned action = 0; action <= ACTION_FIRMWARE; action++)
		hold_alive(actions[action] > 0, "action", TEXT_EMPTY);
	for (unsigned fault = 0; fault <= FAULT_NOT_NAMEABLE; fault++)
		hold_alive(faults[fault] > 0, "fault", TEXT_EMPTY);
}
