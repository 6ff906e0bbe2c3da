/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point in registers: rounding modes, IEEE exceptions with and without traps, NaNs,
 * condition codes, extended operands, and the short way that results may take against the long one.
 *
 * References: [PoP 9 IEEE Exceptions], [PoP 19 Binary-Floating-Point Instructions].
 */
#include "float.h"

CODE(aebr, "aebr %f0,%f1");
CODE(adbr, "adbr %f0,%f1");
CODE(axbr, "axbr %f0,%f1");
CODE(sebr, "sebr %f0,%f1");
CODE(sdbr, "sdbr %f0,%f1");
CODE(meebr, "meebr %f0,%f1");
CODE(mdbr, "mdbr %f0,%f1");
CODE(mxbr, "mxbr %f0,%f1");
CODE(mdebr, "mdebr %f0,%f1");
CODE(mxdbr, "mxdbr %f0,%f1");
CODE(debr, "debr %f0,%f1");
CODE(ddbr, "ddbr %f0,%f1");
CODE(dxbr, "dxbr %f0,%f1");
CODE(sqebr, "sqebr %f0,%f1");
CODE(sqdbr, "sqdbr %f0,%f1");
CODE(sqxbr, "sqxbr %f0,%f1");
CODE(maebr, "maebr %f0,%f4,%f1");
CODE(madbr, "madbr %f0,%f4,%f1");
CODE(msebr, "msebr %f0,%f4,%f1");
CODE(msdbr, "msdbr %f0,%f4,%f1");
CODE(adb, "adb %f0,0(%r5)");
CODE(mdeb, "mdeb %f0,0(%r5)");
CODE(cdb, "cdb %f0,0(%r5)");
CODE(madb, "madb %f0,%f4,0(%r5)");
CODE(cebr, "cebr %f0,%f1");
CODE(cdbr, "cdbr %f0,%f1");
CODE(kebr, "kebr %f0,%f1");
CODE(kdbr, "kdbr %f0,%f1");
CODE(ltebr, "ltebr %f0,%f1");
CODE(ltdbr, "ltdbr %f0,%f1");
CODE(lcdbr, "lcdbr %f0,%f1");
CODE(lpebr, "lpebr %f0,%f1");
CODE(lndbr, "lndbr %f0,%f1");
CODE(axbr_5, "axbr %f0,%f5");
CODE(axbr_2, ".long 0xb34a0002"); /* FPR 2 begins no pair */
CODE(tcdb_zero, "tcdb %f0,0xc00");
CODE(tcdb_normal, "tcdb %f0,0x300");
CODE(tcdb_subnormal, "tcdb %f0,0x0c0");
CODE(tcdb_minus_inf, "tcdb %f0,0x010");
CODE(tceb_snan, "tceb %f0,0x002");

#define ONE 0x3ff0000000000000UL
#define ULP1 0x3ff0000000000001UL     /* the number after 1 */
#define HALF_ULP 0x3ca0000000000000UL /* 2^-53 */
#define MOST_ULP 0x3ca8000000000000UL /* 0.75 * 2^-52 */
#define HUGE 0x7fe0000000000000UL     /* 2^1023 */
#define MAX 0x7fefffffffffffffUL
#define TINY 0x0010000000000000UL /* 2^-1022 */
#define HALF 0x3fe0000000000000UL
#define INF 0x7ff0000000000000UL
#define QNAN 0x7ff8000000000000UL /* the default one */
#define QNAN2 0xfff8000000000002UL
#define QNAN3 0x7ff8000000000003UL
#define SNAN 0x7ff0000000000004UL
#define QUIET 0x0008000000000000UL
#define MINUS (1UL << 63)
#define LOW 0xdeadbeefUL /* right half of a register with a short number */
#define S(v) ((u64)(v) << 32 | LOW)

static const struct row arithmetic[] = {
    /* rounding modes of the FPC */
    {"adbr to nearest", adbr, ONE, HALF_ULP, 0, 0, ONE, 0x00080000, 2, 0},
    {"adbr toward 0", adbr, ONE, MOST_ULP, 0, 1, ONE, 0x00080001, 2, 0},
    {"adbr toward +inf", adbr, ONE, HALF_ULP, 0, 2, ULP1, 0x00080002, 2, 0},
    {"adbr toward -inf", adbr, ONE, MOST_ULP, 0, 3, ONE, 0x00080003, 2, 0},
    {"adbr for shorter precision", adbr, ONE, HALF_ULP, 0, 7, ULP1, 0x00080007, 2, 0},
    {"sdbr zero toward -inf", sdbr, ONE, ONE, 0, 3, MINUS, 3, 0, 0},
    {"sdbr zero", sdbr, ONE, ONE, 0, 0, 0, 0, 0, 0},
    {"adb", adb, ONE, ONE, 0, 0, 0x4000000000000000, 0, 2, 0},
    {"sebr keeps the right half", sebr, S(0x3f800000), S(0x40000000), 0, 0, S(0xbf800000), 0, 1, 0},
    {"aebr inexact", aebr, S(0x3f800000), S(0x33800000), 0, 0, S(0x3f800000), 0x00080000, 2, 0},
    {"meebr", meebr, S(0x40400000), S(0xc0000000), 0, 0, S(0xc0c00000), 0, 3, 0},
    {"mdebr", mdebr, S(0x40400000), S(0xc0000000), 0, 0, 0xc018000000000000, 0, 3, 0},
    {"mdeb", mdeb, S(0x7f7fffff), S(0x7f7fffff), 0, 0, 0x4fefffffc0000020, 0, 3, 0},
    {"debr", debr, S(0x3f800000), S(0x40400000), 0, 0, S(0x3eaaaaab), 0x00080000, 3, 0},
    {"ddbr", ddbr, ONE, 0x4008000000000000, 0, 0, 0x3fd5555555555555, 0x00080000, 3, 0},
    {"sqdbr", sqdbr, 0, 0x4000000000000000, 0, 0, 0x3ff6a09e667f3bcd, 0x00080000, 3, 0},
    {"sqebr of -0", sqebr, LOW, S(0x80000000), 0, 0, S(0x80000000), 0, 3, 0},
    {"madbr rounds once", madbr, 0xbff0000000000002, ULP1, ULP1, 0, 0x3970000000000000, 0, 3, 0},
    {"madb", madb, ONE, ONE, 0x4000000000000000, 0, 0x4008000000000000, 0, 3, 0},
    {"msdbr", msdbr, ONE, ONE, 0x4000000000000000, 0, ONE, 0, 3, 0},
    {"maebr", maebr, S(0x3f800000), S(0x40000000), S(0x40400000), 0, S(0x40e00000), 0, 3, 0},
    {"msebr", msebr, S(0x3f800000), S(0x40000000), S(0x40400000), 0, S(0x40a00000), 0, 3, 0},

    /* IEEE exceptions that do not trap */
    {"overflow", mdbr, HUGE, HUGE, 0, 0, INF, 0x00280000, 3, 0},
    {"overflow toward 0", mdbr, HUGE, HUGE, 0, 1, MAX, 0x00280001, 3, 0},
    {"underflow, exact", mdbr, TINY, HALF, 0, 0, 0x0008000000000000, 0, 3, 0},
    {"underflow, inexact", mdbr, 1, HALF, 0, 0, 0, 0x00180000, 3, 0},
    {"underflow toward +inf", mdbr, 1, HALF, 0, 2, 1, 0x00180002, 3, 0},
    {"division by zero", ddbr, ONE, MINUS, 0, 0, INF | MINUS, 0x00400000, 3, 0},
    {"0 / 0", ddbr, 0, 0, 0, 0, QNAN, 0x00800000, 3, 0},
    {"inf - inf", sdbr, INF, INF, 0, 0, QNAN, 0x00800000, 3, 0},
    {"inf * 0", mdbr, INF, 0, 0, 0, QNAN, 0x00800000, 3, 0},
    {"sqrt of -1", sqdbr, 0, ONE | MINUS, 0, 0, QNAN, 0x00800000, 3, 0},

    /* the same with traps: completed, or suppressed */
    {"trap: inexact, truncated", adbr, ONE, HALF_ULP, 0, 0x08000000, ONE, 0x08000800, 2, 0x08},
    {"trap: inexact, incremented", adbr, ONE, MOST_ULP, 0, 0x08000000, ULP1, 0x08000c00, 2, 0x0c},
    {"trap: overflow", mdbr, HUGE, HUGE, 0, 0x20000000, 0x5fd0000000000000, 0x20002000, 3, 0x20},
    {"trap: overflow, inexact", mdbr, MAX, MAX, 0, 0x20000000, 0x5feffffffffffffe, 0x20002800, 3,
     0x28},
    {"trap: underflow", mdbr, TINY, HALF, 0, 0x10000000, 0x6000000000000000, 0x10001000, 3, 0x10},
    {"trap: inexact with underflow", mdbr, 1, HALF, 0, 0x08000000, 0, 0x08100800, 3, 0x08},
    {"trap: division by zero", ddbr, ONE, 0, 0, 0x40000000, ONE, 0x40004000, 3, 0x40},
    {"trap: invalid", sdbr, INF, INF, 0, 0x80000000, INF, 0x80008000, 3, 0x80},
    {"trap: SNaN", adbr, ONE, SNAN, 0, 0x80000000, ONE, 0x80008000, 3, 0x80},
    {"trap: overflow, short", meebr, S(0x7f000000), S(0x40000000), 0, 0x20000000, S(0x1f800000),
     0x20002000, 3, 0x20},
    {"no trap: exact", adbr, ONE, ONE, 0, 0xf8000000, 0x4000000000000000, 0xf8000000, 2, 0},
    {"flags stay", adbr, ONE, ONE, 0, 0x00f80000, 0x4000000000000000, 0x00f80000, 2, 0},

    /* NaNs: the first SNaN, else the first QNaN */
    {"QNaN, QNaN", adbr, QNAN2, QNAN3, 0, 0, QNAN2, 0, 3, 0},
    {"1, QNaN", adbr, ONE, QNAN3, 0, 0xf8000000, QNAN3, 0xf8000000, 3, 0},
    {"QNaN, SNaN", adbr, QNAN2, SNAN, 0, 0, SNAN | QUIET, 0x00800000, 3, 0},
    {"1 - QNaN keeps the sign", sdbr, ONE, QNAN3, 0, 0, QNAN3, 0, 3, 0},
    {"madbr: third, second, first", madbr, QNAN, QNAN2, QNAN3, 0, QNAN3, 0, 3, 0},
    {"madbr: inf * 0 and QNaN", madbr, QNAN2, INF, 0, 0, QNAN, 0x00800000, 3, 0},

    /* comparison */
    {"cdbr equal", cdbr, 0, MINUS, 0, 0, 0, 0, 0, 0},
    {"cdbr low", cdbr, INF | MINUS, MAX | MINUS, 0, 0, INF | MINUS, 0, 1, 0},
    {"cdb high", cdb, 1, 0, 0, 0, 1, 0, 2, 0},
    {"cdbr QNaN", cdbr, ONE, QNAN, 0, 0x80000000, ONE, 0x80000000, 3, 0},
    {"cdbr SNaN", cdbr, ONE, SNAN, 0, 0, ONE, 0x00800000, 3, 0},
    {"kdbr QNaN", kdbr, ONE, QNAN, 0, 0, ONE, 0x00800000, 3, 0},
    {"trap: kdbr QNaN", kdbr, ONE, QNAN, 0, 0x80000000, ONE, 0x80008000, 3, 0x80},
    {"kdbr low", kdbr, MINUS, ONE, 0, 0, MINUS, 0, 1, 0},
    {"cebr", cebr, S(0x3f800000), 0x3f80000100000000, 0, 0, S(0x3f800000), 0, 1, 0},
    {"kebr", kebr, S(0x3f800000), 0x3f80000000000000, 0, 0, S(0x3f800000), 0, 0, 0},

    /* load and test, signs */
    {"ltdbr -0", ltdbr, ONE, MINUS, 0, 0, MINUS, 0, 0, 0},
    {"ltdbr SNaN", ltdbr, ONE, SNAN, 0, 0, SNAN | QUIET, 0x00800000, 3, 0},
    {"trap: ltdbr SNaN", ltdbr, ONE, SNAN, 0, 0x80000000, ONE, 0x80008000, 3, 0x80},
    {"ltebr", ltebr, S(0), 0x8000000100000000, 0, 0, S(0x80000001), 0, 1, 0},
    {"lcdbr SNaN", lcdbr, ONE, SNAN, 0, 0x80000000, SNAN | MINUS, 0x80000000, 3, 0},
    {"lpebr", lpebr, LOW, 0xbf80000000000000, 0, 0, S(0x3f800000), 0, 2, 0},
    {"lndbr", lndbr, 0, ONE, 0, 0, ONE | MINUS, 0, 1, 0},

    /* classes */
    {"tcdb zero", tcdb_zero, MINUS, 0, 0, 0, MINUS, 0, 1, 0},
    {"tcdb normal", tcdb_normal, MAX, 0, 0, 0, MAX, 0, 1, 0},
    {"tcdb subnormal", tcdb_subnormal, 1, 0, 0, 0, 1, 0, 1, 0},
    {"tcdb not subnormal", tcdb_subnormal, TINY, 0, 0, 0, TINY, 0, 0, 0},
    {"tcdb -inf", tcdb_minus_inf, INF | MINUS, 0, 0, 0, INF | MINUS, 0, 1, 0},
    {"tceb SNaN", tceb_snan, S(0x7f800001), 0, 0, 0x80000000, S(0x7f800001), 0x80000000, 1, 0},
};

/* Extended: FPR 0 and 2, 1 and 3. */
static void check_extended(const char *name, code *insn, const u64 v[4], const u64 result[2],
                           u32 fpc, u32 cc)
{
    struct state s = start(0);
    bool ok;

    s.f[0] = v[0];
    s.f[2] = v[1];
    s.f[1] = v[2];
    s.f[3] = v[3];
    run(insn, &s);
    ok = outcome(name, &s, fpc, cc, 0, 0) & same(name, s.f[0], result[0]) &
         same(name, s.f[2], result[1]) & (s.f[4] == FILL(4));
    check(name, ok);
}

static void test_extended(void)
{
    static const u64 one_third[] = {0x3fff000000000000, 0, 0x4000800000000000, 0};
    static const u64 third[] = {0x3ffd555555555555, 0x5555555555555555};
    static const u64 sum[] = {0x3fff000000000000, 0, 0x3f8e000000000000, 0};
    static const u64 one[] = {0x3fff000000000000, 0};
    static const u64 two[] = {0, 0, 0x4000000000000000, 0};
    static const u64 root[] = {0x3fff6a09e667f3bc, 0xc908b2fb1366ea95};
    static const u64 six[] = {0x4001800000000000, 0};
    static const u64 factors[] = {0x4000800000000000, 0, 0x4000000000000000, 0};
    static const u64 longs[] = {MAX, FILL(2), MAX, FILL(3)};
    static const u64 product[] = {0x47feffffffffffff, 0xe000000000000080};
    struct state s = start(0), t = start(0);

    check_extended("axbr", axbr, sum, one, 0x00080000, 2);
    check_extended("mxbr", mxbr, factors, six, 0, 3);
    check_extended("dxbr", dxbr, one_third, third, 0x00080000, 3);
    check_extended("sqxbr", sqxbr, two, root, 0x00080000, 3);
    check_extended("mxdbr", mxdbr, longs, product, 0, 3);
    run(axbr_5, &s);
    check("axbr of FPR 5 and 7", outcome("axbr", &s, 0x00080000, 2, 0, 0));
    run(axbr_2, &t);
    check("axbr of FPR 2", outcome("axbr", &t, 0, 3, PGM_SPECIFICATION, 0));
}

/* Every operation with the inexact flag on (a result may take the short way) and off. */
static u64 random_bits(void)
{
    static u64 x = 88172645463325252UL;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return x;
}

/* Mostly near the limits and near 1. */
static u64 random_operand(void)
{
    static const u64 base[] = {0, TINY, ONE, HUGE, INF, 0x3800000000000000, 0x47e0000000000000};
    u64 r = random_bits();

    switch (r & 3) {
    case 0:
        return random_bits();
    case 1:
        return base[(r >> 8) % ARRAY_SIZE(base)] ^ (r & MINUS) ^ (random_bits() & 0x3f);
    default:
        return (r & 0x807fffffffffffffUL) + ONE;
    }
}

static void test_short_way(const char *name, code *insn)
{
    bool ok = true;

    for (unsigned i = 0; i < 3000 && ok; i++) {
        struct state a = start(0x00080000), b;

        a.f[0] = random_operand();
        a.f[1] = random_operand();
        a.f[4] = random_operand();
        b = a;
        b.fpc = 0;
        run(insn, &a);
        run(insn, &b);
        ok = outcome(name, &a, b.fpc | 0x00080000, b.cc, 0, 0) & same(name, a.f[0], b.f[0]) &
             (b.pgm == 0);
    }
    check(name, ok);
}

int main(void)
{
    check_rows(arithmetic, ARRAY_SIZE(arithmetic));
    test_extended();
    test_short_way("short way of adbr", adbr);
    test_short_way("short way of sdbr", sdbr);
    test_short_way("short way of mdbr", mdbr);
    test_short_way("short way of ddbr", ddbr);
    test_short_way("short way of madbr", madbr);
    test_short_way("short way of msdbr", msdbr);
    test_short_way("short way of aebr", aebr);
    test_short_way("short way of sebr", sebr);
    test_short_way("short way of meebr", meebr);
    test_short_way("short way of debr", debr);
    test_short_way("short way of maebr", maebr);
    test_short_way("short way of msebr", msebr);
    return failures();
}
