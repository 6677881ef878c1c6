/* SPDX-License-Identifier: Apache-2.0 */
/* machine.h - a computer with systemd-boot and the program under test installed in one of its berths. */
#ifndef FAKE_MACHINE_H
#define FAKE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

#include "images.h"
#include "power.h"
#include "volume.h"

#define MACHINE_LOADER  "\\EFI\\systemd\\systemd-bootx64.efi"
#define MACHINE_DRIVER  "\\EFI\\systemd\\drivers\\bootpilotx64.efi"
#define MACHINE_PROGRAM "\\EFI\\bootpilot\\bootpilotx64.efi"
#define MACHINE_TYPE2   "\\EFI\\Linux\\bootpilotx64.efi"
#define MACHINE_ENTRY   "\\loader\\entries\\bootpilot-loader.conf"
#define MACHINE_CONFIG  "\\EFI\\bootpilot\\bootpilot.cfg"

enum machine_berth {
	MACHINE_PLAIN, /* systemd-boot alone */
	MACHINE_IN_DRIVER,
	MACHINE_IN_ENTRY,
	MACHINE_IN_TYPE2,
	MACHINE_IN_FIRST,
	MACHINE_IN_NET, /* driver, and the program in BootOrder behind systemd-boot */
};

struct machine {
	unsigned series;
	enum machine_berth berth;
	bool secure_boot;
	struct volume *esp;
	struct volume *xbootldr; /* NULL: none */
};

/* A new firmware with one GPT disk; systemd-boot of SERIES in \EFI\systemd and \EFI\BOOT, PROGRAM in its berth. */
void fake_machine_new(struct machine *machine, unsigned series, enum machine_berth berth, bool secure_boot,
		      image_entry program);
void fake_machine_add_xbootldr(struct machine *machine);

/* The program's configuration: a file, or with Secure Boot on the section .bpcfg of its image. */
void fake_machine_configure(struct machine *machine, const char *text);

/* Writes \loader\loader.conf; in the berths that need it, with the line that makes the program the default. */
void fake_machine_loader_conf(struct machine *machine, const char *text);

/* One power cycle through the boot options. os.h says what was started. */
enum outcome fake_machine_boot(struct machine *machine);

/* The same, for a test that knows how it must end: an OS whose path has IMAGE in it, the decision with WORDS, and no law of
 * the firmware broken. NULL if so; else what came instead, until the next call. */
const char *fake_machine_boot_wrong(struct machine *machine, const char *image, const char *words);

#endif
