/* SPDX-License-Identifier: Apache-2.0
 *
 * The terminal (or whatever standard input and output are).  On a terminal: raw mode, and the
 * prefix key Ctrl-A, whose next key is for us.
 *
 * Keys are read as they come, also when the guest takes none, so that the prefix works on a guest
 * that hangs; they wait here, KEYS of them, and after that in the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/log.h"
#include "devices/chardev.h"

#define KEYS 65536
#define PREFIX 1 /* Ctrl-A */

struct chardev_stdio {
    struct chardev c;
    struct chardev *fds; /* does the work */
    struct chardev_stdio_options options;
    bool terminal;
    struct termios cooked;
    _Atomic bool raw;
    bool want_in, want_out, after_prefix;
    size_t nkeys;
    u8 keys[KEYS];
};

static struct chardev_stdio *of(struct chardev *c)
{
    return container_of(c, struct chardev_stdio, c);
}

void chardev_stdio_restore(struct chardev *c)
{
    struct chardev_stdio *s = of(c);

    if (s->terminal && atomic_exchange(&s->raw, false)) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &s->cooked);
        log_set_raw(false);
    }
}

void chardev_stdio_raw(struct chardev *c)
{
    struct chardev_stdio *s = of(c);
    struct termios t = s->cooked;

    if (!s->terminal)
        return;
    cfmakeraw(&t);
    if (!tcsetattr(STDIN_FILENO, TCSANOW, &t)) {
        s->raw = true;
        log_set_raw(true);
    }
}

/* ---- keys ---- */

static void add_keys(struct chardev_stdio *s, const u8 *from, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (s->after_prefix) {
            s->after_prefix = false;
            if (from[i] == PREFIX)
                s->keys[s->nkeys++] = PREFIX;
            else
                s->options.escape(s->options.arg, (char)from[i]);
        } else if (from[i] == PREFIX && s->options.escape) {
            s->after_prefix = true;
        } else {
            s->keys[s->nkeys++] = from[i];
        }
    }
}

static void watch_fds(struct chardev_stdio *s)
{
    chardev_watch(s->fds, s->terminal ? s->nkeys < KEYS : s->want_in, s->want_out);
}

static void take_keys(struct chardev_stdio *s)
{
    u8 buffer[256];

    while (s->nkeys < KEYS) {
        ssize_t n = chardev_read(s->fds, buffer, min64(sizeof(buffer), KEYS - s->nkeys));

        if (n <= 0)
            break;
        add_keys(s, buffer, (size_t)n);
    }
    watch_fds(s);
}

/* ---- operations ---- */

static ssize_t stdio_read(struct chardev *c, void *to, size_t len)
{
    struct chardev_stdio *s = of(c);

    if (!s->terminal)
        return chardev_read(s->fds, to, len);
    if (!s->nkeys)
        return -EAGAIN;
    len = min64(len, s->nkeys);
    memcpy(to, s->keys, len);
    s->nkeys -= len;
    memmove(s->keys, s->keys + len, s->nkeys);
    watch_fds(s);
    return (ssize_t)len;
}

static ssize_t stdio_write(struct chardev *c, const void *from, size_t len)
{
    return chardev_write(of(c)->fds, from, len);
}

static void keys_pending(struct chardev_stdio *s)
{
    if (s->want_in && s->nkeys && s->c.readable)
        s->c.readable(s->c.front);
}

static void stdio_watch(struct chardev *c, bool readable, bool writable)
{
    struct chardev_stdio *s = of(c);

    s->want_in = readable;
    s->want_out = writable;
    watch_fds(s);
}

static void stdio_wait_writable(struct chardev *c, int timeout_ms)
{
    of(c)->fds->ops->wait_writable(of(c)->fds, timeout_ms);
}

static void stdio_destroy(struct chardev *c)
{
    struct chardev_stdio *s = of(c);

    chardev_stdio_restore(c);
    chardev_destroy(s->fds);
    free(s);
}

static const struct chardev_ops stdio_ops = {
    .read = stdio_read,
    .write = stdio_write,
    .watch = stdio_watch,
    .wait_writable = stdio_wait_writable,
    .destroy = stdio_destroy,
};

/* ---- events ---- */

static void readable(void *front)
{
    struct chardev_stdio *s = front;

    if (s->terminal) {
        take_keys(s);
        keys_pending(s);
    } else if (s->c.readable) {
        s->c.readable(s->c.front);
    }
}

static void writable(void *front)
{
    struct chardev_stdio *s = front;

    if (s->c.writable)
        s->c.writable(s->c.front);
}

static void connection(void *front)
{
    struct chardev_stdio *s = front;

    s->c.connected = s->fds->connected;
    if (s->c.connection)
        s->c.connection(s->c.front);
}

int chardev_stdio_create(struct loop *loop, const struct chardev_stdio_options *options,
                         struct chardev **out)
{
    struct chardev_fds fds = {
        .in = fcntl(STDIN_FILENO, F_GETFD) < 0 ? -1 : STDIN_FILENO,
        .out = fcntl(STDOUT_FILENO, F_GETFD) < 0 ? -1 : STDOUT_FILENO,
        .keep_on_eof = true,
    };
    struct chardev_stdio *s = calloc(1, sizeof(*s));
    int r;

    if (!s)
        return -ENOMEM;
    r = chardev_fd_create(loop, "stdio", &fds, &s->fds);
    if (r) {
        free(s);
        return r;
    }
    s->c = (struct chardev){.ops = &stdio_ops, .loop = loop, .name = "stdio", .connected = true};
    s->options = *options;
    s->fds->front = s;
    s->fds->readable = readable;
    s->fds->writable = writable;
    s->fds->connection = connection;
    s->terminal = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &s->cooked);
    chardev_stdio_raw(&s->c);
    watch_fds(s);
    *out = &s->c;
    return 0;
}
