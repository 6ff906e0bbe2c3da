/* SPDX-License-Identifier: Apache-2.0
 *
 * How guests without an operating system measure: they do one thing again and again, read the clock
 * around many of them, and leave the figures at RESULTS for bench/run to read from their storage.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "guest.h"

#define RESULTS                                                                                    \
    ((volatile u64 *)0x8000) /* a count of figures, then ROUNDS words each: clock units */
#define ROUNDS 15

static inline u64 clock(void)
{
    u64 t;

    __asm__ volatile(".insn s,0xb27c0000,%0" : "=Q"(t)::"cc"); /* STCKF */
    return t;
}

/* Figure n.  Figure 0 is to be of nothing(). */
static inline void measure(unsigned n, void (*one)(void), u64 times)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        u64 begin = clock();

        for (u64 i = 0; i < times; i++)
            one();
        /* 1/4096 µs a clock unit; kept in units so that nothing is rounded away. */
        RESULTS[1 + n * (ROUNDS + 1)] = times;
        RESULTS[2 + n * (ROUNDS + 1) + round] = clock() - begin;
    }
    RESULTS[0] = n + 1;
}

static inline void nothing(void)
{
    __asm__ volatile("" ::: "memory");
}

#endif
