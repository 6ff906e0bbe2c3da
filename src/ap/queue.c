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

#include "base/mutate.h"

#define DEPTH AP_QUEUE_DEPTH
#define NANOSECONDS 1000000000ULL

/* A message: the request, later its reply. */
struct entry {
    struct entry *next;
    struct ap_queue *queue; /* held, while taken */
    u32 generation;         /* of the queue when it was taken */
    u64 id;
    u32 length, fetched;
    bool special;
    u8 data[AP_MESSAGE_MAX];
};

struct list {
    struct entry *head, **tail;
    unsigned n;
};

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
    struct list collecting, waiting, replies;
    unsigned occupied, in_work, taken;
    struct ap_irq *irq;
    struct ap_job job;
    bool submitted; /* the job, with a hold on the queue */
};

/* ---- lists ---- */

static void list_init(struct list *l)
{
    *l = (struct list){.tail = &l->head};
}

static void put_last(struct list *l, struct entry *e)
{
    e->next = NULL;
    *l->tail = e;
    l->tail = &e->next;
    l->n++;
}

static void put_first(struct list *l, struct entry *e)
{
    e->next = l->head;
    l->head = e;
    if (!e->next)
        l->tail = &e->next;
    l->n++;
}

/* `at` is the pointer to the entry in the list. */
static struct entry *take_at(struct list *l, struct entry **at)
{
    struct entry *e = *at;

    if (!e)
        return NULL;
    *at = e->next;
    if (!*at)
        l->tail = at;
    l->n--;
    return e;
}

static unsigned free_all(struct list *l)
{
    unsigned n = l->n;
    struct entry *e;

    while ((e = take_at(l, &l->head)))
        free(e);
    return n;
}

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
    unsigned dropped = free_all(&q->waiting) + free_all(&q->replies);

    (void)free_all(&q->collecting);
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

static struct entry *next_request(struct ap_queue *q)
{
    struct entry *e;

    pthread_mutex_lock(&q->lock);
    q->submitted = false;
    e = take_at(&q->waiting, &q->waiting.head);
    if (e)
        q->in_work++;
    submit(q);
    pthread_mutex_unlock(&q->lock);
    return e;
}

/* With the lock. */
static void drop_worked(struct ap_queue *q, struct entry *e)
{
    if (ap_tracing(q->shared))
        say(q, "id %016llx: dropped by reset", (unsigned long long)e->id);
    free(e);
    count(&q->shared->counters.dropped, 1);
    q->occupied--;
    if (q->in_work)
        return;
    q->resetting = false;
    pthread_cond_broadcast(&q->reset_done);
}

static void reply_arrived(struct ap_queue *q, struct entry *e, u64 took)
{
    if (ap_tracing(q->shared))
        say(q, "id %016llx: reply, %u bytes, type %02x code %02x, %llu us, %s",
            (unsigned long long)e->id, e->length, e->length > 1 ? e->data[1] : 0,
            e->length > 4 ? e->data[4] : 0, (unsigned long long)took / 1000,
            q->irq ? "interruption" : "no interruption");
    put_last(&q->replies, e);
    count(&q->shared->counters.replies, 1);
    if (q->irq && !mutated("P08")) {
        count(&q->shared->counters.interrupts, 1);
        q->irq->arrived(q->irq);
    }
}

/* The reply is made beside the request, for cards read one while they write the other. */
static u64 work(struct ap_queue *q, struct entry *e)
{
    struct ap_request request = {e->data, e->length, q->apqn, e->special};
    u8 reply[AP_MESSAGE_MAX];
    u64 start = now();

    e->length = q->type->answer(&request, reply);
    ASSERT(e->length <= AP_MESSAGE_MAX);
    memcpy(e->data, reply, e->length);
    return now() - start;
}

static void run(struct ap_job *job)
{
    struct ap_queue *q = container_of(job, struct ap_queue, job);
    struct entry *e = next_request(q);

    if (e) {
        u64 took = work(q, e);

        count(&mode_counters(q)->answered, 1);
        count(&mode_counters(q)->nanoseconds, took);
        pthread_mutex_lock(&q->lock);
        q->in_work--;
        if (q->resetting)
            drop_worked(q, e);
        else
            reply_arrived(q, e, took);
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
    list_init(&q->collecting);
    list_init(&q->waiting);
    list_init(&q->replies);
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
static struct entry **begin_message(struct ap_queue *q, const struct ap_part *part)
{
    struct entry **at = q->collecting.tail;
    struct entry *e;

    if (q->occupied == DEPTH)
        return NULL;
    e = malloc(sizeof(*e));
    if (!e)
        return NULL;
    e->id = part->id;
    e->length = e->fetched = 0;
    e->special = false;
    put_last(&q->collecting, e);
    q->occupied++;
    return at;
}

static void add_request(struct ap_queue *q, struct entry *e)
{
    if (ap_tracing(q->shared))
        say(q, "id %016llx: request, %u bytes%s", (unsigned long long)e->id, e->length,
            e->special ? ", special" : "");
    put_last(&q->waiting, e);
    count(&q->shared->counters.requests, 1);
    submit(q);
}

/* The place of a message that has become too long is free again. */
static u32 too_long(struct ap_queue *q, struct entry **at)
{
    struct entry *e = take_at(&q->collecting, at);

    if (e) {
        q->occupied--;
        free(e);
    }
    return AP_RC_MESSAGE_TOO_BIG;
}

static u32 accept_part(struct ap_queue *q, const struct ap_part *part)
{
    struct entry **at = &q->collecting.head;
    struct entry *e;

    while (*at && (*at)->id != part->id)
        at = &(*at)->next;
    if (part->length > AP_MESSAGE_MAX - (*at ? (*at)->length : 0))
        return too_long(q, at);
    if (!*at)
        at = begin_message(q, part);
    if (!at)
        return AP_RC_QUEUE_FULL;
    e = *at;
    memcpy(e->data + e->length, part->data, part->length);
    e->length += part->length;
    e->special |= part->special;
    if (part->last)
        add_request(q, take_at(&q->collecting, at));
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
    struct entry *e = take_at(&q->replies, &q->replies.head);

    if (!e)
        return AP_RC_NO_REPLY;
    q->taken++;
    e->queue = ap_queue_get(q);
    e->generation = q->generation;
    *out = (struct ap_reply){e->id, e->data, e->length, e->fetched, e};
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
static void end_reply(struct ap_queue *q, struct entry *e)
{
    bool fetched = e->fetched == e->length;
    struct ap_counters *c = &q->shared->counters;

    if (ap_tracing(q->shared))
        say(q, "id %016llx: %s", (unsigned long long)e->id,
            fetched ? "fetched" : "dropped by reset");
    count(fetched ? &c->fetched : &c->dropped, 1);
    free(e);
}

u32 ap_queue_dequeue_end(struct ap_reply *r, u32 consumed)
{
    struct entry *e = r->entry;
    struct ap_queue *q = e->queue;
    bool ours;
    u32 s;

    ASSERT(consumed <= e->length - e->fetched);
    pthread_mutex_lock(&q->lock);
    ours = e->generation == q->generation;
    e->fetched += consumed;
    if (ours)
        q->taken--;
    if (ours && e->fetched < e->length) {
        put_first(&q->replies, e);
    } else {
        end_reply(q, e);
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
