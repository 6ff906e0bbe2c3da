/* SPDX-License-Identifier: Apache-2.0
 *
 * The control socket: one JSON object a line in, one a line out.
 *
 *     {"command": "status"}    {"ok": true, "state": "running", ...}
 *     {"command": "frobnicate"} {"ok": false, "error": "..."}
 *
 * Commands: status, stop, continue, quiesce, quit, cpu, cpus, ap, statistics, events.  "stop"
 * answers when the CPUs have left the guest.  An "id" in a request comes back in its answer.  A
 * client that asked for "events" is told of what happens in lines that are no answers:
 * {"event": NAME, ...}.
 *
 * Clients are not trusted to behave: lines and unread answers are bounded, and the number of
 * clients is.  I/O thread only.
 */
#ifndef SIE390_VMM_CONTROL_H
#define SIE390_VMM_CONTROL_H

#include "base/bits.h"
#include "vmm/status.h"

struct control;
struct run;

/* Listens at path, for this user only.  A socket that nobody listens at any more is replaced.
 * 0 or -errno (logged). */
int control_open(struct run *run, const char *path, struct control **out) MUST_CHECK;
void control_close(struct control *c);
/* The machine's state changed: answers those who wait for it. */
void control_state_changed(struct control *c);
/* The run has ended, its loop has stopped: the last events. */
void control_ended(struct control *c, struct run *r, enum status s);

#endif
