/* SPDX-License-Identifier: Apache-2.0
 *
 * Guarded storage: two loads that look where the loaded pointer points, and the guarded-storage
 * event that they branch with instead of loading when it points into a guarded section; loading
 * and storing of the controls.
 *
 * The registers are the host's, as floating-point registers are: src/sie moves them only for a
 * state description that keeps them in its annex.  Without ecb.GS the two loads only load.
 *
 * References: [PoP 4 Guarded-Storage Facility], [PoP 7 LOAD GUARDED, LOAD LOGICAL AND SHIFT
 * GUARDED, LOAD GUARDED STORAGE CONTROLS, STORE GUARDED STORAGE CONTROLS].
 */
#include <string.h>

#include "arch/cr.h"
#include "arch/guarded.h"
#include "cpu/control.h"
#include "isa_exec.h"

bool cpu_gs_disabled(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !(c->cr[2] & CR2_GS);
}

/* ---- detection ---- */

/* A pointer is guarded when it lies in the area, 2^GSC bytes at the origin, and the bit of its
 * section, a 64th of the area, is one.  Reserved characteristics guard nothing. */
static bool guarded(const struct cpu *c, u64 pointer)
{
    unsigned gsc = c->gs.gsd & GSD_GSC;
    u64 section;

    if (!(c->cr[2] & CR2_GS) || !(c->sd->ecb & SD_ECB_GS))
        return false;
    if (gsc < GSC_MIN || gsc > GSC_MAX || (pointer ^ c->gs.gsd) >> gsc)
        return false;
    section = pointer >> (gsc - GS_SECTIONS_LOG2) & (GS_SECTIONS - 1);
    return c->gs.gssm << section >> 63;
}

/* ---- the event ---- */

/* The parameter list is in the space of data, but never found by an access register. */
static enum space list_space(const struct cpu *c)
{
    enum space s = cpu_data_space(c);

    return s == SPACE_AR ? SPACE_PRIMARY : s;
}

static u8 access_information(const struct cpu *c, unsigned b2)
{
    unsigned as = psw_as(c->psw_mask);

    if (!(c->psw_mask & PSW_MASK_DAT))
        return 0;
    return (u8)(GSEAI_T | as << GSEAI_AS_SHIFT | (as == PSW_AS_AR ? b2 & 15 : 0));
}

/* What LGG and LLGFSG share.  b2: base register field. */
struct guarded_load {
    u64 pointer; /* intermediate result */
    u64 operand; /* second-operand address */
    unsigned b2;
    bool llgfsg;
};

static void describe(const struct cpu *c, const struct dinsn *d, const struct guarded_load *g,
                     struct gs_epl *l)
{
    l->reserved0 = 0;
    l->gseam = (u8)(c->psw_mask >> GSEAM_SHIFT & GSEAM_MASK);
    l->gseci = g->llgfsg ? GSECI_LLGFSG : 0;
    l->gseai = access_information(c, g->b2);
    l->reserved4 = be32_of(0);
    l->gseia = l->gsera = be64_of(cpu_ia_psw(c, d));
    l->gseoa = be64_of(g->operand);
    l->gseir = be64_of(g->pointer);
}

/* Fills in the parameter list and branches to the handler that it names.  The instruction address
 * and the return address differ only within transactions. */
static const struct dinsn *guarded_event(struct cpu *c, const struct dinsn *d,
                                         const struct guarded_load *g)
{
    struct operand o;
    struct gs_epl l;

    if (!cpu_operand_space(c, list_space(c), cpu_psw_key(c), c->gs.gsepla, 0, sizeof(l), ACC_STORE,
                           &o))
        return cpu_leave_fault(c, d);
    memcpy(&l, o.p[0], o.n[0]);
    if (o.n[1])
        memcpy((u8 *)&l + o.n[0], o.p[1], o.n[1]);
    describe(c, d, g, &l);
    memcpy(o.p[0], &l, o.n[0]);
    if (o.n[1])
        memcpy(o.p[1], (u8 *)&l + o.n[0], o.n[1]);
    c->bear = cpu_ia_psw(c, d);
    if (c->code_changed)
        cpu_settle_code(c);
    return cpu_jump(c, cpu_wrap(c, be64_get(l.gseha)));
}

static const struct dinsn *load_guarded(struct cpu *c, const struct dinsn *d,
                                        const struct guarded_load *g)
{
    if (unlikely(guarded(c, g->pointer)))
        return guarded_event(c, d, g);
    c->gr[f_RXY_a_r1(d)] = g->pointer;
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_lgg(struct cpu *c, const struct dinsn *d)
{
    struct guarded_load g = {.operand = ea_RXY_a_2(c, d), .b2 = ar_RXY_a_2(d)};
    u64 v = 0;

    if (!cpu_ld64(c, g.operand, g.b2, &v))
        return cpu_leave_fault(c, d);
    g.pointer = cpu_wrap(c, v);
    return load_guarded(c, d, &g);
}

/* A compressed pointer: only in the 64-bit mode is it shifted. */
const struct dinsn *insn_llgfsg(struct cpu *c, const struct dinsn *d)
{
    struct guarded_load g = {.operand = ea_RXY_a_2(c, d), .b2 = ar_RXY_a_2(d), .llgfsg = true};
    u32 v = 0;

    if (!cpu_ld32(c, g.operand, g.b2, &v))
        return cpu_leave_fault(c, d);
    if (c->amask == ~0ULL)
        g.pointer = (u64)v << ((c->gs.gsd & GSD_GLS) >> GSD_GLS_SHIFT);
    else
        g.pointer = cpu_wrap(c, v);
    return load_guarded(c, d, &g);
}

/* ---- controls ---- */

const struct dinsn *insn_lgsc(struct cpu *c, const struct dinsn *d)
{
    struct gs_cb cb;

    if (!cpu_fetch_bytes(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), &cb, sizeof(cb)))
        return cpu_leave_fault(c, d);
    cpu_gs_load(c, &cb);
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_stgsc(struct cpu *c, const struct dinsn *d)
{
    struct gs_cb cb;

    cpu_gs_store(c, &cb);
    if (!cpu_store_bytes(c, ea_RXY_a_2(c, d), ar_RXY_a_2(d), &cb, sizeof(cb)))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}
