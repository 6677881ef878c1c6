/* SPDX-License-Identifier: Apache-2.0 */
/* Every verdict on every role, with every state of what a reset depends on. See inputs.c for what is crossed with what. */
#include "input_laws.h"

/* One shape for each verdict; the record makes the fourth an exhausted one. */
enum standing_in { NO_FILE, BROKEN, EXHAUSTED, STALLED, TRYING, GOOD, STAND_INS };

static const unsigned shape_of[STAND_INS] = { SHAPE_ABSENT, 10, 5, 3, 2, 1 };

enum factor {
	F_STATE, F_LAUNCHED, F_SUCCESS, F_RESETS, F_EPISODE, F_UNWRITABLE, F_AUTO, F_LIMIT, F_CANCELLED, /* of a reset */
	F_ONESHOT, F_UNREADABLE, F_BERTH, F_NOTHING,                                                     /* of the moment */
	FACTORS,
};

static const unsigned sizes[FACTORS] = {
	[F_STATE] = 5, [F_LAUNCHED] = 2, [F_SUCCESS] = 2,    [F_RESETS] = 3,  [F_EPISODE] = 6, [F_UNWRITABLE] = 2, [F_AUTO] = 3,
	[F_LIMIT] = 3, [F_CANCELLED] = 2, [F_ONESHOT] = 5, [F_UNREADABLE] = 3, [F_BERTH] = 2, [F_NOTHING] = 4,
};

#define RESET_FACTORS F_ONESHOT

static void apply_episode(struct past *past, unsigned which)
{
	/* none; running; running and active, or passive, is another image already; at its end; at its end and renewed */
	past->episode_tries = which ? 3 : 0;
	past->episode_launches = which >= 4 ? 3 : which > 0;
	past->renewed[0] = which == 2 || which == 5;
	past->renewed[1] = which == 3;
}

static void apply(struct input *in, const unsigned *f)
{
	static const enum record_state states[] = { RECORD_ABSENT, RECORD_NEW, RECORD_VALID, RECORD_REFUSED,
						    RECORD_FOREIGN };
	struct past *past = &in->past;
	past->state = states[f[F_STATE]];
	past->granted = 3;
	past->launches[ROLE_RECOVERY] = (uint8_t)(f[F_LAUNCHED] + 2); /* two, or all three, of three */
	past->success_seen = f[F_SUCCESS];
	past->resets = (uint8_t)f[F_RESETS];
	apply_episode(past, f[F_EPISODE]);
	past->unwritable = f[F_UNWRITABLE];
	in->auto_reset = (enum auto_reset)f[F_AUTO];
	in->reset_limit = f[F_LIMIT];
	in->cancelled = f[F_CANCELLED];
	in->oneshot = (enum oneshot)f[F_ONESHOT];
	in->unreadable[PARTITION_ESP] = f[F_UNREADABLE] == 1;
	in->unreadable[PARTITION_XBOOTLDR] = f[F_UNREADABLE] == 2;
	in->as_entry = f[F_BERTH];
	in->nothing = (enum nothing_bootable)f[F_NOTHING];
}

/* The record cannot hold it: an episode without a reset, or a reset without one. */
static bool is_consistent(const unsigned *f)
{
	bool fresh = f[F_STATE] != 1 && f[F_STATE] != 2;
	if (fresh)
		return !f[F_LAUNCHED] && !f[F_SUCCESS] && !f[F_RESETS] && !f[F_EPISODE];
	return (f[F_RESETS] > 0) == (f[F_EPISODE] > 0);
}

static void check(struct input *in, const unsigned *f)
{
	static unsigned n;
	if (!is_consistent(f))
		return;
	apply(in, f);
	input_check(in, n++ % 31 == 0);
}

static void cross(struct input *in, unsigned *f, unsigned factors, bool full)
{
	uint64_t all = 1;
	for (unsigned i = 0; i < factors; i++)
		all *= sizes[i];
	for (uint64_t n = 0; n < all; n++) {
		uint64_t rest = n;
		for (unsigned i = 0; i < factors; i++) {
			f[i] = (unsigned)(rest % sizes[i]);
			rest /= sizes[i];
		}
		/* Whether a success was ever seen is asked only by `witnessed`, and of two obstacles the first is named. */
		if (full || ((!f[F_SUCCESS] || f[F_AUTO] == AUTO_RESET_WITNESSED) &&
			     !(f[F_UNWRITABLE] && f[F_CANCELLED])))
			check(in, f);
	}
}

/* Each factor alone, from the corner where nothing is in a reset's way and from the one where all is. */
static void vary_alone(struct input *in)
{
	static const unsigned corners[2][FACTORS] = {
		{ [F_STATE] = 2, [F_LAUNCHED] = 1, [F_SUCCESS] = 1, [F_LIMIT] = 2 },
		{ [F_STATE] = 2, [F_RESETS] = 2, [F_EPISODE] = 4, [F_UNWRITABLE] = 1, [F_AUTO] = 2, [F_CANCELLED] = 1 },
	};
	for (unsigned corner = 0; corner < 2; corner++)
		for (unsigned factor = 0; factor < FACTORS; factor++)
			for (unsigned value = 0; value < sizes[factor]; value++) {
				unsigned f[FACTORS];
				for (unsigned i = 0; i < FACTORS; i++)
					f[i] = corners[corner][i];
				f[factor] = value;
				check(in, f);
			}
}

/* The moment decides before anything of this is asked: all of it, at the two corners of the rest. */
static void cross_moments(struct input *in)
{
	unsigned f[FACTORS] = { [F_STATE] = 2, [F_LAUNCHED] = 1, [F_SUCCESS] = 1, [F_LIMIT] = 2 };
	for (f[F_ONESHOT] = 0; f[F_ONESHOT] < sizes[F_ONESHOT]; f[F_ONESHOT]++)
		for (f[F_UNREADABLE] = 0; f[F_UNREADABLE] < sizes[F_UNREADABLE]; f[F_UNREADABLE]++)
			for (f[F_BERTH] = 0; f[F_BERTH] < sizes[F_BERTH]; f[F_BERTH]++)
				for (f[F_NOTHING] = 0; f[F_NOTHING] < sizes[F_NOTHING]; f[F_NOTHING]++)
					check(in, f);
}

static bool is_out(enum standing_in s)
{
	return s <= STALLED;
}

void inputs_table(bool full)
{
	for (unsigned n = 0; n < STAND_INS * STAND_INS * STAND_INS * STAND_INS; n++) {
		struct input in = input_usual();
		enum standing_in stands[ROLE_COUNT];
		unsigned rest = n, f[FACTORS] = { 0 };
		for (unsigned i = 0; i < ROLE_COUNT; i++, rest /= STAND_INS) {
			stands[i] = (enum standing_in)(rest % STAND_INS);
			in.shape[i] = shape_of[stands[i]];
			in.past.stalled[i] = stands[i] == STALLED ? 2 : 0;
		}
		in.past.heard = true;
		bool near = is_out(stands[0]) && is_out(stands[1]) &&
			    (stands[2] == EXHAUSTED || stands[2] == STALLED);
		if (near || full)
			cross(&in, f, RESET_FACTORS, full);
		vary_alone(&in);
		cross_moments(&in);
	}
}
