// SPDX-License-Identifier: Apache-2.0
/* The one table of names: TLS parameters by IANA number, tlsup's own by enum. */
#include "daemon/ctl/names.h"

#include <stddef.h>
#include <stdio.h>

#include <linux/tlsup.h>
#include <linux/tlsup_netlink.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct name {
	unsigned int number;
	const char *text;
};

static const struct name versions[] = {
	{ TLSUP_VERSION_1_2, "TLSv1.2" },
	{ TLSUP_VERSION_1_3, "TLSv1.3" },
};

static const struct name suites[] = {
	{ 0x1301, "TLS_AES_128_GCM_SHA256" },
	{ 0x1302, "TLS_AES_256_GCM_SHA384" },
	{ 0x1303, "TLS_CHACHA20_POLY1305_SHA256" },
	{ 0xc02b, "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256" },
	{ 0xc02c, "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384" },
	{ 0xc02f, "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" },
	{ 0xc030, "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384" },
	{ 0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256" },
	{ 0xcca9, "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256" },
};

static const struct name groups[] = {
	{ 23, "secp256r1" },
	{ 24, "secp384r1" },
	{ 25, "secp521r1" },
	{ 29, "x25519" },
	{ 30, "x448" },
	{ 256, "ffdhe2048" },
	{ 257, "ffdhe3072" },
	{ 258, "ffdhe4096" },
	{ 0x11eb, "SecP256r1MLKEM768" },
	{ 0x11ec, "X25519MLKEM768" },
	{ 0x11ed, "SecP384r1MLKEM1024" },
};

static const struct name schemes[] = {
	{ 0x0401, "rsa_pkcs1_sha256" },
	{ 0x0403, "ecdsa_secp256r1_sha256" },
	{ 0x0501, "rsa_pkcs1_sha384" },
	{ 0x0503, "ecdsa_secp384r1_sha384" },
	{ 0x0601, "rsa_pkcs1_sha512" },
	{ 0x0603, "ecdsa_secp521r1_sha512" },
	{ 0x0804, "rsa_pss_rsae_sha256" },
	{ 0x0805, "rsa_pss_rsae_sha384" },
	{ 0x0806, "rsa_pss_rsae_sha512" },
	{ 0x0807, "ed25519" },
	{ 0x0808, "ed448" },
	{ 0x0809, "rsa_pss_pss_sha256" },
	{ 0x080a, "rsa_pss_pss_sha384" },
	{ 0x080b, "rsa_pss_pss_sha512" },
};

static const struct name alerts[] = {
	{ 0, "close_notify" },
	{ 10, "unexpected_message" },
	{ 20, "bad_record_mac" },
	{ 22, "record_overflow" },
	{ 40, "handshake_failure" },
	{ 42, "bad_certificate" },
	{ 43, "unsupported_certificate" },
	{ 44, "certificate_revoked" },
	{ 45, "certificate_expired" },
	{ 46, "certificate_unknown" },
	{ 47, "illegal_parameter" },
	{ 48, "unknown_ca" },
	{ 49, "access_denied" },
	{ 50, "decode_error" },
	{ 51, "decrypt_error" },
	{ 70, "protocol_version" },
	{ 71, "insufficient_security" },
	{ 80, "internal_error" },
	{ 86, "inappropriate_fallback" },
	{ 90, "user_canceled" },
	{ 100, "no_renegotiation" },
	{ 109, "missing_extension" },
	{ 110, "unsupported_extension" },
	{ 112, "unrecognized_name" },
	{ 113, "bad_certificate_status_response" },
	{ 115, "unknown_psk_identity" },
	{ 116, "certificate_required" },
	{ 120, "no_application_protocol" },
};

static const struct name roles[] = {
	{ TLSUP_ROLE_UNSPEC, "none" },
	{ TLSUP_ROLE_CLIENT, "client" },
	{ TLSUP_ROLE_SERVER, "server" },
};

static const struct name states[] = {
	{ TLSUP_STATE_IDLE, "idle" },
	{ TLSUP_STATE_KTLS, "ktls" },
	{ TLSUP_STATE_ARMED, "armed" },
	{ TLSUP_STATE_PENDING, "pending" },
	{ TLSUP_STATE_HANDSHAKE, "handshake" },
	{ TLSUP_STATE_OPEN, "open" },
	{ TLSUP_STATE_CLOSED, "closed" },
	{ TLSUP_STATE_FAILED, "failed" },
};

static const struct name events[] = {
	{ TLSUP_EVENT_OPEN, "open" },
	{ TLSUP_EVENT_FAILED, "failed" },
	{ TLSUP_EVENT_CLOSED, "closed" },
};

static const struct name stats[] = {
	{ TLSUP_STAT_ATTACHED, "attached" },
	{ TLSUP_STAT_SOCKETS, "sockets" },
	{ TLSUP_STAT_PENDING, "pending" },
	{ TLSUP_STAT_AGENTS, "agents" },
	{ TLSUP_STAT_REQUESTS, "requests" },
	{ TLSUP_STAT_DONE, "done" },
	{ TLSUP_STAT_FAILED, "failed" },
	{ TLSUP_STAT_CANCELLED, "cancelled" },
	{ TLSUP_STAT_TIMED_OUT, "timed_out" },
	{ TLSUP_STAT_RESUMED, "resumed" },
	{ TLSUP_STAT_TX_RECORDS, "tx_records" },
	{ TLSUP_STAT_RX_RECORDS, "rx_records" },
	{ TLSUP_STAT_TX_BYTES, "tx_bytes" },
	{ TLSUP_STAT_RX_BYTES, "rx_bytes" },
	{ TLSUP_STAT_DECRYPT_ERRORS, "decrypt_errors" },
	{ TLSUP_STAT_TX_KEY_UPDATES, "tx_key_updates" },
	{ TLSUP_STAT_RX_KEY_UPDATES, "rx_key_updates" },
	{ TLSUP_STAT_POST_SENT, "post_sent" },
	{ TLSUP_STAT_POST_DROPPED, "post_dropped" },
	{ TLSUP_STAT_TRUNCATED, "truncated" },
};

#define REGISTRY(id, table) [id] = { table, ARRAY_SIZE(table) }

static const struct registry {
	const struct name *names;
	size_t count;
} registries[TLSUP_NAMES_COUNT] = {
	REGISTRY(TLSUP_NAMES_VERSION, versions),
	REGISTRY(TLSUP_NAMES_SUITE, suites),
	REGISTRY(TLSUP_NAMES_GROUP, groups),
	REGISTRY(TLSUP_NAMES_SCHEME, schemes),
	REGISTRY(TLSUP_NAMES_ALERT, alerts),
	REGISTRY(TLSUP_NAMES_ROLE, roles),
	REGISTRY(TLSUP_NAMES_STATE, states),
	REGISTRY(TLSUP_NAMES_EVENT, events),
	REGISTRY(TLSUP_NAMES_STAT, stats),
};

const char *tlsup_names_find(enum tlsup_registry registry, unsigned int number)
{
	const struct registry *r = &registries[registry];
	size_t i;

	for (i = 0; i < r->count; i++)
		if (r->names[i].number == number)
			return r->names[i].text;
	return NULL;
}

const char *tlsup_names_text(enum tlsup_registry registry, unsigned int number)
{
	const char *text = tlsup_names_find(registry, number);
	static char hex[16];

	if (text)
		return text;
	snprintf(hex, sizeof(hex), "0x%04x", number);
	return hex;
}
