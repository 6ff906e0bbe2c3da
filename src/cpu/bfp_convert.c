/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: between formats (LOAD LENGTHENED, LOAD ROUNDED), to an integer in the same
 * format (LOAD FP INTEGER), and from and to fixed-point numbers, signed (FIXED) and unsigned
 * (LOGICAL).
 *
 * Conversion to fixed of a NaN or of a value out of range is an invalid operation; when that does
 * not trap, the nearest number of the target (a NaN: the lowest) is the result, the condition code
 * is 3, and inexact is recognized as well [PoP 19 Figure "Results: CONVERT TO FIXED"].
 *
 * References: [PoP 19 CONVERT FROM FIXED ... LOAD ROUNDED].
 */
#include "cpu/bfp_core.h"

static u128 lengthen(struct bfp *b, const struct bfp_fmt *to, struct bfp_num x)
{
    return bfp_is_nan(&x) ? bfp_nan(b, to, &x, NULL, NULL) : bfp_pack(to, &x);
}

u64 bfp_soft_32_to_64(struct bfp *b, u32 x)
{
    return (u64)lengthen(b, &bfp_long, bfp_unpack(&bfp_short, x));
}

struct f128 bfp32_to_128(struct bfp *b, u32 x)
{
    return bfp_f128(lengthen(b, &bfp_extended, bfp_unpack(&bfp_short, x)));
}

struct f128 bfp64_to_128(struct bfp *b, u64 x)
{
    return bfp_f128(lengthen(b, &bfp_extended, bfp_unpack(&bfp_long, x)));
}

static u128 load_rounded(struct bfp *b, const struct bfp_fmt *to, const struct bfp_fmt *from,
                         u128 bits)
{
    struct bfp_num x = bfp_unpack(from, bits);

    if (bfp_is_nan(&x))
        return bfp_nan(b, to, &x, NULL, NULL);
    if (x.cls != BFP_FINITE)
        return bfp_pack(to, &x);
    return bfp_finish_rounded(b, to, from, &x);
}

u32 bfp_soft_64_to_32(struct bfp *b, u64 x, u64 *wide)
{
    u128 r = load_rounded(b, &bfp_short, &bfp_long, x);

    if (!b->wide)
        return (u32)r;
    *wide = (u64)r;
    return 0;
}

u32 bfp128_to_32(struct bfp *b, struct f128 x, struct f128 *wide)
{
    u128 r = load_rounded(b, &bfp_short, &bfp_extended, bfp_u128(x));

    if (!b->wide)
        return (u32)r;
    *wide = bfp_f128(r);
    return 0;
}

u64 bfp128_to_64(struct bfp *b, struct f128 x, struct f128 *wide)
{
    u128 r = load_rounded(b, &bfp_long, &bfp_extended, bfp_u128(x));

    if (!b->wide)
        return (u64)r;
    *wide = bfp_f128(r);
    return 0;
}

/* LOAD FP INTEGER.  Overflow and underflow cannot occur; a tiny operand gives 0 or 1. */
static u128 rint_num(struct bfp *b, const struct bfp_fmt *f, u128 bits)
{
    struct bfp_num x = bfp_unpack(f, bits);
    struct bfp_rounded r;
    s32 lz;

    if (bfp_is_nan(&x))
        return bfp_nan(b, f, &x, NULL, NULL);
    if (x.cls != BFP_FINITE || x.exp >= f->p - 1)
        return bits;
    r = bfp_round(x.sig, 127 - x.exp, b->rm, x.sign);
    if (r.inexact)
        bfp_inexact(b, r.up);
    if (!r.n)
        return bfp_pack_zero(f, x.sign);
    lz = (s32)bfp_clz128(r.n);
    x.sig = r.n << lz;
    x.exp = 127 - lz;
    return bfp_pack(f, &x);
}

u32 bfp32_rint(struct bfp *b, u32 x)
{
    return (u32)rint_num(b, &bfp_short, x);
}

u64 bfp64_rint(struct bfp *b, u64 x)
{
    return (u64)rint_num(b, &bfp_long, x);
}

struct f128 bfp128_rint(struct bfp *b, struct f128 x)
{
    return bfp_f128(rint_num(b, &bfp_extended, bfp_u128(x)));
}

static u128 from_fixed(struct bfp *b, const struct bfp_fmt *f, bool sign, u64 magnitude)
{
    s32 lz;

    if (!magnitude)
        return bfp_pack_zero(f, false);
    lz = __builtin_clzll(magnitude);
    return bfp_finish(b, f, sign, 63 - lz, (u128)magnitude << (64 + lz));
}

static u128 from_signed(struct bfp *b, const struct bfp_fmt *f, s64 v)
{
    return from_fixed(b, f, v < 0, v < 0 ? 0 - (u64)v : (u64)v);
}

u32 bfp_soft_32_from_s64(struct bfp *b, s64 v)
{
    return (u32)from_signed(b, &bfp_short, v);
}

u64 bfp_soft_64_from_s64(struct bfp *b, s64 v)
{
    return (u64)from_signed(b, &bfp_long, v);
}

struct f128 bfp128_from_s64(struct bfp *b, s64 v)
{
    return bfp_f128(from_signed(b, &bfp_extended, v));
}

u32 bfp32_from_u64(struct bfp *b, u64 v)
{
    return (u32)from_fixed(b, &bfp_short, false, v);
}

u64 bfp64_from_u64(struct bfp *b, u64 v)
{
    return (u64)from_fixed(b, &bfp_long, false, v);
}

struct f128 bfp128_from_u64(struct bfp *b, u64 v)
{
    return bfp_f128(from_fixed(b, &bfp_extended, false, v));
}

/* Largest magnitudes of a target, positive and negative. */
static const struct {
    u64 pos, neg, mask;
} int_limit[] = {
    [BFP_S32] = {INT32_MAX, 1ULL << 31, UINT32_MAX},
    [BFP_S64] = {INT64_MAX, 1ULL << 63, UINT64_MAX},
    [BFP_U32] = {UINT32_MAX, 0, UINT32_MAX},
    [BFP_U64] = {UINT64_MAX, 0, UINT64_MAX},
};

/* A NaN, or out of range on the side of the sign. */
static u64 to_fixed_special(struct bfp *b, enum bfp_int target, bool negative)
{
    if (bfp_raise_invalid(b))
        bfp_inexact(b, false);
    b->cc = 3;
    return negative ? (0 - int_limit[target].neg) & int_limit[target].mask : int_limit[target].pos;
}

static u64 to_fixed(struct bfp *b, const struct bfp_fmt *f, u128 bits, enum bfp_int target)
{
    struct bfp_num x = bfp_unpack(f, bits);
    struct bfp_rounded r;

    if (bfp_is_nan(&x))
        return to_fixed_special(b, target, true);
    b->cc = x.sign ? 1 : 2;
    if (x.cls == BFP_ZERO) {
        b->cc = 0;
        return 0;
    }
    if (x.cls == BFP_INF || x.exp >= 64)
        return to_fixed_special(b, target, x.sign);
    r = bfp_round(x.sig, 127 - x.exp, b->rm, x.sign);
    if (r.n > (x.sign ? int_limit[target].neg : int_limit[target].pos))
        return to_fixed_special(b, target, x.sign);
    if (r.inexact)
        bfp_inexact(b, r.up);
    return (x.sign ? 0 - (u64)r.n : (u64)r.n) & int_limit[target].mask;
}

u64 bfp_soft_32_to_fixed(struct bfp *b, u32 x, enum bfp_int target)
{
    return to_fixed(b, &bfp_short, x, target);
}

u64 bfp_soft_64_to_fixed(struct bfp *b, u64 x, enum bfp_int target)
{
    return to_fixed(b, &bfp_long, x, target);
}

u64 bfp128_to_fixed(struct bfp *b, struct f128 x, enum bfp_int target)
{
    return to_fixed(b, &bfp_extended, bfp_u128(x), target);
}
