#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# secrets: runs build/tests/engine/secrets and build/tests/engine/cbc under valgrind: a branch on a secret
# fails them. What valgrind says comes as notes.
. selftests/lib/tap.sh

memcheck()
{
	valgrind -q --error-exitcode=9 --track-origins=no --num-callers=8 \
		--suppressions=selftests/engine/secrets.supp "$@"
}

clean()
{
	memcheck "$1" >"$log" 2>&1 && ! grep '^not ok' "$log" && return
	cat "$log"
	return 1
}

seen()
{
	memcheck build/tests/engine/secrets leak >"$log" 2>&1
	[ $? = 9 ] && grep -q 'depends on uninitialised' "$log"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
check "a branch on a secret is seen" seen
check "handshakes and tickets take no branch on a secret" clean build/tests/engine/secrets
check "nor does what is inside a CBC record" clean build/tests/engine/cbc
finish
