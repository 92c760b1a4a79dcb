// SPDX-License-Identifier: Apache-2.0
/* shim_check: owns the comparison of a connection with what its flags expect. */
#include <string.h>

#include "daemon/engine/suites.h"
#include "shim.h"

static bool is_text(struct hs_bytes b, const char *text)
{
	return hs_bytes_equal(b, hs_bytes(text, strlen(text)));
}

static bool is_blob(struct hs_bytes b, const struct shim_blob *blob)
{
	return !blob->data || hs_bytes_equal(b, hs_bytes(blob->data, blob->len));
}

static bool is_number(uint16_t is, uint16_t want)
{
	return !want || is == want;
}

static bool same_chain(const struct hs_info *i, const char *file)
{
	struct host_identity *id = host_load_chain(file);
	bool same = id && id->cert.chain_len == i->peer_chain_len;

	for (size_t n = 0; same && n < i->peer_chain_len; n++)
		same = hs_bytes_equal(i->peer_chain[n], id->chain[n]);
	host_free(id);
	return same;
}

/* BoringSSL's sessions remember whom a client met and how; ours do not, so that
 * is looked at where it was said. */
static const char *check_numbers(const struct hs_info *i,
				 const struct shim_config *f)
{
	bool fresh = !i->resumed;

	if (!is_number(i->version, f->expect_version))
		return "another version";
	if (!is_number(i->cipher_suite, f->expect_cipher) ||
	    !is_number(i->cipher_suite, f->expect_cipher_aes))
		return "another suite";
	if ((fresh || i->group) && !is_number(i->group, f->expect_curve_id))
		return "another group";
	/* A server's is its own. */
	if (fresh && !f->server &&
	    !is_number(i->signature_scheme, f->expect_peer_signature_algorithm))
		return "another scheme";
	return NULL;
}

/* A session is resumed wherever there is one, unless the flags say otherwise. */
static const char *check_resumption(const struct hs_info *i,
				    const struct shim_config *f, bool resume)
{
	if (i->resumed != (resume && !f->expect_session_miss))
		return i->resumed ? "resumed" : "not resumed";
	if (f->expect_accept_early_data && !i->early_data)
		return "early data was not taken";
	if (f->expect_reject_early_data && i->early_data)
		return "early data was taken";
	if (resume && f->expect_no_offer_early_data && i->early_offered)
		return "early data was offered";
	if (!resume && (f->expect_session_id || f->expect_no_session_id) &&
	    (host_sessions() > 0) != f->expect_session_id)
		return "a session under an ID, or none";
	return NULL;
}

static const char *check_texts(const struct hs_info *i,
			       const struct shim_config *f)
{
	const char *alpn = f->server ? f->select_alpn : f->expect_alpn;

	if (!is_text(i->alpn, alpn ? alpn : ""))
		return "another ALPN protocol";
	if (f->expect_server_name && !is_text(i->server_name, f->expect_server_name))
		return "another server name";
	if (!i->resumed && !is_blob(i->ocsp, &f->expect_ocsp_response))
		return "another OCSP response";
	if (!i->resumed && !is_blob(i->sct, &f->expect_signed_cert_timestamps))
		return "other timestamps";
	return NULL;
}

static const char *check_others(const struct hs_info *i,
				const struct shim_config *f)
{
	if (f->expect_extended_master_secret && i->version == HS_TLS12 &&
	    !i->extended_master_secret)
		return "no extended master secret";
	if ((f->expect_hrr && !i->retried) || (f->expect_no_hrr && i->retried))
		return "a HelloRetryRequest, or none";
	if (f->require_any_client_certificate && !i->peer_chain_len)
		return "no certificate";
	if (f->expect_peer_cert_file && (f->server || !i->resumed) &&
	    !same_chain(i, f->expect_peer_cert_file))
		return "another chain";
	return NULL;
}

const char *shim_check(const struct peer *p, const struct shim_config *flags,
		       bool resume)
{
	const struct hs_info *i = hs_info(p->hs);
	const char *wrong = check_numbers(i, flags);

	if (!wrong)
		wrong = check_resumption(i, flags, resume);
	if (!wrong)
		wrong = check_texts(i, flags);
	return wrong ? wrong : check_others(i, flags);
}
