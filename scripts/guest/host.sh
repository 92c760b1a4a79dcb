# host.sh: the host's side of a guest, shared by scripts/uml and scripts/vm: the run directory, the
# guest's process and its end, and the verdict on the kernel's log.
#
# A run directory holds: job and env (for stage2), out (a pipe: the command's output), console (what the
# kernel printed), and, from the guest, status, dmesg and leaks.
#
# Exit status of a run: the command's own; 120 when the kernel reported a fault; 121 when the guest
# did not come up or died before the command was over; 124 when the time was up.
# shellcheck shell=bash

guest_dir=$top/scripts/guest
guest_pid=
relay_pid=

# shellcheck source=scripts/guest/reports.sh
. "$guest_dir/reports.sh"

guest_begin()
{
	rundir=$(mktemp -d "${TMPDIR:-/tmp}/tlsup-guest.XXXXXX")
	mkfifo "$rundir/out"
	trap guest_cleanup EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

guest_cleanup()
{
	local status=$?

	trap '' INT TERM HUP
	guest_stop
	rm -rf "$rundir"
	exit $status
}

# timeout leads a process group of its own, and hands the signal on to all of it.
guest_stop()
{
	if [ -n "$guest_pid" ]; then
		kill -TERM "$guest_pid" 2>/dev/null || :
		wait "$guest_pid" 2>/dev/null || :
		guest_pid=
	fi
	if [ -n "$relay_pid" ]; then
		kill "$relay_pid" 2>/dev/null || :
		relay_pid=
	fi
}

# guest_module "KO PARAMETER=VALUE...": copies the file to where any guest sees it; prints what to load there.
guest_module()
{
	local ko=${1%% *} dir

	[ -e "$ko" ] || { echo "no such module: $ko" >&2; return 2; }
	dir=$(mktemp -d "$rundir/module.XXXXXX")
	cp "$ko" "$dir/"
	echo "/run/guest/${dir##*/}/${ko##*/}${1#"$ko"}"
}

# guest_modules DEFAULT "KO PARAMETER=VALUE"...: fills `modules`; a KO that is just "tlsup" is DEFAULT.
guest_modules()
{
	local default=$1 module

	shift
	modules=()
	for module in "$@"; do
		case "$module" in
		tlsup | "tlsup "*) module=$default${module#tlsup} ;;
		esac
		module=$(guest_module "$module")
		modules+=("$module")
	done
}

under_tmpfs()
{
	case "$1/" in /tmp/* | /run/* | /dev/shm/*) return 0 ;; *) return 1 ;; esac
}

# guest_job CHANNEL: writes what stage2 is to do, from the caller's arrays `modules`, `shares`, `command`
# and its `leaks`; the functions shares and prepare are the caller's text.
guest_job()
{
	local dir keep=()

	# Shares are mounted anew, and so need no keeping.
	for dir in "$top" "$PWD" "${TLSUP_CACHE:-/var/cache/tlsup}"; do
		! under_tmpfs "$dir" || [ ! -d "$dir" ] || keep+=("$dir")
	done
	{
		echo "channel=$1"
		echo "directory=$(printf %q "$PWD")"
		echo "leaks=$leaks"
		declare -p keep modules command
		echo "$guest_shares"
		echo "$guest_prepare"
	} | sed 's/^declare -a/declare -ga/' >"$rundir/job"
	export -p | sed 's/^declare -x /export /' >"$rundir/env"
}

# guest_run SECONDS COMMAND...: runs the guest's process until it ends.  Should this shell be killed,
# setpriv's signal reaches timeout, and so the whole group.
guest_run()
{
	local limit=$1 status=0

	shift
	cat "$rundir/out" &
	relay_pid=$!
	setpriv --pdeathsig TERM timeout --kill-after=5 "$limit" "$@" \
		</dev/null >"$rundir/out" 2>>"$rundir/console" &
	guest_pid=$!
	# bash would say "Aborted" here when a kernel panics: the verdict says it better.
	wait "$guest_pid" 2>/dev/null || status=$?
	guest_pid=
	wait "$relay_pid" || :
	relay_pid=
	guest_status=$status
}

# From the first report on, as far as a reader needs it.
guest_print_report()
{
	echo "--- the kernel's log, from the first report on:"
	tr -d '\r' <"$rundir/console" | grep -v '\] ? [a-z_]*' | grep -E -a -B 3 -A 80 -m 1 -e "$guest_reports" |
		sed 's/^\(<[0-9]*>\)\?\[ *[0-9.]*\]\(\[ *[TC][0-9]*\]\)\? \?//' | head -n 120
	echo "---"
}

# guest_verdict NAME: prints what went wrong and returns the run's exit status.
guest_verdict()
{
	local fault=0

	if [ -s "$rundir/leaks" ]; then
		{ echo "--- kmemleak:"; head -n 60 "$rundir/leaks"; echo "---"; } >&2
		fault=1
	fi
	if grep -E -a -q -e "$guest_reports" "$rundir/console"; then
		guest_print_report >&2
		fault=1
	fi
	if [ "$fault" = 1 ]; then
		echo "$1: the kernel reported a fault" >&2
		return 120
	fi
	if [ "$guest_status" = 124 ] || [ "$guest_status" = 137 ]; then
		echo "$1: time is up" >&2
		return 124
	fi
	if [ ! -s "$rundir/status" ]; then
		{ echo "--- the kernel's last words:"; tail -n 30 "$rundir/console"; echo "---"; } >&2
		echo "$1: the guest died (or never came up)" >&2
		return 121
	fi
	return "$(cat "$rundir/status")"
}
