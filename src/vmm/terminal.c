/* SPDX-License-Identifier: Apache-2.0
 *
 * The user's terminal and signals, see terminal.h.
 */
#include "vmm/terminal.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "vmm/run.h"

/* The process has one terminal; what a crash and atexit() restore. */
static struct chardev *_Atomic restore_me;

static const int watched[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP};
static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static struct sigaction before[ARRAY_SIZE(crashes)];

static void restore_now(void)
{
    struct chardev *c = atomic_load(&restore_me);

    if (c)
        chardev_stdio_restore(c);
}

/* Back to what was there before us (a sanitizer, or the end), and once more: a fault comes again by
 * itself, a signal that was sent does not. */
static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)context;
    restore_now();
    for (unsigned i = 0; i < ARRAY_SIZE(crashes); i++)
        if (crashes[i] == number)
            sigaction(number, &before[i], NULL);
    if (info->si_code <= 0)
        raise(number);
}

static void catch_crashes(void)
{
    struct sigaction a = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO};

    sigemptyset(&a.sa_mask);
    for (unsigned i = 0; i < ARRAY_SIZE(crashes); i++)
        sigaction(crashes[i], &a, &before[i]);
}

/* ---- the prefix key ---- */

static void key_help(void)
{
    static const char text[] = "\r\n"
                               "Ctrl-A X       end the guest at once\r\n"
                               "Ctrl-A Q       ask the guest to shut down\r\n"
                               "Ctrl-A H       this text\r\n"
                               "Ctrl-A Ctrl-A  send Ctrl-A to the guest\r\n";

    if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
        return;
}

static void on_key(void *arg, char key)
{
    struct terminal *t = arg;

    switch (tolower((unsigned char)key)) {
    case 'x':
        run_end(t->run, RUN_USER);
        return;
    case 'q':
        run_quiesce(t->run);
        return;
    default:
        key_help();
    }
}

int terminal_stdio(struct terminal *t, struct chardev **out)
{
    const struct chardev_stdio_options o = {on_key, t};
    int r = chardev_stdio_create(t->run->loop, &o, out);

    if (r)
        return r;
    t->stdio = *out;
    atomic_store(&restore_me, t->stdio);
    catch_crashes();
    atexit(restore_now);
    return 0;
}

void terminal_release(struct terminal *t)
{
    restore_now();
    atomic_store(&restore_me, NULL);
    t->stdio = NULL;
}

/* ---- signals ---- */

/* SIGTSTP: as a program without a terminal mode of its own would. */
static void stop_process(struct terminal *t)
{
    restore_now();
    raise(SIGSTOP); /* not kill(): this thread must not go on before the process has stopped */
    if (t->stdio)
        chardev_stdio_raw(t->stdio);
}

static void on_signal(struct terminal *t, unsigned number)
{
    switch (number) {
    case SIGTSTP:
        stop_process(t);
        return;
    case SIGQUIT:
        run_end(t->run, RUN_SIGNAL);
        return;
    default:
        if (t->asked++)
            run_end(t->run, RUN_SIGNAL);
        else
            run_quiesce(t->run);
    }
}

static void signals_ready(struct loop_fd *f, u32 events)
{
    struct terminal *t = container_of(f, struct terminal, signals);
    struct signalfd_siginfo info;

    (void)events;
    while (read(t->signal_fd, &info, sizeof(info)) == sizeof(info))
        on_signal(t, info.ssi_signo);
}

int terminal_open(struct terminal *t, struct run *run)
{
    sigset_t set;
    int r;

    *t = (struct terminal){.run = run, .signal_fd = -1};
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    for (unsigned i = 0; i < ARRAY_SIZE(watched); i++)
        sigaddset(&set, watched[i]);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    t->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    r = t->signal_fd < 0
            ? -errno
            : loop_fd_add(run->loop, &t->signals, t->signal_fd, LOOP_IN, signals_ready);
    if (r)
        log_error("signals cannot be watched: %s", strerror(-r));
    return r;
}

void terminal_close(struct terminal *t)
{
    if (t->signals.registered)
        loop_fd_remove(t->run->loop, &t->signals);
    if (t->signal_fd >= 0)
        close(t->signal_fd);
    t->signal_fd = -1;
}
