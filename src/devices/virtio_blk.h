/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio block device.  References: [VIRTIO 1.2 5.2 Block Device].
 */
#ifndef SIE390_DEVICES_VIRTIO_BLK_H
#define SIE390_DEVICES_VIRTIO_BLK_H

#include "base/workers.h"
#include "channel/virtio_device.h"
#include "devices/blk_backend.h"

struct virtio_blk_options {
    const char *name;            /* "disk0" */
    const char *serial;          /* up to 20 characters, or NULL */
    struct blk_backend *backend; /* belongs to the device afterwards, also when it fails */
    struct workers *workers;
    unsigned queues; /* 0 = 1 */
};

int virtio_blk_create(const struct virtio_blk_options *o, struct virtio_device **out) MUST_CHECK;

#endif
