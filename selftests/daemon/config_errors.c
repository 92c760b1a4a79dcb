// SPDX-License-Identifier: Apache-2.0
/* config_errors: how a bad configuration is complained of: file, line and what is wrong. */
#include "daemon/config.h"

#include "selftests/daemon/tap.h"
#include "selftests/daemon/world.h"

#define G	"[tlsupd]\n"
#define P	"[profile p]\n"
#define PIN	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define KEY16	"00112233445566778899aabbccddeeff"

static const struct {
	const char	*text;
	const char	*want;		/* after "test.conf" */
} bad[] = {
	{ "workers = 1\n", ":1: 'workers' stands before any section" },
	{ G "wrokers = 1\n", ":2: unknown key 'wrokers' in [tlsupd]" },
	{ P "workers = 1\n", ":2: unknown key 'workers' in a profile" },
	{ G "alpn = h2\n", ":2: unknown key 'alpn' in [tlsupd]" },
	{ G "workers\n", ":2: neither 'key = value' nor '[section]'" },
	{ G "\n\n  nonsense here\n", ":4: neither 'key = value'" },
	{ "[tlsupd\n", ":1: neither 'key = value' nor '[section]'" },
	{ "[tlsupd] workers = 1\n", ":1: text after the section's ']'" },
	{ "[tlsupd]x\n", ":1: text after the section's ']'" },
	{ "[server]\n", ":1: unknown section [server]" },
	{ "[profile]\n", ":1: unknown section [profile]" },
	{ "[profile ]\n", ":1: '' is no name for a profile" },
	{ "[profile a b]\n", ":1: 'a b' is no name for a profile" },
	{ "[profile a/b]\n", ":1: 'a/b' is no name" },
	{ "[profile 0123456789012345678901234567890123456789012345678901234567890123]\n",
	  "is no name for a profile" },
	{ P G P, ":3: profile 'p' is already at line 1" },
	{ G P G, ":3: [tlsupd] is already at line 1" },
	{ G "workers = 0\n", ":2: '0' is not a number from 1 to 256" },
	{ G "workers = 257\n", ":2: '257' is not a number from 1 to 256" },
	{ G "workers = -1\n", ":2: '-1' is not a number" },
	{ G "workers = 1x\n", ":2: '1x' is not a number" },
	{ G "workers = 99999999999999999999999\n", "is not a number" },
	{ G "workers =\n", ":2: '' is not a number" },
	{ G "workers = 1\nworkers = 2\n", ":3: 'workers' is given twice" },
	{ G "log-level = loud\n", ":2: 'loud' is none of error, warning" },
	{ G "ticket-key-interval = 1m\n", ":2: '1m' is outside 600 to 604800 seconds" },
	{ G "ticket-key-interval = 8d\n", ":2: '8d' is outside" },
	{ G "ticket-key-interval = soon\n", ":2: 'soon' is not a time such as" },
	{ G "ticket-key-interval = 1y\n", ":2: '1y' is not a time" },
	{ G "ticket-key-interval = 4294967296\n", "is not a time" },
	{ P "resumption = maybe\n", ":2: 'maybe' is neither yes nor no" },
	{ P "resumption = yes\nresumption = yes\n", ":3: 'resumption' is given twice" },
	{ P "tickets = 9\n", ":2: '9' is not a number from 0 to 8" },
	{ P "max-version = 1.1\n", ":2: '1.1' is none of 1.2, 1.3" },
	{ P "min-version = 1.3\nmax-version = 1.2\n", ":1: min-version is above max-version" },
	{ P "min-version = 1.3\ncipher-suites = TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n",
	  ":1: no cipher suite of the list is for the versions" },
	{ P "max-version = 1.2\ncipher-suites = TLS_AES_128_GCM_SHA256\n",
	  ":1: no cipher suite of the list is for the versions" },
	{ P "cipher-suites = TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA\n",
	  ":2: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA is not for kernel sockets: there are AES-GCM and ChaCha20-Poly1305" },
	{ P "cipher-suites = TLS_AES_128_GCM_SHA256 TLS_AES_128_CCM_SHA256\n",
	  ":2: TLS_AES_128_CCM_SHA256 is not for kernel sockets" },
	{ P "cipher-suites = TLS_NULL\n", ":2: 'TLS_NULL' is no cipher suite" },
	{ P "cipher-suites =\n", ":2: the list is empty" },
	{ P "cipher-suites = TLS_AES_128_GCM_SHA256 TLS_AES_128_GCM_SHA256\n",
	  ":2: TLS_AES_128_GCM_SHA256 is named twice" },
	{ P "groups = x25519 sect571r1\n", ":2: 'sect571r1' is no group" },
	{ P "key-shares = P-255\n", ":2: 'P-255' is no group" },
	{ P "groups = x25519\nkey-shares = P-256\n",
	  ":1: secp256r1 is in key-shares, but not in groups" },
	{ P "signature-schemes = rsa_pkcs1_sha1\n",
	  ":2: 'rsa_pkcs1_sha1' is no signature scheme" },
	{ P "signature-schemes = rsa_pkcs1_sha256\nmin-version = 1.3\n",
	  ":1: nothing can be negotiated: libcrypto and the lists" },
	{ P "fallback-scsv = 1\n", ":2: '1' is neither yes nor no" },
	{ P "extended-master-secret = no\n", ":2: 'no' is none of required, optional" },
	{ P "encrypt-then-mac = maybe\n", ":2: 'maybe' is neither yes nor no" },
	{ P "renegotiation = yes\n",
	  ":2: renegotiation is refused on kernel sockets: 'no' is all there is" },
	{ P "record-size-limit = 63\n", ":2: '63' is not a number from 64 to 16385" },
	{ P "record-size-limit = 16386\n", ":2: '16386' is not a number from 64" },
	{ P "max-fragment-length = 8192\n", ":2: '8192' is none of 512, 1024, 2048, 4096" },
	{ P "grease = no thanks\n", ":2: 'no thanks' is neither yes nor no" },
	{ P "pin-sha256 = abc\n", ":2: 'abc' is not the base64 of 32 bytes" },
	{ P "pin-sha256 =\n", ":2: the list is empty" },
	{ P "pin-policy = key\n", ":1: pin-policy = key needs a pin-sha256" },
	{ P "pin-policy = leaf\n", ":2: 'leaf' is none of chain, key" },
	{ P "pin-policy = key\npin-sha256 = " PIN "\ntrust = root.pem\n",
	  ":1: pin-policy = key trusts the pinned keys alone" },
	{ P "crl = nowhere\n", "/nowhere: No such file" },
	{ P "crl = good.pem\n", "/good.pem:1: a block of kind CERTIFICATE among revocation lists" },
	{ P "crl-check = all\n", ":2: 'all' is none of chain, leaf" },
	{ P "crl-check = leaf\n", ":1: crl-check says something of lists that no crl names" },
	{ P "verify-uri = example.org\n", ":2: 'example.org' is not a URI such as" },
	{ P "verify-uri = spiffe://*/x\n", ":2: 'spiffe://*/x' is not a URI such as" },
	{ P "verify-uri = spiffe://a/b*\n", ":2: 'spiffe://a/b*' is not a URI such as" },
	{ P "ocsp = staple\n", ":2: 'staple' is none of no, request, require" },
	{ P "sct = 2\n", ":2: '2' is neither yes nor no" },
	{ P "client-auth = yes\n", ":2: 'yes' is none of none, request, require" },
	{ P "client-auth = require\n",
	  ":1: client-auth needs client-trust: whose client certificates are good?" },
	{ P "client-trust = nowhere\n", "/nowhere: No such file" },
	{ P "client-key = good.key\n", ":2: a key belongs to the certificate before it" },
	{ P "client-certificate = good.pem\n",
	  ":2: a certificate without its key: 'client-key = FILE' is missing after it" },
	{ P "ocsp-file = x\n", ":2: an ocsp-file belongs to the certificate before it" },
	{ P "certificate = good.pem\nkey = good.key\nocsp-file = nowhere\n", "/nowhere: No such file" },
	{ P "certificate = good.pem\nsct-file = good.pem\nkey = good.key\n",
	  "/good.pem: not a SignedCertificateTimestampList" },
	{ P "certificate = good.pem\nsct-file = a\nsct-file = b\nkey = good.key\n",
	  ":4: a second sct-file for the certificate of line 2" },
	{ P "strict-sni = x\n", ":2: 'x' is neither yes nor no" },
	{ P "send-authorities = x\n", ":2: 'x' is neither yes nor no" },
	{ P "certificate-compression = lzma\n", ":2: 'lzma' is no compression" },
	{ P "certificate-compression = zlib zlib\n", ":2: zlib is named twice" },
	{ G "reload-interval = 2h\n", ":2: '2h' is outside 0 to 3600 seconds" },
	{ P "early-data = 1\n", ":2: '1' is neither yes nor no" },
	{ P "max-early-data = 16777217\n", ":2: '16777217' is not a number from 0 to 16777216" },
	{ P "early-data-window = 2m\n", ":2: '2m' is outside 1 to 60 seconds" },
	{ P "psk-ke = x\n", ":2: 'x' is neither yes nor no" },
	{ P "post-handshake-auth = x\n", ":2: 'x' is neither yes nor no" },
	{ P "user-mapping = x\n", ":2: 'x' is neither yes nor no" },
	{ P "user-domain = example\n",
	  ":1: user-principal and user-domain are for user-mapping = yes" },
	{ P "user-mapping = yes\nuser-principal = me\n",
	  ":1: user-principal is user@domain" },
	{ P "user-mapping = yes\nuser-domain = a..b\n",
	  ":1: user-principal is user@domain" },
	{ P "client-psk-file = nowhere\n", "/nowhere: No such file" },
	{ P "client-psk-file = psk\nclient-psk-file = psk\n",
	  ":3: 'client-psk-file' is given twice" },
	{ P "client-psk-file = psk\nserver-psk-file = psk\n",
	  ":3: the identity 'one' is in client-psk-file, too" },
	{ P "server-psk-file = psk-readable\n",
	  "/psk-readable: keys that everybody may read (mode 644)" },
	{ P "server-psk-file = psk-short\n",
	  "/psk-short:2: the key is not 16 to 64 bytes in hexadecimal" },
	{ P "server-psk-file = psk-twice\n",
	  "/psk-twice:2: the identity 'one' is there already" },
	{ P "server-psk-file = psk-none\n", "/psk-none: holds no key" },
	{ P "server-psk-file = psk-bare\n",
	  "/psk-bare:1: a line is IDENTITY:KEY, and :HASH, :import or :import=CONTEXT behind it" },
	{ P "server-psk-file = psk-context\n",
	  "/psk-context:1: the context is not bytes in hexadecimal, at most 4088 with the identity" },
	{ P "server-psk-file = psk-used\n",
	  "/psk-used:2: the key is that of line 1: one that is imported is for nothing else, and has one hash" },
	{ P "server-psk-file = psk-hashes\n",
	  "/psk-hashes:3: the key is that of line 2: one that is imported is for nothing else, and has one hash" },
	{ P "server-psk-file = psk-import-twice\n",
	  "/psk-import-twice:3: the identity 'one' is there already" },
	{ P "client-psk-file = psk-import\nserver-psk-file = psk-import\n",
	  ":3: the identity 'one' is in client-psk-file, too" },
	{ P "server-psk-file = psk-anonymous\n",
	  "/psk-anonymous:1: an identity has 1 to 4096 bytes" },
	{ G "server-session-cache = many\n", ":2: 'many' is not a number from 0 to 1000000" },
	{ G "replay-cache = 10000001\n", ":2: '10000001' is not a number from 0 to 10000000" },
	{ P "groups = P-256, secp256r1\n", ":2: secp256r1 is named twice" },
	{ P "alpn =\n", ":2: the list is empty" },
	{ P "users =\n", ":2: the list is empty" },
	{ P "users = ,\n", ":2: the list is empty" },
	{ P "alpn = , ,\n", ":2: the list is empty" },
	{ P "pin-sha256 = ,,\n", ":2: the list is empty" },
	{ P "cipher-suites = ,\n", ":2: the list is empty" },
	{ P "users = root, no body\n", ":2: there is no user 'no'" },
	{ P "users = 4294967295\n", ":2: there is no user" },
	{ P "users = -1\n", ":2: there is no user" },
	{ P "key = good.key\n", ":2: a key belongs to the certificate before it" },
	{ P "certificate = good.pem\n", ":2: a certificate without its key" },
	{ P "certificate = good.pem\nkey = good.key\nkey = rsa.key\n",
	  ":4: a second key for the certificate of line 2" },
	{ P "certificate =\n", ":2: no file is named" },
	{ P "certificate = good.pem\nkey = nowhere\n", "/nowhere: No such file" },
	{ P "certificate = good.pem\nkey = rsa.key\n", "/rsa.key:1: the key does not match" },
	{ P "trust = nowhere\n", "/nowhere: No such file" },
	{ P "trust = no-anchors\n", "/no-anchors: holds no file named" },
	{ P "alpn = "
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	  "alpn = "
	  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n",
	  ":3: the protocol names are longer than 256 bytes" },
};

static void test_bad(void)
{
	struct tlsup_config *c;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		c = world_load(bad[i].text);
		if (!ok(!c && world_diag.errors &&
			strstr(world_all_said, bad[i].want) &&
			strstr(world_all_said, world_at("")),
			"refused: %s", bad[i].want))
			note("world_all_said: %s", world_all_said);
		if (c)
			tlsup_config_put(c);
	}
}

/* A line that is wrong has a secret in it, wherever that is. */
static void test_secrets(void)
{
	static const char text[] = P "server-psk-file = psk-hash\n";

	ok(!world_load(text) && world_diag.errors == 2 &&
	   strstr(world_all_said, "psk-hash:2: the key is not") && !strstr(world_all_said, KEY16),
	   "no complaint repeats a key");
}

static void write_psks(void)
{
	world_write("psk", "one:" KEY16 "\n", 0600);
	world_write("psk-readable", "one:" KEY16 "\n", 0644);
	world_write("psk-short", "one:" KEY16 "\nshort:0011\n", 0600);
	world_write("psk-hash", "one:" KEY16 ":md5\n" KEY16 ":two\n", 0600);
	world_write("psk-twice", "one:" KEY16 "\none:" KEY16 "\n", 0600);
	world_write("psk-none", "# nothing\n", 0600);
	world_write("psk-bare", KEY16 "\n", 0600);
	world_write("psk-context", "one:" KEY16 ":import=abc\n", 0600);
	world_write("psk-used", "one:" KEY16 "\ntwo:" KEY16 ":import\n", 0600);
	world_write("psk-hashes", "# two\none:" KEY16 ":import=00\none:" KEY16 ":sha384:import\n", 0600);
	world_write("psk-import", "one:" KEY16 ":import=00\n", 0600);
	world_write("psk-import-twice",
		    "one:" KEY16 ":import=00\none:" KEY16 ":import=01\none:" KEY16 ":import=00\n", 0600);
	world_write("psk-anonymous", ":" KEY16 "\n", 0600);
}

int main(void)
{
	world_begin("chains");
	write_psks();
	test_bad();
	test_secrets();
	return finish();
}
