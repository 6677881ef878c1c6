/* SPDX-License-Identifier: Apache-2.0 */
/* image.h - what this EFI image says of itself, and the configuration that it carries.
 *
 * The image has a section .sbat for shim (SBAT.md), .osrel (os-release(5)) so that systemd-boot lists the image as a
 * Type #2 entry when it lies in \EFI\Linux, and .bpcfg for the configuration. */
#ifndef BOOTPILOT_EFI_IMAGE_H
#define BOOTPILOT_EFI_IMAGE_H

#include "shared/text.h"

#define IMAGE_CONFIG_SIZE 4096u /* bytes of section .bpcfg; the text in it ends with at least one NUL */

extern const char image_version[];   /* "0.1.0" */
extern const char image_arch[];      /* as in the names of boot loaders: "x64" of systemd-bootx64.efi */
extern const uint16_t image_machine; /* of the PE headers of images that run here */

/* The text of section .bpcfg as it is in this image now: `bootpilotctl configure` may have changed it. */
struct text image_config(void);

#endif
