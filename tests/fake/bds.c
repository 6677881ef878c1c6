/* SPDX-License-Identifier: Apache-2.0 */
#include "bds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "devicepath.h"
#include "disk.h"
#include "guids.h"
#include "handles.h"
#include "images.h"
#include "variables.h"
#include "wide.h"

#define OPTIONS_MAX 8u
#define PASSING     (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define LASTING     (PASSING | EFI_VARIABLE_NON_VOLATILE)

static struct option {
	const char *description;
	const struct volume *volume;
	const char *path;
} options[OPTIONS_MAX];
static size_t option_count;

void fake_bds_clear(void)
{
	option_count = 0;
}

void fake_bds_add(const char *description, const struct volume *volume, const char *path)
{
	if (option_count == OPTIONS_MAX)
		abort();
	options[option_count++] = (struct option){ description, volume, path };
}

static void whole_path(const struct option *option, struct path_bytes *ret)
{
	const EFI_DEVICE_PATH *device = fake_handles_get(fake_disk_handle(option->volume), &fake_guid_device_path);

	ret->size = fake_path_size(device) - 4;
	memcpy(ret->at, device, ret->size);
	fake_path_add_file(ret, option->path);
}

/* Boot#### as in UEFI specification 3.1.3: attributes, length of the path, description, path. */
static void export_option(size_t number)
{
	struct path_bytes path;
	uint8_t bytes[2048] = { 1 };
	CHAR16 description[64];
	char name[24];
	size_t description_size = wide_units(options[number].description) * sizeof(CHAR16), path_bytes;

	whole_path(&options[number], &path);
	path_bytes = path.size + 4;
	wide_write(options[number].description, description);
	bytes[4] = (uint8_t)path_bytes;
	bytes[5] = (uint8_t)(path_bytes >> 8);
	memcpy(bytes + 6, description, description_size);
	memcpy(bytes + 6 + description_size, path.at, path_bytes);
	snprintf(name, sizeof(name), "Boot%04zX", number);
	fake_variables_write(name, &fake_guid_global, LASTING, bytes, 6 + description_size + path_bytes);
}

void fake_bds_run(EFI_HANDLE firmware, EFI_SYSTEM_TABLE *system)
{
	uint16_t order[OPTIONS_MAX];

	for (size_t i = 0; i < option_count; i++) {
		export_option(i);
		order[i] = (uint16_t)i;
	}
	fake_variables_write("BootOrder", &fake_guid_global, LASTING, order, option_count * sizeof(order[0]));
	for (uint16_t i = 0; system && i < option_count; i++) {
		struct path_bytes path;
		EFI_HANDLE image = NULL;
		EFI_STATUS status;

		whole_path(&options[i], &path);
		fake_variables_write("BootCurrent", &fake_guid_global, PASSING, &i, sizeof(i));
		status = fake_image_load(firmware, (EFI_DEVICE_PATH *)path.at, NULL, 0, &image);
		if (EFI_ERROR(status)) {
			if (image)
				fake_image_unload(image);
			continue;
		}
		fake_image_loaded(image)->ParentHandle = NULL; /* EDK2, EfiBootManagerBoot: nobody's child */
		fake_clock_set_watchdog(300);
		status = fake_image_start(image);
		fake_clock_set_watchdog(0);
		if (!EFI_ERROR(status))
			return;
	}
}
