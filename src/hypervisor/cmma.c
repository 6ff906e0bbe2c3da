/* SPDX-License-Identifier: Apache-2.0
 *
 * Collaborative memory management: the guest says with EXTRACT AND SET STORAGE ATTRIBUTES what the
 * content of its pages is worth.  SIE interprets that (ecb2.CMMA) and lists the pages that became
 * unused; here is what remains: switching it on at a CPU's first ESSA, and giving back what is
 * listed when the list is full.
 *
 * References: IBM CP control blocks SIEBK (block-release list); Linux arch/s390/mm/page-states.c
 * for what a guest does with it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hypervisor/hv.h"
#include "hypervisor/priv.h"

static be64 *list_of(const struct vcpu *v)
{
    return (be64 *)(uintptr_t)(be64_get(v->sd->cbrlo) & SD_CBRLO_ORIGIN);
}

static int switch_on(struct vcpu *v)
{
    int r;

    if (!v->cbrl)
        v->cbrl = aligned_alloc(FRAME_SIZE, FRAME_SIZE);
    if (!v->cbrl)
        return -ENOMEM;
    memset(v->cbrl, 0, FRAME_SIZE);
    pthread_mutex_lock(&v->vm->lock);
    r = mem_usage_begin(&v->vm->mem);
    pthread_mutex_unlock(&v->vm->lock);
    if (r)
        return r;
    v->sd->cbrlo = be64_of((u64)(uintptr_t)v->cbrl);
    v->sd->ecb2 |= SD_ECB2_CMMA;
    return 0;
}

/* The list is empty afterwards.  What stands side by side in it goes at once. */
static void release_listed(struct vcpu *v)
{
    u64 cbrlo = be64_get(v->sd->cbrlo), gone = 0;
    unsigned n = (unsigned)min64((cbrlo & SD_CBRLO_NEXT) / sizeof(be64), SD_CBRL_ENTRIES);
    const be64 *list = list_of(v);
    unsigned i = 0;

    while (i < n) {
        u64 first = be64_get(list[i]) >> FRAME_SHIFT, frames = 0;

        while (i < n && be64_get(list[i]) >> FRAME_SHIFT == first + frames) {
            frames++;
            i++;
        }
        gone += mem_usage_release(&v->vm->mem, first, frames);
    }
    counter_add(v->counters, CNT_CMMA_UNUSED, gone);
    v->sd->cbrlo = be64_of(cbrlo & SD_CBRLO_ORIGIN);
}

/* Not on yet, or the list is full: either way SIE executes it then. */
enum hv_outcome priv_essa(struct vcpu *v)
{
    int r = 0;

    if (!v->vm->options.cmma)
        return hv_inject(v, PGM_OPERATION);
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (v->sd->ecb2 & SD_ECB2_CMMA)
        release_listed(v);
    else
        r = switch_on(v);
    return r ? hv_broken(v, r) : hv_interpret(v, 0);
}

void hv_reset_usage(struct vm *vm)
{
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (v)
            v->sd->cbrlo = be64_of(be64_get(v->sd->cbrlo) & SD_CBRLO_ORIGIN);
    }
    mem_usage_reset(&vm->mem);
}
