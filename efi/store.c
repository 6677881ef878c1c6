/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include "image.h"
#include "shared/memory.h"
#include "shared/report.h"
#include "variables.h"

#define PERSISTENT (VARIABLE_NV | VARIABLE_BS)
#define FOR_LOADER (VARIABLE_NV | VARIABLE_BS | VARIABLE_RT)
#define FOR_OS     (VARIABLE_BS | VARIABLE_RT)

static const char slot_names[RECORD_SLOTS][sizeof(BOOTPILOT_RECORD0)] = { BOOTPILOT_RECORD0, BOOTPILOT_RECORD1 };

void store_read_visit(const struct firmware *fw, struct visit *ret)
{
	uint8_t bytes[VISIT_SIZE];
	size_t size = 0;
	uint32_t attributes = 0;
	EFI_STATUS s = variable_get(fw, BOOTPILOT_VISIT, &guid_bootpilot, bytes, sizeof(bytes), &size, &attributes);
	bool ours = !EFI_ERROR(s) && attributes == VARIABLE_BS; /* anything else may be older than this power cycle */
	visit_parse((struct text){ (const char *)bytes, ours ? size : 0 }, ret);
}

EFI_STATUS store_write_visit(const struct firmware *fw, const struct visit *visit)
{
	uint8_t bytes[VISIT_SIZE];
	visit_serialize(visit, bytes);
	return variable_set(fw, BOOTPILOT_VISIT, &guid_bootpilot, VARIABLE_BS, bytes, sizeof(bytes));
}

/* A slot of another size than ours reads as one byte too long: it exists, and is refused. */
static void slot_read(const struct firmware *fw, unsigned i, uint8_t bytes[RECORD_SIZE + 1], struct record_slot *ret)
{
	size_t size = 0;
	uint32_t attributes = 0;
	EFI_STATUS s = variable_get(fw, slot_names[i], &guid_bootpilot, bytes, RECORD_SIZE + 1, &size, &attributes);
	ret->exists = !EFI_ERROR(s) || s == EFI_BUFFER_TOO_SMALL;
	ret->attributes = attributes;
	ret->bytes = (struct text){ (const char *)bytes, EFI_ERROR(s) ? 0 : size };
}

static enum record_state record_load(const struct firmware *fw, const struct disk_id *disk, struct record *ret,
				     unsigned *ret_slot)
{
	uint8_t bytes[RECORD_SLOTS][RECORD_SIZE + 1];
	struct record_slot slots[RECORD_SLOTS];
	for (unsigned i = 0; i < RECORD_SLOTS; i++)
		slot_read(fw, i, bytes[i], &slots[i]);
	return record_read(slots, disk, ret, ret_slot);
}

/* Consumed before it is used: a note that cannot be deleted would be believed at every boot. */
static void note_take(const struct firmware *fw, struct arena *arena, struct inventory *inventory)
{
	uint32_t attributes = 0;
	struct text note = variable_text(fw, arena, BOOTPILOT_NOTE, &guid_bootpilot, &attributes);
	if (!note.len)
		return;
	if (EFI_ERROR(variable_delete(fw, BOOTPILOT_NOTE, &guid_bootpilot)))
		return;
	inventory->note = attributes == FOR_LOADER ? text_before(note, 512) : TEXT("?");
}

/* The text of a wish. Empty if it is longer than any id, or memory is short: then it is obeyed unseen. */
static struct text request_keep(struct arena *arena, const uint16_t *units, size_t count)
{
	char bytes[INVENTORY_ID_MAX];
	struct writer w = WRITER(bytes);
	bool short_of_memory = false;
	oneshot_text(&w, units, count);
	return w.overflow ? TEXT_EMPTY : arena_keep(arena, writer_text(&w), &short_of_memory);
}

static void oneshot_read(const struct firmware *fw, struct arena *arena, struct inventory *inventory)
{
	size_t size = 0, capacity = ONESHOT_UNITS_MAX * sizeof(uint16_t);
	uint32_t attributes;
	uint16_t probe[128];
	uint16_t *units = probe;
	EFI_STATUS s = variable_get(fw, LOADER_ONESHOT, &guid_loader, probe, sizeof(probe), &size, &attributes);
	if (s == EFI_BUFFER_TOO_SMALL) {
		units = arena_take(arena, capacity);
		if (units)
			s = variable_get(fw, LOADER_ONESHOT, &guid_loader, units, capacity, &size, &attributes);
	}
	if (s == EFI_BUFFER_TOO_SMALL) {
		inventory->oneshot = ONESHOT_REQUEST; /* not ours: we write nothing of that size */
		return;
	}
	if (EFI_ERROR(s))
		return;
	size_t count = size / sizeof(uint16_t);
	inventory->oneshot = oneshot_classify(units, count, &inventory->visit, &inventory->record);
	if (inventory->oneshot == ONESHOT_REQUEST)
		inventory->request = request_keep(arena, units, count);
}

void store_read(const struct firmware *fw, struct arena *arena, struct inventory *inventory)
{
	unsigned slot;
	inventory->record_state = record_load(fw, &inventory->disk, &inventory->record, &slot);
	if (inventory->record_state == RECORD_VALID && inventory->visit.record_new)
		inventory->record_state = RECORD_NEW;
	note_take(fw, arena, inventory);
	oneshot_read(fw, arena, inventory);
}

EFI_STATUS store_write_record(const struct firmware *fw, const struct record *record, const struct disk_id *disk)
{
	struct record newest, next = *record;
	uint8_t bytes[RECORD_SIZE];
	unsigned slot;
	/* Read anew: the sequence must grow even where what we decided from was not taken. */
	if (record_load(fw, disk, &newest, &slot) == RECORD_VALID && !record_differs(&newest, record))
		return EFI_SUCCESS;
	next.sequence = newest.sequence + 1;
	record_serialize(&next, bytes);
	return variable_set(fw, slot_names[slot], &guid_bootpilot, PERSISTENT, bytes, sizeof(bytes));
}

void store_delete_oneshot(const struct firmware *fw)
{
	variable_delete(fw, LOADER_ONESHOT, &guid_loader);
}

enum oneshot_kept store_write_oneshot(const struct firmware *fw, struct text name)
{
	void *units;
	size_t count, capacity = name.len + 2;
	enum oneshot_kept kept = ONESHOT_LOST;
	if (EFI_ERROR(firmware_allocate(fw, capacity * sizeof(uint16_t), &units)))
		return ONESHOT_LOST;
	if (oneshot_write(name, units, capacity, &count)) {
		size_t size = count * sizeof(uint16_t);
		if (!EFI_ERROR(variable_set(fw, LOADER_ONESHOT, &guid_loader, FOR_LOADER, units, size))) {
			kept = ONESHOT_KEPT;
		} else {
			/* Full or protected NVRAM: memory will do, as systemd-boot comes next in this power cycle. */
			variable_delete(fw, LOADER_ONESHOT, &guid_loader);
			if (!EFI_ERROR(variable_set(fw, LOADER_ONESHOT, &guid_loader, VARIABLE_BS, units, size)))
				kept = ONESHOT_VOLATILE;
		}
	}
	fw->boot->FreePool(units);
	return kept;
}

bool store_can_delete_oneshot(const struct firmware *fw, struct text name)
{
	uint8_t any[2];
	size_t size;
	uint32_t attributes;
	if (store_write_oneshot(fw, name) != ONESHOT_KEPT)
		return false;
	store_delete_oneshot(fw);
	return variable_get(fw, LOADER_ONESHOT, &guid_loader, any, sizeof(any), &size, &attributes) == EFI_NOT_FOUND;
}

void store_force_menu(const struct firmware *fw)
{
	/* In memory only: a person who comes later must not find the menu forced at a boot that works. */
	variable_set_text(fw, LOADER_MENU, &guid_loader, FOR_OS, TEXT("menu-force"));
}

void store_boot_count_path(const struct firmware *fw, const struct decision *decision)
{
	char bytes[INVENTORY_ID_MAX + 32];
	struct writer path = WRITER(bytes);
	size_t size;
	uint32_t attributes;
	uint8_t any[2];
	EFI_STATUS s = variable_get(fw, LOADER_BOOT_COUNT_PATH, &guid_loader, any, sizeof(any), &size, &attributes);
	if (s != EFI_NOT_FOUND)
		variable_delete(fw, LOADER_BOOT_COUNT_PATH, &guid_loader);
	if (!decision->set_boot_count_path)
		return;
	entry_write_path(&path, decision->entry);
	/* Where this fails a healthy OS cannot be blessed, but it boots. */
	variable_set_text(fw, LOADER_BOOT_COUNT_PATH, &guid_loader, FOR_OS, writer_text(&path));
}

void store_announce(const struct firmware *fw, struct arena *arena, const struct inventory *inventory,
		    const struct decision *decision, struct text berth)
{
	char *buffer = arena_take(arena, REPORT_LINE_MAX);
	if (!buffer)
		return;
	struct writer line = { .at = buffer, .size = REPORT_LINE_MAX };
	report_decision(&line, inventory, decision);
	write_string(&line, " berth=");
	write_text(&line, berth);
	write_string(&line, " version=");
	write_string(&line, image_version);
	variable_set_text(fw, BOOTPILOT_DECISION, &guid_bootpilot, FOR_OS, writer_text(&line));

	line = (struct writer){ .at = buffer, .size = REPORT_LINE_MAX };
	report_state(&line, inventory, decision);
	variable_set_text(fw, BOOTPILOT_STATE, &guid_bootpilot, FOR_OS, writer_text(&line));
}
