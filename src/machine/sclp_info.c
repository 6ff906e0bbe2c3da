/* SPDX-License-Identifier: Apache-2.0
 *
 * What the SCLP tells about the machine: storage, CPUs, characteristics; configuring CPUs and
 * crypto adapters.
 *
 * Announced is only what works: no storage reconfiguration, no storage elements, no channel-path
 * information.  Read SCP information has the configured CPUs.
 */
#include <errno.h>
#include <string.h>

#include "arch/stsi.h"
#include "base/ebcdic.h"
#include "machine/sclp.h"

#define MIB 0x100000ULL

static bool is_standby(const struct sclp *s, unsigned id)
{
    const struct vcpu *v = vm_cpu(s->vm, id);

    return v && atomic_load(&v->standby);
}

/* Entries of the configured or of the standby CPUs from byte `offset` on, `len` bytes being there;
 * how many there are. */
static unsigned put_cpus(const struct sclp *s, u8 *block, unsigned len, unsigned offset,
                         bool configured)
{
    unsigned n = 0;

    for (unsigned id = 0; id < s->vm->max_cpus; id++) {
        unsigned at = offset + n * (unsigned)sizeof(struct sclp_cpu_entry);
        struct sclp_cpu_entry *e = (struct sclp_cpu_entry *)(block + at);

        if (!(configured ? !!vm_cpu_configured(s->vm, id) : is_standby(s, id)))
            continue;
        n++;
        if (at + sizeof(*e) > len)
            continue;
        *e = (struct sclp_cpu_entry){.addr = (u8)id, .type = SCLP_CPU_TYPE_CP};
    }
    return n;
}

/* With byte 134 the entries begin at 144, where so many fit into the block's 4 KiB. */
static unsigned cpu_offset(const struct sclp *s)
{
    unsigned size = s->vm->max_cpus * (unsigned)sizeof(struct sclp_cpu_entry);

    return SCLP_CPU_OFFSET_EXT + size > SCCB_MAX ? SCLP_CPU_OFFSET : SCLP_CPU_OFFSET_EXT;
}

/* Storage as a number of equal increments.  The old fields hold a 16-bit number of increments of
 * up to 255 MiB. */
static void put_storage(const struct sclp *s, struct sccb_read_info *b)
{
    u64 size = 1, n = s->vm->mem.size / MIB;

    while (n > 0xffff && n % 2 == 0) {
        n /= 2;
        size *= 2;
    }
    if (n <= 0xffff && size <= 0xff) {
        b->rnmax = be16_of((u16)n);
        b->rnsize = (u8)size;
    } else {
        b->rnmax2 = be64_of(n);
        b->rnsize2 = be32_of((u32)size);
    }
}

enum sclp_rc sclp_read_info(struct sclp *s, u8 *block)
{
    struct sccb_read_info *b = (struct sccb_read_info *)block;
    const struct vm *vm = s->vm;
    unsigned len = be16_get(b->h.len), offset = cpu_offset(s);
    unsigned need = offset + vm->max_cpus * (unsigned)sizeof(struct sclp_cpu_entry);

    if (len < need) {
        b->h.len = be16_of((u16)need); /* so much would be needed; `len` bytes are stored */
        return SCLP_RC_SHORT_SCCB;
    }
    memset(block + sizeof(b->h), 0, len - sizeof(b->h));
    put_storage(s, b);
    b->cpu_count = be16_of((u16)put_cpus(s, block, len, offset, true));
    b->cpu_offset = be16_of((u16)offset);
    memset(b->loadparm, EBCDIC_BLANK, sizeof(b->loadparm));
    b->facilities = be64_of(SCLP_FAC_CPU_INFO | SCLP_FAC_CPU_RECONFIG);
    if (s->configure_ap)
        b->facilities = be64_of(be64_get(b->facilities) | SCLP_FAC_AP_RECONFIG);
    if (bitmap_test(vm->model.facilities, 11))
        b->stsi_parm = STSI_MNEST;
    b->ibc = be32_of(vm->model.ibc);
    b->conf_char[0] = SCLP_BYTE80_SOP;
    /* Belongs to TEID bit 61: without it Linux takes a DAT protection for low-address protection */
    b->conf_char[85 - 80] = SCLP_BYTE85_ESOP;
    b->hcpua = be16_of((u16)(vm->max_cpus - 1));
    if (offset == SCLP_CPU_OFFSET_EXT)
        b->fac134 = SCLP_FAC134_DIAG318;
    return SCLP_RC_NORMAL_READ;
}

/* Configured CPUs first, standby ones behind. */
enum sclp_rc sclp_read_cpu_info(struct sclp *s, u8 *block)
{
    struct sccb_cpu_info *b = (struct sccb_cpu_info *)block;
    unsigned len = be16_get(b->h.len), n, standby;
    unsigned need = (unsigned)(sizeof(*b) + s->vm->max_cpus * sizeof(struct sclp_cpu_entry));

    if (len < need) {
        b->h.len = be16_of((u16)need);
        return SCLP_RC_SHORT_SCCB;
    }
    memset(block + sizeof(b->h), 0, len - sizeof(b->h));
    n = put_cpus(s, block, len, sizeof(*b), true);
    standby = (unsigned)(sizeof(*b) + n * sizeof(struct sclp_cpu_entry));
    b->configured = be16_of((u16)n);
    b->configured_offset = be16_of(sizeof(*b));
    b->standby = be16_of((u16)put_cpus(s, block, len, standby, false));
    b->standby_offset = be16_of((u16)standby);
    return SCLP_RC_NORMAL_READ;
}

/* A CPU that is not stopped is not taken away: [OBSERVED] Linux stops it first, and no public
 * manual says what else would be right. */
enum sclp_rc sclp_configure_cpu(struct sclp *s, unsigned id, bool on)
{
    struct vcpu *v = vm_cpu(s->vm, id);

    if (!v || !(atomic_load(&v->configured) || is_standby(s, id)))
        return SCLP_RC_RESOURCE_ID;
    switch (vcpu_configure(v, on)) {
    case 0:
        return SCLP_RC_NORMAL;
    case -EALREADY:
        return SCLP_RC_NO_ACTION;
    default:
        return SCLP_RC_EQUIPMENT_CHECK;
    }
}

enum sclp_rc sclp_configure_ap(struct sclp *s, unsigned adapter, bool on)
{
    switch (s->configure_ap(s->configure_ap_arg, (u8)adapter, on)) {
    case 0:
        return SCLP_RC_NORMAL;
    case -EALREADY:
        return SCLP_RC_NO_ACTION;
    case -ENOENT:
        return SCLP_RC_RESOURCE_ID;
    default:
        return SCLP_RC_EQUIPMENT_CHECK;
    }
}
