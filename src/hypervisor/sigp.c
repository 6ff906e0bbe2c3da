/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGNAL PROCESSOR (I24): all orders, on CPUs of the same virtual machine.
 *
 * Orders that inspect or change a CPU bring it to rest first (pause.c), so they are done when the
 * condition code is set.  Stop and restart of a running CPU are made pending; until it has got
 * there, every order but the resets finds it busy.
 *
 * References: [PoP 4 CPU Signaling and Response], [PoP 10 SIGNAL PROCESSOR].
 */
#include "arch/sigp.h"

#include "arch/cr.h"
#include "arch/lowcore.h"
#include "hypervisor/priv.h"

/* One order on its way. */
struct signal {
    struct vcpu *self, *target;
    u32 parameter; /* right half; SIGP 17 uses all 64 bits of it */
    u64 parameter64;
    u32 status;
    bool gone;  /* the sender was reset: no condition code */
    bool retry; /* the sender has to leave: the instruction is done again */
};

static unsigned status(struct signal *s, u32 bits)
{
    s->status = bits;
    return SIGP_CC_STATUS;
}

static bool stopped(const struct signal *s)
{
    return atomic_load(&s->target->state) == VCPU_STOPPED;
}

static bool check_stopped(const struct signal *s)
{
    return atomic_load(&s->target->state) == VCPU_CHECK_STOP;
}

static void state_changed(struct signal *s)
{
    const struct vm *vm = s->self->vm;

    if (vm->ops && vm->ops->cpu_state_changed)
        vm->ops->cpu_state_changed(vm->ops_arg, s->target);
}

/* ---- signals ---- */

static unsigned sense(struct signal *s)
{
    u32 bits = 0;

    if (hv_local_pending(s->target) & IRQ_BIT(IRQ_EXTERNAL_CALL))
        bits |= SIGP_STATUS_EXT_CALL_PENDING;
    if (stopped(s))
        bits |= SIGP_STATUS_STOPPED;
    if (check_stopped(s))
        bits |= SIGP_STATUS_CHECK_STOP;
    return bits ? status(s, bits) : SIGP_CC_ACCEPTED;
}

static unsigned sense_running(struct signal *s)
{
    if (!hv_facility(s->self, 9))
        return status(s, SIGP_STATUS_INVALID_ORDER);
    if (sd_flags(s->target->sd) & SD_CPUFLAG_RUNNING)
        return SIGP_CC_ACCEPTED;
    return status(s, SIGP_STATUS_NOT_RUNNING);
}

static unsigned external_call(struct signal *s)
{
    if (hv_inject_external_call(s->target, (u16)s->self->id))
        return status(s, SIGP_STATUS_EXT_CALL_PENDING);
    return SIGP_CC_ACCEPTED;
}

static unsigned emergency(struct signal *s)
{
    (void)hv_inject_emergency(s->target, (u16)s->self->id);
    return SIGP_CC_ACCEPTED;
}

/* ---- states ---- */

static unsigned start(struct signal *s)
{
    struct vcpu *v = s->target;
    bool started;

    pthread_mutex_lock(&v->local.lock);
    started = stopped(s) && atomic_load(&v->configured);
    if (started)
        hv_set_state_locked(v, VCPU_OPERATING);
    pthread_mutex_unlock(&v->local.lock);
    if (started)
        state_changed(s);
    return SIGP_CC_ACCEPTED;
}

static unsigned stop(struct signal *s)
{
    return hv_inject_stop(s->target, false) ? SIGP_CC_BUSY : SIGP_CC_ACCEPTED;
}

static unsigned restart(struct signal *s)
{
    bool was_stopped = stopped(s);

    (void)hv_inject_restart(s->target);
    if (was_stopped)
        state_changed(s);
    return SIGP_CC_ACCEPTED;
}

/* ---- orders on a CPU at rest ---- */

static bool pause_target(struct signal *s)
{
    enum hv_pause p;

    if (s->target == s->self)
        return true;
    p = hv_pause(s->self->vm, s->self, s->target);
    s->gone = p == HV_PAUSE_RESET;
    s->retry = p == HV_PAUSE_LEAVE;
    return p == HV_PAUSED;
}

static void resume_target(struct signal *s)
{
    if (s->target != s->self)
        hv_unpause(s->self->vm, s->target);
}

static unsigned at_rest(struct signal *s, unsigned (*order)(struct signal *s))
{
    unsigned cc;

    if (!pause_target(s))
        return SIGP_CC_BUSY;
    cc = order(s);
    resume_target(s);
    return cc;
}

/* The target's PSW and control registers are exact. */
static bool wants_emergency(const struct signal *s)
{
    const struct vcpu *v = s->target;
    u64 psw = hv_psw_mask(v);
    u64 asn = s->parameter & CR4_PASN;

    if (!(psw & (PSW_MASK_IO | PSW_MASK_EXT)))
        return true;
    if (psw & PSW_MASK_WAIT)
        return !hv_psw_addr(v);
    return (hv_cr(v, 4) & CR4_PASN) == asn || (hv_cr(v, 3) & CR3_SASN) == asn;
}

static unsigned conditional_emergency_at_rest(struct signal *s)
{
    return wants_emergency(s) ? emergency(s) : status(s, SIGP_STATUS_INCORRECT_STATE);
}

static unsigned conditional_emergency(struct signal *s)
{
    return at_rest(s, conditional_emergency_at_rest);
}

static unsigned store_at_absolute(struct signal *s)
{
    if (!stopped(s))
        return SIGP_CC_BUSY;
    if (vcpu_store_status(s->target, VCPU_STATUS_ABSOLUTE))
        return status(s, SIGP_STATUS_EQUIPMENT_CHECK);
    return SIGP_CC_ACCEPTED;
}

static unsigned stop_store_status(struct signal *s)
{
    if (stopped(s))
        return at_rest(s, store_at_absolute);
    return hv_inject_stop(s->target, true) ? SIGP_CC_BUSY : SIGP_CC_ACCEPTED;
}

static unsigned reset(struct signal *s, enum cpu_reset kind)
{
    if (!pause_target(s))
        return SIGP_CC_BUSY;
    vcpu_reset(s->target, kind);
    resume_target(s);
    s->gone = s->target == s->self;
    state_changed(s);
    return SIGP_CC_ACCEPTED;
}

static unsigned initial_reset(struct signal *s)
{
    return reset(s, CPU_RESET_INITIAL);
}

static unsigned cpu_reset_order(struct signal *s)
{
    return reset(s, CPU_RESET_NORMAL);
}

static unsigned set_prefix_at_rest(struct signal *s)
{
    u32 prefix = s->parameter & SIGP_PREFIX_MASK;

    if (!mem_has(&s->self->vm->mem, prefix, sizeof(struct lowcore)))
        return status(s, SIGP_STATUS_INVALID_PARAMETER);
    if (!stopped(s))
        return status(s, SIGP_STATUS_INCORRECT_STATE);
    hv_set_prefix(s->target, prefix);
    return SIGP_CC_ACCEPTED;
}

static unsigned set_prefix(struct signal *s)
{
    return at_rest(s, set_prefix_at_rest);
}

static unsigned store_status_at_rest(struct signal *s)
{
    if (!stopped(s))
        return status(s, SIGP_STATUS_INCORRECT_STATE);
    if (vcpu_store_status(s->target, s->parameter & SIGP_STATUS_ADDR))
        return status(s, SIGP_STATUS_INVALID_PARAMETER);
    return SIGP_CC_ACCEPTED;
}

static unsigned store_status(struct signal *s)
{
    return at_rest(s, store_status_at_rest);
}

/* The parameter's low bits are the log2 of the area's length where there is guarded storage. */
static unsigned store_additional_at_rest(struct signal *s)
{
    unsigned lc = hv_facility(s->self, 133) ? s->parameter64 & MCESAD_LC : 0;
    u64 addr = s->parameter64 & ~(u64)MCESAD_LC;

    lc = lc ? lc : 10;
    if (!stopped(s))
        return status(s, SIGP_STATUS_INCORRECT_STATE);
    if (lc < 10 || lc > 12 || addr & ((1ULL << lc) - 1) ||
        hv_store_additional_status(s->target, addr, lc))
        return status(s, SIGP_STATUS_INVALID_PARAMETER);
    return SIGP_CC_ACCEPTED;
}

static unsigned store_additional_status(struct signal *s)
{
    if (!hv_facility(s->self, 129) && !hv_facility(s->self, 133))
        return status(s, SIGP_STATUS_INVALID_ORDER);
    return at_rest(s, store_additional_at_rest);
}

/* ---- the table ---- */

struct order {
    unsigned (*perform)(struct signal *s);
    u16 counter;
    bool reset; /* accepted even while a stop or restart is pending, and in the check-stop state */
    bool looks; /* only tells what there is, in the check-stop state, too */
    bool ours;  /* not left to a VMM that does SIGP itself */
    bool state; /* left to a VMM to which the CPUs' states belong */
};

static const struct order orders[] = {
    [SIGP_SENSE] = {sense, CNT_SIGP_SENSE, .looks = true, .ours = true},
    [SIGP_EXTERNAL_CALL] = {external_call, CNT_SIGP_EXTERNAL_CALL, .ours = true},
    [SIGP_EMERGENCY_SIGNAL] = {emergency, CNT_SIGP_EMERGENCY, .ours = true},
    [SIGP_START] = {start, CNT_SIGP_START, .state = true},
    [SIGP_STOP] = {stop, CNT_SIGP_STOP, .ours = false},
    [SIGP_RESTART] = {restart, CNT_SIGP_RESTART, .state = true},
    [SIGP_STOP_STORE_STATUS] = {stop_store_status, CNT_SIGP_STOP_STORE_STATUS, .ours = false},
    [SIGP_INITIAL_CPU_RESET] = {initial_reset, CNT_SIGP_INITIAL_RESET, .reset = true,
                                .state = true},
    [SIGP_CPU_RESET] = {cpu_reset_order, CNT_SIGP_RESET, .reset = true, .state = true},
    [SIGP_SET_PREFIX] = {set_prefix, CNT_SIGP_SET_PREFIX, .ours = false},
    [SIGP_STORE_STATUS] = {store_status, CNT_SIGP_STORE_STATUS, .ours = false},
    [SIGP_COND_EMERGENCY] = {conditional_emergency, CNT_SIGP_COND_EMERGENCY, .ours = true},
    [SIGP_SENSE_RUNNING] = {sense_running, CNT_SIGP_SENSE_RUNNING, .looks = true, .ours = true},
    [SIGP_STORE_ADDTL_STATUS] = {store_additional_status, CNT_SIGP_STORE_ADDTL_STATUS,
                                 .ours = false},
};

static bool busy(const struct vcpu *target)
{
    return atomic_load(&target->local.pending) & (IRQ_BIT(IRQ_STOP) | IRQ_BIT(IRQ_RESTART));
}

static unsigned perform(struct signal *s, const struct order *o)
{
    if (!s->target)
        return SIGP_CC_NOT_OPERATIONAL;
    if (!o->reset && busy(s->target))
        return SIGP_CC_BUSY;
    if (!o->perform)
        return status(s, SIGP_STATUS_INVALID_ORDER);
    if (check_stopped(s) && !o->reset && !o->looks)
        return status(s, SIGP_STATUS_CHECK_STOP);
    return o->perform(s);
}

/* Set architecture is for the whole configuration: the CPU address does not count, and with
 * facility 138 there is nothing to set. */
static unsigned dispatch(struct signal *s, unsigned code)
{
    static const struct order none = {NULL, CNT_SIGP_OTHER, .ours = false};
    const struct order *o =
        code < ARRAY_SIZE(orders) && orders[code].perform ? &orders[code] : &none;

    if (code == SIGP_SET_ARCHITECTURE) {
        hv_count(s->self, CNT_SIGP_SET_ARCHITECTURE);
        return status(s, SIGP_STATUS_INVALID_PARAMETER);
    }
    hv_count(s->self, o->counter);
    return perform(s, o);
}

/* A VMM that only keeps the states sees an order when it would be carried out. */
static bool left_to_vmm(const struct vcpu *v, const struct vcpu *target, unsigned code)
{
    const struct order *o = code < ARRAY_SIZE(orders) ? &orders[code] : NULL;

    if (v->vm->options.user_sigp)
        return !(o && o->ours);
    if (!v->vm->options.user_cpu_states || !o || !o->state || !target)
        return false;
    return o->reset || !busy(target);
}

enum hv_outcome priv_sigp(struct vcpu *v)
{
    u16 ipa = hv_ipa(v);
    unsigned r1 = hv_r1(ipa), code = hv_base_disp(v, hv_ipb(v)) & SIGP_ORDER_MASK;
    u64 addr = v->cpu.gr[hv_r3(ipa)] & 0xffff;
    struct signal s = {.self = v, .target = vm_cpu_configured(v->vm, addr)};
    unsigned cc;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (left_to_vmm(v, s.target, code))
        return hv_exit(v, EXIT_INTERCEPT);
    s.parameter64 = v->cpu.gr[r1 | 1];
    s.parameter = (u32)s.parameter64;
    cc = dispatch(&s, code);
    if (trace_on(&v->vm->trace, TRACE_SIGP))
        trace_line(&v->vm->trace, "cpu %u: sigp %02x to %u: cc %u status %08x", v->id, code,
                   (unsigned)addr, cc, s.status);
    if (s.gone)
        return HV_RESUME;
    if (s.retry)
        return hv_pause_failed(v, HV_PAUSE_LEAVE);
    if (cc == SIGP_CC_STATUS)
        v->cpu.gr[r1] = (v->cpu.gr[r1] & ~0xffffffffULL) | s.status;
    hv_set_cc(v, cc);
    return HV_RESUME;
}
