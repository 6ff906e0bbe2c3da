/* SPDX-License-Identifier: Apache-2.0
 *
 * What all virtio devices have in common, whatever carries them: status, feature negotiation,
 * queues, reset.
 *
 * References: [VIRTIO 1.2 2.1 Device Status Field], [VIRTIO 1.2 2.2 Feature Bits], [VIRTIO 1.2 3.1
 * Device Initialization].
 */
#include "channel/virtio_device.h"

#include <errno.h>
#include <stdlib.h>

#include "base/log.h"

#define TRANSPORT_FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX)

int virtio_init(struct virtio_device *d)
{
    ASSERT(d->nqueues <= VIRTIO_MAX_QUEUES && !(d->queue_max & (d->queue_max - 1)));
    d->queue = calloc(d->nqueues, sizeof(*d->queue));
    if (!d->queue)
        return -ENOMEM;
    for (unsigned i = 0; i < d->nqueues; i++) {
        d->queue[i].dev = d;
        d->queue[i].index = (u16)i;
    }
    return 0;
}

void virtio_destroy(struct virtio_device *d)
{
    free(d->queue);
    d->queue = NULL;
    d->ops->destroy(d);
}

u64 virtio_offered(const struct virtio_device *d)
{
    return d->offered | TRANSPORT_FEATURES;
}

void virtio_reset(struct virtio_device *d)
{
    if (d->ops->reset)
        d->ops->reset(d);
    for (unsigned i = 0; i < d->nqueues; i++)
        virtq_reset(&d->queue[i]);
    d->features = 0;
    d->status = 0;
    d->broken_logged = false;
}

static void set_queue_features(struct virtio_device *d)
{
    for (unsigned i = 0; i < d->nqueues; i++) {
        d->queue[i].event_idx = d->features & VIRTIO_F_EVENT_IDX;
        d->queue[i].indirect = d->features & VIRTIO_F_INDIRECT_DESC;
    }
}

static bool features_acceptable(const struct virtio_device *d)
{
    return !(d->features & ~virtio_offered(d)) && d->features & VIRTIO_F_VERSION_1;
}

void virtio_set_status(struct virtio_device *d, u8 status)
{
    bool started;

    if (!status) {
        virtio_reset(d);
        return;
    }
    if (status & VIRTIO_STATUS_FEATURES_OK && !features_acceptable(d))
        status &= (u8)~VIRTIO_STATUS_FEATURES_OK;
    if (!(status & VIRTIO_STATUS_FEATURES_OK))
        status &= (u8)~VIRTIO_STATUS_DRIVER_OK;
    started = status & VIRTIO_STATUS_DRIVER_OK && !(d->status & VIRTIO_STATUS_DRIVER_OK);
    d->status = status | (d->status & VIRTIO_STATUS_NEEDS_RESET);
    if (!started)
        return;
    set_queue_features(d);
    if (d->ops->start)
        d->ops->start(d);
    for (unsigned i = 0; i < d->nqueues; i++) /* kicks before DRIVER_OK were ignored */
        if (virtq_waiting(&d->queue[i]))
            virtio_notify(d, i);
}

int virtio_set_queue(struct virtio_device *d, unsigned q, u16 num, u64 desc, u64 avail, u64 used)
{
    int r = 0;

    if (q >= d->nqueues)
        return -EINVAL;
    if (num)
        r = virtq_setup(&d->queue[q], num, desc, avail, used);
    else
        virtq_reset(&d->queue[q]);
    set_queue_features(d);
    return r;
}

void virtio_notify(struct virtio_device *d, unsigned q)
{
    if (q < d->nqueues && virtio_running(d) && virtq_ready(&d->queue[q]))
        d->ops->notify(d, q);
}

void virtio_signal(struct virtio_device *d, unsigned q)
{
    if (virtio_running(d) && virtq_wants_signal(&d->queue[q]))
        d->interrupt(d, q);
}

void virtio_config_changed(struct virtio_device *d)
{
    if (d->config_changed && d->status & VIRTIO_STATUS_DRIVER_OK)
        d->config_changed(d);
}

void virtio_again(struct virtio_device *d, unsigned q)
{
    d->kick(d, q);
}

void virtio_broken(struct virtio_device *d, const char *why)
{
    if (!d->broken_logged)
        log_warning("%s: stopped, the guest's driver gave it %s", d->name, why);
    d->broken_logged = true;
    d->status |= VIRTIO_STATUS_NEEDS_RESET;
    virtio_config_changed(d);
}
