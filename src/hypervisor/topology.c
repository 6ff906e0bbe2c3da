/* SPDX-License-Identifier: Apache-2.0
 *
 * The CPU topology (facility 11): drawers of books of sockets of cores, in the order of CPU
 * addresses; horizontal or vertical polarization; PERFORM TOPOLOGY FUNCTION (I27) and the blocks
 * 15.1.x of STORE SYSTEM INFORMATION (I25).
 *
 * Nothing is scheduled by it: dedication and entitlement are what the operator says, and what the
 * guest is told.  That something changed is a bit of the SCA, which SIE's interpretation of PTF
 * takes (function code 2).
 *
 * References: [PoP 10 PERFORM TOPOLOGY FUNCTION, STORE SYSTEM INFORMATION].
 */
#include <errno.h>
#include <string.h>

#include "arch/stsi.h"
#include "hypervisor/priv.h"

static unsigned sockets_of(const struct topology *t)
{
    return t->drawers * t->books * t->sockets;
}

bool topology_complete(struct topology *t, unsigned cpus)
{
    u64 containers;

    t->drawers = t->drawers ? t->drawers : 1;
    t->books = t->books ? t->books : 1;
    t->sockets = t->sockets ? t->sockets : 1;
    containers = (u64)t->drawers * t->books * t->sockets;
    t->cores = t->cores ? t->cores : (unsigned)(cpus / containers);
    return containers * t->cores == cpus;
}

/* ---- changes ---- */

void hv_topology_changed(struct vm *vm)
{
    __atomic_fetch_or(&vm->sca->utility.raw, be16_of(SCA_UTILITY_MTCR).raw, __ATOMIC_SEQ_CST);
}

void hv_reset_topology(struct vm *vm)
{
    atomic_store(&vm->vertical, false);
    __atomic_fetch_and(&vm->sca->utility.raw, ~be16_of(SCA_UTILITY_MTCR).raw, __ATOMIC_SEQ_CST);
}

int vcpu_set_entitlement(struct vcpu *v, enum entitlement e, bool dedicated)
{
    bool changed;

    if (dedicated && e != ENTITLEMENT_HIGH)
        return -EINVAL;
    changed = atomic_exchange(&v->entitlement, (int)e) != (int)e;
    if (atomic_exchange(&v->dedicated, dedicated) != dedicated || changed)
        hv_topology_changed(v->vm);
    return 0;
}

/* ---- PERFORM TOPOLOGY FUNCTION ---- */

enum hv_outcome priv_ptf(struct vcpu *v)
{
    u64 *r1 = &v->cpu.gr[hv_r1_rre(hv_ipb(v))];
    bool vertical = *r1 == PTF_VERTICAL;

    if (!hv_facility(v, 11))
        return hv_inject(v, PGM_OPERATION);
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (*r1 > PTF_CHECK)
        return hv_inject(v, PGM_SPECIFICATION);
    if (*r1 == PTF_CHECK) {
        v->sd->ecb |= SD_ECB_PTF;
        return hv_interpret(v, 0);
    }
    if (atomic_exchange(&v->vm->vertical, vertical) == vertical) {
        *r1 |= PTF_REASON_ALREADY;
        hv_set_cc(v, 2);
        return HV_RESUME;
    }
    hv_topology_changed(v->vm);
    hv_set_cc(v, 0);
    return HV_RESUME;
}

/* ---- SYSIB 15.1.x ---- */

/* What the entries are stored into. */
struct list {
    u8 *block;
    unsigned len;
    bool full;
};

static void append(struct list *l, const void *entry, unsigned len)
{
    l->full = l->full || l->len + len > SYSIB_SIZE;
    if (l->full)
        return;
    memcpy(l->block + l->len, entry, len);
    l->len += len;
}

static void append_container(struct list *l, unsigned level, unsigned id)
{
    struct tle_container e = {.nl = (u8)level, .id = (u8)id};

    append(l, &e, sizeof(e));
}

/* Polarization and dedication as an entry has them. */
static u8 flags_of(const struct vcpu *v)
{
    unsigned polarization =
        atomic_load(&v->vm->vertical) ? (unsigned)atomic_load(&v->entitlement) : 0;

    return (u8)((atomic_load(&v->dedicated) ? TLE_CPU_DEDICATED : 0) | polarization);
}

/* CPUs of [first, end) with these flags, in 64 addresses from `origin` on. */
static u64 mask_of(const struct vm *vm, unsigned first, unsigned end, unsigned origin, u8 flags)
{
    u64 mask = 0;

    for (unsigned n = 0; n < 64; n++) {
        unsigned id = origin + n;
        const struct vcpu *v = id >= first && id < end ? vm_cpu_configured(vm, id) : NULL;

        if (v && flags_of(v) == flags)
            mask |= BIT64(n);
    }
    return mask;
}

/* In the order that is laid down: polarization, highest first; dedicated before shared; address. */
static void append_cpus(struct list *l, const struct vm *vm, unsigned first, unsigned end)
{
    for (int p = TLE_CPU_POLARIZATION; p >= 0; p--) {
        for (int dedicated = TLE_CPU_DEDICATED; dedicated >= 0; dedicated -= TLE_CPU_DEDICATED) {
            for (unsigned origin = first & ~63U; origin < end; origin += 64) {
                struct tle_cpu e = {.flags = (u8)(dedicated | p), .origin = be16_of((u16)origin)};

                e.mask = be64_of(mask_of(vm, first, end, origin, e.flags));
                if (be64_get(e.mask))
                    append(l, &e, sizeof(e));
            }
        }
    }
}

/* Has any CPU from `first` on, `n` of them. */
static bool populated(const struct vm *vm, unsigned first, unsigned n)
{
    for (unsigned id = first; id < first + n; id++)
        if (vm_cpu_configured(vm, id))
            return true;
    return false;
}

/* The containers that begin with socket s.  Above the nesting that is asked for, containers are
 * left out, and what they held is numbered through. */
static void append_containers(struct list *l, const struct topology *t, unsigned nesting,
                              unsigned s, unsigned *book, unsigned *drawer)
{
    unsigned b = s / t->sockets, d = b / t->books;

    if (nesting > 3 && d != *drawer)
        append_container(l, 3, d);
    if (nesting > 2 && b != *book)
        append_container(l, 2, nesting > 3 ? b % t->books : b);
    append_container(l, 1, nesting > 2 ? s % t->sockets : s);
    *book = b;
    *drawer = d;
}

static void fill_magnitudes(const struct topology *t, unsigned nesting, u8 mag[6])
{
    mag[5] = (u8)t->cores;
    mag[4] = (u8)(nesting > 2 ? t->sockets : sockets_of(t));
    if (nesting > 2)
        mag[3] = (u8)(nesting > 3 ? t->books : t->books * t->drawers);
    if (nesting > 3)
        mag[2] = (u8)t->drawers;
}

bool hv_fill_topology(const struct vm *vm, unsigned nesting, void *block)
{
    const struct topology *t = &vm->topology;
    struct sysib_15_1_x *b = block;
    struct list l = {block, sizeof(*b), false};
    unsigned book = ~0U, drawer = ~0U;

    if (nesting < 2 || nesting > STSI_MNEST)
        return false;
    for (unsigned s = 0; s < sockets_of(t); s++) {
        if (!populated(vm, s * t->cores, t->cores))
            continue;
        append_containers(&l, t, nesting, s, &book, &drawer);
        append_cpus(&l, vm, s * t->cores, (s + 1) * t->cores);
    }
    fill_magnitudes(t, nesting, b->mag);
    b->mnest = (u8)nesting;
    b->len = be16_of((u16)l.len);
    return !l.full;
}
