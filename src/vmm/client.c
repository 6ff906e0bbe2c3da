/* SPDX-License-Identifier: Apache-2.0
 *
 * The other end of a control socket, see client.h.
 */
#include "vmm/client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"

#define MAX_ANSWER 0x100000

int client_connect(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof(a.sun_path)) {
        log_error("%s: the path is longer than %zu characters", path, sizeof(a.sun_path) - 1);
        return -1;
    }
    strcpy(a.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
        return fd;
    log_error("%s: %s%s", path, strerror(errno),
              errno == ECONNREFUSED ? " (the run it belonged to has ended)" : "");
    if (fd >= 0)
        close(fd);
    return -1;
}

bool client_send(int fd, json_t *request)
{
    char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
    size_t n = text ? strlen(text) : 0;
    bool done = false;

    if (text) {
        text[n] = '\n'; /* over the NUL: what is sent has a length */
        done = send(fd, text, n + 1, MSG_NOSIGNAL) == (ssize_t)(n + 1);
    }
    free(text);
    json_decref(request);
    return done;
}

/* Takes the first line out of what was received; NULL: there is none yet. */
static char *take_line(struct client_lines *in)
{
    char *end = in->used ? memchr(in->text, '\n', in->used) : NULL, *line;
    size_t n = end ? (size_t)(end - in->text) : 0;

    if (!end)
        return NULL;
    *end = 0;
    line = strdup(in->text);
    in->used -= n + 1;
    memmove(in->text, end + 1, in->used);
    return line;
}

char *client_receive(struct client_lines *in)
{
    char *line;

    while ((line = take_line(in)) == NULL) {
        char *bigger = in->used < MAX_ANSWER ? realloc(in->text, in->used + 4096) : NULL;
        ssize_t n;

        if (!bigger)
            return NULL;
        in->text = bigger;
        n = recv(in->fd, in->text + in->used, 4096, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return NULL;
        in->used += (size_t)n;
    }
    return line;
}
