/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: disk options and images.  The text of --disk as a user gives it, on images of any size;
 * then reads, writes, flushes, discards at random places of the raw back end, with a power cut
 * above it, while the file becomes shorter and longer under it.
 *
 * Input: the image's size, the option's text up to a zero byte, then operations.  Names in the
 * text stay in the directory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fuzz_run.h"

#define MAX_OPERATIONS 64
#define MAX_IMAGE 0x20000U

static struct run run;

/* ---- options ---- */

static void take_text(struct input *in, char *text, size_t max)
{
    const u8 *end = memchr(in->p, 0, in->left);
    size_t n = end ? (size_t)(end - in->p) : in->left;
    char *p = text + snprintf(text, max, "%s/", fuzz_directory());
    size_t room = max - (size_t)(p - text) - 1;

    take_bytes(in, p, n < room ? n : room);
    p[n < room ? n : room] = 0;
    if (end && in->left && !*in->p)
        take8(in);
    for (; *p; p++)
        if (*p == '/')
            *p = '_';
}

static void attach(const char *text)
{
    fuzz_run_create(&run);
    run.o.disk[0] = text;
    run.o.ndisks = 1;
    (void)run_attach_devices(&run);
    fuzz_run_settle(&run);
    fuzz_run_destroy(&run);
}

/* ---- the image ---- */

/* Somewhere in the disk, in sectors; false: it has none there. */
static bool take_range(struct input *in, const struct blk_backend *b, u64 *off, u64 *len)
{
    u32 sectors = (u32)(b->size / 512);

    *off = take_below(in, sectors) * 512ULL;
    *len = take8(in) % 16 * 512ULL;
    return *off + *len <= b->size;
}

static void transfer(struct input *in, struct blk_backend *b, bool write, u64 off, u64 len)
{
    u8 *p = malloc(len + 1);
    size_t half = len ? take_below(in, (u32)len) : 0;
    struct iovec iov[2] = {{p, half}, {p + half, len - half}};

    ASSERT(p);
    memset(p, 0x5a, len + 1);
    if (write)
        (void)b->ops->pwritev(b, iov, 2, off);
    else if (!b->ops->now_preadv || b->ops->now_preadv(b, iov, 2, off))
        (void)b->ops->preadv(b, iov, 2, off);
    free(p);
}

static void operation(struct input *in, struct blk_backend *b, const char *path, bool cut)
{
    u8 what = take8(in);
    u64 off, len;

    if (!take_range(in, b, &off, &len))
        return;
    switch (what & 7) {
    case 0:
    case 1:
        transfer(in, b, false, off, len);
        break;
    case 2:
    case 3:
        transfer(in, b, true, off, len);
        break;
    case 4:
        (void)b->ops->datasync(b);
        break;
    case 5:
        (void)b->ops->discard(b, off, len);
        break;
    case 6:
        (void)b->ops->write_zeroes(b, off, len, what & 8);
        break;
    default:
        if (what & 8 && cut)
            blk_cut_now(b, what);
        else
            (void)!truncate(path, (off_t)off);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static u8 image[MAX_IMAGE];
    struct input in = {data, size};
    u16 blocks = take16(&in);
    u8 flags = take8(&in);
    struct blk_backend *b;
    char text[256], path[256];
    bool cut = flags & 2;

    strcpy(path, fuzz_write_file("image", image, blocks * 2U));
    take_text(&in, text, sizeof(text));
    attach(text);
    if (blk_raw_open("disk0", path, flags & 1, &b))
        return 0;
    if (cut)
        ASSERT(!blk_cut_create(b, &b));
    for (unsigned i = 0; in.left && i < MAX_OPERATIONS; i++)
        operation(&in, b, path, cut);
    b->ops->close(b);
    return 0;
}
