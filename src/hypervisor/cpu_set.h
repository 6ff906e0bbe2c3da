/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of a virtual machine's CPUs, one bit a CPU address.  Each bit is changed atomically; a look
 * at the whole set is not one moment's.
 */
#ifndef SIE390_HYPERVISOR_CPU_SET_H
#define SIE390_HYPERVISOR_CPU_SET_H

#include <stdatomic.h>

#include "arch/sca.h"

#define VM_MAX_CPUS ESCA_CPUS
#define CPU_SET_WORDS ((VM_MAX_CPUS + 63) / 64)

struct cpu_set {
    _Atomic u64 word[CPU_SET_WORDS];
};

static inline void cpu_set_add(struct cpu_set *s, unsigned n)
{
    atomic_fetch_or(&s->word[n / 64], 1ULL << n % 64);
}

static inline void cpu_set_remove(struct cpu_set *s, unsigned n)
{
    atomic_fetch_and(&s->word[n / 64], ~(1ULL << n % 64));
}

static inline bool cpu_set_has(const struct cpu_set *s, unsigned n)
{
    return atomic_load(&s->word[n / 64]) >> n % 64 & 1;
}

#endif
