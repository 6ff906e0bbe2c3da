/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio over channel I/O, revisions 1 and 2: puts a virtio device on a subchannel and performs
 * its channel commands; classic and adapter indicators; notification by DIAGNOSE 500.
 *
 * References: [VIRTIO 1.2 4.3 Virtio Over Channel I/O].
 */
#ifndef SIE390_CHANNEL_VIRTIO_CCW_H
#define SIE390_CHANNEL_VIRTIO_CCW_H

#include "channel/css.h"
#include "channel/virtio_device.h"

/* Puts the device on a new subchannel.  0 or -errno (logged; the device is destroyed then).
 * Afterwards the subsystem owns it.  hotplug: on the I/O thread (loop_call). */
int virtio_ccw_plug(struct css *css, struct virtio_device *d, int devno, bool hotplug) MUST_CHECK;

/* DIAGNOSE 500 subcode 3: GR2, GR3, GR4.  Any thread; only posts to the I/O thread.
 * Returns the cookie (>= 0) or a negative errno as the guest expects it. */
s64 virtio_ccw_notify(struct css *css, u32 schid, u64 queue, u64 cookie);

/* The virtio device of a subchannel, NULL if it has another one. */
struct virtio_device *virtio_ccw_device(struct subchannel *s);

#endif
