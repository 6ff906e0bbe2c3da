/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: short and long arithmetic.  Tries the host's FPU first and falls back to
 * bfp_arith.c.
 *
 * The host path is taken under round to nearest with inexact not trapped, for operands that are
 * zero or normal.  A result is used only if it is normal and not next to a limit of the format, or
 * an exact zero: then no exception but inexact is possible.  Inexact is found by computing the
 * error of the operation exactly (the residual): for short operands in double arithmetic, for long
 * ones by TwoSum, or with the host's fused multiply-add, without which those operations stay in
 * integers.  MXCSR is neither read nor written.
 *
 * This file is for x86-64 hosts.  Compilers may contract a product and a sum into one fused
 * operation where the target has it; a product that must be rounded by itself therefore passes
 * through opaque64().
 *
 * References: [PoP 9 IEEE Exceptions]; Knuth, TAOCP 2, 4.2.2 (TwoSum); Boldo and Muller, Exact and
 * approximated error of the FMA, IEEE ToC 60 (2011) (residual of the fused operation).
 */
#include <immintrin.h>

#include "cpu/bfp_host.h"

#define HAS_FMA __attribute__((target("fma")))

static double opaque64(double x)
{
    u64 v = bits64_of(x);

    __asm__("" : "+r"(v));
    return double_of(v);
}

static bool fma_allowed(const struct bfp *b)
{
    return host_allowed(b) && __builtin_cpu_supports("fma");
}

/* The error of s = x + y. */
static double sum_error(double x, double y, double s)
{
    double t = s - x;

    return (x - (s - t)) + (y - t);
}

/* p + z for doubles that are exact: short numbers or a product of two.  The sum is rounded to odd
 * first, which keeps 29 bits more than a short number has, so that rounding it a second time gives
 * what one rounding would. */
static bool host_sum32(struct bfp *b, double p, double z, u32 *r)
{
    double s = p + z;
    double e = sum_error(p, z, s);
    u64 odd = bits64_of(s);
    float f;

    if (e != 0 && !(odd & 1))
        odd += (e > 0) == (s > 0) ? 1 : -1ULL;
    f = (float)double_of(odd);
    *r = bits32(f);
    if (!safe32(*r) && s != 0)
        return false;
    set_inexact(b, e != 0 || (double)f != s);
    return true;
}

static bool host_add32(struct bfp *b, u32 x, u32 y, u32 *r)
{
    if (!plain32(x) || !plain32(y))
        return false;
    return host_sum32(b, float_of(x), float_of(y), r);
}

static bool host_fma32(struct bfp *b, u32 x, u32 y, u32 z, u32 *r)
{
    if (!plain32(x) || !plain32(y) || !plain32(z))
        return false;
    return host_sum32(b, (double)float_of(x) * (double)float_of(y), float_of(z), r);
}

static bool host_add64(struct bfp *b, u64 x, u64 y, u64 *r)
{
    double xd = double_of(x), yd = double_of(y);
    double s;

    if (!plain64(x) || !plain64(y))
        return false;
    s = xd + yd;
    *r = bits64_of(s);
    set_inexact(b, sum_error(xd, yd, s) != 0);
    return true;
}

static bool host_mul32(struct bfp *b, u32 x, u32 y, u32 *r)
{
    double p;
    float f;

    if (!plain32(x) || !plain32(y))
        return false;
    p = (double)float_of(x) * (double)float_of(y);
    f = (float)p;
    *r = bits32(f);
    if (!safe32(*r) && p != 0)
        return false;
    set_inexact(b, (double)f != p);
    return true;
}

HAS_FMA static bool host_mul64(struct bfp *b, u64 x, u64 y, u64 *r)
{
    double xd = double_of(x), yd = double_of(y);
    double p;

    if (!plain64(x) || !plain64(y))
        return false;
    p = opaque64(xd * yd);
    *r = bits64_of(p);
    if (zero64(x) || zero64(y))
        return true;
    if (!safe64(*r))
        return false;
    set_inexact(b, __builtin_fma(xd, yd, -p) != 0);
    return true;
}

static bool host_div32(struct bfp *b, u32 x, u32 y, u32 *r)
{
    float q;

    if (!plain32(x) || !plain32(y) || zero32(y))
        return false;
    q = float_of(x) / float_of(y);
    *r = bits32(q);
    if (!safe32(*r) && !zero32(x))
        return false;
    set_inexact(b, (double)q * (double)float_of(y) != (double)float_of(x));
    return true;
}

HAS_FMA static bool host_div64(struct bfp *b, u64 x, u64 y, u64 *r)
{
    double xd = double_of(x), yd = double_of(y);
    double q;

    if (!plain64(x) || !plain64(y) || zero64(y))
        return false;
    q = xd / yd;
    *r = bits64_of(q);
    if (zero64(x))
        return true;
    if (!safe64(*r))
        return false;
    set_inexact(b, __builtin_fma(-q, yd, xd) != 0);
    return true;
}

/* Intrinsics, not sqrt(), which the compiler would also call, for errno. */
static float sqrt_float(float x)
{
    return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
}

static double sqrt_double(double x)
{
    __m128d v = _mm_set_sd(x);

    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
}

static bool host_sqrt32(struct bfp *b, u32 x, u32 *r)
{
    float s;

    if (!plain32(x) || (x >> 31 && !zero32(x)))
        return false;
    s = sqrt_float(float_of(x));
    *r = bits32(s);
    set_inexact(b, (double)s * (double)s != (double)float_of(x));
    return true;
}

HAS_FMA static bool host_sqrt64(struct bfp *b, u64 x, u64 *r)
{
    double xd = double_of(x);
    double s;

    if (!plain64(x) || (x >> 63 && !zero64(x)))
        return false;
    s = sqrt_double(xd);
    *r = bits64_of(s);
    set_inexact(b, __builtin_fma(s, s, -xd) != 0);
    return true;
}

HAS_FMA static bool host_fma64(struct bfp *b, u64 x, u64 y, u64 z, u64 *r)
{
    double xd = double_of(x), yd = double_of(y), zd = double_of(z);
    double p, f, perr, high, higherr, sum, sumerr;

    if (!plain64(x) || !plain64(y) || !plain64(z))
        return false;
    p = opaque64(xd * yd);
    f = __builtin_fma(xd, yd, zd);
    *r = bits64_of(f);
    if (zero64(x) || zero64(y))
        return true;
    if (!safe64(bits64_of(p)))
        return false;
    perr = __builtin_fma(xd, yd, -p);
    high = zd + perr;
    higherr = sum_error(zd, perr, high);
    sum = p + high;
    sumerr = sum_error(p, high, sum);
    set_inexact(b, (sum - f) + sumerr != -higherr);
    return true;
}

static u32 flip32(u32 x)
{
    return x ^ 1U << 31;
}

static u64 flip64(u64 x)
{
    return x ^ 1ULL << 63;
}

static struct bfp_num unpack_32(u32 x)
{
    return bfp_unpack(&bfp_short, x);
}

static struct bfp_num unpack_64(u64 x)
{
    return bfp_unpack(&bfp_long, x);
}

u32 bfp32_add(struct bfp *b, u32 x, u32 y)
{
    u32 r;

    if (host_allowed(b) && host_add32(b, x, y, &r))
        return r;
    return (u32)bfp_soft_add(b, &bfp_short, unpack_32(x), unpack_32(y));
}

u64 bfp64_add(struct bfp *b, u64 x, u64 y)
{
    u64 r;

    if (host_allowed(b) && host_add64(b, x, y, &r))
        return r;
    return (u64)bfp_soft_add(b, &bfp_long, unpack_64(x), unpack_64(y));
}

u32 bfp32_sub(struct bfp *b, u32 x, u32 y)
{
    u32 r;

    if (host_allowed(b) && host_add32(b, x, flip32(y), &r))
        return r;
    return (u32)bfp_soft_sub(b, &bfp_short, unpack_32(x), unpack_32(y));
}

u64 bfp64_sub(struct bfp *b, u64 x, u64 y)
{
    u64 r;

    if (host_allowed(b) && host_add64(b, x, flip64(y), &r))
        return r;
    return (u64)bfp_soft_sub(b, &bfp_long, unpack_64(x), unpack_64(y));
}

u32 bfp32_mul(struct bfp *b, u32 x, u32 y)
{
    u32 r;

    if (host_allowed(b) && host_mul32(b, x, y, &r))
        return r;
    return (u32)bfp_soft_mul(b, &bfp_short, unpack_32(x), unpack_32(y));
}

u64 bfp64_mul(struct bfp *b, u64 x, u64 y)
{
    u64 r;

    if (fma_allowed(b) && host_mul64(b, x, y, &r))
        return r;
    return (u64)bfp_soft_mul(b, &bfp_long, unpack_64(x), unpack_64(y));
}

u32 bfp32_div(struct bfp *b, u32 x, u32 y)
{
    u32 r;

    if (host_allowed(b) && host_div32(b, x, y, &r))
        return r;
    return (u32)bfp_soft_div(b, &bfp_short, unpack_32(x), unpack_32(y));
}

u64 bfp64_div(struct bfp *b, u64 x, u64 y)
{
    u64 r;

    if (fma_allowed(b) && host_div64(b, x, y, &r))
        return r;
    return (u64)bfp_soft_div(b, &bfp_long, unpack_64(x), unpack_64(y));
}

u32 bfp32_sqrt(struct bfp *b, u32 x)
{
    u32 r;

    if (host_allowed(b) && host_sqrt32(b, x, &r))
        return r;
    return (u32)bfp_soft_sqrt(b, &bfp_short, unpack_32(x));
}

u64 bfp64_sqrt(struct bfp *b, u64 x)
{
    u64 r;

    if (fma_allowed(b) && host_sqrt64(b, x, &r))
        return r;
    return (u64)bfp_soft_sqrt(b, &bfp_long, unpack_64(x));
}

u32 bfp32_fma(struct bfp *b, u32 x, u32 y, u32 z)
{
    u32 r;

    if (host_allowed(b) && host_fma32(b, x, y, z, &r))
        return r;
    return (u32)bfp_soft_fma(b, &bfp_short, unpack_32(x), unpack_32(y), unpack_32(z));
}

u64 bfp64_fma(struct bfp *b, u64 x, u64 y, u64 z)
{
    u64 r;

    if (fma_allowed(b) && host_fma64(b, x, y, z, &r))
        return r;
    return (u64)bfp_soft_fma(b, &bfp_long, unpack_64(x), unpack_64(y), unpack_64(z));
}

u32 bfp32_fms(struct bfp *b, u32 x, u32 y, u32 z)
{
    u32 r;

    if (host_allowed(b) && host_fma32(b, x, y, flip32(z), &r))
        return r;
    return (u32)bfp_soft_fms(b, &bfp_short, unpack_32(x), unpack_32(y), unpack_32(z));
}

u64 bfp64_fms(struct bfp *b, u64 x, u64 y, u64 z)
{
    u64 r;

    if (fma_allowed(b) && host_fma64(b, x, y, flip64(z), &r))
        return r;
    return (u64)bfp_soft_fms(b, &bfp_long, unpack_64(x), unpack_64(y), unpack_64(z));
}
