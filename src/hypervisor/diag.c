/* SPDX-License-Identifier: Apache-2.0
 *
 * DIAGNOSE (I22).  The function code is the low halfword of the second-operand address; what is not
 * offered gives a specification exception.
 *
 * References: SC24-6272 z/VM CP Programming Services; Linux Documentation/virt/kvm/s390/
 * s390-diag.rst.
 */
#include "arch/diag.h"

#include <errno.h>
#include <sched.h>

#include "base/host_cpu.h"
#include "hypervisor/gaccess.h"
#include "hypervisor/priv.h"

#define DIAG_TEXT 0x008 /* console text of bare-metal programs */

static enum hv_outcome not_offered(struct vcpu *v)
{
    hv_count(v, CNT_DIAG_OTHER);
    return hv_inject(v, PGM_SPECIFICATION);
}

/* ---- 10: release pages ---- */

/* The part of [first, end) that lies in [from, to), which real storage shows at absolute `at`. */
static void discard(struct vcpu *v, u64 first, u64 end, u64 from, u64 to, u64 at)
{
    struct mem *m = &v->vm->mem;

    first = max64(first, from);
    end = min64(end, to);
    if (first >= end)
        return;
    at += first - from;
    if (at >= m->size)
        return;
    /* cannot be outside: it was cut to the storage that there is */
    (void)!mem_discard(m, abs_addr(at), min64(end - first, m->size - at));
}

/* Real addresses: prefixing exchanges the first 8 KiB with the prefix area. */
static enum hv_outcome release_pages(struct vcpu *v, u16 ipa)
{
    u64 first = v->cpu.gr[hv_r1(ipa)];
    u64 end = v->cpu.gr[hv_r3(ipa)] + FRAME_SIZE;
    u64 prefix = hv_prefix(v), area = 2 * FRAME_SIZE;

    hv_count(v, CNT_DIAG_10);
    if ((first | end) & FRAME_MASK || first >= end || first < area)
        return hv_inject(v, PGM_SPECIFICATION);
    if (!prefix)
        prefix = area; /* an empty exchange: both parts below are whole */
    discard(v, first, end, area, prefix, area);
    if (hv_prefix(v))
        discard(v, first, end, prefix, prefix + area, 0);
    else
        prefix -= area;
    discard(v, first, end, prefix + area, ~0ULL, prefix + area);
    return HV_RESUME;
}

/* ---- 44, 9C: giving up the host CPU ---- */

/* CPUs of this guest whose threads may be waiting for a host CPU: a word of the set. */
static u64 others_busy(const struct vcpu *v, unsigned word)
{
    u64 self = word == v->id / 64 ? 1ULL << v->id % 64 : 0;

    return atomic_load(&v->vm->operating_cpus.word[word]) &
           ~atomic_load(&v->vm->idle_cpus.word[word]) & ~self;
}

static enum hv_outcome yield(struct vcpu *v)
{
    unsigned words = atomic_load(&v->vm->nconfigured) > 1 ? (v->vm->max_cpus + 63) / 64 : 0;

    hv_count(v, CNT_DIAG_44);
    for (unsigned word = 0; word < words; word++) {
        if (others_busy(v, word)) {
            sched_yield();
            break;
        }
    }
    return HV_RESUME;
}

/* Whether the target's thread may be waiting for the host CPU of this one: it is running guest
 * code, and not on another host CPU.  There it needs no help, or yielding here is none. */
static bool may_wait_here(const struct vcpu *v, struct vcpu *target)
{
    const u32 *here = host_cpu_of_thread();
    bool waits;

    pthread_mutex_lock(&target->local.lock);
    waits = !here || (target->host_cpu && host_cpu_read(target->host_cpu) == host_cpu_read(here));
    pthread_mutex_unlock(&target->local.lock);
    return waits && others_busy(v, target->id / 64) >> target->id % 64 & 1;
}

static enum hv_outcome yield_to(struct vcpu *v, u16 ipa)
{
    struct vcpu *target = vm_cpu(v->vm, (u32)v->cpu.gr[hv_r1(ipa)]);

    hv_count(v, CNT_DIAG_9C);
    if (target && target != v && may_wait_here(v, target))
        sched_yield();
    else
        hv_count(v, CNT_DIAG_9C_IGNORED);
    return HV_RESUME;
}

/* ---- 308: IPL ---- */

static enum hv_outcome ipl_exit(struct vcpu *v, u16 subcode, u64 addr, unsigned r1)
{
    struct hv_exit *x = v->exit;

    x->subcode = subcode;
    x->diag308_addr = addr;
    x->diag308_r1 = (u8)r1;
    return hv_exit(v, EXIT_RESET);
}

static enum hv_outcome ipl(struct vcpu *v, u16 ipa)
{
    unsigned r1 = hv_r1(ipa);
    u64 addr = v->cpu.gr[r1], subcode = v->cpu.gr[hv_r3(ipa)];

    hv_count(v, CNT_DIAG_308);
    switch (subcode) {
    case DIAG308_MODIFIED_CLEAR:
    case DIAG308_LOAD_NORMAL_RESET:
    case DIAG308_LOAD_CLEAR:
    case DIAG308_LOAD_NORMAL_DUMP:
    case DIAG308_LOAD_NORMAL:
        return ipl_exit(v, (u16)subcode, addr, r1);
    case DIAG308_RELEASE_HSA:
        return HV_RESUME;
    case DIAG308_SET:
    case DIAG308_STORE:
        if (r1 & 1 || addr & FRAME_MASK)
            return hv_inject(v, PGM_SPECIFICATION);
        if (!mem_has(&v->vm->mem, hv_real_to_absolute(v, addr), FRAME_SIZE))
            return hv_inject(v, PGM_ADDRESSING);
        return ipl_exit(v, (u16)subcode, addr, r1);
    default: /* 8 and above need facility 161 */
        return hv_inject(v, PGM_SPECIFICATION);
    }
}

/* ---- 318: control-program codes ---- */

/* For measurement data of each CPU: a byte of the state description, which SIE only looks at. */
void hv_set_control_program(struct vm *vm, u64 codes)
{
    atomic_store(&vm->control_program, codes);
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (v)
            __atomic_store_n(&v->sd->cpnc, (u8)(codes >> DIAG318_CPNC_SHIFT), __ATOMIC_RELAXED);
    }
}

static enum hv_outcome set_control_program(struct vcpu *v, u16 ipa)
{
    hv_count(v, CNT_DIAG_318);
    hv_set_control_program(v->vm, v->cpu.gr[hv_r1(ipa)]);
    return HV_RESUME;
}

/* ---- 500: hypercall ---- */

static enum hv_outcome virtio_notify(struct vcpu *v)
{
    const struct vmm_ops *ops = v->vm->ops;
    u64 *gr = v->cpu.gr;

    if (!ops || !ops->virtio_notify)
        return hv_exit(v, EXIT_INTERCEPT);
    gr[2] = (u64)ops->virtio_notify(v->vm->ops_arg, (u32)gr[2], gr[3], gr[4]);
    return HV_RESUME;
}

static enum hv_outcome hypercall(struct vcpu *v)
{
    hv_count(v, CNT_DIAG_500);
    switch (v->cpu.gr[1]) {
    case DIAG500_VIRTIO_NOTIFY: /* once early console output: nothing to do */
        v->cpu.gr[2] = 0;
        return HV_RESUME;
    case DIAG500_CCW_NOTIFY:
        return virtio_notify(v);
    case DIAG500_STORAGE_LIMIT:
        v->cpu.gr[2] = v->vm->mem.size;
        return HV_RESUME;
    default:
        return hv_inject(v, PGM_SPECIFICATION);
    }
}

enum hv_outcome priv_diag(struct vcpu *v)
{
    u16 ipa = hv_ipa(v);
    u64 code = hv_base_disp(v, hv_ipb(v)) & DIAG_CODE_MASK;

    if (code == DIAG_BREAKPOINT && hv_debugged(v) && hv_debug_breakpoint(v))
        return HV_RESUME;
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    switch (code) {
    case DIAG_TEXT:
        return v->vm->options.diag8 ? hv_exit(v, EXIT_INTERCEPT) : not_offered(v);
    case DIAG_RELEASE_PAGES:
        return release_pages(v, ipa);
    case DIAG_YIELD:
        return yield(v);
    case DIAG_YIELD_TO:
        return yield_to(v, ipa);
    case DIAG_PAGE_REF:
        return priv_diag258(v, hv_r1(ipa), hv_r3(ipa));
    case DIAG_WATCHDOG:
        hv_count(v, CNT_DIAG_288);
        return v->vm->options.diag288 ? hv_exit(v, EXIT_INTERCEPT) : not_offered(v);
    case DIAG_IPL:
        return ipl(v, ipa);
    case DIAG_SET_CPNC:
        return set_control_program(v, ipa);
    case DIAG_KVM:
        return hypercall(v);
    default: /* 501 too: there is no debugger that would have taken it */
        return not_offered(v);
    }
}
