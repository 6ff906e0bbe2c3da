/* SPDX-License-Identifier: Apache-2.0
 *
 * The first IPL, and DIAGNOSE 308: resets of the whole machine, re-IPL, IPL parameters.  While one
 * CPU resets the machine, all others are parked, so registers and state descriptions may be
 * written.
 *
 * References: [PoP 4 Resets], [PoP 17 Initial Program Loading]; arch/diag.h for DIAGNOSE 308.
 */
#include "arch/diag.h"
#include "base/log.h"
#include "machine/machine.h"

/* Initiating CPU: initial CPU reset or clear; the others: CPU reset or clear. */
static void reset_all(struct machine *m, const struct machine_cpu *c, bool clear)
{
    css_reset(m->css);
    machine_ap_reset(m);
    hv_clear_floating(&m->vm);
    sclp_reset(&m->sclp);
    hv_reset_usage(&m->vm);
    watchdog_reset(&m->watchdog);
    vm_reset(&m->vm);
    for (unsigned n = 0; n < m->config.max_cpus; n++) {
        enum cpu_reset kind = &m->cpu[n] == c ? CPU_RESET_INITIAL : CPU_RESET_NORMAL;

        vcpu_reset(m->cpu[n].v, clear ? CPU_RESET_CLEAR : kind);
    }
}

static void go_on_at(struct machine_cpu *c, u64 mask, u64 addr)
{
    hv_set_psw(c->v, mask, addr);
    vcpu_set_state(c->v, VCPU_OPERATING);
}

int machine_first_ipl(struct machine *m)
{
    u64 mask, addr;
    int r;

    vm_reset(&m->vm);
    for (unsigned n = 0; n < m->config.max_cpus; n++)
        vcpu_reset(m->cpu[n].v, CPU_RESET_CLEAR);
    r = ipl_load_all(&m->ipl, &m->vm.mem, &mask, &addr);
    if (!r)
        go_on_at(&m->cpu[0], mask, addr);
    return r;
}

/* The guest goes on with what is at absolute 0. */
static void reset_and_restart(struct machine *m, struct machine_cpu *c, bool clear)
{
    u64 mask = 0, addr = 0;

    reset_all(m, c, clear);
    if (!ipl_short_psw(&m->vm.mem, &mask, &addr))
        log_warning("CPU %u: the guest resets the machine, but there is no PSW at absolute 0",
                    c->v->id);
    go_on_at(c, mask, addr);
}

static void reload(struct machine *m, struct machine_cpu *c, bool clear, const struct hv_exit *x)
{
    u64 mask, addr;
    int r;

    reset_all(m, c, clear);
    if (clear)
        mem_clear(&m->vm.mem);
    atomic_fetch_add(&m->reboots, 1);
    r = ipl_load_all(&m->ipl, &m->vm.mem, &mask, &addr);
    if (r)
        machine_end_run(m, END_RELOAD_FAILED, r, c, x);
    else
        go_on_at(c, mask, addr);
}

static void with_others_parked(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    switch (x->subcode) {
    case DIAG308_MODIFIED_CLEAR:
        reset_and_restart(m, c, true);
        break;
    case DIAG308_LOAD_NORMAL_RESET:
        reset_and_restart(m, c, false);
        break;
    case DIAG308_LOAD_CLEAR:
        reload(m, c, true, x);
        break;
    case DIAG308_LOAD_NORMAL_DUMP:
    case DIAG308_LOAD_NORMAL:
        reload(m, c, false, x);
        break;
    default:
        log_error("CPU %u: DIAGNOSE 308 subcode %u left the hypervisor", c->v->id, x->subcode);
        machine_end_run(m, END_INTERNAL, 0, c, x);
    }
}

void machine_reset(struct machine *m, struct machine_cpu *c, const struct hv_exit *x)
{
    u64 *rc = hv_gr(c->v, (x->diag308_r1 + 1U) & 15);

    if (trace_on(&m->vm.trace, TRACE_MACHINE))
        trace_line(&m->vm.trace, "machine cpu %u: DIAGNOSE 308 subcode %u", c->v->id, x->subcode);
    switch (x->subcode) {
    case DIAG308_STORE: /* there is no block: what was loaded came from no device */
        *rc = DIAG308_RC_NO_CONF;
        return;
    case DIAG308_SET: /* and nothing can be loaded from one */
        *rc = DIAG308_RC_INVALID;
        return;
    default:
        break;
    }
    if (!machine_hold_others(m, c))
        return; /* another CPU resets the machine: this instruction never ends */
    with_others_parked(m, c, x);
    machine_release_others(m);
}

void machine_restart(struct machine *m, struct machine_cpu *c)
{
    const struct hv_exit x = {.reason = EXIT_RESET, .subcode = DIAG308_LOAD_CLEAR};

    machine_reset(m, c, &x);
}
