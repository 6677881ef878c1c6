/* SPDX-License-Identifier: Apache-2.0 */
/* loader-vars.h - the variables that Bootpilot reads and writes: names, vendor GUIDs, attributes.
 *
 * Source: Boot Loader Interface (systemd.io/BOOT_LOADER_INTERFACE) for the loader's, UEFI specification 3.3 for SecureBoot,
 * design.md section 5 for our own. Texts are UTF-16LE with a terminating NUL. */
#ifndef BOOTPILOT_LOADER_VARS_H
#define BOOTPILOT_LOADER_VARS_H

#define VARIABLE_NV 0x1u /* kept over power-off */
#define VARIABLE_BS 0x2u /* readable before ExitBootServices */
#define VARIABLE_RT 0x4u /* readable and writable by the OS */

/* As fields of an EFI_GUID initialiser. */
#define LOADER_GUID                                                                                                    \
	{                                                                                                              \
		0x4a67b082, 0x0a4c, 0x41cf,                                                                            \
		{                                                                                                      \
			0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f                                                 \
		}                                                                                                      \
	}
#define BOOTPILOT_GUID                                                                                                 \
	{                                                                                                              \
		0x6f0e3d1c, 0x52b8, 0x4a57,                                                                            \
		{                                                                                                      \
			0x9d, 0x0b, 0x3c, 0x8f, 0x7e, 0x41, 0xa2, 0xd9                                                 \
		}                                                                                                      \
	}

#define LOADER_ONESHOT         "LoaderEntryOneShot"   /* NV BS RT: entry id (a glob) for the next boot */
#define LOADER_DEFAULT         "LoaderEntryDefault"   /* NV BS RT: a person's default */
#define LOADER_PREFERRED       "LoaderEntryPreferred" /* NV BS RT: the same, bad entries passed over (systemd 260) */
#define LOADER_ENTRIES         "LoaderEntries"        /* BS RT: every id, one after the other, each with its NUL */
#define LOADER_SELECTED        "LoaderEntrySelected"  /* BS RT: the id that is being started */
#define LOADER_FEATURES        "LoaderFeatures"       /* BS RT: 64 bits */
#define LOADER_INFO            "LoaderInfo"           /* BS RT: "systemd-boot 257.13-1" */
#define LOADER_MENU            "LoaderConfigTimeoutOneShot" /* menu time-out of one boot; set at all, it forces the menu */
#define LOADER_BOOT_COUNT_PATH "LoaderBootCountPath"        /* BS RT: the counted file that blessing renames */

#define LOADER_EXPORTS (VARIABLE_BS | VARIABLE_RT) /* attributes of all that the loader says of itself */

#define LOADER_FEATURE_TYPE1_UKI                                                                                       \
	(UINT64_C(1) << 16) /* knows the key uki; the same releases no longer count the key efi */
#define LOADER_MAJOR_TYPE1_UKI 258u

#define BOOTPILOT_DECISION "BootpilotDecision" /* BS RT */
#define BOOTPILOT_STATE    "BootpilotState"    /* BS RT */
#define BOOTPILOT_RECORD0  "BootpilotRecord0"  /* NV BS: out of the OS's reach */
#define BOOTPILOT_RECORD1  "BootpilotRecord1"  /* NV BS */
#define BOOTPILOT_VISIT    "BootpilotVisit"    /* BS: this power cycle */
#define BOOTPILOT_NOTE     "BootpilotNote"     /* NV BS RT: from the OS */

#endif
