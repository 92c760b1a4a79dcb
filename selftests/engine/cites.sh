#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cites: each section of scripts/rfc-sections is named where it is done and where it is tested, or there
# is a reason why not.  What is lacking comes as notes.
. selftests/lib/tap.sh

check "every section has code and a test, or a reason" scripts/rfc-cites --strict
finish
