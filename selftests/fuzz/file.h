/* SPDX-License-Identifier: Apache-2.0 */
/* file: a fuzzer's input as files with a path. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "daemon/diag.h"
#include "daemon/engine/hs.h"

#define FILE_NUMBERS	4
/* The path of file number 1, for those that are named in an input. */
#define FILE_NAMED	"/proc/self/fd/101"

/* Puts the bytes into file number n, readable by its owner alone; returns its
 * path, which is always the same. */
const char *file_put(int n, struct hs_bytes content);
/* Takes complaints and looks at them: they are sentences of text. */
struct tlsup_diag file_diag(void);

#endif
