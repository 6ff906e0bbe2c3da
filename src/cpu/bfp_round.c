/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: formats, taking numbers apart and putting them together, rounding, and the
 * recognition of IEEE exceptions.  An operation ends in bfp_finish(), bfp_invalid() or bfp_nan().
 *
 * Terms of the PoP: v is the precise intermediate value (exp, sig), g is v rounded to the precision
 * of the target as if the exponent had no limits, w is g scaled, r is the result rounded within the
 * limits of the format (so also a subnormal one).
 *
 * References: [PoP 9 Rounding, IEEE Exceptions], [PoP 19 IEEE-Exception-Overflow, -Underflow].
 */
#include "cpu/bfp_core.h"

const struct bfp_fmt bfp_short = {
    .width = 32, .p = 24, .emax = 127, .scale = 192, .scale_rounded = 0};
const struct bfp_fmt bfp_long = {
    .width = 64, .p = 53, .emax = 1023, .scale = 1536, .scale_rounded = 512};
const struct bfp_fmt bfp_extended = {
    .width = 128, .p = 113, .emax = 16383, .scale = 24576, .scale_rounded = 8192};

bool bfp_rm_of_m3(u8 m3, u8 current, u8 *rm)
{
    static const u8 mode[8] = {
        [1] = BFP_RNA, [3] = BFP_RFS, [4] = BFP_RNE, [5] = BFP_RZ, [6] = BFP_RP, [7] = BFP_RM};

    if (m3 > 7 || m3 == 2)
        return false;
    *rm = m3 ? mode[m3] : current;
    return true;
}

struct bfp_num bfp_unpack(const struct bfp_fmt *f, u128 bits)
{
    s32 fbits = f->p - 1;
    s32 top = 2 * f->emax + 1;
    s32 biased = (s32)(bits >> fbits) & top;
    u128 frac = bits & (((u128)1 << fbits) - 1);
    struct bfp_num x = {.sign = bits >> (f->width - 1) & 1};

    if (biased == top) {
        x.sig = frac << (128 - fbits);
        x.cls = !frac ? BFP_INF : x.sig & BFP_TOP ? BFP_QNAN : BFP_SNAN;
    } else if (biased) {
        x.cls = BFP_FINITE;
        x.exp = biased - f->emax;
        x.sig = BFP_TOP | frac << (127 - fbits);
    } else if (frac) {
        s32 lz = (s32)bfp_clz128(frac);

        x.cls = BFP_FINITE;
        x.exp = 1 - f->emax - fbits + 127 - lz;
        x.sig = frac << lz;
    } else {
        x.cls = BFP_ZERO;
    }
    return x;
}

static u128 pack_sign(const struct bfp_fmt *f, bool sign)
{
    return (u128)sign << (f->width - 1);
}

/* n has p bits, the first one on; exp is within the limits of normal numbers. */
static u128 pack_normal(const struct bfp_fmt *f, bool sign, s32 exp, u128 n)
{
    /* The unit bit of n adds the one that is missing in exp + emax - 1. */
    return pack_sign(f, sign) | (((u128)(u32)(exp + f->emax - 1) << (f->p - 1)) + n);
}

static u128 pack_inf(const struct bfp_fmt *f, bool sign)
{
    return pack_sign(f, sign) | (u128)(u32)(2 * f->emax + 1) << (f->p - 1);
}

u128 bfp_pack_zero(const struct bfp_fmt *f, bool sign)
{
    return pack_sign(f, sign);
}

u128 bfp_pack(const struct bfp_fmt *f, const struct bfp_num *x)
{
    switch (x->cls) {
    case BFP_ZERO:
        return pack_sign(f, x->sign);
    case BFP_FINITE:
        return pack_normal(f, x->sign, x->exp, x->sig >> (128 - f->p));
    case BFP_INF:
        return pack_inf(f, x->sign);
    case BFP_QNAN:
    case BFP_SNAN:
        break;
    }
    return pack_inf(f, x->sign) | (x->sig | BFP_TOP) >> (129 - f->p);
}

static bool round_away(u8 rm, bool sign, bool odd, bool above_half, bool half)
{
    switch ((enum bfp_rm)rm) {
    case BFP_RNE:
        return above_half || (half && odd);
    case BFP_RNA:
        return above_half || half;
    case BFP_RP:
        return !sign;
    case BFP_RM:
        return sign;
    case BFP_RFS:
        return !odd;
    case BFP_RZ:
        break;
    }
    return false;
}

struct bfp_rounded bfp_round(u128 sig, s32 drop, u8 rm, bool sign)
{
    struct bfp_rounded r;
    u128 lost, half;

    if (drop > 127) {
        sig = bfp_shift_sticky(sig, drop - 127);
        drop = 127;
    }
    half = (u128)1 << (drop - 1);
    lost = sig & ((half << 1) - 1);
    r.n = sig >> drop;
    r.inexact = lost != 0;
    r.up = r.inexact && round_away(rm, sign, r.n & 1, lost > half, lost == half);
    r.n += r.up;
    return r;
}

void bfp_inexact(struct bfp *b, bool up)
{
    if (b->xxc)
        return;
    if (b->traps & BFP_XX)
        b->dxc = up ? BFP_DXC_INCREMENTED : BFP_DXC_TRUNCATED;
    else
        b->flags |= BFP_XX;
}

static u8 dxc_inexact(const struct bfp_rounded *r)
{
    return !r->inexact ? 0 : r->up ? BFP_DXC_INCREMENTED : BFP_DXC_TRUNCATED;
}

/* Overflow that does not trap: infinity or the largest number, as the rounding mode says. */
static u128 overflow_default(struct bfp *b, const struct bfp_fmt *f, bool sign)
{
    u128 inf = pack_inf(f, sign);
    bool up = b->rm == BFP_RNE || b->rm == BFP_RNA || b->rm == (sign ? BFP_RM : BFP_RP);

    b->flags |= BFP_XO;
    bfp_inexact(b, up);
    return up ? inf : inf - 1;
}

/* Underflow that does not trap: a subnormal number, zero, or the smallest normal one. */
static u128 underflow_default(struct bfp *b, const struct bfp_fmt *f, bool sign, s32 exp, u128 sig)
{
    s32 drop = 128 - f->p + (1 - f->emax - exp);
    struct bfp_rounded r = bfp_round(sig, drop, b->rm, sign);

    if (r.inexact) {
        b->flags |= BFP_XU;
        bfp_inexact(b, r.up);
    }
    return pack_sign(f, sign) | r.n;
}

/* src: format and scale of a trapped result; the same as f except in LOAD ROUNDED. */
static u128 finish(struct bfp *b, const struct bfp_fmt *f, const struct bfp_fmt *src, s32 scale,
                   const struct bfp_num *x)
{
    struct bfp_rounded g;
    s32 exp = x->exp;
    bool tiny = exp < 1 - f->emax;

    if (tiny && !(b->traps & BFP_XU))
        return underflow_default(b, f, x->sign, exp, x->sig);
    g = bfp_round(x->sig, 128 - f->p, b->rm, x->sign);
    if (g.n >> f->p) {
        g.n >>= 1;
        exp++;
    }
    if (tiny) {
        b->dxc = BFP_XU | dxc_inexact(&g);
        exp += scale;
    } else if (exp > f->emax) {
        if (!(b->traps & BFP_XO))
            return overflow_default(b, f, x->sign);
        b->dxc = BFP_XO | dxc_inexact(&g);
        exp -= scale;
    } else {
        if (g.inexact)
            bfp_inexact(b, g.up);
        return pack_normal(f, x->sign, exp, g.n);
    }
    b->wide = src != f;
    return pack_normal(src, x->sign, exp, g.n << (src->p - f->p));
}

u128 bfp_finish(struct bfp *b, const struct bfp_fmt *f, bool sign, s32 exp, u128 sig)
{
    const struct bfp_num x = {.cls = BFP_FINITE, .sign = sign, .exp = exp, .sig = sig};

    return finish(b, f, f, f->scale, &x);
}

u128 bfp_finish_rounded(struct bfp *b, const struct bfp_fmt *f, const struct bfp_fmt *src,
                        const struct bfp_num *x)
{
    return finish(b, f, src, src->scale_rounded, x);
}

bool bfp_raise_invalid(struct bfp *b)
{
    if (b->traps & BFP_XI) {
        b->dxc = BFP_XI;
        b->suppress = true;
        return false;
    }
    b->flags |= BFP_XI;
    return true;
}

u128 bfp_invalid(struct bfp *b, const struct bfp_fmt *f)
{
    bfp_raise_invalid(b);
    return pack_inf(f, false) | (u128)1 << (f->p - 2);
}

u128 bfp_nan(struct bfp *b, const struct bfp_fmt *f, const struct bfp_num *x,
             const struct bfp_num *y, const struct bfp_num *z)
{
    const struct bfp_num *op[] = {x, y, z};
    const struct bfp_num *first = NULL;

    for (unsigned i = 0; i < ARRAY_SIZE(op); i++) {
        if (op[i] && op[i]->cls == BFP_SNAN) {
            bfp_raise_invalid(b);
            return bfp_pack(f, op[i]);
        }
        if (!first && op[i] && op[i]->cls == BFP_QNAN)
            first = op[i];
    }
    ASSERT(first);
    return bfp_pack(f, first);
}
