/* SPDX-License-Identifier: Apache-2.0
 *
 * Branches that go by the dispatchable-unit control table: BRANCH IN SUBSPACE GROUP and BRANCH AND
 * SET AUTHORITY.
 *
 * Invariant: nothing changes before the last check has passed.
 *
 * Not here: subspace replacement by the instructions that change spaces (insn_control_asn.c).
 *
 * References: [PoP 5 Subspace-Group Tables, Subspace-Replacement Operations]; [PoP 10 BRANCH IN
 * SUBSPACE GROUP, BRANCH AND SET AUTHORITY].
 */
#include "arch/dat.h"
#include "cpu/control.h"
#include "isa_exec.h"

/* The dispatchable-unit control table, for stores. */
static u8 *duct_ptr(struct cpu *c)
{
    return cpu_ptr_real(c, 0, c->cr[2] & CR2_DUCTO, sizeof(struct duct), ACC_STORE);
}

NO_TSAN static void duct_put32(u8 *duct, size_t offset, u32 v)
{
    host_st32(duct + offset, v);
}

NO_TSAN static void duct_put64(u8 *duct, size_t offset, u64 v)
{
    host_st64(duct + offset, v);
}

/* Addressing mode and (wrapped) address of a branch to a register value that can choose between the
 * 24- and 31-bit modes, but not enter or leave the 64-bit mode. */
static u64 branch_target(const struct cpu *c, u64 v, u64 *amode)
{
    if (c->psw_mask & PSW_MASK_EA) {
        *amode = PSW_AMODE_64;
        return v;
    }
    *amode = v & PSW_MASK_BA;
    return v & (*amode ? PSW_ADDR_31 : PSW_ADDR_24);
}

/* Where the program comes back to: mode and address as a register shows them. */
static void set_return(struct cpu *c, unsigned r, u64 next)
{
    if (c->psw_mask & PSW_MASK_EA)
        c->gr[r] = next;
    else
        cpu_set_gr32(c, r, (u32)((c->psw_mask & PSW_MASK_BA) | next));
}

static u64 with_amode(u64 mask, u64 amode)
{
    return (mask & ~PSW_MASK_AMODE) | amode;
}

/* ---- BRANCH IN SUBSPACE GROUP ---- */

struct destination {
    u64 asteo;
    u64 asce;
    u32 ato;
    u32 astesn;
    bool base; /* the base space, to be known as such */
};

static bool read_destination(struct cpu *c, struct destination *s, struct dat_fail *fail)
{
    return cpu_real_read32(c, s->asteo + offsetof(struct aste, ato), &s->ato, fail) &&
           cpu_real_read32(c, s->asteo + offsetof(struct aste, astesn), &s->astesn, fail) &&
           cpu_real_read64(c, s->asteo + offsetof(struct aste, asce), &s->asce, fail);
}

static bool fail_with(struct dat_fail *fail, u16 code)
{
    *fail = (struct dat_fail){.code = code};
    return false;
}

/* ALET 1: the subspace that was last in control. */
static bool last_subspace(struct cpu *c, u64 duct, struct destination *s, struct dat_fail *fail)
{
    u32 ssasteo, expected;

    if (!cpu_real_read32(c, duct + offsetof(struct duct, ssasteo), &ssasteo, fail) ||
        !cpu_real_read32(c, duct + offsetof(struct duct, ssastesn), &expected, fail))
        return false;
    s->asteo = ssasteo & DUCT_ASTEO;
    if (!s->asteo)
        return fail_with(fail, PGM_SPECIAL_OPERATION);
    if (!read_destination(c, s, fail))
        return false;
    if (s->ato & ASTE_I)
        return fail_with(fail, PGM_ASTE_VALIDITY);
    return s->astesn == expected || fail_with(fail, PGM_ASTE_SEQUENCE);
}

/* Any other ALET: the base space or a subspace of the group. */
static bool listed_space(struct cpu *c, u32 alet, u64 base, struct destination *s,
                         struct dat_fail *fail)
{
    if (!art_special(c, alet, &s->asteo, fail) || !read_destination(c, s, fail))
        return false;
    s->base = s->asteo == base;
    if (!s->base && (!(s->asce & ASCE_SUBSPACE) || s->ato & ASTE_B))
        return fail_with(fail, PGM_SPECIAL_OPERATION);
    return true;
}

static bool find_destination(struct cpu *c, u32 alet, struct destination *s, struct dat_fail *fail)
{
    u64 duct = c->cr[2] & CR2_DUCTO;
    u32 basteo;

    *s = (struct destination){0};
    if (!cpu_real_read32(c, duct + offsetof(struct duct, basteo), &basteo, fail))
        return false;
    basteo &= DUCT_ASTEO;
    if ((c->cr[5] & CR5_PASTEO) != basteo)
        return fail_with(fail, PGM_SPECIAL_OPERATION);
    if (alet == ALET_SECONDARY)
        return last_subspace(c, duct, s, fail);
    if (alet != ALET_PRIMARY)
        return listed_space(c, alet, basteo, s, fail);
    s->asteo = basteo;
    s->base = true;
    return read_destination(c, s, fail);
}

static void bsg_trace(const struct cpu *c, struct trace_log *t, u32 alet, u64 amode, u64 addr)
{
    u32 shown = (alet & 0x007fffffU) | (alet & ALET_P ? TRACE_BSG_P : 0);

    t->len = 0;
    if (!(c->cr[12] & CR12_ASN)) {
        if (c->cr[12] & CR12_BRANCH)
            cpu_trace_branch(t, amode, addr);
    } else if (amode & PSW_MASK_EA) {
        cpu_trace_put32(t, TRACE_BSG_64 | shown);
        cpu_trace_put64(t, addr);
    } else {
        cpu_trace_put32(t, TRACE_BSG | shown);
        cpu_trace_put32(t, (u32)(amode | addr));
    }
}

/* What the table remembers of the space that control goes to. */
NO_TSAN static void note_space(u8 *duct, u32 alet, const struct destination *s)
{
    u32 ssasteo = host_ld32(duct + offsetof(struct duct, ssasteo));

    if (s->base) {
        ssasteo &= ~DUCT_SA;
    } else if (alet == ALET_SECONDARY) {
        ssasteo |= DUCT_SA;
    } else {
        ssasteo = DUCT_SA | (u32)s->asteo;
        duct_put32(duct, offsetof(struct duct, ssastesn), s->astesn);
    }
    duct_put32(duct, offsetof(struct duct, ssasteo), ssasteo);
}

/* The primary and the secondary space are the destination. */
static void enter_space(struct cpu *c, const struct destination *s)
{
    u64 kept = s->base ? 0 : ASCE_ALT_EVENT | ASCE_SPACE_SWITCH;

    c->cr[1] = (c->cr[1] & kept) | (s->asce & ~kept);
    c->cr[7] = c->cr[1];
    c->cr[3] = (c->cr[3] & ~CR3_SASN) | (u16)c->cr[4];
    if (cpu_asn_reuse(c))
        c->cr[3] = (u32)c->cr[3] | (c->cr[4] & CR4_PASTEIN);
}

const struct dinsn *insn_bsg(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d), r2 = f_RRE_r2(d);
    u32 alet = r2 ? c->ar[r2] : ALET_PRIMARY;
    u64 amode, addr = branch_target(c, c->gr[r2], &amode);
    struct destination s;
    struct trace_log t;
    struct dat_fail fail = {0};
    u8 *duct = duct_ptr(c);

    if (!duct)
        return cpu_leave_fault(c, d);
    if (!find_destination(c, alet, &s, &fail))
        return cpu_leave_dat(c, d, &fail, 0, r2, SPACE_AR);
    bsg_trace(c, &t, alet, amode, addr);
    if (!cpu_trace_reserve(c, &t, 0))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    note_space(duct, alet, &s);
    enter_space(c, &s);
    if (r1)
        set_return(c, r1, cpu_ia_next(c, d));
    return cpu_load_psw(c, d, with_amode(cpu_psw_mask(c), amode), addr);
}

/* ---- BRANCH AND SET AUTHORITY ---- */

static bool bsa_trace(struct cpu *c, struct trace_log *t, u64 amode, u64 addr)
{
    t->len = 0;
    if (c->cr[12] & CR12_BRANCH)
        cpu_trace_branch(t, amode, addr);
    return cpu_trace_reserve(c, t, 0);
}

/* From the base authority to a reduced one: R1 has a mask for the PSW-key mask and a key. */
static const struct dinsn *reduce(struct cpu *c, const struct dinsn *d, u8 *duct)
{
    u64 r1 = c->gr[f_RRE_r1(d)], next = cpu_ia_next(c, d);
    u64 amode, addr = branch_target(c, c->gr[f_RRE_r2(d)], &amode);
    u64 mask = with_amode(cpu_psw_mask(c), amode), back = next;
    u32 saved = (u32)(c->cr[3] & CR3_PKM) | cpu_psw_key(c) | DUCT_BSA_RA;
    struct trace_log t;

    if (!f_RRE_r2(d))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (!cpu_key_permitted(c, (u8)r1 & KEY_ACC))
        return cpu_leave_program(c, d, PGM_PRIVILEGED_OP);
    if (!bsa_trace(c, &t, amode, addr))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    if (cpu_problem_state(c))
        saved |= DUCT_BSA_P;
    if (!(c->psw_mask & PSW_MASK_EA))
        back |= c->psw_mask & PSW_MASK_BA;
    duct_put32(duct, offsetof(struct duct, bsa_ctl), saved);
    duct_put64(duct, offsetof(struct duct, bsa_ret), back);
    c->cr[3] &= ~CR3_PKM | (r1 & CR3_PKM);
    mask = (mask & ~PSW_MASK_KEY) | (r1 & KEY_ACC) << (PSW_KEY_SHIFT - 4) | PSW_MASK_PSTATE;
    return cpu_load_psw(c, d, mask, addr);
}

/* Back to the base authority; R1 gets the return address if it is not 0. */
static const struct dinsn *restore(struct cpu *c, const struct dinsn *d, u8 *duct, u32 saved,
                                   u64 back)
{
    u64 amode, addr = back, mask = cpu_psw_mask(c);
    struct trace_log t;

    if (f_RRE_r2(d))
        return cpu_leave_program(c, d, PGM_SPECIAL_OPERATION);
    if (mask & PSW_MASK_EA) {
        amode = PSW_AMODE_64;
    } else { /* too long an address for 24 bits makes the new PSW invalid */
        amode = back & PSW_MASK_BA;
        addr = back & PSW_ADDR_31;
    }
    if (!bsa_trace(c, &t, amode, addr))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    duct_put32(duct, offsetof(struct duct, bsa_ctl), saved & ~DUCT_BSA_RA);
    if (f_RRE_r1(d))
        set_return(c, f_RRE_r1(d), cpu_ia_next(c, d));
    c->cr[3] = (c->cr[3] & ~CR3_PKM) | (saved & DUCT_BSA_PKM);
    mask = with_amode(mask, amode) & ~(PSW_MASK_KEY | PSW_MASK_PSTATE);
    mask |= (u64)(saved & DUCT_BSA_KEY) << (PSW_KEY_SHIFT - 4);
    if (saved & DUCT_BSA_P)
        mask |= PSW_MASK_PSTATE;
    return cpu_load_psw(c, d, mask, addr);
}

const struct dinsn *insn_bsa(struct cpu *c, const struct dinsn *d)
{
    u64 at = c->cr[2] & CR2_DUCTO, back;
    struct dat_fail fail = {0};
    u32 saved;
    u8 *duct = duct_ptr(c);

    if (!duct)
        return cpu_leave_fault(c, d);
    if (!cpu_real_read32(c, at + offsetof(struct duct, bsa_ctl), &saved, &fail) ||
        !cpu_real_read64(c, at + offsetof(struct duct, bsa_ret), &back, &fail))
        return cpu_leave_dat(c, d, &fail, 0, 0, SPACE_REAL);
    return saved & DUCT_BSA_RA ? restore(c, d, duct, saved, back) : reduce(c, d, duct);
}
