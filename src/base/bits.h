/* SPDX-License-Identifier: Apache-2.0
 *
 * Bit handling in the numbering of the Principles of Operation: bit 0 is the leftmost bit of a
 * field.  Also the house's ASSERT, branch hints and small arithmetic helpers.
 */
#ifndef SIE390_BASE_BITS_H
#define SIE390_BASE_BITS_H

#include "base/types.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
/* Guest storage races are the guest's, not ours. */
#define NO_TSAN __attribute__((no_sanitize("thread")))
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* container of a member */
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))

/* Bit n of a 64-, 32- or 16-bit field, bit 0 leftmost. */
#define BIT64(n) (1ULL << (63 - (n)))
#define BIT32(n) (1U << (31 - (n)))
#define BIT16(n) (1U << (15 - (n)))

/* A bug of ours: says where and aborts.  Never used for what a guest or a file can cause. */
#define ASSERT(c) ((c) ? (void)0 : assert_failed(#c, __FILE__, __LINE__))
NORETURN void assert_failed(const char *what, const char *file, int line);

/* Bits [from, to] of a 64-bit field, right aligned. */
static inline u64 bits64(u64 v, unsigned from, unsigned to)
{
    return (v >> (63 - to)) & (~0ULL >> (63 - (to - from)));
}

/* Sign extension of the low n bits (1..64). */
static inline s64 sext64(u64 v, unsigned n)
{
    return (s64)(v << (64 - n)) >> (64 - n);
}

static inline u32 rotl32(u32 v, unsigned n)
{
    n &= 31;
    return n ? v << n | v >> (32 - n) : v;
}

static inline u64 rotl64(u64 v, unsigned n)
{
    n &= 63;
    return n ? v << n | v >> (64 - n) : v;
}

/* Bit n (bit 0 leftmost) of a byte string such as a facility list. */
static inline bool bitmap_test(const u8 *map, unsigned n)
{
    return map[n / 8] >> (7 - n % 8) & 1;
}

static inline void bitmap_set(u8 *map, unsigned n)
{
    map[n / 8] |= (u8)(0x80 >> (n % 8));
}

static inline void bitmap_clear(u8 *map, unsigned n)
{
    map[n / 8] &= (u8) ~(0x80 >> (n % 8));
}

static inline u64 round_up64(u64 v, u64 to)
{
    return (v + to - 1) / to * to;
}

static inline u64 min64(u64 a, u64 b)
{
    return a < b ? a : b;
}

static inline u64 max64(u64 a, u64 b)
{
    return a > b ? a : b;
}

#endif
