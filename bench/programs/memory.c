/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory beyond the caches: random updates in a table of 64 MiB, a chain of pointers through
 * 64 MiB, and reading it at strides.  In pages of 4 KiB, so that translation is what is measured.
 * One unit: 1000 accesses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "bench.h"

#define SIZE (64ul << 20)

static void *area(void)
{
    static void *p;

    if (!p) {
        p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (p == MAP_FAILED) {
            perror("programs: mmap");
            exit(1);
        }
        madvise(p, SIZE, MADV_NOHUGEPAGE);
        for (uint64_t i = 0; i < SIZE; i += 4096)
            ((volatile char *)p)[i] = 1;
    }
    return p;
}

static uint64_t run_hash(uint64_t units)
{
    uint64_t *table = area(), state = 5;

    while (units--)
        for (int i = 0; i < 1000; i++)
            table[next_random(&state) % (SIZE / 8)] += state;
    return 0;
}

/* A cycle through all places, one in each 64 bytes, in random order (Sattolo). */
static void make_chain(uint64_t *a)
{
    uint64_t n = SIZE / 64, state = 9;

    for (uint64_t i = 0; i < n; i++)
        a[i * 8] = i * 8;
    for (uint64_t i = n - 1; i; i--) {
        uint64_t j = next_random(&state) % i, t = a[i * 8];

        a[i * 8] = a[j * 8];
        a[j * 8] = t;
    }
}

static uint64_t run_chase(uint64_t units)
{
    static uint64_t at;
    static int made;
    uint64_t *a = area();

    if (!made)
        make_chain(a);
    made = 1;
    while (units--)
        for (int i = 0; i < 1000; i++)
            at = a[at];
    return at % 8;
}

static uint64_t run_stride(uint64_t units, uint64_t stride)
{
    static uint64_t at, sum;
    volatile unsigned char *p = area();

    while (units--)
        for (int i = 0; i < 1000; i++, at = (at + stride) % SIZE)
            sum += p[at];
    return 0;
}

static uint64_t run_stride64(uint64_t units)
{
    return run_stride(units, 64);
}

static uint64_t run_stride4160(uint64_t units)
{
    return run_stride(units, 4096 + 64);
}

const struct benchmark memory_benchmarks[] = {
    {"hash_64m", run_hash},
    {"chase_64m", run_chase},
    {"stride_64", run_stride64},
    {"stride_4160", run_stride4160},
    {0},
};
