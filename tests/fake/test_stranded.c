/* SPDX-License-Identifier: Apache-2.0 */
/* Bootpilot as an entry whose file is refused: systemd-boot gives up, and the firmware's next option is another file of ours, as
 * net. An OS starts, whatever there is to choose from: systemd-boot, left alone once more, would give up once more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "bds.h"
#include "clock.h"
#include "firmware.h"
#include "images.h"
#include "laws.h"
#include "os.h"
#include "situation.h"

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system);

#define NET "\\EFI\\bootpilot\\bootpilot-netx64.efi"

static struct stage stage;

/* The berth's own file is refused with STATUS; a copy of it stands behind systemd-boot's boot option. */
static void refuse_entry(EFI_STATUS status)
{
	bool type2 = stage.machine.berth == MACHINE_IN_TYPE2;
	const char *own = type2 ? MACHINE_TYPE2 : MACHINE_PROGRAM;
	const struct node *node = fake_volume_find(stage.machine.esp, own);

	fake_volume_write(stage.machine.esp, NET, node->bytes, node->size, CLOCK_START);
	fake_images_refuse(own, status);
	fake_bds_add("Bootpilot (net)", stage.machine.esp, NET);
}

static void test_the_net_finds_an_os(void **state)
{
	static const struct {
		const char *about, *lines, *image;
	} rows[] = {
		{ "active is good", "given entry active.conf\ngiven entry passive.conf\n", "active" },
		{ "active is exhausted", "given entry active+0-3.conf\ngiven entry passive.conf\n", "passive" },
		{ "active cannot be loaded", "given entry active.conf state=unloadable\ngiven entry passive.conf\n", "passive" },
		{ "nothing has a role", "given entry memtest.conf key=efi\n", "memtest" },
		{ "another system's names", "given entry os_1.2.conf version=1.2\ngiven entry os_1.1.conf version=1.1\n", "os_1" },
	};
	static const EFI_STATUS refusals[] = { EFI_SECURITY_VIOLATION, EFI_ACCESS_DENIED };
	static const enum machine_berth berths[] = { MACHINE_IN_ENTRY, MACHINE_IN_TYPE2 };
	static const unsigned all_series[] = { 252, 254, 257, 262 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t b = 0; b < 2; b++)
			for (size_t s = 0; s < 4; s++)
				for (size_t how = 0; how < 2; how++) {
					fake_situation_begin(&stage, berths[b], all_series[s], efi_main, rows[i].lines);
					refuse_entry(refusals[how]);
					fake_machine_boot(&stage.machine);
					if (laws_broken())
						fail_msg("%s: %s", rows[i].about, laws_violation(0));
					if (!strstr(fake_os_report()->image, rows[i].image))
						fail_msg("%s, berth %d, %u: `%s` was started; %s", rows[i].about, (int)berths[b],
							 all_series[s], fake_os_report()->image,
							 fake_os_report()->decision);
				}
	assert_null(*state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_net_finds_an_os),
	};

	return cmocka_run_group_tests(tests, NULL, fake_firmware_forget);
}
