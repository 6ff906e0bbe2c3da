/* SPDX-License-Identifier: Apache-2.0
 *
 * Interruptions: making them pending, asking what is, taking them away.  The hypervisor's numbers
 * of interruptions are its own business; the library's are in one table here.
 */
#include <errno.h>
#include <string.h>

#include "api/api.h"

static int pending_already(int r)
{
    return r ? api_fail(r, "one is pending already") : 0;
}

static int bad_source(unsigned source, unsigned last)
{
    return source > last ? api_fail(-EINVAL, "CPU address %u: ends at %u here", source, last) : 0;
}

/* ---- for one CPU ---- */

int sie390_inject_emergency(struct sie390_vcpu *vcpu, unsigned source)
{
    int r = bad_source(source, 255);

    return r ? r : hv_inject_emergency(vcpu->v, (u16)source);
}

int sie390_inject_external_call(struct sie390_vcpu *vcpu, unsigned source)
{
    int r = bad_source(source, 255);

    return r ? r : pending_already(hv_inject_external_call(vcpu->v, (u16)source));
}

int sie390_inject_malfunction_alert(struct sie390_vcpu *vcpu, unsigned source)
{
    int r = bad_source(source, 255);

    return r ? r : hv_inject_malfunction_alert(vcpu->v, (u16)source);
}

int sie390_inject_restart(struct sie390_vcpu *vcpu)
{
    return hv_inject_restart(vcpu->v);
}

int sie390_inject_stop(struct sie390_vcpu *vcpu, bool store_status)
{
    return pending_already(hv_inject_stop(vcpu->v, store_status));
}

int sie390_inject_set_prefix(struct sie390_vcpu *vcpu, uint32_t prefix)
{
    int r;

    if (prefix & ~SD_PREFIX_Z || !mem_has(&vcpu->owner->vm.mem, prefix, 2 * FRAME_SIZE))
        return api_fail(-EINVAL, "prefix %08x: not 8 KiB of storage", prefix);
    r = hv_inject_set_prefix(vcpu->v, prefix);
    return r ? api_fail(r, "CPU %u: is not stopped", vcpu->v->id) : 0;
}

int sie390_inject_pfault_init(struct sie390_vcpu *vcpu, uint64_t token)
{
    return pending_already(hv_inject_pfault_init(vcpu->v, token));
}

int sie390_inject_machine_check(struct sie390_vcpu *vcpu, const struct sie390_machine_check *m)
{
    struct mchk_info info = {
        .cr14 = m->cr14,
        .mcic = m->mcic,
        .failing_address = m->failing_address,
        .ext_damage = m->external_damage,
    };

    memcpy(info.fixed_logout, m->fixed_logout, sizeof(info.fixed_logout));
    return hv_inject_mchk(vcpu->v, &info);
}

int sie390_inject_program(struct sie390_vcpu *vcpu, const struct sie390_program *p)
{
    const struct fault f = {
        .code = p->code,
        .ilc = p->ilc,
        .dxc = p->dxc,
        .eaid = p->eaid,
        .oaid = p->oaid,
        .teid = p->teid,
        .mon_class = p->monitor_class,
        .mon_code = p->monitor_code,
        .per_code = p->per_code,
        .per_atmid = p->per_atmid,
        .per_aid = p->per_aid,
        .per_addr = p->per_addr,
    };
    struct api_use u;
    int r;

    if (p->size < sizeof(*p) || p->flags & ~SIE390_PROGRAM_REWIND || p->ilc & ~6 ||
        (!p->code && !p->per_code))
        return api_fail(-EINVAL, "program interruption: code %04x, length %u, flags %x", p->code,
                        p->ilc, p->flags);
    r = api_begin(vcpu, &u);
    if (r)
        return r;
    hv_inject_program_fault(vcpu->v, &f, p->flags & SIE390_PROGRAM_REWIND);
    api_end(&u);
    return 0;
}

/* ---- for any CPU ---- */

int sie390_inject_pfault_done(struct sie390_vm *vm, uint64_t token)
{
    return pending_already(hv_inject_pfault_done(&vm->vm, token));
}

int sie390_inject_virtio(struct sie390_vm *vm, uint32_t parm, uint64_t parm2)
{
    return pending_already(hv_inject_virtio(&vm->vm, parm, parm2));
}

int sie390_inject_channel_report(struct sie390_vm *vm)
{
    return hv_inject_crw(&vm->vm);
}

int sie390_inject_io(struct sie390_vm *vm, const struct sie390_io *io)
{
    const struct io_interrupt i = {io->subchannel_id, io->subchannel_nr, io->parm, io->word};

    if (hv_inject_io(&vm->vm, &i))
        return api_fail(-ENOMEM, "I/O interruption: %s", strerror(ENOMEM));
    return 0;
}

int sie390_inject_adapter(struct sie390_vm *vm, unsigned isc)
{
    if (isc > 7)
        return api_fail(-EINVAL, "%u: is no interruption subclass", isc);
    return hv_inject_adapter(&vm->vm, isc);
}

int sie390_inject_service(struct sie390_vm *vm, uint32_t parm)
{
    return hv_inject_service(&vm->vm, parm);
}

int sie390_inject_interrupt_key(struct sie390_vm *vm)
{
    return hv_inject_interrupt_key(&vm->vm);
}

/* ---- taking away ---- */

static int dequeued(bool got, const struct io_interrupt *from, struct sie390_io *to)
{
    if (got)
        *to = (struct sie390_io){from->subchannel_id, from->subchannel_nr, from->parm, from->word};
    return got;
}

int sie390_dequeue_isc(struct sie390_vm *vm, uint8_t iscs, struct sie390_io *io)
{
    struct io_interrupt i;

    return dequeued(hv_dequeue_io_isc(&vm->vm, iscs, &i), &i, io);
}

int sie390_dequeue_subchannel(struct sie390_vm *vm, uint16_t id, uint16_t nr, struct sie390_io *io)
{
    struct io_interrupt i;

    return dequeued(hv_dequeue_io_sch(&vm->vm, id, nr, &i), &i, io);
}

int sie390_vcpu_clear_pending(struct sie390_vcpu *vcpu)
{
    struct api_use u;
    int r = api_begin(vcpu, &u);

    if (r)
        return r;
    hv_clear_pending(vcpu->v);
    api_end(&u);
    return 0;
}

void sie390_vm_clear_pending(struct sie390_vm *vm)
{
    hv_clear_floating(&vm->vm);
}

/* ---- asking ---- */

struct name {
    enum irq irq;
    u32 bit;
};

static const struct name local[] = {
    {IRQ_PROGRAM, SIE390_PENDING_PROGRAM},
    {IRQ_EMERGENCY, SIE390_PENDING_EMERGENCY},
    {IRQ_EXTERNAL_CALL, SIE390_PENDING_EXTERNAL_CALL},
    {IRQ_MALFUNCTION_ALERT, SIE390_PENDING_MALFUNCTION_ALERT},
    {IRQ_MCHK_EXIGENT, SIE390_PENDING_MACHINE_CHECK},
    {IRQ_MCHK_REPRESSIBLE, SIE390_PENDING_MACHINE_CHECK},
    {IRQ_RESTART, SIE390_PENDING_RESTART},
    {IRQ_STOP, SIE390_PENDING_STOP},
    {IRQ_SET_PREFIX, SIE390_PENDING_SET_PREFIX},
    {IRQ_PFAULT_INIT, SIE390_PENDING_PFAULT_INIT},
};

static const struct name floating[] = {
    {IRQ_SERVICE, SIE390_PENDING_SERVICE},
    {IRQ_INTERRUPT_KEY, SIE390_PENDING_INTERRUPT_KEY},
    {IRQ_MCHK_REPRESSIBLE, SIE390_PENDING_CHANNEL_REPORT},
    {IRQ_PFAULT_DONE, SIE390_PENDING_PFAULT_DONE},
    {IRQ_VIRTIO, SIE390_PENDING_VIRTIO},
};

static u32 named(u64 irqs, const struct name *names, size_t n)
{
    u32 bits = 0;

    for (size_t i = 0; i < n; i++)
        if (irqs & IRQ_BIT(names[i].irq))
            bits |= names[i].bit;
    return bits;
}

uint32_t sie390_vcpu_pending(const struct sie390_vcpu *vcpu)
{
    return named(hv_pending_local(vcpu->v), local, ARRAY_SIZE(local));
}

uint32_t sie390_vm_pending(struct sie390_vm *vm)
{
    u64 irqs = hv_pending_floating(&vm->vm);
    u32 bits = named(irqs, floating, ARRAY_SIZE(floating));

    for (unsigned isc = 0; isc < 8; isc++)
        if (irqs & IRQ_BIT(IRQ_IO(isc)))
            bits |= SIE390_PENDING_IO(isc);
    return bits;
}
