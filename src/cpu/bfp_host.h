/* SPDX-License-Identifier: Apache-2.0
 *
 * What bfp_host.c and bfp_host_convert.c share: the way between packed operands and the host's
 * floating-point types, and the conditions under which the host's result is the architected one.
 * For x86-64 hosts.
 *
 * References: [PoP 9 IEEE Exceptions].
 */
#ifndef SIE390_CPU_BFP_HOST_H
#define SIE390_CPU_BFP_HOST_H

#include <string.h>

#include "cpu/bfp_core.h"

/* Biased exponents of long numbers between which residuals neither underflow nor overflow: the
 * error of a product is a multiple of its last bit times 2^-53. */
#define EXP64_LOW 130
#define EXP64_HIGH 1980

static inline float float_of(u32 v)
{
    float x;

    memcpy(&x, &v, sizeof(x));
    return x;
}

static inline u32 bits32(float x)
{
    u32 v;

    memcpy(&v, &x, sizeof(v));
    return v;
}

static inline double double_of(u64 v)
{
    double x;

    memcpy(&x, &v, sizeof(x));
    return x;
}

static inline u64 bits64_of(double x)
{
    u64 v;

    memcpy(&v, &x, sizeof(v));
    return v;
}

static inline bool host_allowed(const struct bfp *b)
{
    return b->rm == BFP_RNE && !(b->traps & BFP_XX) && !b->soft;
}

static inline u32 exp32(u32 x)
{
    return x >> 23 & 0xff;
}

static inline u32 exp64(u64 x)
{
    return x >> 52 & 0x7ff;
}

static inline bool zero32(u32 x)
{
    return !(x << 1);
}

static inline bool zero64(u64 x)
{
    return !(x << 1);
}

/* Zero or normal. */
static inline bool plain32(u32 x)
{
    return exp32(x) - 1 < 254 || zero32(x);
}

/* Zero or normal and far from the limits. */
static inline bool plain64(u64 x)
{
    return exp64(x) - EXP64_LOW < EXP64_HIGH - EXP64_LOW || zero64(x);
}

/* A result that is neither tiny before rounding nor an overflow. */
static inline bool safe32(u32 r)
{
    return exp32(r) - 2 < 253;
}

static inline bool safe64(u64 r)
{
    return exp64(r) - EXP64_LOW < EXP64_HIGH - EXP64_LOW;
}

static inline void set_inexact(struct bfp *b, bool inexact)
{
    if (inexact && !b->xxc)
        b->flags |= BFP_XX;
}

#endif
