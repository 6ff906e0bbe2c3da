/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: operations that look at operands without arithmetic: COMPARE, COMPARE AND
 * SIGNAL, LOAD AND TEST, TEST DATA CLASS, and the condition code of a result.
 *
 * References: [PoP 19 COMPARE, COMPARE AND SIGNAL, LOAD AND TEST, TEST DATA CLASS].
 */
#include "cpu/bfp_core.h"

static u128 magnitude(const struct bfp_fmt *f, u128 bits)
{
    return bits & (((u128)1 << (f->width - 1)) - 1);
}

static bool is_negative(const struct bfp_fmt *f, u128 bits)
{
    return bits >> (f->width - 1) & 1;
}

/* The magnitude of infinity; only NaNs are above it. */
static u128 infinity(const struct bfp_fmt *f)
{
    return (u128)(u32)(2 * f->emax + 1) << (f->p - 1);
}

static bool is_snan(const struct bfp_fmt *f, u128 bits)
{
    return magnitude(f, bits) > infinity(f) && !(bits >> (f->p - 2) & 1);
}

/* Magnitudes compare like integers. */
static u8 compare(struct bfp *b, const struct bfp_fmt *f, u128 x, u128 y, bool signal)
{
    u128 xm = magnitude(f, x), ym = magnitude(f, y);
    bool negative = is_negative(f, x);

    if (xm > infinity(f) || ym > infinity(f)) {
        if (signal || is_snan(f, x) || is_snan(f, y))
            bfp_raise_invalid(b);
        return 3;
    }
    if (x == y || !(xm | ym))
        return 0;
    if (negative != is_negative(f, y))
        return negative ? 1 : 2;
    return (xm < ym) != negative ? 1 : 2;
}

u8 bfp32_compare(struct bfp *b, u32 x, u32 y, bool signal)
{
    return compare(b, &bfp_short, x, y, signal);
}

u8 bfp64_compare(struct bfp *b, u64 x, u64 y, bool signal)
{
    return compare(b, &bfp_long, x, y, signal);
}

u8 bfp128_compare(struct bfp *b, struct f128 x, struct f128 y, bool signal)
{
    return compare(b, &bfp_extended, bfp_u128(x), bfp_u128(y), signal);
}

static u8 condition_code(const struct bfp_fmt *f, u128 bits)
{
    u128 m = magnitude(f, bits);

    if (m > infinity(f))
        return 3;
    return !m ? 0 : is_negative(f, bits) ? 1 : 2;
}

u8 bfp32_cc(u32 x)
{
    return condition_code(&bfp_short, x);
}

u8 bfp64_cc(u64 x)
{
    return condition_code(&bfp_long, x);
}

u8 bfp128_cc(struct f128 x)
{
    return condition_code(&bfp_extended, bfp_u128(x));
}

static u128 load_and_test(struct bfp *b, const struct bfp_fmt *f, u128 bits)
{
    b->cc = condition_code(f, bits);
    if (!is_snan(f, bits))
        return bits;
    bfp_raise_invalid(b);
    return bits | (u128)1 << (f->p - 2);
}

u32 bfp32_load_and_test(struct bfp *b, u32 x)
{
    return (u32)load_and_test(b, &bfp_short, x);
}

u64 bfp64_load_and_test(struct bfp *b, u64 x)
{
    return (u64)load_and_test(b, &bfp_long, x);
}

struct f128 bfp128_load_and_test(struct bfp *b, struct f128 x)
{
    return bfp_f128(load_and_test(b, &bfp_extended, bfp_u128(x)));
}

static u16 data_class(const struct bfp_fmt *f, u128 bits)
{
    struct bfp_num x = bfp_unpack(f, bits);
    bool subnormal = x.cls == BFP_FINITE && x.exp < 1 - f->emax;
    u16 positive[] = {
        [BFP_ZERO] = 0x800, [BFP_FINITE] = subnormal ? 0x080 : 0x200,
        [BFP_INF] = 0x020,  [BFP_QNAN] = 0x008,
        [BFP_SNAN] = 0x002,
    };

    return positive[x.cls] >> x.sign;
}

u16 bfp32_data_class(u32 x)
{
    return data_class(&bfp_short, x);
}

u16 bfp64_data_class(u64 x)
{
    return data_class(&bfp_long, x);
}

u16 bfp128_data_class(struct f128 x)
{
    return data_class(&bfp_extended, bfp_u128(x));
}
