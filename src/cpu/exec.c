/* SPDX-License-Identifier: Apache-2.0
 *
 * The interpreter's frame: entering code, going on at an address, leaving, side slots (EXECUTE,
 * instructions that straddle pages), the PSW and what follows from it.  The bodies of instructions
 * are generated from isa/.  See exec.h for the contracts.
 *
 * References: [PoP 4 Control], [PoP 5 Program Execution].
 */
#include "cpu/exec.h"

#include "arch/cr.h"
#include "cpu/interrupt.h"
#include "cpu/per.h"
#include "cpu/timer.h"

#define NO_PAGE 2UL /* no branch target matches it, see cpu_branch() */

/* ---- PSW ---- */

void cpu_mode_changed(struct cpu *c)
{
    u8 key = (u8)(c->psw_mask >> PSW_KEY_SHIFT << 4 & 0xf0);
    enum space space = cpu_data_space(c);

    if (c->psw_mask & PSW_MASK_EA)
        c->amask = ~0ULL;
    else
        c->amask = c->psw_mask & PSW_MASK_BA ? PSW_ADDR_31 : PSW_ADDR_24;
    c->dspace = space == SPACE_AR ? c->no_bank : tlb_bank(c, cpu_asce(c, space), key);
    if (space == SPACE_AR || space == SPACE_SECONDARY)
        c->ispace = tlb_bank(c, c->cr[1], key);
    else
        c->ispace = c->dspace;
}

void cpu_set_ar(struct cpu *c, unsigned r, u32 v)
{
    c->ar[r] = v; /* AR mode resolves ALETs at each access: nothing to follow up */
}

bool cpu_psw_acceptable(const struct cpu *c, u64 mask, u64 addr)
{
    if (mask & PSW_MASK_RESERVED || (mask & PSW_MASK_KEY && cpu_keyless(c)))
        return false;
    if (mask & PSW_MASK_EA)
        return mask & PSW_MASK_BA;
    return !(addr & ~(mask & PSW_MASK_BA ? PSW_ADDR_31 : PSW_ADDR_24));
}

bool cpu_set_psw(struct cpu *c, u64 mask, u64 addr)
{
    c->psw_mask = mask & ~PSW_MASK_CC;
    c->cc = mask >> PSW_CC_SHIFT & 3;
    c->psw_addr = addr;
    cpu_mode_changed(c);
    return cpu_psw_acceptable(c, mask, addr);
}

void cpu_crs_changed(struct cpu *c, u16 mask)
{
    if (mask & 0xc104) /* 0, 1, 7, 13: spaces */
        cpu_mode_changed(c);
    if (mask & 0x8200) /* 0 and 6: submasks may enable something pending */
        cpu_timers_check(c);
}

/* ---- going on at an address ---- */

static const struct dinsn *leave_at(struct cpu *c, u64 addr, enum cpu_stop stop)
{
    c->psw_addr = addr;
    c->stop = stop;
    c->side = false;
    return NULL;
}

/* The fetch of an instruction at `addr` failed; cpu_fault() or a host fault says why. */
static const struct dinsn *fetch_failed(struct cpu *c, u64 addr)
{
    if (c->stop == CPU_STOP_HOST_FAULT) {
        c->host_fault.ilc = 0;
        return leave_at(c, addr, CPU_STOP_HOST_FAULT);
    }
    c->fault.ilc = 4;
    if (!pgm_nullifies(c->fault.code))
        addr = cpu_wrap(c, addr + c->fault.ilc);
    return leave_at(c, addr, CPU_STOP_FAULT);
}

/* Slot of logical address `addr` in the instruction space; NULL: left. */
static const struct dinsn *enter_page(struct cpu *c, u64 addr)
{
    u64 page = addr & ~FRAME_MASK;
    const struct tlb_code *e = &c->ispace->code[addr >> FRAME_SHIFT & (TLB_CODE_ENTRIES - 1)];
    struct page_code *code = e->page;

    if (unlikely(addr & 1)) {
        cpu_fault(c, PGM_SPECIFICATION);
        c->fault.ilc = 2;
        return leave_at(c, cpu_wrap(c, addr + 2), CPU_STOP_FAULT);
    }
    if (unlikely(e->tag != page)) {
        code = cpu_fetch_page(c, addr);
        if (!code)
            return fetch_failed(c, addr);
    }
    c->side = false;
    c->slots = code->slot;
    c->page_va = c->ia_base = page;
    return c->slots + (addr & FRAME_MASK) / 2;
}

static const struct dinsn *go_at(struct cpu *c, u64 addr)
{
    const struct dinsn *d;

    if (unlikely(c->per))
        return leave_at(c, addr, CPU_STOP_REQUEST);
    d = enter_page(c, addr);
    return d ? cpu_go(c, d) : NULL;
}

/* Requests and clock, at an instruction boundary; false: left. */
static bool attend(struct cpu *c, u64 addr)
{
    u32 request = atomic_load(&c->request);

    if (request & (REQ_SHOOTDOWN | REQ_CODE))
        cpu_serve(c);
    if (request & (REQ_KICK | REQ_HOST)) {
        leave_at(c, addr, CPU_STOP_REQUEST);
        return false;
    }
    if (c->budget < 0) {
        c->budget = CPU_BUDGET;
        if (cpu_timers_check(c)) {
            leave_at(c, addr, CPU_STOP_REQUEST);
            return false;
        }
    }
    return true;
}

const struct dinsn *cpu_jump(struct cpu *c, u64 target)
{
    if (unlikely(--c->budget < 0 || atomic_load_explicit(&c->request, memory_order_relaxed)))
        if (!attend(c, target))
            return NULL;
    return go_at(c, target);
}

const struct dinsn *cpu_poll(struct cpu *c, const struct dinsn *d)
{
    u64 addr = cpu_ia_psw(c, d);

    return attend(c, addr) ? go_at(c, addr) : NULL;
}

const struct dinsn *cpu_next_settled(struct cpu *c, const struct dinsn *d)
{
    u64 next = cpu_ia_next(c, d);

    cpu_settle_code(c);
    return go_at(c, next);
}

const struct dinsn *cpu_again(struct cpu *c, const struct dinsn *d)
{
    u64 addr = cpu_ia_psw(c, d);

    if (c->code_changed)
        cpu_settle_code(c);
    return attend(c, addr) ? go_at(c, addr) : NULL;
}

enum cpu_stop cpu_interp(struct cpu *c)
{
    const struct dinsn *d;

    c->side = false;
    if (unlikely(cpu_stepping(c)))
        return cpu_step(c);
    d = cpu_jump(c, c->psw_addr);
    while (d)
        d = __atomic_load_n(&d->fn, __ATOMIC_ACQUIRE)(c, d); /* see code.h */
    return c->stop;
}

/* ---- leaving ---- */

const struct dinsn *cpu_leave_fault(struct cpu *c, const struct dinsn *d)
{
    u64 addr = cpu_ia_psw(c, d);
    u8 ilc = cpu_ilc(c, d);

    if (c->code_changed)
        cpu_settle_code(c);
    if (c->stop == CPU_STOP_HOST_FAULT) {
        c->host_fault.ilc = ilc;
        return leave_at(c, addr, CPU_STOP_HOST_FAULT);
    }
    c->fault.ilc = ilc;
    if (!pgm_nullifies(c->fault.code))
        addr = cpu_wrap(c, addr + ilc);
    return leave_at(c, addr, CPU_STOP_FAULT);
}

const struct dinsn *cpu_leave_program(struct cpu *c, const struct dinsn *d, u16 code)
{
    cpu_fault(c, code);
    return cpu_leave_fault(c, d);
}

const struct dinsn *cpu_leave_completed(struct cpu *c, const struct dinsn *d)
{
    u16 code = c->fault.code;
    u8 dxc = c->fault.dxc;

    cpu_fault(c, code);
    c->fault.dxc = dxc;
    return cpu_leave_fault(c, d);
}

/* Text of the instruction in slot d, left aligned. */
static u64 text_of(const struct cpu *c, const struct dinsn *d)
{
    const struct page_code *page;
    const u8 *p;
    u64 t;

    if (c->side)
        return c->ex_text;
    page = container_of(c->slots, struct page_code, slot[0]);
    p = page->host + (size_t)(d - c->slots) * 2;
    t = (u64)host_ld16(p) << 48;
    if (d->ilc > 1)
        t |= (u64)host_ld16(p + 2) << 32;
    if (d->ilc > 2)
        t |= (u64)host_ld16(p + 4) << 16;
    return t;
}

static void describe_insn(struct cpu *c, const struct dinsn *d)
{
    u64 text = text_of(c, d);

    c->icpt = (struct icpt_insn){
        .ipa = (u16)(text >> 48),
        .ipb = (u32)(text >> 16),
        .ilc = cpu_ilc(c, d),
        .execute = c->side && c->ex_target,
    };
}

const struct dinsn *cpu_leave_intercept(struct cpu *c, const struct dinsn *d)
{
    describe_insn(c, d);
    return leave_at(c, cpu_ia_next(c, d), CPU_STOP_INTERCEPT);
}

const struct dinsn *cpu_leave_partial(struct cpu *c, const struct dinsn *d)
{
    describe_insn(c, d);
    return leave_at(c, cpu_ia_next(c, d), CPU_STOP_PARTIAL);
}

const struct dinsn *cpu_leave_kss(struct cpu *c, const struct dinsn *d)
{
    return leave_at(c, cpu_ia_psw(c, d), CPU_STOP_KSS);
}

const struct dinsn *cpu_leave_validity(struct cpu *c, const struct dinsn *d, u16 reason)
{
    c->validity = reason;
    return leave_at(c, cpu_ia_psw(c, d), CPU_STOP_VALIDITY);
}

const struct dinsn *cpu_illegal(struct cpu *c, const struct dinsn *d)
{
    describe_insn(c, d);
    return cpu_leave_program(c, d, PGM_OPERATION);
}

const struct dinsn *cpu_next_recheck(struct cpu *c, const struct dinsn *d)
{
    u64 next = cpu_ia_next(c, d);

    if (c->code_changed)
        cpu_settle_code(c);
    if (c->pending || cpu_stepping(c))
        return leave_at(c, next, CPU_STOP_REQUEST);
    if (c->psw_mask & PSW_MASK_WAIT)
        return leave_at(c, next, CPU_STOP_WAIT);
    return go_at(c, next);
}

const struct dinsn *cpu_resume_psw(struct cpu *c)
{
    u64 addr = c->psw_addr;

    if (c->code_changed)
        cpu_settle_code(c);
    if (c->pending || cpu_stepping(c))
        return leave_at(c, addr, CPU_STOP_REQUEST);
    if (c->psw_mask & PSW_MASK_WAIT)
        return leave_at(c, addr, CPU_STOP_WAIT);
    return cpu_jump(c, addr);
}

/* An early specification exception: the PSW that was just loaded is invalid. */
const struct dinsn *cpu_leave_early(struct cpu *c, u8 ilc)
{
    if (c->code_changed)
        cpu_settle_code(c);
    cpu_fault(c, PGM_SPECIFICATION);
    c->fault.ilc = ilc;
    return leave_at(c, c->psw_addr, CPU_STOP_FAULT);
}

/* ---- side slots ---- */

static void decode_side(struct cpu *c, u64 text)
{
    unsigned h = (unsigned)((text ^ text >> 17 ^ text >> 37) >> 16) & (SIDE_CACHE - 1);

    if (c->side_cache[h].text != text || !c->side_cache[h].insn.fn) {
        isa_decode(text, -1, c->facilities, c->newest, &c->side_cache[h].insn);
        c->side_cache[h].text = text;
    }
    c->ex.slot[0] = c->side_cache[h].insn;
    for (unsigned i = 1; i < 4; i++)
        c->ex.slot[i].fn = cpu_side_end;
}

const struct dinsn *cpu_run_side(struct cpu *c, u64 text)
{
    decode_side(c, text);
    c->ex_text = text;
    if (!c->side) {
        c->ex_slots = c->slots;
        c->ex_page_va = c->page_va;
    }
    c->side = true;
    c->slots = c->ex.slot;
    c->page_va = NO_PAGE;
    return cpu_go(c, c->ex.slot);
}

const struct dinsn *cpu_side_end(struct cpu *c, const struct dinsn *d)
{
    u64 next = c->ex_next;

    (void)d;
    if (unlikely((next & ~FRAME_MASK) != c->ex_page_va))
        return go_at(c, next);
    c->side = false;
    c->slots = c->ex_slots;
    c->page_va = c->ia_base = c->ex_page_va;
    return cpu_go(c, c->slots + (next & FRAME_MASK) / 2);
}

const struct dinsn *cpu_straddle(struct cpu *c, const struct dinsn *d)
{
    u64 addr = cpu_ia(c, d);
    u64 text;

    if (!cpu_fetch_text(c, addr, &text))
        return fetch_failed(c, addr);
    c->ex_addr = addr;
    c->ex_ilc = (u8)insn_length((u8)(text >> 56));
    c->ex_next = cpu_wrap(c, addr + c->ex_ilc);
    c->ex_target = false;
    /* The page to come back to is the next one: never the fast way. */
    c->ex_page_va = NO_PAGE;
    c->side = true;
    c->ia_base = addr;
    return cpu_run_side(c, text);
}

/* By a PER event: the EXECUTE itself was not executed. */
static const struct dinsn *leave_nullified(struct cpu *c, const struct dinsn *d)
{
    u64 addr = cpu_ia_psw(c, d);

    cpu_fault(c, PGM_PER);
    c->fault.ilc = cpu_ilc(c, d);
    return leave_at(c, addr, CPU_STOP_FAULT);
}

const struct dinsn *cpu_execute(struct cpu *c, const struct dinsn *d, u64 target, u8 byte)
{
    u64 addr = cpu_ia_psw(c, d);
    u64 next = cpu_ia_next(c, d);
    u8 ilc = cpu_ilc(c, d);
    u64 text;
    u8 op;

    if (target & 1)
        return cpu_leave_program(c, d, PGM_SPECIFICATION);
    if (!cpu_fetch_text(c, target, &text))
        return cpu_leave_fault(c, d);
    if (unlikely(c->per) && !cpu_per_target_text(c, target, &text))
        return cpu_leave_fault(c, d);
    op = (u8)(text >> 56);
    if (unlikely(c->per) && cpu_per_target(c, target, text))
        return leave_nullified(c, d);
    if (op == 0x44 || (op == 0xc6 && (text >> 48 & 15) == 0))
        return cpu_leave_program(c, d, PGM_EXECUTE);
    if (unlikely(c->per) && cpu_trace_stepping(c) &&
        !cpu_trace_step(c, text | (u64)byte << 48, addr, next))
        return cpu_leave_fault(c, d);
    c->ex_addr = addr;
    c->ex_next = next;
    c->ex_ilc = ilc;
    c->ex_target = true;
    if (!c->side) {
        c->ex_slots = c->slots;
        c->ex_page_va = c->page_va;
    }
    c->side = true;
    c->ia_base = target;
    return cpu_run_side(c, text | (u64)byte << 48);
}
