/* SPDX-License-Identifier: Apache-2.0 */
/* shim: what the files of the programs bogo-shim and bogo-kernel-shim share. */
#ifndef SHIM_H
#define SHIM_H

#include "selftests/engine/host.h"
#include "selftests/engine/peer.h"

#define SHIM_LIST_MAX 32

/* Exit status that tells BoGo's runner: not asked of this program. */
#define SHIM_UNIMPLEMENTED 89

struct shim_list {
	uint16_t	v[SHIM_LIST_MAX];
	size_t		n;
};

/* What a flag that takes base64 had; NULL: the flag was not there. */
struct shim_blob {
	uint8_t	*data;
	size_t	len;
};

/* One connection's flags; their names are the fields', with dashes. */
struct shim_config {
	/* The connection. */
	uint16_t	port, resume_count;
	bool		server;
	const char	*key_file, *cert_file;

	/* What is offered or allowed. */
	uint16_t	min_version, max_version;
	bool		no_tls13, no_tls12;
	struct shim_list curves, signing_prefs, verify_prefs;
	const char	*cipher, *host_name, *advertise_alpn, *select_alpn;
	bool		reject_alpn, fallback_scsv, no_ticket, enable_grease;
	bool		enable_early_data;
	bool		enable_ocsp_stapling, enable_signed_cert_timestamps;
	struct shim_blob ocsp_response, signed_cert_timestamps;
	bool		decline_ocsp_callback;
	bool		require_any_client_certificate, verify_peer;
	bool		use_custom_verify_callback, verify_fail;
	bool		reverify_on_resume, fail_cert_callback;
	const char	*use_client_ca_list;
	bool		install_cert_compression_algs;
	uint16_t	install_one_cert_compression_alg;
	bool		renegotiate_freely;
	uint16_t	resumption_delay;	/* seconds */

	/* What is done when the handshake is over. */
	bool		shim_writes_first, shim_shuts_down, check_close_notify;
	bool		key_update, send_alert, write_different_record_sizes;
	uint16_t	export_keying_material;	/* bytes */
	const char	*export_label, *export_context;
	bool		use_export_context;

	/* What has to come of it. */
	uint16_t	expect_version, expect_cipher, expect_curve_id;
	uint16_t	expect_cipher_aes, expect_peer_signature_algorithm;
	uint16_t	expect_total_renegotiations;
	const char	*expect_alpn, *expect_server_name, *expect_peer_cert_file;
	const char	*expect_client_ca_list;
	struct shim_blob expect_ocsp_response, expect_signed_cert_timestamps;
	struct shim_list expect_peer_verify_pref;
	bool		expect_extended_master_secret, expect_session_miss;
	bool		expect_no_session, expect_hrr, expect_no_hrr;
	bool		expect_ticket_supports_early_data;
	bool		expect_accept_early_data, expect_reject_early_data;
	bool		expect_no_offer_early_data, expect_secure_renegotiation;
	bool		expect_session_id, expect_no_session_id;
};

/* shim_flags.c: the command line, once for each kind of connection. Leaves the
 * process with SHIM_UNIMPLEMENTED for a flag that is not in its table. */
struct shim_flags {
	struct shim_config	initial, resume, retry;
};
void shim_flags(struct shim_flags *f, int argc, char **argv);
void shim_flags_free(struct shim_flags *f);

/* Says why on stderr, and leaves. */
void shim_unimplemented(const char *why)
	__attribute__((noreturn));

/* shim_dial.c: a connected socket, or the process leaves with 1. */
int shim_dial(uint16_t port);

/* shim_config.c: the engine's configuration for a connection. host comes first:
 * host_ops' functions take the same argument. */
struct shim_side {
	struct host		host;
	struct hs_host		ops;
	struct hs_config	config;
	const struct shim_config *flags;
	struct host_identity	*identity;
	uint16_t		suites[SHIM_LIST_MAX];
	struct hs_compression	compressions[3];
	uint8_t			alpn[256], authorities[1024];
	const char		*wrong;	/* what a callback found wrong */
};
/* now_ms: what time it is, by the shim's clock. */
void shim_side_init(struct shim_side *s, const struct shim_config *flags,
		    uint64_t now_ms);
void shim_side_free(struct shim_side *s);

/* shim_check.c: is the connection what the flags expect? NULL, or what not. */
const char *shim_check(const struct peer *p, const struct shim_config *flags,
		       bool resume);

#endif /* SHIM_H */
