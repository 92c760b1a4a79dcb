#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# secrets: runs build/tests/engine/secrets under valgrind: a branch on a secret fails it. What valgrind
# says comes as notes.
. selftests/lib/tap.sh

memcheck()
{
	valgrind -q --error-exitcode=9 --track-origins=no --num-callers=8 \
		--suppressions=selftests/engine/secrets.supp build/tests/engine/secrets "$@"
}

clean()
{
	memcheck >"$log" 2>&1 && ! grep '^not ok' "$log" && return
	cat "$log"
	return 1
}

seen()
{
	memcheck leak >"$log" 2>&1
	[ $? = 9 ] && grep -q 'depends on uninitialised' "$log"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
check "a branch on a secret is seen" seen
check "handshakes and tickets take no branch on a secret" clean
finish
