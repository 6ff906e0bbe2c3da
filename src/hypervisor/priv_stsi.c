/* SPDX-License-Identifier: Apache-2.0
 *
 * STORE SYSTEM INFORMATION as a guest of KVM sees it: a machine (1.x), one logical partition (2.x),
 * one virtual machine (3.2.2), whose name and UUID a VMM puts in that asked for it.  The topology
 * (15.1.x) is made in topology.c.
 *
 * References: [PoP 10 STORE SYSTEM INFORMATION].
 */
#include "arch/stsi.h"

#include <stdio.h>
#include <string.h>

#include "base/ebcdic.h"
#include "hypervisor/priv.h"

#define LEVEL 3U         /* current configuration level: virtual machine */
#define CAPABILITY 1000U /* smaller is faster; the guest divides by it */
#define CAF_ALL 1000U    /* capability-adjustment factor: all of it */

union sysib {
    struct sysib_111 s111;
    struct sysib_121 s121;
    struct sysib_122 s122;
    struct sysib_221 s221;
    struct sysib_222 s222;
    struct sysib_322 s322;
};

/* ---- machine ---- */

static void text(u8 *to, const char *from, size_t n)
{
    ebcdic_from_ascii(to, from, n);
}

static void sequence(const struct vcpu *v, u8 to[16])
{
    char hex[20];

    snprintf(hex, sizeof(hex), "%016llX",
             (unsigned long long)(v->vm->model.cpuid >> 32 & 0xffffff));
    text(to, hex, 16);
}

static void fill_111(const struct vcpu *v, struct sysib_111 *s)
{
    char type[8];

    snprintf(type, sizeof(type), "%04X", cpu_model_type(&v->vm->model));
    text(s->manufacturer, "SIE390", sizeof(s->manufacturer));
    text(s->type, type, sizeof(s->type));
    text(s->model_capacity, "400", sizeof(s->model_capacity));
    text(s->model, "400", sizeof(s->model));
    text(s->model_perm_cap, "400", sizeof(s->model_perm_cap));
    text(s->model_temp_cap, "400", sizeof(s->model_temp_cap));
    text(s->plant, "00", sizeof(s->plant));
    sequence(v, s->sequence);
}

static void fill_121(const struct vcpu *v, struct sysib_121 *s)
{
    text(s->plant, "00", sizeof(s->plant));
    sequence(v, s->sequence);
    s->cpu_addr = be16_of((u16)v->id);
}

static void fill_122(const struct vcpu *v, struct sysib_122 *s)
{
    unsigned configured = atomic_load(&v->vm->nconfigured);
    unsigned standby = vm_count_standby(v->vm);

    s->nominal_cap = be32_of(CAPABILITY);
    s->secondary_cap = be32_of(CAPABILITY);
    s->capability = be32_of(CAPABILITY);
    s->cpus_total = be16_of((u16)v->vm->max_cpus);
    s->cpus_configured = be16_of((u16)configured);
    s->cpus_standby = be16_of((u16)standby);
    s->cpus_reserved = be16_of((u16)(v->vm->max_cpus - configured - standby));
    for (unsigned i = 0; i + 1 < v->vm->max_cpus; i++)
        s->adjustment[i] = be16_of(100); /* percent of n times one CPU */
}

/* ---- partition ---- */

static void fill_221(const struct vcpu *v, struct sysib_221 *s)
{
    text(s->plant, "00", sizeof(s->plant));
    sequence(v, s->sequence);
    s->lcpu_id = be16_of((u16)v->id);
    s->cpu_addr = be16_of((u16)v->id);
}

static void fill_222(const struct vcpu *v, struct sysib_222 *s)
{
    unsigned configured = atomic_load(&v->vm->nconfigured);
    unsigned standby = vm_count_standby(v->vm);

    s->lpar_number = be16_of(1);
    s->characteristics = STSI_LCPUC_SHARED;
    s->cpus_total = be16_of((u16)v->vm->max_cpus);
    s->cpus_configured = be16_of((u16)configured);
    s->cpus_standby = be16_of((u16)standby);
    s->cpus_reserved = be16_of((u16)(v->vm->max_cpus - configured - standby));
    s->cpus_shared = be16_of((u16)configured);
    s->caf = be32_of(CAF_ALL);
    text(s->name, "SIE390", sizeof(s->name));
}

/* ---- virtual machine ---- */

static void fill_322(const struct vcpu *v, struct sysib_322 *s)
{
    struct sysib_322_vm *vm = &s->vm[0];
    unsigned configured = atomic_load(&v->vm->nconfigured);
    unsigned standby = vm_count_standby(v->vm);

    s->count = 1;
    vm->cpus_total = be16_of((u16)v->vm->max_cpus);
    vm->cpus_configured = be16_of((u16)configured);
    vm->cpus_standby = be16_of((u16)standby);
    vm->cpus_reserved = be16_of((u16)(v->vm->max_cpus - configured - standby));
    vm->caf = be32_of(CAF_ALL);
    text(vm->name, "KVMguest", sizeof(vm->name));
    text(vm->cpi, "KVM/Linux", sizeof(vm->cpi));
}

/* ---- the instruction ---- */

bool hv_fill_sysib(const struct vcpu *v, unsigned fc, unsigned sel1, unsigned sel2, void *block)
{
    union sysib *s = block;

    memset(s, 0, sizeof(*s));
    switch (fc << 8 | sel1 << 4 | sel2) {
    case 0x111:
        fill_111(v, &s->s111);
        return true;
    case 0x121:
        fill_121(v, &s->s121);
        return true;
    case 0x122:
        fill_122(v, &s->s122);
        return true;
    case 0x221:
        fill_221(v, &s->s221);
        return true;
    case 0x222:
        fill_222(v, &s->s222);
        return true;
    case 0x322:
        fill_322(v, &s->s322);
        return true;
    default:
        return fc == STSI_FC_TOPOLOGY && sel1 == 1 && hv_fill_topology(v->vm, sel2, s);
    }
}

static enum hv_outcome no_data(struct vcpu *v)
{
    hv_set_cc(v, 3);
    return HV_RESUME;
}

static enum hv_outcome stored(struct vcpu *v, unsigned fc, unsigned sel1, unsigned sel2, u64 addr,
                              u8 ar)
{
    struct hv_exit *x = v->exit;

    v->cpu.gr[0] = 0;
    hv_set_cc(v, 0);
    if (fc != STSI_FC_VM || !v->vm->options.user_stsi)
        return HV_RESUME;
    x->stsi_addr = addr;
    x->stsi_ar = ar;
    x->fc = (u8)fc;
    x->sel1 = (u8)sel1;
    x->sel2 = (u16)sel2;
    return hv_exit(v, EXIT_STSI);
}

enum hv_outcome priv_stsi(struct vcpu *v)
{
    u32 gr0 = (u32)v->cpu.gr[0], gr1 = (u32)v->cpu.gr[1];
    unsigned fc = gr0 >> STSI_GR0_FC_SHIFT;
    unsigned sel1 = gr0 & STSI_GR0_SEL1, sel2 = gr1 & STSI_GR1_SEL2;
    union sysib block;
    enum gaccess g;
    u64 addr;
    u8 ar;

    if (hv_problem_state(v))
        return hv_inject(v, PGM_PRIVILEGED_OP);
    addr = hv_addr_s(v, hv_ipb(v), &ar);
    if (fc > LEVEL && (fc != STSI_FC_TOPOLOGY || !hv_facility(v, 11)))
        return no_data(v);
    if (gr0 & STSI_GR0_RESERVED || gr1 & STSI_GR1_RESERVED)
        return hv_inject(v, PGM_SPECIFICATION);
    if (fc == STSI_FC_LEVEL) {
        v->cpu.gr[0] = (v->cpu.gr[0] & ~0xffffffffULL) | LEVEL << STSI_GR0_FC_SHIFT;
        hv_set_cc(v, 0);
        return HV_RESUME;
    }
    if (addr & FRAME_MASK)
        return hv_inject(v, PGM_SPECIFICATION);
    if (sel1 > 15 || sel2 > 15 || !hv_fill_sysib(v, fc, sel1, sel2, &block))
        return no_data(v);
    g = hv_write_guest(v, addr, ar, &block, sizeof(block));
    return g == GACCESS_OK ? stored(v, fc, sel1, sel2, addr, ar) : hv_access_failed(v, g);
}
