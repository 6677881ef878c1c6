/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"
#include "image.h"
#include "scan.h"
#include "shared/keyvalue.h"
#include "shared/loader_choice.h"
#include "shared/memory.h"
#include "shared/roles.h"
#include "variables.h"

#define SMALL_FILE_MAX 16384u

/* A small text file, kept in ARENA. Empty if there is none or it is too large to be one. */
static struct text small_file(const struct firmware *fw, struct arena *arena, EFI_HANDLE device, struct text path)
{
	_closes_file_ EFI_FILE_HANDLE root = NULL;
	_closes_file_ EFI_FILE_HANDLE file = NULL;
	struct file_info info;
	if (EFI_ERROR(volume_open(fw, device, &root)) || EFI_ERROR(file_open(root, path, &file)) ||
	    EFI_ERROR(file_info(file, &info)) || info.directory || info.size_bytes > SMALL_FILE_MAX)
		return TEXT_EMPTY;
	char *bytes = arena_take(arena, (size_t)info.size_bytes + 1);
	size_t size;
	if (!bytes || EFI_ERROR(file_read(file, bytes, (size_t)info.size_bytes, &size)))
		return TEXT_EMPTY;
	return (struct text){ bytes, size };
}

/* `default` and `preferred` of loader.conf, where no variable outranks them. */
static void defaults_read(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct loader *loader)
{
	struct text conf = small_file(fw, arena, esp, TEXT("\\loader\\loader.conf"));
	struct keyvalue_reader reader = { .rest = conf, .separators = KEYVALUE_BLANK };
	struct keyvalue line;
	struct text preferred = TEXT_EMPTY, fallback = TEXT_EMPTY;
	while (keyvalue_next(&reader, &line)) {
		if (text_equal(line.key, TEXT("default")))
			fallback = line.value;
		else if (text_equal(line.key, TEXT("preferred")))
			preferred = line.value;
	}
	if (!loader->fallback.len)
		loader->fallback = fallback;
	if (!loader->preferred.len)
		loader->preferred = preferred;
}

/* What systemd-boot said in this power cycle. A variable of the same name that lasts is not its own: it keeps it from writing
 * (EDK2 refuses other attributes), and an OS that made one could hide every entry. */
static struct text exported_text(const struct firmware *fw, struct arena *arena, const char *name)
{
	uint32_t attributes = 0;
	struct text text = variable_text(fw, arena, name, &guid_loader, &attributes);
	return attributes == LOADER_EXPORTS ? text : TEXT_EMPTY;
}

void scan_loader(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct inventory *inventory)
{
	struct loader *loader = &inventory->loader;
	uint64_t features;
	size_t size;
	uint32_t attributes;
	EFI_STATUS s = variable_get(fw, LOADER_FEATURES, &guid_loader, &features, sizeof(features), &size, &attributes);
	loader->features_known = !EFI_ERROR(s) && size == sizeof(features) && attributes == LOADER_EXPORTS;
	loader->features = loader->features_known ? features : 0;
	loader->entries = exported_text(fw, arena, LOADER_ENTRIES);
	loader->entries_known = loader->entries.len > 0;
	loader->selected = exported_text(fw, arena, LOADER_SELECTED);
	if (!loader_pins_matter(inventory))
		return;
	loader->preferred = variable_text(fw, arena, LOADER_PREFERRED, &guid_loader, NULL);
	loader->fallback = variable_text(fw, arena, LOADER_DEFAULT, &guid_loader, NULL);
	defaults_read(fw, arena, esp, loader);
}

void scan_config(const struct firmware *fw, struct arena *arena, EFI_HANDLE esp, struct inventory *inventory)
{
	struct config_problems problems = { .count = 0 };
	config_set_defaults(&inventory->config);
	config_apply(&inventory->config, image_config(), &problems);
	/* The file is anybody's to write; the image is signed. */
	if (!secure_boot_is_on(fw))
		config_apply(&inventory->config, small_file(fw, arena, esp, TEXT("\\EFI\\bootpilot\\bootpilot.cfg")),
			     &problems);
	inventory->config_problems = problems.count;
}
