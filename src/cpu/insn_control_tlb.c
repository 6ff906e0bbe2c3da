/* SPDX-License-Identifier: Apache-2.0
 *
 * Control instructions that invalidate table entries and purge TLBs: IPTE, IDTE, CRDTE, CSP, CSPG,
 * PTLB, PALB.
 *
 * Invariant: first the table entry changes, then TLBs are purged, on this CPU and (unless the
 * local-clearing control says otherwise) on all others, and only then the instruction ends.
 *
 * The interlock in the system control area (SD_ECA_SII): guest instructions in progress are
 * counted in KG with K held; while the host holds it (KH), the instruction is intercepted and
 * comes again.
 *
 * References: [PoP 10 INVALIDATE PAGE TABLE ENTRY, INVALIDATE DAT TABLE ENTRY, COMPARE AND REPLACE
 * DAT TABLE ENTRY, COMPARE AND SWAP AND PURGE].
 */
#include "arch/cr.h"
#include "arch/dat.h"
#include "arch/sca.h"
#include "cpu/control.h"
#include "isa_exec.h"

#define LOCAL_CLEARING 1 /* M4, facility 51 */

/* ---- interlock with the host ---- */

static u64 *ipte_lock(const struct cpu *c)
{
    if (!(be32_get(c->sd->eca) & SD_ECA_SII) || !c->sat.sca)
        return NULL;
    return &c->sat.sca->ipte.raw;
}

static bool interlock_enter(const struct cpu *c)
{
    u64 *lock = ipte_lock(c);
    u64 raw, new;

    if (likely(!lock))
        return true;
    raw = __atomic_load_n(lock, __ATOMIC_RELAXED);
    do {
        u64 v = be64_get((be64){raw});

        if (v & SCA_IPTE_KH)
            return false;
        new = be64_of((v | SCA_IPTE_K) + 1).raw;
    } while (
        !__atomic_compare_exchange_n(lock, &raw, new, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    return true;
}

static void interlock_leave(const struct cpu *c)
{
    u64 *lock = ipte_lock(c);
    u64 raw, new;

    if (likely(!lock))
        return;
    raw = __atomic_load_n(lock, __ATOMIC_RELAXED);
    do {
        u64 v = be64_get((be64){raw}) - 1;

        if (!(v & (SCA_IPTE_KG | SCA_IPTE_KH)))
            v &= ~SCA_IPTE_K;
        new = be64_of(v).raw;
    } while (
        !__atomic_compare_exchange_n(lock, &raw, new, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
}

/* ---- purging ---- */

static void purge(struct cpu *c, enum shootdown_kind kind, u64 value, bool local)
{
    struct shootdown s = {kind, value};

    if (local)
        cpu_shoot_local(c, s);
    else
        cpu_shootdown(c->mem, c, s, ~0ULL);
}

#define PURGE_SINGLE 4 /* entries; above, one purge of everything is cheaper */

/* What was made from n entries of a table from `index` on, wrapping in the table. */
static void purge_entries(struct cpu *c, enum shootdown_kind kind, u64 table, u64 index, u64 n,
                          bool local)
{
    u64 wrap = kind == SHOOT_PAGE ? DAT_PT_ENTRIES : DAT_CRST_ENTRIES;

    if (n > PURGE_SINGLE) {
        purge(c, SHOOT_ALL, 0, local);
        return;
    }
    for (u64 i = 0; i < n; i++)
        purge(c, kind, table + (index + i) % wrap * 8, local);
}

/* ---- table entries ---- */

static u8 *entry_ptr(struct cpu *c, u64 addr)
{
    return cpu_ptr_real(c, 0, addr, 8, ACC_STORE);
}

/* IPTE: R1 page-table origin, R2 virtual address, R3 (facility 13) additional entries. */
const struct dinsn *insn_ipte(struct cpu *c, const struct dinsn *d)
{
    u64 table = c->gr[f_RRF_r1(d)] & STE_ORIGIN;
    u64 index = c->gr[f_RRF_r2(d)] >> DAT_PX_SHIFT & DAT_PX_MASK;
    bool local = f_RRF_m4(d) & LOCAL_CLEARING && cpu_facility(c, 51);
    u64 n = 1;

    if (f_RRF_r3(d) && cpu_facility(c, 13))
        n += c->gr[f_RRF_r3(d)] & 0xff;
    if (index + n > DAT_PT_ENTRIES)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!interlock_enter(c))
        return cpu_leave_intercept(c, d);
    for (u64 i = 0; i < n; i++) {
        u8 *p = entry_ptr(c, table + (index + i) * 8);

        if (!p) {
            interlock_leave(c);
            return cpu_leave_fault(c, d);
        }
        __atomic_fetch_or(p + 6, PTE_I >> 8, __ATOMIC_SEQ_CST);
    }
    purge_entries(c, SHOOT_PAGE, table, index, n, local);
    interlock_leave(c);
    return cpu_resume_next(c, d);
}

#define IDTE_BY_ASCE 0x800ULL    /* R2 bit 52 */
#define IDTE_RESERVED 0xff000ULL /* R2 bits 44-51, when invalidating */
#define IDTE_MORE 0x7ffULL       /* R2 bits 53-63: additional entries */

/* By designation type: segment, region third, second, first. */
static const unsigned index_shift[4] = {DAT_SX_SHIFT, DAT_RTX_SHIFT, DAT_RSX_SHIFT, DAT_RFX_SHIFT};

/* Is a segment- (level 0) or region-third-table entry (1) the last one of a walk, with format
 * control.  TLB entries can be found by a table entry only then. */
static bool is_frame(const struct cpu *c, unsigned level, u64 entry)
{
    u32 enough = level == 0 ? SD_CPUFLAG_GED | SD_CPUFLAG_GED2 : SD_CPUFLAG_GED2;

    return level <= 1 && entry & STE_FC && c->cr[0] & CR0_EDAT && sd_flags(c->sd) & enough;
}

static void purge_dat_table(struct cpu *c, u64 table, u64 index, u64 n, bool frames, bool local)
{
    if (frames)
        purge_entries(c, SHOOT_LARGE, table, index, n, local);
    else
        purge(c, SHOOT_ALL, 0, local);
}

static const struct dinsn *idte_invalidate(struct cpu *c, const struct dinsn *d, bool local)
{
    u64 r2 = c->gr[f_RRF_r2(d)];
    u64 table = c->gr[f_RRF_r1(d)] & ASCE_ORIGIN;
    unsigned level = (c->gr[f_RRF_r1(d)] & ASCE_DT) >> ASCE_DT_SHIFT;
    u64 index = r2 >> index_shift[level] & DAT_INDEX_MASK;
    u64 n = (r2 & IDTE_MORE) + 1;
    bool frames = true; /* all of them */

    if (r2 & IDTE_RESERVED)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!interlock_enter(c))
        return cpu_leave_intercept(c, d);
    for (u64 i = 0; i < n; i++) {
        u8 *p = entry_ptr(c, table + ((index + i) & DAT_INDEX_MASK) * 8);
        u64 old;

        if (!p) {
            interlock_leave(c);
            return cpu_leave_fault(c, d);
        }
        old = __atomic_fetch_or((u64 *)(void *)p, be64_of(RTE_I).raw, __ATOMIC_SEQ_CST);
        frames &= is_frame(c, level, be64_get((be64){old}));
    }
    purge_dat_table(c, table, index, n, frames, local);
    interlock_leave(c);
    return cpu_resume_next(c, d);
}

const struct dinsn *insn_idte(struct cpu *c, const struct dinsn *d)
{
    bool local = f_RRF_m4(d) & LOCAL_CLEARING && cpu_facility(c, 51);

    if (!(c->gr[f_RRF_r2(d)] & IDTE_BY_ASCE))
        return idte_invalidate(c, d, local);
    if (!interlock_enter(c))
        return cpu_leave_intercept(c, d);
    purge(c, SHOOT_ASCE, c->gr[f_RRF_r3(d)], local);
    interlock_leave(c);
    return cpu_resume_next(c, d);
}

/* ---- compare and replace ---- */

#define CRDTE_TABLE_TYPE 0x1cULL /* R2 bits 59-61 */
#define CRDTE_PAGE 0x00ULL
#define CRDTE_SEGMENT 0x10ULL /* plus the designation type */

/* Where the entry lies: R2 table and type, R2 + 1 virtual address.  *last: it ends walks. */
static bool crdte_entry(const struct cpu *c, unsigned r2, u64 old, u64 *entry, bool *last)
{
    u64 table = c->gr[r2], va = c->gr[r2 + 1];
    unsigned level = (table & ASCE_DT) >> ASCE_DT_SHIFT;

    if ((table & CRDTE_TABLE_TYPE) == CRDTE_PAGE) {
        *last = true;
        *entry = (table & STE_ORIGIN) + (va >> DAT_PX_SHIFT & DAT_PX_MASK) * 8;
        return true;
    }
    *last = is_frame(c, level, old);
    *entry = (table & ASCE_ORIGIN) + (va >> index_shift[level] & DAT_INDEX_MASK) * 8;
    return table & CRDTE_SEGMENT;
}

const struct dinsn *insn_crdte(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRF_r1(d);
    bool local = f_RRF_m4(d) & LOCAL_CLEARING && cpu_facility(c, 51);
    u64 entry = 0, old = be64_of(c->gr[r1]).raw;
    bool page = (c->gr[f_RRF_r2(d)] & CRDTE_TABLE_TYPE) == CRDTE_PAGE, last, same;
    u8 *p;

    if (!crdte_entry(c, f_RRF_r2(d), c->gr[r1], &entry, &last))
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!interlock_enter(c))
        return cpu_leave_intercept(c, d);
    p = entry_ptr(c, entry);
    if (!p) {
        interlock_leave(c);
        return cpu_leave_fault(c, d);
    }
    same = __atomic_compare_exchange_n((u64 *)(void *)p, &old, be64_of(c->gr[r1 + 1]).raw, false,
                                       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    if (same && last)
        purge(c, page ? SHOOT_PAGE : SHOOT_LARGE, entry, local);
    else if (same)
        purge(c, SHOOT_ALL, 0, local);
    else
        c->gr[r1] = be64_get((be64){old});
    interlock_leave(c);
    c->cc = !same;
    return cpu_resume_next(c, d);
}

/* ---- compare and swap and purge ---- */

#define CSP_PURGE 3 /* R2 bits 62 (TLB) and 63 (ALB); there is no ALB apart from the TLB */

static const struct dinsn *csp_end(struct cpu *c, const struct dinsn *d, bool swapped)
{
    if (swapped && c->gr[f_RRE_r2(d)] & CSP_PURGE)
        purge(c, SHOOT_ALL, 0, false);
    interlock_leave(c);
    c->cc = !swapped;
    return cpu_resume_next(c, d);
}

const struct dinsn *insn_csp(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d), r2 = f_RRE_r2(d);
    u32 old = (u32)c->gr[r1];
    bool swapped = false;

    if (!interlock_enter(c))
        return cpu_leave_intercept(c, d);
    if (!cpu_cas32(c, cpu_wrap(c, c->gr[r2]) & ~3ULL, r2, &old, (u32)c->gr[r1 + 1], &swapped)) {
        interlock_leave(c);
        return cpu_leave_fault(c, d);
    }
    if (!swapped)
        cpu_set_gr32(c, r1, old);
    return csp_end(c, d, swapped);
}

const struct dinsn *insn_cspg(struct cpu *c, const struct dinsn *d)
{
    unsigned r1 = f_RRE_r1(d), r2 = f_RRE_r2(d);
    u64 old = c->gr[r1];
    bool swapped = false;

    if (!interlock_enter(c))
        return cpu_leave_intercept(c, d);
    if (!cpu_cas64(c, cpu_wrap(c, c->gr[r2]) & ~7ULL, r2, &old, c->gr[r1 + 1], &swapped)) {
        interlock_leave(c);
        return cpu_leave_fault(c, d);
    }
    if (!swapped)
        c->gr[r1] = old;
    return csp_end(c, d, swapped);
}

const struct dinsn *insn_ptlb(struct cpu *c, const struct dinsn *d)
{
    cpu_shoot_local(c, (struct shootdown){SHOOT_ALL, 0});
    return cpu_resume_next(c, d);
}
