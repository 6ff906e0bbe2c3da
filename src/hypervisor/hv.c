/* SPDX-License-Identifier: Apache-2.0
 *
 * What all handlers are made of: the guest's PSW and registers between entries, operands of
 * intercepted instructions, and the ways to end a handler.
 *
 * References: interception formats: IBM CP control blocks SIEBK; [PoP 5 Address Generation].
 */
#include "hypervisor/hv.h"

#include <errno.h>
#include <string.h>

#include "cpu/code.h"
#include "cpu/interrupt.h"
#include "cpu/per.h"

/* ---- PSW, control registers, prefix ---- */

/* TLB banks are keyed by ASCE and CR0 bits, so nothing needs to be purged. */
void hv_set_cr(struct vcpu *v, unsigned n, u64 value)
{
    v->sd->gcr[n] = be64_of(value);
    v->cpu.cr[n] = value;
}

void hv_set_prefix(struct vcpu *v, u32 prefix)
{
    prefix &= SD_PREFIX_Z;
    sd_set_prefix(v->sd, prefix);
    v->sd->ihcpu = be16_of(SD_IHCPU_PURGE);
    v->cpu.prefix = prefix;
    memset(v->cpu.lowcore, 0, sizeof(v->cpu.lowcore));
}

u64 hv_wrap(const struct vcpu *v, u64 addr)
{
    u64 mask = hv_psw_mask(v);

    if (mask & PSW_MASK_EA)
        return addr;
    return addr & (mask & PSW_MASK_BA ? PSW_ADDR_31 : PSW_ADDR_24);
}

bool hv_psw_valid(const struct vcpu *v, u64 mask, u64 addr)
{
    return !(addr & 1) && cpu_psw_acceptable(&v->cpu, mask, addr);
}

unsigned hv_ilen(const struct vcpu *v)
{
    const struct sd *sd = v->sd;

    switch (sd->icptcode) {
    case ICPT_INST:
    case ICPT_INSTPROGI:
    case ICPT_OPEREXC:
    case ICPT_PARTEXEC:
    case ICPT_IOINST:
        if (sd->icptstatus & SD_ICPTSTATUS_EXEC && !mutated("I05")) {
            unsigned len = (sd->icptstatus & SD_ICPTSTATUS_EXEC_LEN) >> 4;

            return len ? len : 4;
        }
        return insn_length((u8)(hv_ipa(v) >> 8));
    case ICPT_PROGI:
        return be16_get(sd->pgmilc) & 6;
    default:
        return 0;
    }
}

void hv_rewind_psw(struct vcpu *v, unsigned len)
{
    v->sd->gpsw.addr = be64_of(hv_wrap(v, hv_psw_addr(v) - len));
}

void hv_forward_psw(struct vcpu *v, unsigned len)
{
    v->sd->gpsw.addr = be64_of(hv_wrap(v, hv_psw_addr(v) + len));
}

/* ---- operands ---- */

u64 hv_base_disp(const struct vcpu *v, u32 ipb)
{
    unsigned base = ipb >> 28;

    return (base ? v->cpu.gr[base] : 0) + (ipb >> 16 & 0xfff);
}

u64 hv_addr_s(const struct vcpu *v, u32 ipb, u8 *ar)
{
    if (ar)
        *ar = (u8)(ipb >> 28);
    return hv_wrap(v, hv_base_disp(v, ipb));
}

u64 hv_addr_rsy(const struct vcpu *v, u32 ipb, u8 *ar)
{
    unsigned base = ipb >> 28;
    u64 disp = (u64)sext64((ipb >> 16 & 0xfff) | (ipb & 0xff00) << 4, 20);

    *ar = (u8)base;
    return hv_wrap(v, (base ? v->cpu.gr[base] : 0) + disp);
}

void hv_addr_sse(const struct vcpu *v, u32 ipb, u64 addr[2], u8 ar[2])
{
    addr[0] = hv_addr_s(v, ipb, &ar[0]);
    addr[1] = hv_addr_s(v, ipb << 16, &ar[1]);
}

/* ---- ending a handler ---- */

/* Both may have events: those of one instruction. */
static void add_per(struct fault *to, const struct fault *from)
{
    to->per_code |= from->per_code;
    to->per_atmid |= from->per_atmid;
    to->per_aid |= from->per_aid;
    to->per_addr = from->per_addr;
}

enum hv_outcome hv_inject_fault(struct vcpu *v, const struct fault *f)
{
    struct fault *p = &v->program;

    hv_count(v, CNT_INJECT_PROGRAM);
    if (!v->local.program) {
        *p = *f;
    } else if (!f->code) {
        add_per(p, f);
    } else {
        struct fault old = *p;

        *p = *f;
        if (!f->per_code)
            add_per(p, &old);
    }
    v->local.program = p;
    atomic_fetch_or(&v->local.pending, IRQ_BIT(IRQ_PROGRAM));
    return HV_INJECT;
}

enum hv_outcome hv_inject_per(struct vcpu *v, u32 events, u64 mask, u64 addr)
{
    struct fault f = {
        .ilc = (u8)hv_ilen(v),
        .per_code = (u8)(events >> PER_CODE_SHIFT),
        .per_atmid = cpu_per_atmid(mask),
        .per_addr = hv_wrap(v, addr - hv_ilen(v)),
    };

    if (events & PER_EVENT_STORE) {
        f.per_aid = v->cpu.per_aid;
        f.per_atmid |= v->cpu.per_ai;
    }
    hv_count(v, CNT_PER);
    return hv_inject_fault(v, &f);
}

enum hv_outcome hv_inject(struct vcpu *v, u16 code)
{
    struct fault f = {.code = code, .ilc = (u8)hv_ilen(v)};

    if (pgm_nullifies(code))
        hv_rewind_psw(v, f.ilc);
    return hv_inject_fault(v, &f);
}

void hv_inject_program(struct vcpu *v, u16 code)
{
    (void)hv_inject(v, code);
}

void hv_inject_program_fault(struct vcpu *v, const struct fault *f, bool rewind)
{
    struct fault full = *f;

    if (!full.ilc)
        full.ilc = (u8)hv_ilen(v);
    if (rewind && pgm_nullifies(full.code))
        hv_rewind_psw(v, full.ilc);
    (void)hv_inject_fault(v, &full);
}

enum hv_outcome hv_exit(struct vcpu *v, enum exit_reason reason)
{
    struct hv_exit *x = v->exit;

    x->reason = reason;
    x->icptcode = v->sd->icptcode;
    x->ipa = hv_ipa(v);
    x->ipb = hv_ipb(v);
    x->psw_mask = hv_psw_mask(v);
    x->psw_addr = hv_psw_addr(v);
    return HV_EXIT;
}

enum hv_outcome hv_broken(struct vcpu *v, int error)
{
    (void)hv_exit(v, EXIT_INTERNAL_ERROR);
    v->exit->error = error;
    return HV_BROKEN;
}

enum hv_outcome hv_interpret(struct vcpu *v, u32 ictl)
{
    v->sd->ictl = be32_of(be32_get(v->sd->ictl) & ~ictl);
    hv_rewind_psw(v, hv_ilen(v));
    return HV_RETRY;
}

enum hv_outcome hv_access_failed(struct vcpu *v, enum gaccess g)
{
    return g == GACCESS_INJECTED ? HV_INJECT : hv_broken(v, -EFAULT);
}
