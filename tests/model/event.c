/* SPDX-License-Identifier: Apache-2.0 */
#include "event.h"

/* What is being listed, and where it goes. */
struct list {
	const struct world *world;
	const struct life *life;
	const struct boot *boot;
	event_taker *take;
	void *context;
};

/* Emits NEXT as a machine that is switched off. */
static void emit_off(const struct list *l, enum event_kind kind, unsigned argument, struct life next)
{
	if (kind >= EVENT_MENU_FAILS && next.upheavals++ == l->world->upheavals)
		return;
	next.failed_now = 0;
	next.record_new = 0;
	if (l->world->forgetful) {
		uint8_t resets = next.resets_since;
		life_forget_record(&next);
		next.resets_since = resets;
		next.standing = STANDING_NONE;
		next.noted = NOTED_NONE;
	}
	l->take(l->context, (struct event){ (uint8_t)kind, (uint8_t)argument }, &next);
}

static bool happens(const struct list *l, unsigned what)
{
	return l->world->happens & what;
}

static void cuts(const struct list *l)
{
	const struct boot *b = l->boot;
	struct life cut = *l->life;
	if (b->noted_taken) {
		cut.noted = NOTED_NONE;
		emit_off(l, EVENT_CUT_NOTE, 0, cut);
	}
	cut = b->recorded;
	cut.standing = l->life->standing;
	if (b->decided)
		emit_off(l, EVENT_CUT_RECORD, 0, cut);
	emit_off(l, EVENT_CUT_ONESHOT, 0, b->named);
	emit_off(l, EVENT_CUT_LOADER, 0, b->taken);
	if (!b->counted)
		return;
	cut = b->taken;
	cut.files[b->file.role] &= (uint8_t)~(b->file.left == LEFT_GOOD ? FILE_GOOD : FILE_OF(b->file.left));
	emit_off(l, EVENT_TORN_NEITHER, 0, cut);
	cut = b->started;
	cut.files[b->file.role] |= b->taken.files[b->file.role];
	emit_off(l, EVENT_TORN_BOTH, 0, cut);
}

/* systemd-bless-boot takes the counter off FILE, unless the plain name exists already. False if it cannot. */
static bool bless(struct life *life, struct file file)
{
	if (file.role == ROLE_NONE || life->read_only || life->files[file.role] & FILE_GOOD)
		return false;
	life->files[file.role] =
		files_renamed(life->files[file.role], file, (struct file){ file.role, LEFT_GOOD });
	return true;
}

/* What we remember for ourselves of a success that was reported. */
static void remember_success(struct life *life, enum role role)
{
	if (role == ROLE_ACTIVE || role == ROLE_PASSIVE)
		life->resets_since = 0;
}

/* The OS works. Each way in which it may say so. */
static void works(const struct list *l)
{
	const struct boot *b = l->boot;
	enum role role = b->file.role;
	struct life next = b->started;
	emit_off(l, EVENT_SILENT, role, next);
	bool blessed = bless(&next, b->bless);
	bool notes = happens(l, HAPPENS_NOTES) && b->decision.pending;
	if (blessed) {
		remember_success(&next, b->bless.role);
		emit_off(l, EVENT_BLESSED, role, next);
	}
	if (!notes)
		return;
	remember_success(&next, role);
	next.noted = (uint8_t)(NOTED_GOOD + role);
	if (blessed)
		emit_off(l, EVENT_BOTH, role, next);
	next = b->started;
	remember_success(&next, role);
	next.noted = (uint8_t)(NOTED_GOOD + role);
	emit_off(l, EVENT_NOTED, role, next);
}

static uint8_t with_tries(const struct list *l)
{
	return (uint8_t)FILE_OF(l->world->tries);
}

/* The reset entry does its work: the roles whose names the OS side writes anew, as an installation would. */
static void resets(const struct list *l)
{
	struct life next = l->boot->started;
	if (next.read_only)
		return;
	life_renew_image(&next, ROLE_ACTIVE);
	next.broken &= (uint8_t)~(1u << ROLE_ACTIVE);
	next.files[ROLE_ACTIVE] = with_tries(l);
	emit_off(l, EVENT_RESET_CLEAN, 0, next);
	if (next.broken & (1u << ROLE_RECOVERY) || !next.files[ROLE_RECOVERY])
		return;
	next.files[ROLE_ACTIVE] = next.files[ROLE_RECOVERY];
	emit_off(l, EVENT_RESET_COPIES, 0, next);
	next.standing = STANDING_REQUEST + ROLE_ACTIVE;
	emit_off(l, EVENT_RESET_COPIES, 1, next);
}

static void menu(const struct list *l)
{
	const struct boot *b = l->boot;
	struct listing list;
	loader_list(l->world, &b->taken, &list);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		struct file file = loader_pick_role(&list, role), moved;
		struct life next = b->taken;
		if (file.role == ROLE_NONE || role == b->file.role)
			continue;
		struct file path = { ROLE_NONE, LEFT_NEVER };
		if (loader_counts(l->world, &next, file, &moved)) {
			next.files[role] = files_renamed(next.files[role], file, moved);
			path = moved;
		}
		emit_off(l, EVENT_MENU_FAILS, role, next);
		if (next.broken & (1u << role) || !bless(&next, path))
			continue;
		remember_success(&next, role);
		emit_off(l, EVENT_MENU_BLESSED, role, next);
	}
}

/* The loader gives up, and the firmware's next option is Bootpilot once more. Newer loaders reset instead, after a try. */
static void refused(const struct list *l)
{
	const struct boot *b = l->boot;
	struct life next = b->started;
	bool resets = l->world->release->resets_on_error && b->file.left != LEFT_GOOD && b->file.left > 0;
	if (b->file.role == ROLE_NONE || !b->decided || resets)
		return;
	next.failed_now |= (uint8_t)(1u << b->file.role);
	l->take(l->context, (struct event){ EVENT_REFUSED, b->file.role }, &next);
}

static void boots(const struct list *l)
{
	const struct boot *b = l->boot;
	emit_off(l, EVENT_FAILS, b->file.role, b->started);
	if (happens(l, HAPPENS_CUTS))
		cuts(l);
	if (happens(l, HAPPENS_WISHES))
		menu(l);
	if (l->world->net)
		refused(l);
	if (!b->starts)
		return;
	if (b->file.role == ROLE_RESET)
		resets(l);
	else
		works(l);
}

static void upgrade(const struct list *l)
{
	struct life next = *l->life;
	life_renew_image(&next, ROLE_ACTIVE);
	next.files[ROLE_ACTIVE] = with_tries(l);
	bool broken = next.broken & (1u << ROLE_ACTIVE);
	next.broken &= (uint8_t)~(1u << ROLE_ACTIVE);
	if (l->life->files[ROLE_ACTIVE]) {
		life_renew_image(&next, ROLE_PASSIVE);
		next.files[ROLE_PASSIVE] = l->life->files[ROLE_ACTIVE];
		next.broken = (uint8_t)((next.broken & ~(1u << ROLE_PASSIVE)) | (unsigned)broken << ROLE_PASSIVE);
	}
	for (enum role role = ROLE_PASSIVE; role < ROLE_NONE; role++)
		if (next.files[role] == FILE_GOOD)
			next.files[role] = with_tries(l);
	emit_off(l, EVENT_UPGRADE, 0, next);
	next.standing = STANDING_REQUEST + ROLE_ACTIVE;
	if (happens(l, HAPPENS_WISHES))
		emit_off(l, EVENT_UPGRADE, 1, next);
}

static void upgrades(const struct list *l)
{
	upgrade(l);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		struct life next = *l->life;
		if (!next.files[role])
			continue;
		life_renew_image(&next, role);
		next.broken &= (uint8_t)~(1u << role);
		emit_off(l, EVENT_NEW_IMAGE, role, next);
		next = *l->life;
		next.files[role] = with_tries(l);
		emit_off(l, EVENT_REARMED, role, next);
	}
}

static void losses(const struct list *l)
{
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		struct life next = *l->life;
		if (!next.files[role] || next.broken & (1u << role)) {
			next.broken &= (uint8_t)~(1u << role);
			if (!next.files[role])
				next.files[role] = with_tries(l);
			emit_off(l, EVENT_RESTORED, role, next);
			continue;
		}
		next.files[role] = 0;
		emit_off(l, EVENT_LOST, role, next);
		next = *l->life;
		next.broken |= (uint8_t)(1u << role);
		emit_off(l, EVENT_DESTROYED, role, next);
	}
}

static void wishes(const struct list *l)
{
	struct life next = *l->life;
	next.standing = STANDING_UNKNOWN_ID;
	emit_off(l, EVENT_WISH, ROLE_NONE, next);
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		next.standing = (uint8_t)(STANDING_REQUEST + role);
		emit_off(l, EVENT_WISH, role, next);
	}
}

static void forgeries(const struct list *l)
{
	struct life next = *l->life;
	for (enum role role = ROLE_ACTIVE; role < ROLE_NONE; role++) {
		for (unsigned left = 0; left <= l->world->tries + 1; left++) {
			next = *l->life;
			next.files[role] = (uint8_t)(left > l->world->tries ? FILE_GOOD : FILE_OF(left));
			emit_off(l, EVENT_FORGED_NAME, role * FILE_KINDS + (left > l->world->tries ? LEFT_GOOD : left),
				 next);
		}
	}
	next = *l->life;
	for (next.noted = NOTED_FORGET; next.noted < NOTED_COUNT; next.noted++)
		emit_off(l, EVENT_FORGED_NOTE, next.noted, next);
}

void events_follow(const struct world *world, const struct life *life, const struct boot *boot, event_taker *take,
		   void *context)
{
	struct list l = { world, life, boot, take, context };
	struct life next = *life;
	boots(&l);
	if (life->failed_now)
		return; /* between two entries of one power cycle nothing else comes in */
	if (happens(&l, HAPPENS_UPGRADES) && !life->read_only)
		upgrades(&l);
	if (happens(&l, HAPPENS_LOSSES) && !life->read_only)
		losses(&l);
	if (happens(&l, HAPPENS_WISHES))
		wishes(&l);
	if (happens(&l, HAPPENS_FORGERY))
		forgeries(&l);
	if (happens(&l, HAPPENS_READ_ONLY)) {
		next.read_only = !life->read_only;
		emit_off(&l, next.read_only ? EVENT_READ_ONLY : EVENT_WRITABLE, 0, next);
	}
	next = *life;
	if (happens(&l, HAPPENS_NVRAM)) {
		life_forget_record(&next);
		next.standing = STANDING_NONE;
		next.noted = NOTED_NONE;
		emit_off(&l, EVENT_FORGETS, 0, next);
	}
}
