/* SPDX-License-Identifier: Apache-2.0
 *
 * Split virtqueues, device side.  See virtqueue.h for the rules that keep hostile rings harmless.
 *
 * The gateway makes accesses of aligned 2, 4 and 8 bytes one access; barriers are ours.
 *
 * References: [VIRTIO 1.2 2.7 Split Virtqueues].
 */
#include "channel/virtqueue.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "channel/virtio_device.h"

static struct mem *mem_of(const struct virtqueue *q)
{
    return q->dev->mem;
}

static bool broken(struct virtqueue *q, const char *why)
{
    if (!q->broken) {
        q->broken = true;
        virtio_broken(q->dev, why);
    }
    return false;
}

/* ---- ring words; the areas were checked by virtq_setup() ---- */

static u16 get16(struct virtqueue *q, u64 addr)
{
    u16 v = 0;

    if (mem_read(mem_of(q), abs_addr(addr), &v, sizeof(v)) != MEM_OK)
        (void)broken(q, "a ring outside storage");
    return v;
}

static void put16(struct virtqueue *q, u64 addr, u16 v)
{
    if (mem_write(mem_of(q), abs_addr(addr), &v, sizeof(v)) != MEM_OK)
        (void)broken(q, "a ring outside storage");
}

static u64 avail_flags(const struct virtqueue *q)
{
    return q->avail;
}
static u64 avail_idx(const struct virtqueue *q)
{
    return q->avail + 2;
}
static u64 avail_entry(const struct virtqueue *q, u16 n)
{
    return q->avail + 4 + 2ULL * (n % q->num);
}
static u64 used_event(const struct virtqueue *q)
{
    return q->avail + 4 + 2ULL * q->num;
}
static u64 used_flags(const struct virtqueue *q)
{
    return q->used;
}
static u64 used_idx(const struct virtqueue *q)
{
    return q->used + 2;
}
static u64 used_entry(const struct virtqueue *q, u16 n)
{
    return q->used + 4 + 8ULL * (n % q->num);
}
static u64 avail_event(const struct virtqueue *q)
{
    return q->used + 4 + 8ULL * q->num;
}

/* ---- life ---- */

int virtq_setup(struct virtqueue *q, u16 num, u64 desc, u64 avail, u64 used)
{
    struct mem *m = mem_of(q);

    if (!num || num & (num - 1) || num > q->dev->queue_max)
        return -EINVAL;
    if (desc % VRING_ALIGN_DESC || avail % VRING_ALIGN_AVAIL || used % VRING_ALIGN_USED)
        return -EINVAL;
    if (!mem_has(m, desc, 16ULL * num) || !mem_has(m, avail, VRING_AVAIL_SIZE((u64)num)) ||
        !mem_has(m, used, VRING_USED_SIZE((u64)num)))
        return -EINVAL;
    virtq_reset(q);
    q->num = num;
    q->desc = desc;
    q->avail = avail;
    q->used = used;
    return 0;
}

void virtq_reset(struct virtqueue *q)
{
    q->num = 0;
    q->broken = q->no_notify = q->signalled_valid = false;
    q->event_idx = q->indirect = false;
    q->desc = q->avail = q->used = 0;
    q->last_avail = q->used_idx = q->signalled = 0;
}

/* ---- taking chains ---- */

u16 virtq_waiting(struct virtqueue *q)
{
    u16 n;

    if (!virtq_ready(q))
        return 0;
    n = (u16)(get16(q, avail_idx(q)) - q->last_avail);
    if (n > q->num) {
        (void)broken(q, "available index too far ahead");
        return 0;
    }
    atomic_thread_fence(memory_order_acquire); /* entries are read after the index */
    return n;
}

/* Where descriptors come from: the queue's table, or an indirect one. */
struct table {
    u64 addr;
    u32 num;
    bool indirect;
};

static bool read_desc(struct virtqueue *q, const struct table *t, u16 n, struct vring_desc *d)
{
    if (n >= t->num)
        return broken(q, "descriptor number outside the table");
    if (mem_read(mem_of(q), abs_addr(t->addr + 16ULL * n), d, sizeof(*d)) != MEM_OK)
        return broken(q, "descriptor table outside storage");
    return true;
}

static bool enter_indirect(struct virtqueue *q, struct table *t, const struct vring_desc *d)
{
    if (!q->indirect || t->indirect || d->flags & VRING_DESC_F_NEXT || !d->len || d->len % 16)
        return broken(q, "bad indirect descriptor");
    *t = (struct table){d->addr, d->len / 16, true};
    return true;
}

static bool add_segment(struct virtqueue *q, struct virtq_chain *c, const struct vring_desc *d)
{
    bool in = d->flags & VRING_DESC_F_WRITE;
    unsigned n = c->nout + c->nin;
    u8 *host;

    if (!in && c->nin)
        return broken(q, "a buffer to read behind one to write");
    if (!d->len)
        return true;
    host = mem_span(mem_of(q), abs_addr(d->addr), d->len);
    if (!host)
        return broken(q, "a buffer outside storage");
    c->iov[n] = (struct iovec){host, d->len};
    c->abs[n] = d->addr;
    if (in) {
        c->nin++;
        c->in_len += d->len;
    } else {
        c->nout++;
        c->out_len += d->len;
    }
    return true;
}

static bool read_chain(struct virtqueue *q, struct virtq_chain *c)
{
    struct table t = {q->desc, q->num, false};
    struct vring_desc d;
    u16 next = c->head;

    /* Each descriptor counts, also an empty one: this is what ends a loop. */
    for (unsigned n = 0; n < VIRTQ_MAX_SEGS; n++) {
        if (!read_desc(q, &t, next, &d))
            return false;
        if (d.flags & VRING_DESC_F_INDIRECT) {
            if (!enter_indirect(q, &t, &d))
                return false;
            next = 0;
            continue;
        }
        if (!add_segment(q, c, &d))
            return false;
        if (!(d.flags & VRING_DESC_F_NEXT))
            return true;
        next = d.next;
    }
    return broken(q, "a chain of too many descriptors");
}

bool virtq_pop(struct virtqueue *q, struct virtq_chain *c)
{
    if (!virtq_waiting(q))
        return false;
    *c = (struct virtq_chain){.iov = q->iov, .abs = q->abs};
    c->head = get16(q, avail_entry(q, q->last_avail));
    if (!read_chain(q, c))
        return false;
    q->last_avail++;
    return true;
}

void virtq_unpop(struct virtqueue *q)
{
    q->last_avail--;
}

/* ---- returning chains ---- */

void virtq_fill(struct virtqueue *q, unsigned i, u16 head, u32 len)
{
    struct vring_used_elem e = {head, len};
    u64 where;

    if (!virtq_ready(q))
        return;
    where = used_entry(q, (u16)(q->used_idx + i));
    if (mem_write(mem_of(q), abs_addr(where), &e, sizeof(e)) != MEM_OK)
        (void)broken(q, "a ring outside storage");
}

void virtq_publish(struct virtqueue *q, unsigned n)
{
    if (!virtq_ready(q))
        return;
    q->used_idx = (u16)(q->used_idx + n);
    atomic_thread_fence(memory_order_release); /* data and entries before the index */
    put16(q, used_idx(q), q->used_idx);
}

void virtq_push(struct virtqueue *q, u16 head, u32 len)
{
    virtq_fill(q, 0, head, len);
    virtq_publish(q, 1);
}

/* Has `event` been passed on the way from `old` (exclusive) to `now`? */
static bool passed(u16 event, u16 now, u16 old)
{
    return (u16)(now - event - 1) < (u16)(now - old);
}

bool virtq_wants_signal(struct virtqueue *q)
{
    u16 old = q->signalled, now = q->used_idx;
    bool known = q->signalled_valid;

    if (!virtq_ready(q) || (known && old == now))
        return false;
    atomic_thread_fence(memory_order_seq_cst); /* the index is out before we look what is wanted */
    q->signalled = now;
    q->signalled_valid = true;
    if (q->event_idx)
        return !known || passed(get16(q, used_event(q)), now, old);
    return !(get16(q, avail_flags(q)) & VRING_AVAIL_F_NO_INTERRUPT);
}

/* ---- notifications ---- */

void virtq_notify_off(struct virtqueue *q)
{
    if (!virtq_ready(q) || q->no_notify)
        return;
    q->no_notify = true;
    if (!q->event_idx)
        put16(q, used_flags(q), VRING_USED_F_NO_NOTIFY);
}

bool virtq_notify_on(struct virtqueue *q)
{
    if (!virtq_ready(q))
        return false;
    if (q->event_idx)
        put16(q, avail_event(q), (u16)(q->last_avail + virtq_waiting(q)));
    else if (q->no_notify)
        put16(q, used_flags(q), 0);
    q->no_notify = false;
    atomic_thread_fence(memory_order_seq_cst); /* the wish is out before we look again */
    return virtq_waiting(q) != 0;
}

/* ---- data ---- */

size_t virtq_read(const struct virtq_chain *c, u64 off, void *to, size_t len)
{
    size_t done = 0;

    for (unsigned i = 0; i < c->nout && done < len; i++) {
        size_t here = c->iov[i].iov_len, n;

        if (off >= here) {
            off -= here;
            continue;
        }
        n = min64(here - off, len - done);
        memcpy((u8 *)to + done, (const u8 *)c->iov[i].iov_base + off, n);
        done += n;
        off = 0;
    }
    return done;
}

size_t virtq_write(struct virtqueue *q, const struct virtq_chain *c, u64 off, const void *from,
                   size_t len)
{
    size_t done = 0;

    for (unsigned i = c->nout; i < c->nout + c->nin && done < len; i++) {
        size_t here = c->iov[i].iov_len, n;

        if (off >= here) {
            off -= here;
            continue;
        }
        n = min64(here - off, len - done);
        if (mem_write(mem_of(q), abs_addr(c->abs[i] + off), (const u8 *)from + done, n) != MEM_OK)
            break;
        done += n;
        off = 0;
    }
    return done;
}

void virtq_wrote(struct virtqueue *q, const struct virtq_chain *c, u64 len)
{
    for (unsigned i = c->nout; i < c->nout + c->nin && len; i++) {
        u64 n = min64(len, c->iov[i].iov_len);

        mem_wrote(mem_of(q), abs_addr(c->abs[i]), n);
        len -= n;
    }
}
