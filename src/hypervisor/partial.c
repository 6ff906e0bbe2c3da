/* SPDX-License-Identifier: Apache-2.0
 *
 * Partial execution (38): MOVE PAGE whose pages the host must make present (I40), and SIGP external
 * call to a CPU that idles (I41).
 *
 * References: IBM CP control blocks SIEBK; [PoP 7 MOVE PAGE].
 */
#include "arch/sigp.h"
#include "cpu/request.h"
#include "hypervisor/gaccess.h"

#define OP_MVPG 0xb254
#define OP_SIGP 0xae

/* The page of a MVPG operand, through the guest's own translation.  Keys are checked when the
 * instruction is executed. */
static bool make_operand_present(struct vcpu *v, unsigned r, enum access acc, struct fault *f)
{
    u64 addr = hv_wrap(v, v->cpu.gr[r]) & ~FRAME_MASK;
    u64 abs;
    bool ok;

    cpu_enter_guest(&v->cpu);
    ok = hv_translate(v, addr, (u8)r, acc, FRAME_SIZE, 0, &abs, f);
    cpu_leave_guest(&v->cpu);
    if (ok)
        mem_make_present(&v->vm->mem, abs);
    return ok;
}

static enum hv_outcome mvpg(struct vcpu *v)
{
    u32 ipb = hv_ipb(v);
    struct fault f;

    if (!make_operand_present(v, hv_r2_rre(ipb), ACC_FETCH, &f) ||
        !make_operand_present(v, hv_r1_rre(ipb), ACC_STORE, &f))
        return hv_inject_access(v, &f);
    if (mutated("I40"))
        return HV_RESUME;
    hv_rewind_psw(v, hv_ilen(v));
    return HV_RETRY;
}

/* SIE has made the call pending already. */
static enum hv_outcome external_call(struct vcpu *v)
{
    struct vcpu *target = vm_cpu(v->vm, (u16)v->cpu.gr[hv_r3(hv_ipa(v))]);

    if (target)
        vcpu_kick(target);
    hv_set_cc(v, mutated("I41") ? SIGP_CC_BUSY : SIGP_CC_ACCEPTED);
    return HV_RESUME;
}

enum hv_outcome hv_handle_partial(struct vcpu *v)
{
    u16 ipa = hv_ipa(v);

    if (ipa == OP_MVPG)
        return mvpg(v);
    if (ipa >> 8 == OP_SIGP && (hv_base_disp(v, hv_ipb(v)) & SIGP_ORDER_MASK) == SIGP_EXTERNAL_CALL)
        return external_call(v);
    return mutated("I42") ? HV_RESUME : hv_exit(v, EXIT_INTERCEPT);
}
