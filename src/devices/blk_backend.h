/* SPDX-License-Identifier: Apache-2.0
 *
 * What a virtual disk keeps its blocks in: the calls of a host file, one level below virtio-blk, so
 * that a test can put itself between the device and the medium.
 *
 * All calls may block and run on worker threads, several at a time, except now_*.
 * 0 or -errno; what is read or written is all of it.
 */
#ifndef SIE390_DEVICES_BLK_BACKEND_H
#define SIE390_DEVICES_BLK_BACKEND_H

#include <sys/uio.h>

#include "base/bits.h"

struct blk_backend;

struct blk_backend_ops {
    int (*preadv)(struct blk_backend *b, const struct iovec *iov, int n, u64 off);
    int (*pwritev)(struct blk_backend *b, const struct iovec *iov, int n, u64 off);
    /* All writes that returned before this was called survive a power cut. */
    int (*datasync)(struct blk_backend *b);
    int (*discard)(struct blk_backend *b, u64 off, u64 len);
    int (*write_zeroes)(struct blk_backend *b, u64 off, u64 len, bool unmap);
    void (*close)(struct blk_backend *b);
    /* I/O thread: reads only what needs no waiting; -EAGAIN otherwise.  May be NULL. */
    int (*now_preadv)(struct blk_backend *b, const struct iovec *iov, int n, u64 off);
    /* I/O thread, for tests, may be NULL: a flush was taken from the guest; it is about to be
     * reported as done (with what the first call returned). */
    u64 (*flush_taken)(struct blk_backend *b);
    void (*flush_done)(struct blk_backend *b, u64 token);
};

struct blk_backend {
    const struct blk_backend_ops *ops;
    u64 size; /* bytes, a multiple of 512 */
    bool readonly;
};

/* A raw image: a regular file or block device, locked against other runs (shared when read only).
 * 0 or -errno (logged with name and path). */
int blk_raw_open(const char *name, const char *path, bool readonly,
                 struct blk_backend **out) MUST_CHECK;

/* Power-cut test back end over another one (which belongs to it afterwards): writes are held in
 * memory until datasync; reads see them. */
int blk_cut_create(struct blk_backend *below, struct blk_backend **out) MUST_CHECK;
/* The cut: of the held writes a random part, in random order, cut at sectors, reaches the medium;
 * from then on nothing does, and every call fails with -EIO.  Any thread. */
void blk_cut_now(struct blk_backend *b, u64 seed);
/* Makes the cut when `operations` writes and datasyncs have been asked for, and then calls
 * lost(arg) on the thread that asked for the last one.  Before the disk is used. */
void blk_cut_after(struct blk_backend *b, u64 seed, u64 operations, void (*lost)(void *arg),
                   void *arg);

#endif
