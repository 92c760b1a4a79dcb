#!/bin/bash
# refusals.sh: what has to be refused is refused, with its own errno, exit status and reason, and no
# byte of application data is read from such a peer or sent to it.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

# refuses ERRNO STATUS WORDS PORT OPTION...: tlsup connect fails so, and reads nothing.
refuses()
{
	local error=$1 status=$2 words=$3 where=$4 got=0

	shift 4
	tlsup_get "$where" "$@" >"$world/out" 2>"$world/err" || got=$?
	cat "$world/err"
	[ "$got" = "$status" ] || { echo "exit status $got, not $status"; return 1; }
	has "$world/err" "\($error\)" "$words" || return 1
	[ ! -s "$world/out" ] || { echo "something was read"; return 1; }
}

# turns_away ERRNO PATTERN LOG COMMAND...: the client fails, and tlsup serve says ERRNO in LOG.
turns_away()
{
	local error=$1 pattern=$2 log=$3

	shift 3
	: >"$log"
	if "$@" >"$world/out" && ! grep -aqE 'alert|Fatal|refused' "$world/out"; then
		echo "the client got through:"
		cat "$world/out"
		return 1
	fi
	! grep -aq 'the page itself' "$world/out" || { echo "the client got the page"; return 1; }
	has "$world/out" "$pattern" || return 1
	world_wait "$log" "\($error\)"
	has "$log" "\($error\)"
}

certificates_refused()
{
	openssl_server www-wrong wrong-name -tls1_3 -www
	check "a certificate for another name" refuses EREMCHG 4 'another name' "$port"
	check "the same, name not verified" get "$port" --insecure-no-name
	check "the same, other name asked for" get "$port" --name another.example
	openssl_server www-untrusted untrusted -tls1_3 -www
	check "an untrusted certificate" refuses EKEYREJECTED 4 'not trusted' "$port"
	check "the same, name not verified" refuses EKEYREJECTED 4 'not trusted' "$port" --insecure-no-name
	check "the same, not verified at all" get "$port" --insecure
	openssl_server www-expired expired -tls1_3 -www
	check "an expired certificate" refuses EKEYEXPIRED 4 'expired' "$port"
	gnutls_server gnutls-wrong wrong-name --http --disable-client-cert
	check "a certificate for another name, GnuTLS" refuses EREMCHG 4 'another name' "$port"
	gnutls_server gnutls-expired expired --http --disable-client-cert
	check "an expired certificate, GnuTLS" refuses EKEYEXPIRED 4 'expired' "$port"
}

addresses()
{
	openssl_server www-address ecdsa -tls1_3 -www
	check "an address that is in the certificate" get "$port" --name 127.0.0.1
	check "an IPv6 address that is in the certificate" get "$port" --name ::1
	check "an address that is not" refuses EREMCHG 4 'another name' "$port" --name 127.0.0.2
}

no_common_ground()
{
	openssl_server tls12 ecdsa -tls1_2 -www
	check "a peer with TLS 1.2 only" refuses EPROTONOSUPPORT 5 'version' "$port" --profile tls13
	gnutls_server gnutls12 ecdsa --http --disable-client-cert --priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	check "a GnuTLS peer with TLS 1.2 only" refuses EPROTONOSUPPORT 5 'alert received' "$port" --profile tls13
	openssl_server aes256 ecdsa -tls1_3 -www -ciphersuites TLS_AES_256_GCM_SHA384
	check "no cipher suite in common" refuses EPROTONOSUPPORT 5 . "$port" \
		--profile client-TLS_AES_128_GCM_SHA256-x25519
	openssl_server p384 ecdsa -tls1_3 -www -groups P-384
	check "no group in common" refuses EPROTONOSUPPORT 5 . "$port" \
		--profile client-TLS_AES_128_GCM_SHA256-x25519
	openssl_server alpn ecdsa -tls1_3 -www -alpn h2
	check "no application protocol in common" refuses EPROTONOSUPPORT 5 . "$port" --alpn acme
}

client_certificate_demanded()
{
	openssl_server demands ecdsa -tls1_3 -www -Verify 1 -CAfile "$world/ca.pem"
	check "a server that demands a client certificate" refuses_late "$port"
	gnutls_server gnutls-demands ecdsa --http --require-client-cert --x509cafile "$world/ca.pem"
	check "a GnuTLS server that demands one" refuses_late "$port"
}

# In TLS 1.3 the server's refusal comes when the client believes the handshake to be over, so that it
# may be the handshake that fails (EACCES) or the connection (ECONNABORTED, with the alert).
refuses_late()
{
	local got=0

	tlsup_get "$1" >"$world/out" 2>"$world/err" || got=$?
	cat "$world/err"
	[ ! -s "$world/out" ] || { echo "something was read"; return 1; }
	case "$got" in
	5) has "$world/err" '\(EACCES\)' ;;
	6) has "$world/err" '\((ECONNABORTED|EACCES)\)' 'certificate_required|access_denied|handshake_failure' ;;
	*) echo "exit status $got"; return 1 ;;
	esac
}

clients_turned_away()
{
	local log

	tlsup_server serve --profile tls13 --alpn http/1.1 --www "$world/page"
	log=$world/serve.log
	check "an OpenSSL client with TLS 1.2 only" turns_away EPROTONOSUPPORT 'protocol version' "$log" \
		openssl_get "$port" -tls1_2
	check "a GnuTLS client with TLS 1.2 only" turns_away EPROTONOSUPPORT 'rotocol version|alert' "$log" \
		gnutls_get "$port" --priority NORMAL:-VERS-ALL:+VERS-TLS1.2
	check "a client with no suite in common" turns_away EPROTONOSUPPORT 'alert' "$log" \
		openssl_get "$port" -tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256
	check "a client with no group in common" turns_away EPROTONOSUPPORT 'alert' "$log" \
		openssl_get "$port" -tls1_3 -groups ffdhe2048
	check "a client with no signature scheme in common" turns_away EPROTONOSUPPORT 'alert' "$log" \
		openssl_get "$port" -tls1_3 -sigalgs ed448
	check "a client with no application protocol in common" turns_away EPROTONOSUPPORT \
		'no application protocol' "$log" openssl_get "$port" -tls1_3 -alpn acme
	check "a client that refuses our certificate" turns_away EACCES . "$log" \
		openssl_get "$port" -tls1_3 -verify_hostname elsewhere.example
	check "what is no TLS at all" turns_away EPROTO . "$log" plain_get "$port"
}

# As much netcat as is needed here, without one.
plain_get()
{
	# shellcheck disable=SC2016
	printf "$request" | timeout 10 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && cat >&3 && cat <&3' \
		plain "$1" 2>/dev/null || :
	echo 'refused: plain'
}

nobody_there()
{
	local got=0

	tlsup connect localhost 7999 </dev/null >"$world/out" 2>"$world/err" || got=$?
	[ $got = 1 ] || { echo "exit status $got"; return 1; }
	has "$world/err" ECONNREFUSED
}

not_in_profile()
{
	check "a profile that does not exist" refuses ENOKEY 3 . "$1" --profile nowhere
	check "a port where nobody listens" nobody_there
}

no_daemon()
{
	world_daemon_kill -TERM
	check "without tlsupd" refuses ESRCH 3 'no tlsupd' "$1"
	check "and no byte was sent" lacks "$world/www-none.log" 'GET /'
}

lacks()
{
	! grep -aqE -e "$2" "$1"
}

world_begin ecdsa wrong-name untrusted expired
certificates=(ecdsa)
config_profile tls13 "trust = $world/ca.pem" "min-version = 1.3" "groups = x25519 secp256r1" \
	"$(config_certificate ecdsa)" | config_write
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
certificates_refused
addresses
no_common_ground
client_certificate_demanded
clients_turned_away
openssl_server www-none ecdsa -tls1_3 -www
not_in_profile "$port"
no_daemon "$port"
finish
