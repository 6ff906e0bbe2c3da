/* SPDX-License-Identifier: Apache-2.0
 *
 * The event loop of the I/O thread: file descriptors, timers, and callbacks posted from other
 * threads.  Nothing in it wakes up by itself: an idle loop sleeps in the kernel for ever.
 *
 * Threads: loop_post(), loop_call() and loop_stop() may be called from every thread, the rest from
 * the thread that runs the loop, or before it runs and after it ended.
 *
 * All objects are embedded in their owner and owned by it; an all-zero object is "not registered".
 */
#ifndef SIE390_BASE_LOOP_H
#define SIE390_BASE_LOOP_H

#include <stdatomic.h>

#include "base/bits.h"

struct loop;

/* What to watch a descriptor for, and what was found. */
#define LOOP_IN 1U
#define LOOP_OUT 2U
#define LOOP_HUP 4U /* hang-up or error: found with any of the others, too */

struct loop_fd {
    void (*ready)(struct loop_fd *, u32 events);
    int fd;
    u32 events;      /* watched for */
    bool registered; /* in the epoll set */
    bool always;     /* a regular file: never blocks, so always ready */
    struct loop_fd *next_always;
};

struct loop_timer {
    void (*expired)(struct loop_timer *);
    u64 at; /* loop_now() */
    bool armed;
    struct loop_timer *next;
};

struct loop_post {
    void (*run)(struct loop_post *);
    bool queued;
    struct loop_post *next;
};

int loop_create(struct loop **out) MUST_CHECK;
void loop_destroy(struct loop *l);

/* Runs until loop_stop().  Callbacks posted before that are run before it returns.
 * 0 or -errno (logged). */
int loop_run(struct loop *l) MUST_CHECK;
void loop_stop(struct loop *l);

/* Starts a thread that runs the loop; stops it and waits for its end. */
int loop_start_thread(struct loop *l) MUST_CHECK;
void loop_stop_thread(struct loop *l);

/* One round: waits up to timeout_ms (-1: for ever) and runs what is due.  For tests. */
int loop_round(struct loop *l, int timeout_ms);

/* Watches fd for LOOP_IN, LOOP_OUT, LOOP_HUP (0: nothing, hang-ups are not reported either).
 * The descriptor stays the caller's.  0 or -errno. */
int loop_fd_add(struct loop *l, struct loop_fd *f, int fd, u32 events,
                void (*ready)(struct loop_fd *, u32 events)) MUST_CHECK;
void loop_fd_watch(struct loop *l, struct loop_fd *f, u32 events);
/* Before the descriptor is closed. */
void loop_fd_remove(struct loop *l, struct loop_fd *f);

/* Nanoseconds of CLOCK_MONOTONIC. */
u64 loop_now(void);
/* (Re)arms: `expired` is called once, at `at` or soon after. */
void loop_timer_set(struct loop *l, struct loop_timer *t, u64 at,
                    void (*expired)(struct loop_timer *));
void loop_timer_cancel(struct loop *l, struct loop_timer *t);

/* Has p->run called on the loop's thread.  A post that is queued already is not queued twice; one
 * that is running is.  Wakes the loop only when it may sleep. */
void loop_post(struct loop *l, struct loop_post *p);
/* Loop's thread: takes a queued post back. */
void loop_post_cancel(struct loop *l, struct loop_post *p);

/* Calls fn(arg) on the loop's thread and waits for it; directly when called from that thread or
 * when the loop does not run. */
void loop_call(struct loop *l, void (*fn)(void *arg), void *arg);

#endif
