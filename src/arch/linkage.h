/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of PC-number translation: linkage table, or linkage first and second tables where
 * ASNs and LXs are reusable, and entry tables.  Formats only; all origins are real addresses.
 *
 * References: [PoP 5 PC-Number Translation].
 */
#ifndef SIE390_ARCH_LINKAGE_H
#define SIE390_ARCH_LINKAGE_H

#include "base/bits.h"

/* PC number of 20 bits: linkage index (12), entry index (8). */
#define PC_NUMBER_20 0x000fffffU
#define PC_LX_SHIFT 8
#define PC_LX_MASK 0xfffU
#define PC_EX_MASK 0xffU
/* With ASN-and-LX reuse, the linkage index is LFX1 and LSX, with LFX2 when bit 44 is one. */
#define PC_WIDE 0x00080000U /* bit 44: the number has 32 bits */
#define PC_LFX2_SHIFT 20
#define PC_LFX1_SHIFT 13
#define PC_LFX1_MASK 0x3fU
#define PC_LSX_SHIFT 8
#define PC_LSX_MASK 0x1fU

/* Linkage-table designation, in an ASTE. */
#define LTD_V 0x80000000U   /* subsystem-linkage control */
#define LTD_LTO 0x7fffff80U /* linkage-table origin */
#define LTD_LTL 0x0000007fU /* length in units of 32 entries, minus one */
#define LTD_LTL_SHIFT 5
/* The same word as linkage-first-table designation. */
#define LFTD_LFTO 0x7fffff00U /* linkage-first-table origin */
#define LFTD_LFTL 0x000000ffU /* length in units of 64 entries, minus one */
#define LFT_UNIT 64U

/* Linkage-table entry, first word of a linkage-second-table entry. */
#define LTE_I 0x80000000U   /* LX (LSX) invalid */
#define LTE_ETO 0x7fffffc0U /* entry-table origin */
#define LTE_ETL 0x0000003fU /* length in units of 4 entries, minus one */
#define LTE_ETL_SHIFT 2
/* Linkage-first-table entry. */
#define LFTE_I 0x80000000U    /* LFX invalid */
#define LFTE_LSTO 0x7fffff00U /* linkage-second-table origin */

struct lste {
    be32 et;     /* 0: LTE_* */
    be32 lstesn; /* 4: sequence number, 0: none */
};
_Static_assert(sizeof(struct lste) == 8, "linkage-second-table entry");

/* Entry-table entry. */
struct ete {
    be32 addr_high; /* 00: with ETE_G: bits 0-31 of the address */
    be32 addr;      /* 04: ETE_A (without ETE_G), bits 33-62 (32-62) of the address, ETE_P */
    be16 akm;       /* 08: authorization key mask */
    be16 asn;       /* 0A: 0: no space switching */
    be16 ekm;       /* 0C: entry key mask */
    u8 reserved0e[2];
    u8 flags;        /* 10: ETE_* */
    u8 key;          /* 11: entry key, bits 0-3 */
    be16 eeax;       /* 12: entry extended authorization index */
    be32 asteo;      /* 14: ASN-second-table-entry address, ALE_ASTEO */
    be32 param_high; /* 18: bits 0-31 of the parameter, for 64-bit mode */
    be32 parameter;  /* 1C: bits 32-63 */
};
#define ETE_A 0x80000000U /* word 1: 31-bit addressing mode */
#define ETE_P 0x00000001U /* word 1: problem state */
#define ETE_T 0x80        /* stacking */
#define ETE_G 0x40        /* 64-bit addressing mode */
#define ETE_K 0x10        /* PSW key from `key` */
#define ETE_M 0x08        /* PSW-key mask replaced by EKM, else ORed */
#define ETE_E 0x04        /* EAX from `eeax` */
#define ETE_C 0x02        /* access-register mode, else primary-space mode */
#define ETE_S 0x01        /* secondary space is the new primary space, else the old one */
_Static_assert(sizeof(struct ete) == 32, "entry-table entry");
_Static_assert(offsetof(struct ete, flags) == 0x10, "entry-table entry");
_Static_assert(offsetof(struct ete, akm) == 0x08, "entry-table entry");
_Static_assert(offsetof(struct ete, parameter) == 0x1c, "entry-table entry");

#endif
