#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# debian13: the matrix of peers with those of Debian 13 (OpenSSL 3.5, GnuTLS 3.8, ...), in its root tree; the
# page is build/peers/debian13.txt.
. selftests/lib/tap.sh
. selftests/lib/debian13.sh

debian13_begin
cp -r selftests/peers "$work/selftests/"
inside selftests/peers/matrix "$@"
status=$?
mkdir -p build/peers
cp "$work/build/peers/matrix.txt" build/peers/debian13.txt
exit $status
