/* SPDX-License-Identifier: Apache-2.0
 *
 * What the bfp_*.c files share: numbers taken apart, rounding, the ending of an operation, and the
 * integer arithmetic of all formats.  One set of functions serves the three formats: a format is a
 * struct bfp_fmt, a packed operand lies right aligned in a u128.
 *
 * Invariant of a finite nonzero number: sig has its bit 0 (leftmost) on, and the value is
 * sig / 2^127 * 2^exp.  Extended operands use the leftmost 113 bits; what rounding sees may have
 * more bits, the rightmost being sticky (the or of everything beyond).
 *
 * References: [PoP 9 Floating-Point Overview], [PoP 19 Binary-Floating-Point Instructions].
 */
#ifndef SIE390_CPU_BFP_CORE_H
#define SIE390_CPU_BFP_CORE_H

#include "base/bits.h"
#include "cpu/bfp.h"

#define BFP_TOP ((u128)1 << 127)

struct bfp_fmt {
    s32 width;         /* bits of the format */
    s32 p;             /* precision: bits of the significand with the unit bit */
    s32 emax;          /* largest exponent, and the bias */
    s32 scale;         /* wrap of the exponent at a trapped overflow or underflow */
    s32 scale_rounded; /* the same for LOAD ROUNDED from this format */
};

extern const struct bfp_fmt bfp_short, bfp_long, bfp_extended;

/* Ordered: everything from BFP_QNAN on is a NaN. */
enum bfp_class {
    BFP_ZERO,
    BFP_FINITE,
    BFP_INF,
    BFP_QNAN,
    BFP_SNAN,
};

struct bfp_num {
    enum bfp_class cls;
    bool sign;
    s32 exp;
    u128 sig; /* of a NaN: the fraction, left aligned */
};

static inline bool bfp_is_nan(const struct bfp_num *x)
{
    return x->cls >= BFP_QNAN;
}

static inline unsigned bfp_clz128(u128 v)
{
    u64 hi = (u64)(v >> 64);

    return hi ? (unsigned)__builtin_clzll(hi) : 64 + (unsigned)__builtin_clzll((u64)v);
}

/* v / 2^n with the lost bits or-ed into the last one; n >= 0. */
static inline u128 bfp_shift_sticky(u128 v, s32 n)
{
    if (n == 0)
        return v;
    if (n >= 128)
        return v != 0;
    return v >> n | (v << (128 - n) != 0);
}

static inline u128 bfp_u128(struct f128 x)
{
    return (u128)x.hi << 64 | x.lo;
}

static inline struct f128 bfp_f128(u128 v)
{
    return (struct f128){(u64)(v >> 64), (u64)v};
}

struct bfp_num bfp_unpack(const struct bfp_fmt *f, u128 bits);

/* A packed number that needs no rounding: zero, infinity, a NaN (made quiet, its fraction cut), or
 * a finite number whose sig has no more than p bits and whose exponent a normal number can have. */
u128 bfp_pack(const struct bfp_fmt *f, const struct bfp_num *x);
u128 bfp_pack_zero(const struct bfp_fmt *f, bool sign);

/* sig / 2^drop rounded to an integer; up: the magnitude became larger.  drop >= 1. */
struct bfp_rounded {
    u128 n;
    bool inexact, up;
};
struct bfp_rounded bfp_round(u128 sig, s32 drop, u8 rm, bool sign);

/* The end of an operation with the precise result sig / 2^127 * 2^exp (not zero): rounds to the
 * format, recognizes overflow, underflow and inexact.  Returns the packed result to be stored. */
u128 bfp_finish(struct bfp *b, const struct bfp_fmt *f, bool sign, s32 exp, u128 sig);

/* The same for LOAD ROUNDED: when b->wide comes back true, the result is in format src. */
u128 bfp_finish_rounded(struct bfp *b, const struct bfp_fmt *f, const struct bfp_fmt *src,
                        const struct bfp_num *x);

/* Recognizes inexact, unless suppressed by xxc. */
void bfp_inexact(struct bfp *b, bool up);

/* Recognizes invalid operation.  False: it traps, operation suppressed. */
bool bfp_raise_invalid(struct bfp *b);

/* Invalid operation on numbers: the default NaN. */
u128 bfp_invalid(struct bfp *b, const struct bfp_fmt *f);

/* The result in format f when x or y or z is a NaN (y and z may be NULL). */
u128 bfp_nan(struct bfp *b, const struct bfp_fmt *f, const struct bfp_num *x,
             const struct bfp_num *y, const struct bfp_num *z);

/* The sign of an exact zero sum of two numbers of opposite sign. */
static inline bool bfp_zero_sign(const struct bfp *b)
{
    return b->rm == BFP_RM;
}

/* Arithmetic without the host FPU (bfp_arith.c).  f is the format of the result; operands of a
 * shorter format are allowed (multiplication with lengthening). */
u128 bfp_soft_add(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y);
u128 bfp_soft_sub(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y);
u128 bfp_soft_mul(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y);
u128 bfp_soft_div(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y);
u128 bfp_soft_sqrt(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x);
u128 bfp_soft_fma(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y,
                  struct bfp_num z);
u128 bfp_soft_fms(struct bfp *b, const struct bfp_fmt *f, struct bfp_num x, struct bfp_num y,
                  struct bfp_num z);

/* Conversions without the host FPU (bfp_convert.c); contracts as in bfp.h. */
u32 bfp_soft_64_to_32(struct bfp *b, u64 x, u64 *wide);
u64 bfp_soft_32_to_64(struct bfp *b, u32 x);
u32 bfp_soft_32_from_s64(struct bfp *b, s64 v);
u64 bfp_soft_64_from_s64(struct bfp *b, s64 v);
u64 bfp_soft_32_to_fixed(struct bfp *b, u32 x, enum bfp_int target);
u64 bfp_soft_64_to_fixed(struct bfp *b, u64 x, enum bfp_int target);

#endif
