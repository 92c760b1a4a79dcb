// SPDX-License-Identifier: Apache-2.0
/* daemons: two daemons' shared state, and a profile for each case of the tests. */
#include "selftests/daemon/daemons.h"

#include <time.h>

#include "daemon/crypto_openssl.h"
#include "daemon/kept.h"
#include "daemon/log.h"
#include "daemon/server_sessions.h"
#include "daemon/sessions.h"
#include "daemon/tickets.h"
#include "selftests/daemon/world.h"

struct tlsup_shared daemons[2];
struct tlsup_config *daemons_config;
uint64_t daemons_skew_ms;

static const char text[] =
	"[tlsupd]\nsession-cache = 100\n"
	"[profile default]\ntrust = root.pem\n"
	"certificate = below.chain.pem\nkey = below.key\n"
	"[profile other]\ntrust = root.pem\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile nocert]\ntrust = root.pem\n"
	"[profile strangers]\ntrust = other.pem\n"
	"[profile rsa]\ntrust = root.pem\ncertificate = rsa.pem\nkey = rsa.key\n"
	"[profile h2]\ntrust = root.pem\nalpn = h2\nalpn-required = yes\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile aes256]\ntrust = root.pem\ncipher-suites = TLS_AES_256_GCM_SHA384\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile chacha]\ntrust = root.pem\ncipher-suites = TLS_CHACHA20_POLY1305_SHA256\n"
	"[profile p384]\ntrust = root.pem\ngroups = secp384r1\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile field]\ntrust = root.pem\ngroups = ffdhe2048\n"
	"[profile fields]\n"
	"cipher-suites = TLS_AES_128_GCM_SHA256 TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile once]\ntrust = root.pem\nresumption = no\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile private]\nusers = 4711\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile v12]\ntrust = root.pem\nmax-version = 1.2\n"
	"certificate = below.chain.pem\nkey = below.key\n"
	"[profile byid]\ntrust = root.pem\ntickets = 0\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile known]\ntrust = root.pem\nmax-version = 1.2\n"
	"client-certificate = good.pem\nclient-key = good.key\n"
	"[profile asks]\nclient-auth = require\nclient-trust = root.pem\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile asksbyid]\nclient-auth = require\nclient-trust = root.pem\n"
	"certificate = good.pem\nkey = good.key\ntickets = 0\n"
	"[profile pha]\ntrust = root.pem\npost-handshake-auth = yes\n"
	"client-certificate = good.pem\nclient-key = good.key\n"
	"[profile phanone]\ntrust = root.pem\npost-handshake-auth = yes\n"
	"[profile phastranger]\ntrust = root.pem\npost-handshake-auth = yes\n"
	"client-certificate = untrusted.pem\nclient-key = untrusted.key\n"
	"[profile phaserver]\npost-handshake-auth = yes\nclient-trust = root.pem\n"
	"certificate = good.pem\nkey = good.key\n"
	"[profile mixed]\ntrust = root.pem\n"
	"certificate = good.pem\nkey = good.key\n"
	"certificate = wild.pem\nkey = wild.key\n";

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * 1000ull + t.tv_nsec / 1000000 + daemons_skew_ms;
}

void daemons_open(void)
{
	int i;

	tlsup_log_set_level(TLSUP_LOG_ERROR);
	world_begin("");
	daemons_config = world_config(text);
	for (i = 0; i < 2; i++) {
		daemons[i].crypto = tlsup_crypto_openssl();
		daemons[i].tickets = tlsup_tickets_new(3600);
		daemons[i].sessions = tlsup_sessions_new(100);
		daemons[i].server_sessions = tlsup_server_sessions_new(100);
		daemons[i].kept = tlsup_kept_new(2);
		daemons[i].now_ms = now_ms;
	}
}

void daemons_close(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		tlsup_kept_free(daemons[i].kept);
		tlsup_server_sessions_free(daemons[i].server_sessions);
		tlsup_tickets_free(daemons[i].tickets);
		tlsup_sessions_free(daemons[i].sessions);
	}
	tlsup_config_put(daemons_config);
}

size_t daemons_sessions(void)
{
	return tlsup_sessions_count(daemons[0].sessions);
}

void daemons_flush(void)
{
	tlsup_sessions_set_max(daemons[0].sessions, 0);
	tlsup_sessions_set_max(daemons[0].sessions, 100);
}
