/* SPDX-License-Identifier: Apache-2.0
 *
 * PQAP, NQAP and DQAP: which of them SIE leaves to the host, and the way to those that interpret
 * them (ap.h).
 *
 * References: docs/intercepts.md rules P01, P02, P09.
 */
#include "cpu/ap.h"
#include "cpu/control.h"
#include "isa_exec.h"

bool cpu_sie_pqap(const struct cpu *c, const struct dinsn *d)
{
    unsigned fc = cpu_ap_function(c);

    (void)d;
    if (fc == AP_FC_AQIC)
        return true;
    return fc == AP_FC_TAPQ && (u32)c->gr[0] & AP_GR0_T &&
           c->sd->ictl.raw & be32_of(SD_ICTL_FACIND).raw;
}

bool cpu_no_ap(const struct cpu *c, const struct dinsn *d)
{
    (void)d;
    return !c->mem->ap;
}

const struct dinsn *insn_pqap(struct cpu *c, const struct dinsn *d)
{
    return c->mem->ap->pqap(c, d);
}

const struct dinsn *insn_nqap(struct cpu *c, const struct dinsn *d)
{
    return c->mem->ap->nqap(c, d);
}

const struct dinsn *insn_dqap(struct cpu *c, const struct dinsn *d)
{
    return c->mem->ap->dqap(c, d);
}
