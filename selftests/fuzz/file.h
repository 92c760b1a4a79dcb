/* SPDX-License-Identifier: Apache-2.0 */
/* file: a fuzzer's input as a file with a path. */
#ifndef FUZZ_FILE_H
#define FUZZ_FILE_H

#include "daemon/diag.h"
#include "daemon/engine/hs.h"

/* Puts the bytes into file number n (0 or 1), readable by its owner alone;
 * returns its path. */
const char *file_put(int n, struct hs_bytes content);
/* Takes complaints and looks at them: they are sentences of text. */
struct tlsup_diag file_diag(void);

#endif
