/* SPDX-License-Identifier: Apache-2.0
 *
 * A VM of the library: life, hooks, clock, model, counters.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "hypervisor/counters.h"

/* ---- structures that grow ---- */

/* Copies one of the user's, of his size, to one of ours; what he does not know is zero there.
 * False: too short, or it sets what we do not know. */
static bool copy_sized(void *to, size_t ours, size_t least, const void *from)
{
    size_t theirs;

    memcpy(&theirs, from, sizeof(theirs));
    if (theirs < least)
        return false;
    for (size_t i = ours; i < theirs; i++)
        if (((const u8 *)from)[i])
            return false;
    memset(to, 0, ours);
    memcpy(to, from, theirs < ours ? theirs : ours);
    return true;
}

/* ---- hooks ---- */

static struct sie390_vcpu *handle_of(struct sie390_vm *s, const struct vcpu *v)
{
    return &s->cpu[v->id];
}

static void intercepted(void *arg, struct vcpu *v, const struct hv_intercept *i)
{
    struct sie390_vm *s = arg;
    const struct sie390_intercept out = {i->icptcode, i->exits,    i->ipa,
                                         i->ipb,      i->psw_mask, i->psw_addr};

    s->hooks.intercepted(s->hooks_arg, handle_of(s, v), &out);
}

static void state_changed(void *arg, struct vcpu *v)
{
    struct sie390_vm *s = arg;

    s->hooks.state_changed(s->hooks_arg, handle_of(s, v));
}

static s64 virtio_notify(void *arg, u32 schid, u64 queue, u64 cookie)
{
    struct sie390_vm *s = arg;

    return s->hooks.virtio_notify(s->hooks_arg, s, schid, queue, cookie);
}

static void connect_hooks(struct sie390_vm *s)
{
    const struct sie390_hooks *h = &s->hooks;

    s->ops = (struct vmm_ops){
        .virtio_notify = h->virtio_notify ? virtio_notify : NULL,
        .cpu_state_changed = h->state_changed ? state_changed : NULL,
        .intercepted = h->intercepted ? intercepted : NULL,
    };
    s->vm.ops = &s->ops;
    s->vm.ops_arg = s;
}

/* ---- life ---- */

#define OPTIONS 0x3ffULL

static struct vm_options options_of(u64 o)
{
    return (struct vm_options){
        .user_controlled = o & SIE390_USER_CONTROLLED,
        .user_sigp = o & SIE390_USER_SIGP,
        .user_instr0 = o & SIE390_USER_INSTR0,
        .user_operexec = o & SIE390_USER_OPEREXEC,
        .user_stsi = o & SIE390_USER_STSI,
        .user_cpu_states = o & SIE390_USER_CPU_STATES,
        .diag8 = o & SIE390_DIAG8,
        .diag288 = o & SIE390_DIAG288,
        .no_gisa = o & SIE390_NO_GISA,
    };
}

static int create(struct sie390_vm *s, const struct sie390_vm_config *c)
{
    const struct vm_config vc = {
        .memory = c->memory,
        .lazy_memory = c->options & SIE390_LAZY_MEMORY,
        .cpus = c->max_cpus ? c->max_cpus : 1,
        .model = &s->model,
        .options = options_of(c->options),
    };
    int r;

    if (c->hooks && !copy_sized(&s->hooks, sizeof(s->hooks), sizeof(s->hooks), c->hooks))
        return api_fail(-EINVAL, "hooks: size does not fit");
    s->hooks_arg = c->hooks_arg;
    r = cpu_model_parse(c->model ? c->model : "max", &s->model);
    if (!r)
        r = vm_create(&s->vm, &vc);
    if (!r)
        connect_hooks(s);
    return r;
}

int sie390_vm_create(const struct sie390_vm_config *config, struct sie390_vm **vm)
{
    struct sie390_vm_config c;
    struct sie390_vm *s;
    int r;

    api_take_messages();
    *vm = NULL;
    if (!copy_sized(&c, sizeof(c), sizeof(c), config))
        return api_fail(-EINVAL, "configuration: size does not fit");
    if (c.options & ~OPTIONS)
        return api_fail(-EINVAL, "configuration: unknown options %llx",
                        (unsigned long long)(c.options & ~OPTIONS));
    s = calloc(1, sizeof(*s));
    if (!s)
        return api_fail(-ENOMEM, "virtual machine: %s", strerror(ENOMEM));
    r = create(s, &c);
    if (r) {
        free(s);
        return r;
    }
    pthread_mutex_init(&s->pqap_lock, NULL);
    *vm = s;
    return 0;
}

int api_begin_all(struct sie390_vm *s, struct api_use *use)
{
    for (unsigned i = 0; i < s->vm.max_cpus; i++) {
        if (!s->cpu[i].v || (!api_begin(&s->cpu[i], &use[i]) && !use[i].inside))
            continue;
        while (i-- > 0)
            if (s->cpu[i].v)
                api_end(&use[i]);
        return api_fail(-EBUSY, "a CPU of the virtual machine runs");
    }
    return 0;
}

void api_end_all(struct sie390_vm *s, struct api_use *use)
{
    for (unsigned i = 0; i < s->vm.max_cpus; i++)
        if (s->cpu[i].v)
            api_end(&use[i]);
}

int sie390_vm_destroy(struct sie390_vm *vm)
{
    struct api_use use[VM_MAX_CPUS];
    int r;

    if (!vm)
        return 0;
    r = api_begin_all(vm, use);
    if (r)
        return r;
    vm_destroy(&vm->vm);
    api_free_pqap(vm);
    free(vm);
    return 0;
}

/* ---- model ---- */

const char *sie390_model_name(unsigned n, const char **title)
{
    return cpu_model_name(n, title);
}

bool sie390_vm_facility(const struct sie390_vm *vm, unsigned n)
{
    return n < sizeof(vm->model.facilities) * 8 && bitmap_test(vm->model.facilities, n);
}

uint64_t sie390_vm_cpuid(const struct sie390_vm *vm)
{
    return vm->model.cpuid;
}

/* ---- clock ---- */

uint64_t sie390_vm_get_tod(struct sie390_vm *vm)
{
    return hv_get_tod(&vm->vm);
}

void sie390_vm_get_tod_ext(struct sie390_vm *vm, struct sie390_tod *tod)
{
    struct tod_ext t = hv_get_tod_ext(&vm->vm);

    *tod = (struct sie390_tod){t.index, t.tod};
}

int api_may_pause(struct sie390_vm *vm)
{
    for (unsigned i = 0; i < vm->vm.max_cpus; i++)
        if (vm->cpu[i].v && api_occupied_here(&vm->cpu[i]))
            return api_fail(-EDEADLK, "CPU %u: has an exit to complete on this thread", i);
    return 0;
}

int sie390_vm_set_tod_ext(struct sie390_vm *vm, const struct sie390_tod *tod)
{
    int r;

    if (tod->epoch_index && !sie390_vm_facility(vm, 139))
        return api_fail(-EINVAL, "TOD clock: no epoch index without facility 139");
    r = api_may_pause(vm);
    if (!r)
        hv_set_tod_ext(&vm->vm, (struct tod_ext){tod->epoch_index, tod->tod});
    return r;
}

int sie390_vm_set_tod(struct sie390_vm *vm, uint64_t tod)
{
    return sie390_vm_set_tod_ext(vm, &(struct sie390_tod){0, tod});
}

/* ---- looking on ---- */

int sie390_vm_trace(struct sie390_vm *vm, const char *kinds, int fd)
{
    u32 on;
    int r = trace_parse(kinds, &on);

    if (r)
        return r;
    if (on && fd < 0)
        return api_fail(-EBADF, "trace: %s", strerror(EBADF));
    atomic_store(&vm->vm.trace.on, 0);
    __atomic_store_n(&vm->vm.trace.fd, fd, __ATOMIC_RELAXED);
    atomic_store(&vm->vm.trace.on, on);
    return 0;
}

bool sie390_counter_name(unsigned n, const char **group, const char **name)
{
    if (n >= CNT_COUNT)
        return false;
    *group = hv_counters[n].group;
    *name = hv_counters[n].name;
    return true;
}

uint64_t sie390_vm_counter(struct sie390_vm *vm, unsigned n)
{
    return n < CNT_COUNT ? hv_counter_sum(&vm->vm, (enum hv_counter)n) : 0;
}

uint64_t sie390_vcpu_counter(const struct sie390_vcpu *vcpu, unsigned n)
{
    return n < CNT_COUNT ? counter_read(vcpu->v->counters, n) : 0;
}
