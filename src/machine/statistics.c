/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers of a machine: what the engine, the hypervisor and this room counted.
 */
#include "base/counters.h"
#include "hypervisor/counters.h"
#include "machine/report.h"

static const char *const exit_name[] = {
    [EXIT_NONE] = "asked to leave",
    [EXIT_INTERCEPT] = "instruction completed by the machine",
    [EXIT_STOPPED] = "stopped",
    [EXIT_RESET] = "reset or IPL parameters",
    [EXIT_TSCH] = "TSCH",
    [EXIT_STSI] = "STSI 3.2.2",
    [EXIT_DISABLED_WAIT] = "disabled wait",
    [EXIT_PROGRAM_LOOP] = "program loop",
    [EXIT_EXTERNAL_LOOP] = "external loop",
    [EXIT_DEBUG] = "debugger",
    [EXIT_INTERNAL_ERROR] = "internal error",
};

struct teller {
    void (*each)(void *arg, const char *group, const char *name, u64 value);
    void *arg;
};

static void say(const struct teller *t, const char *group, const char *name, u64 value)
{
    if (value)
        t->each(t->arg, group, name, value);
}

/* Sums over the CPUs; read while they run, so at most a moment old. */
static void engine(struct machine *m, const struct teller *t)
{
    u64 fills = 0, decodes = 0, host = 0;

    for (unsigned n = 0; n < m->config.max_cpus; n++) {
        const struct cpu *c = &m->cpu[n].v->cpu;

        fills += counter_read(&c->count_tlb_fill, 0);
        decodes += counter_read(&c->count_decode, 0);
        host += atomic_load(&m->cpu[n].host_ns);
    }
    say(t, "engine", "TLB fills", fills);
    say(t, "engine", "instructions decoded", decodes);
    say(t, "time", "CPU threads, host CPU ms", host / 1000000);
}

/* Sums over the CPUs. */
static void times(struct machine *m, const struct teller *t)
{
    static const char *const name[TIME_COUNT] = {
        [TIME_GUEST] = "in the guest us",
        [TIME_HYPERVISOR] = "in the hypervisor us",
        [TIME_MACHINE] = "in the machine us",
        [TIME_ASLEEP] = "asleep us",
    };
    u64 ns[TIME_COUNT], measured;

    if (!hv_times_read(&m->vm, ns, &measured))
        return;
    say(t, "time", "measured us", measured / 1000);
    for (unsigned i = 0; i < TIME_COUNT; i++)
        say(t, "time", name[i], ns[i] / 1000);
}

static void exits(struct machine *m, const struct teller *t)
{
    u64 unknown = 0;

    for (unsigned r = 0; r < ARRAY_SIZE(exit_name); r++) {
        u64 sum = 0;

        for (unsigned n = 0; n < m->config.max_cpus; n++)
            sum += counter_read(m->cpu[n].exits, r);
        say(t, "machine", exit_name[r], sum);
    }
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        unknown += counter_read(&m->cpu[n].unknown, 0);
    say(t, "machine", "unknown instruction", unknown);
    say(t, "machine", "reboots", atomic_load(&m->reboots));
    say(t, "machine", "SCLP commands", counter_read(&m->sclp.commands, 0));
}

static void ap(struct machine *m, const struct teller *t)
{
    struct ap_counters bus;
    struct ap_matrix_counters c;

    if (!m->ap.matrix)
        return;
    ap_bus_counters(m->ap.bus, &bus);
    ap_matrix_counters(m->ap.matrix, &c);
    say(t, "ap", "requests", bus.requests);
    say(t, "ap", "replies", bus.replies);
    say(t, "ap", "queue resets", bus.resets);
    say(t, "ap", "interruption control (AQIC)", c.aqic);
    say(t, "ap", "interruptions by GISA", c.by_gisa);
    say(t, "ap", "interruptions by GISA with an alert", c.by_alert);
    say(t, "ap", "interruptions, floating", c.by_floating);
    say(t, "ap", "frames pinned now", c.pins);
    say(t, "ap", "interruption subclasses registered now", c.registered);
}

u64 machine_elapsed(const struct machine *m)
{
    u64 start = atomic_load(&m->started_at), end = atomic_load(&m->ended_at);

    if (!start)
        return 0;
    return (end ? end : loop_now()) - start;
}

void machine_statistics(struct machine *m,
                        void (*each)(void *arg, const char *group, const char *name, u64 value),
                        void *arg)
{
    const struct teller t = {each, arg};

    say(&t, "time", "elapsed ms", machine_elapsed(m) / 1000000);
    times(m, &t);
    engine(m, &t);
    for (unsigned n = 0; n < CNT_COUNT; n++)
        say(&t, hv_counters[n].group, hv_counters[n].name, hv_counter_sum(&m->vm, n));
    exits(m, &t);
    ap(m, &t);
}
