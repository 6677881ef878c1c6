/* SPDX-License-Identifier: Apache-2.0 */
/* hash.h - fingerprints (FNV-1a, 64 bits) and the record's CRC (CRC-32, IEEE 802.3). Neither is a protection against
 * somebody who wants a collision; both notice change and damage. */
#ifndef BOOTPILOT_HASH_H
#define BOOTPILOT_HASH_H

#include "text.h"

#define HASH_START 0xcbf29ce484222325u

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);
uint64_t hash_uint(uint64_t hash, uint64_t value);     /* as eight bytes, little endian */
uint64_t hash_text(uint64_t hash, struct text t);      /* its length, then its bytes: "ab"+"c" differs from "a"+"bc" */
uint64_t hash_text_fold(uint64_t hash, struct text t); /* the same in lower case */

uint32_t crc32_of(const void *bytes, size_t size);

#endif
