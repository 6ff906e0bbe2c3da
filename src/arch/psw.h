/* SPDX-License-Identifier: Apache-2.0
 *
 * The program-status word: its storage form and the bits of its mask half.  The instruction
 * address is the whole second doubleword.  Bits that are not listed must be zero in a valid PSW;
 * what else makes a PSW invalid (EA without BA, an address beyond the addressing mode, an odd
 * address) is behaviour and lives with the CPU.
 *
 * References: [PoP 4 Control: Program-Status Word], [PoP 6 Interruption: Early Exception
 * Recognition].
 */
#ifndef SIE390_ARCH_PSW_H
#define SIE390_ARCH_PSW_H

#include "base/bits.h"

#define PSW_MASK_PER BIT64(1)              /* R: program-event recording */
#define PSW_MASK_DAT BIT64(5)              /* T: dynamic address translation */
#define PSW_MASK_IO BIT64(6)               /* IO: enabled for I/O interruptions */
#define PSW_MASK_EXT BIT64(7)              /* EX: enabled for external interruptions */
#define PSW_MASK_KEY 0x00f0000000000000ULL /* bits 8-11: PSW key */
#define PSW_MASK_SHORT BIT64(12)  /* one in the short (ESA/390) form, zero in the long form */
#define PSW_MASK_MCHECK BIT64(13) /* M: enabled for machine checks */
#define PSW_MASK_WAIT BIT64(14)   /* W: wait state */
#define PSW_MASK_PSTATE BIT64(15) /* P: problem state */
#define PSW_MASK_AS 0x0000c00000000000ULL /* bits 16-17: address-space control */
#define PSW_MASK_CC 0x0000300000000000ULL /* bits 18-19: condition code */
#define PSW_MASK_PM 0x00000f0000000000ULL /* bits 20-23: program mask */
#define PSW_MASK_RI BIT64(24)             /* runtime-instrumentation control */
#define PSW_MASK_EA BIT64(31)             /* extended addressing mode */
#define PSW_MASK_BA BIT64(32)             /* basic addressing mode */

#define PSW_KEY_SHIFT 52
#define PSW_AS_SHIFT 46
#define PSW_CC_SHIFT 44
#define PSW_PM_SHIFT 40

/* Address-space control, with DAT on: which ASCE translates. */
#define PSW_AS_PRIMARY 0
#define PSW_AS_AR 1 /* access-register mode */
#define PSW_AS_SECONDARY 2
#define PSW_AS_HOME 3

/* The four bits of the program mask. */
#define PSW_MASK_FIXED_OVERFLOW BIT64(20)
#define PSW_MASK_DECIMAL_OVERFLOW BIT64(21)
#define PSW_MASK_HFP_UNDERFLOW BIT64(22) /* HFP exponent underflow */
#define PSW_MASK_HFP_SIGNIFICANCE BIT64(23)
#define PSW_PM_FIXED_OVERFLOW 8 /* the same bits, right aligned */
#define PSW_PM_DECIMAL_OVERFLOW 4
#define PSW_PM_HFP_UNDERFLOW 2
#define PSW_PM_HFP_SIGNIFICANCE 1

/* The addressing mode as one two-bit value. */
#define PSW_MASK_AMODE (PSW_MASK_EA | PSW_MASK_BA)
#define PSW_AMODE_24 0ULL
#define PSW_AMODE_31 PSW_MASK_BA
#define PSW_AMODE_64 (PSW_MASK_EA | PSW_MASK_BA)

/* Must be zero in the mask of a long PSW.  Bit 24 counts only where runtime instrumentation is
 * not installed, so it is in the set, and the CPU takes it out. */
#define PSW_MASK_RESERVED 0xb80800fe7fffffffULL

#define PSW_ADDR_24 0x0000000000ffffffULL
#define PSW_ADDR_31 0x000000007fffffffULL

/* A PSW in storage, z/Architecture (long) form. */
struct psw_be {
    be64 mask;
    be64 addr; /* instruction address */
};
_Static_assert(sizeof(struct psw_be) == 16, "PSW");

/* A PSW in storage, short form: absolute 0 at IPL, operand of LPSW. */
struct psw_short_be {
    be32 mask; /* bits 0-31; bit 12 is one */
    be32 addr; /* bit 0 is BA, bits 1-31 the instruction address */
};
#define PSW_SHORT_MASK_12 0x00080000U /* PSW_MASK_SHORT in the first word of the short form */
#define PSW_SHORT_ADDR_BA 0x80000000U
_Static_assert(sizeof(struct psw_short_be) == 8, "short PSW");

static inline unsigned psw_key(u64 mask)
{
    return (unsigned)(mask >> PSW_KEY_SHIFT) & 15;
}

static inline unsigned psw_as(u64 mask)
{
    return (unsigned)(mask >> PSW_AS_SHIFT) & 3;
}

static inline unsigned psw_cc(u64 mask)
{
    return (unsigned)(mask >> PSW_CC_SHIFT) & 3;
}

static inline unsigned psw_pm(u64 mask)
{
    return (unsigned)(mask >> PSW_PM_SHIFT) & 15;
}

#endif
