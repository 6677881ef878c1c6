/* SPDX-License-Identifier: Apache-2.0 */
/* authenticode.h - the signatures in an EFI image, and whether they fit its bytes and a key.
 *
 * Sources: Windows Authenticode Portable Executable Signature Format (Microsoft), PE/COFF specification; what EDK2's
 * DxeImageVerificationLib makes of them. The image is in memory and may hold anything. */
#ifndef BOOTPILOT_AUTHENTICODE_H
#define BOOTPILOT_AUTHENTICODE_H

#include "heap.h"

#define AUTHENTICODE_SIGNATURES_MAX 16u
#define AUTHENTICODE_DIGEST_MAX     64u /* bytes: SHA-512 */

enum authenticode_digest { DIGEST_SHA256, DIGEST_SHA384, DIGEST_SHA512 };
#define DIGEST_COUNT 3

/* Where the parts of an image lie that are hashed. */
struct authenticode {
	struct text image;
	size_t checksum_at, directory_at; /* 4 and 8 bytes that are passed over */
	size_t headers_size;
	size_t certificates_at, certificates_size; /* 0: not signed */
	struct text signatures[AUTHENTICODE_SIGNATURES_MAX]; /* each a PKCS #7 SignedData, DER */
	size_t count;
};

/* IMAGE is one that image_inspect() accepts. False: its table of certificates is not one, or the headers contradict themselves. */
bool authenticode_read(struct text image, struct authenticode *ret);

/* The hash of all that a signature covers. Returns its length, 0 if the sections contradict the file. */
size_t authenticode_hash(const struct authenticode *image, enum authenticode_digest digest,
			 uint8_t ret[AUTHENTICODE_DIGEST_MAX]);

/* Signature N is about exactly these bytes, by whomever. */
bool authenticode_fits(const struct authenticode *image, size_t n);

/* It fits, and was made with CERTIFICATE (X.509, DER) or one that leads up to it. Dates do not matter: firmware has no clock to trust. */
bool authenticode_is_by(const struct authenticode *image, size_t n, struct text certificate);

/* SEE(context, der, len) for each certificate that signature N carries and that is to be revoked by the hash of its TBS part. */
void authenticode_certificates(const struct authenticode *image, size_t n,
			       void (*see)(void *context, const uint8_t *tbs, size_t len), void *context);

/* "Bootpilot throwaway key": whom signature N names as its signer; empty: it names nobody. */
struct text authenticode_signer(struct heap *heap, const struct authenticode *image, size_t n);

#endif
