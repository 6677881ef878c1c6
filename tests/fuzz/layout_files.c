/* SPDX-License-Identifier: Apache-2.0 */
#include "layout_files.h"

#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "tests/fake/clock.h"
#include "tests/fake/images.h"
#include "tests/fake/os.h"

#define PATH_MAX_BYTES 400u
#define NODES_MAX      48u /* in one directory */

static uint64_t edits; /* files written since the process began: each is later than all before */

/* Every part of PATH is a name, none on the way is a file, and there is no directory at its end. */
static bool path_is_free(const struct volume *volume, const char *path)
{
	char way[PATH_MAX_BYTES];
	size_t len = 0;

	if (path[0] != '\\')
		return false;
	while (path[len]) {
		size_t name = strcspn(path + len + 1, "\\");
		const struct node *node;

		if (!name_is_of_fat((struct text){ path + len + 1, name }))
			return false;
		len += 1 + name;
		snprintf(way, sizeof(way), "%.*s", (int)len, path);
		node = fake_volume_find(volume, way);
		if (node && node->is_directory != (path[len] != '\0'))
			return false;
		if (node && node->is_directory && node->child_count > NODES_MAX)
			return false;
	}
	return true;
}

static const char *take_path(struct text *fields, char path[PATH_MAX_BYTES])
{
	field_take_string(fields, path, PATH_MAX_BYTES);
	for (char *p = path; *p; p++)
		if (*p == '/')
			*p = '\\';
	return path;
}

static bool named_path(struct text *fields, const char *directory, char path[PATH_MAX_BYTES])
{
	char name[PATH_MAX_BYTES - 32];

	field_take_string(fields, name, sizeof(name));
	snprintf(path, PATH_MAX_BYTES, "%s\\%s", directory, name);
	return name_is_of_fat(text_of(name));
}

static void put(struct volume *volume, const char *path, struct text bytes)
{
	if (path_is_free(volume, path))
		fake_volume_write(volume, path, bytes.at, bytes.len, CLOCK_START + 2 * ++edits);
}

static void put_image(struct layout *layout, struct volume *volume, const char *path, uint32_t state, const char *osrel)
{
	layout->faults |= state == OS_UNLOADABLE; /* no header shows it */
	if (path_is_free(volume, path))
		fake_os_install(volume, path, (enum os_state)state, osrel);
}

static void patch(struct layout *layout, struct volume *volume, struct text fields)
{
	char path[PATH_MAX_BYTES], data[512];
	struct node *node = fake_volume_find(volume, take_path(&fields, path));
	uint32_t at = field_take_number(&fields, UINT32_MAX);
	struct text bytes = field_take_bytes(&fields, data, sizeof(data));

	layout->rewritten = true;
	if (!node || node->is_directory || at >= node->size)
		return;
	layout->faults |= at >= 64; /* firmware may see what the headers that we read do not show */
	memcpy(node->bytes + at, bytes.at, bytes.len < node->size - at ? bytes.len : node->size - at);
}

static void break_node(struct layout *layout, struct volume *volume, struct text fields)
{
	char path[PATH_MAX_BYTES];
	struct node *node = fake_volume_find(volume, take_path(&fields, path));
	uint32_t how = field_take_number(&fields, 2);
	EFI_STATUS status;

	if (!node)
		return;
	layout->faults = true;
	if (how == 2) {
		node->claimed = field_take_number(&fields, UINT32_MAX);
		return;
	}
	status = layout_statuses[field_take_number(&fields, LAYOUT_STATUSES - 1)];
	if (how == 0 && !node->parent)
		volume->broken = status;
	else if (how == 0)
		node->broken = status;
	else
		node->bad_sector = status;
}

static void refuse(struct layout *layout, struct text fields)
{
	static char paths[4][PATH_MAX_BYTES]; /* kept by the fake until the next machine */
	static unsigned turn;
	char *path = paths[turn++ % 4];

	layout->faults = true;
	take_path(&fields, path);
	fake_images_refuse(path, layout_statuses[field_take_number(&fields, LAYOUT_STATUSES - 1)]);
}

static struct volume *volume_of(struct layout *layout, char letter)
{
	if (letter >= 'a')
		return layout->stage.machine.esp;
	fake_machine_add_xbootldr(&layout->stage.machine);
	return layout->stage.machine.xbootldr;
}

void layout_file(struct layout *layout, char letter, struct text fields)
{
	char path[PATH_MAX_BYTES], data[4096];
	struct volume *volume;
	uint32_t state;

	if (!text_contains(TEXT("euifpbr"), char_lower(letter)))
		return;
	volume = volume_of(layout, letter);
	switch (char_lower(letter)) {
	case 'e':
		if (named_path(&fields, "\\loader\\entries", path))
			put(volume, path, field_take_bytes(&fields, data, sizeof(data)));
		break;
	case 'u':
		if (!named_path(&fields, "\\EFI\\Linux", path))
			break;
		field_take_string(&fields, data, sizeof(data));
		state = field_take_number(&fields, OS_UNLOADABLE);
		put_image(layout, volume, path, state, *data ? data : NULL);
		break;
	case 'i':
		take_path(&fields, path);
		layout->rewritten |= strncmp(path, "\\EFI\\test\\", 10) != 0;
		put_image(layout, volume, path, field_take_number(&fields, OS_UNLOADABLE), NULL);
		break;
	case 'f':
		layout->rewritten = true;
		take_path(&fields, path);
		put(volume, path, field_take_bytes(&fields, data, sizeof(data)));
		break;
	case 'p':
		patch(layout, volume, fields);
		break;
	case 'b':
		break_node(layout, volume, fields);
		break;
	default:
		refuse(layout, fields);
	}
}
