/* SPDX-License-Identifier: Apache-2.0
 *
 * The bus's own threads: cards calculate on them, so that no guest CPU waits.  Jobs are taken in
 * the order in which they were submitted.  A thread takes one, runs it, and sleeps when there is
 * none; more threads are started while there are more jobs than sleepers.
 *
 * Not base/workers.h: that one belongs to a loop, and its completions run there.
 *
 * Threads: everything from any thread, with whatever locks held that jobs do not take around a
 * call of this.
 */
#ifndef SIE390_AP_WORKER_H
#define SIE390_AP_WORKER_H

#include "base/bits.h"

struct ap_pool;

struct ap_job {
    void (*run)(struct ap_job *); /* on a worker; may submit the job again */
    struct ap_job *next;          /* the pool's */
};

int ap_pool_create(struct ap_pool **out, unsigned threads) MUST_CHECK;
/* Runs what is submitted, then ends. */
void ap_pool_destroy(struct ap_pool *p);
/* There is a thread from now on: jobs will not be left lying. */
int ap_pool_start(struct ap_pool *p) MUST_CHECK;
/* After ap_pool_start(). */
void ap_pool_submit(struct ap_pool *p, struct ap_job *job);

#endif
