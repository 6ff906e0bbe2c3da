/* SPDX-License-Identifier: Apache-2.0
 *
 * Intercepted instructions of the smaller groups: PTFF control functions, TOD programmable
 * register, TEST PROTECTION, and facilities that are switched on at their first instruction or not
 * offered.
 *
 * References: [PoP 10 Control Instructions], [PoP 7 Guarded-Storage instructions].
 */
#include "cpu/request.h"
#include "hypervisor/gaccess.h"
#include "hypervisor/priv.h"

/* Only the control functions get here: the guest cannot steer the host's clock. */
enum hv_outcome priv_ptff(struct vcpu *v)
{
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    hv_set_cc(v, 3);
    return HV_RESUME;
}

enum hv_outcome priv_sckpf(struct vcpu *v)
{
    u32 gr0 = (u32)v->cpu.gr[0];

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (gr0 & 0xffff0000)
        return hv_inject(v, PGM_SPECIFICATION);
    v->sd->todpr = be32_of(gr0);
    return HV_RESUME;
}

/* ---- TEST PROTECTION ---- */

/* Exceptions of access-register and dynamic address translation are condition code 3; addressing
 * and translation specification are presented. */
static bool tprot_untranslated(u16 code)
{
    return pgm_is_dat(code) || (code >= PGM_ALET_SPECIFICATION && code <= PGM_EXTENDED_AUTHORITY);
}

/* Condition code, or -1: *f is to be presented. */
static int tprot_cc(struct vcpu *v, u64 addr, u8 ar, u8 key, struct fault *f)
{
    u64 abs;

    if (hv_translate(v, addr, ar, ACC_STORE, 1, key, &abs, f))
        return 0;
    if (f->code == PGM_PROTECTION) {
        if (hv_translate(v, addr, ar, ACC_FETCH, 1, key, &abs, f))
            return 1;
        if (f->code == PGM_PROTECTION)
            return 2;
    }
    return tprot_untranslated(f->code) ? 3 : -1;
}

enum hv_outcome priv_tprot(struct vcpu *v)
{
    struct fault f;
    u64 addr[2];
    u8 ar[2];
    int cc;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    hv_addr_sse(v, hv_ipb(v), addr, ar);
    if (addr[1] & 0xf0 && hv_facility(v, 169))
        return hv_inject(v, PGM_SPECIAL_OPERATION);
    cpu_enter_guest(&v->cpu);
    cc = tprot_cc(v, addr[0], ar[0], addr[1] & 0xf0, &f);
    cpu_leave_guest(&v->cpu);
    if (cc < 0)
        return hv_inject_access(v, &f);
    hv_set_cc(v, (unsigned)cc);
    return HV_RESUME;
}

/* ---- facilities that SIE interprets once they are switched on ---- */

/* I23 */
enum hv_outcome priv_ri(struct vcpu *v)
{
    if (!hv_facility(v, 64))
        return hv_inject(v, PGM_OPERATION);
    v->sd->ecb3 |= SD_ECB3_RI;
    return hv_interpret(v, 0);
}

void hv_enable_guarded_storage(struct vcpu *v)
{
    v->sd->ecb |= SD_ECB_GS;
    v->sd->ecd = be32_of(be32_get(v->sd->ecd) | SD_ECD_HOSTREGMGMT);
}

static enum hv_outcome enable_gs(struct vcpu *v)
{
    if (!hv_facility(v, 133))
        return hv_inject(v, PGM_OPERATION);
    hv_enable_guarded_storage(v);
    return hv_interpret(v, 0);
}

enum hv_outcome priv_lgsc(struct vcpu *v)
{
    return enable_gs(v);
}

enum hv_outcome priv_stgsc(struct vcpu *v)
{
    return enable_gs(v);
}

/* ---- interception controls that the hypervisor does not use ---- */

/* A state description that has one on loses it, and SIE executes the instruction.  The engine has
 * made the privileged-operation check. */
#define INTERPRET(handler, control)                                                                \
    enum hv_outcome priv_##handler(struct vcpu *v)                                                 \
    {                                                                                              \
        return hv_interpret(v, control);                                                           \
    }

INTERPRET(ssm, SD_ICTL_SSM)
INTERPRET(stnsm, SD_ICTL_STNSM)
INTERPRET(stosm, SD_ICTL_STOSM)
INTERPRET(ptlb, SD_ICTL_PTLB)
INTERPRET(palb, SD_ICTL_PTLB)
INTERPRET(sckc, SD_ICTL_SCKC)
INTERPRET(stckc, SD_ICTL_SCKC)
INTERPRET(spt, SD_ICTL_SPT)
INTERPRET(stpt, SD_ICTL_SPT)
INTERPRET(pr, SD_ICTL_PR)
INTERPRET(bakr, SD_ICTL_BAKR)
INTERPRET(bsa, SD_ICTL_BSA)
INTERPRET(lasp, SD_ICTL_LASP)
INTERPRET(pc, SD_ICTL_PC)
INTERPRET(pt, SD_ICTL_PT)
INTERPRET(pti, SD_ICTL_PT)

/* Without MVPG interpretation the engine leaves; with it, it only asks for pages (I40). */
enum hv_outcome priv_mvpg(struct vcpu *v)
{
    v->sd->eca = be32_of(be32_get(v->sd->eca) | SD_ECA_MVPGI);
    return hv_interpret(v, 0);
}

/* ---- not offered ---- */

/* Ultravisor calls are for protected guests. */
enum hv_outcome priv_uvc(struct vcpu *v)
{
    return hv_inject(v, PGM_OPERATION);
}
