/* SPDX-License-Identifier: Apache-2.0 */
#include "boot_option.h"

#include <efivar/efiboot.h>
#include <efivar/efivar.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shared/bytes.h"
#include "shared/utf16.h"
#include "variables.h"

#define OPTION_SIZE_MAX 1024u /* of one that we make */
#define NODE_HEADER     4u    /* type, subtype, length */
#define TYPE_MEDIA      4u
#define MEDIA_PARTITION 1u
#define MEDIA_FILE      4u
#define TYPE_END        0x7fu

struct text boot_option_name(struct heap *heap, unsigned number)
{
	char name[16];
	snprintf(name, sizeof(name), "Boot%04X", number);
	return heap_keep(heap, text_of(name));
}

static struct text path_text(struct heap *heap, const uint8_t *at, size_t bytes)
{
	size_t count = bytes / sizeof(uint16_t), len = 0;
	uint16_t *units = heap_take(heap, (count + 1) * sizeof(*units));
	memcpy(units, at, count * sizeof(*units));
	while (len < count && units[len])
		len++;
	struct writer w = { .at = heap_take(heap, len * 3 + 1), .size = len * 3 + 1 };
	utf16_to_text(&w, units, len);
	return writer_text(&w);
}

/* The path's last partition and the file on it; a firmware may put the way to the disk in front, and split the file's path. */
static void path_read(struct heap *heap, const uint8_t *at, size_t left, struct boot_option *ret)
{
	while (left >= NODE_HEADER && at[0] != TYPE_END) {
		size_t length = at[2] | (size_t)at[3] << 8;
		if (length < NODE_HEADER || length > left)
			break;
		if (at[0] == TYPE_MEDIA && at[1] == MEDIA_PARTITION && length == PARTITION_NODE_SIZE) {
			ret->node = at;
			ret->file = TEXT_EMPTY;
		} else if (at[0] == TYPE_MEDIA && at[1] == MEDIA_FILE) {
			struct text more = path_text(heap, at + NODE_HEADER, length - NODE_HEADER);
			bool joined = ret->file.len && ret->file.at[ret->file.len - 1] != '\\' &&
				      (!more.len || more.at[0] != '\\');
			const struct text pieces[] = { ret->file, joined ? TEXT("\\") : TEXT_EMPTY, more };
			ret->file = heap_join(heap, pieces, 3);
		}
		at += length;
		left -= length;
	}
}

/* EFI_LOAD_OPTION: attributes, length of the path, description with its NUL, path, optional data. */
static void option_read(struct heap *heap, struct text bytes, struct boot_option *ret)
{
	const uint8_t *start = (const uint8_t *)bytes.at, *at = start;
	if (bytes.len < 6)
		return;
	ret->active = bytes_take(&at, 4) & BOOT_OPTION_ACTIVE;
	size_t length = (size_t)bytes_take(&at, 2), from = 6;
	while (from + 2 <= bytes.len && (start[from] || start[from + 1]))
		from += 2;
	from += 2;
	if (from <= bytes.len && length <= bytes.len - from)
		path_read(heap, start + from, length, ret);
}

static int digit_of(char c)
{
	if (char_is_digit(c))
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "Boot0007" is 7; firmware writes capitals. */
static unsigned number_of(const char *name)
{
	unsigned number = 0;
	if (strlen(name) != 8 || strncmp(name, "Boot", 4) != 0)
		return BOOT_OPTION_NONE;
	for (size_t i = 4; i < 8; i++) {
		int digit = digit_of(name[i]);
		if (digit < 0)
			return BOOT_OPTION_NONE;
		number = number << 4 | (unsigned)digit;
	}
	return number;
}

static unsigned number_variable(struct heap *heap, const char *name)
{
	struct text bytes;
	if (variable_read(heap, VARIABLE_GLOBAL, name, &bytes, NULL) < 0 || bytes.len != 2)
		return BOOT_OPTION_NONE;
	const uint8_t *at = (const uint8_t *)bytes.at;
	return (unsigned)bytes_take(&at, 2);
}

static int order_read(struct heap *heap, struct boot_options *ret)
{
	struct text bytes = TEXT_EMPTY;
	int r = variable_read(heap, VARIABLE_GLOBAL, "BootOrder", &bytes, NULL);
	if (r < 0 && r != -ENOENT)
		return r;
	ret->order_count = bytes.len / 2;
	ret->order = heap_take(heap, (ret->order_count + 1) * sizeof(*ret->order));
	const uint8_t *at = (const uint8_t *)bytes.at;
	for (size_t i = 0; i < ret->order_count; i++)
		ret->order[i] = (uint16_t)bytes_take(&at, 2);
	return 0;
}

static void option_add(struct heap *heap, struct boot_options *options, unsigned number)
{
	struct text bytes;
	struct boot_option option = { .number = number };
	/* A name without content is what a write that was cut short may leave in efivarfs: no variable. */
	if (options->count == BOOT_OPTIONS_MAX ||
	    variable_read(heap, VARIABLE_GLOBAL, boot_option_name(heap, number).at, &bytes, NULL) < 0 || !bytes.len)
		return;
	option_read(heap, bytes, &option);
	size_t at = options->count++;
	for (; at && options->at[at - 1].number > number; at--)
		options->at[at] = options->at[at - 1];
	options->at[at] = option;
}

int boot_options_read(struct heap *heap, struct boot_options *ret)
{
	*ret = (struct boot_options){ .at = heap_take(heap, BOOT_OPTIONS_MAX * sizeof(*ret->at)) };
	int r = order_read(heap, ret);
	if (r < 0)
		return r;
	ret->current = number_variable(heap, "BootCurrent");
	ret->next = number_variable(heap, "BootNext");
	efi_guid_t *guid = NULL, global = EFI_GLOBAL_GUID;
	char *name = NULL;
	while ((r = efi_get_next_variable_name(&guid, &name)) > 0)
		if (efi_guid_cmp(guid, &global) == 0 && number_of(name) != BOOT_OPTION_NONE)
			option_add(heap, ret, number_of(name));
	return r < 0 ? -EIO : 0;
}

const struct boot_option *boot_option_numbered(const struct boot_options *options, unsigned number)
{
	for (size_t i = 0; i < options->count; i++)
		if (options->at[i].number == number)
			return &options->at[i];
	return NULL;
}

bool boot_option_is_on(const struct boot_option *option, const uint8_t node[PARTITION_NODE_SIZE])
{
	return option->node && memcmp(option->node + PARTITION_NODE_GUID, node + PARTITION_NODE_GUID,
				      PARTITION_GUID_SIZE) == 0;
}

size_t boot_option_place(const struct boot_options *options, unsigned number)
{
	size_t at = 0;
	while (at < options->order_count && options->order[at] != number)
		at++;
	return at;
}

unsigned boot_option_free_number(const struct boot_options *options)
{
	unsigned number = 0;
	while (number < BOOT_OPTION_NONE && (boot_option_numbered(options, number) ||
					     boot_option_place(options, number) < options->order_count))
		number++;
	return number;
}

int boot_option_write(struct heap *heap, unsigned number, const char *description,
		      const uint8_t node[PARTITION_NODE_SIZE], struct text file)
{
	uint8_t path[OPTION_SIZE_MAX], option[OPTION_SIZE_MAX];
	char name[256], text[64];
	if (file.len >= sizeof(name) || strlen(description) >= sizeof(text))
		return -EINVAL;
	memcpy(name, file.at, file.len);
	name[file.len] = '\0';
	memcpy(text, description, strlen(description) + 1);
	memcpy(path, node, PARTITION_NODE_SIZE);
	ssize_t size = PARTITION_NODE_SIZE;
	ssize_t made = efidp_make_file(path + size, (ssize_t)sizeof(path) - size, name);
	if (made < 0)
		return -EINVAL;
	size += made;
	made = efidp_make_end_entire(path + size, (ssize_t)sizeof(path) - size);
	if (made < 0)
		return -EINVAL;
	size += made;
	made = efi_loadopt_create(option, sizeof(option), BOOT_OPTION_ACTIVE, (efidp)path, size, (unsigned char *)text,
				  NULL, 0);
	if (made < 0)
		return -EINVAL;
	return variable_write(VARIABLE_GLOBAL, boot_option_name(heap, number).at,
			      (struct text){ (const char *)option, (size_t)made });
}

int boot_option_remove(unsigned number)
{
	char name[16];
	snprintf(name, sizeof(name), "Boot%04X", number);
	return variable_delete(VARIABLE_GLOBAL, name);
}

int boot_order_write(const uint16_t *order, size_t count)
{
	uint8_t bytes[2 * (BOOT_OPTIONS_MAX + 1)], *at = bytes;
	if (count > sizeof(bytes) / 2)
		return -EFBIG;
	for (size_t i = 0; i < count; i++)
		bytes_put(&at, order[i], 2);
	return variable_write(VARIABLE_GLOBAL, "BootOrder", (struct text){ (const char *)bytes, 2 * count });
}
