/* SPDX-License-Identifier: Apache-2.0
 *
 * The CCA coprocessor: known answers from libcrypto's RSA, replies byte by byte as Linux's driver
 * takes them apart, return codes, error replies.
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

static struct fake_message request, reply;
static struct fake_key keys[5];
static const unsigned key_bits[ARRAY_SIZE(keys)] = {512, 1000, 1024, 2048, 4096};

static int create_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        fake_key_create(&keys[i], key_bits[i]);
    return 0;
}

static int destroy_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++)
        fake_key_destroy(&keys[i]);
    return 0;
}

static void ask(void)
{
    fake_answer(&card_cca, &request, &reply);
}

/* ---- judging replies ---- */

static void assert_error(u8 code)
{
    const u8 want[8] = {0, 0x82, 0, 0, code};

    ask();
    assert_int_equal(reply.length, 8);
    assert_memory_equal(reply.data, want, 8);
}

/* The frame; the CPRB is the request's but for codes and lengths. */
static void assert_frame(u32 params, u32 data)
{
    u8 head[48] = {0, 0x86, 2}, cprb[220];

    fake_put32(head + 16, 220 + params);
    fake_put32(head + 20, 48);
    fake_put32(head + 24, data);
    fake_put32(head + 28, 48 + 220 + params);
    assert_int_equal(reply.length, 268 + params + data);
    assert_memory_equal(reply.data, head, 48);
    memcpy(cprb, request.data + CPRB, 220);
    memcpy(cprb + 144, reply.data + 48 + 144, 4);
    fake_put32(cprb + 24, params);
    fake_put32(cprb + 32, data);
    assert_memory_equal(reply.data + 48, cprb, 220);
}

static void assert_codes(u32 rtcode, u32 rscode)
{
    assert_int_equal(fake_get16(reply.data + 48 + 144), rtcode);
    assert_int_equal(fake_get16(reply.data + 48 + 146), rscode);
}

static void assert_refused(const char *function, u32 rtcode, u32 rscode)
{
    static const u8 empty[] = {0, 2, 0, 2, 0, 2};

    ask();
    assert_frame(8, 0);
    assert_codes(rtcode, rscode);
    assert_memory_equal(reply.data + 268, function, 2);
    assert_memory_equal(reply.data + 270, empty, sizeof(empty));
}

static void assert_result(const char *function, const u8 *want, u32 n)
{
    ask();
    assert_frame(n + 8, 0);
    assert_codes(0, 0);
    assert_memory_equal(reply.data + 268, function, 2);
    assert_int_equal(fake_get16(reply.data + 270), 2);
    assert_int_equal(fake_get16(reply.data + 272), n + 2);
    assert_memory_equal(reply.data + 274, want, n);
    assert_int_equal(fake_get16(reply.data + 274 + n), 2);
    assert_int_equal(reply.length, 274 + fake_get16(reply.data + 272));
    assert_int_equal(reply.data[reply.length], 0xa5); /* nothing was written behind */
}

/* ---- RSA ---- */

static void test_pk_as_libcrypto(void **state)
{
    u8 text[512], want[512];

    (void)state;
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(keys); i++) {
        const struct fake_key *k = &keys[i / 2];
        bool private = i & 1;

        fake_key_message(k, text);
        (private ? fake_key_private : fake_key_public)(k, text, want);
        fake_pk(&request, k, private, text);
        assert_result("PK", want, k->n);
    }
}

static void test_pd_as_libcrypto(void **state)
{
    u8 text[512], want[512];

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        struct fake_key k = keys[i];

        fake_key_message(&k, text);
        fake_key_private(&k, text, want);
        fake_pd(&request, &k, text);
        assert_result("PD", want, k.n);
        fake_key_exchange(&k);
        fake_pd(&request, &k, text);
        assert_result("PD", want, k.n);
    }
}

/* A small result keeps its leading zeros. */
static void test_pk_result_has_the_length_of_the_modulus(void **state)
{
    u8 text[512] = {0}, want[512] = {0};

    (void)state;
    text[keys[2].n - 1] = 1;
    want[keys[2].n - 1] = 1;
    fake_pk(&request, &keys[2], false, text);
    assert_result("PK", want, keys[2].n);
}

static void test_pk_computes_with_an_even_modulus(void **state)
{
    struct fake_key k = {.n = 16};
    u8 text[16] = {0}, want[16] = {0};

    (void)state;
    fake_put32(k.modulus + 12, 1000);
    text[15] = 7;
    k.e[15] = 5;
    fake_put32(want + 12, 807); /* 16807 modulo 1000 */
    fake_pk(&request, &k, false, text);
    assert_result("PK", want, 16);
}

static u8 *make_pk(void)
{
    u8 text[512];

    fake_key_message(&keys[2], text);
    fake_pk(&request, &keys[2], false, text);
    return request.data + 322 + keys[2].n; /* key block */
}

static u8 *make_pd(void)
{
    u8 text[512];

    fake_key_message(&keys[2], text);
    fake_pd(&request, &keys[2], text);
    return request.data + 322 + keys[2].n;
}

static void test_pk_operands(void **state)
{
    u32 n = keys[2].n;

    (void)state;
    (void)make_pk();
    memcpy(request.data + 322, keys[2].modulus, n);
    assert_refused("PK", 8, 66);
    memset(make_pk() + 6 + 20 + 3, 0, n); /* the modulus, after an exponent of three bytes */
    assert_refused("PK", 8, 66);
}

static void test_pd_operands(void **state)
{
    u8 *number = make_pd() + 6 + 8 + 132;

    (void)state;
    memcpy(request.data + 322, keys[2].modulus, keys[2].n);
    assert_refused("PD", 8, 66);
    (void)make_pd();
    memset(number, 0, 72); /* p */
    assert_refused("PD", 8, 66);
    (void)make_pd();
    number[0] = 0x80; /* p times q is longer than the modulus may be */
    assert_refused("PD", 8, 72);
}

/* Each invalid byte of a token: where, from the key block on, and what. */
static void test_tokens(void **state)
{
    static const u8 pk[][2] = {{1, 0},  {2, 0xff},  {6, 0x1f}, {7, 1},  {8, 0xff},
                               {9, 7},  {14, 5},    {15, 1},   {16, 9}, {20, 9},
                               {21, 0}, {22, 0xff}, {25, 127}, {24, 9}, {25, 1}};
    static const u8 pd[][2] = {{1, 0},  {6, 0x1f}, {14, 4}, {15, 1}, {16, 0}, {16, 9}, {42, 0},
                               {68, 9}, {69, 0},   {71, 1}, {78, 9}, {79, 1}, {85, 1}};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(pk); i++) {
        make_pk()[pk[i][0]] = pk[i][1];
        assert_refused("PK", 8, 770);
    }
    for (unsigned i = 0; i < ARRAY_SIZE(pd); i++) {
        make_pd()[pd[i][0]] = pd[i][1];
        assert_refused("PD", 8, 770);
    }
}

static void test_rsa_parameters(void **state)
{
    (void)state;
    (void)make_pk();
    memcpy(request.data + 312, "PKCS-1.2", 8);
    assert_refused("PK", 12, 769);
    (void)make_pd();
    fake_put16(request.data + 310, 0);
    assert_refused("PD", 12, 769);
    (void)make_pk();
    fake_put16(request.data + 320, 0xffff);
    assert_refused("PK", 12, 769);
}

static void test_result_without_room(void **state)
{
    (void)state;
    (void)make_pk();
    fake_put32(request.data + 72, 228 + 127);
    assert_refused("PK", 8, 72);
    (void)make_pk();
    fake_put32(request.data + 72, 228 + 128);
    ask();
    assert_codes(0, 0);
    fake_put32(request.data + 72, 227); /* not even for a refusal */
    assert_error(0x23);
}

/* ---- random numbers ---- */

static void assert_random(u32 n)
{
    static const u8 params[] = {'R', 'L', 0, 2, 0, 2, 0, 2};

    ask();
    assert_frame(8, n);
    assert_codes(0, 0);
    assert_memory_equal(reply.data + 268, params, 8);
}

static void test_random_numbers(void **state)
{
    u8 first[4096];
    u32 counts[256] = {0};

    (void)state;
    fake_rl(&request);
    assert_random(4096);
    assert_int_equal(reply.length, 4372);
    memcpy(first, reply.data + 276, 4096);
    assert_random(4096);
    assert_memory_not_equal(first, reply.data + 276, 4096);
    for (u32 i = 0; i < 4096; i++)
        counts[first[i]]++;
    for (u32 i = 0; i < 256; i++) /* 16 are expected of each */
        assert_true(counts[i] < 64);
}

static void test_random_numbers_within_room(void **state)
{
    (void)state;
    fake_rl(&request);
    fake_put32(request.data + CPRB + 28, 0xffffffff); /* what is asked for */
    fake_put32(request.data + 76, 0xffffffff);        /* where there is room for it */
    assert_random(4096);
    fake_put32(request.data + 76, 103);
    assert_random(100);
    fake_put32(request.data + CPRB + 28, 7);
    assert_random(4);
    fake_put32(request.data + CPRB + 28, 3);
    assert_refused("RL", 8, 72);
    fake_rl(&request);
    fake_put32(request.data + 72, AP_MESSAGE_MAX - 48 - 12);
    assert_random(12);
    fake_put32(request.data + 72, 0xffffffff); /* nothing is left for data */
    assert_refused("RL", 8, 72);
    fake_rl(&request);
    request.data[312] = 'X';
    assert_refused("RL", 12, 769);
}

/* ---- queries ---- */

static void assert_state(const char *rule, u32 elements, u32 data)
{
    const u8 *p = reply.data + 268;

    fake_fq(&request, rule);
    ask();
    assert_frame(2 + 2 + 8 * elements + 2 + data + 2, 0);
    assert_codes(0, 0);
    assert_memory_equal(p, "FQ", 2);
    assert_int_equal(fake_get16(p + 2), 2 + 8 * elements);
    assert_memory_equal(p + 4, "S390C042", 8);
    for (u32 i = 1; i < elements; i++)
        assert_memory_equal(p + 4 + 8 * i, "1       ", 8);
    p += 4 + 8 * elements;
    assert_int_equal(fake_get16(p), 2 + data);
    for (u32 i = 0; i < data; i++)
        assert_int_equal(p[2 + i], 0);
    assert_int_equal(fake_get16(p + 2 + data), 2);
}

static void test_facility_query(void **state)
{
    (void)state;
    assert_state("STATICSA", 10, 204);
    assert_state("STATICSB", 13, 240);
    fake_fq(&request, "STATCRD2");
    assert_refused("FQ", 12, 769);
    fake_fq(&request, "STATICSA");
    fake_put32(request.data + 72, 300);
    assert_refused("FQ", 8, 72);
}

/* ---- other functions ---- */

static void test_functions_without_master_key(void **state)
{
    static const char *const names[] = {"AU", "CM", "GK", "IP", "KG", "US"};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        fake_cca(&request, names[i]);
        assert_refused(names[i], 12, 764);
    }
}

static void test_other_functions(void **state)
{
    static const char *const names[] = {"XX", "rl", "\0\0", "\xff\xff"};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        fake_cca(&request, names[i]);
        assert_refused(names[i], 12, 769);
    }
    fake_rl(&request); /* not for administrators */
    request.data[CPRB + 7] = '3';
    assert_refused("RL", 12, 769);
}

/* ---- error replies ---- */

static void test_cca_messages(void **state)
{
    static const struct {
        u16 at;
        u8 value, code;
    } bad[] = {
        {1, 0x50, 0x20},      {19, 0x57, 0x40},      {32, 'X', 0x40},
        {56, 1, 0xa0},        {59, 219, 0xa0},       {CPRB + 1, 0xdb, 0x40},
        {CPRB + 2, 1, 0x40},  {CPRB + 6, 'X', 0x40}, {CPRB + 7, '4', 0x40},
        {CPRB + 7, 0, 0x40},  {CPRB + 171, 6, 0x8a}, {CPRB + 12, 0xff, 0xa0},
        {CPRB + 15, 1, 0xa0}, {60, 1, 0x40},
    };

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        fake_rl(&request);
        request.data[bad[i].at] = bad[i].value;
        assert_error(bad[i].code);
    }
}

/* Data may follow behind a CPRB; they are the card's to look at or not, but must be there. */
static void test_cca_request_data(void **state)
{
    (void)state;
    fake_cca(&request, "XX");
    fake_put32(request.data + 20, request.length);
    fake_put32(request.data + 60, 20);
    assert_error(0xa0);
    request.length += 20;
    assert_refused("XX", 12, 769);
    fake_put32(request.data + 20, request.length - 21); /* within the CPRB */
    assert_error(0x40);
    fake_put32(request.data + 20, 0xfffffff0);
    assert_error(0xa0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pk_as_libcrypto),
        cmocka_unit_test(test_pd_as_libcrypto),
        cmocka_unit_test(test_pk_result_has_the_length_of_the_modulus),
        cmocka_unit_test(test_pk_computes_with_an_even_modulus),
        cmocka_unit_test(test_pk_operands),
        cmocka_unit_test(test_pd_operands),
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_rsa_parameters),
        cmocka_unit_test(test_result_without_room),
        cmocka_unit_test(test_random_numbers),
        cmocka_unit_test(test_random_numbers_within_room),
        cmocka_unit_test(test_facility_query),
        cmocka_unit_test(test_functions_without_master_key),
        cmocka_unit_test(test_other_functions),
        cmocka_unit_test(test_cca_messages),
        cmocka_unit_test(test_cca_request_data),
    };

    return cmocka_run_group_tests(tests, create_keys, destroy_keys);
}
