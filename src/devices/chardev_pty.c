/* SPDX-License-Identifier: Apache-2.0
 *
 * A pseudo-terminal of our own.  We hold its other end open, so that a terminal program may come
 * and go without a hang-up, and watch (inotify) whether one is there: if not, output beyond what
 * the kernel buffers is dropped like on a line without terminal, instead of stopping the guest.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/chardev.h"

struct chardev_pty {
    struct chardev c;
    struct chardev *fds;
    int slave, notify;
    struct loop_fd notify_loop;
    int users; /* who have it open, besides us */
};

static struct chardev_pty *of(struct chardev *c)
{
    return container_of(c, struct chardev_pty, c);
}

static ssize_t pty_read(struct chardev *c, void *to, size_t len)
{
    return chardev_read(of(c)->fds, to, len);
}

static ssize_t pty_write(struct chardev *c, const void *from, size_t len)
{
    ssize_t n = chardev_write(of(c)->fds, from, len);

    return n == -EAGAIN && of(c)->users <= 0 ? (ssize_t)len : n;
}

static void pty_watch(struct chardev *c, bool readable, bool writable)
{
    chardev_watch(of(c)->fds, readable, writable);
}

static void pty_destroy(struct chardev *c)
{
    struct chardev_pty *p = of(c);

    loop_fd_remove(c->loop, &p->notify_loop);
    chardev_destroy(p->fds);
    if (p->slave >= 0)
        close(p->slave);
    if (p->notify >= 0)
        close(p->notify);
    free(p);
}

static const struct chardev_ops pty_ops = {
    .read = pty_read,
    .write = pty_write,
    .watch = pty_watch,
    .destroy = pty_destroy,
};

static void readable(void *front)
{
    struct chardev_pty *p = front;

    if (p->c.readable)
        p->c.readable(p->c.front);
}

static void writable(void *front)
{
    struct chardev_pty *p = front;

    if (p->c.writable)
        p->c.writable(p->c.front);
}

static void count_users(struct loop_fd *l, u32 events)
{
    struct chardev_pty *p = container_of(l, struct chardev_pty, notify_loop);
    union {
        struct inotify_event e;
        char bytes[4096];
    } buffer;
    ssize_t n = read(p->notify, &buffer, sizeof(buffer));

    (void)events;
    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
        struct inotify_event e;

        memcpy(&e, buffer.bytes + at, sizeof(e));
        at += (ssize_t)(sizeof(e) + e.len);
        if (e.mask & IN_OPEN)
            p->users++;
        if (e.mask & IN_CLOSE)
            p->users--;
    }
    if (p->users <= 0)
        writable(p); /* who waited for the last reader need not any more */
}

/* Master and slave, the latter raw.  The master, or -errno. */
static int open_pair(struct chardev_pty *p, char *path, size_t path_size)
{
    struct termios t;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    int r;

    if (master < 0)
        return -errno;
    if (grantpt(master) || unlockpt(master) || (errno = ptsname_r(master, path, path_size)) ||
        (p->slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0 || tcgetattr(p->slave, &t)) {
        r = -errno;
        close(master);
        return r;
    }
    cfmakeraw(&t);
    (void)tcsetattr(p->slave, TCSANOW, &t);
    return master;
}

static int watch_users(struct chardev_pty *p, const char *path)
{
    p->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (p->notify < 0 || inotify_add_watch(p->notify, path, IN_OPEN | IN_CLOSE) < 0)
        return -errno;
    return loop_fd_add(p->c.loop, &p->notify_loop, p->notify, LOOP_IN, count_users);
}

int chardev_pty_create(struct loop *loop, struct chardev **out, char *path, size_t path_size)
{
    struct chardev_pty *p = calloc(1, sizeof(*p));
    struct chardev_fds fds = {.keep_on_eof = true, .owned = true};
    int r;

    if (!p)
        return -ENOMEM;
    p->c = (struct chardev){.ops = &pty_ops, .loop = loop, .connected = true};
    p->slave = p->notify = -1;
    r = open_pair(p, path, path_size);
    if (r >= 0) {
        fds.in = fds.out = r;
        r = chardev_fd_create(loop, path, &fds, &p->fds);
    }
    if (!r)
        r = watch_users(p, path);
    if (r) {
        log_error("pty: %s", strerror(-r));
        pty_destroy(&p->c);
        return r;
    }
    snprintf(p->c.name, sizeof(p->c.name), "pty:%.58s", path);
    p->fds->front = p;
    p->fds->readable = readable;
    p->fds->writable = writable;
    *out = &p->c;
    return 0;
}
