/* SPDX-License-Identifier: Apache-2.0
 *
 * The debugger's session: what stops and what goes on, and the packets about that.
 *
 * Packets are answered only while the machine is stopped as a whole (all-stop).  A CPU that is not
 * to go on with the others is held by the machine.  Of several CPUs that hit something at once one
 * is reported; the others hit it again, or are reported when the debugger wants to go on.
 */
#include "vmm/gdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "vmm/gdb_session.h"
#include "vmm/run.h"

#define SIGNAL_INTERRUPT 2 /* as gdb numbers them */
#define SIGNAL_TRAP 5
#define SIGNAL_STOP 17

enum action { STAY, CONTINUE, STEP };

/* ---- stopped ---- */

/* A debugger that is told of a breakpoint where it has none takes it for one that it has just
 * removed, and goes on.  So none is told when the PSW is not at it but at the EXECUTE whose target
 * it is. */
static const char *reason_of(const struct gdb *g, const struct hv_exit *x, char *text, size_t size)
{
    bool here = x->debug_addr == x->psw_addr;

    text[0] = 0;
    if (x->debug == DEBUG_WATCHPOINT)
        snprintf(text, size, "watch:%llx;", (unsigned long long)x->debug_addr);
    else if (x->debug == DEBUG_BREAKPOINT && g->hwbreak && here)
        snprintf(text, size, "hwbreak:;");
    else if (x->debug == DEBUG_SOFTWARE && g->swbreak && here)
        snprintf(text, size, "swbreak:;");
    return text;
}

/* A software breakpoint of two bytes is a hardware one (gdb_mem.c): the debugger knows which it
 * asked for, and takes either reason for "a breakpoint". */
static void report_hit(struct gdb *g, unsigned n)
{
    char reason[40];

    g->cpu = n;
    snprintf(g->stop_reply, sizeof(g->stop_reply), "T%02xthread:%02x;%s", SIGNAL_TRAP, n + 1,
             reason_of(g, &g->hit[n], reason, sizeof(reason)));
    g->hit[n].reason = EXIT_NONE;
}

static void report_stop(struct gdb *g)
{
    unsigned n;

    for (n = 0; n < g->m->config.cpus; n++)
        if (g->hit[n].reason == EXIT_DEBUG)
            break;
    if (n < g->m->config.cpus)
        report_hit(g, n);
    else
        snprintf(g->stop_reply, sizeof(g->stop_reply), "T%02xthread:%02x;",
                 g->interrupted ? SIGNAL_INTERRUPT : SIGNAL_STOP, g->cpu + 1);
    g->interrupted = false;
    if (g->want_stop_reply)
        gdb_send(g, g->stop_reply);
    g->want_stop_reply = false;
}

static void clean_up(struct gdb *g)
{
    struct hv_exit x;

    hv_debug_disable(&g->m->vm);
    for (unsigned n = 0; n < g->m->config.cpus; n++) {
        (void)machine_take_debug(g->m, n, &x);
        g->hit[n].reason = EXIT_NONE;
        machine_hold_cpu(g->m, n, false);
    }
    g->state = GDB_NONE;
    machine_continue(g->m);
    gdb_listen(g);
}

static void stopped(struct gdb *g)
{
    struct hv_exit x;

    if (hv_debug_enable(&g->m->vm)) {
        log_error("--gdb: out of memory");
        gdb_disconnected(g);
        return;
    }
    for (unsigned n = 0; n < g->m->config.cpus; n++)
        if (machine_take_debug(g->m, n, &x))
            g->hit[n] = x;
    g->state = GDB_STOPPED;
    report_stop(g);
    gdb_serve(g);
}

void gdb_state_changed(struct gdb *g)
{
    if (machine_get_state(g->m) != MACHINE_STOPPED)
        return;
    if (g->state == GDB_LEAVING)
        clean_up(g);
    else if (g->state == GDB_STOPPING || g->state == GDB_RUNNING)
        stopped(g);
}

bool gdb_holds(const struct gdb *g)
{
    return g && (g->state == GDB_STOPPING || g->state == GDB_STOPPED);
}

/* The machine may be stopped already. */
static void stop(struct gdb *g)
{
    machine_pause(g->m);
    gdb_state_changed(g);
}

/* ---- coming and going ---- */

void gdb_connected(struct gdb *g)
{
    g->state = GDB_STOPPING;
    g->want_stop_reply = g->interrupted = g->hwbreak = g->swbreak = false;
    g->cpu = g->continue_cpu = 0;
    g->continue_all = true;
    stop(g);
}

void gdb_disconnected(struct gdb *g)
{
    enum gdb_state before = g->state;

    if (before == GDB_NONE || before == GDB_LEAVING)
        return;
    gdb_hang_up(g);
    if (before == GDB_STOPPED) {
        clean_up(g);
        return;
    }
    g->state = GDB_LEAVING;
    stop(g);
}

void gdb_interrupt(struct gdb *g)
{
    if (g->state != GDB_RUNNING)
        return;
    g->state = GDB_STOPPING;
    g->interrupted = true;
    stop(g);
}

void gdb_ended(struct gdb *g, enum status s)
{
    char text[8];
    bool by_guest = s == STATUS_OK || s == STATUS_GUEST_WAIT || s == STATUS_GUEST_LOOP;

    if (g->state == GDB_NONE || g->state == GDB_LEAVING)
        return;
    snprintf(text, sizeof(text), by_guest ? "W%02x" : "X09", (unsigned)s);
    if (g->want_stop_reply)
        gdb_send(g, text);
    gdb_flush(g);
}

/* ---- going on ---- */

/* A hit that nobody saw is forgotten if it comes again by itself; true: one does not. */
static bool hits_left(struct gdb *g)
{
    bool left = false;

    for (unsigned n = 0; n < g->m->config.cpus; n++) {
        struct hv_exit *x = &g->hit[n];

        if (x->reason != EXIT_DEBUG)
            continue;
        if (x->debug == DEBUG_WATCHPOINT || x->debug == DEBUG_DIAGNOSE) {
            left = true;
        } else {
            hv_debug_again(g->m->cpu[n].v);
            x->reason = EXIT_NONE;
        }
    }
    return left;
}

static void resume(struct gdb *g, const enum action *action)
{
    bool any = false;

    for (unsigned n = 0; n < g->m->config.cpus; n++)
        any = any || action[n] != STAY;
    if (!any) {
        gdb_send(g, "E22");
        return;
    }
    g->want_stop_reply = true;
    if (hits_left(g)) {
        report_stop(g);
        return;
    }
    for (unsigned n = 0; n < g->m->config.cpus; n++) {
        hv_debug_step(g->m->cpu[n].v, action[n] == STEP);
        machine_hold_cpu(g->m, n, action[n] == STAY);
    }
    g->state = GDB_RUNNING;
    machine_continue(g->m);
}

/* A thread id at *p: its CPU, or -1 for all (-1, and 0, which means any).  False: none. */
static bool parse_thread(struct gdb *g, const char **p, int *cpu)
{
    u64 id;

    *cpu = -1;
    if (strncmp(*p, "-1", 2) == 0) {
        *p += 2;
        return true;
    }
    if (!gdb_parse(p, &id) || id > g->m->config.cpus)
        return false;
    *cpu = (int)id - 1;
    return true;
}

/* One action of vCont: "c", "C05", "s:2" ...  For each CPU the first that names it counts. */
static bool parse_action(struct gdb *g, const char **p, enum action *action, bool *set)
{
    char what = *(*p)++;
    int cpu = -1;
    u64 sig;

    if ((what == 'C' || what == 'S') && !gdb_parse(p, &sig))
        return false;
    if (!what || !strchr("cCsSt", what) || (**p && !strchr(":;", **p)))
        return false;
    if (**p == ':' && (++*p, !parse_thread(g, p, &cpu)))
        return false;
    for (int n = 0; n < (int)g->m->config.cpus; n++) {
        if (set[n] || (cpu >= 0 && cpu != n))
            continue;
        set[n] = true;
        action[n] = what == 't' ? STAY : what == 's' || what == 'S' ? STEP : CONTINUE;
    }
    return !**p || **p == ';';
}

static void v_cont(struct gdb *g, const char *p)
{
    enum action action[VM_MAX_CPUS] = {STAY};
    bool set[VM_MAX_CPUS] = {false};

    while (*p == ';') {
        p++;
        if (!parse_action(g, &p, action, set)) {
            gdb_send(g, "E22");
            return;
        }
    }
    resume(g, action);
}

/* c, s, C, S, with an address to go on at. */
static void old_resume(struct gdb *g)
{
    const char *p = g->packet.data + 1;
    enum action action[VM_MAX_CPUS], all = g->continue_all ? CONTINUE : STAY;
    bool step = g->packet.data[0] == 's' || g->packet.data[0] == 'S';
    struct vcpu *v = g->m->cpu[g->continue_cpu].v;
    u64 sig, addr;

    if (g->packet.data[0] == 'C' || g->packet.data[0] == 'S') {
        if (!gdb_parse(&p, &sig) || (*p && *p++ != ';')) {
            gdb_send(g, "E22");
            return;
        }
    }
    if (*p) {
        if (!gdb_parse(&p, &addr) || *p) {
            gdb_send(g, "E22");
            return;
        }
        hv_set_psw(v, hv_psw_mask(v), addr);
    }
    for (unsigned n = 0; n < g->m->config.cpus; n++)
        action[n] = all;
    action[g->continue_cpu] = step ? STEP : CONTINUE;
    resume(g, action);
}

/* ---- queries ---- */

static void supported(struct gdb *g, const char *args)
{
    g->hwbreak = strstr(args, "hwbreak+");
    g->swbreak = strstr(args, "swbreak+");
    snprintf(g->reply, sizeof(g->reply),
             "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;"
             "hwbreak+",
             GDB_PACKET);
    gdb_send(g, g->reply);
}

static void thread_list(struct gdb *g)
{
    size_t len = 0;

    for (unsigned n = 0; n < g->m->config.cpus; n++)
        len +=
            (size_t)snprintf(g->reply + len, sizeof(g->reply) - len, "%c%x", n ? ',' : 'm', n + 1);
    gdb_send(g, g->reply);
}

static void thread_info(struct gdb *g, const char *p)
{
    char text[64];
    int cpu;

    if (!parse_thread(g, &p, &cpu) || *p || cpu < 0) {
        gdb_send(g, "E22");
        return;
    }
    snprintf(text, sizeof(text), "CPU %d (%s)", cpu, gdb_cpu_state(g->m->cpu[cpu].v));
    gdb_to_hex(text, strlen(text), g->reply);
    gdb_send(g, g->reply);
}

static void no_ack(struct gdb *g, const char *args)
{
    (void)args;
    gdb_send(g, "OK");
    g->acks = false;
}

static void current_thread(struct gdb *g, const char *args)
{
    (void)args;
    snprintf(g->reply, sizeof(g->reply), "QC%x", g->cpu + 1);
    gdb_send(g, g->reply);
}

static void first_threads(struct gdb *g, const char *args)
{
    (void)args;
    thread_list(g);
}

static void more_threads(struct gdb *g, const char *args)
{
    (void)args;
    gdb_send(g, "l");
}

static void attached(struct gdb *g, const char *args)
{
    (void)args;
    gdb_send(g, "1");
}

static void what_v_cont(struct gdb *g, const char *args)
{
    (void)args;
    gdb_send(g, "vCont;c;C;s;S;t");
}

static void kill_machine(struct gdb *g)
{
    g->killed = true;
    run_end(g->run, RUN_CONTROL);
}

static void v_kill(struct gdb *g, const char *args)
{
    (void)args;
    gdb_send(g, "OK");
    gdb_flush(g);
    kill_machine(g);
}

static const struct {
    const char *name; /* what the packet begins with */
    void (*answer)(struct gdb *g, const char *rest);
} named[] = {
    {"qSupported", supported},
    {"QStartNoAckMode", no_ack},
    {"qXfer:features:read:", gdb_features},
    {"qfThreadInfo", first_threads},
    {"qsThreadInfo", more_threads},
    {"qThreadExtraInfo,", thread_info},
    {"qAttached", attached},
    {"qC", current_thread},
    {"qRcmd,", gdb_monitor},
    {"vCont?", what_v_cont},
    {"vCont", v_cont},
    {"vKill", v_kill},
};

/* What is not known is answered with nothing: the debugger does without. */
static void named_packet(struct gdb *g)
{
    for (unsigned i = 0; i < ARRAY_SIZE(named); i++) {
        size_t n = strlen(named[i].name);

        if (strncmp(g->packet.data, named[i].name, n) == 0) {
            named[i].answer(g, g->packet.data + n);
            return;
        }
    }
    gdb_send(g, "");
}

/* ---- packets ---- */

static void select_thread(struct gdb *g)
{
    const char *p = g->packet.data + 2;
    char kind = g->packet.data[1];
    int cpu = -1;

    if (!kind || !strchr("gc", kind) || !parse_thread(g, &p, &cpu) || *p) {
        gdb_send(g, "E22");
        return;
    }
    if (kind == 'c') {
        g->continue_all = cpu < 0;
        g->continue_cpu = cpu < 0 ? g->cpu : (unsigned)cpu;
    } else if (cpu >= 0) {
        g->cpu = (unsigned)cpu;
    }
    gdb_send(g, "OK");
}

static void thread_alive(struct gdb *g)
{
    const char *p = g->packet.data + 1;
    int cpu;

    gdb_send(g, parse_thread(g, &p, &cpu) && !*p && cpu >= 0 ? "OK" : "E22");
}

static void detach(struct gdb *g)
{
    gdb_send(g, "OK");
    gdb_flush(g);
    gdb_disconnected(g);
}

static void last_stop(struct gdb *g)
{
    gdb_send(g, g->stop_reply);
}

static const struct {
    char letter;
    void (*answer)(struct gdb *g);
} lettered[] = {
    {'?', last_stop},          {'D', detach},
    {'H', select_thread},      {'T', thread_alive},
    {'g', gdb_read_registers}, {'G', gdb_write_registers},
    {'p', gdb_read_register},  {'P', gdb_write_register},
    {'m', gdb_read_memory},    {'M', gdb_write_memory},
    {'X', gdb_write_memory},   {'Z', gdb_point},
    {'z', gdb_point},          {'c', old_resume},
    {'s', old_resume},         {'C', old_resume},
    {'S', old_resume},         {'k', kill_machine},
};

void gdb_answer(struct gdb *g)
{
    if (g->killed)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(lettered); i++) {
        if (lettered[i].letter == g->packet.data[0] && g->packet.len) {
            lettered[i].answer(g);
            return;
        }
    }
    named_packet(g);
}
