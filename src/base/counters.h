/* SPDX-License-Identifier: Apache-2.0
 *
 * Event counters: an array of numbers for each thread that counts, and one table of names.  Only
 * the owner writes; everyone may read, at any time, a value that is at most a moment old.
 */
#ifndef SIE390_BASE_COUNTERS_H
#define SIE390_BASE_COUNTERS_H

#include "base/bits.h"

struct counter_desc {
    const char *group; /* "intercept", "instruction" … */
    const char *name;
};

/* Own thread.  Not a locked instruction. */
static ALWAYS_INLINE void counter_add(u64 *counters, unsigned n, u64 by)
{
    u64 v = __atomic_load_n(&counters[n], __ATOMIC_RELAXED);

    __atomic_store_n(&counters[n], v + by, __ATOMIC_RELAXED);
}

/* Any thread. */
static inline u64 counter_read(const u64 *counters, unsigned n)
{
    return __atomic_load_n(&counters[n], __ATOMIC_RELAXED);
}

/* n counters, all zero, on cache lines of their own; NULL when there is no memory. */
u64 *counters_new(unsigned n);
void counters_free(u64 *counters);

#endif
