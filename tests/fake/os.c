/* SPDX-License-Identifier: Apache-2.0 */
#include "os.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "guids.h"
#include "images.h"
#include "pe.h"
#include "power.h"
#include "variables.h"

static struct os_report report;
static uint32_t builds; /* images made since the process began */

bool fake_os_state(const char *name, enum os_state *ret)
{
	static const char *const names[] = {
		[OS_OK] = "ok",         [OS_MISSING] = "missing",
		[OS_EMPTY] = "empty",   [OS_TRUNCATED] = "truncated",
		[OS_NOT_PE] = "not-pe", [OS_OTHER_MACHINE] = "other-machine",
		[OS_UNLOADABLE] = "unloadable",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0) {
			*ret = (enum os_state)i;
			return true;
		}
	return false;
}

void fake_os_install(struct volume *volume, const char *path, enum os_state state, const char *osrel)
{
	struct pe_plan plan = { .machine = state == OS_OTHER_MACHINE ? PE_MACHINE_OTHER : PE_MACHINE_X64,
				.subsystem = PE_APPLICATION,
				.build = ++builds };
	uint64_t time = CLOCK_START + 60 * (uint64_t)builds;
	uint8_t *image;
	char text[64];
	size_t size;

	if (state == OS_MISSING) {
		fake_volume_remove(volume, path);
		return;
	}
	snprintf(text, sizeof(text), OS_MARKER ", build %u%s", builds, state == OS_UNLOADABLE ? IMAGE_UNLOADABLE : "");
	plan.text = text;
	if (osrel)
		plan.sections[0] = (struct pe_section){ ".osrel", osrel, strlen(osrel) };
	image = fake_pe_build(&plan, &size);
	if (state == OS_EMPTY)
		size = 0;
	if (state == OS_TRUNCATED)
		size -= 1024; /* in the middle of .text */
	if (state == OS_NOT_PE)
		memset(image, '#', size);
	fake_volume_write(volume, path, image, size, time);
	free(image);
}

static EFI_STATUS os_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	snprintf(report.image, sizeof(report.image), "%s", fake_image_path(image));
	fake_variables_read_text_os("LoaderEntrySelected", &fake_guid_loader, report.selected, sizeof(report.selected));
	fake_variables_read_text_os("LoaderBootCountPath", &fake_guid_loader, report.count_path,
				    sizeof(report.count_path));
	report.watchdog_s = fake_clock_watchdog();
	power_end(system ? OUTCOME_OS : OUTCOME_HANG);
}

void fake_os_register(void)
{
	fake_images_register(OS_MARKER, os_main, false);
}

const struct os_report *fake_os_report(void)
{
	return &report;
}

void fake_os_forget(void)
{
	memset(&report, 0, sizeof(report));
}

void fake_os_watch(void)
{
	fake_variables_read_text_os("BootpilotDecision", &fake_guid_bootpilot, report.decision,
				    sizeof(report.decision));
}
