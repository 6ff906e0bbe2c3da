/* SPDX-License-Identifier: Apache-2.0
 *
 * Program-event recording.  While PER is on, instructions run one at a time out of the side slots,
 * so the ordinary paths carry no test for it.
 *
 * References: [PoP 4 Program-Event Recording].
 */
#ifndef SIE390_CPU_PER_H
#define SIE390_CPU_PER_H

#include "cpu/exec.h"

/* PER is on in the PSW and some event is selected in CR9. */
static inline bool cpu_per_active(const struct cpu *c)
{
    return c->psw_mask & PSW_MASK_PER && c->cr[9] & PER_EVENT_MASK;
}

/* Runs one instruction with event recording; as cpu_interp(). */
enum cpu_stop cpu_per_step(struct cpu *c);

/* Called by stores while c->per is set: [va, va+len) is about to be stored in a space with this
 * ASCE; real: store using a real address. */
void cpu_per_store(struct cpu *c, u64 asce, u64 va, u64 len, bool real);

/* Called by EXECUTE while c->per is set: its target is about to be executed.  true: a PER event
 * nullifies it. */
bool cpu_per_target(struct cpu *c, u64 target) MUST_CHECK;

#endif
