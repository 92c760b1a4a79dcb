#!/bin/bash
# process: tlsupd as a process, without a kernel module: options, exit statuses, signals, notices.
set -u
cd "$(dirname "$0")/../.." || exit 2
. selftests/lib/tap.sh

tlsupd=${TLSUPD:-build/bin/tlsupd}
world=$(mktemp -d)
trap 'rm -rf "$world"' EXIT

# says PATTERN COMMAND...: its output has such a line, whatever its exit status.
says()
{
	local pattern=$1

	shift
	"$@" 2>&1 | tee "$world/said" | grep -q -- "$pattern" || { cat "$world/said"; return 1; }
}

# status N COMMAND...
status()
{
	local want=$1

	shift
	"$@" >"$world/said" 2>&1
	local got=$?
	[ $got = "$want" ] || { echo "exit status $got, not $want"; cat "$world/said"; return 1; }
}

printf '[tlsupd]\nlog-level = debug\n[profile a]\n' >"$world/good.conf"
printf '[tlsupd]\nwrokers = 2\n' >"$world/bad.conf"

check "--help" status 0 "$tlsupd" --help
check "--help names --check-config" says "--check-config" "$tlsupd" --help
check "--version" says "^tlsupd " "$tlsupd" --version
check "an unknown option" status 2 "$tlsupd" --bogus
check "an argument" status 2 "$tlsupd" bogus
check "--check-config, good" status 0 "$tlsupd" --check-config -c "$world/good.conf"
check "... says so" says "good.conf: good: 2 profiles" "$tlsupd" -t -c "$world/good.conf"
check "--check-config, bad" status 1 "$tlsupd" --check-config -c "$world/bad.conf"
check "... says where" says "bad.conf:2: unknown key 'wrokers'" "$tlsupd" -t -c "$world/bad.conf"
check "--check-config, missing" status 1 "$tlsupd" -t -c "$world/none.conf"
check "does not start with a bad file" status 1 "$tlsupd" -c "$world/bad.conf"

# Runs it, and sets $pid.
start()
{
	"$tlsupd" -c "$world/good.conf" >"$world/log" 2>&1 &
	pid=$!
}

waits_for()
{
	local i

	for ((i = 0; i < 600; i++)); do
		grep -q -- "$1" "$world/log" && return 0
		sleep 0.05
	done
	cat "$world/log"
	return 1
}

# waits_for_more N PATTERN: there are more than N such lines.
waits_for_more()
{
	local i

	for ((i = 0; i < 600; i++)); do
		[ "$(grep -c -- "$2" "$world/log")" -le "$1" ] || return 0
		sleep 0.05
	done
	cat "$world/log"
	return 1
}

# The module may be there: a guest has it. Here it is about a kernel that has not.
if [ -e /sys/module/tlsup ]; then
	skip "without the module" "it is loaded"
else
	check "--no-wait ends without the module" status 1 "$tlsupd" -n -c "$world/good.conf"
	check "... says why" says "module tlsup is not loaded" "$tlsupd" -n -c "$world/good.conf"
	start
	check "without --no-wait it waits" waits_for "not loaded; waiting for it"
	check "others cannot look into it" test "$(stat -c %U "/proc/$pid/environ")" = root
	check "no core files" grep -q 'Max core file size *0 *0' "/proc/$pid/limits"
	echo bogus >>"$world/good.conf"
	kill -HUP $pid
	check "SIGHUP with a bad file: the old one stays" waits_for "the old one stays"
	printf '[tlsupd]\nworkers = 99\n' >"$world/good.conf"
	kill -HUP $pid
	check "SIGHUP with a good one" waits_for "configuration read again"
	check "what needs a start is said" waits_for "workers, replay-cache and keylog change only when"
	printf '[tlsupd]\nreload-interval = 200ms\n' >"$world/good.conf"
	before=$(grep -c 'configuration read again' "$world/log")
	kill -HUP $pid
	waits_for_more "$before" 'configuration read again'
	printf '[tlsupd]\nreload-interval = 200ms\n[profile a]\ntrust = ca.pem\n' >"$world/good.conf"
	check "a file that has changed is read: it is broken" waits_for "ca.pem: No such file"
	sleep 1
	check "... once" test "$(grep -c 'ca.pem: No such file' "$world/log")" = 1
	before=$(grep -c 'configuration read again' "$world/log")
	printf '[tlsupd]\nreload-interval = 200ms\n[profile b]\n' >"$world/good.conf"
	check "... and when it is good it is taken" waits_for_more "$before" "configuration read again"
	kill -TERM $pid
	wait $pid
	check "SIGTERM ends it" test $? = 0
	check "... with a word" waits_for "^tlsupd: ended"
fi

# What the service manager hears.
python3 - "$tlsupd" "$world" >"$world/notices" 2>&1 <<'END' &
import os, signal, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[2] + "/notify")
s.settimeout(60)
env = dict(os.environ, NOTIFY_SOCKET=sys.argv[2] + "/notify", JOURNAL_STREAM="1:2")
p = subprocess.Popen([sys.argv[1], "-c", sys.argv[2] + "/good.conf"], env=env, stderr=subprocess.PIPE)
def until(word):
    while True:
        text = s.recv(4096).decode()
        print(text, flush=True)
        if word in text:
            return
until("READY=1")
p.send_signal(signal.SIGHUP)
until("RELOADING=1")
until("READY=1")
p.send_signal(signal.SIGTERM)
until("STOPPING=1")
print("exit", p.wait(60))
print(p.stderr.read().decode())
END
wait $!
check "READY=1, RELOADING=1, STOPPING=1 are told" grep -q "^exit 0" "$world/notices"
check "... with the time of the reload" grep -q "^MONOTONIC_USEC=[0-9]" "$world/notices"
check "the journal gets priorities" grep -q "^<5>ending: Terminated" "$world/notices"

finish
