#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# peers: hs-peer against other people's TLS 1.3 over loopback TCP, as client and as server. No kernel
# module: this is the engine alone. Peers: OpenSSL, GnuTLS, curl, as Debian packages them.
. selftests/lib/tap.sh

peer=$PWD/build/hs-peer
dir=$(mktemp -d)
server_pid=
port=$((10000 + $$ % 20000))	# below those that the kernel gives to clients

stop()
{
	[ -z "$server_pid" ] || { kill "$server_pid"; wait "$server_pid"; } 2>/dev/null
	server_pid=
}
trap 'stop; rm -rf "$dir"' EXIT
cd "$dir" || exit 2

# make_cert NAME OPENSSL-REQ-OPTION...: a leaf for localhost under ca.pem.
make_cert()
{
	local name=$1
	shift
	openssl req "$@" -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>>openssl.log &&
	openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
		-extfile san.txt -out "$name.leaf" 2>>openssl.log &&
	cat "$name.leaf" ca.pem >"$name.pem"
}

make_pki()
{
	echo 'subjectAltName=DNS:localhost' >san.txt
	openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca \
		2>>openssl.log
	openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 \
		-subj /CN=other 2>>openssl.log
	make_cert P-256 -newkey ec -pkeyopt ec_paramgen_curve:P-256
	make_cert P-384 -newkey ec -pkeyopt ec_paramgen_curve:P-384
	make_cert P-521 -newkey ec -pkeyopt ec_paramgen_curve:P-521
	make_cert rsa -newkey rsa:2048
	make_cert rsa-pss -newkey rsa-pss -pkeyopt rsa_keygen_bits:2048
	make_cert ed25519 -newkey ed25519
	make_cert ed448 -newkey ed448
	make_cert client -newkey ec -pkeyopt ec_paramgen_curve:P-256
}

# start WORD COMMAND...: a server in the background, once it has printed WORD. PORT in the command
# is the port.
start()
{
	local word=$1
	shift
	stop
	port=$((port + 1))
	: >server.log
	"${@//PORT/$port}" >server.log 2>&1 </dev/null &
	server_pid=$!
	for _ in $(seq 100); do
		grep -q "$word" server.log && return
		sleep 0.03
	done
	note "the server did not start: $*"
	cat server.log
	return 1
}

openssl_server()
{
	start ACCEPT openssl s_server -accept PORT -www -tls1_3 "$@"
}

gnutls_server()
{
	local priority=$1
	shift
	start 'listening on IPv4' gnutls-serv -p PORT --http -a --x509certfile P-256.pem \
		--x509keyfile P-256.key --priority "$priority" "$@"
}

# our_client WANTED OPTION...: our client gets a page, and its line has WANTED (a pattern).
our_client()
{
	local want=$1
	shift
	timeout 20 "$peer" client localhost "$port" --ca ca.pem --send $'GET / HTTP/1.0\r\n\r' "$@" \
		>page.txt 2>client.log
	local status=$?
	[ $status = 0 ] && grep -q 'HTTP/1.0 200' page.txt && grep -Eq -- "$want" client.log && return
	echo "exit status $status, wanted: $want"
	cat client.log
	tail -3 server.log
	return 1
}

# our_failure STATUS WANTED OPTION...
our_failure()
{
	local want=$1
	shift
	! timeout 20 "$peer" client localhost "$port" --ca ca.pem --send 'GET / HTTP/1.0' "$@" \
		>page.txt 2>client.log && grep -Eq -- "$want" client.log && return
	echo "wanted: $want"
	cat client.log
	return 1
}

our_server()
{
	start listening "$peer" server PORT "$@"
}

# their_client WANTED COMMAND...: the peer's client gets our page, in which WANTED is found.
their_client()
{
	local want=$1
	shift
	printf 'GET / HTTP/1.0\r\n\r\n' |
		timeout 20 "${@//PORT/$port}" >page.txt 2>client.log
	grep -Eq -- "$want" page.txt && return
	echo "wanted: $want"
	head -c 3000 page.txt
	tail -5 client.log
	tail -3 server.log
	return 1
}

openssl_client()
{
	local want=$1
	shift
	their_client "$want" openssl s_client -connect localhost:PORT -CAfile ca.pem \
		-verify_return_error -servername localhost -quiet -ign_eof "$@"
}

gnutls_client()
{
	local want=$1 priority=$2
	shift 2
	their_client "$want" gnutls-cli -p PORT --x509cafile ca.pem --logfile gnutls.log \
		--priority "NORMAL:-VERS-ALL:+VERS-TLS1.3$priority" "$@" localhost
}

suites='TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256'
groups='X25519:x25519 P-256:secp256r1 P-384:secp384r1 P-521:secp521r1 X448:x448'
keys='P-256:ecdsa_secp256r1_sha256 P-384:ecdsa_secp384r1_sha384 P-521:ecdsa_secp521r1_sha512
rsa:rsa_pss_rsae_sha256 rsa-pss:rsa_pss_pss_sha256 ed25519:ed25519 ed448:ed448'

client_against_openssl()
{
	local s g k
	for s in $suites; do
		openssl_server -cert P-256.pem -key P-256.key -ciphersuites "$s"
		check "client, OpenSSL: $s" our_client "suite=$s .*retried=no"
	done
	for g in $groups; do
		openssl_server -cert P-256.pem -key P-256.key -groups "${g%:*}"
		check "client, OpenSSL: group ${g#*:} at once" \
			our_client "group=${g#*:} .*retried=no" --shares "${g#*:}"
		check "client, OpenSSL: group ${g#*:} after HelloRetryRequest" \
			our_client "group=${g#*:} .*retried=yes" --shares none
	done
	for k in $keys; do
		openssl_server -cert "${k%:*}.pem" -key "${k%:*}.key"
		check "client, OpenSSL: ${k#*:}" our_client "signature=${k#*:} "
	done
	openssl_server -cert P-256.pem -key P-256.key -alpn h2,http/1.1
	check "client, OpenSSL: ALPN" our_client 'alpn=http/1.1 ' --alpn http/1.1,h3
	check "client, OpenSSL: no protocol in common (alert 120)" our_failure 'received 120' --alpn h3
	check "client, OpenSSL: KeyUpdate both ways" our_client 'resumed=no' --key-update
	check "client, OpenSSL: no compatibility mode" our_client 'resumed=no' --no-compat
	rm -f s
	check "client, OpenSSL: full" our_client 'resumed=no' --session-out s
	check "client, OpenSSL: resumed" our_client 'resumed=yes' --session-in s --session-out s
	check "client, OpenSSL: resumed by the resumed one's ticket" \
		our_client 'resumed=yes' --session-in s
	openssl_server -cert P-256.pem -key P-256.key -groups P-384
	check "client, OpenSSL: full, retried" our_client 'resumed=no retried=yes' --session-out s
	check "client, OpenSSL: resumed, retried" our_client 'resumed=yes retried=yes' --session-in s
}

client_refuses()
{
	openssl_server -cert P-256.pem -key P-256.key
	check "client: an unknown CA (alert 48)" our_failure 'alert sent 48' --ca other.pem
	check "client: a wrong name (alert 42 with its reason)" \
		our_failure 'not for example.org.*alert sent 42' --name example.org
	start ACCEPT openssl s_server -accept PORT -www -tls1_2 -cert P-256.pem -key P-256.key
	check "client: a server of TLS 1.2 (alert 70)" our_failure 'alert received|received 70' --min 1.3
}

client_certificates()
{
	openssl_server -cert P-256.pem -key P-256.key -CAfile ca.pem -Verify 2
	check "client certificate, required by OpenSSL: sent" \
		our_client 'resumed=no' --cert client.pem --key client.key
	check "client certificate, required by OpenSSL: none" \
		our_failure 'version=TLSv1.3'
	openssl_server -cert P-256.pem -key P-256.key -CAfile ca.pem -verify 2
	check "client certificate, wished for by OpenSSL: none" our_client 'resumed=no'
}

server_against_openssl()
{
	local s g k
	our_server --cert P-256.pem --key P-256.key --alpn h2,http/1.1
	for s in $suites; do
		check "server, OpenSSL: $s" openssl_client "suite=$s .*name=localhost" -ciphersuites "$s"
	done
	for g in $groups; do
		check "server, OpenSSL: group ${g#*:}" \
			openssl_client "group=${g#*:} .*retried=no" -groups "${g%:*}"
	done
	check "server, OpenSSL: ALPN" openssl_client 'alpn=http/1.1' -alpn h3,http/1.1
	check "server, OpenSSL: full" openssl_client 'resumed=no' -sess_out s.pem
	check "server, OpenSSL: resumed" openssl_client 'resumed=yes' -sess_in s.pem
	check "server, OpenSSL: resumed, another group" \
		openssl_client 'resumed=yes' -sess_in s.pem -groups P-384
	check "server, curl" their_client 'version=TLSv1.3.*alpn=http/1.1' \
		curl -sS --http1.1 --tlsv1.3 --cacert ca.pem https://localhost:PORT/
	check "server, curl: 3 MB" big_page
	check "server, curl: KeyUpdate" their_client 'version=TLSv1.3' \
		curl -sS --http1.1 --tlsv1.3 --cacert ca.pem https://localhost:PORT/keyupdate
	for k in $keys; do
		our_server --cert "${k%:*}.pem" --key "${k%:*}.key"
		check "server, OpenSSL: ${k#*:}" openssl_client "signature=${k#*:} "
	done
	for g in $groups; do
		[ "${g#*:}" != x25519 ] || continue
		our_server --cert P-256.pem --key P-256.key --groups "${g#*:}" --cookie
		check "server, OpenSSL: ${g#*:} after HelloRetryRequest with a cookie" \
			openssl_client "group=${g#*:} .*resumed=no retried=yes" -sess_out s.pem
		check "server, OpenSSL: ${g#*:} after HelloRetryRequest, resumed" \
			openssl_client "group=${g#*:} .*resumed=yes retried=yes" -sess_in s.pem
	done
}

server_asks_for_certificates()
{
	our_server --cert P-256.pem --key P-256.key --ca ca.pem --client-auth require
	check "client certificate, required by us: OpenSSL sends one" \
		openssl_client 'peer_certificates=[12] ' -cert client.leaf -key client.key
	check "client certificate, required by us: OpenSSL has none (alert 116)" \
		refused 'no certificate.*alert sent 116' -tls1_3
	check "client certificate, required by us: GnuTLS sends one" \
		gnutls_client 'peer_certificates=[12] ' '' --x509certfile client.leaf \
		--x509keyfile client.key
	check "client certificate, required by us: curl sends one" \
		their_client 'peer_certificates=[12] ' curl -sS --http1.1 --cacert ca.pem \
		--cert client.leaf --key client.key https://localhost:PORT/
	our_server --cert P-256.pem --key P-256.key --ca other.pem --client-auth request
	check "client certificate, of a CA that we don't know (alert 48)" \
		refused 'alert sent 48' -cert client.leaf -key client.key
	check "client certificate, wished for by us: OpenSSL has none" \
		openssl_client 'peer_certificates=0 '
}

big_page()
{
	curl -sS --http1.1 --cacert ca.pem "https://localhost:$port/bytes/3000000" | wc -c | grep -qx 3000000
}

# A handshake that our server refuses; its own words are in server.log.
refused()
{
	local want=$1
	shift
	printf 'x\n' | timeout 20 openssl s_client -connect "localhost:$port" "$@" >page.txt 2>&1
	sleep 0.1
	grep -Eq -- "$want" server.log && return
	echo "wanted: $want"
	tail -3 server.log
	return 1
}

server_refuses()
{
	our_server --cert P-256.pem --key P-256.key --alpn h2 --groups x25519 \
		--suites TLS_AES_128_GCM_SHA256
	check "server: a client of TLS 1.2 (alert 70)" refused 'alert sent 70' -tls1_2
	check "server: no suite in common (alert 40)" \
		refused 'no cipher suite.*alert sent 40' -ciphersuites TLS_AES_256_GCM_SHA384
	check "server: no group in common (alert 40)" refused 'no group.*alert sent 40' -groups P-256
	check "server: no protocol in common (alert 120)" refused 'alert sent 120' -alpn h3
	check "server: no scheme in common (alert 40)" \
		refused 'no certificate for this client.*alert sent 40' -sigalgs rsa_pss_rsae_sha256
}

gnutls_groups='SECP256R1:secp256r1 SECP384R1:secp384r1 SECP521R1:secp521r1 X25519:x25519 X448:x448'
gnutls_suites='AES-128-GCM:TLS_AES_128_GCM_SHA256 AES-256-GCM:TLS_AES_256_GCM_SHA384
CHACHA20-POLY1305:TLS_CHACHA20_POLY1305_SHA256'

client_against_gnutls()
{
	local g s base='NORMAL:-VERS-ALL:+VERS-TLS1.3'
	for s in $gnutls_suites; do
		gnutls_server "$base:-CIPHER-ALL:+${s%:*}"
		check "client, GnuTLS: ${s#*:}" our_client "suite=${s#*:} "
	done
	for g in $gnutls_groups; do
		gnutls_server "$base:-GROUP-ALL:+GROUP-${g%:*}"
		check "client, GnuTLS: group ${g#*:} after HelloRetryRequest" \
			our_client "group=${g#*:} .*retried=yes" --shares none
	done
	gnutls_server "$base"
	rm -f s
	check "client, GnuTLS: full" our_client 'resumed=no' --session-out s
	check "client, GnuTLS: resumed" our_client 'resumed=yes' --session-in s
	check "client, GnuTLS: KeyUpdate" our_client 'resumed=no' --key-update
	start 'listening on IPv4' gnutls-serv -p PORT --http -r --x509cafile ca.pem \
		--x509certfile P-256.pem --x509keyfile P-256.key --priority "$base"
	check "client certificate, required by GnuTLS: sent" \
		our_client 'resumed=no' --cert client.pem --key client.key
}

# gnutls-cli connects twice with --resume; the page that we look at is the last.
server_against_gnutls()
{
	local g s
	our_server --cert P-256.pem --key P-256.key
	for s in $gnutls_suites; do
		check "server, GnuTLS: ${s#*:}" \
			gnutls_client "suite=${s#*:} " ":-CIPHER-ALL:+${s%:*}"
	done
	for g in $gnutls_groups; do
		check "server, GnuTLS: group ${g#*:}" \
			gnutls_client "group=${g#*:} " ":-GROUP-ALL:+GROUP-${g%:*}"
	done
	check "server, GnuTLS: resumed" gnutls_client 'resumed=yes' '' --resume --waitresumption
	our_server --cert P-256.pem --key P-256.key --groups secp384r1 --cookie
	check "server, GnuTLS: HelloRetryRequest with a cookie" gnutls_client 'retried=yes' ''
}

# Groups that a configuration has to name, or that not every libcrypto has.
fields='ffdhe2048 ffdhe3072 ffdhe4096 ffdhe6144 ffdhe8192'
hybrids='X25519MLKEM768:x25519mlkem768 SecP256r1MLKEM768:secp256r1mlkem768'

fields_against_openssl()
{
	local f
	for f in $fields; do
		openssl_server -cert P-256.pem -key P-256.key -groups "$f"
		check "client, OpenSSL: group $f" our_client "group=$f .*retried=no" --groups "$f"
	done
	our_server --cert P-256.pem --key P-256.key --groups "${fields// /,}"
	for f in $fields; do
		check "server, OpenSSL: group $f" openssl_client "group=$f .*retried=no" -groups "$f"
	done
}

fields_against_gnutls()
{
	local f base='NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-'
	for f in $fields; do
		gnutls_server "$base${f^^}"
		check "client, GnuTLS: group $f" our_client "group=$f .*retried=no" --groups "$f"
	done
	our_server --cert P-256.pem --key P-256.key --groups "${fields// /,}"
	for f in $fields; do
		check "server, GnuTLS: group $f" gnutls_client "group=$f " ":-GROUP-ALL:+GROUP-${f^^}"
	done
}

hybrids_against_openssl()
{
	local h
	if ! openssl list -kem-algorithms | grep -q X25519MLKEM768; then
		skip "OpenSSL: hybrids of ML-KEM" "openssl list -kem-algorithms names none"
		return
	fi
	for h in $hybrids; do
		openssl_server -cert P-256.pem -key P-256.key -groups "${h%:*}"
		check "client, OpenSSL: group ${h#*:} at once" \
			our_client "group=${h#*:} .*retried=no" --shares "${h#*:}"
		check "client, OpenSSL: group ${h#*:} after HelloRetryRequest" \
			our_client "group=${h#*:} .*retried=yes" --shares none
		our_server --cert P-256.pem --key P-256.key
		check "server, OpenSSL: group ${h#*:}" \
			openssl_client "group=${h#*:} .*retried=no" -groups "${h%:*}"
		our_server --cert P-256.pem --key P-256.key --groups "${h#*:}" --cookie
		check "server, OpenSSL: ${h#*:} after HelloRetryRequest" \
			openssl_client "group=${h#*:} .*retried=yes" -groups "P-384:${h%:*}"
	done
	openssl_server -cert P-256.pem -key P-256.key
	check "client, OpenSSL: a hybrid by default" our_client 'group=x25519mlkem768 .*retried=no'
	openssl_server -cert P-256.pem -key P-256.key -groups X25519
	check "client, OpenSSL: no retry for x25519" our_client 'group=x25519 .*retried=no'
	our_server --cert P-256.pem --key P-256.key
	check "server, OpenSSL: a hybrid by default" openssl_client 'group=x25519mlkem768 .*retried=no'
}

hybrids_against_gnutls()
{
	local base='NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-X25519-MLKEM768'
	if ! gnutls-cli --list | grep -q X25519-MLKEM768; then
		skip "GnuTLS: hybrids of ML-KEM" "gnutls-cli --list names none"
		return
	fi
	gnutls_server "$base"
	check "client, GnuTLS: group x25519mlkem768" our_client 'group=x25519mlkem768 .*retried=no'
	our_server --cert P-256.pem --key P-256.key
	check "server, GnuTLS: group x25519mlkem768" \
		gnutls_client 'group=x25519mlkem768 ' ':-GROUP-ALL:+GROUP-X25519-MLKEM768'
}

make_pki
client_against_openssl
fields_against_openssl
hybrids_against_openssl
client_refuses
client_certificates
server_against_openssl
server_refuses
server_asks_for_certificates
if command -v gnutls-serv >/dev/null; then
	client_against_gnutls
	server_against_gnutls
	fields_against_gnutls
	hybrids_against_gnutls
else
	skip "GnuTLS" "gnutls-bin is not installed"
fi
stop
finish
