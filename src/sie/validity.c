/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry validity: what of a state description must be right before anything runs: modes, guest
 * storage, prefix; then its satellites (satellites.c).  A reason that cannot arise here is not in
 * any list: docs/intercepts.md names them.
 *
 * References: IBM CP control blocks SIEBK (validity reasons as KVM for s390 uses them).
 */
#include "cpu/view.h"
#include "sie/sie.h"

static u16 check_modes(const struct sd *sd, u32 flags)
{
    if (!(flags & SD_CPUFLAG_ZARCH))
        return VALIDITY_GUEST_MODE;
    if (flags & SD_CPUFLAG_GED && flags & SD_CPUFLAG_GED2)
        return VALIDITY_GUEST_MODE;
    if (sd->sdf != SD_SDF_FORMAT2)
        return VALIDITY_ARCH_MODE;
    if (flags & SD_CPUFLAG_MCDS) /* never together with z/Architecture or a relocated region */
        return flags & SD_CPUFLAG_RRF ? VALIDITY_MCDS_MODE2 : VALIDITY_MCDS_MODE;
    if (flags & SD_CPUFLAG_RRF)
        return VALIDITY_RRF;
    if (flags & (SD_CPUFLAG_SLSV | SD_CPUFLAG_SLSR))
        return VALIDITY_INTERPRETED_SIE;
    return 0;
}

/* Both frames of the prefix area: in guest storage, and changeable. */
static u16 check_prefix(struct cpu *c, u64 prefix, u64 last)
{
    struct view_page page = {0};

    if (prefix + 2 * FRAME_SIZE - 1 > last)
        return VALIDITY_PREFIX;
    for (unsigned i = 0; i < 2; i++) {
        enum view_result r = view_page(c->view, prefix + i * FRAME_SIZE, true, &page);

        if (r == VIEW_OUTSIDE)
            return VALIDITY_PREFIX;
        if (r == VIEW_PRESENT && !page.writable)
            return VALIDITY_PREFIX_ACCESS;
    }
    return 0;
}

static u16 check_storage(struct cpu *c, u32 flags)
{
    u64 mso = flags & SD_CPUFLAG_SM ? 0 : be64_get(c->sd->mso) & SD_MSO_MASK;
    u64 last = be64_get(c->sd->msl) | ~SD_MSO_MASK;

    if (last > c->host->limit)
        return VALIDITY_MSL_MAX;
    if (mso > last)
        return VALIDITY_MSO_MSL;
    if (flags & SD_CPUFLAG_G && mso)
        return VALIDITY_PREF_MSO;
    return check_prefix(c, be32_get(c->sd->prefix_ibc) & SD_PREFIX_Z, last - mso);
}

u16 sie_validity(struct cpu *c)
{
    u32 flags = sd_flags(c->sd);
    u16 reason = check_modes(c->sd, flags);

    if (!reason)
        reason = check_storage(c, flags);
    return reason ? reason : sie_satellites(c);
}
