/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening, see listen.h.
 */
#include "vmm/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

/* Is there something else than a socket that nobody listens on any longer? */
static bool is_taken(const struct sockaddr_un *a)
{
    struct stat st;
    int fd;
    bool taken;

    if (lstat(a->sun_path, &st) || !S_ISSOCK(st.st_mode))
        return true;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    taken =
        fd < 0 || connect(fd, (const struct sockaddr *)a, sizeof(*a)) == 0 || errno != ECONNREFUSED;

    if (fd >= 0)
        close(fd);
    return taken;
}

static int failed(const struct listener *l, const char *where, int fd, int error)
{
    log_error("%s %s: %s", l->option, where, strerror(error));
    if (fd >= 0)
        close(fd);
    return -error;
}

/* ---- life ---- */

static void ready(struct loop_fd *f, u32 events)
{
    struct listener *l = container_of(f, struct listener, fd);
    int fd = accept4(f->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)events;
    if (fd >= 0)
        l->connected(l, fd);
}

/* Takes the descriptor, and the path (NULL: none). */
static int start(struct listener *l, const char *where, int fd, char *path)
{
    int r = loop_fd_add(l->loop, &l->fd, fd, LOOP_IN, ready);

    if (r) {
        if (path)
            unlink(path);
        free(path);
        return failed(l, where, fd, -r);
    }
    l->path = path;
    l->open = true;
    return 0;
}

void listener_accept(struct listener *l, bool on)
{
    if (l->open)
        loop_fd_watch(l->loop, &l->fd, on ? LOOP_IN : 0);
}

void listener_close(struct listener *l)
{
    int fd = l->fd.fd;

    if (!l->open)
        return;
    loop_fd_remove(l->loop, &l->fd);
    close(fd);
    if (l->path)
        unlink(l->path);
    free(l->path);
    l->path = NULL;
    l->open = false;
}

/* ---- where ---- */

int listener_open_unix(struct listener *l, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char *copy;
    int fd, r, error;
    mode_t old;

    if (strlen(path) >= sizeof(a.sun_path)) {
        log_error("%s %s: the path is longer than %zu characters", l->option, path,
                  sizeof(a.sun_path) - 1);
        return -ENAMETOOLONG;
    }
    copy = strdup(path);
    if (!copy)
        return failed(l, path, -1, ENOMEM);
    strcpy(a.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    old = umask(0177);
    r = bind(fd, (struct sockaddr *)&a, sizeof(a));
    if (r < 0 && errno == EADDRINUSE && !is_taken(&a) && unlink(path) == 0)
        r = bind(fd, (struct sockaddr *)&a, sizeof(a));
    error = errno;
    umask(old);
    if (r == 0 && listen(fd, l->clients) == 0)
        return start(l, path, fd, copy);
    free(copy);
    return failed(l, path, fd, r < 0 ? error : errno);
}

int listener_open_loopback(struct listener *l, u16 port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    char where[32];

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(where, sizeof(where), "%u", port);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, l->clients) == 0)
        return start(l, where, fd, NULL);
    return failed(l, where, fd, errno);
}
