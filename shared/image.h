/* SPDX-License-Identifier: Apache-2.0 */
/* image.h - what can be known of a PE image without loading it: could it start here, and what a Type #2 image says of itself.
 *
 * Source: PE/COFF specification (Microsoft), UKI specification (UAPI.5), os-release(5). The image is read in small pieces
 * through a source of the caller's: at most IMAGE_READ_MAX bytes in all, whatever its size. */
#ifndef BOOTPILOT_IMAGE_H
#define BOOTPILOT_IMAGE_H

#include "text.h"

#define IMAGE_READ_MAX     16384u /* bytes, for one image, headers and section texts together */
#define IMAGE_SECTIONS_MAX 96u    /* the most the Windows loader accepts; sd-stub UKIs have about 20 */
#define IMAGE_TEXT_MAX     4096u  /* bytes of .osrel or .profile that are read */

#define IMAGE_MACHINE_X64  0x8664u
#define IMAGE_MACHINE_AA64 0xAA64u

/* Reads exactly SIZE bytes at OFFSET. False if that failed; then nothing may be concluded about the image. */
struct image_source {
	void *context;
	uint64_t size_bytes; /* of the whole file */
	bool (*read)(void *context, uint64_t offset, void *ret, size_t size);
};

enum image_state {
	IMAGE_OK = 0,
	IMAGE_EMPTY,         /* no byte in it */
	IMAGE_NOT_PE,        /* no MZ, no PE signature, no PE32+ header, or headers that contradict themselves */
	IMAGE_TRUNCATED,     /* headers or a section reach beyond the end of the file */
	IMAGE_OTHER_MACHINE, /* for another processor */
	IMAGE_READ_FAILED,   /* the source failed: unknown, not broken */
};

struct image_section {
	char name[9];    /* terminated */
	uint32_t offset; /* in the file */
	uint32_t size;   /* bytes: the smaller of raw and virtual size */
};

struct image {
	uint16_t machine;     /* IMAGE_MACHINE_... */
	uint16_t subsystem;   /* 10 application, 11 boot service driver */
	uint64_t header_hash; /* over the headers and the section table: another build gives another value */
	struct image_section sections[IMAGE_SECTIONS_MAX];
	size_t section_count;
};

/* Reads the headers. MACHINE is the one we run on. *ret is written only for IMAGE_OK. */
enum image_state image_inspect(const struct image_source *source, uint16_t machine, struct image *ret);

/* The N-th section (0..) called NAME, or NULL. Sections behind the first `.profile` belong to profiles and are found by
 * image_profile_count() alone; asking for other names looks in the base only. */
const struct image_section *image_find(const struct image *image, const char *name, size_t n);

/* Profiles of a multi-profile UKI: the number of .profile sections, at least 1. */
size_t image_profile_count(const struct image *image);

/* Reads a section's text into BUFFER of SIZE bytes, up to its first NUL. False if the source failed or it does not fit. */
bool image_read_text(const struct image_source *source, const struct image_section *section, char *buffer, size_t size,
		     struct text *ret);

/* What systemd-boot takes from .osrel: an image without a name is not listed. Texts borrow from OSREL. */
struct osrel {
	struct text
		title; /* PRETTY_NAME, IMAGE_ID, NAME, ID: the first there is; empty: systemd-boot hides the image */
	struct text sort_key; /* IMAGE_ID, ID */
	struct text version;  /* IMAGE_VERSION, VERSION, VERSION_ID, BUILD_ID */
};

void osrel_parse(struct text osrel, struct osrel *ret);

#endif
