/* SPDX-License-Identifier: Apache-2.0
 *
 * The console behind the SCLP.  Output: bytes of ASCII events, or the text objects of line-mode
 * messages (EBCDIC 500, a line each), into a ring that the I/O thread empties into the channel.
 * Input: the I/O thread reads the channel as far as there is room; line mode collects a line first,
 * with echo, erase (backspace, Ctrl-U), and Ctrl-C/Ctrl-D as the "^c" and "^d" that Linux knows.
 *
 * References: arch/sccb.h.
 */
#include <errno.h>
#include <string.h>

#include "base/ebcdic.h"
#include "base/log.h"
#include "machine/sclp.h"

#define FLUSH_MS 3000
#define CTRL_C 0x03
#define CTRL_D 0x04
#define CTRL_U 0x15
#define BACKSPACE 0x08
#define DELETE 0x7f

/* ---- output, lock held ---- */

/* Never too little room: completions wait above SCLP_OUT_HIGH, and a block has 4 KiB.  (Echo is
 * dropped then.) */
static void put_out(struct sclp_console *c, const u8 *p, unsigned len)
{
    for (unsigned i = 0; i < len && c->out_used < SCLP_OUT_SIZE; i++)
        c->out[(c->out_start + c->out_used++) % SCLP_OUT_SIZE] = p[i];
}

enum sclp_rc sclp_console_ascii(struct sclp *s, const u8 *p, unsigned len)
{
    put_out(&s->console, p, len);
    loop_post(s->loop, &s->console.pump);
    return SCLP_RC_NORMAL;
}

static u16 get16(const u8 *p)
{
    return (u16)(p[0] << 8 | p[1]);
}

/* Line mode has lines, no characters for their ends; a person's terminal wants both. */
static void put_newline(struct sclp_console *c)
{
    put_out(c, (const u8 *)"\r\n" + !c->echo, 1U + c->echo);
}

/* A message-text object: a line. */
static void put_line(struct sclp_console *c, const u8 *object, unsigned len)
{
    const unsigned text_at = offsetof(struct sclp_mto, text);

    for (unsigned i = text_at; i < len; i++) {
        u8 byte = ebcdic_500_to_latin1[object[i]];

        if (object[i] == EBCDIC_NL || byte == '\n')
            put_newline(c);
        else if (byte)
            put_out(c, &byte, 1);
    }
    put_newline(c);
}

enum sclp_rc sclp_console_message(struct sclp *s, const u8 *p, unsigned len)
{
    static const u8 tag[] = {0xd4, 0xc4, 0xc2, 0x40}; /* SCLP_MDB_TAG */
    unsigned at = sizeof(struct sclp_mdb), mdb_len;

    if (len < at || memcmp(p + offsetof(struct sclp_mdb, tag), tag, sizeof(tag)) != 0 ||
        get16(p + 2) != SCLP_OBJ_MDB)
        return SCLP_RC_EVENT_SYNTAX;
    mdb_len = get16(p);
    if (mdb_len < at || mdb_len > len)
        return SCLP_RC_INCONSISTENT_LEN;
    while (mdb_len - at >= sizeof(struct sclp_obj)) {
        unsigned n = get16(p + at);

        if (n < sizeof(struct sclp_obj) || n > mdb_len - at)
            return SCLP_RC_INCONSISTENT_LEN;
        if (get16(p + at + 2) == SCLP_OBJ_MTO && n >= offsetof(struct sclp_mto, text))
            put_line(&s->console, p + at, n);
        at += n;
    }
    loop_post(s->loop, &s->console.pump);
    return SCLP_RC_NORMAL;
}

/* ---- input events, lock held ---- */

static void put16(u8 *p, unsigned v)
{
    p[0] = (u8)(v >> 8);
    p[1] = (u8)v;
}

static void put_event_header(u8 *event, unsigned len, u8 type)
{
    memset(event, 0, sizeof(struct sclp_evbuf));
    put16(event, len);
    event[offsetof(struct sclp_evbuf, type)] = type;
}

static void consume(struct sclp_console *c, unsigned n)
{
    memmove(c->in, c->in + n, c->in_used - n);
    c->in_used -= n;
}

static unsigned ascii_event(struct sclp_console *c, u8 *event, unsigned room)
{
    const unsigned head = offsetof(struct sclp_ev_ascii_in, data);
    unsigned n;

    if (room <= head)
        return 0;
    n = c->in_used < room - head ? c->in_used : room - head;
    put_event_header(event, head + n, SCLP_EV_ASCII_CONSOLE);
    event[offsetof(struct sclp_ev_ascii_in, kind)] = SCLP_ASCII_DATA;
    memcpy(event + head, c->in, n);
    consume(c, n);
    return head + n;
}

/* The command is wrapped five times: buffer, MDS message unit, CP management-services unit, text
 * command, self-defining text message, text. */
static unsigned command_event(struct sclp_console *c, u8 *event, unsigned room)
{
    const u8 *end = memchr(c->in, '\n', c->in_used);
    unsigned n = end ? (unsigned)(end - c->in) : 0;
    unsigned len = (unsigned)sizeof(struct sclp_evbuf) + 3 * sizeof(struct sclp_gds) +
                   2 * sizeof(struct sclp_gds_sub) + n;
    static const u16 id[3] = {SCLP_GDS_MDS_MU, SCLP_GDS_CP_MSU, SCLP_GDS_TEXT_CMD};
    static const u8 key[2] = {SCLP_GDS_KEY_SELF_DEF_TEXT, SCLP_GDS_KEY_TEXT};
    u8 *p = event + sizeof(struct sclp_evbuf);

    if (!end || len > room)
        return 0;
    put_event_header(event, len, SCLP_EV_OPERATOR_COMMAND);
    for (unsigned i = 0; i < 3; i++, p += sizeof(struct sclp_gds)) {
        put16(p, (unsigned)(event + len - p));
        put16(p + 2, id[i]);
    }
    for (unsigned i = 0; i < 2; i++, p += sizeof(struct sclp_gds_sub)) {
        p[0] = (u8)(event + len - p);
        p[1] = key[i];
    }
    ebcdic_convert(p, c->in, n, ebcdic_latin1_to_500);
    consume(c, n + 1);
    return len;
}

unsigned sclp_console_input_event(struct sclp *s, u8 *event, unsigned room)
{
    struct sclp_console *c = &s->console;
    unsigned n = c->line_mode ? command_event(c, event, room) : ascii_event(c, event, room);

    if (n)
        loop_post(s->loop, &c->pump); /* there is room for more input */
    return n;
}

/* ---- typing a line, I/O thread ---- */

static void echo(struct sclp *s, const char *text, unsigned len)
{
    if (!s->console.echo)
        return;
    pthread_mutex_lock(&s->lock);
    put_out(&s->console, (const u8 *)text, len);
    pthread_mutex_unlock(&s->lock);
}

static void finish_line(struct sclp *s)
{
    struct sclp_console *c = &s->console;

    echo(s, "\r\n", 2);
    pthread_mutex_lock(&s->lock);
    if (c->in_used + c->line_used + 1 <= SCLP_IN_SIZE) {
        memcpy(c->in + c->in_used, c->line, c->line_used);
        c->in_used += c->line_used;
        c->in[c->in_used++] = '\n';
    }
    pthread_mutex_unlock(&s->lock);
    c->line_used = 0;
}

static void erase(struct sclp *s, unsigned n)
{
    for (; n && s->console.line_used; n--) {
        s->console.line_used--;
        echo(s, "\b \b", 3);
    }
}

static void type(struct sclp *s, u8 byte)
{
    struct sclp_console *c = &s->console;

    if (c->line_used == SCLP_LINE_MAX)
        return;
    c->line[c->line_used++] = byte;
    echo(s, (const char *)&byte, 1);
}

static void typed(struct sclp *s, u8 byte)
{
    bool after_cr = s->console.after_cr;

    s->console.after_cr = byte == '\r';
    switch (byte) {
    case '\n':
        if (after_cr)
            return;
        finish_line(s);
        return;
    case '\r':
        finish_line(s);
        return;
    case BACKSPACE:
    case DELETE:
        erase(s, 1);
        return;
    case CTRL_U:
        erase(s, SCLP_LINE_MAX);
        return;
    case CTRL_C:
    case CTRL_D:
        if (s->console.line_used > SCLP_LINE_MAX - 2)
            erase(s, 2);
        type(s, '^');
        type(s, byte == CTRL_C ? 'c' : 'd');
        finish_line(s);
        return;
    default:
        type(s, byte);
    }
}

/* ---- the channel, I/O thread ---- */

static unsigned input_room(struct sclp *s)
{
    unsigned room;

    pthread_mutex_lock(&s->lock);
    room = SCLP_IN_SIZE - s->console.in_used;
    pthread_mutex_unlock(&s->lock);
    if (!s->console.line_mode)
        return room;
    /* Whatever comes in one piece must fit as lines, in the worst case one character each. */
    return room > 2 * SCLP_LINE_MAX ? (room - 2 * SCLP_LINE_MAX) / 3 : 0;
}

static void take_input(struct sclp *s, const u8 *p, unsigned n)
{
    struct sclp_console *c = &s->console;
    u32 parm;

    if (c->line_mode) {
        for (unsigned i = 0; i < n; i++)
            typed(s, p[i]);
    }
    pthread_mutex_lock(&s->lock);
    if (!c->line_mode) {
        memcpy(c->in + c->in_used, p, n);
        c->in_used += n;
    }
    parm = sclp_announce(s);
    pthread_mutex_unlock(&s->lock);
    if (parm)
        (void)hv_inject_service(s->vm, parm);
}

/* Takes what the guest has room for; returns whether to wait for more. */
static bool pump_in(struct sclp *s)
{
    u8 buffer[1024];
    unsigned room;

    while ((room = input_room(s)) > 0) {
        ssize_t n =
            chardev_read(s->console.chardev, buffer, room < sizeof(buffer) ? room : sizeof(buffer));

        if (n == -EAGAIN)
            return true;
        if (n <= 0)
            return false; /* the end of it, or trouble that the channel has told */
        take_input(s, buffer, (unsigned)n);
    }
    return false;
}

/* A piece of the ring that lies in one piece; stays where it is. */
static unsigned peek_out(struct sclp *s, const u8 **p)
{
    struct sclp_console *c = &s->console;
    unsigned n;

    pthread_mutex_lock(&s->lock);
    n = SCLP_OUT_SIZE - c->out_start;
    n = n < c->out_used ? n : c->out_used;
    *p = c->out + c->out_start;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* n bytes were taken; a completion may have waited for that. */
static void drop_out(struct sclp *s, unsigned n)
{
    struct sclp_console *c = &s->console;
    u32 parm = 0;

    pthread_mutex_lock(&s->lock);
    c->out_start = (c->out_start + n) % SCLP_OUT_SIZE;
    c->out_used -= n;
    if (s->deferred && c->out_used <= SCLP_OUT_HIGH) {
        parm = s->deferred;
        s->deferred = 0;
    }
    pthread_mutex_unlock(&s->lock);
    if (parm)
        (void)hv_inject_service(s->vm, parm);
}

/* Returns whether the channel has to be waited for. */
static bool pump_out(struct sclp *s)
{
    struct sclp_console *c = &s->console;
    const u8 *p;
    unsigned n;

    while ((n = peek_out(s, &p)) > 0) {
        ssize_t r = n;

        if (c->chardev && !c->dead)
            r = chardev_write(c->chardev, p, n);
        if (r == -EAGAIN || r == 0)
            return true;
        if (r < 0) {
            c->dead = true;
            r = n;
        }
        drop_out(s, (unsigned)r);
    }
    return false;
}

static void pump(struct sclp *s)
{
    bool wait_in, wait_out;

    if (!s->console.chardev) {
        (void)pump_out(s);
        return;
    }
    wait_in = pump_in(s);
    wait_out = pump_out(s); /* second: echo */
    chardev_watch(s->console.chardev, wait_in, wait_out);
}

static void pump_posted(struct loop_post *p)
{
    pump(container_of(p, struct sclp, console.pump));
}

static void channel_ready(void *front)
{
    pump(front);
}

void sclp_attach_console(struct sclp *s, struct chardev *c, bool with_echo)
{
    s->console.chardev = c;
    s->console.echo = with_echo;
    s->console.pump.run = pump_posted;
    if (!c)
        return;
    c->front = s;
    c->readable = channel_ready;
    c->writable = channel_ready;
    c->connection = channel_ready;
    chardev_watch(c, true, false);
}

static void flush_now(void *arg)
{
    struct sclp *s = arg;
    const u8 *p;
    unsigned n;

    while ((n = peek_out(s, &p)) > 0) {
        if (s->console.chardev && !s->console.dead)
            s->console.dead = chardev_write_all(s->console.chardev, p, n, FLUSH_MS) < n;
        drop_out(s, n);
    }
}

void sclp_flush(struct sclp *s)
{
    loop_call(s->loop, flush_now, s);
}
