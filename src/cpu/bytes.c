/* SPDX-License-Identifier: Apache-2.0
 *
 * Byte strings in host memory: the loops that are too long for bytes.h.  Vectors are the
 * compiler's, so only the choice of AVX2 and the byte order depend on the host.
 */
#include "cpu/bytes.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "first byte = lowest bits");

#define ONES 0x0101010101010101ULL
#define TOPS 0x8080808080808080ULL

/* Marks zero bytes by their top bit; exact for the lowest marked one. */
static ALWAYS_INLINE u64 zero_bytes(u64 v)
{
    return (v - ONES) & ~v & TOPS;
}

static ALWAYS_INLINE u64 get8(const u8 *p)
{
    return *(const piece_u64 *)p;
}

/* Vectors of 32 bytes: each scan is compiled for AVX2 and for any host, which takes them as two of
 * 16. */
#define WIDE NO_TSAN __attribute__((target("avx2")))
typedef u8 __attribute__((vector_size(32), aligned(1), may_alias)) piece_v32;
typedef u16 __attribute__((vector_size(32))) v16u16;
typedef u64 __attribute__((vector_size(32))) v4u64;

#define GET32(p) (*(const piece_v32 *)(p))

static inline bool host_is_wide(void)
{
    return __builtin_cpu_supports("avx2");
}

/* Is any bit of a v4u64 set. */
#define ANY_SET(v) (((v)[0] | (v)[1] | (v)[2] | (v)[3]) != 0)

NO_TSAN void bytes_repeat(u8 *to, const u8 *from, u64 n)
{
    u64 distance = (u64)(to - from);

    if (distance == 1) {
        piece_v16 pattern = (piece_v16){0} + *from;

        for (; n >= 16; n -= 16, to += 16) {
            *(piece_v16 *)to = pattern;
            bytes_no_idiom();
        }
        for (; n; n--)
            *(volatile u8 *)to++ = pattern[0];
        return;
    }
    for (; n; n--)
        *(volatile u8 *)to++ = *(const volatile u8 *)from++;
}

NO_TSAN void bytes_fill16(u8 *to, u16 ch, u64 n)
{
    u16 raw = __builtin_bswap16(ch);

    for (u64 i = 0; i + 2 <= n; i += 2)
        *(piece_u16 *)(to + i) = raw;
}

/* Each scan: blocks of 64 bytes until one has a hit, then 8 bytes, then single ones. */

static ALWAYS_INLINE u64 scan_diff(const u8 *p, const u8 *q, u64 n)
{
    u64 i = 0, d;

    for (; i + 64 <= n; i += 64) {
        v4u64 v = (v4u64)((GET32(p + i) ^ GET32(q + i)) | (GET32(p + i + 32) ^ GET32(q + i + 32)));

        if (ANY_SET(v))
            break;
    }
    for (; i + 8 <= n; i += 8) {
        d = get8(p + i) ^ get8(q + i);
        if (d)
            return i + (u64)__builtin_ctzll(d) / 8;
    }
    for (; i < n; i++)
        if (p[i] != q[i])
            return i;
    return n;
}

WIDE static u64 wide_diff(const u8 *p, const u8 *q, u64 n)
{
    return scan_diff(p, q, n);
}

NO_TSAN u64 bytes_diff(const u8 *p, const u8 *q, u64 n)
{
    return host_is_wide() ? wide_diff(p, q, n) : scan_diff(p, q, n);
}

/* Against a repeated 8-byte pattern. */
static ALWAYS_INLINE u64 scan_diff_pattern(const u8 *p, u64 pattern, u64 n)
{
    piece_v32 w = (piece_v32)(v4u64){pattern, pattern, pattern, pattern};
    u64 i = 0, d;

    for (; i + 64 <= n; i += 64) {
        v4u64 v = (v4u64)((GET32(p + i) ^ w) | (GET32(p + i + 32) ^ w));

        if (ANY_SET(v))
            break;
    }
    for (; i + 8 <= n; i += 8) {
        d = get8(p + i) ^ pattern;
        if (d)
            return i + (u64)__builtin_ctzll(d) / 8;
    }
    for (; i < n; i++)
        if (p[i] != (u8)(pattern >> (i % 8 * 8)))
            return i;
    return n;
}

WIDE static u64 wide_diff_pattern(const u8 *p, u64 pattern, u64 n)
{
    return scan_diff_pattern(p, pattern, n);
}

static NO_TSAN u64 diff_pattern(const u8 *p, u64 pattern, u64 n)
{
    return host_is_wide() ? wide_diff_pattern(p, pattern, n) : scan_diff_pattern(p, pattern, n);
}

u64 bytes_diff_fill(const u8 *p, u8 byte, u64 n)
{
    return diff_pattern(p, byte * ONES, n);
}

u64 bytes_diff_fill16(const u8 *p, u16 ch, u64 n)
{
    return diff_pattern(p, __builtin_bswap16(ch) * 0x0001000100010001ULL, n);
}

static ALWAYS_INLINE u64 scan_diff_or_stop(const u8 *p, const u8 *q, u8 stop, u64 n)
{
    piece_v32 s = (piece_v32){0} + stop;
    u64 i = 0, d;

    for (; i + 64 <= n; i += 64) {
        piece_v32 a = GET32(p + i), b = GET32(p + i + 32);
        v4u64 v = (v4u64)((a ^ GET32(q + i)) | (b ^ GET32(q + i + 32)) | (piece_v32)(a == s) |
                          (piece_v32)(b == s));

        if (ANY_SET(v))
            break;
    }
    for (; i + 8 <= n; i += 8) {
        u64 a = get8(p + i);

        d = a ^ get8(q + i);
        a = zero_bytes(a ^ stop * ONES);
        if (d | a)
            return i +
                   min64(d ? (u64)__builtin_ctzll(d) / 8 : 8, a ? (u64)__builtin_ctzll(a) / 8 : 8);
    }
    for (; i < n; i++)
        if (p[i] != q[i] || p[i] == stop)
            return i;
    return n;
}

WIDE static u64 wide_diff_or_stop(const u8 *p, const u8 *q, u8 stop, u64 n)
{
    return scan_diff_or_stop(p, q, stop, n);
}

NO_TSAN u64 bytes_diff_or_stop(const u8 *p, const u8 *q, u8 stop, u64 n)
{
    return host_is_wide() ? wide_diff_or_stop(p, q, stop, n) : scan_diff_or_stop(p, q, stop, n);
}

static ALWAYS_INLINE u64 scan_find16(const u8 *p, u16 ch, u64 n)
{
    u16 raw = __builtin_bswap16(ch);
    v16u16 w = (v16u16){0} + raw;
    u64 i = 0;

    for (; i + 64 <= n; i += 64) {
        v4u64 v = (v4u64)(((v16u16)GET32(p + i) == w) | ((v16u16)GET32(p + i + 32) == w));

        if (ANY_SET(v))
            break;
    }
    for (; i + 2 <= n; i += 2)
        if (*(const piece_u16 *)(p + i) == raw)
            return i;
    return n;
}

WIDE static u64 wide_find16(const u8 *p, u16 ch, u64 n)
{
    return scan_find16(p, ch, n);
}

NO_TSAN u64 bytes_find16(const u8 *p, u16 ch, u64 n)
{
    return host_is_wide() ? wide_find16(p, ch, n) : scan_find16(p, ch, n);
}

/* Sixteen bytes at a time: the four bytes of a word are summed in lanes of 16 bits, which 256 steps
 * (a page) just do not overflow.  The carries of the 64-bit accumulator are added back at the end:
 * the same number modulo 2^32-1, and zero only if everything was. */
NO_TSAN u32 bytes_checksum(u32 sum, const u8 *p, u64 n)
{
    typedef u16 __attribute__((vector_size(16))) v8u16;
    v8u16 even = {0}, odd = {0};
    u64 acc = sum;

    for (; n >= 16; n -= 16, p += 16) {
        v8u16 v = (v8u16) * (const piece_v16 *)p;

        even += v & 0xff;
        odd += v >> 8;
    }
    for (unsigned i = 0; i < 8; i += 2) {
        acc += ((u64)even[i] << 24) + odd[i + 1];
        acc += ((u64)odd[i] << 16) + ((u64)even[i + 1] << 8);
    }
    for (; n >= 4; n -= 4, p += 4)
        acc += __builtin_bswap32(*(const piece_u32 *)p);
    while (acc >> 32)
        acc = (acc >> 32) + (u32)acc;
    return (u32)acc;
}
