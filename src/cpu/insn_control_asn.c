/* SPDX-License-Identifier: Apache-2.0
 *
 * Address-space numbers: ASN translation, subspace replacement, SSAR, SSAIR, PT, PTI, LASP.
 *
 * Not here: ASN tracing (CR12 bit 62), PC (insn_control_call.c).
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

/* Reusable and controlled ASNs: 0, or the exception that the use by this instruction causes. */
static u16 reuse_check(const struct cpu *c, const struct asn_space *a, bool instance, u32 astein)
{
    if (!cpu_asn_reuse(c))
        return 0;
    if (!instance && a->atl & ASTE_RA)
        return PGM_SPECIAL_OPERATION;
    if (a->atl & ASTE_CA && cpu_problem_state(c))
        return PGM_SPECIAL_OPERATION;
    if (instance && a->astein != astein)
        return PGM_ASTE_INSTANCE;
    return 0;
}

/* ---- SET SECONDARY ASN ---- */

static const struct dinsn *set_secondary(struct cpu *c, const struct dinsn *d, bool instance)
{
    u64 r1 = c->gr[f_RRE_r1(d)];
    u16 asn = (u16)r1, code;
    u32 astein = (u32)(r1 >> 32);
    struct asn_space a = {.asce = c->cr[1], .astein = (u32)(c->cr[4] >> CR34_ASTEIN_SHIFT)};
    struct dat_fail fail = {0};

    if (asn != (c->cr[4] & CR4_PASN)) {
        if (!cpu_asn_translate(c, asn, &a, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
        code = reuse_check(c, &a, instance, astein);
        if (code)
            return cpu_leave_program(c, d, code);
        if (!authorize(c, cpu_ax(c), &a, true, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
    } else if (instance && cpu_asn_reuse(c) && a.astein != astein) {
        return cpu_leave_program(c, d, PGM_ASTE_INSTANCE);
    }
    c->cr[7] = a.asce;
    c->cr[3] = (c->cr[3] & ~CR3_SASN) | asn;
    if (cpu_asn_reuse(c))
        c->cr[3] = (u32)c->cr[3] | (u64)a.astein << CR34_ASTEIN_SHIFT;
    cpu_crs_changed(c, 0x1100);
    return cpu_next(c, d, d->ilc);
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

static const struct dinsn *transfer(struct cpu *c, const struct dinsn *d, bool instance)
{
    u64 r1 = c->gr[f_RRE_r1(d)], r2 = c->gr[f_RRE_r2(d)], mask, addr;
    u64 pkm = c->cr[3] & r1 & CR3_PKM, old = c->cr[1];
    u16 asn = (u16)r1, pasn = c->cr[4] & CR4_PASN, code;
    struct asn_space a = {.asce = old,
                          .ax = cpu_ax(c),
                          .asteo = c->cr[5] & CR5_PASTEO,
                          .astein = (u32)(c->cr[4] >> CR34_ASTEIN_SHIFT)};
    struct dat_fail fail = {0};
    u32 ltd;

    if (!cpu_real_read32(c, a.asteo + offsetof(struct aste, ltd), &ltd, &fail))
        return cpu_leave_asn(c, d, &fail, asn);
    if (cpu_problem_state(c) && !(r2 & 1))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    if (asn != pasn && !(c->cr[14] & CR14_ASN_TRANSLATION))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (!transfer_target(c, r2, &mask, &addr))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (asn != pasn) {
        if (!cpu_asn_translate(c, asn, &a, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
        code = reuse_check(c, &a, instance, (u32)(r1 >> 32));
        if (code)
            return cpu_leave_program(c, d, code);
        if (!authorize(c, cpu_ax(c), &a, false, &fail))
            return cpu_leave_asn(c, d, &fail, asn);
    } else if (instance && cpu_asn_reuse(c) && a.astein != (u32)(r1 >> 32)) {
        return cpu_leave_program(c, d, PGM_ASTE_INSTANCE);
    }
    c->cr[1] = c->cr[7] = a.asce;
    c->cr[3] = (c->cr[3] & CR3_SASTEIN) | pkm | asn;
    c->cr[4] = (c->cr[4] & CR4_PASTEIN) | (u64)a.ax << CR4_AX_SHIFT | asn;
    c->cr[5] = (c->cr[5] & ~CR5_PASTEO) | a.asteo;
    if (cpu_asn_reuse(c)) {
        c->cr[3] = (u32)c->cr[3] | (u64)a.astein << CR34_ASTEIN_SHIFT;
        c->cr[4] = (u32)c->cr[4] | (u64)a.astein << CR34_ASTEIN_SHIFT;
    }
    if (asn != pasn && (old | a.asce) & ASCE_SPACE_SWITCH)
        return cpu_load_psw_switch(c, d, mask, addr,
                                   pasn | (old & ASCE_SPACE_SWITCH ? 0x80000000U : 0));
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

/* Is this the same space; instance numbers count when ASNs are reusable. */
static bool same_space(const struct lasp *l, u64 a, u64 b)
{
    return (u16)a == (u16)b && (!l->reuse || a >> CR34_ASTEIN_SHIFT == b >> CR34_ASTEIN_SHIFT);
}

/* Translation whose failures are condition code `cc`; false: an exception. */
static bool lasp_translate(struct cpu *c, const struct lasp *l, u64 wanted, struct asn_space *a,
                           u32 cc, struct dat_fail *fail)
{
    if (!cpu_asn_translate(c, (u16)wanted, a, fail)) {
        if (fail->code != PGM_AFX_TRANSLATION && fail->code != PGM_ASX_TRANSLATION)
            return false;
        c->cc = cc;
    } else if (l->reuse && a->astein != (u32)(wanted >> CR34_ASTEIN_SHIFT)) {
        c->cc = cc;
    }
    return true;
}

/* New contents of the control registers, with c->cc; false: an exception that belongs to *asn. */
static bool lasp_spaces(struct cpu *c, const struct lasp *l, u64 cr[16], struct dat_fail *fail,
                        u16 *asn)
{
    u64 ax = (l->how & LASP_AX ? l->cr4 : cr[4]) & CR4_AX;
    struct asn_space a = {0};
    u64 old3 = cr[3], old4 = cr[4];

    c->cc = LASP_LOADED;
    *asn = (u16)l->cr4;
    if (l->how & LASP_TRANSLATE || !same_space(l, l->cr4, old4)) {
        if (!lasp_translate(c, l, l->cr4, &a, LASP_NO_PRIMARY, fail))
            return false;
        if (!c->cc && (a.asce | cr[1]) & ASCE_SPACE_SWITCH)
            c->cc = LASP_SPACE_SWITCH;
        if (c->cc)
            return true;
        cr[1] = a.asce;
        cr[5] = (cr[5] & ~CR5_PASTEO) | a.asteo;
        if (!(l->how & LASP_AX))
            ax = (u64)a.ax << CR4_AX_SHIFT;
    }
    cr[3] = l->reuse ? l->cr3 : (cr[3] & CR3_SASTEIN) | (u32)l->cr3;
    cr[4] = (l->reuse ? l->cr4 & CR4_PASTEIN : cr[4] & CR4_PASTEIN) | ax | (u16)l->cr4;
    *asn = (u16)l->cr3;
    if (same_space(l, l->cr3, l->cr4)) {
        cr[7] = cr[1];
    } else if (l->how & LASP_TRANSLATE || !(l->how & LASP_AUTHORIZED) ||
               !same_space(l, l->cr3, old3)) {
        if (!lasp_translate(c, l, l->cr3, &a, LASP_NO_SECONDARY, fail))
            return false;
        if (!c->cc && !(l->how & LASP_AUTHORIZED) &&
            !authorize(c, (u16)(ax >> CR4_AX_SHIFT), &a, true, fail)) {
            if (fail->code != PGM_SECONDARY_AUTHORITY)
                return false;
            c->cc = LASP_NO_SECONDARY;
        }
        cr[7] = a.asce;
    }
    return true;
}

const struct dinsn *insn_lasp(struct cpu *c, const struct dinsn *d)
{
    struct lasp l = {.reuse = cpu_asn_reuse(c), .how = ea_SSE_2(c, d) & 7};
    u64 cr[16];
    be64 v[2] = {0};
    struct dat_fail fail = {0};
    u32 cc = c->cc;
    u16 asn;

    if (!cpu_fetch_bytes(c, ea_SSE_1(c, d), ar_SSE_1(d), v, l.reuse ? 16 : 8))
        return cpu_leave_fault(c, d);
    l.cr3 = (be64_get(v[0]) >> 32) | (be64_get(v[1]) & 0xffffffff00000000ULL);
    l.cr4 = (u32)be64_get(v[0]) | be64_get(v[1]) << 32;
    memcpy(cr, c->cr, sizeof(cr));
    if (!lasp_spaces(c, &l, cr, &fail, &asn)) {
        c->cc = cc;
        return cpu_leave_asn(c, d, &fail, asn);
    }
    if (c->cc != LASP_LOADED)
        return cpu_next(c, d, d->ilc);
    memcpy(c->cr, cr, sizeof(cr));
    cpu_crs_changed(c, 0x5d00);
    return cpu_resume_next(c, d);
}
