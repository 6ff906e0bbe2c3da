/* SPDX-License-Identifier: Apache-2.0
 *
 * Network back end: a user-mode network by libslirp, on the I/O thread.
 *
 * libslirp wants to be asked before each sleep which descriptors and how long; here that is done
 * (ask_slirp) after each time it ran, and epoll and one timer remember the answer.  So a network
 * where nothing happens costs nothing.  libslirp asks for its half-second timer as long as it has
 * any TCP socket, also one that only listens for a forwarded port: without other connections, and
 * GRACE after the last traffic, that timer is not served.
 *
 * References: libslirp 4.7 libslirp.h.
 */
#include <errno.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "devices/net_backend.h"

#define NS_PER_MS 1000000ULL
#define GRACE (75000 * NS_PER_MS) /* longer than TCP keeps a closed connection */
#define DEFAULT_MTU 1500
#define MAX_MTU 65521

/* A descriptor libslirp wants to hear of. */
struct watched {
    struct loop_fd l;
    struct net_user *u;
    u32 found;       /* LOOP_*, not yet told */
    bool wanted;     /* in the current round */
    bool connection; /* a TCP connection */
};

struct net_user {
    struct net_backend b;
    struct loop *loop;
    Slirp *slirp;
    const char *name;
    struct watched **by_fd;
    int nfds;    /* places in by_fd */
    int *polled; /* libslirp's index -> descriptor */
    int npolled, max_polled;
    bool on, connections;
    u64 last_traffic;
    struct loop_post sync_post, ready_post;
    struct loop_timer timer;
};

/* ---- what libslirp waits for ---- */

static void forget(struct net_user *u, int fd)
{
    if (fd < 0 || fd >= u->nfds || !u->by_fd[fd])
        return;
    loop_fd_remove(u->loop, &u->by_fd[fd]->l);
    free(u->by_fd[fd]);
    u->by_fd[fd] = NULL;
}

static void fd_ready(struct loop_fd *l, u32 events)
{
    struct watched *w = container_of(l, struct watched, l);

    w->found |= events;
    if (w->connection)
        w->u->last_traffic = loop_now();
    loop_post(w->u->loop, &w->u->ready_post);
}

static bool is_connection(int fd)
{
    int type = 0, listens = 0;
    socklen_t len = sizeof(int);

    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) || type != SOCK_STREAM)
        return false;
    len = sizeof(int);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) || !listens;
}

static bool grow(struct net_user *u, int fd)
{
    int n = fd + 64;
    struct watched **bigger;

    if (fd < u->nfds)
        return true;
    bigger = realloc(u->by_fd, (size_t)n * sizeof(*bigger));
    if (!bigger)
        return false;
    memset(bigger + u->nfds, 0, (size_t)(n - u->nfds) * sizeof(*bigger));
    u->by_fd = bigger;
    u->nfds = n;
    return true;
}

static struct watched *watched(struct net_user *u, int fd)
{
    struct watched *w;

    if (!grow(u, fd))
        return NULL;
    if (u->by_fd[fd])
        return u->by_fd[fd];
    w = calloc(1, sizeof(*w));
    if (!w)
        return NULL;
    w->u = u;
    w->connection = is_connection(fd);
    if (loop_fd_add(u->loop, &w->l, fd, 0, fd_ready)) {
        free(w);
        return NULL;
    }
    return u->by_fd[fd] = w;
}

static int add_poll(int fd, int events, void *opaque)
{
    struct net_user *u = opaque;
    struct watched *w = watched(u, fd);
    u32 want = (events & (SLIRP_POLL_IN | SLIRP_POLL_PRI) ? LOOP_IN : 0U) |
               (events & SLIRP_POLL_OUT ? LOOP_OUT : 0U);

    if (!w)
        return -1;
    if (u->npolled == u->max_polled) {
        int *bigger = realloc(u->polled, (size_t)(u->max_polled + 64) * sizeof(*bigger));

        if (!bigger)
            return -1;
        u->polled = bigger;
        u->max_polled += 64;
    }
    w->wanted = true;
    u->connections |= w->connection;
    loop_fd_watch(u->loop, &w->l, u->on ? want : 0);
    u->polled[u->npolled] = fd;
    return u->npolled++;
}

static int get_revents(int index, void *opaque)
{
    struct net_user *u = opaque;
    struct watched *w = NULL;
    int events;

    if (index >= 0 && index < u->npolled && u->polled[index] < u->nfds)
        w = u->by_fd[u->polled[index]];
    if (!w)
        return 0;
    events = (w->found & LOOP_IN ? SLIRP_POLL_IN : 0) | (w->found & LOOP_OUT ? SLIRP_POLL_OUT : 0) |
             (w->found & LOOP_HUP ? SLIRP_POLL_HUP | SLIRP_POLL_ERR : 0);
    w->found = 0;
    return events;
}

static void timer_expired(struct loop_timer *t);

static void set_timer(struct net_user *u, u32 timeout_ms)
{
    bool resting = !u->connections && loop_now() - u->last_traffic > GRACE;

    if (timeout_ms == UINT32_MAX || resting)
        loop_timer_cancel(u->loop, &u->timer);
    else
        loop_timer_set(u->loop, &u->timer, loop_now() + timeout_ms * NS_PER_MS, timer_expired);
}

/* Asks libslirp what it waits for now. */
static void ask_slirp(struct net_user *u)
{
    u32 timeout = UINT32_MAX;

    for (int fd = 0; fd < u->nfds; fd++)
        if (u->by_fd[fd])
            u->by_fd[fd]->wanted = false;
    u->npolled = 0;
    u->connections = false;
    slirp_pollfds_fill(u->slirp, &timeout, add_poll, u);
    for (int fd = 0; fd < u->nfds; fd++)
        if (u->by_fd[fd] && !u->by_fd[fd]->wanted)
            forget(u, fd);
    set_timer(u, timeout);
}

static void run_slirp(struct net_user *u)
{
    slirp_pollfds_poll(u->slirp, 0, get_revents, u);
    ask_slirp(u);
}

static void timer_expired(struct loop_timer *t)
{
    run_slirp(container_of(t, struct net_user, timer));
}

static void ready_posted(struct loop_post *p)
{
    run_slirp(container_of(p, struct net_user, ready_post));
}

static void sync_posted(struct loop_post *p)
{
    ask_slirp(container_of(p, struct net_user, sync_post));
}

/* ---- what libslirp asks of us ---- */

static ssize_t send_packet(const void *buf, size_t len, void *opaque)
{
    struct net_user *u = opaque;

    if (u->b.receive)
        (void)u->b.receive(u->b.front, buf, len);
    return (ssize_t)len;
}

static void guest_error(const char *msg, void *opaque)
{
    log_debug("%s: %s", ((struct net_user *)opaque)->name, msg);
}

static int64_t clock_get_ns(void *opaque)
{
    (void)opaque;
    return (int64_t)loop_now();
}

struct slirp_timer {
    struct loop_timer t;
    SlirpTimerCb cb;
    void *cb_opaque;
};

static void slirp_timer_expired(struct loop_timer *t)
{
    struct slirp_timer *st = container_of(t, struct slirp_timer, t);

    st->cb(st->cb_opaque);
}

static void *timer_new(SlirpTimerCb cb, void *cb_opaque, void *opaque)
{
    struct slirp_timer *st = calloc(1, sizeof(*st));

    (void)opaque;
    if (st)
        *st = (struct slirp_timer){.cb = cb, .cb_opaque = cb_opaque};
    return st;
}

static void timer_free(void *timer, void *opaque)
{
    struct slirp_timer *st = timer;

    loop_timer_cancel(((struct net_user *)opaque)->loop, &st->t);
    free(st);
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
    struct slirp_timer *st = timer;

    loop_timer_set(((struct net_user *)opaque)->loop, &st->t, (u64)expire_ms * NS_PER_MS,
                   slirp_timer_expired);
}

static void register_poll_fd(int fd, void *opaque)
{
    forget(opaque, fd); /* a number that is used again */
}

static void unregister_poll_fd(int fd, void *opaque)
{
    forget(opaque, fd);
}

static void notify(void *opaque)
{
    struct net_user *u = opaque;

    loop_post(u->loop, &u->sync_post);
}

static const SlirpCb callbacks = {
    .send_packet = send_packet,
    .guest_error = guest_error,
    .clock_get_ns = clock_get_ns,
    .timer_new = timer_new,
    .timer_free = timer_free,
    .timer_mod = timer_mod,
    .register_poll_fd = register_poll_fd,
    .unregister_poll_fd = unregister_poll_fd,
    .notify = notify,
};

/* ---- the back end ---- */

static void user_send(struct net_backend *b, const u8 *frame, size_t len)
{
    struct net_user *u = container_of(b, struct net_user, b);

    u->last_traffic = loop_now();
    slirp_input(u->slirp, frame, (int)len);
    loop_post(u->loop, &u->sync_post);
}

static void user_resume(struct net_backend *b, bool on)
{
    struct net_user *u = container_of(b, struct net_user, b);

    if (u->on == on)
        return;
    u->on = on;
    loop_post(u->loop, &u->sync_post);
}

static void user_destroy(struct net_backend *b)
{
    struct net_user *u = container_of(b, struct net_user, b);

    loop_timer_cancel(u->loop, &u->timer);
    if (u->slirp)
        slirp_cleanup(u->slirp);
    for (int fd = 0; fd < u->nfds; fd++)
        forget(u, fd);
    loop_post_cancel(u->loop, &u->sync_post);
    loop_post_cancel(u->loop, &u->ready_post);
    free(u->by_fd);
    free(u->polled);
    free((char *)u->name);
    free(u);
}

static const struct net_backend_ops user_ops = {
    .send = user_send,
    .resume = user_resume,
    .destroy = user_destroy,
};

static struct in_addr ip(u32 host_order)
{
    return (struct in_addr){htonl(host_order)};
}

static Slirp *make_network(struct net_user *u, const struct net_user_options *o)
{
    SlirpConfig config = {
        .version = 1,
        .restricted = o->restricted,
        .in_enabled = true,
        .vnetwork = ip(0x0a000200),
        .vnetmask = ip(0xffffff00),
        .vhost = ip(0x0a000202),
        .vdhcp_start = ip(0x0a00020f),
        .vnameserver = ip(0x0a000203),
        .vhostname = "sie390",
        .if_mtu = u->b.mtu,
        .if_mru = u->b.mtu,
    };

    return slirp_new(&config, &callbacks, u);
}

static int add_forward(struct net_user *u, const struct net_forward *f)
{
    int r;

    errno = 0;
    if (!slirp_add_hostfwd(u->slirp, f->udp, ip(f->host_addr), f->host_port, ip(f->guest_addr),
                           f->guest_port))
        return 0;
    r = errno ? -errno : -EADDRINUSE;
    log_error("%s: hostfwd: %s port %u of %s: %s", u->name, f->udp ? "udp" : "tcp", f->host_port,
              inet_ntoa(ip(f->host_addr)), strerror(-r));
    return r;
}

int net_user_create(struct loop *loop, const struct net_user_options *o, struct net_backend **out)
{
    struct net_user *u = calloc(1, sizeof(*u));
    int r = 0;

    if (!u)
        return -ENOMEM;
    u->b.ops = &user_ops;
    u->b.mtu = o->mtu ? (u16)min64(o->mtu, MAX_MTU) : DEFAULT_MTU;
    u->loop = loop;
    u->name = strdup(o->name);
    u->sync_post.run = sync_posted;
    u->ready_post.run = ready_posted;
    u->slirp = make_network(u, o);
    if (!u->slirp) {
        log_error("%s: user network: libslirp does not start", o->name);
        r = -EIO;
    }
    for (unsigned i = 0; i < o->nforwards && !r; i++)
        r = add_forward(u, &o->forwards[i]);
    if (r) {
        user_destroy(&u->b);
        return r;
    }
    loop_post(loop, &u->sync_post);
    *out = &u->b;
    return 0;
}
