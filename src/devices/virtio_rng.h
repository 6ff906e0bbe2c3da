/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio entropy device: the host's random numbers.  References: [VIRTIO 1.2 5.4 Entropy Device].
 */
#ifndef SIE390_DEVICES_VIRTIO_RNG_H
#define SIE390_DEVICES_VIRTIO_RNG_H

#include "channel/virtio_device.h"

int virtio_rng_create(const char *name, struct virtio_device **out) MUST_CHECK;

#endif
