#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# extras: what goes beside the handshake proper, against other people's TLS over loopback TCP: stapled
# OCSP responses, record limits, compressed certificates, suites of CCM, GREASE. Peers: OpenSSL, GnuTLS.
. selftests/lib/tap.sh

peer=$PWD/build/hs-peer
dir=$(mktemp -d)
server_pid=
port=$((12000 + $$ % 18000))	# below those that the kernel gives to clients

stop()
{
	[ -z "$server_pid" ] || { kill "$server_pid"; wait "$server_pid"; } 2>/dev/null
	server_pid=
}
trap 'stop; rm -rf "$dir"' EXIT
cd "$dir" || exit 2

# A CA, a leaf, and what the CA says of it in OCSP.
make_pki()
{
	echo 'subjectAltName=DNS:localhost' >san.txt
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
		-days 2 -subj /CN=ca
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout leaf.key -out leaf.csr \
		-subj /CN=localhost
	openssl x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -set_serial 0x1234 -days 2 \
		-extfile san.txt -out leaf.pem
	cat leaf.pem ca.pem >chain.pem
	printf 'V\t%s\t\t1234\tunknown\t/CN=localhost\n' "$(date -u -d tomorrow +%y%m%d%H%M%SZ)" >index.txt
	openssl ocsp -index index.txt -rsigner ca.pem -rkey ca.key -CA ca.pem -issuer ca.pem \
		-cert leaf.pem -respout response.der -ndays 1
} >openssl.log 2>&1

# start WORD COMMAND...: a server in the background, once it has printed WORD; PORT is the port.
start()
{
	local word=$1
	shift
	stop
	port=$((port + 1))
	"${@//PORT/$port}" >server.log 2>&1 </dev/null &
	server_pid=$!
	for _ in $(seq 200); do
		grep -q "$word" server.log && return
		sleep 0.03
	done
	note "the server did not start: $*"
	cat server.log
	return 1
}

our_server()
{
	start listening "$peer" server PORT --cert chain.pem --key leaf.key "$@"
}

openssl_server()
{
	start ACCEPT openssl s_server -accept PORT -www -msg -cert leaf.pem -key leaf.key "$@"
}

gnutls_server()
{
	local priority=$1
	shift
	start 'listening on IPv4' gnutls-serv -d 4 -p PORT --http -a --x509certfile chain.pem \
		--x509keyfile leaf.key --priority "$priority" "$@"
}

# found WANTED FILE...
found()
{
	grep -Eqs -- "$@" && return
	echo "wanted: $1"
	shift
	tail -n 4 "$@"
	return 1
}

# our_client WANTED OPTION...: our client gets a page; its line has WANTED.
our_client()
{
	local want=$1
	shift
	timeout 20 "$peer" client localhost "$port" --ca ca.pem --get / "$@" >page.txt 2>client.log
	found 'HTTP/1.0 200' page.txt && found "$want" client.log
}

# openssl_client WANTED OPTION...: OpenSSL's client gets our page; what it prints or gets has WANTED.
openssl_client()
{
	local want=$1
	shift
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 openssl s_client -connect "localhost:$port" \
		-CAfile ca.pem -servername localhost -msg -ign_eof "$@" >page.txt 2>client.log
	found 'HTTP/1.0 200' page.txt && found "$want" page.txt client.log
}

gnutls_client()
{
	local want=$1 priority=$2
	shift 2
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 gnutls-cli -d 4 -p "$port" --x509cafile ca.pem \
		--priority "$priority" "$@" localhost >page.txt 2>client.log
	found 'HTTP/1.0 200' page.txt && found "$want" page.txt client.log
}

base='NORMAL:-VERS-ALL:+VERS-TLS1.3'

stapling()
{
	openssl_server -tls1_3 -status_file response.der
	check "client, OpenSSL: a stapled response" our_client 'ocsp=[1-9]' --ask-ocsp
	check "client, OpenSSL: a response that is required" our_client 'ocsp=[1-9]' --require-ocsp
	openssl_server -tls1_3
	check "client, OpenSSL: a response that is required, and missing (alert 113)" \
		refused 'alert sent 113' --require-ocsp
	our_server --ocsp response.der
	check "server, OpenSSL: a stapled response" \
		openssl_client 'OCSP Response Status: successful' -tls1_3 -status
	check "server, GnuTLS: a stapled response" \
		gnutls_client 'HTTP/1.0 200' "$base" --save-ocsp=saved.der
	check "... is the one we have" found 'BEGIN OCSP RESPONSE|.' saved.der
}

refused()
{
	local want=$1
	shift
	! timeout 20 "$peer" client localhost "$port" --ca ca.pem --get / "$@" >page.txt 2>client.log &&
		found "$want" client.log
}

# A page of 100000 bytes, which has to come whole.
gnutls_page()
{
	printf 'GET /bytes/100000 HTTP/1.0\r\n\r\n' | timeout 20 gnutls-cli -p "$port" --x509cafile ca.pem \
		--priority "$base" --logfile gnutls.log "$@" localhost >page.txt 2>client.log
	[ "$(wc -c <page.txt)" -gt 100000 ]
}

record_limits()
{
	our_server --record-size-limit 16385
	check "server, GnuTLS: it takes records of 512 bytes" \
		gnutls_client 'peer_limit=51[12]' "$base" --recordsize=512
	check "... of a long page too" gnutls_page --recordsize=512
	our_server --record-size-limit 1025
	check "server, GnuTLS: we take records of 1024 bytes" gnutls_client ' limit=1024' "$base"
	gnutls_server "$base" --recordsize=600
	check "client, GnuTLS: limits both ways" \
		our_client ' limit=800 peer_limit=(599|600)' --record-size-limit 801
	openssl_server -tls1_3
	check "client, OpenSSL: which knows no limit" our_client ' limit=0 peer_limit=0' \
		--record-size-limit 801
}

gnutls_compression()
{
	local c=$1
	our_server --compress "$c"
	check "server, GnuTLS: a certificate by $c" \
		gnutls_client 'COMPRESSED CERTIFICATE \(25\) was received' "$base" "--compress-cert=$c"
	gnutls_server "$base" "--compress-cert=$c"
	check "client, GnuTLS: a certificate by $c" our_client 'resumed=no' --compress "$c"
	check "... which was compressed" found 'COMPRESSED CERTIFICATE.* was queued' server.log
}

openssl_compression()
{
	local c=$1
	our_server --compress "$c"
	check "server, OpenSSL: a certificate by $c" openssl_client 'CompressedCertificate' -tls1_3
	openssl_server -tls1_3 -cert_comp
	check "client, OpenSSL: a certificate by $c" our_client 'resumed=no' --compress "$c"
	check "... which was compressed" found 'CompressedCertificate' server.log
}

compression()
{
	local c
	our_server --compress zlib
	gnutls_client . "$base" --compress-cert=zlib
	if grep -qs 'Unknown compression method: zlib' client.log page.txt; then
		skip "GnuTLS: compressed certificates" "gnutls-cli: Unknown compression method: zlib"
	else
		for c in zlib brotli zstd; do
			gnutls_compression "$c"
		done
	fi
	if ! openssl s_server -help 2>&1 | grep -q cert_comp; then
		skip "OpenSSL: compressed certificates" "openssl s_server -help names no cert_comp"
		return
	fi
	for c in zlib zstd; do
		openssl_compression "$c"
	done
}

ccm()
{
	local s
	for s in TLS_AES_128_CCM_SHA256:AES-128-CCM TLS_AES_128_CCM_8_SHA256:AES-128-CCM-8; do
		openssl_server -tls1_3 -ciphersuites "${s%:*}" -cipher 'ALL@SECLEVEL=0'
		check "client, OpenSSL: ${s%:*}" our_client "suite=${s%:*} " --suites "${s%:*}"
		gnutls_server "$base:-CIPHER-ALL:+${s#*:}"
		check "client, GnuTLS: ${s%:*}" our_client "suite=${s%:*} " --suites "${s%:*}"
		our_server --suites "${s%:*}"
		check "server, OpenSSL: ${s%:*}" openssl_client "suite=${s%:*} " -tls1_3 \
			-ciphersuites "${s%:*}" -cipher 'ALL@SECLEVEL=0'
		check "server, GnuTLS: ${s%:*}" \
			gnutls_client "suite=${s%:*} " "$base:-CIPHER-ALL:+${s#*:}"
	done
}

grease()
{
	local alpn='--alpn http/1.1'
	openssl_server -tls1_3 -alpn http/1.1
	# shellcheck disable=SC2086
	check "client, OpenSSL: GREASE" our_client 'resumed=no' --grease $alpn --session-out s
	# shellcheck disable=SC2086
	check "client, OpenSSL: GREASE, resumed" our_client 'resumed=yes' --grease $alpn --session-in s
	check "client, OpenSSL: GREASE, retried" our_client 'retried=yes' --grease --shares none
	openssl_server -tls1_2
	check "client, OpenSSL of TLS 1.2: GREASE" our_client 'resumed=no' --grease
	gnutls_server "$base"
	check "client, GnuTLS: GREASE" our_client 'resumed=no' --grease
	check "client, GnuTLS: GREASE, retried" our_client 'retried=yes' --grease --shares none
}

make_pki
stapling
record_limits
compression
ccm
grease
stop
finish
