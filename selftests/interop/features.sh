#!/bin/bash
# features.sh: HelloRetryRequest, ALPN, the certificate that a name asks for, resumption, KeyUpdate and
# the ways in which a connection ends, with OpenSSL and GnuTLS at the other end.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

hellos()
{
	local count

	count=$(grep -ac 'ClientHello' "$1")
	[ "$count" = "$2" ] || { echo "$count ClientHello, not $2"; return 1; }
}

# --- HelloRetryRequest (RFC 8446 4.1.4)

retry_client()
{
	get "$1" && has "$world/err" 'group=secp384r1 ' && hellos "$world/retry.log" 2
}

retry_openssl()
{
	openssl_get "$port" -tls1_3 -groups X25519:P-384 -msg >"$world/out" || return 1
	has "$world/out" 'the page itself' 'Server Temp Key: ECDH, (secp384r1|P-384)' && hellos "$world/out" 2
}

retry_gnutls()
{
	gnutls_get "$port" --priority NORMAL:-VERS-ALL:+VERS-TLS1.3 >"$world/out" || return 1
	has "$world/out" 'the page itself' ECDHE-SECP384R1
}

test_retry()
{
	openssl_server retry ecdsa -tls1_3 -www -groups P-384 -msg
	check "HelloRetryRequest: client to openssl" retry_client "$port"
	gnutls_server retry-gnutls ecdsa --http --disable-client-cert \
		--priority NORMAL:-VERS-ALL:+VERS-TLS1.3:-GROUP-ALL:+GROUP-SECP384R1
	check "HelloRetryRequest: client to gnutls" get "$port"
	tlsup_server retry-server --profile p384 --www "$world/page"
	check "HelloRetryRequest: openssl to server" retry_openssl
	check "HelloRetryRequest: gnutls to server" retry_gnutls
	tlsup_server cookie-server --profile p384-cookie --www "$world/page"
	check "HelloRetryRequest with a cookie: openssl to server" retry_openssl
	check "HelloRetryRequest with a cookie: gnutls to server" retry_gnutls
}

# --- ALPN (RFC 7301)

alpn_client()
{
	get "$port" --alpn h2,http/1.1 && has "$world/err" 'alpn=http/1.1 '
}

alpn_openssl()
{
	openssl_get "$port" -tls1_3 -alpn acme,http/1.1 >"$world/out" || return 1
	has "$world/out" 'ALPN protocol: http/1.1' && served alpn-server 'alpn=http/1.1 '
}

alpn_gnutls()
{
	gnutls_get "$port" --alpn acme --alpn http/1.1 >"$world/out" || return 1
	has "$world/out" 'Application protocol: http/1.1'
}

alpn_none()
{
	openssl_get "$port" -tls1_3 >"$world/out" || return 1
	has "$world/out" 'No ALPN negotiated' 'the page itself'
}

test_alpn()
{
	openssl_server alpn ecdsa -tls1_3 -www -alpn http/1.1
	check "ALPN: client to openssl" alpn_client
	gnutls_server alpn-gnutls ecdsa --http --disable-client-cert --alpn http/1.1
	check "ALPN: client to gnutls" alpn_client
	tlsup_server alpn-server --alpn h2,http/1.1 --www "$world/page"
	check "ALPN: openssl to server" alpn_openssl
	check "ALPN: gnutls to server" alpn_gnutls
	check "ALPN: a client that offers none" alpn_none
}

# --- the certificate that a name asks for (RFC 6066 3)

names_second()
{
	openssl_get "$port" -tls1_3 -servername second.example -verify_hostname second.example >"$world/out" ||
		return 1
	has "$world/out" 'subject=CN = second' 'the page itself' && served names 'name=second.example '
}

names_other()
{
	openssl_get "$port" -tls1_3 "$@" >"$world/out" || return 1
	has "$world/out" 'subject=CN = ecdsa' 'the page itself'
}

names_curl()
{
	curl -sS --cacert "$world/ca.pem" --tlsv1.3 --connect-to "second.example:443:127.0.0.1:$port" \
		https://second.example/ >"$world/out" && has "$world/out" 'the page itself'
}

test_names()
{
	tlsup_server names --profile two --www "$world/page"
	check "name: the second certificate" names_second
	check "name: the first" names_other -servername localhost
	check "name: none asked for" names_other -noservername
	check "name: curl, the second" names_curl
}

# --- resumption (RFC 8446 2.2)

resumes_openssl()
{
	get "$port" && has "$world/err" 'resumed=no' && has "$world/out" '^New, TLSv1.3' &&
		get "$port" && has "$world/err" 'resumed=yes' && has "$world/out" '^Reused, TLSv1.3' &&
		get "$port" && has "$world/err" 'resumed=yes' && has "$world/out" '^Reused, TLSv1.3'
}

resumes_gnutls()
{
	get "$port" --profile gnutls && has "$world/err" 'resumed=no' &&
		get "$port" --profile gnutls && has "$world/err" 'resumed=yes'
}

resumed_by_openssl()
{
	openssl_get "$port" -tls1_3 -sess_out "$world/session" >"$world/out" || return 1
	has "$world/out" '^New, TLSv1.3' || return 1
	openssl_get "$port" -tls1_3 -sess_in "$world/session" >"$world/out" || return 1
	has "$world/out" '^Reused, TLSv1.3' 'the page itself' && served tickets 'resumed=yes'
}

resumed_by_gnutls()
{
	gnutls_get "$port" --resume --waitresumption >"$world/out" || { cat "$world/out"; return 1; }
	has "$world/out" 'This is a resumed session'
}

resumes_itself()
{
	get "$port" --profile self && has "$world/err" 'resumed=no' &&
		get "$port" --profile self && has "$world/err" 'resumed=yes' 'verified=yes'
}

not_resumed()
{
	get "$1" --profile self && has "$world/err" 'resumed=no'
}

forgotten()
{
	openssl_get "$port" -tls1_3 -sess_in "$world/session" >"$world/out" || return 1
	has "$world/out" '^New, TLSv1.3' 'the page itself'
}

test_resumption()
{
	local openssl gnutls

	openssl_server resume ecdsa -tls1_3 -www
	openssl=$port
	check "resumption: client to openssl, twice, both sides say so" resumes_openssl
	gnutls_server resume-gnutls ecdsa --http --disable-client-cert
	gnutls=$port
	check "resumption: client to gnutls" resumes_gnutls
	tlsup_server tickets --www "$world/page"
	check "resumption: openssl to server, both sides say so" resumed_by_openssl
	check "resumption: gnutls to server" resumed_by_gnutls
	check "resumption: client to server" resumes_itself
	check "resumption: another server does not know the session" not_resumed "$openssl"
	check "resumption: nor does a third" not_resumed "$gnutls"
	world_daemon
	check "resumption: a new tlsupd does not know the ticket, and all is well" forgotten
}

# --- KeyUpdate (RFC 8446 4.6.3)

update_echo()
{
	timeout 60 tlsup connect --info --key-update=4K "$@" localhost "$port" \
		<"$world/lines" >"$world/out" 2>"$world/err" || { cat "$world/err"; return 1; }
	cmp "$world/lines" "$world/out" &&
		has "$world/err" 'key_updates_sent=[1-9]' 'key_updates_received=[1-9]'
}

# GnuTLS's echo server ends a connection as soon as it reads the client's end, answered or not.
update_gnutls()
{
	: >"$world/out"
	(cat "$world/lines"; world_until cmp "$world/lines" "$world/out") | timeout 60 tlsup connect --info --key-update=4K localhost "$port" \
		>"$world/out" 2>"$world/err" || { cat "$world/err"; return 1; }
	cmp "$world/lines" "$world/out" &&
		has "$world/err" 'key_updates_sent=[1-9]' 'key_updates_received=[1-9]'
}

updates()
{
	[ "$(grep -ac KEYUPDATE "$world/out")" = "$1" ]
}

updated_by_openssl()
{
	: >"$world/out"
	: >"$world/update-server.log"
	# A command has to be all that s_client reads at a time.
	(
		world_says before "$world/out" 'Verify return'
		world_says k "$world/out" '^before'
		world_says between "$world/out" KEYUPDATE
		world_says K "$world/out" '^between'
		world_until updates 2
		echo after
		world_says Q "$world/out" '^after'
	) | timeout 60 openssl s_client -tls1_3 -CAfile "$world/ca.pem" -connect "localhost:$port" \
		>"$world/out" 2>&1
	has "$world/out" '^before' KEYUPDATE '^between' '^after' &&
		served update-server 'key_updates_sent=1 key_updates_received=2'
}

updated_by_gnutls()
{
	: >"$world/out"
	(
		world_says before "$world/out" 'Simple Client Mode'
		world_says '^rekey^' "$world/out" '^before'
		echo between
		world_says '^rekey1^' "$world/out" '^between'
		echo after
		world_wait "$world/out" '^after'
	) | timeout 60 gnutls-cli --inline-commands --x509cafile "$world/ca.pem" --port "$port" localhost \
		>"$world/out" 2>&1
	has "$world/out" '^before' '^between' '^after'
}

test_key_update()
{
	seq 100000 110000 >"$world/lines"
	tlsup_server update-server --echo
	check "KeyUpdate: openssl to server, k and K" updated_by_openssl
	check "KeyUpdate: gnutls to server, inline" updated_by_gnutls
	check "KeyUpdate: client to server, every 4 KiB" update_echo
	gnutls_server update-gnutls ecdsa --echo --disable-client-cert
	check "KeyUpdate: client to gnutls, every 4 KiB" update_gnutls
}

# --- the end of a connection (RFC 8446 6.1)

ends_well()
{
	get "$port" && has "$world/err" 'alert_sent=close_notify' 'alert_received=close_notify'
}

ended_with()
{
	local status=0

	wait "${world_pids[$1]}" || status=$?
	unset "world_pids[$1]"
	exec 5>&-
	cat "$world/$1.log"
	[ $status = "$2" ] || { echo "exit status $status, not $2"; return 1; }
}

# Called without `check', as it waits for a child of this shell.
server_killed()
{
	mkfifo "$world/idle"
	exec 7<>"$world/idle"
	openssl_server victim ecdsa -tls1_3 <"$world/idle"
	world_feed 5 cut tlsup connect --info localhost "$port"
	world_wait "$world/victim.log" 'CIPHER is'
	world_until connected
	world_stop victim -KILL
	if ended_with cut 6 >"$world/cut.txt" && has "$world/cut.txt" '\(ECONNRESET\)' close_notify; then
		ok "end: a server that dies without close_notify is ECONNRESET"
	else
		not_ok "end: a server that dies without close_notify is ECONNRESET" "$(cat "$world/cut.txt")"
	fi
}

connected()
{
	tlsup show state | grep -q open
}

client_killed()
{
	tlsup_server orphan --receive
	world_feed 6 dying openssl s_client -tls1_3 -quiet -CAfile "$world/ca.pem" -connect "localhost:$port"
	echo 'what came first' >&6
	world_wait "$world/orphan.log" 'what came first'
	world_stop dying -KILL
	exec 6>&-
	check "end: a client that dies without close_notify is ECONNRESET" served orphan '\(ECONNRESET\)'
}

# The client's input is at its end at once; the answer comes all the same.
half_close()
{
	get "$port" && has "$world/err" 'alert_sent=close_notify'
}

test_end()
{
	openssl_server end ecdsa -tls1_3 -www
	check "end: close_notify both ways with openssl" ends_well
	check "end: half-close, the answer still comes" half_close
	gnutls_server end-gnutls ecdsa --http --disable-client-cert
	check "end: half-close with gnutls" half_close
	server_killed
	client_killed
}

world_begin ecdsa second
certificates=(ecdsa)
{
	config_profile p384 "groups = secp384r1" "$(config_certificate ecdsa)"
	config_profile p384-cookie "groups = secp384r1" "cookie = yes" "$(config_certificate ecdsa)"
	config_profile two "$(config_certificate ecdsa)" "$(config_certificate second)"
	config_profile gnutls "trust = $world/ca.pem"
	config_profile self "trust = $world/ca.pem"
} | config_write
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
[ $# -gt 0 ] || set -- retry alpn names resumption key_update end
for part in "$@"; do
	"test_$part"
done
finish
