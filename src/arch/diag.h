/* SPDX-License-Identifier: Apache-2.0
 *
 * DIAGNOSE: function codes that a guest of this hypervisor may use, with subcodes, parameter
 * blocks and return codes.  The function code is the low halfword of the second-operand address.
 * IPL parameter blocks (DIAG 308) are in ipib.h.
 *
 * References: z/VM CP Programming Services, SC24-6272; Linux Documentation/virt/kvm/s390/
 * s390-diag.rst for 288, 308, 318, 500 and 501.
 */
#ifndef SIE390_ARCH_DIAG_H
#define SIE390_ARCH_DIAG_H

#include "base/types.h"

enum diag {
    DIAG_RELEASE_PAGES = 0x010,
    DIAG_YIELD = 0x044,          /* voluntary time-slice end */
    DIAG_YIELD_TO = 0x09c,       /* time-slice end directed */
    DIAG_LPAR_INFO = 0x204,      /* not offered */
    DIAG_LPAR_NAMES = 0x224,     /* not offered */
    DIAG_PAGE_REF = 0x258,       /* page-reference services: pfault handshake */
    DIAG_STORAGE_CONFIG = 0x260, /* not offered */
    DIAG_WATCHDOG = 0x288,
    DIAG_IPL = 0x308,
    DIAG_SET_CPNC = 0x318, /* set control-program name and version codes */
    DIAG_KVM = 0x500,      /* hypercall */
    DIAG_BREAKPOINT = 0x501,
};
#define DIAG_CODE_MASK 0xffffU

/* DIAG 258: parameter block and result (in Ry). */
struct diag258 {
    be16 code;    /* 00: 0258 */
    be16 subcode; /* 02: DIAG258_TOKEN, DIAG258_CANCEL */
    be16 dwlen;   /* 04: length in doublewords, at least 5 */
    be16 version; /* 06: 2 */
    be64 token;   /* 08: address of the token */
    be64 select;  /* 10: mask of PSW-mask bits that are looked at */
    be64 compare; /* 18: their values when a fault may be reported */
    be64 zarch;   /* 20: DIAG258_ZARCH for TOKEN, zero for CANCEL */
};
_Static_assert(offsetof(struct diag258, token) == 0x08, "DIAG 258");
_Static_assert(sizeof(struct diag258) == 0x28, "DIAG 258");
#define DIAG258_CODE 0x0258
#define DIAG258_TOKEN 0 /* establish */
#define DIAG258_CANCEL 1
#define DIAG258_DWLEN 5
#define DIAG258_VERSION 2
#define DIAG258_ZARCH 0x8000000000000000ULL
#define DIAG258_RC_OK 0
#define DIAG258_RC_NOT_ESTABLISHED 4
#define DIAG258_RC_ALREADY 8
#define DIAG258_TOKEN_INVALID 0xffffffffffffffffULL /* no handshake established */

/* DIAG 288. */
#define DIAG288_INIT 0
#define DIAG288_CHANGE 1
#define DIAG288_CANCEL 2
#define DIAG288_MIN_TIMEOUT 15 /* seconds */
#define DIAG288_ACTION_RESTART 0

/* DIAG 308: subcodes (Ry) and return codes (Rx + 1). */
enum diag308 {
    DIAG308_MODIFIED_CLEAR = 0, /* modified clear reset */
    DIAG308_LOAD_NORMAL_RESET = 1,
    DIAG308_RELEASE_HSA = 2,
    DIAG308_LOAD_CLEAR = 3, /* re-IPL */
    DIAG308_LOAD_NORMAL_DUMP = 4,
    DIAG308_SET = 5,   /* set IPL parameters */
    DIAG308_STORE = 6, /* store IPL parameters */
    DIAG308_LOAD_NORMAL = 7,
    DIAG308_PV_SET = 8, /* set parameters of a protected IPL */
    DIAG308_PV_STORE = 9,
    DIAG308_PV_START = 10,
};
#define DIAG308_RC_OK 0x0001
#define DIAG308_RC_NO_CONF 0x0102
#define DIAG308_RC_INVALID 0x0402
#define DIAG308_RC_NO_PV_CONF 0x0902
#define DIAG308_RC_INVALID_FOR_PV 0x0a02

/* DIAG 318: Rx. */
#define DIAG318_CPNC_SHIFT 56 /* bits 0-7: control-program-name code */
#define DIAG318_CPVC 0x00ffffffffffffffULL
#define DIAG318_CPNC_LINUX 4

/* DIAG 500: subcode in GR1, result in GR2. */
#define DIAG500_VIRTIO_NOTIFY 0 /* legacy s390-virtio: 0, 1, 2 */
#define DIAG500_VIRTIO_RESET 1
#define DIAG500_VIRTIO_STATUS 2
#define DIAG500_CCW_NOTIFY 3 /* GR2 subchannel id, GR3 queue, GR4 cookie */
#define DIAG500_STORAGE_LIMIT 4

#endif
