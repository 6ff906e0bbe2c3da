/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: DIVIDE TO INTEGER, short and long.  For finite operands the remainder is
 * r = x - y * n, where n is the precise quotient q rounded to an integer:
 *  - q is an integer, or below 2^p in magnitude so that both its neighbours are representable:
 *    n and r are final; n is rounded as M4 says, r (which can be inexact when |x| < |y| and n is
 *    not 0) as the FPC says.
 *  - else n is q cut to p bits and r the exact partial remainder, cc 2; repeating with r as
 *    dividend leads to the final one.
 * A quotient above the largest number is stored with the exponent reduced by 192 or 1536, cc 1 or
 * 3, and is no overflow.  A zero remainder has the sign of the dividend.  Rounding of the quotient
 * is never inexact; only the remainder raises IEEE exceptions.
 *
 * References: [PoP 19 DIVIDE TO INTEGER].
 */
#include "cpu/bfp_core.h"

/* The operands as p-bit integers: x = xn * 2^(x->exp - p + 1); sign: of the quotient. */
struct division {
    const struct bfp_fmt *f;
    const struct bfp_num *x, *y;
    u128 xn, yn;
    bool sign;
};

/* An integer times 2^unit, known to need no rounding except for what is tiny. */
static u128 finish_exact(struct bfp *b, const struct bfp_fmt *f, bool sign, u128 n, s32 unit)
{
    s32 lz = (s32)bfp_clz128(n);

    return bfp_finish(b, f, sign, unit + 127 - lz, n << lz);
}

static u128 quotient_pack(struct bfp *b, const struct division *d, u128 n, s32 unit, bool partial)
{
    struct bfp_num q = {.cls = BFP_FINITE, .sign = d->sign};
    s32 lz;

    b->cc = partial ? 2 : 0;
    if (!n)
        return bfp_pack_zero(d->f, d->sign);
    lz = (s32)bfp_clz128(n);
    q.sig = n << lz;
    q.exp = unit + 127 - lz;
    if (q.exp > d->f->emax) {
        q.exp -= d->f->scale;
        b->cc |= 1;
    }
    return bfp_pack(d->f, &q);
}

/* |q| >= 2^p: p bits of the quotient, final only if nothing is left. */
static u128 divide_large(struct bfp *b, const struct division *d, u128 *quotient)
{
    s32 shift = d->f->p - (d->xn >= d->yn);
    u128 n = d->xn << shift;
    u128 rem = n % d->yn;
    s32 unit = d->x->exp - d->y->exp - shift;

    *quotient = quotient_pack(b, d, n / d->yn, unit, rem != 0);
    if (!rem)
        return bfp_pack_zero(d->f, d->x->sign);
    return finish_exact(b, d->f, d->x->sign, rem, d->x->exp - d->f->p + 1 - shift);
}

/* Is an integer quotient n with the fraction rem / 2^127 (sticky) to be increased? */
static bool round_quotient(u128 n, u128 rem, u8 rm, bool sign)
{
    /* Only the last bit of n matters. */
    return bfp_round((n & 1) << 127 | rem, 127, rm, sign).up;
}

/* rem / y as a fraction of 2^127: below, at or above one half are all that matters. */
static u128 fraction(u128 rem, u128 y)
{
    if (!rem)
        return 0;
    if (rem * 2 == y)
        return (u128)1 << 126;
    return rem * 2 < y ? 1 : ((u128)1 << 126) + 1;
}

/* 1 <= |x| / |y| in exponents, |q| < 2^p. */
static u128 divide_final(struct bfp *b, const struct division *d, u8 final_rm, u128 *quotient)
{
    u128 n = d->xn << (d->x->exp - d->y->exp);
    u128 rem = n % d->yn;
    s32 unit = d->y->exp - d->f->p + 1;
    bool up;

    n /= d->yn;
    up = round_quotient(n, fraction(rem, d->yn), final_rm, d->sign);
    *quotient = quotient_pack(b, d, n + up, 0, false);
    if (!rem)
        return bfp_pack_zero(d->f, d->x->sign);
    if (up)
        return finish_exact(b, d->f, !d->x->sign, d->yn - rem, unit);
    return finish_exact(b, d->f, d->x->sign, rem, unit);
}

/* |x| < |y|, exponents included: the quotient is 0 or 1. */
static u128 divide_small(struct bfp *b, const struct division *d, u8 final_rm, u128 *quotient)
{
    u128 frac = 1;
    struct bfp_num y = *d->y;

    if (d->x->exp == y.exp - 1 && d->xn >= d->yn)
        frac = ((u128)1 << 126) + (d->xn > d->yn);
    if (!round_quotient(0, frac, final_rm, d->sign)) {
        *quotient = quotient_pack(b, d, 0, 0, false);
        return bfp_finish(b, d->f, d->x->sign, d->x->exp, d->x->sig);
    }
    *quotient = quotient_pack(b, d, 1, 0, false);
    y.sign = !d->x->sign;
    return bfp_soft_add(b, d->f, *d->x, y);
}

static u128 divide_finite(struct bfp *b, const struct bfp_fmt *f, const struct bfp_num *x,
                          const struct bfp_num *y, u8 final_rm, u128 *quotient)
{
    struct division d = {.f = f,
                         .x = x,
                         .y = y,
                         .xn = x->sig >> (128 - f->p),
                         .yn = y->sig >> (128 - f->p),
                         .sign = x->sign != y->sign};
    s32 exp = x->exp - y->exp;

    if (exp < 0)
        return divide_small(b, &d, final_rm, quotient);
    if (exp - (d.xn < d.yn) < f->p)
        return divide_final(b, &d, final_rm, quotient);
    return divide_large(b, &d, quotient);
}

static u128 divide_to_integer(struct bfp *b, const struct bfp_fmt *f, u128 xbits, u128 ybits,
                              u8 final_rm, u128 *quotient)
{
    struct bfp_num x = bfp_unpack(f, xbits);
    struct bfp_num y = bfp_unpack(f, ybits);
    u128 r;

    if (bfp_is_nan(&x) || bfp_is_nan(&y) || x.cls == BFP_INF || y.cls == BFP_ZERO) {
        b->cc = 1;
        r = bfp_is_nan(&x) || bfp_is_nan(&y) ? bfp_nan(b, f, &x, &y, NULL) : bfp_invalid(b, f);
        *quotient = r;
        return r;
    }
    if (x.cls == BFP_ZERO || y.cls == BFP_INF) {
        b->cc = 0;
        *quotient = bfp_pack_zero(f, x.sign != y.sign);
        return xbits;
    }
    return divide_finite(b, f, &x, &y, final_rm, quotient);
}

u32 bfp32_divide_to_integer(struct bfp *b, u32 x, u32 y, u8 final_rm, u32 *quotient)
{
    u128 q;
    u32 r = (u32)divide_to_integer(b, &bfp_short, x, y, final_rm, &q);

    *quotient = (u32)q;
    return r;
}

u64 bfp64_divide_to_integer(struct bfp *b, u64 x, u64 y, u8 final_rm, u64 *quotient)
{
    u128 q;
    u64 r = (u64)divide_to_integer(b, &bfp_long, x, y, final_rm, &q);

    *quotient = (u64)q;
    return r;
}
