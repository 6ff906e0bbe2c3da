/* SPDX-License-Identifier: Apache-2.0
 *
 * Codes of program interruptions: the interruption codes and how an instruction ends with each,
 * the translation-exception identification, data-exception codes, PER events and their control
 * bits in CR9.  Codes only; who presents an interruption is decided in the CPU and in SIE.
 *
 * References: [PoP 6 Interruption: Program Interruption], [PoP 3 Storage: Assigned Storage
 * Locations] for the TEID, [PoP 4 Control: Program-Event Recording], [PoP 6: Data-Exception Code].
 */
#ifndef SIE390_ARCH_PROGRAM_H
#define SIE390_ARCH_PROGRAM_H

#include "base/bits.h"

enum pgm {
    PGM_OPERATION = 0x01,
    PGM_PRIVILEGED_OP = 0x02,
    PGM_EXECUTE = 0x03,
    PGM_PROTECTION = 0x04,
    PGM_ADDRESSING = 0x05,
    PGM_SPECIFICATION = 0x06,
    PGM_DATA = 0x07,
    PGM_FIXED_OVERFLOW = 0x08,
    PGM_FIXED_DIVIDE = 0x09,
    PGM_DECIMAL_OVERFLOW = 0x0a,
    PGM_DECIMAL_DIVIDE = 0x0b,
    PGM_HFP_EXP_OVERFLOW = 0x0c,
    PGM_HFP_EXP_UNDERFLOW = 0x0d,
    PGM_HFP_SIGNIFICANCE = 0x0e,
    PGM_HFP_DIVIDE = 0x0f,
    PGM_SEGMENT_TRANSLATION = 0x10,
    PGM_PAGE_TRANSLATION = 0x11,
    PGM_TRANSLATION_SPEC = 0x12,
    PGM_SPECIAL_OPERATION = 0x13,
    PGM_OPERAND = 0x15,
    PGM_TRACE_TABLE = 0x16,
    PGM_TRANSACTION_CONSTRAINT = 0x18,
    PGM_VECTOR_PROCESSING = 0x1b,
    PGM_SPACE_SWITCH = 0x1c,
    PGM_HFP_SQUARE_ROOT = 0x1d,
    PGM_PC_TRANSLATION_SPEC = 0x1f,
    PGM_AFX_TRANSLATION = 0x20, /* ASN-first-index translation */
    PGM_ASX_TRANSLATION = 0x21, /* ASN-second-index translation */
    PGM_LX_TRANSLATION = 0x22,  /* linkage-index translation */
    PGM_EX_TRANSLATION = 0x23,  /* entry-index translation */
    PGM_PRIMARY_AUTHORITY = 0x24,
    PGM_SECONDARY_AUTHORITY = 0x25,
    PGM_LFX_TRANSLATION = 0x26, /* linkage-first-index translation */
    PGM_LSX_TRANSLATION = 0x27, /* linkage-second-index translation */
    PGM_ALET_SPECIFICATION = 0x28,
    PGM_ALEN_TRANSLATION = 0x29,
    PGM_ALE_SEQUENCE = 0x2a,
    PGM_ASTE_VALIDITY = 0x2b,
    PGM_ASTE_SEQUENCE = 0x2c,
    PGM_EXTENDED_AUTHORITY = 0x2d,
    PGM_LSTE_SEQUENCE = 0x2e,
    PGM_ASTE_INSTANCE = 0x2f,
    PGM_STACK_FULL = 0x30,
    PGM_STACK_EMPTY = 0x31,
    PGM_STACK_SPECIFICATION = 0x32,
    PGM_STACK_TYPE = 0x33,
    PGM_STACK_OPERATION = 0x34,
    PGM_ASCE_TYPE = 0x38,
    PGM_REGION_FIRST_TRANSLATION = 0x39,
    PGM_REGION_SECOND_TRANSLATION = 0x3a,
    PGM_REGION_THIRD_TRANSLATION = 0x3b,
    PGM_SECURE_STORAGE_ACCESS = 0x3d,     /* host only */
    PGM_NON_SECURE_STORAGE_ACCESS = 0x3e, /* host only */
    PGM_SECURE_STORAGE_VIOLATION = 0x3f,
    PGM_MONITOR_EVENT = 0x40,
    PGM_PER = 0x80, /* ORed into the code of another condition */
    PGM_CRYPTO_OPERATION = 0x119,
    PGM_TX_ABORT = 0x200, /* transaction abort, ORed into the code of its cause */
};
#define PGM_CODE_MASK 0x017f /* the code without the PER and transaction-abort indications */

/* The unit of operation is nullified: the old PSW designates the instruction itself. */
static inline bool pgm_nullifies(u16 code)
{
    switch (code & PGM_CODE_MASK) {
    case PGM_SEGMENT_TRANSLATION:
    case PGM_PAGE_TRANSLATION:
    case PGM_TRACE_TABLE:
    case PGM_AFX_TRANSLATION:
    case PGM_ASX_TRANSLATION:
    case PGM_LX_TRANSLATION:
    case PGM_EX_TRANSLATION:
    case PGM_PRIMARY_AUTHORITY:
    case PGM_SECONDARY_AUTHORITY:
    case PGM_LFX_TRANSLATION:
    case PGM_LSX_TRANSLATION:
    case PGM_ALEN_TRANSLATION:
    case PGM_ALE_SEQUENCE:
    case PGM_ASTE_VALIDITY:
    case PGM_ASTE_SEQUENCE:
    case PGM_EXTENDED_AUTHORITY:
    case PGM_LSTE_SEQUENCE:
    case PGM_ASTE_INSTANCE:
    case PGM_STACK_FULL:
    case PGM_STACK_EMPTY:
    case PGM_STACK_SPECIFICATION:
    case PGM_STACK_TYPE:
    case PGM_STACK_OPERATION:
    case PGM_ASCE_TYPE:
    case PGM_REGION_FIRST_TRANSLATION:
    case PGM_REGION_SECOND_TRANSLATION:
    case PGM_REGION_THIRD_TRANSLATION:
    case PGM_SECURE_STORAGE_ACCESS:
    case PGM_NON_SECURE_STORAGE_ACCESS:
    case PGM_SECURE_STORAGE_VIOLATION:
    case PGM_CRYPTO_OPERATION:
        return true;
    default: /* suppressed, terminated or completed: the old PSW points past the instruction */
        return false;
    }
}

/* Exceptions of dynamic address translation proper: these carry a failing page in the TEID. */
static inline bool pgm_is_dat(u16 code)
{
    switch (code & PGM_CODE_MASK) {
    case PGM_SEGMENT_TRANSLATION:
    case PGM_PAGE_TRANSLATION:
    case PGM_ASCE_TYPE:
    case PGM_REGION_FIRST_TRANSLATION:
    case PGM_REGION_SECOND_TRANSLATION:
    case PGM_REGION_THIRD_TRANSLATION:
        return true;
    default:
        return false;
    }
}

/* Translation-exception identification (lowcore 0A8). */
#define TEID_ADDR 0xfffffffffffff000ULL /* bits 0-51: page of the failing address */
#define TEID_FSI 0x0000000000000c00ULL  /* bits 52-53: fetch/store indication (facility 75) */
#define TEID_FSI_STORE 0x0000000000000400ULL
#define TEID_FSI_FETCH 0x0000000000000800ULL
#define TEID_B56 BIT64(56)
#define TEID_B60 BIT64(60)
#define TEID_B61 BIT64(61)
#define TEID_AS 3ULL /* bits 62-63: ASCE: primary, access register, secondary, home */
#define TEID_AS_PRIMARY 0ULL
#define TEID_AS_AR 1ULL
#define TEID_AS_SECONDARY 2ULL
#define TEID_AS_HOME 3ULL
/* Kind of protection, with enhanced suppression on protection (bits 56, 60 and 61). */
#define TEID_PROT_MASK (TEID_B56 | TEID_B60 | TEID_B61)
#define TEID_PROT_DAT TEID_B61
#define TEID_PROT_ALC (TEID_B60 | TEID_B61) /* access-list controlled */
#define TEID_PROT_KEY TEID_B60
#define TEID_PROT_LA TEID_B56               /* low address */
#define TEID_PROT_IEP (TEID_B56 | TEID_B61) /* instruction-execution protection */

/* Exception access identification (lowcore 0A0): the access register, in AR mode. */
#define EAID_AR 0x0f

/* Data-exception codes. */
enum dxc {
    DXC_DECIMAL_OPERAND = 0x00,
    DXC_AFP_REGISTER = 0x01,
    DXC_BFP_INSTRUCTION = 0x02,
    DXC_DFP_INSTRUCTION = 0x03,
    DXC_QUANTUM = 0x04,
    DXC_SIM_QUANTUM = 0x07, /* simulated quantum exception */
    DXC_INEXACT_TRUNCATED = 0x08,
    DXC_SIM_INEXACT = 0x0b,
    DXC_INEXACT_INCREMENTED = 0x0c,
    DXC_UNDERFLOW_EXACT = 0x10,
    DXC_SIM_UNDERFLOW_EXACT = 0x13,
    DXC_UNDERFLOW_TRUNCATED = 0x18,
    DXC_SIM_UNDERFLOW_INEXACT = 0x1b,
    DXC_UNDERFLOW_INCREMENTED = 0x1c,
    DXC_OVERFLOW_EXACT = 0x20,
    DXC_SIM_OVERFLOW_EXACT = 0x23,
    DXC_OVERFLOW_TRUNCATED = 0x28,
    DXC_SIM_OVERFLOW_INEXACT = 0x2b,
    DXC_OVERFLOW_INCREMENTED = 0x2c,
    DXC_DIVIDE_BY_ZERO = 0x40,
    DXC_SIM_DIVIDE_BY_ZERO = 0x43,
    DXC_INVALID_OPERATION = 0x80,
    DXC_SIM_INVALID_OPERATION = 0x83,
    DXC_VECTOR_INSTRUCTION = 0xfe,
    DXC_COMPARE_AND_TRAP = 0xff,
};

/* PER events, right half of CR9; the PER code is these bits moved right by 24. */
#define PER_EVENT_BRANCH 0x80000000U     /* successful branching */
#define PER_EVENT_IFETCH 0x40000000U     /* instruction fetching */
#define PER_EVENT_STORE 0x20000000U      /* storage alteration */
#define PER_EVENT_STORE_KEY 0x10000000U  /* storage-key alteration */
#define PER_EVENT_STORE_REAL 0x08000000U /* store using real address */
#define PER_EVENT_ZERO_ADDR 0x04000000U  /* zero-address detection */
#define PER_EVENT_TX_END 0x02000000U     /* transaction end */
#define PER_EVENT_NULLIFY 0x01000000U    /* instruction-fetching nullification (with IFETCH) */
#define PER_EVENT_MASK 0xff000000U
#define PER_CODE_SHIFT 24
/* PER controls, also in CR9. */
#define PER_CONTROL_BRANCH_ADDR 0x00800000U /* branch targets only within the range */
#define PER_CONTROL_SUPPRESS 0x00400000U    /* event suppression in transactions */
#define PER_CONTROL_ALTERATION 0x00200000U  /* storage alteration only in marked spaces (ASCE.S) */

/* Addressing-and-translation-mode identification (lowcore 097). */
#define PER_ATMID_EA 0x80    /* PSW bit 31 */
#define PER_ATMID_VALID 0x40 /* bits 0 and 2-7 are valid */
#define PER_ATMID_BA 0x20    /* PSW bit 32 */
#define PER_ATMID_DAT 0x10   /* PSW bit 5 */
#define PER_ATMID_AS 0x0c    /* PSW bits 16-17 */
#define PER_ATMID_AI 0x03    /* ASCE of the storage alteration, as TEID_AS */

#endif
