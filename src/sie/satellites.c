/* SPDX-License-Identifier: Apache-2.0
 *
 * The satellites of a state description: blocks in host storage that it designates.  Each is
 * looked at only when a control that uses it is on.
 *
 * A satellite that the engine itself does not use (no transactions, vectors, run-time
 * instrumentation yet) is checked all the same, as a guest's hypervisor expects.
 * Facility lists are read by STFLE, for they may lie in two pages; the annex by entry.c.
 *
 * References: IBM CP control blocks SIEBK, SCABK (validity reasons as KVM for s390 uses them).
 */
#include "sie/sie.h"

#define HOST_LOW 0x2000 /* no satellite lies in a host's first two pages */
#define ITDB_SIZE 256
#define RICCB_SIZE 64
#define GVR_SIZE 512
#define CRYCB_SIZE 128 /* of formats 0 and 1; of format 2: twice that */
#define SDNX_MIN 6     /* log2 of the size */
#define SDNX_MAX 12
#define PREFIX_MASK (~0x1fffULL)

static bool crosses(u64 addr, u64 len)
{
    return (addr ^ (addr + len - 1)) & ~FRAME_MASK;
}

static bool bad(const struct cpu *c, u64 addr, u64 len)
{
    return addr < HOST_LOW || !host_resolve(c->host, addr, len);
}

static u16 check_sca(struct cpu *c)
{
    bool extended = c->sd->ecb2 & SD_ECB2_ESCA;
    u64 addr = sd_scao(c->sd) & (extended ? SD_SCAO_EXTENDED : SD_SCAO_BASIC);
    u64 header = extended ? ESCA_HEADER : BSCA_HEADER;

    c->sat.sca = NULL;
    if (!addr)
        return 0;
    if (addr < HOST_LOW)
        return VALIDITY_SCA_LOW;
    if ((addr & PREFIX_MASK) == c->host->prefix)
        return VALIDITY_SCA_HOST_PREFIX;
    if (crosses(addr, header))
        return VALIDITY_SCA_CROSSES;
    c->sat.sca = host_resolve(c->host, addr, header);
    return c->sat.sca ? 0 : VALIDITY_SCA_ADDR;
}

static void resolve_apcb(struct cpu *c, u64 addr, bool format2)
{
    struct crycb *crycb = host_resolve(c->host, addr, format2 ? 2 * CRYCB_SIZE : CRYCB_SIZE);

    if (format2)
        c->sat.apcb1 = &crycb->apcb1;
    else
        c->sat.apcb0 = &crycb->apcb0;
}

static u16 check_crycb(struct cpu *c)
{
    u32 crycbd = be32_get(c->sd->crycbd), format = crycbd & SD_CRYCBD_FORMAT;
    u64 addr = crycbd & SD_CRYCBD_ORIGIN;
    u64 size = format == SD_CRYCBD_FORMAT2 ? 2 * CRYCB_SIZE : CRYCB_SIZE;

    c->sat.apcb0 = NULL;
    c->sat.apcb1 = NULL;
    if (!(be32_get(c->sd->eca) & SD_ECA_APIE) && !(c->sd->ecb3 & (SD_ECB3_AES | SD_ECB3_DEA)))
        return 0;
    if (format == 2)
        return VALIDITY_CRYCB_FORMAT;
    if (!addr)
        return VALIDITY_CRYCB_ZERO;
    if (crosses(addr, size))
        return VALIDITY_CRYCB_CROSSES;
    if (bad(c, addr, size))
        return VALIDITY_CRYCB_ADDR;
    if (be32_get(c->sd->eca) & SD_ECA_APIE)
        resolve_apcb(c, addr, format == SD_CRYCBD_FORMAT2);
    return 0;
}

static u16 check_riccb(const struct cpu *c)
{
    u64 addr = be64_get(c->sd->riccbd) & -(u64)SD_RICCBD_ALIGN;

    if (!(c->sd->ecb3 & SD_ECB3_RI) || !addr)
        return 0;
    return bad(c, addr, RICCB_SIZE) ? VALIDITY_RICCB_ADDR : 0;
}

static u16 check_itdb(const struct cpu *c)
{
    u64 addr = be64_get(c->sd->itdba) & -(u64)SD_ITDBA_ALIGN;

    if (!(c->sd->ecb & SD_ECB_TE) || !addr)
        return 0;
    return bad(c, addr, ITDB_SIZE) ? VALIDITY_ITDB_ADDR : 0;
}

static u16 check_sdnx(const struct cpu *c)
{
    u64 sdnxo = be64_get(c->sd->sdnxo), addr = sdnxo & SD_SDNXO_ORIGIN;
    unsigned code = sdnxo & SD_SDNXO_SIZE;
    bool host_registers = be32_get(c->sd->ecd) & SD_ECD_HOSTREGMGMT;

    if (!(c->sd->ecb & SD_ECB_GS && !host_registers) && !(be32_get(c->sd->ecd) & SD_ECD_ETOKENF))
        return 0;
    if (addr < HOST_LOW)
        return VALIDITY_SDNX_ADDR;
    if (code < SDNX_MIN || code > SDNX_MAX)
        return VALIDITY_SDNX_SIZE;
    if (addr & ((1ULL << code) - 1))
        return VALIDITY_SDNX_ALIGN;
    return bad(c, addr, 1ULL << code) ? VALIDITY_SDNX_ADDR : 0;
}

static u16 check_gvr(const struct cpu *c)
{
    u64 addr = be64_get(c->sd->gvrd) & -(u64)SD_GVRD_ALIGN;

    if (!(be32_get(c->sd->eca) & SD_ECA_VX) || be32_get(c->sd->ecd) & SD_ECD_HOSTREGMGMT || !addr)
        return 0;
    return bad(c, addr, GVR_SIZE) ? VALIDITY_GVRD_ADDR : 0;
}

/* There is no reason for a bad one: it is as if there were none. */
static void resolve_gisa(struct cpu *c)
{
    u64 addr = be32_get(c->sd->gd) & SD_GD_ORIGIN;

    c->sat.gisa = NULL;
    if (be32_get(c->sd->eca) & SD_ECA_AIV && addr >= HOST_LOW)
        c->sat.gisa = host_resolve(c->host, addr, sizeof(union gisa));
}

u16 sie_satellites(struct cpu *c)
{
    u16 reason = check_sca(c);

    resolve_gisa(c);
    if (!reason)
        reason = check_crycb(c);
    if (!reason)
        reason = check_riccb(c);
    if (!reason)
        reason = check_itdb(c);
    if (!reason)
        reason = check_sdnx(c);
    if (!reason)
        reason = check_gvr(c);
    if (!reason && be32_get(c->sd->fac) & SD_FAC_FORMAT & ~(u32)SD_FAC_FORMAT2)
        reason = VALIDITY_FAC_FORMAT;
    return reason;
}
