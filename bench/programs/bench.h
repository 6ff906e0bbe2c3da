/* SPDX-License-Identifier: Apache-2.0
 *
 * The benchmark programs: one static executable, built for the guest and natively from the same
 * sources.  A benchmark does `units` equal pieces of work and returns a number that depends on the
 * work, not on how many units there were: it must be the same on every machine.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

struct benchmark {
    const char *name;
    uint64_t (*run)(uint64_t units);
};

extern const struct benchmark integer_benchmarks[], branch_benchmarks[], memory_benchmarks[],
    string_benchmarks[], float_benchmarks[], system_benchmarks[], smp_benchmarks[];

/* A small generator that is the same everywhere. */
static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

uint32_t crc32_of(const unsigned char *p, uint64_t n);
/* The work of the SMP benchmarks: integer code over 16 KiB, no system calls. */
uint64_t integer_work(uint64_t units);

#endif
