/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

static void write_number(struct writer *w, const char *words, uint64_t value)
{
	write_string(w, words);
	write_uint(w, value);
}

/* Numbers stand for the enums of input.h and of the inventory, in their order. */
void input_write(struct writer *w, const struct input *in)
{
	const struct past *past = &in->past;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		write_text(w, role_name(role));
		write_string(w, ": ");
		write_string(w, in->shape[role] == SHAPE_ABSENT ? "no file" : shapes[in->shape[role]].files);
		write_number(w, ", record ", past->acquainted[role]);
		write_number(w, " stalled ", past->stalled[role]);
		write_number(w, " launches ", past->launches[role]);
		write_string(w, "; ");
	}
	write_number(w, "record state ", past->state);
	write_number(w, past->unwritable ? " unwritable, granted " : ", granted ", past->granted);
	write_number(w, ", resets ", past->resets);
	write_number(w, ", episode ", past->episode_launches);
	write_number(w, " of ", past->episode_tries);
	write_string(w, past->renewed[0] ? " active renewed" : "");
	write_string(w, past->renewed[1] ? " passive renewed" : "");
	write_string(w, past->heard ? ", heard" : "");
	write_string(w, past->success_seen ? ", success seen" : "");
	write_number(w, "; loader ", in->knows_uki);
	write_number(w, " scanned ", in->scanned);
	write_number(w, ", failed now ", in->failed_now);
	write_string(w, in->as_entry ? ", as entry" : "");
	write_string(w, in->read_only ? ", read-only" : "");
	write_string(w, in->cancelled ? ", cancelled" : "");
	write_number(w, ", one-shot ", in->oneshot);
	write_number(w, ", unreadable ", in->unreadable[0] + 2u * in->unreadable[1]);
	write_number(w, "; auto-reset ", in->auto_reset);
	write_number(w, ", limit ", in->reset_limit);
	write_number(w, ", nothing-bootable ", in->nothing);
}
