/* SPDX-License-Identifier: Apache-2.0
 *
 * What insn_bfp.c and insn_bfp_convert.c share: the end of an operation.  See ops_bfp.h for what a
 * status is.
 */
#ifndef SIE390_CPU_INSN_BFP_H
#define SIE390_CPU_INSN_BFP_H

#include "cpu/ops_bfp.h"

/* Flags into the FPC; the status. */
static inline u32 bfp_status(struct cpu *c, const struct bfp *b)
{
    u32 status = b->dxc | (u32)b->cc << OP_BFP_CC_SHIFT;

    c->fpc |= (u32)b->flags << FPC_FLAG_SHIFT;
    if (unlikely(b->dxc)) {
        status |= b->suppress ? OP_BFP_SUPPRESS : 0;
        status |= b->wide ? OP_BFP_WIDE : 0;
    }
    return status;
}

static inline u32 bfp_end(struct cpu *c, const struct bfp *b, u64 value)
{
    c->slow_value[0] = value;
    return bfp_status(c, b);
}

static inline u32 bfp_end128(struct cpu *c, const struct bfp *b, struct f128 value)
{
    c->slow_value[0] = value.hi;
    c->slow_value[1] = value.lo;
    return bfp_status(c, b);
}

/* Rules of an operation with a mode of op_rounding(). */
static inline struct bfp bfp_begin_mode(const struct cpu *c, u32 mode)
{
    struct bfp b = bfp_begin(c->fpc);

    b.rm = mode & 15;
    b.xxc = mode & OP_MODE_XXC;
    return b;
}

#endif
