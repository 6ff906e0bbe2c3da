/* SPDX-License-Identifier: Apache-2.0
 *
 * One queue of the AP bus.  See queue.h.
 *
 * A message takes one of DEPTH places from its first part until its reply is fetched: it is
 * collected (parts), waits, is in work, is a reply, is taken (a CPU copies the reply).  At all
 * times, with the lock: occupied = collecting + waiting + in_work + replies + taken.
 *
 * The job of a queue is submitted when requests wait, once: each run takes one request and submits
 * the job again, behind those of other queues.  So queues take turns, and several workers may be
 * at work for one queue.
 *
 * A reset drops everything but what is in work; that is dropped when its worker is done.  Until
 * then nothing is accepted, so all that is in work is from before the reset.  A reply that is
 * taken belongs to a DQAP that came first: it completes, but the queue no longer counts it
 * (generation).
 */
#include "ap/queue.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ap/message_list.h"
#include "base/mutate.h"

#define DEPTH AP_QUEUE_DEPTH
#define NANOSECONDS 1000000000ULL

struct ap_queue {
    struct ap_shared *shared;
    const struct ap_card_type *type;
    u16 apqn;
    unsigned holders; /* atomic */

    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t reset_done;
    u32 closed; /* response code when not AP_RC_NORMAL */
    bool resetting;
    u32 generation; /* resets so far */
    struct ap_message_list collecting, waiting, replies;
    unsigned occupied, in_work, taken;
    struct ap_irq *irq;
    struct ap_job job;
    bool submitted; /* the job, with a hold on the queue */
};

/* ---- counting, telling ---- */

static void count(u64 *counter, u64 by)
{
    __atomic_fetch_add(counter, by, __ATOMIC_RELAXED);
}

static struct ap_mode_counters *mode_counters(struct ap_queue *q)
{
    u32 functions = q->type->functions;
    enum ap_mode mode = functions & AP_FUNC_ACCEL  ? AP_MODE_ACCEL
                        : functions & AP_FUNC_EP11 ? AP_MODE_EP11
                                                   : AP_MODE_CCA;

    return &q->shared->counters.mode[mode];
}

/* Arguments behind the format: ap_tracing() is asked before. */
static PRINTF(2, 3) void say(const struct ap_queue *q, const char *fmt, ...)
{
    char text[128];
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    trace_line(q->shared->trace, "ap %02x.%04x: %s", apqn_adapter(q->apqn), apqn_domain(q->apqn),
               text);
}

static u64 now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * NANOSECONDS + (u64)t.tv_nsec;
}

/* ---- state; with the lock ---- */

static u32 status(const struct ap_queue *q, u32 rc)
{
    u32 s = ap_status_of(rc);

    if (rc == AP_RC_NOT_AVAILABLE)
        return s;
    if (!q->occupied)
        s |= AP_STATUS_EMPTY;
    if (q->replies.n || q->taken)
        s |= AP_STATUS_REPLIES;
    if (q->occupied == DEPTH)
        s |= AP_STATUS_FULL;
    if (q->irq)
        s |= AP_STATUS_IRQ;
    return s;
}

/* Response code of everything, if not AP_RC_NORMAL. */
static u32 refusal(const struct ap_queue *q)
{
    if (q->closed)
        return q->closed;
    return q->resetting ? AP_RC_RESET_IN_PROGRESS : AP_RC_NORMAL;
}

static void drop(struct ap_queue *q)
{
    unsigned dropped = ap_messages_free(&q->waiting) + ap_messages_free(&q->replies);

    (void)ap_messages_free(&q->collecting);
    count(&q->shared->counters.dropped, dropped);
    q->occupied = q->in_work;
    q->taken = 0;
    q->generation++;
    q->resetting = q->in_work > 0;
    if (q->irq && !mutated("P07")) {
        q->irq->ended(q->irq);
        q->irq = NULL;
    }
}

static void submit(struct ap_queue *q)
{
    if (q->submitted || !q->waiting.n)
        return;
    q->submitted = true;
    ap_pool_submit(q->shared->pool, &ap_queue_get(q)->job);
}

/* ---- the card's side ---- */

static struct ap_message *next_request(struct ap_queue *q)
{
    struct ap_message *m;

    pthread_mutex_lock(&q->lock);
    q->submitted = false;
    m = ap_messages_take_first(&q->waiting);
    if (m)
        q->in_work++;
    submit(q);
    pthread_mutex_unlock(&q->lock);
    return m;
}

/* With the lock. */
static void drop_worked(struct ap_queue *q, struct ap_message *m)
{
    if (ap_tracing(q->shared))
        say(q, "id %016llx: dropped by reset", (unsigned long long)m->id);
    free(m);
    count(&q->shared->counters.dropped, 1);
    q->occupied--;
    if (q->in_work)
        return;
    q->resetting = false;
    pthread_cond_broadcast(&q->reset_done);
}

static void reply_arrived(struct ap_queue *q, struct ap_message *m, u64 took)
{
    if (ap_tracing(q->shared))
        say(q, "id %016llx: reply, %u bytes, type %02x code %02x, %llu us, %s",
            (unsigned long long)m->id, m->length, m->length > 1 ? m->data[1] : 0,
            m->length > 4 ? m->data[4] : 0, (unsigned long long)took / 1000,
            q->irq ? "interruption" : "no interruption");
    ap_messages_put_last(&q->replies, m);
    count(&q->shared->counters.replies, 1);
    if (q->irq && !mutated("P08")) {
        count(&q->shared->counters.interrupts, 1);
        q->irq->arrived(q->irq);
    }
}

/* The reply is made beside the request, for cards read one while they write the other. */
static u64 work(struct ap_queue *q, struct ap_message *m)
{
    struct ap_request request = {m->data, m->length, q->apqn, m->special};
    u8 reply[AP_MESSAGE_MAX];
    u64 start = now();

    m->length = q->type->answer(&request, reply);
    ASSERT(m->length <= AP_MESSAGE_MAX);
    memcpy(m->data, reply, m->length);
    return now() - start;
}

static void run(struct ap_job *job)
{
    struct ap_queue *q = container_of(job, struct ap_queue, job);
    struct ap_message *m = next_request(q);

    if (m) {
        u64 took = work(q, m);

        count(&mode_counters(q)->answered, 1);
        count(&mode_counters(q)->nanoseconds, took);
        pthread_mutex_lock(&q->lock);
        q->in_work--;
        if (q->resetting)
            drop_worked(q, m);
        else
            reply_arrived(q, m, took);
        pthread_mutex_unlock(&q->lock);
    }
    ap_queue_put(q);
}

/* ---- life ---- */

struct ap_queue *ap_queue_new(struct ap_shared *shared, u16 apqn, const struct ap_card_type *type,
                              u32 rc)
{
    struct ap_queue *q = calloc(1, sizeof(*q));

    if (!q)
        return NULL;
    q->shared = shared;
    q->type = type;
    q->apqn = apqn;
    q->holders = 1;
    q->closed = rc;
    q->job.run = run;
    ap_messages_init(&q->collecting);
    ap_messages_init(&q->waiting);
    ap_messages_init(&q->replies);
    pthread_mutex_init(&q->lock, NULL);
    pthread_cond_init(&q->reset_done, NULL);
    return q;
}

struct ap_queue *ap_queue_get(struct ap_queue *q)
{
    __atomic_fetch_add(&q->holders, 1, __ATOMIC_RELAXED);
    return q;
}

void ap_queue_put(struct ap_queue *q)
{
    if (__atomic_sub_fetch(&q->holders, 1, __ATOMIC_ACQ_REL))
        return;
    ASSERT(!q->occupied && !q->irq);
    pthread_cond_destroy(&q->reset_done);
    pthread_mutex_destroy(&q->lock);
    free(q);
}

void ap_queue_close(struct ap_queue *q, u32 rc)
{
    pthread_mutex_lock(&q->lock);
    if (rc)
        drop(q);
    q->closed = rc;
    pthread_mutex_unlock(&q->lock);
}

/* ---- instructions ---- */

u32 ap_queue_test(struct ap_queue *q)
{
    u32 s;

    pthread_mutex_lock(&q->lock);
    s = status(q, refusal(q));
    pthread_mutex_unlock(&q->lock);
    return s;
}

u32 ap_queue_reset(struct ap_queue *q)
{
    u32 rc, s;

    pthread_mutex_lock(&q->lock);
    rc = refusal(q);
    if (!rc) {
        if (ap_tracing(q->shared))
            say(q, "reset, %u messages, %u in work", q->occupied, q->in_work);
        drop(q);
        count(&q->shared->counters.resets, 1);
    }
    s = status(q, rc);
    pthread_mutex_unlock(&q->lock);
    return s;
}

void ap_queue_wait(struct ap_queue *q)
{
    pthread_mutex_lock(&q->lock);
    while (q->resetting)
        pthread_cond_wait(&q->reset_done, &q->lock);
    pthread_mutex_unlock(&q->lock);
}

/* A new message takes a place.  No place or no memory: NULL. */
static struct ap_message **begin_message(struct ap_queue *q, const struct ap_part *part)
{
    struct ap_message **at = q->collecting.tail;
    struct ap_message *m;

    if (q->occupied == DEPTH)
        return NULL;
    m = malloc(sizeof(*m));
    if (!m)
        return NULL;
    m->id = part->id;
    m->length = m->fetched = 0;
    m->special = false;
    ap_messages_put_last(&q->collecting, m);
    q->occupied++;
    return at;
}

static void add_request(struct ap_queue *q, struct ap_message *m)
{
    if (ap_tracing(q->shared))
        say(q, "id %016llx: request, %u bytes%s", (unsigned long long)m->id, m->length,
            m->special ? ", special" : "");
    ap_messages_put_last(&q->waiting, m);
    count(&q->shared->counters.requests, 1);
    submit(q);
}

/* The place of a message that has become too long is free again. */
static u32 too_long(struct ap_queue *q, struct ap_message **at)
{
    struct ap_message *m = ap_messages_take(&q->collecting, at);

    if (m) {
        q->occupied--;
        free(m);
    }
    return AP_RC_MESSAGE_TOO_BIG;
}

static u32 accept_part(struct ap_queue *q, const struct ap_part *part)
{
    struct ap_message **at = ap_messages_find(&q->collecting, part->id);
    struct ap_message *m;

    if (part->length > AP_MESSAGE_MAX - (*at ? (*at)->length : 0))
        return too_long(q, at);
    if (!*at)
        at = begin_message(q, part);
    if (!at)
        return AP_RC_QUEUE_FULL;
    m = *at;
    memcpy(m->data + m->length, part->data, part->length);
    m->length += part->length;
    m->special |= part->special;
    if (part->last)
        add_request(q, ap_messages_take(&q->collecting, at));
    return AP_RC_NORMAL;
}

u32 ap_queue_enqueue(struct ap_queue *q, const struct ap_part *part)
{
    u32 rc, s;

    pthread_mutex_lock(&q->lock);
    rc = refusal(q);
    if (!rc)
        rc = accept_part(q, part);
    s = status(q, rc);
    pthread_mutex_unlock(&q->lock);
    return s;
}

static u32 take_reply(struct ap_queue *q, struct ap_reply *out)
{
    struct ap_message *m = ap_messages_take_first(&q->replies);

    if (!m)
        return AP_RC_NO_REPLY;
    q->taken++;
    m->queue = ap_queue_get(q);
    m->generation = q->generation;
    *out = (struct ap_reply){m->id, m->data, m->length, m->fetched, m};
    return AP_RC_NORMAL;
}

u32 ap_queue_dequeue_begin(struct ap_queue *q, struct ap_reply *out)
{
    u32 rc, s;

    pthread_mutex_lock(&q->lock);
    rc = refusal(q);
    if (!rc)
        rc = take_reply(q, out);
    s = status(q, rc);
    pthread_mutex_unlock(&q->lock);
    return s;
}

/* The whole is fetched, or a reset has come. */
static void end_reply(struct ap_queue *q, struct ap_message *m)
{
    bool fetched = m->fetched == m->length;
    struct ap_counters *c = &q->shared->counters;

    if (ap_tracing(q->shared))
        say(q, "id %016llx: %s", (unsigned long long)m->id,
            fetched ? "fetched" : "dropped by reset");
    count(fetched ? &c->fetched : &c->dropped, 1);
    free(m);
}

u32 ap_queue_dequeue_end(struct ap_reply *r, u32 consumed)
{
    struct ap_message *m = r->entry;
    struct ap_queue *q = m->queue;
    bool ours;
    u32 s;

    ASSERT(consumed <= m->length - m->fetched);
    pthread_mutex_lock(&q->lock);
    ours = m->generation == q->generation;
    m->fetched += consumed;
    if (ours)
        q->taken--;
    if (ours && m->fetched < m->length) {
        ap_messages_put_first(&q->replies, m);
    } else {
        end_reply(q, m);
        if (ours)
            q->occupied--;
    }
    s = status(q, AP_RC_NORMAL);
    pthread_mutex_unlock(&q->lock);
    ap_queue_put(q);
    return s;
}

/* ---- interruptions ---- */

static void say_interruptions(const struct ap_queue *q, const char *what)
{
    if (ap_tracing(q->shared))
        say(q, "interruptions %s", what);
}

u32 ap_queue_irq_enable(struct ap_queue *q, struct ap_irq *irq)
{
    u32 rc, s;

    pthread_mutex_lock(&q->lock);
    rc = refusal(q);
    if (!rc && q->irq)
        rc = AP_RC_OTHERWISE_CHANGED;
    if (!rc) {
        q->irq = irq;
        say_interruptions(q, "enabled");
    }
    s = status(q, rc);
    pthread_mutex_unlock(&q->lock);
    return s;
}

u32 ap_queue_irq_disable(struct ap_queue *q, struct ap_irq **irq)
{
    u32 rc, s;

    pthread_mutex_lock(&q->lock);
    rc = refusal(q);
    if (!rc && !q->irq)
        rc = AP_RC_OTHERWISE_CHANGED;
    if (!rc) {
        *irq = q->irq;
        q->irq = NULL;
        say_interruptions(q, "disabled");
    }
    s = status(q, rc);
    pthread_mutex_unlock(&q->lock);
    return s;
}
