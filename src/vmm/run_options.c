/* SPDX-License-Identifier: Apache-2.0
 *
 * Options of `sie390 run`: the table that getopt and --help share, and a setter for each.
 */
#include "vmm/run_options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/log.h"
#include "base/options.h"
#include "vmm/screen.h"

#define MIB 0x100000ULL
#define MEMORY_DEFAULT (512 * MIB)
#define MEMORY_MAX (1ULL << 44)
#define NAME_DEFAULT "sie390"
#define CPU_DEFAULT "max"
#define NAME_MAX_LENGTH 255

enum {
    OPT_KERNEL = CMD_KEY(0),
    OPT_INITRD,
    OPT_APPEND,
    OPT_CPU,
    OPT_NAME,
    OPT_UUID,
    OPT_DISK,
    OPT_NET,
    OPT_RNG,
    OPT_PORT,
    OPT_CONSOLE,
    OPT_LINE_CONSOLE,
    OPT_ENGINE,
    OPT_TIMEOUT,
    OPT_TRACE,
    OPT_STAT,
    OPT_CONTROL,
    OPT_GDB,
    OPT_GDB_WAIT,
    OPT_LOAD,
    OPT_PSW,
    OPT_RESTART,
    OPT_DIAG8,
    OPT_DUMP,
    OPT_WATCHDOG,
    OPT_LAZY,
    OPT_GISA,
    OPT_CMMA,
    OPT_AP,
    OPT_MEMORY = 'm',
    OPT_CPUS = 'c',
    OPT_VERBOSE = 'v',
    OPT_HELP = 'h',
};

static const struct cmd_option options[] = {
    {0, NULL, NULL, "what runs"},
    {OPT_KERNEL, "kernel", "FILE",
     "s390x Linux image (vmlinuz, bzImage), ELF file (ET_EXEC) or .ins file"},
    {OPT_INITRD, "initrd", "FILE", "initial RAM disk of a Linux image"},
    {OPT_APPEND, "append", "STRING", "kernel parameters"},
    {OPT_LOAD, "load", "FILE[@ADDRESS]",
     "bare-metal image: a flat file at ADDRESS, or ELF; repeatable"},
    {OPT_PSW, "psw", "MASK,ADDRESS", "begin with this PSW (hexadecimal)"},
    {OPT_RESTART, "restart", NULL, "begin with the restart-new PSW at 1A0"},
    {0, NULL, NULL, "the machine"},
    {OPT_MEMORY, "memory", "SIZE", "storage, a multiple of 1M (512M)"},
    {OPT_CPUS, "cpus", "N[,standby=N][,max=N][,drawers=N][,books=N][,sockets=N][,cores=N]",
     "guest CPUs, 1 to 248 (1); standby: so many more that the guest may configure; max: with\n"
     "those that 'sie390 ctl' may add.  The topology is drawers of books of sockets of cores,\n"
     "max CPUs in all (one socket)"},
    {OPT_CPU, "cpu", "MODEL[,FEATURE=on|off]...",
     "'sie390 list cpus' and 'sie390 list facilities' tell which"},
    {OPT_NAME, "name", "NAME", "name of the virtual machine, as STSI tells it (sie390)"},
    {OPT_UUID, "uuid", "UUID", "its UUID (random)"},
    {OPT_LAZY, "lazy-memory", NULL, "all pages start absent and are brought in on first use"},
    {OPT_GISA, "gisa", "on|off",
     "adapter interruptions reach a running CPU without an intercept (on)"},
    {OPT_CMMA, "cmma", "on|off",
     "the guest may tell which of its pages are unused, and the host takes them back (off)"},
    {OPT_ENGINE, "engine", "interp", "the only one there is"},
    {0, NULL, NULL, "devices"},
    {OPT_DISK, "disk", "FILE[,readonly][,format=raw][,serial=TEXT][,cut=SEED:N]",
     "virtio disk; repeatable; cut: for tests, the power fails at the Nth write or flush"},
    {OPT_NET, "net", "none|user[,hostfwd=tcp:PORT-:PORT]...|tap=NAME",
     "virtio network card; user: the host is 10.0.2.2, no privileges needed; repeatable;\n"
     "also mac=ADDRESS, and for user restrict=on: nothing but hostfwd reaches in or out"},
    {OPT_RNG, "rng", NULL, "virtio random-number device"},
    {OPT_PORT, "port", "NAME=CHANNEL",
     "port of a virtio console: /dev/virtio-ports/NAME in the guest; CHANNEL is unix:PATH,\n"
     "fd:N, file:PATH, pty, stdio or none; repeatable"},
    {OPT_AP, "ap", "none|[adapter=N][,type=accel|cca|ep11][,domains=N[+N]...]",
     "crypto adapter N (the next free one) of a type (accel), see below, with the domains of all\n"
     "adapters (0); each adapter and domain make a queue.  The guest uses them by /dev/z90crypt.\n"
     "Repeatable; none: only the bus, for 'sie390 ctl SOCKET ap plug'"},
    {OPT_CONSOLE, "console", "stdio|none|file:PATH|pty|unix:PATH|fd:N",
     "where the guest's console is (stdio)"},
    {OPT_LINE_CONSOLE, "line-console", NULL,
     "the console is the line-mode one (ttyS0) instead of the ASCII console (ttysclp0)"},
    {0, NULL, NULL, "the run"},
    {OPT_TIMEOUT, "timeout", "SECONDS", "end the run then"},
    {OPT_CONTROL, "control", "SOCKET", "control socket, for 'sie390 ctl' and 'sie390 stat'"},
    {OPT_GDB, "gdb", "PORT|unix:PATH|stdio",
     "let a debugger connect: 'target remote :PORT' of gdb-multiarch; only from this host"},
    {OPT_GDB_WAIT, "gdb-wait", NULL, "stop before the first instruction and wait for it"},
    {OPT_TRACE, "trace", "LIST",
     "lines on standard error for: icpt, irq, sigp, sclp, css, virtio, ap, machine, or all"},
    {OPT_STAT, "stat", "[=live[:SECONDS]]",
     "print at the end what was counted; live: and all the time (1), as a table on standard\n"
     "error, when the console is not on stdio ('sie390 stat' shows it on another terminal)"},
    {OPT_DIAG8, "diag8", NULL, "print the text of DIAGNOSE 8 on standard output"},
    {OPT_DUMP, "dump-on-wait", "FILE[,START-END]...",
     "when the guest ends in a disabled wait or a loop, write registers and these\n"
     "absolute storage ranges (hexadecimal, END included)"},
    {OPT_WATCHDOG, "watchdog-action", "restart|poweroff|nmi|pause|none",
     "what happens when the guest's watchdog expires (restart)"},
    {OPT_VERBOSE, "verbose", NULL, "more messages; twice: even more"},
    {OPT_HELP, "help", NULL, "this text"},
    {0, NULL, NULL, NULL},
};

void run_options_help(void)
{
    printf("usage: sie390 run --kernel FILE [OPTION]...\n"
           "       sie390 run --load FILE[@ADDRESS]... [OPTION]...\n\n"
           "Runs an s390x guest until it powers off.\n\n"
           "  sie390 run --kernel vmlinuz --initrd initramfs.cpio -m 1G -c 2 --net user\n"
           "  sie390 run --load test.elf --console none --diag8\n\n"
           "On a terminal: Ctrl-A X quits, Ctrl-A Q asks the guest to shut down, Ctrl-A H helps,\n"
           "Ctrl-A Ctrl-A sends Ctrl-A.\n"
           "SIGTERM asks the guest to shut down; a second one ends it.\n");
    cmd_print_options(options);
    run_ap_describe();
    printf("\n");
    status_print();
}

/* ---- values ---- */

#define usage_error(...) cmd_usage_error("run", __VA_ARGS__)

static enum status set_memory(struct run_options *o, const char *text)
{
    u64 size;

    if (parse_size(text, &size))
        return usage_error("-m %s: not a size (512M, 4G)", text);
    if (size && size < MIB && strspn(text, "0123456789") == strlen(text))
        return usage_error("-m %s: less than 1M; is %sM meant?", text, text);
    if (!size || size % MIB)
        return usage_error("-m %s: storage is a multiple of 1M, and not 0", text);
    if (size > MEMORY_MAX)
        return usage_error("-m %s: more than %lluT", text, MEMORY_MAX >> 40);
    o->machine.memory = size;
    return STATUS_OK;
}

static enum status set_uuid(struct run_options *o, const char *text)
{
    unsigned n = 0;
    const char *p = text;

    for (; n < 16; n++) {
        char digits[3] = {0};
        char *end;

        if (*p == '-' && (n == 4 || n == 6 || n == 8 || n == 10))
            p++;
        memcpy(digits, p, strnlen(p, 2));
        o->machine.uuid[n] = (u8)strtoul(digits, &end, 16);
        if (end != digits + 2)
            break;
        p += 2;
    }
    if (n < 16 || *p)
        return usage_error("--uuid %s: not of the form 01234567-89ab-cdef-0123-456789abcdef", text);
    return STATUS_OK;
}

static enum status set_gisa(struct run_options *o, const char *text)
{
    if (strcmp(text, "on") && strcmp(text, "off"))
        return usage_error("--gisa %s: on or off", text);
    o->machine.no_gisa = strcmp(text, "off") == 0;
    return STATUS_OK;
}

static enum status set_name(struct run_options *o, const char *text)
{
    if (!*text || strlen(text) > NAME_MAX_LENGTH)
        return usage_error("--name: 1 to %d characters", NAME_MAX_LENGTH);
    o->machine.name = text;
    return STATUS_OK;
}

static enum status set_timeout(struct run_options *o, const char *text)
{
    char *end;

    o->timeout = strtod(text, &end);
    if (end == text || *end || !(o->timeout > 0) || o->timeout > 1e9)
        return usage_error("--timeout %s: not a number of seconds", text);
    return STATUS_OK;
}

static enum status set_gdb(struct run_options *o, const char *text)
{
    u64 port;

    if (strcmp(text, "stdio") != 0 && (strncmp(text, "unix:", 5) != 0 || !text[5]) &&
        (parse_u64(text, &port) || !port || port > 65535))
        return usage_error("--gdb %s: not a port (1 to 65535), unix:PATH or stdio", text);
    o->gdb = text;
    return STATUS_OK;
}

static bool parse_hex(const char *text, const char *stop, u64 *value)
{
    char digits[24];
    char *end;
    size_t n = (size_t)(stop - text);

    if (!n || n >= sizeof(digits) || *text == '-' || *text == '+')
        return false;
    memcpy(digits, text, n);
    digits[n] = 0;
    errno = 0;
    *value = strtoull(digits, &end, 16);
    return !*end && end != digits && !errno;
}

static enum status set_first_psw(struct run_options *o, enum ipl_psw psw)
{
    if (o->machine.ipl.psw != IPL_PSW_DEFAULT && o->machine.ipl.psw != psw)
        return usage_error("--psw and --restart: give one of them");
    o->machine.ipl.psw = psw;
    return STATUS_OK;
}

static enum status set_psw(struct run_options *o, const char *text)
{
    const char *comma = strchr(text, ',');

    if (!comma || !parse_hex(text, comma, &o->machine.ipl.psw_mask) ||
        !parse_hex(comma + 1, comma + 1 + strlen(comma + 1), &o->machine.ipl.psw_addr))
        return usage_error("--psw %s: not of the form 0000000180000000,10000", text);
    return set_first_psw(o, IPL_PSW_GIVEN);
}

/* The last @ with a number behind it ends the file's name. */
static enum status add_load(struct run_options *o, char *text)
{
    char *at = strrchr(text, '@');
    u64 address = 0;

    if (o->machine.ipl.nload == RUN_MAX_LOADS)
        return usage_error("--load: more than %d", RUN_MAX_LOADS);
    if (at && !parse_u64(at + 1, &address))
        *at = 0;
    else if (at && access(text, F_OK) != 0)
        return usage_error("--load %s: '%s' is not an address (0x10000)", text, at + 1);
    o->load[o->machine.ipl.nload++] = (struct ipl_load){text, address};
    return STATUS_OK;
}

static enum status add_port(struct run_options *o, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : 0;

    if (!n || !equals[1])
        return usage_error("--port %s: not of the form NAME=CHANNEL", text);
    if (o->nports == RUN_MAX_PORTS || n >= sizeof(o->port[0].name))
        return usage_error("--port %s: the name is too long, or there are more than %d", text,
                           RUN_MAX_PORTS);
    memcpy(o->port[o->nports].name, text, n);
    o->port[o->nports].name[n] = 0;
    for (unsigned i = 0; i < o->nports; i++)
        if (strcmp(o->port[i].name, o->port[o->nports].name) == 0)
            return usage_error("--port %s: there are two ports of this name", o->port[i].name);
    o->port[o->nports++].channel = equals + 1;
    return STATUS_OK;
}

static enum status set_statistics(struct run_options *o, const char *text)
{
    o->statistics = o->machine.times = true;
    if (!text)
        return STATUS_OK;
    if (strcmp(text, "live") == 0)
        o->live = 1;
    else if (strncmp(text, "live:", 5) != 0)
        return usage_error("--stat=%s: not live or live:SECONDS", text);
    else if (!screen_interval(text + 5, &o->live))
        return usage_error("--stat=%s: not 0.1 to 3600 seconds", text);
    return STATUS_OK;
}

static enum status set_console(struct run_options *o, const char *text)
{
    if (o->console)
        return usage_error("--console %s: the guest has one console, and it is %s already", text,
                           o->console);
    o->console = text;
    return STATUS_OK;
}

static enum status add_range(struct run_options *o, const char *text)
{
    struct machine_range *r = &o->range[o->nranges];
    const char *dash = strchr(text, '-');

    if (!dash || !parse_hex(text, dash, &r->first) ||
        !parse_hex(dash + 1, dash + 1 + strlen(dash + 1), &r->last) || r->last < r->first)
        return usage_error("--dump-on-wait: %s is not a range (1000-1fff)", text);
    o->nranges++;
    return STATUS_OK;
}

static enum status set_dump(struct run_options *o, const char *text)
{
    enum status s = STATUS_OK;
    char *p;

    free(o->dump_path);
    o->dump_path = strdup(text);
    o->nranges = 0;
    p = o->dump_path ? strchr(o->dump_path, ',') : NULL;
    while (s == STATUS_OK && p) {
        char *next = strchr(p + 1, ',');

        *p++ = 0;
        if (next)
            *next = 0;
        if (o->nranges == RUN_MAX_RANGES)
            s = usage_error("--dump-on-wait: more than %d ranges", RUN_MAX_RANGES);
        else
            s = add_range(o, p);
        p = next;
    }
    if (s == STATUS_OK && (!o->dump_path || !*o->dump_path))
        s = usage_error("--dump-on-wait: no file named");
    return s;
}

static enum status add(const char **list, unsigned *n, unsigned max, const char *option,
                       const char *text)
{
    if (*n == max)
        return usage_error("%s: more than %u", option, max);
    list[(*n)++] = text;
    return STATUS_OK;
}

/* ---- all of them ---- */

static enum status set_machine_option(struct run_options *o, int c, char *text)
{
    struct machine_config *m = &o->machine;

    switch (c) {
    case OPT_KERNEL:
        m->ipl.kernel = text;
        return STATUS_OK;
    case OPT_INITRD:
        m->ipl.initrd = text;
        return STATUS_OK;
    case OPT_APPEND:
        m->ipl.append = text;
        return STATUS_OK;
    case OPT_LOAD:
        return add_load(o, text);
    case OPT_PSW:
        return set_psw(o, text);
    case OPT_RESTART:
        return set_first_psw(o, IPL_PSW_RESTART);
    case OPT_MEMORY:
        return set_memory(o, text);
    case OPT_CPUS:
        return run_cpus_parse(m, text);
    case OPT_CPU:
        o->cpu = text;
        return STATUS_OK;
    case OPT_NAME:
        return set_name(o, text);
    case OPT_UUID:
        return set_uuid(o, text);
    case OPT_LAZY:
        m->lazy_memory = true;
        return STATUS_OK;
    case OPT_WATCHDOG:
        if (watchdog_action_parse(text, &m->watchdog))
            return STATUS_OK;
        return usage_error("--watchdog-action %s: it is restart, poweroff, nmi, pause or none",
                           text);
    case OPT_GISA:
        return set_gisa(o, text);
    case OPT_CMMA:
        m->cmma = strcmp(text, "on") == 0;
        if (m->cmma || strcmp(text, "off") == 0)
            return STATUS_OK;
        return usage_error("--cmma %s: on or off", text);
    case OPT_AP:
        return run_ap_parse(&m->ap, text);
    case OPT_ENGINE:
        if (strcmp(text, "interp") == 0)
            return STATUS_OK;
        return usage_error("--engine %s: the only engine is interp", text);
    default:
        return STATUS_USAGE;
    }
}

static enum status set_option(struct run_options *o, int c, char *text)
{
    switch (c) {
    case OPT_DISK:
        return add(o->disk, &o->ndisks, RUN_MAX_DISKS, "--disk", text);
    case OPT_NET:
        return add(o->net, &o->nnets, RUN_MAX_NETS, "--net", text);
    case OPT_RNG:
        o->rng = true;
        return STATUS_OK;
    case OPT_PORT:
        return add_port(o, text);
    case OPT_CONSOLE:
        return set_console(o, text);
    case OPT_LINE_CONSOLE:
        o->machine.line_console = true;
        return STATUS_OK;
    case OPT_TIMEOUT:
        return set_timeout(o, text);
    case OPT_CONTROL:
        o->control = text;
        return STATUS_OK;
    case OPT_GDB:
        return set_gdb(o, text);
    case OPT_GDB_WAIT:
        o->machine.stopped = true;
        return STATUS_OK;
    case OPT_TRACE:
        if (!*text)
            return usage_error("--trace: says nothing (icpt, irq ..., or all)");
        return trace_parse(text, &o->machine.trace) ? STATUS_USAGE : STATUS_OK;
    case OPT_STAT:
        return set_statistics(o, text);
    case OPT_DIAG8:
        o->machine.diag8 = true;
        return STATUS_OK;
    case OPT_DUMP:
        return set_dump(o, text);
    case OPT_VERBOSE:
        log_set_level(log_get_level() < LOG_INFO ? LOG_INFO : LOG_DEBUG);
        return STATUS_OK;
    case OPT_HELP:
        o->help = true;
        return STATUS_OK;
    case '?':
        return STATUS_USAGE;
    default:
        return set_machine_option(o, c, text);
    }
}

/* What no single option can tell. */
static enum status check_together(struct run_options *o)
{
    const struct ipl_config *ipl = &o->machine.ipl;
    unsigned stdio = !o->console || strcmp(o->console, "stdio") == 0;

    for (unsigned i = 0; i < o->nports; i++)
        stdio += strcmp(o->port[i].channel, "stdio") == 0;
    stdio += o->gdb && strcmp(o->gdb, "stdio") == 0;
    if (o->machine.stopped && !o->gdb)
        return usage_error("--gdb-wait: waits for a debugger, but there is no --gdb");
    if (stdio > 1)
        return usage_error(
            "two consoles (or a console and the debugger) on stdio: give all but one another place "
            "(--console none|pty|file:PATH)");
    if (stdio && o->live > 0)
        return usage_error(
            "--stat=live: the guest's console (or the debugger) is on this terminal: "
            "give it another place (--console none|pty|file:PATH), or use 'sie390 stat'");
    if (!ipl->kernel && !ipl->nload)
        return usage_error("nothing to run: give --kernel FILE or --load FILE@ADDRESS");
    if (!ipl->kernel && (ipl->initrd || ipl->append) && ipl->psw != IPL_PSW_DEFAULT)
        return usage_error("--initrd and --append are for Linux kernels, --psw and --restart are "
                           "not");
    return STATUS_OK;
}

enum status run_options_parse(struct run_options *o, int argc, char **argv)
{
    enum status s = STATUS_OK;
    int c;

    memset(o, 0, sizeof(*o));
    o->machine.memory = MEMORY_DEFAULT;
    o->machine.cpus = o->machine.max_cpus = 1;
    o->cpu = CPU_DEFAULT;
    o->machine.name = NAME_DEFAULT;
    o->machine.diag8_fd = STDOUT_FILENO;
    o->machine.model = &o->model;
    o->machine.ipl.load = o->load;
    if (getrandom(o->machine.uuid, sizeof(o->machine.uuid), 0) != sizeof(o->machine.uuid))
        memset(o->machine.uuid, 0, sizeof(o->machine.uuid));
    o->machine.uuid[6] = (u8)((o->machine.uuid[6] & 0x0f) | 0x40); /* version 4, RFC 4122 */
    o->machine.uuid[8] = (u8)((o->machine.uuid[8] & 0x3f) | 0x80);
    while (s == STATUS_OK && !o->help && (c = cmd_getopt(argc, argv, options)) != -1)
        s = set_option(o, c, optarg);
    if (s == STATUS_OK && !o->help && optind < argc)
        s = usage_error("%s: not an option; a kernel is given with --kernel", argv[optind]);
    if (s == STATUS_OK && !o->help)
        s = check_together(o);
    if (s == STATUS_OK && !o->help && cpu_model_parse(o->cpu, &o->model))
        s = STATUS_USAGE;
    if (s == STATUS_OK && !o->help)
        s = run_ap_finish(o);
    return s;
}

void run_options_free(struct run_options *o)
{
    free(o->dump_path);
    o->dump_path = NULL;
}
