/* SPDX-License-Identifier: Apache-2.0
 *
 * Program-event recording, and running one instruction at a time.  While PER is on, or branches or
 * modes are traced (tracing.h), instructions run one at a time out of the side slots, so the
 * ordinary paths carry no test for either.
 *
 * References: [PoP 4 Program-Event Recording].
 */
#ifndef SIE390_CPU_PER_H
#define SIE390_CPU_PER_H

#include "cpu/exec.h"
#include "cpu/tracing.h"

/* PER is on, in the PSW or for the host, and some event is selected in CR9. */
static inline bool cpu_per_active(const struct cpu *c)
{
    return c->cr[9] & PER_EVENT_MASK && (c->psw_mask & PSW_MASK_PER || c->per_enforced);
}

/* Is an address in a range of CR10 and CR11, which may wrap. */
static inline bool per_range_has(u64 from, u64 to, u64 addr)
{
    return from <= to ? addr >= from && addr <= to : addr >= from || addr <= to;
}

/* Addressing-and-translation-mode identification of a PSW, without that of the space. */
static inline u8 cpu_per_atmid(u64 mask)
{
    return (u8)((mask & PSW_MASK_EA ? PER_ATMID_EA : 0) | PER_ATMID_VALID |
                (mask & PSW_MASK_BA ? PER_ATMID_BA : 0) |
                (mask & PSW_MASK_DAT ? PER_ATMID_DAT : 0) | psw_as(mask) << 2);
}

/* One instruction at a time. */
static inline bool cpu_stepping(const struct cpu *c)
{
    return cpu_per_active(c) || cpu_trace_stepping(c);
}

/* Runs one instruction, with tracing and event recording as far as they are on; as cpu_interp(). */
enum cpu_stop cpu_step(struct cpu *c);

/* The following are called while c->per is set. */

/* A logical address in a space, found by base or address register `ar` (0: none). */
struct per_access {
    enum space space;
    unsigned ar;
    u64 asce;
    u64 va, len;
};
/* Storage is about to be accessed, or stored into. */
void cpu_per_access(struct cpu *c, const struct per_access *a, bool store);
/* STURA, STURG: store using a real address. */
void cpu_per_store_real(struct cpu *c);
/* The key of the 4 KiB block at this address, as the instruction designates it, was set. */
void cpu_per_key(struct cpu *c, u64 addr);
/* By EXECUTE: *text of its target becomes what the host's breakpoint hides, if that is to be
 * passed. false: c->fault. */
bool cpu_per_target_text(struct cpu *c, u64 target, u64 *text) MUST_CHECK;
/* By EXECUTE: its target is about to be executed.  true: a PER event nullifies it. */
bool cpu_per_target(struct cpu *c, u64 target, u64 text) MUST_CHECK;

#endif
