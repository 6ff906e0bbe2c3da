/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP bus: which adapters, domains and queues there are.  What a queue does is in queue.c.
 *
 * A function of a queue looks it up and holds it; the configuration's lock is not held meanwhile,
 * so a queue may leave the bus at any time.  Locks are taken in this order: configuration, queue,
 * workers.
 *
 * References: see bus.h; ap-cards "Detection".
 */
#include "ap/bus.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ap/queue.h"

#define SIZE_CODE (AP_MESSAGE_MAX / 4096)

struct adapter {
    const struct ap_card_type *type;
    enum ap_card_state state;
    struct ap_queue *queue[AP_MAX]; /* by domain */
};

struct ap_bus {
    struct ap_shared shared;
    pthread_mutex_t lock; /* guards the rest */
    struct adapter *adapter[AP_MAX];
    u8 domains[AP_MAX / 8];
    unsigned ndomains;
};

int ap_bus_create(struct ap_bus **out, unsigned threads, const struct trace *trace)
{
    struct ap_bus *b = calloc(1, sizeof(*b));
    int r;

    if (!b)
        return -ENOMEM;
    r = ap_pool_create(&b->shared.pool, threads);
    if (r) {
        free(b);
        return r;
    }
    b->shared.trace = trace;
    pthread_mutex_init(&b->lock, NULL);
    *out = b;
    return 0;
}

void ap_bus_destroy(struct ap_bus *b)
{
    for (unsigned i = 0; i < AP_MAX; i++) {
        int r = ap_bus_unplug(b, (u8)i);

        ASSERT(!r || r == -ENOENT);
    }
    ap_pool_destroy(b->shared.pool);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* ---- configuration; functions without `b` hold its lock ---- */

static u32 state_rc(enum ap_card_state state)
{
    switch (state) {
    case AP_CARD_OPERATING:
        return AP_RC_NORMAL;
    case AP_CARD_DECONFIGURED:
        return AP_RC_DECONFIGURED;
    case AP_CARD_CHECKSTOPPED:
        return AP_RC_CHECKSTOPPED;
    }
    ASSERT(!"a state of cards");
}

static void remove_queue(struct adapter *a, unsigned domain)
{
    struct ap_queue *q = a->queue[domain];

    if (!q)
        return;
    a->queue[domain] = NULL;
    ap_queue_close(q, AP_RC_NOT_AVAILABLE);
    ap_queue_put(q);
}

static void free_adapter(struct adapter *a)
{
    for (unsigned d = 0; d < AP_MAX; d++)
        remove_queue(a, d);
    free(a);
}

static bool add_queue(struct ap_bus *b, unsigned adapter, unsigned domain)
{
    struct adapter *a = b->adapter[adapter];

    a->queue[domain] =
        ap_queue_new(&b->shared, apqn_of(adapter, domain), a->type, state_rc(a->state));
    return a->queue[domain];
}

static int plug(struct ap_bus *b, unsigned adapter, const struct ap_card_type *type)
{
    struct adapter *a;
    bool ok = true;

    if (b->adapter[adapter])
        return -EEXIST;
    a = b->adapter[adapter] = calloc(1, sizeof(*a));
    if (!a)
        return -ENOMEM;
    a->type = type;
    for (unsigned d = 0; ok && d < AP_MAX; d++) {
        if (ap_mask_test(b->domains, d))
            ok = add_queue(b, adapter, d);
    }
    if (ok)
        return 0;
    free_adapter(a);
    b->adapter[adapter] = NULL;
    return -ENOMEM;
}

int ap_bus_plug(struct ap_bus *b, u8 adapter, const struct ap_card_type *type)
{
    int r = ap_pool_start(b->shared.pool);

    if (r)
        return r;
    pthread_mutex_lock(&b->lock);
    r = plug(b, adapter, type);
    if (!r && ap_tracing(&b->shared))
        trace_line(b->shared.trace, "ap %02x: card %s plugged", adapter, type->name);
    pthread_mutex_unlock(&b->lock);
    return r;
}

int ap_bus_unplug(struct ap_bus *b, u8 adapter)
{
    int r = -ENOENT;

    pthread_mutex_lock(&b->lock);
    if (b->adapter[adapter]) {
        if (ap_tracing(&b->shared))
            trace_line(b->shared.trace, "ap %02x: card %s unplugged", adapter,
                       b->adapter[adapter]->type->name);
        free_adapter(b->adapter[adapter]);
        b->adapter[adapter] = NULL;
        r = 0;
    }
    pthread_mutex_unlock(&b->lock);
    return r;
}

static void set_state(struct ap_bus *b, unsigned adapter, enum ap_card_state state)
{
    static const char *const names[] = {"operating", "deconfigured", "checkstopped"};
    struct adapter *a = b->adapter[adapter];

    if (ap_tracing(&b->shared))
        trace_line(b->shared.trace, "ap %02x: card %s %s", adapter, a->type->name, names[state]);
    a->state = state;
    for (unsigned d = 0; d < AP_MAX; d++) {
        if (a->queue[d])
            ap_queue_close(a->queue[d], state_rc(state));
    }
}

int ap_bus_set_state(struct ap_bus *b, u8 adapter, enum ap_card_state state)
{
    int r = -ENOENT;

    pthread_mutex_lock(&b->lock);
    if (b->adapter[adapter]) {
        if (b->adapter[adapter]->state != state)
            set_state(b, adapter, state);
        r = 0;
    }
    pthread_mutex_unlock(&b->lock);
    return r;
}

static void remove_domain(struct ap_bus *b, unsigned domain)
{
    for (unsigned i = 0; i < AP_MAX; i++) {
        if (b->adapter[i])
            remove_queue(b->adapter[i], domain);
    }
    ap_mask_set(b->domains, domain, false);
    b->ndomains--;
}

static int add_domain(struct ap_bus *b, unsigned domain)
{
    bool ok = true;

    if (ap_mask_test(b->domains, domain))
        return -EEXIST;
    ap_mask_set(b->domains, domain, true);
    b->ndomains++;
    for (unsigned i = 0; ok && i < AP_MAX; i++) {
        if (b->adapter[i])
            ok = add_queue(b, i, domain);
    }
    if (ok)
        return 0;
    remove_domain(b, domain);
    return -ENOMEM;
}

int ap_bus_add_domain(struct ap_bus *b, u8 domain)
{
    int r;

    pthread_mutex_lock(&b->lock);
    r = add_domain(b, domain);
    if (!r && ap_tracing(&b->shared))
        trace_line(b->shared.trace, "ap: domain %04x added", domain);
    pthread_mutex_unlock(&b->lock);
    return r;
}

int ap_bus_remove_domain(struct ap_bus *b, u8 domain)
{
    int r = -ENOENT;

    pthread_mutex_lock(&b->lock);
    if (ap_mask_test(b->domains, domain)) {
        if (ap_tracing(&b->shared))
            trace_line(b->shared.trace, "ap: domain %04x removed", domain);
        remove_domain(b, domain);
        r = 0;
    }
    pthread_mutex_unlock(&b->lock);
    return r;
}

u8 ap_bus_flags(const struct ap_bus *b)
{
    (void)b;
    return AP_CONFIG_APSC | AP_CONFIG_APXA | AP_CONFIG_QACT;
}

/* Any adapter and any domain may be added. */
void ap_bus_config(struct ap_bus *b, struct ap_config *out)
{
    *out = (struct ap_config){
        .flags = ap_bus_flags(b),
        .max_adapter = AP_MAX - 1,
        .max_domain = AP_MAX - 1,
    };
    pthread_mutex_lock(&b->lock);
    for (unsigned i = 0; i < AP_MAX; i++)
        ap_mask_set(out->apm, i, b->adapter[i]);
    memcpy(out->aqm, b->domains, sizeof(out->aqm));
    memcpy(out->adm, b->domains, sizeof(out->adm));
    pthread_mutex_unlock(&b->lock);
}

bool ap_bus_card(struct ap_bus *b, u8 adapter, const struct ap_card_type **type,
                 enum ap_card_state *state)
{
    const struct adapter *a;

    pthread_mutex_lock(&b->lock);
    a = b->adapter[adapter];
    if (a) {
        *type = a->type;
        *state = a->state;
    }
    pthread_mutex_unlock(&b->lock);
    return a;
}

/* ---- queues ---- */

/* With the lock. */
static struct ap_queue *queue_at(struct ap_bus *b, unsigned apqn)
{
    struct adapter *a = b->adapter[apqn_adapter((u16)apqn)];

    return a ? a->queue[apqn_domain((u16)apqn)] : NULL;
}

/* Held; NULL: none. */
static struct ap_queue *find(struct ap_bus *b, u16 apqn)
{
    struct ap_queue *q;

    pthread_mutex_lock(&b->lock);
    q = queue_at(b, apqn);
    if (q)
        ap_queue_get(q);
    pthread_mutex_unlock(&b->lock);
    return q;
}

static u32 not_available(void)
{
    return ap_status_of(AP_RC_NOT_AVAILABLE);
}

/* What describes the queue, and the queue as find(). */
static struct ap_queue *describe(struct ap_bus *b, u16 apqn, u64 *info)
{
    struct ap_queue *q;

    *info = 0;
    pthread_mutex_lock(&b->lock);
    q = queue_at(b, apqn);
    if (q) {
        ap_queue_get(q);
        *info = (u64)b->adapter[apqn_adapter(apqn)]->type->functions << 32 |
                (u64)AP_TYPE_CEX8 << AP_INFO_TYPE_SHIFT |
                min64(b->ndomains, 0xff) << AP_INFO_DOMAINS_SHIFT |
                SIZE_CODE << AP_INFO_SIZE_SHIFT | (AP_QUEUE_DEPTH - 1);
    }
    pthread_mutex_unlock(&b->lock);
    return q;
}

u32 ap_test(struct ap_bus *b, u16 apqn, u64 *info)
{
    struct ap_queue *q = describe(b, apqn, info);
    u32 s;

    if (!q)
        return not_available();
    s = ap_queue_test(q);
    ap_queue_put(q);
    return s;
}

u32 ap_compatible(struct ap_bus *b, u16 apqn, u64 wanted, u64 *compatible)
{
    u64 info, mode;
    u32 s = ap_test(b, apqn, &info);
    u8 type = (u8)(wanted >> AP_INFO_TYPE_SHIFT);

    *compatible = 0;
    if (ap_status_rc(s))
        return s;
    mode = wanted & info & AP_QACT_MODE;
    if (mode && type >= AP_TYPE_CEX4)
        *compatible = mode | min64(type, AP_TYPE_CEX8) << AP_INFO_TYPE_SHIFT;
    return s;
}

u32 ap_reset(struct ap_bus *b, u16 apqn)
{
    struct ap_queue *q = find(b, apqn);
    u32 s;

    if (!q)
        return not_available();
    s = ap_queue_reset(q);
    ap_queue_put(q);
    return s;
}

/* The first queue from *apqn on, held; *apqn goes behind it. */
static struct ap_queue *next(struct ap_bus *b, unsigned *apqn)
{
    struct ap_queue *q = NULL;

    pthread_mutex_lock(&b->lock);
    while (!q && *apqn < AP_MAX * AP_MAX)
        q = queue_at(b, (*apqn)++);
    if (q)
        ap_queue_get(q);
    pthread_mutex_unlock(&b->lock);
    return q;
}

/* All resets begin before any is waited for. */
void ap_reset_all(struct ap_bus *b)
{
    struct ap_queue *q;

    for (unsigned apqn = 0; (q = next(b, &apqn)); ap_queue_put(q))
        (void)ap_queue_reset(q);
    for (unsigned apqn = 0; (q = next(b, &apqn)); ap_queue_put(q))
        ap_queue_wait(q);
}

u32 ap_enqueue(struct ap_bus *b, u16 apqn, const struct ap_part *part)
{
    struct ap_queue *q = find(b, apqn);
    u32 s;

    if (!q)
        return not_available();
    s = ap_queue_enqueue(q, part);
    ap_queue_put(q);
    return s;
}

u32 ap_dequeue_begin(struct ap_bus *b, u16 apqn, struct ap_reply *out)
{
    struct ap_queue *q = find(b, apqn);
    u32 s;

    if (!q)
        return not_available();
    s = ap_queue_dequeue_begin(q, out);
    ap_queue_put(q);
    return s;
}

u32 ap_dequeue_end(struct ap_bus *b, u16 apqn, struct ap_reply *r, u32 consumed)
{
    (void)b;
    (void)apqn;
    return ap_queue_dequeue_end(r, consumed);
}

u32 ap_irq_enable(struct ap_bus *b, u16 apqn, struct ap_irq *irq)
{
    struct ap_queue *q = find(b, apqn);
    u32 s;

    if (!q)
        return not_available();
    s = ap_queue_irq_enable(q, irq);
    ap_queue_put(q);
    return s;
}

u32 ap_irq_disable(struct ap_bus *b, u16 apqn, struct ap_irq **irq)
{
    struct ap_queue *q = find(b, apqn);
    u32 s;

    if (!q)
        return not_available();
    s = ap_queue_irq_disable(q, irq);
    ap_queue_put(q);
    return s;
}

/* ---- statistics ---- */

void ap_bus_counters(struct ap_bus *b, struct ap_counters *out)
{
    const u64 *from = (const u64 *)&b->shared.counters;
    u64 *to = (u64 *)out;

    for (unsigned i = 0; i < sizeof(*out) / sizeof(u64); i++)
        to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
}
