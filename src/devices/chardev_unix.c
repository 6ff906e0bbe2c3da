/* SPDX-License-Identifier: Apache-2.0
 *
 * Character channel that listens on a UNIX-domain socket, one client at a time.  Others wait in the
 * kernel's queue until it has gone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/chardev.h"

struct chardev_unix {
    struct chardev c;
    struct sockaddr_un addr;
    int listener;
    bool bound;
    struct loop_fd listener_loop;
    struct loop_post drop; /* the client has gone; not done inside its own callback */
    struct chardev *client;
    bool want_in, want_out;
};

static struct chardev_unix *of(struct chardev *c)
{
    return container_of(c, struct chardev_unix, c);
}

static void set_connected(struct chardev_unix *u, bool connected)
{
    if (u->c.connected == connected)
        return;
    u->c.connected = connected;
    if (u->c.connection)
        u->c.connection(u->c.front);
}

/* ---- operations ---- */

static ssize_t unix_read(struct chardev *c, void *to, size_t len)
{
    return of(c)->client ? chardev_read(of(c)->client, to, len) : -EAGAIN;
}

static ssize_t unix_write(struct chardev *c, const void *from, size_t len)
{
    return of(c)->client && c->connected ? chardev_write(of(c)->client, from, len) : -EPIPE;
}

static void unix_watch(struct chardev *c, bool readable, bool writable)
{
    struct chardev_unix *u = of(c);

    u->want_in = readable;
    u->want_out = writable;
    if (u->client)
        chardev_watch(u->client, readable, writable);
}

/* The guest closed its end: so does the client see it. */
static void unix_guest_open(struct chardev *c, bool open)
{
    if (!open && of(c)->client) {
        loop_post(c->loop, &of(c)->drop);
        set_connected(of(c), false);
    }
}

static void unix_wait_writable(struct chardev *c, int timeout_ms)
{
    if (of(c)->client)
        of(c)->client->ops->wait_writable(of(c)->client, timeout_ms);
}

static void unix_destroy(struct chardev *c)
{
    struct chardev_unix *u = of(c);

    loop_post_cancel(c->loop, &u->drop);
    loop_fd_remove(c->loop, &u->listener_loop);
    chardev_destroy(u->client);
    if (u->listener >= 0)
        close(u->listener);
    if (u->bound)
        (void)unlink(u->addr.sun_path);
    free(u);
}

static const struct chardev_ops unix_ops = {
    .read = unix_read,
    .write = unix_write,
    .watch = unix_watch,
    .guest_open = unix_guest_open,
    .wait_writable = unix_wait_writable,
    .destroy = unix_destroy,
};

/* ---- clients ---- */

static void readable(void *front)
{
    struct chardev_unix *u = front;

    if (u->c.readable)
        u->c.readable(u->c.front);
}

static void writable(void *front)
{
    struct chardev_unix *u = front;

    if (u->c.writable)
        u->c.writable(u->c.front);
}

static void connection(void *front)
{
    struct chardev_unix *u = front;

    loop_post(u->c.loop, &u->drop);
    set_connected(u, false);
}

static void drop_client(struct loop_post *p)
{
    struct chardev_unix *u = container_of(p, struct chardev_unix, drop);

    chardev_destroy(u->client);
    u->client = NULL;
    loop_fd_watch(u->c.loop, &u->listener_loop, LOOP_IN);
}

static void accept_client(struct loop_fd *l, u32 events)
{
    struct chardev_unix *u = container_of(l, struct chardev_unix, listener_loop);
    struct chardev_fds fds = {.owned = true};
    int fd = accept4(u->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd < 0)
        return;
    fds.in = fds.out = fd;
    if (chardev_fd_create(u->c.loop, u->c.name, &fds, &u->client))
        return;
    u->client->front = u;
    u->client->readable = readable;
    u->client->writable = writable;
    u->client->connection = connection;
    loop_fd_watch(u->c.loop, &u->listener_loop, 0);
    chardev_watch(u->client, u->want_in, u->want_out);
    set_connected(u, true);
}

/* A socket that nobody listens on is what an earlier run left. */
static void remove_stale(const struct sockaddr_un *addr)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    if (fd >= 0 && !lstat(addr->sun_path, &st) && S_ISSOCK(st.st_mode) &&
        connect(fd, (const struct sockaddr *)addr, sizeof(*addr)) && errno == ECONNREFUSED)
        (void)unlink(addr->sun_path);
    if (fd >= 0)
        close(fd);
}

static int listen_at(struct chardev_unix *u, const char *path)
{
    if (!*path)
        return -ENOENT;
    if (strlen(path) >= sizeof(u->addr.sun_path))
        return -ENAMETOOLONG;
    u->addr.sun_family = AF_UNIX;
    strcpy(u->addr.sun_path, path);
    remove_stale(&u->addr);
    u->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (u->listener < 0 || bind(u->listener, (const struct sockaddr *)&u->addr, sizeof(u->addr)))
        return -errno;
    u->bound = true;
    if (listen(u->listener, 1))
        return -errno;
    return loop_fd_add(u->c.loop, &u->listener_loop, u->listener, LOOP_IN, accept_client);
}

int chardev_unix_create(struct loop *loop, const char *path, struct chardev **out)
{
    struct chardev_unix *u = calloc(1, sizeof(*u));
    int r;

    if (!u)
        return -ENOMEM;
    u->c = (struct chardev){.ops = &unix_ops, .loop = loop};
    snprintf(u->c.name, sizeof(u->c.name), "unix:%s", path);
    u->drop.run = drop_client;
    u->listener = -1;
    r = listen_at(u, path);
    if (r) {
        log_error("unix:%s: %s", path, strerror(-r));
        unix_destroy(&u->c);
        return r;
    }
    *out = &u->c;
    return 0;
}
