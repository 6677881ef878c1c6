/* SPDX-License-Identifier: Apache-2.0 */
#include "secure_boot.h"

#include <openssl/evp.h>
#include <string.h>

#include "authenticode.h"
#include "shared/bytes.h"

#define GUID_SIZE 16u
#define LIST_HEAD (GUID_SIZE + 12u) /* EFI_SIGNATURE_LIST: type, whole size, size of a header, size of one signature */

enum list_kind { LIST_X509, LIST_HASH, LIST_TBS_HASH };

/* As the GUIDs lie in memory. */
static const struct list_type {
	uint8_t guid[GUID_SIZE];
	enum list_kind kind;
	enum authenticode_digest digest;
} list_types[] = {
	{ { 0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72 },
	  LIST_X509,
	  DIGEST_SHA256 }, /* EFI_CERT_X509_GUID */
	{ { 0x26, 0x16, 0xc4, 0xc1, 0x4c, 0x50, 0x92, 0x40, 0xac, 0xa9, 0x41, 0xf9, 0x36, 0x93, 0x43, 0x28 },
	  LIST_HASH,
	  DIGEST_SHA256 }, /* EFI_CERT_SHA256_GUID */
	{ { 0x07, 0x53, 0x3e, 0xff, 0xd0, 0x9f, 0xc9, 0x48, 0x85, 0xf1, 0x8a, 0xd5, 0x6c, 0x70, 0x1e, 0x01 },
	  LIST_HASH,
	  DIGEST_SHA384 }, /* EFI_CERT_SHA384_GUID */
	{ { 0xae, 0x0f, 0x3e, 0x09, 0xc4, 0xa6, 0x50, 0x4f, 0x9f, 0x1b, 0xd4, 0x1e, 0x2b, 0x89, 0xc1, 0x9a },
	  LIST_HASH,
	  DIGEST_SHA512 }, /* EFI_CERT_SHA512_GUID */
	{ { 0x92, 0xa4, 0xd2, 0x3b, 0xc0, 0x96, 0x79, 0x40, 0xb4, 0x20, 0xfc, 0xf9, 0x8e, 0xf1, 0x03, 0xed },
	  LIST_TBS_HASH,
	  DIGEST_SHA256 }, /* EFI_CERT_X509_SHA256_GUID */
	{ { 0x6e, 0x87, 0x76, 0x70, 0xc2, 0x80, 0xe6, 0x4e, 0xaa, 0xd2, 0x28, 0xb3, 0x49, 0xa6, 0x86, 0x5b },
	  LIST_TBS_HASH,
	  DIGEST_SHA384 }, /* EFI_CERT_X509_SHA384_GUID */
	{ { 0x63, 0xbf, 0x6d, 0x44, 0x02, 0x25, 0xda, 0x4c, 0xbc, 0xfa, 0x24, 0x65, 0xd2, 0xb0, 0xfe, 0x9d },
	  LIST_TBS_HASH,
	  DIGEST_SHA512 }, /* EFI_CERT_X509_SHA512_GUID */
};

static const size_t digest_sizes[DIGEST_COUNT] = { [DIGEST_SHA256] = 32, [DIGEST_SHA384] = 48, [DIGEST_SHA512] = 64 };

/* A database, signature by signature. */
struct database_reader {
	struct text lists; /* that were not looked at */
	struct text rest;  /* signatures of the current list that were not */
	const struct list_type *type;
	size_t size;       /* of one signature with its owner */
};

/* Opens the next list. What cannot be one ends the database, as it does for firmware. */
static bool list_open(struct database_reader *reader)
{
	struct text lists = reader->lists;
	if (lists.len < LIST_HEAD)
		return false;
	const uint8_t *at = (const uint8_t *)lists.at + GUID_SIZE;
	size_t whole = (size_t)bytes_take(&at, 4), header = (size_t)bytes_take(&at, 4), size = (size_t)bytes_take(&at, 4);
	if (whole < LIST_HEAD || whole > lists.len || header > whole - LIST_HEAD || size <= GUID_SIZE)
		return false;
	reader->type = NULL;
	for (size_t i = 0; i < sizeof(list_types) / sizeof(list_types[0]); i++)
		if (memcmp(lists.at, list_types[i].guid, GUID_SIZE) == 0)
			reader->type = &list_types[i];
	reader->size = size;
	reader->rest = text_after(text_before(lists, whole), LIST_HEAD + header);
	reader->lists = text_after(lists, whole);
	return true;
}

/* The next signature of a known kind, without its owner. */
static bool signature_next(struct database_reader *reader, struct text *ret)
{
	while (!reader->type || reader->rest.len < reader->size)
		if (!list_open(reader))
			return false;
	*ret = text_after(text_before(reader->rest, reader->size), GUID_SIZE);
	reader->rest = text_after(reader->rest, reader->size);
	return true;
}

static bool hash_is_listed(struct text database, const struct authenticode *image)
{
	struct database_reader reader = { .lists = database };
	struct text signature;
	while (signature_next(&reader, &signature)) {
		uint8_t hash[AUTHENTICODE_DIGEST_MAX];
		if (reader.type->kind != LIST_HASH)
			continue;
		size_t len = authenticode_hash(image, reader.type->digest, hash);
		if (len && signature.len == len && memcmp(signature.at, hash, len) == 0)
			return true;
	}
	return false;
}

static bool key_is_listed(struct text database, const struct authenticode *image, size_t n)
{
	struct database_reader reader = { .lists = database };
	struct text signature;
	while (signature_next(&reader, &signature))
		if (reader.type->kind == LIST_X509 && authenticode_is_by(image, n, signature))
			return true;
	return false;
}

struct tbs_search {
	struct text database;
	bool found;
};

/* An entry is the hash, and the time from which on it is revoked: for us always. */
static void tbs_see(void *context, const uint8_t *tbs, size_t len)
{
	static const EVP_MD *(*const digests[DIGEST_COUNT])(void) = { EVP_sha256, EVP_sha384, EVP_sha512 };
	struct tbs_search *search = context;
	struct database_reader reader = { .lists = search->database };
	struct text signature;
	while (signature_next(&reader, &signature)) {
		uint8_t hash[EVP_MAX_MD_SIZE];
		size_t size = digest_sizes[reader.type->digest];
		if (reader.type->kind == LIST_TBS_HASH && signature.len >= size &&
		    EVP_Digest(tbs, len, hash, NULL, digests[reader.type->digest](), NULL) &&
		    memcmp(signature.at, hash, size) == 0)
			search->found = true;
	}
}

/* Firmware looks at dbx first: an image hash there is final, a key there spoils the signatures that lead to it. */
static enum trust signatures_judge(const struct secure_boot *secure_boot, const struct authenticode *image)
{
	bool fits = false, revoked = false;
	for (size_t n = 0; n < image->count; n++) {
		struct tbs_search search = { .database = secure_boot->dbx };
		if (!authenticode_fits(image, n))
			continue;
		fits = true;
		if (!secure_boot->on)
			return TRUST_DB;
		authenticode_certificates(image, n, tbs_see, &search);
		if (search.found || key_is_listed(secure_boot->dbx, image, n))
			revoked = true;
		else if (key_is_listed(secure_boot->db, image, n))
			return TRUST_DB;
	}
	return !fits ? TRUST_DAMAGED : revoked ? TRUST_REVOKED : TRUST_OTHER_KEY;
}

enum trust secure_boot_judge(struct heap *heap, const struct secure_boot *secure_boot, struct text image,
			     struct text *ret_signer)
{
	struct authenticode parts;
	*ret_signer = TEXT_EMPTY;
	if (!authenticode_read(image, &parts))
		return TRUST_MALFORMED;
	if (parts.count)
		*ret_signer = authenticode_signer(heap, &parts, 0);
	if (!parts.count && !secure_boot->on)
		return TRUST_DB;
	if (secure_boot->on && hash_is_listed(secure_boot->dbx, &parts))
		return TRUST_REVOKED;
	if (secure_boot->on && hash_is_listed(secure_boot->db, &parts))
		return TRUST_DB;
	return parts.count ? signatures_judge(secure_boot, &parts) : TRUST_UNSIGNED;
}
