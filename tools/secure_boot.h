/* SPDX-License-Identifier: Apache-2.0 */
/* secure_boot.h - would firmware start an image? db says whom it trusts, dbx whom it does not any more.
 *
 * Source: UEFI specification 32.4 (signature database, EFI_SIGNATURE_LIST) and 32.5 (image authorisation). Stricter than firmware where it
 * may go either way: a certificate that is revoked from a date on counts as revoked. */
#ifndef BOOTPILOT_SECURE_BOOT_H
#define BOOTPILOT_SECURE_BOOT_H

#include "heap.h"

enum trust {
	TRUST_DB = 0,    /* a key or a hash in db, and nothing in dbx, speaks for it */
	TRUST_UNSIGNED,  /* and its hash is not in db */
	TRUST_DAMAGED,   /* no signature fits its bytes: changed since it was signed */
	TRUST_OTHER_KEY, /* signed, by nobody that db knows */
	TRUST_REVOKED,   /* by dbx: its hash, or the key that signed it */
	TRUST_MALFORMED, /* its table of certificates is none */
};

struct secure_boot {
	bool known;  /* variables could be read */
	bool on;     /* SecureBoot says so */
	struct text db, dbx;
};

/* Reads the variables of this machine. */
void secure_boot_read(struct heap *heap, struct secure_boot *ret);

/* IMAGE is a whole file that image_inspect() accepts. With Secure Boot off, only TRUST_DB and TRUST_DAMAGED are told apart: an image that
 * was changed after it was signed is not what somebody built. *ret_signer: who signed it, if anybody; else empty. */
enum trust secure_boot_judge(struct heap *heap, const struct secure_boot *secure_boot, struct text image,
			     struct text *ret_signer);

#endif
