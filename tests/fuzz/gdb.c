/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzzing: what a debugger sends, whole packets with good checksums and any bytes, in pieces, while
 * it reads the answers or does not, and while the machine stops and goes on.
 *
 * Input: operations: a byte and its operands.  Packets and bytes take all up to the next newline.
 */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fuzz_run.h"

#define MAX_OPERATIONS 64

static struct run run;
static int debugger;

static void hang_up(void)
{
    if (debugger >= 0)
        close(debugger);
    debugger = -1;
}

static void call(const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    hang_up();
    strcpy(a.sun_path, path);
    debugger = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    ASSERT(debugger >= 0);
    (void)!connect(debugger, (struct sockaddr *)&a, sizeof(a));
}

static void read_answers(void)
{
    char text[65536];

    while (recv(debugger, text, sizeof(text), MSG_DONTWAIT) > 0)
        ;
}

static void put(const void *p, size_t len)
{
    (void)!send(debugger, p, len, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Up to a newline, which is taken, too. */
static size_t take_line(struct input *in, const u8 **line)
{
    const u8 *end = memchr(in->p, '\n', in->left);
    size_t len = end ? (size_t)(end - in->p) : in->left;

    *line = in->p;
    in->p += len + (end != NULL);
    in->left -= len + (end != NULL);
    return len;
}

static void send_packet(struct input *in)
{
    const u8 *line;
    size_t len = take_line(in, &line);
    char end[4];
    u8 sum = 0;

    for (size_t i = 0; i < len; i++)
        sum = (u8)(sum + line[i]);
    snprintf(end, sizeof(end), "#%02x", sum);
    put("$", 1);
    put(line, len);
    put(end, 3);
}

static void send_bytes(struct input *in)
{
    const u8 *line;
    size_t len = take_line(in, &line);

    put(line, len);
}

/* More than any packet is, without an end. */
static void send_much(u8 byte)
{
    char block[4096];

    memset(block, byte, sizeof(block));
    for (unsigned i = 0; i < 10; i++)
        put(block, sizeof(block));
}

/* A CPU thread says so before the I/O thread hears of it. */
static void change_state(u8 to)
{
    pthread_mutex_lock(&run.m.lock);
    run.m.state = to & 1 ? MACHINE_STOPPED : MACHINE_RUNNING;
    pthread_mutex_unlock(&run.m.lock);
    if (to & 2)
        gdb_state_changed(run.gdb);
}

/* CPU 0 met something. */
static void hit(struct input *in)
{
    struct machine_cpu *c = &run.m.cpu[0];

    c->debug = (struct hv_exit){
        .reason = EXIT_DEBUG,
        .debug = 1 + take8(in) % DEBUG_DIAGNOSE,
        .debug_addr = take8(in),
        .psw_addr = take8(in),
    };
    c->debug_hit = true;
}

static void operation(struct input *in, const char *path)
{
    u8 what = take8(in);

    switch (what & 15) {
    case 0:
        call(path);
        break;
    case 1:
        hang_up();
        break;
    case 2:
        read_answers();
        break;
    case 3:
    case 4:
        change_state(what >> 4);
        return;
    case 5:
        hit(in);
        return;
    case 6:
        send_much(take8(in));
        break;
    case 7:
    case 8:
        send_bytes(in);
        break;
    default:
        send_packet(in);
    }
    if (!(what & 0x80)) /* else more is to come at once */
        fuzz_run_settle(&run);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    char path[80], where[90];

    fuzz_run_create(&run);
    snprintf(path, sizeof(path), "%s/gdb", fuzz_directory());
    snprintf(where, sizeof(where), "unix:%s", path);
    ASSERT(!gdb_open(&run, where, &run.gdb));
    debugger = -1;
    run.m.state = MACHINE_STOPPED;
    call(path);
    fuzz_run_settle(&run);
    for (unsigned i = 0; in.left && i < MAX_OPERATIONS; i++)
        operation(&in, path);
    hang_up();
    run.m.state = MACHINE_NEW;
    fuzz_run_destroy(&run);
    return 0;
}
