/* SPDX-License-Identifier: Apache-2.0
 *
 * A virtio device as the transport sees it: what it is, its features, its queues, and what it is
 * told.  The device embeds struct virtio_device first and fills the part "set by the device"; the
 * transport (virtio_ccw.c) owns the rest.  Everything runs on the I/O thread.
 *
 * References: [VIRTIO 1.2 2 Basic Facilities of a Virtio Device].
 */
#ifndef SIE390_CHANNEL_VIRTIO_DEVICE_H
#define SIE390_CHANNEL_VIRTIO_DEVICE_H

#include "arch/virtio.h"
#include "base/loop.h"
#include "channel/virtqueue.h"

struct virtio_device;

struct virtio_device_ops {
    u16 id; /* enum virtio_id */
    /* The driver kicked queue q (or the transport thinks there may be work).  It is ready. */
    void (*notify)(struct virtio_device *d, unsigned q);
    /* The driver wrote DRIVER_OK: queues and d->features are final.  May be NULL. */
    void (*start)(struct virtio_device *d);
    /* Afterwards no request is under way and no guest storage is touched.  Waits if it must.
     * The transport clears queues, status and features.  May be NULL. */
    void (*reset)(struct virtio_device *d);
    /* The driver wrote d->config[from, from+len).  NULL: writes are ignored. */
    void (*config_written)(struct virtio_device *d, unsigned from, unsigned len);
    /* Takes what the guest has queued, as far as it can without waiting for the guest.  Waits for
     * the host.  May be NULL. */
    void (*flush)(struct virtio_device *d);
    /* Frees it.  Called after reset. */
    void (*destroy)(struct virtio_device *d);
};

struct virtio_device {
    /* set by the device */
    const struct virtio_device_ops *ops;
    char name[32]; /* "disk0": for messages */
    u64 offered;   /* device features; the transport adds ring features and VERSION_1 */
    void *config;  /* configuration space, little-endian */
    unsigned config_len;
    unsigned nqueues;
    u16 queue_max; /* size of a queue, a power of two */

    /* owned by the transport */
    struct mem *mem;
    struct loop *loop;
    struct virtqueue *queue; /* nqueues */
    u64 features;            /* accepted by the driver */
    u8 status;
    void *transport;
    void (*interrupt)(struct virtio_device *d, unsigned q);
    void (*config_changed)(struct virtio_device *d);
    void (*kick)(struct virtio_device *d, unsigned q);
    bool broken_logged;
};

/* Tells the driver about used buffers of q unless it said it does not want to know. */
void virtio_signal(struct virtio_device *d, unsigned q);
/* The configuration space was changed. */
void virtio_config_changed(struct virtio_device *d);
/* Has ops->notify(q) called again after what else is due: for work done in portions. */
void virtio_again(struct virtio_device *d, unsigned q);
/* The driver broke the rules: NEEDS_RESET, logged once; the queues stop. */
void virtio_broken(struct virtio_device *d, const char *why);
static inline bool virtio_running(const struct virtio_device *d)
{
    return (d->status & (VIRTIO_STATUS_DRIVER_OK | VIRTIO_STATUS_NEEDS_RESET)) ==
           VIRTIO_STATUS_DRIVER_OK;
}

/* ---- for the transport ---- */

#define VIRTIO_MAX_QUEUES 64

/* Makes the queues.  0 or -ENOMEM. */
int virtio_init(struct virtio_device *d) MUST_CHECK;
/* Frees queues and device; after a reset. */
void virtio_destroy(struct virtio_device *d);
u64 virtio_offered(const struct virtio_device *d);
/* The driver writes the status byte.  What it asks for may not come true: see d->status. */
void virtio_set_status(struct virtio_device *d, u8 status);
void virtio_reset(struct virtio_device *d);
/* Sets queue q up, or (num 0) not.  0 or -EINVAL. */
int virtio_set_queue(struct virtio_device *d, unsigned q, u16 num, u64 desc, u64 avail,
                     u64 used) MUST_CHECK;
/* The driver kicked q: ignored unless it is set up and the device runs. */
void virtio_notify(struct virtio_device *d, unsigned q);

#endif
