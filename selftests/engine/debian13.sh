#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debian13: the engine's tests once more inside a Debian 13 root tree: the same binaries on OpenSSL 3.5's
# libcrypto.  Its peers are met by selftests/peers/debian13.sh.
. selftests/lib/tap.sh
. selftests/lib/debian13.sh

debian13_begin
cp -r build/tests/engine "$work/build/tests/"
cp -r selftests/engine selftests/lib "$work/selftests/"
cp daemon/engine/README.md "$work/daemon/engine/"

note "$(inside openssl version)"
for t in "$work"/build/tests/engine/*; do
	name=${t##*/}
	check "Debian 13: $name" inside "build/tests/engine/$name"
done
finish
