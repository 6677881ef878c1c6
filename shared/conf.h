/* SPDX-License-Identifier: Apache-2.0 */
/* conf.h - the text of a Type #1 entry, \loader\entries\*.conf
 *
 * Source: Boot Loader Specification (UAPI.1), "Type #1 Boot Loader Entry Keys"; where a key comes twice the last one holds,
 * as in systemd-boot. Texts borrow from the file's bytes. */
#ifndef BOOTPILOT_CONF_H
#define BOOTPILOT_CONF_H

#include "text.h"

#define CONF_SIZE_MAX 16384u /* bytes; no real entry comes near, and a larger one is a fact, not a reason to read on */

enum conf_key {
	CONF_KEY_NONE, /* neither linux nor uki nor efi: no boot loader lists it */
	CONF_KEY_LINUX,
	CONF_KEY_UKI, /* systemd-boot 258 and newer */
	CONF_KEY_EFI, /* counted by systemd-boot 257 and older only */
};

struct conf {
	enum conf_key key;
	bool mixed; /* two kinds of these keys: systemd-boot 258 hides the entry, 257 takes the last, as `key` does */
	struct text image; /* value of that key as written: '/' or '\', perhaps without a leading one */
	struct text title;
	struct text sort_key;
	struct text version;
	struct text machine_id;
	struct text architecture; /* x64, aa64, ...; empty: any */
	struct text options;      /* of the last such line; systemd-boot joins them all */
	bool has_profile;
	uint32_t profile; /* 0.. */
};

/* Never fails: what is not understood is passed over. BYTES may hold anything. */
void conf_parse(struct text bytes, struct conf *ret);

#endif
