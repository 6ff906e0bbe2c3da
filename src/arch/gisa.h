/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest interruption state area (one per guest, shared by its CPUs; formats 0 and 1) and guest
 * interruption block (one per host): where adapter interruptions for a running guest wait, and
 * how the host is alerted when no guest CPU can take one.  The first doubleword of a GISA is
 * changed only by compare and swap.
 *
 * References: IBM CP control blocks SIEBK (GISA designation); Linux
 * Documentation/virt/kvm/devices/s390_flic.rst for interruption subclasses and suppression modes.
 * No public manual describes GISA and GIB.
 */
#ifndef SIE390_ARCH_GISA_H
#define SIE390_ARCH_GISA_H

#include "base/bits.h"

struct gisa0 {
    be32 next_alert; /* 00: next GISA on the alert list; its own address when not on the list */
    u8 ipm;          /* 04: interruption-pending mask, GISA_ISC(n) */
    u8 reserved05;
    u8 flags; /* 06: GISA_FLAG_* */
    u8 iam;   /* 07: interruption-alert mask */
    u8 reserved08[4];
    be32 airq_count; /* 0C: adapter-interruption count */
    u8 reserved10[16];
};
_Static_assert(offsetof(struct gisa0, ipm) == 4, "GISA");
_Static_assert(offsetof(struct gisa0, iam) == 7, "GISA");
_Static_assert(offsetof(struct gisa0, airq_count) == 0x0c, "GISA");
_Static_assert(sizeof(struct gisa0) == 32, "GISA");

struct gisa1 {
    be32 next_alert; /* 00: as format 0 */
    u8 ipm;          /* 04: interruption-pending mask */
    u8 simm;         /* 05: single-interruption-mode mask */
    u8 nimm;         /* 06: no-interruption-mode mask */
    u8 iam;          /* 07: interruption-alert mask */
    u8 aism[8];      /* 08: per subclass; not used here */
    u8 flags;        /* 10: GISA_FLAG_* */
    u8 reserved11[11];
    be32 airq_count; /* 1C: adapter-interruption count */
};
_Static_assert(offsetof(struct gisa1, iam) == 7, "GISA");
_Static_assert(offsetof(struct gisa1, flags) == 0x10, "GISA");
_Static_assert(offsetof(struct gisa1, airq_count) == 0x1c, "GISA");
_Static_assert(sizeof(struct gisa1) == 32, "GISA");

union gisa {
    struct gisa0 f0;
    struct gisa1 f1;
    be64 word0; /* next_alert ... iam, for compare and swap */
};
_Static_assert(sizeof(union gisa) == 32, "GISA");

#define GISA_ALIGN 32
#define GISA_FLAG_G 0x02
#define GISA_FLAG_C 0x01
#define GISA_ISC(isc) (0x80U >> (isc)) /* bit of guest interruption subclass isc in a mask */
/* The same fields within word0. */
#define GISA_WORD0_NEXT 0xffffffff00000000ULL
#define GISA_WORD0_NEXT_SHIFT 32
#define GISA_WORD0_IPM 0x00000000ff000000ULL
#define GISA_WORD0_IPM_SHIFT 24
#define GISA_WORD0_SIMM_SHIFT 16
#define GISA_WORD0_NIMM_SHIFT 8
#define GISA_WORD0_IAM 0x00000000000000ffULL

struct gib {
    be32 alert_list; /* 00: origin of the alert list, 0 = empty */
    u8 reserved04[4];
    u8 nisc; /* 08: GIB_NISC: host subclass of alerts */
    u8 reserved09[23];
};
#define GIB_NISC 0x07
_Static_assert(sizeof(struct gib) == 32, "GIB");

/* Modes of adapter-interruption suppression, per subclass (SIC). */
#define AIS_MODE_ALL 0
#define AIS_MODE_SINGLE 1

#endif
