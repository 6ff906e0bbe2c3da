/* SPDX-License-Identifier: Apache-2.0
 *
 * A CPU of the library: whose it is, running it, what leaves, states and resets.
 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "api/api.h"

/* ---- whose it is ---- */

static bool here(struct sie390_vcpu *c)
{
    return pthread_equal(atomic_load_explicit(&c->thread, memory_order_relaxed), pthread_self());
}

/* Free becomes `use`; waits for those who only have a look.  False: it runs. */
static bool take(struct sie390_vcpu *c, u32 use)
{
    u32 was = CPU_FREE;

    while (!atomic_compare_exchange_weak(&c->use, &was, use)) {
        if (was == CPU_RUNS)
            return false;
        if (was == CPU_USED)
            sched_yield();
        was = CPU_FREE;
    }
    return true;
}

static void release(struct sie390_vcpu *c)
{
    atomic_store_explicit(&c->use, CPU_FREE, memory_order_release);
}

int api_begin(struct sie390_vcpu *c, struct api_use *u)
{
    *u = (struct api_use){.c = c};
    if (take(c, CPU_USED)) {
        u->held = vcpu_hold(c->v);
        return 0;
    }
    u->inside = here(c);
    return u->inside ? 0 : api_fail(-EBUSY, "CPU %u: runs on another thread", c->v->id);
}

void api_end(struct api_use *u)
{
    if (u->inside)
        return;
    if (u->held)
        vcpu_unhold(u->c->v);
    release(u->c);
}

bool api_runs_here(struct sie390_vcpu *c)
{
    return here(c) && atomic_load(&c->use) == CPU_RUNS;
}

bool api_occupied_here(struct sie390_vcpu *c)
{
    return here(c) && (atomic_load(&c->use) == CPU_RUNS || !atomic_load(&c->v->parked));
}

/* For what must not be done by a hook either. */
static int begin_run(struct sie390_vcpu *c)
{
    if (!take(c, CPU_RUNS))
        return api_fail(-EBUSY, "CPU %u: runs already", c->v->id);
    atomic_store_explicit(&c->thread, pthread_self(), memory_order_relaxed);
    return 0;
}

/* ---- creation ---- */

int sie390_vcpu_create(struct sie390_vm *vm, unsigned id, struct sie390_vcpu **vcpu)
{
    struct sie390_vcpu *c;
    struct vcpu *v;
    int r;

    *vcpu = NULL;
    if (id >= vm->vm.max_cpus)
        return api_fail(-EINVAL, "CPU %u: addresses end at %u", id, vm->vm.max_cpus - 1);
    if (vm_cpu(&vm->vm, id))
        return api_fail(-EEXIST, "CPU %u: exists already", id);
    r = vcpu_create(&vm->vm, id, &v);
    if (r)
        return r;
    c = &vm->cpu[id];
    c->owner = vm;
    __atomic_store_n(&c->v, v, __ATOMIC_RELEASE);
    *vcpu = c;
    return 0;
}

struct sie390_vcpu *sie390_vm_vcpu(struct sie390_vm *vm, unsigned id)
{
    if (id >= VM_MAX_CPUS || !__atomic_load_n(&vm->cpu[id].v, __ATOMIC_ACQUIRE))
        return NULL;
    return &vm->cpu[id];
}

unsigned sie390_vcpu_id(const struct sie390_vcpu *vcpu)
{
    return vcpu->v->id;
}

struct sie390_vm *sie390_vcpu_vm(const struct sie390_vcpu *vcpu)
{
    return vcpu->owner;
}

/* ---- exits ---- */

static const u8 reason_of[] = {
    [EXIT_NONE] = SIE390_EXIT_LEFT,
    [EXIT_INTERCEPT] = SIE390_EXIT_INTERCEPT,
    [EXIT_STOPPED] = SIE390_EXIT_STOPPED,
    [EXIT_RESET] = SIE390_EXIT_RESET,
    [EXIT_TSCH] = SIE390_EXIT_TSCH,
    [EXIT_STSI] = SIE390_EXIT_STSI,
    [EXIT_DISABLED_WAIT] = SIE390_EXIT_DISABLED_WAIT,
    [EXIT_PROGRAM_LOOP] = SIE390_EXIT_PROGRAM_LOOP,
    [EXIT_EXTERNAL_LOOP] = SIE390_EXIT_EXTERNAL_LOOP,
    [EXIT_DEBUG] = SIE390_EXIT_DEBUG,
    [EXIT_INTERNAL_ERROR] = SIE390_EXIT_ERROR,
};

static void fill_details(struct sie390_exit *out, const struct hv_exit *x)
{
    switch (x->reason) {
    case EXIT_INTERCEPT:
        out->u.fault.addr = x->fault_addr;
        return;
    case EXIT_RESET:
        out->u.reset = (struct sie390_exit_reset){x->subcode, x->diag308_r1, x->diag308_addr};
        return;
    case EXIT_TSCH:
        out->u.tsch.dequeued = x->dequeued;
        out->u.tsch.io =
            (struct sie390_io){x->io.subchannel_id, x->io.subchannel_nr, x->io.parm, x->io.word};
        return;
    case EXIT_STSI:
        out->u.stsi = (struct sie390_exit_stsi){x->stsi_addr, x->stsi_ar, x->fc, x->sel1, x->sel2};
        return;
    case EXIT_DEBUG:
        out->u.debug = (struct sie390_exit_debug){x->debug, x->debug_addr};
        return;
    default:
        return;
    }
}

static void fill_exit(struct sie390_exit *out, const struct hv_exit *x)
{
    ASSERT((unsigned)x->reason < ARRAY_SIZE(reason_of));
    out->reason = reason_of[x->reason];
    out->error = x->error;
    out->icptcode = x->icptcode;
    out->ipa = x->ipa;
    out->ipb = x->ipb;
    out->psw_mask = x->psw_mask;
    out->psw_addr = x->psw_addr;
    fill_details(out, x);
}

int sie390_vcpu_run(struct sie390_vcpu *vcpu, struct sie390_exit *exit)
{
    struct hv_exit x;
    int r = begin_run(vcpu);

    if (r)
        return r;
    r = hv_run(vcpu->v, &x);
    vcpu->unhandled = x.reason == EXIT_INTERCEPT;
    fill_exit(exit, &x);
    release(vcpu);
    return r;
}

int sie390_vcpu_handle(struct sie390_vcpu *vcpu, struct sie390_exit *exit)
{
    struct hv_exit x;
    int r;

    if (!vcpu->owner->vm.options.user_controlled)
        return api_fail(-EINVAL, "CPU %u: is not user-controlled", vcpu->v->id);
    r = begin_run(vcpu);
    if (r)
        return r;
    if (!vcpu->unhandled) {
        r = api_fail(-EINVAL, "CPU %u: no intercept to handle", vcpu->v->id);
    } else {
        vcpu->unhandled = false;
        r = hv_handle(vcpu->v, &x);
        fill_exit(exit, &x);
    }
    release(vcpu);
    return r;
}

int sie390_vcpu_complete(struct sie390_vcpu *vcpu)
{
    int r = begin_run(vcpu);

    if (r)
        return r;
    vcpu->unhandled = false;
    vcpu_complete(vcpu->v);
    release(vcpu);
    return 0;
}

void sie390_vcpu_leave(struct sie390_vcpu *vcpu)
{
    vcpu_leave(vcpu->v);
}

int sie390_vcpu_wait(struct sie390_vcpu *vcpu)
{
    int r = begin_run(vcpu);

    if (r)
        return r;
    if (!vcpu_sleep(vcpu->v)) {
        vcpu_stay(vcpu->v);
        r = api_fail(-EINTR, "CPU %u: asked to leave", vcpu->v->id);
    }
    release(vcpu);
    return r;
}

/* ---- states ---- */

enum sie390_state sie390_vcpu_get_state(const struct sie390_vcpu *vcpu)
{
    return (enum sie390_state)vcpu_get_state(vcpu->v);
}

int sie390_vcpu_set_state(struct sie390_vcpu *vcpu, enum sie390_state state)
{
    if ((unsigned)state > SIE390_CHECK_STOP)
        return api_fail(-EINVAL, "CPU %u: there is no state %u", vcpu->v->id, (unsigned)state);
    vcpu_set_state(vcpu->v, (enum vcpu_state)state);
    return 0;
}

int sie390_vcpu_reset(struct sie390_vcpu *vcpu, enum sie390_reset kind)
{
    static const enum cpu_reset kinds[] = {CPU_RESET_NORMAL, CPU_RESET_INITIAL, CPU_RESET_CLEAR};
    struct api_use u;
    int r;

    if ((unsigned)kind >= ARRAY_SIZE(kinds))
        return api_fail(-EINVAL, "CPU %u: there is no reset %u", vcpu->v->id, (unsigned)kind);
    r = api_begin(vcpu, &u);
    if (r)
        return r;
    if (u.inside)
        return api_fail(-EBUSY, "CPU %u: runs", vcpu->v->id);
    vcpu_reset(vcpu->v, kinds[kind]);
    api_end(&u);
    return 0;
}

int sie390_vcpu_store_status(struct sie390_vcpu *vcpu, uint64_t addr)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    r = vcpu_store_status(vcpu->v, addr);
    api_end(&u);
    if (r)
        return api_fail(r, "CPU %u: store status: not in storage", vcpu->v->id);
    return 0;
}
