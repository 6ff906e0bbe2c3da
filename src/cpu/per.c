/* SPDX-License-Identifier: Apache-2.0
 *
 * Program-event recording: successful branching, instruction fetching (also nullifying), storage
 * alteration, storage-key alteration, store using real address, zero-address detection.  See per.h.
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
/* These tell which space and access register. */
#define ACCESSES (PER_EVENT_STORE | PER_EVENT_ZERO_ADDR)

static bool in_range(const struct cpu *c, u64 addr)
{
    return per_range_has(c->cr[10], c->cr[11], addr);
}

static bool ranges_meet(u64 from, u64 to, u64 va, u64 len)
{
    u64 last = va + len - 1;

    return from <= to ? va <= to && last >= from : va <= to || last >= from;
}

/* ---- events of storage ---- */

/* Is a store a storage alteration under these controls. */
static bool alters(const struct per_access *a, u64 cr9, u64 from, u64 to)
{
    if (!(cr9 & PER_EVENT_STORE) || !ranges_meet(from, to, a->va, a->len))
        return false;
    return !(cr9 & PER_CONTROL_ALTERATION) || a->asce == TLB_REAL || a->asce & ASCE_ALT_EVENT;
}

static bool zero_event(const struct cpu *c, const struct per_access *a)
{
    return c->cr[9] & PER_EVENT_ZERO_ADDR && a->ar & 15 && !cpu_wrap(c, c->gr[a->ar & 15]);
}

/* The access of the first event is told. */
static void tell_access(struct cpu *c, const struct per_access *a, u32 events, u32 seen)
{
    if (!events || seen & ACCESSES)
        return;
    c->per_aid = a->space == SPACE_AR ? a->ar & 15 : 0;
    c->per_ai = a->space == SPACE_REAL ? 0 : (u8)a->space;
}

/* The host has controls of its own, but what is told of an access is for the guest. */
static void guest_access(struct cpu *c, const struct per_access *a, u32 zero, bool store)
{
    struct per_guest *g = &c->per_guest;
    u32 seen = (c->per_events & PER_EVENT_ZERO_ADDR) | (g->stored ? PER_EVENT_STORE : 0);
    bool stored = store && alters(a, g->cr9, g->from, g->to);

    tell_access(c, a, zero | (stored ? PER_EVENT_STORE : 0), seen);
    g->stored |= stored;
}

void cpu_per_access(struct cpu *c, const struct per_access *a, bool store)
{
    u32 events = zero_event(c, a) ? PER_EVENT_ZERO_ADDR : 0;

    if (c->per_enforced)
        guest_access(c, a, events, store);
    if (store && alters(a, c->cr[9], c->cr[10], c->cr[11]))
        events |= PER_EVENT_STORE;
    if (!c->per_enforced)
        tell_access(c, a, events, c->per_events);
    c->per_events |= events;
}

void cpu_per_store_real(struct cpu *c)
{
    if ((c->cr[9] & STORE_REAL) == STORE_REAL)
        c->per_events |= PER_EVENT_STORE_REAL;
}

void cpu_per_key(struct cpu *c, u64 addr)
{
    u64 from = c->per_enforced ? c->per_guest.from : c->cr[10];
    u64 to = c->per_enforced ? c->per_guest.to : c->cr[11];

    if (c->cr[9] & PER_EVENT_STORE_KEY && ranges_meet(from, to, addr & ~FRAME_MASK, FRAME_SIZE))
        c->per_events |= PER_EVENT_STORE_KEY;
}

/* Stores at relative addresses look into the bank of the instruction space, which cannot be taken
 * away: they shall find no entry that lets them pass unseen. */
static void watch_relative_store(struct cpu *c, u64 text)
{
    if (text >> 56 != 0xc4)
        return;
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        c->ispace->data[i].store = TLB_EMPTY;
}

/* ---- one instruction ---- */

/* The host has a range of its own: does the guest's nullify the target. */
static bool guest_target(struct cpu *c, u64 target)
{
    struct per_guest *g = &c->per_guest;

    g->target = g->on && g->cr9 & PER_EVENT_IFETCH && per_range_has(g->from, g->to, target);
    return g->target && g->cr9 & PER_EVENT_NULLIFY;
}

bool cpu_per_target_text(struct cpu *c, u64 target, u64 *text)
{
    const struct per_guest *g = &c->per_guest;

    if (!c->per_enforced || !g->hidden || g->hidden_at != target)
        return true;
    return cpu_fetch_behind(c, target, g->hidden_text, text);
}

bool cpu_per_target(struct cpu *c, u64 target, u64 text)
{
    watch_relative_store(c, text);
    if (c->per_enforced && guest_target(c, target))
        return true;
    if (!cpu_per_active(c) || !(c->cr[9] & PER_EVENT_IFETCH) || !in_range(c, target))
        return false;
    c->per_events |= PER_EVENT_IFETCH;
    return c->cr[9] & PER_EVENT_NULLIFY;
}

static void record(struct cpu *c, u32 events, u64 addr, u8 mode)
{
    c->fault.per_code = (u8)(events >> PER_CODE_SHIFT);
    c->fault.per_addr = addr;
    c->fault.per_atmid = mode;
    c->fault.per_aid = 0;
    if (events & ACCESSES) {
        c->fault.per_aid = c->per_aid;
        c->fault.per_atmid |= c->per_ai;
    }
}

/* LOAD PSW and LOAD PSW EXTENDED set the breaking-event address, but are no branches. */
static bool loads_psw(u64 text)
{
    return text >> 56 == 0x82 || text >> 48 == 0xb2b2;
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
    if (cpu_trace_stepping(c) && !cpu_trace_step(c, text, c->psw_addr, c->ex_next)) {
        c->per = false;
        c->bear = bear;
        (void)cpu_leave_fault(c, c->ex.slot);
        return c->stop;
    }
    c->dspace = c->no_bank; /* every access takes the slow path, which reports it */
    watch_relative_store(c, text);
    d = cpu_run_side(c, text);
    while (d)
        d = d->fn(c, d);
    c->per = false;
    cpu_mode_changed(c);
    stop = c->stop;
    if (c->bear == NO_BRANCH)
        c->bear = bear;
    else if (c->cr[9] & PER_EVENT_BRANCH && !loads_psw(c->ex_text) &&
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

static enum cpu_stop per_step(struct cpu *c, u64 addr, u64 text)
{
    u8 mode = cpu_per_atmid(c->psw_mask);
    u32 events = 0;
    enum cpu_stop stop;

    c->per_guest.on = c->psw_mask & PSW_MASK_PER;
    c->per_guest.stored = c->per_guest.target = c->per_guest.switched = false;
    if (c->cr[9] & PER_EVENT_IFETCH && in_range(c, addr))
        events = PER_EVENT_IFETCH;
    if (events && c->cr[9] & PER_EVENT_NULLIFY) {
        cpu_fault(c, PGM_PER);
        c->fault.ilc = (u8)insn_length((u8)(text >> 56));
        record(c, events | PER_EVENT_NULLIFY, addr, mode);
        return c->stop;
    }
    c->per_events = 0;
    c->space_switched = false;
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
    c->per_guest.switched = c->space_switched;
    cpu_fault(c, c->space_switched ? PGM_SPACE_SWITCH : PGM_PER);
    if (c->space_switched)
        c->fault.teid = c->space_teid;
    c->fault.ilc = (u8)insn_length((u8)(text >> 56));
    record(c, events, addr, mode);
    return c->stop;
}

enum cpu_stop cpu_step(struct cpu *c)
{
    u64 addr = c->psw_addr, text;

    if (addr & 1 || !cpu_fetch_text(c, addr, &text)) {
        const struct dinsn *d = cpu_jump(c, addr); /* the ordinary way to this fault */

        (void)d;
        return c->stop;
    }
    return cpu_per_active(c) ? per_step(c, addr, text) : run_one(c, text);
}
