/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: what clients send to the control socket, in pieces, while they read their answers or do
 * not, and while the machine's state changes.
 *
 * Input: operations: a byte and its operands.  "Send" takes all up to and with the next newline.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz_run.h"

#define CLIENTS 3
#define MAX_OPERATIONS 64
#define MAX_MUCH 2

static struct run run;
static int client[CLIENTS];
static unsigned much;

static void hang_up(unsigned n)
{
    if (client[n] >= 0)
        close(client[n]);
    client[n] = -1;
}

static void call(unsigned n, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    hang_up(n);
    strcpy(a.sun_path, path);
    client[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ASSERT(client[n] >= 0);
    (void)!connect(client[n], (struct sockaddr *)&a, sizeof(a));
}

static void read_answers(unsigned n)
{
    char text[65536];

    while (recv(client[n], text, sizeof(text), MSG_DONTWAIT) > 0)
        ;
}

static void send_line(struct input *in, unsigned n, bool whole)
{
    const u8 *end = memchr(in->p, '\n', in->left);
    size_t len = end ? (size_t)(end + 1 - in->p) : in->left;

    (void)!send(client[n], in->p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    in->p += len;
    in->left -= len;
    if (whole && !end)
        (void)!send(client[n], "\n", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A long line, or many requests with long answers; the latter cost most of the time. */
static void send_much(struct input *in, unsigned n)
{
    static const char request[] = "{\"command\":\"statistics\"}\n";
    char line[255 * 20];
    u8 what = take8(in);

    memset(line, 'x', sizeof(line));
    if (what & 1)
        (void)!send(client[n], line, what * 20U, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (what & 1 || much++ > MAX_MUCH)
        return;
    for (unsigned i = 0; i < what % 32U; i++)
        (void)!send(client[n], request, sizeof(request) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void change_state(u8 to)
{
    pthread_mutex_lock(&run.m.lock);
    run.m.state = to % (MACHINE_ENDED + 1);
    pthread_mutex_unlock(&run.m.lock);
    control_state_changed(run.control);
}

static void operation(struct input *in, const char *path)
{
    u8 what = take8(in);
    unsigned n = what >> 4 & 3;

    n = n < CLIENTS ? n : 0;
    switch (what & 7) {
    case 0:
        call(n, path);
        break;
    case 1:
        hang_up(n);
        break;
    case 2:
        read_answers(n);
        break;
    case 3:
        change_state(take8(in));
        break;
    case 4:
        send_much(in, n);
        break;
    case 5:
        send_line(in, n, false);
        break;
    default:
        send_line(in, n, true);
    }
    fuzz_run_settle(&run);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    char path[80];

    fuzz_run_create(&run);
    snprintf(path, sizeof(path), "%s/control", fuzz_directory());
    ASSERT(!control_open(&run, path, &run.control));
    for (unsigned n = 0; n < CLIENTS; n++)
        client[n] = -1;
    run.m.state = MACHINE_RUNNING;
    much = 0;
    call(0, path);
    fuzz_run_settle(&run);
    for (unsigned i = 0; in.left && i < MAX_OPERATIONS; i++)
        operation(&in, path);
    for (unsigned n = 0; n < CLIENTS; n++)
        hang_up(n);
    run.m.state = MACHINE_NEW;
    fuzz_run_destroy(&run);
    return 0;
}
