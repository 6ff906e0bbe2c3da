/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of the trace table that CR12 designates: first words and lengths.  An entry's kind can be
 * told from its first byte and, for the formats 2X to 5X, bits 8-15.  Addresses follow; bit 32 of
 * one of 24 or 31 bits is the addressing mode (A).
 *
 * Not here: what makes which entry (cpu/tracing.c).
 *
 * References: [PoP 4 Tracing: Trace Entries].
 */
#ifndef SIE390_ARCH_TRACE_H
#define SIE390_ARCH_TRACE_H

#include "base/bits.h"

/* Branch.  24 bits: the address; up to 31 bits: with bit 0 one; longer: this, then 8 bytes. */
#define TRACE_BRANCH_31 0x80000000U
#define TRACE_BRANCH_64 0x52c00000U

/* BRANCH IN SUBSPACE GROUP: P and bits 9-31 of the ALET in bits 8-31, then 4 or 8 bytes. */
#define TRACE_BSG 0x41000000U
#define TRACE_BSG_64 0x42000000U
#define TRACE_BSG_P 0x00800000U

/* Mode switch: where the program was.  4, 4, 8 bytes of address. */
#define TRACE_MODE_FROM_31 0x51300000U
#define TRACE_MODE_FROM_64 0x51200000U
#define TRACE_MODE_FROM_64_LONG 0x52600000U
/* Mode-switching branch: where it goes. */
#define TRACE_MODE_BRANCH_TO_31 0x51a00000U
#define TRACE_MODE_BRANCH_TO_64 0x51b00000U
#define TRACE_MODE_BRANCH_TO_64_LONG 0x52f00000U

#define TRACE_KEY_SHIFT 16 /* of a key byte (key in bits 0-3): bits 8-11 of an entry */

/* PROGRAM CALL, number of 20 bits: in bits 12-31; return address (last bit: P) of 4 or 8 bytes. */
#define TRACE_PC 0x21000000U
#define TRACE_PC_64 0x22000000U
/* Number of 32 bits: behind the address. */
#define TRACE_PC_WIDE 0x22080000U
#define TRACE_PC_WIDE_64 0x220a0000U
#define TRACE_PC_WIDE_64_LONG 0x230e0000U
#define TRACE_PC_TO_64 0x00010000U /* resulting mode, in these three */

/* PROGRAM RETURN: new primary ASN in bits 16-31, return address with P, address of what follows
 * the instruction. The first byte counts the words behind it. */
#define TRACE_PR 0x32000000U
#define TRACE_PR_LONGER 0x01000000U /* for each address that takes 8 bytes */
#define TRACE_PR_TO_64 0x00080000U
#define TRACE_PR_TO_LONG 0x00040000U /* return address of 8 bytes */
#define TRACE_PR_FROM_64 0x00020000U
#define TRACE_PR_FROM_LONG 0x00010000U /* the other address of 8 bytes */

/* PROGRAM TRANSFER: new primary ASN in bits 16-31, then contents of R2. */
#define TRACE_PT 0x31000000U
#define TRACE_PT_64 0x31080000U
#define TRACE_PT_64_LONG 0x320c0000U
/* SET SECONDARY ASN: new secondary ASN in bits 16-31. */
#define TRACE_SSAR 0x10000000U
#define TRACE_INSTANCE 0x00010000U /* PTI, SSAIR */

/* TRACE, TRACG: number of registers minus one in bits 4-7, time of day from bit 16 on. */
#define TRACE_EXPLICIT 0x70
#define TRACE_EXPLICIT_64 0x80 /* in the second byte */
#define TRACE_HEAD 12          /* bytes before the registers */
#define TRACE_HEAD_64 16
#define TRACE_MAX (TRACE_HEAD + 16 * 4)
#define TRACE_MAX_64 (TRACE_HEAD_64 + 16 * 8)

#endif
