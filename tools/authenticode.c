/* SPDX-License-Identifier: Apache-2.0 */
#include "authenticode.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "shared/bytes.h"

#define PE_AT             60u
#define OPTIONAL_FROM     24u  /* from the PE signature */
#define CHECKSUM_FROM     (OPTIONAL_FROM + 64u)
#define HEADERS_SIZE_FROM (OPTIONAL_FROM + 60u)
#define DIRECTORIES_FROM  (OPTIONAL_FROM + 108u)
#define SECURITY_FROM     (OPTIONAL_FROM + 112u + 4u * 8u)
#define SECTION_SIZE      40u
#define SECTIONS_MAX      96u
#define CERTIFICATE_HEAD  8u /* WIN_CERTIFICATE: length, revision, type */
#define TYPE_PKCS         2u
#define SPC_INDIRECT_DATA "1.3.6.1.4.1.311.2.1.4"

/* 0 where the bytes end before. */
static uint32_t number_at(struct text bytes, size_t at, unsigned count)
{
	if (at > bytes.len || count > bytes.len - at)
		return 0;
	const uint8_t *from = (const uint8_t *)bytes.at + at;
	return (uint32_t)bytes_take(&from, count);
}

/* WIN_CERTIFICATEs one after the other, each padded to 8 bytes. */
static bool table_read(struct authenticode *image)
{
	struct text table = text_before(text_after(image->image, image->certificates_at), image->certificates_size);
	while (table.len) {
		size_t length = number_at(table, 0, 4);
		if (length <= CERTIFICATE_HEAD || length > table.len)
			return false;
		if (number_at(table, 6, 2) == TYPE_PKCS && image->count < AUTHENTICODE_SIGNATURES_MAX)
			image->signatures[image->count++] =
				text_after(text_before(table, length), CERTIFICATE_HEAD);
		table = text_after(table, (length + 7) & ~(size_t)7);
	}
	return true;
}

bool authenticode_read(struct text image, struct authenticode *ret)
{
	size_t pe = number_at(image, PE_AT, 4);
	*ret = (struct authenticode){ .image = image };
	if (pe > image.len || image.len - pe < SECURITY_FROM + 8)
		return false;
	ret->checksum_at = pe + CHECKSUM_FROM;
	ret->directory_at = pe + SECURITY_FROM;
	ret->headers_size = number_at(image, pe + HEADERS_SIZE_FROM, 4);
	if (ret->headers_size > image.len || ret->headers_size < ret->directory_at + 8)
		return false;
	if (number_at(image, pe + DIRECTORIES_FROM, 4) < 5)
		return false;
	ret->certificates_at = number_at(image, ret->directory_at, 4);
	ret->certificates_size = number_at(image, ret->directory_at + 4, 4);
	if (!ret->certificates_size)
		return true;
	/* They end the file, or what stands behind them would be signed by nobody. */
	return ret->certificates_at >= ret->headers_size && ret->certificates_at <= image.len &&
	       ret->certificates_size == image.len - ret->certificates_at && table_read(ret) && ret->count;
}

struct range {
	size_t at, len;
};

static int range_compare(const void *a, const void *b)
{
	const struct range *left = a, *right = b;
	return left->at < right->at ? -1 : left->at > right->at;
}

/* What is hashed of the file, in this order: the headers without checksum and directory entry, the sections as they lie in the file,
 * and what is behind them up to the certificates. Returns how many ranges there are; 0: contradictions. */
static size_t ranges_list(const struct authenticode *image, struct range ret[SECTIONS_MAX + 4])
{
	size_t pe = number_at(image->image, PE_AT, 4), count = 0, hashed = image->headers_size;
	size_t end = image->certificates_size ? image->certificates_at : image->image.len;
	size_t sections = number_at(image->image, pe + 6, 2);
	size_t table = pe + OPTIONAL_FROM + number_at(image->image, pe + 20, 2);
	ret[count++] = (struct range){ 0, image->checksum_at };
	ret[count++] = (struct range){ image->checksum_at + 4, image->directory_at - image->checksum_at - 4 };
	ret[count++] = (struct range){ image->directory_at + 8, image->headers_size - image->directory_at - 8 };
	if (sections > SECTIONS_MAX || table > image->image.len || sections * SECTION_SIZE > image->image.len - table)
		return 0;
	size_t first = count;
	for (size_t i = 0; i < sections; i++) {
		struct range range = { number_at(image->image, table + i * SECTION_SIZE + 20, 4),
				       number_at(image->image, table + i * SECTION_SIZE + 16, 4) };
		if (!range.len)
			continue;
		if (range.at > end || range.len > end - range.at)
			return 0;
		hashed += range.len;
		ret[count++] = range;
	}
	qsort(ret + first, count - first, sizeof(*ret), range_compare);
	if (hashed > end)
		return 0;
	ret[count++] = (struct range){ hashed, end - hashed };
	return count;
}

static const EVP_MD *digest_of(enum authenticode_digest digest)
{
	switch (digest) {
	case DIGEST_SHA256:
		return EVP_sha256();
	case DIGEST_SHA384:
		return EVP_sha384();
	case DIGEST_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

static void digest_free(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}

size_t authenticode_hash(const struct authenticode *image, enum authenticode_digest digest,
			 uint8_t ret[AUTHENTICODE_DIGEST_MAX])
{
	struct range ranges[SECTIONS_MAX + 4];
	size_t count = ranges_list(image, ranges);
	unsigned len = 0;
	__attribute__((cleanup(digest_free))) EVP_MD_CTX *context = EVP_MD_CTX_new();
	if (!count || !context || !EVP_DigestInit_ex(context, digest_of(digest), NULL))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (!EVP_DigestUpdate(context, image->image.at + ranges[i].at, ranges[i].len))
			return 0;
	return EVP_DigestFinal_ex(context, ret, &len) ? len : 0;
}

static void pkcs7_free(PKCS7 **pkcs7)
{
	PKCS7_free(*pkcs7);
	ERR_clear_error();
}

/* Authenticode has one digest algorithm. With one that it does not know PKCS7_verify() of OpenSSL 3.0 loses memory. */
static bool digest_is_known(const PKCS7_SIGNED *sign)
{
	return sk_X509_ALGOR_num(sign->md_algs) == 1 &&
	       EVP_get_digestbyobj(sk_X509_ALGOR_value(sign->md_algs, 0)->algorithm);
}

static PKCS7 *signature_parse(const struct authenticode *image, size_t n)
{
	const unsigned char *at = (const unsigned char *)image->signatures[n].at;
	PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, (long)image->signatures[n].len);
	if (pkcs7 && (!PKCS7_type_is_signed(pkcs7) || !pkcs7->d.sign || !pkcs7->d.sign->contents ||
		      !digest_is_known(pkcs7->d.sign))) {
		PKCS7_free(pkcs7);
		return NULL;
	}
	return pkcs7;
}

/* What is signed: the inside of SpcIndirectDataContent, which ends in the hash of the image. */
static bool content_of(const PKCS7 *pkcs7, struct text *ret)
{
	char name[64];
	const PKCS7 *contents = pkcs7->d.sign->contents;
	OBJ_obj2txt(name, sizeof(name), contents->type, 1);
	if (strcmp(name, SPC_INDIRECT_DATA) != 0 || !contents->d.other || contents->d.other->type != V_ASN1_SEQUENCE)
		return false;
	const ASN1_STRING *whole = contents->d.other->value.sequence;
	const unsigned char *at = ASN1_STRING_get0_data(whole);
	long len;
	int tag, class;
	if (ASN1_get_object(&at, &len, &tag, &class, ASN1_STRING_length(whole)) & 0x80)
		return false;
	*ret = (struct text){ (const char *)at, (size_t)len };
	return true;
}

/* The content ends in DigestInfo, whose last element is the hash. */
static bool hash_agrees(const struct authenticode *image, struct text content)
{
	for (enum authenticode_digest digest = DIGEST_SHA256; digest <= DIGEST_SHA512; digest++) {
		uint8_t hash[AUTHENTICODE_DIGEST_MAX];
		size_t len = authenticode_hash(image, digest, hash);
		if (!len || content.len < len + 2)
			continue;
		const uint8_t *end = (const uint8_t *)content.at + content.len;
		if (end[-(ptrdiff_t)len - 2] == V_ASN1_OCTET_STRING && end[-(ptrdiff_t)len - 1] == len &&
		    memcmp(end - len, hash, len) == 0)
			return true;
	}
	return false;
}

bool authenticode_fits(const struct authenticode *image, size_t n)
{
	struct text content;
	__attribute__((cleanup(pkcs7_free))) PKCS7 *pkcs7 = signature_parse(image, n);
	return pkcs7 && content_of(pkcs7, &content) && hash_agrees(image, content);
}

static void store_free(X509_STORE **store)
{
	X509_STORE_free(*store);
}

static void certificate_free(X509 **certificate)
{
	X509_free(*certificate);
}

static void bio_free(BIO **bio)
{
	BIO_free(*bio);
}

bool authenticode_is_by(const struct authenticode *image, size_t n, struct text certificate)
{
	struct text content;
	const unsigned char *at = (const unsigned char *)certificate.at;
	__attribute__((cleanup(pkcs7_free))) PKCS7 *pkcs7 = signature_parse(image, n);
	__attribute__((cleanup(certificate_free))) X509 *trusted = d2i_X509(NULL, &at, (long)certificate.len);
	__attribute__((cleanup(store_free))) X509_STORE *store = X509_STORE_new();
	if (!pkcs7 || !trusted || !store || !content_of(pkcs7, &content) || !hash_agrees(image, content))
		return false;
	__attribute__((cleanup(bio_free))) BIO *data = BIO_new_mem_buf(content.at, (int)content.len);
	/* A key in db need not be a root, and its purpose is nobody's business but the owner's. */
	return data && X509_STORE_add_cert(store, trusted) &&
	       X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME) &&
	       X509_STORE_set_purpose(store, X509_PURPOSE_ANY) &&
	       PKCS7_verify(pkcs7, NULL, store, data, NULL, PKCS7_BINARY) == 1;
}

void authenticode_certificates(const struct authenticode *image, size_t n,
			       void (*see)(void *context, const uint8_t *tbs, size_t len), void *context)
{
	__attribute__((cleanup(pkcs7_free))) PKCS7 *pkcs7 = signature_parse(image, n);
	const STACK_OF(X509) *all = pkcs7 ? pkcs7->d.sign->cert : NULL;
	for (int i = 0; all && i < sk_X509_num(all); i++) {
		unsigned char *tbs = NULL;
		int len = i2d_re_X509_tbs(sk_X509_value(all, i), &tbs);
		if (len > 0)
			see(context, tbs, (size_t)len);
		OPENSSL_free(tbs);
	}
}

struct text authenticode_signer(struct heap *heap, const struct authenticode *image, size_t n)
{
	char name[256];
	__attribute__((cleanup(pkcs7_free))) PKCS7 *pkcs7 = signature_parse(image, n);
	STACK_OF(PKCS7_SIGNER_INFO) *infos = pkcs7 ? PKCS7_get_signer_info(pkcs7) : NULL;
	X509 *signer = infos && sk_PKCS7_SIGNER_INFO_num(infos) > 0
			       ? PKCS7_cert_from_signer_info(pkcs7, sk_PKCS7_SIGNER_INFO_value(infos, 0))
			       : NULL;
	if (!signer || X509_NAME_get_text_by_NID(X509_get_subject_name(signer), NID_commonName, name, sizeof(name)) < 0)
		return TEXT_EMPTY;
	return heap_keep(heap, text_of(name));
}
