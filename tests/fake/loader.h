/* SPDX-License-Identifier: Apache-2.0 */
/* loader.h - systemd-boot, as far as its rules for entries go: one run of it against the fake firmware.
 *
 * A second reading of systemd-boot's behaviour (what 252.39, 254.26, 257.13 and 262.1 were measured to do), written
 * without shared/'s rules for counters, order and globs, so that the two can disagree. Left out: profiles of multi-profile
 * UKIs, auto-entries other than the firmware setup, the menu itself, the random seed, Secure Boot enrolment. */
#ifndef FAKE_LOADER_H
#define FAKE_LOADER_H

#include <stddef.h>
#include <stdint.h>

#include <efi.h>

#define LOADER_MARKER "#### LoaderInfo: systemd-boot " /* what every systemd-boot image has in .sdmagic */

/* Its file for SERIES (252, 254, 257, 262), a PE image; malloc()ed. */
uint8_t *fake_loader_file(unsigned series, size_t *ret_size);
const char *fake_loader_version(unsigned series); /* "257.13" */

/* Images that carry LOADER_MARKER are systemd-boot of SERIES from now on. */
void fake_loader_register(unsigned series);

struct loader_trace {
	char id[512];      /* of the entry started last, in this version's form; empty: none yet */
	char file[512];    /* its file name after counting */
	EFI_STATUS status; /* of the last image that came back */
};

/* Of the current or last power cycle; emptied by fake_loader_register() and fake_loader_forget(). */
const struct loader_trace *fake_loader_trace(void);
void fake_loader_forget(void);

#endif
