/* SPDX-License-Identifier: Apache-2.0
 *
 * The plain types of the house: fixed-width integers, big-endian storage types, and the address
 * kinds that the compiler keeps apart.  No behaviour beyond byte order.
 *
 * References: house style "Names"; [PoP 3] for the address kinds.
 */
#ifndef SIE390_BASE_TYPES_H
#define SIE390_BASE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned __int128 u128;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef __int128 s128;

/* A value in big-endian byte order, as it lies in guest storage.  One-field structs, so that a
 * mix-up with a host-order value does not compile. */
typedef struct {
    u16 raw;
} be16;
typedef struct {
    u32 raw;
} be32;
typedef struct {
    u64 raw;
} be64;

/* Address kinds.  logical: an effective address before translation; real: before prefixing;
 * absolute: after prefixing, the guest's view of storage.  (A host address is a pointer.) */
typedef struct {
    u64 v;
} logical;
typedef struct {
    u64 v;
} real;
typedef struct {
    u64 v;
} absolute;

static inline u16 be16_get(be16 x)
{
    return __builtin_bswap16(x.raw);
}

static inline u32 be32_get(be32 x)
{
    return __builtin_bswap32(x.raw);
}

static inline u64 be64_get(be64 x)
{
    return __builtin_bswap64(x.raw);
}

static inline be16 be16_of(u16 v)
{
    return (be16){__builtin_bswap16(v)};
}

static inline be32 be32_of(u32 v)
{
    return (be32){__builtin_bswap32(v)};
}

static inline be64 be64_of(u64 v)
{
    return (be64){__builtin_bswap64(v)};
}

/* Sixteen bytes out of two vectors of bytes, 0-15 of the first and 16-31 of the second. */
#if __has_builtin(__builtin_shufflevector)
#define SHUFFLE_BYTES(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else /* gcc before 12 */
typedef u8 __attribute__((vector_size(16))) shuffle_order;
#define SHUFFLE_BYTES(a, b, ...) __builtin_shuffle(a, b, (shuffle_order){__VA_ARGS__})
#endif

/* Doublewords in pairs, from either byte order to the other: two take one shuffle. */
typedef u8 __attribute__((vector_size(16), aligned(8), may_alias)) doublewords;

static inline void be64_swap_pairs(void *to, const void *from, unsigned pairs)
{
    const doublewords *in = from;
    doublewords *out = to;

    for (unsigned i = 0; i < pairs; i++)
        out[i] = SHUFFLE_BYTES(in[i], in[i], 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8);
}

static inline absolute abs_addr(u64 v)
{
    return (absolute){v};
}

#endif
