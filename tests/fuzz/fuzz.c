/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fuzzing targets share.  See fuzz.h.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- input ---- */

size_t take_bytes(struct input *in, void *to, size_t n)
{
    size_t have = n < in->left ? n : in->left;

    memcpy(to, in->p, have);
    memset((u8 *)to + have, 0, n - have);
    in->p += have;
    in->left -= have;
    return have;
}

size_t take_rest(struct input *in, void *to, size_t n)
{
    return take_bytes(in, to, n < in->left ? n : in->left);
}

u8 take8(struct input *in)
{
    u8 v;

    take_bytes(in, &v, sizeof(v));
    return v;
}

u16 take16(struct input *in)
{
    u16 v;

    take_bytes(in, &v, sizeof(v));
    return v;
}

u32 take32(struct input *in)
{
    u32 v;

    take_bytes(in, &v, sizeof(v));
    return v;
}

u64 take64(struct input *in)
{
    u64 v;

    take_bytes(in, &v, sizeof(v));
    return v;
}

u32 take_below(struct input *in, u32 n)
{
    return (n > 256 ? n > 65536 ? take32(in) : take16(in) : take8(in)) % n;
}

/* ---- a channel ---- */

static u64 sum(const u8 *p, size_t n)
{
    u64 s = 0;

    while (n--)
        s += *p++;
    return s;
}

static struct fuzz_channel *channel_of(struct chardev *c)
{
    return container_of(c, struct fuzz_channel, c);
}

static ssize_t channel_read(struct chardev *c, void *to, size_t len)
{
    struct fuzz_channel *f = channel_of(c);
    size_t n = len < f->in_used ? len : f->in_used;

    if (!n)
        return -EAGAIN;
    memcpy(to, f->in, n);
    memmove(f->in, f->in + n, f->in_used - n);
    f->in_used -= n;
    return (ssize_t)n;
}

static ssize_t channel_write(struct chardev *c, const void *from, size_t len)
{
    struct fuzz_channel *f = channel_of(c);

    if (f->blocked)
        return -EAGAIN;
    f->taken += sum(from, len);
    return (ssize_t)len;
}

static void channel_watch(struct chardev *c, bool readable, bool writable)
{
    channel_of(c)->readable = readable;
    channel_of(c)->writable = writable;
}

static void channel_destroy(struct chardev *c)
{
    (void)c;
}

static const struct chardev_ops channel_ops = {
    .read = channel_read,
    .write = channel_write,
    .watch = channel_watch,
    .destroy = channel_destroy,
};

void fuzz_channel_init(struct fuzz_channel *f)
{
    *f = (struct fuzz_channel){.c.ops = &channel_ops, .c.connected = true};
    strcpy(f->c.name, "fuzz");
}

void fuzz_channel_type(struct fuzz_channel *f, const u8 *p, size_t n)
{
    size_t room = sizeof(f->in) - f->in_used;

    n = n < room ? n : room;
    memcpy(f->in + f->in_used, p, n);
    f->in_used += n;
    if (f->readable && f->c.readable)
        f->c.readable(f->c.front);
}

void fuzz_channel_block(struct fuzz_channel *f, bool on)
{
    f->blocked = on;
    if (!on && f->writable && f->c.writable)
        f->c.writable(f->c.front);
}

void fuzz_channel_connect(struct fuzz_channel *f, bool on)
{
    f->c.connected = on;
    if (f->c.connection)
        f->c.connection(f->c.front);
}

/* ---- a disk ---- */

struct fuzz_disk {
    struct blk_backend b;
    u8 *bytes;
};

static u8 *disk_at(struct blk_backend *b, u64 off)
{
    return container_of(b, struct fuzz_disk, b)->bytes + off;
}

static int disk_preadv(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    for (int i = 0; i < n; off += iov[i++].iov_len)
        memcpy(iov[i].iov_base, disk_at(b, off), iov[i].iov_len);
    return 0;
}

static int disk_pwritev(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    for (int i = 0; i < n; off += iov[i++].iov_len)
        memcpy(disk_at(b, off), iov[i].iov_base, iov[i].iov_len);
    return 0;
}

static int disk_datasync(struct blk_backend *b)
{
    (void)b;
    return 0;
}

static int disk_discard(struct blk_backend *b, u64 off, u64 len)
{
    memset(disk_at(b, off), 0, len);
    return 0;
}

static int disk_write_zeroes(struct blk_backend *b, u64 off, u64 len, bool unmap)
{
    (void)unmap;
    return disk_discard(b, off, len);
}

static void disk_close(struct blk_backend *b)
{
    free(disk_at(b, 0));
    free(container_of(b, struct fuzz_disk, b));
}

static const struct blk_backend_ops disk_ops = {
    .preadv = disk_preadv,
    .pwritev = disk_pwritev,
    .datasync = disk_datasync,
    .discard = disk_discard,
    .write_zeroes = disk_write_zeroes,
    .close = disk_close,
};

struct blk_backend *fuzz_disk_create(void)
{
    struct fuzz_disk *d = calloc(1, sizeof(*d));

    ASSERT(d);
    d->b = (struct blk_backend){.ops = &disk_ops, .size = FUZZ_DISK_SIZE};
    d->bytes = calloc(1, FUZZ_DISK_SIZE);
    ASSERT(d->bytes);
    return &d->b;
}

/* ---- a network ---- */

static void net_send(struct net_backend *b, const u8 *frame, size_t len)
{
    container_of(b, struct fuzz_net, b)->taken += sum(frame, len);
}

static void net_resume(struct net_backend *b, bool on)
{
    container_of(b, struct fuzz_net, b)->on = on;
}

static void net_destroy(struct net_backend *b)
{
    (void)b;
}

static const struct net_backend_ops net_ops = {net_send, net_resume, net_destroy};

void fuzz_net_init(struct fuzz_net *f)
{
    *f = (struct fuzz_net){.b = {.ops = &net_ops, .mtu = 1500}};
}

/* ---- files ---- */

static char directory[128];

static void remove_directory(void)
{
    char command[sizeof(directory) + 16];

    snprintf(command, sizeof(command), "rm -rf %s", directory);
    if (system(command))
        fprintf(stderr, "%s stays\n", directory);
}

const char *fuzz_directory(void)
{
    const char *parent = getenv("TMPDIR");

    if (!*directory) {
        snprintf(directory, sizeof(directory), "%s/sie390-fuzz-XXXXXX", parent ? parent : "/tmp");
        ASSERT(mkdtemp(directory));
        atexit(remove_directory);
    }
    return directory;
}

const char *fuzz_write_file(const char *name, const void *data, size_t n)
{
    static char path[256];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", fuzz_directory(), name);
    f = fopen(path, "w");
    ASSERT(f);
    ASSERT(fwrite(data, 1, n, f) == n);
    ASSERT(!fclose(f));
    return path;
}
