/* SPDX-License-Identifier: Apache-2.0
 *
 * The accelerator, the arithmetic of all cards, and what holds for all of them: known answers from
 * libcrypto's RSA, replies byte by byte, error replies, requests cut short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ap/card_rsa.h"
#include "ap/fake_driver.h"

static struct fake_message request, reply;
static struct fake_key keys[6];
static const unsigned key_bits[ARRAY_SIZE(keys)] = {512, 1000, 1024, 1536, 2048, 4096};

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

static u32 variant_of(const struct fake_key *k)
{
    return k->n <= 128 ? 128 : k->n <= 256 ? 256 : 512;
}

static const struct fake_key *small_key(void)
{
    return &keys[2];
}

/* ---- judging replies ---- */

static void assert_error(u8 type, u8 code)
{
    const u8 want[8] = {0, type, 0, 0, code};

    assert_int_equal(reply.length, 8);
    assert_memory_equal(reply.data, want, 8);
}

/* Header, zeros, n bytes; and nothing was written behind. */
static void assert_result(u32 size, const u8 *want, u32 n)
{
    u8 head[16] = {0, 0x80, (u8)((16 + size) >> 8), (u8)(16 + size)};

    assert_int_equal(reply.length, 16 + size);
    assert_memory_equal(reply.data, head, 16);
    for (u32 i = 16; i < 16 + size - n; i++)
        assert_int_equal(reply.data[i], 0);
    assert_memory_equal(reply.data + 16 + size - n, want, n);
    assert_int_equal(reply.data[16 + size], 0xa5);
}

static void ask(void)
{
    fake_answer(&card_accel, &request, &reply);
}

/* ---- known answers ---- */

static void check_me(const struct fake_key *k, u32 size)
{
    u8 text[512], want[512];

    for (int private = 0; private < 2; private ++) {
        fake_key_message(k, text);
        (private ? fake_key_private : fake_key_public)(k, text, want);
        fake_me(&request, k, size, private, text);
        ask();
        assert_result(size, want, k->n);
    }
}

static void check_crt(const struct fake_key *k, u32 size)
{
    u8 text[512], want[512];

    fake_key_message(k, text);
    fake_key_private(k, text, want);
    fake_crt(&request, k, size, text);
    ask();
    assert_result(size, want, k->n);
}

static void test_me_as_libcrypto(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        for (u32 size = variant_of(&keys[i]); size <= 512; size *= 2)
            check_me(&keys[i], size);
    }
}

static void test_crt_as_libcrypto(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        for (u32 size = variant_of(&keys[i]); size <= 512; size *= 2)
            check_crt(&keys[i], size);
    }
}

static void test_crt_with_p_below_q(void **state)
{
    struct fake_key k = keys[4];

    (void)state;
    if (memcmp(k.p, k.q, sizeof(k.p)) > 0)
        fake_key_exchange(&k);
    assert_true(memcmp(k.p, k.q, sizeof(k.p)) < 0);
    check_crt(&k, 256);
    fake_key_exchange(&k);
    check_crt(&k, 256);
}

static void test_same_answer_twice(void **state)
{
    struct fake_message first;
    u8 text[512];

    (void)state;
    fake_key_message(small_key(), text);
    fake_crt(&request, small_key(), 128, text);
    fake_answer(&card_accel, &request, &first);
    ask();
    assert_int_equal(first.length, reply.length);
    assert_memory_equal(first.data, reply.data, first.length);
}

/* ---- arithmetic against loops ---- */

static u32 slow_power(u32 base, u32 exponent, u32 modulus)
{
    u32 r = 1 % modulus;

    for (u32 i = 0; i < exponent; i++)
        r = r * base % modulus;
    return r;
}

static struct card_number byte(const u8 *p)
{
    return (struct card_number){p, 1};
}

static void test_powers_of_small_numbers(void **state)
{
    u8 b, e, m, out[2];
    struct card_rsa_power k = {byte(&b), byte(&e), byte(&m)};

    (void)state;
    for (u32 i = 1; i < 64 * 64 * 12; i++) {
        m = (u8)(1 + i % 63);
        b = (u8)(i / 64 % 64);
        e = (u8)(i / 64 / 64);
        out[0] = 0xa5;
        if (b >= m) {
            assert_int_equal(card_rsa_power(&k, out, 2), CARD_RSA_INVALID);
            assert_int_equal(out[0], 0xa5);
            continue;
        }
        assert_int_equal(card_rsa_power(&k, out, 2), CARD_RSA_DONE);
        assert_int_equal(out[0], 0);
        assert_int_equal(out[1], slow_power(b, e, m));
    }
}

/* The formula, whatever the numbers are. */
static u32 slow_crt(const u8 *key, u32 c)
{
    u32 p = key[0], q = key[1], m1 = slow_power(c % p, key[2], p),
        m2 = slow_power(c % q, key[3], q);

    return m2 + q * (key[4] % p * ((m1 + p * q - m2) % p) % p);
}

static void test_crt_of_small_numbers(void **state)
{
    u8 key[5], c, out[2];
    struct card_rsa_crt k = {.message = byte(&c)};

    (void)state;
    for (u32 i = 0; i < 5; i++)
        k.key[i] = byte(&key[i]);
    srand(1);
    for (u32 round = 0; round < 40000; round++) {
        for (u32 i = 0; i < 5; i++)
            key[i] = (u8)(1 + rand() % 30); /* even ones, too, and no primes */
        c = (u8)rand();
        if (c >= key[0] * key[1]) {
            assert_int_equal(card_rsa_crt(&k, out, 2), CARD_RSA_INVALID);
            continue;
        }
        assert_int_equal(card_rsa_crt(&k, out, 2), CARD_RSA_DONE);
        assert_int_equal(fake_get16(out), slow_crt(key, c));
    }
}

static void test_zero_modulus_and_no_room(void **state)
{
    u8 zero = 0, ff[4] = {0xff, 0xff, 0xff, 0xff}, one = 1, out[2];
    struct card_rsa_power k = {byte(&zero), byte(&one), byte(&zero)};
    struct card_rsa_crt crt = {byte(&zero),
                               {byte(&zero), {ff, 4}, byte(&one), byte(&one), byte(&one)}};

    (void)state;
    assert_int_equal(card_rsa_power(&k, out, 2), CARD_RSA_INVALID);
    k.modulus = (struct card_number){ff, 4};
    assert_int_equal(card_rsa_power(&k, out, 2), CARD_RSA_SIZE);
    assert_int_equal(card_rsa_crt(&crt, out, 2), CARD_RSA_INVALID);
    crt.key[CARD_RSA_P] = byte(&one);
    assert_int_equal(card_rsa_crt(&crt, out, 2), CARD_RSA_SIZE);
    /* modulus one: all is zero, also with exponent zero */
    k = (struct card_rsa_power){byte(&zero), byte(&zero), byte(&one)};
    assert_int_equal(card_rsa_power(&k, out, 2), CARD_RSA_DONE);
    assert_int_equal(fake_get16(out), 0);
}

/* ---- error replies ---- */

static void fill_me(void)
{
    u8 text[512];

    fake_key_message(small_key(), text);
    fake_me(&request, small_key(), 128, false, text);
}

static void fill_crt(void)
{
    u8 text[512];

    fake_key_message(small_key(), text);
    fake_crt(&request, small_key(), 128, text);
}

static void test_accel_message_type(void **state)
{
    (void)state;
    fake_rl(&request);
    ask();
    assert_error(0x88, 0x20);
}

static void test_accel_length(void **state)
{
    (void)state;
    fill_me();
    fake_put16(request.data + 2, request.length - 1);
    ask();
    assert_error(0x88, 0x23);
    fill_me();
    fake_put16(request.data + 2, ++request.length);
    ask();
    assert_error(0x88, 0x23);
    fill_me();
    fake_put16(request.data + 8, 2); /* of a longer variant */
    ask();
    assert_error(0x88, 0x23);
}

static void test_accel_reserved_fields(void **state)
{
    static const u8 fields[] = {0, 4, 6, 7, 10, 15};

    (void)state;
    for (unsigned i = 0; i < sizeof(fields); i++) {
        fill_me();
        request.data[fields[i]] = 1;
        ask();
        assert_error(0x88, 0x24);
    }
}

static void test_accel_key_type(void **state)
{
    static const u16 types[] = {0, 4, 0x10, 0x14, 0x0101, 0xffff};

    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(types); i++) {
        fill_me();
        fake_put16(request.data + 8, types[i]);
        ask();
        assert_error(0x88, 0x34);
    }
}

static void test_accel_operands(void **state)
{
    u8 *modulus = request.data + 0x90, *text = request.data + 0x110;

    (void)state;
    fill_me();
    memset(modulus, 0, 128);
    ask();
    assert_error(0x88, 0x82);
    fill_me();
    memcpy(text, modulus, 128); /* not below the modulus */
    ask();
    assert_error(0x88, 0x82);
    fill_me();
    modulus[127] &= 0xfe;
    ask();
    assert_error(0x88, 0x85);
}

static void test_accel_crt_operands(void **state)
{
    (void)state;
    for (u32 at = 0x10; at <= 0x50; at += 0x40) {
        fill_crt();
        memset(request.data + at, 0, 64);
        ask();
        assert_error(0x88, 0x82);
        fill_crt();
        request.data[at + 63] &= 0xfe;
        ask();
        assert_error(0x88, 0x85);
    }
    fill_crt();
    memcpy(request.data + 0x150, small_key()->modulus, 128);
    ask();
    assert_error(0x88, 0x82);
}

static void test_accel_exponents_zero_and_one(void **state)
{
    u8 one[128] = {0}, text[128];

    (void)state;
    one[127] = 1;
    fill_me();
    memcpy(text, request.data + 0x110, 128);
    memset(request.data + 0x10, 0, 128);
    ask();
    assert_result(128, one, 128);
    request.data[0x8f] = 1;
    ask();
    assert_result(128, text, 128);
}

/* ---- all cards ---- */

static void test_facilities(void **state)
{
    (void)state;
    assert_int_equal(card_accel.functions, 0x6a000000);
    assert_int_equal(card_cca.functions, 0x92000000);
    assert_int_equal(card_ep11.functions, 0x06000000);
    assert_string_equal(card_accel.name, "accel");
    assert_string_equal(card_cca.name, "cca");
    assert_string_equal(card_ep11.name, "ep11");
}

/* Which error a request that ends too early gets: always one that is not tried again. */
static void check_truncations(const struct ap_card_type *card, u8 type)
{
    u32 whole = request.length;

    for (u32 i = 0; i < 32; i++) {
        request.length = i < 3 ? i : (u32)rand() % whole;
        fake_answer(card, &request, &reply);
        assert_int_equal(reply.length, 8);
        assert_int_equal(reply.data[1], type);
        assert_int_equal(reply.data[4], type == 0x88 ? 0x23 : 0xa0);
    }
    request.length = whole;
    fake_answer(card, &request, &reply);
    assert_int_equal(reply.data[1], type == 0x88 ? 0x80 : 0x86);
    assert_int_equal(reply.data[4], 0);
}

static void test_truncations(void **state)
{
    u8 text[512];

    (void)state;
    srand(2);
    for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
        fake_key_message(&keys[i], text);
        fake_me(&request, &keys[i], variant_of(&keys[i]), false, text);
        check_truncations(&card_accel, 0x88);
        fake_crt(&request, &keys[i], variant_of(&keys[i]), text);
        check_truncations(&card_accel, 0x88);
        fake_pk(&request, &keys[i], false, text);
        check_truncations(&card_cca, 0x82);
        fake_pd(&request, &keys[i], text);
        check_truncations(&card_cca, 0x82);
    }
    fake_rl(&request);
    check_truncations(&card_cca, 0x82);
    fake_fq(&request, "STATICSA");
    check_truncations(&card_cca, 0x82);
    fake_cca(&request, "KG");
    check_truncations(&card_cca, 0x82);
    fake_ep11(&request, 38, 1);
    check_truncations(&card_ep11, 0x87);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_me_as_libcrypto),
        cmocka_unit_test(test_crt_as_libcrypto),
        cmocka_unit_test(test_crt_with_p_below_q),
        cmocka_unit_test(test_same_answer_twice),
        cmocka_unit_test(test_powers_of_small_numbers),
        cmocka_unit_test(test_crt_of_small_numbers),
        cmocka_unit_test(test_zero_modulus_and_no_room),
        cmocka_unit_test(test_accel_message_type),
        cmocka_unit_test(test_accel_length),
        cmocka_unit_test(test_accel_reserved_fields),
        cmocka_unit_test(test_accel_key_type),
        cmocka_unit_test(test_accel_operands),
        cmocka_unit_test(test_accel_crt_operands),
        cmocka_unit_test(test_accel_exponents_zero_and_one),
        cmocka_unit_test(test_facilities),
        cmocka_unit_test(test_truncations),
    };

    return cmocka_run_group_tests(tests, create_keys, destroy_keys);
}
