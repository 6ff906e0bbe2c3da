/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry validity: what of a state description and its satellites must be right before anything
 * runs. The order is that of the reasons' numbers where several apply.
 */
#include "cpu/view.h"
#include "sie/sie.h"

/* Both prefix frames must lie in guest storage. */
static bool prefix_outside(struct cpu *c)
{
    u64 prefix = be32_get(c->sd->prefix_ibc) & SD_PREFIX_Z;
    struct view_page page;

    for (unsigned i = 0; i < 2; i++)
        if (view_page(c->view, prefix + i * FRAME_SIZE, false, &page) == VIEW_OUTSIDE)
            return true;
    return false;
}

u16 sie_validity(struct cpu *c)
{
    const struct sd *sd = c->sd;
    u32 flags = sd_flags(sd);

    if (!(flags & SD_CPUFLAG_ZARCH))
        return VALIDITY_GUEST_MODE;
    if (flags & SD_CPUFLAG_GED && flags & SD_CPUFLAG_GED2)
        return VALIDITY_GUEST_MODE;
    if (flags & (SD_CPUFLAG_RRF | SD_CPUFLAG_MCDS))
        return VALIDITY_GUEST_MODE;
    if (flags & (SD_CPUFLAG_SLSV | SD_CPUFLAG_SLSR))
        return VALIDITY_INTERPRETED_SIE;
    if (prefix_outside(c))
        return VALIDITY_PREFIX;
    if ((be32_get(sd->fac) & SD_FAC_FORMAT) & 1)
        return VALIDITY_FAC_FORMAT;
    return 0;
}
