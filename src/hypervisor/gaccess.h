/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest storage as the hypervisor accesses it for the guest: logical addresses through the guest's
 * address-space control, access registers and DAT tables, with its key and all protections; real
 * addresses through its prefix.  Own thread, between entries.
 *
 * While it translates and copies, the CPU counts as being in guest state, so an IPTE or IDTE of
 * another CPU waits for it.
 *
 * References: [PoP 3 Dynamic Address Translation, Protection], [PoP 5 Access-Register
 * Translation].
 */
#ifndef SIE390_HYPERVISOR_GACCESS_H
#define SIE390_HYPERVISOR_GACCESS_H

#include "cpu/dat.h"
#include "hypervisor/hv.h"

/* Most that one logical access may touch. */
#define GACCESS_MAX HV_ACCESS_MAX

/* Translates one address and makes all checks of an access to `len` bytes that do not leave its
 * page; key: access key in bits 0-3, 0 = none; ACC_EXEC: in the space of the instructions.  False:
 * *f is the exception (ILC not set). */
bool hv_translate(struct vcpu *v, u64 addr, u8 ar, enum access acc, u64 len, u8 key, u64 *abs,
                  struct fault *f) MUST_CHECK;

/* Injects an exception that hv_translate() found. */
enum hv_outcome hv_inject_access(struct vcpu *v, struct fault *f);

/* The PSW key as hv_translate() takes it. */
u8 hv_psw_key(const struct vcpu *v);

/* Low-address protection of a store to a real address. */
bool hv_low_address_protected(const struct vcpu *v, u64 real_addr);
/* The protection exception for that. */
enum hv_outcome hv_inject_low_address(struct vcpu *v, u64 real_addr);

static inline u64 hv_real_to_absolute(const struct vcpu *v, u64 real_addr)
{
    return cpu_prefixing(&v->cpu, real_addr);
}

#endif
