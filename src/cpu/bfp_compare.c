/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: operations that look at operands without arithmetic: COMPARE, COMPARE AND
 * SIGNAL, LOAD AND TEST, TEST DATA CLASS, and the condition code of a result.
 *
 * References: [PoP 19 COMPARE, COMPARE AND SIGNAL, LOAD AND TEST, TEST DATA CLASS].
 */
#include "cpu/bfp_core.h"

static int compare_magnitude(const struct bfp_num *x, const struct bfp_num *y)
{
    if (x->cls != y->cls)
        return x->cls < y->cls ? -1 : 1;
    if (x->cls != BFP_FINITE)
        return 0;
    if (x->exp != y->exp)
        return x->exp < y->exp ? -1 : 1;
    return (x->sig > y->sig) - (x->sig < y->sig);
}

static u8 compare(struct bfp *b, const struct bfp_fmt *f, u128 xbits, u128 ybits, bool signal)
{
    struct bfp_num x = bfp_unpack(f, xbits);
    struct bfp_num y = bfp_unpack(f, ybits);
    int order;

    if (bfp_is_nan(&x) || bfp_is_nan(&y)) {
        if (signal || x.cls == BFP_SNAN || y.cls == BFP_SNAN)
            bfp_raise_invalid(b);
        return 3;
    }
    if (x.cls == BFP_ZERO && y.cls == BFP_ZERO)
        return 0;
    if (x.sign != y.sign)
        return x.sign ? 1 : 2;
    order = compare_magnitude(&x, &y);
    if (!order)
        return 0;
    return (order < 0) != x.sign ? 1 : 2;
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

static u8 condition_code(const struct bfp_num *x)
{
    if (bfp_is_nan(x))
        return 3;
    return x->cls == BFP_ZERO ? 0 : x->sign ? 1 : 2;
}

u8 bfp32_cc(u32 x)
{
    struct bfp_num n = bfp_unpack(&bfp_short, x);

    return condition_code(&n);
}

u8 bfp64_cc(u64 x)
{
    struct bfp_num n = bfp_unpack(&bfp_long, x);

    return condition_code(&n);
}

u8 bfp128_cc(struct f128 x)
{
    struct bfp_num n = bfp_unpack(&bfp_extended, bfp_u128(x));

    return condition_code(&n);
}

static u128 load_and_test(struct bfp *b, const struct bfp_fmt *f, u128 bits)
{
    struct bfp_num x = bfp_unpack(f, bits);

    b->cc = condition_code(&x);
    return bfp_is_nan(&x) ? bfp_nan(b, f, &x, NULL, NULL) : bits;
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
        [BFP_ZERO] = 0x800,
        [BFP_FINITE] = subnormal ? 0x080 : 0x200,
        [BFP_INF] = 0x020,
        [BFP_QNAN] = 0x008,
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
