/* SPDX-License-Identifier: Apache-2.0
 *
 * The command: chooses the subcommand.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "vmm/cmd.h"

static const struct {
    const char *name;
    enum status (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"run", cmd_run, "run a guest: a Linux kernel, an installation medium, a bare-metal image"},
    {"ctl", cmd_ctl, "talk to a running guest: status, stop, continue, quiesce, quit, events"},
    {"stat", cmd_stat, "show what a running guest counts, per second"},
    {"disasm", cmd_disasm, "disassemble a file or hexadecimal digits"},
    {"explain", cmd_explain, "all that is known about an instruction"},
    {"list", cmd_list, "list facilities, cpus or instructions"},
    {"version", cmd_version, "version and build"},
};

static void help(void)
{
    printf("usage: sie390 COMMAND [ARGUMENT]...\n\n"
           "Runs s390x (IBM Z) guests on this computer.\n\ncommands\n");
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        printf("  %-9s %s\n", commands[i].name, commands[i].help);
    printf("\nsie390 COMMAND --help tells more. A first guest:\n\n"
           "  sie390 run --kernel /boot/vmlinuz-6.1.0-s390x --initrd initramfs.cpio -m 1G -c 2\n");
}

/* A full disk behind standard output is told. */
static enum status flushed(enum status s)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return s;
    log_error("standard output: %s", strerror(errno));
    return s == STATUS_OK ? STATUS_HOST : s;
}

/* What the compiler was told it may use (meson.build). */
static bool host_is_new_enough(void)
{
    if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"))
        return true;
    log_error("this processor is too old: x86-64-v2 (SSE4.2, POPCNT) is wanted, as of 2009");
    return false;
}

/* A standard descriptor that the caller closed must not become a disk's or a socket's: messages and
 * the console would go there.  Input is at its end; output fails, as it would have done. */
static bool standard_descriptors_are_open(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
            return false;
    return true;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    if (!standard_descriptors_are_open() || !host_is_new_enough())
        return STATUS_HOST;
    if (argc < 2) {
        help();
        return STATUS_USAGE;
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        help();
        return STATUS_OK;
    }
    if (strcmp(name, "--version") == 0)
        name = "version";
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return (int)flushed(commands[i].run(argc - 1, argv + 1));
    log_error("there is no command '%s': sie390 --help lists them", name);
    return STATUS_USAGE;
}
