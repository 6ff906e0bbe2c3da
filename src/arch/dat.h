/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables of dynamic address translation, and the blocks of access-register translation: formats
 * only.  Region-table and segment-table entries are doublewords, 2048 to a full table; page-table
 * entries are doublewords, 256 to a table.  ASCEs are in cr.h.  Access-list entry, ASN-second-table
 * entry and dispatchable-unit control table are here as far as AR translation and the subspace and
 * trap instructions need them; linkage and entry tables are in linkage.h.
 *
 * References: [PoP 3 Storage: Dynamic Address Translation, ASN Translation], [PoP 5 Program
 * Execution: Access-Register Translation, Subspace-Group Tables].
 */
#ifndef SIE390_ARCH_DAT_H
#define SIE390_ARCH_DAT_H

#include "base/bits.h"

/* Parts of a 64-bit virtual address: index of each level, byte in the page. */
#define DAT_RFX_SHIFT 53 /* region first index, 11 bits */
#define DAT_RSX_SHIFT 42 /* region second index, 11 bits */
#define DAT_RTX_SHIFT 31 /* region third index, 11 bits */
#define DAT_SX_SHIFT 20  /* segment index, 11 bits */
#define DAT_PX_SHIFT 12  /* page index, 8 bits */
#define DAT_INDEX_MASK 0x7ffU
#define DAT_PX_MASK 0xffU
#define DAT_TL_SHIFT 9 /* an index's two leftmost bits are compared with TF and TL */

#define DAT_PAGE_SIZE 0x1000ULL
#define DAT_PAGE_MASK 0xfffffffffffff000ULL
#define DAT_SEGMENT_SIZE 0x100000ULL /* 1 MiB: frame of a segment-table entry with FC */
#define DAT_SEGMENT_MASK 0xfffffffffff00000ULL
#define DAT_REGION_SIZE 0x80000000ULL /* 2 GiB: frame of a region-third-table entry with FC */
#define DAT_REGION_MASK 0xffffffff80000000ULL
#define DAT_CRST_ENTRIES 2048 /* entries of a full region or segment table */
#define DAT_PT_ENTRIES 256    /* entries of a page table */
#define DAT_PT_SIZE 0x800     /* bytes of a page table */

/* Table type: bits 60-61 of region-table and segment-table entries (as DT of an ASCE). */
#define DAT_TT 0x0cULL
#define DAT_TT_REGION1 0x0cULL
#define DAT_TT_REGION2 0x08ULL
#define DAT_TT_REGION3 0x04ULL
#define DAT_TT_SEGMENT 0x00ULL

/* Region-table entry, all levels. */
#define RTE_ORIGIN 0xfffffffffffff000ULL /* origin of the next-lower table */
#define RTE_P BIT64(54)                  /* DAT protection (EDAT-1) */
#define RTE_TF 0xc0ULL                   /* bits 56-57: table offset of the next-lower table */
#define RTE_TF_SHIFT 6
#define RTE_I BIT64(58)  /* region invalid */
#define RTE_CR BIT64(59) /* common region (third level, EDAT-2) */
#define RTE_TL 0x03ULL   /* bits 62-63: table length of the next-lower table */
/* Region-third-table entry with format control one (EDAT-2). */
#define RTTE_FC BIT64(53)               /* format control: 2 GiB frame */
#define RTTE_RFAA 0xffffffff80000000ULL /* region-frame absolute address */
#define RTTE_AV BIT64(47)               /* ACCF validity */
#define RTTE_ACC 0xf000ULL              /* bits 48-51: access-control bits */
#define RTTE_F BIT64(52)                /* fetch-protection bit */
#define RTTE_IEP BIT64(55)              /* instruction-execution protection */

/* Segment-table entry. */
#define STE_ORIGIN 0xfffffffffffff800ULL /* page-table origin, when FC is zero */
#define STE_SFAA 0xfffffffffff00000ULL   /* segment-frame absolute address, when FC is one */
#define STE_AV BIT64(47)                 /* ACCF validity, when FC is one */
#define STE_ACC 0xf000ULL /* bits 48-51: access-control bits, when FC and AV are one */
#define STE_F BIT64(52)   /* fetch-protection bit, when FC and AV are one */
#define STE_SKEY_SHIFT 8  /* moves ACC and F to where a storage key has them */
#define STE_FC BIT64(53)  /* format control: 1 MiB frame (EDAT-1) */
#define STE_P BIT64(54)   /* DAT protection */
#define STE_IEP BIT64(55) /* instruction-execution protection, when FC is one */
#define STE_I BIT64(58)   /* segment invalid */
#define STE_CS BIT64(59)  /* common segment */

/* Page-table entry. */
#define PTE_PFRA 0xfffffffffffff000ULL /* page-frame real address */
#define PTE_ZERO BIT64(52)             /* must be zero, else translation specification */
#define PTE_I BIT64(53)                /* page invalid */
#define PTE_P BIT64(54)                /* DAT protection */
#define PTE_IEP BIT64(55) /* instruction-execution protection; must be zero without it */

/* Access-list-entry token: the contents of an access register. */
#define ALET_RESERVED 0xfe000000U /* bits 0-6 must be zero */
#define ALET_P 0x01000000U        /* primary-list bit: access list of the PASTE, else the DUCT */
#define ALET_ALESN 0x00ff0000U    /* access-list-entry sequence number */
#define ALET_ALESN_SHIFT 16
#define ALET_ALEN 0x0000ffffU /* access-list-entry number */
#define ALET_PRIMARY 0U
#define ALET_SECONDARY 1U

/* Access-list entry. */
struct ale {
    u8 flags;   /* 0: ALE_* */
    u8 alesn;   /* 1: access-list-entry sequence number */
    be16 aleax; /* 2: access-list-entry authorization index */
    be32 reserved;
    be32 asteo;  /* 8: ALE_ASTEO: ASN-second-table-entry origin */
    be32 astesn; /* C: ASTE sequence number */
};
#define ALE_I 0x80  /* ALEN invalid */
#define ALE_FO 0x02 /* fetch only */
#define ALE_P 0x01  /* private */
#define ALE_ASTEO 0x7fffffc0U
_Static_assert(sizeof(struct ale) == 16, "access-list entry");
_Static_assert(offsetof(struct ale, asteo) == 8, "access-list entry");

/* Access-list designation, in the DUCT and in an ASTE. */
#define ALD_ALO 0x7fffff80U /* bits 1-24: access-list origin */
#define ALD_ALL 0x0000007fU /* bits 25-31: access-list length, units of 8 entries, minus one */

/* ASN-second-table entry. */
struct aste {
    be32 ato;         /* 00: ASTE_I, ASTE_ATO, ASTE_B */
    be16 ax;          /* 04: authorization index */
    be16 atl;         /* 06: ASTE_ATL, ASTE_CA, ASTE_RA */
    be64 asce;        /* 08: address-space-control element */
    be32 ald;         /* 10: access-list designation */
    be32 astesn;      /* 14: ASTE sequence number */
    be32 ltd;         /* 18: linkage-table or linkage-first-table designation */
    u8 program1c[16]; /* 1C: for the control program's use */
    be32 astein;      /* 2C: ASTE instance number */
    u8 program30[16]; /* 30 */
};
#define ASTE_I 0x80000000U   /* ASX invalid */
#define ASTE_ATO 0x7ffffffcU /* authority-table origin */
#define ASTE_B 0x00000001U   /* base space (of a subspace group) */
#define ASTE_ATL 0xfff0      /* bits 48-59: authority-table length */
#define ASTE_ATL_SHIFT 4
#define ASTE_CA 0x0002 /* controlled ASN */
#define ASTE_RA 0x0001 /* reusable ASN */
_Static_assert(sizeof(struct aste) == 64, "ASTE");
_Static_assert(offsetof(struct aste, asce) == 0x08, "ASTE");
_Static_assert(offsetof(struct aste, ald) == 0x10, "ASTE");
_Static_assert(offsetof(struct aste, astein) == 0x2c, "ASTE");

/* ASN-first-table entry. */
#define AFTE_I 0x80000000U
#define AFTE_ASTO 0x7ffff000U /* ASN-second-table origin */

/* Dispatchable-unit control table. */
struct duct {
    be32 basteo;  /* 00: base-ASTE origin, bits 1-25 */
    be32 ssasteo; /* 04: subspace-ASTE origin, bits 1-25; DUCT_SA */
    u8 reserved08[4];
    be32 ssastesn; /* 0C: subspace-ASTE sequence number */
    be32 duald;    /* 10: dispatchable-unit access-list designation */
    be32 bsa_ctl;  /* 14: what BRANCH AND SET AUTHORITY saved, DUCT_BSA_* */
    u8 reserved18[8];
    be64 bsa_ret; /* 20: its return address; bit 32 is BA outside 64-bit mode */
    u8 reserved28[4];
    be32 tcba; /* 2C: trap-control-block address, DUCT_TCBA, DUCT_TRAP_E */
    u8 reserved30[16];
};
#define DUCT_ASTEO 0x7fffffc0U
#define DUCT_SA 0x80000000U      /* subspace active */
#define DUCT_BSA_PKM 0xffff0000U /* PSW-key mask */
#define DUCT_BSA_KEY 0x000000f0U /* PSW key */
#define DUCT_BSA_RA 0x00000008U  /* reduced authority */
#define DUCT_BSA_P 0x00000001U   /* problem state */
#define DUCT_TCBA 0x7ffffff8U
#define DUCT_TRAP_E 0x00000001U /* TRAP enabled */
_Static_assert(sizeof(struct duct) == 64, "DUCT");
_Static_assert(offsetof(struct duct, duald) == 0x10, "DUCT");
_Static_assert(offsetof(struct duct, tcba) == 0x2c, "DUCT");

/* Storage keys, as SSKE and ISKE know them (bits 56-63 of the register). */
#define SKEY_ACC 0xf0 /* access-control bits */
#define SKEY_F 0x08   /* fetch protection */
#define SKEY_R 0x04   /* reference */
#define SKEY_C 0x02   /* change */

#endif
