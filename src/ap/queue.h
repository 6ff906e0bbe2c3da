/* SPDX-License-Identifier: Apache-2.0
 *
 * One queue of the AP bus: messages on their way through a card, and who is told of replies.  Not
 * which queues there are (bus.c).
 *
 * A queue lives as long as someone holds it: its place in the bus, a CPU in one of the functions
 * below, a reply that is being fetched, a worker with one of its requests.  So nothing waits when
 * a queue is taken out of the bus; what it did not finish, it finishes for nobody.
 *
 * Functions that give a u32 give a status word (bus.h).
 *
 * Locks: each function takes the queue's; it is never held while a card calculates.
 */
#ifndef SIE390_AP_QUEUE_H
#define SIE390_AP_QUEUE_H

#include "ap/bus.h"
#include "ap/worker.h"

/* What the queues of a bus share. */
struct ap_shared {
    struct ap_pool *pool;
    const struct trace *trace;   /* or NULL */
    struct ap_counters counters; /* changed and read atomically, number by number */
};

static inline bool ap_tracing(const struct ap_shared *s)
{
    return s->trace && trace_on(s->trace, TRACE_AP);
}

struct ap_queue;

/* Held by the caller; NULL: no memory.  `rc`: as ap_queue_close(). */
struct ap_queue *ap_queue_new(struct ap_shared *shared, u16 apqn, const struct ap_card_type *type,
                              u32 rc);
struct ap_queue *ap_queue_get(struct ap_queue *q);
void ap_queue_put(struct ap_queue *q);

/* From now on the queue answers with this response code and does nothing; what it has is dropped,
 * interruptions end.  AP_RC_NORMAL: it works (again). */
void ap_queue_close(struct ap_queue *q, u32 rc);

u32 ap_queue_test(struct ap_queue *q);
u32 ap_queue_reset(struct ap_queue *q);
/* Until no reset is in progress. */
void ap_queue_wait(struct ap_queue *q);
u32 ap_queue_enqueue(struct ap_queue *q, const struct ap_part *part);
u32 ap_queue_dequeue_begin(struct ap_queue *q, struct ap_reply *out);
/* The reply knows its queue. */
u32 ap_queue_dequeue_end(struct ap_reply *r, u32 consumed);
u32 ap_queue_irq_enable(struct ap_queue *q, struct ap_irq *irq);
u32 ap_queue_irq_disable(struct ap_queue *q, struct ap_irq **irq);

#endif
