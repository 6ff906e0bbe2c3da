/* SPDX-License-Identifier: Apache-2.0
 *
 * Guest debugging: points, steps and the debugger's view of storage.  Only who may do it when is
 * decided here; what it does is src/hypervisor/guestdbg.h.
 */
#include <errno.h>

#include "api/api.h"

_Static_assert((int)SIE390_DEBUG_STEP == DEBUG_STEP &&
                   (int)SIE390_DEBUG_BREAKPOINT == DEBUG_BREAKPOINT &&
                   (int)SIE390_DEBUG_WATCHPOINT == DEBUG_WATCHPOINT &&
                   (int)SIE390_DEBUG_SOFTWARE == DEBUG_SOFTWARE &&
                   (int)SIE390_DEBUG_DIAGNOSE == DEBUG_DIAGNOSE,
               "kinds have the same numbers");

static int off(void)
{
    return api_fail(-EINVAL, "debugging is off");
}

int sie390_vm_debug(struct sie390_vm *vm, bool on)
{
    struct api_use use[VM_MAX_CPUS];
    int r = api_begin_all(vm, use);

    if (r)
        return r;
    if (on)
        r = hv_debug_enable(&vm->vm);
    else
        hv_debug_disable(&vm->vm);
    api_end_all(vm, use);
    return r ? api_fail(r, "debugging: out of memory") : 0;
}

/* ---- points ---- */

static bool is_point(enum sie390_debug kind)
{
    return kind == SIE390_DEBUG_BREAKPOINT || kind == SIE390_DEBUG_WATCHPOINT ||
           kind == SIE390_DEBUG_SOFTWARE;
}

static int not_added(unsigned long long addr, int r)
{
    static const struct {
        int error;
        const char *why;
    } reasons[] = {
        {-EINVAL, "odd address, or length"},
        {-EFAULT, "no storage there"},
        {-ENOSPC, "too many"},
        {-EEXIST, "there is one"},
    };

    for (unsigned i = 0; i < ARRAY_SIZE(reasons); i++)
        if (reasons[i].error == r)
            return api_fail(r, "debugging: point at %llx: %s", addr, reasons[i].why);
    return r;
}

int sie390_vcpu_debug_add(struct sie390_vcpu *vcpu, enum sie390_debug kind, uint64_t addr,
                          uint64_t len)
{
    struct api_use use[VM_MAX_CPUS];
    int r;

    if (!is_point(kind))
        return api_fail(-EINVAL, "debugging: %u is no kind of point", (unsigned)kind);
    r = api_begin_all(vcpu->owner, use);
    if (r)
        return r;
    if (!vcpu->owner->vm.debug_points)
        r = off();
    else
        r = not_added(addr, hv_debug_add(vcpu->v, (enum debug_kind)kind, addr, len));
    api_end_all(vcpu->owner, use);
    return r;
}

int sie390_vm_debug_remove(struct sie390_vm *vm, enum sie390_debug kind, uint64_t addr,
                           uint64_t len)
{
    struct api_use use[VM_MAX_CPUS];
    int r = api_begin_all(vm, use);

    if (r)
        return r;
    if (!vm->vm.debug_points)
        r = off();
    else if (hv_debug_remove(&vm->vm, (enum debug_kind)kind, addr, len))
        r = api_fail(-ENOENT, "debugging: no such point at %llx", (unsigned long long)addr);
    api_end_all(vm, use);
    return r;
}

int sie390_vcpu_debug_step(struct sie390_vcpu *vcpu, bool on)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    if (u.inside)
        return api_fail(-EBUSY, "CPU %u: runs", vcpu->v->id);
    if (vcpu->owner->vm.debug_points)
        hv_debug_step(vcpu->v, on);
    else
        r = off();
    api_end(&u);
    return r;
}

/* ---- storage ---- */

static int access_debugged(struct sie390_vcpu *c, uint64_t addr, void *to, const void *from,
                           uint64_t len)
{
    struct api_use use[VM_MAX_CPUS];
    u64 done = len;
    int r = api_begin_all(c->owner, use);

    if (r)
        return r;
    if (!c->owner->vm.debug_points)
        r = off();
    else
        done = to ? hv_debug_read(c->v, addr, to, len) : hv_debug_write(c->v, addr, from, len);
    if (done < len)
        r = api_fail(-EFAULT, "debugging: no storage at %llx", (unsigned long long)addr + done);
    api_end_all(c->owner, use);
    return r;
}

int sie390_vcpu_debug_read(struct sie390_vcpu *vcpu, uint64_t addr, void *to, uint64_t len)
{
    return len ? access_debugged(vcpu, addr, to, NULL, len) : 0;
}

int sie390_vcpu_debug_write(struct sie390_vcpu *vcpu, uint64_t addr, const void *from, uint64_t len)
{
    return len ? access_debugged(vcpu, addr, NULL, from, len) : 0;
}
