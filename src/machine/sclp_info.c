/* SPDX-License-Identifier: Apache-2.0
 *
 * What the SCLP tells about the machine: storage, CPUs, characteristics.
 *
 * Announced is only what works: no CPU or storage reconfiguration, no storage elements, no channel-
 * path information, no DIAGNOSE 318 (it would be byte 134, and move the CPU entries to 144).
 */
#include <string.h>

#include "base/ebcdic.h"
#include "machine/sclp.h"

#define MIB 0x100000ULL

/* Entries of all CPUs at byte `offset`; false: the block is too short. */
static bool put_cpus(const struct sclp *s, u8 *block, unsigned len, unsigned offset)
{
    unsigned n = s->vm->nvcpus;

    if (offset + n * sizeof(struct sclp_cpu_entry) > len)
        return false;
    memset(block + offset, 0, n * sizeof(struct sclp_cpu_entry));
    for (unsigned i = 0; i < n; i++) {
        struct sclp_cpu_entry *e = (struct sclp_cpu_entry *)(block + offset) + i;

        e->addr = (u8)i;
        e->type = SCLP_CPU_TYPE_CP;
    }
    return true;
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
    unsigned len = be16_get(b->h.len);
    unsigned need = SCLP_CPU_OFFSET + s->vm->nvcpus * (unsigned)sizeof(struct sclp_cpu_entry);

    if (len < need) {
        b->h.len = be16_of((u16)need); /* so much would be needed; `len` bytes are stored */
        return SCLP_RC_SHORT_SCCB;
    }
    memset(block + sizeof(b->h), 0, len - sizeof(b->h));
    put_storage(s, b);
    b->cpu_count = be16_of((u16)s->vm->nvcpus);
    b->cpu_offset = be16_of(SCLP_CPU_OFFSET);
    memset(b->loadparm, EBCDIC_BLANK, sizeof(b->loadparm));
    b->facilities = be64_of(SCLP_FAC_CPU_INFO);
    b->ibc = be32_of(s->vm->model.ibc);
    b->conf_char[0] = SCLP_BYTE80_SOP;
    /* Belongs to TEID bit 61: without it Linux takes a DAT protection for low-address protection */
    b->conf_char[85 - 80] = SCLP_BYTE85_ESOP;
    b->hcpua = be16_of((u16)(s->vm->nvcpus - 1));
    return put_cpus(s, block, len, SCLP_CPU_OFFSET) ? SCLP_RC_NORMAL_READ : SCLP_RC_SHORT_SCCB;
}

enum sclp_rc sclp_read_cpu_info(struct sclp *s, u8 *block)
{
    struct sccb_cpu_info *b = (struct sccb_cpu_info *)block;
    unsigned len = be16_get(b->h.len), n = s->vm->nvcpus;
    unsigned end = (unsigned)(sizeof(*b) + n * sizeof(struct sclp_cpu_entry));

    if (len < end) {
        b->h.len = be16_of((u16)end);
        return SCLP_RC_SHORT_SCCB;
    }
    memset(block + sizeof(b->h), 0, len - sizeof(b->h));
    b->configured = be16_of((u16)n);
    b->configured_offset = be16_of(sizeof(*b));
    b->standby_offset = be16_of((u16)end);
    return put_cpus(s, block, len, sizeof(*b)) ? SCLP_RC_NORMAL_READ : SCLP_RC_SHORT_SCCB;
}
