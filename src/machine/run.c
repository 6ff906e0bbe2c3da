/* SPDX-License-Identifier: Apache-2.0
 *
 * Stop 5 of an intercept: what left the hypervisor is completed here.  The VMM's one switch on the
 * exit reason.
 *
 * References: architecture "How an intercept travels".
 */
#include <string.h>

#include "arch/program.h"
#include "base/counters.h"
#include "base/log.h"
#include "machine/machine.h"

#define IPA_SERVC 0xb220
#define IPA_DIAG 0x83

/* An instruction that the hypervisor does not complete itself.  The name of who does. */
static const char *complete_instruction(struct machine *m, struct machine_cpu *c,
                                        const struct hv_exit *x)
{
    if (x->icptcode == ICPT_INST) {
        if (x->ipa == IPA_SERVC) {
            sclp_servc(&m->sclp, c->v, x->ipb);
            return "sclp_servc";
        }
        if (x->ipa >> 8 == IPA_DIAG) {
            machine_diag(m, c, x);
            return "machine_diag";
        }
        if (css_handle(m->css, c->v, x->ipa, x->ipb, x))
            return "css_handle";
    }
    counter_add(&c->unknown, 0, 1);
    hv_inject_program(c->v, PGM_OPERATION);
    return "nobody";
}

static const char *complete_intercept(struct machine *m, struct machine_cpu *c,
                                      const struct hv_exit *x)
{
    if (x->icptcode == ICPT_INST || x->icptcode == ICPT_OPEREXC)
        return complete_instruction(m, c, x);
    log_error("CPU %u: interception code %02x (ipa %04x, ipb %08x) that nobody handles", c->v->id,
              x->icptcode, x->ipa, x->ipb);
    machine_end_run(m, END_INTERNAL, 0, c, x);
    return "nobody";
}

/* The CPU does nothing until another one, or the machine, gives it something to do. */
static void sleep_cpu(struct machine *m, struct machine_cpu *c, bool disabled_wait)
{
    machine_cpu_asleep(m, c, disabled_wait);
    (void)vcpu_sleep(c->v);
    pthread_mutex_lock(&m->lock);
    c->asleep = c->disabled_wait = m->quit && disabled_wait;
    pthread_mutex_unlock(&m->lock);
}

static const char *const reason_name[] = {
    [EXIT_NONE] = "none",
    [EXIT_INTERCEPT] = "intercept",
    [EXIT_STOPPED] = "stopped",
    [EXIT_RESET] = "reset",
    [EXIT_TSCH] = "tsch",
    [EXIT_STSI] = "stsi",
    [EXIT_DISABLED_WAIT] = "disabled wait",
    [EXIT_PROGRAM_LOOP] = "program loop",
    [EXIT_EXTERNAL_LOOP] = "external loop",
    [EXIT_DEBUG] = "debug",
    [EXIT_INTERNAL_ERROR] = "internal error",
};

static void trace_exit(struct machine *m, const struct machine_cpu *c, const struct hv_exit *x)
{
    trace_line(&m->vm.trace,
               "machine cpu %u: exit %s code %02x ipa %04x ipb %08x psw %016llx %016llx", c->v->id,
               reason_name[x->reason], x->icptcode, x->ipa, x->ipb,
               (unsigned long long)hv_psw_mask(c->v), (unsigned long long)hv_psw_addr(c->v));
}

/* Completes what left; the name of who did, or will. */
static const char *complete(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    switch (x->reason) {
    case EXIT_NONE:
        return "nobody";
    case EXIT_INTERCEPT:
        return complete_intercept(m, c, x);
    case EXIT_STOPPED:
    case EXIT_DISABLED_WAIT:
        return "sleep_cpu";
    case EXIT_RESET:
        machine_reset(m, c, x);
        return "machine_reset";
    case EXIT_TSCH:
        (void)css_handle(m->css, c->v, x->ipa, x->ipb, x);
        return "css_handle";
    case EXIT_STSI:
        machine_stsi(m, c, x);
        return "machine_stsi";
    case EXIT_PROGRAM_LOOP:
        machine_end_run(m, END_PROGRAM_LOOP, 0, c, x);
        return "machine_end_run";
    case EXIT_EXTERNAL_LOOP:
        machine_end_run(m, END_EXTERNAL_LOOP, 0, c, x);
        return "machine_end_run";
    case EXIT_DEBUG:
        machine_debug(m, c, x);
        return "machine_debug";
    case EXIT_INTERNAL_ERROR:
        machine_end_run(m, END_INTERNAL, x->error, c, x);
        return "machine_end_run";
    }
    return "nobody";
}

/* What follows, in the words of the hypervisor's outcomes. */
static const char *outcome(const struct machine_cpu *c, const struct hv_exit *x)
{
    switch (x->reason) {
    case EXIT_STOPPED:
    case EXIT_DISABLED_WAIT:
        return "sleep";
    case EXIT_PROGRAM_LOOP:
    case EXIT_EXTERNAL_LOOP:
    case EXIT_INTERNAL_ERROR:
        return "end";
    default:
        return atomic_load(&c->v->local.pending) & IRQ_BIT(IRQ_PROGRAM) ? "inject" : "resume";
    }
}

/* The second line of a journey that left. */
static void trace_completed(struct machine *m, const struct machine_cpu *c, const struct hv_exit *x,
                            const char *by, u64 ns)
{
    char insn[HV_INSN_TEXT];

    hv_insn_text(x->icptcode, x->ipa, x->ipb, x->psw_addr, insn);
    trace_line(&m->vm.trace, "cpu %u: %02x left (%s) psw %016llx %016llx%s: %s %s %llu ns",
               c->v->id, x->icptcode, reason_name[x->reason], (unsigned long long)x->psw_mask,
               (unsigned long long)x->psw_addr, insn, by, outcome(c, x), (unsigned long long)ns);
}

static void handle(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    bool trace = trace_on(&m->vm.trace, TRACE_ICPT) && x->reason != EXIT_NONE;
    u64 start = trace ? loop_now() : 0;
    const char *by = complete(m, c, x);

    if (trace)
        trace_completed(m, c, x, by, loop_now() - start);
    if (x->reason == EXIT_STOPPED || x->reason == EXIT_DISABLED_WAIT)
        sleep_cpu(m, c, x->reason == EXIT_DISABLED_WAIT);
}

void machine_run_cpu(struct machine_cpu *c)
{
    struct machine *m = c->m;
    struct hv_exit x;
    int r;

    memset(&x, 0, sizeof(x));
    r = hv_run(c->v, &x);
    if (r) {
        x.reason = EXIT_INTERNAL_ERROR;
        x.error = r;
    }
    ASSERT((unsigned)x.reason < ARRAY_SIZE(reason_name));
    counter_add(c->exits, x.reason, 1);
    if (trace_on(&m->vm.trace, TRACE_MACHINE))
        trace_exit(m, c, &x);
    handle(m, c, &x);
}
