/* SPDX-License-Identifier: Apache-2.0
 *
 * Life of a machine: creation, the threads of its CPUs, stopping and continuing them, the end.
 *
 * Invariants
 *  - A CPU thread is in hv_run(), in the handling of its exit, in vcpu_sleep(), or parked.  Parked:
 *    it waits for m->changed and touches nothing.
 *  - Whoever wants CPUs parked sets pause, resetting or quit with the lock held and then calls
 *    vcpu_leave() for each: the threads look at the three before they go on.
 */
#include "machine/machine.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "channel/virtio_ccw.h"

/* What the guest's quiesce ends in: a disabled wait there is an orderly end. */
#define QUIESCED_ADDRESS 0xfffULL

const char *machine_state_name(enum machine_state s)
{
    static const char *const name[] = {
        [MACHINE_NEW] = "new",           [MACHINE_RUNNING] = "running",
        [MACHINE_STOPPING] = "stopping", [MACHINE_STOPPED] = "stopped",
        [MACHINE_ENDED] = "ended",
    };

    return name[s];
}

/* ---- what the hypervisor asks for ---- */

/* Lock held. */
static int start_thread(struct machine_cpu *c);

static s64 notify(void *arg, u32 schid, u64 queue, u64 cookie)
{
    struct machine *m = arg;

    return virtio_ccw_notify(m->css, schid, queue, cookie);
}

static void cpu_state_changed(void *arg, struct vcpu *v)
{
    struct machine *m = arg;

    if (trace_on(&m->vm.trace, TRACE_MACHINE))
        trace_line(&m->vm.trace, "machine cpu %u: state %d", v->id, (int)vcpu_get_state(v));
}

static int cpu_configured(void *arg, struct vcpu *v)
{
    struct machine *m = arg;
    struct machine_cpu *c = &m->cpu[v->id];
    int r = 0;

    pthread_mutex_lock(&m->lock);
    if (m->state != MACHINE_NEW && !m->quit && !c->started)
        r = start_thread(c);
    pthread_mutex_unlock(&m->lock);
    return r;
}

static const struct vmm_ops hypervisor_ops = {
    .virtio_notify = notify,
    .cpu_state_changed = cpu_state_changed,
    .cpu_configured = cpu_configured,
};
static const struct vmm_ops paging_ops = {
    .virtio_notify = notify,
    .cpu_state_changed = cpu_state_changed,
    .cpu_configured = cpu_configured,
    .page_in = paging_request,
};

/* ---- creation ---- */

static int create_vm(struct machine *m)
{
    const struct machine_config *c = &m->config;
    const struct vm_config vc = {
        .memory = c->memory,
        .lazy_memory = c->lazy_memory,
        .cpus = c->max_cpus,
        .topology = c->topology,
        .model = c->model,
        .options = {.diag8 = c->diag8, .diag288 = true, .user_stsi = true, .no_gisa = c->no_gisa,
                    .cmma = c->cmma},
    };
    int r = vm_create(&m->vm, &vc);

    if (r)
        return r;
    m->vm_exists = true;
    m->vm.ops = c->lazy_memory ? &paging_ops : &hypervisor_ops;
    m->vm.ops_arg = m;
    atomic_store(&m->vm.trace.on, c->trace);
    if (c->times)
        hv_times_start(&m->vm);
    for (unsigned n = 0; !r && n < c->max_cpus; n++) {
        m->cpu[n].m = m;
        r = vcpu_create(&m->vm, n, &m->cpu[n].v);
        if (!r && n >= c->cpus)
            r = vcpu_configure(m->cpu[n].v, false);
        if (!r)
            vcpu_set_standby(m->cpu[n].v, n < c->cpus + c->standby_cpus);
    }
    return r;
}

int machine_create(struct machine *m, const struct machine_config *config,
                   const struct machine_events *events, struct loop *loop)
{
    int r;

    memset(m, 0, sizeof(*m));
    m->config = *config;
    if (events)
        m->events = *events;
    m->loop = loop;
    m->end_cpu = -1;
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    sclp_create(&m->sclp, &m->vm, loop, config->line_console);
    watchdog_create(&m->watchdog, m);
    if (!m->config.max_cpus)
        m->config.max_cpus = config->cpus + config->standby_cpus;
    if (!config->cpus || config->cpus > m->config.max_cpus || m->config.max_cpus > VM_MAX_CPUS) {
        log_error("%u CPUs of %u: a guest has 1 to %u", config->cpus, m->config.max_cpus,
                  VM_MAX_CPUS);
        m->config.max_cpus = 0;
        r = -EINVAL;
    } else {
        r = ipl_open(&m->ipl, &m->config.ipl, config->memory);
    }
    if (!r)
        r = create_vm(m);
    if (!r && config->lazy_memory)
        r = paging_create(m);
    if (!r)
        r = css_create(&m->vm, loop, &m->css);
    if (!r)
        r = machine_ap_create(m);
    if (r)
        machine_destroy(m);
    return r;
}

void machine_destroy(struct machine *m)
{
    for (unsigned n = 0; n < VM_MAX_CPUS; n++)
        ASSERT(!m->cpu[n].started);
    machine_ap_destroy(m);
    if (m->css)
        css_destroy(m->css);
    watchdog_destroy(&m->watchdog);
    sclp_destroy(&m->sclp);
    paging_destroy(m);
    if (m->vm_exists)
        vm_destroy(&m->vm);
    ipl_close(&m->ipl);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    memset(m, 0, sizeof(*m));
}

/* ---- states ---- */

static void tell(struct machine *m)
{
    if (m->events.state_changed)
        m->events.state_changed(m->events.arg);
}

enum machine_state machine_get_state(struct machine *m)
{
    enum machine_state s;

    pthread_mutex_lock(&m->lock);
    s = m->state;
    pthread_mutex_unlock(&m->lock);
    return s;
}

/* Lock held. */
static void leave_all(struct machine *m, const struct machine_cpu *except)
{
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        if (m->cpu[n].started && &m->cpu[n] != except)
            vcpu_leave(m->cpu[n].v);
}

/* Lock held: are all threads parked. */
static bool all_parked(const struct machine *m, const struct machine_cpu *except)
{
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        if (m->cpu[n].started && !m->cpu[n].parked && &m->cpu[n] != except)
            return false;
    return true;
}

/* Lock held. */
static void pause_locked(struct machine *m)
{
    if (m->state == MACHINE_NEW)
        m->config.stopped = true;
    if (m->state != MACHINE_RUNNING)
        return;
    m->pause = true;
    m->state = MACHINE_STOPPING;
    leave_all(m, NULL);
    pthread_cond_broadcast(&m->changed); /* CPUs that are held need not leave */
}

void machine_pause(struct machine *m)
{
    pthread_mutex_lock(&m->lock);
    pause_locked(m);
    pthread_mutex_unlock(&m->lock);
}

void machine_continue(struct machine *m)
{
    bool changed;

    pthread_mutex_lock(&m->lock);
    if (m->state == MACHINE_NEW)
        m->config.stopped = false;
    changed = m->state == MACHINE_STOPPING || m->state == MACHINE_STOPPED;
    if (changed) {
        m->pause = false;
        m->state = MACHINE_RUNNING;
        pthread_cond_broadcast(&m->changed);
    }
    pthread_mutex_unlock(&m->lock);
    if (changed)
        tell(m);
}

/* ---- the debugger ---- */

void machine_hold_cpu(struct machine *m, unsigned n, bool hold)
{
    pthread_mutex_lock(&m->lock);
    m->cpu[n].held = hold;
    pthread_mutex_unlock(&m->lock);
}

void machine_debug(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    pthread_mutex_lock(&m->lock);
    c->debug = *x;
    c->debug_hit = true;
    pause_locked(m);
    pthread_mutex_unlock(&m->lock);
}

bool machine_take_debug(struct machine *m, unsigned n, struct hv_exit *x)
{
    struct machine_cpu *c = &m->cpu[n];
    bool hit;

    pthread_mutex_lock(&m->lock);
    hit = c->debug_hit;
    *x = c->debug;
    c->debug_hit = false;
    pthread_mutex_unlock(&m->lock);
    return hit;
}

bool machine_quiesce(struct machine *m)
{
    return sclp_signal_quiesce(&m->sclp);
}

int machine_configure_cpu(struct machine *m, unsigned id, enum cpu_configuration c)
{
    struct vcpu *v = vm_cpu(&m->vm, id);
    int r = v ? vcpu_configure(v, c == CPU_CONFIGURED) : -ENOENT;

    if (r && r != -EALREADY)
        return r;
    vcpu_set_standby(v, c == CPU_STANDBY);
    sclp_signal_cpu_change(&m->sclp);
    return 0;
}

/* The one that a restart begins with, and an operator's interruption goes to. */
static struct vcpu *first_configured(struct machine *m)
{
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        if (vm_cpu_configured(&m->vm, n))
            return m->cpu[n].v;
    return m->cpu[0].v;
}

void machine_nmi(struct machine *m)
{
    (void)hv_inject_restart(first_configured(m));
}

/* All CPUs are asked to leave the guest, for the first one may be another by then. */
void machine_request_restart(struct machine *m)
{
    atomic_store(&m->restart, true);
    pthread_mutex_lock(&m->lock);
    leave_all(m, NULL);
    pthread_mutex_unlock(&m->lock);
}

static bool takes_restart(struct machine_cpu *c)
{
    struct machine *m = c->m;

    return atomic_load(&m->restart) && c->v == first_configured(m) &&
           atomic_exchange(&m->restart, false);
}

void machine_quit(struct machine *m)
{
    machine_end_run(m, END_REQUESTED, 0, NULL, NULL);
}

void machine_end_run(struct machine *m, enum machine_end end, int error,
                     const struct machine_cpu *c, const struct hv_exit *x)
{
    pthread_mutex_lock(&m->lock);
    if (m->end == END_NONE) {
        m->end = end;
        m->end_error = error;
        m->end_cpu = c ? (int)c->v->id : -1;
        if (x)
            m->end_exit = *x;
        m->quit = true;
        leave_all(m, NULL);
        pthread_cond_broadcast(&m->changed);
    }
    pthread_mutex_unlock(&m->lock);
}

/* ---- CPUs that hold each other ---- */

bool machine_hold_others(struct machine *m, struct machine_cpu *c)
{
    pthread_mutex_lock(&m->lock);
    if (m->resetting || m->quit) {
        pthread_mutex_unlock(&m->lock);
        return false;
    }
    m->resetting = true;
    leave_all(m, c);
    while (!all_parked(m, c))
        pthread_cond_wait(&m->changed, &m->lock);
    pthread_mutex_unlock(&m->lock);
    return true;
}

void machine_release_others(struct machine *m)
{
    pthread_mutex_lock(&m->lock);
    m->resetting = false;
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        m->cpu[n].asleep = m->cpu[n].disabled_wait = false;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

/* Lock held.  A CPU that sleeps may have been given something by one that slept after it. */
static bool will_wake(const struct machine_cpu *c)
{
    enum vcpu_state s = vcpu_get_state(c->v);
    u64 pending = atomic_load(&c->v->local.pending);

    if (!c->started)
        return false;
    if (!c->asleep)
        return true;
    if (c->disabled_wait)
        return pending & (IRQ_BIT(IRQ_RESTART) | IRQ_BIT(IRQ_STOP));
    return s == VCPU_OPERATING || s == VCPU_LOAD;
}

void machine_cpu_asleep(struct machine *m, struct machine_cpu *c, bool disabled_wait)
{
    enum machine_end end = END_POWER_OFF;
    const struct machine_cpu *by = c;
    bool over = true;

    pthread_mutex_lock(&m->lock);
    c->asleep = true;
    c->disabled_wait = disabled_wait;
    for (unsigned n = 0; n < m->config.max_cpus; n++) {
        const struct machine_cpu *o = &m->cpu[n];

        over = over && !will_wake(o);
        if (o->disabled_wait && hv_psw_addr(o->v) != QUIESCED_ADDRESS) {
            end = END_DISABLED_WAIT;
            by = o;
        }
    }
    pthread_mutex_unlock(&m->lock);
    if (over)
        machine_end_run(m, end, 0, by, NULL);
}

/* ---- threads ---- */

/* Before each entry: parks while somebody wants that.  False: the thread has to end. */
static bool may_run(struct machine_cpu *c)
{
    struct machine *m = c->m;
    bool go;

    pthread_mutex_lock(&m->lock);
    while (!m->quit && (m->pause || m->resetting || c->held)) {
        times_to(&m->vm.clocks, &c->v->times, TIME_ASLEEP);
        c->parked = true;
        pthread_cond_broadcast(&m->changed);
        if (m->state == MACHINE_STOPPING && all_parked(m, NULL)) {
            m->state = MACHINE_STOPPED;
            pthread_mutex_unlock(&m->lock);
            tell(m);
            pthread_mutex_lock(&m->lock);
        } else {
            pthread_cond_wait(&m->changed, &m->lock);
        }
    }
    if (m->quit) {
        c->parked = true;
        pthread_cond_broadcast(&m->changed);
    }
    go = !m->quit;
    if (go && c->parked) {
        c->parked = false;
        vcpu_stay(c->v);
    }
    pthread_mutex_unlock(&m->lock);
    return go;
}

static void *cpu_thread(void *arg)
{
    struct machine_cpu *c = arg;
    char name[16];
    struct timespec t;

    snprintf(name, sizeof(name), "cpu%u", c->v->id);
    pthread_setname_np(pthread_self(), name);
    while (may_run(c)) {
        if (takes_restart(c))
            machine_restart(c->m, c);
        else
            machine_run_cpu(c);
    }
    times_end(&c->v->times);
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t) == 0)
        atomic_store(&c->host_ns, (u64)t.tv_sec * 1000000000U + (u64)t.tv_nsec);
    return NULL;
}

/* Signals are for the owner's threads, except faults, which belong to who causes them. */
static int start_thread(struct machine_cpu *c)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    sigset_t all, old;
    int r;

    sigfillset(&all);
    for (unsigned i = 0; i < ARRAY_SIZE(faults); i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    r = pthread_create(&c->thread, NULL, cpu_thread, c);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    c->started = r == 0;
    if (r)
        log_error("CPU %u: cannot start a thread: %s", c->v->id, strerror(r));
    return -r;
}

int machine_start(struct machine *m)
{
    int r = machine_first_ipl(m);

    if (r)
        return r;
    pthread_mutex_lock(&m->lock);
    m->pause = m->config.stopped;
    m->state = m->pause ? MACHINE_STOPPING : MACHINE_RUNNING;
    atomic_store(&m->started_at, loop_now());
    for (unsigned n = 0; !r && n < m->config.cpus; n++)
        r = start_thread(&m->cpu[n]);
    pthread_mutex_unlock(&m->lock);
    if (r) {
        machine_end_run(m, END_INTERNAL, r, NULL, NULL);
        (void)machine_wait(m);
    }
    return r;
}

enum machine_end machine_wait(struct machine *m)
{
    pthread_mutex_lock(&m->lock);
    while (m->end == END_NONE)
        pthread_cond_wait(&m->changed, &m->lock);
    pthread_mutex_unlock(&m->lock);
    for (unsigned n = 0; n < m->config.max_cpus; n++) {
        if (m->cpu[n].started)
            pthread_join(m->cpu[n].thread, NULL);
        m->cpu[n].started = false;
    }
    atomic_store(&m->ended_at, loop_now());
    css_flush(m->css);
    paging_flush(m);
    sclp_flush(&m->sclp);
    pthread_mutex_lock(&m->lock);
    m->state = MACHINE_ENDED;
    pthread_mutex_unlock(&m->lock);
    tell(m);
    return m->end;
}
