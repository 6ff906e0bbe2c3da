/* SPDX-License-Identifier: Apache-2.0
 *
 * Making interruptions pending, and finding a CPU that takes them.  See interrupt.h for the locks
 * and the invariant; delivery is in deliver.c.
 *
 * Local ones go to one CPU.  Floating ones: an idle CPU that is enabled is woken; if there is none,
 * every operating CPU is told, and the first that is enabled takes it.
 *
 * References: [PoP 6 Interruption], [PoP 16 I/O Interruptions].
 */
#include "hypervisor/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "arch/cr.h"
#include "arch/external.h"
#include "cpu/request.h"
#include "cpu/sca.h"
#include "hypervisor/hv.h"

/* ---- telling CPUs ---- */

static void trace_pending(struct vm *vm, const char *what, u64 detail)
{
    if (trace_on(&vm->trace, TRACE_IRQ))
        trace_line(&vm->trace, "pending: %s %llx", what, (unsigned long long)detail);
}

void hv_tell(struct vcpu *v, u64 local, u64 floating)
{
    u64 what = local | floating;
    u32 flags = 0;

    if (atomic_load(&v->state) != VCPU_OPERATING)
        return;
    if (v->idle) {
        if (what & IRQ_BIT(IRQ_STOP) || hv_enabled(v, local, floating))
            hv_wake(v);
        return;
    }
    if (what & IRQ_EXT_MASK)
        flags |= SD_CPUFLAG_EXT_INT;
    if (what & IRQ_IO_MASK)
        flags |= SD_CPUFLAG_IO_INT;
    if (what & IRQ_BIT(IRQ_STOP))
        flags |= SD_CPUFLAG_STOP_INT;
    if (flags)
        sd_set_flags(v->sd, flags);
    cpu_kick(&v->cpu, flags ? REQ_KICK : REQ_HOST);
}

/* local.lock held.  SIE presents it by itself: a running CPU only has to look. */
static void tell_external_call(struct vcpu *v)
{
    if (atomic_load(&v->state) != VCPU_OPERATING)
        return;
    if (!v->idle)
        cpu_kick(&v->cpu, REQ_KICK);
    else if (hv_enabled(v, IRQ_BIT(IRQ_EXTERNAL_CALL), 0))
        hv_wake(v);
}

void hv_announce_floating(struct vm *vm, const struct vcpu *self)
{
    u64 pending = hv_floating_pending(vm);

    vm->floating.announced = true;
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (!v || v == self)
            continue;
        pthread_mutex_lock(&v->local.lock);
        hv_tell(v, 0, pending);
        pthread_mutex_unlock(&v->local.lock);
    }
}

/* Wakes CPU `id` if it is idle and can take one of `irqs` now. */
static bool wake_one(struct vm *vm, unsigned id, u64 irqs)
{
    struct vcpu *v = cpu_set_has(&vm->idle_cpus, id) ? vm_cpu(vm, id) : NULL;
    bool found;

    if (!v)
        return false;
    pthread_mutex_lock(&v->local.lock);
    found = v->idle && hv_enabled(v, 0, irqs);
    if (found)
        hv_wake(v);
    pthread_mutex_unlock(&v->local.lock);
    return found;
}

/* Wakes one idle CPU that can take one of `irqs` now, looking from a different one each time. */
static bool wake_idle(struct vm *vm, u64 irqs)
{
    unsigned first = atomic_fetch_add_explicit(&vm->floating.next_rr_cpu, 1, memory_order_relaxed);

    for (unsigned n = 0; n < vm->max_cpus; n++)
        if (wake_one(vm, (first + n) % vm->max_cpus, irqs))
            return true;
    return false;
}

/* floating.lock held: `irqs` have just become pending. */
static void find_cpu(struct vm *vm, u64 irqs)
{
    atomic_fetch_or(&vm->floating.pending, irqs);
    vm->floating.announced = false;
    if (!wake_idle(vm, irqs))
        hv_announce_floating(vm, NULL);
}

u64 hv_floating_pending(struct vm *vm)
{
    u64 p = atomic_load(&vm->floating.pending);

    if (vm->floating.service_masked)
        p &= ~IRQ_BIT(IRQ_SERVICE);
    return p | (u64)hv_gisa_pending(vm) << IRQ_IO_ISC7;
}

/* ---- floating ---- */

static void append(struct floating_interrupts *f, unsigned isc, struct io_entry *e)
{
    if (f->io_tail[isc])
        f->io_tail[isc]->next = e;
    else
        f->io_head[isc] = e;
    f->io_tail[isc] = e;
}

int hv_inject_io(struct vm *vm, const struct io_interrupt *io)
{
    struct floating_interrupts *f = &vm->floating;
    unsigned isc = io_word_isc(io->word);
    struct io_entry *e = calloc(1, sizeof(*e));

    if (!e)
        return -ENOMEM;
    e->io = *io;
    trace_pending(vm, "I/O", (u64)io->subchannel_nr << 32 | io->word);
    pthread_mutex_lock(&f->lock);
    append(f, isc, e);
    find_cpu(vm, IRQ_BIT(IRQ_IO(isc)));
    pthread_mutex_unlock(&f->lock);
    return 0;
}

/* SIE finds it in the GISA: running CPUs only have to look.  They are asked even if an idle one
 * wakes, for that one may have something to do first that disables it.  An idle one is woken
 * whether or not this raised an alert: the mask stays zero from one alert until a CPU idles again,
 * and the CPU that the alert woke may not be enabled for this ISC. */
static bool inject_gisa(struct vm *vm, unsigned isc)
{
    bool alert = hv_gisa_set(vm->gisa, vm->gib, isc);

    if (alert)
        (void)hv_gib_take_alerts(vm->gib);
    (void)wake_idle(vm, IRQ_BIT(IRQ_IO(isc)));
    for (unsigned i = 0; i < vm->max_cpus; i++) {
        struct vcpu *v = vm_cpu(vm, i);

        if (v && atomic_load(&v->state) == VCPU_OPERATING)
            cpu_kick(&v->cpu, REQ_KICK);
    }
    return alert;
}

enum hv_adapter_way hv_inject_adapter_way(struct vm *vm, unsigned isc)
{
    struct floating_interrupts *f = &vm->floating;

    trace_pending(vm, "adapter", isc);
    if (atomic_load(&vm->uses_gisa))
        return inject_gisa(vm, isc) ? HV_ADAPTER_ALERT : HV_ADAPTER_GISA;
    pthread_mutex_lock(&f->lock);
    f->adapters |= (u8)(0x80 >> isc);
    find_cpu(vm, IRQ_BIT(IRQ_IO(isc)));
    pthread_mutex_unlock(&f->lock);
    return HV_ADAPTER_FLOATING;
}

int hv_inject_adapter(struct vm *vm, unsigned isc)
{
    (void)hv_inject_adapter_way(vm, isc);
    return 0;
}

int hv_inject_suppressible(struct vm *vm, unsigned isc)
{
    if (bitmap_test(vm->model.facilities, 72) && !hv_ais_admits(vm, isc))
        return 0;
    return hv_inject_adapter(vm, isc);
}

int hv_inject_service(struct vm *vm, u32 parm)
{
    struct floating_interrupts *f = &vm->floating;

    trace_pending(vm, "service signal", parm);
    pthread_mutex_lock(&f->lock);
    f->service_parm |= parm & EXT_SERVICE_EVENT;
    if (!(f->service_parm & EXT_SERVICE_SCCB))
        f->service_parm |= parm & EXT_SERVICE_SCCB;
    find_cpu(vm, IRQ_BIT(IRQ_SERVICE));
    pthread_mutex_unlock(&f->lock);
    return 0;
}

#define MCIC_VALID                                                                                 \
    (MCIC_WP | MCIC_MS | MCIC_PM | MCIC_IA | MCIC_FP | MCIC_GR | MCIC_CR | MCIC_ST | MCIC_AR |     \
     MCIC_PR | MCIC_FC | MCIC_CT | MCIC_CC)

int hv_inject_crw(struct vm *vm)
{
    struct floating_interrupts *f = &vm->floating;
    u64 vr = bitmap_test(vm->model.facilities, 129) ? MCIC_VR : 0;
    u64 gs = bitmap_test(vm->model.facilities, 133) ? MCIC_GS : 0;

    trace_pending(vm, "channel report", 0);
    pthread_mutex_lock(&f->lock);
    f->mchk.cr14 |= CR14_CHANNEL_REPORT;
    f->mchk.mcic |= MCIC_CP | MCIC_VALID | vr | gs;
    find_cpu(vm, IRQ_BIT(IRQ_MCHK_REPRESSIBLE));
    pthread_mutex_unlock(&f->lock);
    return 0;
}

void hv_page_is_there(struct page_in *p)
{
    struct vcpu *v = p->v;
    struct floating_interrupts *f = &v->vm->floating;
    bool wanted;

    trace_pending(v->vm, "page is there", p->token);
    pthread_mutex_lock(&f->lock);
    pthread_mutex_lock(&v->local.lock);
    wanted = p->resets == v->resets;
    pthread_mutex_unlock(&v->local.lock);
    if (wanted) {
        p->next = NULL;
        if (f->page_head)
            f->page_tail->next = p;
        else
            f->page_head = p;
        f->page_tail = p;
        find_cpu(v->vm, IRQ_BIT(IRQ_PFAULT_DONE));
    }
    pthread_mutex_unlock(&f->lock);
    if (!wanted)
        free(p);
}

/* floating.lock held. */
static void update_page_done(struct floating_interrupts *f)
{
    if (!f->page_head && !f->pfault_single)
        atomic_fetch_and(&f->pending, ~IRQ_BIT(IRQ_PFAULT_DONE));
}

/* floating.lock held: unlinks what is at *link, behind `before`. */
static void unlink_page(struct floating_interrupts *f, struct page_in **link,
                        struct page_in *before)
{
    struct page_in *p = *link;

    *link = p->next;
    if (f->page_tail == p)
        f->page_tail = before;
    free(p);
    update_page_done(f);
}

u64 hv_take_page(struct vm *vm)
{
    struct floating_interrupts *f = &vm->floating;
    u64 token = f->pfault_token;

    if (f->page_head) {
        token = f->page_head->token;
        unlink_page(f, &f->page_head, NULL);
    } else {
        f->pfault_single = false;
        update_page_done(f);
    }
    return token;
}

void hv_forget_pages(struct vcpu *v)
{
    struct floating_interrupts *f = &v->vm->floating;
    struct page_in **link = &f->page_head, *before = NULL;

    pthread_mutex_lock(&f->lock);
    while (*link) {
        if ((*link)->v == v) {
            unlink_page(f, link, before);
        } else {
            before = *link;
            link = &before->next;
        }
    }
    pthread_mutex_unlock(&f->lock);
}

int hv_inject_interrupt_key(struct vm *vm)
{
    struct floating_interrupts *f = &vm->floating;

    trace_pending(vm, "interrupt key", 0);
    pthread_mutex_lock(&f->lock);
    find_cpu(vm, IRQ_BIT(IRQ_INTERRUPT_KEY));
    pthread_mutex_unlock(&f->lock);
    return 0;
}

int hv_inject_pfault_done(struct vm *vm, u64 token)
{
    struct floating_interrupts *f = &vm->floating;
    int r = -EBUSY;

    trace_pending(vm, "pfault done", token);
    pthread_mutex_lock(&f->lock);
    if (!(atomic_load(&f->pending) & IRQ_BIT(IRQ_PFAULT_DONE))) {
        f->pfault_token = token;
        f->pfault_single = true;
        find_cpu(vm, IRQ_BIT(IRQ_PFAULT_DONE));
        r = 0;
    }
    pthread_mutex_unlock(&f->lock);
    return r;
}

int hv_inject_virtio(struct vm *vm, u32 parm, u64 parm2)
{
    struct floating_interrupts *f = &vm->floating;
    int r = -EBUSY;

    trace_pending(vm, "virtio", parm2);
    pthread_mutex_lock(&f->lock);
    if (!(atomic_load(&f->pending) & IRQ_BIT(IRQ_VIRTIO))) {
        f->virtio_parm = parm;
        f->virtio_parm2 = parm2;
        find_cpu(vm, IRQ_BIT(IRQ_VIRTIO));
        r = 0;
    }
    pthread_mutex_unlock(&f->lock);
    return r;
}

u64 hv_pending_floating(struct vm *vm)
{
    u64 p;

    pthread_mutex_lock(&vm->floating.lock);
    p = hv_floating_pending(vm);
    pthread_mutex_unlock(&vm->floating.lock);
    return p;
}

/* ---- local ---- */

/* local.lock held. */
static void local_pending(struct vcpu *v, enum irq irq)
{
    atomic_fetch_or(&v->local.pending, IRQ_BIT(irq));
    hv_tell(v, IRQ_BIT(irq), 0);
}

int hv_inject_mchk(struct vcpu *v, const struct mchk_info *m)
{
    struct local_interrupts *l = &v->local;

    trace_pending(v->vm, "machine check", m->mcic);
    pthread_mutex_lock(&l->lock);
    l->mchk.cr14 |= m->cr14;
    l->mchk.mcic |= m->mcic;
    l->mchk.failing_address = m->failing_address;
    l->mchk.ext_damage |= m->ext_damage;
    memcpy(l->mchk.fixed_logout, m->fixed_logout, sizeof(l->mchk.fixed_logout));
    local_pending(v, m->mcic & MCIC_EXIGENT ? IRQ_MCHK_EXIGENT : IRQ_MCHK_REPRESSIBLE);
    pthread_mutex_unlock(&l->lock);
    return 0;
}

int hv_inject_restart(struct vcpu *v)
{
    pthread_mutex_lock(&v->local.lock);
    atomic_fetch_or(&v->local.pending, IRQ_BIT(IRQ_RESTART));
    if (atomic_load(&v->state) == VCPU_STOPPED && atomic_load(&v->configured) &&
        !v->vm->options.user_cpu_states)
        hv_set_state_locked(v, VCPU_OPERATING);
    hv_tell(v, IRQ_BIT(IRQ_RESTART), 0);
    pthread_mutex_unlock(&v->local.lock);
    return 0;
}

int hv_inject_stop(struct vcpu *v, bool store_status)
{
    struct local_interrupts *l = &v->local;
    int r = 0;

    pthread_mutex_lock(&l->lock);
    if (atomic_load(&l->pending) & IRQ_BIT(IRQ_STOP)) {
        r = -EBUSY;
    } else if (atomic_load(&v->state) != VCPU_STOPPED) {
        l->stop_store_status = store_status;
        local_pending(v, IRQ_STOP);
    }
    pthread_mutex_unlock(&l->lock);
    return r;
}

/* One that is pending once for each source. */
static int inject_from(struct vcpu *v, enum irq irq, u64 sources[4], u16 source)
{
    if (source >= 256)
        return -EINVAL;
    pthread_mutex_lock(&v->local.lock);
    sources[source / 64] |= 1ULL << source % 64;
    local_pending(v, irq);
    pthread_mutex_unlock(&v->local.lock);
    return 0;
}

int hv_inject_emergency(struct vcpu *v, u16 source)
{
    return inject_from(v, IRQ_EMERGENCY, v->local.emergency, source);
}

u64 hv_local_pending(const struct vcpu *v)
{
    u64 p = atomic_load(&v->local.pending);

    return p | (sd_flags(v->sd) & SD_CPUFLAG_ECALL_PEND ? IRQ_BIT(IRQ_EXTERNAL_CALL) : 0);
}

/* Pending in the system control area, for SIE as for us. */
int hv_inject_external_call(struct vcpu *v, u16 source)
{
    struct local_interrupts *l = &v->local;
    int r = 0;

    pthread_mutex_lock(&l->lock);
    if (sca_set_external_call(v->sd, v->id, v->sd, source))
        tell_external_call(v);
    else
        r = -EBUSY;
    pthread_mutex_unlock(&l->lock);
    return r;
}

int hv_inject_malfunction_alert(struct vcpu *v, u16 source)
{
    return inject_from(v, IRQ_MALFUNCTION_ALERT, v->local.malfunction, source);
}

int hv_inject_set_prefix(struct vcpu *v, u32 prefix)
{
    int r = -EBUSY;

    pthread_mutex_lock(&v->local.lock);
    if (atomic_load(&v->state) == VCPU_STOPPED) {
        v->local.prefix = prefix;
        local_pending(v, IRQ_SET_PREFIX);
        r = 0;
    }
    pthread_mutex_unlock(&v->local.lock);
    return r;
}

int hv_inject_pfault_init(struct vcpu *v, u64 token)
{
    int r = -EBUSY;

    pthread_mutex_lock(&v->local.lock);
    if (!(atomic_load(&v->local.pending) & IRQ_BIT(IRQ_PFAULT_INIT))) {
        v->local.pfault_token = token;
        local_pending(v, IRQ_PFAULT_INIT);
        r = 0;
    }
    pthread_mutex_unlock(&v->local.lock);
    return r;
}

u64 hv_pending_local(const struct vcpu *v)
{
    return hv_local_pending(v);
}

void hv_clear_pending(struct vcpu *v)
{
    pthread_mutex_lock(&v->local.lock);
    hv_clear_local(v);
    sca_clear_external_call(v->sd, v->id);
    pthread_mutex_unlock(&v->local.lock);
}

void hv_clear_local(struct vcpu *v)
{
    struct local_interrupts *l = &v->local;

    atomic_store(&l->pending, 0);
    memset(l->emergency, 0, sizeof(l->emergency));
    memset(l->malfunction, 0, sizeof(l->malfunction));
    l->stop_store_status = false;
    l->mchk = (struct mchk_info){0};
    l->program = NULL;
}

/* ---- taking away ---- */

/* floating.lock held. */
static void update_isc(struct floating_interrupts *f, unsigned isc)
{
    if (!f->io_head[isc] && !(f->adapters & 0x80 >> isc))
        atomic_fetch_and(&f->pending, ~IRQ_BIT(IRQ_IO(isc)));
}

/* Unlinks the entry behind *link. */
static void unlink_entry(struct floating_interrupts *f, unsigned isc, struct io_entry **link,
                         struct io_entry *before, struct io_interrupt *out)
{
    struct io_entry *e = *link;

    *out = e->io;
    *link = e->next;
    if (f->io_tail[isc] == e)
        f->io_tail[isc] = before;
    free(e);
    update_isc(f, isc);
}

bool hv_take_io(struct vm *vm, unsigned isc, struct io_interrupt *out)
{
    struct floating_interrupts *f = &vm->floating;
    u8 bit = (u8)(0x80 >> isc);

    if (f->io_head[isc]) {
        unlink_entry(f, isc, &f->io_head[isc], NULL, out);
        return true;
    }
    *out = (struct io_interrupt){.word = IO_WORD_ADAPTER | io_word(isc)};
    if (f->adapters & bit) {
        f->adapters &= (u8)~bit;
        update_isc(f, isc);
        return true;
    }
    return atomic_load(&vm->uses_gisa) && hv_gisa_take(vm, isc);
}

bool hv_dequeue_io_isc(struct vm *vm, u8 isc_mask, struct io_interrupt *out)
{
    bool got = false;

    pthread_mutex_lock(&vm->floating.lock);
    for (unsigned isc = 0; isc < 8 && !got; isc++)
        if (isc_mask & 0x80 >> isc)
            got = hv_take_io(vm, isc, out);
    pthread_mutex_unlock(&vm->floating.lock);
    return got;
}

bool hv_dequeue_io_sch(struct vm *vm, u16 id, u16 nr, struct io_interrupt *out)
{
    struct floating_interrupts *f = &vm->floating;
    bool got = false;

    pthread_mutex_lock(&f->lock);
    for (unsigned isc = 0; isc < 8 && !got; isc++) {
        struct io_entry **link = &f->io_head[isc], *before = NULL;

        while (*link && ((*link)->io.subchannel_nr != nr || (*link)->io.subchannel_id != id)) {
            before = *link;
            link = &before->next;
        }
        got = *link;
        if (got)
            unlink_entry(f, isc, link, before, out);
    }
    pthread_mutex_unlock(&f->lock);
    return got;
}

void hv_clear_floating(struct vm *vm)
{
    struct floating_interrupts *f = &vm->floating;
    struct io_interrupt dropped;

    pthread_mutex_lock(&f->lock);
    for (unsigned isc = 0; isc < 8; isc++)
        while (hv_take_io(vm, isc, &dropped))
            ;
    for (unsigned isc = 0; isc < 8; isc++)
        hv_set_ais_mode(vm, isc, AIS_MODE_ALL);
    while (f->page_head || f->pfault_single)
        (void)hv_take_page(vm);
    atomic_store(&f->pending, 0);
    f->service_parm = 0;
    f->mchk = (struct mchk_info){0};
    f->announced = false;
    pthread_mutex_unlock(&f->lock);
}
