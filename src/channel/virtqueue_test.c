/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtqueues and the virtio-ccw transport, with a small device; rings of a hostile driver.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/virtio_ccw.h"
#include "base/log.h"
#include "channel/fake_guest.h"
#include "channel/virtio_ccw.h"

#define QUEUES 2
#define NUM 8
#define RINGS 0x40000
#define INDICATORS 0x3f0000UL

struct world {
    struct fake_guest g;
    struct virtio_device d;
    struct fake_queue q[QUEUES];
    u8 config[8];
    unsigned notified[QUEUES], started, resets, destroyed;
};

static void notify(struct virtio_device *d, unsigned q)
{
    container_of(d, struct world, d)->notified[q]++;
}

static void start(struct virtio_device *d)
{
    container_of(d, struct world, d)->started++;
}

static void reset(struct virtio_device *d)
{
    container_of(d, struct world, d)->resets++;
}

static void destroy(struct virtio_device *d)
{
    container_of(d, struct world, d)->destroyed++;
}

static void config_written(struct virtio_device *d, unsigned from, unsigned len)
{
    (void)d, (void)from, (void)len;
}

static const struct virtio_device_ops ops = {
    .id = 42,
    .notify = notify,
    .start = start,
    .reset = reset,
    .config_written = config_written,
    .destroy = destroy,
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    fake_create(&w->g);
    memcpy(w->config, "CONFIGUR", 8);
    w->d = (struct virtio_device){.ops = &ops,
                                  .name = "test0",
                                  .offered = 1ULL << 5,
                                  .config = w->config,
                                  .config_len = sizeof(w->config),
                                  .nqueues = QUEUES,
                                  .queue_max = 64};
    assert_int_equal(virtio_ccw_plug(w->g.css, &w->d, 0, false), 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    fake_destroy(&w->g);
    assert_int_equal(w->destroyed, 1);
    free(w);
    return 0;
}

static void drive(struct world *w, u64 off)
{
    fake_drive(&w->g, 0, off, w->q, QUEUES, NUM, RINGS);
    assert_int_equal(w->started, 1);
    assert_true(virtio_running(&w->d));
}

static struct virtqueue *vq(struct world *w)
{
    return &w->d.queue[0];
}

/* ---- transport ---- */

static void revisions(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    static const u8 rev[][4] = {{0, 3}, {0, 0}, {0, 1, 0, 4}, {0, 2}, {0, 1}};

    fake_enable(g, 0);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_READ_CONF, 0x5000, 8), 0x0e40); /* too early */
    for (unsigned i = 0; i < 3; i++) {
        memcpy(fake_at(g, 0x5000), rev[i], 4);
        assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VIRTIO_REV, 0x5000, 4), 0x0e00);
    }
    memcpy(fake_at(g, 0x5000), rev[3], 4);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VIRTIO_REV, 0x5000, 4), 0x0c00);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VIRTIO_REV, 0x5000, 4), 0x0c00);
    memcpy(fake_at(g, 0x5000), rev[4], 4);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VIRTIO_REV, 0x5000, 4), 0x0e00);
    assert_int_equal(fake_command(g, 0, 0x99, 0x5000, 4) >> 8, 0x0e);
}

static void identity_and_config(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    drive(w, 0);
    assert_int_equal(fake_command(g, 0, CCW_CMD_SENSE_ID, 0x5000, 7), 0x0c00);
    assert_memory_equal(fake_at(g, 0x5000), "\xff\x38\x32\x2a\0\0\0", 7);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_READ_CONF, 0x5000, 5), 0x0c00);
    assert_memory_equal(fake_at(g, 0x5000), "CONFI", 5);
    memcpy(fake_at(g, 0x5000), "xyz", 3);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_WRITE_CONF, 0x5000, 3), 0x0c00);
    assert_memory_equal(w->config, "xyzFIGUR", 8);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_READ_STATUS, 0x5000, 1), 0x0c00);
    assert_int_equal(*fake_at(g, 0x5000), 0x0f);
    memcpy(fake_at(g, 0x5000), "\0\1\0\0", 4);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_READ_VQ_CONF, 0x5000, 4), 0x0c00);
    assert_memory_equal(fake_at(g, 0x5000), "\0\1\0\x40", 4);
    memcpy(fake_at(g, 0x5000), "\0\2\0\0", 4);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_READ_VQ_CONF, 0x5000, 4), 0x0c00);
    assert_memory_equal(fake_at(g, 0x5000), "\0\2\0\0", 4);
    assert_int_equal(w->d.features,
                     1ULL << 5 | VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX | VIRTIO_F_INDIRECT_DESC);
}

static void features_without_version_1(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    fake_enable(g, 0);
    memcpy(fake_at(g, 0x5000), "\0\2\0\0", 4);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VIRTIO_REV, 0x5000, 4), 0x0c00);
    *fake_at(g, 0x5000) = 0x0b;
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_WRITE_STATUS, 0x5000, 1), 0x0c00);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_READ_STATUS, 0x5000, 1), 0x0c00);
    assert_int_equal(*fake_at(g, 0x5000), 0x03);
}

static void bad_queue_setups(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    static const struct {
        u16 index, num;
        u64 desc, avail, used;
    } bad[] = {
        {9, 8, 0x40000, 0x41000, 0x42000},           {0, 7, 0x40000, 0x41000, 0x42000},
        {0, 128, 0x40000, 0x41000, 0x42000},         {0, 8, 0x40008, 0x41000, 0x42000},
        {0, 8, 0x40000, 0x41001, 0x42000},           {0, 8, 0x40000, 0x41000, 0x42002},
        {0, 8, FAKE_STORAGE - 64, 0x41000, 0x42000}, {0, 8, 0x40000, 0x41000, ~0ULL << 4},
    };

    drive(w, 0);
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        struct virtio_ccw_vq v = {.desc = be64_of(bad[i].desc),
                                  .index = be16_of(bad[i].index),
                                  .num = be16_of(bad[i].num),
                                  .avail = be64_of(bad[i].avail),
                                  .used = be64_of(bad[i].used)};

        memcpy(fake_at(g, 0x5000), &v, sizeof(v));
        assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VQ, 0x5000, 32), 0x0e00);
        assert_int_equal(w->d.queue[0].num, NUM);
    }
    memset(fake_at(g, 0x5000), 0, 32);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_VQ, 0x5000, 32), 0x0c00);
    assert_int_equal(w->d.queue[0].num, 0);
}

static void classic_indicators(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    unsigned before;

    drive(w, VIRTIO_F_EVENT_IDX);
    before = g->io_injected;
    virtq_push(&w->d.queue[1], 0, 0);
    virtio_signal(&w->d, 1);
    virtio_signal(&w->d, 1); /* nothing new */
    assert_int_equal(g->io_injected, before + 1);
    assert_memory_equal(fake_at(g, INDICATORS), "\0\0\0\0\0\0\0\2", 8);
    assert_int_equal(fake_insn(g, INSN_TSCH, FAKE_SCHID(0), 0x9000), 0);
    virtio_config_changed(&w->d);
    assert_memory_equal(fake_at(g, INDICATORS + 8), "\0\0\0\0\0\0\0\1", 8);
    assert_int_equal(g->io_injected, before + 2);
    *fake_at(g, w->q[1].avail) = VRING_AVAIL_F_NO_INTERRUPT;
    virtq_push(&w->d.queue[1], 0, 0);
    virtio_signal(&w->d, 1);
    assert_int_equal(g->io_injected, before + 2);
}

static void adapter_indicators(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;
    struct virtio_ccw_ind_adapter a = {be64_of(0x6000), be64_of(0x6100), be64_of(6), 5};

    drive(w, VIRTIO_F_EVENT_IDX);
    memcpy(fake_at(g, 0x5000), &a, 25);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_IND_ADAPTER, 0x5000, 25), 0x0c00);
    virtq_push(&w->d.queue[0], 0, 0);
    virtio_signal(&w->d, 0);
    virtq_push(&w->d.queue[1], 0, 0);
    virtio_signal(&w->d, 1); /* the summary indicator is on still */
    assert_int_equal(g->adapters, 1);
    assert_int_equal(g->isc, 5);
    assert_int_equal(*fake_at(g, 0x6000), 1);
    assert_int_equal(*fake_at(g, 0x6100), 0x03);
    a.isc = 8;
    memcpy(fake_at(g, 0x5000), &a, 25);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_IND_ADAPTER, 0x5000, 25), 0x0e00);
    a.isc = 1;
    a.device = be64_of(FAKE_STORAGE);
    memcpy(fake_at(g, 0x5000), &a, 25);
    assert_int_equal(fake_command(g, 0, VIRTIO_CCW_SET_IND_ADAPTER, 0x5000, 25), 0x0e00);
}

static void notifications(void **state)
{
    struct world *w = *state;
    struct fake_guest *g = &w->g;

    assert_int_equal(virtio_ccw_notify(g->css, FAKE_SCHID(7), 0, 0), -19);
    assert_int_equal(virtio_ccw_notify(g->css, FAKE_SCHID(0), 0, 0), -22); /* not enabled */
    drive(w, 0);
    assert_int_equal(virtio_ccw_notify(g->css, FAKE_SCHID(0), 64, 0), -22);
    assert_true(virtio_ccw_notify(g->css, FAKE_SCHID(0), 1, 0) >= 0);
    assert_true(virtio_ccw_notify(g->css, FAKE_SCHID(0), 1, 0) >= 0);
    fake_settle(g);
    assert_int_equal(w->notified[1], 1);
    fake_kick(g, 0, 63); /* no such queue: nothing happens */
    css_reset(g->css);
    assert_int_equal(w->resets, 2);
    assert_int_equal(w->d.status, 0);
}

/* ---- queues ---- */

static void chain_of_three(void **state)
{
    struct world *w = *state;
    struct virtq_chain c;
    u8 data[64];
    u32 id, len;

    drive(w, 0);
    memcpy(fake_at(&w->g, 0x7000), "first", 5);
    memcpy(fake_at(&w->g, 0x7100), "second", 6);
    fake_desc(&w->q[0], 2, 0x7000, 5, VRING_DESC_F_NEXT, 5);
    fake_desc(&w->q[0], 5, 0x7100, 6, VRING_DESC_F_NEXT, 1);
    fake_desc(&w->q[0], 1, 0x7200, 16, VRING_DESC_F_WRITE, 0);
    assert_false(virtq_pop(vq(w), &c));
    fake_offer(&w->q[0], 2);
    assert_int_equal(virtq_waiting(vq(w)), 1);
    assert_true(virtq_pop(vq(w), &c));
    virtq_unpop(vq(w));
    assert_true(virtq_pop(vq(w), &c));
    assert_int_equal(c.nout, 2);
    assert_int_equal(c.nin, 1);
    assert_int_equal(c.out_len, 11);
    assert_int_equal(virtq_read(&c, 3, data, sizeof(data)), 8);
    assert_memory_equal(data, "stsecond", 8);
    assert_int_equal(virtq_write(vq(w), &c, 2, "answer", 6), 6);
    assert_memory_equal(fake_at(&w->g, 0x7200), "\0\0answer", 8);
    virtq_push(vq(w), c.head, 8);
    assert_true(fake_used(&w->q[0], &id, &len));
    assert_int_equal(id, 2);
    assert_int_equal(len, 8);
}

static void indirect(void **state)
{
    struct world *w = *state;
    struct vring_desc t[2] = {{0x7000, 5, VRING_DESC_F_NEXT, 1},
                              {0x7100, 6, VRING_DESC_F_WRITE, 0}};
    struct virtq_chain c;

    drive(w, 0);
    memcpy(fake_at(&w->g, 0x7800), t, sizeof(t));
    fake_desc(&w->q[0], 0, 0x7800, sizeof(t), VRING_DESC_F_INDIRECT, 0);
    fake_offer(&w->q[0], 0);
    assert_true(virtq_pop(vq(w), &c));
    assert_int_equal(c.out_len, 5);
    assert_int_equal(c.in_len, 6);
}

static void event_index(void **state)
{
    struct world *w = *state;
    struct virtqueue *q;

    drive(w, 0);
    q = vq(w);
    virtq_push(q, 0, 0);
    assert_true(virtq_wants_signal(q)); /* the first is always told */
    fake_used_event(&w->q[0], 3);
    virtq_push(q, 0, 0);
    virtq_push(q, 0, 0);
    assert_false(virtq_wants_signal(q)); /* used index 3: entry 3 is not there yet */
    virtq_push(q, 0, 0);
    assert_true(virtq_wants_signal(q));
    assert_false(virtq_wants_signal(q));
    fake_desc(&w->q[0], 0, 0x7000, 5, 0, 0);
    virtq_notify_off(q);
    fake_offer(&w->q[0], 0);
    fake_offer(&w->q[0], 0);
    assert_int_equal(fake_avail_event(&w->q[0]), 0);
    assert_true(virtq_notify_on(q));
    assert_int_equal(fake_avail_event(&w->q[0]), 2); /* the two that wait need no notification */
}

static void indexes_wrap(void **state)
{
    struct world *w = *state;
    struct virtq_chain c;
    u32 id, len;

    drive(w, 0);
    for (unsigned i = 0; i < 70000; i++) {
        fake_desc(&w->q[0], (u16)(i % NUM), 0x7000, 5, 0, 0);
        fake_offer(&w->q[0], (u16)(i % NUM));
        assert_true(virtq_pop(vq(w), &c));
        virtq_push(vq(w), c.head, i);
        assert_true(fake_used(&w->q[0], &id, &len));
        assert_int_equal(id, i % NUM);
        assert_int_equal(len, i);
    }
}

static void hostile(struct world *w)
{
    struct virtq_chain c;

    assert_false(virtq_pop(vq(w), &c));
    assert_true(vq(w)->broken);
    assert_true(w->d.status & VIRTIO_STATUS_NEEDS_RESET);
    assert_false(virtq_pop(vq(w), &c));
    virtq_push(vq(w), 0, 0);
    assert_false(virtio_running(&w->d));
}

static void hostile_loop(void **state)
{
    struct world *w = *state;

    drive(w, 0);
    fake_desc(&w->q[0], 0, 0x7000, 5, VRING_DESC_F_NEXT, 1);
    fake_desc(&w->q[0], 1, 0x7000, 0, VRING_DESC_F_NEXT, 0);
    fake_offer(&w->q[0], 0);
    hostile(w);
}

static void hostile_descriptors(void **state)
{
    struct world *w = *state;
    static const struct vring_desc bad[] = {
        {FAKE_STORAGE - 4, 8, 0, 0},                  /* outside */
        {~0ULL - 3, 8, 0, 0},                         /* wraps */
        {0x7000, 8, VRING_DESC_F_NEXT, NUM},          /* next outside the table */
        {0x7000, 24, VRING_DESC_F_INDIRECT, 0},       /* odd length */
        {0x7000, 0, VRING_DESC_F_INDIRECT, 0},        /* none */
        {FAKE_STORAGE, 16, VRING_DESC_F_INDIRECT, 0}, /* table outside */
        {0x7000, 16, VRING_DESC_F_INDIRECT | VRING_DESC_F_NEXT, 1},
        {0x7c00, 16, VRING_DESC_F_INDIRECT, 0}, /* indirect in indirect */
    };
    static const struct vring_desc inner = {0x7000, 16, VRING_DESC_F_INDIRECT, 0};

    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        w->started = 0;
        drive(w, 0);
        memcpy(fake_at(&w->g, 0x7c00), &inner, sizeof(inner));
        fake_desc(&w->q[0], 0, bad[i].addr, bad[i].len, bad[i].flags, bad[i].next);
        fake_offer(&w->q[0], 0);
        hostile(w);
    }
    w->started = 0;
    drive(w, 0);
    fake_desc(&w->q[0], 0, 0x7000, 4, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
    fake_desc(&w->q[0], 1, 0x7000, 4, 0, 0); /* to read, behind one to write */
    fake_offer(&w->q[0], 0);
    hostile(w);
    w->started = 0;
    drive(w, 0);
    w->q[0].avail_idx = NUM + 1; /* index too far */
    fake_offer(&w->q[0], 0);
    hostile(w);
    w->started = 0;
    drive(w, 0);
    fake_offer(&w->q[0], NUM); /* head outside */
    hostile(w);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(revisions),           TEST(identity_and_config), TEST(features_without_version_1),
        TEST(bad_queue_setups),    TEST(classic_indicators),  TEST(adapter_indicators),
        TEST(notifications),       TEST(chain_of_three),      TEST(indirect),
        TEST(event_index),         TEST(indexes_wrap),        TEST(hostile_loop),
        TEST(hostile_descriptors),
    };

    log_set_level(LOG_ERROR);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
