/* SPDX-License-Identifier: Apache-2.0
 *
 * Common parts of the control instructions, see control.h.
 */
#include "cpu/control.h"

#include <string.h>

#include "arch/program.h"
#include "arch/sca.h"
#include "isa_exec.h"

/* ---- going on ---- */

static void settle(struct cpu *c)
{
    if (unlikely(c->code_changed))
        cpu_settle_code(c);
}

const struct dinsn *cpu_resume_mask(struct cpu *c, const struct dinsn *d, u64 mask)
{
    u64 next = cpu_ia_next(c, d);
    u8 ilc = cpu_ilc(c, d);

    settle(c);
    mask = (mask & ~PSW_MASK_CC) | (u64)c->cc << PSW_CC_SHIFT;
    if (unlikely(!cpu_set_psw(c, mask, next)))
        return cpu_leave_early(c, ilc);
    return cpu_resume_psw(c);
}

const struct dinsn *cpu_resume_next(struct cpu *c, const struct dinsn *d)
{
    return cpu_resume_mask(c, d, c->psw_mask);
}

const struct dinsn *cpu_load_psw(struct cpu *c, const struct dinsn *d, u64 mask, u64 addr)
{
    c->bear = cpu_ia_psw(c, d);
    settle(c);
    if (unlikely(!cpu_set_psw(c, mask, addr)))
        return cpu_leave_early(c, 0);
    return cpu_resume_psw(c);
}

#define TEID_OLD_EVENT 0x80000000U /* the space-switch-event control of the space that was left */

bool cpu_switch_event(struct cpu *c, u16 pasn, u64 old, u64 new, u64 *teid)
{
    c->space_switched = true;
    c->space_teid = pasn;
    *teid = pasn | (old & ASCE_SPACE_SWITCH ? TEID_OLD_EVENT : 0);
    return (old | new) & ASCE_SPACE_SWITCH;
}

const struct dinsn *cpu_leave_space_switch(struct cpu *c, const struct dinsn *d, u64 teid)
{
    settle(c);
    cpu_fault(c, PGM_SPACE_SWITCH);
    c->fault.teid = teid;
    return cpu_leave_fault(c, d); /* not nullifying: the PSW is behind it */
}

const struct dinsn *cpu_load_psw_switch(struct cpu *c, const struct dinsn *d, u64 mask, u64 addr,
                                        u64 teid)
{
    u8 ilc = cpu_ilc(c, d);

    c->bear = cpu_ia_psw(c, d);
    settle(c);
    if (!cpu_set_psw(c, mask, addr))
        return cpu_leave_early(c, 0);
    cpu_fault(c, PGM_SPACE_SWITCH);
    c->fault.teid = teid;
    c->fault.ilc = ilc;
    c->side = false;
    return NULL;
}

const struct dinsn *cpu_leave_dat(struct cpu *c, const struct dinsn *d, const struct dat_fail *f,
                                  u64 va, unsigned ar, enum space s)
{
    (void)cpu_dat_failed(c, f, va, ar, s, ACC_FETCH);
    return cpu_leave_fault(c, d);
}

/* ---- storage ---- */

bool cpu_operand_space(struct cpu *c, enum space s, u8 key, u64 va, unsigned ar, u64 len,
                       enum access acc, struct operand *o)
{
    o->n[0] = page_left(va, len);
    o->n[1] = len - o->n[0];
    o->p[1] = NULL;
    o->p[0] = cpu_ptr_space(c, s, key, va, ar, o->n[0], acc);
    if (!o->p[0])
        return false;
    if (!o->n[1])
        return true;
    o->p[1] = cpu_ptr_space(c, s, key, cpu_wrap(c, va + o->n[0]), ar, o->n[1], acc);
    if (!o->p[1])
        settle(c);
    return o->p[1];
}

static NO_TSAN void move_bytes(u8 *to, const u8 *from, u64 n)
{
    if (to > from && to < from + n)
        for (u64 i = 0; i < n; i++)
            ((volatile u8 *)to)[i] = from[i];
    else
        memmove(to, from, n);
}

void cpu_move(const struct operand *to, const struct operand *from)
{
    u64 len = to->n[0] + to->n[1];
    u64 done = 0;

    while (done < len) {
        bool t = done >= to->n[0], f = done >= from->n[0];
        u64 tat = done - (t ? to->n[0] : 0), fat = done - (f ? from->n[0] : 0);
        u64 n = min64(to->n[t] - tat, from->n[f] - fat);

        move_bytes(to->p[t] + tat, from->p[f] + fat, n);
        done += n;
    }
}

bool cpu_real_read32(struct cpu *c, u64 real_addr, u32 *v, struct dat_fail *fail)
{
    return cpu_abs_read32(c, cpu_prefixing(c, real_addr), v, fail);
}

bool cpu_real_read64(struct cpu *c, u64 real_addr, u64 *v, struct dat_fail *fail)
{
    return cpu_abs_read64(c, cpu_prefixing(c, real_addr), v, fail);
}

bool cpu_translate(struct cpu *c, u64 va, unsigned ar, enum space *s, struct translation *t,
                   bool *fetch_only, u64 *asce, struct dat_fail *fail)
{
    *fetch_only = false;
    *s = (enum space)psw_as(c->psw_mask);
    *t = (struct translation){0};
    if (*s == SPACE_AR) {
        if (!art_asce(c, ar, asce, fetch_only, fail))
            return false;
    } else {
        *asce = cpu_asce(c, *s);
    }
    return dat_walk(c, *asce, va, t, fail);
}

bool cpu_abs_page(struct cpu *c, u64 abs, bool write, struct view_page *page)
{
    enum view_result r = view_page(c->view, abs, write, page);

    if (likely(r == VIEW_PRESENT))
        return true;
    if (r == VIEW_OUTSIDE)
        return cpu_fault(c, PGM_ADDRESSING);
    c->host_fault = (struct host_fault){.abs = abs, .write = write, .what = r};
    c->stop = CPU_STOP_HOST_FAULT;
    return false;
}

/* ---- PERFORM TOPOLOGY FUNCTION ---- */

bool cpu_sie_ptf(const struct cpu *c, const struct dinsn *d)
{
    return !(c->sd->ecb & SD_ECB_PTF) || !sd_scao(c->sd) || c->gr[f_RRE_r1(d)] != PTF_CHECK;
}

/* The report is in the same place in both formats of the SCA. */
const struct dinsn *insn_ptf(struct cpu *c, const struct dinsn *d)
{
    struct bsca *sca = (struct bsca *)(uintptr_t)(sd_scao(c->sd) & SD_SCAO_BASIC);
    u16 bit = be16_of(SCA_UTILITY_MTCR).raw;
    u16 old = __atomic_fetch_and(&sca->utility.raw, (u16)~bit, __ATOMIC_SEQ_CST);

    c->cc = old & bit ? 1 : 0;
    return cpu_next(c, d, d->ilc);
}
