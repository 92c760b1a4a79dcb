#!/bin/bash
# cli.sh: tlsup's views of live sockets: show, its fields, dump, JSON, monitor, stats; and who may see.
set -u

# shellcheck source=selftests/interop/lib.sh
. "$(dirname "$0")/../interop/lib.sh"

# view WHAT PATTERN...: the output of tlsup WHAT has them.
view()
{
	# shellcheck disable=SC2086
	tlsup $1 >"$world/out" 2>&1 || { cat "$world/out"; return 1; }
	shift
	has "$world/out" "$@"
}

lacks_escape()
{
	! tlsup show | grep -q "$(printf "\\033")"
}

columns()
{
	tlsup dump >"$world/out" && awk -F '\t' -v n="$(tlsup show --help | sed '1,/Fields/d' | wc -l)" \
		'NF != n { print "line " NR ": " NF " columns, not " n; bad = 1 } END { exit bad || NR < 2 }' \
		"$world/out"
}

# expression EXPRESSION: of `sockets', the list that -j prints.
json()
{
	tlsup -j show >"$world/out" && python3 -c '
import json, sys
sockets = json.load(open(sys.argv[1]))
sys.exit(0 if eval(sys.argv[2]) else repr(sockets))' "$world/out" "$1"
}

monitored()
{
	world_wait "$1" "$2"
	has "$1" "$2"
}

ss_agrees()
{
	local cookie

	cookie=$(printf '%x' "$(tlsup dump | awk -F '\t' '$2 == "client" { print $1; exit }')")
	ss -Htne "dport = :$port" >"$world/out" && has "$world/out" "sk:$cookie"
}

for_root_only()
{
	local status=0

	setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
		"$world_top/build/bin/tlsup" $1 >"$world/out" 2>&1 || status=$?
	[ $status = 1 ] && has "$world/out" 'not permitted'
}

# monitors NAME: it has joined the group of events.
monitors()
{
	awk -v pid="${world_pids[$1]}" '$2 == 16 && $3 % 4194304 == pid && $4 != "00000000" { found = 1 }
		END { exit !found }' /proc/net/netlink
}

quiet()
{
	[ -z "$(tlsup "$@" | grep -v '	armed	')" ]
}

world_begin ecdsa wrong-name
certificates=(ecdsa)
config_write </dev/null
world_daemon || skip_all "no tlsupd"
check "no socket: dump has no lines" quiet dump
done_before=$(tlsup stats done)
world_start monitor tlsup monitor
world_start monitor-json tlsup -j monitor
world_until monitors monitor
world_until monitors monitor-json
tlsup_server echo --alpn acme --echo
world_feed 5 live tlsup connect --alpn acme localhost "$port"
echo hello >&5
world_wait "$world/live.log" hello
check "show" view show '^client: 127.0.0.1:[0-9]+ -> 127.0.0.1:' '\(open\)' '  suite: TLS_' '  version: TLSv1.3' \
	'  name: localhost' '  alpn: acme' '  sent: 6 B' '  received: 6 B' '  process: tlsup' '^server: '
check "show without colour where it is no terminal" lacks_escape
check "show FIELD" view "show suite" '^TLS_[A-Z0-9_]+$'
check "show FIELD: verified" view "show verified" '^yes$'
check "dump has as many columns as there are fields" columns
check "-j: both ends" json '{s["role"] for s in sockets if s["state"] == "open"} == {"client", "server"}'
check "-j: numbers are numbers, flags are flags" json \
	'all(type(s["sent"]) is int and type(s["resumed"]) is bool for s in sockets)'
check "-j: the same suite at both ends" json 'len({s["suite"] for s in sockets if s["suite"]}) == 1'
check "ss knows the cookie" ss_agrees
# Counted since the module was loaded, perhaps by other tests too.
done_now=$((done_before + 2))
check "stats" view stats '^sockets +[1-9]' "^done +$done_now\$" '^agents +1$'
check "stats COUNTER" view "stats done" "^$done_now\$"
check "stats as JSON" view "-j stats" "\"done\": ?$done_now,"
exec 5>&-
openssl_server wrong wrong-name -tls1_3 -www
tlsup connect localhost "$port" </dev/null >"$world/out" 2>&1
check "monitor: open" monitored "$world/monitor.log" '^[0-9:.]+ open client 127.0.0.1:.*suite=TLS_'
check "monitor: closed" monitored "$world/monitor.log" '^[0-9:.]+ closed client '
check "monitor: failed, and why" monitored "$world/monitor.log" '^[0-9:.]+ failed client .*error=EREMCHG'
check "monitor: JSON lines" monitored "$world/monitor-json.log" '^\{.*"event": ?"failed".*"error": ?"EREMCHG".*\}$'
check "show is for root" for_root_only show
check "stats is for root" for_root_only stats
check "monitor is for root" for_root_only monitor
finish
