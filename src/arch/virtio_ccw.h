/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio over channel I/O: channel commands and their payloads.  Payloads are big-endian; feature
 * words, configuration space and (from revision 1) rings are little-endian, see virtio.h.
 * Some payloads are packed without padding: those fields are byte arrays or end early.
 *
 * References: [VIRTIO 1.2 4.3 Virtio Over Channel I/O].
 */
#ifndef SIE390_ARCH_VIRTIO_CCW_H
#define SIE390_ARCH_VIRTIO_CCW_H

#include "base/types.h"

#define VIRTIO_CCW_CU_TYPE 0x3832 /* control-unit type; the model is the virtio device id */
#define VIRTIO_CCW_CSSID 0xfe     /* channel-subsystem image of virtual devices */

enum virtio_ccw_cmd {
    VIRTIO_CCW_SET_VQ = 0x13,
    VIRTIO_CCW_VDEV_RESET = 0x33,
    VIRTIO_CCW_SET_IND = 0x43,      /* set queue indicators: 8-byte address */
    VIRTIO_CCW_SET_CONF_IND = 0x53, /* set configuration indicators: 8-byte address */
    VIRTIO_CCW_SET_IND_ADAPTER = 0x73,
    VIRTIO_CCW_READ_FEAT = 0x12,
    VIRTIO_CCW_WRITE_FEAT = 0x11,
    VIRTIO_CCW_READ_CONF = 0x22,
    VIRTIO_CCW_WRITE_CONF = 0x21,
    VIRTIO_CCW_READ_STATUS = 0x72,  /* revision 2: 1 byte */
    VIRTIO_CCW_WRITE_STATUS = 0x31, /* 1 byte */
    VIRTIO_CCW_READ_VQ_CONF = 0x32,
    VIRTIO_CCW_SET_VIRTIO_REV = 0x83,
};

struct virtio_ccw_rev {
    be16 revision; /* 0 */
    be16 length;   /* 2: of the data that follow */
};
#define VIRTIO_CCW_REV_LEGACY 0
#define VIRTIO_CCW_REV_1 1 /* virtio 1.0 */
#define VIRTIO_CCW_REV_2 2 /* adds READ_STATUS */
#define VIRTIO_CCW_REV_MAX VIRTIO_CCW_REV_2
_Static_assert(sizeof(struct virtio_ccw_rev) == 4, "virtio-ccw");

struct virtio_ccw_feat {
    u8 features[4]; /* 0: little-endian */
    u8 index;       /* 4: which word, bits 32 * index ... */
};
#define VIRTIO_CCW_FEAT_LEN 5
_Static_assert(sizeof(struct virtio_ccw_feat) == VIRTIO_CCW_FEAT_LEN, "virtio-ccw");

struct virtio_ccw_vq_conf {
    be16 index; /* 0: in */
    be16 num;   /* 2: out: maximum size, 0 = no such queue */
};
_Static_assert(sizeof(struct virtio_ccw_vq_conf) == 4, "virtio-ccw");

struct virtio_ccw_vq { /* SET_VQ, revision 1 and later */
    be64 desc;         /* 00: descriptor area */
    be32 reserved;     /* 08 */
    be16 index;        /* 0C */
    be16 num;          /* 0E */
    be64 avail;        /* 10: driver area */
    be64 used;         /* 18: device area */
};
_Static_assert(sizeof(struct virtio_ccw_vq) == 32, "virtio-ccw");
_Static_assert(offsetof(struct virtio_ccw_vq, avail) == 0x10, "virtio-ccw");

struct virtio_ccw_vq_legacy {
    be64 queue; /* 00 */
    be32 align; /* 08 */
    be16 index; /* 0C */
    be16 num;   /* 0E */
};
_Static_assert(sizeof(struct virtio_ccw_vq_legacy) == 16, "virtio-ccw");
#define VIRTIO_CCW_LEGACY_ALIGN 4096

struct virtio_ccw_ind_adapter { /* SET_IND_ADAPTER; length on the channel is 25 */
    be64 summary;               /* 00: address of the summary-indicator byte */
    be64 device;                /* 08: address of the device indicators */
    be64 bit_nr;                /* 10: bit of queue 0, numbered from the left */
    u8 isc;                     /* 18: interruption subclass */
};
#define VIRTIO_CCW_IND_ADAPTER_LEN 25
_Static_assert(offsetof(struct virtio_ccw_ind_adapter, isc) == 0x18, "virtio-ccw");

#define VIRTIO_CCW_IND_QUEUES 64              /* queues that classic indicators can show */
#define VIRTIO_CCW_IND_QUEUE(i) (1ULL << (i)) /* of the big-endian doubleword */
#define VIRTIO_CCW_CONF_IND_CHANGED 1ULL
#define VIRTIO_CCW_SUMMARY_SET 0x01

#endif
