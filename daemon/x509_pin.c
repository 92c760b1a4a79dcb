// SPDX-License-Identifier: Apache-2.0
/*
 * x509_pin: owns pinned keys: SHA-256 over a SubjectPublicKeyInfo, written in
 * base64 as in RFC 7469 2.4.
 */
#include <openssl/err.h>
#include <openssl/sha.h>
#include <string.h>

#include "daemon/x509_local.h"

static int sextet(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? at - alphabet : -1;
}

/* 43 digits and "=": the last of them has two bits too many, which are zero. */
bool tlsup_pin_parse(const char *text, uint8_t pin[TLSUP_PIN])
{
	uint32_t bits = 0;
	size_t i, n = 0;
	int have = 0, six;

	if (strlen(text) != 44 || text[43] != '=')
		return false;
	for (i = 0; i < 43; i++) {
		six = sextet(text[i]);
		if (six < 0)
			return false;
		bits = (bits << 6 | six) & 0xffff;
		have += 6;
		if (have >= 8) {
			have -= 8;
			pin[n++] = bits >> have;
		}
	}
	return n == TLSUP_PIN && !(bits & 3);
}

bool tlsup_trust_add_pin(struct tlsup_trust *trust,
			 const uint8_t pin[TLSUP_PIN])
{
	static const char tag[] = "pin";

	if (trust->pins_n == TLSUP_PINS_MAX)
		return false;
	memcpy(trust->pins[trust->pins_n++], pin, TLSUP_PIN);
	EVP_DigestUpdate(trust->digest, tag, sizeof(tag));
	EVP_DigestUpdate(trust->digest, pin, TLSUP_PIN);
	return true;
}

void tlsup_trust_set_pins_alone(struct tlsup_trust *trust)
{
	static const char tag[] = "pins alone";

	trust->pins_alone = true;
	trust->usable = true;
	EVP_DigestUpdate(trust->digest, tag, sizeof(tag));
}

static bool spki_digest(X509 *cert, uint8_t digest[TLSUP_PIN])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);
	bool done = len > 0 && EVP_Digest(der, len, digest, NULL,
					  EVP_sha256(), NULL) == 1;

	OPENSSL_free(der);
	return done;
}

bool tlsup_x509_is_pinned(const struct tlsup_trust *trust, X509 *cert)
{
	uint8_t digest[TLSUP_PIN];
	size_t i;

	if (!spki_digest(cert, digest))
		return false;
	for (i = 0; i < trust->pins_n; i++)
		if (memcmp(trust->pins[i], digest, sizeof(digest)) == 0)
			return true;
	return false;
}

bool tlsup_x509_has_pin(const struct tlsup_trust *trust, STACK_OF(X509) *chain)
{
	int i;

	for (i = 0; i < sk_X509_num(chain); i++)
		if (tlsup_x509_is_pinned(trust, sk_X509_value(chain, i)))
			return true;
	return trust->pins_n == 0;
}
