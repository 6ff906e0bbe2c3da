/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP bus: what is configured, response codes and status bits, order, fullness, parts, replies
 * that are fetched in pieces, resets, unplugging, interruptions, trace lines.  What threads do to
 * each other: bus_hammer_test.c.
 */
#include "ap/test_bus.h"

#include <errno.h>
#include <unistd.h>

#define RC(n) ((u32)(n) << AP_STATUS_RC_SHIFT)
#define EMPTY AP_STATUS_EMPTY
#define REPLIES AP_STATUS_REPLIES
#define FULL AP_STATUS_FULL
#define IRQ AP_STATUS_IRQ

/* ---- configuration ---- */

static void test_what_is_configured(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    const struct ap_card_type *type;
    enum ap_card_state cs;
    struct ap_config c;

    (void)state;
    assert_int_equal(ap_bus_plug(b, 2, &card_gated), -EEXIST);
    assert_int_equal(ap_bus_plug(b, 255, &card_gated), 0);
    assert_int_equal(ap_bus_unplug(b, 3), -ENOENT);
    assert_int_equal(ap_bus_set_state(b, 3, AP_CARD_OPERATING), -ENOENT);
    assert_int_equal(ap_bus_add_domain(b, 5), -EEXIST);
    assert_int_equal(ap_bus_add_domain(b, 0), 0);
    assert_int_equal(ap_bus_remove_domain(b, 1), -ENOENT);
    ap_bus_config(b, &c);
    assert_int_equal(c.flags, 0xe0);
    assert_int_equal(c.max_adapter, 255);
    assert_int_equal(c.max_domain, 255);
    assert_int_equal(c.apm[0], 0x20);
    assert_int_equal(c.apm[31], 0x01);
    assert_int_equal(c.aqm[0], 0x84);
    assert_memory_equal(c.adm, c.aqm, 32);
    assert_true(ap_bus_card(b, 255, &type, &cs));
    assert_ptr_equal(type, &card_gated);
    assert_int_equal(ap_bus_set_state(b, 255, AP_CARD_CHECKSTOPPED), 0);
    assert_true(ap_bus_card(b, 255, &type, &cs));
    assert_int_equal(cs, AP_CARD_CHECKSTOPPED);
    assert_int_equal(ap_bus_unplug(b, 255), 0);
    assert_false(ap_bus_card(b, 255, &type, &cs));
    assert_int_equal(ap_bus_remove_domain(b, 0), 0);
    ap_bus_config(b, &c);
    assert_int_equal(c.apm[31], 0);
    assert_int_equal(c.aqm[0], 0x04);
    ap_bus_destroy(b);
}

static void test_card_is_described(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u64 info;

    (void)state;
    assert_int_equal(ap_bus_add_domain(b, 6), 0);
    assert_int_equal(ap_bus_plug(b, 3, &card_gated), 0);
    assert_int_equal(ap_test(b, 0x0206, &info), EMPTY);
    assert_int_equal(info, 0x928000000e020307);
    assert_int_equal(ap_test(b, 0x0305, &info), EMPTY);
    assert_int_equal(info, 0x6a0000000e020307);
    for (unsigned d = 0; d < AP_MAX; d++) {
        if (d != 5 && d != 6)
            assert_int_equal(ap_bus_add_domain(b, (u8)d), 0);
    }
    (void)ap_test(b, 0x02ff, &info); /* 256 does not fit */
    assert_int_equal(info, 0x928000000eff0307);
    ap_bus_destroy(b);
}

static void test_compatible_type(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u64 c;

    (void)state;
    assert_int_equal(ap_compatible(b, QUEUE, 0x100000000e000000, &c), EMPTY);
    assert_int_equal(c, 0x100000000e000000);
    (void)ap_compatible(b, QUEUE, 0x1c0000000c000000, &c); /* asks for an older one */
    assert_int_equal(c, 0x100000000c000000);
    (void)ap_compatible(b, QUEUE, 0x100000000f000000, &c);
    assert_int_equal(c, 0x100000000e000000);
    (void)ap_compatible(b, QUEUE, 0x080000000e000000, &c); /* an accelerator */
    assert_int_equal(c, 0);
    (void)ap_compatible(b, QUEUE, 0x1000000009000000, &c);
    assert_int_equal(c, 0);
    assert_int_equal(ap_compatible(b, 0x0206, 0x100000000e000000, &c), RC(1));
    assert_int_equal(c, 0);
    ap_bus_destroy(b);
}

/* All functions of a queue answer with this. */
static void check_all_refuse(struct ap_bus *b, u16 apqn, u32 status)
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

static void test_no_such_queue(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u64 info = 1;

    (void)state;
    check_all_refuse(b, 0x0305, RC(1));
    check_all_refuse(b, 0x0206, RC(1));
    assert_int_equal(ap_test(b, 0x0206, &info), RC(1));
    assert_int_equal(info, 0);
    assert_int_equal(ap_bus_remove_domain(b, 5), 0);
    check_all_refuse(b, QUEUE, RC(1));
    assert_int_equal(ap_bus_add_domain(b, 5), 0);
    assert_int_equal(test(b, QUEUE), EMPTY);
    assert_int_equal(ap_bus_unplug(b, 2), 0);
    check_all_refuse(b, QUEUE, RC(1));
    assert_int_equal(counters(b).requests, 0);
    ap_bus_destroy(b);
}

/* ---- one message ---- */

static void test_request_and_reply(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u64 id = 0x123456789abcdef0;
    struct ap_reply r;

    (void)state;
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), EMPTY | RC(0x10));
    assert_int_equal(put(b, QUEUE, id, "\x01\x02\x03", 3) & ~REPLIES, 0);
    await(b, QUEUE, REPLIES);
    assert_int_equal(test(b, QUEUE), REPLIES);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), REPLIES);
    assert_int_equal(test(b, QUEUE), REPLIES); /* until it is in the guest's storage */
    assert_int_equal(r.id, id);
    assert_int_equal(r.length, 3);
    assert_int_equal(r.fetched, 0);
    assert_memory_equal(r.data, "\xfe\xfd\xfc", 3);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r, 3), EMPTY);
    assert_int_equal(test(b, QUEUE), EMPTY);
    ap_bus_destroy(b);
}

static void test_empty_only_when_nothing_is_left(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct gate g;
    struct gated data;
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    gate_wait_inside(&g, 1);
    assert_int_equal(test(b, QUEUE), 0); /* in work */
    assert_int_equal(put_gated(b, QUEUE, &g, 1), 0);
    gate_open(&g, 1);
    fetch(b, QUEUE, &id, &data, &s);
    assert_int_equal(id, 0);
    assert_int_equal(s, 0); /* the other waits or is in work */
    gate_open(&g, 2);
    await(b, QUEUE, REPLIES);
    fetch(b, QUEUE, &id, &data, &s);
    assert_int_equal(id, 1);
    assert_int_equal(s, EMPTY);
    ap_bus_destroy(b);
}

static void test_longest_message(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u8 *data = calloc(1, AP_MESSAGE_MAX + 1);
    u32 s;
    u64 id;

    (void)state;
    assert_int_equal(put(b, QUEUE, 1, data, AP_MESSAGE_MAX + 1), EMPTY | RC(0x15));
    assert_int_equal(put(b, QUEUE, 1, data, ~0U), EMPTY | RC(0x15));
    assert_int_equal(ap_status_rc(put(b, QUEUE, 2, data, AP_MESSAGE_MAX)), 0);
    assert_int_equal(fetch(b, QUEUE, &id, data, &s), AP_MESSAGE_MAX);
    assert_int_equal(data[AP_MESSAGE_MAX - 1], 0xff);
    assert_int_equal(ap_status_rc(put(b, QUEUE, 3, data, 0)), 0);
    assert_int_equal(fetch(b, QUEUE, &id, data, &s), 0);
    assert_int_equal(id, 3);
    assert_int_equal(s, EMPTY);
    free(data);
    ap_bus_destroy(b);
}

static void test_full(void **state)
{
    struct ap_bus *b = make_bus(2, &card_gated);
    struct gated data;
    struct gate g;
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(put_gated(b, QUEUE, &g, i), 0);
    assert_int_equal(put_gated(b, QUEUE, &g, 7), FULL);
    assert_int_equal(put_gated(b, QUEUE, &g, 8), FULL | RC(0x10));
    gate_open(&g, 1);
    await(b, QUEUE, REPLIES); /* it keeps its place until it is fetched */
    assert_int_equal(put_gated(b, QUEUE, &g, 8), FULL | REPLIES | RC(0x10));
    fetch(b, QUEUE, &id, &data, &s);
    assert_int_equal(s, 0);
    assert_int_equal(put_gated(b, QUEUE, &g, 8), FULL);
    assert_int_equal(counters(b).requests, 9);
    gate_open(&g, ~0ULL);
    ap_bus_destroy(b);
}

/* ---- parts ---- */

static u32 put_part(struct ap_bus *b, u64 id, const void *data, u32 length, bool special, bool last)
{
    struct ap_part part = {id, data, length, special, last};

    return ap_enqueue(b, QUEUE, &part);
}

static void test_parts_of_two_messages(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u8 data[AP_MESSAGE_MAX];
    u32 s;
    u64 id;

    (void)state;
    assert_int_equal(put_part(b, 1, "ab", 2, false, false), 0);
    assert_int_equal(put_part(b, 2, "AB", 2, false, false), 0);
    assert_int_equal(counters(b).requests, 0);
    assert_int_equal(put_part(b, 1, "c", 1, false, false), 0);
    assert_int_equal(ap_status_rc(put_part(b, 2, "CD", 2, false, true)), 0);
    assert_int_equal(fetch(b, QUEUE, &id, data, &s), 4);
    assert_int_equal(id, 2);
    assert_memory_equal(data, "\xbe\xbd\xbc\xbb", 4);
    assert_int_equal(s, 0); /* the other one has its place */
    assert_int_equal(ap_status_rc(put_part(b, 1, "d", 1, false, true)), 0);
    assert_int_equal(fetch(b, QUEUE, &id, data, &s), 4);
    assert_int_equal(id, 1);
    assert_memory_equal(data, "\x9e\x9d\x9c\x9b", 4);
    assert_int_equal(s, EMPTY);
    ap_bus_destroy(b);
}

static void test_parts_have_a_place(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u32 s;
    u64 id;

    (void)state;
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(put_part(b, i, "ab", 2, false, false), i == 7 ? FULL : 0);
    assert_int_equal(put_part(b, 8, "ab", 2, false, false), FULL | RC(0x10));
    assert_int_equal(ap_status_rc(put_part(b, 3, "c", 1, false, true)), 0);
    assert_int_equal(fetch(b, QUEUE, &id, &(u8[8]){0}, &s), 3);
    assert_int_equal(id, 3);
    assert_int_equal(s, 0);
    assert_int_equal(ap_reset(b, QUEUE), EMPTY);
    assert_int_equal(counters(b).dropped, 0); /* none was a request yet */
    ap_bus_destroy(b);
}

static void test_parts_too_long(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    u8 data[AP_MESSAGE_MAX] = {0};
    u32 s;
    u64 id;

    (void)state;
    assert_int_equal(put_part(b, 1, data, AP_MESSAGE_MAX, false, false), 0);
    assert_int_equal(put_part(b, 2, data, 1, false, false), 0);
    assert_int_equal(put_part(b, 1, data, 1, false, true), RC(0x15));
    assert_int_equal(ap_status_rc(put_part(b, 2, data, AP_MESSAGE_MAX - 1, false, true)), 0);
    assert_int_equal(fetch(b, QUEUE, &id, data, &s), AP_MESSAGE_MAX);
    assert_int_equal(id, 2);
    assert_int_equal(s, EMPTY); /* what was too long is forgotten */
    ap_bus_destroy(b);
}

static void test_special_of_any_part(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct gate g;
    struct gated r = {.gate = &g};
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    gate_open(&g, 1);
    assert_int_equal(put_part(b, 1, &r, 4, true, false), 0);
    assert_int_equal(ap_status_rc(put_part(b, 1, (u8 *)&r + 4, sizeof(r) - 4, false, true)), 0);
    fetch(b, QUEUE, &id, &r, &s);
    assert_true(r.special);
    assert_int_equal(r.apqn, QUEUE);
    assert_int_equal(ap_status_rc(put_gated(b, QUEUE, &g, 0)), 0);
    fetch(b, QUEUE, &id, &r, &s);
    assert_false(r.special);
    ap_bus_destroy(b);
}

/* ---- workers ---- */

static void test_replies_overtake(void **state)
{
    struct ap_bus *b = make_bus(2, &card_gated);
    struct gated data;
    struct gate g;
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    assert_int_equal(put_gated(b, QUEUE, &g, 1), 0);
    gate_open(&g, 2);
    fetch(b, QUEUE, &id, &data, &s);
    assert_int_equal(id, 1);
    gate_open(&g, 1);
    fetch(b, QUEUE, &id, &data, &s);
    assert_int_equal(id, 0);
    ap_bus_destroy(b);
}

static void test_requests_of_one_queue_at_once(void **state)
{
    struct ap_bus *b = make_bus(3, &card_gated);
    struct gate g;

    (void)state;
    gate_init(&g);
    for (unsigned i = 0; i < 8; i++)
        assert_int_equal(ap_status_rc(put_gated(b, QUEUE, &g, i)), 0);
    gate_wait_inside(&g, 3);
    assert_int_equal(g.seen, 3); /* no more than there are threads */
    gate_open(&g, ~0ULL);
    ap_bus_destroy(b);
}

static void test_flood_does_not_starve_other_queues(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct gated data;
    struct gate g;
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    assert_int_equal(ap_bus_add_domain(b, 6), 0);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    gate_wait_inside(&g, 1);
    for (unsigned i = 1; i < 8; i++)
        assert_int_equal(ap_status_rc(put_gated(b, QUEUE, &g, i)), 0);
    assert_int_equal(put_gated(b, 0x0206, &g, 20), 0);
    gate_open(&g, ~0ULL);
    for (unsigned i = 0; i < 8; i++)
        fetch(b, QUEUE, &id, &data, &s);
    fetch(b, 0x0206, &id, &data, &s);
    assert_int_equal(g.log[0], 0);
    assert_int_equal(g.log[1], 1);
    assert_int_equal(g.log[2], 20); /* each queue has its turn */
    assert_int_equal(g.log[3], 2);
    ap_bus_destroy(b);
}

/* ---- replies in pieces ---- */

static void test_reply_in_pieces(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct ap_reply r;

    (void)state;
    assert_int_equal(ap_status_rc(put(b, QUEUE, 1, "abcdef", 6)), 0);
    await(b, QUEUE, REPLIES);
    assert_int_equal(ap_status_rc(put(b, QUEUE, 2, "x", 1)), 0);
    while (counters(b).replies != 2)
        sched_yield();
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), REPLIES);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r, 0), REPLIES); /* could not be stored */
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), REPLIES);
    assert_int_equal(r.fetched, 0);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r, 4), REPLIES);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), REPLIES);
    assert_int_equal(r.id, 1); /* the first again */
    assert_int_equal(r.length, 6);
    assert_int_equal(r.fetched, 4);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r, 2), REPLIES);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), REPLIES);
    assert_int_equal(r.id, 2);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r, 1), EMPTY);
    assert_int_equal(counters(b).fetched, 2);
    ap_bus_destroy(b);
}

static void test_two_cpus_dequeue_at_once(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct ap_reply r1, r2, r3;

    (void)state;
    for (unsigned i = 1; i <= 2; i++)
        assert_int_equal(ap_status_rc(put(b, QUEUE, i, "x", 1)), 0);
    while (counters(b).replies != 2)
        sched_yield();
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r1), REPLIES);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r2), REPLIES);
    assert_int_equal(r1.id + r2.id, 3);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r3), REPLIES | RC(0x10));
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r2, 1), REPLIES);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r1, 1), EMPTY);
    ap_bus_destroy(b);
}

/* ---- resets ---- */

static void test_reset_drops_all(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct ap_reply r;
    struct gate g;

    (void)state;
    gate_init(&g);
    gate_open(&g, 1);
    assert_int_equal(ap_status_rc(put_gated(b, QUEUE, &g, 0)), 0);
    await(b, QUEUE, REPLIES);
    assert_int_equal(ap_reset(b, QUEUE), EMPTY);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), EMPTY | RC(0x10));
    assert_int_equal(counters(b).dropped, 1);
    assert_int_equal(counters(b).resets, 1);
    ap_bus_destroy(b);
}

static void test_reset_in_progress(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct ap_reply r;
    struct gate g;
    u64 info;

    (void)state;
    gate_init(&g);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    gate_wait_inside(&g, 1);
    assert_int_equal(put_gated(b, QUEUE, &g, 1), 0); /* waits: never gets to the card */
    assert_int_equal(ap_reset(b, QUEUE), 0);
    check_all_refuse(b, QUEUE, RC(2));
    assert_int_equal(ap_test(b, QUEUE, &info), RC(2));
    assert_int_equal(info, 0x6a0000000e010307);
    gate_open(&g, ~0ULL);
    await(b, QUEUE, EMPTY);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), EMPTY | RC(0x10));
    assert_int_equal(g.seen, 1);
    assert_int_equal(counters(b).replies, 0);
    assert_int_equal(counters(b).dropped, 2);
    assert_int_equal(counters(b).resets, 1);
    ap_bus_destroy(b);
}

static void test_reset_while_a_reply_is_taken(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct ap_reply r1, r2;

    (void)state;
    for (unsigned i = 1; i <= 2; i++)
        assert_int_equal(ap_status_rc(put(b, QUEUE, i, "abc", 3)), 0);
    while (counters(b).replies != 2)
        sched_yield();
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r1), REPLIES);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r2), REPLIES);
    assert_int_equal(ap_reset(b, QUEUE), EMPTY);
    assert_memory_equal(r1.data, "\x9e\x9d\x9c", 3);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r1, 3), EMPTY);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r2, 2), EMPTY); /* not the first again */
    assert_int_equal(counters(b).fetched, 1);
    assert_int_equal(counters(b).dropped, 1);
    ap_bus_destroy(b);
}

static void test_unplug_while_a_reply_is_taken(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct ap_reply r;

    (void)state;
    assert_int_equal(ap_status_rc(put(b, QUEUE, 1, "abc", 3)), 0);
    await(b, QUEUE, REPLIES);
    assert_int_equal(ap_dequeue_begin(b, QUEUE, &r), REPLIES);
    assert_int_equal(ap_bus_unplug(b, 2), 0);
    assert_memory_equal(r.data, "\x9e\x9d\x9c", 3);
    assert_int_equal(ap_dequeue_end(b, QUEUE, &r, 3), EMPTY);
    assert_int_equal(counters(b).fetched, 1);
    ap_bus_destroy(b);
}

struct opener {
    pthread_t thread;
    struct ap_bus *bus;
    struct gate *gate;
    struct test_irq *irq;
};

static void *open_when_reset_is_in_progress(void *arg)
{
    struct opener *o = arg;

    while (ap_status_rc(test(o->bus, QUEUE)) != AP_RC_RESET_IN_PROGRESS)
        sched_yield();
    gate_open(o->gate, ~0ULL);
    return NULL;
}

static void test_reset_all_waits(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct gate g;
    struct opener o = {.bus = b, .gate = &g};

    (void)state;
    gate_init(&g);
    assert_int_equal(ap_bus_plug(b, 255, &card_echo), 0);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    gate_wait_inside(&g, 1);
    assert_int_equal(put(b, 0xff05, 1, "x", 1), 0); /* the only worker is busy */
    pthread_create(&o.thread, NULL, open_when_reset_is_in_progress, &o);
    ap_reset_all(b);
    assert_int_equal(gate_inside(&g), 0);
    assert_int_equal(test(b, QUEUE), EMPTY);
    assert_int_equal(test(b, 0xff05), EMPTY);
    assert_int_equal(counters(b).dropped, 2);
    assert_int_equal(counters(b).resets, 2);
    pthread_join(o.thread, NULL);
    ap_bus_destroy(b);
}

/* ---- configuration changes ---- */

static void test_unplug_with_work_in_flight(void **state)
{
    struct ap_bus *b = make_bus(2, &card_gated);
    struct gate g;
    u8 data[8];
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    gate_wait_inside(&g, 1);
    assert_int_equal(ap_bus_unplug(b, 2), 0); /* does not wait */
    assert_int_equal(gate_inside(&g), 1);
    assert_int_equal(ap_bus_plug(b, 2, &card_echo), 0);
    assert_int_equal(test(b, QUEUE), EMPTY);
    assert_int_equal(ap_status_rc(put(b, QUEUE, 7, "x", 1)), 0);
    fetch(b, QUEUE, &id, data, &s);
    assert_int_equal(id, 7);
    gate_open(&g, 1);
    await_dropped(b, 1);
    assert_int_equal(test(b, QUEUE), EMPTY); /* the old card's answer is nobody's */
    assert_int_equal(counters(b).replies, 1);
    ap_bus_destroy(b);
}

static void check_state(enum ap_card_state cs, u32 rc)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct gate g;
    u64 info;

    gate_init(&g);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), 0);
    gate_wait_inside(&g, 1);
    assert_int_equal(put_gated(b, QUEUE, &g, 1), 0);
    assert_int_equal(ap_bus_set_state(b, 2, cs), 0);
    check_all_refuse(b, QUEUE, RC(rc));
    assert_int_equal(ap_bus_set_state(b, 2, AP_CARD_OPERATING), 0);
    assert_int_equal(test(b, QUEUE), RC(2)); /* what was in work still is */
    assert_int_equal(ap_bus_set_state(b, 2, cs), 0);
    gate_open(&g, 1);
    await_dropped(b, 2);
    assert_int_equal(ap_bus_add_domain(b, 6), 0); /* has the card's state */
    check_all_refuse(b, 0x0206, EMPTY | RC(rc));
    check_all_refuse(b, QUEUE, EMPTY | RC(rc));
    assert_int_equal(ap_test(b, QUEUE, &info), EMPTY | RC(rc));
    assert_int_equal(info, 0x6a0000000e020307);
    assert_int_equal(ap_bus_set_state(b, 2, AP_CARD_OPERATING), 0);
    assert_int_equal(test(b, QUEUE), EMPTY);
    assert_int_equal(test(b, 0x0206), EMPTY);
    ap_bus_destroy(b);
}

static void test_deconfigured(void **state)
{
    (void)state;
    check_state(AP_CARD_DECONFIGURED, 3);
}

static void test_checkstopped(void **state)
{
    (void)state;
    check_state(AP_CARD_CHECKSTOPPED, 4);
}

/* ---- interruptions ---- */

static void test_p07_enable_and_disable(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct test_irq i1 = {{irq_arrived, irq_ended}, 0, 0}, i2 = i1;
    struct ap_irq *irq = NULL;

    (void)state;
    assert_int_equal(ap_irq_disable(b, QUEUE, &irq), EMPTY | RC(7));
    assert_int_equal(ap_irq_enable(b, QUEUE, &i1.irq), EMPTY | IRQ);
    assert_int_equal(test(b, QUEUE), EMPTY | IRQ);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i2.irq), EMPTY | IRQ | RC(7));
    assert_null(irq);
    assert_int_equal(ap_irq_disable(b, QUEUE, &irq), EMPTY);
    assert_ptr_equal(irq, &i1.irq);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i2.irq), EMPTY | IRQ);
    assert_int_equal(i1.ended + i2.ended, 0);
    ap_bus_destroy(b);
    assert_int_equal(i1.ended, 0);
    assert_int_equal(i2.ended, 1);
}

/* Every way out ends interruptions, once. */
static void test_p07_interruptions_end(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct test_irq i = {{irq_arrived, irq_ended}, 0, 0};

    (void)state;
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(ap_reset(b, QUEUE), EMPTY);
    assert_int_equal(i.ended, 1);
    assert_int_equal(ap_reset(b, QUEUE), EMPTY);
    assert_int_equal(i.ended, 1);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    ap_reset_all(b);
    assert_int_equal(i.ended, 2);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(ap_bus_set_state(b, 2, AP_CARD_DECONFIGURED), 0);
    assert_int_equal(i.ended, 3);
    assert_int_equal(ap_bus_set_state(b, 2, AP_CARD_OPERATING), 0);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(ap_bus_remove_domain(b, 5), 0);
    assert_int_equal(i.ended, 4);
    assert_int_equal(ap_bus_add_domain(b, 5), 0);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(ap_bus_unplug(b, 2), 0);
    assert_int_equal(i.ended, 5);
    assert_int_equal(ap_bus_plug(b, 2, &card_echo), 0);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    ap_bus_destroy(b);
    assert_int_equal(i.ended, 6);
    assert_int_equal(i.arrived, 0);
}

static void test_p08_each_reply_interrupts(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct test_irq i = {{irq_arrived, irq_ended}, 0, 0};
    u8 data[8];
    u32 s;
    u64 id;

    (void)state;
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    for (unsigned n = 1; n <= 3; n++) {
        assert_int_equal(ap_status_rc(put(b, QUEUE, n, "x", 1)), 0);
        while (counters(b).replies != n)
            sched_yield();
        await(b, QUEUE, REPLIES | IRQ); /* the worker has left the queue */
        assert_int_equal(i.arrived, n);
    }
    for (unsigned n = 1; n <= 3; n++)
        fetch(b, QUEUE, &id, data, &s);
    assert_int_equal(s, EMPTY | IRQ);
    assert_int_equal(i.arrived, 3); /* not for what was there before */
    assert_int_equal(counters(b).interrupts, 3);
    ap_bus_destroy(b);
}

static void test_p08_no_interruption_of_dropped_requests(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct test_irq i = {{irq_arrived, irq_ended}, 0, 0};
    struct gate g;

    (void)state;
    gate_init(&g);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), IRQ);
    gate_wait_inside(&g, 1);
    assert_int_equal(ap_reset(b, QUEUE), 0);
    assert_int_equal(i.ended, 1); /* at once, not when the worker is done */
    gate_open(&g, 1);
    await(b, QUEUE, EMPTY);
    assert_int_equal(i.arrived, 0);
    ap_bus_destroy(b);
}

static void *open_when_ended(void *arg)
{
    struct opener *o = arg;

    while (!o->irq->ended)
        sched_yield();
    gate_open(o->gate, ~0ULL);
    return NULL;
}

static void test_destroy_waits_for_work(void **state)
{
    struct ap_bus *b = make_bus(1, &card_gated);
    struct test_irq i = {{irq_arrived, irq_ended}, 0, 0};
    struct gate g;
    struct opener o = {.gate = &g, .irq = &i};

    (void)state;
    gate_init(&g);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(put_gated(b, QUEUE, &g, 0), IRQ);
    gate_wait_inside(&g, 1);
    pthread_create(&o.thread, NULL, open_when_ended, &o);
    ap_bus_destroy(b);
    assert_int_equal(gate_inside(&g), 0);
    pthread_join(o.thread, NULL);
}

/* ---- watching ---- */

static void test_counters_of_modes(void **state)
{
    struct ap_bus *b = make_bus(1, &card_echo);
    struct ap_counters c;
    struct gated data;
    struct gate g;
    u32 s;
    u64 id;

    (void)state;
    gate_init(&g);
    gate_open(&g, 1);
    assert_int_equal(ap_bus_plug(b, 3, &card_gated), 0);
    for (unsigned n = 0; n < 2; n++) {
        assert_int_equal(ap_status_rc(put(b, QUEUE, n, "x", 1)), 0);
        fetch(b, QUEUE, &id, &data, &s);
    }
    assert_int_equal(ap_status_rc(put_gated(b, 0x0305, &g, 0)), 0);
    fetch(b, 0x0305, &id, &data, &s);
    c = counters(b);
    assert_int_equal(c.mode[AP_MODE_CCA].answered, 2);
    assert_int_equal(c.mode[AP_MODE_ACCEL].answered, 1);
    assert_int_equal(c.mode[AP_MODE_EP11].answered, 0);
    assert_true(c.mode[AP_MODE_CCA].nanoseconds > 0);
    assert_int_equal(c.mode[AP_MODE_EP11].nanoseconds, 0);
    assert_int_equal(c.requests, 3);
    assert_int_equal(c.fetched, 3);
    ap_bus_destroy(b);
}

static void check_traced(const char *text)
{
    static const char *const lines[] = {
        "ap: domain 0005 added\n",
        "ap 02: card echo plugged\n",
        "ap 02.0005: interruptions enabled\n",
        "ap 02.0005: id 00000000000000ab: request, 8 bytes, special\n",
        "ap 02.0005: id 00000000000000ab: reply, 8 bytes, type 86 code 90, ",
        " us, interruption\n",
        "ap 02.0005: id 00000000000000ab: fetched\n",
        "ap 02.0005: reset, 0 messages, 0 in work\n",
        "ap 02: card echo checkstopped\n",
        "ap 02: card echo unplugged\n",
        "ap: domain 0005 removed\n",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
        text = strstr(text, lines[i]); /* in this order */
        if (!text)
            fail_msg("no line: %s", lines[i]);
    }
}

static void test_trace(void **state)
{
    struct ap_part part = {0xab, (const u8 *)"\xff\x79\0\0\x6f\0\0\0", 8, true, true};
    struct test_irq i = {{irq_arrived, irq_ended}, 0, 0};
    struct trace t = {.on = 1U << TRACE_AP};
    char text[4096] = {0};
    struct ap_bus *b;
    int fd[2];
    u64 id;
    u32 s;

    (void)state;
    assert_int_equal(pipe(fd), 0);
    t.fd = fd[1];
    assert_int_equal(ap_bus_create(&b, 1, &t), 0);
    assert_int_equal(ap_bus_add_domain(b, 5), 0);
    assert_int_equal(ap_bus_plug(b, 2, &card_echo), 0);
    assert_int_equal(ap_irq_enable(b, QUEUE, &i.irq), EMPTY | IRQ);
    assert_int_equal(ap_status_rc(ap_enqueue(b, QUEUE, &part)), 0);
    fetch(b, QUEUE, &id, &(u8[8]){0}, &s);
    assert_int_equal(ap_reset(b, QUEUE), EMPTY);
    assert_int_equal(ap_bus_set_state(b, 2, AP_CARD_CHECKSTOPPED), 0);
    assert_int_equal(ap_bus_unplug(b, 2), 0);
    assert_int_equal(ap_bus_remove_domain(b, 5), 0);
    ap_bus_destroy(b);
    close(fd[1]);
    assert_true(read(fd[0], text, sizeof(text) - 1) > 0);
    close(fd[0]);
    check_traced(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_configured),
        cmocka_unit_test(test_card_is_described),
        cmocka_unit_test(test_compatible_type),
        cmocka_unit_test(test_no_such_queue),
        cmocka_unit_test(test_request_and_reply),
        cmocka_unit_test(test_empty_only_when_nothing_is_left),
        cmocka_unit_test(test_longest_message),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_parts_of_two_messages),
        cmocka_unit_test(test_parts_have_a_place),
        cmocka_unit_test(test_parts_too_long),
        cmocka_unit_test(test_special_of_any_part),
        cmocka_unit_test(test_replies_overtake),
        cmocka_unit_test(test_requests_of_one_queue_at_once),
        cmocka_unit_test(test_flood_does_not_starve_other_queues),
        cmocka_unit_test(test_reply_in_pieces),
        cmocka_unit_test(test_two_cpus_dequeue_at_once),
        cmocka_unit_test(test_reset_drops_all),
        cmocka_unit_test(test_reset_in_progress),
        cmocka_unit_test(test_reset_while_a_reply_is_taken),
        cmocka_unit_test(test_unplug_while_a_reply_is_taken),
        cmocka_unit_test(test_reset_all_waits),
        cmocka_unit_test(test_unplug_with_work_in_flight),
        cmocka_unit_test(test_deconfigured),
        cmocka_unit_test(test_checkstopped),
        cmocka_unit_test(test_p07_enable_and_disable),
        cmocka_unit_test(test_p07_interruptions_end),
        cmocka_unit_test(test_p08_each_reply_interrupts),
        cmocka_unit_test(test_p08_no_interruption_of_dropped_requests),
        cmocka_unit_test(test_destroy_waits_for_work),
        cmocka_unit_test(test_counters_of_modes),
        cmocka_unit_test(test_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
