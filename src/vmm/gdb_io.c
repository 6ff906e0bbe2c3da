/* SPDX-License-Identifier: Apache-2.0
 *
 * The debugger's connection: listening, packets with their checksums and acknowledgements.
 *
 * What comes in is not trusted: input and unread output are bounded, a packet that is too long is
 * refused, one with a wrong checksum is asked for again.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "vmm/gdb_session.h"
#include "vmm/run.h"

#define INTERRUPT 3
#define FLUSH_MS 1000

/* ---- hexadecimal ---- */

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool gdb_parse(const char **p, u64 *value)
{
    unsigned n = 0;

    for (*value = 0; digit(**p) >= 0; ++*p, n++)
        *value = *value << 4 | (u64)digit(**p);
    return n && n <= 16;
}

bool gdb_from_hex(const char *hex, void *to, size_t len)
{
    u8 *out = to;

    for (size_t i = 0; i < len; i++, hex += 2) {
        int high = digit(hex[0]), low = high < 0 ? -1 : digit(hex[1]);

        if (low < 0)
            return false;
        out[i] = (u8)(high << 4 | low);
    }
    return true;
}

void gdb_to_hex(const void *from, size_t len, char *to)
{
    static const char digits[] = "0123456789abcdef";
    const u8 *in = from;

    for (size_t i = 0; i < len; i++) {
        *to++ = digits[in[i] >> 4];
        *to++ = digits[in[i] & 15];
    }
    *to = 0;
}

/* ---- output ---- */

static ssize_t write_some(struct gdb *g)
{
    if (g->listener.open)
        return send(g->out, g->output, g->output_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    return write(g->out, g->output, g->output_len);
}

/* False: nobody takes it any more. */
static bool push(struct gdb *g)
{
    while (g->output_len) {
        ssize_t n = write_some(g);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            break;
        if (n <= 0)
            return false;
        memmove(g->output, g->output + n, g->output_len - (size_t)n);
        g->output_len -= (size_t)n;
    }
    return true;
}

/* Too much unread: the debugger is taken for gone when its input is looked at next. */
static void put(struct gdb *g, const char *bytes, size_t len)
{
    if (g->output_len + len > GDB_OUTPUT) {
        shutdown(g->in, SHUT_RDWR);
        return;
    }
    memcpy(g->output + g->output_len, bytes, len);
    g->output_len += len;
}

static char *escape(char *to, u8 byte)
{
    if (byte == '$' || byte == '#' || byte == '}' || byte == '*') {
        *to++ = '}';
        byte ^= 0x20;
    }
    *to++ = (char)byte;
    return to;
}

void gdb_send_bytes(struct gdb *g, const void *bytes, size_t len)
{
    const u8 *in = bytes;
    char *to = g->last;
    u8 sum = 0;

    ASSERT(len <= GDB_PACKET);
    *to++ = '$';
    for (size_t i = 0; i < len; i++)
        to = escape(to, in[i]);
    for (const char *p = g->last + 1; p < to; p++)
        sum = (u8)(sum + (u8)*p);
    *to++ = '#';
    gdb_to_hex(&sum, 1, to);
    g->last_len = (size_t)(to + 2 - g->last);
    put(g, g->last, g->last_len);
}

void gdb_send(struct gdb *g, const char *text)
{
    gdb_send_bytes(g, text, strlen(text));
}

void gdb_flush(struct gdb *g)
{
    u64 end = loop_now() + FLUSH_MS * 1000000ULL;

    while (g->state != GDB_NONE && g->output_len && push(g) && g->output_len) {
        struct pollfd p = {.fd = g->out, .events = POLLOUT};

        if (loop_now() > end || poll(&p, 1, FLUSH_MS) <= 0)
            return;
    }
}

/* ---- packets ---- */

/* Takes the escapes out; false: too long. */
static bool unescape(struct gdb_packet *p, const u8 *from, size_t len)
{
    p->len = 0;
    for (size_t i = 0; i < len; i++) {
        u8 byte = from[i];

        if (byte == '}' && i + 1 < len)
            byte = from[++i] ^ 0x20;
        if (p->len == GDB_PACKET)
            return false;
        p->data[p->len++] = (char)byte;
    }
    p->data[p->len] = 0;
    return true;
}

/* A whole packet: from[0] is $, from[len - 3] is #. */
static void receive(struct gdb *g, const u8 *from, size_t len)
{
    u8 sum = 0, want;

    for (size_t i = 1; i < len - 3; i++)
        sum = (u8)(sum + from[i]);
    if (!gdb_from_hex((const char *)from + len - 2, &want, 1) || want != sum) {
        if (g->acks)
            put(g, "-", 1);
        return;
    }
    if (g->acks)
        put(g, "+", 1);
    if (unescape(&g->packet, from + 1, len - 4))
        gdb_answer(g);
    else
        gdb_send(g, "E22");
}

/* Bytes of the packet that the input begins with; 0: not all of it is there. */
static size_t packet_length(struct gdb *g)
{
    const u8 *end = memchr(g->input, '#', g->input_len);
    size_t len = end ? (size_t)(end - g->input) + 3 : 0;

    return len <= g->input_len ? len : 0;
}

/* One byte or packet off the input; 0: wait for more. */
static size_t take(struct gdb *g)
{
    u8 first = g->input[0];
    size_t len;

    if (first == INTERRUPT) {
        gdb_interrupt(g);
        return 1;
    }
    if (first == '-' && g->acks && g->last_len)
        put(g, g->last, g->last_len);
    if (first != '$')
        return 1;
    if (g->state != GDB_STOPPED)
        return 0;
    len = packet_length(g);
    if (len)
        receive(g, g->input, len);
    return len;
}

/* Nothing ends what fills all of the buffer: it is thrown away.  Who sends so much while the
 * machine runs is no debugger. */
static bool refuse_endless(struct gdb *g)
{
    if (g->input_len < GDB_INPUT)
        return true;
    g->input_len = 0;
    if (g->state == GDB_STOPPED)
        gdb_send(g, "E22");
    return g->state == GDB_STOPPED;
}

static void watch(struct gdb *g)
{
    struct loop *l = g->run->loop;
    u32 in = g->input_len < GDB_INPUT ? LOOP_IN : 0, out = g->output_len ? LOOP_OUT : 0;

    if (g->state == GDB_NONE || g->state == GDB_LEAVING)
        return;
    loop_fd_watch(l, &g->fd, in | (g->in == g->out ? out : 0));
    if (g->in != g->out)
        loop_fd_watch(l, &g->out_fd, out);
}

void gdb_serve(struct gdb *g)
{
    size_t n = 1;

    if (g->serving) /* for an interrupt of a machine that had just stopped: the caller goes on */
        return;
    g->serving = true;
    while (n && g->input_len && g->state != GDB_NONE && g->state != GDB_LEAVING) {
        n = take(g);
        if (n > g->input_len) /* the connection was given up meanwhile */
            break;
        memmove(g->input, g->input + n, g->input_len - n);
        g->input_len -= n;
    }
    g->serving = false;
    if (g->state == GDB_NONE || g->state == GDB_LEAVING)
        return;
    if (refuse_endless(g) && push(g))
        watch(g);
    else
        gdb_disconnected(g);
}

/* ---- the connection ---- */

static void ready(struct gdb *g, u32 events)
{
    ssize_t n = 1;

    if (events & LOOP_IN) {
        n = read(g->in, g->input + g->input_len, GDB_INPUT - g->input_len);
        if (n > 0)
            g->input_len += (size_t)n;
        else if (n < 0 && (errno == EAGAIN || errno == EINTR))
            n = 1;
    } else if (events & LOOP_HUP) {
        n = 0;
    }
    if (n > 0)
        gdb_serve(g);
    else
        gdb_disconnected(g);
}

static void input_ready(struct loop_fd *f, u32 events)
{
    ready(container_of(f, struct gdb, fd), events);
}

static void output_ready(struct loop_fd *f, u32 events)
{
    ready(container_of(f, struct gdb, out_fd), events & (LOOP_OUT | LOOP_HUP));
}

static bool attach(struct gdb *g, int in, int out)
{
    if (loop_fd_add(g->run->loop, &g->fd, in, LOOP_IN, input_ready))
        return false;
    if (in != out && loop_fd_add(g->run->loop, &g->out_fd, out, 0, output_ready)) {
        loop_fd_remove(g->run->loop, &g->fd);
        return false;
    }
    g->in = in;
    g->out = out;
    g->input_len = g->output_len = g->last_len = 0;
    g->acks = true;
    gdb_connected(g);
    return true;
}

static void connected(struct listener *l, int fd)
{
    struct gdb *g = container_of(l, struct gdb, listener);

    if (attach(g, fd, fd))
        listener_accept(l, false);
    else
        close(fd);
}

void gdb_hang_up(struct gdb *g)
{
    loop_fd_remove(g->run->loop, &g->fd);
    g->input_len = g->output_len = 0;
    if (g->in != g->out)
        loop_fd_remove(g->run->loop, &g->out_fd);
    else
        close(g->in);
}

void gdb_listen(struct gdb *g)
{
    listener_accept(&g->listener, true);
}

/* ---- life ---- */

static int start_listening(struct gdb *g, const char *where)
{
    u64 port;

    g->listener = (struct listener){
        .loop = g->run->loop,
        .option = "--gdb",
        .clients = 1,
        .connected = connected,
    };
    if (strncmp(where, "unix:", 5) == 0)
        return listener_open_unix(&g->listener, where + 5);
    if (parse_u64(where, &port) || !port || port > 65535)
        return -EINVAL; /* the options were checked */
    return listener_open_loopback(&g->listener, (u16)port);
}

int gdb_open(struct run *run, const char *where, struct gdb **out)
{
    struct gdb *g = calloc(1, sizeof(*g));
    int r = 0;

    if (!g)
        return -ENOMEM;
    g->run = run;
    g->m = &run->m;
    if (strcmp(where, "stdio") == 0)
        r = attach(g, STDIN_FILENO, STDOUT_FILENO) ? 0 : -EIO;
    else
        r = start_listening(g, where);
    if (r) {
        free(g);
        return r;
    }
    *out = g;
    return 0;
}

void gdb_close(struct gdb *g)
{
    if (!g)
        return;
    if (g->state != GDB_NONE && g->state != GDB_LEAVING)
        gdb_hang_up(g);
    listener_close(&g->listener);
    free(g);
}
