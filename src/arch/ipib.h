/* SPDX-License-Identifier: Apache-2.0
 *
 * IPL information blocks: what DIAG 308 subcodes 5 and 6 set and store to tell the next IPL where
 * to load from.  A list header, then parameter block 0, whose form depends on its type.
 *
 * References: SC24-6272 z/VM CP Programming Services, DIAGNOSE X'308'; Linux
 * Documentation/virt/kvm/s390/s390-pv-boot.rst for the protected type.
 */
#ifndef SIE390_ARCH_IPIB_H
#define SIE390_ARCH_IPIB_H

#include "base/types.h"

/* Start of every block. */
struct ipib_header {
    be32 len; /* 00: length of everything */
    u8 flags; /* 04 */
    u8 reserved05[2];
    u8 version;    /* 07: IPIB_VERSION */
    be32 blk0_len; /* 08: length of parameter block 0, from here */
    u8 pbt;        /* 0C: type of parameter block 0, IPIB_PBT_* */
    u8 blk0_flags; /* 0D: IPIB_FLAG_* */
    u8 reserved0e[2];
    u8 loadparm[8]; /* 10: load parameter, EBCDIC */
};
#define IPIB_VERSION 1
#define IPIB_FLAG_LOADPARM 0x80 /* loadparm is valid */
#define IPIB_PBT_FCP 0x00
#define IPIB_PBT_SCP 0x01
#define IPIB_PBT_CCW 0x02
#define IPIB_PBT_PV 0x05
#define IPIB_PBT_VIRTIO_SCSI 0xff
_Static_assert(offsetof(struct ipib_header, pbt) == 0x0c, "IPIB");
_Static_assert(sizeof(struct ipib_header) == 0x18, "IPIB");

#define IPIB_HEADER_LEN 8 /* list header, before blk0_len */

/* Load from a channel-attached device, or a virtio-ccw device. */
struct ipib_ccw {
    struct ipib_header h;
    u8 reserved18[85];
    u8 ssid;     /* 6D: subchannel-set id, low 2 bits */
    be16 devno;  /* 6E: device number */
    u8 vm_flags; /* 70: IPIB_VM_* */
    u8 reserved71[3];
    be32 vm_parm_len; /* 74 */
    u8 nss_name[8];   /* 78: name of a saved system, EBCDIC */
    u8 vm_parm[64];   /* 80: parameters, EBCDIC */
    u8 reservedc0[8];
};
#define IPIB_VM_NSS 0x80
#define IPIB_VM_PARM 0x40
_Static_assert(offsetof(struct ipib_ccw, ssid) == 0x6d, "IPIB CCW");
_Static_assert(offsetof(struct ipib_ccw, devno) == 0x6e, "IPIB CCW");
_Static_assert(offsetof(struct ipib_ccw, vm_parm_len) == 0x74, "IPIB CCW");
_Static_assert(offsetof(struct ipib_ccw, vm_parm) == 0x80, "IPIB CCW");
_Static_assert(sizeof(struct ipib_ccw) == 200, "IPIB CCW");

#define IPIB_MIN_LEN_CCW 200
#define IPIB_MIN_LEN_FCP 384
#define IPIB_MIN_LEN_PV 148
#define IPIB_MAX_LEN 4096

#endif
