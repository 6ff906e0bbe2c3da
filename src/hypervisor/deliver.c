/* SPDX-License-Identifier: Apache-2.0
 *
 * Delivery before each SIE entry (I08): what is pending and enabled is stored in the prefix area,
 * highest priority first, so that its handler runs last; for the rest the intervention indicators
 * are set, so that SIE leaves when the guest becomes enabled.
 *
 * Under the locks an interruption is only taken; it is stored after they are dropped.  Nothing
 * pending and no indicator set is the usual case and takes no lock: see interrupt.h for why that
 * is safe.
 *
 * References: [PoP 6 Priority of Interruptions].
 */
#include <errno.h>

#include "arch/cr.h"
#include "arch/external.h"
#include "arch/lowcore.h"
#include "base/log.h"
#include "cpu/interrupt.h"
#include "cpu/sca.h"
#include "cpu/timer.h"
#include "hypervisor/hv.h"

#define LC(field) ((unsigned)offsetof(struct lowcore, field))
#define TIMERS (IRQ_BIT(IRQ_CLOCK_COMPARATOR) | IRQ_BIT(IRQ_CPU_TIMER))

/* ---- the prefix area ---- */

int hv_write_lowcore(struct vcpu *v, unsigned offset, const void *from, unsigned len)
{
    if (cpu_lowcore_copy(&v->cpu, offset, (void *)(uintptr_t)from, len, true) ||
        mem_write(&v->vm->mem, abs_addr(hv_prefix(v) + offset), from, len) == MEM_OK)
        return 0;
    log_error("CPU %u: prefix area %08x is not in storage", v->id, hv_prefix(v));
    return -EFAULT;
}

int hv_read_lowcore(struct vcpu *v, unsigned offset, void *to, unsigned len)
{
    if (cpu_lowcore_copy(&v->cpu, offset, to, len, false) ||
        mem_read(&v->vm->mem, abs_addr(hv_prefix(v) + offset), to, len) == MEM_OK)
        return 0;
    log_error("CPU %u: prefix area %08x is not in storage", v->id, hv_prefix(v));
    return -EFAULT;
}

int hv_swap_psw(struct vcpu *v, unsigned old, unsigned new)
{
    int r = hv_write_lowcore(v, old, &v->sd->gpsw, sizeof(v->sd->gpsw));

    return r ? r : hv_read_lowcore(v, new, &v->sd->gpsw, sizeof(v->sd->gpsw));
}

/* ---- what is enabled ---- */

/* CR0 submask of each external interruption. */
static const struct {
    enum irq irq;
    u64 cr0;
} submasks[] = {
    {IRQ_VIRTIO, CR0_SERVICE},
    {IRQ_PFAULT_DONE, CR0_SERVICE},
    {IRQ_PFAULT_INIT, CR0_SERVICE},
    {IRQ_HOST, CR0_SERVICE},
    {IRQ_SERVICE, CR0_SERVICE},
    {IRQ_SERVICE_EVENT, CR0_SERVICE},
    {IRQ_TIMING_ALERT, CR0_TIMING_ALERT},
    {IRQ_CPU_TIMER, CR0_CPU_TIMER},
    {IRQ_CLOCK_COMPARATOR, CR0_CLOCK_COMP},
    {IRQ_EXTERNAL_CALL, CR0_EXT_CALL},
    {IRQ_EMERGENCY, CR0_EMERGENCY},
    {IRQ_MALFUNCTION_ALERT, CR0_MALF_ALERT},
    {IRQ_INTERRUPT_KEY, CR0_INT_KEY},
};

static u64 external_enabled(const struct vcpu *v)
{
    u64 cr0 = hv_cr(v, 0);
    u64 on = 0;

    if (!(hv_psw_mask(v) & PSW_MASK_EXT))
        return 0;
    for (unsigned i = 0; i < ARRAY_SIZE(submasks); i++)
        if (cr0 & submasks[i].cr0)
            on |= IRQ_BIT(submasks[i].irq);
    return on;
}

/* ISCs that the CPU takes now, bit 0x80 >> isc. */
static u8 iscs_enabled(const struct vcpu *v)
{
    if (!(hv_psw_mask(v) & PSW_MASK_IO))
        return 0;
    return (u8)((hv_cr(v, 6) & CR6_ISC) >> CR6_ISC_SHIFT);
}

/* IRQ_IO(0) is the leftmost of the eight bits, as ISC 0 is. */
static u64 irqs_of_iscs(u8 iscs)
{
    return (u64)iscs << IRQ_IO_ISC7;
}

/* Machine checks: the PSW, and for repressible ones the subclass mask. */
static u64 machine_check_enabled(const struct vcpu *v, const struct mchk_info *m)
{
    u64 on = IRQ_BIT(IRQ_MCHK_EXIGENT);

    if (!(hv_psw_mask(v) & PSW_MASK_MCHECK))
        return 0;
    if (hv_cr(v, 14) & m->cr14)
        on |= IRQ_BIT(IRQ_MCHK_REPRESSIBLE);
    return on;
}

u64 hv_enabled(const struct vcpu *v, u64 local, u64 floating)
{
    u64 on = IRQ_BIT(IRQ_PROGRAM) | IRQ_BIT(IRQ_RESTART) | IRQ_BIT(IRQ_SET_PREFIX);
    u64 hit;

    if ((local | floating) & IRQ_EXT_MASK)
        on |= external_enabled(v);
    if (floating & IRQ_IO_MASK)
        on |= irqs_of_iscs(iscs_enabled(v));
    hit = (local | floating) & on;
    if (local & IRQ_MCHK_MASK)
        hit |= local & machine_check_enabled(v, &v->local.mchk);
    if (floating & IRQ_MCHK_MASK)
        hit |= floating & machine_check_enabled(v, &v->vm->floating.mchk);
    return hit;
}

u64 hv_timers_pending(struct vcpu *v)
{
    u64 cr0 = hv_cr(v, 0);
    u64 now, due = 0;

    if (!(cr0 & (CR0_CLOCK_COMP | CR0_CPU_TIMER)))
        return 0;
    now = hv_get_tod(v->vm);
    if (cr0 & CR0_CLOCK_COMP && cpu_ckc_passed(&v->cpu, now, be64_get(v->sd->ckc)))
        due |= IRQ_BIT(IRQ_CLOCK_COMPARATOR);
    if (cr0 & CR0_CPU_TIMER && (s64)be64_get(v->sd->cputm) < 0)
        due |= IRQ_BIT(IRQ_CPU_TIMER);
    return due;
}

/* ---- taking one, under both locks ---- */

struct taken {
    enum irq irq;
    struct io_interrupt io;
    struct mchk_info mchk;
    struct fault program;
    u32 parm;  /* external-interruption parameter, prefix */
    u64 parm2; /* of a CP service */
    u16 addr;  /* CPU address, or subcode of a CP service */
};

/* The lowest source; the interruption stays pending for the others. */
static void take_source(struct vcpu *v, struct taken *t, u64 sources[4])
{
    unsigned w = 0;

    while (w < 3 && !sources[w])
        w++;
    t->addr = (u16)(w * 64);
    if (sources[w]) {
        t->addr = (u16)(w * 64 + (unsigned)__builtin_ctzll(sources[w]));
        sources[w] &= sources[w] - 1;
    }
    if (!(sources[0] | sources[1] | sources[2] | sources[3]))
        atomic_fetch_and(&v->local.pending, ~IRQ_BIT(t->irq));
}

static void take_service(struct floating_interrupts *f, struct taken *t)
{
    t->parm = f->service_parm;
    f->service_parm = 0;
    atomic_fetch_and(&f->pending, ~IRQ_BIT(IRQ_SERVICE));
}

/* A local and a floating one that are both enabled are one interruption. */
static void take_mchk(struct vcpu *v, struct taken *t)
{
    struct floating_interrupts *f = &v->vm->floating;
    u64 bit = IRQ_BIT(t->irq);
    u64 local = atomic_load(&v->local.pending) & bit;
    u64 floating = atomic_load(&f->pending) & bit;

    if (local && machine_check_enabled(v, &v->local.mchk) & bit) {
        t->mchk = v->local.mchk;
        atomic_fetch_and(&v->local.pending, ~bit);
        if (!(atomic_load(&v->local.pending) & IRQ_MCHK_MASK))
            v->local.mchk = (struct mchk_info){0};
    }
    if (floating && machine_check_enabled(v, &f->mchk) & bit) {
        t->mchk.mcic |= f->mchk.mcic;
        t->mchk.cr14 |= f->mchk.cr14;
        atomic_fetch_and(&f->pending, ~bit);
        f->mchk = (struct mchk_info){0};
    }
}

static void take_local(struct vcpu *v, enum irq irq)
{
    atomic_fetch_and(&v->local.pending, ~IRQ_BIT(irq));
}

static void take_cp_service(struct vcpu *v, struct taken *t)
{
    struct floating_interrupts *f = &v->vm->floating;

    switch (t->irq) {
    case IRQ_PFAULT_INIT:
        t->addr = EXT_CP_PFAULT_INIT;
        t->parm2 = v->local.pfault_token;
        take_local(v, t->irq);
        return;
    case IRQ_PFAULT_DONE:
        t->addr = EXT_CP_PFAULT_DONE;
        t->parm2 = hv_take_page(v->vm);
        return;
    default:
        t->addr = EXT_CP_VIRTIO;
        t->parm = f->virtio_parm;
        t->parm2 = f->virtio_parm2;
    }
    atomic_fetch_and(&f->pending, ~IRQ_BIT(t->irq));
}

/* False: somebody else was faster. */
static bool take(struct vcpu *v, struct taken *t)
{
    struct floating_interrupts *f = &v->vm->floating;

    switch (t->irq) {
    case IRQ_EMERGENCY:
        take_source(v, t, v->local.emergency);
        return true;
    case IRQ_EXTERNAL_CALL:
        return sca_take_external_call(v->sd, v->id, &t->addr);
    case IRQ_MALFUNCTION_ALERT:
        take_source(v, t, v->local.malfunction);
        return true;
    case IRQ_SET_PREFIX:
        t->parm = v->local.prefix;
        take_local(v, t->irq);
        return true;
    case IRQ_PROGRAM:
        t->program = *v->local.program;
        v->local.program = NULL;
        take_local(v, t->irq);
        return true;
    case IRQ_RESTART:
        take_local(v, t->irq);
        return true;
    case IRQ_SERVICE:
        take_service(f, t);
        return true;
    case IRQ_INTERRUPT_KEY:
        atomic_fetch_and(&f->pending, ~IRQ_BIT(t->irq));
        return true;
    case IRQ_PFAULT_INIT:
    case IRQ_PFAULT_DONE:
    case IRQ_VIRTIO:
        take_cp_service(v, t);
        return true;
    case IRQ_MCHK_REPRESSIBLE:
    case IRQ_MCHK_EXIGENT:
        take_mchk(v, t);
        return true;
    case IRQ_CLOCK_COMPARATOR:
    case IRQ_CPU_TIMER:
        return true; /* level: computed anew each time */
    default:
        return hv_take_io(v->vm, (unsigned)(IRQ_IO_ISC0 - t->irq), &t->io);
    }
}

/* ---- storing one, without locks ---- */

static int deliver_external(struct vcpu *v, enum hv_counter counter, u16 code, u16 addr, u32 parm)
{
    struct {
        be32 parm;
        be16 addr, code;
    } lc = {be32_of(parm), be16_of(addr), be16_of(code)};
    int r = hv_write_lowcore(v, LC(ext_params), &lc, sizeof(lc));

    hv_count(v, counter);
    return r ? r : hv_swap_psw(v, LC(ext_old_psw), LC(ext_new_psw));
}

static int deliver_cp_service(struct vcpu *v, const struct taken *t, enum hv_counter counter)
{
    be64 parm2 = be64_of(t->parm2);
    int r = hv_write_lowcore(v, LC(ext_params2), &parm2, sizeof(parm2));

    return r ? r : deliver_external(v, counter, EXT_CP_SERVICE, t->addr, t->parm);
}

static int deliver_io(struct vcpu *v, const struct io_interrupt *io)
{
    struct {
        be16 id, nr;
        be32 parm, word;
    } lc = {be16_of(io->subchannel_id), be16_of(io->subchannel_nr), be32_of(io->parm),
            be32_of(io->word)};
    int r = hv_write_lowcore(v, LC(ssid), &lc, sizeof(lc));

    hv_count(v, io->word & IO_WORD_ADAPTER ? CNT_DELIVER_ADAPTER : CNT_DELIVER_IO);
    return r ? r : hv_swap_psw(v, LC(io_old_psw), LC(io_new_psw));
}

static int deliver(struct vcpu *v, const struct taken *t)
{
    switch (t->irq) {
    case IRQ_EMERGENCY:
        return deliver_external(v, CNT_DELIVER_EMERGENCY, EXT_EMERGENCY_SIGNAL, t->addr, 0);
    case IRQ_EXTERNAL_CALL:
        return deliver_external(v, CNT_DELIVER_EXTERNAL_CALL, EXT_EXTERNAL_CALL, t->addr, 0);
    case IRQ_MALFUNCTION_ALERT:
        return deliver_external(v, CNT_DELIVER_EXTERNAL, EXT_MALFUNCTION_ALERT, t->addr, 0);
    case IRQ_CLOCK_COMPARATOR:
        return deliver_external(v, CNT_DELIVER_CLOCK_COMPARATOR, EXT_CLOCK_COMPARATOR, 0, 0);
    case IRQ_CPU_TIMER:
        return deliver_external(v, CNT_DELIVER_CPU_TIMER, EXT_CPU_TIMER, 0, 0);
    case IRQ_SERVICE:
        return deliver_external(v, CNT_DELIVER_SERVICE, EXT_SERVICE_SIGNAL, 0, t->parm);
    case IRQ_INTERRUPT_KEY:
        return deliver_external(v, CNT_DELIVER_EXTERNAL, EXT_INTERRUPT_KEY, 0, 0);
    case IRQ_PFAULT_INIT:
        return deliver_cp_service(v, t, CNT_DELIVER_PFAULT_INIT);
    case IRQ_PFAULT_DONE:
        return deliver_cp_service(v, t, CNT_DELIVER_PFAULT_DONE);
    case IRQ_VIRTIO:
        return deliver_cp_service(v, t, CNT_DELIVER_EXTERNAL);
    case IRQ_PROGRAM:
        return hv_deliver_program(v, &t->program);
    case IRQ_MCHK_REPRESSIBLE:
    case IRQ_MCHK_EXIGENT:
        return hv_deliver_mchk(v, &t->mchk);
    case IRQ_RESTART:
        hv_count(v, CNT_DELIVER_RESTART);
        return hv_swap_psw(v, LC(restart_old_psw), LC(restart_new_psw));
    case IRQ_SET_PREFIX:
        hv_count(v, CNT_DELIVER_SET_PREFIX);
        hv_set_prefix(v, t->parm);
        return 0;
    default:
        return deliver_io(v, &t->io);
    }
}

/* ---- intervention indicators ---- */

static void reset_indicators(struct vcpu *v)
{
    struct sd *sd = v->sd;

    if (sd_flags(sd) & SD_CPUFLAG_INTERVENTION)
        sd_clear_flags(sd, SD_CPUFLAG_INTERVENTION);
    sd->lctl = be16_of(0);
    sd->ictl = be32_of(be32_get(sd->ictl) & ~SD_ICTL_LPSW);
}

static void lctl(struct vcpu *v, unsigned cr)
{
    v->sd->lctl = be16_of(be16_get(v->sd->lctl) | SD_LCTL(cr));
}

/* For what is left.  What only the GISA holds, and the timers, SIE watches itself. */
static void set_indicators(struct vcpu *v)
{
    u64 left = atomic_load(&v->local.pending) | atomic_load(&v->vm->floating.pending);
    u64 psw = hv_psw_mask(v);

    if (left & IRQ_BIT(IRQ_STOP))
        sd_set_flags(v->sd, SD_CPUFLAG_STOP_INT);
    if (left & IRQ_IO_MASK) {
        if (psw & PSW_MASK_IO)
            lctl(v, 6);
        else
            sd_set_flags(v->sd, SD_CPUFLAG_IO_INT);
    }
    if (left & IRQ_EXT_MASK) {
        if (psw & PSW_MASK_EXT)
            lctl(v, 0);
        else
            sd_set_flags(v->sd, SD_CPUFLAG_EXT_INT);
    }
    if (left & IRQ_MCHK_MASK) {
        if (psw & PSW_MASK_MCHECK)
            lctl(v, 14);
        else
            v->sd->ictl = be32_of(be32_get(v->sd->ictl) | SD_ICTL_LPSW);
    }
}

/* ---- the step ---- */

/* The highest one that can be taken, IRQ_COUNT if there is none.  Both locks are held. */
static enum irq highest(struct vcpu *v, u64 timers)
{
    u64 local = hv_local_pending(v) | timers;
    u64 hit = hv_enabled(v, local, hv_floating_pending(v->vm));

    if (hit && mutated("I08"))
        return (enum irq)__builtin_ctzll(hit);
    return hit ? (enum irq)(63 - __builtin_clzll(hit)) : IRQ_COUNT;
}

/* True: *t is to be stored.  False: nothing is left, indicators are set. */
static bool take_next(struct vcpu *v, u64 *timers, struct taken *t)
{
    struct floating_interrupts *f = &v->vm->floating;
    bool got;

    *t = (struct taken){0};
    pthread_mutex_lock(&f->lock);
    pthread_mutex_lock(&v->local.lock);
    do {
        t->irq = highest(v, *timers);
        got = t->irq != IRQ_COUNT && take(v, t);
    } while (!got && t->irq != IRQ_COUNT);
    if (got) {
        *timers &= ~IRQ_BIT(t->irq);
    } else {
        reset_indicators(v);
        set_indicators(v);
    }
    pthread_mutex_unlock(&v->local.lock);
    if (!got && atomic_load(&f->pending) && !f->announced)
        hv_announce_floating(v->vm, v);
    pthread_mutex_unlock(&f->lock);
    return got;
}

/* Nothing but what is pending for this CPU, and no indicator to take back. */
static bool no_others(const struct vcpu *v)
{
    const struct sd *sd = v->sd;

    return !atomic_load_explicit(&v->vm->floating.pending, memory_order_relaxed) &&
           !(sd_flags(sd) & (SD_CPUFLAG_INTERVENTION | SD_CPUFLAG_ECALL_PEND)) && !sd->lctl.raw &&
           !(be32_get(sd->ictl) & SD_ICTL_LPSW);
}

static bool nothing_to_do(const struct vcpu *v)
{
    return !atomic_load_explicit(&v->local.pending, memory_order_relaxed) && no_others(v);
}

/* Of all interruptions the most frequent by far: one that the CPU itself has caused, and nothing
 * else.  Only this thread makes it pending, so no lock is wanted. */
static bool only_program(const struct vcpu *v)
{
    return atomic_load_explicit(&v->local.pending, memory_order_relaxed) == IRQ_BIT(IRQ_PROGRAM) &&
           no_others(v) && !hv_gisa_pending(v->vm);
}

static int deliver_own_program(struct vcpu *v)
{
    struct fault f = *v->local.program;

    v->local.program = NULL;
    atomic_fetch_and(&v->local.pending, ~IRQ_BIT(IRQ_PROGRAM));
    return hv_deliver_program(v, &f);
}

int hv_deliver(struct vcpu *v)
{
    u64 timers;
    struct taken t;

    if (nothing_to_do(v))
        return 0;
    if (only_program(v) && !trace_on(&v->vm->trace, TRACE_IRQ))
        return deliver_own_program(v);
    atomic_fetch_and(&v->local.pending, ~TIMERS);
    timers = hv_debugged(v) && hv_debug_holds_timers(v) ? 0 : hv_timers_pending(v);
    while (take_next(v, &timers, &t)) {
        int r = deliver(v, &t);

        if (trace_on(&v->vm->trace, TRACE_IRQ))
            trace_line(&v->vm->trace, "cpu %u: delivered %u, psw now %016llx %016llx", v->id,
                       (unsigned)t.irq, (unsigned long long)hv_psw_mask(v),
                       (unsigned long long)hv_psw_addr(v));
        if (r)
            return r;
    }
    return 0;
}

int hv_deliver_program_now(struct vcpu *v)
{
    struct fault f;

    if (!(atomic_load(&v->local.pending) & IRQ_BIT(IRQ_PROGRAM)))
        return 0;
    pthread_mutex_lock(&v->local.lock);
    f = *v->local.program;
    v->local.program = NULL;
    take_local(v, IRQ_PROGRAM);
    pthread_mutex_unlock(&v->local.lock);
    return hv_deliver_program(v, &f);
}
