/* SPDX-License-Identifier: Apache-2.0
 *
 * Characters of the Unicode conversions; see unicode.h.
 */
#include "cpu/unicode.h"

#include "cpu/bytes.h"

#define SEVEN_BITS 0x8080808080808080ULL

/* ---- UTF-8 ---- */

/* The second byte tells overlong forms, surrogates and values above 10FFFF [PoP 7 CONVERT UTF-8 TO
 * UTF-16, well-formedness checking]. */
static bool second_allowed(u8 first, u8 second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return second >= 0x80 && second <= 0xbf;
    }
}

static int utf8_length(u8 first, bool check)
{
    if (first < 0x80)
        return 1;
    if (first < (check ? 0xc2 : 0xc0))
        return UNICODE_INVALID;
    if (first < 0xe0)
        return 2;
    if (first < 0xf0)
        return 3;
    return first < (check ? 0xf5 : 0xf8) ? 4 : UNICODE_INVALID;
}

NO_TSAN int utf8_decode(const u8 *p, u64 n, bool check, u32 *ch)
{
    static const u8 first_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    u8 first = p[0];
    int length = utf8_length(first, check);

    if (length < 0)
        return length;
    if (n < (u64)length)
        return UNICODE_INCOMPLETE;
    *ch = first & first_bits[length];
    for (int i = 1; i < length; i++) {
        u8 v = p[i];

        if (check && (i == 1 ? !second_allowed(first, v) : (v & 0xc0) != 0x80))
            return UNICODE_INVALID;
        *ch = *ch << 6 | (v & 0x3f);
    }
    return length;
}

unsigned utf8_encode(u8 *p, u32 ch)
{
    if (ch < 0x80) {
        p[0] = (u8)ch;
        return 1;
    }
    if (ch < 0x800) {
        p[0] = (u8)(0xc0 | ch >> 6);
        p[1] = (u8)(0x80 | (ch & 0x3f));
        return 2;
    }
    if (ch < 0x10000) {
        p[0] = (u8)(0xe0 | ch >> 12);
        p[1] = (u8)(0x80 | (ch >> 6 & 0x3f));
        p[2] = (u8)(0x80 | (ch & 0x3f));
        return 3;
    }
    p[0] = (u8)(0xf0 | (ch >> 18 & 7));
    p[1] = (u8)(0x80 | (ch >> 12 & 0x3f));
    p[2] = (u8)(0x80 | (ch >> 6 & 0x3f));
    p[3] = (u8)(0x80 | (ch & 0x3f));
    return 4;
}

/* ---- UTF-16 ---- */

static ALWAYS_INLINE u32 get16be(const u8 *p)
{
    return __builtin_bswap16(*(const piece_u16 *)p);
}

static ALWAYS_INLINE void put16be(u8 *p, u32 v)
{
    *(piece_u16 *)p = __builtin_bswap16((u16)v);
}

NO_TSAN int utf16_decode(const u8 *p, u64 n, bool check, u32 *ch)
{
    u32 high, low;

    if (n < 2)
        return UNICODE_INCOMPLETE;
    high = get16be(p);
    if ((high & 0xfc00) != 0xd800) {
        *ch = high;
        return 2;
    }
    if (n < 4)
        return UNICODE_INCOMPLETE;
    low = get16be(p + 2);
    if (check && (low & 0xfc00) != 0xdc00)
        return UNICODE_INVALID;
    *ch = 0x10000 + ((high & 0x3ff) << 10 | (low & 0x3ff));
    return 4;
}

unsigned utf16_encode(u8 *p, u32 ch, bool pair)
{
    if (!pair && ch < 0x10000) {
        put16be(p, ch);
        return 2;
    }
    put16be(p, 0xd800 | (((ch >> 16) - 1) & 15) << 6 | (ch >> 10 & 0x3f));
    put16be(p + 2, 0xdc00 | (ch & 0x3ff));
    return 4;
}

/* ---- UTF-32 ---- */

NO_TSAN int utf32_decode(const u8 *p, u64 n, u32 *ch)
{
    if (n < 4)
        return UNICODE_INCOMPLETE;
    *ch = __builtin_bswap32(*(const piece_u32 *)p);
    if (*ch > 0x10ffff || (*ch & ~0x3ffu) == 0xd800)
        return UNICODE_INVALID;
    return 4;
}

unsigned utf32_encode(u8 *p, u32 ch)
{
    *(piece_u32 *)p = __builtin_bswap32(ch);
    return 4;
}

/* ---- runs of seven-bit characters, sixteen at a time ---- */

static ALWAYS_INLINE bool any_bits(piece_v16 v, u64 mask)
{
    pair_u64 p = (pair_u64)v;

    return (p[0] | p[1]) & mask;
}

static ALWAYS_INLINE piece_v16 low_pairs(piece_v16 a, piece_v16 b)
{
    return SHUFFLE_BYTES(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

static ALWAYS_INLINE piece_v16 high_pairs(piece_v16 a, piece_v16 b)
{
    return SHUFFLE_BYTES(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

static ALWAYS_INLINE piece_v16 low_halfwords(piece_v16 a, piece_v16 b)
{
    return SHUFFLE_BYTES(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
}

static ALWAYS_INLINE piece_v16 high_halfwords(piece_v16 a, piece_v16 b)
{
    return SHUFFLE_BYTES(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
}

NO_TSAN u64 utf8_ascii(const u8 *p, u64 n, enum unicode_form into, u8 *to, u64 room)
{
    const piece_v16 zero = {0};
    unsigned width = into == UTF32 ? 4 : 2;
    u64 i;

    for (i = 0; i + 16 <= n && (i + 16) * width <= room; i += 16) {
        piece_v16 v = *(const piece_v16 *)(p + i);
        piece_v16 low = low_pairs(zero, v), high = high_pairs(zero, v);
        piece_v16 *out = (piece_v16 *)(to + i * width);

        if (any_bits(v, SEVEN_BITS))
            break;
        if (width == 2) {
            out[0] = low;
            out[1] = high;
            continue;
        }
        /* a halfword of zeros before each */
        out[0] = low_halfwords(zero, low);
        out[1] = high_halfwords(zero, low);
        out[2] = low_halfwords(zero, high);
        out[3] = high_halfwords(zero, high);
    }
    return i;
}

NO_TSAN u64 utf16_ascii_to_utf8(const u8 *p, u64 n, u8 *to, u64 room)
{
    u64 i;

    for (i = 0; 2 * (i + 16) <= n && i + 16 <= room; i += 16) {
        piece_v16 a = *(const piece_v16 *)(p + 2 * i), b = *(const piece_v16 *)(p + 2 * i + 16);

        if (any_bits(a | b, 0x80ff80ff80ff80ffULL))
            break;
        *(piece_v16 *)(to + i) =
            SHUFFLE_BYTES(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
    }
    return i;
}
