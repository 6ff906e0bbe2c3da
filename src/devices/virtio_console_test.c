/* SPDX-License-Identifier: Apache-2.0
 *
 * Console device: ports, flow control both ways, open and close, end of input; and the channels to
 * the host it is connected to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "channel/fake_guest.h"
#include "channel/virtio_ccw.h"
#include "devices/virtio_console.h"

#define NUM 32
#define RINGS 0x40000
#define PORTS 2
#define QUEUES (2 + 2 * PORTS)
#define CONTROL_RX 2
#define CONTROL_TX 3
#define RX 4 /* of port 1 */
#define TX 5
#define CONTROL_BUFFERS 0x100000UL /* 256 bytes each */
#define RX_BUFFER 0x200000UL
#define TX_BUFFER 0x280000UL

struct world {
    struct fake_guest g;
    struct virtio_device *d;
    struct fake_queue q[QUEUES];
    int host; /* our end of port 1 */
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof(*w));
    struct virtio_console_port ports[PORTS] = {{NULL, true, NULL}, {"data", false, NULL}};
    struct chardev_fds fds = {.owned = true};
    int pair[2];

    fake_create(&w->g);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    w->host = pair[0];
    (void)fcntl(w->host, F_SETFL, O_NONBLOCK);
    fds.in = fds.out = pair[1];
    assert_int_equal(chardev_null_create(w->g.loop, &ports[0].chardev), 0);
    assert_int_equal(chardev_fd_create(w->g.loop, "pair", &fds, &ports[1].chardev), 0);
    assert_int_equal(virtio_console_create(w->g.loop, "console0", ports, PORTS, &w->d), 0);
    assert_int_equal(virtio_ccw_plug(w->g.css, w->d, 0, false), 0);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;

    fake_destroy(&w->g);
    if (w->host >= 0)
        close(w->host);
    free(w);
    return 0;
}

/* Sends a control message. */
static void tell(struct world *w, u32 id, u16 event, u16 value)
{
    struct virtio_console_control m = {id, event, value};
    u32 used, len;

    memcpy(fake_at(&w->g, CONTROL_BUFFERS + 0x8000), &m, sizeof(m));
    fake_desc(&w->q[CONTROL_TX], 0, CONTROL_BUFFERS + 0x8000, sizeof(m), 0, 0);
    fake_offer(&w->q[CONTROL_TX], 0);
    fake_kick(&w->g, 0, CONTROL_TX);
    assert_true(fake_used(&w->q[CONTROL_TX], &used, &len));
}

/* Next control message from the device; false: none.  Its buffer is offered again. */
static bool hear(struct world *w, struct virtio_console_control *m, char *text)
{
    u64 buffer;
    u32 id, len;

    if (!fake_used(&w->q[CONTROL_RX], &id, &len))
        return false;
    buffer = CONTROL_BUFFERS + id * 256;
    memcpy(m, fake_at(&w->g, buffer), sizeof(*m));
    if (text) {
        memcpy(text, fake_at(&w->g, buffer + sizeof(*m)), len - sizeof(*m));
        text[len - sizeof(*m)] = 0;
    }
    fake_offer(&w->q[CONTROL_RX], (u16)id);
    fake_kick(&w->g, 0, CONTROL_RX);
    return true;
}

static void expect(struct world *w, u32 id, u16 event, u16 value)
{
    struct virtio_console_control m;

    assert_true(hear(w, &m, NULL));
    assert_int_equal(m.id, id);
    assert_int_equal(m.event, event);
    assert_int_equal(m.value, value);
}

static void drive(struct world *w)
{
    struct virtio_console_control m;
    char text[256];

    fake_drive(&w->g, 0, 0, w->q, QUEUES, NUM, RINGS);
    for (u16 i = 0; i < 4; i++) {
        fake_desc(&w->q[CONTROL_RX], i, CONTROL_BUFFERS + i * 256, 256, VRING_DESC_F_WRITE, 0);
        fake_offer(&w->q[CONTROL_RX], i);
    }
    tell(w, 0, VIRTIO_CONSOLE_DEVICE_READY, 1);
    expect(w, 0, VIRTIO_CONSOLE_DEVICE_ADD, 1);
    expect(w, 1, VIRTIO_CONSOLE_DEVICE_ADD, 1);
    tell(w, 0, VIRTIO_CONSOLE_PORT_READY, 1);
    expect(w, 0, VIRTIO_CONSOLE_CONSOLE_PORT, 1);
    expect(w, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
    tell(w, 1, VIRTIO_CONSOLE_PORT_READY, 1);
    assert_true(hear(w, &m, text));
    assert_int_equal(m.event, VIRTIO_CONSOLE_PORT_NAME);
    assert_string_equal(text, "data");
    expect(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    assert_false(hear(w, &m, NULL));
}

static void offer_rx(struct world *w, u16 i, u32 len)
{
    fake_desc(&w->q[RX], i, RX_BUFFER + i * 4096UL, len, VRING_DESC_F_WRITE, 0);
    fake_offer(&w->q[RX], i);
    fake_kick(&w->g, 0, RX);
}

static void host_to_guest(void **state)
{
    struct world *w = *state;
    u32 id, len;

    drive(w);
    offer_rx(w, 0, 5);
    assert_int_equal(write(w->host, "hello world", 11), 11);
    fake_settle(&w->g);
    assert_false(fake_used(&w->q[RX], &id, &len)); /* the port is not open */
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 5);
    assert_memory_equal(fake_at(&w->g, RX_BUFFER), "hello", 5);
    assert_false(fake_used(&w->q[RX], &id, &len));
    offer_rx(w, 1, 100);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 6);
    assert_memory_equal(fake_at(&w->g, RX_BUFFER + 4096), " world", 6);
    offer_rx(w, 2, 100); /* buffer first, then data */
    assert_int_equal(write(w->host, "x", 1), 1);
    fake_settle(&w->g);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 1);
}

static void end_of_input_after_the_data(void **state)
{
    struct world *w = *state;
    struct virtio_console_control m;
    u32 id, len;

    drive(w);
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    assert_int_equal(write(w->host, "last", 4), 4);
    close(w->host);
    w->host = -1;
    fake_settle(&w->g);
    assert_false(hear(w, &m, NULL)); /* data are left */
    offer_rx(w, 0, 100);
    offer_rx(w, 1, 100);
    assert_true(fake_used(&w->q[RX], &id, &len));
    assert_int_equal(len, 4);
    fake_settle(&w->g);
    expect(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    assert_false(fake_used(&w->q[RX], &id, &len));
}

static u8 pattern(u64 i)
{
    return (u8)(i * 31 + i / 251);
}

/* More than the host takes at once: it comes whole and in order, and buffers wait meanwhile. */
static void guest_to_slow_host(void **state)
{
    struct world *w = *state;
    const u32 chunk = 60000;
    u64 sent = 0, got = 0, total = 60000ULL * 40;
    unsigned used = 0, offered = 0;
    u8 buffer[10000];

    drive(w);
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    while (got < total) {
        u32 id, len;
        ssize_t n;

        while (offered - used < 8 && sent < total) {
            u64 at = TX_BUFFER + (offered % 8) * 65536UL;

            for (u32 i = 0; i < chunk; i++)
                *fake_at(&w->g, at + i) = pattern(sent + i);
            fake_desc(&w->q[TX], (u16)(offered % 8), at, chunk, 0, 0);
            fake_offer(&w->q[TX], (u16)(offered % 8));
            sent += chunk;
            offered++;
        }
        fake_kick(&w->g, 0, TX);
        if (offered == 8)
            assert_true(used < 8); /* the socket cannot hold all of it */
        n = read(w->host, buffer, sizeof(buffer));
        for (ssize_t i = 0; i < n; i++)
            assert_int_equal(buffer[i], pattern(got + (u64)i));
        got += n > 0 ? (u64)n : 0;
        while (fake_used(&w->q[TX], &id, &len))
            used++;
    }
    assert_int_equal(got, total);
}

/* The guest writes and closes at once: what it wrote arrives. */
static void close_after_write(void **state)
{
    struct world *w = *state;
    char buffer[8] = "";

    drive(w);
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    memcpy(fake_at(&w->g, TX_BUFFER), "bye", 3);
    fake_desc(&w->q[TX], 0, TX_BUFFER, 3, 0, 0);
    fake_offer(&w->q[TX], 0); /* not kicked yet */
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
    assert_int_equal(read(w->host, buffer, sizeof(buffer)), 3);
    assert_string_equal(buffer, "bye");
}

static void host_that_is_gone(void **state)
{
    struct world *w = *state;
    u32 id, len;

    drive(w);
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    close(w->host);
    w->host = -1;
    memset(fake_at(&w->g, TX_BUFFER), 'x', 3);
    fake_desc(&w->q[TX], 0, TX_BUFFER, 3, 0, 0);
    fake_offer(&w->q[TX], 0);
    fake_kick(&w->g, 0, TX);
    assert_true(fake_used(&w->q[TX], &id, &len)); /* dropped, not stuck */
    expect(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
}

static void reset_and_flush(void **state)
{
    struct world *w = *state;
    char buffer[8] = "";

    drive(w);
    tell(w, 1, VIRTIO_CONSOLE_PORT_OPEN, 1);
    memcpy(fake_at(&w->g, TX_BUFFER), "out", 3);
    fake_desc(&w->q[TX], 0, TX_BUFFER, 3, 0, 0);
    fake_offer(&w->q[TX], 0);
    css_flush(w->g.css);
    assert_int_equal(read(w->host, buffer, sizeof(buffer)), 3);
    fake_offer(&w->q[TX], 0);
    css_reset(w->g.css); /* takes it along, too */
    assert_int_equal(read(w->host, buffer, sizeof(buffer)), 3);
    drive(w); /* a second life */
}

/* ---- channels ---- */

struct events {
    unsigned readable, writable, connections;
};

static void on_readable(void *f)
{
    ((struct events *)f)->readable++;
}
static void on_writable(void *f)
{
    ((struct events *)f)->writable++;
}
static void on_connection(void *f)
{
    ((struct events *)f)->connections++;
}

static void listen_to(struct chardev *c, struct events *e)
{
    c->front = e;
    c->readable = on_readable;
    c->writable = on_writable;
    c->connection = on_connection;
}

static void rounds(struct loop *l)
{
    for (unsigned i = 0; i < 6; i++)
        assert_int_equal(loop_round(l, 0), 0);
}

static void unix_socket(void **state)
{
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    struct events e = {0};
    struct chardev *c;
    struct loop *l;
    char buffer[16];
    int s;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    snprintf(addr.sun_path, sizeof(addr.sun_path), "/tmp/sie390-unix-%d", getpid());
    assert_int_equal(chardev_unix_create(l, addr.sun_path, &c), 0);
    listen_to(c, &e);
    assert_false(c->connected);
    for (unsigned round = 0; round < 3; round++) {
        e = (struct events){0};
        s = socket(AF_UNIX, SOCK_STREAM, 0);
        assert_int_equal(connect(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
        rounds(l);
        assert_true(c->connected);
        assert_int_equal(e.connections, 1);
        assert_int_equal(chardev_write(c, "hi", 2), 2);
        assert_int_equal(read(s, buffer, sizeof(buffer)), 2);
        assert_int_equal(write(s, "yo", 2), 2);
        close(s);
        chardev_watch(c, true, false);
        rounds(l);
        assert_true(e.readable > 0);
        assert_int_equal(chardev_read(c, buffer, sizeof(buffer)), 2);
        assert_int_equal(chardev_read(c, buffer, sizeof(buffer)), 0);
        assert_false(c->connected);
        assert_int_equal(e.connections, 2);
        rounds(l);
    }
    chardev_destroy(c);
    assert_int_equal(access(addr.sun_path, F_OK), -1);
    loop_destroy(l);
}

/* A machine, or a container of it, may have no /dev/pts. */
static bool has_ptys(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;
    char path[64];

    if (master < 0)
        return false;
    if (!grantpt(master) && !unlockpt(master) && !ptsname_r(master, path, sizeof(path)))
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave >= 0)
        close(slave);
    close(master);
    return slave >= 0;
}

static void pty_without_reader_drops(void **state)
{
    struct events e = {0};
    struct chardev *c;
    struct loop *l;
    char path[64], block[4096];
    int s;

    (void)state;
    if (!has_ptys()) {
        print_message("no pseudo-terminals: /dev/ptmx, /dev/pts\n");
        skip();
    }
    assert_int_equal(loop_create(&l), 0);
    assert_int_equal(chardev_pty_create(l, &c, path, sizeof(path)), 0);
    listen_to(c, &e);
    rounds(l);
    memset(block, 'z', sizeof(block));
    for (unsigned i = 0; i < 100; i++)
        assert_true(chardev_write(c, block, sizeof(block)) > 0);
    s = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK);
    assert_true(s >= 0);
    rounds(l);
    while (chardev_write(c, block, sizeof(block)) > 0)
        ;
    assert_int_equal(chardev_write(c, block, sizeof(block)), -EAGAIN); /* it waits for the reader */
    assert_int_equal(write(s, "k\n", 2), 2);
    chardev_watch(c, true, false);
    rounds(l);
    assert_true(e.readable > 0);
    assert_int_equal(chardev_read(c, block, sizeof(block)), 2);
    close(s);
    rounds(l);
    assert_true(chardev_write(c, block, sizeof(block)) > 0);
    chardev_destroy(c);
    loop_destroy(l);
}

/* The flag O_NONBLOCK belongs to the open file, which we share with the shell. */
static void shared_pipes_stay_blocking(void **state)
{
    struct chardev_fds fds = {.keep_on_eof = true};
    struct events e = {0};
    struct chardev *c;
    struct loop *l;
    char block[4096];
    int in[2], out[2];
    ssize_t n;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    fds.in = in[0];
    fds.out = out[1];
    assert_int_equal(chardev_fd_create(l, "pipes", &fds, &c), 0);
    listen_to(c, &e);
    memset(block, 'p', sizeof(block));
    do
        n = chardev_write(c, block, sizeof(block));
    while (n > 0);
    assert_int_equal(n, -EAGAIN);
    assert_int_equal(chardev_read(c, block, sizeof(block)), -EAGAIN);
    assert_false(fcntl(out[1], F_GETFL) & O_NONBLOCK);
    assert_false(fcntl(in[0], F_GETFL) & O_NONBLOCK);
    close(in[1]);
    assert_int_equal(chardev_read(c, block, sizeof(block)), 0);
    assert_true(c->connected);
    chardev_destroy(c);
    close(in[0]);
    close(out[0]);
    close(out[1]);
    loop_destroy(l);
}

static void bad_channels(void **state)
{
    struct chardev *c;
    struct loop *l;

    (void)state;
    assert_int_equal(loop_create(&l), 0);
    assert_true(chardev_open(l, "nonsense", &c) < 0);
    assert_true(chardev_open(l, "fd:", &c) < 0);
    assert_true(chardev_open(l, "fd:999", &c) < 0);
    assert_true(chardev_open(l, "fd:1x", &c) < 0);
    assert_true(chardev_open(l, "file:/nowhere/x", &c) < 0);
    assert_true(chardev_open(l, "unix:/nowhere/x", &c) < 0);
    assert_int_equal(chardev_open(l, "none", &c), 0);
    chardev_destroy(c);
    loop_destroy(l);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(host_to_guest),
        TEST(end_of_input_after_the_data),
        TEST(guest_to_slow_host),
        TEST(close_after_write),
        TEST(host_that_is_gone),
        TEST(reset_and_flush),
        cmocka_unit_test(unix_socket),
        cmocka_unit_test(pty_without_reader_drops),
        cmocka_unit_test(shared_pipes_stay_blocking),
        cmocka_unit_test(bad_channels),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
