/* SPDX-License-Identifier: Apache-2.0
 *
 * The guest interruption state area: adapter interruptions wait there, and SIE delivers them to any
 * running CPU that is enabled without leaving.  What is here is the machine's half (making pending,
 * the alert list, suppression modes) and the hypervisor's (delivery by software, the alert mask
 * that idling CPUs restore, taking the alert list).
 *
 * The first doubleword is changed by compare and swap only.  A GISA is on the alert list as long
 * as next_alert is not its own address; then its alert mask is zero and stays so.
 *
 * References: interface of GISA, GIB and adapter-interruption suppression as KVM uses it; no public
 * manual.
 */
#include <errno.h>

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

static u64 own_address(const union gisa *g)
{
    return (u64)(uintptr_t)g << GISA_WORD0_NEXT_SHIFT;
}

static bool listed(const union gisa *g, u64 word0)
{
    return (word0 & GISA_WORD0_NEXT) != own_address(g);
}

static void set_next(union gisa *g, u64 next)
{
    u64 old = load(g);

    while (!swap(g, &old, (old & ~GISA_WORD0_NEXT) | next << GISA_WORD0_NEXT_SHIFT))
        ;
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

/* ---- alerts ---- */

static u32 list_head(const struct gib *gib)
{
    return be32_get((be32){__atomic_load_n(&gib->alert_list.raw, __ATOMIC_SEQ_CST)});
}

/* The GISA's next_alert is `head` already. */
static void link_alert(struct gib *gib, union gisa *g, u32 head)
{
    be32 expected = be32_of(head), own = be32_of((u32)(uintptr_t)g);

    while (!__atomic_compare_exchange_n(&gib->alert_list.raw, &expected.raw, own.raw, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        set_next(g, be32_get(expected));
}

bool hv_gisa_set(union gisa *g, struct gib *gib, unsigned isc)
{
    u64 old = load(g), new;
    u32 head;
    bool alert;

    do {
        alert = old & GISA_ISC(isc);
        new = old | ipm_bit(isc);
        head = list_head(gib);
        if (alert) /* mask off and on the list in one step: nobody else puts it there again */
            new = (new & ~(GISA_WORD0_IAM | GISA_WORD0_NEXT)) | (u64)head << GISA_WORD0_NEXT_SHIFT;
    } while (!swap(g, &old, new));
    if (alert)
        link_alert(gib, g, head);
    return alert;
}

unsigned hv_gib_take_alerts(struct gib *gib)
{
    u32 at = be32_get((be32){__atomic_exchange_n(&gib->alert_list.raw, 0, __ATOMIC_SEQ_CST)});
    unsigned n = 0;

    while (at) {
        union gisa *g = (union gisa *)(uintptr_t)at;
        u32 next = (u32)(load(g) >> GISA_WORD0_NEXT_SHIFT);

        set_next(g, at);
        at = next;
        n++;
    }
    return n;
}

bool hv_gisa_restore_alerts(struct vm *vm, u8 iscs)
{
    u64 old;
    u8 alert;

    if (!atomic_load_explicit(&vm->uses_gisa, memory_order_relaxed))
        return true;
    old = load(vm->gisa);
    do {
        alert = atomic_load(&vm->gisa_alert);
        if (old >> GISA_WORD0_IPM_SHIFT & iscs)
            return false;
        if (listed(vm->gisa, old) || (old & GISA_WORD0_IAM) == alert)
            return true;
    } while (!swap(vm->gisa, &old, (old & ~GISA_WORD0_IAM) | alert));
    return true;
}

/* floating.lock held: an ISC comes to the alert mask or goes from it. */
static void set_alert(struct vm *vm, unsigned isc, bool on)
{
    if (on)
        atomic_fetch_or(&vm->gisa_alert, GISA_ISC(isc));
    else
        atomic_fetch_and(&vm->gisa_alert, (u8)~GISA_ISC(isc));
    (void)hv_gisa_restore_alerts(vm, 0);
}

int hv_gisc_register(struct vm *vm, unsigned isc)
{
    if (isc >= ARRAY_SIZE(vm->gisc_refs))
        return -ERANGE;
    pthread_mutex_lock(&vm->floating.lock);
    if (vm->gisc_refs[isc]++ == 0)
        set_alert(vm, isc, true);
    pthread_mutex_unlock(&vm->floating.lock);
    return 0;
}

int hv_gisc_unregister(struct vm *vm, unsigned isc)
{
    int r = -EINVAL;

    if (isc >= ARRAY_SIZE(vm->gisc_refs))
        return -ERANGE;
    pthread_mutex_lock(&vm->floating.lock);
    if (vm->gisc_refs[isc]) {
        if (--vm->gisc_refs[isc] == 0)
            set_alert(vm, isc, false);
        r = 0;
    }
    pthread_mutex_unlock(&vm->floating.lock);
    return r;
}

unsigned hv_gisc_count(struct vm *vm)
{
    unsigned n = 0;

    pthread_mutex_lock(&vm->floating.lock);
    for (unsigned i = 0; i < ARRAY_SIZE(vm->gisc_refs); i++)
        n += vm->gisc_refs[i];
    pthread_mutex_unlock(&vm->floating.lock);
    return n;
}

/* ---- suppression modes (format 1, facility 72) ---- */

#define SIMM(isc) ((u64)GISA_ISC(isc) << GISA_WORD0_SIMM_SHIFT)
#define NIMM(isc) ((u64)GISA_ISC(isc) << GISA_WORD0_NIMM_SHIFT)

void hv_set_ais_mode(struct vm *vm, unsigned isc, unsigned mode)
{
    u64 old = load(vm->gisa), single = mode == AIS_MODE_SINGLE ? SIMM(isc) : 0;

    while (!swap(vm->gisa, &old, (old & ~(SIMM(isc) | NIMM(isc))) | single))
        ;
}

bool hv_ais_admits(struct vm *vm, unsigned isc)
{
    u64 old = load(vm->gisa);

    do {
        if (old & NIMM(isc))
            return false;
        if (!(old & SIMM(isc)))
            return true;
    } while (!swap(vm->gisa, &old, old | NIMM(isc)));
    return true;
}
