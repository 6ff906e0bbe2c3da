/* SPDX-License-Identifier: Apache-2.0
 *
 * Packed decimal numbers; see packed.h.
 */
#include "cpu/packed.h"

#define ONES128(n) ((u128)(n) << 64 | (u64)(n))
#define EACH_DIGIT ONES128(0x1111111111111111ULL)
/* Where a carry or borrow out of a digit arrives: digits 1 to 31. */
#define CARRIES (EACH_DIGIT - 1)
#define TEN16 10000000000000000ULL

bool packed_digits_valid(u128 v)
{
    /* 8 together with 4 or 2 */
    return !(v >> 3 & (v >> 2 | v >> 1) & EACH_DIGIT);
}

bool packed_read(const u8 *p, unsigned len, struct packed *v)
{
    u128 all = 0;
    u8 sign;

    for (unsigned i = 0; i < len; i++)
        all = all << 8 | p[i];
    sign = (u8)all & 15;
    v->digits = all >> 4;
    v->minus = packed_sign_minus(sign);
    return sign > 9 && packed_digits_valid(v->digits);
}

void packed_write(u8 *p, unsigned len, const struct packed *v)
{
    u128 all = v->digits << 4 | (v->minus ? 0xd : 0xc);

    for (unsigned i = len; i-- > 0; all >>= 8)
        p[i] = (u8)all;
}

u32 packed_test(const u8 *p, unsigned len)
{
    u128 all = 0;

    for (unsigned i = 0; i < len; i++)
        all = all << 8 | p[i];
    return (packed_digits_valid(all >> 4) ? 0 : 2) | ((all & 15) < 10);
}

/* ---- digits ---- */

/* Six in each digit that mark (a one at the digit's carry position) names. */
static u128 sixes(u128 mark)
{
    return mark >> 2 | mark >> 3;
}

u128 packed_add_digits(u128 a, u128 b)
{
    u128 biased = a + sixes(CARRIES);
    u128 sum = biased + b;
    u128 carried = (biased ^ b ^ sum) & CARRIES;

    return sum - sixes(carried ^ CARRIES);
}

u128 packed_sub_digits(u128 a, u128 b)
{
    u128 diff = a - b;

    return diff - sixes((a ^ b ^ diff) & CARRIES);
}

/* Sixteen digits: pairs, then fours, then eights. */
static u64 binary16(u64 v)
{
    v -= 6 * (v >> 4 & 0x0f0f0f0f0f0f0f0fULL);
    v -= 156 * (v >> 8 & 0x00ff00ff00ff00ffULL);
    v -= 55536 * (v >> 16 & 0x0000ffff0000ffffULL);
    return (u32)v + (v >> 32) * 100000000;
}

static u64 digits16(u64 v)
{
    u64 d = 0;

    for (unsigned i = 0; v; i += 8, v /= 100)
        d |= (v % 100 / 10 << 4 | v % 10) << i;
    return d;
}

u128 packed_to_binary(u128 digits)
{
    return (u128)binary16((u64)(digits >> 64)) * TEN16 + binary16((u64)digits);
}

u128 packed_from_binary(u128 v)
{
    u64 high = (u64)(v / TEN16);

    return (u128)digits16(high) << 64 | digits16((u64)(v - (u128)high * TEN16));
}

/* ---- arithmetic ---- */

struct packed packed_add(const struct packed *a, const struct packed *b)
{
    struct packed r;

    if (a->minus == b->minus) {
        r.digits = packed_add_digits(a->digits, b->digits);
        r.minus = a->minus;
    } else if (a->digits >= b->digits) {
        r.digits = packed_sub_digits(a->digits, b->digits);
        r.minus = a->minus;
    } else {
        r.digits = packed_sub_digits(b->digits, a->digits);
        r.minus = b->minus;
    }
    if (!r.digits)
        r.minus = false;
    return r;
}

u32 packed_compare(const struct packed *a, const struct packed *b)
{
    bool low;

    if (!(a->digits | b->digits) || (a->minus == b->minus && a->digits == b->digits))
        return 0;
    if (a->minus != b->minus)
        return a->minus ? 1 : 2;
    low = a->digits < b->digits;
    return low != a->minus ? 1 : 2;
}

u32 packed_fit(struct packed *v, unsigned len)
{
    u128 kept = v->digits & packed_mask(packed_places(len));
    bool lost = kept != v->digits;

    v->digits = kept;
    if (lost)
        return 3;
    if (!kept) {
        v->minus = false;
        return 0;
    }
    return v->minus ? 1 : 2;
}

bool packed_multiply(struct packed *a, unsigned len1, const struct packed *b, unsigned len2)
{
    if (a->digits >> 4 * packed_places(len1 - len2))
        return false;
    a->digits = packed_from_binary(packed_to_binary(a->digits) * packed_to_binary(b->digits));
    a->minus ^= b->minus;
    return true;
}

bool packed_divide(const struct packed *a, unsigned len1, const struct packed *b, unsigned len2,
                   struct packed *quotient, struct packed *remainder)
{
    u128 dividend = packed_to_binary(a->digits), divisor = packed_to_binary(b->digits);
    u128 q;

    if (!divisor)
        return false;
    q = dividend / divisor;
    quotient->digits = packed_from_binary(q);
    if (quotient->digits >> 4 * packed_places(len1 - len2))
        return false;
    quotient->minus = a->minus != b->minus;
    remainder->digits = packed_from_binary(dividend - q * divisor);
    remainder->minus = a->minus;
    return true;
}

u32 packed_shift(struct packed *v, unsigned len, int amount, unsigned rounding)
{
    unsigned places = packed_places(len), n = (unsigned)(amount < 0 ? -amount : amount);
    u128 kept, last;
    bool lost;

    if (amount >= 0) {
        kept = n < places ? v->digits & packed_mask(places - n) : 0;
        lost = kept != v->digits;
        v->digits = kept << 4 * (n < 32 ? n : 0);
        return lost ? 3 : packed_fit(v, len);
    }
    last = n <= 31 ? v->digits >> 4 * (n - 1) & 15 : 0;
    v->digits = n <= 31 ? v->digits >> 4 * n : 0;
    if (last + rounding > 9)
        v->digits = packed_add_digits(v->digits, 1);
    return packed_fit(v, len);
}

/* ---- EDIT ---- */

#define DIGIT_SELECTOR 0x20
#define SIGNIFICANCE_STARTER 0x21
#define FIELD_SEPARATOR 0x22

/* A digit selector or significance starter: the digit, or the fill byte for a leading zero. */
static bool edit_digit(struct edit *e, u8 pattern, u8 source, u8 *result)
{
    bool sign_plus = false;
    u8 digit;

    if (e->have_right) {
        digit = e->right;
        e->have_right = false;
    } else {
        digit = source >> 4;
        e->right = source & 15;
        if (digit > 9)
            return false;
        e->have_right = e->right <= 9;
        sign_plus = !e->have_right && !packed_sign_minus(e->right);
    }
    if (digit || e->significant) {
        e->marked = !e->significant;
        e->significant = true;
        e->nonzero |= digit != 0;
        *result = 0xf0 | digit;
    } else {
        e->significant = pattern == SIGNIFICANCE_STARTER;
        *result = e->fill;
    }
    if (sign_plus)
        e->significant = false;
    return true;
}

bool edit_step(struct edit *e, u8 pattern, u8 source, u8 *result)
{
    e->marked = false;
    if (pattern == DIGIT_SELECTOR || pattern == SIGNIFICANCE_STARTER)
        return edit_digit(e, pattern, source, result);
    if (pattern == FIELD_SEPARATOR) {
        e->significant = false;
        e->nonzero = false;
        *result = e->fill;
        return true;
    }
    *result = e->significant ? pattern : e->fill;
    return true;
}
