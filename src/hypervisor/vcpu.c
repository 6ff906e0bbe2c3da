/* SPDX-License-Identifier: Apache-2.0
 *
 * A virtual CPU: its state description with the values that KVM for s390 uses, its states, resets,
 * and hv_run().
 *
 * References: [PoP 4 Resets]; IBM CP control blocks SIEBK.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "arch/cr.h"
#include "base/host_cpu.h"
#include "base/log.h"
#include "base/probe.h"
#include "cpu/request.h"
#include "cpu/sca.h"
#include "cpu/timer.h"
#include "hypervisor/hv.h"
#include "sie/sie.h"

/* ---- state description ---- */

static u32 initial_cpuflags(const struct vcpu *v)
{
    u32 flags = SD_CPUFLAG_ZARCH | SD_CPUFLAG_SM | SD_CPUFLAG_STOPPED;

    if (!hv_facility(v, 169)) /* without keys there is nothing to switch to */
        flags |= SD_CPUFLAG_KSS;
    if (hv_facility(v, 78))
        return flags | SD_CPUFLAG_GED2;
    return hv_facility(v, 8) ? flags | SD_CPUFLAG_GED : flags;
}

static u8 initial_ecb(const struct vcpu *v)
{
    u8 ecb = SD_ECB_HOSTPROTINT | SD_ECB_SPECI;

    if (hv_facility(v, 9))
        ecb |= SD_ECB_SRSI;
    if (hv_facility(v, 11))
        ecb |= SD_ECB_PTF;
    if (hv_facility(v, 73))
        ecb |= SD_ECB_TE;
    return ecb;
}

static void describe(struct vcpu *v)
{
    struct vm *vm = v->vm;
    struct sd *sd = v->sd;
    u32 eca = SD_ECA_MVPGI | SD_ECA_PROTEXCI | SD_ECA_SII | SD_ECA_SIGPI;

    sd->cpuflags = be32_of(initial_cpuflags(v));
    sd->icpua = be16_of((u16)v->id);
    sd->ictl = be32_of(SD_ICTL_OPEREXC);
    sd->ecb = initial_ecb(v);
    sd->ecb2 = SD_ECB2_ESCA;
    if (hv_facility(v, 130))
        sd->ecb2 |= SD_ECB2_IEP;
    if (hv_facility(v, 8))
        sd->ecb2 |= SD_ECB2_PFMFI;
    if (atomic_load(&vm->uses_gisa)) {
        eca |= SD_ECA_AIV;
        sd->gd = be32_of((u32)(uintptr_t)vm->gisa | SD_GD_FORMAT1);
    }
    if (hv_facility(v, 139))
        sd->ecd = be32_of(SD_ECD_MEF);
    if (vm->options.user_controlled)
        sd->ecb &= (u8)~SD_ECB_SPECI;
    sd->eca = be32_of(eca);
    sd->crycbd = be32_of((u32)(uintptr_t)vm->crycb | SD_CRYCBD_FORMAT2);
    hv_describe_ap(v);
    sd->hpid = SD_HPID_KVM;
    sd->fac = be32_of((u32)(uintptr_t)vm->facility_list);
    sd_set_scao(sd, (u64)(uintptr_t)vm->sca);
    sd->msl = be64_of((vm->mem.size - 1) & SD_MSO_MASK);
    sd->prefix_ibc = be32_of(vm->model.blocking);
}

/* Into the SCA's mask of CPUs, or out of it. */
static void set_in_sca(struct vcpu *v, bool on)
{
    be64 *word = &v->vm->sca->mcn[v->id / 64];
    u64 bit = be64_of(BIT64(v->id % 64)).raw;

    if (on)
        __atomic_fetch_or(&word->raw, bit, __ATOMIC_SEQ_CST);
    else
        __atomic_fetch_and(&word->raw, ~bit, __ATOMIC_SEQ_CST);
}

static void enter_in_sca(struct vcpu *v)
{
    v->vm->sca->cpu[v->id].sda = be64_of((u64)(uintptr_t)v->sd);
    set_in_sca(v, true);
}

/* ---- life ---- */

static void init_locks(struct vcpu *v)
{
    pthread_condattr_t attr;

    pthread_mutex_init(&v->local.lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&v->wake, &attr);
    pthread_condattr_destroy(&attr);
}

static void destroy(struct vcpu *v)
{
    cpu_destroy(&v->cpu);
    pthread_cond_destroy(&v->wake);
    pthread_mutex_destroy(&v->local.lock);
    counters_free(v->counters);
    free(v->sd_page);
    free(v->cbrl);
    free(v);
}

static struct vcpu *make(struct vm *vm, unsigned id)
{
    struct vcpu *v = aligned_alloc(64, round_up64(sizeof(*v), 64));

    if (!v)
        return NULL;
    memset(v, 0, sizeof(*v));
    v->vm = vm;
    v->id = id;
    atomic_store(&v->parked, true);
    atomic_store(&v->entitlement, ENTITLEMENT_MEDIUM);
    init_locks(v);
    v->sd_page = aligned_alloc(4096, 4096);
    v->counters = counters_new(CNT_COUNT);
    if (!v->sd_page || !v->counters || cpu_init(&v->cpu, &vm->mem, &vm->view)) {
        destroy(v);
        return NULL;
    }
    memset(v->sd_page, 0, 4096);
    v->sd = v->sd_page;
    v->cpu.sd = v->sd;
    sd_set_owner(v->sd, &v->cpu);
    v->cpu.facilities = vm->model.facilities;
    v->cpu.cpuid = vm->model.cpuid;
    describe(v);
    vcpu_reset(v, CPU_RESET_CLEAR);
    return v;
}

int vcpu_create(struct vm *vm, unsigned id, struct vcpu **out)
{
    struct vcpu *v;
    int r = 0;

    pthread_mutex_lock(&vm->lock);
    if (id >= vm->max_cpus || vm->vcpu[id]) {
        log_error("CPU %u: %s", id, id >= vm->max_cpus ? "address too high" : "exists already");
        r = -EINVAL;
    } else {
        v = make(vm, id);
        if (v) {
            enter_in_sca(v);
            __atomic_store_n(&vm->vcpu[id], v, __ATOMIC_RELEASE);
            atomic_store(&v->configured, true);
            atomic_fetch_add(&vm->nconfigured, 1);
            *out = v;
        } else {
            log_error("CPU %u: %s", id, strerror(ENOMEM));
            r = -ENOMEM;
        }
    }
    pthread_mutex_unlock(&vm->lock);
    return r;
}

void hv_destroy_vcpu(struct vcpu *v)
{
    v->vm->vcpu[v->id] = NULL;
    destroy(v);
}

/* ---- configuration ---- */

/* Where what it has been doing cannot touch its registers any more: it was stopped before it became
 * a standby CPU, so this is a matter of moments. */
static void wait_until_parked(const struct vcpu *v)
{
    while (!atomic_load(&v->parked))
        sched_yield();
}

static void set_configured(struct vcpu *v, bool on)
{
    pthread_mutex_lock(&v->local.lock);
    atomic_store(&v->configured, on);
    atomic_store(&v->standby, !on);
    pthread_mutex_unlock(&v->local.lock);
    set_in_sca(v, on);
    atomic_fetch_add(&v->vm->nconfigured, on ? 1U : -1U);
    hv_topology_changed(v->vm);
}

/* vm->lock held. */
static int configure(struct vcpu *v)
{
    const struct vmm_ops *ops = v->vm->ops;
    int r = 0;

    wait_until_parked(v);
    vcpu_reset(v, CPU_RESET_CLEAR);
    if (ops && ops->cpu_configured)
        r = ops->cpu_configured(v->vm->ops_arg, v);
    if (!r)
        set_configured(v, true);
    return r;
}

/* vm->lock held.  Who starts it looks at `configured` with local.lock held, too. */
static int deconfigure(struct vcpu *v)
{
    bool stopped;

    pthread_mutex_lock(&v->local.lock);
    stopped = vcpu_get_state(v) == VCPU_STOPPED;
    if (stopped)
        atomic_store(&v->configured, false);
    pthread_mutex_unlock(&v->local.lock);
    if (!stopped)
        return -EBUSY;
    set_configured(v, false);
    return 0;
}

int vcpu_configure(struct vcpu *v, bool on)
{
    int r = -EALREADY;

    pthread_mutex_lock(&v->vm->lock);
    if (atomic_load(&v->configured) != on)
        r = on ? configure(v) : deconfigure(v);
    pthread_mutex_unlock(&v->vm->lock);
    return r;
}

void vcpu_set_standby(struct vcpu *v, bool on)
{
    pthread_mutex_lock(&v->vm->lock);
    atomic_store(&v->standby, on && !atomic_load(&v->configured));
    pthread_mutex_unlock(&v->vm->lock);
}

unsigned vm_count_standby(const struct vm *vm)
{
    unsigned n = 0;

    for (unsigned i = 0; i < vm->max_cpus; i++)
        n += vm->vcpu[i] && atomic_load(&vm->vcpu[i]->standby);
    return n;
}

/* ---- states ---- */

enum vcpu_state vcpu_get_state(const struct vcpu *v)
{
    return (enum vcpu_state)atomic_load(&v->state);
}

void hv_set_state_locked(struct vcpu *v, enum vcpu_state s)
{
    atomic_store(&v->state, s);
    if (s == VCPU_OPERATING)
        cpu_set_add(&v->vm->operating_cpus, v->id);
    else
        cpu_set_remove(&v->vm->operating_cpus, v->id);
    if (s == VCPU_STOPPED) {
        atomic_fetch_and(&v->local.pending, ~IRQ_BIT(IRQ_STOP));
        v->local.stop_store_status = false;
        sd_set_flags(v->sd, SD_CPUFLAG_STOPPED);
        sd_clear_flags(v->sd, SD_CPUFLAG_STOP_INT);
    } else {
        sd_clear_flags(v->sd, SD_CPUFLAG_STOPPED);
    }
    hv_wake(v);
    cpu_kick(&v->cpu, REQ_HOST);
}

void vcpu_set_state(struct vcpu *v, enum vcpu_state s)
{
    pthread_mutex_lock(&v->local.lock);
    hv_set_state_locked(v, s);
    pthread_mutex_unlock(&v->local.lock);
}

void vcpu_leave(struct vcpu *v)
{
    atomic_store(&v->leave, true);
    pthread_mutex_lock(&v->local.lock);
    hv_wake(v);
    pthread_mutex_unlock(&v->local.lock);
    cpu_kick(&v->cpu, REQ_HOST);
    pthread_mutex_lock(&v->vm->pause_lock); /* it may wait for another CPU to come to rest */
    pthread_cond_broadcast(&v->vm->pause_cond);
    pthread_mutex_unlock(&v->vm->pause_lock);
}

void vcpu_stay(struct vcpu *v)
{
    atomic_store(&v->leave, false);
}

void vcpu_kick(struct vcpu *v)
{
    pthread_mutex_lock(&v->local.lock);
    hv_wake(v);
    pthread_mutex_unlock(&v->local.lock);
    cpu_kick(&v->cpu, REQ_KICK);
}

/* ---- resets ---- */

static void reset_initial(struct vcpu *v)
{
    struct sd *sd = v->sd;

    hv_set_psw(v, 0, 0);
    hv_set_prefix(v, 0);
    sd->cputm = be64_of(0);
    v->cpu.timers.cpu_timer = -1; /* not that: the state description's counts from here on */
    sd->ckc = be64_of(0);
    sd->todpr = be32_of(0);
    sd_set_pp(sd, 0);
    sd->gbea = be64_of(1);
    sd->fpf &= (u8)~SD_FPF_BPBC;
    for (unsigned i = 0; i < 16; i++)
        hv_set_cr(v, i, i == 0 ? CR0_INITIAL : i == 14 ? CR14_INITIAL : 0);
}

void vcpu_reset(struct vcpu *v, enum cpu_reset kind)
{
    struct sd *sd = v->sd;

    pthread_mutex_lock(&v->local.lock);
    v->resets++;
    hv_clear_local(v);
    hv_pfault_reset(v);
    sd_clear_flags(sd, SD_CPUFLAG_INTERVENTION);
    sca_clear_external_call(sd, v->id);
    sd->lctl = be16_of(0);
    sd->ictl = be32_of(be32_get(sd->ictl) & ~SD_ICTL_LPSW);
    sd->ihcpu = be16_of(SD_IHCPU_PURGE);
    cpu_reset(&v->cpu, kind);
    if (kind != CPU_RESET_NORMAL)
        reset_initial(v);
    if (!v->vm->options.user_cpu_states)
        hv_set_state_locked(v, VCPU_STOPPED);
    pthread_mutex_unlock(&v->local.lock);
    hv_forget_pages(v);
}

/* ---- run ---- */

/* What the state description gets from elsewhere before each entry. */
static void complete_sd(struct vcpu *v)
{
    struct sd *sd = v->sd;

    sd->gg14 = be64_of(v->cpu.gr[14]);
    sd->gg15 = be64_of(v->cpu.gr[15]);
    sd->epoch = be64_of(atomic_load_explicit(&v->vm->tod_epoch, memory_order_relaxed));
    sd->epdx = atomic_load_explicit(&v->vm->tod_epdx, memory_order_relaxed);
}

enum hv_outcome hv_exit_stopped(struct vcpu *v)
{
    v->sd->ihcpu = be16_of(SD_IHCPU_PURGE);
    return hv_exit(v, EXIT_STOPPED);
}

static void interpret(struct vcpu *v)
{
    bool debugged = hv_debugged(v);

    if (debugged)
        hv_debug_enter(v);
    sie_run(&v->cpu);
    if (debugged)
        hv_debug_leave(v);
}

static enum hv_outcome turn(struct vcpu *v)
{
    int r;

    hv_pause_point(v);
    if (hv_debugged(v)) {
        enum hv_outcome o = hv_debug_report(v);

        if (o != HV_RESUME)
            return o;
    }
    if (unlikely(atomic_load_explicit(&v->leave, memory_order_relaxed)) &&
        atomic_exchange(&v->leave, false))
        return hv_exit(v, EXIT_NONE);
    if (unlikely(atomic_load(&v->state) != VCPU_OPERATING))
        return hv_exit_stopped(v);
    r = hv_deliver(v);
    if (unlikely(r))
        return hv_broken(v, r);
    complete_sd(v);
    times_to(&v->vm->clocks, &v->times, TIME_GUEST);
    interpret(v);
    times_to(&v->vm->clocks, &v->times, TIME_HYPERVISOR);
    return hv_handle_intercept(v);
}

/* What floats was perhaps left to this CPU alone. */
static void pass_on_floating(struct vcpu *v)
{
    struct floating_interrupts *f = &v->vm->floating;

    if (!atomic_load(&f->pending))
        return;
    pthread_mutex_lock(&f->lock);
    if (atomic_load(&f->pending) && !f->announced)
        hv_announce_floating(v->vm, v);
    pthread_mutex_unlock(&f->lock);
}

/* The VMM is to complete something: others must not look at the registers meanwhile. */
static bool completes(const struct hv_exit *x)
{
    return x->reason == EXIT_INTERCEPT || x->reason == EXIT_TSCH || x->reason == EXIT_STSI ||
           (x->reason == EXIT_RESET && (x->subcode == 5 || x->subcode == 6));
}

/* For CPUs that would yield to this one. */
static void show_host_cpu(struct vcpu *v, const u32 *host_cpu)
{
    pthread_mutex_lock(&v->local.lock);
    v->host_cpu = host_cpu;
    pthread_mutex_unlock(&v->local.lock);
}

int hv_run(struct vcpu *v, struct hv_exit *x)
{
    enum hv_outcome o;

    *x = (struct hv_exit){0};
    v->exit = x;
    v->thread = pthread_self();
    show_host_cpu(v, host_cpu_of_thread());
    times_to(&v->vm->clocks, &v->times, TIME_HYPERVISOR);
    hv_unpark(v);
    if (!(sd_flags(v->sd) & SD_CPUFLAG_RUNNING))
        sd_set_flags(v->sd, SD_CPUFLAG_RUNNING);
    do {
        o = turn(v);
    } while (o != HV_EXIT && o != HV_BROKEN);
    sie_settle(&v->cpu);
    show_host_cpu(v, NULL);
    hv_count(v, CNT_EXIT);
    pass_on_floating(v);
    if (!completes(x))
        hv_park(v);
    v->exit = NULL;
    PROBE4(left, v->id, (int)x->reason, x->icptcode, x->ipa);
    times_to(&v->vm->clocks, &v->times, TIME_MACHINE);
    return o == HV_BROKEN ? x->error : 0;
}
