/* SPDX-License-Identifier: Apache-2.0
 *
 * The AP bus: what is configured, response codes and status bits, order, fullness, parts, replies
 * that are fetched in pieces, counters and trace lines.  What takes messages away and ends
 * interruptions: bus_reset_test.c.  What threads do to each other: bus_hammer_test.c.
 */
#include "ap/test_bus.h"

#include <errno.h>
#include <unistd.h>

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
        cmocka_unit_test(test_counters_of_modes),
        cmocka_unit_test(test_trace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
