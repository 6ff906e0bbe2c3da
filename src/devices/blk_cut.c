/* SPDX-License-Identifier: Apache-2.0
 *
 * Power-cut test back end: a disk with a volatile write cache.  What is written stays in memory
 * until datasync; a cut lets a random part of it reach the medium in random order, sector by
 * sector, and loses the rest.  It also watches the device: a flush that is reported as done before
 * all writes it covers were synced stops the program.
 *
 * Not for real use: reads look through all held writes.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "devices/blk_backend.h"

#define SECTOR 512

struct held {
    struct held *next;
    u64 off, len;
    bool zeroes; /* no data: all zero */
    u8 data[];
};

struct blk_cut {
    struct blk_backend b;
    struct blk_backend *below;
    pthread_mutex_t lock; /* guards the rest */
    struct held *head, **tail;
    u64 nheld;
    u64 written, synced; /* writes that returned; those of them that are on the medium */
    bool dead;
    u64 operations, cut_at; /* so many were asked for; the one that brings the cut, 0: none */
    u64 seed;
    void (*lost)(void *arg);
    void *lost_arg;
};

static struct blk_cut *of(struct blk_backend *b)
{
    return container_of(b, struct blk_cut, b);
}

static u64 total(const struct iovec *iov, int n)
{
    u64 len = 0;

    for (int i = 0; i < n; i++)
        len += iov[i].iov_len;
    return len;
}

/* Copies between iov (from its byte `at` on) and bytes; bytes NULL: zeroes into iov. */
static void copy_iov(const struct iovec *iov, int n, u64 at, u8 *bytes, u64 len, bool into_iov)
{
    for (int i = 0; i < n && len; i++) {
        u64 here = iov[i].iov_len, now;

        if (at >= here) {
            at -= here;
            continue;
        }
        now = min64(here - at, len);
        if (!into_iov)
            memcpy(bytes, (u8 *)iov[i].iov_base + at, now);
        else if (bytes)
            memcpy((u8 *)iov[i].iov_base + at, bytes, now);
        else
            memset((u8 *)iov[i].iov_base + at, 0, now);
        bytes = bytes ? bytes + now : NULL;
        len -= now;
        at = 0;
    }
}

static int cut_preadv(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    struct blk_cut *c = of(b);
    u64 end = off + total(iov, n);
    int r;

    pthread_mutex_lock(&c->lock);
    r = c->dead ? -EIO : c->below->ops->preadv(c->below, iov, n, off);
    for (struct held *h = c->head; h && !r; h = h->next) {
        u64 from = max64(off, h->off), to = min64(end, h->off + h->len);

        if (from < to)
            copy_iov(iov, n, from - off, h->zeroes ? NULL : h->data + (from - h->off), to - from,
                     true);
    }
    pthread_mutex_unlock(&c->lock);
    return r;
}

/* Lock held.  Is this operation the last one with power? */
static bool is_last(struct blk_cut *c)
{
    return ++c->operations == c->cut_at;
}

static void lose_power(struct blk_cut *c)
{
    blk_cut_now(&c->b, c->seed);
    c->lost(c->lost_arg);
}

static int hold(struct blk_cut *c, struct held *h)
{
    int r = -EIO;
    bool last;

    pthread_mutex_lock(&c->lock);
    last = is_last(c);
    if (!c->dead) {
        *c->tail = h;
        c->tail = &h->next;
        c->nheld++;
        c->written++;
        r = 0;
    } else {
        free(h);
    }
    pthread_mutex_unlock(&c->lock);
    if (last)
        lose_power(c);
    return r;
}

static int cut_pwritev(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    u64 len = total(iov, n);
    struct held *h = malloc(sizeof(*h) + len);

    if (!h)
        return -ENOMEM;
    *h = (struct held){.off = off, .len = len};
    copy_iov(iov, n, 0, h->data, len, false);
    return hold(of(b), h);
}

static int cut_write_zeroes(struct blk_backend *b, u64 off, u64 len, bool unmap)
{
    struct held *h = malloc(sizeof(*h));

    (void)unmap;
    if (!h)
        return -ENOMEM;
    *h = (struct held){.off = off, .len = len, .zeroes = true};
    return hold(of(b), h);
}

/* Only a hint. */
static int cut_discard(struct blk_backend *b, u64 off, u64 len)
{
    (void)b, (void)off, (void)len;
    return 0;
}

static int put_below(struct blk_cut *c, const struct held *h, u64 from, u64 len)
{
    struct iovec v = {(void *)(h->data + from), len};

    return h->zeroes ? c->below->ops->write_zeroes(c->below, h->off + from, len, false)
                     : c->below->ops->pwritev(c->below, &v, 1, h->off + from);
}

static void drop_held(struct blk_cut *c)
{
    while (c->head) {
        struct held *h = c->head;

        c->head = h->next;
        free(h);
    }
    c->tail = &c->head;
    c->nheld = 0;
}

static int cut_datasync(struct blk_backend *b)
{
    struct blk_cut *c = of(b);
    bool last;
    int r;

    pthread_mutex_lock(&c->lock);
    last = is_last(c);
    r = c->dead || last ? -EIO : 0;
    for (struct held *h = c->head; h && !r; h = h->next)
        r = put_below(c, h, 0, h->len);
    if (!r)
        r = c->below->ops->datasync(c->below);
    if (!r) {
        drop_held(c);
        c->synced = c->written;
    }
    pthread_mutex_unlock(&c->lock);
    if (last)
        lose_power(c);
    return r;
}

static u64 cut_flush_taken(struct blk_backend *b)
{
    u64 written;

    pthread_mutex_lock(&of(b)->lock);
    written = of(b)->written;
    pthread_mutex_unlock(&of(b)->lock);
    return written;
}

static void cut_flush_done(struct blk_backend *b, u64 token)
{
    pthread_mutex_lock(&of(b)->lock);
    ASSERT(of(b)->synced >= token); /* a flush without datasync */
    pthread_mutex_unlock(&of(b)->lock);
}

static void cut_close(struct blk_backend *b)
{
    struct blk_cut *c = of(b);

    c->cut_at = 0;
    if (!c->dead) /* an orderly end, not a cut */
        (void)cut_datasync(b);
    drop_held(c);
    c->below->ops->close(c->below);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static const struct blk_backend_ops cut_ops = {
    .preadv = cut_preadv,
    .pwritev = cut_pwritev,
    .datasync = cut_datasync,
    .discard = cut_discard,
    .write_zeroes = cut_write_zeroes,
    .close = cut_close,
    .flush_taken = cut_flush_taken,
    .flush_done = cut_flush_done,
};

int blk_cut_create(struct blk_backend *below, struct blk_backend **out)
{
    struct blk_cut *c = calloc(1, sizeof(*c));

    if (!c) {
        below->ops->close(below);
        return -ENOMEM;
    }
    c->b = (struct blk_backend){&cut_ops, below->size, below->readonly};
    c->below = below;
    c->tail = &c->head;
    pthread_mutex_init(&c->lock, NULL);
    *out = &c->b;
    return 0;
}

void blk_cut_after(struct blk_backend *b, u64 seed, u64 operations, void (*lost)(void *arg),
                   void *arg)
{
    struct blk_cut *c = of(b);

    c->seed = seed;
    c->cut_at = operations;
    c->lost = lost;
    c->lost_arg = arg;
}

/* splitmix64 */
static u64 next_random(u64 *state)
{
    u64 z = *state += 0x9e3779b97f4a7c15ULL;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
    return z ^ z >> 31;
}

static void lose_some(struct blk_cut *c, const struct held *h, u64 *random)
{
    u64 fate = next_random(random) % 4; /* all, nothing, or sector by sector */

    if (fate == 0)
        return;
    if (fate == 1) {
        (void)put_below(c, h, 0, h->len);
        return;
    }
    for (u64 at = 0; at < h->len; at += SECTOR)
        if (next_random(random) & 1)
            (void)put_below(c, h, at, min64(SECTOR, h->len - at));
}

void blk_cut_now(struct blk_backend *b, u64 seed)
{
    struct blk_cut *c = of(b);
    struct held **order;
    u64 n = 0;

    pthread_mutex_lock(&c->lock);
    order = calloc(c->nheld + 1, sizeof(*order));
    for (struct held *h = c->head; h && order; h = h->next)
        order[n++] = h;
    for (u64 i = n; i > 1; i--) {
        u64 j = next_random(&seed) % i;
        struct held *h = order[i - 1];

        order[i - 1] = order[j];
        order[j] = h;
    }
    for (u64 i = 0; i < n; i++)
        lose_some(c, order[i], &seed);
    free(order);
    drop_held(c);
    c->dead = true;
    pthread_mutex_unlock(&c->lock);
}
