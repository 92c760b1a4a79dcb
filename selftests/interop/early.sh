#!/bin/bash
# early.sh: 0-RTT and external keys through the kernel: what is written before the handshake is over
# leaves early where profile and ticket allow it, arrives once and in order whatever the server does
# with it; keys that were agreed on in some other way. OpenSSL and GnuTLS at the other end.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

# early OPTION...: sends a request, as 0-RTT if it may; $world/out has the answer, $world/err the line.
early()
{
	printf "$request" | timeout 20 tlsup connect --info --early-data "$@" localhost "$port" \
		>"$world/out" 2>"$world/err" || { echo "tlsup connect: $?"; cat "$world/err"; return 1; }
}

# --- 0-RTT, client

# Nothing to resume: no early data; then it is taken.
taken()
{
	early --profile "$1" && has "$world/out" 'HTTP/1.0 200' && has "$world/err" 'resumed=no' 'early=no' &&
		early --profile "$1" && has "$world/out" 'HTTP/1.0 200' &&
		has "$world/err" 'resumed=yes' 'early=yes early_bytes=18'
}

once()
{
	local count

	count=$(grep -ac 'GET / HTTP' "$1")
	[ "$count" = 1 ] || { echo "$count requests arrived"; return 1; }
}

passed_over()
{
	early --profile early && has "$world/out" 'HTTP/1.0 200' && has "$world/err" 'early=no'
}

test_client()
{
	openssl_server plain ecdsa -tls1_3 -www
	check "0-RTT: client to openssl, which allows none" passed_over
	check "0-RTT: ... nor the second time" passed_over
	world_port
	world_feed 5 reads openssl s_server -accept "$port" -cert "$world/ecdsa.pem" -key "$world/ecdsa.key" \
		-tls1_3 -early_data -max_early_data 4096 -no_anti_replay
	world_until world_listening "$port"
	check "0-RTT: client to openssl" client_to_reader
	exec 5>&-
	gnutls_server gnutls ecdsa --http --disable-client-cert --earlydata --maxearlydata 4096
	check "0-RTT: client to gnutls" taken_by_gnutls
	check "0-RTT: a profile without it" passed_over_by_profile
}

# gnutls-serv answers what comes in the ordinary way alone.
taken_by_gnutls()
{
	early --profile early && has "$world/out" 'HTTP/1.0 200' && has "$world/err" 'early=no' || return 1
	(printf "$request"; sleep 1; printf "$request") | timeout 20 tlsup connect --info --early-data \
		--profile early localhost "$port" >"$world/out" 2>"$world/err"
	has "$world/out" 'HTTP/1.0 200' && has "$world/err" 'resumed=yes' 'early=yes early_bytes=18'
}

# s_server does not answer: the client's end of input ends it.
client_to_reader()
{
	early_quick && has "$world/err" 'early=no' || return 1
	world_wait "$world/reads.log" 'GET / HTTP'
	: >"$world/reads.log"
	early_quick && has "$world/err" 'resumed=yes' 'early=yes early_bytes=18' || return 1
	world_wait "$world/reads.log" 'GET / HTTP'
	has "$world/reads.log" 'Early data received' 'GET / HTTP' && once "$world/reads.log"
}

early_quick()
{
	(printf "$request"; sleep 2) | timeout 4 tlsup connect --info --early-data --profile early localhost "$port" \
		>"$world/out" 2>"$world/err"
	[ -s "$world/err" ]
}

passed_over_by_profile()
{
	early --profile default && early --profile default && has "$world/out" 'HTTP/1.0 200' &&
		has "$world/err" 'resumed=yes' 'early=no'
}

# --- 0-RTT, server

openssl_accepted()
{
	printf "$request" >"$world/request"
	openssl_get "$port" -tls1_3 -sess_out "$world/session" >"$world/out" || return 1
	has "$world/out" 'Max Early Data: [1-9]' || return 1
	: >"$world/$1.log"
	timeout 20 openssl s_client -tls1_3 -CAfile "$world/ca.pem" -connect "localhost:$port" -ign_eof \
		-sess_in "$world/session" -early_data "$world/request" </dev/null >"$world/out" 2>&1
	has "$world/out" 'Early data was accepted' '^Reused' 'the page itself' &&
		served "$1" 'resumed=yes .*early=yes early_bytes=18'
}

gnutls_accepted()
{
	printf "$request" >"$world/request"
	: >"$world/$1.log"
	gnutls_get "$port" --resume --waitresumption --earlydata "$world/request" >"$world/out" ||
		{ cat "$world/out"; return 1; }
	served "$1" 'resumed=yes .*early=yes early_bytes=18'
}

test_server()
{
	local early retries

	tlsup_server early --profile early --www "$world/page"
	check "0-RTT: openssl to server" openssl_accepted early
	check "0-RTT: gnutls to server" gnutls_accepted early
	check "0-RTT: client to server" taken early
	check "0-RTT: both ends say how much" served early 'early=yes early_bytes=18'
	early=$port
	tlsup_server changed --profile retries --www "$world/page"
	check "0-RTT: openssl to server, across a HelloRetryRequest" openssl_retried
	check "0-RTT: client to server, across a HelloRetryRequest" client_retried
	retries=$port port=$early
	check "0-RTT: client to server, which takes none any more" client_rejected
	port=$retries
}

# The ticket is good, but the profile takes no more early data: it is passed over, and sent again.
client_rejected()
{
	early --profile early && has "$world/err" 'resumed=yes' 'early=yes' || return 1
	sed -i 's/^max-early-data.*//' "$world/tlsupd.conf"
	kill -HUP "${world_pids[tlsupd]}"
	world_wait "$world/tlsupd.log" 'configuration read again'
	early --profile early && has "$world/out" 'HTTP/1.0 200' && has "$world/err" 'resumed=yes' 'early=no'
}

# The server wants another group than the client's first: early data is passed over, and sent again.
openssl_retried()
{
	openssl_get "$port" -tls1_3 -groups X25519:P-384 -sess_out "$world/session" >"$world/out" || return 1
	printf "$request" >"$world/request"
	(sleep 1; printf "$request") | timeout 20 openssl s_client -tls1_3 -CAfile "$world/ca.pem" -ign_eof \
		-connect "localhost:$port" -groups X25519:P-384 -sess_in "$world/session" \
		-early_data "$world/request" >"$world/out" 2>&1
	has "$world/out" 'Early data was rejected' 'the page itself'
}

client_retried()
{
	early --profile early && has "$world/err" 'early=no' 'group=secp384r1' &&
		early --profile early && has "$world/out" 'HTTP/1.0 200' &&
		has "$world/err" 'resumed=yes' 'early=no' 'group=secp384r1'
}

# --- external keys (RFC 8446 4.2.11)

key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
other=${key//0/2}

psk_client()
{
	tlsup_get "$port" --profile "$1" >"$world/out" 2>"$world/err" || { cat "$world/err"; return 1; }
	has "$world/out" 'HTTP/1.0 200' && has "$world/err" 'version=TLSv1.3' 'verified=no' || return 1
	! has "$world/err" 'signature=' >/dev/null
}

psk_unknown()
{
	! tlsup_get "$port" --profile "$1" >"$world/out" 2>"$world/err" &&
		has "$world/err" 'unknown_psk_identity' && served psk-server 'alert sent: unknown_psk_identity'
}

psk_openssl()
{
	printf "$request" | timeout 20 openssl s_client -tls1_3 -ign_eof -connect "localhost:$port" \
		-ciphersuites TLS_AES_128_GCM_SHA256 -psk_identity "$1" -psk "$key" >"$world/out" 2>&1
	has "$world/out" 'the page itself' '^Reused' && ! grep -aq 'BEGIN CERTIFICATE' "$world/out"
}

psk_openssl_wrong()
{
	: >"$world/psk-server.log"
	printf "$request" | timeout 20 openssl s_client -tls1_3 -ign_eof -connect "localhost:$port" \
		-ciphersuites TLS_AES_128_GCM_SHA256 -psk_identity alice -psk "${key//0/1}" >"$world/out" 2>&1
	! grep -aq 'the page itself' "$world/out" && served psk-server 'alert sent: (decrypt_error|illegal_parameter)'
}

test_psk()
{
	world_port
	world_listen psk-openssl "$port" openssl s_server -accept "$port" -tls1_3 -www -nocert -psk "$key" \
		-psk_identity alice -ciphersuites TLS_AES_128_GCM_SHA256
	check "PSK: client to openssl" psk_client psk-client
	tlsup_server psk-server --profile psk-server --www "$world/page"
	check "PSK: openssl to server" psk_openssl alice
	check "PSK: openssl to server, a wrong key" psk_openssl_wrong
	check "PSK: client to server" psk_client psk-client
	check "PSK: client to server, imported" psk_client imported
	check "PSK: client to server, imported for another context" psk_unknown elsewhere
}

world_begin ecdsa
certificates=(ecdsa)
printf 'alice:%s\n' "$key" >"$world/mine.psk"
printf 'alice:%s\nbob:%s:import=0102\n' "$key" "$other" >"$world/theirs.psk"
printf 'bob:%s:import=0102\n' "$other" >"$world/imported.psk"
printf 'bob:%s:import=0201\n' "$other" >"$world/elsewhere.psk"
chmod 600 "$world"/*.psk
{
	config_profile early "trust = $world/ca.pem" "early-data = yes" "max-early-data = 4096" \
		"$(config_certificate ecdsa)"
	config_profile retries "trust = $world/ca.pem" "groups = secp384r1" "max-early-data = 4096" \
		"$(config_certificate ecdsa)"
	config_profile psk-client "trust = $world/ca.pem" "client-psk-file = $world/mine.psk"
	config_profile imported "trust = $world/ca.pem" "client-psk-file = $world/imported.psk"
	config_profile elsewhere "trust = $world/ca.pem" "client-psk-file = $world/elsewhere.psk"
	config_profile psk-server "server-psk-file = $world/theirs.psk"
} | config_write
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
[ $# -gt 0 ] || set -- client server psk
for part in "$@"; do
	"test_$part"
done
finish
