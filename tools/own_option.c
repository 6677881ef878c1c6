/* SPDX-License-Identifier: Apache-2.0 */
#include "own_option.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "berth.h"

#define DESCRIPTION        "Bootpilot"
#define LOADER_DESCRIPTION "systemd-boot"

/* Where systemd-boot is installed; shim and others in front of it are known by BootCurrent alone. */
static const struct text loader_files[] = { TEXT("\\EFI\\systemd\\systemd-boot" BUILD_ARCH ".efi"),
					    TEXT("\\EFI\\BOOT\\BOOT" BUILD_ARCH ".EFI") };

static bool is_loader_file(struct text file)
{
	return text_equal_fold(file, loader_files[0]) || text_equal_fold(file, loader_files[1]);
}

static bool is_ours(const struct own_option *own, const struct boot_option *option)
{
	return (text_equal_fold(option->file, BERTH_APPLICATION) || text_equal_fold(option->file, BERTH_COPY)) &&
	       (!own->node_known || boot_option_is_on(option, own->node));
}

/* From the disk; where that cannot be asked, from the option that started this system, or one that starts systemd-boot. */
static void node_find(const struct machine *machine, struct own_option *own)
{
	const struct place *place = &machine->place;
	if (place->disk.len && place->number && partition_node(place->disk.at, place->number, own->node) == 0) {
		own->node_known = true;
		return;
	}
	const struct boot_option *from = boot_option_numbered(&own->options, own->options.current);
	for (size_t i = 0; (!from || !from->node) && i < own->options.count; i++)
		if (own->options.at[i].node && is_loader_file(own->options.at[i].file))
			from = &own->options.at[i];
	if (!from || !from->node || place->mounted)
		return;
	memcpy(own->node, from->node, sizeof(own->node));
	own->node_known = true;
}

static bool is_in_order(const struct own_option *own, unsigned number)
{
	return boot_option_place(&own->options, number) < own->options.order_count;
}

static bool starts_loader(const struct own_option *own, unsigned number)
{
	const struct boot_option *option = boot_option_numbered(&own->options, number);
	return option && is_loader_file(option->file) && (!own->node_known || boot_option_is_on(option, own->node));
}

/* The option that started this system has proven what it does; else the first whose path says so. */
static unsigned anchor_find(const struct machine *machine, const struct own_option *own)
{
	const struct boot_options *options = &own->options;
	const struct boot_option *current = boot_option_numbered(options, options->current);
	bool by_loader = machine->live.state == LIVE || machine->live.state == LIVE_NO_BOOTPILOT;
	if (current && by_loader && !is_ours(own, current) && is_in_order(own, current->number))
		return current->number;
	for (size_t i = 0; i < options->order_count; i++)
		if (starts_loader(own, options->order[i]))
			return options->order[i];
	return BOOT_OPTION_NONE;
}

void own_option_read(struct machine *machine, struct own_option *ret)
{
	*ret = (struct own_option){ .anchor = BOOT_OPTION_NONE, .number = BOOT_OPTION_NONE };
	ret->error = boot_options_read(&machine->world.heap, &ret->options);
	if (ret->error < 0)
		return;
	node_find(machine, ret);
	ret->anchor = anchor_find(machine, ret);
	for (size_t i = 0; i < ret->options.order_count && ret->number == BOOT_OPTION_NONE; i++) {
		const struct boot_option *option = boot_option_numbered(&ret->options, ret->options.order[i]);
		if (option && is_ours(ret, option))
			ret->number = option->number;
	}
	for (size_t i = 0; i < ret->options.count && ret->number == BOOT_OPTION_NONE; i++)
		if (is_ours(ret, &ret->options.at[i]))
			ret->number = ret->options.at[i].number;
}

static bool is_neighbour(const struct own_option *own, unsigned number)
{
	return number == own->anchor || starts_loader(own, number);
}

bool own_option_is_placed(const struct own_option *own, enum own_place place)
{
	size_t at = boot_option_place(&own->options, own->number);
	const uint16_t *order = own->options.order;
	if (own->number == BOOT_OPTION_NONE || at == own->options.order_count)
		return false;
	if (place == OWN_BEHIND)
		return at && is_neighbour(own, order[at - 1]);
	return at + 1 < own->options.order_count && is_neighbour(own, order[at + 1]);
}

static void say(struct own_option *own, bool dry_run, const char *what, struct text about)
{
	own->changed = true;
	printf("%s%s%.*s\n", dry_run ? "would " : "", what, SHOWN(about));
	fflush(stdout);
}

static int refuse(const char *what, int error)
{
	fprintf(stderr, "bootpilotctl: %s cannot be written: %s.\n%s\n", what, strerror(-error),
		error == -ENOSPC ? "NVRAM is full: remove old dumps (/sys/fs/pstore) and unused boot options."
				 : "Try again as root; efivarfs must be mounted writable (mount -o remount,rw\n"
				   "/sys/firmware/efi/efivars). Files alone: --no-variables.");
	return error;
}

static struct text order_words(struct heap *heap, const uint16_t *order, size_t count)
{
	char digits[8];
	struct writer w = { .at = heap_take(heap, count * 5 + 1), .size = count * 5 + 1 };
	for (size_t i = 0; i < count; i++) {
		snprintf(digits, sizeof(digits), "%s%04X", i ? "," : "", order[i]);
		write_string(&w, digits);
	}
	return writer_text(&w);
}

static int order_put(struct heap *heap, struct own_option *own, const uint16_t *order, size_t count, bool dry_run)
{
	if (count == own->options.order_count && memcmp(order, own->options.order, count * sizeof(*order)) == 0)
		return 0;
	say(own, dry_run, "set BootOrder to ", order_words(heap, order, count));
	int r = dry_run ? 0 : boot_order_write(order, count);
	return r < 0 ? refuse("BootOrder", r) : 0;
}

/* The order without ours; there is room for two more. */
static uint16_t *order_without(struct heap *heap, const struct own_option *own, size_t *ret_count)
{
	const struct boot_options *options = &own->options;
	uint16_t *order = heap_take(heap, (options->order_count + 2) * sizeof(*order));
	*ret_count = 0;
	for (size_t i = 0; i < options->order_count; i++) {
		const struct boot_option *option = boot_option_numbered(options, options->order[i]);
		if (options->order[i] != own->number && !(option && is_ours(own, option)))
			order[(*ret_count)++] = options->order[i];
	}
	return order;
}

/* Those of ours beside KEPT, which nobody needs. */
static int others_remove(struct heap *heap, struct own_option *own, unsigned kept, bool dry_run)
{
	for (size_t i = 0; i < own->options.count; i++) {
		const struct boot_option *option = &own->options.at[i];
		if (option->number == kept || !is_ours(own, option))
			continue;
		struct text name = boot_option_name(heap, option->number);
		say(own, dry_run, "remove the boot option ", name);
		int r = dry_run ? 0 : boot_option_remove(option->number);
		if (r < 0)
			return refuse(name.at, r);
	}
	return 0;
}

/* It is there, active, starts FILE, and says where the partition lies now. */
static bool is_up_to_date(const struct own_option *own, struct text file)
{
	const struct boot_option *option = boot_option_numbered(&own->options, own->number);
	return option && option->active && option->node && text_equal_fold(option->file, file) &&
	       memcmp(option->node, own->node, sizeof(own->node)) == 0;
}

static int option_put(struct heap *heap, unsigned number, const char *description, struct own_option *own,
		      struct text file, bool dry_run)
{
	struct text name = boot_option_name(heap, number);
	const struct text pieces[] = { name, TEXT(", "), file };
	say(own, dry_run, "write the boot option ", heap_join(heap, pieces, 3));
	int r = dry_run ? 0 : boot_option_write(heap, number, description, own->node, file);
	return r < 0 ? refuse(name.at, r) : 0;
}

int own_option_put(struct heap *heap, struct own_option *own, enum own_place place, struct text file,
		   bool dry_run)
{
	size_t count, at = 0;
	unsigned number = own->number == BOOT_OPTION_NONE ? boot_option_free_number(&own->options) : own->number;
	int r = is_up_to_date(own, file) ? 0 : option_put(heap, number, DESCRIPTION, own, file, dry_run);
	if (r == 0 && !own_option_is_placed(own, place)) {
		uint16_t *order = order_without(heap, own, &count);
		while (at < count && order[at] != own->anchor)
			at++;
		at += place == OWN_BEHIND && at < count;
		memmove(order + at + 1, order + at, (count - at) * sizeof(*order));
		order[at] = (uint16_t)number;
		r = order_put(heap, own, order, count + 1, dry_run);
	}
	return r < 0 ? r : others_remove(heap, own, number, dry_run);
}

int own_option_remove(struct heap *heap, struct own_option *own, struct text loader, bool dry_run)
{
	size_t count;
	int r = 0;
	if (own->number == BOOT_OPTION_NONE)
		return 0;
	uint16_t *order = order_without(heap, own, &count);
	if (!count && own->options.order_count) {
		unsigned number = boot_option_free_number(&own->options);
		if (!loader.len || !own->node_known) {
			fputs("bootpilotctl: BootOrder would be empty: no other boot option is in it.\n"
			      "Make one that starts systemd-boot (`bootctl install` does), then try again.\n",
			      stderr);
			return -ENOENT;
		}
		r = option_put(heap, number, LOADER_DESCRIPTION, own, loader, dry_run);
		order[count++] = (uint16_t)number;
	}
	if (r == 0)
		r = order_put(heap, own, order, count, dry_run);
	if (r == 0 && own->options.next != BOOT_OPTION_NONE && own->options.next == own->number) {
		say(own, dry_run, "remove BootNext", TEXT_EMPTY);
		r = dry_run ? 0 : variable_delete(VARIABLE_GLOBAL, "BootNext");
	}
	return r < 0 ? r : others_remove(heap, own, BOOT_OPTION_NONE, dry_run);
}
