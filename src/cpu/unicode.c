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

/* ---- runs of seven-bit characters, eight at a time ---- */

NO_TSAN u64 utf8_ascii(const u8 *p, u64 n, enum unicode_form into, u8 *to, u64 room)
{
    unsigned width = into == UTF32 ? 4 : 2;
    u64 i;

    for (i = 0; i + 8 <= n && (i + 8) * width <= room; i += 8) {
        u64 v = *(const piece_u64 *)(p + i);

        if (v & SEVEN_BITS)
            break;
        for (unsigned k = 0; k < 8; k++, v >>= 8) {
            if (width == 4)
                *(piece_u32 *)(to + 4 * (i + k)) = (u32)(v & 0xff) << 24;
            else
                *(piece_u16 *)(to + 2 * (i + k)) = (u16)((v & 0xff) << 8);
        }
    }
    return i;
}

NO_TSAN u64 utf16_ascii_to_utf8(const u8 *p, u64 n, u8 *to, u64 room)
{
    u64 i;

    for (i = 0; 2 * (i + 4) <= n && i + 4 <= room; i += 4) {
        u64 v = *(const piece_u64 *)(p + 2 * i);

        if (v & 0x80ff80ff80ff80ffULL)
            break;
        v >>= 8;
        v |= v >> 8;
        v = (v & 0xffff) | (v >> 16 & 0xffff0000);
        *(piece_u32 *)(to + i) = (u32)v;
    }
    return i;
}
