/* SPDX-License-Identifier: Apache-2.0
 *
 * Intercepted instructions of adjunct processors.  SIE interprets them itself, all but one: PQAP
 * with function code AQIC says where a queue is to interrupt, and there the guest's addresses and
 * interruption subclasses mean nothing to the host.  A driver that knows both sides does it
 * (struct pqap_hook); the checks that the machine would make come before it is asked.
 *
 * Not here: the driver (src/devices/ap_matrix.c), interpretation (src/ap/insn_ap.c).
 *
 * References: Linux Documentation/arch/s390/vfio-ap.rst; docs/intercepts.md rules P01 to P06.
 */
#include "hypervisor/priv.h"

/* No crypto control block of format 2: adapters to 63 and domains to 15 exist. */
static bool without_apxa(const struct vcpu *v)
{
    return (be32_get(v->sd->crycbd) & SD_CRYCBD_FORMAT) != SD_CRYCBD_FORMAT2;
}

/* Is GR 0 one that the function does not have. */
static bool specification(const struct vcpu *v, u32 gr0)
{
    if (gr0 & AP_GR0_RESERVED)
        return true;
    if (gr0 & AP_GR0_T && !hv_facility(v, 15))
        return true;
    if (gr0 & AP_GR0_APXA_ONLY && without_apxa(v))
        return true;
    return !hv_facility(v, 65);
}

/* The status word.  The hook stays where it is until it returns. */
static u32 ask_driver(struct vcpu *v, u16 apqn)
{
    struct vm *vm = v->vm;
    u32 status = ap_status_of(AP_RC_NOT_AVAILABLE);

    pthread_rwlock_rdlock(&vm->pqap_lock);
    if (mutated("P05") && !vm->pqap_hook)
        status = 0;
    if (vm->pqap_hook)
        status = vm->pqap_hook->aqic(vm->pqap_hook, v, apqn, *hv_gr(v, 1), *hv_gr(v, 2));
    pthread_rwlock_unlock(&vm->pqap_lock);
    return status;
}

static void trace_aqic(const struct vcpu *v, u16 apqn, u64 gr1, u64 gr2, u32 status)
{
    trace_line(&v->vm->trace, "ap cpu %u: aqic %02x.%04x gr1 %016llx gr2 %016llx status %08x",
               v->id, apqn_adapter(apqn), apqn_domain(apqn), (unsigned long long)gr1,
               (unsigned long long)gr2, status);
}

static enum hv_outcome aqic(struct vcpu *v, u16 apqn)
{
    u64 gr1 = *hv_gr(v, 1), gr2 = *hv_gr(v, 2);
    u32 status = ask_driver(v, apqn);
    bool refused = ap_status_rc(status) != 0;

    if (trace_on(&v->vm->trace, TRACE_AP))
        trace_aqic(v, apqn, gr1, gr2, status);
    *hv_gr(v, 1) = status;
    hv_set_cc(v, refused != mutated("P06") ? 3 : 0);
    return HV_RESUME;
}

static bool interpreted(const struct vcpu *v)
{
    return be32_get(v->sd->eca) & SD_ECA_APIE;
}

enum hv_outcome priv_pqap(struct vcpu *v)
{
    u32 gr0 = (u32)*hv_gr(v, 0);

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (interpreted(v) == mutated("P01"))
        return hv_exit(v, EXIT_INTERCEPT);
    if (((gr0 & AP_GR0_FC) >> 24 != AP_FC_AQIC) != mutated("P02"))
        return hv_exit(v, EXIT_INTERCEPT);
    if (specification(v, gr0) != mutated("P03"))
        return hv_inject(v, PGM_SPECIFICATION);
    return aqic(v, (u16)(gr0 & AP_GR0_APQN));
}

/* They come here only while the guest has no adjunct processors, or the host none. */
static enum hv_outcome not_offered(struct vcpu *v)
{
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    return hv_exit(v, EXIT_INTERCEPT);
}

enum hv_outcome priv_nqap(struct vcpu *v)
{
    return not_offered(v);
}

enum hv_outcome priv_dqap(struct vcpu *v)
{
    return not_offered(v);
}
