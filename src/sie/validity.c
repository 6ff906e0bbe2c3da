/* SPDX-License-Identifier: Apache-2.0
 *
 * Entry validity: what of a state description must be right before anything runs: modes, guest
 * storage, prefix; then its satellites (satellites.c).  Looked at only when something that the
 * checks depend on has changed since the last entry of this CPU: an entry costs one comparison.
 * A reason that cannot arise here is not in any list: docs/intercepts.md names them.
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

static u16 check(struct cpu *c, u32 flags)
{
    u16 reason = check_modes(c->sd, flags);

    if (!reason)
        reason = check_storage(c, flags);
    return reason ? reason : sie_satellites(c);
}

/* ---- only when something has changed ---- */

#define FLAGS                                                                                      \
    (SD_CPUFLAG_ZARCH | SD_CPUFLAG_GED | SD_CPUFLAG_GED2 | SD_CPUFLAG_MCDS | SD_CPUFLAG_RRF |      \
     SD_CPUFLAG_SLSV | SD_CPUFLAG_SLSR | SD_CPUFLAG_SM | SD_CPUFLAG_G)

/* All that the checks depend on. */
#define LOOKED_AT(X)                                                                               \
    X(generation, __atomic_load_n(&c->host->generation, __ATOMIC_ACQUIRE))                         \
    X(view, (uintptr_t)c->view)                                                                    \
    X(flags, flags)                                                                                \
    X(prefix, sd->prefix_ibc.raw)                                                                  \
    X(sdf, sd->sdf)                                                                                \
    X(mso, sd->mso.raw)                                                                            \
    X(msl, sd->msl.raw)                                                                            \
    X(eca, sd->eca.raw)                                                                            \
    X(ecb, sd->ecb)                                                                                \
    X(ecb2, sd->ecb2)                                                                              \
    X(ecb3, sd->ecb3)                                                                              \
    X(ecd, sd->ecd.raw)                                                                            \
    X(scaoh, sd->scaoh.raw)                                                                        \
    X(scaol, sd->scaol.raw)                                                                        \
    X(gisa, sd->gd.raw)                                                                            \
    X(crycb, sd->crycbd.raw)                                                                       \
    X(riccb, sd->riccbd.raw)                                                                       \
    X(itdb, sd->itdba.raw)                                                                         \
    X(sdnx, sd->sdnxo.raw)                                                                         \
    X(gvr, sd->gvrd.raw)                                                                           \
    X(fac, sd->fac.raw)

/* A view that is not plain storage may protect the prefix area at any time: it is asked each
 * time. */
static bool changed(const struct cpu *c, u32 flags)
{
    const struct sd *sd = c->sd;
    u64 diff = (uintptr_t)c->view->page;

    diff |= !c->sat.seen.filled;
#define X(field, value) diff |= c->sat.seen.field ^ (value);
    LOOKED_AT(X)
#undef X
    return diff;
}

static void note(struct cpu *c, u32 flags)
{
    const struct sd *sd = c->sd;

    c->sat.seen.filled = true;
#define X(field, value) c->sat.seen.field = (value);
    LOOKED_AT(X)
#undef X
}

u16 sie_validity(struct cpu *c)
{
    u32 flags = sd_flags(c->sd) & FLAGS;

    if (unlikely(changed(c, flags))) {
        note(c, flags);
        c->sat.reason = check(c, flags);
    }
    return c->sat.reason;
}
