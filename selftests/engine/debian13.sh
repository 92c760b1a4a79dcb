#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debian13: the engine's tests and the peers once more inside a Debian 13 root tree, made by mmdebstrap
# and kept in the cache: the same binaries on OpenSSL 3.5's libcrypto, against OpenSSL 3.5 and GnuTLS 3.8.
. selftests/lib/tap.sh

root=${TLSUP_CACHE:-/var/cache/tlsup}/debian13-root
packages=openssl,libjansson4,gnutls-bin,curl,ca-certificates

make_root()
{
	[ ! -e "$root/made" ] || return 0
	rm -rf "$root"
	mmdebstrap --quiet --variant=minbase --include="$packages" trixie "$root" >/dev/null &&
		printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts" && touch "$root/made"
}

if ! command -v mmdebstrap >/dev/null; then
	not_ok "mmdebstrap is installed" "scripts/deps installs it"
	finish
fi
make_root || skip_all "no Debian 13 root tree could be made"

work=$(mktemp -d "$root/tmp/tlsup.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/build/tests" "$work/selftests" "$work/daemon/engine"
cp build/hs-peer "$work/build/"
cp -r build/tests/engine "$work/build/tests/"
cp -r selftests/engine selftests/lib "$work/selftests/"
cp daemon/engine/README.md "$work/daemon/engine/"

inside()
{
	chroot "$root" /bin/sh -c "cd ${work#"$root"} && $*"
}

note "$(inside openssl version)"
for t in "$work"/build/tests/engine/*; do
	name=${t##*/}
	check "Debian 13: $name" inside "build/tests/engine/$name"
done
check "Debian 13: peers" inside selftests/engine/peers.sh
check "Debian 13: extras" inside selftests/engine/extras.sh
finish
