/* SPDX-License-Identifier: Apache-2.0
 *
 * The EP11 coprocessor: replies byte by byte as Linux's driver takes them apart, return values,
 * error replies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ap/fake_driver.h"

#define CPRB 88 /* in requests */
#define PAYLOAD (CPRB + 32)
#define REPLY_PAYLOAD (48 + 32)

static struct fake_message request, reply;

static void ask(void)
{
    fake_answer(&card_ep11, &request, &reply);
}

static void assert_error(u8 code)
{
    const u8 want[8] = {0, 0x87, 0, 0, code};

    ask();
    assert_int_equal(reply.length, 8);
    assert_memory_equal(reply.data, want, 8);
}

static void assert_frame(u32 payload)
{
    u8 head[48] = {0, 0x86, 2}, cprb[32];

    fake_put32(head + 16, 32 + payload);
    fake_put32(head + 20, 48);
    fake_put32(head + 28, 48 + 32 + payload);
    assert_int_equal(reply.length, 48 + 32 + payload);
    assert_memory_equal(reply.data, head, 48);
    memcpy(cprb, request.data + CPRB, 32);
    fake_put32(cprb + 16, 0);
    fake_put32(cprb + 28, payload);
    assert_memory_equal(reply.data + 48, cprb, 32);
    assert_int_equal(reply.data[reply.length], 0xa5);
}

static void assert_element(const u8 *p, u32 value)
{
    assert_int_equal(fake_get16(p), 0x0404);
    assert_int_equal(fake_get32(p + 2), value);
}

/* Head of a payload that is `n` bytes long behind its first four. */
static const u8 *assert_head(u32 n, u32 function, u32 value)
{
    const u8 *p = reply.data + REPLY_PAYLOAD;

    assert_frame(4 + n);
    assert_int_equal(fake_get16(p), 0x3082);
    assert_int_equal(fake_get16(p + 2), n);
    assert_element(p + 4, function);
    assert_element(p + 10, FAKE_APQN & 0xff);
    assert_element(p + 16, value);
    return p;
}

static const u8 *query(u32 type, u32 length)
{
    const u8 *p;

    fake_ep11(&request, 38, type);
    ask();
    p = assert_head(18 + 4 + length, 0x10026, 0);
    assert_int_equal(fake_get16(p + 22), 0x0482);
    assert_int_equal(fake_get16(p + 24), length);
    assert_int_equal(fake_get32(reply.data + 16), 58 + length);
    return p + 26;
}

static void assert_refused(u32 function, u32 value)
{
    ask();
    (void)assert_head(18, function, value);
}

static void test_module_info(void **state)
{
    const u8 *p = query(1, 196);

    (void)state;
    assert_int_equal(fake_get32(p), 1);         /* interface */
    assert_int_equal(fake_get16(p + 8), 0x100); /* firmware */
    assert_memory_equal(p + 108, "S390P04200000000", 16);
    assert_int_equal(fake_get32(p + 140), 0); /* modes of operation */
    assert_int_equal(fake_get32(p + 144), 0);
    assert_int_equal(fake_get32(p + 184), AP_MESSAGE_MAX - 120);
}

static void test_domain_info(void **state)
{
    const u8 *p = query(3, 80);

    (void)state;
    assert_int_equal(fake_get32(p), FAKE_APQN & 0xff);
    for (u32 i = 4; i < 80; i++)
        assert_int_equal(p[i], 0);
}

/* Lengths may have one, two or three bytes. */
static void test_forms_of_lengths(void **state)
{
    static const u8 payload[] = {0x30, 0x81, 26,   0x04, 0x82, 0, 4, 0, 1, 0, 38, 0x04, 0x04, 0, 0,
                                 0,    5,    0x04, 0x04, 0,    0, 0, 3, 4, 4, 0,  0,    0,    0};

    (void)state;
    fake_ep11(&request, 38, 1);
    memcpy(request.data + PAYLOAD, payload, sizeof(payload));
    fake_put32(request.data + 56, 32 + sizeof(payload));
    fake_put32(request.data + CPRB + 28, sizeof(payload));
    request.length = PAYLOAD + 32; /* a multiple of four */
    ask();
    (void)assert_head(18 + 4 + 80, 0x10026, 0);
    request.data[PAYLOAD + 1] = 26;
    memmove(request.data + PAYLOAD + 2, request.data + PAYLOAD + 3, 26);
    ask();
    (void)assert_head(18 + 4 + 80, 0x10026, 0);
}

static void test_other_queries(void **state)
{
    (void)state;
    for (u32 type = 0; type < 10; type++) {
        if (type == 1 || type == 3)
            continue;
        fake_ep11(&request, 38, type);
        assert_refused(0x10026, 7);
    }
    fake_ep11(&request, 38, 1); /* an operand is missing */
    fake_put16(request.data + PAYLOAD + 2, 18);
    assert_refused(0x10026, 7);
}

static void test_other_functions(void **state)
{
    (void)state;
    for (u32 function = 0; function < 64; function++) {
        if (function == 38)
            continue;
        fake_ep11(&request, function, 1);
        assert_refused(0x10000 | function, 0x54);
    }
    fake_ep11(&request, 38, 1); /* a newer interface */
    fake_put16(request.data + PAYLOAD + 6, 4);
    assert_refused(0x40026, 0x54);
}

static void test_room(void **state)
{
    (void)state;
    fake_ep11(&request, 38, 1);
    fake_put32(request.data + 72, 58 + 195);
    assert_error(0x23);
    fake_put32(request.data + 72, 58 + 196);
    ask();
    (void)assert_head(18 + 4 + 196, 0x10026, 0);
    fake_put32(request.data + 72, 0);
    assert_error(0x23);
}

static void test_ep11_messages(void **state)
{
    static const struct {
        u8 at, value, code;
    } bad[] = {
        {1, 0x50, 0x20},
        {32, 'C', 0x40},
        {59, 31, 0xa0},
        {CPRB + 1, 0x21, 0x40},
        {CPRB + 2, 2, 0x40},
        {CPRB + 7, '3', 0x40},
        {CPRB + 15, 6, 0x8a},
        {CPRB + 31, 29, 0xa0},
        {CPRB + 28, 0xff, 0xa0},
        {CPRB + 31, 15, 0x40},
        {PAYLOAD, 0x31, 0x40},
        {PAYLOAD + 1, 0x83, 0x40},
        {PAYLOAD + 1, 0x80, 0x40},
        {PAYLOAD + 3, 25, 0x40},
        {PAYLOAD + 3, 11, 0x40},
        {PAYLOAD + 4, 2, 0x40},
        {PAYLOAD + 5, 3, 0x40},
        {PAYLOAD + 5, 5, 0x40},
        {PAYLOAD + 11, 0x7f, 0x40},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        fake_ep11(&request, 38, 1);
        request.data[bad[i].at] = bad[i].value;
        assert_error(bad[i].code);
    }
}

static void test_administrative_requests_name_any_domain(void **state)
{
    (void)state;
    fake_ep11(&request, 38, 1);
    request.data[CPRB + 5] = 0x80;
    request.data[CPRB + 15] = 6;
    ask();
    (void)assert_head(18 + 4 + 196, 0x10026, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_module_info),
        cmocka_unit_test(test_domain_info),
        cmocka_unit_test(test_forms_of_lengths),
        cmocka_unit_test(test_other_queries),
        cmocka_unit_test(test_other_functions),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_ep11_messages),
        cmocka_unit_test(test_administrative_requests_name_any_domain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
