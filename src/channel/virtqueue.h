/* SPDX-License-Identifier: Apache-2.0
 *
 * Split virtqueues, device side, on rings that a hostile driver may change at any moment.
 *
 * Invariants
 *  - Every word of a ring or descriptor is read once, into our storage, and checked there.
 *  - A chain has at most VIRTQ_MAX_SEGS descriptors, so loops end.
 *  - After a broken rule the queue is `broken`: no chain comes out of it, nothing is written to it,
 *    until the device is reset.
 *  - Buffers are checked to lie in guest storage when the chain is taken.
 *
 * I/O thread only.  References: [VIRTIO 1.2 2.7 Split Virtqueues].
 */
#ifndef SIE390_CHANNEL_VIRTQUEUE_H
#define SIE390_CHANNEL_VIRTQUEUE_H

#include <sys/uio.h>

#include "base/bits.h"
#include "cpu/mem.h"

struct virtio_device;

#define VIRTQ_MAX_SEGS 1024

/* A chain of buffers that the driver made available: `out` segments the device reads, then `in`
 * segments it writes.  seg[] and iov[] run in step: iov[i].iov_base is host storage of seg[i]. */
struct virtq_chain {
    u16 head;
    unsigned nout, nin; /* segments: out first */
    u64 out_len, in_len;
    struct iovec *iov; /* nout + nin */
    u64 *abs;          /* guest addresses of the same */
};

struct virtqueue {
    struct virtio_device *dev;
    u16 index;
    u16 num; /* entries; 0: not set up */
    bool broken;
    bool no_notify; /* what we last told the driver */
    u64 desc, avail, used;
    u16 last_avail; /* next entry of the available ring to take */
    u16 used_idx;   /* as published */
    u16 signalled;  /* used_idx at the last interruption */
    bool signalled_valid;
    bool event_idx, indirect; /* negotiated */
    /* the chain that virtq_pop() returned last */
    struct iovec iov[VIRTQ_MAX_SEGS];
    u64 abs[VIRTQ_MAX_SEGS];
};

/* Sets the queue up.  -EINVAL: sizes, alignment or addresses are wrong; it stays as it was. */
int virtq_setup(struct virtqueue *q, u16 num, u64 desc, u64 avail, u64 used) MUST_CHECK;
/* Not set up; all indexes zero. */
void virtq_reset(struct virtqueue *q);
static inline bool virtq_ready(const struct virtqueue *q)
{
    return q->num && !q->broken;
}

/* Takes the next chain.  It lives in the queue until the next pop: copy what must last longer.
 * False: there is none, or the queue is (now) broken. */
bool virtq_pop(struct virtqueue *q, struct virtq_chain *c) MUST_CHECK;
/* Gives the chain taken last back, as if it had not been taken. */
void virtq_unpop(struct virtqueue *q);
/* Number of chains to take; 0 also when the driver's index is nonsense (broken then). */
u16 virtq_waiting(struct virtqueue *q);

/* Returns a chain: `len` bytes were written into its in segments.  The caller has called
 * virtq_wrote() for them.  The driver sees it now, but is not interrupted (virtio_signal). */
void virtq_push(struct virtqueue *q, u16 head, u32 len);
/* Several chains that the driver must see at once (mergeable receive buffers). */
void virtq_fill(struct virtqueue *q, unsigned i, u16 head, u32 len);
void virtq_publish(struct virtqueue *q, unsigned n);
/* Says whether the driver wants an interruption for what was published since the last. */
bool virtq_wants_signal(struct virtqueue *q);

/* Notifications of new chains: off while we look anyway.  on asks to hear of those to come, beyond
 * what waits already; true when chains wait: look again. */
void virtq_notify_off(struct virtqueue *q);
bool virtq_notify_on(struct virtqueue *q);

/* Data of a chain.  Copies from the out segments, from byte `off` on; returns the bytes copied. */
size_t virtq_read(const struct virtq_chain *c, u64 off, void *to, size_t len);
/* Copies into the in segments (mem_wrote included). */
size_t virtq_write(struct virtqueue *q, const struct virtq_chain *c, u64 off, const void *from,
                   size_t len);
/* The first `len` bytes of the in segments were written through iov. */
void virtq_wrote(struct virtqueue *q, const struct virtq_chain *c, u64 len);

#endif
