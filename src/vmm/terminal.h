/* SPDX-License-Identifier: Apache-2.0
 *
 * The user's terminal and signals.  Raw mode is the channel's business (devices/chardev.h); here is
 * what makes sure that the terminal is given back: at exit, on every signal that ends or stops the
 * process, and when it crashes.
 *
 * Signals come through a descriptor on the I/O thread: SIGTERM, SIGINT and SIGHUP ask the guest to
 * shut down, and end the run when they come again; SIGQUIT ends it; SIGTSTP stops the process with
 * the terminal restored.
 */
#ifndef SIE390_VMM_TERMINAL_H
#define SIE390_VMM_TERMINAL_H

#include "base/loop.h"
#include "devices/chardev.h"

struct run;

struct terminal {
    struct run *run;
    struct chardev *stdio; /* NULL: the terminal is not used */
    struct loop_fd signals;
    int signal_fd;
    unsigned asked; /* how often the guest was asked to end */
};

/* Blocks the signals in this thread (and those it starts) and watches for them.  0 or -errno
 * (logged).  Before any other thread. */
int terminal_open(struct terminal *t, struct run *run) MUST_CHECK;
/* The channel on standard input and output, with the prefix key.  0 or -errno (logged). */
int terminal_stdio(struct terminal *t, struct chardev **out) MUST_CHECK;
/* Gives the terminal back for good; the channel may be destroyed then.  Idempotent. */
void terminal_release(struct terminal *t);
/* The loop has ended. */
void terminal_close(struct terminal *t);

#endif
