/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"
#include "shared/report.h"

static const char *const words[] = {
	[EVENT_CUT_NOTE] = "power fails when the note is consumed and the record not yet written",
	[EVENT_CUT_RECORD] = "power fails when the record is written and the one-shot is not",
	[EVENT_CUT_ONESHOT] = "power fails when the one-shot is written",
	[EVENT_CUT_LOADER] = "power fails when the loader has deleted the one-shot",
	[EVENT_TORN_NEITHER] = "power fails in the rename, neither name is left",
	[EVENT_TORN_BOTH] = "power fails in the rename, both names are there",
	[EVENT_FAILS] = "fails",
	[EVENT_REFUSED] = "the firmware refuses its image",
	[EVENT_SILENT] = "works and reports to nobody",
	[EVENT_BLESSED] = "works and is blessed",
	[EVENT_NOTED] = "works and writes a note",
	[EVENT_BOTH] = "works, is blessed and writes a note",
	[EVENT_RESET_CLEAN] = "reinstalls active",
	[EVENT_RESET_COPIES] = "copies recovery's names to active",
	[EVENT_MENU_FAILS] = "somebody takes another role in the menu, which fails:",
	[EVENT_MENU_BLESSED] = "somebody takes another role in the menu, which works and is blessed:",
	[EVENT_UPGRADE] = "upgrade: a new active, the old one becomes passive",
	[EVENT_NEW_IMAGE] = "another image under the same names:",
	[EVENT_REARMED] = "tries granted anew by name:",
	[EVENT_LOST] = "the entry vanishes:",
	[EVENT_DESTROYED] = "the image is destroyed:",
	[EVENT_RESTORED] = "entry and image are restored:",
	[EVENT_FORGETS] = "NVRAM forgets everything",
	[EVENT_WISH] = "a person's one-shot for",
	[EVENT_READ_ONLY] = "the ESP cannot be written any more",
	[EVENT_WRITABLE] = "the ESP can be written again",
	[EVENT_FORGED_NAME] = "somebody renames the file of a role to",
	[EVENT_FORGED_NOTE] = "somebody writes a note, number",
};

static void write_boot(struct writer *w, const struct boot *b)
{
	if (!b->decided) {
		write_string(w, "the one-shot is obeyed: ");
	} else {
		write_string(w, "Bootpilot: ");
		write_text(w, reason_name(b->decision.reason));
		if (b->decision.cause != CAUSE_NONE) {
			write_string(w, " (");
			write_text(w, cause_name(b->decision.cause));
			write_string(w, ")");
		}
		write_string(w, "; ");
	}
	if (b->file.role == ROLE_NONE) {
		write_string(w, "nothing starts");
	} else {
		write_text(w, file_name(b->file.role, b->file.left));
		write_string(w, b->chooser == CHOSEN_BY_THE_LOADER ? " (the loader's own choice)" : "");
	}
	write_string(w, ": ");
}

void event_write(struct writer *w, struct event event, const struct boot *boot)
{
	if (event.kind < EVENT_UPGRADE)
		write_boot(w, boot);
	write_string(w, words[event.kind]);
	switch ((enum event_kind)event.kind) {
	case EVENT_MENU_FAILS: case EVENT_MENU_BLESSED: case EVENT_NEW_IMAGE: case EVENT_REARMED: case EVENT_LOST:
	case EVENT_DESTROYED: case EVENT_RESTORED:
		write_char(w, ' ');
		write_text(w, role_name((enum role)event.argument));
		break;
	case EVENT_WISH:
		write_char(w, ' ');
		write_text(w, event.argument == ROLE_NONE ? TEXT("an id that does not exist")
							  : role_name((enum role)event.argument));
		break;
	case EVENT_FORGED_NAME:
		write_char(w, ' ');
		write_text(w, file_name((enum role)(event.argument / FILE_KINDS), event.argument % FILE_KINDS));
		break;
	case EVENT_FORGED_NOTE:
		write_char(w, ' ');
		write_uint(w, event.argument);
		break;
	case EVENT_RESET_COPIES: case EVENT_UPGRADE:
		write_string(w, event.argument ? ", and asks for active" : "");
		break;
	case EVENT_CUT_NOTE: case EVENT_CUT_RECORD: case EVENT_CUT_ONESHOT: case EVENT_CUT_LOADER: case EVENT_TORN_NEITHER:
	case EVENT_TORN_BOTH: case EVENT_FAILS: case EVENT_REFUSED: case EVENT_SILENT: case EVENT_BLESSED: case EVENT_NOTED:
	case EVENT_BOTH: case EVENT_RESET_CLEAN: case EVENT_FORGETS: case EVENT_READ_ONLY: case EVENT_WRITABLE:
		break;
	}
}
