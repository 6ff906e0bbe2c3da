/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point against an oracle: every operation on finite operands, all rounding modes,
 * with and without traps, on boundary values and on random ones.  The oracle computes the precise
 * value with MPFR to 192 bits and a sticky one, rounds it as [PoP 9] says in terms of MPFR's
 * integer functions, and is itself compared with mpfr_subnormalize() where MPFR has the rounding
 * mode.  DIVIDE TO INTEGER is checked with GMP integers.
 *
 * What needs no arithmetic (NaNs, infinities, classes) is in bfp_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <mpfr.h>

#include "cpu/bfp_core.h"

#define PREC 192
#define RANDOM_CASES 200000

enum op { ADD, SUB, MUL, DIV, SQRT, FMA, FMS, CVT };

/* What an operation is to deliver. */
struct outcome {
    u128 r;
    u8 flags, dxc, cc;
    bool wide;
};

static const u8 modes[] = {BFP_RNE, BFP_RZ, BFP_RP, BFP_RM, BFP_RNA, BFP_RFS};
static const u8 trap_sets[] = {0, 0, 0, 0x08, 0x10, 0x20, 0x30, 0xf8};

static u64 seed = 0x9e3779b97f4a7c15;

static u64 rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed * 0x2545f4914f6cdd1d;
}

static u128 ones(s32 n)
{
    return n ? ~(u128)0 >> (128 - n) : 0;
}

static u128 compose(const struct bfp_fmt *f, bool sign, s32 biased, u128 frac)
{
    return (u128)sign << (f->width - 1) | (u128)(u32)biased << (f->p - 1) | (frac & ones(f->p - 1));
}

static bool is_finite(const struct bfp_fmt *f, u128 x)
{
    return ((s32)(x >> (f->p - 1)) & (2 * f->emax + 1)) != 2 * f->emax + 1;
}

/* A finite operand; exponents near those of `near`, near the limits, or anywhere. */
static u128 random_operand(const struct bfp_fmt *f, u128 near)
{
    s32 top = 2 * f->emax + 1;
    s32 biased = (s32)(near >> (f->p - 1)) & top;
    u128 frac = (u128)rnd() << 64 | rnd();
    u64 how = rnd();

    switch (how & 3) {
    case 0:
        biased = (s32)(rnd() % (u32)top);
        break;
    case 1:
        biased += (s32)(how >> 8 & 7) - 4;
        break;
    case 2:
        biased += (s32)((how >> 8) % (u32)(2 * f->p + 4)) - f->p - 2;
        break;
    default:
        biased = how >> 8 & 1 ? (s32)(how >> 9 & 3) : top - 1 - (s32)(how >> 9 & 3);
        break;
    }
    if (biased < 0 || biased >= top)
        biased = f->emax;
    if (how >> 16 & 1)
        frac &= ~ones((s32)(how >> 17 & 127)); /* few bits: exact results, ties */
    else if (how >> 24 & 1)
        frac |= ones((s32)(how >> 25 & 127));
    return compose(f, how >> 40 & 1, biased, frac);
}

static size_t boundary_operands(const struct bfp_fmt *f, u128 *v)
{
    s32 e[] = {0,
               1,
               2,
               f->emax - f->p,
               f->emax - 1,
               f->emax,
               f->emax + 1,
               f->emax + f->p,
               2 * f->emax - 1,
               2 * f->emax};
    u128 frac[] = {0, 1, ones(f->p - 1), (u128)1 << (f->p - 2), ones(f->p - 2)};
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_SIZE(e); i++)
        for (size_t j = 0; j < ARRAY_SIZE(frac); j++)
            for (int sign = 0; sign < 2; sign++)
                v[n++] = compose(f, sign, e[i], frac[j]);
    return n;
}

static void to_mpfr(const struct bfp_fmt *f, u128 x, mpfr_t v)
{
    s32 biased = (s32)(x >> (f->p - 1)) & (2 * f->emax + 1);
    u128 frac = x & ones(f->p - 1);

    if (biased)
        frac |= (u128)1 << (f->p - 1);
    mpfr_set_ui(v, (u64)(frac >> 64), MPFR_RNDN);
    mpfr_mul_2ui(v, v, 64, MPFR_RNDN);
    mpfr_add_ui(v, v, (u64)frac, MPFR_RNDN);
    mpfr_mul_2si(v, v, (biased ? biased : 1) - f->emax - (f->p - 1), MPFR_RNDN);
    mpfr_setsign(v, v, x >> (f->width - 1) & 1, MPFR_RNDN);
}

static u128 magnitude_of(mpfr_t n)
{
    mpz_t z;
    u128 r;

    mpz_init(z);
    mpfr_get_z(z, n, MPFR_RNDZ);
    mpz_abs(z, z);
    r = mpz_get_ui(z);
    mpz_tdiv_q_2exp(z, z, 64);
    r |= (u128)mpz_get_ui(z) << 64;
    mpz_clear(z);
    return r;
}

/* v / 2^unit to an integer. */
static struct bfp_rounded ref_round(mpfr_t v, s32 unit, u8 rm)
{
    struct bfp_rounded r = {0};
    mpfr_t m, n;

    mpfr_init2(m, mpfr_get_prec(v));
    mpfr_init2(n, mpfr_get_prec(v));
    mpfr_mul_2si(m, v, -unit, MPFR_RNDN);
    if (rm == BFP_RNE)
        mpfr_roundeven(n, m);
    else if (rm == BFP_RNA)
        mpfr_round(n, m);
    else if (rm == BFP_RP)
        mpfr_ceil(n, m);
    else if (rm == BFP_RM)
        mpfr_floor(n, m);
    else
        mpfr_trunc(n, m);
    r.n = magnitude_of(n);
    r.inexact = mpfr_cmp(n, m) != 0;
    r.up = mpfr_cmpabs(n, m) > 0;
    if (rm == BFP_RFS && r.inexact && !(r.n & 1)) {
        r.n++;
        r.up = true;
    }
    mpfr_clear(m);
    mpfr_clear(n);
    return r;
}

static void ref_inexact(struct outcome *o, u8 traps, bool inexact, bool up)
{
    if (inexact && traps & BFP_XX)
        o->dxc = up ? 0x0c : 0x08;
    else if (inexact)
        o->flags |= BFP_XX;
}

/* n * 2^unit, n of p bits or (subnormal) fewer. */
static u128 ref_pack(const struct bfp_fmt *f, bool sign, u128 n, s32 unit)
{
    if (n >> f->p) {
        n >>= 1;
        unit++;
    }
    return n >> (f->p - 1) ? compose(f, sign, unit + f->p - 1 + f->emax, n)
                           : compose(f, sign, 0, n);
}

/* v, not zero, to format f; src: where LOAD ROUNDED leaves trapped results, else f. */
static struct outcome ref_finish(mpfr_t v, const struct bfp_fmt *f, const struct bfp_fmt *src,
                                 u8 rm, u8 traps)
{
    s32 exp = (s32)mpfr_get_exp(v) - 1;
    bool sign = mpfr_signbit(v);
    bool tiny = exp < 1 - f->emax;
    s32 scale = src == f ? f->scale : src->scale_rounded;
    struct bfp_rounded g = ref_round(v, exp - f->p + 1, rm);
    bool over = exp + (int)(g.n >> f->p) > f->emax;
    struct outcome o = {0};
    u8 detail = !g.inexact ? 0 : g.up ? 0x0c : 0x08;

    if ((tiny && traps & BFP_XU) || (over && traps & BFP_XO)) {
        o.dxc = (tiny ? BFP_XU : BFP_XO) | detail;
        o.wide = src != f;
        o.r =
            ref_pack(src, sign, g.n << (src->p - f->p), exp - src->p + 1 + (tiny ? scale : -scale));
    } else if (tiny) {
        struct bfp_rounded r = ref_round(v, 1 - f->emax - f->p + 1, rm);

        o.flags = r.inexact ? BFP_XU : 0;
        ref_inexact(&o, traps, r.inexact, r.up);
        o.r = ref_pack(f, sign, r.n, 1 - f->emax - f->p + 1);
    } else if (over) {
        bool inf =
            rm == BFP_RNE || rm == BFP_RNA || (rm == BFP_RP && !sign) || (rm == BFP_RM && sign);

        o.flags = BFP_XO;
        ref_inexact(&o, traps, true, inf);
        o.r = compose(f, sign, 2 * f->emax + inf, inf ? 0 : ~(u128)0);
    } else {
        ref_inexact(&o, traps, g.inexact, g.up);
        o.r = ref_pack(f, sign, g.n, exp - f->p + 1);
    }
    return o;
}

/* The operation in MPFR, returning the ternary value. */
static int mpfr_op(enum op op, mpfr_t v, mpfr_t *x, mpfr_rnd_t rnd_mode)
{
    switch (op) {
    case ADD:
        return mpfr_add(v, x[0], x[1], rnd_mode);
    case SUB:
        return mpfr_sub(v, x[0], x[1], rnd_mode);
    case MUL:
        return mpfr_mul(v, x[0], x[1], rnd_mode);
    case DIV:
        return mpfr_div(v, x[0], x[1], rnd_mode);
    case SQRT:
        return mpfr_sqrt(v, x[0], rnd_mode);
    case FMA:
        return mpfr_fma(v, x[0], x[1], x[2], rnd_mode);
    case FMS:
        return mpfr_fms(v, x[0], x[1], x[2], rnd_mode);
    case CVT:
        return mpfr_set(v, x[0], rnd_mode);
    }
    abort();
}

/* The sign of an exact zero. */
static bool ref_zero_sign(enum op op, const struct bfp_fmt *f, const u128 *x, u8 rm)
{
    bool s[3];

    for (int i = 0; i < 3; i++)
        s[i] = x[i] >> (f->width - 1) & 1;
    if (op == SQRT || op == CVT)
        return s[0];
    if (op == MUL || op == DIV)
        return s[0] != s[1];
    if (op == FMA || op == FMS) {
        s[0] = s[0] != s[1];
        s[1] = s[2];
    }
    if (op == SUB || op == FMS)
        s[1] = !s[1];
    return s[0] == s[1] ? s[0] : rm == BFP_RM;
}

/* The result as MPFR itself makes it, in its four modes and without traps. */
static void check_oracle(enum op op, const struct bfp_fmt *f, mpfr_t *x, u8 rm,
                         const struct outcome *o)
{
    static const mpfr_rnd_t mode[] = {MPFR_RNDN, MPFR_RNDZ, MPFR_RNDU, MPFR_RNDD};
    mpfr_t v, r;
    int t;

    if (rm > BFP_RM || !is_finite(f, o->r))
        return;
    mpfr_init2(v, f->p);
    mpfr_init2(r, f->p);
    mpfr_set_emin(1 - f->emax - f->p + 2);
    mpfr_set_emax(f->emax + 1);
    t = mpfr_op(op, v, x, mode[rm]);
    t = mpfr_check_range(v, t, mode[rm]);
    mpfr_subnormalize(v, t, mode[rm]);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    to_mpfr(f, o->r, r);
    assert_true(mpfr_equal_p(v, r));
    mpfr_clear(v);
    mpfr_clear(r);
}

static struct outcome ref_op(enum op op, const struct bfp_fmt *in, const struct bfp_fmt *out,
                             const u128 *x, u8 rm, u8 traps)
{
    struct outcome o = {0};
    mpfr_t m[3], v;

    mpfr_init2(v, PREC);
    for (int i = 0; i < 3; i++) {
        mpfr_init2(m[i], 128);
        to_mpfr(in, x[i], m[i]);
    }
    if (mpfr_op(op, v, m, MPFR_RNDZ)) {
        mpfr_prec_round(v, PREC + 2, MPFR_RNDN);
        mpfr_signbit(v) ? mpfr_nextbelow(v) : mpfr_nextabove(v);
    }
    if (mpfr_zero_p(v)) {
        o.r = compose(out, ref_zero_sign(op, in, x, rm), 0, 0);
    } else {
        o = ref_finish(v, out, op == CVT && in->p > out->p ? in : out, rm, traps);
        if (!traps && !(seed & 15))
            check_oracle(op, out, m, rm, &o);
    }
    for (int i = 0; i < 3; i++)
        mpfr_clear(m[i]);
    mpfr_clear(v);
    return o;
}

static u128 run_short(enum op op, const struct bfp_fmt *out, struct bfp *b, u32 x, u32 y, u32 z)
{
    switch (op) {
    case ADD:
        return bfp32_add(b, x, y);
    case SUB:
        return bfp32_sub(b, x, y);
    case MUL:
        return out == &bfp_short ? bfp32_mul(b, x, y) : bfp32_mul_long(b, x, y);
    case DIV:
        return bfp32_div(b, x, y);
    case SQRT:
        return bfp32_sqrt(b, x);
    case FMA:
        return bfp32_fma(b, x, y, z);
    case FMS:
        return bfp32_fms(b, x, y, z);
    case CVT:
        return out == &bfp_long ? bfp32_to_64(b, x) : bfp_u128(bfp32_to_128(b, x));
    }
    abort();
}

static u128 run_long(enum op op, const struct bfp_fmt *out, struct bfp *b, u64 x, u64 y, u64 z)
{
    u64 r, wide;

    switch (op) {
    case ADD:
        return bfp64_add(b, x, y);
    case SUB:
        return bfp64_sub(b, x, y);
    case MUL:
        return out == &bfp_long ? bfp64_mul(b, x, y) : bfp_u128(bfp64_mul_extended(b, x, y));
    case DIV:
        return bfp64_div(b, x, y);
    case SQRT:
        return bfp64_sqrt(b, x);
    case FMA:
        return bfp64_fma(b, x, y, z);
    case FMS:
        return bfp64_fms(b, x, y, z);
    case CVT:
        if (out == &bfp_extended)
            return bfp_u128(bfp64_to_128(b, x));
        r = bfp64_to_32(b, x, &wide);
        return b->wide ? wide : r;
    }
    abort();
}

static u128 run_extended(enum op op, const struct bfp_fmt *out, struct bfp *b, struct f128 x,
                         struct f128 y, struct f128 z)
{
    struct f128 wide;
    u64 r;

    switch (op) {
    case ADD:
        return bfp_u128(bfp128_add(b, x, y));
    case SUB:
        return bfp_u128(bfp128_sub(b, x, y));
    case MUL:
        return bfp_u128(bfp128_mul(b, x, y));
    case DIV:
        return bfp_u128(bfp128_div(b, x, y));
    case SQRT:
        return bfp_u128(bfp128_sqrt(b, x));
    case FMA:
        return bfp_u128(bfp128_fma(b, x, y, z));
    case FMS:
        return bfp_u128(bfp128_fms(b, x, y, z));
    case CVT:
        r = out == &bfp_short ? bfp128_to_32(b, x, &wide) : bfp128_to_64(b, x, &wide);
        return b->wide ? bfp_u128(wide) : r;
    }
    abort();
}

static void show(const char *what, u128 v)
{
    print_error("%s %016llx%016llx\n", what, (unsigned long long)(v >> 64), (unsigned long long)v);
}

static void expect(const struct outcome *o, u128 r, const struct bfp *b, const u128 *x, int op)
{
    if (o->r == r && o->flags == b->flags && o->dxc == b->dxc && o->wide == b->wide &&
        o->cc == b->cc && !b->suppress)
        return;
    print_error("operation %d, rm %d, traps %02x, soft %d\n", op, b->rm, b->traps, b->soft);
    for (int i = 0; i < 3; i++)
        show("operand ", x[i]);
    show("expected", o->r);
    show("got     ", r);
    print_error("flags %02x %02x, dxc %02x %02x, wide %d %d, cc %d %d\n", o->flags, b->flags,
                o->dxc, b->dxc, o->wide, b->wide, o->cc, b->cc);
    fail();
}

static void check(enum op op, const struct bfp_fmt *in, const struct bfp_fmt *out, const u128 *x,
                  u8 rm, u8 traps)
{
    struct outcome o = ref_op(op, in, out, x, rm, traps);

    for (int soft = 0; soft < 2; soft++) {
        struct bfp b = {.rm = rm, .traps = traps, .soft = soft};
        u128 r;

        if (in == &bfp_short)
            r = run_short(op, out, &b, (u32)x[0], (u32)x[1], (u32)x[2]);
        else if (in == &bfp_long)
            r = run_long(op, out, &b, (u64)x[0], (u64)x[1], (u64)x[2]);
        else
            r = run_extended(op, out, &b, bfp_f128(x[0]), bfp_f128(x[1]), bfp_f128(x[2]));
        expect(&o, r, &b, x, op);
    }
}

static bool is_defined(enum op op, const struct bfp_fmt *in, const u128 *x)
{
    if (op == SQRT)
        return !(x[0] >> (in->width - 1));
    return op != DIV || x[1] & ones(in->width - 1);
}

static void sweep(enum op op, const struct bfp_fmt *in, const struct bfp_fmt *out)
{
    u128 v[128], x[3];
    size_t n = boundary_operands(in, v);

    for (size_t i = 0; i < n * n; i++) {
        x[0] = v[i / n];
        x[1] = v[i % n];
        x[2] = v[rnd() % n];
        if (!is_defined(op, in, x))
            continue;
        for (size_t m = 0; m < ARRAY_SIZE(modes); m++)
            check(op, in, out, x, modes[m], trap_sets[rnd() % ARRAY_SIZE(trap_sets)]);
    }
    for (int i = 0; i < RANDOM_CASES; i++) {
        x[0] = random_operand(in, compose(in, false, out->emax, 0));
        x[1] = random_operand(in, x[0]);
        x[2] = random_operand(in, rnd() & 1 ? x[0] : x[1]);
        if (is_defined(op, in, x))
            check(op, in, out, x, i & 1 ? BFP_RNE : modes[rnd() % ARRAY_SIZE(modes)],
                  trap_sets[rnd() % ARRAY_SIZE(trap_sets)]);
    }
}

static void test_short(void **state)
{
    (void)state;
    for (int op = ADD; op <= FMS; op++)
        sweep(op, &bfp_short, &bfp_short);
}

static void test_long(void **state)
{
    (void)state;
    for (int op = ADD; op <= FMS; op++)
        sweep(op, &bfp_long, &bfp_long);
}

static void test_extended(void **state)
{
    (void)state;
    for (int op = ADD; op <= FMS; op++)
        sweep(op, &bfp_extended, &bfp_extended);
}

static void test_mixed_formats(void **state)
{
    (void)state;
    sweep(MUL, &bfp_short, &bfp_long);
    sweep(MUL, &bfp_long, &bfp_extended);
    sweep(CVT, &bfp_short, &bfp_long);
    sweep(CVT, &bfp_short, &bfp_extended);
    sweep(CVT, &bfp_long, &bfp_extended);
    sweep(CVT, &bfp_long, &bfp_short);
    sweep(CVT, &bfp_extended, &bfp_short);
    sweep(CVT, &bfp_extended, &bfp_long);
}

/* LOAD FP INTEGER and CONVERT TO FIXED. */

static void check_rint(const struct bfp_fmt *f, const u128 *x, u8 rm, u8 traps)
{
    struct bfp b = {.rm = rm, .traps = traps};
    struct outcome o = {.r = x[0]};
    struct bfp_rounded n;
    mpfr_t v;
    u128 r;

    mpfr_init2(v, 128);
    to_mpfr(f, x[0], v);
    n = ref_round(v, 0, rm);
    ref_inexact(&o, traps, n.inexact, n.up);
    if (n.inexact) {
        s32 lz = n.n ? (s32)bfp_clz128(n.n) : 0;

        o.r = n.n ? ref_pack(f, x[0] >> (f->width - 1) & 1, n.n << lz >> (128 - f->p),
                             128 - f->p - lz)
                  : x[0] & (u128)1 << (f->width - 1);
    }
    if (f == &bfp_short)
        r = bfp32_rint(&b, (u32)x[0]);
    else if (f == &bfp_long)
        r = bfp64_rint(&b, (u64)x[0]);
    else
        r = bfp_u128(bfp128_rint(&b, bfp_f128(x[0])));
    expect(&o, r, &b, x, 100);
    mpfr_clear(v);
}

static const struct {
    bool is_signed;
    int bits;
} targets[] = {[BFP_S32] = {true, 32},
               [BFP_S64] = {true, 64},
               [BFP_U32] = {false, 32},
               [BFP_U64] = {false, 64}};

static void check_to_fixed(const struct bfp_fmt *f, const u128 *x, int t, u8 rm, u8 traps)
{
    struct bfp b = {.rm = rm, .traps = traps, .soft = rnd() & 1};
    struct outcome o = {0};
    bool sign = x[0] >> (f->width - 1) & 1;
    u128 largest = ((u128)1 << (targets[t].bits - targets[t].is_signed)) - !sign;
    struct bfp_rounded n = {0};
    mpfr_t v;
    u64 r;

    mpfr_init2(v, 128);
    to_mpfr(f, x[0], v);
    if (sign && !targets[t].is_signed)
        largest = 0;
    if (!mpfr_zero_p(v) && mpfr_get_exp(v) < 100)
        n = ref_round(v, 0, rm);
    o.cc = mpfr_zero_p(v) ? 0 : sign ? 1 : 2;
    o.r = n.n;
    if ((!mpfr_zero_p(v) && mpfr_get_exp(v) >= 100) || n.n > largest) {
        o.r = largest;
        o.cc = 3;
        o.flags = BFP_XI;
        n = (struct bfp_rounded){.inexact = true};
    }
    ref_inexact(&o, traps, n.inexact, n.up);
    o.r = (sign ? 0 - o.r : o.r) & ones(targets[t].bits);
    if (f == &bfp_short)
        r = bfp32_to_fixed(&b, (u32)x[0], (enum bfp_int)t);
    else if (f == &bfp_long)
        r = bfp64_to_fixed(&b, (u64)x[0], (enum bfp_int)t);
    else
        r = bfp128_to_fixed(&b, bfp_f128(x[0]), (enum bfp_int)t);
    expect(&o, r, &b, x, 200 + t);
    mpfr_clear(v);
}

static void check_integers(const struct bfp_fmt *f, u128 operand)
{
    u128 x[3] = {operand};
    u8 rm = modes[rnd() % ARRAY_SIZE(modes)];
    u8 traps = rnd() & 1 ? BFP_XX : 0;

    check_rint(f, x, rm, traps | (rnd() & 0x30));
    for (int t = BFP_S32; t <= BFP_U64; t++)
        check_to_fixed(f, x, t, rm, traps);
}

static void test_to_integer(void **state)
{
    static const struct bfp_fmt *const f[] = {&bfp_short, &bfp_long, &bfp_extended};

    (void)state;
    for (size_t k = 0; k < ARRAY_SIZE(f); k++) {
        u128 v[128];
        size_t n = boundary_operands(f[k], v);

        for (size_t i = 0; i < 10 * n; i++)
            check_integers(f[k], v[i % n]);
        for (int i = 0; i < RANDOM_CASES; i++)
            check_integers(f[k], compose(f[k], rnd() & 1, f[k]->emax - 3 + (s32)(rnd() % 70),
                                         (u128)rnd() << 64 | (rnd() << (rnd() & 63))));
        for (int i = 0; i < RANDOM_CASES / 10; i++)
            check_integers(f[k], random_operand(f[k], 0));
    }
}

/* CONVERT FROM FIXED and LOGICAL. */

static u128 run_from(const struct bfp_fmt *f, struct bfp *b, bool is_signed, u64 v)
{
    if (f == &bfp_short)
        return is_signed ? bfp32_from_s64(b, (s64)v) : bfp32_from_u64(b, v);
    if (f == &bfp_long)
        return is_signed ? bfp64_from_s64(b, (s64)v) : bfp64_from_u64(b, v);
    return bfp_u128(is_signed ? bfp128_from_s64(b, (s64)v) : bfp128_from_u64(b, v));
}

static void test_from_integer(void **state)
{
    static const struct bfp_fmt *const f[] = {&bfp_short, &bfp_long, &bfp_extended};

    (void)state;
    for (int i = 0; i < 3 * RANDOM_CASES; i++) {
        u8 rm = modes[rnd() % ARRAY_SIZE(modes)];
        u8 traps = rnd() & BFP_XX;
        bool is_signed = rnd() & 1;
        u64 n = rnd() >> (rnd() & 63);
        u128 x[3] = {n = rnd() & 1 ? n : 0 - n};
        struct bfp b = {.rm = rm, .traps = traps, .soft = rnd() & 1};
        struct outcome o = {0};
        mpfr_t v;

        mpfr_init2(v, 64);
        if (is_signed)
            mpfr_set_si(v, (s64)n, MPFR_RNDN);
        else
            mpfr_set_ui(v, n, MPFR_RNDN);
        if (n)
            o = ref_finish(v, f[i % 3], f[i % 3], rm, traps);
        expect(&o, run_from(f[i % 3], &b, is_signed, n), &b, x, 300);
        mpfr_clear(v);
    }
}

/* DIVIDE TO INTEGER in exact integers: |x| and |y| in units of the smallest subnormal. */

static void to_mpz(const struct bfp_fmt *f, u128 x, mpz_t z)
{
    mpfr_t v;

    mpfr_init2(v, 128);
    to_mpfr(f, x, v);
    mpfr_abs(v, v, MPFR_RNDN);
    mpfr_mul_2si(v, v, f->emax + f->p - 2, MPFR_RNDN);
    mpfr_get_z(z, v, MPFR_RNDN);
    mpfr_clear(v);
}

/* The quotient q + rem / y as an integer: q is updated. */
static void ref_quotient(mpz_t q, const mpz_t rem, const mpz_t y, u8 rm, bool sign)
{
    mpz_t twice;
    int half;
    bool up;

    if (!mpz_sgn(rem))
        return;
    mpz_init(twice);
    mpz_mul_2exp(twice, rem, 1);
    half = mpz_cmp(twice, y);
    mpz_clear(twice);
    up = rm == BFP_RNE   ? half > 0 || (!half && mpz_odd_p(q))
         : rm == BFP_RNA ? half >= 0
         : rm == BFP_RP  ? !sign
         : rm == BFP_RM  ? sign
                         : rm == BFP_RFS && mpz_even_p(q);
    if (up)
        mpz_add_ui(q, q, 1);
}

/* The quotient and its condition code; q is cut if partial. */
static u128 ref_pack_quotient(const struct bfp_fmt *f, mpz_t q, bool sign, bool partial, u8 *cc)
{
    s32 exp = (s32)mpz_sizeinbase(q, 2) - 1;
    s32 scale = exp > f->emax ? f->scale : 0;
    u128 r;
    mpfr_t v;

    *cc = 2 * partial + (scale != 0);
    if (!mpz_sgn(q))
        return compose(f, sign, 0, 0);
    mpfr_init2(v, 2400);
    mpfr_set_z(v, q, MPFR_RNDN);
    mpfr_mul_2si(v, v, -exp + f->p - 1, MPFR_RNDN);
    r = ref_pack(f, sign, magnitude_of(v), exp - f->p + 1 - scale);
    mpfr_clear(v);
    return r;
}

static void check_divide_to_integer(const struct bfp_fmt *f, const u128 *x, u8 rm, u8 final_rm,
                                    u8 traps)
{
    struct bfp b = {.rm = rm, .traps = traps};
    bool sign = x[0] >> (f->width - 1) & 1;
    bool qsign = sign != (bool)(x[1] >> (f->width - 1) & 1);
    struct outcome o = {.r = compose(f, sign, 0, 0)};
    mpz_t a, y, q, rem;
    u128 quotient, r;
    u64 got;
    bool partial;
    u8 cc;
    mpfr_t v;

    mpz_inits(a, y, q, rem, NULL);
    to_mpz(f, x[0], a);
    to_mpz(f, x[1], y);
    mpz_tdiv_qr(q, rem, a, y);
    partial = mpz_sgn(rem) && (s32)mpz_sizeinbase(q, 2) > f->p;
    if (partial) {
        size_t cut = mpz_sizeinbase(q, 2) - (u32)f->p;

        mpz_tdiv_q_2exp(q, q, cut);
        mpz_mul_2exp(q, q, cut);
    } else {
        ref_quotient(q, rem, y, final_rm, qsign);
    }
    quotient = ref_pack_quotient(f, q, qsign, partial, &cc);
    mpz_submul(a, q, y);
    mpfr_init2(v, 2400);
    mpfr_set_z(v, a, MPFR_RNDN);
    mpfr_mul_2si(v, v, -(f->emax + f->p - 2), MPFR_RNDN);
    mpfr_setsign(v, v, sign != (bool)mpfr_signbit(v), MPFR_RNDN);
    if (mpz_sgn(a))
        o = ref_finish(v, f, f, rm, traps);
    o.cc = cc;
    if (f == &bfp_short) {
        u32 low;

        r = bfp32_divide_to_integer(&b, (u32)x[0], (u32)x[1], final_rm, &low);
        got = low;
    } else {
        r = bfp64_divide_to_integer(&b, (u64)x[0], (u64)x[1], final_rm, &got);
    }
    expect(&o, r, &b, x, 400 + final_rm);
    assert_true(quotient == got);
    mpz_clears(a, y, q, rem, NULL);
    mpfr_clear(v);
}

static void sweep_divide_to_integer(const struct bfp_fmt *f)
{
    u128 v[128], x[3] = {0};
    size_t n = boundary_operands(f, v);

    for (int i = 0; i < (int)(n * n) + RANDOM_CASES; i++) {
        bool table = i < (int)(n * n);

        x[0] = table ? v[(size_t)i / n] : random_operand(f, compose(f, false, f->emax, 0));
        x[1] = table ? v[(size_t)i % n] : random_operand(f, x[0]);
        if (!(x[0] & ones(f->width - 1)) || !(x[1] & ones(f->width - 1)))
            continue;
        check_divide_to_integer(f, x, modes[rnd() % ARRAY_SIZE(modes)],
                                modes[rnd() % ARRAY_SIZE(modes)],
                                trap_sets[rnd() % ARRAY_SIZE(trap_sets)]);
    }
}

static void test_divide_to_integer(void **state)
{
    (void)state;
    sweep_divide_to_integer(&bfp_short);
    sweep_divide_to_integer(&bfp_long);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_short),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_extended),
        cmocka_unit_test(test_mixed_formats),
        cmocka_unit_test(test_to_integer),
        cmocka_unit_test(test_from_integer),
        cmocka_unit_test(test_divide_to_integer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
