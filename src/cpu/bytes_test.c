/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte strings (bytes.h) and characters (unicode.h) against the obvious loops.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/test_random.h"
#include "cpu/bytes.h"
#include "cpu/unicode.h"

#define SIZE 700

/* Few different values, so that runs and hits are common. */
static void fill(u8 *p, unsigned values)
{
    for (unsigned i = 0; i < SIZE; i++)
        p[i] = (u8)(test_random64() % values);
}

static void test_move_overlap(void **state)
{
    u8 have[SIZE], want[SIZE];

    (void)state;
    for (int round = 0; round < 200000; round++) {
        u64 n = 1 + test_random64() % 256, from = 40 + test_random64() % 300;
        u64 to = test_random64() & 1 ? from + test_random64() % 80 - 40 : test_random64() % 400;

        fill(have, 256);
        memcpy(want, have, SIZE);
        bytes_move(have + to, have + from, n);
        for (u64 i = 0; i < n; i++)
            want[to + i] = want[from + i];
        assert_memory_equal(have, want, SIZE);
    }
}

static void check_logic(enum bytes_op op)
{
    u8 have[SIZE], want[SIZE];

    for (int round = 0; round < 50000; round++) {
        u64 n = 1 + test_random64() % 256, from = 40 + test_random64() % 300;
        u64 to = test_random64() & 1 ? from + test_random64() % 80 - 40 : test_random64() % 400;
        bool some = false, got;

        fill(have, round & 1 ? 2 : 256);
        memcpy(want, have, SIZE);
        got = bytes_logic(op, have + to, have + from, n);
        for (u64 i = 0; i < n; i++) {
            u8 a = want[to + i], b = want[from + i];

            want[to + i] = (u8)(op == BYTES_AND        ? a & b
                                : op == BYTES_OR       ? a | b
                                : op == BYTES_XOR      ? a ^ b
                                : op == BYTES_NUMERICS ? (a & 0xf0) | (b & 0x0f)
                                                       : (a & 0x0f) | (b & 0xf0));
            some |= want[to + i] != 0;
        }
        assert_memory_equal(have, want, SIZE);
        assert_int_equal(got, some);
    }
}

static void test_logic(void **state)
{
    (void)state;
    for (int op = BYTES_AND; op <= BYTES_ZONES; op++)
        check_logic((enum bytes_op)op);
}

static void test_scans(void **state)
{
    u8 p[SIZE], q[SIZE];

    (void)state;
    for (int round = 0; round < 200000; round++) {
        u64 n = test_random64() % 300, at = test_random64() % 300, d, s, i;
        u8 stop = (u8)(test_random64() & 3);

        memset(p, 'a', SIZE);
        if (round & 1)
            fill(p, 250);
        memcpy(q, p, SIZE);
        for (unsigned k = 0; k < 2; k++)
            q[test_random64() % SIZE] ^= 1;
        p[test_random64() % SIZE] = q[test_random64() % SIZE] = stop;
        for (d = 0; d < n && p[at + d] == q[at + d]; d++)
            ;
        for (s = 0; s < d && p[at + s] != stop; s++)
            ;
        assert_int_equal(bytes_diff(p + at, q + at, n), d);
        assert_int_equal(bytes_diff_or_stop(p + at, q + at, stop, n), s);
        if (n)
            assert_int_equal(bytes_compare(p + at, q + at, n), d == n                  ? 0
                                                               : p[at + d] < q[at + d] ? 1
                                                                                       : 2);
        for (i = 0; i < n && p[at + i] == 'a'; i++)
            ;
        assert_int_equal(bytes_diff_fill(p + at, 'a', n), i);
        for (i = 0; i + 2 <= n && (p[at + i] << 8 | p[at + i + 1]) != ('a' << 8 | stop); i += 2)
            ;
        assert_int_equal(bytes_find16(p + at, (u16)('a' << 8 | stop), n & ~1ULL),
                         i + 2 <= n ? i : n & ~1ULL);
    }
}

static void test_checksum(void **state)
{
    static u8 p[4096];

    (void)state;
    for (int round = 0; round < 2000; round++) {
        u64 n = test_random64() % 1025 * 4, acc;
        u32 sum = (u32)test_random64();

        for (unsigned i = 0; i < sizeof p; i++)
            p[i] = round & 1 ? 0xff : (u8)test_random64();
        acc = sum;
        for (u64 i = 0; i < n; i += 4) {
            acc += (u32)p[i] << 24 | (u32)p[i + 1] << 16 | (u32)p[i + 2] << 8 | p[i + 3];
            acc = (u32)acc + (acc >> 32);
        }
        assert_int_equal(bytes_checksum(sum, p, n), acc);
    }
}

/* Every character goes through all three forms and back. */
static void test_unicode_round_trip(void **state)
{
    (void)state;
    for (u32 ch = 0; ch <= 0x10ffff; ch++) {
        u8 b[8];
        u32 back;
        unsigned n = utf8_encode(b, ch);
        bool surrogate = ch >= 0xd800 && ch <= 0xdfff;

        assert_int_equal(utf8_decode(b, n, true, &back), surrogate ? UNICODE_INVALID : (int)n);
        assert_int_equal(utf8_decode(b, n, false, &back), n);
        assert_int_equal(back, ch);
        if (n > 1)
            assert_int_equal(utf8_decode(b, n - 1, true, &back), UNICODE_INCOMPLETE);
        if (!surrogate) {
            n = utf16_encode(b, ch, false);
            assert_int_equal(utf16_decode(b, n, true, &back), n);
            assert_int_equal(back, ch);
        }
        utf32_encode(b, ch);
        assert_int_equal(utf32_decode(b, 4, &back),
                         ch >= 0xd800 && ch <= 0xdbff ? UNICODE_INVALID : 4);
    }
}

static void check_utf8(const char *bytes, unsigned n, int plain, int checked)
{
    u32 ch;

    assert_int_equal(utf8_decode((const u8 *)bytes, n, false, &ch), plain);
    assert_int_equal(utf8_decode((const u8 *)bytes, n, true, &ch), checked);
}

static void test_utf8_ill_formed(void **state)
{
    (void)state;
    check_utf8("\x80", 1, UNICODE_INVALID, UNICODE_INVALID);
    check_utf8("\xf8\x88\x80\x80", 4, UNICODE_INVALID, UNICODE_INVALID);
    check_utf8("\xc1\x81", 2, 2, UNICODE_INVALID);
    check_utf8("\xc2\x41", 2, 2, UNICODE_INVALID);
    check_utf8("\xe0\x9f\x80", 3, 3, UNICODE_INVALID);
    check_utf8("\xe0\xa0\x80", 3, 3, 3);
    check_utf8("\xed\xa0\x80", 3, 3, UNICODE_INVALID);
    check_utf8("\xf0\x8f\x80\x80", 4, 4, UNICODE_INVALID);
    check_utf8("\xf4\x90\x80\x80", 4, 4, UNICODE_INVALID);
    check_utf8("\xf4\x8f\xbf\xbf", 4, 4, 4);
    check_utf8("\xf5\x80\x80\x80", 4, 4, UNICODE_INVALID);
}

static void test_ascii_runs(void **state)
{
    u8 in[64], out[256];

    (void)state;
    for (unsigned i = 0; i < sizeof in; i++)
        in[i] = (u8)('0' + i);
    assert_int_equal(utf8_ascii(in, 64, UTF16, out, 100), 48);
    for (unsigned i = 0; i < 48; i++)
        assert_true(!out[2 * i] && out[2 * i + 1] == in[i]);
    assert_int_equal(utf16_ascii_to_utf8(out, 96, in, 64), 48);
    assert_int_equal(in[47], '0' + 47);
    assert_int_equal(utf8_ascii(in, 64, UTF32, out, 256), 64);
    for (unsigned i = 0; i < 64; i++)
        assert_true(!out[4 * i] && !out[4 * i + 1] && !out[4 * i + 2] && out[4 * i + 3] == in[i]);
    in[20] = 0x80;
    assert_int_equal(utf8_ascii(in, 64, UTF32, out, 256), 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_move_overlap),
        cmocka_unit_test(test_logic),
        cmocka_unit_test(test_scans),
        cmocka_unit_test(test_checksum),
        cmocka_unit_test(test_unicode_round_trip),
        cmocka_unit_test(test_utf8_ill_formed),
        cmocka_unit_test(test_ascii_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
