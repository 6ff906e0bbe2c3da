/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: addition, multiplication, division, square root and multiply-and-add in
 * integer arithmetic, one function for all formats.  Special operands first, then the finite case,
 * which computes a significand of 128 bits with a sticky last bit and leaves the rest to
 * bfp_finish().  An operand that goes through unchanged (zero plus x) also passes bfp_finish(), as
 * a subnormal result is tiny and may trap.
 *
 * Why a sticky bit is enough: significands have at most 113 bits, so at least 14 bits follow the
 * last one kept, and a difference whose smaller operand lost bits cancels at most one bit.
 *
 * References: [PoP 19 ADD, DIVIDE, MULTIPLY, MULTIPLY AND ADD, SQUARE ROOT].
 */
#include "cpu/bfp_core.h"

/* 256-bit integers, for the product inside multiply-and-add and for division. */
struct u256 {
    u128 hi, lo;
};

static struct u256 mul_128(u128 x, u128 y)
{
    u64 xh = (u64)(x >> 64), xl = (u64)x;
    u64 yh = (u64)(y >> 64), yl = (u64)y;
    u128 low = (u128)xl * yl;
    u128 mid1 = (u128)xh * yl + (u64)(low >> 64);
    u128 mid2 = (u128)xl * yh + (u64)mid1;

    return (struct u256){.hi = (u128)xh * yh + (mid1 >> 64) + (mid2 >> 64),
                         .lo = mid2 << 64 | (u64)low};
}

/* The product's leftmost 128 bits, the last one sticky; the first or the second bit is on. */
static u128 mul_sticky(u128 x, u128 y)
{
    struct u256 p;

    if (!((u64)x | (u64)y))
        return (u128)(u64)(x >> 64) * (u64)(y >> 64);
    p = mul_128(x, y);
    return p.hi | (p.lo != 0);
}

static struct u256 shift_right_256(struct u256 v, s32 n)
{
    struct u256 r;

    if (n == 0)
        return v;
    if (n >= 128)
        return (struct u256){.lo = bfp_shift_sticky(v.hi, n - 128) | (v.lo != 0)};
    r.hi = v.hi >> n;
    r.lo = v.hi << (128 - n) | bfp_shift_sticky(v.lo, n);
    return r;
}

static struct u256 shift_left_256(struct u256 v, s32 n)
{
    if (n == 0)
        return v;
    if (n >= 128)
        return (struct u256){.hi = v.lo << (n - 128)};
    return (struct u256){.hi = v.hi << n | v.lo >> (128 - n), .lo = v.lo << n};
}

static struct u256 add_256(struct u256 x, struct u256 y)
{
    u128 lo = x.lo + y.lo;

    return (struct u256){.hi = x.hi + y.hi + (lo < x.lo), .lo = lo};
}

static struct u256 sub_256(struct u256 x, struct u256 y)
{
    return (struct u256){.hi = x.hi - y.hi - (x.lo < y.lo), .lo = x.lo - y.lo};
}

/* One 64-bit digit of a division: (*rem, digit) / d, with *rem < d and the first bit of d on. */
static u64 div_digit(u128 *rem, u64 digit, u128 d)
{
    u64 dh = (u64)(d >> 64), dl = (u64)d;
    u128 q = *rem / dh;
    u128 left = *rem % dh;

    /* The estimate from the first half of d is at most 2 too large. */
    while (q >> 64 || q * dl > (left << 64 | digit)) {
        q--;
        left += dh;
        if (left >> 64)
            break;
    }
    *rem = (*rem << 64 | digit) - q * d;
    return (u64)q;
}

/* (hi, lo) / d with hi < d and the first bit of d on; the last bit of the quotient is sticky. */
static u128 div_sticky(u128 hi, u128 lo, u128 d)
{
    u128 rem = hi;
    u128 q = (u128)div_digit(&rem, (u64)(lo >> 64), d) << 64;

    q |= div_digit(&rem, (u64)lo, d);
    return q | (rem != 0);
}

/* Addition of finite nonzero numbers. */
static u128 add_finite(struct bfp *b, const struct bfp_fmt *f, const struct bfp_num *x,
                       const struct bfp_num *y)
{
    const struct bfp_num *big = x->exp >= y->exp ? x : y;
    const struct bfp_num *small = big == x ? y : x;
    u128 s = big->sig >> 1;
    u128 t = bfp_shift_sticky(small->sig >> 1, big->exp - small->exp);
    bool sign = big->sign;
    s32 lz;

    if (x->sign == y->sign) {
        s += t;
    } else if (s >= t) {
        s -= t;
    } else {
        s = t - s;
        sign = small->sign;
    }
    if (!s)
        return bfp_pack_zero(f, bfp_zero_sign(b));
    lz = (s32)bfp_clz128(s);
    return bfp_finish(b, f, sign, big->exp + 1 - lz, s << lz);
}

u128 bfp_soft_add(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y)
{
    if (bfp_is_nan(&x) || bfp_is_nan(&y))
        return bfp_nan(b, f, &x, &y, NULL);
    if (x.cls == BFP_INF && y.cls == BFP_INF && x.sign != y.sign)
        return bfp_invalid(b, f);
    if (x.cls == BFP_INF)
        return bfp_pack(f, &x);
    if (y.cls == BFP_INF)
        return bfp_pack(f, &y);
    if (x.cls == BFP_ZERO && y.cls == BFP_ZERO)
        return bfp_pack_zero(f, x.sign == y.sign ? x.sign : bfp_zero_sign(b));
    if (x.cls == BFP_ZERO)
        return bfp_finish(b, f, y.sign, y.exp, y.sig);
    if (y.cls == BFP_ZERO)
        return bfp_finish(b, f, x.sign, x.exp, x.sig);
    return add_finite(b, f, &x, &y);
}

/* The sign of a NaN stays [PoP 19 SUBTRACT]. */
static struct bfp_num negate(struct bfp_num x)
{
    if (!bfp_is_nan(&x))
        x.sign = !x.sign;
    return x;
}

u128 bfp_soft_sub(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y)
{
    return bfp_soft_add(b, f, x, negate(y));
}

/* Infinity times zero. */
static bool mul_is_invalid(const struct bfp_num *x, const struct bfp_num *y)
{
    return (x->cls == BFP_INF && y->cls == BFP_ZERO) || (x->cls == BFP_ZERO && y->cls == BFP_INF);
}

u128 bfp_soft_mul(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y)
{
    bool sign = x.sign != y.sign;
    s32 exp = x.exp + y.exp + 1;
    u128 p;

    if (bfp_is_nan(&x) || bfp_is_nan(&y))
        return bfp_nan(b, f, &x, &y, NULL);
    if (mul_is_invalid(&x, &y))
        return bfp_invalid(b, f);
    if (x.cls == BFP_INF || y.cls == BFP_INF)
        return bfp_pack(f, &(struct bfp_num){.cls = BFP_INF, .sign = sign});
    if (x.cls == BFP_ZERO || y.cls == BFP_ZERO)
        return bfp_pack_zero(f, sign);
    p = mul_sticky(x.sig, y.sig);
    if (!(p & BFP_TOP)) {
        p <<= 1;
        exp--;
    }
    return bfp_finish(b, f, sign, exp, p);
}

/* The quotient of two significands, x / y or 2 * x / y, with the first bit on and a sticky one. */
static u128 div_extended(u128 x, u128 y)
{
    return x >= y ? div_sticky(x >> 1, x << 127, y) : div_sticky(x, 0, y);
}

/* The same for short and long: 64 quotient bits from one division. */
static u128 div_long(u128 x, u128 y)
{
    u64 d = (u64)(y >> 64);
    u128 n = x >= y ? x >> 1 : x;

    return n / d << 64 | (n % d != 0);
}

u128 bfp_soft_div(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y)
{
    struct bfp_num inf = {.cls = BFP_INF, .sign = x.sign != y.sign};

    if (bfp_is_nan(&x) || bfp_is_nan(&y))
        return bfp_nan(b, f, &x, &y, NULL);
    if (x.cls == y.cls && x.cls != BFP_FINITE)
        return bfp_invalid(b, f);
    if (x.cls == BFP_INF)
        return bfp_pack(f, &inf);
    if (x.cls == BFP_ZERO || y.cls == BFP_INF)
        return bfp_pack_zero(f, inf.sign);
    if (y.cls == BFP_ZERO) {
        if (b->traps & BFP_XZ) {
            b->dxc = BFP_XZ;
            b->suppress = true;
        } else {
            b->flags |= BFP_XZ;
        }
        return bfp_pack(f, &inf);
    }
    return bfp_finish(b, f, inf.sign, x.exp - y.exp - (x.sig < y.sig),
                      f->p > 64 ? div_extended(x.sig, y.sig) : div_long(x.sig, y.sig));
}

/* The square root of v / 2^126 (v from 2^126), by digits: n bits at the left and a sticky bit. */
static u128 sqrt_sticky(u128 v, s32 n)
{
    u128 root = 0, rem = 0;

    for (s32 i = 0; i < n; i++) {
        u128 trial = root << 2 | 1;

        rem = rem << 2 | v >> 126;
        v <<= 2;
        root <<= 1;
        if (rem >= trial) {
            rem -= trial;
            root |= 1;
        }
    }
    return root << (128 - n) | ((rem | v) != 0);
}

u128 bfp_soft_sqrt(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x)
{
    if (bfp_is_nan(&x))
        return bfp_nan(b, f, &x, NULL, NULL);
    if (x.cls == BFP_ZERO)
        return bfp_pack_zero(f, x.sign);
    if (x.sign)
        return bfp_invalid(b, f);
    if (x.cls == BFP_INF)
        return bfp_pack(f, &x);
    return bfp_finish(b, f, false, x.exp >> 1,
                      sqrt_sticky(x.exp & 1 ? x.sig : x.sig >> 1, f->p + 2));
}

/* x * y + z, all finite and not zero.  Both summands as 256 bits, bit 253 from the right is 2^0. */
static u128 fma_finite(struct bfp *b, const struct bfp_fmt *f, const struct bfp_num *x,
                       const struct bfp_num *y, const struct bfp_num *z)
{
    struct u256 p = shift_right_256(mul_128(x->sig, y->sig), 1);
    struct u256 q = {.hi = z->sig >> 2, .lo = z->sig << 126};
    s32 exp = x->exp + y->exp;
    bool sign = x->sign != y->sign;
    s32 lz;

    if (exp >= z->exp) {
        q = shift_right_256(q, exp - z->exp);
    } else {
        p = shift_right_256(p, z->exp - exp);
        exp = z->exp;
    }
    if (sign == z->sign) {
        p = add_256(p, q);
    } else if (p.hi > q.hi || (p.hi == q.hi && p.lo >= q.lo)) {
        p = sub_256(p, q);
    } else {
        p = sub_256(q, p);
        sign = z->sign;
    }
    if (!(p.hi | p.lo))
        return bfp_pack_zero(f, bfp_zero_sign(b));
    lz = p.hi ? (s32)bfp_clz128(p.hi) : 128 + (s32)bfp_clz128(p.lo);
    p = shift_left_256(p, lz);
    return bfp_finish(b, f, sign, exp + 2 - lz, p.hi | (p.lo != 0));
}

u128 bfp_soft_fma(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y,
                  struct bfp_num z)
{
    bool sign = x.sign != y.sign;

    if (mul_is_invalid(&x, &y))
        return bfp_invalid(b, f);
    if (bfp_is_nan(&x) || bfp_is_nan(&y) || bfp_is_nan(&z))
        return bfp_nan(b, f, &x, &y, &z);
    if (x.cls != BFP_FINITE || y.cls != BFP_FINITE) {
        bool inf = x.cls == BFP_INF || y.cls == BFP_INF;

        return bfp_soft_add(b, f, (struct bfp_num){.cls = inf ? BFP_INF : BFP_ZERO, .sign = sign},
                            z);
    }
    if (z.cls == BFP_INF)
        return bfp_pack(f, &z);
    if (z.cls == BFP_ZERO)
        return bfp_soft_mul(b, f, x, y);
    return fma_finite(b, f, &x, &y, &z);
}

u128 bfp_soft_fms(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y,
                  struct bfp_num z)
{
    return bfp_soft_fma(b, f, x, y, negate(z));
}

/* Extended operands, and the lengthening products; short and long ones are in bfp_host.c. */

static struct bfp_num unpack_128(struct f128 x)
{
    return bfp_unpack(&bfp_extended, bfp_u128(x));
}

struct f128 bfp128_add(struct bfp *b, struct f128 x, struct f128 y)
{
    return bfp_f128(bfp_soft_add(b, &bfp_extended, unpack_128(x), unpack_128(y)));
}

struct f128 bfp128_sub(struct bfp *b, struct f128 x, struct f128 y)
{
    return bfp_f128(bfp_soft_sub(b, &bfp_extended, unpack_128(x), unpack_128(y)));
}

struct f128 bfp128_mul(struct bfp *b, struct f128 x, struct f128 y)
{
    return bfp_f128(bfp_soft_mul(b, &bfp_extended, unpack_128(x), unpack_128(y)));
}

struct f128 bfp128_div(struct bfp *b, struct f128 x, struct f128 y)
{
    return bfp_f128(bfp_soft_div(b, &bfp_extended, unpack_128(x), unpack_128(y)));
}

struct f128 bfp128_sqrt(struct bfp *b, struct f128 x)
{
    return bfp_f128(bfp_soft_sqrt(b, &bfp_extended, unpack_128(x)));
}

struct f128 bfp128_fma(struct bfp *b, struct f128 x, struct f128 y, struct f128 z)
{
    return bfp_f128(bfp_soft_fma(b, &bfp_extended, unpack_128(x), unpack_128(y), unpack_128(z)));
}

struct f128 bfp128_fms(struct bfp *b, struct f128 x, struct f128 y, struct f128 z)
{
    return bfp_f128(bfp_soft_fms(b, &bfp_extended, unpack_128(x), unpack_128(y), unpack_128(z)));
}

u64 bfp32_mul_long(struct bfp *b, u32 x, u32 y)
{
    return (u64)bfp_soft_mul(b, &bfp_long, bfp_unpack(&bfp_short, x), bfp_unpack(&bfp_short, y));
}

struct f128 bfp64_mul_extended(struct bfp *b, u64 x, u64 y)
{
    return bfp_f128(
        bfp_soft_mul(b, &bfp_extended, bfp_unpack(&bfp_long, x), bfp_unpack(&bfp_long, y)));
}
