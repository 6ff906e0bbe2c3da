/* SPDX-License-Identifier: Apache-2.0
 *
 * Virtio console with named ports.
 *
 * Flow control, both ways: a buffer of the guest is returned when the host has taken all of it, and
 * the host's end is read only into a buffer of the guest, while its port is open.  So whichever
 * side is slow, the other waits, and nothing is held here.
 *
 * Messages to the guest are not queued but remembered per port as what is still to be said, so a
 * guest that gives no control buffers costs nothing.
 *
 * References: [VIRTIO 1.2 5.3 Console Device].
 */
#include "devices/virtio_console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define QUEUE_MAX 128
#define CONTROL_RX 2
#define CONTROL_TX 3
#define NAME_MAX_LEN 63
#define FLUSH_MS 2000

/* What is still to be said about a port, in this order. */
enum {
    SAY_ADD = 1,
    SAY_CONSOLE = 2,
    SAY_NAME = 4,
    SAY_OPEN = 8,
};

struct console;

struct port {
    struct console *con;
    struct chardev *ch;
    unsigned nr;
    char name[NAME_MAX_LEN + 1];
    bool is_console;
    bool ready; /* the guest knows the port */
    bool guest_open;
    bool closing; /* the guest closed; what it wrote before is still on its way */
    bool in_tx;
    bool blocked;            /* the host takes no more for now */
    bool want_input;         /* a buffer waits for the host */
    unsigned say;            /* SAY_* */
    bool told_open, flipped; /* last told; it changed and changed back since */
    u64 tx_done;             /* bytes of the chain at the head that the host has taken */
};

struct console {
    struct virtio_device d;
    struct virtio_console_config config;
    unsigned nports;
    struct port port[];
};

static struct console *of(struct virtio_device *d)
{
    return container_of(d, struct console, d);
}

static unsigned rx_nr(const struct port *p)
{
    return p->nr ? 2 + 2 * p->nr : 0;
}

static struct virtqueue *rx_queue(struct port *p)
{
    return &p->con->d.queue[rx_nr(p)];
}

static struct virtqueue *tx_queue(struct port *p)
{
    return &p->con->d.queue[rx_nr(p) + 1];
}

static bool multiport(const struct console *con)
{
    return con->d.features & VIRTIO_CONSOLE_F_MULTIPORT;
}

static void watch(struct port *p)
{
    chardev_watch(p->ch, p->want_input, p->blocked);
}

/* ---- guest to host ---- */

/* False: the host takes no more for now. */
static bool transmit(struct port *p, const struct virtq_chain *c)
{
    u64 skip = p->tx_done;

    for (unsigned i = 0; i < c->nout; i++) {
        const u8 *from = c->iov[i].iov_base;
        size_t len = c->iov[i].iov_len, at = min64(skip, len);

        skip -= at;
        while (at < len) {
            ssize_t n = chardev_write(p->ch, from + at, len - at);

            if (n == -EAGAIN)
                return false;
            if (n < 0)
                return true; /* nobody will ever take it */
            at += (size_t)n;
            p->tx_done += (u64)n;
        }
    }
    return true;
}

static void closed_by_guest(struct port *p)
{
    p->closing = false;
    if (p->ch->ops->guest_open && !p->is_console) /* a console stays through a reboot */
        p->ch->ops->guest_open(p->ch, false);
}

static void tx(struct port *p)
{
    struct virtqueue *q = tx_queue(p);
    struct virtq_chain c;
    unsigned left = q->num;

    if (p->in_tx)
        return; /* the host's end went away while it was written to */
    p->in_tx = true;
    p->blocked = false;
    virtq_notify_off(q);
    do {
        while (!p->blocked && left && virtq_pop(q, &c)) {
            if (transmit(p, &c)) {
                p->tx_done = 0;
                virtq_push(q, c.head, 0);
                left--;
            } else {
                virtq_unpop(q);
                p->blocked = true;
            }
        }
    } while (!p->blocked && left && virtq_notify_on(q));
    p->in_tx = false;
    virtio_signal(&p->con->d, rx_nr(p) + 1);
    if (!p->blocked && !left && virtq_ready(q))
        virtio_again(&p->con->d, rx_nr(p) + 1);
    else if (p->closing && !p->blocked)
        closed_by_guest(p);
    watch(p);
}

/* ---- host to guest ---- */

/* Fills a chain.  False: nothing there. */
static bool receive(struct port *p, struct virtqueue *q, const struct virtq_chain *c)
{
    ssize_t n = 0;

    if (c->nin) {
        const struct iovec *v = &c->iov[c->nout];

        n = chardev_read(p->ch, v->iov_base, v->iov_len);
        if (n <= 0) {
            p->want_input = n == -EAGAIN;
            return false;
        }
        virtq_wrote(q, c, (u64)n);
    }
    virtq_push(q, c->head, (u32)n);
    return true;
}

static void rx(struct port *p)
{
    struct virtqueue *q = rx_queue(p);
    struct virtq_chain c;
    unsigned left = q->num;

    p->want_input = false;
    if (p->guest_open) {
        virtq_notify_off(q);
        do {
            while (left && virtq_pop(q, &c)) {
                if (!receive(p, q, &c)) {
                    virtq_unpop(q);
                    goto empty;
                }
                left--;
            }
        } while (left && virtq_notify_on(q));
        if (!left && virtq_ready(q))
            virtio_again(&p->con->d, rx_nr(p));
    }
empty:
    virtio_signal(&p->con->d, rx_nr(p));
    watch(p);
}

static void readable(void *front)
{
    rx(front);
}

static void writable(void *front)
{
    tx(front);
}

/* ---- control messages ---- */

/* Puts a message into the guest's next control buffer.  False: it has none. */
static bool say(struct console *con, unsigned port, u16 event, u16 value, const char *text)
{
    struct virtqueue *q = &con->d.queue[CONTROL_RX];
    struct virtio_console_control m = {port, event, value};
    struct virtq_chain c;
    size_t n;

    if (!virtq_pop(q, &c)) {
        if (!virtq_notify_on(q) || !virtq_pop(q, &c))
            return false;
    }
    n = virtq_write(q, &c, 0, &m, sizeof(m));
    if (text)
        n += virtq_write(q, &c, sizeof(m), text, strlen(text));
    virtq_push(q, c.head, (u32)n);
    return true;
}

/* The guest learns of each change, also of one that was taken back before it could be told. */
static bool say_open(struct port *p)
{
    bool now = p->ch->connected;

    if (p->flipped && now == p->told_open) {
        if (!say(p->con, p->nr, VIRTIO_CONSOLE_PORT_OPEN, !now, NULL))
            return false;
        p->told_open = !now;
    }
    p->flipped = false;
    if (now != p->told_open && !say(p->con, p->nr, VIRTIO_CONSOLE_PORT_OPEN, now, NULL))
        return false;
    p->told_open = now;
    return true;
}

static bool say_one(struct port *p, unsigned what)
{
    switch (what) {
    case SAY_ADD:
        return say(p->con, p->nr, VIRTIO_CONSOLE_DEVICE_ADD, 1, NULL);
    case SAY_CONSOLE:
        return say(p->con, p->nr, VIRTIO_CONSOLE_CONSOLE_PORT, 1, NULL);
    case SAY_NAME:
        return say(p->con, p->nr, VIRTIO_CONSOLE_PORT_NAME, 1, p->name);
    default:
        return say_open(p);
    }
}

static void say_all(struct console *con)
{
    bool room = virtio_running(&con->d);

    for (unsigned i = 0; i < con->nports && room; i++) {
        struct port *p = &con->port[i];

        for (unsigned what = SAY_ADD; what <= SAY_OPEN && room; what <<= 1) {
            if (!(p->say & what))
                continue;
            room = say_one(p, what);
            if (room)
                p->say &= ~what;
        }
    }
    virtio_signal(&con->d, CONTROL_RX);
}

static void connection(void *front)
{
    struct port *p = front;

    p->flipped = true;
    if (p->ready) {
        p->say |= SAY_OPEN;
        say_all(p->con);
    }
    if (virtio_running(&p->con->d) && virtq_ready(tx_queue(p)))
        tx(p); /* connected: go on; not connected: what waits is dropped */
}

static void port_ready(struct port *p)
{
    p->ready = true;
    p->say |= (p->is_console ? SAY_CONSOLE : 0U) | (*p->name ? SAY_NAME : 0U) | SAY_OPEN;
}

static void port_open(struct port *p, bool open)
{
    if (p->guest_open == open)
        return;
    p->guest_open = open;
    if (open) {
        p->closing = false;
        if (p->ch->ops->guest_open)
            p->ch->ops->guest_open(p->ch, true);
        rx(p);
    } else {
        p->closing = true;
        rx(p);
        tx(p);
    }
}

static void control(struct console *con, const struct virtio_console_control *m)
{
    if (m->event == VIRTIO_CONSOLE_DEVICE_READY) {
        for (unsigned i = 0; i < con->nports && m->value == 1; i++)
            con->port[i].say |= SAY_ADD;
        return;
    }
    if (m->id >= con->nports)
        return;
    if (m->event == VIRTIO_CONSOLE_PORT_READY && m->value == 1)
        port_ready(&con->port[m->id]);
    else if (m->event == VIRTIO_CONSOLE_PORT_OPEN)
        port_open(&con->port[m->id], m->value);
}

static void control_tx(struct console *con)
{
    struct virtqueue *q = &con->d.queue[CONTROL_TX];
    struct virtio_console_control m;
    struct virtq_chain c;
    unsigned left = q->num;

    do {
        while (left && virtq_pop(q, &c)) {
            bool whole = virtq_read(&c, 0, &m, sizeof(m)) == sizeof(m);

            virtq_push(q, c.head, 0);
            left--;
            if (whole)
                control(con, &m);
        }
    } while (left && virtq_notify_on(q));
    virtio_signal(&con->d, CONTROL_TX);
    if (!left)
        virtio_again(&con->d, CONTROL_TX);
    say_all(con);
}

/* ---- the device ---- */

static void notify(struct virtio_device *d, unsigned q)
{
    struct console *con = of(d);
    unsigned nr = q < 2 ? 0 : q / 2 - 1;

    if (q == CONTROL_RX)
        say_all(con);
    else if (q == CONTROL_TX)
        control_tx(con);
    else if (nr < con->nports && q & 1)
        tx(&con->port[nr]);
    else if (nr < con->nports)
        rx(&con->port[nr]);
}

static void start(struct virtio_device *d)
{
    if (!multiport(of(d)))
        port_open(&of(d)->port[0], true);
}

static void reset_port(struct port *p)
{
    if (p->guest_open || p->closing)
        closed_by_guest(p);
    p->ready = p->guest_open = p->blocked = p->want_input = false;
    p->told_open = p->flipped = false;
    p->say = 0;
    p->tx_done = 0;
    watch(p);
}

/* What the guest wrote before it reset the device is not lost while the host takes it. */
static void reset(struct virtio_device *d)
{
    for (unsigned i = 0; i < of(d)->nports; i++) {
        struct port *p = &of(d)->port[i];

        if (virtio_running(d) && virtq_ready(tx_queue(p)))
            tx(p);
        reset_port(p);
    }
}

static void flush(struct virtio_device *d)
{
    u64 end = loop_now() + FLUSH_MS * 1000000ULL;

    for (unsigned i = 0; i < of(d)->nports; i++) {
        struct port *p = &of(d)->port[i];

        if (!virtq_ready(tx_queue(p)))
            continue;
        tx(p);
        while (p->blocked && p->ch->ops->wait_writable && loop_now() < end) {
            p->ch->ops->wait_writable(p->ch, FLUSH_MS / 10);
            tx(p);
        }
    }
}

static void destroy(struct virtio_device *d)
{
    struct console *con = of(d);

    for (unsigned i = 0; i < con->nports; i++)
        chardev_destroy(con->port[i].ch);
    free(con);
}

static const struct virtio_device_ops ops = {
    .id = VIRTIO_ID_CONSOLE,
    .notify = notify,
    .start = start,
    .reset = reset,
    .flush = flush,
    .destroy = destroy,
};

static void init_port(struct console *con, unsigned nr, const struct virtio_console_port *from)
{
    struct port *p = &con->port[nr];

    *p = (struct port){.con = con, .nr = nr, .ch = from->chardev, .is_console = from->console};
    if (from->name)
        snprintf(p->name, sizeof(p->name), "%s", from->name);
    p->ch->front = p;
    p->ch->readable = readable;
    p->ch->writable = writable;
    p->ch->connection = connection;
}

static int check_ports(const char *name, const struct virtio_console_port *ports, unsigned n)
{
    if (!n || n > VIRTIO_CONSOLE_MAX_PORTS) {
        log_error("%s: %u ports: 1 to %d expected", name, n, VIRTIO_CONSOLE_MAX_PORTS);
        return -EINVAL;
    }
    for (unsigned i = 0; i < n; i++) {
        if (ports[i].name && (!*ports[i].name || strlen(ports[i].name) > NAME_MAX_LEN)) {
            log_error("%s: port name '%s': 1 to %d characters expected", name, ports[i].name,
                      NAME_MAX_LEN);
            return -EINVAL;
        }
        for (unsigned j = 0; ports[i].name && j < i; j++) {
            if (ports[j].name && !strcmp(ports[i].name, ports[j].name)) {
                log_error("%s: port name '%s' is used twice", name, ports[i].name);
                return -EEXIST;
            }
        }
    }
    return 0;
}

int virtio_console_create(struct loop *loop, const char *name,
                          const struct virtio_console_port *ports, unsigned nports,
                          struct virtio_device **out)
{
    int r = check_ports(name, ports, nports);
    struct console *con = r ? NULL : calloc(1, sizeof(*con) + nports * sizeof(con->port[0]));

    (void)loop;
    if (!con) {
        for (unsigned i = 0; i < nports; i++)
            chardev_destroy(ports[i].chardev);
        return r ? r : -ENOMEM;
    }
    con->nports = nports;
    con->config.max_nr_ports = nports;
    con->d.ops = &ops;
    con->d.offered = VIRTIO_CONSOLE_F_MULTIPORT;
    con->d.config = &con->config;
    con->d.config_len = sizeof(con->config);
    con->d.nqueues = 2 + 2 * nports;
    con->d.queue_max = QUEUE_MAX;
    snprintf(con->d.name, sizeof(con->d.name), "%s", name);
    for (unsigned i = 0; i < nports; i++)
        init_port(con, i, &ports[i]);
    *out = &con->d;
    return 0;
}
