#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernel.sh: BoringSSL's tests of TLS (BoGo) drive sockets of the kernel's, with tlsupd behind them. What they
# ask for by flags that a socket has no counterpart of is asked of the engine alone (run).
#
#   selftests/bogo/kernel.sh [PATTERN]
#
# kernel.json names what else is not asked, beside bogo.json.
set -u

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top" || exit 1
# shellcheck source=selftests/lib/tap.sh
. selftests/lib/tap.sh
# shellcheck source=selftests/interop/world.sh
. selftests/interop/world.sh
# shellcheck source=selftests/bogo/lib.sh
. selftests/bogo/lib.sh

# profile NAME [LINE]...: one with BoGo's certificate, and one that has it as a client, too.
profile()
{
	local name=$1 suffix

	shift
	for suffix in "" -cert; do
		printf '\n[profile %s]\n' "$name$suffix"
		printf '%s\n' "certificate = $world/cert.pem" "key = $world/key.pem" "extended-master-secret = optional" "$@"
		[ -z "$suffix" ] ||
			printf '%s\n' "client-certificate = $world/cert.pem" "client-key = $world/key.pem"
	done
}

bogo_get
world_begin ecdsa
cp "$bogo_tree"/boringssl/src/ssl/test/runner/{cert,key}.pem "$world/"
chmod 600 "$world/key.pem"
{
	printf '[tlsupd]\nlog-level = warning\n'
	profile any
	profile v12 "max-version = 1.2"
	profile v13 "min-version = 1.3"
} >"$world/tlsupd.conf"
world_daemon || exit 1
python3 - selftests/bogo/bogo.json selftests/bogo/kernel.json >"$world/bogo.json" <<'EOF'
import json, sys
both = [json.load(open(name)) for name in sys.argv[1:]]
both[0]["DisabledTests"].update(both[1]["DisabledTests"])
json.dump(both[0], sys.stdout)
EOF
# -async says how BoringSSL's own interface is used: half of the tests would be the same ones again.
bogo_tests "$world/bogo.json" "$world/bogo.log" "$top/build/bogo-kernel-shim" \
	"$([ -n "${1:-}" ] && echo 1 || echo 550)" -num-workers 2 -test "${1:-}" \
	-skip '*-Async*;*-ImplicitHandshake'
