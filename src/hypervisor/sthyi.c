/* SPDX-License-Identifier: Apache-2.0
 *
 * STORE HYPERVISOR INFORMATION (I37).  SIE does not know it: it comes as an operation exception.
 * What is stored about machine and partition is what STORE SYSTEM INFORMATION tells; there is one
 * hypervisor below the guest, this one.
 *
 * References: arch/sthyi.h.
 */
#include "arch/sthyi.h"

#include <string.h>

#include "arch/stsi.h"
#include "base/ebcdic.h"
#include "hypervisor/hv.h"

static struct sthyi_place place(size_t offset, size_t len)
{
    return (struct sthyi_place){be16_of((u16)offset), be16_of((u16)len)};
}

#define PLACE(section)                                                                             \
    place(offsetof(struct sthyi_page, section), sizeof(((struct sthyi_page *)0)->section))

static void fill_header(struct sthyi_header *h)
{
    h->count = 1;
    h->total = be16_of(offsetof(struct sthyi_page, unused));
    h->len = be16_of(sizeof(*h));
    h->machine = PLACE(machine);
    h->partition = PLACE(partition);
    h->pair[0].hypervisor = PLACE(hypervisor);
    h->pair[0].guest = PLACE(guest);
}

static void fill_machine(const struct vcpu *v, struct sthyi_machine *m)
{
    struct sysib_111 id;
    struct sysib_122 cpus;

    if (!hv_fill_sysib(v, STSI_FC_MACHINE, 1, 1, &id) ||
        !hv_fill_sysib(v, STSI_FC_MACHINE, 2, 2, &cpus))
        return;
    m->valid = STHYI_MACHINE_COUNTS | STHYI_MACHINE_ID;
    m->shared_cps = cpus.cpus_configured;
    memset(m->name, EBCDIC_BLANK, sizeof(m->name));
    memcpy(m->type, id.type, sizeof(m->type));
    memcpy(m->manufacturer, id.manufacturer, sizeof(m->manufacturer));
    memcpy(m->sequence, id.sequence, sizeof(m->sequence));
    memcpy(m->plant, id.plant, sizeof(m->plant));
}

static void fill_partition(const struct vcpu *v, struct sthyi_partition *p)
{
    struct sysib_222 lpar;

    if (!hv_fill_sysib(v, STSI_FC_LPAR, 2, 2, &lpar))
        return;
    p->valid = STHYI_PARTITION_COUNTS | STHYI_PARTITION_ID;
    p->number = lpar.lpar_number;
    p->shared_cps = lpar.cpus_shared;
    p->dedicated_cps = lpar.cpus_dedicated;
    memcpy(p->name, lpar.name, sizeof(p->name));
    memset(p->group_name, EBCDIC_BLANK, sizeof(p->group_name));
}

static void fill_guest(const struct vcpu *v, struct sthyi_page *page)
{
    struct sthyi_hypervisor *h = &page->hypervisor;
    struct sthyi_guest *g = &page->guest;
    struct sysib_322 vm;

    if (!hv_fill_sysib(v, STSI_FC_VM, 2, 2, &vm))
        return;
    ebcdic_from_ascii(h->system, "SIE390", sizeof(h->system));
    memset(h->cluster, EBCDIC_BLANK, sizeof(h->cluster));
    h->shared_cps = page->partition.shared_cps;
    h->dedicated_cps = page->partition.dedicated_cps;
    h->installed[0] = h->authorized[0] = 0x80 >> STHYI_FC_CAPACITY;
    memcpy(g->name, vm.vm[0].name, sizeof(g->name));
    g->shared_cps = vm.vm[0].cpus_configured;
    memset(g->pool_name, EBCDIC_BLANK, sizeof(g->pool_name));
}

static enum hv_outcome store(struct vcpu *v, unsigned r2, u64 addr)
{
    struct sthyi_page page;
    enum gaccess g;

    memset(&page, 0, sizeof(page));
    fill_header(&page.header);
    fill_machine(v, &page.machine);
    fill_partition(v, &page.partition);
    fill_guest(v, &page);
    g = hv_write_guest(v, addr, (u8)r2, &page, sizeof(page));
    if (g != GACCESS_OK)
        return hv_access_failed(v, g);
    v->cpu.gr[r2 + 1] = 0;
    hv_set_cc(v, mutated("I37") ? 3 : 0);
    return HV_RESUME;
}

enum hv_outcome hv_sthyi(struct vcpu *v)
{
    unsigned r1 = hv_r1_rre(hv_ipb(v)), r2 = hv_r2_rre(hv_ipb(v));
    u64 addr = hv_wrap(v, v->cpu.gr[r2]);

    hv_count(v, CNT_STHYI);
    if (r1 == r2 || (r1 | r2) & 1)
        return hv_inject(v, PGM_SPECIFICATION);
    if ((v->cpu.gr[r1] & STHYI_FC) != STHYI_FC_CAPACITY) {
        v->cpu.gr[r2 + 1] = STHYI_RC_UNKNOWN_FC;
        hv_set_cc(v, 3);
        return HV_RESUME;
    }
    if (addr & FRAME_MASK)
        return hv_inject(v, PGM_SPECIFICATION);
    return store(v, r2, addr);
}
