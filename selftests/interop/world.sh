# world.sh: one small world for a test, in the guest: a directory of its own, certificates, tlsupd with
# a configuration, peers in the background; and its end, whatever happens.
#
#	world_begin [CERTIFICATE]...	makes $world, the certificates named (none named: all)
#	world_daemon			(re)starts tlsupd with $world/tlsupd.conf, waits until it registered
#	world_daemon_kill SIGNAL	ends it and waits for it
#	world_listen NAME PORT COMMAND...  starts a server, waits until it listens; log: $world/NAME.log
#	world_start NAME COMMAND...	starts a program in the background; world_feed gives it input
#	world_port			sets $port to one that nobody used yet
#	world_stop NAME			ends what world_listen or world_start started
#	world_says LINE FILE PATTERN	prints LINE as soon as FILE has a line like PATTERN
#	world_wait FILE PATTERN		until FILE has a line like PATTERN (30 s; world_patience)
#	world_has FILE PATTERN		it has one now
#
# The name localhost is 127.0.0.1 here.  Sourced by the demo too: it prints nothing.
# shellcheck shell=bash

world_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
world_patience=${world_patience:-300}	# tenths of a second
PATH=$world_top/build/bin:$PATH

world_begin()
{
	world=$(mktemp -d "${TMPDIR:-/tmp}/tlsup-world.XXXXXX")
	declare -gA world_pids=()
	port=7000
	trap world_end EXIT
	exec {world_silence}<> <(:)	# nothing ever comes from there
	ip link set lo up
	# Made once in the life of a guest: without hardware, keys take seconds.
	"$world_top/selftests/interop/pki" /run/tlsup-pki "$@"
	cp /run/tlsup-pki/* "$world/"
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
	# Appending, so that a test may empty the log in between.
	: >"$world/$name.log"
	# What feeds other programs (world_feed) is none of this one's business.
	(
		exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		exec "$@"
	) >>"$world/$name.log" 2>&1 <&0 &
	world_pids[$name]=$!
}

# world_feed FD NAME COMMAND...: as world_start; its input is what is written to FD (3 to 9), until FD is
# closed.
world_feed()
{
	local fd=$1 name=$2

	shift 2
	rm -f "$world/$name.in"
	mkfifo "$world/$name.in"
	eval "exec $fd<>\"\$world/$name.in\""
	world_start "$name" "$@" <"$world/$name.in"
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

# Starting a program takes a tenth of a second in a guest, so what is asked often is asked without one.
world_pause()
{
	read -rt 0.1 -u "$world_silence" || :
}

# world_until COMMAND...: until it succeeds.
world_until()
{
	local left=$world_patience

	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		world_pause
	done
}

# As `ss -ltn sport = :PORT` has it: state 0A is LISTEN.
world_listening()
{
	local table lines line hex

	printf -v hex %04X "$1"
	for table in /proc/net/tcp /proc/net/tcp6; do
		[ -r $table ] || continue
		mapfile -t lines <$table
		for line in "${lines[@]}"; do
			[[ ! $line =~ ^\ *[0-9]+:\ [0-9A-F]+:$hex\ [0-9A-F]+:0000\ 0A ]] || return 0
		done
	done
	return 1
}

# world_has FILE PATTERN: a line of it is like PATTERN. What bash does not find, in bytes that are no text,
# grep may.
world_has()
{
	local lines line

	mapfile -t lines 2>/dev/null <"$1" || return 1
	for line in "${lines[@]}"; do
		[[ ! $line =~ $2 ]] || return 0
	done
	grep -aqE -e "$2" "$1"
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
	world_until world_has "$1" "$2"
}

# world_says LINE FILE PATTERN: a line to say, for a pipe, once FILE has a line like PATTERN.
world_says()
{
	world_wait "$2" "$3"
	echo "$1"
}

world_registered()
{
	[ "$(tlsup stats agents)" = "${1:-1}" ]
}

world_daemon()
{
	world_daemon_kill -TERM
	# Its log goes on where the last daemon's ended.
	touch "$world/tlsupd.log"
	(
		exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
		exec tlsupd --foreground --config "$world/tlsupd.conf"
	) >>"$world/tlsupd.log" 2>&1 &
	world_pids[tlsupd]=$!
	world_until world_registered 1 && return 0
	echo "tlsupd does not register:" >&2
	cat "$world/tlsupd.log" >&2
	return 1
}

world_daemon_kill()
{
	[ -n "${world_pids[tlsupd]:-}" ] || return 0
	world_stop tlsupd "$1"
	world_until world_registered 0
}
