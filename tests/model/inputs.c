/* SPDX-License-Identifier: Apache-2.0 */
/* The enumerations. Which factors are independent, and why:
 *
 * 1. What a role is worth depends on its own files, on what the record knows of it, and on the loader; not on other roles. So each
 *    role is taken alone with all of these crossed (inputs_each_role_alone). That others change nothing is itself a law, held
 *    over all pairs of roles and shapes, with --full over all four at once (inputs_together).
 * 2. The table sees verdicts, the record's evidence, configuration and moment. All are crossed (inputs_table). Where no reset
 *    is near - something above it can be booted, or recovery is not exhausted - none of its factors is asked for: in the quick
 *    run each is varied alone there, from two corners, and the oracle, which does not look at them, must agree; --full crosses
 *    them there as well.
 * 3. `stalled` is asked only of names with tries left, the loan only of names without: in the quick run each is varied where it
 *    is asked, and at two values where it is not. */
#include "input_laws.h"

#include <string.h>

struct input input_usual(void)
{
	struct input in = { .auto_reset = AUTO_RESET_YES, .reset_limit = 1, .knows_uki = UKI_NO };
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++)
		in.past.acquainted[role] = ROLE_SAME;
	return in;
}

static void role_launches(struct input *in, enum role role, bool full)
{
	bool asked = full || shapes[in->shape[role]].left == 0;
	for (unsigned launches = 0; launches <= 4; launches += asked ? 1 : 4)
		for (unsigned reset = 0; reset < 3; reset++) {
			in->past.launches[role] = (uint8_t)launches;
			in->past.resets = reset > 0;
			in->past.episode_launches = reset > 0;
			in->past.episode_tries = reset > 0 ? 3 : 0;
			in->past.renewed[0] = in->past.renewed[1] = reset == 2;
			input_check(in, launches == 0 && reset == 0 && !in->past.heard);
		}
}

static void role_record(struct input *in, enum role role, bool full)
{
	bool asked = full || (shapes[in->shape[role]].left && shapes[in->shape[role]].left != TRIES_GOOD);
	for (unsigned acquainted = 0; acquainted < ACQUAINTANCES; acquainted++)
		for (unsigned stalled = 0; stalled <= RECORD_TRIES_MAX; stalled += asked ? 1 : RECORD_TRIES_MAX)
			for (int heard = 0; heard <= 1; heard++) {
				in->past.acquainted[role] = (enum acquaintance)acquainted;
				in->past.stalled[role] = (uint8_t)stalled;
				in->past.heard = heard;
				role_launches(in, role, full);
			}
}

void inputs_each_role_alone(bool full)
{
	for (unsigned n = 0; n < ROLE_COUNT * shape_count * UKI_COUNT * SCANNED_COUNT * 4; n++) {
		struct input in = input_usual();
		unsigned rest = n;
		enum role role = (enum role)(rest % ROLE_COUNT);
		rest /= ROLE_COUNT;
		in.shape[role] = rest % shape_count;
		rest /= shape_count;
		in.knows_uki = (enum knows_uki)(rest % UKI_COUNT);
		rest /= UKI_COUNT;
		in.scanned = (enum scanned)(rest % SCANNED_COUNT);
		rest /= SCANNED_COUNT;
		in.failed_now = rest % 2 ? 1u << role : 0;
		in.read_only = rest / 2;
		/* Whether the disk can be written is asked only of a counter that the loader leaves alone. */
		if (in.read_only && !full && shapes[in.shape[role]].counting == COUNTS)
			continue;
		in.past.state = RECORD_ABSENT;
		input_check(&in, true);
		in.past.state = RECORD_VALID;
		/* What cannot start has no use for a record: one look at it is enough. */
		if (full || (!in.failed_now && shapes[in.shape[role]].condition != NEVER_STARTS &&
			     in.scanned != SCANNED_WITHOUT))
			role_record(&in, role, full);
		else
			input_check(&in, true);
	}
}

void inputs_together(bool full)
{
	struct input in = input_usual();
	in.past.state = RECORD_VALID;
	if (full) {
		for (unsigned n = 0; n < shape_count * shape_count * shape_count * shape_count; n++) {
			unsigned rest = n;
			for (unsigned i = 0; i < ROLE_COUNT; i++, rest /= shape_count)
				in.shape[i] = rest % shape_count;
			input_check(&in, n % 7 == 0);
		}
		return;
	}
	static const unsigned others[] = { SHAPE_ABSENT, 1, 5 }; /* no file, good, exhausted */
	for (unsigned pair = 0; pair < ROLE_COUNT * ROLE_COUNT; pair++)
		for (unsigned n = 0; pair % ROLE_COUNT < pair / ROLE_COUNT && n < 3 * shape_count * shape_count; n++) {
			for (unsigned i = 0; i < ROLE_COUNT; i++)
				in.shape[i] = others[n % 3];
			in.shape[pair % ROLE_COUNT] = n / 3 % shape_count;
			in.shape[pair / ROLE_COUNT] = n / 3 / shape_count;
			in.knows_uki = n % 2 ? UKI_YES : UKI_NO;
			input_check(&in, true);
		}
}
