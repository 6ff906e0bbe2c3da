/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading and storing of control registers; timers; time functions.
 *
 * References: [PoP 10 LOAD CONTROL, STORE CONTROL, SET CLOCK COMPARATOR, SET CPU TIMER, PERFORM
 * TIMING FACILITY FUNCTION].
 */
#include <string.h>

#include "cpu/control.h"
#include "cpu/timer.h"
#include "isa_exec.h"

/* ---- control registers ---- */

/* R1 and R3 lie in the same slot members in RS-a and RSY-a. */
static unsigned reg_count(const struct dinsn *d)
{
    return ((f_RS_a_r3(d) - f_RS_a_r1(d)) & 15) + 1;
}

static u16 reg_mask(const struct dinsn *d)
{
    u32 twice = ((1U << reg_count(d)) - 1) << (32 - reg_count(d));

    twice >>= f_RS_a_r1(d);
    return (u16)(twice >> 16 | twice);
}

bool cpu_sie_lctl(const struct cpu *c, const struct dinsn *d)
{
    return be16_get(c->sd->lctl) & reg_mask(d);
}

/* New contents are in: spaces, masks, PER. */
static const struct dinsn *crs_loaded(struct cpu *c, const struct dinsn *d)
{
    const struct tlb_bank *old = c->ispace;
    struct tlb_key key = old->key;

    cpu_crs_changed(c, reg_mask(d));
    if (c->ispace != old || c->ispace->key.asce != key.asce || c->ispace->key.rest != key.rest ||
        c->psw_mask & PSW_MASK_PER)
        return cpu_resume_next(c, d);
    return cpu_next_recheck(c, d);
}

const struct dinsn *insn_lctl(struct cpu *c, const struct dinsn *d)
{
    unsigned n = reg_count(d), r = f_RS_a_r1(d);
    be32 v[16];

    if (!cpu_fetch_bytes(c, ea_RS_a_2(c, d), ar_RS_a_2(d), v, n * sizeof(v[0])))
        return cpu_leave_fault(c, d);
    for (unsigned i = 0; i < n; i++, r = (r + 1) & 15)
        c->cr[r] = (c->cr[r] & 0xffffffff00000000ULL) | be32_get(v[i]);
    return crs_loaded(c, d);
}

const struct dinsn *insn_lctlg(struct cpu *c, const struct dinsn *d)
{
    unsigned n = reg_count(d), r = f_RSY_a_r1(d);
    be64 v[16];

    if (!cpu_fetch_bytes(c, ea_RSY_a_2(c, d), ar_RSY_a_2(d), v, n * sizeof(v[0])))
        return cpu_leave_fault(c, d);
    for (unsigned i = 0; i < n; i++, r = (r + 1) & 15)
        c->cr[r] = be64_get(v[i]);
    return crs_loaded(c, d);
}

const struct dinsn *insn_stctl(struct cpu *c, const struct dinsn *d)
{
    unsigned n = reg_count(d), r = f_RS_a_r1(d);
    be32 v[16];

    for (unsigned i = 0; i < n; i++, r = (r + 1) & 15)
        v[i] = be32_of((u32)c->cr[r]);
    if (!cpu_store_bytes(c, ea_RS_a_2(c, d), ar_RS_a_2(d), v, n * sizeof(v[0])))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_stctg(struct cpu *c, const struct dinsn *d)
{
    unsigned n = reg_count(d), r = f_RSY_a_r1(d);
    be64 v[16];

    for (unsigned i = 0; i < n; i++, r = (r + 1) & 15)
        v[i] = be64_of(c->cr[r]);
    if (!cpu_store_bytes(c, ea_RSY_a_2(c, d), ar_RSY_a_2(d), v, n * sizeof(v[0])))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

/* ---- timers ---- */

const struct dinsn *insn_sckc(struct cpu *c, const struct dinsn *d)
{
    u64 v = 0;

    if (!cpu_ld64(c, ea_S_2(c, d), ar_S_2(d), &v))
        return cpu_leave_fault(c, d);
    cpu_ckc_set(c, v);
    return cpu_next_recheck(c, d);
}

const struct dinsn *insn_stckc(struct cpu *c, const struct dinsn *d)
{
    if (!cpu_st64(c, ea_S_2(c, d), ar_S_2(d), c->timers.ckc))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

const struct dinsn *insn_spt(struct cpu *c, const struct dinsn *d)
{
    u64 v = 0;

    if (!cpu_ld64(c, ea_S_2(c, d), ar_S_2(d), &v))
        return cpu_leave_fault(c, d);
    cpu_timer_set(c, (s64)v);
    return cpu_next_recheck(c, d);
}

const struct dinsn *insn_stpt(struct cpu *c, const struct dinsn *d)
{
    if (!cpu_st64(c, ea_S_2(c, d), ar_S_2(d), (u64)cpu_timer_get(c)))
        return cpu_leave_fault(c, d);
    return cpu_next_stored(c, d, d->ilc);
}

/* ---- PERFORM TIMING FACILITY FUNCTION ---- */

enum { PTFF_QAF = 0, PTFF_QTO = 1, PTFF_QSI = 2 };

/* Query parameter blocks.  No steering: rates and episodes are zero. */
struct ptff_qto {
    be64 physical_clock;
    be64 tod_offset;
    be64 logical_tod_offset;
    be64 tod_epoch_difference;
};
struct ptff_qsi {
    be64 physical_clock;
    be64 episodes[6];
};

const struct dinsn *insn_ptff(struct cpu *c, const struct dinsn *d)
{
    union {
        u8 mask[16];
        struct ptff_qto qto;
        struct ptff_qsi qsi;
    } block;
    u64 len;

    memset(&block, 0, sizeof(block));
    switch (c->gr[0] & 0xff) {
    case PTFF_QAF:
        for (unsigned fc = PTFF_QAF; fc <= PTFF_QSI; fc++)
            bitmap_set(block.mask, fc);
        len = sizeof(block.mask);
        break;
    case PTFF_QTO:
        block.qto.physical_clock = be64_of(cpu_tod(c) - c->timers.epoch);
        block.qto.tod_epoch_difference = be64_of(c->timers.epoch);
        len = sizeof(block.qto);
        break;
    case PTFF_QSI:
        block.qsi.physical_clock = be64_of(cpu_tod(c) - c->timers.epoch);
        len = sizeof(block.qsi);
        break;
    default:
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    }
    if (!cpu_store_bytes(c, cpu_wrap(c, c->gr[1]), 1, &block, len))
        return cpu_leave_fault(c, d);
    c->cc = 0;
    return cpu_next_stored(c, d, d->ilc);
}
