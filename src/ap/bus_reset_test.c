/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP bus: resets, cards that are unplugged, deconfigured or checkstopped with requests in work
 * or replies half fetched; interruptions, and every way in which they end.
 */
#include "ap/test_bus.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
