/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point for the CPU, continued from insn_bfp.c: conversions, LOAD FP INTEGER, and
 * the instructions that records cannot say: LOAD ROUNDED, whose trapped result has another format,
 * and DIVIDE TO INTEGER, which has two results.
 *
 * Work that needs the address of a local variable is done in functions of its own, never inlined,
 * so that an instruction's last call stays a tail call.
 *
 * References: [PoP 9 Rounding], [PoP 19 CONVERT FROM FIXED ... LOAD ROUNDED, DIVIDE TO INTEGER].
 */
#include "cpu/insn_bfp.h"
#include "isa_exec.h"
#include "isa_fields.h"

#define NO_INLINE __attribute__((noinline))

/* ---- rounding modes ---- */

s32 op_rounding_of(const struct cpu *c, u32 m3, u32 m4)
{
    bool extension = cpu_facility(c, 37);
    u8 rm;

    if (m3 == 3 && !extension)
        return -1;
    if (!bfp_rm_of_m3((u8)m3, bfp_begin(c->fpc).rm, &rm))
        return -1;
    return rm | (extension && m4 & 4 ? (s32)OP_MODE_XXC : 0);
}

/* ---- LOAD LENGTHENED ---- */

u32 op_bfp32_to_64_full(struct cpu *c, u32 x)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp32_to_64(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp32_to_128(struct cpu *c, u32 x)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp32_to_128(&b, x);

    return bfp_end128(c, &b, r);
}

u32 op_bfp64_to_128(struct cpu *c, u64 x)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp64_to_128(&b, x);

    return bfp_end128(c, &b, r);
}

/* ---- LOAD FP INTEGER ---- */

u32 op_bfp32_rint(struct cpu *c, u32 mode, u32 x)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u32 r = bfp32_rint(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_rint(struct cpu *c, u32 mode, u64 x)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 r = bfp64_rint(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_rint(struct cpu *c, u32 mode, struct f128 x)
{
    struct bfp b = bfp_begin_mode(c, mode);
    struct f128 r = bfp128_rint(&b, x);

    return bfp_end128(c, &b, r);
}

/* ---- CONVERT FROM FIXED, CONVERT FROM LOGICAL ---- */

u32 op_bfp32_from_s64_full(struct cpu *c, u32 mode, s64 v)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u32 r = bfp32_from_s64(&b, v);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_from_s64_full(struct cpu *c, u32 mode, s64 v)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 r = bfp64_from_s64(&b, v);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_from_s64(struct cpu *c, u32 mode, s64 v)
{
    struct bfp b = bfp_begin_mode(c, mode);
    struct f128 r = bfp128_from_s64(&b, v);

    return bfp_end128(c, &b, r);
}

u32 op_bfp32_from_u64(struct cpu *c, u32 mode, u64 v)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u32 r = bfp32_from_u64(&b, v);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_from_u64(struct cpu *c, u32 mode, u64 v)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 r = bfp64_from_u64(&b, v);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_from_u64(struct cpu *c, u32 mode, u64 v)
{
    struct bfp b = bfp_begin_mode(c, mode);
    struct f128 r = bfp128_from_u64(&b, v);

    return bfp_end128(c, &b, r);
}

/* ---- CONVERT TO FIXED, CONVERT TO LOGICAL ---- */

u32 op_bfp32_to_fixed(struct cpu *c, u32 mode, u32 x, enum bfp_int target)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 r = bfp32_to_fixed(&b, x, target);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_to_fixed_full(struct cpu *c, u32 mode, u64 x, enum bfp_int target)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 r = bfp64_to_fixed(&b, x, target);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_to_fixed(struct cpu *c, u32 mode, struct f128 x, enum bfp_int target)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 r = bfp128_to_fixed(&b, x, target);

    return bfp_end(c, &b, r);
}

/* ---- LOAD ROUNDED ---- */

static NO_INLINE u32 round_64_to_32(struct cpu *c, u32 mode, unsigned r1, u64 x)
{
    struct bfp b = bfp_begin_mode(c, mode);
    u64 wide;
    u32 r = bfp64_to_32(&b, x, &wide);

    if (b.dxc && b.wide)
        cpu_set_fpr(c, r1, wide);
    else if (!b.dxc || !b.suppress)
        op_set_fpr32(c, r1, r);
    return bfp_status(c, &b);
}

static NO_INLINE u32 round_128_to_32(struct cpu *c, u32 mode, unsigned r1, struct f128 x)
{
    struct bfp b = bfp_begin_mode(c, mode);
    struct f128 wide;
    u32 r = bfp128_to_32(&b, x, &wide);

    if (b.dxc && b.wide)
        op_set_fpr128(c, r1, wide);
    else if (!b.dxc || !b.suppress)
        op_set_fpr32(c, r1, r);
    return bfp_status(c, &b);
}

static NO_INLINE u32 round_128_to_64(struct cpu *c, u32 mode, unsigned r1, struct f128 x)
{
    struct bfp b = bfp_begin_mode(c, mode);
    struct f128 wide;
    u64 r = bfp128_to_64(&b, x, &wide);

    if (b.dxc && b.wide)
        op_set_fpr128(c, r1, wide);
    else if (!b.dxc || !b.suppress)
        cpu_set_fpr(c, r1, r);
    return bfp_status(c, &b);
}

const struct dinsn *insn_ledbr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = op_rounding37(c, f_RRF_e_m3(d), f_RRF_e_m4(d));
    u64 x = cpu_fpr(c, f_RRF_e_r2(d));
    u32 status;

    if (unlikely(mode < 0))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (mode == BFP_RNE && op_bfp32_done(c, (float)double_of(x))) {
        op_set_fpr32(c, f_RRF_e_r1(d), (u32)c->slow_value[0]);
        return cpu_next(c, d, 2);
    }
    status = round_64_to_32(c, (u32)mode, f_RRF_e_r1(d), x);
    if (unlikely(status & OP_BFP_DXC))
        return op_bfp_trap(c, d, status);
    return cpu_next(c, d, 2);
}

const struct dinsn *insn_lexbr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = op_rounding37(c, f_RRF_e_m3(d), f_RRF_e_m4(d));
    u32 status;

    if (unlikely(mode < 0))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    status = round_128_to_32(c, (u32)mode, f_RRF_e_r1(d), op_fpr128(c, f_RRF_e_r2(d)));
    if (unlikely(status & OP_BFP_DXC))
        return op_bfp_trap(c, d, status);
    return cpu_next(c, d, 2);
}

const struct dinsn *insn_ldxbr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = op_rounding37(c, f_RRF_e_m3(d), f_RRF_e_m4(d));
    u32 status;

    if (unlikely(mode < 0))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    status = round_128_to_64(c, (u32)mode, f_RRF_e_r1(d), op_fpr128(c, f_RRF_e_r2(d)));
    if (unlikely(status & OP_BFP_DXC))
        return op_bfp_trap(c, d, status);
    return cpu_next(c, d, 2);
}

/* ---- DIVIDE TO INTEGER ---- */

static NO_INLINE u32 divide_to_integer_32(struct cpu *c, const struct dinsn *d, u32 mode)
{
    struct bfp b = bfp_begin(c->fpc);
    unsigned r1 = f_RRF_b_r1(d), r3 = f_RRF_b_r3(d);
    u32 x = (u32)(cpu_fpr(c, r1) >> 32), y = (u32)(cpu_fpr(c, f_RRF_b_r2(d)) >> 32);
    u32 quotient;
    u32 remainder = bfp32_divide_to_integer(&b, x, y, mode & 15, &quotient);

    if (!b.dxc || !b.suppress) {
        op_set_fpr32(c, r1, remainder);
        op_set_fpr32(c, r3, quotient);
        c->cc = b.cc;
    }
    return bfp_status(c, &b);
}

static NO_INLINE u32 divide_to_integer_64(struct cpu *c, const struct dinsn *d, u32 mode)
{
    struct bfp b = bfp_begin(c->fpc);
    unsigned r1 = f_RRF_b_r1(d), r3 = f_RRF_b_r3(d);
    u64 quotient;
    u64 remainder = bfp64_divide_to_integer(&b, cpu_fpr(c, r1), cpu_fpr(c, f_RRF_b_r2(d)),
                                            mode & 15, &quotient);

    if (!b.dxc || !b.suppress) {
        cpu_set_fpr(c, r1, remainder);
        cpu_set_fpr(c, r3, quotient);
        c->cc = b.cc;
    }
    return bfp_status(c, &b);
}

/* M4 names a mode and the three registers differ, or -1. */
static s32 divide_to_integer_mode(const struct cpu *c, const struct dinsn *d)
{
    u32 r1 = f_RRF_b_r1(d), r2 = f_RRF_b_r2(d), r3 = f_RRF_b_r3(d);

    if (r1 == r2 || r1 == r3 || r2 == r3)
        return -1;
    return op_rounding_of(c, f_RRF_b_m4(d), 0);
}

const struct dinsn *insn_diebr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = divide_to_integer_mode(c, d);
    u32 status;

    if (mode < 0)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    status = divide_to_integer_32(c, d, (u32)mode);
    if (unlikely(status & OP_BFP_DXC))
        return op_bfp_trap(c, d, status);
    return cpu_next(c, d, 2);
}

const struct dinsn *insn_didbr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = divide_to_integer_mode(c, d);
    u32 status;

    if (mode < 0)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    status = divide_to_integer_64(c, d, (u32)mode);
    if (unlikely(status & OP_BFP_DXC))
        return op_bfp_trap(c, d, status);
    return cpu_next(c, d, 2);
}
