/* SPDX-License-Identifier: Apache-2.0 */
/* Bootpilot: look, decide, record, announce, hand back. What is decided stands in shared/policy.c. */
#include "berth.h"
#include "console.h"
#include "firmware.h"
#include "handoff.h"
#include "image.h"
#include "measure.h"
#include "partition.h"
#include "scan.h"
#include "shared/memory.h"
#include "shared/report.h"
#include "store.h"

#define WATCHDOG_AT_START_S 300u /* until the configuration is read */

struct pilot {
	struct firmware fw;
	struct berth berth;
	struct arena arena;
	struct visit visit;
	struct inventory inventory;
	struct decision decision;
};

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

/* systemd-boot started this entry in this power cycle, and here we are again: it failed. (In the entry berth it is ourselves.) */
static void note_failed_entry(struct pilot *pilot)
{
	struct text selected = pilot->inventory.loader.selected;
	if (selected.len && !id_is_ours(selected))
		visit_add(&pilot->visit, id_hash(selected));
	pilot->inventory.visit = pilot->visit;
}

/* Gathers all facts, anew at each turn: systemd-boot may have renamed files since. */
static void look(struct pilot *pilot)
{
	struct inventory *inventory = &pilot->inventory;
	const struct firmware *fw = &pilot->fw;
	EFI_HANDLE esp = pilot->berth.esp;

	arena_free(&pilot->arena);
	memset(inventory, 0, sizeof(*inventory));
	inventory->machine = image_machine;
	inventory->visit = pilot->visit;
	inventory->started_as_entry = pilot->berth.kind == BERTH_ENTRY;
	partition_identify(fw, esp, &inventory->disk);
	scan_config(fw, &pilot->arena, esp, inventory);
	scan_entries(fw, &pilot->arena, esp, inventory);
	scan_loader(fw, &pilot->arena, esp, inventory);
	inventory->loader.major = loader_major((struct text){ pilot->berth.loader_mark, pilot->berth.mark_len });
	store_read(fw, &pilot->arena, inventory);
	note_failed_entry(pilot);
}

static void show(struct pilot *pilot)
{
	const struct config *config = &pilot->inventory.config;
	const struct decision *decision = &pilot->decision;
	if (config->console == CONSOLE_QUIET || (config->console == CONSOLE_CHANGES && decision->role == ROLE_ACTIVE))
		return;
	char *buffer = arena_take(&pilot->arena, REPORT_SCREEN_MAX);
	if (!buffer)
		return;
	struct writer screen = { .at = buffer, .size = REPORT_SCREEN_MAX };
	write_char(&screen, '\n');
	report_screen(&screen, decision);
	write_char(&screen, '\n');
	console_show(&pilot->fw, writer_text(&screen));
}

/* A person who happens to be there may stop an automatic reset. */
static void offer_to_cancel(struct pilot *pilot)
{
	uint32_t delay_s = pilot->inventory.config.reset_delay_s;
	if (pilot->decision.action != ACTION_RESET || !delay_s)
		return;
	show(pilot);
	handoff_watchdog(&pilot->fw, pilot->inventory.config.watchdog_s + delay_s);
	bool cancelled =
		console_countdown(&pilot->fw, "Data will be wiped. Press any key to boot recovery instead: ", delay_s);
	console_show(&pilot->fw, TEXT("\n"));
	if (!cancelled)
		return;
	pilot->inventory.reset_cancelled = true;
	policy_decide(&pilot->inventory, &pilot->decision);
}

/* NVRAM remembers the decision. A reset also needs a one-shot that can be deleted: it must not run twice by itself. */
static bool is_recorded(const struct pilot *pilot)
{
	const struct decision *decision = &pilot->decision;
	if (EFI_ERROR(store_write_record(&pilot->fw, &decision->record, &pilot->inventory.disk)))
		return false;
	return decision->action != ACTION_RESET ||
	       store_can_delete_oneshot(&pilot->fw, (struct text){ decision->name, decision->name_len });
}

/* Decides, and makes NVRAM remember it before anything else happens. */
static void decide(struct pilot *pilot)
{
	struct inventory *inventory = &pilot->inventory;
	policy_decide(inventory, &pilot->decision);
	offer_to_cancel(pilot);

	if (is_recorded(pilot)) {
		pilot->visit.record_new |= inventory->record_state != RECORD_VALID;
	} else {
		inventory->record_unwritable = true; /* no reset without a record; anything else goes on */
		policy_decide(inventory, &pilot->decision);
		/* Where it was only the one-shot, the record must not keep a reset that was not launched. */
		store_write_record(&pilot->fw, &pilot->decision.record, &inventory->disk);
	}
	if (pilot->decision.named)
		visit_add(&pilot->visit, pilot->decision.named);
}

static void write_choice(struct pilot *pilot)
{
	struct decision *decision = &pilot->decision;
	switch (store_write_oneshot(&pilot->fw, (struct text){ decision->name, decision->name_len })) {
	case ONESHOT_KEPT:
		return;
	case ONESHOT_VOLATILE:
		decision->remarks |= REMARK_ONESHOT_VOLATILE;
		break;
	case ONESHOT_LOST:
		decision->remarks |= REMARK_ONESHOT_FAILED;
		break;
	}
	decision->hand_off = false; /* a reset would forget the choice */
}

/* Puts the decision where systemd-boot, the OS and a person will find it. */
static void announce(struct pilot *pilot)
{
	struct decision *decision = &pilot->decision;
	enum oneshot oneshot = pilot->inventory.oneshot;

	if (oneshot == ONESHOT_IGNORED || oneshot == ONESHOT_LEFTOVER)
		store_delete_oneshot(&pilot->fw);
	if (decision->name_len)
		write_choice(pilot);
	if (decision->force_menu)
		store_force_menu(&pilot->fw);
	store_boot_count_path(&pilot->fw, decision);
	/* Where memory does not keep it, a take-over decides from our own, and the net decides afresh. */
	store_write_visit(&pilot->fw, &pilot->visit);
	store_announce(&pilot->fw, &pilot->arena, &pilot->inventory, decision, berth_name(pilot->berth.kind));
	if (pilot->inventory.config.measure)
		measure_role(&pilot->fw, decision->role);
	if (decision->action != ACTION_RESET || !pilot->inventory.config.reset_delay_s)
		show(pilot); /* the countdown has shown it already */
	handoff_watchdog(&pilot->fw, pilot->inventory.config.watchdog_s);
}

/* Starts systemd-boot with the depth of nesting known to whoever is started meanwhile. */
static EFI_STATUS chain(struct pilot *pilot, bool *ret_started)
{
	if (pilot->decision.hand_off)
		handoff_reset(&pilot->fw);
	/* Memory that does not keep the depth is no reason to stop: berth_find() sees nesting by itself. */
	pilot->visit.depth++;
	store_write_visit(&pilot->fw, &pilot->visit);
	EFI_STATUS s = handoff_chain(&pilot->fw, &pilot->berth, ret_started);
	pilot->visit.depth--;
	store_write_visit(&pilot->fw, &pilot->visit);
	return s;
}

/* One choice after the other, until an OS has taken over or nothing is left to try. */
static EFI_STATUS pilot_run(struct pilot *pilot)
{
	uint8_t tried = VISIT_IDS_MAX;
	while (pilot->visit.count < VISIT_IDS_MAX) {
		look(pilot);
		if (pilot->visit.count == tried)
			break; /* we named nothing new, and nothing new failed: this turn would be as the last one */
		tried = pilot->visit.count;
		decide(pilot);
		announce(pilot);
		handoff_end(&pilot->fw, pilot->decision.action);
		if (pilot->berth.kind == BERTH_DRIVER)
			break; /* systemd-boot unloads us silently and reads the one-shot next */
		if (pilot->decision.action == ACTION_MENU && pilot->berth.kind == BERTH_ENTRY)
			return EFI_SUCCESS; /* systemd-boot shows its menu */
		if (!pilot->berth.loader_len)
			break; /* no systemd-boot to start: the firmware's next option may be one */

		bool started;
		EFI_STATUS s = chain(pilot, &started);
		if (!started)
			break; /* no fault of any entry: the firmware's next option may do better */
		if (!EFI_ERROR(s))
			return s; /* a person left systemd-boot's menu */
	}
	return EFI_ABORTED;
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	struct firmware fw = firmware_of(image, system);
	void *memory;
	EFI_STATUS s = firmware_allocate(&fw, sizeof(struct pilot), &memory);
	if (EFI_ERROR(s))
		return EFI_ABORTED; /* no memory for us is none for systemd-boot either */

	struct pilot *pilot = memory;
	memset(pilot, 0, sizeof(*pilot));
	pilot->fw = fw;
	pilot->arena.fw = &pilot->fw;
	handoff_watchdog(&fw, WATCHDOG_AT_START_S);
	store_read_visit(&fw, &pilot->visit);
	berth_find(&fw, &pilot->visit, &pilot->berth);

	s = EFI_ABORTED;
	if (!pilot->berth.nested) {
		if (pilot->berth.kind != BERTH_DRIVER)
			berth_find_loader(&fw, &pilot->berth);
		s = pilot_run(pilot);
	}
	arena_free(&pilot->arena);
	fw.boot->FreePool(pilot);
	return s;
}
