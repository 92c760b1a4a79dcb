// SPDX-License-Identifier: Apache-2.0
/* A fuzz target: certificates. By its first byte the input is a PEM file of a
 * chain with its key, a chain and a key in two files, a file of trust anchors,
 * or a chain as a peer sends it: DER, each behind two bytes of length. */
#include "daemon/credential.h"
#include "daemon/x509.h"
#include "daemon/engine/wire.h"
#include "file.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define CHAIN_MAX 8

static void load(struct hs_bytes chain, struct hs_bytes key, bool one_file)
{
	struct tlsup_diag diag = file_diag();
	const char *path = file_put(0, chain);
	struct tlsup_credential *c;

	c = tlsup_credential_load(path, one_file ? path : file_put(1, key),
				  &diag);
	if (!c && !diag.errors)
		abort();
	if (c && !tlsup_credential_certificate(c)->chain_len)
		abort();
	if (c)
		tlsup_credential_free(c);
}

static void anchors(struct hs_bytes file)
{
	struct tlsup_diag diag = file_diag();
	struct tlsup_trust *trust = tlsup_trust_new();

	if (tlsup_trust_add_path(trust, file_put(0, file), &diag) &&
	    !diag.errors)
		abort();
	tlsup_trust_put(trust);
}

static void verify(struct hs_bytes b)
{
	struct hs_reader r = hs_reader(b);
	struct tlsup_trust *trust = tlsup_trust_new();
	struct hs_bytes chain[CHAIN_MAX];
	struct tlsup_verify how = {
		.peer = HS_SERVER, .name = "example.org",
		.now_ms = 1700000000000,
	};
	struct tlsup_verdict verdict = { 0 };
	size_t n = 0;

	while (r.len && !r.failed && n < CHAIN_MAX) {
		chain[n] = hs_reader_vec(&r, 2, 1);
		if (!r.failed)
			n++;
	}
	/* Nothing is trusted, so nothing may come out as trusted. */
	if (n && !tlsup_x509_verify(trust, &how, chain, n, &verdict))
		abort();
	if (n && !verdict.reason[0])
		abort();
	tlsup_trust_put(trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hs_bytes b = hs_bytes(data + 1, len - 1);
	size_t at;

	if (!len)
		return 0;
	at = b.len * (data[0] >> 2) / 64;
	switch (data[0] & 3) {
	case 0:
		load(b, b, true);
		break;
	case 1:
		load(hs_bytes(b.data, at), hs_bytes(b.data + at, b.len - at),
		     false);
		break;
	case 2:
		anchors(b);
		break;
	case 3:
		verify(b);
	}
	return 0;
}
