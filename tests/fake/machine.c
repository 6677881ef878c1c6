/* SPDX-License-Identifier: Apache-2.0 */
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bds.h"
#include "clock.h"
#include "firmware.h"
#include "guids.h"
#include "laws.h"
#include "loader.h"
#include "os.h"
#include "pe.h"
#include "variables.h"

#define PROGRAM_MARKER "Bootpilot, under test"

static void install_program(struct machine *machine, const char *path, uint16_t subsystem, const char *config)
{
	static const char osrel[] = "ID=bootpilot\nNAME=Bootpilot\nVERSION_ID=0\n";
	struct pe_plan plan = { .machine = PE_MACHINE_X64, .subsystem = subsystem, .build = 1, .text = PROGRAM_MARKER };
	uint8_t *image;
	size_t size;

	plan.sections[0] = (struct pe_section){ ".osrel", osrel, sizeof(osrel) - 1 };
	plan.sections[1] = (struct pe_section){ ".bpcfg", config, strlen(config) + 1 };
	image = fake_pe_build(&plan, &size);
	fake_volume_write(machine->esp, path, image, size, CLOCK_START);
	free(image);
}

static void install_programs(struct machine *machine, const char *config)
{
	switch (machine->berth) {
	case MACHINE_PLAIN:
		break;
	case MACHINE_IN_NET:
		install_program(machine, MACHINE_PROGRAM, PE_APPLICATION, config);
		install_program(machine, MACHINE_DRIVER, PE_DRIVER, config);
		break;
	case MACHINE_IN_DRIVER:
		install_program(machine, MACHINE_DRIVER, PE_DRIVER, config);
		break;
	case MACHINE_IN_TYPE2:
		install_program(machine, MACHINE_TYPE2, PE_APPLICATION, config);
		break;
	case MACHINE_IN_ENTRY:
		fake_volume_write_text(machine->esp, MACHINE_ENTRY,
				       "title Bootpilot\nefi /EFI/bootpilot/bootpilotx64.efi\n", CLOCK_START);
		install_program(machine, MACHINE_PROGRAM, PE_APPLICATION, config);
		break;
	case MACHINE_IN_FIRST:
		install_program(machine, MACHINE_PROGRAM, PE_APPLICATION, config);
		break;
	}
}

static void set_boot_options(const struct machine *machine)
{
	fake_bds_clear();
	if (machine->berth == MACHINE_IN_FIRST)
		fake_bds_add("Bootpilot", machine->esp, MACHINE_PROGRAM);
	fake_bds_add("Linux Boot Manager", machine->esp, MACHINE_LOADER);
	if (machine->berth == MACHINE_IN_NET)
		fake_bds_add("Bootpilot (net)", machine->esp, MACHINE_PROGRAM);
}

void fake_machine_new(struct machine *machine, unsigned series, enum machine_berth berth, bool secure_boot,
		      image_entry program)
{
	uint8_t *loader;
	size_t size;

	fake_firmware_new();
	*machine = (struct machine){ .series = series, .berth = berth, .secure_boot = secure_boot };
	machine->esp = fake_volume_new(PARTITION_ESP, 0, "ESP");
	loader = fake_loader_file(series, &size);
	fake_volume_write(machine->esp, MACHINE_LOADER, loader, size, CLOCK_START);
	fake_volume_write(machine->esp, "\\EFI\\BOOT\\BOOTX64.EFI", loader, size, CLOCK_START);
	free(loader);
	fake_loader_register(series);
	fake_os_register();
	if (program)
		fake_images_register(PROGRAM_MARKER, program, true);
	install_programs(machine, "");
	fake_machine_loader_conf(machine, "timeout 0\n");
	set_boot_options(machine);
	fake_firmware_watch(fake_os_watch);
}

void fake_machine_add_xbootldr(struct machine *machine)
{
	if (!machine->xbootldr)
		machine->xbootldr = fake_volume_new(PARTITION_XBOOTLDR, 0, "XBOOTLDR");
}

void fake_machine_configure(struct machine *machine, const char *text)
{
	if (machine->secure_boot)
		install_programs(machine, text);
	else
		fake_volume_write_text(machine->esp, MACHINE_CONFIG, text, CLOCK_START);
}

void fake_machine_loader_conf(struct machine *machine, const char *text)
{
	const char *own = machine->berth == MACHINE_IN_ENTRY   ? "default bootpilot-loader.conf\n"
			  : machine->berth == MACHINE_IN_TYPE2 ? "default bootpilotx64.efi\n"
							       : "";
	char whole[4096];

	snprintf(whole, sizeof(whole), "%s\n%s", text, own); /* the last `default` holds */
	fake_volume_write_text(machine->esp, "\\loader\\loader.conf", whole, CLOCK_START);
}

/* What the firmware itself says in variables before it boots. */
static void export_firmware(const struct machine *machine)
{
	uint32_t passing = EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS;
	uint8_t secure = machine->secure_boot, setup = 0;
	uint64_t indications = 1; /* EFI_OS_INDICATIONS_BOOT_TO_FW_UI */

	fake_variables_write("SecureBoot", &fake_guid_global, passing, &secure, sizeof(secure));
	fake_variables_write("SetupMode", &fake_guid_global, passing, &setup, sizeof(setup));
	fake_variables_write("OsIndicationsSupported", &fake_guid_global, passing, &indications, sizeof(indications));
}

enum outcome fake_machine_boot(struct machine *machine)
{
	fake_os_forget();
	fake_loader_forget();
	export_firmware(machine);
	return fake_firmware_run(fake_bds_run);
}

const char *fake_machine_boot_wrong(struct machine *machine, const char *image, const char *words)
{
	static char wrong[8192]; /* all that they can be */
	enum outcome outcome = fake_machine_boot(machine);
	const struct os_report *report = fake_os_report();

	if (laws_broken())
		return laws_violation(0);
	if (outcome == OUTCOME_OS && strstr(report->image, image) && strstr(report->decision, words))
		return NULL;
	snprintf(wrong, sizeof(wrong), "%s and %s expected, %s started %s; %s", image, words, outcome_name(outcome),
		 report->image, report->decision);
	return wrong;
}
