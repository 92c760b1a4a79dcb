/* SPDX-License-Identifier: Apache-2.0 */
/* Just enough HTTP/1.0 to give files away; the files go by sendfile(). */
#ifndef TLSUP_CTL_WWW_H
#define TLSUP_CTL_WWW_H

#include <stdbool.h>

/* One request, one answer, the end. asked: not before the client has said who it
 * is (TLSUP_REQUEST_CERTIFICATE). root: the directory that paths are below;
 * or file: the answer to every path. 0, or a positive errno of the socket. */
int tlsup_www_answer(int fd, const char *root, const char *file, bool asked);

/* The whole of a file; 0 or a positive errno. */
int tlsup_www_send_file(int fd, const char *path);

#endif /* TLSUP_CTL_WWW_H */
