/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGNAL PROCESSOR as SIE interprets it (SD_ECA_SIGPI): external call, and with SD_ECB_SRSI sense
 * running status, through the system control area.  All that is not the plain case (another order,
 * no such CPU, a call pending already) is intercepted: the hypervisor knows the rest.
 *
 * A call to a CPU that idles is made pending, too, but it ends as partial execution: the host has
 * to wake that CPU and sets the condition code.
 *
 * References: [PoP 10 SIGNAL PROCESSOR]; IBM CP control blocks SCABK, SIEBK.
 */
#include "arch/sigp.h"
#include "cpu/request.h"
#include "cpu/sca.h"
#include "isa_exec.h"

static const struct dinsn *external_call(struct cpu *c, const struct dinsn *d, unsigned n)
{
    struct sd *target = sca_cpu(c->sd, n);
    unsigned source = be16_get(c->sd->icpua);

    if (!target || !sca_has_room(c->sd, source) || !sca_set_external_call(c->sd, n, target, source))
        return cpu_leave_intercept(c, d);
    if (sd_flags(target) & SD_CPUFLAG_WAIT)
        return cpu_leave_partial(c, d);
    cpu_kick(sd_owner(target), REQ_KICK);
    c->cc = SIGP_CC_ACCEPTED;
    return cpu_next(c, d, d->ilc);
}

static const struct dinsn *sense_running(struct cpu *c, const struct dinsn *d, unsigned n)
{
    const struct sd *target = sca_cpu(c->sd, n);
    unsigned r1 = f_RS_a_r1(d);

    if (!target)
        return cpu_leave_intercept(c, d);
    if (sd_flags(target) & SD_CPUFLAG_RUNNING) {
        c->cc = SIGP_CC_ACCEPTED;
    } else {
        c->cc = SIGP_CC_STATUS;
        cpu_set_gr32(c, r1, SIGP_STATUS_NOT_RUNNING);
    }
    return cpu_next(c, d, d->ilc);
}

const struct dinsn *insn_sigp(struct cpu *c, const struct dinsn *d)
{
    unsigned n = (u16)c->gr[f_RS_a_r3(d)];

    if (c->host->resolve) /* a nested guest: entries hold addresses of another host's storage */
        return cpu_leave_intercept(c, d);
    switch (ea_RS_a_2(c, d) & SIGP_ORDER_MASK) {
    case SIGP_EXTERNAL_CALL:
        return external_call(c, d, n);
    case SIGP_SENSE_RUNNING:
        if (c->sd->ecb & SD_ECB_SRSI)
            return sense_running(c, d, n);
        return cpu_leave_intercept(c, d);
    default:
        return cpu_leave_intercept(c, d);
    }
}
