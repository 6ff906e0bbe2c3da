/* SPDX-License-Identifier: Apache-2.0
 *
 * Block device: requests, what flush promises, bad requests, the raw image and the power cut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "channel/fake_guest.h"
#include "channel/virtio_ccw.h"
#include "devices/virtio_blk.h"

#define NUM 16
#define RINGS 0x40000
#define HEADS 0x100000UL /* request headers, 64 bytes apart; the status byte at + 32 */
#define DATA 0x200000UL
#define IMAGE_SIZE (1024 * 1024UL)

/* A back end that records what happens in which order and can hold writes and syncs back. */
struct recorder {
    struct blk_backend b;
    u8 *bytes;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool hold;        /* writes wait */
    unsigned started; /* writes that began */
    unsigned writes, syncs, writes_at_sync;
    int fail;
};

static struct recorder *rec(struct blk_backend *b)
{
    return container_of(b, struct recorder, b);
}

static int rec_preadv(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    for (int i = 0; i < n; i++) {
        memcpy(iov[i].iov_base, rec(b)->bytes + off, iov[i].iov_len);
        off += iov[i].iov_len;
    }
    return rec(b)->fail;
}

static int rec_pwritev(struct blk_backend *b, const struct iovec *iov, int n, u64 off)
{
    struct recorder *r = rec(b);

    pthread_mutex_lock(&r->lock);
    r->started++;
    pthread_cond_broadcast(&r->cond);
    while (r->hold)
        pthread_cond_wait(&r->cond, &r->lock);
    for (int i = 0; i < n; i++) {
        memcpy(r->bytes + off, iov[i].iov_base, iov[i].iov_len);
        off += iov[i].iov_len;
    }
    r->writes++;
    pthread_mutex_unlock(&r->lock);
    return r->fail;
}

static int rec_datasync(struct blk_backend *b)
{
    pthread_mutex_lock(&rec(b)->lock);
    rec(b)->syncs++;
    rec(b)->writes_at_sync = rec(b)->writes;
    pthread_mutex_unlock(&rec(b)->lock);
    return rec(b)->fail;
}

static int rec_range(struct blk_backend *b, u64 off, u64 len)
{
    memset(rec(b)->bytes + off, 0, len);
    return 0;
}

static int rec_zero(struct blk_backend *b, u64 off, u64 len, bool unmap)
{
    (void)unmap;
    return rec_range(b, off, len);
}

static void rec_close(struct blk_backend *b)
{
    free(rec(b)->bytes);
    rec(b)->bytes = NULL;
}

static const struct blk_backend_ops rec_ops = {
    .preadv = rec_preadv,
    .pwritev = rec_pwritev,
    .datasync = rec_datasync,
    .discard = rec_range,
    .write_zeroes = rec_zero,
    .close = rec_close,
};

struct world {
    struct fake_guest g;
    struct recorder r;
    struct workers *workers;
    struct virtio_device *d;
    struct fake_queue q;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct virtio_blk_options o = {.name = "disk0", .serial = "S123", .backend = &w->r.b};

    fake_create(&w->g);
    pthread_mutex_init(&w->r.lock, NULL);
    pthread_cond_init(&w->r.cond, NULL);
    w->r.bytes = calloc(1, IMAGE_SIZE);
    w->r.b = (struct blk_backend){&rec_ops, IMAGE_SIZE, false};
    assert_int_equal(workers_create(&w->workers, w->g.loop, 4), 0);
    o.workers = w->workers;
    assert_int_equal(virtio_blk_create(&o, &w->d), 0);
    assert_int_equal(virtio_ccw_plug(w->g.css, w->d, 0, false), 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    css_destroy(w->g.css);
    w->g.css = NULL;
    workers_destroy(w->workers);
    fake_destroy(&w->g);
    assert_null(w->r.bytes);
    free(w);
    return 0;
}

static void drive(struct world *w, u64 off)
{
    fake_drive(&w->g, 0, off, &w->q, 1, NUM, RINGS);
}

static u64 head_at(unsigned slot)
{
    return HEADS + slot * 64;
}

static u8 *status(struct world *w, unsigned slot)
{
    return fake_at(&w->g, head_at(slot) + 32);
}

/* A request in three descriptors, slot * 3 onwards; not yet kicked. */
static void request(struct world *w, unsigned slot, u32 type, u64 sector, u64 data, u32 len)
{
    struct virtio_blk_req head = {type, 0, sector};
    u16 i = (u16)(slot * 3);
    u16 flags = type == VIRTIO_BLK_T_IN || type == VIRTIO_BLK_T_GET_ID ? VRING_DESC_F_WRITE : 0;

    memcpy(fake_at(&w->g, head_at(slot)), &head, sizeof(head));
    *status(w, slot) = 0xee;
    fake_desc(&w->q, i, head_at(slot), sizeof(head), VRING_DESC_F_NEXT,
              len ? (u16)(i + 1) : (u16)(i + 2));
    fake_desc(&w->q, (u16)(i + 1), data, len, flags | VRING_DESC_F_NEXT, (u16)(i + 2));
    fake_desc(&w->q, (u16)(i + 2), head_at(slot) + 32, 1, VRING_DESC_F_WRITE, 0);
    fake_offer(&w->q, i);
}

/* Waits for n completions. */
static void wait_used(struct world *w, unsigned n)
{
    u32 id, len;

    while (n) {
        assert_int_equal(loop_round(w->g.loop, 1000), 0);
        while (fake_used(&w->q, &id, &len))
            n--;
    }
}

static void kick(struct world *w)
{
    assert_true(virtio_ccw_notify(w->g.css, FAKE_SCHID(0), 0, 0) >= 0);
}

static u8 do_one(struct world *w, u32 type, u64 sector, u32 len)
{
    request(w, 0, type, sector, DATA, len);
    kick(w);
    wait_used(w, 1);
    return *status(w, 0);
}

static void write_read(void **state)
{
    struct world *w = *state;

    drive(w, 0);
    assert_int_equal(((struct virtio_blk_config *)w->d->config)->capacity, IMAGE_SIZE / 512);
    memset(fake_at(&w->g, DATA), 'A', 4096);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, 3, 4096), VIRTIO_BLK_S_OK);
    assert_memory_equal(w->r.bytes + 3 * 512, fake_at(&w->g, DATA), 4096);
    assert_int_equal(w->r.bytes[3 * 512 + 4096], 0);
    memset(fake_at(&w->g, DATA), 0, 4096);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_IN, 4, 1024), VIRTIO_BLK_S_OK);
    assert_memory_equal(w->r.bytes + 4 * 512, fake_at(&w->g, DATA), 1024);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_GET_ID, 0, 20), VIRTIO_BLK_S_OK);
    assert_memory_equal(fake_at(&w->g, DATA), "S123\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_IN, IMAGE_SIZE / 512 - 1, 512), VIRTIO_BLK_S_OK);
}

static void bad_requests(void **state)
{
    struct world *w = *state;

    drive(w, 0);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_IN, IMAGE_SIZE / 512, 512), VIRTIO_BLK_S_IOERR);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, IMAGE_SIZE / 512 - 1, 1024), VIRTIO_BLK_S_IOERR);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, ~0ULL, 512), VIRTIO_BLK_S_IOERR);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, ~0ULL / 512 + 2, 512), VIRTIO_BLK_S_IOERR);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, 0, 511), VIRTIO_BLK_S_IOERR);
    assert_int_equal(do_one(w, 99, 0, 512), VIRTIO_BLK_S_UNSUPP);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_DISCARD, 0, 15), VIRTIO_BLK_S_UNSUPP);
    assert_int_equal(w->r.writes, 0);
    w->r.fail = -EIO;
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, 0, 512), VIRTIO_BLK_S_IOERR);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_IOERR);
    w->r.fail = 0;
    fake_desc(&w->q, 0, head_at(0), 8, 0, 0); /* no header, no status */
    fake_offer(&w->q, 0);
    fake_kick(&w->g, 0, 0);
    assert_true(w->d->status & VIRTIO_STATUS_NEEDS_RESET);
}

static void ranges(void **state)
{
    struct world *w = *state;
    struct virtio_blk_range r = {2, 4, 0};

    drive(w, 0);
    memset(w->r.bytes, 'x', 8192);
    memcpy(fake_at(&w->g, DATA), &r, sizeof(r));
    assert_int_equal(do_one(w, VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(r)), VIRTIO_BLK_S_OK);
    assert_int_equal(w->r.bytes[1023], 'x');
    assert_int_equal(w->r.bytes[1024], 0);
    assert_int_equal(w->r.bytes[3071], 0);
    assert_int_equal(w->r.bytes[3072], 'x');
    r.flags = 2;
    memcpy(fake_at(&w->g, DATA), &r, sizeof(r));
    assert_int_equal(do_one(w, VIRTIO_BLK_T_WRITE_ZEROES, 0, sizeof(r)), VIRTIO_BLK_S_UNSUPP);
    r = (struct virtio_blk_range){IMAGE_SIZE / 512 - 1, 2, 0};
    memcpy(fake_at(&w->g, DATA), &r, sizeof(r));
    assert_int_equal(do_one(w, VIRTIO_BLK_T_DISCARD, 0, sizeof(r)), VIRTIO_BLK_S_IOERR);
}

static void flush_syncs(void **state)
{
    struct world *w = *state;

    drive(w, 0);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, 0, 512), VIRTIO_BLK_S_OK);
    assert_int_equal(w->r.syncs, 0);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_FLUSH, 0, 0), VIRTIO_BLK_S_OK);
    assert_int_equal(w->r.syncs, 1);
    assert_int_equal(w->r.writes_at_sync, 1);
}

static void without_flush_it_is_write_through(void **state)
{
    struct world *w = *state;

    drive(w, VIRTIO_BLK_F_FLUSH);
    assert_int_equal(do_one(w, VIRTIO_BLK_T_OUT, 0, 512), VIRTIO_BLK_S_OK);
    assert_int_equal(w->r.syncs, 1);
    assert_int_equal(w->r.writes_at_sync, 1);
}

static void *release_later(void *arg)
{
    struct recorder *r = arg;

    pthread_mutex_lock(&r->lock);
    while (!r->started)
        pthread_cond_wait(&r->cond, &r->lock);
    r->hold = false;
    pthread_cond_broadcast(&r->cond);
    pthread_mutex_unlock(&r->lock);
    return NULL;
}

/* The loop goes on while a write takes its time, and a reset waits for it. */
static void reset_waits_for_writes(void **state)
{
    struct world *w = *state;
    pthread_t t;
    u32 id, len;

    drive(w, 0);
    w->r.hold = true;
    request(w, 0, VIRTIO_BLK_T_OUT, 0, DATA, 512);
    request(w, 1, VIRTIO_BLK_T_IN, 8, DATA + 4096, 512);
    kick(w);
    do
        assert_int_equal(loop_round(w->g.loop, -1), 0);
    while (!fake_used(&w->q, &id, &len));
    assert_int_equal(id, 3); /* the read overtakes */
    assert_int_equal(pthread_create(&t, NULL, release_later, &w->r), 0);
    css_reset(w->g.css);
    assert_int_equal(w->r.writes, 1);
    pthread_join(t, NULL);
}

/* ---- raw images ---- */

static void make_image(char *path, off_t size)
{
    int fd;

    strcpy(path, "/tmp/sie390-blk-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, size), 0);
    close(fd);
}

static void raw_images(void **state)
{
    struct blk_backend *b, *c;
    u8 out[1536], in[1536];
    struct iovec v[2] = {{out, 512}, {out + 512, 1024}}, r = {in, sizeof(in)};
    char path[64];

    (void)state;
    make_image(path, 8192);
    assert_int_equal(blk_raw_open("disk0", path, false, &b), 0);
    assert_int_equal(b->size, 8192);
    for (unsigned i = 0; i < sizeof(out); i++)
        out[i] = (u8)(i * 3 + i / 256);
    assert_int_equal(b->ops->pwritev(b, v, 2, 1024), 0);
    assert_int_equal(b->ops->datasync(b), 0);
    assert_int_equal(b->ops->preadv(b, &r, 1, 1024), 0);
    assert_memory_equal(in, out, sizeof(out));
    assert_int_equal(b->ops->write_zeroes(b, 1024, 512, false), 0);
    assert_int_equal(b->ops->discard(b, 2048, 512), 0);
    assert_int_equal(b->ops->preadv(b, &r, 1, 1024), 0);
    assert_int_equal(in[0] | in[511], 0);
    assert_memory_equal(in + 512, out + 512, 512);
    assert_true(b->ops->preadv(b, &r, 1, 8192 - 512) < 0);   /* beyond the end */
    assert_true(blk_raw_open("disk1", path, false, &c) < 0); /* locked */
    assert_true(blk_raw_open("disk1", path, true, &c) < 0);
    b->ops->close(b);
    assert_int_equal(blk_raw_open("disk0", path, true, &b), 0);
    assert_int_equal(blk_raw_open("disk1", path, true, &c), 0); /* readers share */
    b->ops->close(b);
    c->ops->close(c);
    assert_int_equal(truncate(path, 1000), 0);
    assert_true(blk_raw_open("disk0", path, false, &b) < 0);
    assert_true(blk_raw_open("disk0", "/tmp", true, &b) < 0);
    assert_int_equal(blk_raw_open("disk0", "/nowhere/image", true, &b), -ENOENT);
    unlink(path);
}

/* ---- power cuts ---- */

static void put(struct blk_backend *b, u64 sector, u8 byte)
{
    u8 data[512];
    struct iovec v = {data, sizeof(data)};

    memset(data, byte, sizeof(data));
    assert_int_equal(b->ops->pwritev(b, &v, 1, sector * 512), 0);
}

static u8 get(struct blk_backend *b, u64 sector)
{
    u8 data[512];
    struct iovec v = {data, sizeof(data)};

    assert_int_equal(b->ops->preadv(b, &v, 1, sector * 512), 0);
    for (unsigned i = 1; i < sizeof(data); i++)
        assert_int_equal(data[i], data[0]);
    return data[0];
}

/* What was flushed is there after any cut; of the rest each sector is old or new. */
static void cuts_keep_what_was_flushed(void **state)
{
    unsigned lost = 0, kept = 0;

    (void)state;
    for (u64 seed = 1; seed <= 100; seed++) {
        struct blk_backend *raw, *cut;
        char path[64];

        make_image(path, 64 * 512);
        assert_int_equal(blk_raw_open("disk0", path, false, &raw), 0);
        assert_int_equal(blk_cut_create(raw, &cut), 0);
        for (u64 s = 0; s < 32; s++)
            put(cut, s, 1);
        assert_int_equal(cut->ops->datasync(cut), 0);
        for (u64 s = 16; s < 48; s++)
            put(cut, s, 2);
        assert_int_equal(get(cut, 20), 2);
        assert_int_equal(get(raw, 20), 1);
        blk_cut_now(cut, seed);
        assert_int_equal(cut->ops->datasync(cut), -EIO);
        for (u64 s = 0; s < 16; s++)
            assert_int_equal(get(raw, s), 1);
        for (u64 s = 16; s < 48; s++) {
            u8 byte = get(raw, s);

            assert_true(byte == 2 || byte == (s < 32 ? 1 : 0));
            byte == 2 ? kept++ : lost++;
        }
        cut->ops->close(cut);
        unlink(path);
    }
    assert_true(lost > 500 && kept > 500);
}

static void cut_watches_flushes(void **state)
{
    struct blk_backend *raw, *cut;
    char path[64];
    u64 token;

    (void)state;
    make_image(path, 8192);
    assert_int_equal(blk_raw_open("disk0", path, false, &raw), 0);
    assert_int_equal(blk_cut_create(raw, &cut), 0);
    put(cut, 0, 1);
    token = cut->ops->flush_taken(cut);
    assert_int_equal(cut->ops->datasync(cut), 0);
    put(cut, 1, 1);
    cut->ops->flush_done(cut, token);
    assert_int_equal(get(raw, 1), 0);
    cut->ops->close(cut); /* an orderly end writes it */
    assert_int_equal(blk_raw_open("disk0", path, true, &raw), 0);
    assert_int_equal(get(raw, 1), 1);
    raw->ops->close(raw);
    unlink(path);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(write_read),
        TEST(bad_requests),
        TEST(ranges),
        TEST(flush_syncs),
        TEST(without_flush_it_is_write_through),
        TEST(reset_waits_for_writes),
        cmocka_unit_test(raw_images),
        cmocka_unit_test(cuts_keep_what_was_flushed),
        cmocka_unit_test(cut_watches_flushes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
