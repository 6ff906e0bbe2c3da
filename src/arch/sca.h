/* SPDX-License-Identifier: Apache-2.0
 *
 * The system control area that all state descriptions of a guest share: the IPTE interlock, the
 * bitmap of valid CPUs, and per CPU the address of its state description and the external-call
 * control that SIGP interpretation uses.  Basic format (64 CPUs) and, with SD_ECB2_ESCA, extended
 * format (248 CPUs).
 *
 * References: IBM CP control blocks SCABK, SIEBK.
 */
#ifndef SIE390_ARCH_SCA_H
#define SIE390_ARCH_SCA_H

#include "base/bits.h"

/* The IPTE interlock, one doubleword changed by compare and swap. */
#define SCA_IPTE_K BIT64(0)               /* held */
#define SCA_IPTE_KH 0x7fffffff00000000ULL /* how many of the host hold it */
#define SCA_IPTE_KH_ONE 0x0000000100000000ULL
#define SCA_IPTE_KG 0x00000000ffffffffULL /* guest instructions in progress */

#define SCA_UTILITY_MTCR 0x8000 /* topology-change report pending (PTF 2 takes it) */

/* PERFORM TOPOLOGY FUNCTION: function codes in R1, and the reasons of condition code 2 there. */
#define PTF_HORIZONTAL 0
#define PTF_VERTICAL 1
#define PTF_CHECK 2
#define PTF_REASON_ALREADY 0x100 /* it is the present polarization */

/* Basic format: entry and area. */
struct bsca_entry {
    u8 reserved00;
    u8 sigp_ctl; /* 01: BSCA_SIGP_* */
    u8 reserved02[6];
    be64 sda; /* 08: state-description address */
    u8 reserved10[16];
};
#define BSCA_SIGP_C 0x80 /* external call pending */
#define BSCA_SIGP_R 0x40
#define BSCA_SIGP_SCN 0x3f /* number of the source CPU */
_Static_assert(sizeof(struct bsca_entry) == 32, "SCA entry");
_Static_assert(offsetof(struct bsca_entry, sda) == 8, "SCA entry");

#define BSCA_CPUS 64
struct bsca {
    be64 ipte; /* 00: IPTE interlock */
    u8 reserved08[40];
    be64 mcn;     /* 30: mask of CPUs, bit n = CPU n valid */
    be16 utility; /* 38: SCA_UTILITY_* */
    u8 reserved3a[6];
    struct bsca_entry cpu[BSCA_CPUS]; /* 40 */
};
_Static_assert(offsetof(struct bsca, mcn) == 0x30, "SCA");
_Static_assert(offsetof(struct bsca, utility) == 0x38, "SCA");
_Static_assert(offsetof(struct bsca, cpu) == 0x40, "SCA");
_Static_assert(sizeof(struct bsca) == 2112, "SCA");
#define BSCA_ALIGN 16
#define BSCA_HEADER 0x40

/* Extended format. */
struct esca_entry {
    be16 sigp_ctl; /* 00: ESCA_SIGP_* */
    u8 reserved02[6];
    be64 sda; /* 08: state-description address */
    u8 reserved10[48];
};
#define ESCA_SIGP_C 0x8000   /* external call pending */
#define ESCA_SIGP_SCN 0x00ff /* number of the source CPU */
_Static_assert(sizeof(struct esca_entry) == 64, "extended SCA entry");
_Static_assert(offsetof(struct esca_entry, sda) == 8, "extended SCA entry");

#define ESCA_CPUS 248
struct esca {
    be64 ipte; /* 000: IPTE interlock */
    u8 reserved008[48];
    be16 utility; /* 038: SCA_UTILITY_* */
    u8 reserved03a[6];
    be64 mcn[4]; /* 040: mask of CPUs, bit n = CPU n valid */
    u8 reserved060[160];
    struct esca_entry cpu[ESCA_CPUS]; /* 100 */
};
_Static_assert(offsetof(struct esca, utility) == 0x38, "extended SCA");
_Static_assert(offsetof(struct esca, mcn) == 0x40, "extended SCA");
_Static_assert(offsetof(struct esca, cpu) == 0x100, "extended SCA");
_Static_assert(sizeof(struct esca) == 16128, "extended SCA");
#define ESCA_ALIGN 64
#define ESCA_HEADER 0x100

#endif
