/* SPDX-License-Identifier: Apache-2.0
 *
 * STORE SYSTEM INFORMATION: function codes and the system-information blocks that a guest sees,
 * each one page.  Names and identifiers are EBCDIC, left justified and padded with blanks.
 *
 * References: [PoP 10 STORE SYSTEM INFORMATION].
 */
#ifndef SIE390_ARCH_STSI_H
#define SIE390_ARCH_STSI_H

#include "base/types.h"

/* GR0 and GR1. */
#define STSI_GR0_FC 0xf0000000U /* bits 32-35: function code */
#define STSI_GR0_FC_SHIFT 28
#define STSI_GR0_SEL1 0x000000ffU     /* bits 56-63: selector 1 */
#define STSI_GR0_RESERVED 0x0fffff00U /* must be zero */
#define STSI_GR1_SEL2 0x0000ffffU     /* bits 48-63: selector 2 */
#define STSI_GR1_RESERVED 0xffff0000U /* must be zero */

#define STSI_FC_LEVEL 0   /* current level to GR0 */
#define STSI_FC_MACHINE 1 /* basic machine */
#define STSI_FC_LPAR 2    /* logical partition */
#define STSI_FC_VM 3      /* virtual machine */
#define STSI_FC_TOPOLOGY 15

struct sysib_111 { /* basic machine: configuration */
    u8 flags;      /* 000 */
    u8 reserved001;
    u8 ccr; /* 002: capacity-change reason */
    u8 cai; /* 003: capacity-adjustment indication */
    u8 reserved004[20];
    be64 lic;            /* 018: licensed-internal-code identifier */
    u8 manufacturer[16]; /* 020 */
    u8 type[4];          /* 030 */
    u8 reserved034[12];
    u8 model_capacity[16]; /* 040: model-capacity identifier */
    u8 sequence[16];       /* 050: sequence code */
    u8 plant[4];           /* 060: plant of manufacture */
    u8 model[16];          /* 064 */
    u8 model_perm_cap[16]; /* 074: model-permanent-capacity identifier */
    u8 model_temp_cap[16]; /* 084: model-temporary-capacity identifier */
    be32 mcr;              /* 094: model-capacity rating */
    be32 mpcr;             /* 098: model-permanent-capacity rating */
    be32 mtcr;             /* 09C: model-temporary-capacity rating */
    u8 typepct[5];         /* 0A0: type percentages */
    u8 reserved0a5[3];
    be32 ncr; /* 0A8: nominal model-capacity rating */
    be32 npr; /* 0AC: nominal model-permanent-capacity rating */
    be32 ntr; /* 0B0: nominal model-temporary-capacity rating */
    u8 reserved0b4[0x1000 - 0xb4];
};
_Static_assert(offsetof(struct sysib_111, manufacturer) == 0x20, "1.1.1");
_Static_assert(offsetof(struct sysib_111, type) == 0x30, "1.1.1");
_Static_assert(offsetof(struct sysib_111, model_capacity) == 0x40, "1.1.1");
_Static_assert(offsetof(struct sysib_111, sequence) == 0x50, "1.1.1");
_Static_assert(offsetof(struct sysib_111, plant) == 0x60, "1.1.1");
_Static_assert(offsetof(struct sysib_111, model) == 0x64, "1.1.1");
_Static_assert(offsetof(struct sysib_111, mcr) == 0x94, "1.1.1");
_Static_assert(offsetof(struct sysib_111, ntr) == 0xb0, "1.1.1");
_Static_assert(sizeof(struct sysib_111) == 0x1000, "1.1.1");

struct sysib_121 { /* basic machine: current CPU */
    u8 reserved000[80];
    u8 sequence[16]; /* 050: sequence code */
    u8 plant[4];     /* 060: plant of manufacture */
    u8 reserved064[2];
    be16 cpu_addr; /* 066: CPU address */
    u8 reserved068[0x1000 - 0x68];
};
_Static_assert(offsetof(struct sysib_121, sequence) == 0x50, "1.2.1");
_Static_assert(offsetof(struct sysib_121, cpu_addr) == 0x66, "1.2.1");
_Static_assert(sizeof(struct sysib_121) == 0x1000, "1.2.1");

struct sysib_122 { /* basic machine: all CPUs */
    u8 format;     /* 000: 1 = alternate data present */
    u8 reserved001;
    be16 acc_offset; /* 002: offset of the alternate-CPU-capability data */
    u8 mt_stid;      /* 004: multithreading: 80 = installed, low 5 bits highest thread id */
    u8 mt_gtid;      /* 005: the same for general-purpose CPUs */
    u8 reserved006[18];
    be32 nominal_cap;                     /* 018: nominal CPU capability */
    be32 secondary_cap;                   /* 01C: secondary CPU capability */
    be32 capability;                      /* 020: CPU capability */
    be16 cpus_total;                      /* 024 */
    be16 cpus_configured;                 /* 026 */
    be16 cpus_standby;                    /* 028 */
    be16 cpus_reserved;                   /* 02A */
    be16 adjustment[(0x1000 - 0x2c) / 2]; /* 02C: multiprocessing CPU-capability factors */
};
_Static_assert(offsetof(struct sysib_122, nominal_cap) == 0x18, "1.2.2");
_Static_assert(offsetof(struct sysib_122, capability) == 0x20, "1.2.2");
_Static_assert(offsetof(struct sysib_122, adjustment) == 0x2c, "1.2.2");
_Static_assert(sizeof(struct sysib_122) == 0x1000, "1.2.2");

struct sysib_221 { /* logical partition: current CPU */
    u8 reserved000[80];
    u8 sequence[16]; /* 050: sequence code */
    u8 plant[4];     /* 060: plant of manufacture */
    be16 lcpu_id;    /* 064: logical-CPU id */
    be16 cpu_addr;   /* 066: CPU address */
    u8 reserved068[0x1000 - 0x68];
};
_Static_assert(offsetof(struct sysib_221, lcpu_id) == 0x64, "2.2.1");
_Static_assert(sizeof(struct sysib_221) == 0x1000, "2.2.1");

struct sysib_222 { /* logical partition: all CPUs */
    u8 reserved000[32];
    be16 lpar_number; /* 020 */
    u8 reserved022;
    u8 characteristics;   /* 023: STSI_LCPUC_* */
    be16 cpus_total;      /* 024 */
    be16 cpus_configured; /* 026 */
    be16 cpus_standby;    /* 028 */
    be16 cpus_reserved;   /* 02A */
    u8 name[8];           /* 02C: partition name */
    be32 caf;             /* 034: capability-adjustment factor, 1000 = all */
    u8 reserved038[8];
    u8 mt_stid;   /* 040: multithreading, as in 1.2.2 */
    u8 mt_gtid;   /* 041 */
    u8 mt_psmtid; /* 042: program-specified maximum thread id */
    u8 reserved043[5];
    be16 cpus_dedicated; /* 048 */
    be16 cpus_shared;    /* 04A */
    u8 reserved04c[3];
    u8 vsne;     /* 04F: encoding of ext_name */
    u8 uuid[16]; /* 050 */
    u8 reserved060[160];
    u8 ext_name[256]; /* 100: extended partition name */
    u8 reserved200[0x1000 - 0x200];
};
#define STSI_LCPUC_DEDICATED 0x80
#define STSI_LCPUC_SHARED 0x40
#define STSI_LCPUC_LIMITED 0x20
_Static_assert(offsetof(struct sysib_222, lpar_number) == 0x20, "2.2.2");
_Static_assert(offsetof(struct sysib_222, caf) == 0x34, "2.2.2");
_Static_assert(offsetof(struct sysib_222, cpus_dedicated) == 0x48, "2.2.2");
_Static_assert(offsetof(struct sysib_222, uuid) == 0x50, "2.2.2");
_Static_assert(offsetof(struct sysib_222, ext_name) == 0x100, "2.2.2");
_Static_assert(sizeof(struct sysib_222) == 0x1000, "2.2.2");

#define STSI_VM_MAX 8 /* virtual-machine levels in 3.2.2, newest first */

struct sysib_322_vm {
    u8 reserved00[4];
    be16 cpus_total;      /* 04 */
    be16 cpus_configured; /* 06 */
    be16 cpus_standby;    /* 08 */
    be16 cpus_reserved;   /* 0A */
    u8 name[8];           /* 0C: virtual-machine name */
    be32 caf;             /* 14: capability-adjustment factor, 1000 = all */
    u8 cpi[16];           /* 18: control-program identifier */
    u8 reserved28[3];
    u8 ext_name_encoding; /* 2B: STSI_ENC_* */
    u8 reserved2c[4];
    u8 uuid[16]; /* 30 */
};
#define STSI_ENC_NONE 0
#define STSI_ENC_EBCDIC 1
#define STSI_ENC_UTF8 2
_Static_assert(offsetof(struct sysib_322_vm, caf) == 0x14, "3.2.2");
_Static_assert(offsetof(struct sysib_322_vm, ext_name_encoding) == 0x2b, "3.2.2");
_Static_assert(sizeof(struct sysib_322_vm) == 64, "3.2.2");

struct sysib_322 { /* virtual machines: all CPUs */
    u8 reserved000[31];
    u8 count;                            /* 01F: number of levels, low 4 bits */
    struct sysib_322_vm vm[STSI_VM_MAX]; /* 020 */
    u8 reserved220[0x800 - 0x220];
    u8 ext_names[STSI_VM_MAX][256]; /* 800 */
};
_Static_assert(offsetof(struct sysib_322, vm) == 0x20, "3.2.2");
_Static_assert(offsetof(struct sysib_322, ext_names) == 0x800, "3.2.2");
_Static_assert(sizeof(struct sysib_322) == 0x1000, "3.2.2");

/* 15.1.x: header, then container and CPU entries, nested by level. */
struct sysib_15_1_x {
    u8 reserved00[2];
    be16 len;  /* 02: length of the block */
    u8 mag[6]; /* 04: magnitudes of the levels, mag[5] the innermost */
    u8 reserved0a;
    u8 mnest; /* 0B: nesting levels of the machine or of the request */
    u8 reserved0c[4];
    /* 10: topology-list entries */
};
_Static_assert(sizeof(struct sysib_15_1_x) == 0x10, "15.1.x");

struct tle_container {
    u8 nl; /* 0: nesting level, 1-5 */
    u8 reserved1[6];
    u8 id; /* 7: container identifier */
};
_Static_assert(sizeof(struct tle_container) == 8, "TLE container");

struct tle_cpu {
    u8 nl; /* 0: zero */
    u8 reserved1[3];
    u8 flags;    /* 4: TLE_CPU_* */
    u8 type;     /* 5: CPU type */
    be16 origin; /* 6: CPU address of the first bit of mask */
    be64 mask;   /* 8 */
};
#define SYSIB_SIZE 0x1000
#define STSI_MNEST 4 /* nesting that there is: CPUs, sockets, books, drawers */
#define TLE_CPU_DEDICATED 0x04
#define TLE_CPU_POLARIZATION 0x03
_Static_assert(sizeof(struct tle_cpu) == 16, "TLE CPU");

#endif
