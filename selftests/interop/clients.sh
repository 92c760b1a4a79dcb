#!/bin/bash
# clients.sh: certificates of clients, in TLS 1.3 and 1.2, asked for in the handshake and, in TLS 1.3,
# after it; tlsup as client and as server, OpenSSL and GnuTLS at the other end.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

shows_openssl()
{
	get "$port" --profile "$1" && has "$world/out" 'Client certificate' 'CN ?= ?client'
}

# refused PORT PROFILE PATTERN...: the server ends it, in the handshake or, in TLS 1.3, behind it.
refused()
{
	local where=$1 profile=$2

	shift 2
	! tlsup_get "$where" --profile "$profile" >"$world/out" 2>"$world/err" || { cat "$world/out"; return 1; }
	[ ! -s "$world/out" ] && has "$world/err" "$@"
}

let_in()
{
	local name=$1 verified=$2

	shift 2
	: >"$world/$name.log"
	openssl_get "$port" "$@" >"$world/out" || { cat "$world/out"; return 1; }
	has "$world/out" 'the page itself' && served "$name" "verified=$verified"
}

let_in_gnutls()
{
	local name=$1

	: >"$world/$name.log"
	gnutls_get "$port" --x509certfile "$world/client.pem" --x509keyfile "$world/client.key" \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS$2" >"$world/out" || { cat "$world/out"; return 1; }
	has "$world/out" 'the page itself' && served "$name" 'verified=yes'
}

# turned_away NAME PATTERN OPTION...: the client does not get the page, and the server says PATTERN.
turned_away()
{
	local name=$1 pattern=$2

	shift 2
	: >"$world/$name.log"
	openssl_get "$port" "$@" >"$world/out"
	! grep -aq 'the page itself' "$world/out" || { cat "$world/out"; return 1; }
	served "$name" "$pattern"
}

test_client()
{
	local v=$1

	openssl_server "asks-$v" ecdsa "-tls${v/./_}" -www -verify 1 -CAfile "$world/ca.pem"
	check "TLS $v, client to openssl: it shows its certificate" shows_openssl client
	check "TLS $v, client to openssl: it has none, and need not" get "$port"
	openssl_server "demands-$v" ecdsa "-tls${v/./_}" -www -Verify 1 -verify_return_error -CAfile "$world/ca.pem"
	check "TLS $v, client to openssl: it shows its certificate, as it must" shows_openssl client
	check "TLS $v, client to openssl: it has none" refused "$port" default 'alert received: (certificate_required|handshake_failure)'
	check "TLS $v, client to openssl: one that is not trusted" refused "$port" stranger 'alert received: '
	gnutls_server "gnutls-$v" ecdsa --http --require-client-cert --x509cafile "$world/ca.pem" \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS$v"
	check "TLS $v, client to gnutls: it shows its certificate, as it must" get "$port" --profile client
}

test_server()
{
	local v=$1 good="-cert $world/client.pem -key $world/client.key"
	local bad="-cert $world/untrusted.pem -key $world/untrusted.key" tls=-tls${1/./_}

	tlsup_server "request-$v" --profile request --www "$world/page"
	# shellcheck disable=SC2086
	check "TLS $v, openssl to server: a certificate" let_in "request-$v" yes $tls $good
	check "TLS $v, openssl to server: none, and it need not" let_in "request-$v" no $tls
	# shellcheck disable=SC2086
	check "TLS $v, openssl to server: one that is not trusted" turned_away "request-$v" '\(EKEYREJECTED\)' $tls $bad
	tlsup_server "require-$v" --profile require --www "$world/page"
	# shellcheck disable=SC2086
	check "TLS $v, openssl to server: a certificate, as it must" let_in "require-$v" yes $tls $good
	check "TLS $v, openssl to server: none" turned_away "require-$v" \
		'alert sent: (certificate_required|handshake_failure)' $tls
	check "TLS $v, gnutls to server: a certificate, as it must" let_in_gnutls "require-$v" "$v"
	check "TLS $v, client to server: a certificate, as it must" get "$port" --profile "client-$v"
}

test_handshake()
{
	local v

	for v in 1.3 1.2; do
		test_client $v
		test_server $v
	done
}

# --- after the handshake (RFC 8446 4.6.2)

# asked PORT-OWNER PATTERN CLIENT...: the client does so; the server, which asks before it answers, says PATTERN.
asked()
{
	local name=$1 pattern=$2

	shift 2
	: >"$world/$name.log"
	"$@" >"$world/out" 2>&1
	served "$name" "$pattern" || { cat "$world/out"; return 1; }
}

got_page()
{
	asked "$@" && has "$world/out" 'the page itself'
}

no_page()
{
	asked "$@" && ! grep -aq 'the page itself' "$world/out"
}

later_openssl()
{
	openssl_get "$port" -tls1_3 "$@"
}

# Who has said close_notify cannot answer any more: the end of the input has to wait.
patient()
{
	(printf "$request"; world_wait "$world/out" 'the page itself') | timeout 60 "$@"
}

later_gnutls()
{
	patient gnutls-cli --x509cafile "$world/ca.pem" --port "$port" --post-handshake-auth \
		--x509certfile "$world/client.pem" --x509keyfile "$world/client.key" localhost
}

later_tlsup()
{
	patient tlsup connect --key-update --profile "$1" localhost "$port"
}

# answers COUNT: beside the one that was given in the handshake.
answers()
{
	[ "$(grep -acE 'depth=0 CN ?= ?client' "$world/asks.log")" -gt "$1" ]
}

# s_server asks when it reads a line "c"; then it has the client's certificate.
asked_by_openssl()
{
	local client i

	(
		world_until answers 2
		echo 'after the answer'
		world_wait "$world/asks.log" 'after the answer'
	) | timeout 60 tlsup connect --info --profile client localhost "$port" >"$world/out" 2>"$world/err" &
	client=$!
	world_wait "$world/asks.log" 'CIPHER is'
	for i in 1 2; do
		echo c >&5
		world_until answers $i
	done
	wait $client
	has "$world/asks.log" 'CN ?= ?client' 'after the answer' && has "$world/err" 'alert_sent=close_notify'
}

test_later()
{
	local good="-cert $world/client.pem -key $world/client.key"

	tlsup_server later --profile later --ask-certificate --www "$world/page"
	# shellcheck disable=SC2086
	check "later, openssl to server: a certificate" got_page later 'the client has a certificate' \
		later_openssl $good -enable_pha
	check "later, openssl to server: the chain is there" served later 'verified=yes'
	check "later, openssl to server: none, and it need not" got_page later 'the client has no certificate' \
		later_openssl -enable_pha
	check "later, openssl to server: one that is not trusted" no_page later '\((EKEYREJECTED|ECONNABORTED|EPROTO)\)' \
		later_openssl -enable_pha -cert "$world/untrusted.pem" -key "$world/untrusted.key"
	check "later, openssl to server: it cannot be asked" got_page later 'does not offer to be asked' later_openssl
	check "later, gnutls to server: a certificate" got_page later 'the client has a certificate' later_gnutls
	check "later, client to server: a certificate, after a KeyUpdate" got_page later 'the client has a certificate' \
		later_tlsup client
	check "later, client to server: none" got_page later 'the client has no certificate' later_tlsup pha-none

	world_port
	world_feed 5 asks openssl s_server -accept "$port" -cert "$world/ecdsa.pem" -key "$world/ecdsa.key" \
		-tls1_3 -verify 1 -CAfile "$world/ca.pem"
	world_until world_listening "$port"
	check "later, client to openssl: asked twice" asked_by_openssl
	exec 5>&-
}

world_begin ecdsa client untrusted
certificates=(ecdsa)
mine=("client-certificate = $world/client.pem" "client-key = $world/client.key")
theirs=("client-trust = $world/ca.pem" "$(config_certificate ecdsa)")
{
	config_profile client "trust = $world/ca.pem" "${mine[@]}" "post-handshake-auth = yes"
	config_profile client-1.3 "trust = $world/ca.pem" "min-version = 1.3" "${mine[@]}"
	config_profile client-1.2 "trust = $world/ca.pem" "max-version = 1.2" "${mine[@]}"
	config_profile stranger "trust = $world/ca.pem" "client-certificate = $world/untrusted.pem" \
		"client-key = $world/untrusted.key"
	config_profile pha-none "trust = $world/ca.pem" "post-handshake-auth = yes"
	config_profile later "post-handshake-auth = yes" "${theirs[@]}"
	config_profile request "client-auth = request" "${theirs[@]}"
	config_profile require "client-auth = require" "${theirs[@]}"
} | config_write
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
[ $# -gt 0 ] || set -- handshake later
for part in "$@"; do
	"test_$part"
done
finish
