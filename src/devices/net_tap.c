/* SPDX-License-Identifier: Apache-2.0
 *
 * Network back end: a tap interface of the host.  Making one needs CAP_NET_ADMIN; one that was made
 * for the user beforehand (ip tuntap add ... user) does not.
 *
 * References: Linux Documentation/networking/tuntap.rst.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/net_backend.h"

#define PORTION 64 /* frames at a time, so that others come to their turn */
#define DEFAULT_MTU 1500

struct net_tap {
    struct net_backend b;
    struct loop *loop;
    struct loop_fd fd_loop;
    int fd;
    bool on;
    u8 frame[NET_MAX_FRAME];
};

static struct net_tap *of(struct net_backend *b)
{
    return container_of(b, struct net_tap, b);
}

/* A full interface drops, as a wire does. */
static void tap_send(struct net_backend *b, const u8 *frame, size_t len)
{
    while (write(of(b)->fd, frame, len) < 0 && errno == EINTR)
        ;
}

static void tap_resume(struct net_backend *b, bool on)
{
    of(b)->on = on;
    loop_fd_watch(of(b)->loop, &of(b)->fd_loop, on ? LOOP_IN : 0);
}

static void ready(struct loop_fd *l, u32 events)
{
    struct net_tap *t = container_of(l, struct net_tap, fd_loop);

    (void)events;
    for (unsigned i = 0; i < PORTION && t->on; i++) {
        ssize_t n = read(t->fd, t->frame, sizeof(t->frame));

        if (n <= 0)
            break;
        (void)t->b.receive(t->b.front, t->frame, (size_t)n);
    }
}

static void tap_destroy(struct net_backend *b)
{
    struct net_tap *t = of(b);

    loop_fd_remove(t->loop, &t->fd_loop);
    if (t->fd >= 0)
        close(t->fd);
    free(t);
}

static const struct net_backend_ops tap_ops = {
    .send = tap_send,
    .resume = tap_resume,
    .destroy = tap_destroy,
};

static u16 mtu_of(const struct ifreq *wanted)
{
    struct ifreq ifr = *wanted;
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool known = s >= 0 && !ioctl(s, SIOCGIFMTU, &ifr);

    if (s >= 0)
        close(s);
    return known && ifr.ifr_mtu >= 68 && ifr.ifr_mtu <= 65535 ? (u16)ifr.ifr_mtu : DEFAULT_MTU;
}

/* What the caller can do about it. */
static const char *way_out(int error)
{
    switch (-error) {
    case ENOENT:
    case ENODEV:
        return "; the host has no /dev/net/tun";
    case EPERM:
    case EACCES:
        return "; make one for this user: ip tuntap add NAME mode tap user USER";
    case EBUSY:
        return "; another program uses it";
    case EINVAL:
        return "; not a tap interface";
    default:
        return "";
    }
}

int net_tap_create(struct loop *loop, const char *name, const char *ifname,
                   struct net_backend **out)
{
    struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    struct net_tap *t;
    int r = 0;

    if (!*ifname || strlen(ifname) >= sizeof(ifr.ifr_name)) {
        log_error("%s: tap=%s: not the name of an interface", name, ifname);
        return -EINVAL;
    }
    t = calloc(1, sizeof(*t));
    if (!t)
        return -ENOMEM;
    strcpy(ifr.ifr_name, ifname);
    t->b.ops = &tap_ops;
    t->loop = loop;
    t->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (t->fd < 0 || ioctl(t->fd, TUNSETIFF, &ifr))
        r = -errno;
    if (!r)
        r = loop_fd_add(loop, &t->fd_loop, t->fd, 0, ready);
    if (r) {
        log_error("%s: tap=%s: %s%s", name, ifname, strerror(-r), way_out(r));
        tap_destroy(&t->b);
        return r;
    }
    t->b.mtu = mtu_of(&ifr);
    *out = &t->b;
    return 0;
}
