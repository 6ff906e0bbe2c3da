/* SPDX-License-Identifier: Apache-2.0
 *
 * PQAP, NQAP and DQAP as SIE interprets them: the adjunct processors are in a room below this one
 * (src/ap), so the engine calls them through a table that stands in struct mem.  Without a table
 * the host has none, and the instructions are intercepted.
 *
 * References: architecture "Floors"; docs/intercepts.md rules P02, P09.
 */
#ifndef SIE390_CPU_AP_H
#define SIE390_CPU_AP_H

#include "arch/ap.h"
#include "cpu/cpu.h"

/* Bodies of instructions; privilege, interception and the register pairs are checked. */
struct ap_insns {
    const struct dinsn *(*pqap)(struct cpu *c, const struct dinsn *d);
    const struct dinsn *(*nqap)(struct cpu *c, const struct dinsn *d);
    const struct dinsn *(*dqap)(struct cpu *c, const struct dinsn *d);
};

/* Of all function codes, the one that the host has to handle: guest addresses and guest ISCs. */
static inline unsigned cpu_ap_function(const struct cpu *c)
{
    return ((u32)c->gr[0] & AP_GR0_FC) >> 24;
}

#endif
