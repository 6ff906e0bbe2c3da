/* SPDX-License-Identifier: Apache-2.0
 *
 * Listening, see listen.h.
 */
#include "vmm/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
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

static int failed(const char *option, const char *where, int fd, int error)
{
    log_error("%s %s: %s", option, where, strerror(error));
    if (fd >= 0)
        close(fd);
    return -error;
}

int listen_unix(const char *option, const char *path, int clients)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd, r, error;
    mode_t old;

    if (strlen(path) >= sizeof(a.sun_path)) {
        log_error("%s %s: the path is longer than %zu characters", option, path,
                  sizeof(a.sun_path) - 1);
        return -ENAMETOOLONG;
    }
    strcpy(a.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    old = umask(0177);
    r = bind(fd, (struct sockaddr *)&a, sizeof(a));
    if (r < 0 && errno == EADDRINUSE && !is_taken(&a) && unlink(path) == 0)
        r = bind(fd, (struct sockaddr *)&a, sizeof(a));
    error = errno;
    umask(old);
    if (r == 0 && listen(fd, clients) == 0)
        return fd;
    return failed(option, path, fd, r < 0 ? error : errno);
}

int listen_loopback(const char *option, u16 port, int clients)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    char where[32];

    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(where, sizeof(where), "%u", port);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
        bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 && listen(fd, clients) == 0)
        return fd;
    return failed(option, where, fd, errno);
}
