/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: conversions between formats, to integers, from and to fixed point, DIVIDE
 * TO INTEGER; modifier fields M3 and M4 with facility 37.
 *
 * References: [PoP 9 Rounding], [PoP 19 Binary-Floating-Point Instructions].
 */
#include "float.h"

CODE(cfdbr_fpc, "cfdbr %r4,0,%f1");
CODE(cfdbr_away, "cfdbr %r4,1,%f1");
CODE(cfdbr_shorter, "cfdbra %r4,3,%f1,0");
CODE(cfdbr_even, "cfdbr %r4,4,%f1");
CODE(cfdbr_zero, "cfdbr %r4,5,%f1");
CODE(cfdbr_up, "cfdbr %r4,6,%f1");
CODE(cfdbr_down, "cfdbr %r4,7,%f1");
CODE(cfdbr_2, ".long 0xb3992041");
CODE(cfdbr_8, ".long 0xb3998041");
CODE(cfebr, "cfebr %r4,5,%f1");
CODE(cgdbr, "cgdbr %r4,5,%f1");
CODE(cgdbra, "cgdbra %r4,5,%f1,4");
CODE(cgxbr, "cgxbr %r4,4,%f1");
CODE(clfdbr, "clfdbr %r4,5,%f1,0");
CODE(clgdbr, "clgdbr %r4,5,%f1,0");
CODE(cefbr, "cefbr %f0,%r4");
CODE(cegbr, "cegbr %f0,%r4");
CODE(cdfbr, "cdfbr %f0,%r4");
CODE(cdgbr, "cdgbr %f0,%r4");
CODE(cdgbra, "cdgbra %f0,6,%r4,0");
CODE(cdgbra_quiet, "cdgbra %f0,6,%r4,4");
CODE(cdgbr_8, ".long 0xb3a58004");
CODE(cdlfbr, "cdlfbr %f0,0,%r4,0");
CODE(cdlgbr, "cdlgbr %f0,5,%r4,0");
CODE(cxlgbr, "cxlgbr %f0,0,%r4,0");
CODE(ldebr, "ldebr %f0,%f1");
CODE(lxdbr, "lxdbr %f0,%f1");
CODE(ledbr, "ledbr %f0,%f1");
CODE(ledbra, "ledbra %f0,6,%f1,0");
CODE(ledbra_quiet, "ledbra %f0,6,%f1,4");
CODE(ldxbr, "ldxbr %f0,%f1");
CODE(lexbr, "lexbr %f0,%f1");
CODE(lexbr_2, ".long 0xb3460021"); /* FPR 2 begins no pair */
CODE(fidbr, "fidbr %f0,5,%f1");
CODE(fidbra, "fidbra %f0,6,%f1,4");
CODE(fiebr, "fiebr %f0,1,%f1");
CODE(didbr_zero, "didbr %f0,%f4,%f1,5");
CODE(didbr_even, "didbr %f0,%f4,%f1,4");
CODE(didbr_same, ".long 0xb35b0501");
CODE(didbr_mode, ".long 0xb35b4201");

#define ONE 0x3ff0000000000000UL
#define TWO 0x4000000000000000UL
#define THREE 0x4008000000000000UL
#define TWO_HALF 0x4004000000000000UL /* 2.5 */
#define INF 0x7ff0000000000000UL
#define QNAN 0x7ff8000000000000UL
#define MINUS (1UL << 63)
#define LOW 0xdeadbeefUL
#define S(v) ((u64)(v) << 32 | LOW)
#define HIGH 0xdeadbeef00000000UL
#define W(v) (HIGH | (u32)(v)) /* the right half of a general register */

struct fixed_row {
    const char *name;
    code *insn;
    u64 from; /* FPR 1 or GR 4 */
    u32 fpc;
    u64 to; /* GR 4 or FPR 0 */
    u32 fpc_after;
    u8 cc, pgm, dxc;
};

static const struct fixed_row to_fixed[] = {
    {"cfdbr, FPC toward +inf", cfdbr_fpc, TWO_HALF, 2, W(3), 0x00080002, 2, 0, 0},
    {"cfdbr ties away", cfdbr_away, TWO_HALF, 0, W(3), 0x00080000, 2, 0, 0},
    {"cfdbr for shorter precision", cfdbr_shorter, TWO_HALF, 0, W(3), 0x00080000, 2, 0, 0},
    {"cfdbr ties to even", cfdbr_even, TWO_HALF, 1, W(2), 0x00080001, 2, 0, 0},
    {"cfdbr toward 0", cfdbr_zero, TWO_HALF | MINUS, 0, W(-2), 0x00080000, 1, 0, 0},
    {"cfdbr toward +inf", cfdbr_up, TWO_HALF | MINUS, 0, W(-2), 0x00080000, 1, 0, 0},
    {"cfdbr toward -inf", cfdbr_down, TWO_HALF | MINUS, 0, W(-3), 0x00080000, 1, 0, 0},
    {"cfdbr exact", cfdbr_zero, THREE, 0xf8000000, W(3), 0xf8000000, 2, 0, 0},
    {"cfdbr -0", cfdbr_zero, MINUS, 0, W(0), 0, 0, 0, 0},
    {"cfdbr 2^31", cfdbr_zero, 0x41e0000000000000, 0, W(0x7fffffff), 0x00880000, 3, 0, 0},
    {"cfdbr -2^31 - 0.5", cfdbr_zero, 0xc1e0000000100000, 0, W(0x80000000), 0x00080000, 1, 0, 0},
    {"cfdbr -2^31 - 0.5, down", cfdbr_down, 0xc1e0000000100000, 0, W(0x80000000), 0x00880000, 3, 0,
     0},
    {"cfebr", cfebr, 0xc2f7000012345678, 0, W(-123), 0x00080000, 1, 0, 0},
    {"cgdbr NaN", cgdbr, QNAN, 0, MINUS, 0x00880000, 3, 0, 0},
    {"cgdbr inf", cgdbr, INF, 0, ~MINUS, 0x00880000, 3, 0, 0},
    {"cgdbr big", cgdbr, 0x43dfffffffffffff, 0, 0x7ffffffffffffc00, 0, 2, 0, 0},
    {"cgdbra without inexact", cgdbra, TWO_HALF, 0x08000000, 2, 0x08000000, 2, 0, 0},
    {"cgdbra NaN without inexact", cgdbra, QNAN, 0x08000000, MINUS, 0x08800000, 3, 0, 0},
    {"trap: cgdbr NaN", cgdbr, QNAN, 0x80000000, HIGH, 0x80008000, 3, PGM_DATA, 0x80},
    {"trap: cgdbr inexact", cgdbr, TWO_HALF, 0x08000000, 2, 0x08000800, 2, PGM_DATA, 0x08},
    {"trap: cgdbr inf, inexact", cgdbr, INF, 0x08000000, ~MINUS, 0x08800800, 3, PGM_DATA, 0x08},
    {"cfdbr with M3 of 2", cfdbr_2, ONE, 0, HIGH, 0, 3, PGM_SPECIFICATION, 0},
    {"cfdbr with M3 of 8", cfdbr_8, ONE, 0, HIGH, 0, 3, PGM_SPECIFICATION, 0},
    {"clfdbr", clfdbr, 0x41efffffffe00000, 0, W(0xffffffff), 0, 2, 0, 0},
    {"clfdbr -0.5", clfdbr, 0xbfe0000000000000, 0, W(0), 0x00080000, 1, 0, 0},
    {"clfdbr -1", clfdbr, ONE | MINUS, 0, W(0), 0x00880000, 3, 0, 0},
    {"clfdbr 2^32", clfdbr, 0x41f0000000000000, 0, W(0xffffffff), 0x00880000, 3, 0, 0},
    {"clgdbr", clgdbr, 0x43efffffffffffff, 0, 0xfffffffffffff800, 0, 2, 0, 0},
};

static const struct fixed_row from_fixed[] = {
    {"cefbr", cefbr, 0xffffffff, 0, 0xbf80000000000000, 0, 3, 0, 0},
    {"cegbr", cegbr, ~MINUS, 0, 0x5f00000000000000, 0x00080000, 3, 0, 0},
    {"cdfbr", cdfbr, 0x80000000, 0xf8000000, 0xc1e0000000000000, 0xf8000000, 3, 0, 0},
    {"cdgbr", cdgbr, 0x20000000000001, 0, 0x4340000000000000, 0x00080000, 3, 0, 0},
    {"cdgbr, FPC toward -inf", cdgbr, 0 - 0x20000000000001, 3, 0xc340000000000001, 0x00080003, 3, 0,
     0},
    {"cdgbra toward +inf", cdgbra, 0x20000000000001, 0, 0x4340000000000001, 0x00080000, 3, 0, 0},
    {"cdgbra without inexact", cdgbra_quiet, 0x20000000000001, 0x08000000, 0x4340000000000001,
     0x08000000, 3, 0, 0},
    {"trap: cdgbra", cdgbra, 0x20000000000001, 0x08000000, 0x4340000000000001, 0x08000c00, 3,
     PGM_DATA, 0x0c},
    {"cdgbr with M3 of 8", cdgbr_8, 1, 0, FILL(0), 0, 3, PGM_SPECIFICATION, 0},
    {"cdlfbr", cdlfbr, 0xffffffffffffffff, 0, 0x41efffffffe00000, 0, 3, 0, 0},
    {"cdlgbr toward 0", cdlgbr, 0xffffffffffffffff, 0, 0x43efffffffffffff, 0x00080000, 3, 0, 0},
};

static void check_fixed(const struct fixed_row *r, unsigned n, bool to)
{
    for (; n; n--, r++) {
        struct state s = start(r->fpc);
        bool is_short = to || r->insn == cefbr || r->insn == cegbr;
        bool ok;

        s.f[1] = to ? r->from : s.f[1];
        s.gr4 = to ? HIGH : r->from;
        s.f[0] = is_short ? 0 : s.f[0];
        run(r->insn, &s);
        ok = outcome(r->name, &s, r->fpc_after, r->cc, r->pgm, r->dxc);
        ok &= same(r->name, to ? s.gr4 : s.f[0], r->to);
        check(r->name, ok);
    }
}

static const struct row formats[] = {
    {"ldebr", ldebr, 0, S(0x3f800000), 0, 0, ONE, 0, 3, 0},
    {"ldebr subnormal", ldebr, 0, S(1), 0, 0xf8000000, 0x36a0000000000000, 0xf8000000, 3, 0},
    {"ldebr SNaN", ldebr, 0, S(0x7f800001), 0, 0, 0x7ff8000020000000, 0x00800000, 3, 0},
    {"trap: ldebr SNaN", ldebr, 5, S(0x7f800001), 0, 0x80000000, 5, 0x80008000, 3, 0x80},
    {"ledbr", ledbr, LOW, ONE + 0x400000, 0, 0, S(0x3f800000), 0x00080000, 3, 0},
    {"ledbra toward +inf", ledbra, LOW, ONE + 0x400000, 0, 0, S(0x3f800001), 0x00080000, 3, 0},
    {"ledbra without inexact", ledbra_quiet, LOW, ONE + 1, 0, 0x08000000, S(0x3f800001), 0x08000000,
     3, 0},
    {"ledbr overflow", ledbr, LOW, 0x4c70000000000000, 0, 0, S(0x7f800000), 0x00280000, 3, 0},
    {"trap: ledbr overflow", ledbr, LOW, 0x4c70000000000000, 0, 0x20000000, 0x2c70000000000000,
     0x20002000, 3, 0x20},
    {"trap: ledbr underflow", ledbr, LOW, 0x3370000000000001, 0, 0x10000000, 0x5370000000000000,
     0x10001800, 3, 0x18},
    {"trap: ledbr inexact", ledbr, LOW, ONE + 1, 0, 0x08000000, S(0x3f800000), 0x08000800, 3, 0x08},
    {"ledbr NaN", ledbr, LOW, QNAN | 0xfffffff, 0, 0, S(0x7fc00000), 0, 3, 0},
    {"fidbr", fidbr, 0, TWO_HALF, 0, 0, TWO, 0x00080000, 3, 0},
    {"fidbra without inexact", fidbra, 0, TWO_HALF, 0, 0x08000000, THREE, 0x08000000, 3, 0},
    {"fidbr -0.5", fidbr, 0, 0xbfe0000000000000, 0, 0, MINUS, 0x00080000, 3, 0},
    {"trap: fidbr", fidbr, 0, TWO_HALF, 0, 0x08000000, TWO, 0x08000800, 3, 0x08},
    {"fiebr", fiebr, LOW, S(0x40200000), 0, 0, S(0x40400000), 0x00080000, 3, 0},
};

static void test_extended(void)
{
    struct state s = start(0);
    bool ok;

    s.gr4 = ~0UL;
    run(cxlgbr, &s);
    ok = outcome("cxlgbr", &s, 0, 3, 0, 0) & same("cxlgbr", s.f[0], 0x403effffffffffff);
    check("cxlgbr", ok & same("cxlgbr", s.f[2], 0xfffe000000000000));

    s = start(0);
    s.f[1] = 0x403d000000000000; /* 2^62 + 1.5 */
    s.f[3] = 0x0006000000000000;
    run(cgxbr, &s);
    ok = outcome("cgxbr", &s, 0x00080000, 2, 0, 0) & same("cgxbr", s.gr4, (1UL << 62) + 2);
    check("cgxbr", ok);

    s = start(0);
    s.f[1] = ONE + 1;
    run(lxdbr, &s);
    ok = outcome("lxdbr", &s, 0, 3, 0, 0) & same("lxdbr", s.f[0], 0x3fff000000000000);
    check("lxdbr", ok & same("lxdbr", s.f[2], 0x1000000000000000));

    s = start(0);
    s.f[1] = 0x3fff000000000000;
    s.f[3] = 1;
    run(ldxbr, &s);
    ok = outcome("ldxbr", &s, 0x00080000, 3, 0, 0) & same("ldxbr", s.f[0], ONE);
    check("ldxbr", ok & same("ldxbr", s.f[2], FILL(2)));

    s = start(0x20000000);
    s.f[1] = 0x43e7000000000000; /* 2^1000 */
    s.f[3] = 0;
    run(lexbr, &s);
    ok = outcome("trap: lexbr", &s, 0x20002000, 3, PGM_DATA, 0x20);
    ok &= same("trap: lexbr", s.f[0], 0x23e7000000000000) & same("trap: lexbr", s.f[2], 0);
    check("trap: lexbr overflow", ok);

    s = start(0);
    run(lexbr_2, &s);
    check("lexbr into FPR 2", outcome("lexbr", &s, 0, 3, PGM_SPECIFICATION, 0));
}

static void check_divide(const char *name, code *insn, const u64 v[2], const u64 result[2], u32 fpc,
                         u32 cc)
{
    struct state s = start(0);
    bool ok;

    s.f[0] = v[0];
    s.f[1] = v[1];
    run(insn, &s);
    ok = outcome(name, &s, fpc, cc, 0, 0) & same(name, s.f[0], result[0]);
    check(name, ok & same(name, s.f[4], result[1]));
}

static void test_divide(void)
{
    static const u64 seven[] = {0x401c000000000000, TWO};
    static const u64 large[] = {0x43b0000000000000, THREE};
    static const u64 nothing[] = {ONE, 0};
    static const u64 one_three[] = {ONE, THREE};
    static const u64 minus_four[] = {ONE | MINUS, 0x4010000000000000};
    static const u64 partial[] = {0x4050000000000000, 0x4395555555555555};
    static const u64 invalid[] = {QNAN, QNAN};
    struct state s = start(0);

    check_divide("didbr toward 0", didbr_zero, seven, one_three, 0, 0);
    check_divide("didbr to even", didbr_even, seven, minus_four, 0, 0);
    check_divide("didbr partial", didbr_zero, large, partial, 0, 2);
    check_divide("didbr by 0", didbr_zero, nothing, invalid, 0x00800000, 1);
    run(didbr_same, &s);
    check("didbr of one register", outcome("didbr", &s, 0, 3, PGM_SPECIFICATION, 0));
    s = start(0);
    run(didbr_mode, &s);
    check("didbr with M4 of 2", outcome("didbr", &s, 0, 3, PGM_SPECIFICATION, 0));
}

int main(void)
{
    check_fixed(to_fixed, ARRAY_SIZE(to_fixed), true);
    check_fixed(from_fixed, ARRAY_SIZE(from_fixed), false);
    check_rows(formats, ARRAY_SIZE(formats));
    test_extended();
    test_divide();
    return failures();
}
