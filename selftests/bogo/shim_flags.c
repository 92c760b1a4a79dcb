// SPDX-License-Identifier: Apache-2.0
/* shim_flags: owns the command line that BoGo's runner gives a shim. A flag is a
 * field of struct shim_config; "-on-initial", "-on-resume" and "-on-retry" in
 * front of it confine it to one kind of connection. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "shim.h"

enum kind { FLAG, NUMBER, NUMBERS, TEXT, BASE64, NOTHING, NOTHING_1 };

struct row {
	const char	*name;
	enum kind	kind;
	size_t		at;
};

#define ROW(name, kind, field) { name, kind, offsetof(struct shim_config, field) }

static const struct row rows[] = {
	ROW("-port", NUMBER, port),
	ROW("-resume-count", NUMBER, resume_count),
	ROW("-server", FLAG, server),
	ROW("-key-file", TEXT, key_file),
	ROW("-cert-file", TEXT, cert_file),

	ROW("-min-version", NUMBER, min_version),
	ROW("-max-version", NUMBER, max_version),
	ROW("-no-tls13", FLAG, no_tls13),
	ROW("-no-tls12", FLAG, no_tls12),
	ROW("-curves", NUMBERS, curves),
	ROW("-signing-prefs", NUMBERS, signing_prefs),
	ROW("-verify-prefs", NUMBERS, verify_prefs),
	ROW("-cipher", TEXT, cipher),
	ROW("-host-name", TEXT, host_name),
	ROW("-advertise-alpn", TEXT, advertise_alpn),
	ROW("-select-alpn", TEXT, select_alpn),
	ROW("-reject-alpn", FLAG, reject_alpn),
	ROW("-fallback-scsv", FLAG, fallback_scsv),
	ROW("-no-ticket", FLAG, no_ticket),
	ROW("-enable-grease", FLAG, enable_grease),
	ROW("-enable-early-data", FLAG, enable_early_data),
	ROW("-enable-ocsp-stapling", FLAG, enable_ocsp_stapling),
	ROW("-enable-signed-cert-timestamps", FLAG,
	    enable_signed_cert_timestamps),
	ROW("-ocsp-response", BASE64, ocsp_response),
	ROW("-decline-ocsp-callback", FLAG, decline_ocsp_callback),
	ROW("-signed-cert-timestamps", BASE64, signed_cert_timestamps),
	ROW("-require-any-client-certificate", FLAG,
	    require_any_client_certificate),
	ROW("-verify-peer", FLAG, verify_peer),
	ROW("-use-custom-verify-callback", FLAG, use_custom_verify_callback),
	ROW("-verify-fail", FLAG, verify_fail),
	ROW("-reverify-on-resume", FLAG, reverify_on_resume),
	ROW("-fail-cert-callback", FLAG, fail_cert_callback),
	ROW("-use-client-ca-list", TEXT, use_client_ca_list),
	ROW("-install-cert-compression-algs", FLAG, install_cert_compression_algs),
	ROW("-install-one-cert-compression-alg", NUMBER,
	    install_one_cert_compression_alg),
	ROW("-renegotiate-freely", FLAG, renegotiate_freely),
	ROW("-resumption-delay", NUMBER, resumption_delay),

	ROW("-shim-writes-first", FLAG, shim_writes_first),
	ROW("-shim-shuts-down", FLAG, shim_shuts_down),
	ROW("-check-close-notify", FLAG, check_close_notify),
	ROW("-key-update", FLAG, key_update),
	ROW("-send-alert", FLAG, send_alert),
	ROW("-write-different-record-sizes", FLAG, write_different_record_sizes),
	ROW("-export-keying-material", NUMBER, export_keying_material),
	ROW("-export-label", TEXT, export_label),
	ROW("-export-context", TEXT, export_context),
	ROW("-use-export-context", FLAG, use_export_context),

	ROW("-expect-version", NUMBER, expect_version),
	ROW("-expect-cipher", NUMBER, expect_cipher),
	ROW("-expect-cipher-aes", NUMBER, expect_cipher_aes),
	ROW("-expect-curve-id", NUMBER, expect_curve_id),
	ROW("-expect-peer-signature-algorithm", NUMBER,
	    expect_peer_signature_algorithm),
	ROW("-expect-total-renegotiations", NUMBER, expect_total_renegotiations),
	ROW("-expect-alpn", TEXT, expect_alpn),
	ROW("-expect-server-name", TEXT, expect_server_name),
	ROW("-expect-peer-cert-file", TEXT, expect_peer_cert_file),
	ROW("-expect-client-ca-list", TEXT, expect_client_ca_list),
	ROW("-expect-ocsp-response", BASE64, expect_ocsp_response),
	ROW("-expect-signed-cert-timestamps", BASE64,
	    expect_signed_cert_timestamps),
	ROW("-expect-peer-verify-pref", NUMBERS, expect_peer_verify_pref),
	ROW("-expect-extended-master-secret", FLAG,
	    expect_extended_master_secret),
	ROW("-expect-session-miss", FLAG, expect_session_miss),
	ROW("-expect-no-session", FLAG, expect_no_session),
	ROW("-expect-session-id", FLAG, expect_session_id),
	ROW("-expect-no-session-id", FLAG, expect_no_session_id),
	ROW("-expect-hrr", FLAG, expect_hrr),
	ROW("-expect-no-hrr", FLAG, expect_no_hrr),
	ROW("-expect-ticket-supports-early-data", FLAG,
	    expect_ticket_supports_early_data),
	ROW("-expect-accept-early-data", FLAG, expect_accept_early_data),
	ROW("-expect-reject-early-data", FLAG, expect_reject_early_data),
	ROW("-expect-no-offer-early-data", FLAG, expect_no_offer_early_data),
	ROW("-expect-secure-renegotiation", FLAG, expect_secure_renegotiation),

	/* How BoringSSL's interface is used: it has no counterpart here, or all
	 * that we do is done that way. */
	{ "-async", NOTHING, 0 },
	{ "-implicit-handshake", NOTHING, 0 },
	{ "-use-early-callback", NOTHING, 0 },
	{ "-use-old-client-cert-callback", NOTHING, 0 },
	{ "-peek-then-read", NOTHING, 0 },
	{ "-no-op-extra-handshake", NOTHING, 0 },
	{ "-handshake-twice", NOTHING, 0 },
	{ "-decline-alpn", NOTHING, 0 },
	{ "-use-ocsp-callback", NOTHING, 0 },
	{ "-set-ocsp-in-callback", NOTHING, 0 },
	{ "-expect-verify-result", NOTHING, 0 },
	{ "-server-preference", NOTHING, 0 },
	{ "-no-tls1", NOTHING, 0 },
	{ "-no-tls11", NOTHING, 0 },
	{ "-expect-advertised-alpn", NOTHING_1, 0 },
	{ "-expect-early-data-reason", NOTHING_1, 0 },
	{ "-read-size", NOTHING_1, 0 },
	{ "-expect-cipher-no-aes", NOTHING_1, 0 },
};

void shim_unimplemented(const char *why)
{
	fprintf(stderr, "not here: %s\n", why);
	exit(SHIM_UNIMPLEMENTED);
}

static const struct row *find(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	shim_unimplemented(name);
}

static struct shim_blob from_base64(const char *text)
{
	size_t n = strlen(text);
	struct shim_blob b = { calloc(1, n + 1), 0 };
	int len = EVP_DecodeBlock(b.data, (const uint8_t *)text, (int)n);

	while (len > 0 && n && text[n - 1] == '=') {
		len--;
		n--;
	}
	b.len = len > 0 ? (size_t)len : 0;
	return b;
}

static void set(struct shim_config *c, const struct row *row, const char *value)
{
	void *field = (char *)c + row->at;
	struct shim_list *list = field;
	struct shim_blob *blob = field;

	switch (row->kind) {
	case FLAG:
		*(bool *)field = true;
		break;
	case NUMBER:
		*(uint16_t *)field = (uint16_t)strtoul(value, NULL, 10);
		break;
	case NUMBERS:
		if (list->n == SHIM_LIST_MAX)
			shim_unimplemented("a list as long as that");
		list->v[list->n++] = (uint16_t)strtoul(value, NULL, 10);
		break;
	case TEXT:
		*(const char **)field = value;
		break;
	case BASE64:
		free(blob->data);
		*blob = from_base64(value);
		break;
	case NOTHING:
	case NOTHING_1:
		break;
	}
}

/* Is it in front of *name? Then *name goes on behind it. */
static bool prefix(const char **name, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*name, word, n) || (*name)[n] != '-')
		return false;
	*name += n;
	return true;
}

void shim_flags(struct shim_flags *f, int argc, char **argv)
{
	memset(f, 0, sizeof(*f));
	for (int i = 1; i < argc; i++) {
		const char *name = argv[i], *value = NULL;
		bool others = prefix(&name, "-on-handshaker");
		bool initial, resume, retry;
		const struct row *row;

		if (!strcmp(name, "-is-handshaker-supported")) {
			puts("No");
			exit(0);
		}
		prefix(&name, "-on-shim");
		initial = prefix(&name, "-on-initial");
		resume = !initial && prefix(&name, "-on-resume");
		retry = !initial && !resume && prefix(&name, "-on-retry");
		row = find(name);
		if (row->kind != FLAG && row->kind != NOTHING)
			value = ++i < argc ? argv[i] : "";
		if (!others && !resume && !retry)
			set(&f->initial, row, value);
		if (!others && !initial && !retry)
			set(&f->resume, row, value);
		if (!others && !initial && !resume)
			set(&f->retry, row, value);
	}
}

static void free_blobs(struct shim_config *c)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].kind == BASE64)
			free(((struct shim_blob *)((char *)c + rows[i].at))->data);
}

void shim_flags_free(struct shim_flags *f)
{
	free_blobs(&f->initial);
	free_blobs(&f->resume);
	free_blobs(&f->retry);
}
