/* SPDX-License-Identifier: Apache-2.0
 *
 * Character channel on descriptors: pipes, terminals, files, sockets.
 *
 * Descriptors that other processes share (a terminal, our standard output) must not be made
 * non-blocking: the flag belongs to the open file, so the shell would inherit it.  They are opened
 * anew through /proc/self/fd; where that cannot be done, each access asks poll(2) first and writes
 * little.
 *
 * A hang-up is passed on only when nothing is left to read.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/chardev.h"

#define CAREFUL_CHUNK 512 /* what a writable pipe or terminal takes without blocking */

enum manner {
    NONBLOCK, /* ours, or never blocks */
    SOCKET,
    CAREFUL,
};

struct end {
    int fd; /* -1: no such direction */
    enum manner manner;
    bool close;
};

struct chardev_fd {
    struct chardev c;
    struct end in, out;
    struct loop_fd in_loop, out_loop; /* in_loop serves both when they are one descriptor */
    bool one;
    bool want_in, want_out, eof, hung_up, keep_on_eof;
};

static struct chardev_fd *of(struct chardev *c)
{
    return container_of(c, struct chardev_fd, c);
}

/* ---- descriptors ---- */

static bool is_pty_master(int fd)
{
    char name[64];

    return ptsname_r(fd, name, sizeof(name)) == 0;
}

static void open_end(struct end *e, int fd, int mode, bool owned)
{
    char path[32];
    struct stat st;
    int again;

    *e = (struct end){.fd = fd, .manner = NONBLOCK, .close = owned};
    if (fd < 0 || fstat(fd, &st))
        return;
    if (S_ISSOCK(st.st_mode)) {
        e->manner = SOCKET;
        return;
    }
    if (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode) || fcntl(fd, F_GETFL) & O_NONBLOCK)
        return;
    if (owned && is_pty_master(fd)) {
        (void)fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
        return;
    }
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    again = open(path, mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (again < 0) {
        e->manner = CAREFUL;
        return;
    }
    if (owned)
        close(fd);
    *e = (struct end){.fd = again, .manner = NONBLOCK, .close = true};
}

static bool can(int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};

    return poll(&p, 1, 0) > 0;
}

/* ---- connection ---- */

static void update_watch(struct chardev_fd *f)
{
    u32 hup = f->c.connected && !f->hung_up ? LOOP_HUP : 0;
    u32 in = f->want_in && !f->eof ? LOOP_IN | hup : hup;
    u32 out = f->want_out && f->c.connected ? LOOP_OUT | hup : hup;

    if (f->one) {
        loop_fd_watch(f->c.loop, &f->in_loop, in | out);
        return;
    }
    loop_fd_watch(f->c.loop, &f->in_loop, f->eof ? 0 : in);
    loop_fd_watch(f->c.loop, &f->out_loop, out);
}

static void disconnect(struct chardev_fd *f)
{
    if (!f->c.connected)
        return;
    f->c.connected = false;
    update_watch(f);
    if (f->c.connection)
        f->c.connection(f->c.front);
}

static bool input_left(const struct chardev_fd *f)
{
    int n = 0;

    return f->in.fd >= 0 && !f->eof && !ioctl(f->in.fd, FIONREAD, &n) && n > 0;
}

/* ---- operations ---- */

static ssize_t fd_read(struct chardev *c, void *to, size_t len)
{
    struct chardev_fd *f = of(c);
    ssize_t n;

    if (f->in.fd < 0 || f->eof)
        return f->eof ? 0 : -EAGAIN;
    if (f->in.manner == CAREFUL && !can(f->in.fd, POLLIN))
        return -EAGAIN;
    do {
        n = f->in.manner == SOCKET ? recv(f->in.fd, to, len, MSG_DONTWAIT)
                                   : read(f->in.fd, to, len);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        return n;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return -EAGAIN;
    f->eof = true; /* an error (EIO of a terminal that is gone) ends it, too */
    update_watch(f);
    if (!f->keep_on_eof)
        disconnect(f);
    return 0;
}

static ssize_t fd_write(struct chardev *c, const void *from, size_t len)
{
    struct chardev_fd *f = of(c);
    ssize_t n;

    if (f->out.fd < 0)
        return (ssize_t)len;
    if (f->out.manner == CAREFUL) {
        if (!can(f->out.fd, POLLOUT))
            return -EAGAIN;
        len = min64(len, CAREFUL_CHUNK);
    }
    do {
        n = f->out.manner == SOCKET ? send(f->out.fd, from, len, MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : write(f->out.fd, from, len);
    } while (n < 0 && errno == EINTR);
    if (n >= 0)
        return n;
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return -EAGAIN;
    if (errno != EPIPE && errno != ECONNRESET && f->c.connected)
        log_warning("%s: write: %s", c->name, strerror(errno));
    disconnect(f);
    return -EPIPE;
}

static void fd_watch(struct chardev *c, bool readable, bool writable)
{
    struct chardev_fd *f = of(c);

    f->want_in = readable;
    f->want_out = writable;
    update_watch(f);
}

static void fd_wait_writable(struct chardev *c, int timeout_ms)
{
    struct pollfd p = {.fd = of(c)->out.fd, .events = POLLOUT};

    (void)poll(&p, 1, timeout_ms);
}

static void close_end(struct end *e)
{
    if (e->fd >= 0 && e->close)
        close(e->fd);
    e->fd = -1;
}

static void fd_destroy(struct chardev *c)
{
    struct chardev_fd *f = of(c);

    loop_fd_remove(c->loop, &f->in_loop);
    loop_fd_remove(c->loop, &f->out_loop);
    if (f->one)
        f->out.fd = -1;
    close_end(&f->in);
    close_end(&f->out);
    free(f);
}

static const struct chardev_ops fd_ops = {
    .read = fd_read,
    .write = fd_write,
    .watch = fd_watch,
    .wait_writable = fd_wait_writable,
    .destroy = fd_destroy,
};

/* ---- events ---- */

/* The front acts first: it may take what is left to read. */
static void handle(struct chardev_fd *f, u32 events, bool can_read, bool can_write)
{
    struct chardev *c = &f->c;

    if (can_read && f->want_in && events & (LOOP_IN | LOOP_HUP) && c->readable)
        c->readable(c->front);
    if (can_write && f->want_out && events & (LOOP_OUT | LOOP_HUP) && c->writable)
        c->writable(c->front);
    if (!(events & LOOP_HUP) || !c->connected)
        return;
    f->hung_up = true; /* look no more: it would be reported for ever */
    if (!input_left(f))
        disconnect(f);
    update_watch(f);
}

static void in_ready(struct loop_fd *l, u32 events)
{
    struct chardev_fd *f = container_of(l, struct chardev_fd, in_loop);

    handle(f, events, true, f->one);
}

static void out_ready(struct loop_fd *l, u32 events)
{
    handle(container_of(l, struct chardev_fd, out_loop), events, false, true);
}

int chardev_fd_create(struct loop *loop, const char *name, const struct chardev_fds *fds,
                      struct chardev **out)
{
    struct chardev_fd *f = calloc(1, sizeof(*f));
    int r = 0;

    if (!f)
        return -ENOMEM;
    f->c = (struct chardev){.ops = &fd_ops, .loop = loop, .connected = true};
    snprintf(f->c.name, sizeof(f->c.name), "%s", name);
    f->keep_on_eof = fds->keep_on_eof;
    f->one = fds->in >= 0 && fds->in == fds->out;
    if (f->one) {
        open_end(&f->in, fds->in, O_RDWR, fds->owned);
        f->out = f->in;
    } else {
        open_end(&f->in, fds->in, O_RDONLY, fds->owned);
        open_end(&f->out, fds->out, O_WRONLY, fds->owned);
    }
    if (f->in.fd >= 0)
        r = loop_fd_add(loop, &f->in_loop, f->in.fd, LOOP_HUP, in_ready);
    if (!r && f->out.fd >= 0 && !f->one)
        r = loop_fd_add(loop, &f->out_loop, f->out.fd, LOOP_HUP, out_ready);
    if (r) {
        log_error("%s: %s", name, strerror(-r));
        fd_destroy(&f->c);
        return r;
    }
    *out = &f->c;
    return 0;
}
