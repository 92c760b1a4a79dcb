#!/bin/bash
# wire.sh: tcpdump's evidence: from the moment a socket is to be TLS, no byte of what the program writes
# is on the wire as plaintext; also when tlsupd is absent, stopped, or killed in the middle.
#
# Each case writes a marker of its own at every moment that it can (held.c, acceptor.c) while tcpdump
# captures lo; the first case shows that a marker that is there is found.  The ways of asking for TLS and
# of waiting for it go side by side, in one capture.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/../interop/lib.sh"

tests=$world_top/build/tests/e2e
marker=FORTYTWO-BYTES-THAT-NOBODY-SHOULD-SEE-HERE
ways="armed-block armed-poll start-block start-poll"

# The buffer is large and the packets are cut, so that none is dropped.
capture()
{
	rm -f "$world/wire.pcap"
	world_start tcpdump tcpdump -i lo --immediate-mode -U -B 16384 -s 4096 -w "$world/wire.pcap" "port $port"
	world_wait "$world/tcpdump.log" 'listening on'
}

# A datagram behind all the rest: once it is captured, so is what came before.
wire_end()
{
	echo THE-END-OF-THE-CAPTURE >"/dev/udp/127.0.0.1/$port"
	world_wait "$world/wire.pcap" THE-END-OF-THE-CAPTURE
	world_stop tcpdump -INT
}

connections()
{
	tcpdump -r "$world/wire.pcap" 'tcp[tcpflags] & (tcp-syn|tcp-ack) == tcp-syn' 2>/dev/null | wc -l
}

wire_has()
{
	grep -aq -e "$marker" "$world/wire.pcap"
}

# wire_lacks COUNT: in the packets of so many connections.
wire_lacks()
{
	has "$world/tcpdump.log" '^0 packets dropped' || return 1
	[ "$(connections)" -ge "$1" ] || { echo "only $(connections) connections captured"; return 1; }
	! wire_has || { echo "on the wire: $(grep -ao -e "${marker}[-a-z]*" "$world/wire.pcap" | sort -u)"; return 1; }
}

# verdict NAME [PATTERN]...: the wire is clean and the program's output has the patterns.
verdict()
{
	local name=$1

	shift
	wire_end
	check "$name: nothing in the clear" wire_lacks 1
	[ $# = 0 ] || check "$name: $1" has "$world/out" "$@"
}

# hold_all TIMEOUT_MS: a client for each way.
hold_all()
{
	local way

	holders=()
	for way in $ways; do
		# shellcheck disable=SC2086
		timeout 60 "$tests/held" ${way/-/ } "$port" "$marker-$way" "$1" >"$world/held-$way" 2>&1 &
		holders+=($!)
	done
}

# They have ended, and captured is what they sent.
held()
{
	wait "${holders[@]}"
	wire_end
	check "$1: nothing in the clear" wire_lacks ${#holders[@]}
}

# failed NAME PATTERN: so did each, and its write.
failed()
{
	local way

	held "$1"
	for way in $ways; do
		check "$1, $way: $2" has "$world/held-$way" "$2"
		check "$1, $way: the write failed" lacks 'write: ok' "$world/held-$way"
	done
}

lacks()
{
	! grep -aq -e "$1" "$2" || { cat "$2"; return 1; }
}

daemon_killed()
{
	kill -KILL "${world_pids[tlsupd]}"
	world_until world_registered 0
}

daemon_again()
{
	unset 'world_pids[tlsupd]'
	world_daemon
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
	world_daemon_kill -TERM
	capture
	hold_all 30000
	failed "no tlsupd" ESRCH
	world_daemon
}

# The request is never accepted: the deadline ends it; or tlsupd is killed, and no other comes.
test_pending()
{
	kill -STOP "${world_pids[tlsupd]}"
	capture
	hold_all 1500
	failed "tlsupd stopped" ETIMEDOUT
	kill -CONT "${world_pids[tlsupd]}"

	kill -STOP "${world_pids[tlsupd]}"
	capture
	hold_all 5000
	world_until pending 4
	daemon_killed
	failed "tlsupd stopped and killed" 'ETIMEDOUT|ESRCH'
	daemon_again
}

pending()
{
	[ "$(tlsup stats pending)" = "$1" ]
}

# The peer does not answer the ClientHello (the kernel accepts for it), and tlsupd dies.
test_handshake()
{
	kill -STOP "${world_pids[mute]}"
	capture
	hold_all 30000
	world_until hellos 4
	daemon_killed
	failed "tlsupd killed in the handshake" ECONNABORTED
	daemon_again
	kill -CONT "${world_pids[mute]}"
}

# Each has the server's name in it.
hellos()
{
	[ "$(grep -ao localhost "$world/wire.pcap" | wc -l)" = "$1" ]
}

# All is well: the marker arrives, and the wire does not have it.
test_open()
{
	local way

	: >"$world/sink.log"
	capture
	hold_all 30000
	held "all is well"
	for way in $ways; do
		check "all is well, $way: the write is done" has "$world/held-$way" 'write: ok'
		world_wait "$world/sink.log" "$marker-$way"
		check "all is well, $way: the marker arrived" has "$world/sink.log" "$marker-$way"
	done
}

# Killed after the handshake: what is written then is protected as before.
test_killed_open()
{
	: >"$world/sink.log"
	capture
	world_feed 5 late tlsup connect localhost "$port"
	world_until tlsup_open
	daemon_killed
	echo "$marker" >&5
	world_wait "$world/sink.log" "$marker"
	exec 5>&-
	check "tlsupd killed when open: the marker arrived" has "$world/sink.log" "$marker"
	: >"$world/out"
	verdict "tlsupd killed when open"
	world_stop late
	daemon_again
}

tlsup_open()
{
	tlsup show state | grep -q open
}

handshaking()
{
	tlsup show state | grep -q handshake
}

# A server that answers at once, and clients that never speak TLS.
test_server()
{
	local client

	world_port
	world_listen acceptor "$port" "$tests/acceptor" "$port" "$marker" 1500
	capture
	plain_client 'GET / HTTP/1.0\r\n\r\n'
	world_wait "$world/acceptor.log" write
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
	world_listen acceptor "$port" "$tests/acceptor" "$port" "$marker" 5000
	capture
	plain_client '' &
	client=$!
	world_until handshaking
	daemon_killed
	# The request waits for another tlsupd, which does not come before the deadline.
	wait "$client"
	world_wait "$world/acceptor.log" write
	cp "$world/acceptor.log" "$world/out"
	verdict "a server, tlsupd killed" 'write: '
	check "a server, tlsupd killed: the write failed" lacks 'write: ok' "$world/out"
	daemon_again
}

plain_client()
{
	# shellcheck disable=SC2016
	timeout 60 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"; printf "$2" >&3; cat <&3' plain "$port" "$1" \
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
