/* SPDX-License-Identifier: Apache-2.0
 *
 * The system control area as the engine uses it: where a CPU's entry is, the external call that is
 * pending there, and which CPU a state description belongs to.  For both formats of the area; the
 * IPTE interlock is in insn_control_tlb.c.
 *
 * An external call is pending when control bit C of the target's entry is on; then
 * SD_CPUFLAG_ECALL_PEND of its state description makes the target look.  Order: C on, then the
 * flag; the flag off, then C.
 *
 * References: IBM CP control blocks SCABK; [PoP 10 SIGNAL PROCESSOR].
 */
#ifndef SIE390_CPU_SCA_H
#define SIE390_CPU_SCA_H

#include "cpu/cpu.h"

/* Our state descriptions lie in a page of their own; behind the 512 architected bytes stands which
 * CPU runs it. */
#define SD_OWNER 0x200

static inline void sd_set_owner(struct sd *sd, struct cpu *c)
{
    __builtin_memcpy((u8 *)sd + SD_OWNER, &c, sizeof(c));
}

static inline struct cpu *sd_owner(const struct sd *sd)
{
    struct cpu *c;

    __builtin_memcpy(&c, (const u8 *)sd + SD_OWNER, sizeof(c));
    return c;
}

/* Does the format have a CPU n: an entry, and room for the number as that of a caller. */
bool sca_has_room(const struct sd *sd, unsigned n);

/* State description of CPU n in the area that `sd` designates; NULL: no area or no such CPU. */
struct sd *sca_cpu(const struct sd *sd, unsigned n);

/* Makes an external call from CPU `source` pending for CPU n, whose state description `target` is.
 * False: one is pending already. */
bool sca_set_external_call(const struct sd *sd, unsigned n, struct sd *target, unsigned source);

/* Takes the external call that is pending for CPU n, whose state description is `sd`.  False:
 * none. */
bool sca_take_external_call(struct sd *sd, unsigned n, u16 *source);

/* The same, and it stays pending. */
bool sca_see_external_call(const struct sd *sd, unsigned n, u16 *source);

/* Forgets it (resets). */
void sca_clear_external_call(struct sd *sd, unsigned n);

#endif
