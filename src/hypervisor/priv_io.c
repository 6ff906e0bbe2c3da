/* SPDX-License-Identifier: Apache-2.0
 *
 * Intercepted I/O instructions.  The channel subsystem belongs to the VMM, so they exit once the
 * privileged-operation check is made; only the pending interruptions are here: TPI is done, TSCH
 * exits with the interruption of its subchannel taken away.
 *
 * References: [PoP 14 I/O Instructions].
 */
#include <errno.h>

#include "arch/cr.h"
#include "arch/lowcore.h"
#include "hypervisor/priv.h"

static enum hv_outcome to_vmm(struct vcpu *v)
{
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    return hv_exit(v, EXIT_INTERCEPT);
}

#define TO_VMM(handler)                                                                            \
    enum hv_outcome priv_##handler(struct vcpu *v)                                                 \
    {                                                                                              \
        return to_vmm(v);                                                                          \
    }

TO_VMM(csch)
TO_VMM(hsch)
TO_VMM(msch)
TO_VMM(ssch)
TO_VMM(stsch)
TO_VMM(sal)
TO_VMM(rsch)
TO_VMM(stcrw)
TO_VMM(stcps)
TO_VMM(rchp)
TO_VMM(schm)
TO_VMM(chsc)
TO_VMM(siga)
TO_VMM(xsch)
/* not I/O, but the VMM's too */
TO_VMM(servc)
TO_VMM(eqbs)
TO_VMM(sqbs)
TO_VMM(clp)
TO_VMM(pcistg)
TO_VMM(pcilg)
TO_VMM(pcistb)
TO_VMM(rpcit)
TO_VMM(mpcifc)
TO_VMM(stpcifc)

/* SET INTERRUPTION CONTROLS: mode in R1, ISC in bits 34-36 of R3. */
enum hv_outcome priv_sic(struct vcpu *v)
{
    u16 mode = (u16)*hv_gr(v, hv_r1(hv_ipa(v)));
    unsigned isc = *hv_gr(v, hv_r3(hv_ipa(v))) >> 27 & 7;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (!hv_facility(v, 72))
        return hv_inject(v, PGM_OPERATION);
    if (mode != AIS_MODE_ALL && mode != AIS_MODE_SINGLE)
        return hv_inject(v, PGM_OPERAND);
    hv_set_ais_mode(v->vm, isc, mode);
    return HV_RESUME;
}

enum hv_outcome priv_tsch(struct vcpu *v)
{
    u32 schid = (u32)v->cpu.gr[1];
    struct hv_exit *x = v->exit;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    x->dequeued = hv_dequeue_io_sch(v->vm, (u16)(schid >> 16), (u16)schid, &x->io);
    return hv_exit(v, EXIT_TSCH);
}

/* ---- TPI ---- */

struct tpi_code {
    be16 id, nr;
    be32 parm, word;
};

static enum hv_outcome put_back(struct vcpu *v, const struct io_interrupt *io, enum hv_outcome o)
{
    int r;

    if (io->word & IO_WORD_ADAPTER)
        r = hv_inject_adapter(v->vm, io_word_isc(io->word));
    else
        r = hv_inject_io(v->vm, io);
    return r ? hv_broken(v, r) : o;
}

enum hv_outcome priv_tpi(struct vcpu *v)
{
    struct io_interrupt io;
    struct tpi_code code;
    enum gaccess g;
    u64 addr;
    u8 ar;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    addr = hv_addr_s(v, hv_ipb(v), &ar);
    if (addr & 3)
        return hv_inject(v, PGM_SPECIFICATION);
    if (!hv_dequeue_io_isc(v->vm, (u8)((hv_cr(v, 6) & CR6_ISC) >> CR6_ISC_SHIFT), &io)) {
        hv_set_cc(v, 0);
        return HV_RESUME;
    }
    code = (struct tpi_code){be16_of(io.subchannel_id), be16_of(io.subchannel_nr), be32_of(io.parm),
                             be32_of(io.word)};
    if (addr) {
        g = hv_write_guest(v, addr, ar, &code, offsetof(struct tpi_code, word));
        if (g != GACCESS_OK)
            return put_back(v, &io, hv_access_failed(v, g));
    } else if (!hv_write_real(v, offsetof(struct lowcore, ssid), &code, sizeof(code))) {
        return put_back(v, &io, hv_broken(v, -EFAULT));
    }
    hv_set_cc(v, 1);
    return HV_RESUME;
}
