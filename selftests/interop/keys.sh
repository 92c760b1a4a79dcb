#!/bin/bash
# keys.sh: what both ends of a connection derive alike: exporters (RFC 8446 7.5, RFC 5705) and the key
# log, in both versions; and the limits of records that they agree on (RFC 8449), with OpenSSL and GnuTLS
# at the other end.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

label=EXPORTER-tlsup-test

# What a file says that was exported, in small letters.
exported()
{
	grep -aoiE "($label: |Key(ing)? material: )[0-9a-f]{64}" "$1" | tail -n 1 | grep -oiE '[0-9a-f]{64}$' |
		tr A-F a-f
}

same_key()
{
	local mine theirs

	mine=$(exported "$1")
	theirs=$(exported "$2")
	[ ${#mine} = 64 ] && [ "$mine" = "$theirs" ] && return 0
	echo "exported: '$mine' and '$theirs'"
	return 1
}

exports_openssl_client()
{
	: >"$world/exporter.log"
	openssl_get "$port" "$1" -keymatexport $label -keymatexportlen 32 >"$world/out" || return 1
	world_wait "$world/exporter.log" "$label: "
	same_key "$world/exporter.log" "$world/out"
}

exports_gnutls_client()
{
	: >"$world/exporter.log"
	gnutls_get "$port" --keymatexport $label --keymatexportsize 32 --priority "NORMAL:-VERS-ALL:+VERS-TLS$1" \
		>"$world/out" || return 1
	world_wait "$world/exporter.log" "$label: "
	same_key "$world/exporter.log" "$world/out"
}

# s_server tells what it exports only when it does not serve pages.
exports_openssl_server()
{
	(printf "$request"; world_wait "$world/keymat.log" 'Keying material: ') | timeout 60 tlsup connect --export $label localhost "$port" \
		>"$world/out" 2>"$world/err"
	world_wait "$world/keymat.log" 'Keying material: '
	same_key "$world/keymat.log" "$world/err"
}

test_exporters()
{
	local v

	tlsup_server exporter --export $label --www "$world/page"
	check "exporter: openssl to server, TLS 1.3" exports_openssl_client -tls1_3
	check "exporter: openssl to server, TLS 1.2" exports_openssl_client -tls1_2
	check "exporter: gnutls to server, TLS 1.3" exports_gnutls_client 1.3
	check "exporter: gnutls to server, TLS 1.2" exports_gnutls_client 1.2
	for v in 3 2; do
		world_port
		world_feed 5 keymat openssl s_server -accept "$port" -cert "$world/ecdsa.pem" \
			-key "$world/ecdsa.key" "-tls1_$v" -keymatexport $label -keymatexportlen 32
		world_until world_listening "$port"
		check "exporter: client to openssl, TLS 1.$v" exports_openssl_server
		world_stop keymat
		exec 5>&-
	done
}

# --- the key log (SSLKEYLOGFILE's format)

# Each line that the peer logged is in our log too.
logged()
{
	local line count=0

	while read -r line; do
		case "$line" in
		'#'* | *EXPORTER*) continue ;;
		esac
		grep -qiF -e "$line" "$world/keys" || { echo "not logged here: ${line%% *}"; return 1; }
		count=$((count + 1))
	done <"$1"
	[ $count -ge "$2" ] || { echo "$count lines, not $2"; return 1; }
}

log_openssl()
{
	rm -f "$world/theirs"
	openssl_get "$port" "$1" -keylogfile "$world/theirs" >"$world/out" || return 1
	logged "$world/theirs" "$2"
}

log_client()
{
	get "$port" && logged "$world/log-$1" "$2"
}

test_key_log()
{
	tlsup_server logged --www "$world/page"
	check "key log: openssl to server, TLS 1.3" log_openssl -tls1_3 4
	check "key log: openssl to server, TLS 1.2" log_openssl -tls1_2 1
	openssl_server log13 ecdsa -tls1_3 -www -keylogfile "$world/log-13"
	check "key log: client to openssl, TLS 1.3" log_client 13 4
	openssl_server log12 ecdsa -tls1_2 -www -keylogfile "$world/log-12"
	check "key log: client to openssl, TLS 1.2" log_client 12 1
	check "key log: it is ours alone" test "$(stat -c %a "$world/keys")" = 600
}

# --- limits of records

# GnuTLS speaks RFC 8449; what it sends and takes is then no longer than that.
limited_client()
{
	get "$port" --profile small && has "$world/err" 'record_limit_received=511'
}

itself()
{
	get "$port" --profile "$1" || return 1
	has "$world/err" "record_limit_sent=$2" "record_limit_received=$2" && cmp "$world/big" <(body)
}

# Behind the header.
body()
{
	sed '1,/^\r$/d' "$world/out"
}

test_limits()
{
	tlsup_server small --profile small --www "$world/big"
	check "record limit: client to server, TLS 1.3" itself small 511
	check "record limit: client to server, TLS 1.2" itself small12 512
	gnutls_server gnutls ecdsa --http --disable-client-cert
	check "record limit: client to gnutls" limited_client
}

world_begin ecdsa
certificates=(ecdsa)
{
	config_profile small "trust = $world/ca.pem" "record-size-limit = 512" "$(config_certificate ecdsa)"
	config_profile small12 "trust = $world/ca.pem" "record-size-limit = 512" "max-version = 1.2"
} | config_write
sed -i "s|^\\[tlsupd\\]|&\\nkeylog = $world/keys|" "$world/tlsupd.conf"
echo 'the page itself' >"$world/page"
seq 100000 >"$world/big"
world_daemon || skip_all "no tlsupd"
[ $# -gt 0 ] || set -- exporters key_log limits
for part in "$@"; do
	"test_$part"
done
finish
