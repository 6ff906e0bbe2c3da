/* SPDX-License-Identifier: Apache-2.0
 *
 * Program-event recording: successful branching, instruction fetching (also nullifying), storage
 * alteration, store using real address.  See per.h.
 *
 * An event of an instruction that also meets another program interruption is or'ed into it; else it
 * is a program interruption of its own after the instruction.  Nullified and suppressed
 * instructions report instruction fetching only.
 */
#include "cpu/per.h"

#include "arch/cr.h"

#define NO_BRANCH (~0ULL) /* breaking-event address while no branch was taken: odd, never real */

/* Store using real address has a bit of its own, and wants that of storage alteration too. */
#define STORE_REAL (PER_EVENT_STORE | PER_EVENT_STORE_REAL)

static bool in_range(const struct cpu *c, u64 addr)
{
    u64 from = c->cr[10], to = c->cr[11];

    return from <= to ? addr >= from && addr <= to : addr >= from || addr <= to;
}

static bool ranges_meet(const struct cpu *c, u64 va, u64 len)
{
    u64 from = c->cr[10], to = c->cr[11], last = va + len - 1;

    return from <= to ? va <= to && last >= from : va <= to || last >= from;
}

void cpu_per_store(struct cpu *c, u64 asce, u64 va, u64 len, bool real_addr)
{
    if (real_addr) {
        c->per_events &= ~PER_EVENT_STORE;
        if ((c->cr[9] & STORE_REAL) == STORE_REAL)
            c->per_events |= PER_EVENT_STORE_REAL;
        return;
    }
    if (!(c->cr[9] & PER_EVENT_STORE) || !ranges_meet(c, va, len))
        return;
    if (c->cr[9] & PER_CONTROL_ALTERATION && asce != TLB_REAL && !(asce & ASCE_ALT_EVENT))
        return;
    c->per_events |= PER_EVENT_STORE;
}

bool cpu_per_target(struct cpu *c, u64 target)
{
    if (!(c->cr[9] & PER_EVENT_IFETCH) || !in_range(c, target))
        return false;
    c->per_events |= PER_EVENT_IFETCH;
    return c->cr[9] & PER_EVENT_NULLIFY;
}

/* Addressing-and-translation-mode identification: bits EA, BA, valid, DAT, AS. */
static u8 atmid(u64 mask)
{
    return (u8)((mask & PSW_MASK_EA ? PER_ATMID_EA : 0) | PER_ATMID_VALID |
                (mask & PSW_MASK_BA ? PER_ATMID_BA : 0) |
                (mask & PSW_MASK_DAT ? PER_ATMID_DAT | (mask >> PSW_AS_SHIFT & 3) << 2 : 0));
}

static void record(struct cpu *c, u32 events, u64 addr, u8 mode)
{
    c->fault.per_code = (u8)(events >> PER_CODE_SHIFT);
    c->fault.per_addr = addr;
    c->fault.per_atmid = mode;
    c->fault.per_aid = 0;
}

/* Runs the instruction at psw_addr alone; its stop, or CPU_STOP_REQUEST when it completed. */
static enum cpu_stop run_one(struct cpu *c, u64 text)
{
    u64 bear = c->bear;
    enum cpu_stop stop;
    const struct dinsn *d;

    c->ex_addr = c->ia_base = c->psw_addr;
    c->ex_ilc = (u8)insn_length((u8)(text >> 56));
    c->ex_next = cpu_wrap(c, c->psw_addr + c->ex_ilc);
    c->ex_target = false;
    c->ex_page_va = 2; /* no page: come back by address */
    c->side = true;
    c->bear = NO_BRANCH;
    c->per = true;
    c->dspace = c->no_bank; /* every store takes the slow path, which reports it */
    d = cpu_run_side(c, text);
    while (d)
        d = d->fn(c, d);
    c->per = false;
    cpu_mode_changed(c);
    stop = c->stop;
    if (c->bear == NO_BRANCH)
        c->bear = bear;
    else if (c->cr[9] & PER_EVENT_BRANCH &&
             (!(c->cr[9] & PER_CONTROL_BRANCH_ADDR) || in_range(c, c->psw_addr)))
        c->per_events |= PER_EVENT_BRANCH;
    return stop;
}

/* The instruction was completed although the code ended it. */
static bool completes(u16 code)
{
    return code == PGM_FIXED_OVERFLOW || code == PGM_DECIMAL_OVERFLOW ||
           code == PGM_MONITOR_EVENT || code == PGM_SPACE_SWITCH;
}

enum cpu_stop cpu_per_step(struct cpu *c)
{
    u64 addr = c->psw_addr, text;
    u8 mode = atmid(c->psw_mask);
    u32 events = 0;
    enum cpu_stop stop;

    if (addr & 1 || !cpu_fetch_text(c, addr, &text)) {
        const struct dinsn *d = cpu_jump(c, addr); /* the ordinary way to this fault */

        (void)d;
        return c->stop;
    }
    if (c->cr[9] & PER_EVENT_IFETCH && in_range(c, addr))
        events = PER_EVENT_IFETCH;
    if (events && c->cr[9] & PER_EVENT_NULLIFY) {
        cpu_fault(c, PGM_PER);
        c->fault.ilc = (u8)insn_length((u8)(text >> 56));
        record(c, events | PER_EVENT_NULLIFY, addr, mode);
        return c->stop;
    }
    c->per_events = 0;
    stop = run_one(c, text);
    events |= c->per_events & PER_EVENT_IFETCH; /* the target of an EXECUTE */
    if (stop == CPU_STOP_HOST_FAULT || stop == CPU_STOP_KSS)
        return stop;
    if (stop == CPU_STOP_FAULT && c->fault.code == PGM_PER) {
        record(c, events | PER_EVENT_NULLIFY, addr, mode);
        return stop;
    }
    if (stop == CPU_STOP_INTERCEPT || stop == CPU_STOP_PARTIAL || stop == CPU_STOP_SVC) {
        c->icpt.per_ifetch = events;
        return stop;
    }
    if (stop == CPU_STOP_FAULT) {
        c->icpt.per_ifetch = events; /* operation exceptions are intercepted */
        if (completes(c->fault.code))
            events |= c->per_events;
        if (events)
            record(c, events, addr, mode);
        return stop;
    }
    events |= c->per_events;
    if (!events)
        return stop;
    cpu_fault(c, PGM_PER);
    c->fault.ilc = (u8)insn_length((u8)(text >> 56));
    record(c, events, addr, mode);
    return c->stop;
}
