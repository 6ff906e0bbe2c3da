/* SPDX-License-Identifier: Apache-2.0
 *
 * For unit tests of the bus: cards that answer at once, and one that answers when the test says.
 */
#ifndef SIE390_AP_TEST_BUS_H
#define SIE390_AP_TEST_BUS_H

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ap/bus.h"

#define CCA_FUNCTIONS (AP_FUNC_APSC | AP_FUNC_CCA | AP_FUNC_APXA | 0x00800000U)
#define ACCEL_FUNCTIONS (AP_FUNC_ME4K | AP_FUNC_CRT4K | AP_FUNC_ACCEL | AP_FUNC_APXA)

/* The request, all bits inverted. */
static inline u32 answer_echo(const struct ap_request *request, u8 *reply)
{
    for (u32 i = 0; i < request->length; i++)
        reply[i] = (u8)~request->data[i];
    return request->length;
}
static const struct ap_card_type card_echo = {"echo", CCA_FUNCTIONS, "inverts", answer_echo};

/* ---- gates ---- */

#define LOG_MAX 32

/* Requests come in; each with a tag below `open` comes out again. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    u64 open; /* tags whose bit is set pass */
    unsigned inside, seen;
    unsigned log[LOG_MAX]; /* tags, as they came in */
};

/* A request of the gated card. */
struct gated {
    struct gate *gate;
    unsigned tag;
    u8 special; /* the card's answer: what NQAP said */
    u16 apqn;   /* and where it came from */
};

static inline u32 answer_gated(const struct ap_request *request, u8 *reply)
{
    struct gated r;
    struct gate *g;

    memcpy(&r, request->data, sizeof(r));
    g = r.gate;
    pthread_mutex_lock(&g->lock);
    if (g->seen < LOG_MAX)
        g->log[g->seen] = r.tag;
    g->seen++;
    g->inside++;
    pthread_cond_broadcast(&g->changed);
    while (!(g->open >> r.tag & 1))
        pthread_cond_wait(&g->changed, &g->lock);
    g->inside--;
    pthread_mutex_unlock(&g->lock);
    r.special = request->special;
    r.apqn = request->apqn;
    memcpy(reply, &r, sizeof(r));
    return sizeof(r);
}
static const struct ap_card_type card_gated = {"gated", ACCEL_FUNCTIONS, "waits", answer_gated};

static inline void gate_init(struct gate *g)
{
    *g = (struct gate){.open = 0};
    pthread_mutex_init(&g->lock, NULL);
    pthread_cond_init(&g->changed, NULL);
}

static inline void gate_open(struct gate *g, u64 tags)
{
    pthread_mutex_lock(&g->lock);
    g->open |= tags;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static inline void gate_wait_inside(struct gate *g, unsigned n)
{
    pthread_mutex_lock(&g->lock);
    while (g->inside != n)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static inline unsigned gate_inside(struct gate *g)
{
    unsigned n;

    pthread_mutex_lock(&g->lock);
    n = g->inside;
    pthread_mutex_unlock(&g->lock);
    return n;
}

/* ---- interruptions ---- */

struct test_irq {
    struct ap_irq irq;
    _Atomic unsigned arrived, ended;
};

static inline void irq_arrived(struct ap_irq *irq)
{
    container_of(irq, struct test_irq, irq)->arrived++;
}

static inline void irq_ended(struct ap_irq *irq)
{
    container_of(irq, struct test_irq, irq)->ended++;
}

/* ---- short forms ---- */

#define RC(n) ((u32)(n) << AP_STATUS_RC_SHIFT)
#define EMPTY AP_STATUS_EMPTY
#define REPLIES AP_STATUS_REPLIES
#define FULL AP_STATUS_FULL
#define IRQ AP_STATUS_IRQ

#define QUEUE 0x0205 /* APQN of most tests */

static inline struct ap_bus *make_bus(unsigned threads, const struct ap_card_type *type)
{
    struct ap_bus *b;

    assert_int_equal(ap_bus_create(&b, threads, NULL), 0);
    assert_int_equal(ap_bus_add_domain(b, 5), 0);
    assert_int_equal(ap_bus_plug(b, 2, type), 0);
    return b;
}

static inline u32 test(struct ap_bus *b, u16 apqn)
{
    u64 info;

    return ap_test(b, apqn, &info);
}

static inline u32 put(struct ap_bus *b, u16 apqn, u64 id, const void *data, u32 length)
{
    struct ap_part part = {id, data, length, false, true};

    return ap_enqueue(b, apqn, &part);
}

static inline u32 put_gated(struct ap_bus *b, u16 apqn, struct gate *g, unsigned tag)
{
    struct gated r = {.gate = g, .tag = tag};

    return put(b, apqn, tag, &r, sizeof(r));
}

/* Until the status has these bits, and the response code is 0. */
static inline void await(struct ap_bus *b, u16 apqn, u32 bits)
{
    u32 s;

    while (s = test(b, apqn), (s & bits) != bits || ap_status_rc(s))
        sched_yield();
}

/* Fetches a reply of at most AP_MESSAGE_MAX bytes, waiting for it; gives its length. */
static inline u32 fetch(struct ap_bus *b, u16 apqn, u64 *id, void *data, u32 *status)
{
    struct ap_reply r;
    u32 length;

    while (ap_status_rc(ap_dequeue_begin(b, apqn, &r)))
        sched_yield();
    *id = r.id;
    length = r.length - r.fetched;
    memcpy(data, r.data + r.fetched, length);
    *status = ap_dequeue_end(b, apqn, &r, length);
    return length;
}

static inline struct ap_counters counters(struct ap_bus *b)
{
    struct ap_counters c;

    ap_bus_counters(b, &c);
    return c;
}

/* Until workers have dropped what they had of queues that are gone. */
static inline void await_dropped(struct ap_bus *b, u64 n)
{
    while (counters(b).dropped != n)
        sched_yield();
}

/* All functions of a queue answer with this. */
static inline void check_all_refuse(struct ap_bus *b, u16 apqn, u32 status)
{
    struct test_irq i = {{irq_arrived, irq_ended}, 0, 0};
    struct ap_irq *irq = NULL;
    struct ap_reply r;

    assert_int_equal(test(b, apqn), status);
    assert_int_equal(ap_reset(b, apqn), status);
    assert_int_equal(put(b, apqn, 1, "x", 1), status);
    assert_int_equal(put(b, apqn, 1, NULL, AP_MESSAGE_MAX + 1), status);
    assert_int_equal(ap_dequeue_begin(b, apqn, &r), status);
    assert_int_equal(ap_irq_enable(b, apqn, &i.irq), status);
    assert_int_equal(ap_irq_disable(b, apqn, &irq), status);
    assert_null(irq);
    assert_int_equal(i.ended, 0);
}

#endif
