// SPDX-License-Identifier: Apache-2.0
/*
 * Runs one command for the host and powers the guest off. The host's side is tools/run-in-guest.
 *
 * Four virtio-console ports, found by name:
 *
 *   sie390.control   frames, both ways
 *   sie390.stdin     raw bytes, host to guest         sie390.stdout, sie390.stderr   guest to host
 *
 * A port of this kind cannot be half closed, and the bytes on one port are not ordered with those
 * on another; so a stream ends by count: whoever feeds it says on the control port how many bytes
 * there are in all (END), and the other side knows when it has them.
 *
 * A frame is a be32 type, a be32 length and that many bytes of payload (numbers big-endian):
 *
 *   1 HELLO    guest  be32 version (1). All four ports are open; before it the host sends nothing,
 *                     because the guest's kernel drops what arrives at a closed port.
 *   2 RUN      host   be32 argc, be32 envc, then strings, each ended by a zero byte: the directory
 *                     ("" for /root), argv, environment ("NAME=VALUE", added to a default one)
 *   3 STARTED  guest  nothing
 *   4 FAILED   guest  be32 status as a shell would give (126, 127; 125: the guest's fault), text.
 *                     Instead of STARTED; nothing but power-off follows.
 *   5 END      both   be32 stream (0, 1, 2), be64 bytes in all
 *   6 CLOSE    both   be32 stream: nobody reads it any more; what still comes is dropped. A command
 *                     gets SIGPIPE or EPIPE, as with a pipe; END is still sent.
 *   7 SIGNAL   host   be32 signal for the command's process group
 *   8 EXIT     guest  be32 1 if killed by a signal, be32 status or signal. After END of 1 and 2.
 *   9 DONE     host   has everything; the guest may power off (a reset of the ports drops data that
 *                     the host has not taken yet)
 *
 * When the command ends, what it left running is killed. When the host closes the control port, the
 * guest powers off. A new frame type needs a new version.
 */
#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"

enum frame { HELLO = 1, RUN, STARTED, FAILED, END, CLOSE, SIGNAL, EXIT, DONE };
enum { VERSION = 1, FRAME_MAX = 1 << 20, PORTS_WAIT_SECONDS = 30 };

/* One of the command's three streams, pumped from a file descriptor to another. */
struct stream {
    uint32_t number;
    int from, to;      /* -1: closed */
    uint64_t received; /* bytes read from `from` */
    uint64_t total;    /* known end, or UINT64_MAX */
    bool dropping;     /* nobody reads: bytes are thrown away */
    size_t filled, sent;
    char buffer[65536];
};

static struct {
    int control;
    struct stream streams[3];
    pid_t child; /* 0 once it has ended */
    int status;  /* from wait */
} run = {.control = -1};

/* ---- control port ---- */

static void write_all(int fd, const void *data, size_t length)
{
    for (const char *next = data; length;) {
        ssize_t done = write(fd, next, length);
        if (done > 0) {
            next += done;
            length -= (size_t)done;
        } else if (done < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (done == 0 || errno != EINTR) {
            end_machine(END_POWER_OFF);
        }
    }
}

/* Waits for exactly `length` bytes; the host going away ends the machine. */
static void read_all(int fd, void *data, size_t length)
{
    for (char *next = data; length;) {
        ssize_t done = read(fd, next, length);
        if (done > 0) {
            next += done;
            length -= (size_t)done;
        } else if (done < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLIN};
            poll(&wait, 1, -1);
        } else if (done == 0 || errno != EINTR) {
            end_machine(END_POWER_OFF);
        }
    }
}

static void send_frame(enum frame type, const void *payload, size_t length)
{
    char frame[8 + 512];
    uint32_t head[2] = {htobe32(type), htobe32((uint32_t)length)};

    memcpy(frame, head, 8);
    memcpy(frame + 8, payload, length);
    write_all(run.control, frame, 8 + length);
}

/* Reads one frame whole. A frame is small or all there: waiting for its rest holds up nothing. */
static char *read_frame(uint32_t *type, size_t *length)
{
    uint32_t head[2];

    read_all(run.control, head, 8);
    *type = be32toh(head[0]);
    *length = be32toh(head[1]);
    char *payload = *length <= FRAME_MAX ? malloc(*length + 1) : NULL;
    if (!payload) {
        note("a frame of %zu bytes from the host", *length);
        end_machine(END_POWER_OFF);
    }
    read_all(run.control, payload, *length);
    payload[*length] = 0;
    return payload;
}

/* Ends the guest once the host says that it has everything. */
static void __attribute__((noreturn)) finish(void)
{
    uint32_t type;
    size_t length;

    do
        free(read_frame(&type, &length));
    while (type != DONE);
    end_machine(END_POWER_OFF);
}

static void __attribute__((noreturn)) fail(uint32_t status, const char *text)
{
    char payload[4 + 256];
    size_t length = strnlen(text, 256);

    status = htobe32(status);
    memcpy(payload, &status, 4);
    memcpy(payload + 4, text, length);
    send_frame(FAILED, payload, 4 + length);
    finish();
}

/* ---- ports ---- */

/* Opens the port with this name; -1 while there is none. */
static int open_port(const char *wanted, int flags)
{
    DIR *dir = opendir("/sys/class/virtio-ports");
    struct dirent *entry;
    int fd = -1;

    while (dir && fd < 0 && (entry = readdir(dir))) {
        char path[512], name[64] = "";

        snprintf(path, sizeof(path), "/sys/class/virtio-ports/%s/name", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        if (fgets(name, sizeof(name), file))
            name[strcspn(name, "\n")] = 0;
        fclose(file);
        snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
        if (!strcmp(name, wanted))
            fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
    }
    if (dir)
        closedir(dir);
    return fd;
}

static int wait_for_port(const char *name, int flags)
{
    for (int tries = 0; tries < PORTS_WAIT_SECONDS * 200; tries++) {
        int fd = open_port(name, flags);
        if (fd >= 0)
            return fd;
        usleep(5000);
    }
    note("there is no virtio-console port '%s'", name);
    end_machine(END_POWER_OFF);
}

/* ---- the command ---- */

static char **next_strings(char **at, const char *end, size_t count)
{
    char **list = calloc(count + 1, sizeof(*list));

    for (size_t i = 0; list && i < count; i++) {
        if (*at >= end)
            return NULL;
        list[i] = *at;
        *at += strlen(*at) + 1;
    }
    return list;
}

/* In the child. What goes wrong is told through `report`: "D" or "X" and errno. */
static void become_command(const char *directory, char **argv, char **env, int report)
{
    int failed[2] = {'D'};

    prepare_child();
    setsid();
    clearenv();
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("HOME", "/root", 1);
    setenv("USER", "root", 1);
    for (; *env; env++)
        putenv(*env);
    if (*directory ? !chdir(directory) : (!chdir("/root") || !chdir("/"))) {
        failed[0] = 'X';
        execvp(argv[0], argv);
    }
    failed[1] = errno;
    if (write(report, failed, sizeof(failed)) < 0)
        _exit(126);
    _exit(127);
}

/* The ends of a pipe that PID 1 keeps never wait; the command's ends are ordinary. */
static bool make_pipe(int *mine, int *theirs, bool write_is_mine)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC))
        return false;
    *mine = ends[write_is_mine];
    *theirs = ends[!write_is_mine];
    return !fcntl(*mine, F_SETFL, O_NONBLOCK);
}

static void start_command(const char *directory, char **argv, char **env)
{
    int theirs[3], report[2], failed[2];
    char text[256];
    struct stream *s = run.streams;

    if (!make_pipe(&s[0].to, &theirs[0], true) || !make_pipe(&s[1].from, &theirs[1], false) ||
        !make_pipe(&s[2].from, &theirs[2], false) || pipe2(report, O_CLOEXEC) ||
        (run.child = fork()) < 0)
        fail(125, strerror(errno));
    if (!run.child) {
        for (int i = 0; i < 3; i++)
            dup2(theirs[i], i);
        become_command(directory, argv, env, report[1]);
    }
    for (int i = 0; i < 3; i++)
        close(theirs[i]);
    close(report[1]);
    if (read(report[0], failed, sizeof(failed)) != sizeof(failed)) {
        close(report[0]);
        send_frame(STARTED, "", 0);
        return;
    }
    snprintf(text, sizeof(text), "%s: %s", failed[0] == 'D' ? directory : argv[0],
             strerror(failed[1]));
    fail(failed[0] == 'X' && failed[1] == ENOENT ? 127 : 126, text);
}

static void serve_run(void)
{
    uint32_t type, counts[2] = {0};
    size_t length;
    char *payload = read_frame(&type, &length), *at = payload + 8;
    char **directory = NULL, **argv = NULL, **env = NULL;

    if (type == RUN && length >= 8) {
        memcpy(counts, payload, 8);
        counts[0] = be32toh(counts[0]);
        counts[1] = be32toh(counts[1]);
        if (counts[0] && counts[0] < length && counts[1] < length) {
            directory = next_strings(&at, payload + length, 1);
            argv = directory ? next_strings(&at, payload + length, counts[0]) : NULL;
            env = argv ? next_strings(&at, payload + length, counts[1]) : NULL;
        }
    }
    if (!env)
        fail(125, "the host's first frame is not a command");
    start_command(directory[0], argv, env);
}

/* ---- pumping ---- */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void send_end(struct stream *s)
{
    struct __attribute__((packed)) {
        uint32_t number;
        uint64_t total;
    } payload = {htobe32(s->number), htobe64(s->received)};

    send_frame(END, &payload, sizeof(payload));
}

/* The reader of the stream is gone. A producer of the command's learns it by a closed pipe; the
 * host, which may have sent more already, is told, and its bytes are dropped. */
static void drop_stream(struct stream *s)
{
    if (s->dropping)
        return;
    s->dropping = true;
    s->filled = s->sent = 0;
    if (s->number == 0) {
        uint32_t number = 0;
        close_end(&s->to);
        send_frame(CLOSE, &number, sizeof(number));
    } else {
        close_end(&s->from);
        send_end(s);
    }
}

/* All has been read and passed on: closes the far end if it is the command's, and says so. */
static void finish_if_complete(struct stream *s)
{
    if (s->received == s->total)
        close_end(&s->from);
    if (s->from >= 0 || s->filled || s->dropping)
        return;
    if (s->number == 0) {
        close_end(&s->to);
    } else if (s->to >= 0) {
        s->to = -1;
        send_end(s);
    }
}

static void pump_in(struct stream *s)
{
    ssize_t got = read(s->from, s->buffer, sizeof(s->buffer));

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        s->total = s->received;
        return;
    }
    s->received += (uint64_t)got;
    s->filled = s->dropping ? 0 : (size_t)got;
    s->sent = 0;
}

static void pump_out(struct stream *s)
{
    ssize_t done = write(s->to, s->buffer + s->sent, s->filled - s->sent);

    if (done < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (done < 0) {
        drop_stream(s);
        return;
    }
    s->sent += (size_t)done;
    if (s->sent == s->filled)
        s->sent = s->filled = 0;
}

static void serve_control(void)
{
    uint32_t type, number = 0;
    uint64_t total;
    size_t length;
    char *payload = read_frame(&type, &length);

    if (length >= 4) {
        memcpy(&number, payload, 4);
        number = be32toh(number);
    }
    if (type == END && length == 12 && number == 0) {
        memcpy(&total, payload + 4, 8);
        run.streams[0].total = be64toh(total);
    } else if (type == CLOSE && (number == 1 || number == 2)) {
        if (run.streams[number].from >= 0)
            drop_stream(&run.streams[number]);
    } else if (type == SIGNAL && length == 4) {
        if (run.child)
            kill(-run.child, (int)number);
    } else {
        note("frame %u from the host is not understood", type);
    }
    free(payload);
}

static void reap(void)
{
    pid_t ended;
    int status;

    while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
        if (ended != run.child)
            continue;
        run.child = 0;
        run.status = status;
        kill(-1, SIGKILL);
    }
}

/* One wait and what follows from it. Order in `watch`: signals, control, then two per stream. */
static void pump_once(int signals)
{
    struct pollfd watch[8] = {
        {.fd = signals, .events = POLLIN},
        {.fd = run.control, .events = POLLIN},
    };

    for (int i = 0; i < 3; i++) {
        struct stream *s = &run.streams[i];
        watch[2 + 2 * i] = (struct pollfd){.fd = s->filled ? -1 : s->from, .events = POLLIN};
        watch[3 + 2 * i] = (struct pollfd){.fd = s->filled || i == 0 ? s->to : -1,
                                           .events = s->filled ? POLLOUT : 0};
    }
    poll(watch, 8, -1);
    if (watch[0].revents && serve_signal(signals))
        reap();
    if (watch[1].revents)
        serve_control();
    for (int i = 0; i < 3; i++) {
        struct stream *s = &run.streams[i];
        if (watch[3 + 2 * i].revents & POLLOUT)
            pump_out(s);
        else if (watch[3 + 2 * i].revents)
            drop_stream(s);
        if (watch[2 + 2 * i].revents && s->from >= 0 && !s->filled)
            pump_in(s);
        finish_if_complete(s);
    }
}

static bool is_running(void)
{
    const struct stream *s = run.streams;

    return run.child || (s[1].to >= 0 && !s[1].dropping) || (s[2].to >= 0 && !s[2].dropping);
}

void serve_command(int signals, const char *trouble)
{
    uint32_t version = htobe32(VERSION);
    struct stream *s = run.streams;

    for (uint32_t i = 0; i < 3; i++)
        s[i] = (struct stream){.number = i, .from = -1, .to = -1, .total = UINT64_MAX};
    run.control = wait_for_port("sie390.control", O_RDWR);
    s[0].from = wait_for_port("sie390.stdin", O_RDONLY);
    s[1].to = wait_for_port("sie390.stdout", O_WRONLY);
    s[2].to = wait_for_port("sie390.stderr", O_WRONLY);
    send_frame(HELLO, &version, sizeof(version));
    if (trouble)
        fail(125, trouble);
    serve_run();
    while (is_running())
        pump_once(signals);
    bool killed = WIFSIGNALED(run.status);
    int value = killed ? WTERMSIG(run.status) : WEXITSTATUS(run.status);
    uint32_t end[2] = {htobe32(killed), htobe32((uint32_t)value)};
    send_frame(EXIT, end, sizeof(end));
    finish();
}
