/* SPDX-License-Identifier: Apache-2.0
 *
 * The stop request (I10) and store status.
 *
 * References: [PoP 4 Stopped, Operating, Load, and Check-Stop States; Store Status].
 */
#include "hypervisor/hv.h"

#include <errno.h>
#include <string.h>

#include "arch/lowcore.h"
#include "base/log.h"

/* ---- store status ---- */

/* Absolute address that a field of the prefix area has when the save area lies at `addr`. */
#define AT(field) (addr + offsetof(struct lowcore, field) - LC_SAVE_AREA)

static bool put(struct vcpu *v, u64 addr, const void *from, u64 len)
{
    return mem_write(&v->vm->mem, abs_addr(addr), from, len) == MEM_OK;
}

static bool put32(struct vcpu *v, u64 addr, u32 x)
{
    return mem_write32(&v->vm->mem, abs_addr(addr), x) == MEM_OK;
}

static bool put64(struct vcpu *v, u64 addr, u64 x)
{
    return mem_write64(&v->vm->mem, abs_addr(addr), x) == MEM_OK;
}

static bool put_register_files(struct vcpu *v, u64 addr)
{
    const struct cpu *c = &v->cpu;
    be64 fpr[16], gr[16];
    be32 ar[16];

    for (unsigned i = 0; i < 16; i++) {
        fpr[i] = be64_of(cpu_fpr(c, i));
        gr[i] = be64_of(c->gr[i]);
        ar[i] = be32_of(c->ar[i]);
    }
    return put(v, AT(fpr_save), fpr, sizeof(fpr)) && put(v, AT(gr_save), gr, sizeof(gr)) &&
           put(v, AT(ar_save), ar, sizeof(ar)) &&
           put(v, AT(cr_save), v->sd->gcr, sizeof(v->sd->gcr));
}

int hv_save_registers(struct vcpu *v, u64 addr)
{
    const struct sd *sd = v->sd;

    if (!mem_has(&v->vm->mem, addr, LC_SAVE_AREA_LEN))
        return -EFAULT;
    if (!put_register_files(v, addr) || !put32(v, AT(fpc_save), v->cpu.fpc) ||
        !put32(v, AT(todpr_save), be32_get(sd->todpr)) ||
        !put64(v, AT(cputm_save), be64_get(sd->cputm)) ||
        !put64(v, AT(ckc_save), be64_get(sd->ckc) >> 8))
        return -EFAULT;
    if (hv_facility(v, 193) && !put64(v, AT(bear_save), be64_get(sd->gbea)))
        return -EFAULT;
    return 0;
}

int vcpu_store_status(struct vcpu *v, u64 addr)
{
    u8 mode = LC_ARCH_MODE_Z;

    if (addr == VCPU_STATUS_ABSOLUTE) {
        addr = LC_SAVE_AREA;
        if (!put(v, AT(arch_mode), &mode, 1))
            return -EFAULT;
    }
    if (hv_save_registers(v, addr) || !put(v, AT(psw_save), &v->sd->gpsw, sizeof(v->sd->gpsw)) ||
        !put32(v, AT(prefix_save), hv_prefix(v)))
        return -EFAULT;
    return 0;
}

static int put_guarded(struct vcpu *v, u64 addr)
{
    struct gs_cb cb;

    cpu_gs_store(&v->cpu, &cb);
    return put(v, addr + offsetof(struct ext_save_area, gscb), &cb, sizeof(cb)) ? 0 : -EFAULT;
}

int hv_store_additional_status(struct vcpu *v, u64 addr, unsigned lc)
{
    const struct cpu *c = &v->cpu;
    be64 vr[32][2];

    if (!mem_has(&v->vm->mem, addr, 1ULL << lc))
        return -EFAULT;
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = 0; j < 2; j++)
            vr[i][j] = be64_of(c->vr[i].d[j]);
    if (hv_facility(v, 129) && !put(v, addr, vr, sizeof(vr)))
        return -EFAULT;
    return hv_facility(v, 133) && lc > 10 ? put_guarded(v, addr) : 0;
}

/* ---- interception 28 ---- */

static bool stop_now(struct vcpu *v, bool *store_status)
{
    struct local_interrupts *l = &v->local;
    u64 local, floating;
    bool stop;

    pthread_mutex_lock(&v->vm->floating.lock);
    pthread_mutex_lock(&l->lock);
    local = hv_local_pending(v);
    floating = hv_floating_pending(v->vm);
    stop = local & IRQ_BIT(IRQ_STOP) && (!hv_enabled(v, local, floating) || mutated("I10"));
    *store_status = l->stop_store_status;
    pthread_mutex_unlock(&l->lock);
    pthread_mutex_unlock(&v->vm->floating.lock);
    return stop;
}

enum hv_outcome hv_handle_stop(struct vcpu *v)
{
    bool store_status;

    if (!stop_now(v, &store_status))
        return HV_RESUME;
    sie_settle(&v->cpu);
    if (store_status) {
        int r = vcpu_store_status(v, VCPU_STATUS_ABSOLUTE);

        if (r) {
            log_error("CPU %u: store status: no storage at the save area", v->id);
            return hv_broken(v, r);
        }
    }
    if (v->vm->options.user_cpu_states)
        return hv_exit(v, EXIT_INTERCEPT); /* pending until the VMM sets the state */
    pthread_mutex_lock(&v->local.lock);
    hv_set_state_locked(v, VCPU_STOPPED);
    pthread_mutex_unlock(&v->local.lock);
    return hv_exit_stopped(v);
}
