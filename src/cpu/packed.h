/* SPDX-License-Identifier: Apache-2.0
 *
 * Packed decimal numbers of up to 31 digits: arithmetic, shifting, editing, conversion to and from
 * binary.  Pure: bytes in, bytes out, no CPU and no storage access.
 *
 * A number's digits are held as one 128-bit word of 4-bit digits, rightmost digit in the rightmost
 * four bits; the leftmost four are zero but for a carry out of 31 digits.
 *
 * References: [PoP 8 Decimal-Number Formats], [PoP 8 Decimal Codes], [PoP 8 Decimal Instructions].
 */
#ifndef SIE390_CPU_PACKED_H
#define SIE390_CPU_PACKED_H

#include "base/bits.h"

#define PACKED_MAX 16 /* bytes */

struct packed {
    u128 digits;
    bool minus;
};

/* Sign codes A, C, E, F are plus, B and D minus; results have C and D. */
static inline bool packed_sign_minus(u8 sign)
{
    return sign == 0xb || sign == 0xd;
}

/* Are all 4-bit digits of v 0-9. */
bool packed_digits_valid(u128 v);

/* Number of digits in a field of len bytes. */
static inline unsigned packed_places(unsigned len)
{
    return 2 * len - 1;
}

/* The rightmost n digits (0 to 31). */
static inline u128 packed_mask(unsigned n)
{
    return ((u128)1 << 4 * n) - 1;
}

/* Reads a field of len bytes (1 to 16).  false: invalid digit or sign code. */
bool packed_read(const u8 *p, unsigned len, struct packed *v) MUST_CHECK;
/* Writes the rightmost digits that fit and the preferred sign. */
void packed_write(u8 *p, unsigned len, const struct packed *v);
/* What TEST DECIMAL says of a field: bit 1 (value 2) a digit, bit 0 (value 1) the sign invalid. */
u32 packed_test(const u8 *p, unsigned len);

/* Digits. */
u128 packed_add_digits(u128 a, u128 b);
u128 packed_sub_digits(u128 a, u128 b); /* a >= b */
u128 packed_to_binary(u128 digits);
u128 packed_from_binary(u128 v); /* v below 10^32 */

/* a + b, exact (the 32nd digit is a carry).  A zero sum is positive. */
struct packed packed_add(const struct packed *a, const struct packed *b);
/* Condition code of a comparison: plus zero equals minus zero. */
u32 packed_compare(const struct packed *a, const struct packed *b);

/* Cuts a result to a field of len bytes; the condition code: 0 zero, 1 negative, 2 positive,
 * 3 nonzero digits were lost.  Unless they were, a zero becomes positive. */
u32 packed_fit(struct packed *v, unsigned len);

/* Product into a; false: a (a field of len1 bytes) does not begin with len2 bytes of zeros. */
bool packed_multiply(struct packed *a, unsigned len1, const struct packed *b,
                     unsigned len2) MUST_CHECK;
/* Quotient into a field of len1 - len2 bytes, remainder into one of len2; false: decimal divide. */
bool packed_divide(const struct packed *a, unsigned len1, const struct packed *b, unsigned len2,
                   struct packed *quotient, struct packed *remainder) MUST_CHECK;
/* SHIFT AND ROUND within len bytes: amount above 0 left, below 0 right with rounding digit. */
u32 packed_shift(struct packed *v, unsigned len, int amount, unsigned rounding);

/* ---- EDIT ---- */

struct edit {
    u8 fill;
    u8 right;        /* right half of the current source byte */
    bool have_right; /* and it is still to be used as a digit */
    bool significant;
    bool nonzero; /* a digit of the current field was not zero */
    bool marked;  /* the last step made the first significant digit of a field */
};

/* Does the next step take a new source byte. */
static inline bool edit_wants_source(const struct edit *e, u8 pattern)
{
    return (pattern == 0x20 || pattern == 0x21) && !e->have_right;
}

/* One pattern byte -> one result byte.  The fill byte must be set; source is used only if wanted.
 * false: invalid digit. */
bool edit_step(struct edit *e, u8 pattern, u8 source, u8 *result) MUST_CHECK;

/* Condition code at the end: of the last field. */
static inline u32 edit_cc(const struct edit *e)
{
    return !e->nonzero ? 0 : e->significant ? 1 : 2;
}

#endif
