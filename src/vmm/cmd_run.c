/* SPDX-License-Identifier: Apache-2.0
 *
 * sie390 run: puts loop, machine, devices, terminal and control socket together, and takes them
 * apart again.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "machine/report.h"
#include "vmm/cmd.h"
#include "vmm/run.h"
#include "vmm/screen.h"

#define DISK_THREADS 4

void run_end(struct run *r, enum run_end why)
{
    int guest = RUN_GUEST;

    atomic_compare_exchange_strong(&r->ended_by, &guest, (int)why);
    machine_quit(&r->m);
}

void run_quiesce(struct run *r)
{
    if (machine_quiesce(&r->m))
        log_info("asked the guest to shut down");
    else
        log_warning("the guest does not listen to the request to shut down (yet); "
                    "a second SIGTERM, or Ctrl-A X, ends it at once");
}

/* ---- events ---- */

static void timed_out(struct loop_timer *t)
{
    run_end(container_of(t, struct run, timeout), RUN_TIMEOUT);
}

/* What was counted so far, into the table. */
static void count(struct run *r)
{
    table_begin(&r->table, machine_elapsed(&r->m));
    machine_statistics(&r->m, table_add, &r->table);
}

static void draw(struct loop_timer *t)
{
    struct run *r = container_of(t, struct run, live);

    count(r);
    (void)screen_draw(&r->table, stderr);
    loop_timer_set(r->loop, t, loop_now() + (u64)(r->o.live * 1e9), draw);
}

static void tell_clients(struct loop_post *p)
{
    struct run *r = container_of(p, struct run, changed);

    if (r->control)
        control_state_changed(r->control);
    if (r->gdb)
        gdb_state_changed(r->gdb);
}

/* Any thread. */
static void state_changed(void *arg)
{
    struct run *r = arg;

    loop_post(r->loop, &r->changed);
}

/* ---- set-up ---- */

static enum status create_machine(struct run *r)
{
    const struct machine_events events = {state_changed, r};
    int e = machine_create(&r->m, &r->o.machine, &events, r->loop);

    return e ? status_of_error(e, e == -E2BIG ? STATUS_USAGE : STATUS_FILE) : STATUS_OK;
}

static enum status create_loop(struct run *r)
{
    int e = loop_create(&r->loop);

    if (!e)
        e = workers_create(&r->workers, r->loop, DISK_THREADS);
    if (!e)
        e = terminal_open(&r->terminal, r);
    if (e)
        log_error("the event loop cannot be set up: %s", strerror(-e));
    return e ? STATUS_HOST : STATUS_OK;
}

static void destroy_loop(struct run *r)
{
    terminal_close(&r->terminal);
    if (r->workers)
        workers_destroy(r->workers);
    if (r->loop)
        loop_destroy(r->loop);
}

/* ---- the end ---- */

static enum status status_of_end(const struct run *r)
{
    switch (r->m.end) {
    case END_NONE:
    case END_POWER_OFF:
        return STATUS_OK;
    case END_DISABLED_WAIT:
        return STATUS_GUEST_WAIT;
    case END_PROGRAM_LOOP:
    case END_EXTERNAL_LOOP:
        return STATUS_GUEST_LOOP;
    case END_INTERNAL:
        return STATUS_INTERNAL;
    case END_RELOAD_FAILED:
        return STATUS_FILE;
    case END_REQUESTED:
        break;
    }
    return atomic_load(&r->ended_by) == RUN_TIMEOUT ? STATUS_TIMEOUT : STATUS_ENDED;
}

static void report_request(const struct run *r)
{
    char where[80];

    if (r->m.end != END_REQUESTED || atomic_load(&r->ended_by) != RUN_TIMEOUT)
        return;
    machine_describe_cpu(&r->m, 0, where, sizeof(where));
    log_error("--timeout: the guest was still running after %g seconds; its CPU 0 stood at %s",
              r->o.timeout, where);
}

/* Rates are those of the whole run. */
static void print_statistics(struct run *r)
{
    table_free(&r->table);
    count(r);
    table_print(&r->table, stderr, 0);
    table_free(&r->table);
}

static enum status report(struct run *r)
{
    enum status s = status_of_end(r);

    machine_report_end(&r->m);
    report_request(r);
    if (r->o.dump_path && (s == STATUS_GUEST_WAIT || s == STATUS_GUEST_LOOP))
        (void)!machine_dump(&r->m, r->o.dump_path, r->o.range, r->o.nranges);
    if (r->control)
        control_ended(r->control, r, s);
    if (r->o.statistics)
        print_statistics(r);
    return s;
}

/* ---- the run ---- */

static void tell_debugger(void *arg)
{
    struct run *r = arg;

    gdb_ended(r->gdb, status_of_end(r));
}

static enum status run_machine(struct run *r)
{
    int e;

    /* Before the thread runs: timers belong to it. */
    if (r->o.timeout > 0)
        loop_timer_set(r->loop, &r->timeout, loop_now() + (u64)(r->o.timeout * 1e9), timed_out);
    if (r->o.live > 0)
        loop_timer_set(r->loop, &r->live, loop_now() + (u64)(r->o.live * 1e9), draw);
    e = loop_start_thread(r->loop);
    if (e) {
        log_error("the I/O thread cannot be started: %s", strerror(-e));
        return STATUS_HOST;
    }
    e = machine_start(&r->m);
    if (!e)
        (void)machine_wait(&r->m);
    if (!e && r->gdb)
        loop_call(r->loop, tell_debugger, r);
    loop_stop_thread(r->loop);
    terminal_release(&r->terminal);
    return e ? status_of_error(e, STATUS_FILE) : report(r);
}

static enum status run_with_loop(struct run *r)
{
    enum status s = create_machine(r);

    if (s != STATUS_OK)
        return s;
    s = run_attach_devices(r);
    if (s == STATUS_OK && r->o.control && control_open(r, r->o.control, &r->control))
        s = STATUS_HOST;
    if (s == STATUS_OK && r->o.gdb && gdb_open(r, r->o.gdb, &r->gdb))
        s = STATUS_HOST;
    if (s == STATUS_OK)
        s = run_machine(r);
    terminal_release(&r->terminal);
    gdb_close(r->gdb);
    control_close(r->control);
    machine_destroy(&r->m);
    return s;
}

enum status cmd_run(int argc, char **argv)
{
    struct run *r = calloc(1, sizeof(*r));
    enum status s;

    if (!r)
        return STATUS_HOST;
    r->changed.run = tell_clients;
    s = run_options_parse(&r->o, argc, argv);
    if (s == STATUS_OK && r->o.help) {
        run_options_help();
    } else if (s == STATUS_OK) {
        s = create_loop(r);
        if (s == STATUS_OK)
            s = run_with_loop(r);
        destroy_loop(r);
    }
    run_options_free(&r->o);
    free(r);
    return s;
}
