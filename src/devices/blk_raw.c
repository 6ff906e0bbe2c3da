/* SPDX-License-Identifier: Apache-2.0
 *
 * Raw disk images: a regular file or a block device.
 *
 * The image is locked (flock) for as long as it is open, shared when read only, so that two runs
 * cannot write one image.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/blk_backend.h"

#define SECTOR 512
#define ZERO_CHUNK 65536

struct blk_raw {
    struct blk_backend b;
    int fd;
};

static struct blk_raw *of(struct blk_backend *b)
{
    return container_of(b, struct blk_raw, b);
}

typedef ssize_t transfer(int fd, const struct iovec *iov, int n, off_t off);

/* All of it, also when the kernel does it in pieces. */
static int whole(transfer *call, int fd, const struct iovec *iov, int n, u64 off)
{
    size_t skip = 0; /* bytes of iov[0] that are done */

    while (n > 0) {
        struct iovec first = {(u8 *)iov->iov_base + skip, iov->iov_len - skip};
        ssize_t done = skip ? call(fd, &first, 1, (off_t)off)
                            : call(fd, iov, n < IOV_MAX ? n : IOV_MAX, (off_t)off);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return done ? -errno : -EIO; /* the file became shorter */
        off += (u64)done;
        for (skip += (size_t)done; n > 0 && skip >= iov->iov_len; iov++, n--)
            skip -= iov->iov_len;
    }
    return 0;
}

static int raw_preadv(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    return whole(preadv, of(b)->fd, iov, n, off);
}

static int raw_pwritev(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    return whole(pwritev, of(b)->fd, iov, n, off);
}

static int raw_now_preadv(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    ssize_t want = 0, got;

    for (int i = 0; i < n; i++)
        want += (ssize_t)iov[i].iov_len;
    if (n > IOV_MAX)
        return -EAGAIN;
    got = preadv2(of(b)->fd, iov, n, (off_t)off, RWF_NOWAIT);
    return got == want ? 0 : -EAGAIN;
}

static int raw_datasync(struct blk_backend *b)
{
    while (fdatasync(of(b)->fd))
        if (errno != EINTR)
            return -errno;
    return 0;
}

static int allocate(struct blk_backend *b, int mode, u64 off, u64 len)
{
    while (fallocate(of(b)->fd, mode, (off_t)off, (off_t)len))
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* A hint: what cannot be discarded stays. */
static int raw_discard(struct blk_backend *b, u64 off, u64 len)
{
    int r = allocate(b, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, len);

    return r == -EOPNOTSUPP || r == -ENODEV ? 0 : r;
}

static int raw_write_zeroes(struct blk_backend *b, u64 off, u64 len, bool unmap)
{
    int mode = unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
    static const u8 zeroes[ZERO_CHUNK];
    int r = allocate(b, mode | FALLOC_FL_KEEP_SIZE, off, len);

    if (r == -EOPNOTSUPP || r == -ENODEV)
        r = 0;
    else
        return r;
    while (len && !r) {
        struct iovec v = {(void *)zeroes, min64(len, sizeof(zeroes))};

        r = raw_pwritev(b, &v, 1, off);
        off += v.iov_len;
        len -= v.iov_len;
    }
    return r;
}

static void raw_close(struct blk_backend *b)
{
    close(of(b)->fd);
    free(of(b));
}

static const struct blk_backend_ops raw_ops = {
    .preadv = raw_preadv,
    .pwritev = raw_pwritev,
    .datasync = raw_datasync,
    .discard = raw_discard,
    .write_zeroes = raw_write_zeroes,
    .close = raw_close,
    .now_preadv = raw_now_preadv,
};

/* The reason why the open file is no image, or NULL. */
static const char *unsuitable(int fd, u64 *size)
{
    struct stat st;
    off_t end;

    if (fstat(fd, &st))
        return strerror(errno);
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return "neither a regular file nor a block device";
    end = lseek(fd, 0, SEEK_END);
    if (end < 0)
        return strerror(errno);
    if (!end)
        return "it is empty";
    if (end % SECTOR)
        return "its size is not a multiple of 512 bytes";
    *size = (u64)end;
    return NULL;
}

int blk_raw_open(const char *name, const char *path, bool readonly, struct blk_backend **out)
{
    int fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct blk_raw *raw;
    const char *why;
    int error = -EINVAL;
    u64 size = 0;

    if (fd < 0) {
        int r = -errno;

        log_error("%s: %s: %s", name, path, strerror(-r));
        return r;
    }
    why = unsuitable(fd, &size);
    if (!why && flock(fd, (readonly ? LOCK_SH : LOCK_EX) | LOCK_NB)) {
        error = errno == EWOULDBLOCK ? -EBUSY : -errno;
        why = error == -EBUSY ? "in use by another process" : strerror(-error);
    }
    if (why) {
        log_error("%s: %s: %s", name, path, why);
        close(fd);
        return error;
    }
    raw = calloc(1, sizeof(*raw));
    if (!raw) {
        close(fd);
        return -ENOMEM;
    }
    *raw = (struct blk_raw){{&raw_ops, size, readonly}, fd};
    *out = &raw->b;
    return 0;
}
