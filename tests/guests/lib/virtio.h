/* SPDX-License-Identifier: Apache-2.0
 *
 * A virtio device over channel I/O, driven at its simplest: the first device there is, one queue,
 * channel commands waited for by asking.  For bare-metal guests that need a device; not for those
 * that test channel I/O itself.
 *
 * References: [VIRTIO 1.2 2.7 Split Virtqueues], [VIRTIO 1.2 4.3 Virtio Over Channel I/O].
 */
#ifndef GUEST_VIRTIO_H
#define GUEST_VIRTIO_H

#include "guest.h"

#define VIRTIO_QUEUE 32 /* descriptors at most; a device may allow fewer */

/* Flags of a descriptor. */
#define VIRTIO_NEXT 1
#define VIRTIO_WRITE 2 /* the device writes */

/* Payload of the channel command that asks for adapter interruptions. */
struct virtio_adapter {
    u64 summary, indicators, bit;
    u8 isc;
} __attribute__((packed));

/* Starts the device with these features of word 0 (and version 1): with adapter interruptions, or
 * with none.  false: there is none, or virtio_status() tells. */
bool virtio_start(u32 features, const struct virtio_adapter *adapter);

/* Device status (high byte) and subchannel status of the last channel command. */
u16 virtio_status(void);

/* Descriptor n; with VIRTIO_NEXT, `next` follows. */
void virtio_describe(unsigned n, const volatile void *p, u32 len, u16 flags, unsigned next);

/* One more chain for the device, which learns of it by virtio_notify(). */
void virtio_give(unsigned head);
void virtio_notify(void);

/* Chains given, and used, since the start (modulo 65536). */
u16 virtio_given(void);
u16 virtio_used(void);

#endif
