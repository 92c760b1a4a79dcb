#!/bin/bash
# attacks.sh: the table of attacks in daemon/engine/README.md names tests; there they have to be.  TAP.
set -eu

cd "$(dirname "$0")/../.."
wanted="CCS Heartbleed triple.handshake splicing FREAK Logjam Lucky.13 POODLE padding.oracle SLOTH DROWN
	downgrade.by.version downgrade.by.fallback Selfie 0-RTT.replay ticket.theft binder.confusion Raccoon
	invalid.curve small.subgroup ALPACA SKIP early.Finished survive.a.fatal.alert NUL.bytes name.constraints
	memory.exhaustion Bleichenbacher CRIME another.name.or.suite outlives HelloRequests signing.in.advance
	behind.early.data without.a.key.exchange"
n=0
failed=0

ok()
{
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
		failed=1
	fi
}

# The rows, one line each, of the page's only table of attacks.
table()
{
	sed -n '/^## Attacks, why/,$p' daemon/engine/README.md | grep -E '^\| [^-]' | tail -n +2
}

# Rows without a test.
untested()
{
	table | grep -vE '[a-z0-9_/]+: `[^`]+`'
}

source_of()
{
	case "$1" in
	*/*) echo "selftests/$1.c" ;;
	*) echo "selftests/engine/$1.c" ;;
	esac
}

# A string literal may be broken over lines.
says()
{
	tr -d '\n' <"$1" | sed 's/"[[:space:]]*"//g' | grep -qF -e "$2"
}

for attack in $wanted; do
	status=0
	table | cut -d'|' -f2 | grep -q "${attack//./ }" || status=1
	ok $status "${attack//./ } has a row"
done
status=0
[ "$(grep -c '^| attack |' daemon/engine/README.md)" = 1 ] || status=1
ok $status "there is one table"
status=0
! untested || status=1
ok $status "each row has a test"
# shellcheck disable=SC2016 # the backquotes are the table's own
while read -r name words; do
	status=0
	file=$(source_of "$name")
	says "$file" "$words" || status=1
	ok $status "$name: $words"
done < <(table | grep -oE '[a-z0-9_/]+: `[^`]+`' | sed 's/: `/ /; s/`$//')
echo "1..$n"
exit $failed
