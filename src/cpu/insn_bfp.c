/* SPDX-License-Identifier: Apache-2.0
 *
 * Binary floating point for the CPU: the operations of ops_bfp.h in full: arithmetic, comparison,
 * LOAD AND TEST.  Each begins with the FPC's rounding mode and masks, has bfp.h compute, and ends
 * with the flags in the FPC, the value in c->slow_value and a status.  Conversions and the
 * instructions with two results are in insn_bfp_convert.c; records in isa/float.isa do the rest.
 *
 * References: [PoP 9 IEEE Exceptions], [PoP 19 Binary-Floating-Point Instructions].
 */
#include "cpu/insn_bfp.h"

const struct dinsn *op_bfp_trap(struct cpu *c, const struct dinsn *d, u32 status)
{
    cpu_data_exception(c, (u8)(status & OP_BFP_DXC));
    return cpu_leave_fault(c, d);
}

/* ---- ADD, SUBTRACT, MULTIPLY, DIVIDE ---- */

u32 op_bfp32_add_full(struct cpu *c, u32 x, u32 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_add(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_add_full(struct cpu *c, u64 x, u64 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_add(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_add(struct cpu *c, struct f128 x, struct f128 y)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp128_add(&b, x, y);

    return bfp_end128(c, &b, r);
}

u32 op_bfp32_sub_full(struct cpu *c, u32 x, u32 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_sub(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_sub_full(struct cpu *c, u64 x, u64 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_sub(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_sub(struct cpu *c, struct f128 x, struct f128 y)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp128_sub(&b, x, y);

    return bfp_end128(c, &b, r);
}

u32 op_bfp32_mul_full(struct cpu *c, u32 x, u32 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_mul(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_mul_full(struct cpu *c, u64 x, u64 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_mul(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_mul(struct cpu *c, struct f128 x, struct f128 y)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp128_mul(&b, x, y);

    return bfp_end128(c, &b, r);
}

u32 op_bfp32_mul_long_full(struct cpu *c, u32 x, u32 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp32_mul_long(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_mul_extended(struct cpu *c, u64 x, u64 y)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp64_mul_extended(&b, x, y);

    return bfp_end128(c, &b, r);
}

u32 op_bfp32_div_full(struct cpu *c, u32 x, u32 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_div(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_div_full(struct cpu *c, u64 x, u64 y)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_div(&b, x, y);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_div(struct cpu *c, struct f128 x, struct f128 y)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp128_div(&b, x, y);

    return bfp_end128(c, &b, r);
}

/* ---- SQUARE ROOT ---- */

u32 op_bfp32_sqrt(struct cpu *c, u32 x)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_sqrt(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_sqrt(struct cpu *c, u64 x)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_sqrt(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_sqrt(struct cpu *c, struct f128 x)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp128_sqrt(&b, x);

    return bfp_end128(c, &b, r);
}

/* ---- MULTIPLY AND ADD, MULTIPLY AND SUBTRACT ---- */

u32 op_bfp32_fma_full(struct cpu *c, u32 x, u32 y, u32 z)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_fma(&b, x, y, z);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_fma_full(struct cpu *c, u64 x, u64 y, u64 z)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_fma(&b, x, y, z);

    return bfp_end(c, &b, r);
}

u32 op_bfp32_fms_full(struct cpu *c, u32 x, u32 y, u32 z)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_fms(&b, x, y, z);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_fms_full(struct cpu *c, u64 x, u64 y, u64 z)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_fms(&b, x, y, z);

    return bfp_end(c, &b, r);
}

/* ---- COMPARE, COMPARE AND SIGNAL; LOAD AND TEST of NaNs ---- */

u32 op_bfp32_compare_nan(struct cpu *c, u32 x, u32 y, bool signal)
{
    struct bfp b = bfp_begin(c->fpc);

    b.cc = bfp32_compare(&b, x, y, signal);
    return bfp_end(c, &b, 0);
}

u32 op_bfp64_compare_nan(struct cpu *c, u64 x, u64 y, bool signal)
{
    struct bfp b = bfp_begin(c->fpc);

    b.cc = bfp64_compare(&b, x, y, signal);
    return bfp_end(c, &b, 0);
}

u32 op_bfp128_compare(struct cpu *c, struct f128 x, struct f128 y, bool signal)
{
    struct bfp b = bfp_begin(c->fpc);

    b.cc = bfp128_compare(&b, x, y, signal);
    return bfp_end(c, &b, 0);
}

u32 op_bfp32_test_nan(struct cpu *c, u32 x)
{
    struct bfp b = bfp_begin(c->fpc);
    u32 r = bfp32_load_and_test(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp64_test_nan(struct cpu *c, u64 x)
{
    struct bfp b = bfp_begin(c->fpc);
    u64 r = bfp64_load_and_test(&b, x);

    return bfp_end(c, &b, r);
}

u32 op_bfp128_load_and_test(struct cpu *c, struct f128 x)
{
    struct bfp b = bfp_begin(c->fpc);
    struct f128 r = bfp128_load_and_test(&b, x);

    return bfp_end128(c, &b, r);
}
