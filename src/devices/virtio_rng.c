/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio entropy device: fills the guest's buffers from getrandom(2).
 *
 * References: [VIRTIO 1.2 5.4 Entropy Device].
 */
#include "devices/virtio_rng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#define QUEUE_MAX 64
#define AT_MOST 65536 /* bytes for one request; the driver asks again */

static void give(struct virtqueue *q, const struct virtq_chain *c)
{
    u8 bytes[256]; /* what getrandom gives without being interrupted */
    u64 done = 0, want = min64(c->in_len, AT_MOST);

    while (done < want) {
        ssize_t n = getrandom(bytes, min64(want - done, sizeof(bytes)), 0);

        if (n <= 0)
            break;
        done += virtq_write(q, c, done, bytes, (size_t)n);
    }
    virtq_push(q, c->head, (u32)done);
}

static void notify(struct virtio_device *d, unsigned nr)
{
    struct virtqueue *q = &d->queue[nr];
    struct virtq_chain c;
    unsigned left = q->num;

    do {
        for (; left && virtq_pop(q, &c); left--)
            give(q, &c);
    } while (left && virtq_notify_on(q));
    virtio_signal(d, nr);
    if (!left)
        virtio_again(d, nr);
}

static void destroy(struct virtio_device *d)
{
    free(d);
}

static const struct virtio_device_ops ops = {
    .id = VIRTIO_ID_RNG,
    .notify = notify,
    .destroy = destroy,
};

int virtio_rng_create(const char *name, struct virtio_device **out)
{
    struct virtio_device *d = calloc(1, sizeof(*d));

    if (!d)
        return -ENOMEM;
    d->ops = &ops;
    d->nqueues = 1;
    d->queue_max = QUEUE_MAX;
    snprintf(d->name, sizeof(d->name), "%s", name);
    *out = d;
    return 0;
}
