/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio block device.
 *
 * A request is copied off its queue, checked, and given to a worker thread; reads that the host has
 * in its page cache are done at once.  Requests are independent of each other, as the standard has
 * it: the driver waits for the completion of what must come first.
 *
 * Flush: the worker calls datasync after the request was taken, so every write that was reported as
 * done before is covered.  A driver that did not accept VIRTIO_BLK_F_FLUSH gets a write-through
 * disk: each write is synced before it is reported.
 *
 * References: [VIRTIO 1.2 5.2 Block Device].
 */
#include "devices/virtio_blk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define QUEUE_MAX 256
#define OFFERED_SEGS 254
#define AT_ONCE_MAX 131072 /* bytes the I/O thread copies itself */
#define ERRORS_LOGGED 10
#define MAX_RANGE_SECTORS 0x3fffffU /* 2 GiB, of discard and write-zeroes */

struct blk {
    struct virtio_device d;
    struct virtio_blk_config config;
    struct blk_backend *backend;
    struct workers *workers;
    char serial[VIRTIO_BLK_ID_BYTES];
    unsigned busy; /* requests that workers have */
    _Atomic unsigned errors;
};

struct request {
    struct work work;
    struct blk *blk;
    struct virtqueue *q;
    u32 type;
    u64 off, len; /* bytes on the disk */
    bool unmap;
    bool sync_after; /* write-through */
    u64 flush_token;
    u8 status;
    struct virtq_chain c; /* iov and abs point into the next */
    struct iovec *data;   /* the data segments in iov */
    unsigned ndata;
    u64 data_len;
    struct iovec iov[]; /* followed by abs */
};

static struct blk *of(struct virtio_device *d)
{
    return container_of(d, struct blk, d);
}

/* ---- completion ---- */

static bool gives_data(const struct request *r)
{
    return (r->type == VIRTIO_BLK_T_IN || r->type == VIRTIO_BLK_T_GET_ID) &&
           r->status == VIRTIO_BLK_S_OK;
}

/* Data were put into the in segments through iov; the status byte is the last one of them. */
static void complete(struct request *r)
{
    struct virtqueue *q = r->q;
    u64 status_at = r->c.in_len - 1;

    if (gives_data(r))
        virtq_wrote(q, &r->c, status_at);
    (void)virtq_write(q, &r->c, status_at, &r->status, 1);
    virtq_push(q, r->c.head, (u32)(gives_data(r) ? r->c.in_len : status_at ? 0 : 1));
    free(r);
}

static const char *name_of(u32 type)
{
    switch (type) {
    case VIRTIO_BLK_T_IN:
        return "read";
    case VIRTIO_BLK_T_OUT:
        return "write";
    case VIRTIO_BLK_T_FLUSH:
        return "flush";
    case VIRTIO_BLK_T_DISCARD:
        return "discard";
    default:
        return "write zeroes";
    }
}

/* A full or broken disk is told a few times, not for ever. */
static u8 status_of(struct request *r, int error)
{
    if (!error)
        return VIRTIO_BLK_S_OK;
    if (r->blk->errors++ < ERRORS_LOGGED)
        log_warning("%s: %s at byte %llu: %s", r->blk->d.name, name_of(r->type),
                    (unsigned long long)r->off, strerror(-error));
    return error == -EOPNOTSUPP ? VIRTIO_BLK_S_UNSUPP : VIRTIO_BLK_S_IOERR;
}

static void work_done(struct work *w)
{
    struct request *r = container_of(w, struct request, work);
    struct blk *blk = r->blk;
    struct blk_backend *b = blk->backend;
    unsigned index = r->q->index;

    blk->busy--;
    if (r->type == VIRTIO_BLK_T_FLUSH && r->status == VIRTIO_BLK_S_OK && b->ops->flush_done)
        b->ops->flush_done(b, r->flush_token);
    complete(r);
    virtio_signal(&blk->d, index);
}

/* ---- worker threads ---- */

static int perform(struct request *r)
{
    struct blk_backend *b = r->blk->backend;

    switch (r->type) {
    case VIRTIO_BLK_T_IN:
        return b->ops->preadv(b, r->data, (int)r->ndata, r->off);
    case VIRTIO_BLK_T_OUT:
        return b->ops->pwritev(b, r->data, (int)r->ndata, r->off);
    case VIRTIO_BLK_T_FLUSH:
        return b->ops->datasync(b);
    case VIRTIO_BLK_T_DISCARD:
        return b->ops->discard(b, r->off, r->len);
    case VIRTIO_BLK_T_WRITE_ZEROES:
        return b->ops->write_zeroes(b, r->off, r->len, r->unmap);
    default:
        return -EOPNOTSUPP;
    }
}

static void work_run(struct work *w)
{
    struct request *r = container_of(w, struct request, work);
    int error = perform(r);

    if (!error && r->sync_after)
        error = r->blk->backend->ops->datasync(r->blk->backend);
    r->status = status_of(r, error);
}

/* ---- taking requests ---- */

/* Leaves out `skip` bytes in front and what is beyond `len` behind; segments change in place. */
static void cut_data(struct request *r, struct iovec *v, unsigned n, u64 skip, u64 len)
{
    while (n && skip >= v->iov_len) {
        skip -= v->iov_len;
        v++;
        n--;
    }
    r->data = v;
    r->ndata = 0;
    r->data_len = len;
    for (; n && len; n--, v++, r->ndata++) {
        v->iov_base = (u8 *)v->iov_base + skip;
        v->iov_len = min64(v->iov_len - skip, len);
        len -= v->iov_len;
        skip = 0;
    }
}

/* A private copy of the chain: iov for the data is cut, c.iov keeps the segments as they are. */
static struct request *copy_request(struct blk *blk, struct virtqueue *q,
                                    const struct virtq_chain *c)
{
    unsigned n = c->nout + c->nin;
    struct request *r = calloc(1, sizeof(*r) + n * (2 * sizeof(struct iovec) + sizeof(u64)));

    if (!r)
        return NULL;
    r->work = (struct work){.run = work_run, .done = work_done};
    r->blk = blk;
    r->q = q;
    r->c = *c;
    r->c.iov = r->iov + n;
    r->c.abs = (u64 *)(r->iov + 2 * n);
    memcpy(r->iov, c->iov, n * sizeof(*r->iov));
    memcpy(r->c.iov, c->iov, n * sizeof(*r->iov));
    memcpy(r->c.abs, c->abs, n * sizeof(*r->c.abs));
    return r;
}

/* Does [sector, sector + len bytes) lie on the disk? */
static bool on_disk(const struct blk *blk, u64 sector, u64 len)
{
    return sector <= blk->config.capacity && len % VIRTIO_BLK_SECTOR == 0 &&
           len / VIRTIO_BLK_SECTOR <= blk->config.capacity - sector;
}

static u8 prepare_transfer(struct request *r, u64 sector)
{
    bool in = r->type == VIRTIO_BLK_T_IN;
    u64 len = in ? r->c.in_len - 1 : r->c.out_len - sizeof(struct virtio_blk_req);

    if (!on_disk(r->blk, sector, len) || (!in && r->blk->backend->readonly))
        return VIRTIO_BLK_S_IOERR;
    if (in)
        cut_data(r, r->iov + r->c.nout, r->c.nin, 0, len);
    else
        cut_data(r, r->iov, r->c.nout, sizeof(struct virtio_blk_req), len);
    r->off = sector * VIRTIO_BLK_SECTOR;
    r->sync_after = !in && !(r->blk->d.features & VIRTIO_BLK_F_FLUSH);
    return VIRTIO_BLK_S_OK;
}

static u8 prepare_range(struct request *r)
{
    struct virtio_blk_range range;
    u32 allowed = r->type == VIRTIO_BLK_T_WRITE_ZEROES ? VIRTIO_BLK_RANGE_UNMAP : 0;

    if (r->c.out_len != sizeof(struct virtio_blk_req) + sizeof(range) ||
        virtq_read(&r->c, sizeof(struct virtio_blk_req), &range, sizeof(range)) != sizeof(range))
        return VIRTIO_BLK_S_UNSUPP;
    if (range.flags & ~allowed)
        return VIRTIO_BLK_S_UNSUPP;
    r->len = (u64)range.num_sectors * VIRTIO_BLK_SECTOR;
    if (range.num_sectors > MAX_RANGE_SECTORS || !range.num_sectors ||
        !on_disk(r->blk, range.sector, r->len) || r->blk->backend->readonly)
        return VIRTIO_BLK_S_IOERR;
    r->off = range.sector * VIRTIO_BLK_SECTOR;
    r->unmap = range.flags & VIRTIO_BLK_RANGE_UNMAP;
    r->sync_after = !(r->blk->d.features & VIRTIO_BLK_F_FLUSH);
    return VIRTIO_BLK_S_OK;
}

static u8 give_serial(struct request *r)
{
    u64 len = min64(r->c.in_len - 1, VIRTIO_BLK_ID_BYTES);

    (void)virtq_write(r->q, &r->c, 0, r->blk->serial, len);
    return VIRTIO_BLK_S_OK;
}

/* Checks the request.  *later: a worker (or the page cache) is to do it. */
static u8 prepare(struct request *r, u64 sector, bool *later)
{
    struct blk_backend *b = r->blk->backend;
    u8 status;

    *later = true;
    switch (r->type) {
    case VIRTIO_BLK_T_IN:
    case VIRTIO_BLK_T_OUT:
        status = prepare_transfer(r, sector);
        *later = r->data_len != 0;
        break;
    case VIRTIO_BLK_T_FLUSH:
        r->flush_token = b->ops->flush_taken ? b->ops->flush_taken(b) : 0;
        return VIRTIO_BLK_S_OK;
    case VIRTIO_BLK_T_DISCARD:
    case VIRTIO_BLK_T_WRITE_ZEROES:
        status = prepare_range(r);
        break;
    case VIRTIO_BLK_T_GET_ID:
        *later = false;
        return give_serial(r);
    default:
        status = VIRTIO_BLK_S_UNSUPP;
        break;
    }
    if (status != VIRTIO_BLK_S_OK)
        *later = false;
    return status;
}

static bool read_at_once(struct request *r)
{
    struct blk_backend *b = r->blk->backend;

    return r->type == VIRTIO_BLK_T_IN && b->ops->now_preadv && r->data_len <= AT_ONCE_MAX &&
           !b->ops->now_preadv(b, r->data, (int)r->ndata, r->off);
}

/* False: the chain is no request at all. */
static bool take(struct blk *blk, struct virtqueue *q, const struct virtq_chain *c)
{
    struct virtio_blk_req head;
    struct request *r;
    bool later;

    if (!c->in_len || virtq_read(c, 0, &head, sizeof(head)) != sizeof(head))
        return false;
    r = copy_request(blk, q, c);
    if (!r) {
        u8 status = VIRTIO_BLK_S_IOERR;

        (void)virtq_write(q, c, c->in_len - 1, &status, 1);
        virtq_push(q, c->head, 0);
        return true;
    }
    r->type = head.type;
    r->status = prepare(r, head.sector, &later);
    if (!later || read_at_once(r)) {
        complete(r);
        return true;
    }
    blk->busy++;
    workers_submit(blk->workers, &r->work);
    return true;
}

static void notify(struct virtio_device *d, unsigned nr)
{
    struct virtqueue *q = &d->queue[nr];
    struct virtq_chain c;
    unsigned left = q->num;

    virtq_notify_off(q);
    do {
        while (left && virtq_pop(q, &c)) {
            left--;
            if (take(of(d), q, &c))
                continue;
            q->broken = true;
            virtio_broken(d, "a request without header or status byte");
        }
    } while (left && virtq_notify_on(q));
    virtio_signal(d, nr);
    if (!left && virtq_ready(q))
        virtio_again(d, nr);
}

/* ---- the device ---- */

static void reset(struct virtio_device *d)
{
    workers_drain(of(d)->workers, &of(d)->busy);
}

static void destroy(struct virtio_device *d)
{
    struct blk *blk = of(d);

    blk->backend->ops->close(blk->backend);
    free(blk);
}

static const struct virtio_device_ops ops = {
    .id = VIRTIO_ID_BLOCK,
    .notify = notify,
    .reset = reset,
    .flush = reset, /* what was taken is done */
    .destroy = destroy,
};

static void init_config(struct blk *blk, unsigned queues)
{
    struct virtio_blk_config *c = &blk->config;

    c->capacity = blk->backend->size / VIRTIO_BLK_SECTOR;
    c->seg_max = OFFERED_SEGS;
    c->blk_size = VIRTIO_BLK_SECTOR;
    c->writeback = 1;
    c->num_queues = (u16)queues;
    c->max_discard_sectors = c->max_write_zeroes_sectors = MAX_RANGE_SECTORS;
    c->max_discard_seg = c->max_write_zeroes_seg = 1;
    c->discard_sector_alignment = 8;
    c->write_zeroes_may_unmap = 1;
    blk->d.offered = VIRTIO_BLK_F_SEG_MAX | VIRTIO_BLK_F_BLK_SIZE | VIRTIO_BLK_F_FLUSH |
                     (queues > 1 ? VIRTIO_BLK_F_MQ : 0);
    blk->d.offered |=
        blk->backend->readonly ? VIRTIO_BLK_F_RO : VIRTIO_BLK_F_DISCARD | VIRTIO_BLK_F_WRITE_ZEROES;
}

int virtio_blk_create(const struct virtio_blk_options *o, struct virtio_device **out)
{
    unsigned queues = o->queues ? o->queues : 1;
    struct blk *blk = calloc(1, sizeof(*blk));
    int r = blk ? 0 : -ENOMEM;

    if (queues > VIRTIO_MAX_QUEUES) {
        log_error("%s: %u queues: up to %d expected", o->name, queues, VIRTIO_MAX_QUEUES);
        r = -EINVAL;
    }
    if (o->serial && strlen(o->serial) > VIRTIO_BLK_ID_BYTES) {
        log_error("%s: serial '%s': up to %d characters expected", o->name, o->serial,
                  VIRTIO_BLK_ID_BYTES);
        r = -EINVAL;
    }
    if (r) {
        o->backend->ops->close(o->backend);
        free(blk);
        return r;
    }
    blk->backend = o->backend;
    blk->workers = o->workers;
    memcpy(blk->serial, o->serial ? o->serial : "", o->serial ? strlen(o->serial) : 0);
    blk->d.ops = &ops;
    blk->d.config = &blk->config;
    blk->d.config_len = sizeof(blk->config);
    blk->d.nqueues = queues;
    blk->d.queue_max = QUEUE_MAX;
    snprintf(blk->d.name, sizeof(blk->d.name), "%s", o->name);
    init_config(blk, queues);
    *out = &blk->d;
    return 0;
}
