/* SPDX-License-Identifier: Apache-2.0
 *
 * The wait state (I12) and the sleep of CPUs that do not run.  A sleeping CPU costs nothing: it
 * waits on its condition variable, with the clock comparator or the CPU timer as deadline.
 *
 * No wake-up is lost: the decision to sleep is made under floating.lock and local.lock, with
 * `idle` and the bit in vm->idle_cpus set before anything is looked at.  Who makes something
 * pending does that first, then looks for idle CPUs; so either the sleeper sees what is pending,
 * or the other one sees the sleeper and sets `woken` under local.lock.
 *
 * References: [PoP 4 Wait State].
 */
#include "arch/cr.h"
#include "cpu/timer.h"
#include "hypervisor/hv.h"

#include <errno.h>
#include <time.h>

#define DAY_NS (86400ULL * 1000000000)

void hv_wake(struct vcpu *v)
{
    v->woken = true;
    pthread_cond_signal(&v->wake);
}

/* ---- when to stop sleeping ---- */

static bool enabled_wait(const struct vcpu *v)
{
    return hv_psw_mask(v) & (PSW_MASK_IO | PSW_MASK_EXT | PSW_MASK_MCHECK);
}

static bool operating(const struct vcpu *v)
{
    return atomic_load(&v->state) == VCPU_OPERATING;
}

/* Both locks held.  What is pending and ends a wait. */
static bool something_to_take(struct vcpu *v)
{
    u64 local = hv_local_pending(v);
    u64 timers = hv_psw_mask(v) & PSW_MASK_EXT ? hv_timers_pending(v) : 0;

    return timers || local & IRQ_BIT(IRQ_STOP) || hv_enabled(v, local, hv_floating_pending(v->vm));
}

/* Until the clock comparator is passed, in TOD units; ~0: never (its largest value, in this epoch
 * or of all signed ones). */
static u64 comparator_left(const struct vcpu *v, u64 tod)
{
    u64 ckc = be64_get(v->sd->ckc);
    bool is_signed = hv_cr(v, 0) & CR0_CC_SIGN && hv_facility(v, 139);

    if (cpu_ckc_passed(&v->cpu, tod, ckc))
        return 0;
    return ckc == (is_signed ? ~0ULL >> 1 : ~0ULL) ? ~0ULL : ckc - tod + 1;
}

/* Host TOD at which clock comparator or CPU timer will be due, or ~0. */
static u64 deadline(struct vcpu *v, u64 now)
{
    u64 cr0 = hv_cr(v, 0);
    u64 at = ~0ULL;

    if (!(hv_psw_mask(v) & PSW_MASK_EXT))
        return at;
    if (cr0 & CR0_CLOCK_COMP) {
        u64 left = comparator_left(v, now + atomic_load(&v->vm->tod_epoch));

        at = left > ~now ? ~0ULL : now + left;
    }
    if (cr0 & CR0_CPU_TIMER) {
        s64 left = (s64)be64_get(v->sd->cputm);

        if (left >= 0 && (u64)left < ~now)
            at = min64(at, now + (u64)left + 1);
    }
    return at;
}

static struct timespec clock_after(u64 ns)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    ns = min64(ns, DAY_NS) + (u64)ts.tv_nsec;
    ts.tv_sec += (time_t)(ns / 1000000000);
    ts.tv_nsec = (long)(ns % 1000000000);
    return ts;
}

/* local.lock held; returns when woken or the deadline (host TOD) has passed. */
static void sleep_until(struct vcpu *v, u64 at, u64 now)
{
    struct timespec ts;

    if (at == ~0ULL) {
        while (!v->woken)
            pthread_cond_wait(&v->wake, &v->local.lock);
        return;
    }
    ts = clock_after(ns_of_tod(at - now) + 1);
    while (!v->woken)
        if (pthread_cond_timedwait(&v->wake, &v->local.lock, &ts) == ETIMEDOUT)
            return;
}

/* ---- one sleep ---- */

static void set_idle(struct vcpu *v, bool on)
{
    v->idle = on && operating(v);
    if (v->idle) {
        cpu_set_add(&v->vm->idle_cpus, v->id);
        sd_set_flags(v->sd, SD_CPUFLAG_WAIT);
    } else if (sd_flags(v->sd) & SD_CPUFLAG_WAIT) {
        cpu_set_remove(&v->vm->idle_cpus, v->id);
        sd_clear_flags(v->sd, SD_CPUFLAG_WAIT);
    }
    if (on) {
        v->woken = false;
        sd_clear_flags(v->sd, SD_CPUFLAG_RUNNING);
    } else {
        sd_set_flags(v->sd, SD_CPUFLAG_RUNNING);
    }
}

/* The CPU timer runs on while the CPU waits. */
static void advance_cpu_timer(struct vcpu *v, u64 since)
{
    u64 gone = host_tod(&v->vm->mem) - since;

    v->sd->cputm = be64_of(be64_get(v->sd->cputm) - gone);
}

/* Sleeps once, at most until the deadline.  False: there is something to do instead. */
static bool sleep_once(struct vcpu *v, bool (*over)(struct vcpu *v), bool timers)
{
    u64 now = host_tod(&v->vm->mem);
    u32 resets = v->resets;
    bool sleeps;

    pthread_mutex_lock(&v->vm->floating.lock);
    pthread_mutex_lock(&v->local.lock);
    set_idle(v, true);
    sleeps = !over(v);
    pthread_mutex_unlock(&v->vm->floating.lock);
    if (sleeps) {
        u64 at = timers ? deadline(v, now) : ~0ULL;

        hv_park(v);
        times_to(&v->vm->clocks, &v->times, TIME_ASLEEP);
        sleep_until(v, at, now);
        times_to(&v->vm->clocks, &v->times, TIME_HYPERVISOR);
    }
    set_idle(v, false);
    pthread_mutex_unlock(&v->local.lock);
    if (sleeps) {
        hv_unpark(v);
        if (timers && v->resets == resets)
            advance_cpu_timer(v, now);
    }
    return sleeps;
}

/* ---- interception 1C ---- */

static bool wait_over(struct vcpu *v)
{
    u8 iscs = 0;

    if (hv_psw_mask(v) & PSW_MASK_IO)
        iscs = (u8)((hv_cr(v, 6) & CR6_ISC) >> CR6_ISC_SHIFT);
    return atomic_load(&v->leave) || !operating(v) || !hv_gisa_restore_alerts(v->vm, iscs) ||
           something_to_take(v);
}

enum hv_outcome hv_handle_wait(struct vcpu *v)
{
    if (!enabled_wait(v)) {
        if (atomic_load(&v->local.pending) & (IRQ_BIT(IRQ_STOP) | IRQ_BIT(IRQ_RESTART)))
            return HV_RESUME;
        return hv_exit(v, mutated("I12") ? EXIT_STOPPED : EXIT_DISABLED_WAIT);
    }
    hv_count(v, CNT_IDLE);
    sie_settle(&v->cpu);
    while (sleep_once(v, wait_over, true) && operating(v) && hv_psw_mask(v) & PSW_MASK_WAIT)
        ;
    /* SIE does not look at the clock at each entry: delivery has to. */
    if (hv_psw_mask(v) & PSW_MASK_EXT)
        atomic_fetch_or(&v->local.pending, hv_timers_pending(v));
    hv_count(v, CNT_IDLE_WAKE);
    return HV_RESUME;
}

/* ---- CPUs outside hv_run() ---- */

static bool runnable(struct vcpu *v)
{
    if (atomic_load(&v->leave))
        return true;
    if (!operating(v))
        return false;
    return !(hv_psw_mask(v) & PSW_MASK_WAIT) || enabled_wait(v) || something_to_take(v);
}

bool vcpu_sleep(struct vcpu *v)
{
    hv_unpark(v);
    while (sleep_once(v, runnable, false))
        ;
    hv_park(v);
    return !atomic_load(&v->leave);
}
