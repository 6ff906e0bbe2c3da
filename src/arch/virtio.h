/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio, independent of the transport: status and feature bits, split and packed virtqueue
 * layouts, device ids, and configuration and request structures of console, block, network and
 * entropy devices.  Everything here is little-endian as virtio 1 has it, so fields are plain
 * u16, u32 and u64 that hold the host's (x86-64) order; they are not big-endian types.
 *
 * References: [VIRTIO 1.2 2 Basic Facilities], [VIRTIO 1.2 5 Device Types], [VIRTIO 1.2 6 Reserved
 * Feature Bits].
 */
#ifndef SIE390_ARCH_VIRTIO_H
#define SIE390_ARCH_VIRTIO_H

#include "base/types.h"

enum virtio_id {
    VIRTIO_ID_NET = 1,
    VIRTIO_ID_BLOCK = 2,
    VIRTIO_ID_CONSOLE = 3,
    VIRTIO_ID_RNG = 4, /* entropy */
    VIRTIO_ID_BALLOON = 5,
    VIRTIO_ID_SCSI = 8,
    VIRTIO_ID_9P = 9,
    VIRTIO_ID_INPUT = 18,
    VIRTIO_ID_VSOCK = 19,
    VIRTIO_ID_FS = 26,
};

#define VIRTIO_STATUS_ACKNOWLEDGE 1
#define VIRTIO_STATUS_DRIVER 2
#define VIRTIO_STATUS_DRIVER_OK 4
#define VIRTIO_STATUS_FEATURES_OK 8
#define VIRTIO_STATUS_NEEDS_RESET 64
#define VIRTIO_STATUS_FAILED 128

/* Feature bits of every device (values; bit n counted from the right). */
#define VIRTIO_F_NOTIFY_ON_EMPTY (1ULL << 24) /* legacy */
#define VIRTIO_F_ANY_LAYOUT (1ULL << 27)      /* legacy */
#define VIRTIO_F_INDIRECT_DESC (1ULL << 28)
#define VIRTIO_F_EVENT_IDX (1ULL << 29)
#define VIRTIO_F_VERSION_1 (1ULL << 32)
#define VIRTIO_F_ACCESS_PLATFORM (1ULL << 33)
#define VIRTIO_F_RING_PACKED (1ULL << 34)
#define VIRTIO_F_IN_ORDER (1ULL << 35)
#define VIRTIO_F_ORDER_PLATFORM (1ULL << 36)
#define VIRTIO_F_SR_IOV (1ULL << 37)
#define VIRTIO_F_NOTIFICATION_DATA (1ULL << 38)
#define VIRTIO_F_NOTIF_CONFIG_DATA (1ULL << 39)
#define VIRTIO_F_RING_RESET (1ULL << 40)

/* Split virtqueue. */
struct vring_desc {
    u64 addr; /* guest absolute address */
    u32 len;
    u16 flags; /* VRING_DESC_F_* */
    u16 next;
};
#define VRING_DESC_F_NEXT 1
#define VRING_DESC_F_WRITE 2 /* device writes */
#define VRING_DESC_F_INDIRECT 4
_Static_assert(sizeof(struct vring_desc) == 16, "descriptor");

struct vring_avail {
    u16 flags; /* VRING_AVAIL_F_NO_INTERRUPT */
    u16 idx;
    u16 ring[]; /* num entries, then u16 used_event */
};
#define VRING_AVAIL_F_NO_INTERRUPT 1
_Static_assert(offsetof(struct vring_avail, ring) == 4, "avail ring");

struct vring_used_elem {
    u32 id;
    u32 len;
};
struct vring_used {
    u16 flags; /* VRING_USED_F_NO_NOTIFY */
    u16 idx;
    struct vring_used_elem ring[]; /* num entries, then u16 avail_event */
};
#define VRING_USED_F_NO_NOTIFY 1
_Static_assert(offsetof(struct vring_used, ring) == 4, "used ring");

#define VRING_NUM_MAX 32768
#define VRING_AVAIL_SIZE(num) (4 + 2 * (num) + 2)
#define VRING_USED_SIZE(num) (4 + 8 * (num) + 2)
#define VRING_ALIGN_DESC 16
#define VRING_ALIGN_AVAIL 2
#define VRING_ALIGN_USED 4

/* Packed virtqueue. */
struct vring_packed_desc {
    u64 addr;
    u32 len;
    u16 id;
    u16 flags; /* VRING_DESC_F_*, VRING_PACKED_F_* */
};
#define VRING_PACKED_F_AVAIL (1U << 7)
#define VRING_PACKED_F_USED (1U << 15)
_Static_assert(sizeof(struct vring_packed_desc) == 16, "packed descriptor");

struct vring_packed_event {
    u16 off_wrap;
    u16 flags; /* VRING_EVENT_* */
};
#define VRING_EVENT_ENABLE 0
#define VRING_EVENT_DISABLE 1
#define VRING_EVENT_DESC 2

/* Console: queues 0 receive, 1 transmit, 2 control receive, 3 control transmit. */
#define VIRTIO_CONSOLE_F_SIZE (1ULL << 0)
#define VIRTIO_CONSOLE_F_MULTIPORT (1ULL << 1)
#define VIRTIO_CONSOLE_F_EMERG_WRITE (1ULL << 2)
struct virtio_console_config {
    u16 cols;
    u16 rows;
    u32 max_nr_ports;
    u32 emerg_wr;
};
_Static_assert(sizeof(struct virtio_console_config) == 12, "console configuration");
struct virtio_console_control {
    u32 id;    /* port */
    u16 event; /* VIRTIO_CONSOLE_* */
    u16 value;
};
#define VIRTIO_CONSOLE_DEVICE_READY 0
#define VIRTIO_CONSOLE_DEVICE_ADD 1
#define VIRTIO_CONSOLE_DEVICE_REMOVE 2
#define VIRTIO_CONSOLE_PORT_READY 3
#define VIRTIO_CONSOLE_CONSOLE_PORT 4
#define VIRTIO_CONSOLE_RESIZE 5
#define VIRTIO_CONSOLE_PORT_OPEN 6
#define VIRTIO_CONSOLE_PORT_NAME 7

/* Block. */
#define VIRTIO_BLK_F_SIZE_MAX (1ULL << 1)
#define VIRTIO_BLK_F_SEG_MAX (1ULL << 2)
#define VIRTIO_BLK_F_GEOMETRY (1ULL << 4)
#define VIRTIO_BLK_F_RO (1ULL << 5)
#define VIRTIO_BLK_F_BLK_SIZE (1ULL << 6)
#define VIRTIO_BLK_F_FLUSH (1ULL << 9)
#define VIRTIO_BLK_F_TOPOLOGY (1ULL << 10)
#define VIRTIO_BLK_F_CONFIG_WCE (1ULL << 11)
#define VIRTIO_BLK_F_MQ (1ULL << 12)
#define VIRTIO_BLK_F_DISCARD (1ULL << 13)
#define VIRTIO_BLK_F_WRITE_ZEROES (1ULL << 14)
#define VIRTIO_BLK_F_LIFETIME (1ULL << 15)
#define VIRTIO_BLK_F_SECURE_ERASE (1ULL << 16)
struct virtio_blk_config {
    u64 capacity;                      /* 00: in sectors of 512 bytes */
    u32 size_max;                      /* 08: longest segment */
    u32 seg_max;                       /* 0C: most segments of a request */
    u16 cylinders;                     /* 10: geometry */
    u8 heads;                          /* 12 */
    u8 sectors;                        /* 13 */
    u32 blk_size;                      /* 14 */
    u8 physical_block_exp;             /* 18: topology: log2(physical / logical block) */
    u8 alignment_offset;               /* 19 */
    u16 min_io_size;                   /* 1A */
    u32 opt_io_size;                   /* 1C */
    u8 writeback;                      /* 20 */
    u8 unused0;                        /* 21 */
    u16 num_queues;                    /* 22 */
    u32 max_discard_sectors;           /* 24 */
    u32 max_discard_seg;               /* 28 */
    u32 discard_sector_alignment;      /* 2C */
    u32 max_write_zeroes_sectors;      /* 30 */
    u32 max_write_zeroes_seg;          /* 34 */
    u8 write_zeroes_may_unmap;         /* 38 */
    u8 unused1[3];                     /* 39 */
    u32 max_secure_erase_sectors;      /* 3C */
    u32 max_secure_erase_seg;          /* 40 */
    u32 secure_erase_sector_alignment; /* 44 */
};
_Static_assert(offsetof(struct virtio_blk_config, blk_size) == 0x14, "block configuration");
_Static_assert(offsetof(struct virtio_blk_config, writeback) == 0x20, "block configuration");
_Static_assert(offsetof(struct virtio_blk_config, num_queues) == 0x22, "block configuration");
_Static_assert(offsetof(struct virtio_blk_config, write_zeroes_may_unmap) == 0x38,
               "block configuration");
_Static_assert(sizeof(struct virtio_blk_config) == 0x48, "block configuration");
struct virtio_blk_req { /* first part of a request; data and one status byte follow */
    u32 type;           /* VIRTIO_BLK_T_* */
    u32 reserved;
    u64 sector;
};
_Static_assert(sizeof(struct virtio_blk_req) == 16, "block request");
#define VIRTIO_BLK_T_IN 0
#define VIRTIO_BLK_T_OUT 1
#define VIRTIO_BLK_T_FLUSH 4
#define VIRTIO_BLK_T_GET_ID 8
#define VIRTIO_BLK_T_GET_LIFETIME 10
#define VIRTIO_BLK_T_DISCARD 11
#define VIRTIO_BLK_T_WRITE_ZEROES 13
#define VIRTIO_BLK_T_SECURE_ERASE 14
#define VIRTIO_BLK_ID_BYTES 20
#define VIRTIO_BLK_SECTOR 512
#define VIRTIO_BLK_S_OK 0
#define VIRTIO_BLK_S_IOERR 1
#define VIRTIO_BLK_S_UNSUPP 2
struct virtio_blk_range { /* data of DISCARD and WRITE_ZEROES */
    u64 sector;
    u32 num_sectors;
    u32 flags; /* VIRTIO_BLK_RANGE_UNMAP */
};
#define VIRTIO_BLK_RANGE_UNMAP 1
_Static_assert(sizeof(struct virtio_blk_range) == 16, "block range");

/* Network: queues 0 receive, 1 transmit, ..., last control. */
#define VIRTIO_NET_F_CSUM (1ULL << 0)
#define VIRTIO_NET_F_GUEST_CSUM (1ULL << 1)
#define VIRTIO_NET_F_CTRL_GUEST_OFFLOADS (1ULL << 2)
#define VIRTIO_NET_F_MTU (1ULL << 3)
#define VIRTIO_NET_F_MAC (1ULL << 5)
#define VIRTIO_NET_F_GUEST_TSO4 (1ULL << 7)
#define VIRTIO_NET_F_GUEST_TSO6 (1ULL << 8)
#define VIRTIO_NET_F_GUEST_ECN (1ULL << 9)
#define VIRTIO_NET_F_GUEST_UFO (1ULL << 10)
#define VIRTIO_NET_F_HOST_TSO4 (1ULL << 11)
#define VIRTIO_NET_F_HOST_TSO6 (1ULL << 12)
#define VIRTIO_NET_F_HOST_ECN (1ULL << 13)
#define VIRTIO_NET_F_HOST_UFO (1ULL << 14)
#define VIRTIO_NET_F_MRG_RXBUF (1ULL << 15)
#define VIRTIO_NET_F_STATUS (1ULL << 16)
#define VIRTIO_NET_F_CTRL_VQ (1ULL << 17)
#define VIRTIO_NET_F_CTRL_RX (1ULL << 18)
#define VIRTIO_NET_F_CTRL_VLAN (1ULL << 19)
#define VIRTIO_NET_F_GUEST_ANNOUNCE (1ULL << 21)
#define VIRTIO_NET_F_MQ (1ULL << 22)
#define VIRTIO_NET_F_CTRL_MAC_ADDR (1ULL << 23)
struct virtio_net_config {
    u8 mac[6];                            /* 00 */
    u16 status;                           /* 06: VIRTIO_NET_S_* */
    u16 max_virtqueue_pairs;              /* 08 */
    u16 mtu;                              /* 0A */
    u32 speed;                            /* 0C: Mbit/s, all ones = unknown */
    u8 duplex;                            /* 10: 0 half, 1 full, FF unknown */
    u8 rss_max_key_size;                  /* 11 */
    u16 rss_max_indirection_table_length; /* 12 */
    u32 supported_hash_types;             /* 14 */
};
#define VIRTIO_NET_S_LINK_UP 1
#define VIRTIO_NET_S_ANNOUNCE 2
_Static_assert(offsetof(struct virtio_net_config, status) == 6, "network configuration");
_Static_assert(sizeof(struct virtio_net_config) == 0x18, "network configuration");
struct virtio_net_hdr {
    u8 flags;        /* 0: VIRTIO_NET_HDR_F_* */
    u8 gso_type;     /* 1: VIRTIO_NET_HDR_GSO_* */
    u16 hdr_len;     /* 2 */
    u16 gso_size;    /* 4 */
    u16 csum_start;  /* 6 */
    u16 csum_offset; /* 8 */
    u16 num_buffers; /* A: always present with VERSION_1, else only with MRG_RXBUF */
};
#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1
#define VIRTIO_NET_HDR_F_DATA_VALID 2
#define VIRTIO_NET_HDR_GSO_NONE 0
#define VIRTIO_NET_HDR_GSO_TCPV4 1
#define VIRTIO_NET_HDR_GSO_UDP 3
#define VIRTIO_NET_HDR_GSO_TCPV6 4
#define VIRTIO_NET_HDR_GSO_ECN 0x80
#define VIRTIO_NET_HDR_LEGACY_LEN 10
_Static_assert(sizeof(struct virtio_net_hdr) == 12, "network header");

/* Control queue: class, command, data, then one acknowledgement byte. */
struct virtio_net_ctrl {
    u8 cls;
    u8 cmd;
};
#define VIRTIO_NET_CTRL_RX 0
#define VIRTIO_NET_CTRL_MAC 1
#define VIRTIO_NET_CTRL_MAC_ADDR_SET 1
#define VIRTIO_NET_CTRL_VLAN 2
#define VIRTIO_NET_CTRL_ANNOUNCE 3
#define VIRTIO_NET_CTRL_MQ 4
#define VIRTIO_NET_CTRL_OFFLOADS 5
#define VIRTIO_NET_OK 0
#define VIRTIO_NET_ERR 1

/* Entropy: one queue of buffers to fill, no configuration, no features. */

#endif
