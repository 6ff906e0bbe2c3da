/* SPDX-License-Identifier: Apache-2.0
 *
 * The number of a thread's host CPU, from the area of restartable sequences that the C library
 * registers for each thread (glibc 2.35).  Other C libraries and kernels do without: not known.
 *
 * References: Linux rseq(2).
 */
#include "base/host_cpu.h"

#if __has_include(<sys/rseq.h>)
#include <sys/rseq.h>

const u32 *host_cpu_of_thread(void)
{
    const struct rseq *r =
        (const struct rseq *)((const char *)__builtin_thread_pointer() + __rseq_offset);

    return __rseq_size && (s32)r->cpu_id >= 0 ? &r->cpu_id : NULL;
}
#else
const u32 *host_cpu_of_thread(void)
{
    return NULL;
}
#endif
