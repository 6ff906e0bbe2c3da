/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio console with named ports.  References: [VIRTIO 1.2 5.3 Console Device].
 */
#ifndef SIE390_DEVICES_VIRTIO_CONSOLE_H
#define SIE390_DEVICES_VIRTIO_CONSOLE_H

#include "channel/virtio_device.h"
#include "devices/chardev.h"

#define VIRTIO_CONSOLE_MAX_PORTS 31 /* 64 queues */

struct virtio_console_port {
    const char *name; /* /dev/virtio-ports/NAME; NULL for none */
    bool console;     /* hvcN; else vportNpM */
    struct chardev *chardev;
};

/* The ports' channels belong to the device afterwards, also when it fails.  0 or -errno (logged).
 * SIGPIPE must be ignored in the process. */
int virtio_console_create(struct loop *loop, const char *name,
                          const struct virtio_console_port *ports, unsigned nports,
                          struct virtio_device **out) MUST_CHECK;

#endif
