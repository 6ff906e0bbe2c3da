/* SPDX-License-Identifier: Apache-2.0
 *
 * What the bodies of instructions are made of: instruction address, branches, leaving, condition
 * codes, decoding helpers.  Included by the generated interpreter and by long instructions.
 *
 * A body gets the CPU and its own slot and returns the slot to go on with, or NULL to leave
 * cpu_interp() with cpu->stop set and psw_addr exact.
 *
 * References: [PoP 5 Program Execution].
 */
#ifndef SIE390_CPU_EXEC_H
#define SIE390_CPU_EXEC_H

#include "arch/program.h"
#include "cpu/access.h"
#include "cpu/code.h"
#include "cpu/request.h"

/* Taken branches between two looks at the clock. */
#define CPU_BUDGET 1000

/* Runs until something is to be done.  Fetches from psw_addr; the PSW must be valid and not a wait
 * PSW. */
enum cpu_stop cpu_interp(struct cpu *c);

/* ---- where we are ---- */

/* Logical address of the instruction in slot d: of the target itself under EXECUTE, which is what
 * relative addresses count from. */
static ALWAYS_INLINE u64 cpu_ia(const struct cpu *c, const struct dinsn *d)
{
    return c->ia_base + ((uintptr_t)d - (uintptr_t)c->slots) / 8;
}

/* Address of the next sequential instruction (after the EXECUTE), wrapped. */
static ALWAYS_INLINE u64 cpu_ia_next(const struct cpu *c, const struct dinsn *d)
{
    if (unlikely(c->side))
        return c->ex_next;
    return (cpu_ia(c, d) + d->ilc * 2U) & c->amask;
}

/* Address of the instruction that the PSW designates: of the EXECUTE, not of its target. */
static ALWAYS_INLINE u64 cpu_ia_psw(const struct cpu *c, const struct dinsn *d)
{
    return unlikely(c->side) ? c->ex_addr : cpu_ia(c, d);
}

/* Its length in bytes. */
static ALWAYS_INLINE u8 cpu_ilc(const struct cpu *c, const struct dinsn *d)
{
    return unlikely(c->side) ? c->ex_ilc : (u8)(d->ilc * 2);
}

static ALWAYS_INLINE u64 cpu_wrap(const struct cpu *c, u64 addr)
{
    return addr & c->amask;
}

/* ---- going on ---- */

/* Only the generated bodies go on by tail calls (they define CPU_TAIL 1); a returned slot makes the
 * loop in cpu_interp() go on, which everybody else relies on: a function whose locals have their
 * address taken gets no tail call from the compiler, and the stack would grow. */
#ifndef CPU_TAIL
#define CPU_TAIL 0
#endif

/* On to slot d. */
static ALWAYS_INLINE const struct dinsn *cpu_go(struct cpu *c, const struct dinsn *d)
{
    if (SIE390_TAIL_CALLS && CPU_TAIL)
        return d->fn(c, d);
    return d;
}

/* The next instruction. */
static ALWAYS_INLINE const struct dinsn *cpu_next(struct cpu *c, const struct dinsn *d,
                                                  unsigned halfwords)
{
    return cpu_go(c, d + halfwords);
}

const struct dinsn *cpu_next_settled(struct cpu *c, const struct dinsn *d);

/* The next instruction after one that stored. */
static ALWAYS_INLINE const struct dinsn *cpu_next_stored(struct cpu *c, const struct dinsn *d,
                                                         unsigned halfwords)
{
    if (unlikely(c->code_changed))
        return cpu_next_settled(c, d);
    return cpu_go(c, d + halfwords);
}

/* The same through the loop: for bodies that cannot make a tail call. */
static ALWAYS_INLINE const struct dinsn *cpu_loop_stored(struct cpu *c, const struct dinsn *d,
                                                         unsigned halfwords)
{
    if (unlikely(c->code_changed))
        return cpu_next_settled(c, d);
    return d + halfwords;
}

/* On at a logical address, wrapped; looks at requests and clock. */
const struct dinsn *cpu_jump(struct cpu *c, u64 target);
/* Request or clock was due; d is the slot to go on with. */
const struct dinsn *cpu_poll(struct cpu *c, const struct dinsn *d);

/* A taken branch within the page, delta in halfwords.  Never in side slots. */
static ALWAYS_INLINE const struct dinsn *cpu_branch_near(struct cpu *c, const struct dinsn *d,
                                                         s32 delta)
{
    c->bear = cpu_ia(c, d);
    d += delta;
    if (unlikely(--c->budget < 0 || atomic_load_explicit(&c->request, memory_order_relaxed)))
        return cpu_poll(c, d);
    return cpu_go(c, d);
}

/* A taken branch to a logical address (any bits; wrapped here). */
static ALWAYS_INLINE const struct dinsn *cpu_branch(struct cpu *c, const struct dinsn *d,
                                                    u64 target)
{
    target &= c->amask;
    c->bear = cpu_ia_psw(c, d);
    if (likely((target & ~(FRAME_MASK & ~1UL)) == c->page_va)) {
        d = c->slots + (target & FRAME_MASK) / 2;
        if (unlikely(--c->budget < 0 || atomic_load_explicit(&c->request, memory_order_relaxed)))
            return cpu_poll(c, d);
        return cpu_go(c, d);
    }
    return cpu_jump(c, target);
}

/* ---- leaving ---- */

/* With cpu->fault or cpu->host_fault set by an access or check: sets ILC and the PSW address as
 * the interruption's kind demands (nullified: at the instruction; else behind it).  NULL. */
const struct dinsn *cpu_leave_fault(struct cpu *c, const struct dinsn *d);
/* A program interruption without more data. */
const struct dinsn *cpu_leave_program(struct cpu *c, const struct dinsn *d, u16 code);
/* Completed instruction, then a program interruption (overflow, IEEE inexact …). */
const struct dinsn *cpu_leave_completed(struct cpu *c, const struct dinsn *d);
/* To be intercepted: PSW behind it, cpu->icpt filled. */
const struct dinsn *cpu_leave_intercept(struct cpu *c, const struct dinsn *d);
/* Partial execution (MVPG under interpretation): PSW behind it, cpu->icpt filled. */
const struct dinsn *cpu_leave_partial(struct cpu *c, const struct dinsn *d);
const struct dinsn *cpu_leave_kss(struct cpu *c, const struct dinsn *d);
/* A satellite of the state description turned out to be bad: validity reason. */
const struct dinsn *cpu_leave_validity(struct cpu *c, const struct dinsn *d, u16 reason);
/* A PSW that was just loaded by cpu_set_psw() is invalid: early specification exception. */
const struct dinsn *cpu_leave_early(struct cpu *c, u8 ilc);
/* Completed; masks or timers changed: leave if something is pending (or just set the PSW address
 * and go on). */
const struct dinsn *cpu_next_recheck(struct cpu *c, const struct dinsn *d);
/* An interruptible instruction gives up the CPU for a moment: the PSW stays at it, registers hold
 * the progress; it comes back through poll. */
const struct dinsn *cpu_again(struct cpu *c, const struct dinsn *d);
/* A new PSW was loaded (LPSW, LPSWE, SVC, PR): psw_mask/psw_addr hold it. */
const struct dinsn *cpu_resume_psw(struct cpu *c);
/* SUPERVISOR CALL n */
const struct dinsn *cpu_svc(struct cpu *c, const struct dinsn *d, u8 n);
/* EXECUTE / EXECUTE RELATIVE LONG: target address, low byte to be or'ed. */
const struct dinsn *cpu_execute(struct cpu *c, const struct dinsn *d, u64 target, u8 byte);
/* Slot functions of the side slots. */
const struct dinsn *cpu_side_end(struct cpu *c, const struct dinsn *d);
/* Runs an instruction text out of place: c->ex_* set by the caller. */
const struct dinsn *cpu_run_side(struct cpu *c, u64 text);
const struct dinsn *cpu_straddle(struct cpu *c, const struct dinsn *d);
/* Slot function for texts that are no instruction. */
const struct dinsn *cpu_illegal(struct cpu *c, const struct dinsn *d);

/* A long instruction polls this between its units of operation. */
static inline bool cpu_wants_attention(const struct cpu *c)
{
    return atomic_load_explicit(&c->request, memory_order_relaxed) != 0;
}

/* The PSW: takes mask and address over (cc, amask, spaces follow).  false: invalid, an early
 * specification exception is due (PSW taken over all the same, as the architecture says). */
bool cpu_set_psw(struct cpu *c, u64 mask, u64 addr) MUST_CHECK;
/* amask, dspace, ispace again, after psw_mask, CR0/1/7/13, AR mode or prefix changed. */
void cpu_mode_changed(struct cpu *c);
/* Control registers first..last (wrapping) were loaded by the guest: banks, timers, PER. */
void cpu_crs_changed(struct cpu *c, u16 mask);

/* ---- condition codes ---- */

static ALWAYS_INLINE u32 cc_s32(s32 v)
{
    return v < 0 ? 1 : v > 0 ? 2 : 0;
}
static ALWAYS_INLINE u32 cc_s64(s64 v)
{
    return v < 0 ? 1 : v > 0 ? 2 : 0;
}
static ALWAYS_INLINE u32 cc_nz(u64 v)
{
    return v != 0;
}
static ALWAYS_INLINE u32 cc_cmp_s32(s32 a, s32 b)
{
    return a < b ? 1 : a > b ? 2 : 0;
}
static ALWAYS_INLINE u32 cc_cmp_s64(s64 a, s64 b)
{
    return a < b ? 1 : a > b ? 2 : 0;
}
static ALWAYS_INLINE u32 cc_cmp_u32(u32 a, u32 b)
{
    return a < b ? 1 : a > b ? 2 : 0;
}
static ALWAYS_INLINE u32 cc_cmp_u64(u64 a, u64 b)
{
    return a < b ? 1 : a > b ? 2 : 0;
}
static ALWAYS_INLINE u32 cc_add_s32(u32 a, u32 b)
{
    s32 r;

    return __builtin_sadd_overflow((s32)a, (s32)b, &r) ? 3 : cc_s32(r);
}
static ALWAYS_INLINE u32 cc_add_s64(u64 a, u64 b)
{
    long r;

    return __builtin_saddl_overflow((s64)a, (s64)b, &r) ? 3 : cc_s64(r);
}
static ALWAYS_INLINE u32 cc_sub_s32(u32 a, u32 b)
{
    s32 r;

    return __builtin_ssub_overflow((s32)a, (s32)b, &r) ? 3 : cc_s32(r);
}
static ALWAYS_INLINE u32 cc_sub_s64(u64 a, u64 b)
{
    long r;

    return __builtin_ssubl_overflow((s64)a, (s64)b, &r) ? 3 : cc_s64(r);
}
/* Logical: bit 0 = result not zero, bit 1 = carry (no borrow). */
static ALWAYS_INLINE u32 cc_add_u32(u32 a, u32 b)
{
    u32 r = a + b;

    return (r != 0) | (r < a) << 1;
}
static ALWAYS_INLINE u32 cc_add_u64(u64 a, u64 b)
{
    u64 r = a + b;

    return (r != 0) | (r < a) << 1;
}
static ALWAYS_INLINE u32 cc_sub_u32(u32 a, u32 b)
{
    return (a != b) | (a >= b) << 1;
}
static ALWAYS_INLINE u32 cc_sub_u64(u64 a, u64 b)
{
    return (a != b) | (a >= b) << 1;
}
/* TEST UNDER MASK of 16 bits: all selected zero 0, mixed with leftmost 0: 1, leftmost 1: 2, ones 3
 */
static ALWAYS_INLINE u32 cc_tm16(u32 v, u32 mask)
{
    v &= mask;
    if (!v)
        return 0;
    if (v == mask)
        return 3;
    return v & (0x80000000u >> __builtin_clz(mask)) ? 2 : 1;
}
static ALWAYS_INLINE u32 cc_tm8(u32 v, u32 mask)
{
    v &= mask;
    return !v ? 0 : v == mask ? 3 : 1;
}

/* Low word of a general register, the high word kept.  The empty asm keeps the compiler from
 * storing only the changed half: a later 64-bit load would then wait for the store to retire. */
static ALWAYS_INLINE void cpu_set_gr32(struct cpu *c, unsigned r, u32 v)
{
    u64 x = (c->gr[r] & 0xffffffff00000000ULL) | v;

    __asm__("" : "+r"(x));
    c->gr[r] = x;
}
static ALWAYS_INLINE void cpu_set_gr32h(struct cpu *c, unsigned r, u32 v)
{
    u64 x = (u32)c->gr[r] | (u64)v << 32;

    __asm__("" : "+r"(x));
    c->gr[r] = x;
}
/* Loads access register r; data spaces follow when AR mode is on. */
void cpu_set_ar(struct cpu *c, unsigned r, u32 v);
/* An address result (LA, BAL, TRT …): 64 bits, or bits 33-63 with 32 zero and 0-31 kept. */
static ALWAYS_INLINE void cpu_set_address(struct cpu *c, unsigned r, u64 a)
{
    if (c->amask == ~0ULL)
        c->gr[r] = a;
    else
        cpu_set_gr32(c, r, (u32)(a & c->amask));
}

#endif
