/* SPDX-License-Identifier: Apache-2.0
 *
 * The other end of a control socket: what `sie390 ctl` and `sie390 stat` are made of.
 */
#ifndef SIE390_VMM_CLIENT_H
#define SIE390_VMM_CLIENT_H

#include <jansson.h>

#include "base/bits.h"

/* Lines from a socket; .text is to be freed. */
struct client_lines {
    int fd;
    char *text;
    size_t used;
};

/* A descriptor, or -1 (logged). */
int client_connect(const char *path);
/* Takes the reference.  False: the other side is gone. */
bool client_send(int fd, json_t *request) MUST_CHECK;
/* The next line without its end, to be freed; NULL: the other side is gone. */
char *client_receive(struct client_lines *in);

#endif
