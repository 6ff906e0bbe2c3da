/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio network device.  References: [VIRTIO 1.2 5.1 Network Device].
 */
#ifndef SIE390_DEVICES_VIRTIO_NET_H
#define SIE390_DEVICES_VIRTIO_NET_H

#include "channel/virtio_device.h"
#include "devices/net_backend.h"

/* The back end belongs to the device afterwards, also when it fails.  mac NULL: a locally
 * administered address made from `index`. */
int virtio_net_create(const char *name, unsigned index, const u8 mac[6],
                      struct net_backend *backend, struct virtio_device **out) MUST_CHECK;

#endif
