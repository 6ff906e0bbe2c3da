/* SPDX-License-Identifier: Apache-2.0
 *
 * Interpretive execution: the loop around the interpreter.  What SIE presents by itself is
 * presented here; all else leaves as an intercept.  Second stop of an intercept's journey.
 *
 * Order at each turn: stop request, host request, external (external call, intervention request,
 * clock comparator, CPU timer), I/O (intervention request, GISA), wait.
 */
#include "arch/cr.h"
#include "arch/external.h"
#include "arch/gisa.h"
#include "arch/lowcore.h"
#include "base/probe.h"
#include "cpu/exec.h"
#include "cpu/interrupt.h"
#include "cpu/sca.h"
#include "cpu/timer.h"
#include "sie/sie.h"

#define ENTRY_COST 20 /* an entry in units of cpu->budget (taken branches) */

enum turn {
    TURN_RUN,   /* nothing to do: run code */
    TURN_AGAIN, /* something was presented: look again */
    TURN_LEAVE, /* an intercept was raised */
};

static u8 gisa_pending(const struct cpu *c)
{
    union gisa *g = c->sat.gisa;

    return g ? __atomic_load_n(&g->f0.ipm, __ATOMIC_ACQUIRE) : 0;
}

static enum turn presented(struct cpu *c, enum interruption i)
{
    switch (i) {
    case INTERRUPTION_DONE:
        return TURN_AGAIN;
    case INTERRUPTION_BAD_PSW:
        return sie_program(c) ? TURN_AGAIN : TURN_LEAVE;
    case INTERRUPTION_HOST_FAULT:
        break;
    }
    sie_raise_none(c);
    return TURN_LEAVE;
}

/* The new PSW would be enabled for the same interruption: it would loop for ever.  (The host is
 * told of the interruption too when it has asked to intervene.) */
static bool external_loops(struct cpu *c)
{
    u8 *lc = cpu_lowcore(c, 0);

    return lc && host_ld64(lc + offsetof(struct lowcore, ext_new_psw)) & PSW_MASK_EXT;
}

static enum turn present_timer(struct cpu *c, u32 flags, u16 code)
{
    if (flags & SD_CPUFLAG_EXT_INT || external_loops(c)) {
        sie_raise_external(c, code, 0);
        return TURN_LEAVE;
    }
    return presented(c, cpu_present_external(c, code, 0, 0));
}

/* With an intervention pending, too, the host has to sort them: the call stays pending, else
 * another one could take its place before the host has made it pending again.  The flag may be on
 * although there is no call: whoever makes one turns it on last, when the call may be taken
 * already; and a CPU's entry may have become invalid. */
static enum turn external_call(struct cpu *c, u32 flags)
{
    u16 source;

    if (flags & SD_CPUFLAG_EXT_INT) {
        if (!sca_see_external_call(c->sd, be16_get(c->sd->icpua), &source))
            return TURN_RUN;
        sie_raise_external(c, EXT_EXTERNAL_CALL, source);
        return TURN_LEAVE;
    }
    if (!cpu_lowcore(c, 0)) {
        sie_raise_none(c);
        return TURN_LEAVE;
    }
    if (!sca_take_external_call(c->sd, be16_get(c->sd->icpua), &source))
        return TURN_RUN;
    return presented(c, cpu_present_external(c, EXT_EXTERNAL_CALL, source, 0));
}

static enum turn external(struct cpu *c, u32 flags)
{
    enum turn t = TURN_RUN;

    if (!(c->psw_mask & PSW_MASK_EXT))
        return TURN_RUN;
    if (flags & SD_CPUFLAG_ECALL_PEND && c->cr[0] & CR0_EXT_CALL && !c->host->resolve)
        t = external_call(c, flags);
    if (t != TURN_RUN)
        return t;
    if (c->timers.ckc_due && c->cr[0] & CR0_CLOCK_COMP)
        return present_timer(c, flags, EXT_CLOCK_COMPARATOR);
    if (c->timers.cpu_timer_due && c->cr[0] & CR0_CPU_TIMER)
        return present_timer(c, flags, EXT_CPU_TIMER);
    if (flags & SD_CPUFLAG_EXT_INT) {
        sie_raise(c, ICPT_EXTREQ);
        return TURN_LEAVE;
    }
    return TURN_RUN;
}

/* Takes the bit of an ISC out of the GISA's pending mask; false: someone was faster. */
static bool gisa_take(union gisa *g, u8 bit)
{
    return __atomic_fetch_and(&g->f0.ipm, (u8)~bit, __ATOMIC_ACQ_REL) & bit;
}

static enum turn present_adapter(struct cpu *c, u8 mask)
{
    union gisa *g = c->sat.gisa;
    unsigned isc = (unsigned)__builtin_clz((unsigned)mask << 24);
    u8 bit = (u8)(0x80 >> isc);
    enum interruption i;

    if (!cpu_lowcore(c, 0)) {
        sie_raise_none(c);
        return TURN_LEAVE;
    }
    if (!gisa_take(g, bit))
        return TURN_AGAIN;
    i = cpu_present_io(c, 0, 0, IO_INT_ADAPTER | isc << 27);
    return presented(c, i);
}

static enum turn input_output(struct cpu *c, u32 flags)
{
    u8 mask;

    if (!(c->psw_mask & PSW_MASK_IO))
        return TURN_RUN;
    if (flags & SD_CPUFLAG_IO_INT) {
        sie_raise(c, ICPT_IOREQ);
        return TURN_LEAVE;
    }
    mask = gisa_pending(c) & (u8)(c->cr[6] >> 24);
    return mask ? present_adapter(c, mask) : TURN_RUN;
}

/* Who asks for something sets the flags first and then the request bit: one that is not seen here
 * is seen at the next branch.  Not to have been asked is the usual case and costs no locked
 * instruction. */
static u32 take_requests(struct cpu *c)
{
    if (likely(!atomic_load_explicit(&c->request, memory_order_acquire)))
        return 0;
    return atomic_fetch_and(&c->request, ~(u32)(REQ_KICK | REQ_HOST));
}

static enum turn look(struct cpu *c)
{
    u32 request = take_requests(c);
    u32 flags = sd_flags(c->sd);
    enum turn t;

    if (request & (REQ_SHOOTDOWN | REQ_CODE))
        cpu_serve(c);
    if (flags & SD_CPUFLAG_STOP_INT) {
        sie_raise(c, ICPT_STOP);
        return TURN_LEAVE;
    }
    if (request & REQ_HOST) {
        c->stop = CPU_STOP_REQUEST;
        sie_raise_none(c);
        return TURN_LEAVE;
    }
    /* The clock is not read at each entry: entries count like branches. */
    c->budget -= ENTRY_COST;
    if (c->budget < 0) {
        c->budget = CPU_BUDGET;
        cpu_timers_check(c);
    }
    c->pending = flags & (SD_CPUFLAG_EXT_INT | SD_CPUFLAG_IO_INT | SD_CPUFLAG_ECALL_PEND) ||
                 c->timers.ckc_due || c->timers.cpu_timer_due || gisa_pending(c);
    t = external(c, flags);
    if (t == TURN_RUN)
        t = input_output(c, flags);
    if (t != TURN_RUN)
        return t;
    if (c->psw_mask & PSW_MASK_WAIT) {
        sie_raise(c, ICPT_WAIT);
        return TURN_LEAVE;
    }
    return TURN_RUN;
}

/* The interpreter came back; false: leave. */
static bool stopped(struct cpu *c, enum cpu_stop stop)
{
    switch (stop) {
    case CPU_STOP_REQUEST:
    case CPU_STOP_WAIT:
        return true;
    case CPU_STOP_FAULT:
        return sie_program(c);
    case CPU_STOP_SVC:
    case CPU_STOP_INTERCEPT:
        sie_raise_instruction(c, ICPT_INST);
        return false;
    case CPU_STOP_PARTIAL:
        sie_raise_partial(c);
        return false;
    case CPU_STOP_VALIDITY:
        sie_raise_validity(c, c->validity, VALIDITY_WHEN_INST);
        return false;
    case CPU_STOP_KSS:
        sie_raise(c, ICPT_KSS);
        return false;
    case CPU_STOP_HOST_FAULT:
        sie_raise_none(c);
        return false;
    }
    return false;
}

/* A PSW given by the host may be invalid: an early specification exception. */
static bool entry_psw_ok(struct cpu *c)
{
    cpu_mode_changed(c);
    if (likely(cpu_psw_acceptable(c, c->psw_mask, c->psw_addr)))
        return true;
    cpu_fault(c, PGM_SPECIFICATION);
    c->fault.ilc = 0;
    return sie_program(c);
}

static void interpret(struct cpu *c)
{
    sie_load(c);
    cpu_enter_guest(c);
    if (entry_psw_ok(c)) {
        for (;;) {
            enum turn t = look(c);

            if (t == TURN_LEAVE || (t == TURN_RUN && !stopped(c, cpu_interp(c))))
                break;
        }
    }
    cpu_leave_guest(c);
    sie_store(c);
}

void sie_run(struct cpu *c)
{
    u16 reason = sie_validity(c);

    if (reason)
        sie_raise_validity(c, reason, VALIDITY_WHEN_ENTRY);
    else
        interpret(c);
    PROBE3(returned, be16_get(c->sd->icpua), c->sd->icptcode, be64_get(c->sd->gpsw.addr));
}
