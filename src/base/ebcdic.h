/* SPDX-License-Identifier: Apache-2.0
 *
 * EBCDIC: code pages 037 (names and identifiers in control blocks, the earliest messages) and 500
 * (line-mode console) to and from ISO 8859-1.  Both directions are one-to-one on all 256 codes, so
 * a round trip loses nothing.  EBCDIC new line 15 is ISO 85 (NEL), EBCDIC line feed 25 is ISO 0A;
 * what a line end means is the caller's business.
 *
 * References: IBM CDRA code pages CPGID 00037 and 00500, as the Unicode Consortium's public mapping
 * tables CP037.TXT and CP500.TXT give them.
 */
#ifndef SIE390_BASE_EBCDIC_H
#define SIE390_BASE_EBCDIC_H

#include "base/types.h"

#define EBCDIC_BLANK 0x40
#define EBCDIC_NL 0x15

extern const u8 ebcdic_037_to_latin1[256];
extern const u8 ebcdic_latin1_to_037[256];
extern const u8 ebcdic_500_to_latin1[256];
extern const u8 ebcdic_latin1_to_500[256];

/* Fills dst[0..n) with src in code page 037, cut at n or padded with blanks on the right. */
void ebcdic_from_ascii(u8 *dst, const char *src, size_t n);

/* Converts n bytes of code page 037 at src to dst, which has room for n + 1 bytes: blanks and
 * zeros on the right are dropped, a NUL ends it.  Returns the length without the NUL. */
size_t ebcdic_to_ascii(char *dst, const u8 *src, size_t n);

/* Converts n bytes by one of the tables above; dst may be src. */
void ebcdic_convert(u8 *dst, const u8 *src, size_t n, const u8 table[256]);

#endif
