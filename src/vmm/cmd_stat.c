/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 stat SOCKET: what a running guest counts, again and again, until it ends or the user has
 * seen enough.  On a terminal the table is drawn on the second screen, and keys are read; both are
 * as before when this ends, is stopped (Ctrl-Z), or is killed by a signal that can be caught.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "vmm/client.h"
#include "vmm/cmd.h"
#include "vmm/screen.h"

#define ANSWER_SECONDS 10            /* a run that does not answer for so long is taken as gone */
#define ENTER "\033[?1049h\033[?25l" /* second screen, no cursor */
#define LEAVE "\033[?25h\033[?1049l"

enum { OPT_ONCE = CMD_KEY(0), OPT_INTERVAL, OPT_HELP = 'h' };

static const struct cmd_option options[] = {
    {OPT_ONCE, "once", NULL, "one table, with rates since the run began"},
    {OPT_INTERVAL, "interval", "SECONDS", "between two tables, 0.1 to 3600 (1)"},
    {OPT_HELP, "help", NULL, "this text"},
    {0, NULL, NULL, NULL},
};

struct watcher {
    const char *path;
    struct client_lines in;
    struct table table;
    double interval;
    bool once;
    bool screen, keys; /* standard output is a terminal; standard input is */
    struct termios before;
};

static void help(void)
{
    printf(
        "usage: sie390 stat SOCKET [OPTION]...\n\n"
        "Shows what the guest whose 'sie390 run' was given --control SOCKET counts: intercepts\n"
        "by kind and by instruction, and where the time of its CPU threads goes; in total and\n"
        "per second. On a terminal q or Ctrl-C ends it; elsewhere tables follow each other.\n\n");
    cmd_print_options(options);
    printf("\nexit status\n"
           "  0   done, or the run has ended\n"
           "  1   bad argument\n"
           "  3   nobody is there, or the output cannot be written\n");
}

/* ---- the terminal ---- */

static volatile sig_atomic_t caught;

static void on_signal(int number)
{
    caught = number;
}

static void put(const char *text)
{
    if (write(STDOUT_FILENO, text, strlen(text)) < 0)
        return;
}

static void enter(struct watcher *s)
{
    struct termios t = s->before;

    if (s->screen)
        put(ENTER);
    if (!s->keys)
        return;
    t.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &t);
}

static void leave(struct watcher *s)
{
    if (s->keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &s->before);
    if (s->screen)
        put(LEAVE);
}

/* Blocked but while ppoll() waits, so that none is missed. */
static void catch_signals(sigset_t *outside)
{
    static const int ours[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
    struct sigaction a = {.sa_handler = on_signal};
    sigset_t set;

    sigemptyset(&set);
    for (unsigned i = 0; i < ARRAY_SIZE(ours); i++) {
        sigaddset(&set, ours[i]);
        sigaction(ours[i], &a, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_BLOCK, &set, outside);
}

/* ---- numbers ---- */

static void fill_group(struct table *t, const char *group, json_t *numbers)
{
    const char *name;
    json_t *value;

    json_object_foreach(numbers, name, value)
        table_add(t, group, name, (u64)json_integer_value(value));
}

static void fill(struct table *t, json_t *groups)
{
    const char *group;
    json_t *numbers;
    json_t *elapsed = json_object_get(json_object_get(groups, "time"), "elapsed ms");

    table_begin(t, (u64)json_integer_value(elapsed) * 1000000);
    json_object_foreach(groups, group, numbers) fill_group(t, group, numbers);
}

/* False: nobody answers any more. */
static bool ask(struct watcher *s)
{
    bool sent = client_send(s->in.fd, json_pack("{s:s, s:b}", "command", "statistics", "times",
                                                !s->once)); /* there is nobody to read them later */
    char *line = sent ? client_receive(&s->in) : NULL;
    json_t *answer = line ? json_loads(line, 0, NULL) : NULL;
    json_t *groups = json_object_get(answer, "statistics");

    if (groups)
        fill(&s->table, groups);
    json_decref(answer);
    free(line);
    return groups != NULL;
}

/* ---- the loop ---- */

static bool quit_key(void)
{
    char key;

    return read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3;
}

/* Waits for the next turn.  False: this is to end. */
static bool pause_for(struct watcher *s, const sigset_t *outside)
{
    struct timespec t = {(time_t)s->interval, (long)((s->interval - (time_t)s->interval) * 1e9)};
    struct pollfd p[2] = {{s->in.fd, POLLIN, 0}, {s->keys ? STDIN_FILENO : -1, POLLIN, 0}};
    int n;

    caught = 0;
    n = ppoll(p, 2, &t, outside);
    if (n < 0 && errno == EINTR && caught == SIGTSTP) {
        leave(s);
        raise(SIGSTOP);
        enter(s);
        return true;
    }
    if (n < 0)
        return errno == EINTR && caught == SIGWINCH;
    if (p[0].revents) /* nothing was asked: the other side is gone */
        return false;
    return !p[1].revents || !quit_key();
}

static enum status watch(struct watcher *s)
{
    sigset_t outside;
    bool go = true, written = true;

    catch_signals(&outside);
    enter(s);
    while (go) { /* the first numbers are there */
        written = screen_draw(&s->table, stdout);
        go = written && pause_for(s, &outside) && ask(s);
    }
    leave(s);
    if (s->screen) /* the last one stays on the first screen */
        table_print(&s->table, stdout, 0);
    return written ? STATUS_OK : STATUS_HOST;
}

static enum status attach(struct watcher *s)
{
    const struct timeval patience = {ANSWER_SECONDS, 0};
    enum status status;

    s->in.fd = client_connect(s->path);
    if (s->in.fd < 0)
        return STATUS_HOST;
    setsockopt(s->in.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    if (!ask(s)) {
        log_error("%s: no answer (the run has ended?)", s->path);
        status = STATUS_HOST;
    } else if (s->once) {
        table_print(&s->table, stdout, 0);
        status = STATUS_OK;
    } else {
        status = watch(s);
    }
    free(s->in.text);
    table_free(&s->table);
    close(s->in.fd);
    return status;
}

static enum status parse(struct watcher *s, int argc, char **argv, bool *wants_help)
{
    int c;

    while ((c = cmd_getopt(argc, argv, options)) != -1) {
        if (c == '?')
            return STATUS_USAGE;
        if (c == OPT_INTERVAL && !screen_interval(optarg, &s->interval))
            return cmd_usage_error("stat", "--interval %s: not 0.1 to 3600 seconds", optarg);
        s->once |= c == OPT_ONCE;
        *wants_help |= c == OPT_HELP;
    }
    if (!*wants_help && optind != argc - 1)
        return cmd_usage_error("stat", "give a socket");
    s->path = argv[optind];
    return STATUS_OK;
}

enum status cmd_stat(int argc, char **argv)
{
    struct watcher s = {.interval = 1};
    bool wants_help = false;
    enum status status = parse(&s, argc, argv, &wants_help);

    if (status != STATUS_OK)
        return status;
    if (wants_help) {
        help();
        return STATUS_OK;
    }
    s.screen = isatty(STDOUT_FILENO);
    s.keys = s.screen && isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &s.before) == 0;
    return attach(&s);
}
