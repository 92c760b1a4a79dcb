#!/bin/bash
# failures.sh: a connection that ends in a fatal alert after its handshake is not resumed (RFC 5246 7.2.2,
# RFC 8446 6.2): tickets and session IDs, both roles, the alert sent or received; and one that ends well is.
# The alert's cause is a record that somebody on the way puts in.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/lib.sh"

# meddled NAME: whoever connects to the new $port gets to the old one.
meddled()
{
	local to=$port

	world_port
	world_listen "meddler-$1" "$port" "$world_top/build/tests/interop/meddler" "$port" "$to"
	meddler=meddler-$1
}

# connection PATTERN HOW COMMAND...: one that is open, since a word goes both ways; then it ENDs well, or
# somebody meddles (USR1, USR2), which ends it without a word from its user. Its log must have PATTERN.
# What the kernel tells tlsupd of a connection (a ticket, that it failed) it tells before it speaks of the
# next, so nothing else is waited for where our end is the client's.
connection()
{
	local pattern=$1 how=$2

	shift 2
	world_feed 5 client "$@"
	echo hello >&5
	world_wait "$world/client.log" "$answer" || { cat "$world/client.log"; return 1; }
	if [ "$how" = END ]; then
		exec 5>&-
	else
		kill "-$how" "${world_pids[$meddler]}"
	fi
	world_until ended || { echo "it does not end"; world_stop client; return 1; }
	exec 5>&-
	world_stop client
	has "$world/client.log" "$pattern"
}

ended()
{
	! kill -0 "${world_pids[client]}"
}

# What our end says of the alert.
alert_of()
{
	case "$1" in
	USR1) echo "alert_$2=bad_record_mac" ;;
	USR2) echo "alert_$3=bad_record_mac" ;;
	END) echo close_notify ;;
	esac
}

ours()
{
	connection "$1" "$2" tlsup connect --info localhost "$port" &&
		has "$world/client.log" "$(alert_of "$2" sent received)"
}

# as_client NAME OPTION...: our client, by way of the meddler to s_server.
as_client()
{
	local name=$1

	shift
	answer=olleh
	openssl_server "openssl-$name" ecdsa -rev "$@"
	meddled "$name"
	check "$name: the first" ours 'resumed=no' END
	check "$name: resumed; then a fatal alert is sent" ours 'resumed=yes' USR1
	check "$name: not resumed" ours 'resumed=no' END
	check "$name: resumed; then a fatal alert is received" ours 'resumed=yes' USR2
	check "$name: not resumed" ours 'resumed=no' END
	check "$name: resumed" ours 'resumed=yes' END
}

# Here it matters that our end, the server's, has heard.
theirs()
{
	: >"$world/by-id.log"
	connection "$1" "$2" openssl s_client -tls1_2 -no_ticket -CAfile "$world/ca.pem" \
		-connect "localhost:$port" "${@:3}" &&
		served by-id "$(alert_of "$2" received sent)"
}

# s_client offers its session whatever happened; so it is our server that does not know it.
as_server()
{
	answer=hello
	tlsup_server by-id --profile byid --echo
	meddled by-id
	check "server, session ID: the first" theirs '^New, TLSv1.2' END -sess_out "$world/session"
	check "server, session ID: resumed" theirs '^Reused, TLSv1.2' END -sess_in "$world/session"
	check "server, session ID: resumed; then a fatal alert is sent" theirs '^Reused, TLSv1.2' USR2 \
		-sess_in "$world/session"
	check "server, session ID: not resumed" theirs '^New, TLSv1.2' END -sess_in "$world/session" \
		-sess_out "$world/session2"
	check "server, session ID: resumed; then a fatal alert is received" theirs '^Reused, TLSv1.2' USR1 \
		-sess_in "$world/session2"
	check "server, session ID: not resumed" theirs '^New, TLSv1.2' END -sess_in "$world/session2"
}

# It ends although its input does not.
refuses_ticket()
{
	local status=0

	world_feed 5 client tlsup connect --info localhost "$port"
	printf 'GET /badticket HTTP/1.0\r\n\r\n' >&5
	world_until ended || { echo 'it does not end'; world_stop client; return 1; }
	exec 5>&-
	wait "${world_pids[client]}" || status=$?
	cat "$world/client.log"
	[ $status != 0 ] || { echo 'it ends well'; return 1; }
	has "$world/client.log" '\(EPROTO\)' decode_error
}

# RFC 8446 6: tlsupd reads tickets, and the kernel ends their connection.
bad_tickets()
{
	world_port
	world_listen hs-peer "$port" "$world_top/build/hs-peer" server "$port" --cert "$world/ecdsa.pem" \
		--key "$world/ecdsa.key"
	check "a malformed ticket ends the connection" refuses_ticket
}

world_begin ecdsa
certificates=(ecdsa)
config_profile byid "trust = $world/ca.pem" "max-version = 1.2" "tickets = 0" "$(config_certificate ecdsa)" |
	config_write
world_daemon || skip_all "no tlsupd"
as_client tls13-ticket -tls1_3
as_client tls12-ticket -tls1_2
as_client tls12-id -tls1_2 -no_ticket
as_server
bad_tickets
finish
