/* SPDX-License-Identifier: Apache-2.0
 *
 * Handlers of intercepted instructions, priv_<mnemonic>(): from the lists in counters.h, which the
 * records in isa/ name in their `host` lines.
 *
 * Each one is called with the PSW behind the instruction.  Order of checks in each [PoP 6]:
 * privileged operation, specification, access; nothing changes when an exception is presented.
 */
#ifndef SIE390_HYPERVISOR_PRIV_H
#define SIE390_HYPERVISOR_PRIV_H

#include "hypervisor/hv.h"

#define X(op, mnemonic, handler) enum hv_outcome priv_##handler(struct vcpu *v) MUST_CHECK;
HV_INSNS_1(X)
HV_INSNS_01(X)
HV_INSNS_B2(X)
HV_INSNS_B9(X)
HV_INSNS_E3(X)
HV_INSNS_E5(X)
HV_INSNS_EB(X)
#undef X

/* pfault.c: parameter block at the real address in GR rx, return code to GR ry. */
enum hv_outcome priv_diag258(struct vcpu *v, unsigned rx, unsigned ry) MUST_CHECK;

#endif
