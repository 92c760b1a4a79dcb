#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# flags: hs-peer against hs-peer, a check for each option of its --help: what it does, and what it refuses.
. selftests/lib/tap.sh

hs_peer=$PWD/build/hs-peer
dir=$(mktemp -d)
server_pid=
port=
stop()
{
	[ -z "$server_pid" ] || { kill "$server_pid"; wait "$server_pid"; } 2>/dev/null
	server_pid=
}
trap 'stop; rm -rf "$dir"' EXIT
cd "$dir" || exit 2

# leaf NAME ALT-NAME: a P-256 leaf under ca.pem.
leaf()
{
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "/CN=$1" \
		2>>openssl.log
	printf '%s\n' "subjectAltName=$2" subjectKeyIdentifier=hash authorityKeyIdentifier=keyid >"$1.ext"
	openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile "$1.ext" -out "$1.pem" \
		2>>openssl.log
}

make_pki()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 \
		-subj '/CN=test ca' -addext keyUsage=critical,keyCertSign,cRLSign 2>>openssl.log
	leaf server DNS:localhost
	leaf client DNS:client
	leaf a.test DNS:a.test
	printf 'stapled bytes' >staple.bin
	printf '\000\005\000\003abc' >sct.bin
	printf 'GET / HTTP/1.0\r\n\r\n' >early
}

# serve OPTION...: our server in the background, until the next one.
serve()
{
	stop
	: >server.log
	"$hs_peer" server 0 --cert server.pem --key server.key "$@" >/dev/null 2>server.log &
	server_pid=$!
	for _ in $(seq 1000); do
		port=$(sed -n 's/^listening on //p' server.log)
		[ -z "$port" ] || return 0
		sleep 0.02
	done
	cat server.log
	return 1
}

# get OPTION...: our client gets a page; all that both said is in `said`.
get()
{
	timeout 60 "$hs_peer" client localhost "$port" --ca ca.pem --get "${path:-/}" "$@" >page 2>client.log </dev/null
	status=$?
	said
}

said()
{
	sed 's/^/client: /' client.log >said
	sed 's/^/page: /' page >>said
	sed 's/^/server: /' server.log >>said
}

# was_said PATTERN: the server's last words may come after the client's end.
was_said()
{
	local i

	for ((i = 0; i < 500; i++)); do
		! grep -Eqa -- "$1" said || return 0
		sleep 0.02
		said
	done
	return 1
}

# yes PATTERN... -- OPTION...: it works, and each pattern was said.
yes()
{
	local patterns=()

	while [ "$1" != -- ]; do patterns+=("$1"); shift; done
	shift
	get "$@"
	for p in "${patterns[@]}"; do
		was_said "$p" || { echo "wanted: $p"; cat said; return 1; }
	done
	[ $status = 0 ] || { echo "exit status $status"; cat said; return 1; }
}

# no PATTERN OPTION...: it fails with status 1, and the pattern was said.
no()
{
	local p=$1

	shift
	get "$@"
	was_said "$p" && [ $status = 1 ] && return
	echo "exit status $status, wanted: $p"
	cat said
	return 1
}

agreed_on()
{
	serve
	check "default: TLS 1.3" yes 'client: version=TLSv1.3 ' 'page: version=TLSv1.3 ' --
	check "--max 1.2, client" yes 'client: version=TLSv1.2 ' -- --max 1.2
	check "--suites, as the RFCs spell it" yes 'suite=TLS_CHACHA20_POLY1305_SHA256 ' -- \
		--suites TLS_CHACHA20_POLY1305_SHA256
	check "--groups" yes 'group=secp384r1 ' -- --groups secp384r1
	check "--shares none: HelloRetryRequest" yes 'retried=yes ' -- --shares none
	check "--schemes without ours" no 'alert sent 40|received 40' --schemes rsa_pss_rsae_sha256
	check "--grease" yes 'version=TLSv1.3 ' -- --grease
	check "--no-compat" yes 'version=TLSv1.3 ' -- --no-compat
	check "--fallback-scsv with an older version" no 'received 86' --fallback-scsv --max 1.2
	serve --export label
	check "--export: the same on both sides, and on no other connection" exported_twice
	serve --min 1.3
	check "--min 1.3, server" no 'received 70' --max 1.2
	serve --alpn h2,http/1.1
	check "--alpn" yes 'alpn=http/1.1 ' -- --alpn http/1.1,h3
	check "--alpn: none in common" no 'received 120' --alpn h3
	serve --alpn h2 --alpn-required
	check "--alpn-required" no 'received 120'
	serve --cookie --groups secp384r1
	check "--cookie" yes 'retried=yes ' --
}

exported_twice()
{
	local first

	get --export label
	first=$(grep -a '^client: exported' said)
	grep -qaF "${first/client:/server:}" said || { cat said; return 1; }
	get --export label
	[ -n "$first" ] && ! grep -qaF "$first" said
}

limits()
{
	serve --record-size-limit 600
	check "--record-size-limit, 1.3" yes ' limit=511 peer_limit=599 ' -- --record-size-limit 512
	check "--record-size-limit, 1.2" yes ' limit=512 peer_limit=600 ' -- --record-size-limit 512 --max 1.2
	path=/bytes/100000 check "--record-size-limit, 100 kB" yes ' limit=511' -- --record-size-limit 512
	serve
	check "--max-fragment-length" yes ' limit=1024 peer_limit=1024 ' -- --max-fragment-length 1024 --max 1.2
	serve --max 1.2 --suites TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
	check "--suites as OpenSSL spells them; encrypt-then-MAC" yes \
		'suite=TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA .*etm=yes ' -- --max 1.2 --suites ECDHE-ECDSA-AES128-SHA
	check "--no-etm" yes 'etm=no ' -- --max 1.2 --suites ECDHE-ECDSA-AES128-SHA --no-etm
	serve
	check "extended master secret" yes 'ems=yes ' -- --max 1.2
	check "--ems-optional" yes 'ems=yes ' -- --max 1.2 --ems-optional
}

certificates()
{
	serve
	check "--ca that did not issue it" no 'alert sent 48' --ca client.pem
	check "--name that it is not for" no 'alert sent 42' --name other.test
	check "--no-name" yes 'server: .* name= ' -- --no-name
	serve --sni a.test=a.test.pem,a.test.key
	check "--sni: its own certificate" yes 'subject=CN=a.test ' -- --name a.test
	check "--sni: another name, the default" yes 'subject=CN=server ' --
	serve --sni a.test=a.test.pem,a.test.key --sni-strict
	check "--sni-strict" no 'received 112'
	serve --client-auth require --ca ca.pem --authorities
	check "--client-auth require, --authorities" yes 'server: .*subject=CN=client ' -- --cert client.pem --key client.key
	check "--client-auth require, 1.2" yes 'server: .*subject=CN=client ' -- --cert client.pem --key client.key --max 1.2
	check "--client-auth require, none" no 'alert sent 116'
	serve --client-auth request --ca ca.pem
	check "--client-auth request, none" yes 'server: .*peer_certificates=0 ' --
	serve --ca ca.pem --auth
	check "--auth, --post-handshake-auth" yes 'page: .*subject=CN=client .*authenticated=1' -- \
		--post-handshake-auth --cert client.pem --key client.key
	serve --ca ca.pem
	path=/auth check "/auth" yes 'page: .*subject=CN=client .*authenticated=1' -- \
		--post-handshake-auth --cert client.pem --key client.key
	serve --ocsp staple.bin --sct sct.bin
	check "--ask-ocsp, --ask-sct" yes 'client: .*ocsp=13 sct=7 ' -- --ask-ocsp --ask-sct
	check "... and not asked for" yes 'client: .*ocsp=0 sct=0 ' --
	serve
	check "--require-ocsp" no 'alert sent 113' --require-ocsp
	for alg in zlib brotli zstd; do
		serve --compress "$alg"
		check "--compress $alg" yes 'subject=CN=server ' -- --compress "$alg"
	done
}

sessions()
{
	serve
	check "--reconnect: resumed" yes 'client: .*resumed=yes ' -- --reconnect 1
	check "--reconnect, 1.2: resumed" yes 'client: .*resumed=yes ' -- --reconnect 1 --max 1.2
	check "--session-out" yes 'resumed=no ' -- --session-out kept
	check "--session-in" yes 'client: .*resumed=yes ' -- --session-in kept
	check "--no-resumption, client" never_resumed --reconnect 1 --no-resumption
	serve --no-tickets
	check "--no-tickets: 1.2 by session ID" yes 'client: .*resumed=yes ' -- --reconnect 1 --max 1.2
	check "--no-tickets: 1.3 not at all" never_resumed --reconnect 1
	serve --no-tickets --fork
	check "--fork: session IDs are shared" yes 'client: .*resumed=yes ' -- --reconnect 1 --max 1.2
	serve --no-tickets --no-session-ids
	check "--no-session-ids" never_resumed --reconnect 1 --max 1.2
	serve --tickets 0
	check "--tickets 0" never_resumed --reconnect 1
	serve --ticket-key key
	check "--ticket-key: made" yes 'resumed=no ' -- --session-out kept
	serve --ticket-key key
	check "--ticket-key: outlives the process" yes 'client: .*resumed=yes ' -- --session-in kept
	serve
	check "another key's ticket" yes 'client: .*resumed=no ' -- --session-in kept
}

never_resumed()
{
	yes 'resumed=no ' -- "$@" && ! grep -q '^client: .*resumed=yes' said
}

mapping()
{
	serve --ask-user-mapping
	check "--user-mapping" yes 'page: .*user=joe@example domain=there' -- --max 1.2 --user-mapping joe@example,there
	check "--user-mapping, the name alone" yes 'page: .*user=joe@example domain= *$' -- --max 1.2 \
		--user-mapping joe@example
	check "--ask-user-mapping: the client has none" yes 'page: .*user= domain= *$' -- --max 1.2
	check "--user-mapping in TLS 1.3: nothing of it" yes 'page: version=TLSv1.3 .*user= domain= *$' -- \
		--user-mapping joe@example
	serve
	check "--user-mapping: nobody asks" yes 'page: .*user= domain= *$' -- --max 1.2 --user-mapping joe@example
}

keys()
{
	serve --psk joe:00112233445566778899aabbccddeeff
	check "--psk" yes 'psk=dhe identity=joe ' -- --psk joe:00112233445566778899aabbccddeeff
	check "--psk: another key" no 'received 51' --psk joe:ffeeddccbbaa99887766554433221100
	check "--psk: another name, certificates" yes 'client: .*psk=no .*' 'subject=CN=server ' -- \
		--psk jim:00112233445566778899aabbccddeeff
	serve --psk joe:00112233445566778899aabbccddeeff:sha384 --psk-ke
	check "--psk with sha384" yes 'suite=TLS_AES_256_GCM_SHA384 .*identity=joe ' -- \
		--psk joe:00112233445566778899aabbccddeeff:sha384
	(umask 077; echo "joe:00112233445566778899aabbccddeeff:import=0102" >psks)
	serve --psk-file psks
	check "--psk-file, imported" yes 'psk=dhe identity=\\x00\\x03joe\\x00\\x02' -- --psk-file psks
	check "--psk-file: the key that is not imported" yes 'client: .*psk=no .*' 'subject=CN=server ' -- \
		--psk joe:00112233445566778899aabbccddeeff
	serve --key-log log.server --max-early-data 1000
	check "--key-log" yes 'version=' -- --key-log log.client --session-out kept
	check "... the same on both sides" same_key_logs
	check "--early-data" yes 'client: .*early=accepted early_bytes=18 ' 'page: version=.*early=accepted' -- \
		--session-in kept --early-data early --export-early x
	serve --max-early-data 1000 --refuse-early --export-early x
	yes '' -- --session-out kept >/dev/null
	check "--refuse-early" yes 'client: .*early=rejected ' -- --session-in kept --early-data early
}

same_key_logs()
{
	[ -s log.client ] && diff <(grep -av EARLY log.client | sort) <(grep -av EARLY log.server | sort)
}

afterwards()
{
	serve --renegotiation allow
	check "--key-update" yes 'page: .*key_updates=1 ' -- --key-update
	path=/keyupdate check "/keyupdate" yes 'client: .*key_updates=1 ' --
	check "--renegotiate" yes 'page: .*handshakes=2 ' -- --max 1.2 --renegotiate --renegotiation allow
	path=/renegotiate check "/renegotiate" yes 'page: .*handshakes=2 ' -- --max 1.2 --renegotiation allow
	path=/renegotiate check "/renegotiate, refused" yes 'page: .*handshakes=1 ' -- --max 1.2
	path=/nowhere check "a path that is not there" yes 'page: HTTP/1.0 404' --
	serve --echo
	check "--echo, --until, --send" until_echo
	serve --timeout 2
	check "junk does not end the server" junk
}

until_echo()
{
	[ "$("$hs_peer" client localhost "$port" --ca ca.pem --send 'one two' --until two 2>/dev/null)" = 'one two' ]
}

junk()
{
	head -c 3000 /dev/urandom | timeout 5 bash -c "cat >/dev/tcp/localhost/$port"
	printf 'GET / HTTP/1.0\r\n\r\n' | timeout 5 bash -c "cat >/dev/tcp/localhost/$port"
	printf '\026\003\001\377\377' | timeout 5 bash -c "cat >/dev/tcp/localhost/$port"
	yes 'version=TLSv1.3 ' --
}

the_program()
{
	check "--accept 1: leaves with 0" leaves_with 0
	check "--accept 1 after a failure: leaves with 1" leaves_with 1 --ca client.pem
	check "--help names every option once" help_is_whole
	check "an unknown option: 2" status_2 client localhost 1 --nonsense
	check "an unknown name: 2" status_2 client localhost 1 --suites nonsense
	check "a missing value: 2" status_2 client localhost 1 --name
	check "a server without a certificate: 2" status_2 server 0
}

leaves_with()
{
	local want=$1 pid

	shift
	# Not by the redirection alone, which comes after what is below looks.
	: >server.log
	"$hs_peer" server 0 --cert server.pem --key server.key --accept 1 >/dev/null 2>server.log &
	pid=$!
	until grep -q listening server.log; do sleep 0.02; done
	port=$(sed -n 's/^listening on //p' server.log)
	get "$@"
	wait "$pid"
	[ $? = "$want" ]
}

help_is_whole()
{
	"$hs_peer" --help >help
	[ "$(grep -c '^  --' help)" -gt 50 ] && ! grep -o '^  --[a-z0-9-]*' help | sort | uniq -d | grep .
}

status_2()
{
	"$hs_peer" "$@" 2>said
	[ $? = 2 ]
}

make_pki
agreed_on
limits
certificates
sessions
mapping
keys
afterwards
the_program
stop
finish
