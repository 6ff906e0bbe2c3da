/* SPDX-License-Identifier: Apache-2.0
 *
 * Packed decimal arithmetic and editing (packed.h) against known values and against binary
 * arithmetic on random operands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "base/test_random.h"
#include "cpu/packed.h"

/* "123C" -> bytes; the number of bytes. */
static unsigned bytes_of(const char *hex, u8 *out)
{
    unsigned n = (unsigned)strlen(hex) / 2;

    for (unsigned i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], 0};

        out[i] = (u8)strtoul(pair, NULL, 16);
    }
    return n;
}

static struct packed number(const char *hex)
{
    struct packed v;
    u8 b[PACKED_MAX];
    unsigned n = bytes_of(hex, b);

    assert_true(packed_read(b, n, &v));
    return v;
}

static void assert_packed(const struct packed *v, const char *hex)
{
    u8 want[PACKED_MAX], have[PACKED_MAX];
    unsigned n = bytes_of(hex, want);

    packed_write(have, n, v);
    assert_memory_equal(have, want, n);
}

/* Up to `places` digits. */
static u128 random_below(unsigned places)
{
    u128 limit = 1, v = (u128)test_random64() << 64 | test_random64();

    for (unsigned i = test_random64() % (places + 1); i; i--)
        limit *= 10;
    return v % limit;
}

static void test_validity(void **state)
{
    struct packed v;
    u8 b[PACKED_MAX];

    (void)state;
    for (unsigned sign = 0; sign < 16; sign++) {
        b[0] = (u8)(0x90 | sign);
        assert_int_equal(packed_read(b, 1, &v), sign > 9);
        assert_int_equal(packed_test(b, 1), sign > 9 ? 0 : 1);
        assert_int_equal(v.minus, sign == 0xb || sign == 0xd);
    }
    for (unsigned digit = 0; digit < 16; digit++) {
        memset(b, 0x55, sizeof b);
        b[7] = (u8)(0x50 | digit);
        b[15] = 0x5c;
        assert_int_equal(packed_read(b, 16, &v), digit <= 9);
        assert_int_equal(packed_test(b, 16), digit <= 9 ? 0 : 2);
    }
}

static void test_binary_conversion(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        u128 v = random_below(31), digits = packed_from_binary(v);

        assert_true(packed_digits_valid(digits));
        assert_true(packed_to_binary(digits) == v);
    }
    assert_true(packed_from_binary(1234567890) == 0x1234567890ULL);
}

static void test_add(void **state)
{
    struct packed a, b, r;

    (void)state;
    a = number("00123C");
    b = number("00456D");
    r = packed_add(&a, &b);
    assert_int_equal(packed_fit(&r, 3), 1);
    assert_packed(&r, "00333D");
    b = number("00123D");
    r = packed_add(&a, &b);
    assert_int_equal(packed_fit(&r, 3), 0);
    assert_packed(&r, "00000C");
    a = number("99999C");
    b = number("1F");
    r = packed_add(&a, &b);
    assert_int_equal(packed_fit(&r, 3), 3);
    assert_packed(&r, "00000C");
    a = number("9999999999999999999999999999999D");
    b = number("1B");
    r = packed_add(&a, &b);
    assert_int_equal(packed_fit(&r, 16), 3);
    assert_packed(&r, "0000000000000000000000000000000D");
}

static void test_add_random(void **state)
{
    (void)state;
    for (int i = 0; i < 100000; i++) {
        s128 x = (s128)random_below(31), y = (s128)random_below(31), sum;
        struct packed a = {packed_from_binary((u128)x), test_random64() & 1};
        struct packed b = {packed_from_binary((u128)y), test_random64() & 1}, r;

        x = a.minus ? -x : x;
        y = b.minus ? -y : y;
        sum = x + y;
        r = packed_add(&a, &b);
        assert_true(r.minus == (sum < 0));
        assert_true(packed_to_binary(r.digits) == (u128)(sum < 0 ? -sum : sum));
        assert_int_equal(packed_compare(&a, &b), x < y ? 1 : x > y ? 2 : 0);
    }
}

/* ZAP of a negative zero, and of a number whose high digits are lost. */
static void test_fit_sign(void **state)
{
    struct packed v;

    (void)state;
    v = number("00000D");
    assert_int_equal(packed_fit(&v, 2), 0);
    assert_packed(&v, "000C");
    v = number("01000D");
    assert_int_equal(packed_fit(&v, 2), 3);
    assert_packed(&v, "000D");
}

static void test_multiply(void **state)
{
    struct packed a, b;

    (void)state;
    a = number("000038460D");
    b = number("321D");
    assert_true(packed_multiply(&a, 5, &b, 2));
    assert_packed(&a, "012345660C");
    a = number("001038460D"); /* two bytes of zeros are needed */
    assert_false(packed_multiply(&a, 5, &b, 2));
    a = number("0000000C");
    assert_true(packed_multiply(&a, 4, &b, 2));
    assert_packed(&a, "0000000D"); /* sign by algebra, also of zero */
}

static void test_divide(void **state)
{
    struct packed a, b, q, r;

    (void)state;
    a = number("00123456789C");
    b = number("321D");
    assert_true(packed_divide(&a, 6, &b, 2, &q, &r));
    assert_packed(&q, "0384600D");
    assert_packed(&r, "189C");
    b = number("000C");
    assert_false(packed_divide(&a, 6, &b, 2, &q, &r));
    a = number("12345678901C"); /* quotient of eight digits has no room */
    b = number("001C");
    assert_false(packed_divide(&a, 6, &b, 2, &q, &r));
    a = number("00000000000D");
    b = number("001C");
    assert_true(packed_divide(&a, 6, &b, 2, &q, &r));
    assert_packed(&q, "0000000D");
    assert_packed(&r, "000D");
}

static void test_shift(void **state)
{
    struct packed v;

    (void)state;
    v = number("00012345678C");
    assert_int_equal(packed_shift(&v, 6, 3, 0), 2);
    assert_packed(&v, "12345678000C");
    assert_int_equal(packed_shift(&v, 6, 1, 0), 3);
    assert_packed(&v, "23456780000C");
    v = number("00012345678D");
    assert_int_equal(packed_shift(&v, 6, -3, 5), 1);
    assert_packed(&v, "00000012346D");
    v = number("00000000004D");
    assert_int_equal(packed_shift(&v, 6, -1, 5), 0);
    assert_packed(&v, "00000000000C");
    v = number("9999999999999999999999999999999C");
    assert_int_equal(packed_shift(&v, 16, -31, 1), 2);
    assert_packed(&v, "0000000000000000000000000000001C");
    v = number("9999999999999999999999999999999C");
    assert_int_equal(packed_shift(&v, 16, -32, 9), 0);
    v = number("9999999999999999999999999999999D");
    assert_int_equal(packed_shift(&v, 16, 31, 0), 3);
    assert_packed(&v, "0000000000000000000000000000000D");
}

/* Edits source by pattern (both in hexadecimal), compares result, condition code and the offset of
 * the last mark (-1: none). */
static void check_edit(const char *pattern, const char *source, const char *result, u32 cc,
                       int mark)
{
    u8 p[64], s[64], want[64], have[64];
    unsigned n = bytes_of(pattern, p), k = 0;
    struct edit e;
    int marked = -1;

    bytes_of(source, s);
    bytes_of(result, want);
    e = (struct edit){.fill = p[0]};
    for (unsigned i = 0; i < n; i++) {
        u8 b = edit_wants_source(&e, p[i]) ? s[k++] : 0;

        assert_true(edit_step(&e, p[i], b, &have[i]));
        if (e.marked)
            marked = (int)i;
    }
    assert_memory_equal(have, want, n);
    assert_int_equal(edit_cc(&e), cc);
    assert_int_equal(marked, mark);
}

static void test_edit(void **state)
{
    struct edit e = {.fill = 0x40};
    u8 r;

    (void)state;
    /* "  2,574.26   " and "       .26 CR" */
    check_edit("4020206b2020214b202040c3d9", "0257426C", "4040f26bf5f7f44bf2f6404040", 2, 2);
    check_edit("4020206b2020214b202040c3d9", "0000026D", "404040404040404bf2f640c3d9", 1, -1);
    check_edit("40202020", "000C", "40404040", 0, -1);
    check_edit("40202120", "000C", "404040f0", 0, -1);
    /* two fields */
    check_edit("4020202022202020", "123C000C", "40f1f2f340404040", 0, 1);
    assert_false(edit_step(&e, 0x20, 0xa0, &r));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validity), cmocka_unit_test(test_binary_conversion),
        cmocka_unit_test(test_add),      cmocka_unit_test(test_add_random),
        cmocka_unit_test(test_fit_sign), cmocka_unit_test(test_multiply),
        cmocka_unit_test(test_divide),   cmocka_unit_test(test_shift),
        cmocka_unit_test(test_edit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
