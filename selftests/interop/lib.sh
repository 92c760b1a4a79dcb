# lib.sh: what the suites here and in e2e/ begin with: TAP, a world, its configuration, the peers; and how
# they ask both ends of a connection what came of it.  Source it first.
# shellcheck shell=bash disable=SC2154

interop=$(dirname "${BASH_SOURCE[0]}")
# shellcheck source=selftests/lib/tap.sh
. "$interop/../lib/tap.sh"
# shellcheck source=selftests/interop/world.sh
. "$interop/world.sh"
# shellcheck source=selftests/interop/config.sh
. "$interop/config.sh"
# shellcheck source=selftests/interop/peers.sh
. "$interop/peers.sh"

# get PORT OPTION...: tlsup connect gets a page: $world/out; its line is in $world/err.
get()
{
	tlsup_get "$@" >"$world/out" 2>"$world/err" || { echo "tlsup connect: $?"; cat "$world/err"; return 1; }
	has "$world/out" 'HTTP/1.0 200'
}

# served NAME PATTERN...: the server says so of a connection, at once or a little later.
served()
{
	local name=$1 pattern

	shift
	for pattern in "$@"; do
		world_wait "$world/$name.log" "$pattern" || :
	done
	has "$world/$name.log" "$@"
}
