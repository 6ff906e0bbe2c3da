/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: the conversions that programs do all the time, on the host's FPU where it
 * gives the architected result (see bfp_host.c), else by bfp_convert.c.  An exact conversion does
 * not depend on rounding mode or traps.
 *
 * References: [PoP 19 CONVERT FROM FIXED, CONVERT TO FIXED, LOAD LENGTHENED, LOAD ROUNDED].
 */
#include "cpu/bfp_host.h"

static bool host_64_to_32(struct bfp *b, u64 x, u32 *r)
{
    double d = double_of(x);
    float f;

    if (!plain64(x))
        return false;
    f = (float)d;
    *r = bits32(f);
    if (!safe32(*r) && !zero64(x))
        return false;
    set_inexact(b, (double)f != d);
    return true;
}

u32 bfp64_to_32(struct bfp *b, u64 x, u64 *wide)
{
    u32 r;

    if (host_allowed(b) && host_64_to_32(b, x, &r))
        return r;
    return bfp_soft_64_to_32(b, x, wide);
}

u64 bfp32_to_64(struct bfp *b, u32 x)
{
    if (exp32(x) != 255 && !b->soft)
        return bits64_of(float_of(x));
    return bfp_soft_32_to_64(b, x);
}

/* |v| <= limit. */
static bool is_within(s64 v, s64 limit)
{
    return v <= limit && v >= -limit;
}

u32 bfp32_from_s64(struct bfp *b, s64 v)
{
    if (is_within(v, 1 << 24) && !b->soft)
        return bits32((float)v);
    return bfp_soft_32_from_s64(b, v);
}

u64 bfp64_from_s64(struct bfp *b, s64 v)
{
    if (is_within(v, 1LL << 53) && !b->soft)
        return bits64_of((double)v);
    return bfp_soft_64_from_s64(b, v);
}

static bool fits(s64 v, enum bfp_int target)
{
    switch (target) {
    case BFP_S32:
        return v == (s32)v;
    case BFP_U32:
        return v == (u32)v;
    case BFP_S64:
        return true;
    case BFP_U64:
        break;
    }
    return v >= 0;
}

/* Toward zero, as compiled programs convert; |d| < 2^62. */
static bool host_to_fixed(struct bfp *b, double d, enum bfp_int target, u64 *r)
{
    s64 v = (s64)d;

    if (!fits(v, target))
        return false;
    *r = target == BFP_S32 ? (u32)v : (u64)v;
    b->cc = d == 0 ? 0 : d < 0 ? 1 : 2;
    set_inexact(b, (double)v != d);
    return true;
}

static bool to_fixed_allowed(const struct bfp *b)
{
    return b->rm == BFP_RZ && !(b->traps & BFP_XX) && !b->soft;
}

u64 bfp32_to_fixed(struct bfp *b, u32 x, enum bfp_int target)
{
    u64 r;

    if (to_fixed_allowed(b) && exp32(x) < 127 + 62 && host_to_fixed(b, float_of(x), target, &r))
        return r;
    return bfp_soft_32_to_fixed(b, x, target);
}

u64 bfp64_to_fixed(struct bfp *b, u64 x, enum bfp_int target)
{
    u64 r;

    if (to_fixed_allowed(b) && exp64(x) < 1023 + 62 && host_to_fixed(b, double_of(x), target, &r))
        return r;
    return bfp_soft_64_to_fixed(b, x, target);
}
