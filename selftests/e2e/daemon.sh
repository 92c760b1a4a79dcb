#!/bin/bash
# daemon.sh: what the end, the pause and the return of tlsupd mean to sockets; many handshakes at once;
# and that nothing is left of it all.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/../interop/lib.sh"

tests=$world_top/build/tests/e2e

page()
{
	tlsup_get "$www" >"$world/out" 2>"$world/err" || { cat "$world/err"; return 1; }
	has "$world/out" 'the page itself'
}

stopped()
{
	local status=0 began=$SECONDS

	kill -STOP "${world_pids[tlsupd]}"
	tlsup_get "$www" --timeout 2 >"$world/out" 2>"$world/err" || status=$?
	kill -CONT "${world_pids[tlsupd]}"
	[ $status = 5 ] || { echo "status $status"; cat "$world/err"; return 1; }
	[ $((SECONDS - began)) -le 20 ] || { echo "$((SECONDS - began)) s"; return 1; }
	has "$world/err" '\(ETIMEDOUT\)'
}

echoes()
{
	echo "$1" >&5
	world_wait "$world/live.log" "^$1$"
	has "$world/live.log" "^$1$"
}

# The connection of before lives on, whatever becomes of tlsupd. Uses `ok' itself, for the wait.
test_restart()
{
	local status=0

	world_feed 5 live tlsup connect --info --key-update=1K localhost "$echo"
	check "restart: established" echoes before
	world_daemon_kill -KILL
	check "restart: tlsupd killed, still there" echoes killed
	check "restart: no tlsupd, new connections are refused" no_page
	world_daemon
	check "restart: new tlsupd, still there" echoes restarted
	check "restart: new tlsupd, new connections" page
	world_daemon_kill -TERM
	check "restart: tlsupd ended, still there" echoes ended
	world_daemon
	exec 5>&-
	wait "${world_pids[live]}" || status=$?
	unset 'world_pids[live]'
	check "restart: the connection ends as it should" test $status = 0
}

no_page()
{
	! page >"$world/no_page" && has "$world/err" '\(ESRCH\)'
}

gauges_zero()
{
	world_until gauges_are_zero
	gauges_are_zero || { tlsup; tlsup stats; return 1; }
}

# The listeners and their like are there, but nothing else.
gauges_are_zero()
{
	[ "$(tlsup stats pending)" = 0 ] && [ "$(tlsup stats sockets)" = "$sockets" ] &&
		[ "$(tlsup stats agents)" = 1 ]
}

storm()
{
	timeout 200 "$tests/storm" "$1" "$2" 150 >"$world/storm" || { cat "$world/storm"; return 1; }
	note "$(cat "$world/storm")"
	has "$world/storm" "^ok $2$"
}

test_storm()
{
	check "storm: $1 handshakes at once" storm "$echo" "$1"
	check "storm: nothing is left" gauges_zero
	check "storm: 25 clients at once, openssl at the other end" storm_openssl 25
}

# openssl s_server serves one after the other, so the last one waits.
storm_openssl()
{
	local i failed=0 pids=()

	for i in $(seq 1 "$1"); do
		printf "$request" | timeout 100 tlsup connect --timeout 90 localhost "$foreign" \
			>"$world/page.$i" 2>&1 &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || failed=$((failed + 1))
	done
	[ $failed = 0 ] || { echo "$failed of $1 failed"; grep -ah '^tlsup:' "$world"/page.*; return 1; }
}

# tlsupd is killed and started again while handshakes are under way: each ends, one way or the other.
killed_storm()
{
	local pid

	"$tests/storm" "$echo" "$1" 150 >"$world/storm" &
	pid=$!
	sleep "0.$2"
	world_daemon_kill -KILL
	world_daemon
	wait $pid || { cat "$world/storm"; return 1; }
	note "$(cat "$world/storm")"
	has "$world/storm" '^(ok|ECONNABORTED|ECONNRESET|ESRCH) '
}

test_killed_storm()
{
	local delay

	for delay in 1 2 4 8; do
		# In this shell, as it starts tlsupd anew.
		if killed_storm "$1" $delay >"$world/storm.txt" 2>&1; then
			ok "storm of $1, tlsupd killed after 0.$delay s: each handshake ends"
			cat "$world/storm.txt"
		else
			not_ok "storm of $1, tlsupd killed after 0.$delay s: each handshake ends" \
				"$(cat "$world/storm.txt")"
		fi
		check "storm, after 0.$delay s: nothing is left" gauges_zero
		check "storm, after 0.$delay s: all is well again" page
	done
}

count=100
[ "${TLSUP_QUICK:-0}" = 0 ] || count=30
world_begin ecdsa
certificates=(ecdsa)
config_write </dev/null
echo 'the page itself' >"$world/page"
world_daemon || skip_all "no tlsupd"
openssl_server foreign ecdsa -tls1_3 -www
foreign=$port
tlsup_server echo --echo
echo=$port
tlsup_server www --www "$world/page"
www=$port
sockets=$(tlsup stats sockets)

check "a page" page
check "tlsupd is stopped: ETIMEDOUT in time" stopped
check "tlsupd goes on: all is well again" page
test_restart
test_storm $count
test_killed_storm $count
finish
