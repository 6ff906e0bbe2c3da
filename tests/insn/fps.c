/* SPDX-License-Identifier: Apache-2.0
 *
 * Floating-point-support instructions: loads, stores, signs, the floating-point-control register,
 * conversions between binary and hexadecimal, and what is left without the AFP-register control.
 *
 * References: [PoP 9 Floating-Point Overview and Support Instructions], [PoP 6: Data-Exception
 * Code].
 */
#include "float.h"

CODE(ler, "ler %f0,%f1");
CODE(ldr, "ldr %f0,%f1");
CODE(lxr, "lxr %f0,%f1");
CODE(lxr_2, ".long 0xb3650002"); /* FPR 2 begins no pair */
CODE(le, "le %f0,0(%r5)");
CODE(ld, "ld %f0,0(%r5)");
CODE(ley, "ley %f0,-8(%r5)");
CODE(ldy, "ldy %f0,-8(%r5)");
CODE(ste, "ste %f0,8(%r5)");
CODE(std, "std %f0,8(%r5)");
CODE(stdy, "stdy %f0,-8(%r5)");
CODE(lzer, "lzer %f0");
CODE(lzdr, "lzdr %f0");
CODE(lzxr, "lzxr %f0");
CODE(lgdr, "lgdr %r4,%f0");
CODE(ldgr, "ldgr %f0,%r4");
CODE(cpsdr, "cpsdr %f0,%f4,%f1");
CODE(lpdfr, "lpdfr %f0,%f1");
CODE(lndfr, "lndfr %f0,%f1");
CODE(lcdfr, "lcdfr %f0,%f1");
CODE(efpc, "efpc %r4");
CODE(sfpc, "sfpc %r4");
CODE(lfpc, "lfpc 4(%r5)");
CODE(stfpc, "stfpc 4(%r5)");
CODE(sfasr, "sfasr %r4");
CODE(lfas, "lfas 4(%r5)");
CODE(srnm, "srnm 7(%r4)");
CODE(srnmb, "srnmb 0(%r4)");
CODE(thder, "thder %f0,%f1");
CODE(thdr, "thdr %f0,%f1");
CODE(tbedr, "tbedr %f0,0,%f1");
CODE(tbedr_even, "tbedr %f0,4,%f1");
CODE(tbdr, "tbdr %f0,0,%f1");
CODE(tbdr_up, "tbdr %f0,6,%f1");
CODE(tbdr_2, ".long 0xb3512001");
CODE(adbr, "adbr %f0,%f2");
CODE(ldr_odd, "ldr %f1,%f0");
CODE(ldr_8, "ldr %f0,%f8");
CODE(ldr_even, "ldr %f6,%f4");

#define MINUS (1UL << 63)
#define LOW 0xdeadbeefUL
#define S(v) ((u64)(v) << 32 | LOW)

static u64 area[3];

/* A few bytes of storage around GR 5, FPR 0 and GR 4. */
static struct state run_moving(code *insn)
{
    struct state s = start(0);

    area[0] = 0x0101010102020202;
    area[1] = 0x0303030304040404;
    area[2] = 0x0505050506060606;
    s.gr5 = (u64)&area[1];
    run(insn, &s);
    return s;
}

static void check_moving(const char *name, code *insn, u64 fpr0)
{
    struct state s = run_moving(insn);
    bool ok = outcome(name, &s, 0, 3, 0, 0) & same(name, s.f[0], fpr0);

    check(name, ok & same(name, s.f[1], FILL(1)));
}

static void test_moves(void)
{
    struct state s;

    check_moving("ler", ler, FILL(0));
    check_moving("ldr", ldr, FILL(1));
    check_moving("le", le, (FILL(0) & 0xffffffff) | 0x0303030300000000);
    check_moving("ld", ld, 0x0303030304040404);
    check_moving("ley", ley, (FILL(0) & 0xffffffff) | 0x0101010100000000);
    check_moving("ldy", ldy, 0x0101010102020202);
    check_moving("lzer", lzer, FILL(0) & 0xffffffff);
    check_moving("lzdr", lzdr, 0);
    check_moving("ldgr", ldgr, FILL(20));
    s = run_moving(ste);
    check_eq("ste", area[2], (FILL(0) & 0xffffffff00000000) | 0x06060606);
    s = run_moving(std);
    check_eq("std", area[2], FILL(0));
    s = run_moving(stdy);
    check_eq("stdy", area[0], FILL(0));
    s = run_moving(lgdr);
    check_eq("lgdr", s.gr4, FILL(0));
    s = run_moving(lxr);
    check("lxr", s.f[0] == FILL(1) && s.f[2] == FILL(3));
    s = run_moving(lzxr);
    check("lzxr", s.f[0] == 0 && s.f[2] == 0);
    s = run_moving(lxr_2);
    check("lxr of FPR 2", outcome("lxr", &s, 0, 3, PGM_SPECIFICATION, 0));
}

static const struct row signs[] = {
    {"cpsdr", cpsdr, 5, 0x7ff0000000000001, MINUS, 0xf8000000, 0xfff0000000000001, 0xf8000000, 3,
     0},
    {"lpdfr", lpdfr, 5, MINUS | 1, 0, 0, 1, 0, 3, 0},
    {"lndfr", lndfr, 5, 0, 0, 0, MINUS, 0, 3, 0},
    {"lcdfr", lcdfr, 5, MINUS, 0, 0, 0, 0, 3, 0},
};

/* ---- floating-point-control register ---- */

struct fpc_row {
    const char *name;
    code *insn;
    u32 before, value, after;
    u8 pgm, dxc;
};

static const struct fpc_row fpc_rows[] = {
    {"sfpc", sfpc, 0, 0xf8f8ff03, 0xf8f8ff03, 0, 0},
    {"sfpc, quantum and the third mode bit", sfpc, 0, 0x04040007, 0x04040007, 0, 0},
    {"sfpc, mode 4", sfpc, 1, 4, 1, PGM_SPECIFICATION, 0},
    {"sfpc, bit 6", sfpc, 1, 0x02000000, 1, PGM_SPECIFICATION, 0},
    {"sfpc, bit 28", sfpc, 1, 8, 1, PGM_SPECIFICATION, 0},
    {"lfpc", lfpc, 0, 0x80000002, 0x80000002, 0, 0},
    {"lfpc, bit 15", lfpc, 3, 0x00010000, 3, PGM_SPECIFICATION, 0},
    {"srnm ignores further bits", srnm, 0xf8f80007, 0, 0xf8f80003, 0, 0},
    {"srnmb", srnmb, 0x00080000, 0xfffff107, 0x00080007, 0, 0},
    {"srnmb 5", srnmb, 0, 5, 0, PGM_SPECIFICATION, 0},
    {"srnmb 8", srnmb, 0, 8, 0, PGM_SPECIFICATION, 0},
    {"sfasr", sfasr, 0x00280000, 0x10100002, 0x10380002, 0, 0},
    {"sfasr: invalid", sfasr, 0x00f80000, 0xf8000000, 0xf8f88300, PGM_DATA, 0x83},
    {"sfasr: division by zero", sfasr, 0x00780000, 0x78000000, 0x78784300, PGM_DATA, 0x43},
    {"sfasr: overflow", sfasr, 0x00280000, 0x20000000, 0x20282300, PGM_DATA, 0x23},
    {"sfasr: overflow, inexact", sfasr, 0x00380000, 0x38000000, 0x38382b00, PGM_DATA, 0x2b},
    {"sfasr: underflow", sfasr, 0x00100000, 0x18000000, 0x18101300, PGM_DATA, 0x13},
    {"sfasr: underflow, inexact", sfasr, 0x00180000, 0x18000000, 0x18181b00, PGM_DATA, 0x1b},
    {"sfasr: inexact", sfasr, 0x00080000, 0x08000000, 0x08080b00, PGM_DATA, 0x0b},
    {"sfasr: new flags are not signaled", sfasr, 0, 0xf8f80000, 0xf8f80000, 0, 0},
    {"sfasr, mode 6", sfasr, 0x00080000, 0x08000006, 0x00080000, PGM_SPECIFICATION, 0},
    {"lfas", lfas, 0x00800000, 0x08080001, 0x08880001, 0, 0},
    {"lfas: invalid", lfas, 0x00880000, 0x80000001, 0x80888301, PGM_DATA, 0x83},
};

static void test_fpc(void)
{
    struct state s;

    for (const struct fpc_row *r = fpc_rows; r < fpc_rows + ARRAY_SIZE(fpc_rows); r++) {
        s = start(r->before);
        s.gr4 = 0x1234567800000000 | r->value;
        s.gr5 = (u64)&r->value - 4;
        run(r->insn, &s);
        check(r->name, outcome(r->name, &s, r->after, 3, r->pgm, r->dxc));
    }
    s = start(0xf8f8ff02);
    run(efpc, &s);
    check_eq("efpc", s.gr4, (FILL(20) & 0xffffffff00000000) | 0xf8f8ff02);
    s = start(0xf8f8ff02);
    s.gr5 = (u64)area;
    run(stfpc, &s);
    check_eq("stfpc", (u32)area[0], 0xf8f8ff02);
}

/* ---- binary and hexadecimal ---- */

static const struct row hexadecimal[] = {
    {"thder 1.5", thder, 5, S(0x3fc00000), 0, 0xf8000000, 0x4118000000000000, 0xf8000000, 2, 0},
    {"thder -8.5", thder, 5, S(0xc1080000), 0, 0, 0xc188000000000000, 0, 1, 0},
    {"thder subnormal", thder, 5, S(1), 0, 0, 0x1b80000000000000, 0, 2, 0},
    {"thder largest", thder, 5, S(0x7f7fffff), 0, 0, 0x60ffffff00000000, 0, 2, 0},
    {"thder -0", thder, 5, S(0x80000000), 0, 0, MINUS, 0, 0, 0},
    {"thder -inf", thder, 5, S(0xff800000), 0, 0, ~0UL, 0, 3, 0},
    {"thder NaN", thder, 5, S(0xffc00000), 0, 0, ~MINUS, 0, 3, 0},
    {"thdr 2.5", thdr, 5, 0x4004000000000000, 0, 0, 0x4128000000000000, 0, 2, 0},
    {"thdr largest", thdr, 5, 0x4fafffffffffffff, 0, 0, 0x7ffffffffffffff8, 0, 2, 0},
    {"thdr too large", thdr, 5, 0xcfb0000000000000, 0, 0, ~0UL, 0, 3, 0},
    {"thdr smallest", thdr, 5, 0x2fb0000000000001, 0, 0, 0x0010000000000001, 0, 2, 0},
    {"thdr too small", thdr, 5, 0xafafffffffffffff, 0, 0, MINUS, 0, 1, 0},
    {"thdr SNaN", thdr, 5, 0xfff0000400000000, 0, 0xf8000000, ~MINUS, 0xf8000000, 3, 0},
    {"tbedr 1.5", tbedr, LOW, 0x4118000000000000, 0, 0, S(0x3fc00000), 0, 2, 0},
    {"tbedr not normalized", tbedr, LOW, 0x480000000b000002, 0, 2, S(0x41300000), 2, 2, 0},
    {"tbedr too large", tbedr, LOW, 0x7effffff00000000, 0, 0xf8000000, S(0x7f7fffff), 0xf8000000, 3,
     0},
    {"tbedr too large, to nearest", tbedr_even, LOW, 0xfeffffff00000000, 0, 0, S(0xff800000), 0, 3,
     0},
    {"tbedr subnormal", tbedr, LOW, 0x213fffffe0000000, 0, 0, S(0x007fffff), 0, 2, 0},
    {"tbedr too small", tbedr, LOW, 0x8010000000000000, 0, 0, S(0x80000000), 0, 1, 0},
    {"tbedr -0 with a characteristic", tbedr, LOW, 0xc100000000000000, 0, 0, S(0x80000000), 0, 0,
     0},
    {"tbdr", tbdr, 5, 0x412db6db6db6db6d, 0, 2, 0x4006db6db6db6db6, 2, 2, 0},
    {"tbdr toward +inf", tbdr_up, 5, 0x412db6db6db6db6d, 0, 0, 0x4006db6db6db6db7, 0, 2, 0},
};

/* ---- without the AFP-register control ---- */

static void check_off(const char *name, code *insn, u32 pgm, u32 dxc)
{
    struct state s = start(0x00880000);

    s.cr0 = CR0_AFP_OFF;
    s.gr5 = (u64)area;
    run(insn, &s);
    check(name, outcome(name, &s, 0x00880000, 3, pgm, dxc)); /* no DXC in the FPC */
}

int main(void)
{
    struct state s = start(0);

    test_moves();
    check_rows(signs, ARRAY_SIZE(signs));
    test_fpc();
    check_rows(hexadecimal, ARRAY_SIZE(hexadecimal));
    run(tbdr_2, &s);
    check("tbdr with M3 of 2", outcome("tbdr", &s, 0, 3, PGM_SPECIFICATION, 0));
    check_off("AFP off: ldr of FPR 4 and 6", ldr_even, 0, 0);
    check_off("AFP off: ldr into FPR 1", ldr_odd, PGM_DATA, 1);
    check_off("AFP off: ldr of FPR 8", ldr_8, PGM_DATA, 1);
    check_off("AFP off: ld into FPR 0", ld, 0, 0);
    check_off("AFP off: thdr of FPR 1", thdr, PGM_DATA, 1);
    check_off("AFP off: adbr", adbr, PGM_DATA, 2);
    check_off("AFP off: efpc", efpc, PGM_DATA, 2);
    check_off("AFP off: srnm", srnm, PGM_DATA, 2);
    check_off("AFP off: lfas", lfas, PGM_DATA, 3);
    return failures();
}
