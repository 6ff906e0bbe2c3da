/* SPDX-License-Identifier: Apache-2.0
 *
 * Raising intercepts: the only code that writes icptcode, icptstatus, ipa, ipb and the
 * interruption parameters of a state description.  First stop of an intercept's journey.
 *
 * Who presents a program interruption: SIE presents it to the guest, except
 *  - all of them under ictl.PINT; addressing and special operation always;
 *  - protection without eca.PROTEXCI; privileged operation under ictl.PRIVOP;
 *  - specification without ecb.SPECI, or when the program-new PSW is invalid (it would loop);
 *  - operation under ictl.OPEREXC, as an intercept of its own.
 */
#include "arch/lowcore.h"
#include "arch/program.h"
#include "base/probe.h"
#include "cpu/interrupt.h"
#include "sie/sie.h"

#define OP_MVPG 0xb254

static void begin(struct cpu *c, u8 code)
{
    c->sd->icptcode = code;
    c->sd->icptstatus = 0;
}

/* What the code describes is in place. */
static void raised(const struct cpu *c)
{
    const struct sd *sd = c->sd;

    PROBE4(raised, be16_get(sd->icpua), sd->icptcode, be16_get(sd->ipa), be32_get(sd->ipb));
}

void sie_raise(struct cpu *c, u8 code)
{
    begin(c, code);
    raised(c);
}

void sie_raise_none(struct cpu *c)
{
    sie_raise(c, 0);
}

static void store_text(struct cpu *c)
{
    struct sd *sd = c->sd;
    const struct icpt_insn *i = &c->icpt;

    sd->ipa = be16_of(i->ipa);
    sd->ipb = be32_of(i->ipb);
    sd->icptstatus = (u8)((i->execute ? SD_ICPTSTATUS_EXEC | i->ilc << 4 : 0) |
                          (i->per_ifetch ? SD_ICPTSTATUS_PER : 0));
}

void sie_raise_instruction(struct cpu *c, u8 code)
{
    begin(c, code);
    store_text(c);
    raised(c);
}

/* MVPG also tells which of its pages the host does not have: an address, for there is no page-table
 * entry of the host to name. */
void sie_raise_partial(struct cpu *c)
{
    const struct host_fault *f = &c->host_fault;
    u64 page = (f->abs & ~FRAME_MASK) | SD_PEI_NOT_PTE;

    sie_raise_instruction(c, ICPT_PARTEXEC);
    if (c->icpt.ipa != OP_MVPG)
        return;
    c->sd->pei.dest = be64_of(f->write ? page : 0);
    c->sd->pei.src = be64_of(f->write ? 0 : page);
}

void sie_raise_operation(struct cpu *c)
{
    begin(c, ICPT_OPEREXC);
    store_text(c);
    raised(c);
}

void sie_raise_external(struct cpu *c, u16 eic, u16 cpu_addr)
{
    begin(c, ICPT_EXTINT);
    c->sd->eic = be16_of(eic);
    c->sd->extcpuaddr = be16_of(cpu_addr);
    c->sd->eiparams = be32_of(0);
    raised(c);
}

void sie_raise_validity(struct cpu *c, u16 reason, u16 when)
{
    begin(c, ICPT_VALIDITY);
    c->sd->ipa = be16_of(VALIDITY_WHO_CPU | when);
    c->sd->ipb = be32_of((u32)reason << 16);
    raised(c);
}

void sie_raise_program(struct cpu *c)
{
    struct sd *sd = c->sd;
    const struct fault *f = &c->fault;

    begin(c, ICPT_PROGI);
    sd->pgmilc = be16_of(f->ilc);
    sd->iprcc = be16_of(f->code | (f->per_code ? PGM_PER : 0));
    sd->dxc = be32_of(f->dxc);
    sd->mcn = be16_of(f->mon_class);
    sd->perc = f->per_code;
    sd->peratmid = f->per_atmid;
    sd->peraddr = be64_of(f->per_addr);
    sd->eai = f->eaid;
    sd->peraid = f->per_aid;
    sd->oai = f->oaid;
    sd->tecmc = be64_of((f->code & PGM_CODE_MASK) == PGM_MONITOR_EVENT ? f->mon_code : f->teid);
    raised(c);
}

static bool intercepted(struct cpu *c)
{
    const struct sd *sd = c->sd;
    u32 ictl = be32_get(sd->ictl);

    if (ictl & SD_ICTL_PINT)
        return true;
    switch (c->fault.code & PGM_CODE_MASK & ~PGM_PER) {
    case PGM_ADDRESSING:
    case PGM_SPECIAL_OPERATION:
        return true;
    case PGM_PRIVILEGED_OP:
        return ictl & SD_ICTL_PRIVOP;
    case PGM_PROTECTION:
        return !(be32_get(sd->eca) & SD_ECA_PROTEXCI);
    case PGM_SPECIFICATION:
        return !(sd->ecb & SD_ECB_SPECI) ||
               cpu_new_psw_invalid(c, offsetof(struct lowcore, pgm_new_psw));
    default:
        return false;
    }
}

bool sie_program(struct cpu *c)
{
    if (c->fault.code == PGM_OPERATION && be32_get(c->sd->ictl) & SD_ICTL_OPEREXC) {
        sie_raise_operation(c);
        return false;
    }
    if (!intercepted(c)) {
        switch (cpu_present_program(c)) {
        case INTERRUPTION_DONE:
            return true;
        case INTERRUPTION_BAD_PSW: /* c->fault is the next one: early specification */
            return sie_program(c);
        case INTERRUPTION_HOST_FAULT: /* the host presents it: it can make the page present */
            break;
        }
    }
    sie_raise_program(c);
    return false;
}
