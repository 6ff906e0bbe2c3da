/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry and exit: the register swap between a state description and struct cpu.
 */
#include <string.h>

#include "arch/cr.h"
#include "cpu/code.h"
#include "cpu/exec.h"
#include "cpu/timer.h"
#include "sie/sie.h"

/* The TLB may only be kept when the state description last ran here; true: it did not. */
static bool load_host_cpu(struct cpu *c)
{
    if (be16_get(c->sd->ihcpu) == (u16)c->number)
        return false;
    tlb_purge_all(c);
    c->sd->ihcpu = be16_of((u16)c->number);
    c->budget = 0; /* look at the clock first */
    return true;
}

static void load_prefix(struct cpu *c)
{
    u32 prefix = be32_get(c->sd->prefix_ibc) & SD_PREFIX_Z;

    if (prefix == c->prefix)
        return;
    c->prefix = prefix;
    c->lowcore[0] = c->lowcore[1] = NULL;
    tlb_purge_prefix(c);
}

/* Instruction-blocking control: zero blocks nothing.  Which level of its generation a machine has
 * makes no difference to its instructions. */
static void load_blocking(struct cpu *c)
{
    u32 ibc = sd_ibc(c->sd);

    code_set_newest(c, ibc ? (u8)(ibc >> SD_IBC_LEVELS) : CODE_ALL);
}

/* The CPU timer goes on while the host handles an intercept: only a value that the host changed, or
 * a CPU that was stopped (ihcpu FFFF), starts from now.  Saves a clock reading. */
static void load_cpu_timer(struct cpu *c, bool fresh)
{
    s64 value = (s64)be64_get(c->sd->cputm);

    if (!fresh && value == c->timers.cpu_timer)
        return;
    c->timers.cpu_timer = value;
    c->timers.cpu_timer_at = host_tod(c->mem);
}

/* Where the state description keeps the guarded-storage registers; NULL: nowhere, the guest has
 * those of the host. */
static struct gs_cb *guarded_storage(const struct cpu *c)
{
    const struct sd *sd = c->sd;
    struct sdnx *annex;

    if (!(sd->ecb & SD_ECB_GS) || be32_get(sd->ecd) & SD_ECD_HOSTREGMGMT)
        return NULL;
    annex = host_resolve(c->host, be64_get(sd->sdnxo) & SD_SDNXO_ORIGIN, sizeof(*annex));
    return annex ? &annex->gscb : NULL;
}

void sie_load(struct cpu *c)
{
    const struct sd *sd = c->sd;
    const struct gs_cb *gs = guarded_storage(c);

    bool fresh = load_host_cpu(c);

    load_prefix(c);
    load_blocking(c);
    c->gr[14] = be64_get(sd->gg14);
    c->gr[15] = be64_get(sd->gg15);
    be64_swap_pairs(c->cr, sd->gcr, 8);
    c->timers.epoch = be64_get(sd->epoch);
    c->timers.epdx = sd->epdx;
    c->timers.mef = be32_get(sd->ecd) & SD_ECD_MEF;
    c->timers.ckc = be64_get(sd->ckc);
    load_cpu_timer(c, fresh);
    c->todpr = be32_get(sd->todpr);
    c->pp = sd_pp(sd);
    c->bear = be64_get(sd->gbea);
    c->cpnc = __atomic_load_n(&sd->cpnc, __ATOMIC_RELAXED);
    if (gs) {
        c->host_gs = c->gs;
        cpu_gs_load(c, gs);
    }
    c->per_enforced = sd_flags(sd) & SD_CPUFLAG_P;
    c->psw_mask = be64_get(sd->gpsw.mask) & ~PSW_MASK_CC;
    c->cc = be64_get(sd->gpsw.mask) >> PSW_CC_SHIFT & 3;
    c->psw_addr = be64_get(sd->gpsw.addr);
}

void sie_settle(struct cpu *c)
{
    if (be64_get(c->sd->cputm) != (u64)c->timers.cpu_timer)
        return; /* the host has set it meanwhile */
    cpu_timer_settle(c);
    c->sd->cputm = be64_of((u64)c->timers.cpu_timer);
}

void sie_store(struct cpu *c)
{
    struct sd *sd = c->sd;
    struct gs_cb *gs = guarded_storage(c);

    sd->gg14 = be64_of(c->gr[14]);
    sd->gg15 = be64_of(c->gr[15]);
    be64_swap_pairs(sd->gcr, c->cr, 8);
    sd->ckc = be64_of(c->timers.ckc);
    sd->cputm = be64_of((u64)c->timers.cpu_timer);
    sd->todpr = be32_of(c->todpr);
    sd_set_pp(sd, c->pp);
    sd->gbea = be64_of(c->bear);
    if (gs) {
        cpu_gs_store(c, gs);
        c->gs = c->host_gs;
    }
    sd->gpsw.mask = be64_of(cpu_psw_mask(c));
    sd->gpsw.addr = be64_of(c->psw_addr);
}
