# world.sh: one small world for a test, in the guest: a directory of its own, certificates, tlsupd with
# a configuration, peers in the background; and its end, whatever happens.
#
#	world_begin [CERTIFICATE]...	makes $world, the certificates named (all: none named)
#	world_daemon			(re)starts tlsupd with $world/tlsupd.conf, waits until it registered
#	world_daemon_kill SIGNAL	ends it and waits for it
#	world_listen NAME PORT COMMAND...  starts a server, waits until it listens; log: $world/NAME.log
#	world_port			sets $port to one that nobody used yet
#	world_stop NAME			ends what world_listen or world_start started
#	world_wait FILE PATTERN		until FILE has a line like PATTERN (5 s; world_patience)
#
# The name localhost is 127.0.0.1 here.  Sourced by the demo too: it prints nothing.
# shellcheck shell=bash

world_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
world_patience=${world_patience:-100}	# tenths of a second
PATH=$world_top/build/bin:$PATH

world_begin()
{
	world=$(mktemp -d "${TMPDIR:-/tmp}/tlsup-world.XXXXXX")
	declare -gA world_pids=()
	port=7000
	trap world_end EXIT
	ip link set lo up
	"$world_top/selftests/interop/pki" "$world" "$@"
}

# Only what this shell started, by its id.
world_end()
{
	local status=$? name

	trap - EXIT
	for name in "${!world_pids[@]}"; do
		world_stop "$name"
	done
	[ -n "${world_keep:-}" ] || rm -rf "$world"
	exit $status
}

world_port()
{
	port=$((port + 1))
}

world_start()
{
	local name=$1

	shift
	"$@" >"$world/$name.log" 2>&1 &
	world_pids[$name]=$!
}

world_stop()
{
	local pid=${world_pids[$1]:-}

	[ -n "$pid" ] || return 0
	unset "world_pids[$1]"
	kill "${2:--TERM}" "$pid" 2>/dev/null || :
	kill -CONT "$pid" 2>/dev/null || :
	wait "$pid" 2>/dev/null || :
}

world_alive()
{
	kill -0 "${world_pids[$1]}" 2>/dev/null
}

# world_until COMMAND...: until it succeeds.
world_until()
{
	local left=$world_patience

	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		sleep 0.1
	done
}

world_listening()
{
	[ -n "$(ss -Hltn "sport = :$1")" ]
}

world_listen()
{
	local name=$1 where=$2

	shift 2
	world_start "$name" "$@"
	world_until world_listening "$where" && return 0
	echo "$name does not listen at port $where:" >&2
	cat "$world/$name.log" >&2
	return 1
}

world_wait()
{
	world_until grep -aqE -e "$2" "$1"
}

world_registered()
{
	[ "$(tlsup stats agents)" = "${1:-1}" ]
}

world_daemon()
{
	world_daemon_kill -TERM
	# Its log goes on where the last daemon's ended.
	tlsupd --foreground --config "$world/tlsupd.conf" >>"$world/tlsupd.log" 2>&1 &
	world_pids[tlsupd]=$!
	world_until world_registered 1 && return 0
	echo "tlsupd does not register:" >&2
	cat "$world/tlsupd.log" >&2
	return 1
}

world_daemon_kill()
{
	world_stop tlsupd "$1"
	world_until world_registered 0
}
