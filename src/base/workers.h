/* SPDX-License-Identifier: Apache-2.0
 *
 * A small pool of threads for work that may block: reading, writing and flushing disk images.
 * A piece of work runs on a pool thread; then its completion is called on the loop's thread.
 * Threads are started when there is work for them and sleep when there is none.
 *
 * Threads: all functions are for the loop's thread.
 */
#ifndef SIE390_BASE_WORKERS_H
#define SIE390_BASE_WORKERS_H

#include "base/loop.h"

struct workers;

struct work {
    void (*run)(struct work *);  /* on a pool thread */
    void (*done)(struct work *); /* on the loop's thread; may free or submit the work again */
    struct work *next;
};

int workers_create(struct workers **out, struct loop *loop, unsigned threads) MUST_CHECK;
/* No work may be under way (workers_drain). */
void workers_destroy(struct workers *w);

void workers_submit(struct workers *w, struct work *work);

/* Waits until *left is 0, running completions (all of them, whoever submitted) meanwhile.
 * `left` is counted by the caller: up when it submits, down in `done`. */
void workers_drain(struct workers *w, const unsigned *left);

#endif
