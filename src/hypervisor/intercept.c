/* SPDX-License-Identifier: Apache-2.0
 *
 * The dispatcher: third stop of an intercept's journey, and the only reader of icptcode.  One row a
 * code: counter, handler, and whether an instruction-fetch PER event may belong to it (I04).
 *
 * References: IBM CP control blocks SIEBK (interception codes).
 */
#include <errno.h>
#include <stdio.h>

#include "arch/external.h"
#include "arch/lowcore.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/probe.h"
#include "cpu/code.h"
#include "cpu/disasm.h"
#include "hypervisor/hv.h"

struct row {
    hv_handler *handle; /* NULL: exit */
    const char *name;
    enum hv_counter counter;
    bool per; /* PER instruction-fetch event is looked at afterwards */
};

/* ---- small handlers ---- */

/* I02: only counted; delivery before the next entry does the work. */
static enum hv_outcome handle_request(struct vcpu *v)
{
    return mutated("I02") ? hv_exit(v, EXIT_INTERCEPT) : HV_RESUME;
}

/* I03: the same; what became deliverable is found by delivery, too. */
static enum hv_outcome handle_enabled(struct vcpu *v)
{
    return mutated("I03") ? hv_exit(v, EXIT_INTERCEPT) : HV_RESUME;
}

static enum hv_outcome inject_addressing(struct vcpu *v, unsigned ilc)
{
    struct fault f = {.code = PGM_ADDRESSING, .ilc = (u8)(ilc ? ilc : 4)};

    hv_forward_psw(v, f.ilc);
    return hv_inject_fault(v, &f);
}

/* I07: no interception.  The PSW is at the instruction. */
static enum hv_outcome handle_none(struct vcpu *v)
{
    struct cpu *c = &v->cpu;

    if (c->stop != CPU_STOP_HOST_FAULT)
        return HV_RESUME;
    hv_count(v, CNT_ICPT_HOST_FAULT);
    if ((c->host_fault.what == VIEW_OUTSIDE) != mutated("I07"))
        return inject_addressing(v, c->host_fault.ilc);
    if (!hv_pfault(v, c->host_fault.abs))
        mem_make_present(&v->vm->mem, c->host_fault.abs);
    return HV_RETRY;
}

/* I11 */
static enum hv_outcome handle_validity(struct vcpu *v)
{
    u16 reason = (u16)(hv_ipb(v) >> 16);
    enum log_level level = LOG_INFO;

    if (reason != VALIDITY_RICCB && !atomic_exchange(&v->vm->validity_warned, true))
        level = LOG_WARNING;
    log_line(level, "CPU %u: validity interception, reason %04x (who and when %04x)", v->id, reason,
             hv_ipa(v));
    return mutated("I11") ? hv_exit(v, EXIT_INTERCEPT) : hv_broken(v, -EINVAL);
}

/* I35.  Delivery looks at the clock again; the bit only makes it look. */
enum hv_outcome hv_handle_external(struct vcpu *v)
{
    u16 code = be16_get(v->sd->eic);
    struct psw_be new;

    switch (code) {
    case EXT_CLOCK_COMPARATOR:
    case EXT_CPU_TIMER:
        if (hv_read_lowcore(v, offsetof(struct lowcore, ext_new_psw), &new, sizeof(new)))
            return hv_broken(v, -EFAULT);
        if (be64_get(new.mask) & PSW_MASK_EXT && !mutated("I35"))
            return hv_exit(v, EXIT_EXTERNAL_LOOP);
        atomic_fetch_or(&v->local.pending,
                        IRQ_BIT(code == EXT_CPU_TIMER ? IRQ_CPU_TIMER : IRQ_CLOCK_COMPARATOR));
        return HV_RESUME;
    case EXT_EXTERNAL_CALL:
        (void)hv_inject_external_call(v, be16_get(v->sd->extcpuaddr)); /* pending is fine */
        return HV_RESUME;
    default:
        return hv_exit(v, EXIT_INTERCEPT);
    }
}

/* 0C: instruction text and program data at once. */
static enum hv_outcome handle_instruction_and_program(struct vcpu *v)
{
    enum hv_outcome first = hv_handle_instruction(v);

    if (first != HV_RESUME && first != HV_INJECT)
        return first;
    return hv_handle_program(v);
}

/* ---- the table ---- */

#define ROWS (ICPT_PV_PREF / 4 + 1)
#define ROW(handler, counter, per)                                                                 \
    {                                                                                              \
        handler, #handler, counter, per                                                            \
    }

static const struct row rows[ROWS] = {
    [ICPT_NONE / 4] = ROW(handle_none, CNT_ICPT_NONE, false),
    [ICPT_INST / 4] = ROW(hv_handle_instruction, CNT_ICPT_INST, true),
    [ICPT_PROGI / 4] = ROW(hv_handle_program, CNT_ICPT_PROGI, false),
    [ICPT_INSTPROGI / 4] = ROW(handle_instruction_and_program, CNT_ICPT_INSTPROGI, false),
    [ICPT_EXTREQ / 4] = ROW(handle_request, CNT_ICPT_EXTREQ, false),
    [ICPT_EXTINT / 4] = ROW(hv_handle_external, CNT_ICPT_EXTINT, false),
    [ICPT_IOREQ / 4] = ROW(handle_request, CNT_ICPT_IOREQ, false),
    [ICPT_WAIT / 4] = ROW(hv_handle_wait, CNT_ICPT_WAIT, false),
    [ICPT_VALIDITY / 4] = ROW(handle_validity, CNT_ICPT_VALIDITY, false),
    [ICPT_STOP / 4] = ROW(hv_handle_stop, CNT_ICPT_STOP, false),
    [ICPT_OPEREXC / 4] = ROW(hv_handle_operation, CNT_ICPT_OPEREXC, true),
    [ICPT_PARTEXEC / 4] = ROW(hv_handle_partial, CNT_ICPT_PARTEXEC, true),
    [ICPT_KSS / 4] = ROW(hv_handle_kss, CNT_ICPT_KSS, true),
    [ICPT_MCHKREQ / 4] = ROW(handle_enabled, CNT_ICPT_MCHKREQ, true),
    [ICPT_INT_ENABLE / 4] = ROW(handle_enabled, CNT_ICPT_INT_ENABLE, true),
};
static const struct row unknown = {NULL, "no handler", CNT_ICPT_OTHER, false};

static const struct row *row_of(u8 code)
{
    const struct row *r = code % 4 || code / 4 >= ROWS ? &unknown : &rows[code / 4];

    return r->handle ? r : &unknown;
}

/* ---- tracing ---- */

static const char *const outcome_name[] = {"resume", "inject", "exit", "broken", "retry"};

void hv_insn_text(u8 icptcode, u16 ipa, u32 ipb, u64 psw_addr, char text[HV_INSN_TEXT])
{
    u64 at = psw_addr - insn_length((u8)(ipa >> 8));
    char insn[DISASM_MAX];

    *text = 0;
    if (icptcode != ICPT_INST && icptcode != ICPT_INSTPROGI && icptcode != ICPT_OPEREXC &&
        icptcode != ICPT_PARTEXEC)
        return;
    (void)disasm_text((u64)ipa << 48 | (u64)ipb << 16, at, insn);
    for (char *p = insn; *p; p++)
        *p = *p == '\t' ? ' ' : *p;
    snprintf(text, HV_INSN_TEXT, " %04x %08x %s", ipa, ipb, insn);
}

struct before {
    u64 mask, addr, ns;
};

static void trace_intercept(struct vcpu *v, const struct row *r, const struct before *b,
                            enum hv_outcome o)
{
    u64 ns = loop_now() - b->ns;
    char insn[HV_INSN_TEXT];

    hv_insn_text(v->sd->icptcode, hv_ipa(v), hv_ipb(v), b->addr, insn);
    trace_line(&v->vm->trace, "cpu %u: %02x %s psw %016llx %016llx%s: %s %s %llu ns", v->id,
               v->sd->icptcode, hv_counters[r->counter].name, (unsigned long long)b->mask,
               (unsigned long long)b->addr, insn, v->handler, outcome_name[o],
               (unsigned long long)ns);
}

static void tell_vmm(struct vcpu *v, const struct before *b, enum hv_outcome o)
{
    const struct vmm_ops *ops = v->vm->ops;
    const struct hv_intercept i = {
        .icptcode = v->sd->icptcode,
        .ipa = hv_ipa(v),
        .ipb = hv_ipb(v),
        .psw_mask = b->mask,
        .psw_addr = b->addr,
        .exits = o == HV_EXIT || o == HV_BROKEN,
    };

    ops->intercepted(v->vm->ops_arg, v, &i);
}

/* ---- dispatch ---- */

/* Does the guest get an instruction-fetch event for the instruction that was handled (I04).  The
 * debugger comes first. */
static bool per_ifetch(struct vcpu *v, const struct before *b)
{
    bool per = v->sd->icptstatus & SD_ICPTSTATUS_PER;

    return hv_debugged(v) ? hv_debug_instruction(v, b->addr - hv_ilen(v), per) : per;
}

static enum hv_outcome to_user(struct vcpu *v)
{
    if (v->sd->icptcode == ICPT_NONE && v->cpu.stop != CPU_STOP_HOST_FAULT)
        return HV_RESUME;
    v->exit->fault_addr = v->cpu.host_fault.abs;
    return hv_exit(v, EXIT_INTERCEPT);
}

static enum hv_outcome dispatch(struct vcpu *v, const struct row *r, const struct before *b)
{
    enum hv_outcome o;

    if (!r->handle)
        return hv_exit(v, EXIT_INTERCEPT);
    o = r->handle(v);
    if (r->per && !mutated("I04") && o != HV_RETRY && o != HV_BROKEN && per_ifetch(v, b)) {
        enum hv_outcome per = hv_inject_per(v, PER_EVENT_IFETCH, b->mask, b->addr);

        o = o == HV_RESUME ? per : o;
    }
    return o;
}

enum hv_outcome hv_handle_intercept(struct vcpu *v)
{
    const struct row *r = row_of(v->sd->icptcode);
    struct before b = {hv_psw_mask(v), hv_psw_addr(v), 0};
    const struct vmm_ops *ops = v->vm->ops;
    bool trace = trace_on(&v->vm->trace, TRACE_ICPT);
    bool hook = ops && ops->intercepted;
    bool user = v->vm->options.user_controlled && !mutated("I01");
    enum hv_outcome o;

    if (trace)
        b.ns = loop_now();
    if (!mutated("I06"))
        hv_count(v, r->counter);
    v->handler = user ? unknown.name : r->name;
    PROBE3(handled, v->id, v->sd->icptcode, v->handler);
    o = user ? to_user(v) : dispatch(v, r, &b);
    PROBE5(decided, v->id, v->sd->icptcode, v->handler, outcome_name[o], hv_psw_addr(v));
    if (trace && !mutated("I06"))
        trace_intercept(v, r, &b, o);
    if (unlikely(hook))
        tell_vmm(v, &b, o);
    return o;
}

int hv_handle(struct vcpu *v, struct hv_exit *x)
{
    struct before b = {hv_psw_mask(v), hv_psw_addr(v), 0};
    enum hv_outcome o;

    *x = (struct hv_exit){0};
    v->exit = x;
    o = dispatch(v, row_of(v->sd->icptcode), &b);
    v->exit = NULL;
    if (o == HV_BROKEN)
        return x->error;
    return o == HV_EXIT;
}
