/* SPDX-License-Identifier: Apache-2.0 */
/* The contract on the fake firmware: out/tests/test_contract. Says only what fails, or everything with --all. */
#include "contract.h"

#include <stdio.h>
#include <string.h>

#include "disk.h"
#include "tests/fake/bds.h"
#include "tests/fake/firmware.h"
#include "tests/fake/laws.h"
#include "tests/fake/machine.h"
#include "tests/fake/tpm.h"
#include "tests/fake/variables.h"

static unsigned passed, failed;
static bool all;

static void say(void *context, const char *line)
{
	bool ok = strncmp(line, "ok ", 3) == 0;

	if (all || !ok)
		printf("%s\n", line);
	passed += ok;
	failed += !ok;
}

static EFI_STATUS run(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	struct contract c = { .image = image,
			      .system = system,
			      .boot = system->BootServices,
			      .runtime = system->RuntimeServices,
			      .full = true,
			      .say = say };
	EFI_LOADED_IMAGE *self;
	EFI_STATUS s;

	if (contract_child(image, system, &s))
		return s;
	self = protocol_of(&c, image, &contract_loaded_image);
	c.esp = self->DeviceHandle;
	if (contract_was_reset(&c))
		contract_check_after_reset(&c);
	else
		contract_check(&c);
	return EFI_ABORTED;
}

static void expect(const char *what, enum outcome got, enum outcome wanted)
{
	char line[200];

	snprintf(line, sizeof(line), "%s ResetSystem: %s ends with %s", got == wanted ? "ok" : "FAIL", what,
		 outcome_name(got));
	say(NULL, line);
	for (size_t i = 0; i < laws_broken(); i++) {
		snprintf(line, sizeof(line), "FAIL fake: %.150s", laws_violation(i));
		say(NULL, line);
	}
}

/* Two power cycles of one machine, as in OVMF. */
static void check(bool measures)
{
	static struct machine machine;

	fake_machine_new(&machine, 257, MACHINE_PLAIN, false, NULL);
	fake_tpm_plug(measures, measures);
	fake_variables_of_anybody(true);
	contract_disk_make(machine.esp);
	fake_images_register(CONTRACT_MARKER, run, true);
	fake_bds_clear();
	fake_bds_add("contract", machine.esp, CONTRACT_PROGRAM);
	expect("the first power cycle", fake_machine_boot(&machine), OUTCOME_RESET);
	expect("the second power cycle", fake_machine_boot(&machine), OUTCOME_POWEROFF);
	fake_firmware_new();
	fake_variables_of_anybody(false);
}

int main(int argc, char **argv)
{
	all = argc > 1 && strcmp(argv[1], "--all") == 0;
	check(false);
	check(true);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
