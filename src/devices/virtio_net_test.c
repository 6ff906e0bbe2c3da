/* SPDX-License-Identifier: Apache-2.0
 *
 * Network device: frames both ways, mergeable buffers, backlog; forwards; the user network's DHCP.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "channel/fake_guest.h"
#include "channel/virtio_ccw.h"
#include "devices/virtio_net.h"

#define NUM 16
#define RINGS 0x40000
#define RX 0
#define TX 1
#define BUFFERS 0x200000UL /* 4 KiB each */
#define HEADER 12

struct wire {
    struct net_backend b;
    u8 sent[4096];
    size_t sent_len;
    unsigned nsent;
    bool on;
};

static void wire_send(struct net_backend *b, const u8 *frame, size_t len)
{
    struct wire *w = container_of(b, struct wire, b);

    memcpy(w->sent, frame, len);
    w->sent_len = len;
    w->nsent++;
}

static void wire_resume(struct net_backend *b, bool on)
{
    container_of(b, struct wire, b)->on = on;
}

static void wire_destroy(struct net_backend *b)
{
    (void)b;
}

static const struct net_backend_ops wire_ops = {wire_send, wire_resume, wire_destroy};

struct world {
    struct fake_guest g;
    struct wire wire;
    struct net_backend *user;
    struct virtio_device *d;
    struct fake_queue q[2];
};

static void make(struct world *w, struct net_backend *b)
{
    assert_int_equal(virtio_net_create("net0", 3, NULL, b, &w->d), 0);
    assert_int_equal(virtio_ccw_plug(w->g.css, w->d, 0, false), 0);
}

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));

    fake_create(&w->g);
    w->wire.b = (struct net_backend){.ops = &wire_ops, .mtu = 1500};
    make(w, &w->wire.b);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    fake_destroy(&w->g);
    free(w);
    return 0;
}

static void drive(struct world *w, u64 off)
{
    fake_drive(&w->g, 0, off, w->q, 2, NUM, RINGS);
}

static void offer(struct world *w, u16 i, u32 len)
{
    fake_desc(&w->q[RX], i, BUFFERS + i * 4096UL, len, VRING_DESC_F_WRITE, 0);
    fake_offer(&w->q[RX], i);
}

static bool arrive(struct world *w, const char *frame)
{
    return w->wire.b.receive(w->wire.b.front, (const u8 *)frame, strlen(frame));
}

static void transmit(void **state)
{
    struct world *w = *state;
    u32 id, len;

    drive(w, 0);
    assert_true(w->wire.on);
    memcpy(fake_at(&w->g, BUFFERS + HEADER), "dstdstsrcsrcttpayload", 21);
    fake_desc(&w->q[TX], 0, BUFFERS, HEADER + 4, VRING_DESC_F_NEXT, 1);
    fake_desc(&w->q[TX], 1, BUFFERS + HEADER + 4, 17, 0, 0);
    fake_offer(&w->q[TX], 0);
    fake_desc(&w->q[TX], 2, BUFFERS, HEADER + 3, 0, 0); /* no frame */
    fake_offer(&w->q[TX], 2);
    fake_kick(&w->g, 0, TX);
    assert_int_equal(w->wire.nsent, 1);
    assert_int_equal(w->wire.sent_len, 21);
    assert_memory_equal(w->wire.sent, "dstdstsrcsrcttpayload", 21);
    assert_true(fake_used(&w->q[TX], &id, &len) && fake_used(&w->q[TX], &id, &len));
}

static void receive(void **state)
{
    struct world *w = *state;
    u32 id, len;

    drive(w, VIRTIO_NET_F_MRG_RXBUF);
    offer(w, 0, 2000);
    assert_true(arrive(w, "dstdstsrcsrctthello"));
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, HEADER + 19);
    assert_memory_equal(fake_at(&w->g, BUFFERS), "\0\0\0\0\0\0\0\0\0\0\1\0dstdstsrcsrctthello", 31);
}

static void mergeable(void **state)
{
    struct world *w = *state;
    u32 id, len;

    drive(w, 0);
    offer(w, 0, 20);
    assert_true(arrive(w, "abcdefghijklmnopqrstuvwxyz")); /* does not fit yet: backlog */
    assert_false(fake_used(&w->q[RX], &id, &len));
    assert_false(w->wire.on);
    offer(w, 1, 14);
    offer(w, 2, 14);
    fake_kick(&w->g, 0, RX);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 20);
    assert_int_equal(*fake_at(&w->g, BUFFERS + 10), 3);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 14);
    assert_memory_equal(fake_at(&w->g, BUFFERS + 4096), "ijklmnopqrstuv", 14);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 4);
    assert_true(w->wire.on);
}

static void backlog(void **state)
{
    struct world *w = *state;
    unsigned taken = 0, got = 0;
    u32 id, len;

    drive(w, VIRTIO_NET_F_MRG_RXBUF);
    while (arrive(w, "dstdstsrcsrctthello"))
        taken++;
    assert_int_equal(taken, 256);
    assert_false(w->wire.on);
    while (got < taken) {
        for (u16 i = 0; i < NUM; i++)
            offer(w, i, 100);
        fake_kick(&w->g, 0, RX);
        while (fake_used(&w->q[RX], &id, &len))
            got++;
    }
    assert_int_equal(got, 256);
    fake_settle(&w->g);
    assert_true(w->wire.on);
    css_reset(w->g.css);
    assert_false(w->wire.on);
    assert_false(arrive(w, "dstdstsrcsrctthello"));
}

static void forwards(void **state)
{
    struct net_forward f;

    (void)state;
    assert_int_equal(net_forward_parse("tcp:8080-:80", &f), 0);
    assert_int_equal(f.host_port, 8080);
    assert_int_equal(f.guest_port, 80);
    assert_int_equal(f.host_addr, INADDR_LOOPBACK);
    assert_int_equal(net_forward_parse("udp:0.0.0.0:53-10.0.2.15:5353", &f), 0);
    assert_true(f.udp);
    assert_int_equal(f.host_addr, 0);
    assert_int_equal(f.guest_addr, 0x0a00020f);
    assert_int_equal(net_forward_parse("tcp:80", &f), -EINVAL);
    assert_int_equal(net_forward_parse("tcp:0-:80", &f), -EINVAL);
    assert_int_equal(net_forward_parse("tcp:70000-:80", &f), -EINVAL);
    assert_int_equal(net_forward_parse("sctp:1-:1", &f), -EINVAL);
    assert_int_equal(net_forward_parse("tcp:a.b:1-:1", &f), -EINVAL);
}

static void port_in_use(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct net_forward f = {.host_addr = INADDR_LOOPBACK, .guest_port = 80};
    struct net_user_options o = {.name = "net0", .forwards = &f, .nforwards = 1};
    struct net_backend *b;
    struct loop *l;

    (void)state;
    assert_int_equal(bind(s, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(s, 1), 0);
    assert_int_equal(getsockname(s, (struct sockaddr *)&a, &len), 0);
    f.host_port = ntohs(a.sin_port);
    assert_int_equal(loop_create(&l), 0);
    assert_int_equal(net_user_create(l, &o, &b), -EADDRINUSE);
    close(s);
    loop_destroy(l);
}

struct listener {
    u8 frame[2048];
    size_t len;
};

static bool hear(void *front, const u8 *frame, size_t len)
{
    struct listener *l = front;

    memcpy(l->frame, frame, len);
    l->len = len;
    return true;
}

static u16 checksum(const u8 *p, unsigned len)
{
    u32 sum = 0;

    for (unsigned i = 0; i < len; i += 2)
        sum += (u32)(p[i] << 8 | p[i + 1]);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (u16)~sum;
}

/* DHCP DISCOVER; the answer offers 10.0.2.15. */
static void dhcp(void **state)
{
    struct net_user_options o = {.name = "net0"};
    struct listener heard = {.len = 0};
    struct net_backend *b;
    struct loop *l;
    u8 f[14 + 20 + 8 + 300] = {0};
    u16 sum;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    assert_int_equal(net_user_create(l, &o, &b), 0);
    b->front = &heard;
    b->receive = hear;
    b->ops->resume(b, true);
    memset(f, 0xff, 6);
    memcpy(f + 6, "\x02\x53\x49\x45\0\0\x08\0", 8);
    memcpy(f + 14, "\x45\0\x01\x48\0\0\0\0\x40\x11\0\0\0\0\0\0\xff\xff\xff\xff", 20);
    sum = checksum(f + 14, 20);
    f[24] = (u8)(sum >> 8);
    f[25] = (u8)sum;
    memcpy(f + 34, "\0\x44\0\x43\x01\x34\0\0", 8);
    memcpy(f + 42, "\x01\x01\x06\0\x12\x34\x56\x78", 8);
    memcpy(f + 42 + 28, "\x02\x53\x49\x45\0\0", 6);
    memcpy(f + 42 + 236, "\x63\x82\x53\x63\x35\x01\x01\xff", 8);
    b->ops->send(b, f, sizeof(f));
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(loop_round(l, 0), 0);
    assert_true(heard.len > 282);
    assert_memory_equal(heard.frame + 42 + 16, "\x0a\0\x02\x0f", 4);
    b->ops->destroy(b);
    loop_destroy(l);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(transmit),
        TEST(receive),
        TEST(mergeable),
        TEST(backlog),
        cmocka_unit_test(forwards),
        cmocka_unit_test(port_in_use),
        cmocka_unit_test(dhcp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
