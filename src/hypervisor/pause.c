/* SPDX-License-Identifier: Apache-2.0
 *
 * Bringing CPUs to rest, so that another thread may read and change their registers and state
 * descriptions: SIGP orders that reset or inspect a CPU, setting the TOD clock.
 *
 * A CPU is parked while it sleeps, is outside hv_run() with nothing to complete, or waits here.
 *
 * Invariants
 *  - Only the holder of vm->pausing raises pause_count, so a CPU that pauses others and is itself
 *    wanted by a third one never waits for that one while it holds anybody.
 *  - A CPU that waits to become the holder is parked.  It may have been reset when it goes on:
 *    v->resets tells.
 *  - A CPU that is not in hv_run() is unparked by one thread at a time (the caller sees to that):
 *    while vcpu_hold() has it, nobody gets it at rest.
 *  - parked and pause_count are a Dekker pair: each side stores its own, then looks at the other's.
 */
#include "cpu/request.h"
#include "hypervisor/hv.h"

static void broadcast(struct vm *vm)
{
    pthread_mutex_lock(&vm->pause_lock);
    pthread_cond_broadcast(&vm->pause_cond);
    pthread_mutex_unlock(&vm->pause_lock);
}

void hv_park(struct vcpu *v)
{
    atomic_store(&v->parked, true);
    if (atomic_load(&v->pause_count))
        broadcast(v->vm);
}

void hv_unpark(struct vcpu *v)
{
    struct vm *vm = v->vm;

    /* Not parked since the last exit: who wants it at rest waits for it and has sent a request. */
    if (!atomic_load(&v->parked) && !atomic_load(&v->pause_count))
        return;
    for (;;) {
        atomic_store(&v->parked, false);
        if (!atomic_load(&v->pause_count))
            return;
        atomic_store(&v->parked, true);
        pthread_mutex_lock(&vm->pause_lock);
        pthread_cond_broadcast(&vm->pause_cond);
        while (atomic_load(&v->pause_count))
            pthread_cond_wait(&vm->pause_cond, &vm->pause_lock);
        pthread_mutex_unlock(&vm->pause_lock);
    }
}

/* Unlike hv_unpark(), does not wait for one who himself still waits for other CPUs: that one may
 * wait for the caller to complete an instruction. */
bool vcpu_hold(struct vcpu *v)
{
    struct vm *vm = v->vm;

    if (!atomic_load(&v->parked))
        return false;
    pthread_mutex_lock(&vm->pause_lock);
    while (vm->paused && atomic_load(&v->pause_count))
        pthread_cond_wait(&vm->pause_cond, &vm->pause_lock);
    atomic_store(&v->parked, false);
    pthread_mutex_unlock(&vm->pause_lock);
    return true;
}

void vcpu_unhold(struct vcpu *v)
{
    hv_park(v);
}

void vcpu_complete(struct vcpu *v)
{
    hv_park(v);
}

/* The caller's CPU is asked to leave hv_run(): it must not wait for others any longer. */
static bool must_leave(const struct vcpu *self)
{
    return self && atomic_load(&self->leave);
}

static bool is_target(const struct vcpu *v, const struct vcpu *self, const struct vcpu *target)
{
    return v && v != self && (!target || v == target);
}

/* pause_lock held. */
static bool all_parked(struct vm *vm, const struct vcpu *self, const struct vcpu *target)
{
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        const struct vcpu *v = vm_cpu(vm, i);

        if (is_target(v, self, target) && !atomic_load(&v->parked))
            return false;
    }
    return true;
}

static void want(struct vm *vm, const struct vcpu *self, const struct vcpu *target)
{
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (!is_target(v, self, target))
            continue;
        atomic_store(&v->pause_count, 1);
        cpu_kick(&v->cpu, REQ_HOST);
    }
}

/* pause_lock held. */
static void release(struct vm *vm, const struct vcpu *target)
{
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (is_target(v, NULL, target))
            atomic_store(&v->pause_count, 0);
    }
    vm->pausing = vm->paused = false;
    pthread_cond_broadcast(&vm->pause_cond);
}

/* Becomes the holder and waits for the targets; false: has to leave. */
static bool acquire(struct vm *vm, struct vcpu *self, struct vcpu *target)
{
    bool ok;

    pthread_mutex_lock(&vm->pause_lock);
    while (vm->pausing && !must_leave(self))
        pthread_cond_wait(&vm->pause_cond, &vm->pause_lock);
    ok = !must_leave(self);
    if (ok) {
        vm->pausing = true;
        want(vm, self, target);
        while (!all_parked(vm, self, target) && !must_leave(self))
            pthread_cond_wait(&vm->pause_cond, &vm->pause_lock);
        ok = vm->paused = !must_leave(self);
        if (!ok)
            release(vm, target);
    }
    pthread_mutex_unlock(&vm->pause_lock);
    return ok;
}

enum hv_pause hv_pause(struct vm *vm, struct vcpu *self, struct vcpu *target)
{
    u32 resets = self ? self->resets : 0;
    bool ok;

    if (self)
        hv_park(self);
    ok = acquire(vm, self, target);
    if (self)
        hv_unpark(self);
    if (self && self->resets != resets) {
        if (ok)
            hv_unpause(vm, target);
        return HV_PAUSE_RESET;
    }
    return ok ? HV_PAUSED : HV_PAUSE_LEAVE;
}

void hv_unpause(struct vm *vm, struct vcpu *target)
{
    pthread_mutex_lock(&vm->pause_lock);
    release(vm, target);
    pthread_mutex_unlock(&vm->pause_lock);
}

enum hv_outcome hv_pause_failed(struct vcpu *v, enum hv_pause p)
{
    if (p == HV_PAUSE_RESET)
        return HV_RESUME;
    hv_rewind_psw(v, hv_ilen(v));
    return HV_RETRY;
}
