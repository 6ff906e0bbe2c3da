/* SPDX-License-Identifier: Apache-2.0
 *
 * A run without threads.  See fuzz_run.h.
 */
#include "fuzz_run.h"

static struct ipl_load kernel;

static void tell_clients(struct loop_post *p)
{
    struct run *r = container_of(p, struct run, changed);

    if (r->control)
        control_state_changed(r->control);
    if (r->gdb)
        gdb_state_changed(r->gdb);
}

static void state_changed(void *arg)
{
    struct run *r = arg;

    loop_post(r->loop, &r->changed);
}

void fuzz_run_create(struct run *r)
{
    const struct machine_events events = {state_changed, r};
    static char path[256];

    if (!*path)
        strcpy(path, fuzz_write_file("kernel", "\0\x08\0\0\x80\0\x20\0rest", 12));
    kernel.path = path;
    memset(r, 0, sizeof(*r));
    r->changed.run = tell_clients;
    r->o.console = "none";
    r->o.machine = (struct machine_config){
        .name = "fuzz",
        .memory = 0x100000,
        .cpus = 2,
        .ipl = {.load = &kernel, .nload = 1},
    };
    ASSERT(!cpu_model_parse("max", &r->o.model));
    r->o.machine.model = &r->o.model;
    ASSERT(!loop_create(&r->loop));
    ASSERT(!workers_create(&r->workers, r->loop, 1));
    ASSERT(!machine_create(&r->m, &r->o.machine, &events, r->loop));
}

void fuzz_run_destroy(struct run *r)
{
    gdb_close(r->gdb);
    control_close(r->control);
    machine_destroy(&r->m);
    workers_destroy(r->workers);
    loop_destroy(r->loop);
}

void fuzz_run_settle(struct run *r)
{
    for (unsigned i = 0; i < 4; i++)
        ASSERT(!loop_round(r->loop, 0));
}
