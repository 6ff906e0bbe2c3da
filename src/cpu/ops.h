/* SPDX-License-Identifier: Apache-2.0
 *
 * The vocabulary of instruction semantics beyond plain C operators: small pure functions that the
 * records in isa/ name.  Shift amounts are already reduced to 0-63.
 *
 * References: [PoP 7 General Instructions].
 */
#ifndef SIE390_CPU_OPS_H
#define SIE390_CPU_OPS_H

#include "arch/cr.h"
#include "cpu/exec.h"

static ALWAYS_INLINE u32 op_clz64(u64 v)
{
    return v ? (u32)__builtin_clzll(v) : 64;
}

static ALWAYS_INLINE u64 op_popcount64(u64 v)
{
    return (u64)__builtin_popcountll(v);
}

/* Number of ones in each byte. */
static ALWAYS_INLINE u64 op_popcount_bytes(u64 v)
{
    v -= v >> 1 & 0x5555555555555555ULL;
    v = (v & 0x3333333333333333ULL) + (v >> 2 & 0x3333333333333333ULL);
    return (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
}

static ALWAYS_INLINE u32 op_shl32(u32 v, u32 n)
{
    return n < 32 ? v << n : 0;
}
static ALWAYS_INLINE u64 op_shl64(u64 v, u32 n)
{
    return n < 64 ? v << n : 0;
}
static ALWAYS_INLINE u32 op_shr32(u32 v, u32 n)
{
    return n < 32 ? v >> n : 0;
}
static ALWAYS_INLINE u64 op_shr64(u64 v, u32 n)
{
    return n < 64 ? v >> n : 0;
}
static ALWAYS_INLINE u32 op_sar32(u32 v, u32 n)
{
    return (u32)((s32)v >> (n < 32 ? n : 31));
}
static ALWAYS_INLINE u64 op_sar64(u64 v, u32 n)
{
    return (u64)((s64)v >> (n < 64 ? n : 63));
}

/* Arithmetic left shifts: the sign bit stays; overflow when a bit unlike it is shifted out. */
static ALWAYS_INLINE u32 op_sla32(u32 v, u32 n)
{
    return (op_shl32(v, n) & 0x7fffffff) | (v & 0x80000000);
}
static ALWAYS_INLINE u32 op_cc_sla32(u32 v, u32 n)
{
    u32 r = op_sla32(v, n);

    bool overflow = n < 32 ? op_sar32(r, n) != v : v != 0;

    return overflow ? 3 : cc_s32((s32)r);
}
static ALWAYS_INLINE u64 op_sla64(u64 v, u32 n)
{
    return (op_shl64(v, n) & 0x7fffffffffffffffULL) | (v & 0x8000000000000000ULL);
}
static ALWAYS_INLINE u32 op_cc_sla64(u64 v, u32 n)
{
    u64 r = op_sla64(v, n);

    return op_sar64(r, n) != v ? 3 : cc_s64((s64)r);
}

/* With carry in (0 or 1): sum, and the condition code of a logical addition. */
static ALWAYS_INLINE u32 op_addc32(u32 a, u32 b, u32 carry)
{
    return a + b + carry;
}
static ALWAYS_INLINE u32 op_cc_addc32(u32 a, u32 b, u32 carry)
{
    u64 r = (u64)a + b + carry;

    return ((u32)r != 0) | (u32)(r >> 32) << 1;
}
static ALWAYS_INLINE u64 op_addc64(u64 a, u64 b, u32 carry)
{
    return a + b + carry;
}
static ALWAYS_INLINE u32 op_cc_addc64(u64 a, u64 b, u32 carry)
{
    u128 r = (u128)a + b + carry;

    return ((u64)r != 0) | (u32)(r >> 64) << 1;
}
static ALWAYS_INLINE u32 op_cc_subb32(u32 a, u32 b, u32 carry)
{
    return op_cc_addc32(a, ~b, carry);
}
static ALWAYS_INLINE u32 op_cc_subb64(u64 a, u64 b, u32 carry)
{
    return op_cc_addc64(a, ~b, carry);
}

static ALWAYS_INLINE u64 op_mulhu64(u64 a, u64 b)
{
    return (u64)((u128)a * b >> 64);
}
static ALWAYS_INLINE u64 op_mulhs64(s64 a, s64 b)
{
    return (u64)((s128)a * b >> 64);
}

/* MULTIPLY SINGLE that sets the condition code. */
static ALWAYS_INLINE u32 op_cc_mul32(s32 a, s32 b)
{
    s32 r;

    return __builtin_smul_overflow(a, b, &r) ? 3 : cc_s32(r);
}
static ALWAYS_INLINE u32 op_cc_mul64(s64 a, s64 b)
{
    long r;

    return __builtin_smull_overflow(a, b, &r) ? 3 : cc_s64(r);
}

/* Quotients; the divisor is not zero.  The largest negative number by -1 gives itself. */
static ALWAYS_INLINE u64 op_divs64(s64 a, s64 b)
{
    return b == -1 ? 0 - (u64)a : (u64)(a / b);
}
static ALWAYS_INLINE u64 op_divu64(u64 a, u64 b)
{
    return a / b;
}
/* hi is less than b: the quotient fits.  Compilers extend 64-bit dividends: mostly hi is zero. */
static ALWAYS_INLINE u64 op_divu128(u64 hi, u64 lo, u64 b)
{
    if (likely(!hi))
        return lo / b;
    return (u64)(((u128)hi << 64 | lo) / b);
}

/* Bits first..last (0-63), wrapping around when first > last. */
static ALWAYS_INLINE u64 op_bit_range(u32 first, u32 last)
{
    u64 from = ~0ULL >> (first & 63);
    u64 to = ~0ULL << (63 - (last & 63));

    return (first & 63) <= (last & 63) ? from & to : from | to;
}

/* ROTATE THEN INSERT SELECTED BITS: i3 first bit, i4 last bit and zero control, i5 rotation. */
static ALWAYS_INLINE u64 op_risbg(u64 r1, u64 r2, u32 i3, u32 i4, u32 i5)
{
    u64 mask = op_bit_range(i3 & 63, i4 & 63);
    u64 v = rotl64(r2, i5 & 63) & mask;

    return i4 & 0x80 ? v : (r1 & ~mask) | v;
}

/* The same within one word: bits i3..i4 of `from` into `to`, the rest of it kept or zeroed. */
static ALWAYS_INLINE u32 op_risb32(u32 to, u32 from, u32 i3, u32 i4)
{
    u32 a = ~0U >> (i3 & 31);
    u32 b = ~0U << (31 - (i4 & 31));
    u32 mask = (i3 & 31) <= (i4 & 31) ? a & b : a | b;

    return i4 & 0x80 ? from & mask : (to & ~mask) | (from & mask);
}

/* 4-bit byte mask -> 32-bit mask. */
static ALWAYS_INLINE u32 op_icm_mask(u32 m)
{
    return (m & 8 ? 0xff000000u : 0) | (m & 4 ? 0xff0000u : 0) | (m & 2 ? 0xff00u : 0) |
           (m & 1 ? 0xffu : 0);
}

/* Return address of BRANCH AND SAVE: in the 31-bit mode with a one in front. */
static ALWAYS_INLINE void op_set_link(struct cpu *c, unsigned r, u64 addr)
{
    if (likely(c->amask == ~0ULL))
        c->gr[r] = addr;
    else
        cpu_set_gr32(c, r, (u32)addr | (c->amask == PSW_ADDR_31 ? 0x80000000U : 0));
}

/* SIE: there is no facility list to interpret STFLE with. */
static ALWAYS_INLINE bool op_no_facility_list(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !(c->sd->fac.raw & be32_of(SD_FAC_ORIGIN).raw);
}

/* ---- storage operands located relative to the instruction ----
 * They are in the space that instructions are fetched from, and aligned.  False with fault. */

/* Host pointer, off the fast path (insn_general.c). */
u8 *op_ptr_rel(struct cpu *c, u64 va, unsigned size, enum access acc) MUST_CHECK;

#define OP_REL(bits, bytes)                                                                        \
    static ALWAYS_INLINE bool op_ld##bits##_rel(struct cpu *c, u64 va, u##bits *v)                 \
    {                                                                                              \
        const struct tlb_entry *e = &c->ispace->data[va >> FRAME_SHIFT & (TLB_ENTRIES - 1)];       \
        const u8 *p = (const u8 *)(e->addend + va);                                                \
                                                                                                   \
        if (unlikely(e->load != (va & ~FRAME_MASK))) {                                             \
            p = op_ptr_rel(c, va, bytes, ACC_FETCH);                                               \
            if (!p)                                                                                \
                return false;                                                                      \
        }                                                                                          \
        *v = host_ld##bits(p);                                                                     \
        return true;                                                                               \
    }                                                                                              \
    static ALWAYS_INLINE bool op_st##bits##_rel(struct cpu *c, u64 va, u##bits v)                  \
    {                                                                                              \
        const struct tlb_entry *e = &c->ispace->data[va >> FRAME_SHIFT & (TLB_ENTRIES - 1)];       \
        u8 *p = (u8 *)(e->addend + va);                                                            \
                                                                                                   \
        if (unlikely(e->store != (va & ~FRAME_MASK))) {                                            \
            p = op_ptr_rel(c, va, bytes, ACC_STORE);                                               \
            if (!p)                                                                                \
                return false;                                                                      \
        }                                                                                          \
        host_st##bits(p, v);                                                                       \
        return true;                                                                               \
    }

OP_REL(16, 2)
OP_REL(32, 4)
OP_REL(64, 8)
#undef OP_REL

#endif
