/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of the host's CPUs a thread runs on, readable by other threads without a system call.
 */
#ifndef SIE390_BASE_HOST_CPU_H
#define SIE390_BASE_HOST_CPU_H

#include "base/types.h"

/* Where the kernel keeps the number of the host CPU that the calling thread runs on; while it does
 * not run, that of the last one.  Good while the thread lives.  NULL: the host does not tell. */
const u32 *host_cpu_of_thread(void);

static inline u32 host_cpu_read(const u32 *cpu)
{
    return __atomic_load_n(cpu, __ATOMIC_RELAXED);
}

#endif
