/* SPDX-License-Identifier: Apache-2.0
 *
 * Characters of the Unicode conversions: one character out of UTF-8, UTF-16 or UTF-32 and into
 * another form.  Pure.  The rules are the architecture's, not Unicode's: well-formedness is checked
 * fully only when asked for (M3 bit 3), and what is then let through is converted bit by bit.
 *
 * References: [PoP 7 CONVERT UTF-8 TO UTF-16], [PoP 7 CONVERT UTF-16 TO UTF-8] and the others.
 */
#ifndef SIE390_CPU_UNICODE_H
#define SIE390_CPU_UNICODE_H

#include "base/bits.h"

enum unicode_form { UTF8, UTF16, UTF32 };

#define UNICODE_INCOMPLETE 0 /* the n bytes are only the beginning of a character */
#define UNICODE_INVALID (-1)

/* Decodes the character at p; n bytes are there (1 or more).  Its length in bytes (1 to 4) or one
 * of the two above.  check: full well-formedness checking. */
int utf8_decode(const u8 *p, u64 n, bool check, u32 *ch);
int utf16_decode(const u8 *p, u64 n, bool check, u32 *ch);
int utf32_decode(const u8 *p, u64 n, u32 *ch);

/* Stores a character at p (room for 4 bytes); its length in bytes. */
unsigned utf8_encode(u8 *p, u32 ch);
/* pair: as a surrogate pair even below 10000 (from a four-byte UTF-8 character). */
unsigned utf16_encode(u8 *p, u32 ch, bool pair);
unsigned utf32_encode(u8 *p, u32 ch);

/* The seven-bit characters that p (n bytes) begins with are converted in one go, as many as both
 * n and the room (bytes) allow; the count of characters. */
u64 utf8_ascii(const u8 *p, u64 n, enum unicode_form into, u8 *to, u64 room);
u64 utf16_ascii_to_utf8(const u8 *p, u64 n, u8 *to, u64 room);

#endif
