/* SPDX-License-Identifier: Apache-2.0
 *
 * A virtual machine: storage, the blocks that its CPUs' state descriptions share (SCA, GISA,
 * facility list), the TOD clock.
 *
 * References: IBM CP control blocks SCABK, SIEBK.
 */
#include "hypervisor/vm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/log.h"
#include "cpu/timer.h"
#include "hypervisor/hv.h"

/* Designations of 31 bits: one host page below 2 GiB, GISA and GIB first, then the crypto control
 * block, facility list in the second half. */
#define LOW_PAGE 4096
#define LOW_GIB 64
#define LOW_CRYCB 1024
#define ALERT_ISC 5
#define LOW_FACILITIES 2048

static int make_low_page(struct vm *vm)
{
    u8 *p = mmap(NULL, LOW_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
                 -1, 0);

    if (p == MAP_FAILED || (uintptr_t)p + LOW_PAGE > 1ULL << 31) {
        log_error("virtual machine: no host storage below 2 GiB: %s", strerror(errno));
        if (p != MAP_FAILED)
            munmap(p, LOW_PAGE);
        return -ENOMEM;
    }
    vm->gisa = (union gisa *)p;
    vm->gisa->f1.next_alert = be32_of((u32)(uintptr_t)p);
    vm->gib = (struct gib *)(p + LOW_GIB);
    vm->gib->nisc = ALERT_ISC;
    vm->crycb = (struct crycb *)(p + LOW_CRYCB);
    vm->facility_list = p + LOW_FACILITIES;
    memcpy(vm->facility_list, vm->model.facilities, sizeof(vm->model.facilities));
    return hv_init_crycb(vm->crycb);
}

static int make_sca(struct vm *vm)
{
    size_t size = round_up64(sizeof(*vm->sca), 4096);

    vm->sca = aligned_alloc(4096, size);
    if (!vm->sca) {
        log_error("virtual machine: %s", strerror(ENOMEM));
        return -ENOMEM;
    }
    memset(vm->sca, 0, size);
    return 0;
}

static void free_blocks(struct vm *vm)
{
    if (vm->gisa)
        munmap(vm->gisa, LOW_PAGE);
    free(vm->sca);
    mem_destroy(&vm->mem);
}

int vm_create(struct vm *vm, const struct vm_config *config)
{
    struct topology topology = config->topology;
    int r;

    memset(vm, 0, sizeof(*vm));
    if (!config->cpus || config->cpus > VM_MAX_CPUS) {
        log_error("virtual machine: %u CPUs, but 1 to %u are possible", config->cpus, VM_MAX_CPUS);
        return -EINVAL;
    }
    if (!topology_complete(&topology, config->cpus)) {
        log_error("virtual machine: a topology of other than %u CPUs", config->cpus);
        return -EINVAL;
    }
    r = mem_create(&vm->mem, config->memory, config->lazy_memory);
    if (r)
        return r;
    vm->mem.tod_base = tod_base_now();
    view_init_mem(&vm->view, &vm->mem);
    vm->model = *config->model;
    vm->max_cpus = config->cpus;
    vm->mem.many_cpus = config->cpus > 64;
    vm->topology = topology;
    vm->options = config->options;
    atomic_store(&vm->uses_gisa, !config->options.no_gisa);
    r = make_low_page(vm);
    if (!r)
        r = make_sca(vm);
    if (r) {
        free_blocks(vm);
        return r;
    }
    pthread_mutex_init(&vm->lock, NULL);
    pthread_mutex_init(&vm->floating.lock, NULL);
    pthread_mutex_init(&vm->pause_lock, NULL);
    pthread_cond_init(&vm->pause_cond, NULL);
    hv_init_pqap_hook(vm);
    return 0;
}

void vm_destroy(struct vm *vm)
{
    for (unsigned i = 0; i < vm->max_cpus; i++)
        if (vm->vcpu[i])
            hv_destroy_vcpu(vm->vcpu[i]);
    hv_clear_floating(vm);
    hv_debug_disable(vm);
    free_blocks(vm);
    pthread_rwlock_destroy(&vm->pqap_lock);
    pthread_cond_destroy(&vm->pause_cond);
    pthread_mutex_destroy(&vm->pause_lock);
    pthread_mutex_destroy(&vm->floating.lock);
    pthread_mutex_destroy(&vm->lock);
}

void vm_reset(struct vm *vm)
{
    hv_reset_topology(vm);
    hv_set_control_program(vm, 0);
}

/* ---- TOD clock ---- */

struct tod_ext hv_get_tod_ext(struct vm *vm)
{
    struct tod_ext t = tod_ext_add(host_tod(&vm->mem), atomic_load(&vm->tod_epdx),
                                   atomic_load_explicit(&vm->tod_epoch, memory_order_relaxed));

    if (!bitmap_test(vm->model.facilities, 139))
        t.index = 0;
    return t;
}

u64 hv_get_tod(struct vm *vm)
{
    return hv_get_tod_ext(vm).tod;
}

/* Every CPU is at rest, so none sees the old and another the new value. */
static void set_epoch(struct vm *vm, struct tod_ext tod)
{
    u64 host = host_tod(&vm->mem);

    atomic_store(&vm->tod_epoch, tod.tod - host);
    atomic_store(&vm->tod_epdx, (u8)(tod.index - host_tod_index(host) - (tod.tod < host)));
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (!v)
            continue;
        pthread_mutex_lock(&v->local.lock);
        hv_wake(v); /* its deadline is another one now */
        pthread_mutex_unlock(&v->local.lock);
    }
}

enum hv_pause hv_set_tod_from(struct vcpu *self, u64 tod)
{
    enum hv_pause p = hv_pause(self->vm, self, NULL);

    if (p != HV_PAUSED)
        return p;
    set_epoch(self->vm, (struct tod_ext){0, tod});
    hv_unpause(self->vm, NULL);
    return p;
}

void hv_set_tod(struct vm *vm, u64 tod)
{
    hv_set_tod_ext(vm, (struct tod_ext){0, tod});
}

void hv_set_tod_ext(struct vm *vm, struct tod_ext tod)
{
    if (hv_pause(vm, NULL, NULL) != HV_PAUSED)
        return;
    set_epoch(vm, tod);
    hv_unpause(vm, NULL);
}
