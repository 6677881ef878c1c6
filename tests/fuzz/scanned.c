/* SPDX-License-Identifier: Apache-2.0 */
#include "scanned.h"

#include <stdio.h>

#include "tests/fake/firmware.h"
#include "tests/fake/loader_entry.h"
#include "tests/fake/os.h"
#include "tests/fake/pool.h"

static struct volume *volumes[2];

void scanned_begin(void)
{
	fake_firmware_new();
	volumes[0] = fake_volume_new(PARTITION_ESP, 0, "ESP");
	volumes[1] = fake_volume_new(PARTITION_XBOOTLDR, 0, "XBOOTLDR");
}

bool scanned_has(unsigned partition, const char *path)
{
	return fake_volume_find(volumes[partition], path) != NULL;
}

void scanned_put(unsigned partition, const char *path, const char *text)
{
	fake_volume_write_text(volumes[partition], path, text, 0);
}

void scanned_put_image(unsigned partition, const char *path, const char *osrel)
{
	fake_os_install(volumes[partition], path, OS_OK, osrel);
}

size_t scanned_by(unsigned series, struct scanned ret[SCANNED_MAX])
{
	struct loader_list list = { .series = series };
	size_t count;

	fake_loader_scan(&list, volumes[0], "\\EFI\\systemd\\systemd-bootx64.efi");
	count = list.count < SCANNED_MAX ? list.count : SCANNED_MAX;
	for (size_t i = 0; i < count; i++) {
		fake_loader_keep(ret[i].id, sizeof(ret[i].id), list.entries[i].id);
		fake_loader_keep(ret[i].file, sizeof(ret[i].file), list.entries[i].file);
	}
	fake_pool_power_off();
	return count;
}

bool scanned_match(const char *pattern, const char *id)
{
	return fake_loader_glob(pattern, id);
}
