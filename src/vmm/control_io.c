/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections of the control socket.
 */
#include "vmm/control_io.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vmm/control.h"
#include "vmm/listen.h"
#include "vmm/run.h"

#define MAX_CLIENTS 16
#define MAX_LINE 4096
#define MAX_UNREAD 0x20000 /* bytes of answers that a client has not read */

struct control_client {
    struct control *control; /* NULL: free */
    struct loop_fd fd;
    char in[MAX_LINE];
    size_t in_used;
    char *out;
    size_t out_used;
    bool waiting; /* for a change of state */
    json_t *id;
    bool listens; /* wants events */
    bool closing; /* after what is in `out` */
};

struct control {
    struct run *run;
    struct listener listener;
    struct control_client client[MAX_CLIENTS];
};

static void drop(struct control_client *c)
{
    int fd = c->fd.fd;

    loop_fd_remove(c->control->run->loop, &c->fd);
    close(fd);
    free(c->out);
    json_decref(c->id);
    memset(c, 0, sizeof(*c));
}

/* ---- answers ---- */

/* False: the client is gone. */
static bool send_some(struct control_client *c)
{
    while (c->out_used) {
        ssize_t n = send(c->fd.fd, c->out, c->out_used, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0)
            return false;
        memmove(c->out, c->out + n, c->out_used - (size_t)n);
        c->out_used -= (size_t)n;
    }
    if (c->closing && !c->out_used)
        return false;
    loop_fd_watch(c->control->run->loop, &c->fd,
                  (c->closing || c->waiting ? 0 : LOOP_IN) | (c->out_used ? LOOP_OUT : 0));
    return true;
}

/* Takes the reference.  False: too much is unread. */
static bool answer(struct control_client *c, json_t *a)
{
    char *text = a ? json_dumps(a, JSON_COMPACT) : NULL;
    size_t n = text ? strlen(text) : 0;
    char *bigger = NULL;

    json_decref(a);
    if (text && c->out_used + n + 1 <= MAX_UNREAD)
        bigger = realloc(c->out, c->out_used + n + 1);
    if (bigger) {
        c->out = bigger;
        memcpy(c->out + c->out_used, text, n);
        c->out[c->out_used + n] = '\n';
        c->out_used += n + 1;
    }
    free(text);
    return bigger != NULL;
}

void control_client_wait(struct control_client *c)
{
    c->waiting = true;
}

void control_client_remember(struct control_client *c, json_t *id)
{
    json_decref(c->id);
    c->id = json_incref(id);
}

/* ---- requests ---- */

/* Answers the complete lines; false: the client is to be dropped. */
static bool serve_lines(struct control_client *c)
{
    char *end;

    while (!c->waiting && !c->closing && (end = memchr(c->in, '\n', c->in_used)) != NULL) {
        size_t n = (size_t)(end - c->in);
        json_t *a = control_request(c->control->run, c, c->in, n);

        memmove(c->in, end + 1, c->in_used - n - 1);
        c->in_used -= n + 1;
        if (a && !answer(c, a))
            return false;
    }
    if (c->in_used == MAX_LINE && !memchr(c->in, '\n', c->in_used)) {
        c->closing = true;
        return answer(c, json_pack("{s:b, s:s}", "ok", 0, "error", "line too long"));
    }
    return true;
}

static bool receive(struct control_client *c)
{
    ssize_t n = recv(c->fd.fd, c->in + c->in_used, MAX_LINE - c->in_used, MSG_DONTWAIT);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return false;
    c->in_used += (size_t)n;
    return serve_lines(c);
}

static void client_ready(struct loop_fd *f, u32 events)
{
    struct control_client *c = container_of(f, struct control_client, fd);
    bool alive = true;

    if (events & LOOP_IN)
        alive = receive(c);
    else if (events & LOOP_HUP)
        alive = false;
    if (!alive || !send_some(c))
        drop(c);
}

void control_state_changed(struct control *control)
{
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        struct control_client *c = &control->client[i];
        json_t *a;

        if (!c->control || !c->waiting)
            continue;
        a = control_stopped(control->run);
        if (c->id)
            json_object_set(a, "id", c->id);
        control_client_remember(c, NULL);
        c->waiting = false;
        if (!answer(c, a) || !serve_lines(c) || !send_some(c))
            drop(c);
    }
}

/* ---- events ---- */

void control_client_listen(struct control_client *c)
{
    c->listens = true;
}

void control_tell(struct control *control, json_t *event)
{
    for (unsigned i = 0; event && i < MAX_CLIENTS; i++) {
        struct control_client *c = &control->client[i];

        if (c->control && c->listens && (!answer(c, json_incref(event)) || !send_some(c)))
            drop(c);
    }
    json_decref(event);
}

/* ---- connecting ---- */

static void connected(struct listener *l, int fd)
{
    struct control *control = container_of(l, struct control, listener);

    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        struct control_client *c = &control->client[i];

        if (c->control)
            continue;
        if (loop_fd_add(control->run->loop, &c->fd, fd, LOOP_IN, client_ready))
            break;
        c->control = control;
        return;
    }
    close(fd); /* too many */
}

int control_open(struct run *run, const char *path, struct control **out)
{
    struct control *c = calloc(1, sizeof(*c));
    int r;

    if (!c)
        return -ENOMEM;
    c->run = run;
    c->listener = (struct listener){
        .loop = run->loop,
        .option = "--control",
        .clients = MAX_CLIENTS,
        .connected = connected,
    };
    r = listener_open_unix(&c->listener, path);
    if (r) {
        free(c);
        return r;
    }
    *out = c;
    return 0;
}

void control_close(struct control *c)
{
    if (!c)
        return;
    for (unsigned i = 0; i < MAX_CLIENTS; i++) {
        if (c->client[i].control) {
            (void)send_some(&c->client[i]);
            drop(&c->client[i]);
        }
    }
    listener_close(&c->listener);
    free(c);
}
