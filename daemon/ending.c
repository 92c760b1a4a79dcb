// SPDX-License-Identifier: Apache-2.0
/*
 * ending: owns how a handshake that is done is put to the kernel: what was
 * agreed on, who the peer is, and what stays with the socket.
 */
#include "daemon/ending.h"

#include <stdlib.h>
#include <string.h>

/* TLSUP_A_PEER_CHAIN: what an attribute holds. */
#define PEER_CHAIN_MAX	65531

/* The first *n certificates, as many as fit, each behind its length. */
static size_t chain_len(const struct hs_info *info, size_t *n)
{
	size_t len = 0, one;

	for (*n = 0; *n < info->peer_chain_len; (*n)++) {
		one = info->peer_chain[*n].len;
		if (one > PEER_CHAIN_MAX - len ||
		    one + sizeof(uint32_t) > PEER_CHAIN_MAX - len)
			break;
		len += sizeof(uint32_t) + one;
	}
	return len;
}

uint8_t *tlsup_ending_chain(const struct hs_info *info, size_t *len)
{
	size_t n, i, room = chain_len(info, &n);
	uint8_t *out = room ? malloc(room) : NULL;

	*len = 0;
	for (i = 0; out && i < n; i++) {
		const struct hs_bytes *der = &info->peer_chain[i];
		uint32_t der_len = der->len;

		memcpy(out + *len, &der_len, sizeof(der_len));
		memcpy(out + *len + sizeof(der_len), der->data, der->len);
		*len += sizeof(der_len) + der->len;
	}
	return out;
}

/*
 * Was the peer's chain checked? A resumed session was verified on the same
 * terms: they are in the key under which a client keeps it, and a server has
 * the client's chain anew. An external key says who the peer is without one.
 */
static bool peer_verified(const struct tlsup_host *host,
			  const struct hs_info *info)
{
	if (host->request->role == HS_SERVER)
		return info->peer_chain_len > 0;
	return host->request->verify != TLSUP_VERIFY_INSECURE_NONE &&
	       !info->psk;
}

uint32_t tlsup_ending_flags(const struct tlsup_host *host,
			    const struct hs_info *info)
{
	uint32_t flags = 0;

	if (info->resumed)
		flags |= TLSUP_F_RESUMED;
	if (info->early_data)
		flags |= TLSUP_F_EARLY_DATA;
	if (peer_verified(host, info))
		flags |= TLSUP_F_PEER_VERIFIED;
	return flags;
}

void tlsup_ending_make(struct tlsup_ending *e, const struct tlsup_host *host,
		       const struct tlsup_resume *resume)
{
	const struct hs_info *info = hs_info(host->hs);
	struct tlsup_done *done = &e->done;

	*done = (struct tlsup_done){
		.version = info->version,
		.cipher_suite = info->cipher_suite,
		.group = info->group,
		.signature_scheme = info->signature_scheme,
		.flags = tlsup_ending_flags(host, info),
		.alpn = info->alpn,
	};
	if (host->request->role == HS_SERVER)
		done->server_name = info->server_name;
	e->chain = tlsup_ending_chain(info, &done->peer_chain.len);
	done->peer_chain.data = e->chain;
	done->session.data = e->note;
	done->session.len = tlsup_resume_note(resume, host, host->hs, e->note);
	done->exporter.data = e->exporter;
	done->exporter.len = hs_exporter_pack(host->hs, e->exporter,
					      sizeof(e->exporter));
}

void tlsup_ending_free(struct tlsup_ending *e)
{
	free(e->chain);
	explicit_bzero(e, sizeof(*e));
}
