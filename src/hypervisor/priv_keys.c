/* SPDX-License-Identifier: Apache-2.0
 *
 * Storage keys: the keyless subset (I13), and the key instructions when SIE intercepts them.  The
 * first key instruction of a CPU takes its keyless subset off; from then on SIE interprets them, so
 * the code below runs only for a state description that intercepts them for another reason.
 *
 * References: [PoP 10 INSERT STORAGE KEY EXTENDED, RESET REFERENCE BIT EXTENDED, SET STORAGE KEY
 * EXTENDED, PERFORM FRAME MANAGEMENT FUNCTION].
 */
#include "hypervisor/gaccess.h"
#include "hypervisor/priv.h"

#define ICTL_KEYS (SD_ICTL_ISKE | SD_ICTL_SSKE | SD_ICTL_RRBE)

bool hv_enable_keys(struct vcpu *v)
{
    struct sd *sd = v->sd;
    u32 ictl = be32_get(sd->ictl);
    bool changed = sd_flags(sd) & SD_CPUFLAG_KSS || ictl & ICTL_KEYS;

    atomic_store(&v->vm->uses_keys, true); /* all keys are zero at that time */
    if (changed) {
        sd_clear_flags(sd, SD_CPUFLAG_KSS);
        sd->ictl = be32_of(ictl & ~ICTL_KEYS);
    }
    return changed;
}

enum hv_outcome hv_handle_kss(struct vcpu *v)
{
    (void)hv_enable_keys(v);
    return mutated("I13") ? hv_inject(v, PGM_OPERATION) : HV_RETRY;
}

/* False: *o is what to return.  Otherwise *abs is the frame of the real address in R2. */
static bool key_operand(struct vcpu *v, u64 *abs, enum hv_outcome *o)
{
    if (hv_problem_state(v)) {
        *o = hv_inject(v, PGM_PRIVILEGED_OP);
        return false;
    }
    if (hv_facility(v, 169)) {
        *o = hv_inject(v, PGM_SPECIAL_OPERATION);
        return false;
    }
    if (hv_enable_keys(v)) {
        hv_rewind_psw(v, hv_ilen(v));
        *o = HV_RETRY;
        return false;
    }
    *abs = hv_real_to_absolute(v, hv_wrap(v, v->cpu.gr[hv_r2_rre(hv_ipb(v))]) & ~FRAME_MASK);
    if (mem_has(&v->vm->mem, *abs, FRAME_SIZE))
        return true;
    *o = hv_inject(v, PGM_ADDRESSING);
    return false;
}

enum hv_outcome priv_iske(struct vcpu *v)
{
    u64 *r1 = hv_gr(v, hv_r1_rre(hv_ipb(v)));
    enum hv_outcome o;
    u64 abs;

    if (!key_operand(v, &abs, &o))
        return o;
    *r1 = (*r1 & ~0xffULL) | (mem_key_get(&v->vm->mem, abs_addr(abs)) & 0xfe);
    return HV_RESUME;
}

enum hv_outcome priv_rrbe(struct vcpu *v)
{
    enum hv_outcome o;
    u64 abs;
    u8 old;

    if (!key_operand(v, &abs, &o))
        return o;
    old = mem_key_reset_r(&v->vm->mem, abs_addr(abs));
    hv_set_cc(v, (old & KEY_R ? 2 : 0) | (old & KEY_C ? 1 : 0));
    return HV_RESUME;
}

/* ---- reference bits of 64 blocks ---- */

#define BLOCKS 64

/* Absolute address of the 256 KiB in R2; false: *o is what to return. */
static bool blocks_operand(struct vcpu *v, u64 *abs, enum hv_outcome *o)
{
    if (!key_operand(v, abs, o))
        return false;
    *abs = hv_wrap(v, v->cpu.gr[hv_r2_rre(hv_ipb(v))]) & -(u64)(BLOCKS * FRAME_SIZE);
    if (mem_has(&v->vm->mem, *abs, BLOCKS * FRAME_SIZE))
        return true;
    *o = hv_inject(v, PGM_ADDRESSING);
    return false;
}

static enum hv_outcome reference_bits(struct vcpu *v, u8 (*access)(struct mem *, absolute))
{
    u64 bits = 0, abs;
    enum hv_outcome o;

    if (!blocks_operand(v, &abs, &o))
        return o;
    for (unsigned i = 0; i < BLOCKS; i++)
        if (access(&v->vm->mem, abs_addr(abs + i * FRAME_SIZE)) & KEY_R)
            bits |= BIT64(i);
    *hv_gr(v, hv_r1_rre(hv_ipb(v))) = bits;
    return HV_RESUME;
}

enum hv_outcome priv_irbm(struct vcpu *v)
{
    return reference_bits(v, mem_key_get);
}

enum hv_outcome priv_rrbm(struct vcpu *v)
{
    return reference_bits(v, mem_key_reset_r);
}

/* ---- setting keys ---- */

enum {
    SSKE_NQ = 8, /* nonquiescing */
    SSKE_MR = 4, /* reference bit does not matter */
    SSKE_MC = 2, /* change bit does not matter */
    SSKE_MB = 1, /* multiple block */
};

/* Conditional when m has MR or MC.  True: the key was set; *old is the one before. */
static bool set_key(struct mem *m, u64 abs, u8 key, unsigned m3, u8 *old)
{
    u8 compare = KEY_ACC | KEY_FP;

    *old = mem_key_get(m, abs_addr(abs)) & 0xfe;
    if (!(m3 & SSKE_MR))
        compare |= KEY_R;
    if (!(m3 & SSKE_MC))
        compare |= KEY_C;
    if (m3 & (SSKE_MR | SSKE_MC) && !((*old ^ key) & compare))
        return false;
    mem_key_set(m, abs_addr(abs), key);
    return true;
}

/* Control bits of facilities that are not there are ignored. */
static unsigned sske_controls(const struct vcpu *v)
{
    unsigned m3 = hv_ipb(v) >> 28;

    if (!hv_facility(v, 8) || hv_facility(v, 169))
        m3 &= ~(unsigned)SSKE_MB;
    if (!hv_facility(v, 10))
        m3 &= ~(unsigned)(SSKE_MR | SSKE_MC);
    if (!hv_facility(v, 14))
        m3 &= ~(unsigned)SSKE_NQ;
    return m3;
}

/* An address result: all 64 bits, or the right half in the other modes. */
static void set_address(struct vcpu *v, unsigned r, u64 addr)
{
    u64 *gr = hv_gr(v, r);

    if (hv_psw_mask(v) & PSW_MASK_EA)
        *gr = addr;
    else
        *gr = (*gr & ~0xffffffffULL) | hv_wrap(v, addr);
}

/* From the frame in R2 to the end of its segment; addresses are absolute. */
static enum hv_outcome sske_multiple(struct vcpu *v, u8 key, unsigned m3)
{
    unsigned r2 = hv_r2_rre(hv_ipb(v));
    u64 at = hv_wrap(v, v->cpu.gr[r2]) & ~FRAME_MASK;
    u64 end = (at + 0x100000) & ~0xfffffULL;
    u64 low = v->cpu.gr[r2] & FRAME_MASK;
    u8 old;

    for (; at != end; at += FRAME_SIZE) {
        if (!mem_has(&v->vm->mem, at, FRAME_SIZE)) {
            set_address(v, r2, at | low);
            return hv_inject(v, PGM_ADDRESSING);
        }
        (void)set_key(&v->vm->mem, at, key, m3, &old);
    }
    if (m3 & (SSKE_MR | SSKE_MC))
        hv_set_cc(v, 3);
    set_address(v, r2, end | low);
    return HV_RESUME;
}

enum hv_outcome priv_sske(struct vcpu *v)
{
    u64 *r1 = hv_gr(v, hv_r1_rre(hv_ipb(v)));
    unsigned m3 = sske_controls(v);
    enum hv_outcome o;
    bool set;
    u64 abs;
    u8 old;

    if (m3 & SSKE_MB && !hv_problem_state(v) && !hv_enable_keys(v))
        return sske_multiple(v, *r1 & 0xfe, m3);
    if (!key_operand(v, &abs, &o))
        return o;
    set = set_key(&v->vm->mem, abs, *r1 & 0xfe, m3, &old);
    if (m3 & (SSKE_MR | SSKE_MC)) {
        hv_set_cc(v, set ? 0 : 1);
        *r1 = (*r1 & ~0xff00ULL) | (u64)old << 8;
    }
    return HV_RESUME;
}

/* ---- PFMF ---- */

#define PFMF_RESERVED 0xfffc0101U
#define PFMF_SK 0x20000U /* set key */
#define PFMF_CF 0x10000U /* clear frame */
#define PFMF_FSC 0x7000U /* frame-size code */
#define PFMF_FSC_4K 0x0000U
#define PFMF_FSC_1M 0x1000U
#define PFMF_FSC_2G 0x2000U
#define PFMF_NQ 0x0800U
#define PFMF_MR 0x0400U
#define PFMF_MC 0x0200U
#define PFMF_KEY 0xfeU
#define PFMF_AT_ONCE 0x100000UL /* bytes; then the CPU looks for interruptions */

static bool pfmf_controls_ok(const struct vcpu *v, u32 r1)
{
    if (r1 & PFMF_RESERVED || (r1 & PFMF_NQ && !hv_facility(v, 14)))
        return false;
    switch (r1 & PFMF_FSC) {
    case PFMF_FSC_4K:
    case PFMF_FSC_1M:
        return true;
    case PFMF_FSC_2G:
        return hv_facility(v, 78) && hv_psw_mask(v) & PSW_MASK_AMODE;
    default:
        return false;
    }
}

/* One frame.  False: not in storage. */
static bool pfmf_frame(struct vcpu *v, u64 abs, u32 r1)
{
    unsigned m3 = 0;
    u8 old;

    if (!mem_has(&v->vm->mem, abs, FRAME_SIZE))
        return false;
    if (r1 & PFMF_CF && mem_fill(&v->vm->mem, abs_addr(abs), 0, FRAME_SIZE) != MEM_OK)
        return false;
    if (hv_facility(v, 10))
        m3 = (r1 & PFMF_MR ? SSKE_MR : 0) | (r1 & PFMF_MC ? SSKE_MC : 0);
    if (r1 & PFMF_SK)
        (void)set_key(&v->vm->mem, abs, r1 & PFMF_KEY, m3, &old);
    return true;
}

/* 1 MiB or 2 GiB frames: absolute addresses, R2 shows the progress. */
static enum hv_outcome pfmf_large(struct vcpu *v, u64 at, u32 r1)
{
    unsigned r2 = hv_r2_rre(hv_ipb(v));
    u64 size = (r1 & PFMF_FSC) == PFMF_FSC_1M ? 1ULL << 20 : 1ULL << 31;
    u64 end = (at + size) & ~(size - 1);
    u64 pause = min64(end, at + PFMF_AT_ONCE);
    u64 low = v->cpu.gr[r2] & FRAME_MASK;

    for (; at < pause; at += FRAME_SIZE) {
        if (!pfmf_frame(v, at, r1)) {
            set_address(v, r2, at | low);
            return hv_inject(v, PGM_ADDRESSING);
        }
    }
    set_address(v, r2, at | low);
    if (at == end)
        return HV_RESUME;
    hv_rewind_psw(v, hv_ilen(v));
    return HV_RETRY;
}

enum hv_outcome priv_pfmf(struct vcpu *v)
{
    u32 r1 = (u32)v->cpu.gr[hv_r1_rre(hv_ipb(v))];
    u64 at;

    if (!hv_facility(v, 8))
        return hv_inject(v, PGM_OPERATION);
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (!pfmf_controls_ok(v, r1))
        return hv_inject(v, PGM_SPECIFICATION);
    if (r1 & PFMF_SK && hv_facility(v, 169))
        return hv_inject(v, PGM_SPECIAL_OPERATION);
    at = hv_wrap(v, v->cpu.gr[hv_r2_rre(hv_ipb(v))]) & ~FRAME_MASK;
    if (r1 & PFMF_SK)
        (void)hv_enable_keys(v);
    if ((r1 & PFMF_FSC) != PFMF_FSC_4K)
        return pfmf_large(v, at, r1);
    if (r1 & PFMF_CF && hv_low_address_protected(v, at))
        return hv_inject_low_address(v, at);
    if (!pfmf_frame(v, hv_real_to_absolute(v, at), r1))
        return hv_inject(v, PGM_ADDRESSING);
    return HV_RESUME;
}
