/* SPDX-License-Identifier: Apache-2.0
 *
 * What a virtual machine has for adjunct processors: the crypto control block (which adapters and
 * domains the guest may use, wrapping-key masks), the switch that has SIE interpret the
 * instructions, and the place where the driver of its queues registers.
 *
 * The control block and eca.APIE belong to SIE while a CPU is in it, so both change while all CPUs
 * are at rest.  Not here: what the intercepted instruction does (priv_pqap.c), queues (src/ap).
 *
 * References: Linux Documentation/arch/s390/vfio-ap.rst; IBM CP control blocks SIEBK.
 */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "hypervisor/hv.h"

/* ---- crypto control block ---- */

int hv_init_crycb(struct crycb *crycb)
{
    u8 masks[sizeof(crycb->dea_wrapping_key_mask) + sizeof(crycb->aes_wrapping_key_mask)];

    _Static_assert(sizeof(masks) <= 256, "what getrandom gives without being interrupted");
    if (getrandom(masks, sizeof(masks), 0) != sizeof(masks)) {
        log_error("virtual machine: random wrapping-key masks: %s", strerror(errno));
        return -EIO;
    }
    memset(crycb, 0, sizeof(*crycb));
    memcpy(crycb->dea_wrapping_key_mask, masks, sizeof(crycb->dea_wrapping_key_mask));
    memcpy(crycb->aes_wrapping_key_mask, masks + sizeof(crycb->dea_wrapping_key_mask),
           sizeof(crycb->aes_wrapping_key_mask));
    return 0;
}

/* The first 64 adapters and 16 domains go to the block of the older formats, too, though no state
 * description of ours designates one. */
static void set_masks(struct crycb *crycb, const struct apcb1 *masks)
{
    memcpy(crycb->apcb1.apm, masks->apm, sizeof(masks->apm));
    memcpy(crycb->apcb1.aqm, masks->aqm, sizeof(masks->aqm));
    memcpy(crycb->apcb1.adm, masks->adm, sizeof(masks->adm));
    memcpy(crycb->apcb0.apm, masks->apm, sizeof(crycb->apcb0.apm));
    memcpy(crycb->apcb0.aqm, masks->aqm, sizeof(crycb->apcb0.aqm));
    memcpy(crycb->apcb0.adm, masks->adm, sizeof(crycb->apcb0.adm));
}

void hv_set_ap_masks(struct vm *vm, const struct apcb1 *masks)
{
    if (hv_pause(vm, NULL, NULL) != HV_PAUSED)
        return;
    set_masks(vm->crycb, masks);
    hv_unpause(vm, NULL);
}

void hv_clear_ap_masks(struct vm *vm)
{
    const struct apcb1 none = {0};

    hv_set_ap_masks(vm, &none);
}

/* ---- interpretation ---- */

void hv_describe_ap(struct vcpu *v)
{
    u32 eca = be32_get(v->sd->eca) & ~SD_ECA_APIE;
    be32 new = be32_of(atomic_load(&v->vm->interprets_ap) ? eca | SD_ECA_APIE : eca);

    if (new.raw != v->sd->eca.raw)
        v->sd->eca = new;
}

/* A CPU that is made once the switch is thrown has it right, and one that was made before is among
 * those that are brought to rest. */
int hv_set_ap_interpretation(struct vm *vm, bool on)
{
    if (on && !vm->model.ap)
        return -EOPNOTSUPP;
    pthread_mutex_lock(&vm->lock);
    atomic_store(&vm->interprets_ap, on);
    pthread_mutex_unlock(&vm->lock);
    if (hv_pause(vm, NULL, NULL) != HV_PAUSED)
        return 0;
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (v)
            hv_describe_ap(v);
    }
    hv_unpause(vm, NULL);
    return 0;
}

/* ---- the driver's hook ---- */

/* Guests that ask without a pause must not keep a driver from leaving: writers come first. */
void hv_init_pqap_hook(struct vm *vm)
{
    pthread_rwlockattr_t attr;

    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&vm->pqap_lock, &attr);
    pthread_rwlockattr_destroy(&attr);
}

int hv_set_pqap_hook(struct vm *vm, struct pqap_hook *hook)
{
    int r = -EBUSY;

    pthread_rwlock_wrlock(&vm->pqap_lock);
    if (!vm->pqap_hook) {
        vm->pqap_hook = hook;
        r = 0;
    }
    pthread_rwlock_unlock(&vm->pqap_lock);
    return r;
}

void hv_clear_pqap_hook(struct vm *vm, const struct pqap_hook *hook)
{
    bool wait = !mutated("P04");

    if (wait)
        pthread_rwlock_wrlock(&vm->pqap_lock);
    if (vm->pqap_hook == hook)
        vm->pqap_hook = NULL;
    if (wait)
        pthread_rwlock_unlock(&vm->pqap_lock);
}
