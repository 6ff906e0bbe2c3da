/* SPDX-License-Identifier: Apache-2.0
 *
 * What all character channels share, the channel to nowhere, and the words that name channels on
 * the command line.
 */
#include "devices/chardev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"

void chardev_destroy(struct chardev *c)
{
    if (c)
        c->ops->destroy(c);
}

size_t chardev_write_all(struct chardev *c, const void *from, size_t len, int timeout_ms)
{
    u64 end = loop_now() + (u64)timeout_ms * 1000000;
    size_t done = 0;

    while (done < len) {
        ssize_t n = chardev_write(c, (const u8 *)from + done, len - done);
        u64 now = loop_now();

        if (n > 0)
            done += (size_t)n;
        else if (n != -EAGAIN || !c->ops->wait_writable || now >= end)
            break;
        else
            c->ops->wait_writable(c, (int)((end - now) / 1000000) + 1);
    }
    return done;
}

/* ---- nowhere ---- */

static ssize_t null_read(struct chardev *c, void *to, size_t len)
{
    (void)c, (void)to, (void)len;
    return -EAGAIN;
}

static ssize_t null_write(struct chardev *c, const void *from, size_t len)
{
    (void)c, (void)from;
    return (ssize_t)len;
}

static void null_watch(struct chardev *c, bool readable, bool writable)
{
    (void)c, (void)readable, (void)writable;
}

static void null_destroy(struct chardev *c)
{
    free(c);
}

static const struct chardev_ops null_ops = {
    .read = null_read,
    .write = null_write,
    .watch = null_watch,
    .destroy = null_destroy,
};

int chardev_null_create(struct loop *loop, struct chardev **out)
{
    struct chardev *c = calloc(1, sizeof(*c));

    if (!c)
        return -ENOMEM;
    *c = (struct chardev){.ops = &null_ops, .loop = loop, .name = "none", .connected = true};
    *out = c;
    return 0;
}

/* ---- files ---- */

int chardev_file_create(struct loop *loop, const char *path, struct chardev **out)
{
    struct chardev_fds fds = {.in = -1, .owned = true};
    char name[64];

    fds.out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0666);
    if (fds.out < 0) {
        int r = -errno;

        log_error("file:%s: %s", path, r == -ENXIO ? "nobody reads this pipe" : strerror(-r));
        return r;
    }
    snprintf(name, sizeof(name), "file:%s", path);
    return chardev_fd_create(loop, name, &fds, out);
}

/* ---- names ---- */

static int parse_fd(const char *text, size_t len, int *fd)
{
    char number[16] = "";
    u64 v;

    *fd = -1;
    if (!len)
        return 0;
    if (len >= sizeof(number))
        return -EINVAL;
    memcpy(number, text, len);
    if (parse_u64(number, &v) || v > 0x7fffffff || fcntl((int)v, F_GETFD) < 0)
        return -EBADF;
    *fd = (int)v;
    return 0;
}

static int open_fds(struct loop *loop, const char *spec, struct chardev **out)
{
    const char *list = spec + 3, *comma = strchr(list, ',');
    struct chardev_fds fds = {.owned = true};
    int r = parse_fd(list, comma ? (size_t)(comma - list) : strlen(list), &fds.in);

    fds.out = fds.in;
    if (!r && comma)
        r = parse_fd(comma + 1, strlen(comma + 1), &fds.out);
    if (!r && fds.in < 0 && fds.out < 0)
        r = -EINVAL;
    if (r) {
        log_error("%s: %s", spec,
                  r == -EBADF ? "not an open descriptor" : "fd:N or fd:IN,OUT expected");
        return r;
    }
    return chardev_fd_create(loop, spec, &fds, out);
}

int chardev_open(struct loop *loop, const char *spec, struct chardev **out)
{
    char path[64];

    if (!strcmp(spec, "none"))
        return chardev_null_create(loop, out);
    if (!strcmp(spec, "pty"))
        return chardev_pty_create(loop, out, path, sizeof(path));
    if (!strncmp(spec, "file:", 5))
        return chardev_file_create(loop, spec + 5, out);
    if (!strncmp(spec, "unix:", 5))
        return chardev_unix_create(loop, spec + 5, out);
    if (!strncmp(spec, "fd:", 3))
        return open_fds(loop, spec, out);
    log_error("%s: stdio, none, file:PATH, pty, unix:PATH or fd:N expected", spec);
    return -EINVAL;
}
