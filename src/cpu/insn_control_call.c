/* SPDX-License-Identifier: Apache-2.0
 *
 * PROGRAM CALL, basic and stacking.
 *
 * Invariant: nothing changes before the last check has passed; the state entry is the last one.
 *
 * References: [PoP 5 PC-Number Translation, Linkage-Stack Operations]; [PoP 10 PROGRAM CALL].
 */
#include <string.h>

#include "arch/linkage.h"
#include "cpu/control.h"
#include "isa_exec.h"

static bool fail_with(struct dat_fail *fail, u16 code)
{
    *fail = (struct dat_fail){.code = code};
    return false;
}

/* ---- PC-number translation ---- */

struct pc_number {
    u32 number; /* bits of the operand address that count */
    bool reuse; /* ASN-and-LX reuse */
    bool wide;  /* 32 bits */
};

static struct pc_number pc_number(const struct cpu *c, u64 ea)
{
    struct pc_number n = {.reuse = cpu_asn_reuse(c)};

    n.wide = n.reuse && ea & PC_WIDE;
    n.number = (u32)ea & (n.wide ? ~0U : PC_NUMBER_20);
    return n;
}

/* As a state entry shows it: bit 44 of a 32-bit number left out. */
static u32 pc_numeric_part(const struct pc_number *n)
{
    if (!n->wide)
        return n->number;
    return n->number >> PC_LFX2_SHIFT << (PC_LFX2_SHIFT - 1) | (n->number & (PC_WIDE - 1));
}

/* The word that designates the entry table. */
static bool linkage_lookup(struct cpu *c, const struct pc_number *n, u32 *lte,
                           struct dat_fail *fail)
{
    u32 lx = n->number >> PC_LX_SHIFT & PC_LX_MASK, ltd;

    if (!cpu_real_read32(c, (c->cr[5] & CR5_PASTEO) + offsetof(struct aste, ltd), &ltd, fail))
        return false;
    if (lx >> LTD_LTL_SHIFT > (ltd & LTD_LTL))
        return fail_with(fail, PGM_LX_TRANSLATION);
    if (!cpu_real_read32(c, ((ltd & LTD_LTO) + lx * 4) & PSW_ADDR_31, lte, fail))
        return false;
    return !(*lte & LTE_I) || fail_with(fail, PGM_LX_TRANSLATION);
}

/* The same by linkage first and second tables. */
static bool linkage_lookup_reuse(struct cpu *c, const struct pc_number *n, u32 *lte,
                                 struct dat_fail *fail)
{
    u32 lfx2 = n->wide ? n->number >> PC_LFX2_SHIFT : 0;
    u32 lfx1 = n->number >> PC_LFX1_SHIFT & PC_LFX1_MASK;
    u32 lsx = n->number >> PC_LSX_SHIFT & PC_LSX_MASK;
    u32 lftd, lfte, lstesn;
    u64 lste;

    if (!cpu_real_read32(c, (c->cr[5] & CR5_PASTEO) + offsetof(struct aste, ltd), &lftd, fail))
        return false;
    if (lfx2 > (lftd & LFTD_LFTL))
        return fail_with(fail, PGM_LFX_TRANSLATION);
    if (!cpu_real_read32(c, ((lftd & LFTD_LFTO) + (lfx2 * LFT_UNIT + lfx1) * 4) & PSW_ADDR_31,
                         &lfte, fail))
        return false;
    if (lfte & LFTE_I)
        return fail_with(fail, PGM_LFX_TRANSLATION);
    lste = ((lfte & LFTE_LSTO) + lsx * sizeof(struct lste)) & PSW_ADDR_31;
    if (!cpu_real_read32(c, lste + offsetof(struct lste, et), lte, fail) ||
        !cpu_real_read32(c, lste + offsetof(struct lste, lstesn), &lstesn, fail))
        return false;
    if (*lte & LTE_I)
        return fail_with(fail, PGM_LSX_TRANSLATION);
    if (lstesn && lstesn != (u32)(c->gr[15] >> 32))
        return fail_with(fail, PGM_LSTE_SEQUENCE);
    return true;
}

static bool find_entry(struct cpu *c, const struct pc_number *n, struct ete *e,
                       struct dat_fail *fail)
{
    u32 ex = n->number & PC_EX_MASK, lte;
    u64 addr, v[4];
    be64 raw[4];

    if (n->reuse ? !linkage_lookup_reuse(c, n, &lte, fail) : !linkage_lookup(c, n, &lte, fail))
        return false;
    if (ex >> LTE_ETL_SHIFT > (lte & LTE_ETL))
        return fail_with(fail, PGM_EX_TRANSLATION);
    addr = ((lte & LTE_ETO) + ex * sizeof(struct ete)) & PSW_ADDR_31;
    for (unsigned i = 0; i < 4; i++) {
        if (!cpu_real_read64(c, addr + i * 8, &v[i], fail))
            return false;
        raw[i] = be64_of(v[i]);
    }
    memcpy(e, raw, sizeof(*e));
    return true;
}

static const struct dinsn *leave_number(struct cpu *c, const struct dinsn *d,
                                        const struct dat_fail *f, const struct pc_number *n)
{
    (void)cpu_dat_failed(c, f, 0, 0, SPACE_REAL, ACC_FETCH);
    switch (f->code) {
    case PGM_LX_TRANSLATION:
    case PGM_EX_TRANSLATION:
    case PGM_LFX_TRANSLATION:
    case PGM_LSX_TRANSLATION:
    case PGM_LSTE_SEQUENCE:
        c->fault.teid = n->number;
        break;
    default:
        break;
    }
    return cpu_leave_fault(c, d);
}

/* ---- the call ---- */

/* Is it allowed: 0, or the exception. */
static u16 call_check(const struct cpu *c, const struct ete *e)
{
    u32 addr = be32_get(e->addr);
    u16 pkm = (u16)((c->cr[3] & CR3_PKM) >> CR3_PKM_SHIFT);

    if (!(e->flags & ETE_T)) {
        if (cpu_data_space(c) != SPACE_PRIMARY)
            return PGM_SPECIAL_OPERATION;
        if (!(c->psw_mask & PSW_MASK_EA) != !(e->flags & ETE_G))
            return PGM_SPECIAL_OPERATION;
    }
    if (!(e->flags & ETE_G) && !(addr & ETE_A) && (addr & PSW_ADDR_31) > PSW_ADDR_24)
        return PGM_PC_TRANSLATION_SPEC;
    if (cpu_problem_state(c) && !(pkm & be16_get(e->akm)))
        return PGM_PRIVILEGED_OP;
    if (be16_get(e->asn) && !(c->cr[14] & CR14_ASN_TRANSLATION))
        return PGM_SPECIAL_OPERATION;
    return 0;
}

/* What the new primary space changes in the control registers; *called: its identification. */
static bool call_space(struct cpu *c, const struct ete *e, u64 cr[16], u32 *called,
                       struct dat_fail *fail)
{
    struct asn_space a = {.asteo = be32_get(e->asteo) & ALE_ASTEO};
    u16 asn = be16_get(e->asn), sasn = (u16)cr[4];
    bool reuse = cpu_asn_reuse(c);
    u32 sastein = (u32)(cr[4] >> CR34_ASTEIN_SHIFT), astesn = 0;

    *called = 0;
    cr[7] = cr[1];
    if (asn) {
        if (!cpu_read_aste(c, &a, fail) ||
            !cpu_real_read32(c, a.asteo + offsetof(struct aste, astesn), &astesn, fail))
            return false;
        cr[1] = a.asce;
        cr[4] = (cr[4] & CR4_PASTEIN) | (u64)a.ax << CR4_AX_SHIFT | asn;
        if (reuse)
            cr[4] = (u32)cr[4] | (u64)a.astein << CR34_ASTEIN_SHIFT;
        cr[5] = (cr[5] & ~CR5_PASTEO) | a.asteo;
        *called = (u32)asn << 16 | (u16)(reuse ? a.astein : astesn);
        if (e->flags & ETE_T && e->flags & ETE_S) {
            cr[7] = a.asce;
            sasn = asn;
            sastein = a.astein;
        }
    }
    cr[3] = (cr[3] & ~CR3_SASN) | sasn;
    if (reuse)
        cr[3] = (u32)cr[3] | (u64)sastein << CR34_ASTEIN_SHIFT;
    return true;
}

static u64 call_mask(const struct cpu *c, const struct ete *e)
{
    u64 mask = cpu_psw_mask(c) & ~(PSW_MASK_PSTATE | PSW_MASK_AMODE);
    u32 addr = be32_get(e->addr);

    if (addr & ETE_P)
        mask |= PSW_MASK_PSTATE;
    if (e->flags & ETE_G)
        mask |= PSW_AMODE_64;
    else if (addr & ETE_A)
        mask |= PSW_AMODE_31;
    if (!(e->flags & ETE_T))
        return mask;
    mask &= ~PSW_MASK_AS;
    if (e->flags & ETE_C)
        mask |= (u64)PSW_AS_AR << PSW_AS_SHIFT;
    if (e->flags & ETE_K)
        mask = (mask & ~PSW_MASK_KEY) | (u64)(e->key >> 4) << PSW_KEY_SHIFT;
    return mask;
}

/* Basic: what is needed to come back by PROGRAM TRANSFER. */
static void link_basic(struct cpu *c, u64 next)
{
    u64 p = cpu_problem_state(c) ? 1 : 0;

    cpu_set_gr32(c, 3, (u32)((c->cr[3] & CR3_PKM) | (c->cr[4] & CR4_PASN)));
    if (cpu_asn_reuse(c))
        cpu_set_gr32h(c, 3, (u32)(c->cr[4] >> CR34_ASTEIN_SHIFT));
    if (c->psw_mask & PSW_MASK_EA)
        c->gr[14] = next | p;
    else
        cpu_set_gr32(c, 14, (u32)((c->psw_mask & PSW_MASK_BA) | next | p));
}

/* ASN tracing; a change of the addressing mode (by a stacking call) is traced as well. */
static void call_trace(const struct cpu *c, struct trace_log *t, const struct pc_number *n,
                       u64 mask, u64 next)
{
    bool from_64 = c->psw_mask & PSW_MASK_EA;
    u32 key = (u32)cpu_psw_key(c) << TRACE_KEY_SHIFT, p = cpu_problem_state(c) ? 1 : 0;
    u32 to_64 = mask & PSW_MASK_EA ? TRACE_PC_TO_64 : 0;
    u32 short_address = (u32)(from_64 ? next : (c->psw_mask & PSW_MASK_BA) | next) | p;

    t->len = 0;
    if (!(c->cr[12] & CR12_ASN)) {
        /* no entry of this kind */
    } else if (n->wide && next >> 32) {
        cpu_trace_put32(t, TRACE_PC_WIDE_64_LONG | key | to_64);
        cpu_trace_put64(t, next | p);
        cpu_trace_put32(t, n->number);
    } else if (n->wide) {
        cpu_trace_put32(t, (from_64 ? TRACE_PC_WIDE_64 : TRACE_PC_WIDE) | key | to_64);
        cpu_trace_put32(t, short_address);
        cpu_trace_put32(t, n->number);
    } else if (from_64) {
        cpu_trace_put32(t, TRACE_PC_64 | key | n->number);
        cpu_trace_put64(t, next | p);
    } else {
        cpu_trace_put32(t, TRACE_PC | key | n->number);
        cpu_trace_put32(t, short_address);
    }
    cpu_trace_mode(c, t, mask & PSW_MASK_AMODE, next);
}

/* Puts everything into effect that can no longer fail; not the PSW. */
static void call_done(struct cpu *c, const struct ete *e, u64 cr[16], const struct trace_log *t)
{
    cr[3] |= (u64)be16_get(e->ekm) << CR3_PKM_SHIFT;
    memcpy(c->cr, cr, sizeof(c->cr));
    cpu_trace_commit(c, t);
    cpu_set_gr32(c, 4, be32_get(e->parameter));
    if (e->flags & ETE_G)
        cpu_set_gr32h(c, 4, be32_get(e->param_high));
}

static u64 call_address(const struct ete *e)
{
    u32 addr = be32_get(e->addr) & ~ETE_P;

    return e->flags & ETE_G ? addr | (u64)be32_get(e->addr_high) << 32 : addr & PSW_ADDR_31;
}

const struct dinsn *insn_pc(struct cpu *c, const struct dinsn *d)
{
    struct pc_number n = pc_number(c, ea_S_2(c, d));
    u64 cr[16], old = c->cr[1], next = cpu_ia_next(c, d), mask, teid;
    u16 code, pasn = (u16)c->cr[4];
    u32 called;
    struct ete e;
    struct trace_log t;
    struct dat_fail fail = {0};

    if (!find_entry(c, &n, &e, &fail))
        return leave_number(c, d, &fail, &n);
    code = call_check(c, &e);
    if (code)
        return cpu_leave_program(c, d, code);
    memcpy(cr, c->cr, sizeof(cr));
    if (!call_space(c, &e, cr, &called, &fail))
        return cpu_leave_asn(c, d, &fail, be16_get(e.asn));

    mask = call_mask(c, &e);
    call_trace(c, &t, &n, mask, next);
    if (!cpu_trace_reserve(c, &t, 0))
        return cpu_leave_fault(c, d);
    if (e.flags & ETE_T) {
        if (!cpu_push_call(c, cpu_psw_mask(c), next,
                           (u64)called << 32 | (e.flags & ETE_G ? 0x80000000U : 0) |
                               pc_numeric_part(&n)))
            return cpu_leave_fault(c, d);
        cr[15] = c->cr[15];
        if (e.flags & ETE_M)
            cr[3] &= ~CR3_PKM;
        if (e.flags & ETE_E)
            cr[8] = (cr[8] & ~CR8_EAX) | (u64)be16_get(e.eeax) << CR8_EAX_SHIFT;
    } else {
        link_basic(c, next);
    }
    call_done(c, &e, cr, &t);
    if (be16_get(e.asn) && cpu_switch_event(c, pasn, old, cr[1], &teid))
        return cpu_load_psw_switch(c, d, mask, call_address(&e), teid);
    return cpu_load_psw(c, d, mask, call_address(&e));
}
