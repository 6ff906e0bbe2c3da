/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point: the arithmetic of [PoP 19] on operands that are already fetched, in the
 * formats short (u32), long (u64) and extended (struct f128).  Pure functions: no CPU state, no
 * storage, no dependence on the host's floating-point environment beyond its default (round to
 * nearest, no flush to zero).  An operation reads its rules from a struct bfp and leaves there what
 * is to happen to the FPC, to the result and to the condition code.
 *
 * Not here: the AFP-register control, VXC of vector instructions (they may use these functions per
 * element), hexadecimal and decimal formats, the quantum exception (IMq, decimal only).
 *
 * Files: bfp_host.c and bfp_host_convert.c (short and long on the host FPU where that is exact to
 * the flag), else bfp_arith.c and bfp_convert.c; bfp_compare.c; bfp_divint.c; below, bfp_round.c.
 *
 * References: [PoP 9 Floating-Point Overview], [PoP 19 Binary-Floating-Point Instructions].
 */
#ifndef SIE390_CPU_BFP_H
#define SIE390_CPU_BFP_H

#include "base/types.h"

/* An extended operand: hi is the first register of the pair (sign, exponent, 48 fraction bits). */
struct f128 {
    u64 hi, lo;
};

/* Rounding modes [PoP 9 Rounding].  Except RNA, the value is the code of the FPC's BRM field. */
enum bfp_rm {
    BFP_RNE = 0, /* to nearest, ties to even */
    BFP_RZ = 1,  /* toward 0 */
    BFP_RP = 2,  /* toward +infinity */
    BFP_RM = 3,  /* toward -infinity */
    BFP_RNA = 4, /* to nearest, ties away from 0 (only from an M3 field) */
    BFP_RFS = 7, /* prepare for shorter precision: inexact results get a last bit of one */
};

/* IEEE exceptions: bits of FPC byte 0 (masks) and byte 1 (flags). */
enum {
    BFP_XI = 0x80, /* invalid operation */
    BFP_XZ = 0x40, /* division by zero */
    BFP_XO = 0x20, /* overflow */
    BFP_XU = 0x10, /* underflow */
    BFP_XX = 0x08, /* inexact */
};

/* Data-exception codes are the exception bit, for overflow and underflow joined with one of these
 * two when the result is inexact; inexact alone is one of these two. */
enum {
    BFP_DXC_TRUNCATED = 0x08,
    BFP_DXC_INCREMENTED = 0x0c,
};

/* One operation's rules and outcome.  bfp_begin() fills it for one operation; the caller may change
 * rm and xxc from M3 and M4 before the operation. */
struct bfp {
    u8 rm;         /* in: enum bfp_rm */
    u8 traps;      /* in: FPC byte 0, the IEEE masks */
    bool xxc;      /* in: XxC of M4: inexact by itself is neither flagged nor trapped */
    bool soft;     /* in: keep off the host FPU (tests, lockstep) */
    u8 flags;      /* out: to be or-ed into FPC byte 1, also when dxc is not zero */
    u8 dxc;        /* out: not zero = data exception to be taken with this code */
    bool suppress; /* out: with dxc: operation suppressed, no result and no CC; else completed */
    bool wide;     /* out: load rounded trapped: the result is in the source format (*wide) */
    u8 cc;         /* out: where said so below; meaningless when suppress */
};

static inline struct bfp bfp_begin(u32 fpc)
{
    u8 brm = fpc & 7;

    /* BRM 4, 5 and 6 cannot be loaded into an FPC; read them as 0. */
    return (struct bfp){.rm = brm >= 4 && brm != BFP_RFS ? BFP_RNE : brm, .traps = (u8)(fpc >> 24)};
}

/* The rounding mode that a modifier field (M3, or M4 of DIVIDE TO INTEGER) asks for; `current` is
 * the FPC's.  False: the code is not assigned, specification exception. */
bool bfp_rm_of_m3(u8 m3, u8 current, u8 *rm);

/* Arithmetic.  Overflow, underflow and inexact are handled as [PoP 9 IEEE Exceptions] says: the
 * default result and a flag, or when the mask bit is one the scaled result (exponent wrapped by
 * 192, 1536 or 24576) and a DXC; tininess is detected before rounding.  Of several NaNs the first
 * SNaN in order of the arguments is the result (made quiet), else the first QNaN.  What subtraction
 * negates keeps its sign when it is a NaN.  CC of ADD and SUBTRACT: bfp*_cc() of the result. */
u32 bfp32_add(struct bfp *b, u32 x, u32 y);
u64 bfp64_add(struct bfp *b, u64 x, u64 y);
struct f128 bfp128_add(struct bfp *b, struct f128 x, struct f128 y);
u32 bfp32_sub(struct bfp *b, u32 x, u32 y);
u64 bfp64_sub(struct bfp *b, u64 x, u64 y);
struct f128 bfp128_sub(struct bfp *b, struct f128 x, struct f128 y);
u32 bfp32_mul(struct bfp *b, u32 x, u32 y);
u64 bfp64_mul(struct bfp *b, u64 x, u64 y);
struct f128 bfp128_mul(struct bfp *b, struct f128 x, struct f128 y);
u32 bfp32_div(struct bfp *b, u32 x, u32 y);
u64 bfp64_div(struct bfp *b, u64 x, u64 y);
struct f128 bfp128_div(struct bfp *b, struct f128 x, struct f128 y);
u32 bfp32_sqrt(struct bfp *b, u32 x);
u64 bfp64_sqrt(struct bfp *b, u64 x);
struct f128 bfp128_sqrt(struct bfp *b, struct f128 x);

/* x * y exactly, in the next longer format (MDEB, MXDB). */
u64 bfp32_mul_long(struct bfp *b, u32 x, u32 y);
struct f128 bfp64_mul_extended(struct bfp *b, u64 x, u64 y);

/* x * y + z and x * y - z with one rounding.  NaNs are selected in the order x, y, z; infinity
 * times zero is invalid with the default NaN even when z is a NaN.  So MAEBR/MSEBR pass (third,
 * second, first operand); VECTOR FP MULTIPLY AND ADD passes (third, second, fourth). */
u32 bfp32_fma(struct bfp *b, u32 x, u32 y, u32 z);
u64 bfp64_fma(struct bfp *b, u64 x, u64 y, u64 z);
struct f128 bfp128_fma(struct bfp *b, struct f128 x, struct f128 y, struct f128 z);
u32 bfp32_fms(struct bfp *b, u32 x, u32 y, u32 z);
u64 bfp64_fms(struct bfp *b, u64 x, u64 y, u64 z);
struct f128 bfp128_fms(struct bfp *b, struct f128 x, struct f128 y, struct f128 z);

/* DIVIDE TO INTEGER: returns the remainder, stores the quotient; cc 0..3.  final_rm rounds a final
 * quotient, b->rm the remainder. */
u32 bfp32_divide_to_integer(struct bfp *b, u32 x, u32 y, u8 final_rm, u32 *quotient);
u64 bfp64_divide_to_integer(struct bfp *b, u64 x, u64 y, u8 final_rm, u64 *quotient);

/* COMPARE (signal = false) and COMPARE AND SIGNAL: the condition code. */
u8 bfp32_compare(struct bfp *b, u32 x, u32 y, bool signal);
u8 bfp64_compare(struct bfp *b, u64 x, u64 y, bool signal);
u8 bfp128_compare(struct bfp *b, struct f128 x, struct f128 y, bool signal);

/* LOAD AND TEST: x, or the quiet form of an SNaN; cc. */
u32 bfp32_load_and_test(struct bfp *b, u32 x);
u64 bfp64_load_and_test(struct bfp *b, u64 x);
struct f128 bfp128_load_and_test(struct bfp *b, struct f128 x);

/* The condition code that says what x is: 0 zero, 1 less, 2 greater than zero, 3 NaN. */
u8 bfp32_cc(u32 x);
u8 bfp64_cc(u64 x);
u8 bfp128_cc(struct f128 x);

/* TEST DATA CLASS: the one bit of the 12-bit second-operand mask that x corresponds to (800 +zero,
 * 400 -zero, 200 +normal ... 001 -SNaN); the condition code is (mask & class) != 0. */
u16 bfp32_data_class(u32 x);
u16 bfp64_data_class(u64 x);
u16 bfp128_data_class(struct f128 x);

/* LOAD LENGTHENED. */
u64 bfp32_to_64(struct bfp *b, u32 x);
struct f128 bfp32_to_128(struct bfp *b, u32 x);
struct f128 bfp64_to_128(struct bfp *b, u64 x);

/* LOAD ROUNDED.  A trapped overflow or underflow sets b->wide and leaves the result in *wide: in
 * the source format, rounded to the target's precision, the exponent wrapped by 512 (long source)
 * or 8192 (extended); the returned value is then 0 and goes nowhere. */
u32 bfp64_to_32(struct bfp *b, u64 x, u64 *wide);
u32 bfp128_to_32(struct bfp *b, struct f128 x, struct f128 *wide);
u64 bfp128_to_64(struct bfp *b, struct f128 x, struct f128 *wide);

/* LOAD FP INTEGER. */
u32 bfp32_rint(struct bfp *b, u32 x);
u64 bfp64_rint(struct bfp *b, u64 x);
struct f128 bfp128_rint(struct bfp *b, struct f128 x);

/* CONVERT FROM FIXED and FROM LOGICAL (32-bit sources: extend them). */
u32 bfp32_from_s64(struct bfp *b, s64 v);
u64 bfp64_from_s64(struct bfp *b, s64 v);
struct f128 bfp128_from_s64(struct bfp *b, s64 v);
u32 bfp32_from_u64(struct bfp *b, u64 v);
u64 bfp64_from_u64(struct bfp *b, u64 v);
struct f128 bfp128_from_u64(struct bfp *b, u64 v);

/* CONVERT TO FIXED and TO LOGICAL: the result, for 32-bit targets in the low half (high half 0);
 * cc 0..2 by the source's sign, 3 for a NaN or a value out of range. */
enum bfp_int {
    BFP_S32,
    BFP_S64,
    BFP_U32,
    BFP_U64,
};
u64 bfp32_to_fixed(struct bfp *b, u32 x, enum bfp_int target);
u64 bfp64_to_fixed(struct bfp *b, u64 x, enum bfp_int target);
u64 bfp128_to_fixed(struct bfp *b, struct f128 x, enum bfp_int target);

#endif
