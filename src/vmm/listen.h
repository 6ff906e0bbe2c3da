/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets that this process listens on for its user: the control socket, the debugger's.
 */
#ifndef SIE390_VMM_LISTEN_H
#define SIE390_VMM_LISTEN_H

#include "base/bits.h"

/* At path, for this user only.  A socket that nobody listens at any more is replaced.  The
 * descriptor, or -errno (logged with the option's name). */
int listen_unix(const char *option, const char *path, int clients) MUST_CHECK;
/* At a port of the loopback interface, never of another. */
int listen_loopback(const char *option, u16 port, int clients) MUST_CHECK;

#endif
