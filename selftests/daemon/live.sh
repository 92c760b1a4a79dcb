#!/bin/bash
# live: tlsupd beside the kernel module: registering and losing it, reload, draining, limits, slow peers.
# Needs a guest with the module. Where that has room for them (User Mode Linux has not: its processes lie
# where the sanitiser wants its shadow) it is the tlsupd built with the sanitisers, and must end without
# a report.
set -u

here=$(dirname "$0")
# shellcheck source=selftests/lib/tap.sh
. "$here/../lib/tap.sh"
# shellcheck source=selftests/interop/world.sh
. "$here/../interop/world.sh"
# shellcheck source=selftests/interop/peers.sh
. "$here/../interop/peers.sh"
if "$world_top/build/asan/bin/tlsupd" --version >/dev/null 2>&1; then
	PATH=$world_top/build/asan/bin:$PATH
	note "tlsupd has sanitisers"
fi
export LSAN_OPTIONS=exitcode=66 ASAN_OPTIONS=exitcode=66:detect_leaks=1

config()
{
	{
		printf '[tlsupd]\nlog-level = debug\nkeylog = %s\n%s\n' "$world/keys" "${global:-}"
		printf '[profile default]\ntrust = %s\ncertificate = %s\nkey = %s\n%s\n' "$world/${trust:-ca}.pem" \
			"$world/${cert:-ecdsa}.pem" "$world/${cert:-ecdsa}.key" "${profile:-}"
		printf '[profile hasty]\ntrust = %s\nhandshake-timeout = 700ms\n' "$world/ca.pem"
	} >"$world/tlsupd.conf"
}

# get [OPTION]...: one page; the last lines of stderr are in $world/err.
get()
{
	tlsup_get "$www" "$@" >"$world/out" 2>"$world/err" || { cat "$world/err"; return 1; }
	has "$world/out" 'the page itself'
}

# refused ERRNO [OPTION]...
refused()
{
	local errno=$1

	shift
	! tlsup_get "$www" "$@" >"$world/out" 2>"$world/err" || { cat "$world/out"; return 1; }
	has "$world/err" "\\($errno\\)"
}

resumed() { get "$@" && has "$world/err" 'resumed=yes'; }
anew() { get "$@" && has "$world/err" 'resumed=no'; }

reload()
{
	local before

	before=$(grep -c 'configuration read again' "$world/tlsupd.log")
	kill -HUP "${world_pids[tlsupd]}"
	world_until more_than "$before"
}

more_than() { [ "$(grep -c 'configuration read again' "$world/tlsupd.log")" -gt "$1" ]; }

# ends SIGNAL NAME: tlsupd ends by it, with status 0 and no report. Not in a subshell: whose child is it?
ends()
{
	local status=0

	kill "$1" "${world_pids[tlsupd]}"
	wait "${world_pids[tlsupd]}" || status=$?
	unset 'world_pids[tlsupd]'
	check "$2" clean "$status"
}

# A client's handshake is under way.
handshaking() { tlsup | grep -q handshake; }
handshakes() { [ "$(tlsup show state | grep -c handshake)" = "$1" ]; }

files_of() { ls "/proc/${world_pids[$1]}/fd" | wc -l; }
same_files() { [ "$(files_of tlsupd)" = "$1" ]; }

clean()
{
	[ "$1" = 0 ] || { echo "exit status $1"; tail -n 30 "$world/tlsupd.log"; return 1; }
	! grep -aE 'Sanitizer|runtime error' "$world/tlsupd.log"
}

# A peer that says nothing; it is the kernel that accepts for it.
mute()
{
	openssl_server "$1" ecdsa
	kill -STOP "${world_pids[$1]}"
}

world_begin ecdsa second untrusted
echo 'the page itself' >"$world/page"
config
world_daemon || skip_all "no tlsupd"
tlsup_server www --www "$world/page"
www=$port
mute mute
mute=$port

# --- Resumption and reload ---
check "a full handshake" anew
files=$(files_of tlsupd)
check "the second is resumed" resumed
check "the third is resumed by the ticket of the second" resumed
check "the key log has both directions of both epochs" \
	test "$(cut -d' ' -f1 "$world/keys" | sort -u | wc -l)" = 4
reload
check "after SIGHUP with the same trust: resumed" resumed
trust=untrusted config
reload
check "after SIGHUP with another trust: not resumed, and not trusted" refused EKEYREJECTED
config
reload
check "after SIGHUP back: trusted" get
cert=second config
reload
check "after SIGHUP with another certificate: a session of before is still resumed" resumed
check "... and a new connection sees it: EREMCHG" refused EREMCHG --name server.example
check "... by its own name it is fine" get --name second.example
echo 'bogus = 1' >>"$world/tlsupd.conf"
kill -HUP "${world_pids[tlsupd]}"
check "SIGHUP with a bad file: the old one stays" world_wait "$world/tlsupd.log" 'the old one stays'
check "... and works" get --name second.example
config
reload

# --- Time and number ---
profile='handshake-timeout = 2m' config
reload
began=$(date +%s%N)
tlsup connect --profile hasty localhost $mute </dev/null >"$world/out" 2>"$world/err"
took=$((($(date +%s%N) - began) / 1000000))
check "a mute peer: ETIMEDOUT by the profile's time" has "$world/err" '\(ETIMEDOUT\)'
check "... $took ms" test $took -ge 700 -a $took -lt 60000
for i in $(seq 40); do
	tlsup connect --timeout 120 localhost $mute </dev/null >/dev/null 2>&1 &
	slow[i]=$!
done
world_until handshakes 40
check "forty mute peers do not keep others waiting" get
global='max-handshakes = 3' profile='handshake-timeout = 2m' config
reload
check "max-handshakes reached: others wait in the kernel" refused ETIMEDOUT --timeout 1
kill "${slow[@]}" 2>/dev/null
wait "${slow[@]}" 2>/dev/null
check "the mute ones gone: room again" get
config
reload

check "no descriptor is left of it all" world_until same_files "$files"

# --- The end ---
timeout 60 tlsup connect --profile hasty localhost $mute </dev/null >/dev/null 2>"$world/draining" &
draining=$!
world_until handshaking
ends -TERM "SIGTERM lets a handshake end"
wait $draining
check "... which had its own time" has "$world/draining" '\(ETIMEDOUT\)'
world_daemon
global='shutdown-timeout = 200ms' config
reload
timeout 60 tlsup connect localhost $mute </dev/null >/dev/null 2>"$world/draining" &
draining=$!
world_until handshaking
ends -TERM "SIGTERM gives up what takes too long"
wait $draining
check "... ECONNABORTED" has "$world/draining" '\(ECONNABORTED\)'
config

# --- Privilege ---
# unprivileged PATTERN [CAPABILITY]: as nobody, without a file; what it says has PATTERN.
unprivileged()
{
	timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps "${2:--all}" \
		--ambient-caps "${2:--all}" tlsupd --no-wait >"$world/nobody" 2>&1 &
	local pid=$!

	world_until grep -q "$1" "$world/nobody" || { cat "$world/nobody"; kill $pid; return 1; }
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	return 0
}

check "without CAP_NET_ADMIN it says so" unprivileged 'CAP_NET_ADMIN is needed'
check "with nothing but CAP_NET_ADMIN it serves" unprivileged 'registered with the kernel' +net_admin

# --- The module goes and comes ---
no_sockets() { [ "$(tlsup stats sockets)" = 0 ]; }
world_daemon
world_stop www
if [ -n "${TLSUP_KO:-}" ]; then
	check "no socket is left" world_until no_sockets
	check "the module can be unloaded" world_until rmmod tlsup
	check "the module is unloaded: said" world_wait "$world/tlsupd.log" 'was unloaded; waiting for it'
	insmod "$TLSUP_KO"
	check "and loaded: registered again" world_until world_registered
	tlsup_server www --www "$world/page"
	www=$port
	check "... and all is well" get
else
	skip "the module is unloaded" "it was not loaded for this"
fi
ends -TERM "the end"
finish
