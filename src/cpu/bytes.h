/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte strings in host memory, at host speed: moves with the architecture's left-to-right overlap
 * rule, comparisons that say where, scans.  Pure: no CPU, no translation; callers hand in spans
 * that lie within one guest page.
 *
 * A move or logical operation of up to 256 bytes (the SS instructions) writes each byte once: no
 * overlapping tail stores, so a byte that another CPU changes afterwards is not overwritten again.
 *
 * The bytes may change under our feet (guest races): every result is one that some order of the
 * accesses could give, and no function reads or writes outside its spans.
 *
 * References: [PoP 5 Storage-Operand Consistency], engine "String instructions".
 */
#ifndef SIE390_CPU_BYTES_H
#define SIE390_CPU_BYTES_H

#include <string.h>

#include "base/bits.h"

/* Unaligned pieces of any storage. */
typedef u16 __attribute__((aligned(1), may_alias)) piece_u16;
typedef u32 __attribute__((aligned(1), may_alias)) piece_u32;
typedef u64 __attribute__((aligned(1), may_alias)) piece_u64;
typedef u8 __attribute__((vector_size(16), aligned(1), may_alias)) piece_v16;
typedef u64 __attribute__((vector_size(16))) pair_u64;

/* Does the destination lie close behind the source, so that bytes just moved are moved again
 * within one 16-byte piece. */
static ALWAYS_INLINE bool bytes_run_into(const u8 *to, const u8 *from, u64 n)
{
    u64 distance = (u64)(to - from);

    return distance - 1 < 15 && distance < n;
}

/* The destructive overlap at a distance below 16: repeats the first `to - from` bytes. */
void bytes_repeat(u8 *to, const u8 *from, u64 n);

/* Moves n bytes (1 or more) as if one at a time, left to right. */
static ALWAYS_INLINE void bytes_move(u8 *to, const u8 *from, u64 n)
{
    if (unlikely(bytes_run_into(to, from, n))) {
        bytes_repeat(to, from, n);
        return;
    }
    for (; n >= 16; n -= 16, to += 16, from += 16)
        *(piece_v16 *)to = *(const piece_v16 *)from;
    if (n & 8) {
        *(piece_u64 *)to = *(const piece_u64 *)from;
        to += 8;
        from += 8;
    }
    if (n & 4) {
        *(piece_u32 *)to = *(const piece_u32 *)from;
        to += 4;
        from += 4;
    }
    if (n & 2) {
        *(piece_u16 *)to = *(const piece_u16 *)from;
        to += 2;
        from += 2;
    }
    if (n & 1)
        *to = *from;
}

/* Large moves that the architecture lets us do in any order (no destructive overlap). */
static inline void bytes_move_any(u8 *to, const u8 *from, u64 n)
{
    memmove(to, from, n);
}

static inline void bytes_fill(u8 *to, u8 byte, u64 n)
{
    memset(to, byte, n);
}

/* Keeps the compiler from seeing a memset in a loop and making it a slow `rep stos`. */
static ALWAYS_INLINE void bytes_no_idiom(void)
{
    __asm__ volatile("" ::: "memory");
}

/* Clears up to 256 bytes. */
static ALWAYS_INLINE void bytes_clear(u8 *to, u64 n)
{
    for (; n >= 16; n -= 16, to += 16) {
        *(piece_v16 *)to = (piece_v16){0};
        bytes_no_idiom();
    }
    if (n & 8) {
        *(piece_u64 *)to = 0;
        to += 8;
    }
    if (n & 4) {
        *(piece_u32 *)to = 0;
        to += 4;
    }
    if (n & 2) {
        *(piece_u16 *)to = 0;
        to += 2;
    }
    if (n & 1)
        *to = 0;
}

/* Fills n (even) bytes with a two-byte character, given in host order. */
void bytes_fill16(u8 *to, u16 ch, u64 n);

enum bytes_op { BYTES_AND, BYTES_OR, BYTES_XOR, BYTES_NUMERICS, BYTES_ZONES };

/* One byte (or 8, or 16 of them: m replicates the mask) of an operation. */
#define BYTES_APPLY(op, a, b, low)                                                                 \
    ((op) == BYTES_AND        ? ((a) & (b))                                                        \
     : (op) == BYTES_OR       ? ((a) | (b))                                                        \
     : (op) == BYTES_XOR      ? ((a) ^ (b))                                                        \
     : (op) == BYTES_NUMERICS ? (((a) & ~(low)) | ((b) & (low)))                                   \
                              : (((a) & (low)) | ((b) & ~(low))))

/* to = to OP from as if one byte at a time, left to right.  True: some result byte is not zero. */
static ALWAYS_INLINE bool bytes_logic(enum bytes_op op, u8 *to, const u8 *from, u64 n)
{
    const piece_v16 low16 = (piece_v16){0} + (u8)0x0f;
    piece_v16 any = {0};
    u8 some = 0;
    pair_u64 both;

    if (likely(!bytes_run_into(to, from, n))) {
        for (; n >= 16; n -= 16, to += 16, from += 16) {
            piece_v16 a = *(const piece_v16 *)to, b = *(const piece_v16 *)from;
            piece_v16 r = BYTES_APPLY(op, a, b, low16);

            *(piece_v16 *)to = r;
            any |= r;
        }
        for (; n >= 8; n -= 8, to += 8, from += 8) {
            u64 a = *(const piece_u64 *)to, b = *(const piece_u64 *)from;
            u64 r = BYTES_APPLY(op, a, b, 0x0f0f0f0f0f0f0f0fULL);

            *(piece_u64 *)to = r;
            some |= r != 0;
        }
    }
    for (; n; n--, to++, from++) {
        u8 r = (u8)BYTES_APPLY(op, *to, *from, 0x0f);

        *(volatile u8 *)to = r;
        some |= r;
    }
    both = (pair_u64)any;
    return some || both[0] | both[1];
}

/* Offset of the first byte that differs, n if none. */
u64 bytes_diff(const u8 *p, const u8 *q, u64 n);
/* The same for a string against one repeated byte, or one repeated two-byte character (host
 * order; the offset is that of the byte). */
u64 bytes_diff_fill(const u8 *p, u8 byte, u64 n);
u64 bytes_diff_fill16(const u8 *p, u16 ch, u64 n);
/* Offset of the first byte that differs or where p holds `stop`, n if none. */
u64 bytes_diff_or_stop(const u8 *p, const u8 *q, u8 stop, u64 n);
/* Offset of the first byte `ch`, n if none. */
static inline u64 bytes_find(const u8 *p, u8 ch, u64 n)
{
    const u8 *at = memchr(p, ch, n);

    return at ? (u64)(at - p) : n;
}
/* The same for a two-byte character (host order) at even offsets of n (even) bytes. */
u64 bytes_find16(const u8 *p, u16 ch, u64 n);

/* Condition code of a logical comparison: 0 equal, 1 first low, 2 first high. */
static ALWAYS_INLINE u32 bytes_compare(const u8 *p, const u8 *q, u64 n)
{
    u64 a, b;
    int r;

    if (n > 16) {
        r = memcmp(p, q, n);
        return r < 0 ? 1 : r > 0 ? 2 : 0;
    }
    if (n >= 8) {
        a = __builtin_bswap64(*(const piece_u64 *)p);
        b = __builtin_bswap64(*(const piece_u64 *)q);
        if (a == b) {
            a = __builtin_bswap64(*(const piece_u64 *)(p + n - 8));
            b = __builtin_bswap64(*(const piece_u64 *)(q + n - 8));
        }
    } else if (n >= 4) {
        a = (u64)__builtin_bswap32(*(const piece_u32 *)p) << 32 |
            __builtin_bswap32(*(const piece_u32 *)(p + n - 4));
        b = (u64)__builtin_bswap32(*(const piece_u32 *)q) << 32 |
            __builtin_bswap32(*(const piece_u32 *)(q + n - 4));
    } else if (n >= 2) {
        a = (u32)__builtin_bswap16(*(const piece_u16 *)p) << 8 | p[n - 1];
        b = (u32)__builtin_bswap16(*(const piece_u16 *)q) << 8 | q[n - 1];
    } else {
        a = *p;
        b = *q;
    }
    return a < b ? 1 : a > b ? 2 : 0;
}

/* CHECKSUM: sum of n (multiple of 4, at most 4096) bytes as 32-bit words, end-around carry, onto
 * `sum`. */
u32 bytes_checksum(u32 sum, const u8 *p, u64 n);

#endif
