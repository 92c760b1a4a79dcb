#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# importer: external keys that are imported (RFC 9258), with the one other implementation that Debian has:
# GnuTLS 3.8, in the Debian 13 root tree.  Its programs can't, so a small one on its library does.
. selftests/lib/tap.sh
. selftests/lib/debian13.sh

key=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
pid=
port=

stop()
{
	[ -z "$pid" ] || { kill "$pid"; wait "$pid"; } 2>/dev/null
	pid=
}

# in_background FILE COMMAND: until stop(); it says "listening" once it does.
in_background()
{
	: >"$work/$1"
	inside "exec timeout 60 $2" >"$work/$1" 2>&1 &
	pid=$!
	for _ in $(seq 500); do
		! grep -q listening "$work/$1" || return 0
		sleep 0.02
	done
	cat "$work/$1"
	return 1
}

psks()
{
	(umask 077; printf 'joe:%s:import=%s\n' "$key" "$1" >"$work/psks")
}

# our_client CONTEXT THEIRS
our_client()
{
	psks "$1"
	port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
	in_background server "./gnutls_importer server $port joe $key '$2'" || return 1
	inside "timeout 60 build/hs-peer client localhost $port --psk-file psks --get /" >"$work/client" 2>&1
	local status=$?

	cat "$work/client" "$work/server"
	stop
	return $status
}

# our_server CONTEXT THEIRS
our_server()
{
	psks "$1"
	in_background server "build/hs-peer server 0 --psk-file psks" || return 1
	port=$(sed -n 's/^listening on //p' "$work/server")
	inside "timeout 60 ./gnutls_importer client $port joe $key '$2'" >"$work/client" 2>&1
	local status=$?

	stop
	cat "$work/client" "$work/server"
	return $status
}

taken()
{
	"$@" >"$work/said" && grep -aq 'HTTP/1.0 200 OK' "$work/said" && grep -aq 'psk=dhe identity=.*joe' "$work/said" &&
		return
	cat "$work/said"
	return 1
}

refused()
{
	local words=$1

	shift
	! "$@" >"$work/said" && grep -aq "$words" "$work/said" && return
	cat "$work/said"
	return 1
}

debian13_begin
cp selftests/peers/gnutls_importer "$work/"
trap 'stop; rm -rf "$work"' EXIT

check "client to GnuTLS" taken our_client '' ''
check "client to GnuTLS, with a context" taken our_client 0102ff 0102ff
check "client to GnuTLS, another context" refused 'an identity that is not ours' our_client 0102ff 0102
check "GnuTLS to server" taken our_server '' ''
check "GnuTLS to server, with a context" taken our_server 0102ff 0102ff
check "GnuTLS to server, another context" refused 'alert sent 115' our_server 0102ff 0102
finish
