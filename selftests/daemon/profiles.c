// SPDX-License-Identifier: Apache-2.0
/* profiles: what a configuration says decides handshakes: a client and a server
 * of two profiles, in memory, with the daemon's own answers for the engine. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/config.h"
#include "daemon/crypto_openssl.h"
#include "daemon/host.h"
#include "daemon/replay.h"
#include "daemon/server_sessions.h"
#include "daemon/tickets.h"
#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

#define KEY "00112233445566778899aabbccddeeff"

static const char text[] =
	"[profile plain]\n"
	"certificate = good.chain.pem\nkey = good.key\n"
	"trust = root.pem\n"
	"[profile old]\n"
	"certificate = good.chain.pem\nkey = good.key\n"
	"trust = root.pem\nmax-version = 1.2\n"
	"[profile ids]\n"
	"certificate = good.chain.pem\nkey = good.key\n"
	"trust = root.pem\nmax-version = 1.2\ntickets = 0\n"
	"[profile several]\n"
	"certificate = good.chain.pem\nkey = good.key\n"
	"certificate = rsa.chain.pem\nkey = rsa.key\n"
	"certificate = wild.chain.pem\nkey = wild.key\n"
	"[profile strict]\n"
	"certificate = good.chain.pem\nkey = good.key\nstrict-sni = yes\n"
	"[profile rsa-only]\n"
	"trust = root.pem\nsignature-schemes = rsa_pss_rsae_sha256 rsa_pkcs1_sha256 ecdsa_secp384r1_sha384\n"
	"[profile stapling]\n"
	"certificate = rooted.pem\nkey = good.key\nocsp-file = good.ocsp\nsct-file = good.sct\n"
	"[profile no-ocsp]\n"
	"trust = root.pem\nocsp = no\n"
	"[profile ocsp]\n"
	"trust = root.pem\nocsp = require\nsct = yes\n"
	"[profile must-staple]\n"
	"certificate = staple.chain.pem\nkey = staple.key\n"
	"[profile revoked]\n"
	"certificate = revoked.chain.pem\nkey = revoked.key\n"
	"[profile lists]\n"
	"trust = root.pem\ncrl = crls\n"
	"[profile asks]\n"
	"certificate = good.chain.pem\nkey = good.key\n"
	"client-auth = require\nclient-trust = root.pem\nsend-authorities = yes\ncrl = root.crl\n"
	"[profile asks-old]\n"
	"certificate = good.chain.pem\nkey = good.key\nmax-version = 1.2\n"
	"client-auth = require\nclient-trust = root.pem\n"
	"[profile wishes]\n"
	"certificate = good.chain.pem\nkey = good.key\n"
	"client-auth = request\nclient-trust = root.pem\n"
	"[profile has-one]\n"
	"trust = root.pem\nclient-certificate = clientonly.chain.pem\nclient-key = clientonly.key\n"
	"[profile has-foreign]\n"
	"trust = root.pem\nclient-certificate = untrusted.chain.pem\nclient-key = untrusted.key\n"
	"[profile has-revoked]\n"
	"trust = root.pem\nclient-certificate = revoked.chain.pem\nclient-key = revoked.key\n"
	"[profile has-server]\n"
	"trust = root.pem\nclient-certificate = serveronly.chain.pem\nclient-key = serveronly.key\n"
	"[profile svid]\n"
	"certificate = uri.chain.pem\nkey = uri.key\n"
	"[profile by-uri]\n"
	"trust = root.pem\nverify-uri = spiffe://good.example/ns/*\n"
	"[profile pinned]\n"
	"pin-policy = key\npin-sha256 = %s\n"
	"[profile pinned-other]\n"
	"trust = root.pem\npin-sha256 = %s\n"
	"[profile keyed]\n"
	"server-psk-file = psk\n"
	"[profile key]\n"
	"trust = root.pem\nclient-psk-file = psk\n"
	"[profile other-key]\n"
	"trust = root.pem\nclient-psk-file = psk-other\n"
	"[profile eager]\n"
	"trust = root.pem\nearly-data = yes\n"
	"[profile takes-early]\n"
	"certificate = good.chain.pem\nkey = good.key\nmax-early-data = 1000\n"
	"[profile packed]\n"
	"certificate = good.chain.pem\nkey = good.key\ntrust = root.pem\n"
	"certificate-compression = zstd zlib\n";

static struct tlsup_shared shared = { .now_ms = world_now_ms };
static struct tlsup_config *config;

/* --- A handshake --- */

struct side {
	struct tlsup_host	host;
	struct tlsup_request	request;
	struct hs_config	config;
	struct hs		*hs;
};

static struct side client, server;

static void open_side(struct side *s, enum hs_role role, const char *profile,
		      const char *name)
{
	memset(s, 0, sizeof(*s));
	s->request.role = role;
	strcpy(s->request.server_name, name ? name : "");
	s->host.shared = &shared;
	s->host.request = &s->request;
	s->host.profile = tlsup_config_profile(config, profile, strlen(profile));
	if (!s->host.profile) {
		printf("# no profile %s\n", profile);
		exit(2);
	}
	s->config = role == HS_CLIENT ? s->host.profile->client :
					s->host.profile->server;
	s->config.crypto = shared.crypto;
	s->config.host = &tlsup_host_functions;
	s->hs = hs_new(&s->config, &s->host);
	s->host.hs = s->hs;
	if (!s->hs || (role == HS_CLIENT && *s->request.server_name &&
		       hs_set_server_name(s->hs, name, strlen(name)))) {
		printf("# %s cannot be opened\n", profile);
		exit(2);
	}
}

/* What test_early() looks at: a ticket that was sent, the first ClientHello, and
 * what came out as early data. */
static struct hs_session *ticket;
static bool wants_ticket;
static uint8_t hello[4096], early[16];
static size_t hello_len, early_len;

static void take_ticket(const struct hs_output *out)
{
	uint8_t resumption[HS_RESUMPTION_MAX];
	size_t len = out->len > 4 ? 4 + (out->data[2] << 8 | out->data[3]) : 0;
	int alert = 0;

	if (!wants_ticket || ticket || out->type != HS_HANDSHAKE || out->data[0] != 4 ||
	    len > out->len)
		return;
	ticket = hs_ticket_session(shared.crypto, (struct hs_bytes){
		resumption, hs_resumption_pack(client.hs, resumption,
					       sizeof(resumption)) },
		(struct hs_bytes){ out->data, len }, world_now_ms(), &alert);
}

static void look_at(struct side *from, const struct hs_output *out)
{
	static const uint8_t data[] = "early";

	if (out->kind == HS_OUT_RECORD && from == &server &&
	    hs_state(client.hs) == HS_DONE)
		take_ticket(out);
	if (out->kind == HS_OUT_RECORD && from == &client && !hello_len &&
	    out->len <= sizeof(hello)) {
		memcpy(hello, out->data, out->len);
		hello_len = out->len;
	}
	if (out->kind == HS_OUT_EARLY_DATA && out->len <= sizeof(early)) {
		memcpy(early, out->data, out->len);
		early_len = out->len;
	}
	if (out->kind == HS_OUT_RX_SECRET && out->epoch == HS_EPOCH_EARLY)
		hs_record(from->hs, HS_APPLICATION_DATA, data, 5);
}

/* The record layer is left out: contents go straight across. */
static bool pump(struct side *from, struct side *to)
{
	struct hs_output out;
	bool moved = false;

	while (hs_next(from->hs, &out)) {
		moved = true;
		if (out.kind == HS_OUT_RECORD)
			hs_record(to->hs, out.type, out.data, out.len);
		look_at(from, &out);
		explicit_bzero(&out.secret, sizeof(out.secret));
		explicit_bzero(&out.keys, sizeof(out.keys));
	}
	return moved;
}

static void begin(const char *client_profile, const char *server_profile,
		  const char *name)
{
	open_side(&client, HS_CLIENT, client_profile, name);
	open_side(&server, HS_SERVER, server_profile, NULL);
}

static void run(void)
{
	hs_start(client.hs);
	hs_start(server.hs);
	while (pump(&client, &server) | pump(&server, &client))
		;
}

static void end(void)
{
	hs_free(client.hs);
	hs_free(server.hs);
}

static bool done(void)
{
	return hs_state(client.hs) == HS_DONE && hs_state(server.hs) == HS_DONE;
}

static void explain(void)
{
	note("client: %s; server: %s", hs_error(client.hs)->reason,
	     hs_error(server.hs)->reason);
	note("client's errno %s, server's %s", strerror(client.host.cause),
	     strerror(server.host.cause));
}

/* --- Who refuses what --- */

static const struct {
	const char	*client, *server, *name;
	uint8_t		alert;		/* 0: it is done */
	enum hs_role	who;		/* sends it */
	int		cause;		/* errno of that side */
	const char	*reason;
} rows[] = {
	{ "plain", "plain", "good.example", 0, 0, 0, "" },
	{ "old", "plain", "good.example", 0, 0, 0, "" },
	{ "plain", "old", "good.example", 0, 0, 0, "" },
	{ "plain", "plain", "bad.example", 42, HS_CLIENT, EREMCHG, "not for bad.example" },
	{ "plain", "strict", "good.example", 0, 0, 0, "" },
	{ "plain", "strict", "bad.example", 112, HS_SERVER, EPROTONOSUPPORT, "" },
	{ "plain", "several", "a.wild.example", 0, 0, 0, "" },
	{ "plain", "several", "good.example", 0, 0, 0, "" },
	{ "plain", "several", "bad.example", 42, HS_CLIENT, EREMCHG, "but for good.example" },
	{ "rsa-only", "plain", "good.example", 40, HS_SERVER, EPROTONOSUPPORT, "" },

	{ "ocsp", "stapling", "good.example", 0, 0, 0, "" },
	{ "plain", "stapling", "good.example", 0, 0, 0, "" },
	{ "plain", "must-staple", "good.example", 113, HS_CLIENT, EKEYREJECTED,
	  "the OCSP response is missing, and the certificate requires one" },
	{ "no-ocsp", "must-staple", "good.example", 0, 0, 0, "" },
	{ "lists", "plain", "good.example", 0, 0, 0, "" },
	{ "lists", "revoked", "good.example", 44, HS_CLIENT, EKEYREVOKED,
	  "the certificate has been revoked" },
	{ "plain", "revoked", "good.example", 0, 0, 0, "" },

	{ "has-one", "asks", "good.example", 0, 0, 0, "" },
	{ "has-one", "asks-old", "good.example", 0, 0, 0, "" },
	{ "has-one", "wishes", "good.example", 0, 0, 0, "" },
	{ "plain", "wishes", "good.example", 0, 0, 0, "" },
	{ "plain", "asks", "good.example", 116, HS_SERVER, 0, "" },
	/* The authorities that the server names are none of its. */
	{ "has-foreign", "asks", "good.example", 116, HS_SERVER, 0, "" },
	{ "has-foreign", "wishes", "good.example", 48, HS_SERVER, EKEYREJECTED,
	  "has no issuer among those sent or trusted" },
	{ "has-revoked", "asks", "good.example", 44, HS_SERVER, EKEYREVOKED,
	  "the certificate has been revoked" },
	{ "has-server", "asks", "good.example", 43, HS_SERVER, EKEYREJECTED,
	  "may not be used for this side of TLS" },

	{ "by-uri", "svid", NULL, 0, 0, 0, "" },
	{ "by-uri", "svid", "any.example", 0, 0, 0, "" },
	{ "plain", "svid", "spiffe://good.example/ns/web", 0, 0, 0, "" },
	{ "plain", "svid", "spiffe://good.example/ns/other", 42, HS_CLIENT, EREMCHG,
	  "not for spiffe://good.example/ns/other" },
	{ "by-uri", "plain", "good.example", 42, HS_CLIENT, EREMCHG, "" },
	{ "pinned", "plain", "good.example", 0, 0, 0, "" },
	{ "pinned", "revoked", "good.example", 46, HS_CLIENT, EKEYREJECTED,
	  "the certificate's key is not pinned" },
	{ "pinned-other", "plain", "good.example", 46, HS_CLIENT, EKEYREJECTED,
	  "none of its keys is pinned" },
	{ "key", "keyed", "good.example", 0, 0, 0, "" },
	{ "packed", "packed", "good.example", 0, 0, 0, "" },
};

static void test_rows(void)
{
	const struct side *who;
	bool good;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		begin(rows[i].client, rows[i].server, rows[i].name);
		run();
		who = rows[i].who == HS_SERVER ? &server : &client;
		good = rows[i].alert ?
		       !done() && hs_error(who->hs)->alert_sent == rows[i].alert &&
		       who->host.cause == rows[i].cause &&
		       strstr(hs_error(who->hs)->reason, rows[i].reason) : done();
		if (!ok(good, "%s with %s as %s: %d", rows[i].client,
			rows[i].server, rows[i].name ? rows[i].name : "nobody",
			rows[i].alert))
			explain();
		end();
	}
}

/* --- What comes of it --- */

static struct hs_bytes leaf_of(const char *profile, size_t i)
{
	const struct tlsup_profile *p =
		tlsup_config_profile(config, profile, strlen(profile));

	return tlsup_credential_certificate(p->chains.loaded[i])->chain[0];
}

static bool has_leaf(struct hs_bytes want)
{
	const struct hs_info *info = hs_info(client.hs);

	return info->peer_chain_len && info->peer_chain[0].len == want.len &&
	       !memcmp(info->peer_chain[0].data, want.data, want.len);
}

static void test_choice(void)
{
	begin("plain", "several", "good.example");
	run();
	ok(done() && has_leaf(leaf_of("several", 0)), "the first chain for a name");
	end();
	begin("plain", "several", "x.wild.example");
	run();
	ok(done() && has_leaf(leaf_of("several", 2)), "the one for a wildcard");
	end();
}

static void test_stapled(void)
{
	const struct hs_info *info;

	begin("ocsp", "stapling", "good.example");
	run();
	info = hs_info(client.hs);
	ok(done() && info->ocsp.len > 100 && info->sct.len == 10 &&
	   !memcmp(info->sct.data, "\0\010\0\003abc\0\001d", 10),
	   "a response and timestamps arrive as they are in the files");
	ok(client.host.until_ms < world_now_ms() + 3 * 86400000ull,
	   "a required response bounds until when a session is good");
	end();
	begin("no-ocsp", "stapling", "good.example");
	run();
	info = hs_info(client.hs);
	ok(done() && !info->ocsp.len && !info->sct.len,
	   "who does not ask is not sent any");
	end();
}

static void test_client_chain(void)
{
	const struct hs_info *info;

	begin("has-one", "asks", "good.example");
	run();
	info = hs_info(server.hs);
	ok(done() && info->peer_chain_len == 1, "a server has the client's chain");
	end();
	begin("plain", "wishes", "good.example");
	run();
	ok(done() && !hs_info(server.hs)->peer_chain_len, "or none, if it only asks");
	end();
}

static void test_keys(void)
{
	const struct hs_info *info;

	begin("key", "keyed", "good.example");
	run();
	info = hs_info(server.hs);
	if (!ok(done() && info->psk && info->psk_identity.len == 3 &&
		!memcmp(info->psk_identity.data, "one", 3),
		"a key of a file, by its identity"))
		explain();
	end();
	begin("other-key", "keyed", "good.example");
	run();
	if (!ok(!done() && hs_error(server.hs)->alert_sent, "another key does not do"))
		explain();
	end();
}

/* TLS 1.2, by session ID; through the cache of all workers. */
static void test_session_id(void)
{
	struct hs_session *session;
	size_t before = tlsup_server_sessions_count(shared.server_sessions);

	begin("ids", "ids", "good.example");
	run();
	session = hs_session_made(client.hs);
	if (!ok(done() && session &&
		tlsup_server_sessions_count(shared.server_sessions) == before + 1,
		"a session of TLS 1.2 is kept under its ID"))
		explain();
	end();
	begin("ids", "ids", "good.example");
	hs_set_session(client.hs, session);
	run();
	ok(done() && hs_info(client.hs)->resumed, "and resumed");
	end();
	begin("ids", "old", "good.example");
	hs_set_session(client.hs, session);
	run();
	ok(done() && !hs_info(client.hs)->resumed, "but not by another profile");
	end();
	hs_session_free(session);
}

/* TLS 1.3, 0-RTT: the same ClientHello counts once, whoever serves it. */
static void test_early(void)
{
	struct hs_output out;
	int refused = 0;

	wants_ticket = true;
	begin("eager", "takes-early", "good.example");
	run();
	if (!ok(done() && ticket, "a ticket"))
		explain();
	end();
	hello_len = 0;
	begin("eager", "takes-early", "good.example");
	hs_set_session(client.hs, ticket);
	run();
	if (!ok(done() && hs_info(server.hs)->early_data && early_len == 5 &&
		!memcmp(early, "early", 5), "early data arrives"))
		explain();
	end();
	begin("eager", "takes-early", "good.example");
	hs_start(server.hs);
	hs_record(server.hs, HS_HANDSHAKE, hello, hello_len);
	while (hs_next(server.hs, &out))
		refused += out.kind == HS_OUT_RX_SECRET && out.skip;
	ok(hs_state(server.hs) == HS_RUNNING && !hs_info(server.hs)->early_data &&
	   refused == 1, "sent again by somebody, it is passed over");
	end();
	begin("eager", "plain", "good.example");
	hs_set_session(client.hs, ticket);
	run();
	ok(done() && !hs_info(server.hs)->early_data,
	   "a profile that does not say so takes none");
	end();
	hs_session_free(ticket);
}

/* --- --- */

static const char *pin_of(const char *name)
{
	static char pins[2][64];
	static int n;
	char *pin = pins[n++ % 2];

	pin[world_read(name, pin, sizeof(pins[0]) - 1)] = 0;
	pin[strcspn(pin, "\n")] = 0;
	return pin;
}

static void load(void)
{
	char all[sizeof(text) + 128];

	world_write("psk", "one:" KEY "\n", 0600);
	world_write("psk-other", "two:" KEY KEY "\n", 0600);
	snprintf(all, sizeof(all), text, pin_of("good.pin"), pin_of("other.pin"));
	config = world_config(all);
	/* A server's certificate is given to a client, on purpose. */
	if (!ok(world_diag.warnings == 1, "the profiles are good")) {
		note("%s", world_all_said);
		exit(1);
	}
}

int main(void)
{
	world_begin("all");
	shared.crypto = tlsup_crypto_openssl();
	shared.tickets = tlsup_tickets_new(3600);
	shared.server_sessions = tlsup_server_sessions_new(100);
	shared.replay = tlsup_replay_new(100);
	load();
	test_rows();
	test_choice();
	test_stapled();
	test_client_chain();
	test_keys();
	test_session_id();
	test_early();
	tlsup_config_put(config);
	tlsup_replay_free(shared.replay);
	tlsup_server_sessions_free(shared.server_sessions);
	tlsup_tickets_free(shared.tickets);
	return finish();
}
