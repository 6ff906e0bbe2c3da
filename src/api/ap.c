/* SPDX-License-Identifier: Apache-2.0
 *
 * Adjunct processors of a VM of the library: the driver's hook for PQAP, what the guest may use,
 * guest interruption subclasses.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"

/* The user's hook as the hypervisor knows it. */
struct api_pqap {
    struct pqap_hook hook;
    struct sie390_vm *vm;
    struct sie390_pqap_hook *user;
};

static u32 aqic(struct pqap_hook *h, struct vcpu *v, u16 apqn, u64 gr1, u64 gr2)
{
    struct api_pqap *p = (struct api_pqap *)h;

    return p->user->aqic(p->user, &p->vm->cpu[v->id], apqn, gr1, gr2);
}

/* The calling thread is in a hook: it would wait for itself. */
static int not_in_hook(struct sie390_vm *vm)
{
    for (unsigned i = 0; i < vm->vm.max_cpus; i++)
        if (vm->cpu[i].v && api_runs_here(&vm->cpu[i]))
            return api_fail(-EDEADLK, "CPU %u: runs on this thread", i);
    return 0;
}

int sie390_vm_set_pqap_hook(struct sie390_vm *vm, struct sie390_pqap_hook *hook)
{
    struct api_pqap *p;
    int r = not_in_hook(vm);

    if (r)
        return r;
    p = malloc(sizeof(*p));
    if (!p)
        return api_fail(-ENOMEM, "hook for PQAP: %s", strerror(ENOMEM));
    *p = (struct api_pqap){{aqic}, vm, hook};
    pthread_mutex_lock(&vm->pqap_lock);
    r = hv_set_pqap_hook(&vm->vm, &p->hook);
    if (!r)
        vm->pqap = p;
    pthread_mutex_unlock(&vm->pqap_lock);
    if (!r)
        return 0;
    free(p);
    return api_fail(r, "hook for PQAP: there is one");
}

int sie390_vm_clear_pqap_hook(struct sie390_vm *vm, const struct sie390_pqap_hook *hook)
{
    struct api_pqap *p = NULL;
    int r = not_in_hook(vm);

    if (r)
        return r;
    pthread_mutex_lock(&vm->pqap_lock);
    if (vm->pqap && vm->pqap->user == hook) {
        p = vm->pqap;
        hv_clear_pqap_hook(&vm->vm, &p->hook);
        vm->pqap = NULL;
    }
    pthread_mutex_unlock(&vm->pqap_lock);
    free(p);
    return p ? 0 : api_fail(-ENOENT, "hook for PQAP: not the one that is set");
}

void api_free_pqap(struct sie390_vm *vm)
{
    free(vm->pqap);
    pthread_mutex_destroy(&vm->pqap_lock);
}

/* ---- what the guest may use ---- */

int sie390_vm_set_ap_masks(struct sie390_vm *vm, const struct sie390_ap_masks *masks)
{
    struct apcb1 a = {0};
    int r = api_may_pause(vm);

    if (r)
        return r;
    if (masks) {
        memcpy(a.apm, masks->adapters, sizeof(a.apm));
        memcpy(a.aqm, masks->domains, sizeof(a.aqm));
        memcpy(a.adm, masks->control_domains, sizeof(a.adm));
    }
    hv_set_ap_masks(&vm->vm, &a);
    return 0;
}

int sie390_vm_set_ap_interpretation(struct sie390_vm *vm, bool on)
{
    int r = api_may_pause(vm);

    if (r)
        return r;
    r = hv_set_ap_interpretation(&vm->vm, on);
    return r ? api_fail(r, "AP interpretation: the CPU model is without ap=on") : 0;
}

/* ---- guest interruption subclasses ---- */

int sie390_vm_register_isc(struct sie390_vm *vm, unsigned isc)
{
    int r = hv_gisc_register(&vm->vm, isc);

    return r ? api_fail(r, "ISC %u: there are 0 to 7", isc) : 0;
}

int sie390_vm_unregister_isc(struct sie390_vm *vm, unsigned isc)
{
    int r = hv_gisc_unregister(&vm->vm, isc);

    return r ? api_fail(r, "ISC %u: is not registered", isc) : 0;
}

unsigned sie390_vm_registered_iscs(struct sie390_vm *vm)
{
    return hv_gisc_count(&vm->vm);
}
