#!/bin/bash
# tls12.sh: TLS 1.2 through the kernel: the suites that it protects, extended master secret, resumption
# by session ID and by ticket, renegotiation refused; OpenSSL and GnuTLS at the other end.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

#	IANA's name of the cipher, OpenSSL's, GnuTLS's
ciphers="
	AES_128_GCM_SHA256	AES128-GCM-SHA256	AES-128-GCM
	AES_256_GCM_SHA384	AES256-GCM-SHA384	AES-256-GCM
	CHACHA20_POLY1305_SHA256 CHACHA20-POLY1305	CHACHA20-POLY1305
"
gnutls12=NORMAL:-VERS-ALL:+VERS-TLS1.2

get12()
{
	get "$@" && has "$world/err" 'version=TLSv1.2 '
}

# --- each suite (RFC 5289, RFC 7905)

suite_client()
{
	get12 "$port" --profile "$1" && has "$world/err" "suite=$1 " 'group=x25519 ' 'resumed=no' 'verified=yes' \
		'alert_received=close_notify'
}

suite_client_openssl()
{
	suite_client "$1" && has "$world/out" "^New, TLSv1.2, Cipher is $2" 'Extended master secret: yes'
}

suite_openssl()
{
	openssl_get "$port" -tls1_2 -cipher "$2" >"$world/out" || { cat "$world/out"; return 1; }
	has "$world/out" "^New, TLSv1.2, Cipher is $2" 'Verify return code: 0' 'the page itself' \
		'Extended master secret: yes' 'Secure Renegotiation IS supported' &&
		served "suites-$3" "version=TLSv1.2 suite=$1 .*resumed=no"
}

suite_gnutls()
{
	gnutls_get "$port" --priority "$gnutls12:-CIPHER-ALL:+$2" >"$world/out" || { cat "$world/out"; return 1; }
	has "$world/out" 'certificate is trusted' "$2" 'the page itself' 'extended master secret, safe renegotiation'
}

test_suites()
{
	local kind cert name openssl gnutls

	for cert in ecdsa rsa; do
		kind=${cert^^}
		openssl_server "openssl-$cert" $cert -tls1_2 -www
		ports[openssl]=$port
		gnutls_server "gnutls-$cert" $cert --http --disable-client-cert --priority "$gnutls12"
		ports[gnutls]=$port
		tlsup_server "suites-$cert" --profile "server-$cert" --www "$world/page"
		ports[tlsup]=$port
		while read -r name openssl gnutls; do
			[ -n "$name" ] || continue
			name=TLS_ECDHE_${kind}_WITH_$name
			port=${ports[openssl]}
			check "client to openssl: $name" suite_client_openssl "$name" "ECDHE-$kind-$openssl"
			port=${ports[gnutls]}
			check "client to gnutls: $name" suite_client "$name"
			port=${ports[tlsup]}
			check "openssl to server: $name" suite_openssl "$name" "ECDHE-$kind-$openssl" $cert
			check "gnutls to server: $name" suite_gnutls "$name" "$gnutls"
		done <<<"$ciphers"
		port=$((${ports[tlsup]} + 1))
	done
	check "client to server" get12 "${ports[tlsup]}" --profile tls12
}

# --- extended master secret (RFC 7627)

refused()
{
	! get12 "$@" >"$world/said" || return 1
	has "$world/err" 'alert sent: handshake_failure'
}

turned_away()
{
	gnutls_get "$port" --priority "$gnutls12:%NO_SESSION_HASH" >"$world/out" && return 1
	has "$world/out" 'Handshake failed' && ! grep -aq 'the page itself' "$world/out"
}

let_in()
{
	gnutls_get "$port" --priority "$gnutls12:%NO_SESSION_HASH" >"$world/out" || return 1
	has "$world/out" 'the page itself' 'Options: safe renegotiation'
}

# OpenSSL cannot do without; GnuTLS can.
test_master_secret()
{
	gnutls_server no-ems ecdsa --http --disable-client-cert --priority "$gnutls12:%NO_SESSION_HASH"
	check "EMS: a server without it is refused" refused "$port" --profile tls12
	check "EMS: unless the profile lets it pass" get12 "$port" --profile lenient12
	tlsup_server strict --profile tls12 --www "$world/page"
	check "EMS: a client without it is refused" turned_away
	tlsup_server lenient --profile lenient12 --www "$world/page"
	check "EMS: unless the profile lets it pass" let_in
}

# --- resumption (RFC 5246 7.3, RFC 5077)

resumes()
{
	get12 "$@" && has "$world/err" 'resumed=no' && get12 "$@" && has "$world/err" 'resumed=yes' 'verified=yes' &&
		get12 "$@" && has "$world/err" 'resumed=yes'
}

resumes_openssl()
{
	resumes "$@" && has "$world/out" '^Reused, TLSv1.2'
}

resumed_by_openssl()
{
	rm -f "$world/session"
	openssl_get "$port" -tls1_2 -sess_out "$world/session" "$@" >"$world/out" || return 1
	has "$world/out" '^New, TLSv1.2' || return 1
	openssl_get "$port" -tls1_2 -sess_in "$world/session" "$@" >"$world/out" || return 1
	has "$world/out" '^Reused, TLSv1.2' 'the page itself'
	openssl_get "$port" -tls1_2 -sess_in "$world/session" "$@" >"$world/out" || return 1
	has "$world/out" '^Reused, TLSv1.2' 'the page itself'
}

resumed_by_gnutls()
{
	gnutls_get "$port" --resume --priority "$gnutls12$1" >"$world/out" || { cat "$world/out"; return 1; }
	has "$world/out" 'This is a resumed session'
}

not_resumed()
{
	openssl_get "$port" -tls1_2 -sess_in "$world/session" "$@" >"$world/out" || return 1
	has "$world/out" '^New, TLSv1.2' 'the page itself'
}

test_resumption()
{
	openssl_server ticket ecdsa -tls1_2 -www
	check "resumption: client to openssl, ticket" resumes_openssl "$port"
	openssl_server id ecdsa -tls1_2 -www -no_ticket
	check "resumption: client to openssl, session ID" resumes_openssl "$port"
	gnutls_server ticket-gnutls ecdsa --http --disable-client-cert --priority "$gnutls12"
	check "resumption: client to gnutls, ticket" resumes "$port"
	gnutls_server id-gnutls ecdsa --http --disable-client-cert --noticket --priority "$gnutls12"
	check "resumption: client to gnutls, session ID" resumes "$port"
	tlsup_server resume --profile tls12 --www "$world/page"
	check "resumption: openssl to server, ticket" resumed_by_openssl
	check "resumption: the server says so" served resume 'version=TLSv1.2 .*resumed=yes'
	check "resumption: openssl to server, session ID" resumed_by_openssl -no_ticket
	check "resumption: gnutls to server, ticket" resumed_by_gnutls ''
	check "resumption: gnutls to server, session ID" resumed_by_gnutls ':%NO_TICKETS'
	check "resumption: client to server" resumes "$port" --profile tls12
	openssl_get "$port" -tls1_2 -no_ticket -sess_out "$world/session" >"$world/out"
	world_daemon
	check "resumption: a new tlsupd does not know the session" not_resumed -no_ticket
}

# --- renegotiation is refused (RFC 5746, RFC 5246 7.2.2)

client_renegotiates()
{
	: >"$world/out"
	(
		world_says before "$world/out" 'Verify return'
		world_says R "$world/out" '^before'
		world_wait "$world/out" 'no renegotiation'
	) | timeout 60 openssl s_client -tls1_2 -CAfile "$world/ca.pem" -connect "localhost:$port" \
		>"$world/out" 2>&1
	has "$world/out" '^before' 'no renegotiation' && served renegotiate 'alert_sent=no_renegotiation'
}

# gnutls-cli asks again and again.
gnutls_renegotiates()
{
	world_start rehandshakes gnutls-cli --rehandshake --priority "$gnutls12" --x509cafile "$world/ca.pem" \
		--port "$port" localhost
	world_wait "$world/rehandshakes.log" 'No renegotiation is allowed'
	world_stop rehandshakes
	has "$world/rehandshakes.log" 'No renegotiation is allowed' && served renegotiate 'alert_sent=no_renegotiation'
}

# s_server asks for a new handshake when it reads a line "r".
server_renegotiates()
{
	local client

	world_wait "$world/asks.log" 'no renegotiation' | timeout 60 tlsup connect --info localhost "$port" >"$world/out" 2>"$world/err" &
	client=$!
	world_wait "$world/asks.log" 'CIPHER is'
	echo r >&5
	wait $client
	has "$world/err" 'alert_sent=no_renegotiation' && has "$world/asks.log" 'no renegotiation'
}

test_renegotiation()
{
	tlsup_server renegotiate --profile tls12 --echo
	check "renegotiation: openssl asks the server" client_renegotiates
	: >"$world/renegotiate.log"
	check "renegotiation: gnutls asks the server" gnutls_renegotiates
	world_port
	world_feed 5 asks openssl s_server -accept "$port" -cert "$world/ecdsa.pem" -key "$world/ecdsa.key" -tls1_2
	world_until world_listening "$port"
	check "renegotiation: openssl asks the client" server_renegotiates
	exec 5>&-
}

world_begin ecdsa rsa
certificates=(ecdsa rsa)
declare -A ports
{
	config_profile tls12 "trust = $world/ca.pem" "max-version = 1.2" "$(config_certificate ecdsa)"
	config_profile lenient12 "trust = $world/ca.pem" "max-version = 1.2" \
		"extended-master-secret = optional" "$(config_certificate ecdsa)"
	for kind in ECDSA RSA; do
		while read -r name _; do
			[ -n "$name" ] || continue
			config_profile "TLS_ECDHE_${kind}_WITH_$name" "trust = $world/ca.pem" \
				"cipher-suites = TLS_ECDHE_${kind}_WITH_$name"
		done <<<"$ciphers"
	done
} | config_write
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
[ $# -gt 0 ] || set -- suites master_secret resumption renegotiation
for part in "$@"; do
	"test_$part"
done
finish
