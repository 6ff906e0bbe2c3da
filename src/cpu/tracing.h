/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the trace table, as CR12 selects them.
 *
 * An instruction builds its entries in a log, reserves room for them when it can still fail, and
 * commits them when it cannot.  Branch tracing and mode tracing of the frequent branches (BALR,
 * BASR, BASSM, BSM, SAM24 ...) cost their bodies nothing: while CR12 asks for one of them,
 * instructions run one at a time as under PER, and cpu_trace_step() looks at each before it runs.
 * Instructions of which a body is long anyway make their entries themselves.
 *
 * References: [PoP 4 Tracing].
 */
#ifndef SIE390_CPU_TRACING_H
#define SIE390_CPU_TRACING_H

#include "arch/cr.h"
#include "arch/trace.h"
#include "cpu/cpu.h"

struct trace_log {
    unsigned len; /* 0: no entry */
    u8 *at;       /* host address, after cpu_trace_reserve() */
    u8 entry[TRACE_MAX_64];
};

/* Must instructions run one at a time for it. */
static inline bool cpu_trace_stepping(const struct cpu *c)
{
    return c->cr[12] & (CR12_BRANCH | CR12_MODE);
}

void cpu_trace_put32(struct trace_log *t, u32 v);
void cpu_trace_put64(struct trace_log *t, u64 v);

/* Branch to a (wrapped) address of the addressing mode `amode`. */
void cpu_trace_branch(struct trace_log *t, u64 amode, u64 addr);
/* The addressing mode goes over to `amode`; `next` follows the instruction. */
void cpu_trace_mode(const struct cpu *c, struct trace_log *t, u64 amode, u64 next);
/* A branch that sets the mode: mode-switching branch, mode switch, branch or nothing. */
void cpu_trace_mode_branch(const struct cpu *c, struct trace_log *t, u64 amode, u64 addr, u64 next);

/* Room at the trace-entry address for `room` bytes, or for what was built if that is more (entries
 * that may be longer than they are give their maximum).  false: cpu->fault, cpu->host_fault. */
bool cpu_trace_reserve(struct cpu *c, struct trace_log *t, unsigned room) MUST_CHECK;
/* Stores the log and advances CR12.  Decoded code may have changed. */
void cpu_trace_commit(struct cpu *c, const struct trace_log *t);

/* Before the instruction `text` (left aligned) at `ia` runs, with `next` behind it. */
bool cpu_trace_step(struct cpu *c, u64 text, u64 ia, u64 next) MUST_CHECK;

#endif
