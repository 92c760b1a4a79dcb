#!/bin/bash
# wire.sh: tcpdump's evidence: from the moment a socket is to be TLS, no byte of what the program writes
# is on the wire as plaintext; also when tlsupd is absent, stopped, or killed in the middle.
#
# Each case writes one marker at every moment that it can (held.c, acceptor.c) while tcpdump captures lo;
# the first case shows that a marker that is there is found.
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=selftests/interop/world.sh
. "$here/../interop/world.sh"
# shellcheck source=selftests/interop/config.sh
. "$here/../interop/config.sh"
# shellcheck source=selftests/interop/peers.sh
. "$here/../interop/peers.sh"

tests=$world_top/build/tests/e2e
marker=FORTYTWO-BYTES-THAT-NOBODY-SHOULD-SEE-HERE

capture()
{
	rm -f "$world/wire.pcap"
	world_start tcpdump tcpdump -i lo --immediate-mode -U -w "$world/wire.pcap" "tcp port $port"
	world_wait "$world/tcpdump.log" 'listening on'
}

# wire_has PATTERN / wire_lacks PATTERN: in the packets captured, of which there are some.
wire_end()
{
	sleep 0.3
	world_stop tcpdump -INT
}

packets()
{
	tcpdump -r "$world/wire.pcap" 2>/dev/null | wc -l
}

wire_has()
{
	grep -aq -e "$marker" "$world/wire.pcap"
}

wire_lacks()
{
	[ "$(packets)" -ge 3 ] || { echo "only $(packets) packets captured"; return 1; }
	! wire_has || { echo "the marker is on the wire"; return 1; }
}

# verdict NAME [PATTERN]...: the wire is clean and the program's output has the patterns.
verdict()
{
	local name=$1

	shift
	wire_end
	check "$name: nothing in the clear" wire_lacks
	[ $# = 0 ] || check "$name: $1" has "$world/out" "$@"
}

hold()
{
	timeout 20 "$tests/held" "$1" "$2" "$port" "$marker" "${3:-5000}" >"$world/out" 2>&1
}

test_control()
{
	capture
	# shellcheck disable=SC2016
	bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; echo "$2" >&3' plain "$port" "$marker"
	wire_end
	check "control: a marker in the clear is found" wire_has
}

test_absent()
{
	local ask how

	world_daemon_kill -TERM
	for ask in armed start; do for how in block poll; do
		capture
		hold $ask $how
		verdict "no tlsupd, $ask, $how" 'ESRCH'
		check "no tlsupd, $ask, $how: the write failed" lacks 'write: ok'
	done; done
	world_daemon
}

lacks()
{
	! grep -aq -e "$1" "$world/out" || { cat "$world/out"; return 1; }
}

# The request is never accepted: the deadline ends it; or tlsupd is killed, and no other comes.
test_pending()
{
	local ask how

	for ask in armed start; do for how in block poll; do
		kill -STOP "${world_pids[tlsupd]}"
		capture
		hold $ask $how 1500
		kill -CONT "${world_pids[tlsupd]}"
		verdict "tlsupd stopped, $ask, $how" 'ETIMEDOUT'
		check "tlsupd stopped, $ask, $how: the write failed" lacks 'write: ok'

		kill -STOP "${world_pids[tlsupd]}"
		capture
		kill_soon
		hold $ask $how 1500
		wait "$killer"
		verdict "tlsupd stopped and killed, $ask, $how" 'ETIMEDOUT|ESRCH'
		check "tlsupd stopped and killed, $ask, $how: the write failed" lacks 'write: ok'
		unset 'world_pids[tlsupd]'
		world_daemon
	done; done
}

# In a while, kill -9.
kill_soon()
{
	(
		sleep 0.7
		kill -KILL "${world_pids[tlsupd]}"
	) &
	killer=$!
}

# The peer does not answer the ClientHello (the kernel accepts for it), and tlsupd dies.
test_handshake()
{
	local ask how

	kill -STOP "${world_pids[mute]}"
	for ask in armed start; do for how in block poll; do
		capture
		kill_soon
		hold $ask $how 4000
		wait "$killer"
		verdict "tlsupd killed in the handshake, $ask, $how" 'ECONNABORTED'
		check "tlsupd killed in the handshake, $ask, $how: the write failed" lacks 'write: ok'
		unset 'world_pids[tlsupd]'
		world_daemon
	done; done
	kill -CONT "${world_pids[mute]}"
}

# All is well: the marker arrives, and the wire does not have it.
test_open()
{
	local ask how

	for ask in armed start; do for how in block poll; do
		: >"$world/sink.log"
		capture
		hold $ask $how
		verdict "all is well, $ask, $how" 'write: ok'
		world_wait "$world/sink.log" "$marker"
		check "all is well, $ask, $how: the marker arrived" has "$world/sink.log" "$marker"
	done; done
}

# Killed after the handshake: what is written then is protected as before.
test_killed_open()
{
	: >"$world/sink.log"
	capture
	world_feed 5 late tlsup connect localhost "$port"
	world_until tlsup_open
	kill -KILL "${world_pids[tlsupd]}"
	sleep 0.3
	echo "$marker" >&5
	world_wait "$world/sink.log" "$marker"
	exec 5>&-
	check "tlsupd killed when open: the marker arrived" has "$world/sink.log" "$marker"
	: >"$world/out"
	verdict "tlsupd killed when open"
	world_stop late
	unset 'world_pids[tlsupd]'
	world_daemon
}

tlsup_open()
{
	tlsup show state | grep -q open
}

# A server that answers at once, and clients that never speak TLS.
test_server()
{
	world_port
	world_listen acceptor "$port" "$tests/acceptor" "$port" "$marker" 1500
	capture
	plain_client 'GET / HTTP/1.0\r\n\r\n'
	cp "$world/acceptor.log" "$world/out"
	verdict "a server, a client in plaintext" 'write: (EPROTO|EPIPE)'
	world_stop acceptor

	world_port
	world_listen acceptor "$port" "$tests/acceptor" "$port" "$marker" 1500
	capture
	plain_client ''
	world_wait "$world/acceptor.log" write
	cp "$world/acceptor.log" "$world/out"
	verdict "a server, a silent client" 'write: (ETIMEDOUT|ECONNRESET)'
	world_stop acceptor

	world_port
	world_listen acceptor "$port" "$tests/acceptor" "$port" "$marker" 4000
	capture
	kill_soon
	plain_client ''
	wait "$killer"
	world_wait "$world/acceptor.log" write
	cp "$world/acceptor.log" "$world/out"
	verdict "a server, tlsupd killed" 'write: '
	check "a server, tlsupd killed: the write failed" lacks 'write: ok'
	unset 'world_pids[tlsupd]'
	world_daemon
}

plain_client()
{
	# shellcheck disable=SC2016
	timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; printf "$2" >&3; cat <&3' plain "$port" "$1" \
		>"$world/plain" 2>/dev/null
	:
}

world_begin ecdsa
certificates=(ecdsa)
config_write </dev/null
world_daemon || skip_all "no tlsupd"
mkfifo "$world/idle"
exec 7<>"$world/idle"
openssl_server mute ecdsa -tls1_3 -quiet <"$world/idle"
mute=$port
openssl_server sink ecdsa -tls1_3 -quiet <"$world/idle"
sink=$port
[ $# -gt 0 ] || set -- control absent pending handshake open killed_open server
for part in "$@"; do
	port=$sink
	[ "$part" != handshake ] || port=$mute
	case $part in server) port=$((sink + 10)) ;; esac
	"test_$part"
done
finish
