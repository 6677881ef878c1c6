/* SPDX-License-Identifier: Apache-2.0 */
#include "image.h"

#include "build.h"

/* Nothing refers to the sections that others read, so they must be kept in spite of that. */
#define IN_SECTION(name) __attribute__((used, section(name)))

const char image_version[] = BUILD_VERSION;
const char image_arch[] = BUILD_ARCH;
const uint16_t image_machine = BUILD_MACHINE;

/* bootctl looks for this mark to see which loader a file is; it never overwrites one of another product. */
IN_SECTION(".rodata.loaderinfo")
static const char loader_info[] = "#### LoaderInfo: bootpilot " BUILD_VERSION " ####";

/* shim refuses generations that were revoked (SBAT.md). Ours is raised when a release must no longer be started.
 * No NUL at the end: it would be part of the text. */
#define SBAT                                                                                                           \
	"sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"                                \
	"bootpilot,1,Bootpilot,bootpilot," BUILD_VERSION "," BUILD_URL "\n"
IN_SECTION(".sbat") static const char sbat[sizeof(SBAT) - 1] = SBAT;

/* systemd-boot shows PRETTY_NAME, sorts by ID and VERSION_ID, and hides images that lack one of them. */
#define OSREL                                                                                                          \
	"ID=bootpilot\n"                                                                                               \
	"NAME=\"Bootpilot\"\n"                                                                                         \
	"PRETTY_NAME=\"Bootpilot\"\n"                                                                                  \
	"VERSION_ID=" BUILD_VERSION "\n"
IN_SECTION(".osrel") static const char osrel[sizeof(OSREL) - 1] = OSREL;

/* The bytes of make CONFIG=file, each with a comma behind it; the rest is zero. */
IN_SECTION(".bpcfg")
static const uint8_t config[IMAGE_CONFIG_SIZE] = {
#include "image-config.inc"
	0
};

struct text image_config(void)
{
	const char *at = (const char *)config;
	size_t len = 0;

	/* The compiler knows what stands in config, but not what the section holds once another tool replaced it. */
	__asm__("" : "+r"(at));

	while (len < IMAGE_CONFIG_SIZE && at[len] != '\0')
		len++;
	return (struct text){ at, len };
}
