/* SPDX-License-Identifier: Apache-2.0
 *
 * TRAP2 and TRAP4, which save the program's state in the home space and enter a trap program, and
 * RESUME PROGRAM, by which it goes back.
 *
 * Invariant: nothing changes before the last check has passed.
 *
 * References: [PoP 10 TRAP, RESUME PROGRAM]; formats in arch/trap.h.
 */
#include <string.h>

#include "arch/dat.h"
#include "arch/trap.h"
#include "cpu/control.h"
#include "isa_exec.h"

/* ---- TRAP ---- */

/* In the home space with the PSW key; 31-bit addresses whatever the addressing mode. */
static bool trap_operand(struct cpu *c, u32 addr, u64 len, enum access acc, struct operand *o)
{
    u8 key = cpu_psw_key(c);

    o->n[0] = page_left(addr, len);
    o->n[1] = len - o->n[0];
    o->p[0] = cpu_ptr_space(c, SPACE_HOME, key, addr, 0, o->n[0], acc);
    o->p[1] = NULL;
    if (o->p[0] && o->n[1])
        o->p[1] =
            cpu_ptr_space(c, SPACE_HOME, key, (addr + o->n[0]) & PSW_ADDR_31, 0, o->n[1], acc);
    return o->p[0] && (!o->n[1] || o->p[1]);
}

NO_TSAN static void copy_parts(const struct operand *o, void *block, bool store)
{
    for (unsigned i = 0; i < 2; i++) {
        u8 *part = (u8 *)block + (i ? o->n[0] : 0);

        if (o->n[i])
            memcpy(store ? o->p[i] : part, store ? part : o->p[i], o->n[i]);
    }
}

/* The trap control block: false with a fault; *addr is its address. */
static bool find_control(struct cpu *c, u32 *addr, struct trap_control *t)
{
    struct operand o;
    struct dat_fail fail = {0};
    u32 tcba;

    if (!cpu_real_read32(c, (c->cr[2] & CR2_DUCTO) + offsetof(struct duct, tcba), &tcba, &fail))
        return cpu_dat_failed(c, &fail, 0, 0, SPACE_REAL, ACC_FETCH);
    if (!(tcba & DUCT_TRAP_E))
        return cpu_fault(c, PGM_SPECIAL_OPERATION);
    *addr = tcba & DUCT_TCBA;
    if (!trap_operand(c, *addr, sizeof(*t), ACC_FETCH, &o))
        return false;
    copy_parts(&o, t, false);
    if (c->psw_mask & PSW_MASK_EA && !(be32_get(t->flags) & TRAP_CONTROL_P))
        return cpu_fault(c, PGM_SPECIAL_OPERATION);
    return true;
}

static void save_psw(const struct cpu *c, u64 next, bool whole, be64 psw[2])
{
    u64 mask = cpu_psw_mask(c);

    if (whole) {
        psw[0] = be64_of(mask);
        psw[1] = be64_of(next);
    } else {
        psw[0] = be64_of(mask | PSW_MASK_SHORT | next);
    }
}

static void fill_save(const struct cpu *c, const struct dinsn *d, u32 control, u64 operand,
                      bool trap4, struct trap_save *s)
{
    u32 flags = (u32)cpu_ilc(c, d) << TRAP_ILC_SHIFT | (trap4 ? TRAP_TRAP4 : 0);

    memset(s, 0, sizeof(*s));
    if (c->side && c->ex_target)
        flags |= TRAP_EXECUTE;
    s->flags = be32_of(flags);
    s->operand = be32_of((u32)operand & TRAP_OPERAND);
    s->ar15 = be32_of(c->ar[15]);
    save_psw(c, cpu_ia_next(c, d), control & TRAP_CONTROL_P, s->psw);
    for (unsigned i = 0; i < 16; i++) {
        if (control & TRAP_CONTROL_R)
            s->gr.dword[i] = be64_of(c->gr[i]);
        else
            s->gr.word[i] = be32_of((u32)c->gr[i]);
    }
}

static const struct dinsn *trap(struct cpu *c, const struct dinsn *d, u64 operand, bool trap4)
{
    struct trap_control control;
    struct trap_save save;
    struct trace_log t;
    struct operand o;
    u32 addr = 0, flags, program;
    u64 mask;

    if (!find_control(c, &addr, &control))
        return cpu_leave_fault(c, d);
    flags = be32_get(control.flags);
    program = be32_get(control.program) & TRAP_PROGRAM_ADDR;
    t.len = 0;
    cpu_trace_mode_branch(c, &t, PSW_AMODE_31, program, cpu_ia_next(c, d));
    if (!trap_operand(c, be32_get(control.save) & TRAP_SAVE_ADDR,
                      flags & TRAP_CONTROL_R ? sizeof(save) : TRAP_SAVE_SHORT, ACC_STORE, &o) ||
        !cpu_trace_reserve(c, &t, 0))
        return cpu_leave_fault(c, d);
    fill_save(c, d, flags, operand, trap4, &save);
    copy_parts(&o, &save, true);
    cpu_trace_commit(c, &t);
    if (c->psw_mask & PSW_MASK_EA)
        c->gr[15] = addr;
    else
        cpu_set_gr32(c, 15, addr);
    mask = (cpu_psw_mask(c) & ~(PSW_MASK_AMODE | PSW_MASK_AS)) | PSW_AMODE_31;
    return cpu_load_psw(c, d, mask, program);
}

const struct dinsn *insn_trap2(struct cpu *c, const struct dinsn *d)
{
    return trap(c, d, 0, false);
}

const struct dinsn *insn_trap4(struct cpu *c, const struct dinsn *d)
{
    return trap(c, d, ea_S_2(c, d), true);
}

/* ---- RESUME PROGRAM ---- */

/* What the operand has for the program. */
struct resumption {
    u64 mask, addr; /* of the PSW, in the long form */
    u32 ar;
    u64 gr;
    bool wide; /* all of the general register */
};

/* The parameter list is fetched as the instruction is, behind it; behind the target of EXECUTE. */
static bool fetch_list(struct cpu *c, const struct dinsn *d, u16 list[RP_HALFWORDS])
{
    u64 at = cpu_ia(c, d) + d->ilc * 2U;
    unsigned n = RP_GR_HIGH;

    for (unsigned i = 0; i < n; i++) {
        u64 va = cpu_wrap(c, at + i * 2);
        const struct page_code *p = cpu_fetch_page(c, va);

        if (!p)
            return false;
        list[i] = host_ld16(p->host + (va & FRAME_MASK));
        if (i == RP_FLAGS && list[i] & RP_FLAG_ZERO)
            return cpu_fault(c, PGM_SPECIFICATION);
        if (i == RP_FLAGS && (list[i] & (RP_FLAG_R | RP_FLAG_D)) == (RP_FLAG_R | RP_FLAG_D))
            n = RP_HALFWORDS;
    }
    return true;
}

static bool fetch_psw(struct cpu *c, u64 va, unsigned ar, bool whole, struct resumption *r)
{
    if (!cpu_ld64(c, va, ar, &r->mask))
        return false;
    if (whole)
        return cpu_ld64(c, cpu_wrap(c, va + 8), ar, &r->addr);
    r->addr = r->mask & PSW_ADDR_31;
    r->mask &= ~PSW_ADDR_31;
    return true;
}

static bool fetch_gr(struct cpu *c, u64 va, unsigned ar, const u16 list[RP_HALFWORDS],
                     struct resumption *r)
{
    u64 at = cpu_wrap(c, va + list[RP_GR]);
    u32 low = 0, high = 0;

    r->wide = list[RP_FLAGS] & RP_FLAG_R;
    if (r->wide && !(list[RP_FLAGS] & RP_FLAG_D))
        return cpu_ld64(c, at, ar, &r->gr);
    if (!cpu_ld32(c, at, ar, &low))
        return false;
    if (r->wide && !cpu_ld32(c, cpu_wrap(c, va + list[RP_GR_HIGH]), ar, &high))
        return false;
    r->gr = (u64)high << 32 | low;
    return true;
}

static bool fetch_operand(struct cpu *c, u64 va, unsigned ar, const u16 list[RP_HALFWORDS],
                          struct resumption *r)
{
    *r = (struct resumption){0};
    return fetch_psw(c, cpu_wrap(c, va + list[RP_PSW]), ar, list[RP_FLAGS] & RP_FLAG_P, r) &&
           cpu_ld32(c, cpu_wrap(c, va + list[RP_AR]), ar, &r->ar) && fetch_gr(c, va, ar, list, r);
}

#define RESUMED (PSW_MASK_AS | PSW_MASK_CC | PSW_MASK_PM | PSW_MASK_AMODE)

/* May the program go on with this PSW: 0, or the exception. */
static u16 resumption_check(const struct cpu *c, u64 mask, u64 addr)
{
    u64 beyond = mask & PSW_MASK_EA ? 0 : mask & PSW_MASK_BA ? ~PSW_ADDR_31 : ~PSW_ADDR_24;

    if (mask & PSW_MASK_DAT && psw_as(mask) == PSW_AS_HOME && cpu_problem_state(c))
        return PGM_PRIVILEGED_OP;
    if ((mask & PSW_MASK_AMODE) == PSW_MASK_EA || addr & (beyond | 1))
        return PGM_SPECIFICATION;
    return 0;
}

const struct dinsn *insn_rp(struct cpu *c, const struct dinsn *d)
{
    unsigned b2 = ar_S_2(d) & 15;
    u64 old = cpu_psw_mask(c), mask, teid = 0;
    u16 list[RP_HALFWORDS], code;
    struct resumption r;
    struct trace_log t;

    if (!fetch_list(c, d, list) || !fetch_operand(c, ea_S_2(c, d), b2, list, &r))
        return cpu_leave_fault(c, d);
    mask = (old & ~RESUMED) | (r.mask & RESUMED);
    code = resumption_check(c, mask, r.addr);
    if (code)
        return cpu_leave_program(c, d, code);
    t.len = 0;
    cpu_trace_mode_branch(c, &t, mask & PSW_MASK_AMODE, r.addr, cpu_ia_next(c, d));
    if (!cpu_trace_reserve(c, &t, 0))
        return cpu_leave_fault(c, d);
    cpu_trace_commit(c, &t);
    cpu_set_ar(c, b2, r.ar);
    if (r.wide)
        c->gr[b2] = r.gr;
    else
        cpu_set_gr32(c, b2, (u32)r.gr);
    if (mask & PSW_MASK_DAT && cpu_home_switch_event(c, old, mask, &teid))
        return cpu_load_psw_switch(c, d, mask, r.addr, teid);
    return cpu_load_psw(c, d, mask, r.addr);
}
