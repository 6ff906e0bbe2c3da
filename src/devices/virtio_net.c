/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio network device: one pair of queues, mergeable receive buffers, no offloads.
 *
 * A frame that finds no buffers waits in a short backlog, and the back end is asked to stop; what
 * comes in spite of that is dropped, as on a real wire.
 *
 * References: [VIRTIO 1.2 5.1 Network Device].
 */
#include "devices/virtio_net.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define QUEUE_MAX 256
#define RX 0
#define TX 1
#define BACKLOG_MAX 256
#define HEADER sizeof(struct virtio_net_hdr)
#define MIN_FRAME 14
#define DEFAULT_MTU 1500

struct waiting {
    struct waiting *next;
    size_t len;
    u8 data[];
};

struct net {
    struct virtio_device d;
    struct virtio_net_config config;
    struct net_backend *backend;
    struct waiting *head, **tail; /* backlog */
    unsigned nframes;
    bool paused;
    u8 frame[NET_MAX_FRAME];
};

static struct net *of(struct virtio_device *d)
{
    return container_of(d, struct net, d);
}

/* ---- to the guest ---- */

/* Guest address of byte `off` of the in segments. */
static u64 address_of(const struct virtq_chain *c, u64 off)
{
    for (unsigned i = c->nout; i < c->nout + c->nin; i++) {
        if (off < c->iov[i].iov_len)
            return c->abs[i] + off;
        off -= c->iov[i].iov_len;
    }
    return 0;
}

struct receiving {
    const u8 *frame;
    size_t len;
    size_t done;   /* bytes of header and frame stored */
    size_t before; /* the same, before the current chain */
    u16 buffers;
    u64 count_at[2]; /* where the two bytes of num_buffers are */
};

/* Stores what fits into one chain. */
static void store_part(struct virtqueue *q, struct receiving *r, const struct virtq_chain *c)
{
    size_t n = 0;

    if (!r->buffers) {
        struct virtio_net_hdr h = {.gso_type = VIRTIO_NET_HDR_GSO_NONE, .num_buffers = 1};

        n = r->done = virtq_write(q, c, 0, &h, HEADER);
        r->count_at[0] = address_of(c, offsetof(struct virtio_net_hdr, num_buffers));
        r->count_at[1] = address_of(c, offsetof(struct virtio_net_hdr, num_buffers) + 1);
    }
    r->done += virtq_write(q, c, n, r->frame + (r->done - HEADER), HEADER + r->len - r->done);
    n = r->done - r->before;
    r->before = r->done;
    virtq_fill(q, r->buffers++, c->head, (u32)n);
}

static void store_count(struct virtqueue *q, const struct receiving *r)
{
    for (unsigned i = 0; i < 2; i++) {
        u8 byte = (u8)(r->buffers >> 8 * i);

        if (mem_write(q->dev->mem, abs_addr(r->count_at[i]), &byte, 1) != MEM_OK)
            return;
    }
}

/* False: not enough buffers. */
static bool deliver(struct net *net, const u8 *frame, size_t len)
{
    struct virtqueue *q = &net->d.queue[RX];
    bool mergeable = net->d.features & VIRTIO_NET_F_MRG_RXBUF;
    struct receiving r = {.frame = frame, .len = len};
    struct virtq_chain c;

    while (r.done < HEADER + len) {
        if (r.buffers == q->num || !virtq_pop(q, &c)) {
            while (r.buffers--)
                virtq_unpop(q);
            return false;
        }
        if (c.in_len < HEADER + (mergeable ? 1 : len)) {
            virtio_broken(&net->d, "a receive buffer that is too small");
            q->broken = true;
            return true;
        }
        store_part(q, &r, &c);
    }
    if (r.buffers > 1)
        store_count(q, &r);
    virtq_publish(q, r.buffers);
    return true;
}

static void pause_backend(struct net *net, bool pause)
{
    if (net->paused == pause)
        return;
    net->paused = pause;
    net->backend->ops->resume(net->backend, !pause);
}

static bool add_to_backlog(struct net *net, const u8 *frame, size_t len)
{
    struct waiting *f = net->nframes < BACKLOG_MAX ? malloc(sizeof(*f) + len) : NULL;

    if (!f)
        return false;
    f->next = NULL;
    f->len = len;
    memcpy(f->data, frame, len);
    *net->tail = f;
    net->tail = &f->next;
    net->nframes++;
    return true;
}

static bool receive(void *front, const u8 *frame, size_t len)
{
    struct net *net = front;

    if (!virtio_running(&net->d) || !virtq_ready(&net->d.queue[RX]) || len > NET_MAX_FRAME)
        return false;
    if (!net->nframes && deliver(net, frame, len)) {
        virtio_signal(&net->d, RX);
        return true;
    }
    pause_backend(net, true);
    if (!net->nframes)
        virtio_again(&net->d, RX); /* buffers may have come since we looked */
    return add_to_backlog(net, frame, len);
}

static struct waiting *unlink_first(struct net *net)
{
    struct waiting *f = net->head;

    net->head = f->next;
    if (!net->head)
        net->tail = &net->head;
    net->nframes--;
    return f;
}

static void rx_buffers(struct net *net)
{
    struct virtqueue *q = &net->d.queue[RX];
    u16 seen;

    virtq_notify_off(q);
    while (net->head) {
        seen = virtq_waiting(q);
        if (deliver(net, net->head->data, net->head->len)) {
            free(unlink_first(net));
            continue;
        }
        (void)virtq_notify_on(q);
        if (virtq_waiting(q) == seen)
            break; /* too few, and no more have come */
    }
    virtio_signal(&net->d, RX);
    if (!net->head)
        pause_backend(net, false);
}

/* ---- from the guest ---- */

static void tx(struct net *net)
{
    struct virtqueue *q = &net->d.queue[TX];
    struct virtq_chain c;
    unsigned left = q->num;

    virtq_notify_off(q);
    do {
        for (; left && virtq_pop(q, &c); left--) {
            u64 len = c.out_len - min64(c.out_len, HEADER);

            if (len >= MIN_FRAME && len <= NET_MAX_FRAME) {
                (void)virtq_read(&c, HEADER, net->frame, len);
                net->backend->ops->send(net->backend, net->frame, len);
            }
            virtq_push(q, c.head, 0);
        }
    } while (left && virtq_notify_on(q));
    virtio_signal(&net->d, TX);
    if (!left)
        virtio_again(&net->d, TX);
}

/* ---- the device ---- */

static void notify(struct virtio_device *d, unsigned q)
{
    if (q == RX)
        rx_buffers(of(d));
    else
        tx(of(d));
}

static void start(struct virtio_device *d)
{
    of(d)->paused = true;
    pause_backend(of(d), false);
}

static void reset(struct virtio_device *d)
{
    struct net *net = of(d);

    pause_backend(net, true);
    while (net->head)
        free(unlink_first(net));
}

static void destroy(struct virtio_device *d)
{
    struct net *net = of(d);

    net->backend->ops->destroy(net->backend);
    free(net);
}

static const struct virtio_device_ops ops = {
    .id = VIRTIO_ID_NET,
    .notify = notify,
    .start = start,
    .reset = reset,
    .destroy = destroy,
};

int virtio_net_create(const char *name, unsigned index, const u8 mac[6],
                      struct net_backend *backend, struct virtio_device **out)
{
    const u8 made[6] = {0x02, 0x53, 0x49, 0x45, (u8)(index >> 8), (u8)index};
    struct net *net = calloc(1, sizeof(*net));

    if (!net) {
        backend->ops->destroy(backend);
        return -ENOMEM;
    }
    net->backend = backend;
    net->paused = true;
    net->tail = &net->head;
    backend->front = net;
    backend->receive = receive;
    memcpy(net->config.mac, mac ? mac : made, 6);
    net->config.status = VIRTIO_NET_S_LINK_UP;
    net->config.max_virtqueue_pairs = 1;
    net->config.mtu = backend->mtu;
    net->d.ops = &ops;
    net->d.offered = VIRTIO_NET_F_MAC | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_MRG_RXBUF |
                     (backend->mtu != DEFAULT_MTU ? VIRTIO_NET_F_MTU : 0);
    net->d.config = &net->config;
    net->d.config_len = sizeof(net->config);
    net->d.nqueues = 2;
    net->d.queue_max = QUEUE_MAX;
    snprintf(net->d.name, sizeof(net->d.name), "%s", name);
    *out = &net->d;
    return 0;
}
