/* SPDX-License-Identifier: Apache-2.0
 *
 * Address-space numbers: ASN translation, subspace replacement, SSAR, SSAIR, PT, PTI, LASP.
 *
 * Not here: PC (insn_control_call.c), PR (insn_control_stack.c).
 *
 * References: [PoP 3 ASN Translation, ASN Authorization]; [PoP 5 Subspace-Replacement Operations];
 * [PoP 10 SET SECONDARY ASN, PROGRAM TRANSFER, LOAD ADDRESS SPACE PARAMETERS].
 */
#include <string.h>

#include "arch/dat.h"
#include "cpu/control.h"
#include "isa_exec.h"

static bool fail_with(struct dat_fail *fail, u16 code)
{
    *fail = (struct dat_fail){.code = code};
    return false;
}

/* ---- translation ---- */

#define SUBSPACE_KEEPS (ASCE_ALT_EVENT | ASCE_SPACE_SWITCH) /* bits that stay the base space's */

/* When the dispatchable unit is subspace active and the entry is its base space's, the subspace's
 * ASCE takes the place of the base space's. */
static bool replace_by_subspace(struct cpu *c, struct asn_space *a, struct dat_fail *fail)
{
    u64 duct = c->cr[2] & CR2_DUCTO;
    u32 base, sub, expected, ato, astesn;
    u64 aste, asce;

    if (!(a->asce & ASCE_SUBSPACE))
        return true;
    if (!cpu_real_read32(c, duct + offsetof(struct duct, basteo), &base, fail) ||
        !cpu_real_read32(c, duct + offsetof(struct duct, ssasteo), &sub, fail) ||
        !cpu_real_read32(c, duct + offsetof(struct duct, ssastesn), &expected, fail))
        return false;
    if (!(sub & DUCT_SA) || (base & DUCT_ASTEO) != a->asteo)
        return true;
    aste = sub & DUCT_ASTEO;
    if (!cpu_real_read32(c, aste + offsetof(struct aste, ato), &ato, fail) ||
        !cpu_real_read32(c, aste + offsetof(struct aste, astesn), &astesn, fail) ||
        !cpu_real_read64(c, aste + offsetof(struct aste, asce), &asce, fail))
        return false;
    if (ato & ASTE_I)
        return fail_with(fail, PGM_ASTE_VALIDITY);
    if (astesn != expected)
        return fail_with(fail, PGM_ASTE_SEQUENCE);
    a->asce = (a->asce & SUBSPACE_KEEPS) | (asce & ~SUBSPACE_KEEPS);
    return true;
}

bool cpu_read_aste(struct cpu *c, struct asn_space *out, struct dat_fail *fail)
{
    u32 ax_atl;

    if (!cpu_real_read32(c, out->asteo + offsetof(struct aste, ato), &out->ato, fail) ||
        !cpu_real_read32(c, out->asteo + offsetof(struct aste, ax), &ax_atl, fail) ||
        !cpu_real_read64(c, out->asteo + offsetof(struct aste, asce), &out->asce, fail) ||
        !cpu_real_read32(c, out->asteo + offsetof(struct aste, astein), &out->astein, fail))
        return false;
    if (out->ato & ASTE_I)
        return fail_with(fail, PGM_ASX_TRANSLATION);
    out->ax = (u16)(ax_atl >> 16);
    out->atl = (u16)ax_atl;
    return replace_by_subspace(c, out, fail);
}

bool cpu_asn_translate(struct cpu *c, u16 asn, struct asn_space *out, struct dat_fail *fail)
{
    u64 first = (c->cr[14] & CR14_AFTO) << CR14_AFTO_SHIFT;
    u32 afte;

    if (!cpu_real_read32(c, first + (asn >> 6) * 4U, &afte, fail))
        return false;
    if (afte & AFTE_I)
        return fail_with(fail, PGM_AFX_TRANSLATION);
    out->asteo = (afte & AFTE_ASTO) + (asn & 63) * sizeof(struct aste);
    return cpu_read_aste(c, out, fail);
}

const struct dinsn *cpu_leave_asn(struct cpu *c, const struct dinsn *d, const struct dat_fail *f,
                                  u16 asn)
{
    (void)cpu_dat_failed(c, f, 0, 0, SPACE_REAL, ACC_FETCH);
    if (f->code >= PGM_AFX_TRANSLATION && f->code <= PGM_SECONDARY_AUTHORITY)
        c->fault.teid = asn;
    return cpu_leave_fault(c, d);
}

/* Does the authority table of the space let AX in; else fail->code is `code`. */
static bool authorize(struct cpu *c, u16 ax, const struct asn_space *a, bool secondary,
                      struct dat_fail *fail)
{
    bool yes;

    if (!art_authorized(c, ax, a->ato, a->atl, secondary, &yes, fail))
        return false;
    if (!yes)
        return fail_with(fail, secondary ? PGM_SECONDARY_AUTHORITY : PGM_PRIMARY_AUTHORITY);
    return true;
}

static u16 cpu_ax(const struct cpu *c)
{
    return (u16)((c->cr[4] & CR4_AX) >> CR4_AX_SHIFT);
}

/* Reusable and controlled ASNs: 0, or the exception that the use by this instruction causes.  The
 * instructions with an instance number check it whether or not ASNs are reusable (CR0). */
static u16 reuse_check(const struct cpu *c, const struct asn_space *a, bool instance, u32 astein)
{
    if (!instance)
        return cpu_asn_reuse(c) && a->atl & ASTE_RA ? PGM_SPECIAL_OPERATION : 0;
    if (a->atl & ASTE_CA && cpu_problem_state(c))
        return PGM_SPECIAL_OPERATION;
    return a->astein != astein ? PGM_ASTE_INSTANCE : 0;
}

/* The exception access identification tells which ASN has another instance number. */
#define EAID_PASN 0x20
#define EAID_SASN 0x10

static const struct dinsn *leave_reuse(struct cpu *c, const struct dinsn *d, u16 code, u8 eaid)
{
    cpu_fault(c, code);
    if (code == PGM_ASTE_INSTANCE)
        c->fault.eaid = eaid;
    return cpu_leave_fault(c, d);
}

/* ---- SET SECONDARY ASN ---- */

static const struct dinsn *set_secondary(struct cpu *c, const struct dinsn *d, bool instance)
{
    u64 r1 = c->gr[f_RRE_r1(d)];
    u16 asn = (u16)r1, code;
    u32 astein = (u32)(r1 >> 32);
    struct asn_space a = {.asce = c->cr[1], .astein = (u32)(c->cr[4] >> CR34_ASTEIN_SHIFT)};
    struct trace_log t;
    struct dat_fail fail = {0};

    if (asn != (c->cr[4] & CR4_PASN)) {
        if (!cpu_asn_translate(c, asn, &a, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
        code = reuse_check(c, &a, instance, astein);
        if (code)
            return leave_reuse(c, d, code, EAID_SASN);
        if (!authorize(c, cpu_ax(c), &a, true, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
    }
    t.len = 0;
    if (c->cr[12] & CR12_ASN)
        cpu_trace_put32(&t, TRACE_SSAR | (instance ? TRACE_INSTANCE : 0) | asn);
    if (!cpu_trace_reserve(c, &t, 0))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    c->cr[7] = a.asce;
    c->cr[3] = (c->cr[3] & ~CR3_SASN) | asn;
    if (instance || cpu_asn_reuse(c))
        c->cr[3] = (u32)c->cr[3] | (u64)a.astein << CR34_ASTEIN_SHIFT;
    cpu_crs_changed(c, 0x1100);
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_ssar(struct cpu *c, const struct dinsn *d)
{
    return set_secondary(c, d, false);
}

const struct dinsn *insn_ssair(struct cpu *c, const struct dinsn *d)
{
    return set_secondary(c, d, true);
}

/* ---- PROGRAM TRANSFER ---- */

bool cpu_no_linkage(struct cpu *c, const struct dinsn *d)
{
    struct dat_fail fail;
    u32 ltd;

    (void)d;
    return cpu_real_read32(c, (c->cr[5] & CR5_PASTEO) + offsetof(struct aste, ltd), &ltd, &fail) &&
           !(ltd & 0x80000000U);
}

/* What R2 designates: PSW mask (addressing mode, problem state) and address. */
static bool transfer_target(const struct cpu *c, u64 r2, u64 *mask, u64 *addr)
{
    *mask = cpu_psw_mask(c) & ~PSW_MASK_PSTATE;
    if (r2 & 1)
        *mask |= PSW_MASK_PSTATE;
    if (*mask & PSW_MASK_EA) {
        *addr = r2 & ~1ULL;
        return true;
    }
    *mask = (*mask & ~PSW_MASK_BA) | (r2 & PSW_MASK_BA);
    *addr = r2 & PSW_ADDR_31 & ~1ULL;
    return r2 & PSW_MASK_BA || *addr <= PSW_ADDR_24;
}

static void transfer_trace(const struct cpu *c, struct trace_log *t, u16 asn, u64 r2, bool instance)
{
    u32 rest = (u32)cpu_psw_key(c) << TRACE_KEY_SHIFT | (instance ? TRACE_INSTANCE : 0) | asn;
    bool from_64 = c->psw_mask & PSW_MASK_EA;

    t->len = 0;
    if (!(c->cr[12] & CR12_ASN))
        return;
    if (from_64 && r2 >> 32) {
        cpu_trace_put32(t, TRACE_PT_64_LONG | rest);
        cpu_trace_put64(t, r2);
    } else {
        cpu_trace_put32(t, (from_64 ? TRACE_PT_64 : TRACE_PT) | rest);
        cpu_trace_put32(t, (u32)r2);
    }
}

static const struct dinsn *transfer(struct cpu *c, const struct dinsn *d, bool instance)
{
    u64 r1 = c->gr[f_RRE_r1(d)], r2 = c->gr[f_RRE_r2(d)], mask, addr, teid;
    u64 pkm = c->cr[3] & r1 & CR3_PKM, old = c->cr[1];
    u16 asn = (u16)r1, pasn = c->cr[4] & CR4_PASN, code;
    struct asn_space a = {.asce = old,
                          .ax = cpu_ax(c),
                          .asteo = c->cr[5] & CR5_PASTEO,
                          .astein = (u32)(c->cr[4] >> CR34_ASTEIN_SHIFT)};
    struct trace_log t;
    struct dat_fail fail = {0};
    u32 ltd;

    if (!cpu_real_read32(c, a.asteo + offsetof(struct aste, ltd), &ltd, &fail))
        return cpu_leave_asn(c, d, &fail, asn);
    if (cpu_problem_state(c) && !(r2 & 1))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    if (!transfer_target(c, r2, &mask, &addr))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (asn != pasn) {
        if (!(c->cr[14] & CR14_ASN_TRANSLATION))
            return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
        if (!cpu_asn_translate(c, asn, &a, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
        code = reuse_check(c, &a, instance, (u32)(r1 >> 32));
        if (code)
            return leave_reuse(c, d, code, EAID_PASN);
        if (!authorize(c, cpu_ax(c), &a, false, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
    }
    transfer_trace(c, &t, asn, r2, instance);
    if (!cpu_trace_reserve(c, &t, 0))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    c->cr[1] = c->cr[7] = a.asce;
    c->cr[3] = (c->cr[3] & CR3_SASTEIN) | pkm | asn;
    c->cr[4] = (c->cr[4] & CR4_PASTEIN) | (u64)a.ax << CR4_AX_SHIFT | asn;
    c->cr[5] = (c->cr[5] & ~CR5_PASTEO) | a.asteo;
    if (instance || cpu_asn_reuse(c)) {
        c->cr[3] = (u32)c->cr[3] | (u64)a.astein << CR34_ASTEIN_SHIFT;
        c->cr[4] = (u32)c->cr[4] | (u64)a.astein << CR34_ASTEIN_SHIFT;
    }
    if (asn != pasn && cpu_switch_event(c, pasn, old, a.asce, &teid))
        return cpu_load_psw_switch(c, d, mask, addr, teid);
    return cpu_load_psw(c, d, mask, addr);
}

const struct dinsn *insn_pt(struct cpu *c, const struct dinsn *d)
{
    return transfer(c, d, false);
}

const struct dinsn *insn_pti(struct cpu *c, const struct dinsn *d)
{
    return transfer(c, d, true);
}

/* ---- LOAD ADDRESS SPACE PARAMETERS ---- */

/* Bits of the second-operand address. */
#define LASP_TRANSLATE 4  /* translate though the ASNs are the current ones */
#define LASP_AX 2         /* authorization index from the operand */
#define LASP_AUTHORIZED 1 /* no test of secondary authority */

enum { LASP_LOADED, LASP_NO_PRIMARY, LASP_NO_SECONDARY, LASP_SPACE_SWITCH };

struct lasp {
    u64 cr3, cr4; /* as wanted; instance numbers are those of the operand */
    bool reuse;
    unsigned how; /* LASP_* bits */
};

/* Translation whose failures are condition code `cc`; false: an exception. */
static bool lasp_translate(struct cpu *c, const struct lasp *l, u64 wanted, struct asn_space *a,
                           u32 cc, struct dat_fail *fail)
{
    if (cpu_asn_translate(c, (u16)wanted, a, fail)) {
        if (l->reuse && a->astein != (u32)(wanted >> CR34_ASTEIN_SHIFT))
            c->cc = cc;
        return true;
    }
    switch (fail->code) {
    case PGM_AFX_TRANSLATION:
    case PGM_ASX_TRANSLATION:
    case PGM_ASTE_VALIDITY: /* of the subspace */
    case PGM_ASTE_SEQUENCE:
        c->cc = cc;
        return true;
    default:
        return false;
    }
}

/* The new primary space, with c->cc; *ax is its authorization index.  false: an exception. */
static bool lasp_primary(struct cpu *c, const struct lasp *l, u64 cr[16], u16 *ax,
                         struct dat_fail *fail)
{
    struct asn_space a = {0};

    *ax = cpu_ax(c);
    if (l->how & LASP_TRANSLATE || (u16)l->cr4 != (u16)cr[4]) {
        if (!lasp_translate(c, l, l->cr4, &a, LASP_NO_PRIMARY, fail))
            return false;
        if (!c->cc && (a.asce | cr[1]) & ASCE_SPACE_SWITCH)
            c->cc = LASP_SPACE_SWITCH;
        if (c->cc)
            return true;
        cr[1] = a.asce;
        cr[5] = (cr[5] & ~CR5_PASTEO) | a.asteo;
        *ax = a.ax;
        if (l->reuse)
            cr[4] = (u32)cr[4] | (u64)a.astein << CR34_ASTEIN_SHIFT;
    }
    if (l->how & LASP_AX)
        *ax = (u16)((l->cr4 & CR4_AX) >> CR4_AX_SHIFT);
    cr[4] = (cr[4] & CR4_PASTEIN) | (u64)*ax << CR4_AX_SHIFT | (u16)l->cr4;
    return true;
}

/* The new secondary space, likewise; cr[1] and cr[4] are the new ones. */
static bool lasp_secondary(struct cpu *c, const struct lasp *l, u64 cr[16], u16 ax,
                           struct dat_fail *fail)
{
    u32 astein = (u32)(cr[3] >> CR34_ASTEIN_SHIFT);
    bool authorized = l->how & LASP_AUTHORIZED;
    struct asn_space a = {0};

    if ((u16)l->cr3 == (u16)cr[4]) {
        cr[7] = cr[1];
        astein = (u32)(cr[4] >> CR34_ASTEIN_SHIFT);
    } else if (l->how & LASP_TRANSLATE || !authorized || (u16)l->cr3 != (u16)cr[3]) {
        if (!lasp_translate(c, l, l->cr3, &a, LASP_NO_SECONDARY, fail))
            return false;
        if (!c->cc && !authorized && !authorize(c, ax, &a, true, fail)) {
            if (fail->code != PGM_SECONDARY_AUTHORITY)
                return false;
            c->cc = LASP_NO_SECONDARY;
        }
        cr[7] = a.asce;
        astein = a.astein;
    }
    cr[3] = (cr[3] & CR3_SASTEIN) | (u32)l->cr3;
    if (l->reuse)
        cr[3] = (u32)cr[3] | (u64)astein << CR34_ASTEIN_SHIFT;
    return true;
}

/* The operand: PKM, SASN, AX, PASN; when ASNs are reusable, each two behind an instance number. */
static bool lasp_operand(struct cpu *c, const struct dinsn *d, struct lasp *l)
{
    be64 v[2] = {0};

    if (!cpu_fetch_bytes(c, ea_SSE_1(c, d), ar_SSE_1(d), v, l->reuse ? 16 : 8))
        return false;
    l->cr3 = l->reuse ? be64_get(v[0]) : be64_get(v[0]) >> 32;
    l->cr4 = l->reuse ? be64_get(v[1]) : (u32)be64_get(v[0]);
    return true;
}

const struct dinsn *insn_lasp(struct cpu *c, const struct dinsn *d)
{
    struct lasp l = {.reuse = cpu_asn_reuse(c), .how = ea_SSE_2(c, d) & 7};
    u64 cr[16];
    struct dat_fail fail = {0};
    u32 cc = c->cc;
    u16 ax;

    if (!lasp_operand(c, d, &l))
        return cpu_leave_fault(c, d);
    memcpy(cr, c->cr, sizeof(cr));
    c->cc = LASP_LOADED;
    if (!lasp_primary(c, &l, cr, &ax, &fail) ||
        (c->cc == LASP_LOADED && !lasp_secondary(c, &l, cr, ax, &fail))) {
        c->cc = cc;
        return cpu_leave_asn(c, d, &fail, 0); /* storage: belongs to no ASN */
    }
    if (c->cc != LASP_LOADED)
        return cpu_next(c, d, d->ilc);
    memcpy(c->cr, cr, sizeof(cr));
    cpu_crs_changed(c, 0x5d00);
    return cpu_resume_next(c, d);
}
