/* SPDX-License-Identifier: Apache-2.0
 *
 * Character channels to the host: the terminal, files, pseudo-terminals, sockets, inherited
 * descriptors.  The front (a console or port of the guest) reads and writes without waiting and is
 * called when that becomes possible; a channel holds no data of its own, so nothing is lost or
 * reordered when one side is slow.
 *
 * I/O thread only, or before the loop runs.
 */
#ifndef SIE390_DEVICES_CHARDEV_H
#define SIE390_DEVICES_CHARDEV_H

#include <sys/types.h>

#include "base/loop.h"

struct chardev;

struct chardev_ops {
    /* Up to len bytes.  0: end of input; -EAGAIN: none now; else host trouble. */
    ssize_t (*read)(struct chardev *c, void *to, size_t len);
    /* Bytes taken.  -EAGAIN: none now; -EPIPE: nobody will ever take them. */
    ssize_t (*write)(struct chardev *c, const void *from, size_t len);
    /* What the front waits for; both are off at first.  A front tries first and watches when it
     * got -EAGAIN: what it could have had before is not announced again. */
    void (*watch)(struct chardev *c, bool readable, bool writable);
    /* The guest opened or closed its end (and all it wrote was taken).  May be NULL. */
    void (*guest_open)(struct chardev *c, bool open);
    /* Blocks up to timeout_ms until something can be written.  May be NULL. */
    void (*wait_writable)(struct chardev *c, int timeout_ms);
    void (*destroy)(struct chardev *c);
};

struct chardev {
    const struct chardev_ops *ops;
    struct loop *loop;
    char name[64];  /* "console: stdio": for messages */
    bool connected; /* somebody is at the host's end */
    /* set by the front */
    void *front;
    void (*readable)(void *front);
    void (*writable)(void *front);
    void (*connection)(void *front); /* `connected` changed */
};

/* A terminal's or pipe's pair of descriptors.  -1: no such direction.  An end of input
 * disconnects, unless keep_on_eof.  owned: closed with the channel. */
struct chardev_fds {
    int in, out;
    bool keep_on_eof;
    bool owned;
};
int chardev_fd_create(struct loop *loop, const char *name, const struct chardev_fds *fds,
                      struct chardev **out) MUST_CHECK;

/* Standard input and output.  A terminal is put into raw mode until chardev_destroy() or
 * chardev_stdio_restore(); the prefix key Ctrl-A is then not sent to the guest: escape() gets the
 * key after it (Ctrl-A twice sends one).  escape NULL: no prefix. */
struct chardev_stdio_options {
    void (*escape)(void *arg, char key);
    void *arg;
};
int chardev_stdio_create(struct loop *loop, const struct chardev_stdio_options *options,
                         struct chardev **out) MUST_CHECK;
/* Any thread, also a signal handler: gives the terminal back.  Idempotent. */
void chardev_stdio_restore(struct chardev *c);
/* After SIGCONT: raw again. */
void chardev_stdio_raw(struct chardev *c);

/* Output only; created or truncated. */
int chardev_file_create(struct loop *loop, const char *path, struct chardev **out) MUST_CHECK;
/* A new pseudo-terminal; its path is put into *path and the name ("pty:/dev/pts/3").  While nobody
 * has it open, output that the kernel's buffer cannot hold is dropped. */
int chardev_pty_create(struct loop *loop, struct chardev **out, char *path,
                       size_t path_size) MUST_CHECK;
/* Listens at path (made, removed at the end); one client at a time. */
int chardev_unix_create(struct loop *loop, const char *path, struct chardev **out) MUST_CHECK;
/* Takes everything, gives nothing. */
int chardev_null_create(struct loop *loop, struct chardev **out) MUST_CHECK;

/* "none", "file:PATH", "pty", "unix:PATH", "fd:N", "fd:IN,OUT" (an empty one: not that
 * direction).  "stdio" is the caller's.  0 or -errno (logged). */
int chardev_open(struct loop *loop, const char *spec, struct chardev **out) MUST_CHECK;

void chardev_destroy(struct chardev *c);

static inline ssize_t chardev_read(struct chardev *c, void *to, size_t len)
{
    return c->ops->read(c, to, len);
}
static inline ssize_t chardev_write(struct chardev *c, const void *from, size_t len)
{
    return c->ops->write(c, from, len);
}
static inline void chardev_watch(struct chardev *c, bool readable, bool writable)
{
    c->ops->watch(c, readable, writable);
}
/* Writes all of it, waiting up to timeout_ms in total (end of run, panic).  Bytes written. */
size_t chardev_write_all(struct chardev *c, const void *from, size_t len, int timeout_ms);

#endif
