// SPDX-License-Identifier: Apache-2.0
/*
 * A fuzz target: the verdict on a peer's chain, with revocation lists, a stapled
 * OCSP response, pins and names of all kinds. The input: flags, the time in
 * seconds, and behind two bytes of length each the anchors (PEM), revocation
 * lists, a pin, a response, a name, and the chain's certificates in DER.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/crypto_cert.h"
#include "daemon/engine/wire.h"
#include "daemon/x509.h"
#include "file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define NAME_MAX_LEN	255

enum {
	CRLS_LEAF_ONLY = 1, OCSP_POLICY = 6, LAX = 8, OF_CLIENT = 16,
	PINS_ALONE = 32, BY_URI = 64, NO_NAME = 128,
};

struct input {
	uint8_t		flags;
	uint64_t	now_ms;
	struct hs_bytes	anchors, crls, pin, ocsp;
	char		name[NAME_MAX_LEN + 1];
	struct hs_bytes	chain[HS_CHAIN_MAX];
	size_t		n;
};

static void read_input(struct input *in, struct hs_reader *r)
{
	struct hs_bytes name;

	in->flags = hs_reader_u8(r);
	in->now_ms = hs_reader_u32(r) * 1000ull;
	in->anchors = hs_reader_vec(r, 2, 0);
	in->crls = hs_reader_vec(r, 2, 0);
	in->pin = hs_reader_vec(r, 2, 0);
	in->ocsp = hs_reader_vec(r, 2, 0);
	name = hs_reader_vec(r, 2, 0);
	if (!r->failed && name.len <= NAME_MAX_LEN && name.len)
		memcpy(in->name, name.data, name.len);
	while (r->len && !r->failed && in->n < HS_CHAIN_MAX) {
		in->chain[in->n] = hs_reader_vec(r, 2, 1);
		in->n += !r->failed;
	}
}

static struct tlsup_trust *trust_of(const struct input *in)
{
	struct tlsup_trust *trust = tlsup_trust_new();
	struct tlsup_diag diag = file_diag();

	if (in->pin.len == TLSUP_PIN)
		tlsup_trust_add_pin(trust, in->pin.data);
	if (in->flags & PINS_ALONE)
		tlsup_trust_set_pins_alone(trust);
	else if (in->anchors.len &&
		 tlsup_trust_add_path(trust, file_put(0, in->anchors), &diag) &&
		 !diag.errors)
		abort();
	diag.errors = 0;
	if (in->crls.len &&
	    tlsup_trust_add_crls(trust, file_put(1, in->crls), &diag) &&
	    !diag.errors)
		abort();
	if (in->flags & CRLS_LEAF_ONLY)
		tlsup_trust_set_crls_leaf_only(trust);
	return trust;
}

/* A refusal is one of the table, with a sentence of text for it. */
static void check(const struct tlsup_verdict *v, bool usable)
{
	static const int errors[] = { EKEYREJECTED, EKEYEXPIRED, EKEYREVOKED,
				      EREMCHG, ECONNABORTED };
	bool known = false;

	if (!v->alert) {
		if (!usable || v->error)
			abort();
		return;
	}
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		known |= v->error == errors[i];
	if (!known || !v->reason[0] ||
	    !memchr(v->reason, 0, sizeof(v->reason)))
		abort();
	for (const char *p = v->reason; *p; p++)
		if (*p < ' ' || *p > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct hs_reader r = hs_reader(hs_bytes(data, len));
	struct input in = { 0 };
	const char *uri = in.name;
	struct tlsup_verify how = { 0 };
	struct tlsup_verdict verdict;
	struct tlsup_trust *trust;

	read_input(&in, &r);
	if (!in.n)
		return 0;
	how.peer = in.flags & OF_CLIENT ? HS_CLIENT : HS_SERVER;
	how.now_ms = in.now_ms;
	how.ocsp = in.ocsp;
	how.ocsp_policy = (in.flags & OCSP_POLICY) / 2 % 3;
	how.lax = in.flags & LAX;
	if (in.flags & BY_URI) {
		how.uris = &uri;
		how.uris_n = 1;
	} else if (!(in.flags & NO_NAME)) {
		how.name = in.name;
	}
	trust = trust_of(&in);
	tlsup_x509_verify(trust, &how, in.chain, in.n, &verdict);
	check(&verdict, tlsup_trust_usable(trust));
	tlsup_name_problem(in.name);
	tlsup_cert_forget();
	tlsup_trust_put(trust);
	return 0;
}
