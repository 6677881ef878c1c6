/* SPDX-License-Identifier: Apache-2.0 */
/* event.h - all that may happen next to a machine. */
#ifndef BOOTPILOT_MODEL_EVENT_H
#define BOOTPILOT_MODEL_EVENT_H

#include "boot.h"

enum event_kind {
	/* the machine is switched on, and ... */
	EVENT_CUT_NOTE,     /* power fails when the note is consumed and the record not written */
	EVENT_CUT_RECORD,   /* ... when the record is written and nothing else */
	EVENT_CUT_ONESHOT,  /* ... when the one-shot is written too */
	EVENT_CUT_LOADER,   /* ... when the loader has deleted it */
	EVENT_TORN_NEITHER, /* ... in the rename: neither name is left */
	EVENT_TORN_BOTH,    /* ... in the rename: both names are */
	EVENT_FAILS,        /* the OS crashes, hangs (a watchdog makes that the same), or its image is none */
	EVENT_REFUSED,      /* the firmware refuses the image, and Bootpilot comes back in the same power cycle */
	EVENT_SILENT,       /* the OS works and reports to nobody */
	EVENT_BLESSED,      /* it works, and systemd-bless-boot reports it */
	EVENT_NOTED,        /* ... the OS side notes it */
	EVENT_BOTH,         /* ... both */
	EVENT_RESET_CLEAN,  /* the reset entry reinstalls active with a new image and new tries */
	EVENT_RESET_COPIES, /* it copies recovery's names, exhausted as they are, and asks for active */
	/* upheavals, of which a world may know a limited number: */
	EVENT_MENU_FAILS,   /* a person chose this role in the loader's menu instead; it fails */
	EVENT_MENU_BLESSED, /* it works and is blessed */
	/* and before it is switched on again: */
	EVENT_UPGRADE,   /* a new active with new tries; the old one becomes passive; others get tries again */
	EVENT_NEW_IMAGE, /* another image under the role's old names */
	EVENT_REARMED,   /* the role gets its tries again, by name */
	EVENT_LOST,
	EVENT_DESTROYED,
	EVENT_RESTORED,
	EVENT_FORGETS, /* NVRAM */
	EVENT_WISH,    /* a one-shot for a role, or (ROLE_NONE) for nothing that exists */
	EVENT_READ_ONLY,
	EVENT_WRITABLE,
	EVENT_FORGED_NAME, /* argument: role, and what it has then */
	EVENT_FORGED_NOTE,
};

struct event {
	uint8_t kind;     /* enum event_kind */
	uint8_t argument; /* a role, or what is said above */
};

typedef void event_taker(void *context, struct event event, const struct life *next);

/* Everything that may follow LIFE in WORLD, whose boot would be BOOT. */
void events_follow(const struct world *world, const struct life *life, const struct boot *boot, event_taker *take,
		   void *context);

/* The words of one event, after the boot that it belongs to. */
void event_write(struct writer *w, struct event event, const struct boot *boot);

#endif
