/* SPDX-License-Identifier: Apache-2.0
 *
 * Dynamic address translation: the walk from an address-space-control element to a page or a large
 * frame.  Table origins are taken as absolute addresses (whether prefixing applies to them is
 * unpredictable in the architecture); page-frame addresses are real.  Access-register translation
 * is in art.c.
 *
 * References: [PoP 3 Dynamic Address Translation: Translation Process, Translation Exceptions];
 * [PoP 6 Program Interruption: Translation-Specification Exception].
 */
#include "cpu/dat.h"

#include "arch/cr.h"
#include "arch/dat.h"
#include "arch/program.h"
#include "cpu/access.h"

/* ---- tables in storage ---- */

static const u8 *table(struct cpu *c, u64 abs, struct dat_fail *fail)
{
    struct view_page page;
    enum view_result r = view_page(c->view, abs, false, &page);

    if (r == VIEW_PRESENT) {
        if (unlikely(!(atomic_load_explicit(page.key, memory_order_relaxed) & KEY_R)))
            atomic_fetch_or_explicit(page.key, KEY_R, memory_order_relaxed);
        return page.host + (abs & FRAME_MASK);
    }
    *fail = (struct dat_fail){0};
    if (r == VIEW_OUTSIDE)
        fail->code = PGM_ADDRESSING;
    else
        fail->host = (struct host_fault){.abs = abs, .what = r};
    return NULL;
}

NO_TSAN bool cpu_abs_read64(struct cpu *c, u64 abs, u64 *v, struct dat_fail *fail)
{
    const u8 *p = table(c, abs, fail);

    if (!p)
        return false;
    *v = host_ld64(p);
    return true;
}

NO_TSAN bool cpu_abs_read32(struct cpu *c, u64 abs, u32 *v, struct dat_fail *fail)
{
    const u8 *p = table(c, abs, fail);

    if (!p)
        return false;
    *v = host_ld32(p);
    return true;
}

/* ---- what is in force ---- */

struct modes {
    bool edat1;
    bool edat2;
    bool iep;           /* enabled */
    bool iep_installed; /* bit 55 of a page-table entry may be one */
    bool private_space;
};

static struct modes modes_of(const struct cpu *c, u64 asce)
{
    u32 flags = sd_flags(c->sd);
    bool cr_edat = c->cr[0] & CR0_EDAT;
    bool iep = cpu_facility(c, 130) && c->sd->ecb2 & SD_ECB2_IEP;

    return (struct modes){
        .edat1 = cr_edat && flags & (SD_CPUFLAG_GED | SD_CPUFLAG_GED2) && cpu_facility(c, 8),
        .edat2 = cr_edat && flags & SD_CPUFLAG_GED2 && cpu_facility(c, 78),
        .iep = iep && c->cr[0] & CR0_IEP,
        .iep_installed = iep,
        .private_space = asce & ASCE_PRIVATE,
    };
}

/* ---- the walk ---- */

/* The levels, highest first, as table types: 3 region first, 2 region second, 1 region third,
 * 0 segment. */
static const unsigned index_shift[4] = {DAT_SX_SHIFT, DAT_RTX_SHIFT, DAT_RSX_SHIFT, DAT_RFX_SHIFT};
static const u16 level_code[4] = {PGM_SEGMENT_TRANSLATION, PGM_REGION_THIRD_TRANSLATION,
                                  PGM_REGION_SECOND_TRANSLATION, PGM_REGION_FIRST_TRANSLATION};

static bool fail_with(struct dat_fail *fail, u16 code)
{
    *fail = (struct dat_fail){.code = code};
    return false;
}

static bool large_frame(const struct modes *m, struct translation *out, u64 entry, u64 va,
                        unsigned bits)
{
    u64 offset = (1ULL << bits) - 1;

    out->real = (entry & ~offset) | (va & offset);
    out->iep = m->iep && entry & STE_IEP;
    out->large = true;
    out->has_key = entry & STE_AV;
    out->key = (u8)((entry & (STE_ACC | STE_F)) >> STE_SKEY_SHIFT);
    out->frame_bits = bits;
    return true;
}

static bool page_level(struct cpu *c, const struct modes *m, u64 ste, u64 va,
                       struct translation *out, struct dat_fail *fail)
{
    u64 must_be_zero = PTE_ZERO | (m->edat1 || m->iep_installed ? 0 : PTE_IEP);
    u64 pte;

    out->entry = (ste & STE_ORIGIN) + (va >> DAT_PX_SHIFT & DAT_PX_MASK) * 8;
    if (!cpu_abs_read64(c, out->entry, &pte, fail))
        return false;
    if (pte & PTE_I)
        return fail_with(fail, PGM_PAGE_TRANSLATION);
    if (pte & must_be_zero)
        return fail_with(fail, PGM_TRANSLATION_SPEC);
    if (pte & PTE_P)
        out->protect = true;
    out->iep = m->iep && pte & PTE_IEP;
    out->real = (pte & PTE_PFRA) | (va & FRAME_MASK);
    out->frame_bits = DAT_PX_SHIFT;
    return true;
}

static bool segment_level(struct cpu *c, const struct modes *m, u64 ste, u64 va,
                          struct translation *out, struct dat_fail *fail)
{
    if (m->edat1 && ste & STE_FC)
        return large_frame(m, out, ste, va, DAT_SX_SHIFT);
    return page_level(c, m, ste, va, out, fail);
}

/* One region- or segment-table entry: checks that do not depend on what lies below. */
static bool check_entry(const struct modes *m, unsigned level, u64 e, struct dat_fail *fail)
{
    if (e & RTE_I)
        return fail_with(fail, level_code[level]);
    if ((e & DAT_TT) >> ASCE_DT_SHIFT != level)
        return fail_with(fail, PGM_TRANSLATION_SPEC);
    if (m->private_space && e & STE_CS) {
        bool segment = level == 0;
        bool region_frame = level == 1 && m->edat2 && e & RTTE_FC;

        if (segment || region_frame)
            return fail_with(fail, PGM_TRANSLATION_SPEC);
    }
    return true;
}

static bool walk_levels(struct cpu *c, const struct modes *m, u64 asce, u64 va,
                        struct translation *out, struct dat_fail *fail)
{
    unsigned level = (asce & ASCE_DT) >> ASCE_DT_SHIFT;
    u64 origin = asce & ASCE_ORIGIN;
    unsigned first = 0, last = asce & ASCE_TL; /* offset and length of the table designated */

    if (level < 3 && va >> (index_shift[level] + 11))
        return fail_with(fail, PGM_ASCE_TYPE);
    for (;; level--) {
        u64 index = va >> index_shift[level] & DAT_INDEX_MASK;
        u64 e;

        if (index >> DAT_TL_SHIFT < first || index >> DAT_TL_SHIFT > last) {
            out->entry = 0;
            return fail_with(fail, level_code[level]);
        }
        out->entry = origin + index * 8;
        if (!cpu_abs_read64(c, out->entry, &e, fail) || !check_entry(m, level, e, fail))
            return false;
        if (e & RTE_P && (level == 0 || m->edat1))
            out->protect = true;
        if (level == 0)
            return segment_level(c, m, e, va, out, fail);
        if (level == 1 && m->edat2 && e & RTTE_FC)
            return large_frame(m, out, e, va, DAT_RTX_SHIFT);
        origin = e & RTE_ORIGIN;
        first = (e & RTE_TF) >> RTE_TF_SHIFT;
        last = e & RTE_TL;
    }
}

bool dat_walk(struct cpu *c, u64 asce, u64 va, struct translation *out, struct dat_fail *fail)
{
    struct modes m;

    *out = (struct translation){.real = va, .frame_bits = DAT_PX_SHIFT};
    if (asce == TLB_REAL || asce & ASCE_REAL_SPACE)
        return true;
    m = modes_of(c, asce);
    return walk_levels(c, &m, asce, va, out, fail);
}
