// SPDX-License-Identifier: Apache-2.0
/*
 * A fuzz target: our own certificates, and the files that go with them. By its
 * first byte the input is a PEM file of a chain with its key, a chain and a key
 * in two files (the second byte says where the second begins), a file of trust
 * anchors, a file of external keys, or, each behind two bytes of length, a chain
 * with its key, an OCSP response and timestamps, what a peer says of names,
 * schemes and authorities.
 */
#include <stdlib.h>

#include "daemon/credential.h"
#include "daemon/psk_file.h"
#include "daemon/x509.h"
#include "daemon/engine/wire.h"
#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define SCHEMES_MAX 16

static struct tlsup_credential *load(const char *chain, const char *key,
				     bool client)
{
	struct tlsup_diag diag = file_diag();
	struct tlsup_credential *c =
		client ? tlsup_credential_load_client(chain, key, &diag) :
			 tlsup_credential_load(chain, key, &diag);

	if (!c && !diag.errors)
		abort();
	if (c && !tlsup_credential_certificate(c)->chain_len)
		abort();
	return c;
}

static void anchors(struct hs_bytes file)
{
	struct tlsup_diag diag = file_diag();
	struct tlsup_trust *trust = tlsup_trust_new();
	struct hs_bytes names = { 0 };
	uint8_t digest[32];

	if (tlsup_trust_add_path(trust, file_put(0, file), &diag) &&
	    !diag.errors)
		abort();
	tlsup_trust_digest(trust, digest);
	if (tlsup_trust_names(trust, &names))
		free((void *)(uintptr_t)names.data);
	tlsup_trust_put(trust);
}

static void external_keys(struct hs_bytes file)
{
	struct tlsup_diag diag = file_diag();
	struct tlsup_psks *psks = tlsup_psks_load(file_put(0, file), &diag);

	if (!psks != (diag.errors > 0))
		abort();
	if (psks && tlsup_psks_find(psks, psks->list[0].identity) != psks->list)
		abort();
	for (size_t i = 0; psks && i < psks->n; i++) {
		const struct hs_psk *psk = &psks->list[i];

		if (tlsup_psk_name(psk).len + (psk->imported ? HS_IMPORT_MORE : 0) >
		    psk->identity.len)
			abort();
	}
	tlsup_psks_free(psks);
}

static void choose(struct tlsup_credential *c, struct hs_reader *r)
{
	uint16_t schemes[SCHEMES_MAX];
	struct hs_hello hello = { .schemes = schemes, .cert_schemes = schemes };
	struct hs_bytes list;

	hello.server_name = hs_reader_vec(r, 2, 0);
	list = hs_reader_vec(r, 2, 0);
	hello.authorities = hs_reader_vec(r, 2, 0);
	while (hello.schemes_len < SCHEMES_MAX &&
	       hello.schemes_len < hs_u16s(list)) {
		schemes[hello.schemes_len] = hs_u16_at(list, hello.schemes_len);
		hello.schemes_len++;
	}
	hello.cert_schemes_len = hello.schemes_len;
	tlsup_credential_has_name(&c, 1, hello.server_name);
	tlsup_credential_select(&c, 1, &hello);
	tlsup_credential_select_client(&c, 1, &hello);
}

/* A response of any kind lets the server start; what is sent is ours. */
static void stapled(struct hs_reader *r, bool client)
{
	struct tlsup_diag diag = file_diag();
	const char *file = file_put(0, hs_reader_vec(r, 2, 0));
	struct hs_bytes ocsp = hs_reader_vec(r, 2, 0);
	struct hs_bytes sct = hs_reader_vec(r, 2, 0);
	struct tlsup_credential *c = load(file, file, client);

	if (!c)
		return;
	if (ocsp.len &&
	    tlsup_credential_add_ocsp(c, file_put(1, ocsp), &diag) &&
	    !diag.errors)
		abort();
	diag.errors = 0;
	if (sct.len && tlsup_credential_add_sct(c, file_put(2, sct), &diag) &&
	    !diag.errors)
		abort();
	choose(c, r);
	tlsup_credential_free(c);
}

static void load_files(struct hs_bytes chain, struct hs_bytes key, bool one)
{
	const char *path = file_put(0, chain);
	struct tlsup_credential *c = load(path, one ? path : file_put(1, key),
					  false);

	if (c)
		tlsup_credential_free(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hs_reader r = hs_reader(hs_bytes(data, len));
	uint8_t kind = hs_reader_u8(&r), where = hs_reader_u8(&r);
	struct hs_bytes b = hs_bytes(r.p, r.len);
	size_t at = b.len * where / 256;

	if (r.failed)
		return 0;
	switch (kind % 6) {
	case 0:
		load_files(b, b, true);
		break;
	case 1:
		load_files(hs_bytes(b.data, at),
			   hs_bytes(b.data + at, b.len - at), false);
		break;
	case 2:
		anchors(b);
		break;
	case 3:
		external_keys(b);
		break;
	default:
		stapled(&r, kind % 6 == 4);
	}
	return 0;
}
