/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest debugging: the debugger's PER controls around each entry, and what becomes of the events.
 * The points themselves are in guestdbg_points.c.
 *
 * The state description's guest-PER enhancement (SD_CPUFLAG_P) makes PER apply whatever the guest's
 * PSW says.  Before an entry CR 0, 6, 9, 10 and 11 get the host's values, afterwards the guest's
 * come back; meanwhile loading and storing control registers is intercepted (so the handlers see
 * the guest's), and so are all program interruptions.
 *
 * Invariants
 *  - A breakpoint is an instruction-fetch event with nullification: the PSW stands at it however it
 *    was reached, by a branch, a new PSW or one instruction after the other.
 *  - The event range covers all points.  An instruction in it that has no breakpoint is nullified
 *    too; it is then passed: executed alone, as a step is, with an ordinary event behind it.
 *  - A breakpoint at the target of an EXECUTE stops at the EXECUTE.  When that is passed, the
 * target is executed as it was before a software breakpoint took its place; storage stays as it is,
 * so that other CPUs meet the breakpoint meanwhile.
 *  - One instruction alone means that no interruption that SIE presents by itself comes between
 *    (timers, external calls, adapters).
 *  - The guest gets exactly the events that its own controls ask for, also while it is stepped.
 *
 * References: [PoP 4 Program-Event Recording].
 */
#include "arch/cr.h"
#include "arch/program.h"
#include "cpu/per.h"
#include "hypervisor/hv.h"

#define NULLIFY_CODE (PER_EVENT_NULLIFY >> PER_CODE_SHIFT)
#define IFETCH_CODE (PER_EVENT_IFETCH >> PER_CODE_SHIFT)
#define BRANCH_CODE (PER_EVENT_BRANCH >> PER_CODE_SHIFT)
#define STORE_CODE (PER_EVENT_STORE >> PER_CODE_SHIFT)
#define STORE_REAL_CODE (PER_EVENT_STORE_REAL >> PER_CODE_SHIFT)
#define ACCESS_CODES (STORE_CODE | PER_EVENT_ZERO_ADDR >> PER_CODE_SHIFT)

/* What the debugger changes, and the interceptions of LOAD CONTROL that hide it. */
static const u8 patched_cr[] = {0, 6, 9, 10, 11};
#define PATCHED_LCTL (SD_LCTL(0) | SD_LCTL(6) | SD_LCTL(9) | SD_LCTL(10) | SD_LCTL(11))

_Static_assert(ARRAY_SIZE(patched_cr) == ARRAY_SIZE(((struct vcpu_debug *)NULL)->cr), "saved");

/* ---- around an entry ---- */

/* The next instruction is executed alone. */
static bool alone(const struct vcpu *v)
{
    return v->debug.step || v->debug.pass;
}

/* A wait is no instruction: it ends as it would without a debugger. */
bool hv_debug_holds_timers(const struct vcpu *v)
{
    return v->debug.step && !(hv_psw_mask(v) & PSW_MASK_WAIT);
}

/* The guest itself wants the instruction at the PSW nullified, or the one that it executes as its
 * target. */
static bool guest_nullifies(const struct vcpu *v, bool target)
{
    u64 cr9 = hv_cr(v, 9);

    return hv_psw_mask(v) & PSW_MASK_PER && cr9 & PER_EVENT_IFETCH && cr9 & PER_EVENT_NULLIFY &&
           (target || per_range_has(hv_cr(v, 10), hv_cr(v, 11), hv_psw_addr(v)));
}

static void save(struct vcpu *v)
{
    struct vcpu_debug *d = &v->debug;

    for (unsigned i = 0; i < ARRAY_SIZE(patched_cr); i++)
        d->cr[i] = hv_cr(v, patched_cr[i]);
    d->ictl = be32_get(v->sd->ictl);
    d->lctl = be16_get(v->sd->lctl);
    v->cpu.per_guest = (struct per_guest){
        .cr9 = hv_cr(v, 9),
        .from = hv_cr(v, 10),
        .to = hv_cr(v, 11),
    };
    d->patched = true;
}

static void set_range(struct vcpu *v, u64 from, u64 to)
{
    hv_set_cr(v, 10, from);
    hv_set_cr(v, 11, to);
}

/* The EXECUTE that is passed executes what the breakpoint at its target hides. */
static void uncover_target(struct vcpu *v)
{
    const struct vcpu_debug *d = &v->debug;
    struct per_guest *g = &v->cpu.per_guest;
    const struct debug_soft *s;
    u64 target;

    if (!hv_debug_target(v, d->pass_addr, &target) || target != d->target_addr)
        return;
    s = hv_debug_soft_at(v, target);
    if (!s)
        return;
    g->hidden = true;
    g->hidden_at = target;
    g->hidden_text = (u32)s->old[0] << 24 | (u32)s->old[1] << 16 | (u32)s->old[2] << 8 | s->old[3];
}

/* Every instruction is an event; nothing comes before the first. */
static void patch_alone(struct vcpu *v)
{
    u64 cr9 = hv_cr(v, 9) | PER_EVENT_IFETCH;

    if (!guest_nullifies(v, false))
        cr9 &= ~(u64)PER_EVENT_NULLIFY;
    if (!(hv_psw_mask(v) & PSW_MASK_WAIT)) {
        hv_set_cr(v, 0, hv_cr(v, 0) & ~(CR0_CLOCK_COMP | CR0_CPU_TIMER | CR0_EXT_CALL));
        hv_set_cr(v, 6, hv_cr(v, 6) & ~CR6_ISC);
    }
    hv_set_cr(v, 9, cr9);
    set_range(v, 0, ~0ULL);
}

/* Events where the points are; and where the guest's are, so that it still gets them. */
static void patch_points(struct vcpu *v)
{
    const struct debug_points *p = v->vm->debug_points;
    u64 cr9 = hv_cr(v, 9), from = p->first, to = p->last;

    if (cr9 & PER_EVENT_MASK) {
        u64 guest_from = hv_cr(v, 10), guest_to = hv_cr(v, 11);

        from = guest_from <= guest_to ? min64(from, guest_from) : 0;
        to = guest_from <= guest_to ? max64(to, guest_to) : ~0ULL;
    }
    if (p->breakpoints)
        cr9 |= PER_EVENT_IFETCH | PER_EVENT_NULLIFY;
    hv_set_cr(v, 9, cr9);
    set_range(v, from, to);
}

void hv_debug_enter(struct vcpu *v)
{
    const struct debug_points *p = v->vm->debug_points;
    struct vcpu_debug *d = &v->debug;

    if (d->pass && d->pass_addr != hv_psw_addr(v))
        d->pass = false;
    if (!p->count && !alone(v))
        return;
    save(v);
    if (d->pass && d->pass_target)
        uncover_target(v);
    if (alone(v))
        patch_alone(v);
    else
        patch_points(v);
    if (p->count > p->breakpoints)
        hv_set_cr(v, 9, (hv_cr(v, 9) | PER_EVENT_STORE) & ~(u64)PER_CONTROL_ALTERATION);
    v->sd->ictl = be32_of(d->ictl | SD_ICTL_STCTL | SD_ICTL_PINT);
    v->sd->lctl = be16_of((u16)(d->lctl | PATCHED_LCTL));
    sd_set_flags(v->sd, SD_CPUFLAG_P);
}

void hv_debug_leave(struct vcpu *v)
{
    struct vcpu_debug *d = &v->debug;

    if (!d->patched)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(patched_cr); i++)
        hv_set_cr(v, patched_cr[i], d->cr[i]);
    v->sd->ictl = be32_of(d->ictl);
    v->sd->lctl = be16_of(d->lctl);
    sd_clear_flags(v->sd, SD_CPUFLAG_P);
    v->cpu.per_enforced = false;
}

/* ---- for the debugger ---- */

static void pend(struct vcpu *v, enum debug_kind kind, u64 addr)
{
    v->debug.pending = kind;
    v->debug.pending_addr = addr;
}

enum hv_outcome hv_debug_report(struct vcpu *v)
{
    struct vcpu_debug *d = &v->debug;
    int r;

    d->patched = false;
    if (d->pending == DEBUG_NONE)
        return HV_RESUME;
    r = hv_deliver_program_now(v); /* a step ends in the interruption's handler */
    if (r)
        return hv_broken(v, r);
    v->exit->debug = d->pending;
    v->exit->debug_addr = d->pending_addr;
    d->pending = DEBUG_NONE;
    return hv_exit(v, EXIT_DEBUG);
}

static bool is_breakpoint(const struct vcpu *v, u64 addr)
{
    const struct debug_points *p = v->vm->debug_points;

    for (unsigned i = 0; i < p->count; i++)
        if (p->point[i].kind == DEBUG_BREAKPOINT && p->point[i].addr == addr)
            return true;
    return false;
}

/* An instruction is over, executed or not. */
static void executed(struct vcpu *v)
{
    const struct debug_point *w = hv_debug_changed(v);

    v->debug.pass = false;
    if (w)
        pend(v, DEBUG_WATCHPOINT, w->addr);
    else if (v->debug.step)
        pend(v, DEBUG_STEP, 0);
}

/* ---- for the guest ---- */

static bool guest_fetches(const struct vcpu *v, u64 addr)
{
    const struct per_guest *g = &v->cpu.per_guest;

    return g->target || (g->on && g->cr9 & PER_EVENT_IFETCH && per_range_has(g->from, g->to, addr));
}

/* Of the events of an executed instruction, the guest's. */
static u8 guest_events(const struct vcpu *v, const struct fault *f)
{
    const struct per_guest *g = &v->cpu.per_guest;
    u8 events = f->per_code & (u8)(g->cr9 >> PER_CODE_SHIFT) & (u8)~NULLIFY_CODE;

    if (!g->on)
        return 0;
    if (!guest_fetches(v, f->per_addr))
        events &= (u8)~IFETCH_CODE;
    if (!g->stored)
        events &= (u8)~STORE_CODE;
    if (!(g->cr9 & PER_EVENT_STORE))
        events &= (u8)~STORE_REAL_CODE;
    if (g->cr9 & PER_CONTROL_BRANCH_ADDR && !per_range_has(g->from, g->to, hv_psw_addr(v)))
        events &= (u8)~BRANCH_CODE;
    return events;
}

/* ---- events ---- */

static void pass(struct vcpu *v, u64 addr)
{
    v->debug.pass = true;
    v->debug.pass_target = false;
    v->debug.pass_addr = addr;
}

/* A hit at the target of the EXECUTE at addr. */
static void target_hit(struct vcpu *v, enum debug_kind kind, u64 addr, u64 target)
{
    pend(v, kind, target);
    pass(v, addr);
    v->debug.pass_target = true;
    v->debug.target_addr = target;
}

/* The instruction at the PSW was not executed.  True: by the guest's own wish. */
static bool nullified(struct vcpu *v, const struct fault *f)
{
    struct vcpu_debug *d = &v->debug;
    bool passing = d->pass && d->pass_addr == f->per_addr;
    u64 target;

    if (!passing && is_breakpoint(v, f->per_addr)) {
        pend(v, DEBUG_BREAKPOINT, f->per_addr);
    } else if (!passing && hv_debug_target(v, f->per_addr, &target) && is_breakpoint(v, target)) {
        target_hit(v, DEBUG_BREAKPOINT, f->per_addr, target);
        return false;
    } else if (guest_nullifies(v, v->cpu.per_guest.target)) {
        executed(v);
        return true;
    }
    pass(v, f->per_addr);
    return false;
}

bool hv_debug_program(struct vcpu *v, struct fault *f)
{
    if (!v->debug.patched)
        return true;
    if (f->per_code & NULLIFY_CODE)
        return nullified(v, f);
    executed(v);
    f->per_code = guest_events(v, f);
    if (!(f->per_code & ACCESS_CODES)) {
        f->per_aid = 0;
        f->per_atmid &= (u8)~PER_ATMID_AI;
    }
    if (!f->per_code && f->code == PGM_SPACE_SWITCH && v->cpu.per_guest.switched)
        f->code = 0; /* an event only because of the debugger's */
    return f->code || f->per_code;
}

bool hv_debug_instruction(struct vcpu *v, u64 addr, bool per)
{
    if (!v->debug.patched)
        return per;
    if (v->debug.pending == DEBUG_NONE)
        executed(v);
    return per && guest_fetches(v, addr);
}

/* ---- DIAGNOSE 501 ---- */

/* The one that was intercepted, at addr or the target of the EXECUTE there, is a software
 * breakpoint. */
static bool soft_hit(struct vcpu *v, u64 addr)
{
    u64 target;

    if (!(v->sd->icptstatus & SD_ICPTSTATUS_EXEC)) {
        if (hv_debug_soft_at(v, addr))
            pend(v, DEBUG_SOFTWARE, addr);
    } else if (hv_debug_target(v, addr, &target) && hv_debug_soft_at(v, target)) {
        target_hit(v, DEBUG_SOFTWARE, addr, target);
    }
    return v->debug.pending == DEBUG_SOFTWARE;
}

bool hv_debug_breakpoint(struct vcpu *v)
{
    unsigned len = hv_ilen(v);
    u64 addr = hv_wrap(v, hv_psw_addr(v) - len);

    if (soft_hit(v, addr)) {
        hv_rewind_psw(v, len);
        return true;
    }
    if (hv_problem_state(v))
        return false;
    pend(v, DEBUG_DIAGNOSE, addr);
    return true;
}

void hv_debug_step(struct vcpu *v, bool on)
{
    v->debug.step = on;
}

void hv_debug_again(struct vcpu *v)
{
    v->debug.pass = false;
}
