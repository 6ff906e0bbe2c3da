/* SPDX-License-Identifier: Apache-2.0
 *
 * Floating-point-support instructions that records cannot say: LOAD and SET FPC AND SIGNAL, and the
 * conversions between binary and hexadecimal floating point.  The rest of them, and SET ROUNDING
 * MODE, are records in isa/float.isa.
 *
 * A long hexadecimal number is a sign, a characteristic c of 7 bits and a fraction f of 56 bits
 * with the value f / 2^56 * 16^(c - 64); f need not be normalized.
 *
 * References: [PoP 9 CONVERT BFP TO HFP, CONVERT HFP TO BFP, LOAD FPC AND SIGNAL, SET FPC AND
 * SIGNAL], [PoP 18 HFP Data Format].
 */
#include "cpu/insn_bfp.h"
#include "isa_exec.h"
#include "isa_fields.h"

#define NO_INLINE __attribute__((noinline))

/* ---- floating-point-control register ---- */

/* Bits that are never assigned; the quantum mask and flag came with facility 37. */
#define FPC_RESERVED 0x03030088U
#define FPC_QUANTUM 0x04040000U

bool op_fpc_valid(const struct cpu *c, u32 v)
{
    bool extension = cpu_facility(c, 37);
    u32 brm = v & FPC_BRM;

    if (v & FPC_RESERVED || (v & FPC_QUANTUM && !extension) ||
        (v & FPC_DRM && !cpu_facility(c, 42)))
        return false;
    return brm < 4 || (brm == BFP_RFS && extension);
}

/* DXC of a simulated IEEE exception, from the flags that are to be signaled; 0: none. */
static u8 simulated_dxc(u32 signaled)
{
    u8 inexact = signaled & BFP_XX;

    if (signaled & BFP_XI)
        return DXC_SIM_INVALID_OPERATION;
    if (signaled & BFP_XZ)
        return DXC_SIM_DIVIDE_BY_ZERO;
    if (signaled & BFP_XO)
        return inexact ? DXC_SIM_OVERFLOW_INEXACT : DXC_SIM_OVERFLOW_EXACT;
    if (signaled & BFP_XU)
        return inexact ? DXC_SIM_UNDERFLOW_INEXACT : DXC_SIM_UNDERFLOW_EXACT;
    if (inexact)
        return DXC_SIM_INEXACT;
    return signaled & 0x04 ? DXC_SIM_QUANTUM : 0;
}

/* Loads v; flags that are on now stay on and, where v enables them, are signaled. */
static const struct dinsn *load_and_signal(struct cpu *c, const struct dinsn *d, u32 v)
{
    u32 flags = c->fpc & 0xfcU << FPC_FLAG_SHIFT;
    u8 dxc = simulated_dxc(flags >> FPC_FLAG_SHIFT & v >> FPC_MASK_SHIFT);

    if (!op_fpc_valid(c, v))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    c->fpc = v | flags;
    if (dxc)
        return op_bfp_trap(c, d, dxc);
    return cpu_next(c, d, 2);
}

const struct dinsn *insn_lfas(struct cpu *c, const struct dinsn *d)
{
    u32 v = 0;

    if (!cpu_ld32(c, ea_S_2(c, d), ar_S_2(d), &v))
        return cpu_leave_fault(c, d);
    return load_and_signal(c, d, v);
}

const struct dinsn *insn_sfasr(struct cpu *c, const struct dinsn *d)
{
    return load_and_signal(c, d, (u32)c->gr[f_RRE_r1(d)]);
}

/* ---- CONVERT BFP TO HFP ---- */

#define HFP_MAX 0x7fffffffffffffffULL

static u32 cc_of_sign(bool sign)
{
    return sign ? 1 : 2;
}

/* The long hexadecimal number of x; condition code 3 when there is none.  Never inexact: 53 bits
 * and up to three leading zeros fit into 56. */
static u64 bfp_to_hfp(struct cpu *c, const struct bfp_num *x)
{
    u64 sign = x->sign ? BIT64(0) : 0;
    s32 digits;

    switch (x->cls) {
    case BFP_ZERO:
        c->cc = 0;
        return sign;
    case BFP_INF:
        c->cc = 3;
        return sign | HFP_MAX;
    case BFP_QNAN:
    case BFP_SNAN:
        c->cc = 3;
        return HFP_MAX;
    case BFP_FINITE:
        break;
    }
    digits = (x->exp + 4) >> 2; /* value < 16^digits */
    if (digits > 63) {
        c->cc = 3;
        return sign | HFP_MAX;
    }
    c->cc = cc_of_sign(x->sign);
    if (digits < -64)
        return sign;
    return sign | (u64)(digits + 64) << 56 | (u64)(x->sig >> (72 + 4 * digits - x->exp - 1));
}

static NO_INLINE u64 short_to_hfp(struct cpu *c, u32 v)
{
    struct bfp_num x = bfp_unpack(&bfp_short, v);

    return bfp_to_hfp(c, &x);
}

static NO_INLINE u64 long_to_hfp(struct cpu *c, u64 v)
{
    struct bfp_num x = bfp_unpack(&bfp_long, v);

    return bfp_to_hfp(c, &x);
}

const struct dinsn *insn_thder(struct cpu *c, const struct dinsn *d)
{
    cpu_set_fpr(c, f_RRE_r1(d), short_to_hfp(c, (u32)(cpu_fpr(c, f_RRE_r2(d)) >> 32)));
    return cpu_next(c, d, 2);
}

const struct dinsn *insn_thdr(struct cpu *c, const struct dinsn *d)
{
    cpu_set_fpr(c, f_RRE_r1(d), long_to_hfp(c, cpu_fpr(c, f_RRE_r2(d))));
    return cpu_next(c, d, 2);
}

/* ---- CONVERT HFP TO BFP ---- */

/* Without IEEE exceptions: what overflows is condition code 3. */
static NO_INLINE u64 hfp_to_bfp(struct cpu *c, const struct bfp_fmt *f, u8 rm, u64 v)
{
    struct bfp b = {.rm = rm};
    bool sign = v >> 63;
    u64 fraction = v & 0x00ffffffffffffffULL;
    s32 exp, lz;
    u64 r;

    c->cc = 0;
    if (!fraction)
        return (u64)bfp_pack_zero(f, sign);
    lz = __builtin_clzll(fraction);
    exp = 4 * ((s32)(v >> 56 & 0x7f) - 64) - 56 + 63 - lz;
    r = (u64)bfp_finish(&b, f, sign, exp, (u128)fraction << (64 + lz));
    c->cc = b.flags & BFP_XO ? 3 : cc_of_sign(sign);
    return r;
}

/* The rounding mode of M3: 0 is toward 0, whatever the FPC says; -1: not valid. */
static s32 mode_of_m3(const struct cpu *c, const struct dinsn *d)
{
    u32 m3 = f_RRF_e_m3(d);

    return m3 ? op_rounding_of(c, m3, 0) : BFP_RZ;
}

const struct dinsn *insn_tbedr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = mode_of_m3(c, d);
    u64 v = cpu_fpr(c, f_RRF_e_r2(d));

    if (mode < 0)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    op_set_fpr32(c, f_RRF_e_r1(d), (u32)hfp_to_bfp(c, &bfp_short, (u8)mode, v));
    return cpu_next(c, d, 2);
}

const struct dinsn *insn_tbdr(struct cpu *c, const struct dinsn *d)
{
    s32 mode = mode_of_m3(c, d);
    u64 v = cpu_fpr(c, f_RRF_e_r2(d));

    if (mode < 0)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    cpu_set_fpr(c, f_RRF_e_r1(d), hfp_to_bfp(c, &bfp_long, (u8)mode, v));
    return cpu_next(c, d, 2);
}
