/* SPDX-License-Identifier: Apache-2.0
 *
 * The C library's byte and string functions at 24, 256 and 4096 bytes.  The end, the difference or
 * the byte looked for is the last one.  One unit: 100 calls, through pointers that the compiler
 * cannot see through.
 */
#include <string.h>

#include "bench.h"

#define CALLS 100

static void *(*volatile do_memcpy)(void *, const void *, size_t) = memcpy;
static void *(*volatile do_memset)(void *, int, size_t) = memset;
static int (*volatile do_memcmp)(const void *, const void *, size_t) = memcmp;
static void *(*volatile do_memchr)(const void *, int, size_t) = memchr;
static size_t (*volatile do_strlen)(const char *) = strlen;
static int (*volatile do_strcmp)(const char *, const char *) = strcmp;

static char one[4224], two[4224];

/* Both strings of `n` bytes, ended; they differ in the last byte. */
static void prepare(size_t n)
{
    for (size_t i = 0; i < n; i++)
        one[i] = two[i] = (char)('a' + i % 23);
    one[n - 1] = '1';
    two[n - 1] = '2';
    one[n] = two[n] = 0;
}

static uint64_t sign(int v)
{
    return v < 0 ? 1 : v > 0 ? 2 : 0;
}

#define EACH(name, size, expression)                                                               \
    static uint64_t run_##name##_##size(uint64_t units)                                            \
    {                                                                                              \
        const size_t n = size;                                                                     \
        uint64_t r = 0;                                                                            \
                                                                                                   \
        prepare(n);                                                                                \
        for (units *= CALLS; units; units--)                                                       \
            r = (uint64_t)(expression);                                                            \
        return r;                                                                                  \
    }
#define SIZES(name, expression)                                                                    \
    EACH(name, 24, expression) EACH(name, 256, expression) EACH(name, 4096, expression)

SIZES(memcpy, ((char *)do_memcpy(two, one, n))[n / 2])
SIZES(memset, ((char *)do_memset(two, 'x', n))[n - 1])
SIZES(memcmp, sign(do_memcmp(one, two, n)))
SIZES(memchr, (char *)do_memchr(one, '1', n) - one)
SIZES(strlen, do_strlen(one))
SIZES(strcmp, sign(do_strcmp(one, two)))

#define ROWS(name)                                                                                 \
    {#name "_24", run_##name##_24}, {#name "_256", run_##name##_256},                              \
    {                                                                                              \
#name "_4096", run_##name##_4096                                                           \
    }

const struct benchmark string_benchmarks[] = {
    ROWS(memcpy), ROWS(memset), ROWS(memcmp), ROWS(memchr), ROWS(strlen), ROWS(strcmp), {0},
};
