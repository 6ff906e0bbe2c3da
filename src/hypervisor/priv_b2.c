/* SPDX-License-Identifier: Apache-2.0
 *
 * Intercepted instructions of the B2 group: CPU id and address, prefix, clock, TEST BLOCK, facility
 * list, interlock of table updates.  Keys are in priv_keys.c, I/O in priv_io.c, STSI in
 * priv_stsi.c, PSWs in priv_ctl.c, adjunct processors in priv_pqap.c.
 *
 * References: [PoP 10 Control Instructions].
 */
#include <errno.h>
#include <sched.h>

#include "arch/lowcore.h"
#include "hypervisor/gaccess.h"
#include "hypervisor/priv.h"

/* Second operand of S format, aligned; false: *o is what to return. */
static bool operand(struct vcpu *v, unsigned align, u64 *addr, u8 *ar, enum hv_outcome *o)
{
    if (hv_problem_state(v)) {
        *o = hv_inject(v, PGM_PRIVILEGED_OP);
        return false;
    }
    *addr = hv_addr_s(v, hv_ipb(v), ar);
    if (*addr & (align - 1)) {
        *o = hv_inject(v, PGM_SPECIFICATION);
        return false;
    }
    return true;
}

static enum hv_outcome store(struct vcpu *v, u64 addr, u8 ar, const void *from, unsigned len)
{
    enum gaccess g = hv_write_guest(v, addr, ar, from, len);

    return g == GACCESS_OK ? HV_RESUME : hv_access_failed(v, g);
}

enum hv_outcome priv_stidp(struct vcpu *v)
{
    be64 id = be64_of(v->vm->model.cpuid);
    enum hv_outcome o;
    u64 addr;
    u8 ar;

    if (!operand(v, 8, &addr, &ar, &o))
        return o;
    return store(v, addr, ar, &id, sizeof(id));
}

enum hv_outcome priv_stap(struct vcpu *v)
{
    be16 id = be16_of((u16)v->id);
    enum hv_outcome o;
    u64 addr;
    u8 ar;

    if (!operand(v, 2, &addr, &ar, &o))
        return o;
    return store(v, addr, ar, &id, sizeof(id));
}

enum hv_outcome priv_stpx(struct vcpu *v)
{
    be32 prefix = be32_of(hv_prefix(v));
    enum hv_outcome o;
    u64 addr;
    u8 ar;

    if (!operand(v, 4, &addr, &ar, &o))
        return o;
    return store(v, addr, ar, &prefix, sizeof(prefix));
}

enum hv_outcome priv_spx(struct vcpu *v)
{
    enum hv_outcome o;
    enum gaccess g;
    be32 word;
    u32 prefix;
    u64 addr;
    u8 ar;

    if (!operand(v, 4, &addr, &ar, &o))
        return o;
    g = hv_read_guest(v, addr, ar, &word, sizeof(word));
    if (g != GACCESS_OK)
        return hv_access_failed(v, g);
    prefix = be32_get(word) & LC_PREFIX_MASK;
    if (!mem_has(&v->vm->mem, prefix, sizeof(struct lowcore)))
        return hv_inject(v, PGM_ADDRESSING);
    hv_set_prefix(v, prefix);
    return HV_RESUME;
}

enum hv_outcome priv_sck(struct vcpu *v)
{
    enum hv_outcome o;
    enum hv_pause p;
    enum gaccess g;
    be64 tod;
    u64 addr;
    u8 ar;

    if (!operand(v, 8, &addr, &ar, &o))
        return o;
    g = hv_read_guest(v, addr, ar, &tod, sizeof(tod));
    if (g != GACCESS_OK)
        return hv_access_failed(v, g);
    p = hv_set_tod_from(v, be64_get(tod));
    if (p != HV_PAUSED)
        return hv_pause_failed(v, p);
    hv_set_cc(v, 0);
    return HV_RESUME;
}

/* Clears a page of real storage that works, as all of ours does. */
enum hv_outcome priv_tb(struct vcpu *v)
{
    u64 real_addr, abs;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    real_addr = hv_wrap(v, v->cpu.gr[hv_r2_rre(hv_ipb(v))]) & ~FRAME_MASK;
    if (hv_low_address_protected(v, real_addr))
        return hv_inject_low_address(v, real_addr);
    abs = hv_real_to_absolute(v, real_addr);
    if (mem_fill(&v->vm->mem, abs_addr(abs), 0, FRAME_SIZE) != MEM_OK)
        return hv_inject(v, PGM_ADDRESSING);
    v->cpu.gr[0] = 0;
    hv_set_cc(v, 0);
    return HV_RESUME;
}

enum hv_outcome priv_stfl(struct vcpu *v)
{
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    if (!hv_write_real(v, offsetof(struct lowcore, stfl_fac_list), v->vm->model.facilities, 4))
        return hv_broken(v, -EFAULT);
    return HV_RESUME;
}

/* IPTE, IDTE, CSP …: the host held the lock of the SCA.  Once it is free, SIE can do it. */
static enum hv_outcome interlocked(struct vcpu *v)
{
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    while (be64_get((be64){__atomic_load_n(&v->vm->sca->ipte.raw, __ATOMIC_ACQUIRE)}) & SCA_IPTE_K)
        sched_yield();
    return hv_interpret(v, SD_ICTL_IPTECSP);
}

enum hv_outcome priv_ipte(struct vcpu *v)
{
    return interlocked(v);
}

enum hv_outcome priv_csp(struct vcpu *v)
{
    return interlocked(v);
}

enum hv_outcome priv_cspg(struct vcpu *v)
{
    return interlocked(v);
}

enum hv_outcome priv_idte(struct vcpu *v)
{
    return interlocked(v);
}

enum hv_outcome priv_crdte(struct vcpu *v)
{
    return interlocked(v);
}

/* Nested interpretive execution is not offered to this guest. */
enum hv_outcome priv_sie(struct vcpu *v)
{
    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    return hv_exit(v, EXIT_INTERCEPT);
}
