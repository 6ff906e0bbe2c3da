/* SPDX-License-Identifier: Apache-2.0
 *
 * PQAP, NQAP and DQAP for guests: connects a bus to the storage of a virtual machine, whose CPUs
 * then find its queues as far as their crypto control blocks say.
 */
#ifndef SIE390_AP_INSN_H
#define SIE390_AP_INSN_H

#include "ap/bus.h"
#include "cpu/mem.h"

/* No CPU runs.  NULL: none any more. */
void ap_connect(struct mem *m, struct ap_bus *bus);

#endif
