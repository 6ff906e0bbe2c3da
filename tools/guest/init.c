// SPDX-License-Identifier: Apache-2.0
/*
 * PID 1 of the guest: sets the system up, then either gives a shell on the console (the machine is
 * powered off when it ends) or serves one command of the host (command.c).
 *
 * Kernel parameters it reads:
 *   sie390.run=1            serve a command over virtio-console ports instead of a shell
 *   sie390.console=NAME     the shell's terminal, a name in /dev (default: the kernel's console)
 *   sie390.winsize=RxC      rows and columns of that terminal;  sie390.term=NAME  its TERM
 *   sie390.net=             net.c             sie390.root= sie390.mount=   disk.c
 *
 * Signals: SIGINT (ctrl-alt-del: the host asks for a shutdown) and SIGUSR2 (busybox poweroff) power
 * off, SIGTERM (busybox reboot) reboots, SIGUSR1 (busybox halt) halts.
 */
#include <errno.h>
#include <fcntl.h>
#include <mntent.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

const char *param(const char *name)
{
    static char line[8192];
    size_t length = strlen(name);

    if (!*line) {
        int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
        ssize_t got = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);
        for (ssize_t i = 0; i < got; i++) {
            if (line[i] == ' ' || line[i] == '\n')
                line[i] = 0;
        }
        close(fd);
    }
    for (char *word = line; word < line + sizeof(line) - 1; word += strlen(word) + 1) {
        if (!strncmp(word, name, length) && word[length] == '=')
            return word + length + 1;
        if (!strcmp(word, name))
            return "";
    }
    return NULL;
}

void note(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    fputs("sie390-init: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
}

bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return done;
}

bool wait_for_path(const char *path, int seconds)
{
    for (int tries = 0; tries < seconds * 200; tries++) {
        if (!access(path, F_OK))
            return true;
        usleep(5000);
    }
    return false;
}

void prepare_child(void)
{
    const char *root = root_directory();
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    if (root && (chroot(root) || chdir("/")))
        note("cannot enter %s: %s", root, strerror(errno));
}

static void mount_system(void)
{
    static const struct {
        const char *type, *where, *options;
    } mounts[] = {
        {"proc", "/proc", NULL},
        {"sysfs", "/sys", NULL},
        {"devtmpfs", "/dev", "mode=0755"},
        {"devpts", "/dev/pts", "mode=0620,ptmxmode=0666"},
        {"tmpfs", "/dev/shm", "mode=1777"},
        {"tmpfs", "/run", "mode=0755"},
    };

    for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
        mkdir(mounts[i].where, 0755);
        if (mount(mounts[i].type, mounts[i].where, mounts[i].type, 0, mounts[i].options))
            note("cannot mount %s: %s", mounts[i].where, strerror(errno));
    }
    if (symlink("/proc/self/fd", "/dev/fd") || symlink("/proc/self/fd/0", "/dev/stdin") ||
        symlink("/proc/self/fd/1", "/dev/stdout") || symlink("/proc/self/fd/2", "/dev/stderr"))
        note("cannot make the links in /dev: %s", strerror(errno));
    close(open("/etc/resolv.conf", O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    sethostname("sie390", 6);
}

/* Runs a program to its end; other children are reaped on the way. */
static void run_and_wait(char *const *argv)
{
    pid_t child = fork(), ended;

    if (!child) {
        execv(argv[0], argv);
        _exit(127);
    }
    do
        ended = wait(NULL);
    while (ended != child && ended > 0);
}

/* Ends every process: asks, waits at most two seconds, then insists. PID 1 is spared by kill. */
static void end_processes(void)
{
    struct timespec pause = {0, 5000000};

    kill(-1, SIGTERM);
    kill(-1, SIGHUP);
    kill(-1, SIGCONT);
    for (int tries = 0; tries < 400; tries++) {
        if (waitpid(-1, NULL, WNOHANG) < 0)
            return;
        nanosleep(&pause, NULL);
    }
    kill(-1, SIGKILL);
    while (wait(NULL) > 0)
        ;
}

/* Unmounts what is mounted, last first; what is busy becomes read-only. */
static void unmount_all(void)
{
    struct mntent *entry;
    char *where[256];
    int count = 0;
    FILE *list = setmntent("/proc/self/mounts", "r");

    while (list && count < 256 && (entry = getmntent(list)))
        where[count++] = strdup(entry->mnt_dir);
    if (list)
        endmntent(list);
    while (count-- > 0) {
        if (!where[count] || !strcmp(where[count], "/"))
            continue;
        if (umount2(where[count], UMOUNT_NOFOLLOW))
            mount(NULL, where[count], NULL, MS_REMOUNT | MS_RDONLY, NULL);
    }
}

void end_machine(enum ending how)
{
    static const unsigned actions[] = {
        [END_POWER_OFF] = RB_POWER_OFF, [END_HALT] = RB_HALT_SYSTEM, [END_REBOOT] = RB_AUTOBOOT};

    end_processes();
    sync();
    unmount_all();
    reboot((int)actions[how]);
    for (;;)
        pause();
}

bool serve_signal(int signals)
{
    struct signalfd_siginfo info;

    if (read(signals, &info, sizeof(info)) != sizeof(info))
        return false;
    switch (info.ssi_signo) {
    case SIGINT:
    case SIGUSR2:
        end_machine(END_POWER_OFF);
    case SIGTERM:
        end_machine(END_REBOOT);
    case SIGUSR1:
        end_machine(END_HALT);
    default:
        return info.ssi_signo == SIGCHLD;
    }
}

/* All that PID 1 reacts to arrives as a file descriptor. */
static int open_signals(void)
{
    static const int served[] = {SIGCHLD, SIGINT, SIGTERM, SIGUSR1, SIGUSR2};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof(served) / sizeof(*served); i++)
        sigaddset(&set, served[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* The terminal: what the parameter says, else the last (preferred) of the kernel's consoles. */
static int open_console(void)
{
    const char *name = param("sie390.console");
    char active[128] = "", path[160];
    struct winsize size = {0};

    if (!name || !*name) {
        FILE *file = fopen("/sys/class/tty/console/active", "r");
        if (file && fgets(active, sizeof(active), file))
            active[strcspn(active, "\n")] = 0;
        if (file)
            fclose(file);
        char *last = strrchr(active, ' ');
        name = last ? last + 1 : active;
    }
    snprintf(path, sizeof(path), "/dev/%s", *name ? name : "console");
    int fd = open(path, O_RDWR | O_NOCTTY);
    if (fd < 0)
        fd = open("/dev/console", O_RDWR | O_NOCTTY);
    const char *asked = param("sie390.winsize");
    if (!asked || sscanf(asked, "%hux%hu", &size.ws_row, &size.ws_col) != 2)
        size = (struct winsize){.ws_row = 24, .ws_col = 80};
    ioctl(fd, TIOCSWINSZ, &size);
    return fd;
}

static void become_shell(void)
{
    const char *term = param("sie390.term");
    static char *const login[] = {"-sh", NULL};

    setsid();
    int tty = open_console();
    if (tty >= 0) {
        ioctl(tty, TIOCSCTTY, 1);
        for (int fd = 0; fd < 3; fd++)
            dup2(tty, fd);
        if (tty > 2)
            close(tty);
    }
    prepare_child();
    clearenv();
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    setenv("HOME", "/root", 1);
    setenv("USER", "root", 1);
    setenv("TERM", term && *term ? term : "linux", 1);
    if (chdir("/root") && chdir("/"))
        _exit(1);
    execv("/bin/sh", login);
    note("cannot start /bin/sh: %s", strerror(errno));
    _exit(127);
}

static void serve_shell(int signals)
{
    struct pollfd watch = {.fd = signals, .events = POLLIN};
    struct utsname name;

    uname(&name);
    printf("\n%s %s on %s, %d CPU%s. 'exit' powers off.\n", name.sysname, name.release,
           name.machine, get_nprocs(), get_nprocs() == 1 ? "" : "s");
    fflush(stdout);
    pid_t shell = fork(), ended;
    if (!shell)
        become_shell();
    for (;;) {
        poll(&watch, 1, -1);
        if (!serve_signal(signals))
            continue;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {
            if (ended == shell)
                end_machine(END_POWER_OFF);
        }
    }
}

int main(void)
{
    static char *const install[] = {"/bin/busybox", "--install", "-s", NULL};

    if (getpid() != 1) {
        note("this is the first program of a guest, not a command");
        return 1;
    }
    reboot(RB_DISABLE_CAD);
    int signals = open_signals();
    mount_system();
    write_file("/proc/cio_settle", "1");
    load_modules();
    run_and_wait(install);
    start_network();
    const char *trouble = mount_disks();
    if (param("sie390.run"))
        serve_command(signals, trouble);
    if (trouble)
        note("%s", trouble);
    serve_shell(signals);
}
