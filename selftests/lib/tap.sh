# tap.sh: how a shell test says what it found (TAP, as kselftest prints it); source it.
#
#	. selftests/lib/tap.sh
#	check "a name" COMMAND...	ok if COMMAND succeeds; its output is shown where it does not
#	ok "a name"			not_ok "a name" ["why"]		skip "a name" "why"
#	note "text"			a comment line
#	finish				the plan; exits 1 if anything failed
#	skip_all "why"			for a suite that cannot run here at all: plan and exit
#
# shellcheck shell=sh

tap_count=0
tap_failed=0

note()
{
	printf '%s\n' "$*" | sed 's/^/# /'
}

ok()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count $1"
}

not_ok()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	[ $# -lt 2 ] || note "$2"
	echo "not ok $tap_count $1"
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count $1 # SKIP $2"
}

check()
{
	tap_name=$1
	shift
	if tap_output=$("$@" 2>&1); then
		ok "$tap_name"
	else
		not_ok "$tap_name" "exit status $?: $*
$tap_output"
	fi
}

finish()
{
	echo "1..$tap_count"
	[ $tap_failed = 0 ] || exit 1
	exit 0
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}
