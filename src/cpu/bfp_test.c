/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: the rules that are not arithmetic, by hand-computed cases: NaNs,
 * infinities, signs of zero, default and trapped results with their flags and data-exception codes,
 * conditions, classes; and the host path of short and long arithmetic against the integer path on
 * any operands.
 *
 * Correct rounding is checked in bfp_mpfr_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/bits.h"
#include "cpu/bfp.h"

enum op { ADD, SUB, MUL, DIV, SQRT, FMA, FMS, COMP, SIGNAL, TEST, RINT, LEN, ROUND };

/* Traps, flags and codes as in the FPC; modes in its low bits. */
#define TRAP_ALL 0xf8000000
#define NONE 0
#define SUPPRESSED 0x100 /* with a DXC: nothing is stored */

#define DNAN 0x7fc00000
#define QNAN1 0xffc11111 /* three NaNs of each kind, told apart by payload and sign */
#define QNAN2 0x7fc22222
#define QNAN3 0x7fc33333
#define SNAN1 0x7f811111
#define SNAN2 0xff822222
#define SNAN3 0x7f833333
#define QUIET 0x00400000
#define INF 0x7f800000
#define MAX 0x7f7fffff
#define MIN 0x00800000  /* smallest normal */
#define SUB1 0x00000001 /* smallest subnormal */
#define ONE 0x3f800000
#define TWO 0x40000000
#define NEG 0x80000000

struct row {
    enum op op;
    u32 fpc;
    u32 x, y, z;
    u32 r; /* result, or condition code */
    u8 flags;
    u16 dxc; /* with SUPPRESSED */
};

static u32 run(enum op op, struct bfp *b, u32 x, u32 y, u32 z)
{
    u64 wide;

    switch (op) {
    case ADD:
        return bfp32_add(b, x, y);
    case SUB:
        return bfp32_sub(b, x, y);
    case MUL:
        return bfp32_mul(b, x, y);
    case DIV:
        return bfp32_div(b, x, y);
    case SQRT:
        return bfp32_sqrt(b, x);
    case FMA:
        return bfp32_fma(b, x, y, z);
    case FMS:
        return bfp32_fms(b, x, y, z);
    case COMP:
        return bfp32_compare(b, x, y, false);
    case SIGNAL:
        return bfp32_compare(b, x, y, true);
    case TEST:
        return bfp32_load_and_test(b, x);
    case RINT:
        return bfp32_rint(b, x);
    case LEN:
        return (u32)(bfp32_to_64(b, x) >> 32);
    case ROUND:
        /* From long, the operand in two halves. */
        return bfp64_to_32(b, (u64)x << 32 | y, &wide);
    }
    abort();
}

static void check_rows(const struct row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct row *t = &rows[i];

        for (int soft = 0; soft < 2; soft++) {
            struct bfp b = bfp_begin(t->fpc);
            u32 r;

            b.soft = soft;
            r = run(t->op, &b, t->x, t->y, t->z);
            if (t->flags == b.flags && (t->dxc & 0xff) == b.dxc &&
                b.suppress == (t->dxc >= SUPPRESSED) && (b.suppress || r == t->r))
                continue;
            print_error("row %zu op %d fpc %08x %08x %08x %08x: want %08x %02x %03x, "
                        "got %08x %02x %02x suppress %d\n",
                        i, t->op, t->fpc, t->x, t->y, t->z, t->r, t->flags, t->dxc, r, b.flags,
                        b.dxc, b.suppress);
            fail();
        }
    }
}

static void test_nans(void **state)
{
    static const enum op two[] = {ADD, SUB, MUL, DIV};
    static const enum op one[] = {SQRT, TEST, RINT};
    static const u32 finite[] = {0, NEG, ONE, INF, NEG | INF};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(two); i++) {
        enum op op = two[i];
        struct row rows[] = {
            {op, NONE, SNAN1, SNAN2, 0, SNAN1 | QUIET, BFP_XI, 0},
            {op, NONE, SNAN1, QNAN2, 0, SNAN1 | QUIET, BFP_XI, 0},
            {op, NONE, QNAN1, SNAN2, 0, SNAN2 | QUIET, BFP_XI, 0},
            {op, NONE, QNAN1, QNAN2, 0, QNAN1, 0, 0},
            {op, TRAP_ALL, QNAN2, QNAN1, 0, QNAN2, 0, 0},
            {op, 0x80000000, SNAN1, QNAN2, 0, 0, 0, 0x80 | SUPPRESSED},
            {op, 0x80000000, QNAN1, SNAN2, 0, 0, 0, 0x80 | SUPPRESSED},
            {op, 0x78000000, QNAN1, SNAN2, 0, SNAN2 | QUIET, BFP_XI, 0},
        };

        check_rows(rows, ARRAY_SIZE(rows));
        for (size_t k = 0; k < ARRAY_SIZE(finite); k++) {
            struct row mixed[] = {
                {op, NONE, finite[k], QNAN1, 0, QNAN1, 0, 0},
                {op, NONE, QNAN1, finite[k], 0, QNAN1, 0, 0},
                {op, NONE, finite[k], SNAN2, 0, SNAN2 | QUIET, BFP_XI, 0},
                {op, NONE, SNAN2, finite[k], 0, SNAN2 | QUIET, BFP_XI, 0},
            };

            check_rows(mixed, ARRAY_SIZE(mixed));
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(one); i++) {
        struct row rows[] = {
            {one[i], NONE, SNAN2, 0, 0, SNAN2 | QUIET, BFP_XI, 0},
            {one[i], NONE, QNAN1, 0, 0, QNAN1, 0, 0},
            {one[i], 0x80000000, SNAN2, 0, 0, 0, 0, 0x80 | SUPPRESSED},
        };

        check_rows(rows, ARRAY_SIZE(rows));
    }
}

static void test_nans_of_multiply_and_add(void **state)
{
    static const struct row rows[] = {
        {FMA, NONE, SNAN1, SNAN2, SNAN3, SNAN1 | QUIET, BFP_XI, 0},
        {FMA, NONE, QNAN1, SNAN2, SNAN3, SNAN2 | QUIET, BFP_XI, 0},
        {FMA, NONE, QNAN1, QNAN2, SNAN3, SNAN3 | QUIET, BFP_XI, 0},
        {FMA, NONE, QNAN1, QNAN2, QNAN3, QNAN1, 0, 0},
        {FMA, NONE, ONE, QNAN2, QNAN3, QNAN2, 0, 0},
        {FMA, NONE, ONE, INF, QNAN3, QNAN3, 0, 0},
        {FMS, NONE, ONE, INF, QNAN1, QNAN1, 0, 0},
        {FMS, NONE, ONE, ONE, SNAN2, SNAN2 | QUIET, BFP_XI, 0},
        {FMA, NONE, INF, 0, ONE, DNAN, BFP_XI, 0},
        {FMA, NONE, NEG, INF, QNAN3, DNAN, BFP_XI, 0},
        {FMA, NONE, 0, INF, SNAN3, DNAN, BFP_XI, 0},
        {FMA, 0x80000000, 0, INF, QNAN3, 0, 0, 0x80 | SUPPRESSED},
        {FMA, NONE, INF, ONE, NEG | INF, DNAN, BFP_XI, 0},
        {FMS, NONE, INF, ONE, INF, DNAN, BFP_XI, 0},
        {FMS, NONE, INF, ONE, NEG | INF, INF, 0, 0},
        {FMA, NONE, MAX, MAX, NEG | INF, NEG | INF, 0, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void test_invalid_and_zero_divide(void **state)
{
    static const struct row rows[] = {
        {ADD, NONE, INF, NEG | INF, 0, DNAN, BFP_XI, 0},
        {ADD, NONE, INF, INF, 0, INF, 0, 0},
        {SUB, NONE, INF, INF, 0, DNAN, BFP_XI, 0},
        {SUB, NONE, ONE, INF, 0, NEG | INF, 0, 0},
        {MUL, NONE, INF, NEG, 0, DNAN, BFP_XI, 0},
        {MUL, NONE, INF, NEG | ONE, 0, NEG | INF, 0, 0},
        {DIV, NONE, 0, NEG, 0, DNAN, BFP_XI, 0},
        {DIV, NONE, INF, INF, 0, DNAN, BFP_XI, 0},
        {DIV, NONE, INF, NEG, 0, NEG | INF, 0, 0},
        {DIV, NONE, ONE, NEG | INF, 0, NEG, 0, 0},
        {DIV, NONE, ONE, NEG, 0, NEG | INF, BFP_XZ, 0},
        {DIV, NONE, SUB1, 0, 0, INF, BFP_XZ, 0},
        {DIV, TRAP_ALL, ONE, 0, 0, 0, 0, 0x40 | SUPPRESSED},
        {DIV, 0xb8000000, ONE, 0, 0, INF, BFP_XZ, 0},
        {DIV, TRAP_ALL, 0, 0, 0, 0, 0, 0x80 | SUPPRESSED},
        {SQRT, NONE, NEG | ONE, 0, 0, DNAN, BFP_XI, 0},
        {SQRT, NONE, NEG | INF, 0, 0, DNAN, BFP_XI, 0},
        {SQRT, NONE, NEG | SUB1, 0, 0, DNAN, BFP_XI, 0},
        {SQRT, NONE, NEG, 0, 0, NEG, 0, 0},
        {SQRT, NONE, INF, 0, 0, INF, 0, 0},
        {SQRT, TRAP_ALL, NEG | ONE, 0, 0, 0, 0, 0x80 | SUPPRESSED},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void test_signs_of_zero(void **state)
{
    static const struct row rows[] = {
        {ADD, BFP_RNE, ONE, NEG | ONE, 0, 0, 0, 0},   {ADD, BFP_RM, ONE, NEG | ONE, 0, NEG, 0, 0},
        {ADD, BFP_RP, ONE, NEG | ONE, 0, 0, 0, 0},    {ADD, BFP_RFS, ONE, NEG | ONE, 0, 0, 0, 0},
        {ADD, BFP_RNE, 0, NEG, 0, 0, 0, 0},           {ADD, BFP_RM, 0, NEG, 0, NEG, 0, 0},
        {ADD, BFP_RNE, NEG, NEG, 0, NEG, 0, 0},       {SUB, BFP_RM, 0, 0, 0, NEG, 0, 0},
        {SUB, BFP_RNE, NEG, 0, 0, NEG, 0, 0},         {FMA, BFP_RM, ONE, TWO, NEG | TWO, NEG, 0, 0},
        {FMA, BFP_RNE, ONE, TWO, NEG | TWO, 0, 0, 0}, {FMA, BFP_RNE, NEG, TWO, NEG, NEG, 0, 0},
        {FMS, BFP_RNE, NEG, TWO, NEG, 0, 0, 0},       {MUL, BFP_RM, NEG, ONE, 0, NEG, 0, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void test_overflow(void **state)
{
    static const struct row rows[] = {
        {ADD, BFP_RNE, MAX, MAX, 0, INF, 0x28, 0},
        {ADD, BFP_RZ, MAX, MAX, 0, MAX, 0x28, 0},
        {ADD, BFP_RFS, MAX, MAX, 0, MAX, 0x28, 0},
        {ADD, BFP_RP, MAX, MAX, 0, INF, 0x28, 0},
        {ADD, BFP_RM, MAX, MAX, 0, MAX, 0x28, 0},
        {ADD, BFP_RP, NEG | MAX, NEG | MAX, 0, NEG | MAX, 0x28, 0},
        {ADD, BFP_RM, NEG | MAX, NEG | MAX, 0, NEG | INF, 0x28, 0},
        /* Not an overflow: rounds to the largest number. */
        {ADD, BFP_RZ, MAX, ONE, 0, MAX, 0x08, 0},
        {ADD, BFP_RP, MAX, ONE, 0, INF, 0x28, 0},
        /* Inexact traps, overflow does not: flag and code. */
        {ADD, 0x08000000 | BFP_RNE, MAX, MAX, 0, INF, BFP_XO, 0x0c},
        {ADD, 0x08000000 | BFP_RZ, MAX, MAX, 0, MAX, BFP_XO, 0x08},
        /* Trapped: exponent less 192; exact, truncated, incremented. */
        {ADD, 0x20000000, MAX, MAX, 0, 0x1fffffff, 0, 0x20},
        {MUL, TRAP_ALL | BFP_RZ, MAX, MAX, 0, 0x5f7ffffe, 0, 0x20 | 0x08},
        {MUL, TRAP_ALL | BFP_RP, MAX, MAX, 0, 0x5f7fffff, 0, 0x20 | 0x0c},
        {MUL, TRAP_ALL | BFP_RFS, MAX, MAX, 0, 0x5f7fffff, 0, 0x20 | 0x0c},
        {ROUND, BFP_RNE, 0x47f00000, 0, 0, INF, 0x28, 0},
        {ROUND, BFP_RZ, 0x47efffff, 0xffffffff, 0, MAX, 0x08, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void test_underflow(void **state)
{
    static const struct row rows[] = {
        /* Exact subnormals are no underflow unless it traps. */
        {ADD, NONE, SUB1, SUB1, 0, 0x00000002, 0, 0},
        {ADD, 0x08000000, MIN, NEG | SUB1, 0, 0x007fffff, 0, 0},
        {ADD, 0x10000000, SUB1, SUB1, 0, 0x55800000, 0, 0x10},
        {ADD, 0x10000000, 0, SUB1, 0, 0x55000000, 0, 0x10},
        {SUB, 0x10000000, 0, SUB1, 0, 0xd5000000, 0, 0x10},
        {MUL, BFP_RNE, MIN, 0x3f000000, 0, 0x00400000, 0, 0},
        {MUL, BFP_RNE, SUB1, 0x3f000000, 0, 0, 0x18, 0},
        {MUL, BFP_RP, SUB1, 0x3f000000, 0, SUB1, 0x18, 0},
        {MUL, BFP_RFS, SUB1, 0x3f000000, 0, SUB1, 0x18, 0},
        {MUL, 0x08000000 | BFP_RP, SUB1, SUB1, 0, SUB1, BFP_XU, 0x0c},
        {MUL, 0x08000000 | BFP_RZ, SUB1, SUB1, 0, 0, BFP_XU, 0x08},
        /* Tiny before rounding although the result is the smallest normal number. */
        {MUL, BFP_RNE, 0x00ffffff, 0x3f000000, 0, MIN, 0x18, 0},
        {MUL, TRAP_ALL, 0x00ffffff, 0x3f000000, 0, 0x607fffff, 0, 0x10},
        {MUL, TRAP_ALL, 0x00ffffff, 0x3effffff, 0, 0x607ffffe, 0, 0x10 | 0x08},
        {MUL, TRAP_ALL | BFP_RP, 0x00ffffff, 0x3effffff, 0, 0x607fffff, 0, 0x10 | 0x0c},
        {ROUND, BFP_RNE, 0x369fffff, 0xffffffff, 0, SUB1, 0x18, 0},
        /* LOAD FP INTEGER and LOAD LENGTHENED never underflow. */
        {RINT, 0x10000000 | BFP_RP, SUB1, 0, 0, ONE, BFP_XX, 0},
        {LEN, TRAP_ALL, SUB1, 0, 0, 0x36a00000, 0, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

/* Long and extended: default NaN, scaling, formats. */
static void test_other_formats(void **state)
{
    struct f128 inf = {0x7fff000000000000, 0}, minus = {0xffff000000000000, 0};
    struct f128 max = {0x7ffeffffffffffff, 0xffffffffffffffff}, tiny = {0, 1}, r;
    struct bfp b = bfp_begin(0);

    (void)state;
    assert_true(bfp64_sub(&b, 0x7ff0000000000000, 0x7ff0000000000000) == 0x7ff8000000000000);
    r = bfp128_add(&b, inf, minus);
    assert_true(r.hi == 0x7fff800000000000 && r.lo == 0);
    assert_int_equal(b.flags, BFP_XI);

    b = bfp_begin(TRAP_ALL);
    assert_true(bfp64_add(&b, 0x7fefffffffffffff, 0x7fefffffffffffff) == 0x1fffffffffffffff);
    assert_int_equal(b.dxc, 0x20);
    b = bfp_begin(TRAP_ALL);
    assert_true(bfp64_add(&b, 1, 0) == 0x5cd0000000000000);
    assert_int_equal(b.dxc, 0x10);
    b = bfp_begin(TRAP_ALL);
    r = bfp128_add(&b, max, max);
    assert_true(r.hi == 0x1fffffffffffffff && r.lo == 0xffffffffffffffff);
    b = bfp_begin(TRAP_ALL);
    r = bfp128_add(&b, tiny, (struct f128){0});
    assert_true(r.hi == 0x5f91000000000000 && r.lo == 0);
    assert_int_equal(b.dxc, 0x10);

    /* NaNs keep the leftmost fraction bits. */
    b = bfp_begin(0);
    assert_true(bfp32_to_64(&b, SNAN2) == 0xfff8444440000000);
    assert_int_equal(b.flags, BFP_XI);
    b = bfp_begin(0);
    r = bfp64_to_128(&b, 0x7ff8000000000001);
    assert_true(r.hi == 0x7fff800000000000 && r.lo == 0x1000000000000000 && !b.flags);
    assert_true(bfp128_to_32(&b, (struct f128){0xffff900000000000, 7}, &r) == 0xffc80000);
    assert_true(bfp32_mul_long(&b, QNAN1, QNAN2) == 0xfff8222220000000 && !b.flags);
}

static void test_load_rounded_trapped(void **state)
{
    struct f128 x = {0x40c70000ffffffff, 0}, wx;
    struct bfp b = bfp_begin(TRAP_ALL);
    u64 wide = 0;

    (void)state;
    assert_int_equal(bfp64_to_32(&b, 0x4c70000000000000, &wide), 0); /* 2^200 */
    assert_true(b.wide && b.dxc == 0x20 && wide == 0x2c70000000000000);
    b = bfp_begin(TRAP_ALL);
    bfp64_to_32(&b, 0x8370000010000001, &wide); /* a little more than a tie */
    assert_true(b.wide && b.dxc == 0x1c && wide == 0xa370000020000000);
    b = bfp_begin(TRAP_ALL);
    bfp64_to_32(&b, 1, &wide); /* 2^-1074 */
    assert_true(b.wide && b.dxc == 0x10 && wide == 0x1cd0000000000000);
    b = bfp_begin(TRAP_ALL);
    bfp128_to_32(&b, x, &wx);
    assert_true(b.wide && b.dxc == 0x2c && wx.hi == 0x20c7000100000000 && wx.lo == 0);
    b = bfp_begin(TRAP_ALL & ~0x08000000u);
    assert_int_equal(bfp64_to_32(&b, 0x3ff0000000000001, &wide), ONE);
    assert_true(!b.wide && !b.dxc && b.flags == BFP_XX);
    b = bfp_begin(TRAP_ALL);
    b.xxc = true;
    assert_int_equal(bfp64_to_32(&b, 0x3ff0000000000001, &wide), ONE);
    assert_true(!b.wide && !b.dxc && !b.flags);
}

static void test_conditions(void **state)
{
    static const struct row rows[] = {
        {COMP, NONE, 0, NEG, 0, 0, 0, 0},
        {COMP, NONE, ONE, TWO, 0, 1, 0, 0},
        {COMP, NONE, NEG | ONE, NEG | TWO, 0, 2, 0, 0},
        {COMP, NONE, NEG | INF, SUB1, 0, 1, 0, 0},
        {COMP, NONE, NEG, SUB1, 0, 1, 0, 0},
        {COMP, NONE, NEG | INF, NEG | INF, 0, 0, 0, 0},
        {COMP, NONE, INF, MAX, 0, 2, 0, 0},
        {COMP, TRAP_ALL, QNAN1, ONE, 0, 3, 0, 0},
        {COMP, NONE, ONE, SNAN1, 0, 3, BFP_XI, 0},
        {COMP, TRAP_ALL, ONE, SNAN1, 0, 0, 0, 0x80 | SUPPRESSED},
        {SIGNAL, NONE, QNAN1, ONE, 0, 3, BFP_XI, 0},
        {SIGNAL, TRAP_ALL, QNAN1, ONE, 0, 0, 0, 0x80 | SUPPRESSED},
        {SIGNAL, TRAP_ALL, TWO, ONE, 0, 2, 0, 0},
        {TEST, TRAP_ALL, NEG | SUB1, 0, 0, NEG | SUB1, 0, 0},
    };
    static const struct {
        u32 x;
        u16 mask;
        u8 cc;
    } class[] = {
        {0, 0x800, 0},          {NEG, 0x400, 0},   {ONE, 0x200, 2},
        {NEG | MIN, 0x100, 1},  {MAX, 0x200, 2},   {0x007fffff, 0x080, 2},
        {NEG | SUB1, 0x040, 1}, {INF, 0x020, 2},   {NEG | INF, 0x010, 1},
        {QNAN2, 0x008, 3},      {QNAN1, 0x004, 3}, {SNAN1, 0x002, 3},
        {SNAN2, 0x001, 3},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
    for (size_t i = 0; i < ARRAY_SIZE(class); i++) {
        struct bfp b = bfp_begin(0);
        u32 x = class[i].x;

        assert_int_equal(bfp32_data_class(x), class[i].mask);
        assert_int_equal(bfp32_cc(x), class[i].cc);
        bfp32_load_and_test(&b, x);
        assert_int_equal(b.cc, class[i].cc);
    }
    assert_int_equal(bfp64_data_class(0x000fffffffffffff), 0x080);
    assert_int_equal(bfp128_data_class((struct f128){0x8000000000000000, 1}), 0x040);
    assert_int_equal(bfp128_data_class((struct f128){0x7fff000000000000, 1}), 0x002);
    assert_int_equal(bfp64_cc(0x8000000000000000), 0);
    assert_int_equal(bfp128_cc((struct f128){0xffff000000000000, 0}), 1);
}

static void test_modes(void **state)
{
    /* [PoP 9 Rounding] the example of LOAD FP INTEGER. */
    static const float x[] = {-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f, 5.5f, 9.5f, 2.25f, -2.75f};
    static const struct {
        u8 m3;
        float r[ARRAY_SIZE(x)];
    } row[] = {
        {1, {-3, -2, -1, 1, 2, 3, 6, 10, 2, -3}},    {3, {-3, -1, -1, 1, 1, 3, 5, 9, 3, -3}},
        {4, {-2, -2, -0.0f, 0, 2, 2, 6, 10, 2, -3}}, {5, {-2, -1, -0.0f, 0, 1, 2, 5, 9, 2, -2}},
        {6, {-2, -1, -0.0f, 1, 2, 3, 6, 10, 3, -2}}, {7, {-3, -2, -1, 0, 1, 2, 5, 9, 2, -3}},
    };
    u8 rm = 0;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        assert_true(bfp_rm_of_m3(row[i].m3, BFP_RNE, &rm));
        for (size_t k = 0; k < ARRAY_SIZE(x); k++) {
            struct bfp b = bfp_begin(0);
            union {
                float f;
                u32 v;
            } in = {x[k]}, out = {row[i].r[k]};

            b.rm = rm;
            assert_int_equal(bfp32_rint(&b, in.v), out.v);
            assert_int_equal(b.flags, BFP_XX);
            b.flags = 0;
            b.xxc = true;
            bfp32_rint(&b, in.v);
            assert_int_equal(b.flags, 0);
        }
    }
    assert_true(bfp_rm_of_m3(0, BFP_RFS, &rm) && rm == BFP_RFS);
    assert_false(bfp_rm_of_m3(2, BFP_RNE, &rm));
    assert_false(bfp_rm_of_m3(8, BFP_RNE, &rm));
    assert_int_equal(bfp_begin(0x00000003).rm, BFP_RM);
    assert_int_equal(bfp_begin(0x00000007).rm, BFP_RFS);
}

static void test_to_fixed(void **state)
{
    static const struct {
        u64 x;
        enum bfp_int target;
        u8 rm;
        u64 r;
        u8 cc, flags;
    } row[] = {
        {0x8000000000000000, BFP_S32, BFP_RNE, 0, 0, 0},
        {0xbfe0000000000000, BFP_S32, BFP_RNE, 0, 1, 0x08}, /* -0.5 */
        {0xbfe0000000000000, BFP_U32, BFP_RNE, 0, 1, 0x08},
        {0xbfe0000000000000, BFP_U32, BFP_RM, 0, 3, 0x88},
        {0xbff0000000000000, BFP_S32, BFP_RNE, 0xffffffff, 1, 0}, /* -1 */
        {0xbff0000000000000, BFP_S64, BFP_RNE, ~0ULL, 1, 0},
        {0x41dfffffffc00000, BFP_S32, BFP_RNE, 0x7fffffff, 2, 0},   /* 2^31 - 1 */
        {0x41dfffffffe00000, BFP_S32, BFP_RZ, 0x7fffffff, 2, 0x08}, /* 2^31 - 0.5 */
        {0x41dfffffffe00000, BFP_S32, BFP_RNE, 0x7fffffff, 3, 0x88},
        {0x41e0000000000000, BFP_S32, BFP_RZ, 0x7fffffff, 3, 0x88},
        {0xc1e0000000000000, BFP_S32, BFP_RZ, 0x80000000, 1, 0},
        {0xc1e0000000200000, BFP_S32, BFP_RM, 0x80000000, 3, 0x88},
        {0xc3e0000000000000, BFP_S64, BFP_RNE, 1ULL << 63, 1, 0},
        {0x43e0000000000000, BFP_S64, BFP_RNE, INT64_MAX, 3, 0x88},
        {0x43efffffffffffff, BFP_U64, BFP_RNE, 0xfffffffffffff800, 2, 0},
        {0x43f0000000000000, BFP_U64, BFP_RNE, UINT64_MAX, 3, 0x88},
        {0x7ff0000000000000, BFP_U32, BFP_RNE, UINT32_MAX, 3, 0x88},
        {0xfff0000000000000, BFP_S64, BFP_RNE, 1ULL << 63, 3, 0x88},
        {0xfff0000000000000, BFP_U64, BFP_RNE, 0, 3, 0x88},
        {0x7ff8000000000000, BFP_S32, BFP_RNE, 0x80000000, 3, 0x88},
        {0x7ff0000000000001, BFP_S64, BFP_RNE, 1ULL << 63, 3, 0x88},
        {0x7ff8000000000000, BFP_U64, BFP_RNE, 0, 3, 0x88},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct bfp b = {.rm = row[i].rm};
        u64 r = bfp64_to_fixed(&b, row[i].x, row[i].target);

        if (r != row[i].r || b.cc != row[i].cc || b.flags != row[i].flags)
            print_error("row %zu\n", i);
        assert_true(r == row[i].r);
        assert_int_equal(b.cc, row[i].cc);
        assert_int_equal(b.flags, row[i].flags);

        /* Inexact trapped: the operation is completed. */
        b = (struct bfp){.rm = row[i].rm, .traps = BFP_XX};
        assert_true(bfp64_to_fixed(&b, row[i].x, row[i].target) == row[i].r);
        assert_int_equal(b.dxc & 0x08, row[i].flags & 0x08);
        assert_int_equal(b.flags, row[i].flags & 0x80);
        assert_false(b.suppress);

        /* Invalid trapped: suppressed. */
        b = (struct bfp){.rm = row[i].rm, .traps = BFP_XI, .xxc = true};
        bfp64_to_fixed(&b, row[i].x, row[i].target);
        assert_int_equal(b.dxc, row[i].flags & 0x80);
        assert_int_equal(b.suppress, row[i].flags >= 0x80);
        assert_int_equal(b.flags, 0);
    }
}

static void test_divide_to_integer_specials(void **state)
{
    static const struct {
        u32 x, y;
        u32 r, q;
        u8 cc, flags;
    } row[] = {
        {ONE, 0, DNAN, DNAN, 1, BFP_XI},
        {0, 0, DNAN, DNAN, 1, BFP_XI},
        {INF, ONE, DNAN, DNAN, 1, BFP_XI},
        {INF, INF, DNAN, DNAN, 1, BFP_XI},
        {QNAN1, QNAN2, QNAN1, QNAN1, 1, 0},
        {QNAN1, SNAN2, SNAN2 | QUIET, SNAN2 | QUIET, 1, BFP_XI},
        {ONE, NEG | INF, ONE, NEG, 0, 0},
        {NEG | SUB1, INF, NEG | SUB1, NEG, 0, 0},
        {NEG, ONE, NEG, NEG, 0, 0},
        {0x40e00000, NEG | TWO, 0xbf800000, 0xc0800000, 0, 0}, /* 7 / -2: n -4, r -1 */
        {0x40c00000, NEG | TWO, 0, 0xc0400000, 0, 0},          /* 6 / -2 */
        {NEG | 0x40c00000, TWO, NEG, 0xc0400000, 0, 0},
        {MAX, MIN, 0, 0x5e7fffff, 1, 0}, /* quotient of 2^253 and more */
        {MAX, 0x00800001, 0x68c00000, 0x5e7ffffd, 3, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        struct bfp b = bfp_begin(0);
        u32 q, r = bfp32_divide_to_integer(&b, row[i].x, row[i].y, BFP_RNE, &q);

        if (r != row[i].r || q != row[i].q || b.cc != row[i].cc || b.flags != row[i].flags)
            print_error("row %zu: r %08x q %08x cc %d flags %02x\n", i, r, q, b.cc, b.flags);
        assert_int_equal(r, row[i].r);
        assert_int_equal(q, row[i].q);
        assert_int_equal(b.cc, row[i].cc);
        assert_int_equal(b.flags, row[i].flags);
    }
}

static u64 seed = 0x2545f4914f6cdd1d;

static u64 rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x9e3779b97f4a7c15;
}

/* Any bits, often with few significant ones, exponents often alike or special. */
static u64 operand64(void)
{
    u64 x = rnd(), how = rnd();

    if (how & 1)
        x &= ~0ULL << (how >> 8 & 63);
    if (how & 2)
        x = (x & 0x800fffffffffffff) | (1000 + (how >> 16 & 63)) << 52;
    else if (how & 4)
        x = (x & 0x800fffffffffffff) | (((how >> 16 & 7) - 3) & 0x7ff) << 52;
    return x;
}

static u64 run64(enum op op, struct bfp *b, const u64 *x, u64 *wide)
{
    switch (op) {
    case ADD:
        return bfp64_add(b, x[0], x[1]);
    case SUB:
        return bfp64_sub(b, x[0], x[1]);
    case MUL:
        return bfp64_mul(b, x[0], x[1]);
    case DIV:
        return bfp64_div(b, x[0], x[1]);
    case SQRT:
        return bfp64_sqrt(b, x[0]);
    case FMA:
        return bfp64_fma(b, x[0], x[1], x[2]);
    case FMS:
        return bfp64_fms(b, x[0], x[1], x[2]);
    default:
        return bfp64_to_32(b, x[0], wide);
    }
}

static u32 shorten(u64 x)
{
    struct bfp b = {0};
    u64 wide;

    return bfp64_to_32(&b, x, &wide);
}

static void same(enum op op, const u64 *x, u64 host, u64 soft, struct bfp *h, struct bfp *s)
{
    if (host != soft || h->flags != s->flags || h->dxc != s->dxc || h->suppress != s->suppress)
        print_error("op %d %016llx %016llx %016llx: host %016llx %02x, soft %016llx %02x\n", op,
                    (unsigned long long)x[0], (unsigned long long)x[1], (unsigned long long)x[2],
                    (unsigned long long)host, h->flags, (unsigned long long)soft, s->flags);
    assert_true(host == soft);
    assert_true(h->flags == s->flags && h->dxc == s->dxc && h->suppress == s->suppress);
}

static void test_host_against_integers(void **state)
{
    static const enum op ops[] = {ADD, SUB, MUL, DIV, SQRT, FMA, FMS, ROUND};

    (void)state;
    for (int i = 0; i < 4000000; i++) {
        enum op op = ops[i % (int)ARRAY_SIZE(ops)];
        u32 fpc = i & 64 ? (u32)rnd() & 0xf0000000 : 0;
        struct bfp h = bfp_begin(fpc), s = h;
        u64 x[3] = {operand64(), operand64(), operand64()};
        u64 wide[2] = {0, 0};

        s.soft = true;
        if (i & 32) {
            u64 host = run64(op, &h, x, &wide[0]);

            same(op, x, host, run64(op, &s, x, &wide[1]), &h, &s);
            assert_true(wide[0] == wide[1]);
        } else if (op != ROUND) {
            u32 y[3] = {shorten(x[0]), shorten(x[1]), shorten(x[2])};
            u32 host = run(op, &h, y[0], y[1], y[2]);

            same(op, x, host, run(op, &s, y[0], y[1], y[2]), &h, &s);
        }
    }
}

static void test_order(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        union {
            u64 v;
            double d;
        } x = {operand64()}, y = {i & 3 ? operand64() : x.v ^ (u64)(i & 4) << 61};
        struct bfp b = bfp_begin(0);
        u8 cc = x.d == y.d ? 0 : x.d < y.d ? 1 : x.d > y.d ? 2 : 3;
        struct f128 xx = bfp64_to_128(&b, x.v), yx = bfp64_to_128(&b, y.v);

        assert_int_equal(bfp64_compare(&b, x.v, y.v, false), cc);
        assert_int_equal(bfp128_compare(&b, xx, yx, false), cc);
        assert_int_equal(bfp64_cc(x.v), x.d == 0 ? 0 : x.d < 0 ? 1 : x.d > 0 ? 2 : 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nans),
        cmocka_unit_test(test_nans_of_multiply_and_add),
        cmocka_unit_test(test_invalid_and_zero_divide),
        cmocka_unit_test(test_signs_of_zero),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_underflow),
        cmocka_unit_test(test_other_formats),
        cmocka_unit_test(test_load_rounded_trapped),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_to_fixed),
        cmocka_unit_test(test_divide_to_integer_specials),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_host_against_integers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
