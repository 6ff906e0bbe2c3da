/* SPDX-License-Identifier: Apache-2.0
 *
 * What the debugger's user asks with "monitor": help, and CPUs in more words than registers have.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/psw.h"
#include "cpu/disasm.h"
#include "vmm/gdb_session.h"

#define COMMAND_MAX 200

struct text {
    char at[GDB_PACKET / 2];
    size_t len;
};

static void PRINTF(2, 3) say(struct text *t, const char *fmt, ...)
{
    va_list args;
    int n;

    va_start(args, fmt);
    n = vsnprintf(t->at + t->len, sizeof(t->at) - t->len, fmt, args);
    va_end(args);
    if (n > 0)
        t->len = min64(t->len + (size_t)n, sizeof(t->at) - 1);
}

/* ---- CPUs ---- */

const char *gdb_cpu_state(const struct vcpu *v)
{
    u64 mask = hv_psw_mask(v);

    switch (vcpu_get_state(v)) {
    case VCPU_STOPPED:
        return "stopped";
    case VCPU_LOAD:
        return "load";
    case VCPU_CHECK_STOP:
        return "check-stop";
    case VCPU_OPERATING:
        break;
    }
    if (!(mask & PSW_MASK_WAIT))
        return mask & PSW_MASK_PSTATE ? "problem state" : "supervisor state";
    return mask & (PSW_MASK_IO | PSW_MASK_EXT | PSW_MASK_MCHECK) ? "wait" : "disabled wait";
}

static const char *amode(u64 mask)
{
    if (mask & PSW_MASK_EA)
        return mask & PSW_MASK_BA ? "64-bit" : "invalid";
    return mask & PSW_MASK_BA ? "31-bit" : "24-bit";
}

static void say_psw(struct text *t, struct vcpu *v)
{
    static const char *const space[] = {"primary", "access-register", "secondary", "home"};
    u64 mask = hv_psw_mask(v);

    say(t, "PSW %016llx %016llx: %s%s%s%s%s%s%s space, key %x, cc %u, program mask %x, %s mode\n",
        (unsigned long long)mask, (unsigned long long)hv_psw_addr(v),
        mask & PSW_MASK_PER ? "PER, " : "", mask & PSW_MASK_IO ? "I/O, " : "",
        mask & PSW_MASK_EXT ? "external, " : "", mask & PSW_MASK_MCHECK ? "machine check, " : "",
        mask & PSW_MASK_WAIT ? "wait, " : "",
        mask & PSW_MASK_PSTATE ? "problem state, " : "supervisor state, ",
        mask & PSW_MASK_DAT ? space[psw_as(mask)] : "real", psw_key(mask), psw_cc(mask),
        psw_pm(mask), amode(mask));
}

static void say_insn(struct text *t, struct vcpu *v)
{
    char insn[DISASM_MAX];
    u8 bytes[6] = {0};
    u64 addr = hv_psw_addr(v), n = hv_debug_read(v, addr, bytes, sizeof(bytes));

    if (!n) {
        say(t, "  no storage at the instruction address\n");
        return;
    }
    (void)disasm_text(disasm_load(bytes, n), addr, insn);
    say(t, "  %llx: %s\n", (unsigned long long)addr, insn);
}

static void info_cpu(struct gdb *g, struct text *t, unsigned n)
{
    struct vcpu *v = g->m->cpu[n].v;

    say(t, "CPU %u (thread %u): %s\n", n, n + 1, gdb_cpu_state(v));
    say_psw(t, v);
    say_insn(t, v);
    say(t,
        "  prefix %08x, last break %016llx, CPU timer %016llx, clock comparator %016llx\n"
        "  pending interruptions: local %016llx, floating %016llx\n",
        hv_prefix(v), (unsigned long long)be64_get(v->sd->gbea),
        (unsigned long long)be64_get(v->sd->cputm), (unsigned long long)be64_get(v->sd->ckc),
        (unsigned long long)atomic_load(&v->local.pending),
        (unsigned long long)atomic_load(&g->m->vm.floating.pending));
    for (unsigned i = 0; i < 16; i += 4)
        say(t, "  CR%-2u %016llx %016llx %016llx %016llx\n", i, (unsigned long long)hv_cr(v, i),
            (unsigned long long)hv_cr(v, i + 1), (unsigned long long)hv_cr(v, i + 2),
            (unsigned long long)hv_cr(v, i + 3));
}

/* ---- commands ---- */

static void help(struct gdb *g, struct text *t, const char *args)
{
    (void)g;
    (void)args;
    say(t, "monitor help      this text\n"
           "monitor cpus      a line for each CPU\n"
           "monitor info [N]  the selected CPU, or CPU N: PSW, instruction, prefix, timers,\n"
           "                  control registers, pending interruptions\n");
}

static void cpus(struct gdb *g, struct text *t, const char *args)
{
    (void)args;
    for (unsigned n = 0; n < g->m->config.cpus; n++) {
        const struct vcpu *v = g->m->cpu[n].v;

        say(t, "CPU %u (thread %u): %s, PSW %016llx %016llx\n", n, n + 1, gdb_cpu_state(v),
            (unsigned long long)hv_psw_mask(v), (unsigned long long)hv_psw_addr(v));
    }
}

static void info(struct gdb *g, struct text *t, const char *args)
{
    char *end;
    unsigned long n = strtoul(args, &end, 10);

    if (!*args)
        info_cpu(g, t, g->cpu);
    else if (*end || n >= g->m->config.cpus)
        say(t, "there is no CPU %s\n", args);
    else
        info_cpu(g, t, (unsigned)n);
}

static const struct {
    const char *name;
    void (*run)(struct gdb *g, struct text *t, const char *args);
} commands[] = {{"help", help}, {"cpus", cpus}, {"info", info}};

static void perform(struct gdb *g, struct text *t, const char *line)
{
    size_t n = strcspn(line, " ");

    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++) {
        if (strlen(commands[i].name) != n || strncmp(line, commands[i].name, n) != 0)
            continue;
        commands[i].run(g, t, line + n + strspn(line + n, " "));
        return;
    }
    say(t, "no such command; 'monitor help' lists them\n");
}

void gdb_monitor(struct gdb *g, const char *hex)
{
    char line[COMMAND_MAX + 1] = {0};
    size_t len = strlen(hex) / 2;
    struct text t = {.len = 0};

    if (len > COMMAND_MAX || strlen(hex) % 2 || !gdb_from_hex(hex, line, len)) {
        gdb_send(g, "E22");
        return;
    }
    t.at[0] = 0;
    perform(g, &t, line);
    gdb_to_hex(t.at, t.len, g->reply);
    gdb_send(g, g->reply);
}
