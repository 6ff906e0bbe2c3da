/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the time of CPU threads goes: in the guest, in the hypervisor, in the machine, asleep.
 * Measured with the host's time-stamp counter at each change from one to another, and only once
 * somebody wants it: until then each change costs a test of one bit, afterwards about 25 ns.
 *
 * The thread of the CPU writes; everyone may read, at any time.
 */
#ifndef SIE390_HYPERVISOR_TIMES_H
#define SIE390_HYPERVISOR_TIMES_H

#include <stdatomic.h>

#include "base/bits.h"

enum cpu_time {
    TIME_GUEST,      /* in sie_run() */
    TIME_HYPERVISOR, /* in hv_run(), but not the above */
    TIME_MACHINE,    /* completing what left hv_run() */
    TIME_ASLEEP,     /* wait state, stopped, paused */
    TIME_COUNT
};

/* Of a VM. */
struct clocks {
    _Atomic bool on;
    u64 start_ticks, start_ns; /* before `on` */
};

/* Of a CPU. */
struct cpu_times {
    _Atomic u64 since; /* ticks of the last change, in bits 62-63 what it is in; 0: in flux, or
                        * nothing is measured */
    _Atomic u64 ticks[TIME_COUNT];
};

struct vm;

/* Any thread; stays on until the VM is gone. */
void hv_times_start(struct vm *vm);
/* Any thread: sums over the CPUs in nanoseconds, and since when it is on.  False: it is off. */
bool hv_times_read(struct vm *vm, u64 ns[TIME_COUNT], u64 *measured);

/* Own thread. */
void times_change(struct cpu_times *t, enum cpu_time to);
void times_end(struct cpu_times *t);

static ALWAYS_INLINE void times_to(const struct clocks *c, struct cpu_times *t, enum cpu_time to)
{
    if (unlikely(atomic_load_explicit(&c->on, memory_order_relaxed)))
        times_change(t, to);
}

#endif
