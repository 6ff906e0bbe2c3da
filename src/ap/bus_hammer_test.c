/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP bus under threads that disturb each other: two that put requests, two that fetch replies,
 * one that resets, one that changes the configuration, one that switches interruptions.  At the
 * end the books must balance: each accepted request was fetched once, whole and right, or was
 * dropped by a reset; each object for interruptions came back once, by disable or ended().
 *
 * Threads note what is wrong; the main one looks at the end.
 */
#include "ap/test_bus.h"

#include <stdatomic.h>
#include <time.h>

#define PRODUCERS 2
#define CONSUMERS 2
#define IDS (1U << 20) /* of a producer */
#define ADAPTERS 2
#define DOMAINS 2
#define QUEUES (ADAPTERS * DOMAINS)

enum irq_state { OURS, WITH_BUS };

struct counted_irq {
    struct ap_irq irq;
    struct hammer *hammer;
    _Atomic unsigned state;
};

struct hammer {
    struct ap_bus *bus;
    atomic_bool stop;
    _Atomic u64 accepted, fetched, partial, resets, refused, changes;
    _Atomic u64 enabled, disabled, ended, arrived;
    _Atomic u64 wrong; /* replies that are no answer, twice the same, irqs out of turn */
    struct counted_irq irq[QUEUES];
    u8 *seen[PRODUCERS]; /* by number: fetched already */
};

struct hand {
    pthread_t thread;
    struct hammer *hammer;
    unsigned n;
    u64 random;
};

static u32 rnd(struct hand *h, u32 below)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    return (u32)(h->random >> 32) % below;
}

static u16 any_queue(struct hand *h)
{
    return apqn_of(rnd(h, ADAPTERS), rnd(h, DOMAINS));
}

/* ---- requests: the id again and again ---- */

static u32 fill(u8 *data, u64 id, u32 length)
{
    for (u32 i = 0; i < length; i++)
        data[i] = (u8)(id >> i % 4 * 8);
    return length;
}

static bool is_answer(const struct ap_reply *r)
{
    for (u32 i = 0; i < r->length; i++) {
        if (r->data[i] != (u8) ~(r->id >> i % 4 * 8))
            return false;
    }
    return true;
}

/* In one piece or in two that other threads may come between. */
static u32 put_message(struct hand *h, u16 apqn, u64 id)
{
    u8 data[256];
    u32 length = fill(data, id, rnd(h, sizeof(data)));
    struct ap_part whole = {id, data, length, false, true};
    struct ap_part first = {id, data, length & ~3U, false, false};
    u32 s;

    if (rnd(h, 4))
        return ap_enqueue(h->hammer->bus, apqn, &whole);
    s = ap_enqueue(h->hammer->bus, apqn, &first);
    if (ap_status_rc(s))
        return s;
    whole.data += first.length;
    whole.length -= first.length;
    return ap_enqueue(h->hammer->bus, apqn, &whole);
}

static void *produce(void *arg)
{
    struct hand *h = arg;
    struct hammer *m = h->hammer;

    for (u32 n = 0; n < IDS && !m->stop; n++) {
        u32 s = put_message(h, any_queue(h), (u64)h->n * IDS + n);

        if (!ap_status_rc(s))
            m->accepted++;
        else
            m->refused++;
        if (s & AP_STATUS_FULL)
            sched_yield();
    }
    return NULL;
}

/* A reply whose first part was lost to a reset is in front of the second part only: its pattern is
 * right, for parts are cut at the pattern's length. */
static void check_reply(struct hammer *m, const struct ap_reply *r)
{
    u8 *seen = &m->seen[r->id / IDS % PRODUCERS][r->id % IDS];

    if (!is_answer(r) || __atomic_exchange_n(seen, 1, __ATOMIC_RELAXED))
        m->wrong++;
}

static bool consume_one(struct hand *h, u16 apqn)
{
    struct hammer *m = h->hammer;
    struct ap_reply r;
    u32 left, take;

    if (ap_status_rc(ap_dequeue_begin(m->bus, apqn, &r)))
        return false;
    left = r.length - r.fetched;
    take = rnd(h, 4) ? left : rnd(h, left + 1);
    if (take == left) {
        check_reply(m, &r);
        m->fetched++;
    } else {
        m->partial++;
    }
    if (ap_status_rc(ap_dequeue_end(m->bus, apqn, &r, take)))
        m->wrong++;
    return true;
}

static void *consume(void *arg)
{
    struct hand *h = arg;

    while (!h->hammer->stop) {
        if (!consume_one(h, any_queue(h)))
            sched_yield();
    }
    return NULL;
}

/* ---- disturbance ---- */

static void *reset(void *arg)
{
    struct hand *h = arg;

    while (!h->hammer->stop) {
        if (!ap_status_rc(ap_reset(h->hammer->bus, any_queue(h))))
            h->hammer->resets++;
        for (u32 i = rnd(h, 64); i; i--)
            sched_yield();
    }
    return NULL;
}

static int change(struct hand *h)
{
    struct ap_bus *b = h->hammer->bus;
    u8 adapter = (u8)rnd(h, ADAPTERS), domain = (u8)rnd(h, DOMAINS);

    switch (rnd(h, 6)) {
    case 0:
        return ap_bus_unplug(b, adapter);
    case 1:
        return ap_bus_remove_domain(b, domain);
    case 2:
        return ap_bus_set_state(b, adapter, (enum ap_card_state)(1 + rnd(h, 2)));
    case 3:
        return ap_bus_plug(b, adapter, &card_echo);
    case 4:
        return ap_bus_add_domain(b, domain);
    default:
        return ap_bus_set_state(b, adapter, AP_CARD_OPERATING);
    }
}

static void make_all_work(struct ap_bus *b)
{
    for (unsigned i = 0; i < ADAPTERS; i++) {
        int r = ap_bus_plug(b, (u8)i, &card_echo);

        r |= ap_bus_set_state(b, (u8)i, AP_CARD_OPERATING);
        (void)r; /* it was there */
    }
    for (unsigned d = 0; d < DOMAINS; d++) {
        int r = ap_bus_add_domain(b, (u8)d);

        (void)r; /* it was there */
    }
}

/* A second at least, and until everything has happened. */
static bool enough(struct hammer *m, const struct timespec *start)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec - start->tv_sec >= 1 + (t.tv_nsec < start->tv_nsec) && m->fetched &&
           m->partial && m->resets && m->changes && m->refused && m->arrived && m->disabled &&
           m->ended;
}

/* Also says when to stop. */
static void *configure(void *arg)
{
    struct hand *h = arg;
    struct timespec start;

    clock_gettime(CLOCK_MONOTONIC, &start);
    while (!enough(h->hammer, &start)) {
        for (unsigned i = 0; i < 4; i++) {
            if (!change(h))
                h->hammer->changes++;
            sched_yield();
        }
        make_all_work(h->hammer->bus);
        for (u32 i = rnd(h, 256); i; i--)
            sched_yield();
    }
    h->hammer->stop = true;
    return NULL;
}

/* ---- interruptions ---- */

static void counted_arrived(struct ap_irq *irq)
{
    struct counted_irq *i = container_of(irq, struct counted_irq, irq);

    if (i->state != WITH_BUS)
        i->hammer->wrong++;
    i->hammer->arrived++;
}

static void back(struct counted_irq *i, _Atomic u64 *how)
{
    (*how)++;
    if (atomic_exchange(&i->state, OURS) != WITH_BUS)
        i->hammer->wrong++;
}

static void counted_ended(struct ap_irq *irq)
{
    struct counted_irq *i = container_of(irq, struct counted_irq, irq);

    back(i, &i->hammer->ended);
}

/* This thread alone gives objects to the bus. */
static void enable(struct hammer *m, struct counted_irq *i, u16 apqn)
{
    i->state = WITH_BUS;
    if (ap_status_rc(ap_irq_enable(m->bus, apqn, &i->irq)))
        i->state = OURS;
    else
        m->enabled++;
}

static void *switch_interruptions(void *arg)
{
    struct hand *h = arg;
    struct hammer *m = h->hammer;
    struct ap_irq *irq;

    while (!m->stop) {
        u16 apqn = any_queue(h);
        struct counted_irq *i = &m->irq[rnd(h, QUEUES)];

        if (i->state == OURS)
            enable(m, i, apqn);
        apqn = any_queue(h);
        if (!rnd(h, 8) && !ap_status_rc(ap_irq_disable(m->bus, apqn, &irq)))
            back(container_of(irq, struct counted_irq, irq), &m->disabled);
        sched_yield();
    }
    return NULL;
}

/* ---- the test ---- */

static void run_hands(struct hammer *m)
{
    static void *(*const what[])(void *) = {
        produce, produce, consume, consume, reset, switch_interruptions, configure};
    struct hand hands[ARRAY_SIZE(what)];

    for (unsigned i = 0; i < ARRAY_SIZE(what); i++) {
        hands[i] = (struct hand){.hammer = m, .n = i, .random = 0x9e3779b97f4a7c15 + i};
        assert_int_equal(pthread_create(&hands[i].thread, NULL, what[i], &hands[i]), 0);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(what); i++)
        pthread_join(hands[i].thread, NULL);
}

/* After this nothing is on queues, nor in work. */
static void end_all(struct hammer *m)
{
    struct ap_counters c;

    make_all_work(m->bus);
    ap_reset_all(m->bus);
    for (unsigned i = 0; i < QUEUES; i++) {
        u32 s = test(m->bus, apqn_of(i / DOMAINS, i % DOMAINS));

        assert_int_equal(s, AP_STATUS_EMPTY);
    }
    do { /* of queues that have left the bus */
        sched_yield();
        c = counters(m->bus);
    } while (c.requests != c.fetched + c.dropped);
}

static void test_books_balance(void **state)
{
    struct hammer m = {.bus = make_bus(3, &card_echo)};
    struct ap_counters c, after;

    (void)state;
    for (unsigned i = 0; i < PRODUCERS; i++)
        assert_non_null(m.seen[i] = calloc(1, IDS));
    for (unsigned i = 0; i < QUEUES; i++)
        m.irq[i] = (struct counted_irq){{counted_arrived, counted_ended}, &m, OURS};
    make_all_work(m.bus);
    run_hands(&m);
    c = counters(m.bus);
    end_all(&m);
    after = counters(m.bus);
    print_message("%llu requests, %llu fetched, %llu dropped, %llu resets, %llu interruptions\n",
                  (unsigned long long)after.requests, (unsigned long long)after.fetched,
                  (unsigned long long)after.dropped, (unsigned long long)after.resets,
                  (unsigned long long)after.interrupts);
    assert_int_equal(m.wrong, 0);
    assert_int_equal(m.accepted, after.requests);
    assert_int_equal(m.fetched, after.fetched);
    assert_int_equal(m.resets, c.resets);
    assert_int_equal(m.arrived, after.interrupts);
    assert_int_equal(m.enabled, m.disabled + m.ended);
    ap_bus_destroy(m.bus);
    assert_int_equal(m.enabled, m.disabled + m.ended);
    assert_true(after.dropped);
    for (unsigned i = 0; i < PRODUCERS; i++)
        free(m.seen[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_books_balance),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
