/* SPDX-License-Identifier: Apache-2.0
 *
 * STORE HYPERVISOR INFORMATION, function code 0: the sections of the page that it stores.  Strings
 * are EBCDIC, left justified and padded with blanks; capacities are in 1/65536 of a core.
 *
 * References: z/VM CP Programming Services, SC24-6272, STHYI; Linux Documentation/virt/kvm/s390.
 */
#ifndef SIE390_ARCH_STHYI_H
#define SIE390_ARCH_STHYI_H

#include "base/types.h"

#define STHYI_FC_CAPACITY 0   /* low halfword of R1: capacities of CPUs */
#define STHYI_FC 0xffffU      /* where the function code is */
#define STHYI_RC_UNKNOWN_FC 4 /* in R2 + 1, with condition code 3 */

struct sthyi_place {
    be16 offset, len;
};

struct sthyi_header {
    u8 flags; /* 00: STHYI_* */
    u8 reserved01[6];
    u8 count;                     /* 07: pairs of hypervisor and guest sections */
    be16 total;                   /* 08: length of all */
    be16 len;                     /* 0A: of the header */
    struct sthyi_place machine;   /* 0C */
    struct sthyi_place partition; /* 10 */
    struct {
        struct sthyi_place hypervisor, guest;
    } pair[3]; /* 14 */
    u8 reserved2c[4];
};
#define STHYI_NO_PERFORMANCE 0x80 /* performance data is not available */
#define STHYI_NO_STSI 0x40
#define STHYI_INCOMPLETE 0x20 /* there are more levels than sections */
#define STHYI_NO_LPAR 0x10
_Static_assert(offsetof(struct sthyi_header, machine) == 0x0c, "STHYI header");
_Static_assert(sizeof(struct sthyi_header) == 0x30, "STHYI header");

struct sthyi_machine {
    u8 reserved00[2];
    u8 valid; /* 02: STHYI_MACHINE_* */
    u8 reserved03;
    be16 shared_cps;     /* 04 */
    be16 dedicated_cps;  /* 06 */
    be16 shared_ifls;    /* 08 */
    be16 dedicated_ifls; /* 0A */
    u8 name[8];          /* 0C */
    u8 type[4];          /* 14 */
    u8 manufacturer[16]; /* 18 */
    u8 sequence[16];     /* 28 */
    u8 plant[4];         /* 38 */
    u8 reserved3c[4];
};
#define STHYI_MACHINE_COUNTS 0x80
#define STHYI_MACHINE_ID 0x40
#define STHYI_MACHINE_NAME 0x20
_Static_assert(offsetof(struct sthyi_machine, plant) == 0x38, "STHYI machine");
_Static_assert(sizeof(struct sthyi_machine) == 64, "STHYI machine");

struct sthyi_partition {
    u8 flags; /* 00: 80 multithreading */
    u8 reserved01;
    u8 valid; /* 02: STHYI_PARTITION_* */
    u8 reserved03;
    be16 number;         /* 04 */
    be16 shared_cps;     /* 06 */
    be16 dedicated_cps;  /* 08 */
    be16 shared_ifls;    /* 0A */
    be16 dedicated_ifls; /* 0C */
    u8 reserved0e[2];
    u8 name[8];            /* 10 */
    be32 cp_weight_cap;    /* 18 */
    be32 cp_absolute_cap;  /* 1C */
    be32 ifl_weight_cap;   /* 20 */
    be32 ifl_absolute_cap; /* 24 */
    u8 group_name[8];      /* 28 */
    be32 group_cp_cap;     /* 30 */
    be32 group_ifl_cap;    /* 34 */
};
#define STHYI_PARTITION_COUNTS 0x80
#define STHYI_PARTITION_WEIGHT_CAPS 0x40
#define STHYI_PARTITION_ABSOLUTE_CAPS 0x20
#define STHYI_PARTITION_ID 0x10
#define STHYI_PARTITION_GROUP 0x08
_Static_assert(offsetof(struct sthyi_partition, name) == 0x10, "STHYI partition");
_Static_assert(offsetof(struct sthyi_partition, group_name) == 0x28, "STHYI partition");
_Static_assert(sizeof(struct sthyi_partition) == 56, "STHYI partition");

struct sthyi_hypervisor {
    u8 flags[2]; /* 00 */
    u8 valid[2]; /* 02 */
    u8 type;     /* 04: 1 z/VM; no number is given to others */
    u8 reserved05;
    u8 cp_threads;       /* 06 */
    u8 ifl_threads;      /* 07 */
    u8 system[8];        /* 08 */
    u8 cluster[8];       /* 10 */
    be16 shared_cps;     /* 18 */
    be16 dedicated_cps;  /* 1A */
    be16 shared_ifls;    /* 1C */
    be16 dedicated_ifls; /* 1E */
    u8 installed[8];     /* 20: function codes, bit n from the left */
    u8 authorized[8];    /* 28 */
};
_Static_assert(offsetof(struct sthyi_hypervisor, shared_cps) == 0x18, "STHYI hypervisor");
_Static_assert(sizeof(struct sthyi_hypervisor) == 48, "STHYI hypervisor");

struct sthyi_guest {
    u8 flags[2];         /* 00 */
    u8 valid[2];         /* 02 */
    u8 name[8];          /* 04 */
    be16 shared_cps;     /* 0C */
    be16 dedicated_cps;  /* 0E */
    u8 cp_dispatch_type; /* 10 */
    u8 reserved11[3];
    be32 cp_cap;          /* 14: zero: none */
    be16 shared_ifls;     /* 18 */
    be16 dedicated_ifls;  /* 1A */
    u8 ifl_dispatch_type; /* 1C */
    u8 reserved1d[3];
    be32 ifl_cap;  /* 20 */
    u8 pool_flags; /* 24 */
    u8 reserved25[3];
    u8 pool_name[8];   /* 28: blanks: in no pool */
    be32 pool_cp_cap;  /* 30 */
    be32 pool_ifl_cap; /* 34 */
};
_Static_assert(offsetof(struct sthyi_guest, cp_cap) == 0x14, "STHYI guest");
_Static_assert(offsetof(struct sthyi_guest, pool_name) == 0x28, "STHYI guest");
_Static_assert(sizeof(struct sthyi_guest) == 56, "STHYI guest");

/* The page as this hypervisor lays it out. */
struct sthyi_page {
    struct sthyi_header header;
    struct sthyi_machine machine;
    struct sthyi_partition partition;
    struct sthyi_hypervisor hypervisor;
    struct sthyi_guest guest;
    u8 unused[4096 - 48 - 64 - 56 - 48 - 56];
};
_Static_assert(sizeof(struct sthyi_page) == 4096, "STHYI page");

#endif
