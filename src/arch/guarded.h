/* SPDX-License-Identifier: Apache-2.0
 *
 * Guarded storage: the control block that its registers are loaded from and stored into, fields of
 * the designation, the parameter list of a guarded-storage event.
 *
 * References: [PoP 4 Guarded-Storage Facility].
 */
#ifndef SIE390_ARCH_GUARDED_H
#define SIE390_ARCH_GUARDED_H

#include "base/types.h"

/* Guarded-storage control block: of LGSC and STGSC, of the extended save area, of the SDNX. */
struct gs_cb {
    be64 reserved;
    be64 gsd;    /* guarded-storage designation */
    be64 gssm;   /* guarded-storage section mask */
    be64 gsepla; /* guarded-storage-event parameter-list address */
};
_Static_assert(sizeof(struct gs_cb) == 32, "guarded-storage control block");

/* gsd.  The origin is bits 0 to 63 - GSC. */
#define GSD_GLS 0x700ULL /* bits 53-55: guarded-load shift */
#define GSD_GLS_SHIFT 8
#define GSD_GSC 0x3fULL /* bits 58-63: characteristic, log2 of the area's size */
#define GSC_MIN 25
#define GSC_MAX 56
#define GS_SECTIONS 64
#define GS_SECTIONS_LOG2 6

/* Guarded-storage-event parameter list. */
struct gs_epl {
    u8 reserved0;
    u8 gseam; /* addressing mode, GSEAM_* */
    u8 gseci; /* cause, GSECI_* */
    u8 gseai; /* access information, GSEAI_* */
    be32 reserved4;
    be64 gseha; /* handler: the only field that the program fills in */
    be64 gseia; /* instruction */
    be64 gseoa; /* second operand */
    be64 gseir; /* intermediate result: the pointer */
    be64 gsera; /* return */
};
_Static_assert(offsetof(struct gs_epl, gseha) == 8, "gseha");
_Static_assert(offsetof(struct gs_epl, gsera) == 40, "gsera");
_Static_assert(sizeof(struct gs_epl) == 48, "guarded-storage-event parameter list");

#define GSEAM_SHIFT 31    /* PSW bits 31 and 32 are the rightmost two */
#define GSEAM_MASK 3      /* E and B */
#define GSECI_TX 0x80     /* in a transaction */
#define GSECI_CX 0x40     /* in a constrained transaction */
#define GSECI_LLGFSG 0x01 /* else LGG */
#define GSEAI_T 0x40      /* PSW bit 5 */
#define GSEAI_AS_SHIFT 4  /* PSW bits 16 and 17, with T */
#define GSEAI_AR 0x0f     /* B2 field, in the access-register mode */

#endif
