/* SPDX-License-Identifier: Apache-2.0
 *
 * A socket that this process listens on for its user: the control socket, the debugger's.  One
 * object from opening to closing: the descriptor, its place in the loop, the file that shows it.
 *
 * Not here: connections; the owner gets their descriptors.  I/O thread only, but for opening before
 * the loop runs and closing after it ended.
 */
#ifndef SIE390_VMM_LISTEN_H
#define SIE390_VMM_LISTEN_H

#include "base/loop.h"

/* All zero: closed. */
struct listener {
    /* the owner's, before it opens */
    struct loop *loop;
    const char *option;                           /* for messages */
    int clients;                                  /* that may wait to be accepted */
    void (*connected)(struct listener *, int fd); /* the descriptor is the owner's: not blocking */

    struct loop_fd fd;
    char *path; /* of the file to remove; NULL: none */
    bool open;
};

/* At path, for this user only.  A socket that nobody listens at any more is replaced.  0 or -errno
 * (logged), and nothing is left behind. */
int listener_open_unix(struct listener *l, const char *path) MUST_CHECK;
/* At a port of the loopback interface, never of another. */
int listener_open_loopback(struct listener *l, u16 port) MUST_CHECK;
/* Connections wait (false), or are accepted, as at first. */
void listener_accept(struct listener *l, bool on);
/* Closed already: nothing happens. */
void listener_close(struct listener *l);

#endif
