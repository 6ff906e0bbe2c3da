/* SPDX-License-Identifier: Apache-2.0
 *
 * The guest interruption state area: adapter interruptions wait there, and SIE delivers them to any
 * running CPU that is enabled without leaving.  What is here is the hypervisor's half: making
 * pending, delivery by software, and the alert mask that idling CPUs restore.
 *
 * The first doubleword is changed by compare and swap only.  The GISA is never on an alert list
 * here: an alert is a return value.
 *
 * References: interface of GISA and adapter interruptions as KVM uses it; no public manual.
 */
#include "hypervisor/hv.h"

static u64 load(const union gisa *g)
{
    return be64_get((be64){__atomic_load_n(&g->word0.raw, __ATOMIC_SEQ_CST)});
}

static bool swap(union gisa *g, u64 *old, u64 new)
{
    be64 expected = be64_of(*old);

    if (__atomic_compare_exchange_n(&g->word0.raw, &expected.raw, be64_of(new).raw, false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        return true;
    *old = be64_get(expected);
    return false;
}

static u64 ipm_bit(unsigned isc)
{
    return (u64)GISA_ISC(isc) << GISA_WORD0_IPM_SHIFT;
}

u8 hv_gisa_pending(const struct vm *vm)
{
    if (!atomic_load_explicit(&vm->uses_gisa, memory_order_relaxed))
        return 0;
    return (u8)(load(vm->gisa) >> GISA_WORD0_IPM_SHIFT);
}

bool hv_gisa_take(struct vm *vm, unsigned isc)
{
    u64 old = load(vm->gisa);

    do {
        if (!(old & ipm_bit(isc)))
            return false;
    } while (!swap(vm->gisa, &old, old & ~ipm_bit(isc)));
    return true;
}

void hv_gisa_clear(struct vm *vm)
{
    u64 old = load(vm->gisa);

    while (!swap(vm->gisa, &old, old & ~GISA_WORD0_IPM))
        ;
}

bool hv_gisa_set(struct vm *vm, unsigned isc)
{
    u64 old = load(vm->gisa);
    bool alert;
    u64 new;

    do {
        alert = old & GISA_ISC(isc);
        new = old | ipm_bit(isc);
        if (alert)
            new &= ~GISA_WORD0_IAM;
    } while (!swap(vm->gisa, &old, new));
    return alert;
}

bool hv_gisa_restore_alerts(struct vm *vm, u8 iscs)
{
    u64 old;

    if (!atomic_load_explicit(&vm->uses_gisa, memory_order_relaxed))
        return true;
    old = load(vm->gisa);
    do {
        if (old >> GISA_WORD0_IPM_SHIFT & iscs)
            return false;
        if ((old & GISA_WORD0_IAM) == vm->gisa_alert)
            return true;
    } while (!swap(vm->gisa, &old, (old & ~GISA_WORD0_IAM) | vm->gisa_alert));
    return true;
}
